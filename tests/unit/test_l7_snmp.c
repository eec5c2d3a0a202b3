/* SPDX-License-Identifier: Apache-2.0 */
/* SNMP: all three versions; communities are hidden. */
#include "l7_directory.h"

static const char get[] =
    "303702010004067075626c6963a02a02042b4234db020100020100301c300c06082b06010201010600050030"
    "0c06082b060102010163000500";

static const char response[] =
    "303702010004067075626c6963a22a02042b4234db020102020102301c300c06082b06010201010600050030"
    "0c06082b060102010163000500";

static const char bulk[] =
    "302b020101040a4c6573656e2332303236a51a02047a09a34a02010002010a300c300a06062b060102010105"
    "00";

static const char report[] =
    "307102010330110204132d0475020300ffe30401000201030421301f041180001f8880652cd357c7dc026b00"
    "0000000201010201040400040004003036041180001f8880652cd357c7dc026b000000000400a81f020407cb"
    "785e0201000201003011300f060a2b060106030f01010400410102";

static const char trap[] =
    "304102010004067075626c6963a43406082b06010401868d1f40040a0a081f020106020107430204d2301830"
    "1606092b06010401868d1f010409646f6f72206f70656e";

static void
messages_are_records(void **state)
{
	(void)state;
	struct bench b;
	bench_start(&b, UDP, 161);
	bench_give(&b, REQ, get);
	bench_said(&b, "\"community\":\"public\",\"pdu_type\":\"get_request\"");
	bench_give(&b, REP, response);
	bench_said(&b, "\"error\":\"NoSuchName\",\"error_index\":2");
	bench_give(&b, REQ, bulk);
	bench_said(&b, "\"pdu_type\":\"get_bulk_request\"");
	bench_said(&b, "\"max_repetitions\":10");
	bench_give(&b, REP, report);
	bench_give(&b, REQ, trap);
	assert_int_equal(b.events, 5);
	assert_int_equal(b.odd, 0);
	assert_null(strstr(b.said, "Lesen"));
	bench_end(&b);
}

static void
damaged_bytes_do_no_harm(void **state)
{
	(void)state;
	struct bench b;
	bench_harm(UDP, 161, get);
	bench_harm(UDP, 161, response);
	bench_harm(UDP, 161, bulk);
	bench_harm(UDP, 161, report);
	bench_harm(UDP, 161, trap);
	(void)b;
}

static void
others_are_not_taken(void **state)
{
	(void)state;
	struct bench b;
	(void)b;
	bench_nobody(UDP, 161, "302602010104067075626c6963a019");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_records),
		cmocka_unit_test(damaged_bytes_do_no_harm),
		cmocka_unit_test(others_are_not_taken),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
