/* SPDX-License-Identifier: Apache-2.0 */
/* IEC 60870-5-104: control functions, values with quality and time, commands. */
#include "l7_ics.h"

#define STARTDT "68 04 07 00 00 00"

static void
start_and_acknowledge(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 12404, 6);
	ics_drip(&f, DIR_TO_SERVER, STARTDT);
	S(&f, "68 04 0b 00 00 00");
	C(&f, "68 04 01 00 0a 00");
	ics_finish(&f);
	assert_int_equal(f.events, 3);
	ics_said(&f, "{\"type\":\"U\",\"function\":\"STARTDT act\"}");
	ics_said(&f, "{\"type\":\"U\",\"function\":\"STARTDT con\"}");
	ics_said(&f, "{\"type\":\"S\",\"receive\":5}");
}

static void
values(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 2404, 6);
	C(&f, STARTDT);
	/* single points in sequence, the second invalid */
	S(&f, "68 0f 02 00 04 00 01 82 14 00 0a 00 64 00 00 01 80");
	ics_said(&f,
	    "\"send\":1,\"receive\":2,\"asdu\":{\"type_id\":1,\"type\":\"M_SP_NA_1\","
	    "\"sequence\":true,\"count\":2,\"cause_id\":20,\"cause\":\"interrogated by "
	    "station\",\"originator\":0,\"common_address\":10,\"objects\":[{\"address\":100,"
	    "\"value\":1},{\"address\":101,\"value\":0,\"quality\":[\"invalid\"]}]}");
	/* a short float with its time */
	S(&f, "68 19 04 00 04 00 24 01 03 00 0a 00 01 40 00 00 00 48 41 00 10 27 0d 09 10 0b 1a");
	ics_said(&f, "{\"address\":16385,\"value\":12.5,\"time\":\"2026-11-16 09:13:10.000\"}");
	/* normalised, step position, counter */
	S(&f, "68 10 06 00 04 00 09 01 03 00 0a 00 02 00 00 00 40 01");
	ics_said(&f, "{\"address\":2,\"value\":0.5,\"quality\":[\"overflow\"]}");
	S(&f, "68 0f 08 00 04 00 05 01 03 00 0a 00 03 00 00 7f 10");
	ics_said(&f, "{\"address\":3,\"value\":-1,\"quality\":[\"blocked\"]}");
	S(&f, "68 12 0a 00 04 00 0f 01 25 00 0a 00 04 00 00 fe ff ff ff 20");
	ics_said(&f, "{\"address\":4,\"value\":-2,\"quality\":[\"carry\"]}");
	ics_silent(&f, "control");
	assert_string_equal(f.odd, "");
	ics_finish(&f);
}

static void
commands(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 2404, 6);
	C(&f, "68 0e 00 00 00 00 2d 01 06 00 0a 00 0a 00 00 81");
	ics_said(&f,
	    "{\"type\":\"I\",\"control\":true,\"send\":0,\"receive\":0,\"asdu\":{\"type_id\":"
	    "45,\"type\":\"C_SC_NA_1\"");
	ics_said(&f, "{\"address\":10,\"value\":1,\"select\":true,\"qualifier\":0}");
	S(&f, "68 0e 00 00 02 00 2d 01 47 00 0a 00 0a 00 00 81");
	ics_said(&f, "\"cause_id\":7,\"cause\":\"activation confirmation\",\"negative\":true");
	C(&f, "68 12 02 00 02 00 32 01 06 00 0a 00 0b 00 00 00 00 80 3f 00");
	ics_said(&f, "{\"address\":11,\"value\":1,\"select\":false,\"qualifier\":0}");
	C(&f, "68 0e 04 00 02 00 64 01 06 00 ff ff 00 00 00 14");
	ics_said(&f, "\"type\":\"C_IC_NA_1\"");
	ics_said(&f, "{\"address\":0,\"qualifier\":20}");
	ics_finish(&f);
	assert_int_equal(f.events, 4);
}

static void
damage(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 2404, 6);
	C(&f, STARTDT);
	S(&f, "68 0e 02 00 04 00 01 02 14 00 0a 00 64 00 00 01");
	assert_true(ics_odd(&f, "INVALID_LENGTH"));
	ics_said(&f, "\"truncated\":true");
	S(&f, "68 02 00 00");
	assert_true(ics_odd(&f, "MALFORMED_DATA"));
	ics_lose(&f, DIR_TO_SERVER, 6, "68 04 43 00 00 00");
	ics_said(&f, "TESTFR act");
	ics_finish(&f);
}

static void
hostile(void **state)
{
	(void)state;
	ics_hostile(2404, 6, STARTDT, DIR_TO_CLIENT,
	    "68 19 04 00 04 00 24 01 03 00 0a 00 01 40 00 00 00 48 41 00 10 27 0d 09 10 0b 1a");
	ics_hostile(
	    2404, 6, STARTDT, DIR_TO_CLIENT, "68 0f 02 00 04 00 01 82 14 00 0a 00 64 00 00 01 80");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(start_and_acknowledge),
		cmocka_unit_test(values),
		cmocka_unit_test(commands),
		cmocka_unit_test(damage),
		cmocka_unit_test(hostile),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
