/* SPDX-License-Identifier: Apache-2.0 */
/* NTP: clocks, control and private messages. */
#include "l7_directory.h"

static const char ask[] =
    "e3000000000000000000000000000000000000000000000000000000000000000000000000000000eead5b4c"
    "2a1f1000";

static const char answer[] =
    "240800e600000000000000007f7f0101eead5b4aed0806eceead5b4c2a1f1000eead5b4c2a2543a3eead5b4c"
    "2c4220dc";

static const char variables[] = "160200010000000000000000";

static const char monlist[] = "1700032a00000000";

static void
messages_are_records(void **state)
{
	(void)state;
	struct bench b;
	bench_start(&b, UDP, 123);
	bench_give(&b, REQ, ask);
	bench_said(&b, "\"version\":4,\"mode\":\"client\",\"stratum\":0");
	bench_give(&b, REP, answer);
	bench_said(&b, "\"mode\":\"server\",\"stratum\":8,\"reference_id\":\"127.127.1.1\"");
	bench_said(&b, "\"receive_time\":\"2026-11-22T");
	bench_give(&b, REQ, variables);
	bench_said(&b, "\"opcode\":\"read_variables\",\"response\":false,\"sequence\":1");
	bench_give(&b, REQ, monlist);
	bench_said(&b, "\"request\":\"MON_GETLIST_1\"");
	assert_int_equal(b.events, 4);
	assert_int_equal(b.odd, 0);
	bench_end(&b);
}

static void
damaged_bytes_do_no_harm(void **state)
{
	(void)state;
	struct bench b;
	bench_harm(UDP, 123, ask);
	bench_harm(UDP, 123, answer);
	bench_harm(UDP, 123, variables);
	bench_harm(UDP, 123, monlist);
	(void)b;
}

static void
elsewhere_only_what_cannot_be_else(void **state)
{
	(void)state;
	struct bench b;
	bench_start(&b, UDP, 4711);
	bench_give(&b, REQ, ask);
	bench_give(&b, REP, answer);
	assert_int_equal(b.events, 1 + 1);
	bench_end(&b);
	bench_nobody(UDP, 4711, monlist);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_records),
		cmocka_unit_test(damaged_bytes_do_no_harm),
		cmocka_unit_test(elsewhere_only_what_cannot_be_else),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
