/* SPDX-License-Identifier: Apache-2.0 */
/* S7comm: connections, variables with their values, blocks, stop, status lists. */
#include "l7_ics.h"

#define CONNECT "0300001611e00000000100c0010ac1020100c2020102"
#define CONFIRM "0300001611d00001000100c0010ac1020100c2020102"
#define SETUP "0300001902f08032010000000000080000f0000001000101e0"
#define SETUP_ANSWER "0300001b02f080320300000000000800000000f0000001000100f0"
#define READ "0300001f02f080320100000100000e00000401120a10020004000184000000"
#define READ_ANSWER "0300001d02f0803203000001000002000800000401ff0400200000002a"
#define WRITE "0300002402f080320100000200000e00050501120a100100010001840000080003000101"
#define WRITE_ANSWER "0300001602f0803203000002000002000100000501ff"
#define STOP "0300002102f0803201000003000010000029000000000009505f50524f4752414d"
#define SZL "0300002102f080320700000400000800080001120411440100ff09000400110000"
#define SZL_ANSWER                                                                                 \
	"0300004502f080320700000004000c0028000112081284010100000000ff0900220011000000"             \
	"1c0001000136455337203331352d32454831342d3041423020000000012020"
#define DOWNLOAD                                                                                   \
	"0300003102f080320100000005002000001a00010000000000095f30413030303031500d3130"             \
	"3030313030303030353030"
#define PLUS "0300001402f0807201000931000004ca00000000"

static void
connection_and_setup(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 102, 6);
	ics_drip(&f, DIR_TO_SERVER, CONNECT);
	S(&f, CONFIRM);
	C(&f, SETUP);
	S(&f, SETUP_ANSWER);
	assert_int_equal(f.events, 2);
	ics_said(&f, "\"cotp\":{\"type\":\"confirm\",\"calling_tsap\":\"0100\",\"called_tsap\":"
		     "\"0102\",\"resource\":\"PG\",\"rack\":0,\"slot\":2,\"tpdu_size\":1024}");
	ics_said(&f,
	    "\"function\":\"setup "
	    "communication\",\"setup\":{\"max_calling\":1,\"max_called\":1,\"pdu_length\":240}");
	assert_string_equal(f.odd, "");
	ics_finish(&f);
}

static void
variables(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 102, 6);
	C(&f, READ);
	S(&f, READ_ANSWER);
	ics_said(&f,
	    "\"items\":[{\"area\":\"DB\",\"db\":1,\"byte\":0,\"bit\":0,\"type\":\"BYTE\",\"count\":"
	    "4,\"address\":\"DB1.DBX0.0 BYTE 4\",\"value\":\"0000002a\",\"status\":255}]");
	ics_silent(&f, "control");
	C(&f, WRITE);
	S(&f, WRITE_ANSWER);
	ics_said(&f, "\"control\":true");
	ics_said(&f, "\"address\":\"DB1.DBX1.0 BIT 1\",\"value\":\"01\",\"status\":255");
	assert_string_equal(f.odd, "");
	ics_finish(&f);
}

static void
stopping_and_loading(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 102, 6);
	C(&f, STOP);
	C(&f, DOWNLOAD);
	ics_finish(&f);
	assert_int_equal(f.events, 2);
	ics_said(&f, "\"function\":\"plc stop\",\"service\":\"P_PROGRAM\"");
	ics_said(&f, "\"block\":{\"name\":\"_0A00001P\",\"type\":\"DB\",\"number\":1,"
		     "\"filesystem\":\"passive\"}");
	ics_said(&f, "\"answered\":false");
}

static void
status_lists(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 102, 6);
	C(&f, SZL);
	S(&f, SZL_ANSWER);
	ics_said(&f, "\"szl\":{\"id\":17,\"index\":0,\"strings\":[\"6ES7 315-2EH14-0AB0\"]}");
	assert_string_equal(f.odd, "");
	ics_finish(&f);
}

static void
the_successor(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 102, 6);
	C(&f, PLUS);
	ics_said(&f, "{\"protocol\":\"s7comm-plus\",\"version\":1,\"opcode\":\"request\","
		     "\"function_code\":1226,\"function\":\"CreateObject\"");
	ics_finish(&f);
}

static void
other_users_of_the_transport(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 102, 6);
	C(&f, "0300001302e00000000000010008000300000000");
	assert_int_not_equal(l7_proto(&f.flow), L7_S7COMM);
	ics_finish(&f);
}

static void
hostile(void **state)
{
	(void)state;
	ics_hostile(102, 6, READ, DIR_TO_SERVER, WRITE);
	ics_hostile(102, 6, READ, DIR_TO_CLIENT, READ_ANSWER);
	ics_hostile(102, 6, READ, DIR_TO_CLIENT, SZL_ANSWER);
	ics_hostile(102, 6, READ, DIR_TO_SERVER, DOWNLOAD);
	ics_hostile(102, 6, READ, DIR_TO_SERVER, CONNECT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(connection_and_setup),
		cmocka_unit_test(variables),
		cmocka_unit_test(stopping_and_loading),
		cmocka_unit_test(status_lists),
		cmocka_unit_test(the_successor),
		cmocka_unit_test(other_users_of_the_transport),
		cmocka_unit_test(hostile),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
