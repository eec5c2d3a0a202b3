/* SPDX-License-Identifier: Apache-2.0 */
/* Literals of raw bytes in databases by port, and short ones in none: whatever the ports, a rule is
 * found exactly where its ports say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "match_one.h"

static const struct match_config config = { 4, 64, 64, HASH_KEY_FIXED, NULL, NULL };

#define EACH 160 /* rules of a kind: more than one database's worth together */

/* Where rules of one kind hold. */
struct kind {
	const char *sport, *dport;
	uint16_t sports[3], dports[3]; /* 0: any port; else those, until the next 0 */
};

static const struct kind kinds[] = {
	{ "any", "any", { 0 }, { 0 } },
	{ "any", "443", { 0 }, { 443 } },
	{ "any", "[445,139]", { 0 }, { 445, 139 } },
	{ "443", "any", { 443 }, { 0 } },
	{ "80", "25", { 80 }, { 25 } },
	{ "any", "!25", { 0 }, { 0 } },
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static bool
among(const uint16_t of[3], uint16_t port)
{
	return !of[0] || of[0] == port || of[1] == port || of[2] == port;
}

static bool
is_for(size_t k, uint16_t sport, uint16_t dport)
{
	bool not_mail = strcmp(kinds[k].dport, "!25") == 0;
	return among(kinds[k].sports, sport) && among(kinds[k].dports, dport) &&
	       !(not_mail && dport == 25);
}

static char *
many_rules(void)
{
	size_t room = KINDS * EACH * 160, n = 0;
	char *text = malloc(room);
	assert_non_null(text);
	for (size_t i = 0; i < KINDS * EACH; i++) {
		const struct kind *k = &kinds[i / EACH];
		n += (size_t)snprintf(text + n, room - n,
		    "alert udp any %s -> any %s (msg:\"m\"; content:\"word%04zu.\"; sid:%zu;)\n",
		    k->sport, k->dport, i, i + 1);
	}
	return text;
}

static void
test_ports(void **state)
{
	static const uint16_t ports[] = { 25, 53, 80, 139, 443, 445, 40000 };
	enum { N = sizeof(ports) / sizeof(ports[0]) };
	struct match_rules *r;
	char *text = many_rules(), bytes[16];
	struct match *m = match_with(text, &config, &r);
	(void)state;
	for (size_t i = 0; i < KINDS * N * N; i++) {
		size_t k = i / (N * N), rule = k * EACH + i % EACH;
		uint16_t sport = ports[i / N % N], dport = ports[i % N];
		int n = snprintf(bytes, sizeof(bytes), " word%04zu. ", rule);
		struct packet p = fake_packet(17, bytes, (size_t)n);
		struct alert_list out = { 0 };
		p.sport = sport;
		p.dport = dport;
		match_packet(m, &p, NULL, DIR_TO_SERVER, NULL, 0, NULL, 0, &out);
		if (out.n != is_for(k, sport, dport) || (out.n && out.item[0].sid != rule + 1))
			fail_msg("%s -> %s: %u -> %u: %u alerts", kinds[k].sport, kinds[k].dport,
			    sport, dport, out.n);
	}
	match_without(m, r, NULL);
	free(text);
}

/* A few rules with a literal of two bytes beside hundreds: asked without one, and found. */
static void
test_short(void **state)
{
	char *text = many_rules();
	size_t n = strlen(text);
	static const char few[] =
	    "alert udp any any -> any any (msg:\"m\"; content:\"|fe 01|\"; sid:5001;)\n"
	    "alert udp any any -> any any (msg:\"m\"; content:\"|fe 02|\"; depth:2; sid:5002;)\n";
	char *all = malloc(n + sizeof(few));
	assert_non_null(all);
	memcpy(all, text, n);
	memcpy(all + n, few, sizeof(few));
	(void)state;
	struct {
		const char *bytes;
		uint32_t sid;
	} of[] = { { "xx\xfe\x01", 5001 }, { "\xfe\x02zz", 5002 }, { "x\xfe\x02z", 0 },
		{ "\xfe", 0 } };
	struct match_rules *r;
	struct match *m = match_with(all, &config, &r);
	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++) {
		struct packet p = fake_packet(17, of[i].bytes, strlen(of[i].bytes));
		struct alert_list out = { 0 };
		match_packet(m, &p, NULL, DIR_TO_SERVER, NULL, 0, NULL, 0, &out);
		assert_int_equal(out.n, of[i].sid != 0);
		if (of[i].sid)
			assert_int_equal(out.item[0].sid, of[i].sid);
	}
	match_without(m, r, NULL);
	free(all);
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_short),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
