/* SPDX-License-Identifier: Apache-2.0 */
/* l7_dns: questions, records through compression, damage, and what looks like DNS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "probe/l7/dns.h"
#include "probe/l7/parse.h"

#define BYTES(text) ((struct view){ (const uint8_t *)(text), sizeof(text) - 1 })

/* www.example.com A? ; answers: CNAME a.example.com, then its address */
static const char answer[] = "\x12\x34\x81\x80\0\1\0\2\0\0\0\0"
			     "\3www\7example\3com\0\0\1\0\1"
			     "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\4\1a\xc0\x10"
			     "\xc0\x2d\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1";
static const char query[] = "\0\1\1\0\0\1\0\0\0\0\0\0\3www\7example\3com\0\0\1\0\1";

static void
name_is(const struct dns_name *n, const char *want)
{
	assert_int_equal(n->len, strlen(want));
	assert_memory_equal(n->text, want, n->len);
}

static void
reads_an_answer(void **state)
{
	(void)state;
	struct dns_msg m;
	struct dns_record r;
	assert_int_equal(dns_parse(BYTES(answer), &m), sizeof(answer) - 1);
	assert_int_equal(m.id, 0x1234);
	assert_true(m.flags & DNS_QR);
	assert_int_equal(m.rcode, 0);
	struct dns_walk w = dns_walk(&m, DNS_QUESTION);
	assert_true(dns_next(&w, &r));
	name_is(&r.name, "www.example.com");
	assert_false(dns_next(&w, &r));
	w = dns_walk(&m, DNS_ANSWER);
	assert_true(dns_skip(&w));
	assert_true(dns_next(&w, &r));
	name_is(&r.name, "a.example.com");
	assert_false(dns_skip(&w));
	w = dns_walk(&m, DNS_ANSWER);
	assert_true(dns_next(&w, &r));
	assert_int_equal(r.type, DNS_TYPE_CNAME);
	assert_int_equal(r.ttl, 60);
	assert_true(dns_next(&w, &r));
	name_is(&r.name, "a.example.com");
	assert_int_equal(r.type, DNS_TYPE_A);
	assert_memory_equal(r.data.ptr, "\xc0\0\2\1", 4);
	assert_false(dns_next(&w, &r));
}

/* Every shorter prefix is either "more", "bad", or read as far as it goes, never too far. */
static void
survives_any_cut(void **state)
{
	(void)state;
	struct dns_msg m;
	for (size_t n = 0; n < sizeof(answer) - 1; n++) {
		long used = dns_parse((struct view){ (const uint8_t *)answer, n }, &m);
		assert_true(used <= (long)n);
		if (n < 12)
			assert_int_equal(used, L7_MORE);
		if (n >= 33 && n < 49)
			assert_true(m.cut && m.count[DNS_ANSWER] == 0);
	}
}

static void
pointers_cannot_loop(void **state)
{
	(void)state;
	struct dns_msg m;
	assert_int_equal(dns_parse(BYTES("\0\1\1\0\0\1\0\0\0\0\0\0\xc0\x0c\0\1\0\1"), &m), L7_BAD);
	assert_int_equal(
	    dns_parse(BYTES("\0\1\1\0\0\1\0\0\0\0\0\0\1a\xc0\x10\xc0\x0e\0\1\0\1"), &m), L7_BAD);
}

/* To the name of the second question; the standard has only names that stood before. */
static void
pointers_may_lead_forwards(void **state)
{
	(void)state;
	struct dns_msg m;
	struct dns_record q;
	assert_true(
	    dns_parse(BYTES("\0\1\1\0\0\2\0\0\0\0\0\0\xc0\x12\0\1\0\1\1b\2de\0\0\1\0\1"), &m) > 0);
	struct dns_walk w = dns_walk(&m, DNS_QUESTION);
	for (int i = 0; i < 2; i++) {
		assert_true(dns_next(&w, &q));
		name_is(&q.name, "b.de");
	}
}

static void
edns_extends_the_rcode(void **state)
{
	(void)state;
	struct dns_msg m;
	assert_true(
	    dns_parse(BYTES("\0\1\x81\0\0\0\0\0\0\0\0\1\0\0\x29\x10\0\1\0\0\0\0\0"), &m) > 0);
	assert_int_equal(m.rcode, 16);
	assert_string_equal(dns_rcode_name(m.rcode), "BADVERS");
}

static void
tcp_carries_a_length(void **state)
{
	(void)state;
	struct view message;
	assert_int_equal(dns_tcp(BYTES("\0"), &message), L7_MORE);
	assert_int_equal(dns_tcp(BYTES("\0\x0c\1\2\3"), &message), L7_MORE);
	assert_int_equal(dns_tcp(BYTES("\0\5hello"), &message), L7_BAD);
	assert_int_equal(dns_tcp(BYTES("\0\x0c"
				       "123456789012next"),
			     &message),
	    14);
	assert_int_equal(message.len, 12);
}

static void
looks_are_strict_away_from_its_port(void **state)
{
	(void)state;
	assert_true(dns_looks(BYTES(query), true));
	assert_true(dns_looks(BYTES(answer), true));
	assert_false(
	    dns_looks(BYTES("\0\1\1\0\0\1\0\0\0\0\0\0\3www\7example\3com\0\0\1\0\1x"), true));
	assert_true(
	    dns_looks(BYTES("\0\1\1\0\0\1\0\0\0\0\0\0\3www\7example\3com\0\0\1\0\1x"), false));
	assert_false(
	    dns_looks(BYTES("\0\1\1\0\0\1\0\0\0\0\0\0\3w\1w\7example\3com\0\0\1\0\1"), true));
	assert_false(dns_looks(BYTES("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), false));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_an_answer),
		cmocka_unit_test(survives_any_cut),
		cmocka_unit_test(pointers_cannot_loop),
		cmocka_unit_test(pointers_may_lead_forwards),
		cmocka_unit_test(edns_extends_the_rcode),
		cmocka_unit_test(tcp_carries_a_length),
		cmocka_unit_test(looks_are_strict_away_from_its_port),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
