/* SPDX-License-Identifier: Apache-2.0 */
/* addr and lpm: text as RFC 5952 wants it, prefixes, longest match. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/addr.h"
#include "lib/lpm.h"

static void
text_rfc5952(void **state)
{
	static const char *const rows[][2] = {
		{ "2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1" }, /* 4.1 */
		{ "2001:db8:0:0:0:0:2:1", "2001:db8::2:1" },                  /* 4.2.1 */
		{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },           /* 4.2.2 */
		{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },                    /* 4.2.3 longest */
		{ "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1" }, /* 4.2.3 first of equals */
		{ "2001:DB8::AbCd", "2001:db8::abcd" },          /* 4.3 */
		{ "::", "::" },
		{ "::1", "::1" },
		{ "1::", "1::" },
		{ "0:0:1::", "0:0:1::" },
		{ "1:2:3:4:5:6:0:0", "1:2:3:4:5:6::" },
		{ "0:1:2:3:4:5:6:7", "0:1:2:3:4:5:6:7" },
		{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
		{ "::ffff:c000:0280", "::ffff:192.0.2.128" }, /* 5 */
		{ "64:ff9b::192.0.2.33", "64:ff9b::c000:221" },
		{ "::2:3", "::2:3" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[ADDR_TEXT];
		struct addr a;
		assert_int_equal(addr_parse(rows[i][0], &a), 6);
		assert_int_equal(addr_text(text, &a, 6), strlen(rows[i][1]));
		assert_string_equal(text, rows[i][1]);
	}
}

static void
text_v4_and_full(void **state)
{
	char text[ADDR_TEXT];
	struct addr a;

	(void)state;
	assert_int_equal(addr_parse("10.0.203.255", &a), 4);
	assert_int_equal(addr_text(text, &a, 4), 12);
	assert_string_equal(text, "10.0.203.255");
	assert_int_equal(addr_parse("2001:db8::1", &a), 6);
	assert_int_equal(addr_text_full(text, &a, 6), 39);
	assert_string_equal(text, "2001:0db8:0000:0000:0000:0000:0000:0001");
}

static void
parse_refuses(void **state)
{
	static const char *const bad[] = { "", "1.2.3", "1.2.3.4.5", "256.1.1.1", "1.2.3.4 ",
		"01.2.3.4", "2001:db8", "::1::", "12345::", "fe80::1%eth0", "host" };
	struct addr a;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(addr_parse(bad[i], &a), 0);
}

static void
prefixes(void **state)
{
	static const char *const bad[] = { "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1",
		"10.0.0.0/8/8", "2001:db8::/129", "10.0.0.0/08", "/8", "10.0.0.0/8x" };
	struct prefix p;
	struct addr a;

	(void)state;
	assert_true(prefix_parse("10.200.3.4/9", &p));
	assert_int_equal(p.len, 9);
	assert_int_equal(p.addr.b[1], 0x80);
	assert_int_equal(p.addr.b[3], 0);
	(void)addr_parse("10.129.0.1", &a);
	assert_true(prefix_has(&p, &a, 4));
	assert_false(prefix_has(&p, &a, 6));
	(void)addr_parse("10.127.255.255", &a);
	assert_false(prefix_has(&p, &a, 4));
	assert_true(prefix_parse("::1", &p));
	assert_int_equal(p.len, 128);
	assert_true(prefix_parse("0.0.0.0/0", &p));
	assert_true(prefix_has(&p, &a, 4));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(prefix_parse(bad[i], &p));
}

static void
add(struct lpm *t, const char *text, uint32_t value)
{
	struct prefix p;

	assert_true(prefix_parse(text, &p));
	assert_int_equal(lpm_add(t, &p, value), 0);
}

/* Value of the longest prefix, 0 for none. */
static uint32_t
find(const struct lpm *t, const char *text)
{
	uint32_t value = 0;
	struct addr a;
	uint8_t ver = addr_parse(text, &a);

	return lpm_find(t, &a, ver, &value) ? value : 0;
}

