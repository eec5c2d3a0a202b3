/* SPDX-License-Identifier: Apache-2.0 */
/* LDAP: requests with their responses, in pieces and pipelined; passwords are hidden. */
#include "l7_directory.h"

static const char bind[] =
    "302f020101602a020103041a7569643d616e6e612c64633d6c61622c64633d6578616d706c658009416e6e61"
    "2332303236";

static const char bound[] = "300c02010161070a010004000400";

static const char search[] =
    "3071020102636c041164633d6c61622c64633d6578616d706c650a01020a0100020100020100010100a02ea3"
    "15040b6f626a656374436c6173730406706572736f6ea115a40b040375696430048002616ea20687046d6169"
    "6c30180402636e04046d61696c040c7573657250617373776f7264";

static const char found[] =
    "3072020102646d041a7569643d616e6e612c64633d6c61622c64633d6578616d706c65304f30140402636e31"
    "0e040c416e6e61204578616d706c65301a04046d61696c31120410616e6e61406c61622e6578616d706c6530"
    "1b040c7573657250617373776f7264310b0409416e6e612332303236"
    "300c02010265070a010004000400"; /* and that it is all */

static const char wrong[] =
    "3030020101602b020103041a7569643d616e6e612c64633d6c61622c64633d6578616d706c65800a57726f6e"
    "672332303236";

static const char refused[] = "300c02010161070a013104000400";

static const char start_tls[] = "301d02010177188016312e332e362e312e342e312e313436362e3230303337";

static const char started[] = "300c02010178070a010004000400";

static void
a_bind_and_a_search_in_pieces(void **state)
{
	(void)state;
	struct bench b;
	bench_start(&b, TCP, 4711);
	bench_pieces(&b, REQ, bind);
	bench_pieces(&b, REP, bound);
	bench_pieces(&b, REQ, search);
	bench_pieces(&b, REP, found);
	assert_int_equal(b.events, 2);
	assert_int_equal(b.oks, 1);
	bench_said(&b, "\"name\":\"uid=anna,dc=lab,dc=example\",\"authentication\":\"simple\","
		       "\"password\":\"***");
	bench_said(&b, "\"result_code\":\"success\"");
	bench_said(&b, "\"filter\":\"(&(objectClass=person)(|(uid=an*)(!(mail=*))))\"");
	bench_said(&b, "\"type\":\"cn\",\"values\":[\"Anna Example\"]");
	assert_null(strstr(b.said, "Anna#2026"));
	bench_end(&b);
}

static void
a_wrong_password_is_a_failed_login(void **state)
{
	(void)state;
	struct bench b;
	bench_start(&b, TCP, 389);
	bench_give(&b, REQ, wrong);
	bench_give(&b, REP, refused);
	assert_int_equal(b.fails, 1);
	bench_said(&b, "\"result_code\":\"invalid_credentials\"");
	bench_end(&b);
}

static void
a_response_alone_is_said(void **state)
{
	(void)state;
	struct bench b;
	bench_start(&b, TCP, 389);
	bench_give(&b, REP, refused);
	assert_int_equal(b.events, 1);
	bench_said(&b, "{\"responses\":[{\"operation\":\"bind_response\"");
	bench_end(&b);
}

static void
unanswered_requests_are_said_at_the_end(void **state)
{
	(void)state;
	struct bench b;
	bench_start(&b, TCP, 389);
	for (int i = 0; i < 9; i++)
		bench_give(&b, REQ, search);
	assert_int_equal(b.events, 5); /* four may be open */
	assert_int_equal(b.odd, 5);
	bench_end(&b);
	assert_int_equal(b.events, 9);
}

static void
what_follows_start_tls_is_chosen_anew(void **state)
{
	(void)state;
	struct bench b;
	bench_start(&b, TCP, 389);
	bench_give(&b, REQ, start_tls);
	bench_give(&b, REP, started);
	assert_int_equal(b.events, 1);
	assert_string_equal(l7_proto_name(l7_proto(&b.flow)), "ldap");
	bench_give(&b, REQ, "0102030405060708090a0b0c0d0e0f");
	assert_int_equal(b.odd, 0);
	bench_end(&b);
}

static void
a_hole_is_survived(void **state)
{
	(void)state;
	struct bench b;
	bench_start(&b, TCP, 389);
	bench_give(&b, REQ, bind);
	struct flow_chunk c = { .data = { (const uint8_t *)"???", 3 }, .dir = REQ, .lost = 77 };
	l7_begin(b.l);
	l7_chunk(b.l, &b.flow, NULL, &c);
	bench_give(&b, REQ, search);
	bench_give(&b, REP, found);
	bench_said(&b, "search_result_entry");
	bench_end(&b);
}

static void
damaged_bytes_do_no_harm(void **state)
{
	(void)state;
	struct bench b;
	(void)b;
	bench_harm(TCP, 389, bind);
	bench_harm(UDP, 389, bind);
	bench_harm(TCP, 389, search);
	bench_harm(UDP, 389, search);
	bench_harm(TCP, 389, found);
	bench_harm(UDP, 389, found);
	bench_harm(TCP, 389, refused);
	bench_harm(UDP, 389, refused);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bind_and_a_search_in_pieces),
		cmocka_unit_test(a_wrong_password_is_a_failed_login),
		cmocka_unit_test(a_response_alone_is_said),
		cmocka_unit_test(unanswered_requests_are_said_at_the_end),
		cmocka_unit_test(what_follows_start_tls_is_chosen_anew),
		cmocka_unit_test(a_hole_is_survived),
		cmocka_unit_test(damaged_bytes_do_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
