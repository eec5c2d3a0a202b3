/* SPDX-License-Identifier: Apache-2.0 */
/* Modbus: what each function says, pairs of request and response, and what is not Modbus. */
#include "l7_ics.h"

#define READ_3 "0001 0000 0006 11 03 006b 0003"
#define READ_3_ANSWER "0001 0000 0009 11 03 06 022b 0000 0064"

static void
registers_in_one_byte_pieces_on_any_port(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 8502, 6);
	ics_drip(&f, DIR_TO_SERVER, READ_3);
	ics_drip(&f, DIR_TO_CLIENT, READ_3_ANSWER);
	assert_int_equal(f.events, 1);
	ics_said(&f,
	    "\"request\":{\"transaction_id\":1,\"protocol_id\":0,\"unit_id\":17,\"function_"
	    "raw\":3,\"function_code\":\"RdHoldRegs\"");
	ics_said(&f, "\"read\":{\"address\":107,\"quantity\":3}");
	ics_said(&f, "\"values\":[555,0,100]");
	ics_silent(&f, "control");
	ics_finish(&f);
}

static void
pipelined_and_out_of_order(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 502, 6);
	C(&f, "0001 0000 0006 01 01 0013 000a 0002 0000 0006 01 06 0001 0003");
	S(&f, "0002 0000 0006 01 06 0001 0003");
	assert_int_equal(f.events, 1);
	ics_said(&f, "{\"id\":2,\"control\":true,");
	ics_said(&f, "\"write\":{\"address\":1,\"data\":3}");
	S(&f, "0001 0000 0005 01 01 02 cd03");
	ics_said(&f, "\"values\":[1,0,1,1,0,0,1,1,1,1]}");
	ics_finish(&f);
	assert_int_equal(f.events, 2);
	assert_string_equal(f.odd, "");
}

static void
writes_of_many(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 502, 6);
	C(&f, "0001 0000 0009 01 0f 0013 000a 02 cd01");
	S(&f, "0001 0000 0006 01 0f 0013 000a");
	ics_said(&f, "\"write\":{\"address\":19,\"quantity\":10,\"values\":[1,0,1,1,0,0,1,1,1,0]}");
	C(&f, "0002 0000 000b 01 10 0001 0002 04 000a 0102");
	S(&f, "0002 0000 0006 01 10 0001 0002");
	ics_said(&f, "\"write\":{\"address\":1,\"quantity\":2,\"values\":[10,258]}");
	C(&f, "0003 0000 0008 01 16 0004 00f2 0025");
	S(&f, "0003 0000 0008 01 16 0004 00f2 0025");
	ics_said(&f, "\"write\":{\"address\":4,\"and_mask\":242,\"or_mask\":37}");
	C(&f, "0004 0000 000d 01 17 0003 0006 000e 0001 02 00ff");
	S(&f, "0004 0000 0005 01 17 02 00fe");
	ics_said(&f,
	    "\"read\":{\"address\":3,\"quantity\":6},\"write\":{\"address\":14,\"quantity\":1,"
	    "\"values\":[255]}");
	ics_said(&f, "\"values\":[254]}");
	ics_finish(&f);
	assert_string_equal(f.odd, "");
}

static void
exceptions_and_diagnostics(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 502, 6);
	C(&f, "0001 0000 0006 01 08 0004 0000");
	S(&f, "0001 0000 0003 01 88 01");
	ics_said(&f, "\"control\":true");
	ics_said(
	    &f, "\"diagnostic\":{\"raw\":4,\"code\":\"ForceListenOnlyMode\",\"data\":\"0000\"}");
	ics_said(&f, "\"exception\":{\"raw\":1,\"code\":\"IllegalFunction\"}");
	ics_finish(&f);
}

static void
device_identification(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 502, 6);
	C(&f, "0002 0000 0005 01 2b 0e 01 00");
	S(&f, "0002 0000 0012 01 2b 0e 01 01 00 00 02 00 04 41636d65 01 02 5054");
	ics_said(&f, "\"mei\":{\"raw\":14,\"code\":\"RdDevId\",\"data\":\"0100\"}");
	ics_said(&f, "\"objects\":[{\"id\":0,\"name\":\"VendorName\",\"value\":\"Acme\"},{\"id\":1,"
		     "\"name\":\"ProductCode\",\"value\":\"PT\"}]");
	ics_finish(&f);
}

static void
file_records(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 502, 6);
	C(&f, "0001 0000 000a 01 14 07 06 0004 0001 0002");
	S(&f, "0001 0000 0009 01 14 06 05 06 0dfe 0020");
	ics_said(&f, "\"files\":[{\"file\":4,\"record\":1,\"length\":2}]");
	ics_said(&f, "\"files\":[{\"values\":[3582,32]}]");
	ics_finish(&f);
}

static void
what_is_missing_or_wrong(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 502, 6);
	C(&f, "0001 0000 0006 01 03 0000 0100");
	assert_true(ics_odd(&f, "INVALID_VALUE"));
	S(&f, "0009 0000 0005 01 03 02 0001");
	assert_true(ics_odd(&f, "UNSOLICITED_RESPONSE"));
	C(&f, "0001 0001 0006 01 03 0000 0100");
	assert_true(ics_odd(&f, "MALFORMED_DATA"));
	C(&f, "0003 0000 0006 01 03 0000 0001");
	ics_lose(&f, DIR_TO_CLIENT, 11, "0003 0000 0005 01 03 02 0001");
	assert_int_equal(f.events, 2);
	ics_finish(&f);
	assert_int_equal(f.events, 3);
}

static void
many_unanswered(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 502, 6);
	for (int i = 0; i < 20; i++)
		C(&f, READ_3);
	assert_int_equal(f.events, 16);
	assert_true(ics_odd(&f, "FLOODED"));
	ics_finish(&f);
	assert_int_equal(f.events, 20);
}

static void
hostile(void **state)
{
	(void)state;
	ics_hostile(502, 6, "", DIR_TO_SERVER, "0004 0000 000d 01 17 0003 0006 000e 0001 02 00ff");
	ics_hostile(502, 6, READ_3, DIR_TO_CLIENT, READ_3_ANSWER);
	ics_hostile(502, 6, "", DIR_TO_CLIENT,
	    "0002 0000 0012 01 2b 0e 01 01 00 00 02 00 04 41636d65 01 02 5054");
	ics_hostile(502, 6, "", DIR_TO_SERVER, "0001 0000 000a 01 14 07 06 0004 0001 0002");
}

static void
others_are_not_taken(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 4000, 6);
	C(&f, "0001 0000 0006 11 63 006b 0003");
	assert_int_not_equal(l7_proto(&f.flow), L7_MODBUS);
	ics_finish(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(registers_in_one_byte_pieces_on_any_port),
		cmocka_unit_test(pipelined_and_out_of_order),
		cmocka_unit_test(writes_of_many),
		cmocka_unit_test(exceptions_and_diagnostics),
		cmocka_unit_test(device_identification),
		cmocka_unit_test(file_records),
		cmocka_unit_test(what_is_missing_or_wrong),
		cmocka_unit_test(many_unanswered),
		cmocka_unit_test(hostile),
		cmocka_unit_test(others_are_not_taken),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
