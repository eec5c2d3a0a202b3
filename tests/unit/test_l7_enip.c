/* SPDX-License-Identifier: Apache-2.0 */
/* EtherNet/IP: sessions, identities, CIP in and out of connections. */
#include "l7_ics.h"

#define REGISTER "65000400000000000000000000000000000000000000000001000000"
#define REGISTERED "65000400070000000000000000000000000000000000000001000000"
#define LIST "630000000000000000000000000000000000000000000000"
#define IDENTITY                                                                                   \
	"63003300000000000000000000000000000000000000000001000c002d0001000002af120a01"             \
	"01a4000000000000000001000c003a00040330008e4d52000b313735362d454e42542f4103"
#define WRITE                                                                                      \
	"6f0022000100000000000000000000000000000000000000000000000000020000000000b200"             \
	"12004d049105537065656400c40001002a000000"
#define WRITTEN                                                                                    \
	"6f0014000100000000000000000000000000000000000000000000000000020000000000b200"             \
	"0400cd000000"
#define MANY                                                                                       \
	"7000340001000000000000000000000000000000000000000000000000000200a10004004433"             \
	"2211b100200001000a02200224010200060010004c03206b2500010001000e03200124013007"
#define MANY_ANSWER                                                                                \
	"70002e0001000000000000000000000000000000000000000000000000000200a10004004433"             \
	"2211b1001a0001008a000000020006001000cc000000ca000000803f8e000800"
#define OPEN                                                                                       \
	"6f003e000100000000000000000000000000000000000000000000000000020000000000b200"             \
	"2e005402200624010a0e110000002200000001000900010203040100000080841e00f4439084"             \
	"1e00f443a30220022401"
#define SEND                                                                                       \
	"6f0024000100000000000000000000000000000000000000000000000000020000000000b200"             \
	"1400520220062401059d06000e022001240101000100"
#define RESET                                                                                      \
	"6f0017000100000000000000000000000000000000000000000000000000020000000000b200"             \
	"070005022001240100"

static void
session_and_identity(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 44818, 6);
	ics_drip(&f, DIR_TO_SERVER, REGISTER);
	S(&f, REGISTERED);
	ics_said(&f, "\"request\":{\"command\":\"register_session\",\"command_code\":101,"
		     "\"length\":4,\"session\":0,\"status\":\"success\",\"status_code\":0,"
		     "\"register_session\":{\"protocol_version\":1,\"options\":0}}");
	C(&f, LIST);
	S(&f, IDENTITY);
	ics_said(&f,
	    "\"identity\":{\"protocol_version\":1,\"address\":\"10.1.1.164\",\"port\":44818,"
	    "\"vendor_id\":1,\"device_type\":12,\"device_type_name\":\"communications "
	    "adapter\",\"product_code\":58,\"revision\":\"4.3\",\"status\":48,\"serial\":"
	    "\"0x00524d8e\",\"product_name\":\"1756-ENBT/A\",\"state\":3}");
	assert_int_equal(f.events, 2);
	assert_string_equal(f.odd, "");
	ics_finish(&f);
}

static void
identity_over_udp(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 44818, 6);
	f.flow.key.proto = 17;
	C(&f, LIST);
	S(&f, IDENTITY);
	assert_int_equal(f.events, 1);
	ics_said(&f, "1756-ENBT/A");
	ics_finish(&f);
}

static void
tags(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 44818, 6);
	C(&f, WRITE);
	S(&f, WRITTEN);
	ics_said(&f, "{\"enip\":{\"control\":true,");
	ics_said(&f, "\"symbol\":\"Speed\"");
	ics_said(&f, "\"data_type\":\"DINT\",\"elements\":1,\"values\":[42]");
	ics_said(&f, "\"service\":\"write_tag\",\"status_code\":0,\"status\":\"success\"");
	C(&f, MANY);
	S(&f, MANY_ANSWER);
	ics_said(&f, "\"connection_id\":287454020,\"sequence\":1");
	ics_said(&f, "\"class\":107,\"class_name\":\"symbol\",\"instance\":1,");
	ics_said(&f, "\"class\":1,\"class_name\":\"identity\",\"instance\":1,\"attribute\":7");
	ics_said(&f, "\"data_type\":\"REAL\",\"values\":[1]");
	ics_said(&f, "\"status\":\"service_not_supported\"");
	assert_string_equal(f.odd, "");
	ics_finish(&f);
}

static void
connections(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 44818, 6);
	C(&f, OPEN);
	C(&f, SEND);
	C(&f, RESET);
	ics_finish(&f);
	ics_said(&f, "\"service\":\"forward_open\"");
	ics_said(&f, "\"connection\":{\"o_t_id\":17,\"t_o_id\":34,\"serial\":1,\"vendor\":9,"
		     "\"originator\":67305985,\"o_t_interval\":2000000,\"t_o_interval\":2000016}");
	ics_said(&f, "\"service\":\"unconnected_send\"");
	ics_said(&f, "\"embedded\":{\"service_code\":14,\"service\":\"get_attribute_single\"");
	ics_said(&f, "\"service\":\"reset\"");
	assert_int_equal(f.events, 3);
}

static void
hostile(void **state)
{
	(void)state;
	ics_hostile(44818, 6, REGISTER, DIR_TO_SERVER, MANY);
	ics_hostile(44818, 6, REGISTER, DIR_TO_CLIENT, MANY_ANSWER);
	ics_hostile(44818, 6, REGISTER, DIR_TO_SERVER, OPEN);
	ics_hostile(44818, 6, REGISTER, DIR_TO_SERVER, SEND);
	ics_hostile(44818, 6, REGISTER, DIR_TO_CLIENT, IDENTITY);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(session_and_identity),
		cmocka_unit_test(identity_over_udp),
		cmocka_unit_test(tags),
		cmocka_unit_test(connections),
		cmocka_unit_test(hostile),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
