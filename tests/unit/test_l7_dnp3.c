/* SPDX-License-Identifier: Apache-2.0 */
/* DNP3: link CRCs, transport segments, objects and points, on TCP and UDP. */
#include "l7_ics.h"

#define READ "05640bc40a000100acd1c0c0013c020654e0"
#define ANSWER                                                                                     \
	"0564274401000a00b9b6c0c0810000010200000181011e050100cfe300020001000048410100"             \
	"00803f01000017750000ffff"
#define OPERATE "05641ac40a0001008a1cc1c2030c012801000a004101640000003feec80000000078fb"
#define BAD_BLOCK "05640bc40a000100acd1c0c0013c020654e1"
#define FIRST "0564114401000a00235445c08100000102000003810159fc"
#define SECOND "0564084401000a00d903868101f779"
#define RESTART "056408c40a000100fc42c2c30d4705"
#define UNKNOWN "0564114401000a002354c0c081000063010000010102ad32"
#define UNSOLICITED "0564164401000a001d8ac0f082900102021701048110eccbb182d3e501a1c9"

static void
reading_in_one_byte_pieces(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 20001, 6);
	ics_drip(&f, DIR_TO_SERVER, READ);
	ics_drip(&f, DIR_TO_CLIENT, ANSWER);
	assert_int_equal(f.events, 2);
	ics_said(&f, "{\"type\":\"request\",\"control\":{\"dir\":true,\"pri\":true,\"fcb\":false,"
		     "\"fcv\":false,\"function_code\":4},\"src\":1,\"dst\":10,\"application\":{"
		     "\"control\":{\"fir\":true,\"fin\":true,\"con\":false,\"uns\":false,"
		     "\"sequence\":0},\"function_code\":1,\"function\":\"read\",\"objects\":[{"
		     "\"group\":60,\"variation\":2,\"qualifier\":6,\"prefix_code\":0,\"range_"
		     "code\":6,\"start\":0,\"stop\":0,\"count\":0}],\"complete\":true}}");
	ics_said(&f, "\"points\":[{\"prefix\":0,\"index\":0,\"online\":1,\"restart\":0,\"comm_"
		     "lost\":0,\"remote_forced\":0,\"local_forced\":0,\"chatter_filter\":0,"
		     "\"reserved\":0,\"state\":1}");
	ics_said(&f, "\"value\":12.5}");
	ics_said(&f, "\"iin\":{\"indicators\":[]}");
	assert_string_equal(f.odd, "");
	ics_finish(&f);
}

static void
control(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 20001, 6);
	C(&f, OPERATE);
	ics_said(&f, "\"operate\":true");
	ics_said(&f, "{\"prefix\":10,\"index\":10,\"op_type\":1,\"qu\":0,\"cr\":0,\"tcc\":1,"
		     "\"count\":1,\"ontime\":100,\"offtime\":200,\"status_code\":0}");
	C(&f, RESTART);
	ics_said(&f, "\"function\":\"cold_restart\"");
	assert_string_equal(f.odd, "");
	ics_finish(&f);
}

static void
segments_joined(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 20001, 6);
	C(&f, READ);
	S(&f, FIRST);
	assert_int_equal(f.events, 1);
	S(&f, SECOND);
	assert_int_equal(f.events, 2);
	ics_said(&f, "\"start\":0,\"stop\":3,\"count\":4");
	ics_said(&f, "\"index\":3");
	assert_string_equal(f.odd, "");
	ics_finish(&f);
}

static void
a_segment_missing(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 20001, 6);
	C(&f, READ);
	S(&f, SECOND);
	assert_int_equal(f.events, 1);
	ics_finish(&f);
}

static void
damage(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 20001, 6);
	C(&f, READ);
	C(&f, BAD_BLOCK);
	assert_true(ics_odd(&f, "BAD_TRANSPORT_CRC"));
	assert_int_equal(f.events, 1);
	S(&f, UNKNOWN);
	assert_true(ics_odd(&f, "UNKNOWN_OBJECT"));
	ics_said(&f, "\"complete\":false");
	C(&f, "ffffffff");
	assert_true(ics_odd(&f, "MALFORMED_DATA"));
	ics_finish(&f);
}

static void
datagrams(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 20001, 6);
	f.flow.key.proto = 17;
	C(&f, READ ANSWER);
	assert_int_equal(f.events, 2);
	ics_finish(&f);
}

static void
hostile(void **state)
{
	(void)state;
	ics_hostile(20001, 6, "", DIR_TO_SERVER, OPERATE);
	ics_hostile(20001, 6, "", DIR_TO_CLIENT, ANSWER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reading_in_one_byte_pieces),
		cmocka_unit_test(control),
		cmocka_unit_test(segments_joined),
		cmocka_unit_test(a_segment_missing),
		cmocka_unit_test(damage),
		cmocka_unit_test(datagrams),
		cmocka_unit_test(hostile),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