static void
longest_match(void **state)
{
	struct lpm *t = lpm_new(HASH_KEY_FIXED);

	(void)state;
	assert_non_null(t);
	assert_int_equal(find(t, "10.1.2.3"), 0);
	add(t, "10.0.0.0/8", 1);
	add(t, "10.1.2.3", 4);
	add(t, "10.1.0.0/16", 2);
	add(t, "10.1.2.0/24", 3);
	add(t, "2001:db8::/32", 6);
	add(t, "2001:db8:1::/48", 7);
	assert_int_equal(find(t, "10.1.2.3"), 4);
	assert_int_equal(find(t, "10.1.2.4"), 3);
	assert_int_equal(find(t, "10.1.3.3"), 2);
	assert_int_equal(find(t, "10.2.2.3"), 1);
	assert_int_equal(find(t, "11.1.2.3"), 0);
	assert_int_equal(find(t, "2001:db8:1::5"), 7);
	assert_int_equal(find(t, "2001:db8:2::5"), 6);
	assert_int_equal(find(t, "::ffff:10.1.2.3"), 0);
	add(t, "10.1.2.0/24", 9);
	assert_int_equal(find(t, "10.1.2.4"), 9);
	add(t, "0.0.0.0/0", 5);
	assert_int_equal(find(t, "11.1.2.3"), 5);
	lpm_free(t);
	lpm_free(NULL);
}

static void
many_addresses(void **state)
{
	struct lpm *t = lpm_new(HASH_KEY_FIXED);
	struct prefix p = { .ver = 4, .len = 32 };
	uint32_t value;

	(void)state;
	for (uint32_t i = 0; i < 5000; i++) {
		p.addr.b[2] = (uint8_t)(i >> 8);
		p.addr.b[3] = (uint8_t)i;
		assert_int_equal(lpm_add(t, &p, i), 0);
	}
	for (uint32_t i = 0; i < 6000; i++) {
		p.addr.b[2] = (uint8_t)(i >> 8);
		p.addr.b[3] = (uint8_t)i;
		assert_int_equal(lpm_find(t, &p.addr, 4, &value), i < 5000);
		if (i < 5000)
			assert_int_equal(value, i);
	}
	lpm_free(t);
}

/* Addresses that one hash of fixed words sends to one place, under seeds of every kind: more than
 * would be found in a table that is walked. */
static void
chosen_addresses(void **state)
{
	static const struct hash_key seeds[] = { HASH_KEY_FIXED, { 0, 0 }, { 1, 0 },
		{ 0x5bd1e9955bd1e995, 0x9e3779b97f4a7c15 } };
	enum { MANY = 300000 };

	(void)state;
	for (size_t k = 0; k < sizeof(seeds) / sizeof(seeds[0]); k++) {
		/* a seed of zeros is no seed: few */
		uint32_t n = seeds[k].k1 > 1 ? MANY : 100, value;
		struct lpm *t = lpm_new(seeds[k]);
		struct prefix p = { .ver = 6, .len = 128 };
		for (uint32_t i = 0; i < n; i++) {
			p.addr.q[1] = i;
			p.addr.q[0] = i * 0x9e3779b97f4a7c15;
			assert_int_equal(lpm_add(t, &p, i), 0);
		}
		for (uint32_t i = 0; i < n; i++) {
			p.addr.q[1] = i;
			p.addr.q[0] = i * 0x9e3779b97f4a7c15;
			assert_true(lpm_find(t, &p.addr, 6, &value));
			assert_int_equal(value, i);
		}
		lpm_free(t);
	}
}

static void
private_networks(void **state)
{
	static const char *const inside[] = { "10.0.0.1", "172.16.0.1", "172.31.255.255",
		"192.168.255.1", "169.254.1.1", "fc00::1", "fdff::1", "fe80::1", "febf::1" };
	static const char *const outside[] = { "11.0.0.1", "172.15.0.1", "172.32.0.1",
		"192.169.0.1", "100.64.0.1", "127.0.0.1", "2001:db8::1", "fec0::1", "::1" };
	struct addr a;
	uint8_t ver;

	(void)state;
	for (size_t i = 0; i < sizeof(inside) / sizeof(*inside); i++) {
		assert_true((ver = addr_parse(inside[i], &a)));
		assert_true(addr_is_private(&a, ver));
	}
	for (size_t i = 0; i < sizeof(outside) / sizeof(*outside); i++) {
		assert_true((ver = addr_parse(outside[i], &a)));
		assert_false(addr_is_private(&a, ver));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_rfc5952),
		cmocka_unit_test(text_v4_and_full),
		cmocka_unit_test(parse_refuses),
		cmocka_unit_test(prefixes),
		cmocka_unit_test(private_networks),
		cmocka_unit_test(longest_match),
		cmocka_unit_test(many_addresses),
		cmocka_unit_test(chosen_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
