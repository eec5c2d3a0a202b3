/* SPDX-License-Identifier: Apache-2.0 */
/* OPC UA: channels, sessions, nodes with their values, and what is encrypted. */
#include "l7_ics.h"

#define HELLO                                                                                      \
	"48454c463200000000000000ffff0000ffff00000000000000000000120000006f70632e7463"             \
	"703a2f2f706c633a34383430"
#define ACKNOWLEDGE "41434b461c00000000000000ffff0000ffff00000000000000000000"
#define OPEN                                                                                       \
	"4f504e4684000000000000002f000000687474703a2f2f6f7063666f756e646174696f6e2e6f"             \
	"72672f55412f5365637572697479506f6c696379234e6f6e65ffffffffffffffff0100000001"             \
	"0000000100be01000000000000000000000700000000000000ffffffffe80300000000000000"             \
	"00000000000001000000ffffffff80ee3600"
#define OPENED                                                                                     \
	"4f504e4687000000000000002f000000687474703a2f2f6f7063666f756e646174696f6e2e6f"             \
	"72672f55412f5365637572697479506f6c696379234e6f6e65ffffffffffffffff0100000001"             \
	"0000000100c1010000000000000000070000000000000000ffffffff00000000000000050000"             \
	"0006000000000000000000000080ee3600ffffffff"
#define ENDPOINTS                                                                                  \
	"4d53474652000000010000000100000006000000050000000100ac0100000000000000000000"             \
	"0700000000000000ffffffffe80300000000000d0000006f70632e7463703a2f2f706c63ffff"             \
	"ffffffffffff"
#define ENDPOINTS_ANSWER                                                                           \
	"4d534746ed000000010000000100000006000000050000000100af0100000000000000000700"             \
	"00000000000000ffffffff00000001000000120000006f70632e7463703a2f2f706c633a3438"             \
	"34300700000075726e3a706c63ffffffff0203000000504c4300000000ffffffffffffffffff"             \
	"ffffffffffffff0300000039000000687474703a2f2f6f7063666f756e646174696f6e2e6f72"             \
	"672f55412f5365637572697479506f6c69637923426173696332353653686132353602000000"             \
	"010000006100000000ffffffffffffffffffffffff010000006201000000ffffffffffffffff"             \
	"ffffffffffffffff01"
#define ACTIVATE                                                                                   \
	"4d53474686000000010000000100000005000000040000000100d30104000000010203040506"             \
	"0708090a0b0c0d0e0f00000000000000000700000000000000ffffffffe8030000000000ffff"             \
	"ffffffffffffffffffffffffffff01004401011b000000010000007504000000616e6e610600"             \
	"000067656865696dffffffffffffffffffffffff"
#define REFUSED                                                                                    \
	"4d53474640000000010000000100000005000000040000000100d60100000000000000000700"             \
	"00000000218000ffffffff000000ffffffffffffffffffffffff"
#define READ                                                                                       \
	"4d53474662000000010000000100000003000000020000000100770200000000000000000000"             \
	"0700000000000000ffffffffe803000000000000000000000000000200000001000000030200"             \
	"0400000050756d700d000000ffffffff0000ffffffff"
#define READ_ANSWER                                                                                \
	"4d534746460000000100000001000000030000000200000001007a0200000000000000000700"             \
	"00000000000000ffffffff00000001000000010b0000000000002940ffffffff"
#define WRITE                                                                                      \
	"4d5347464f000000010000000100000004000000030000000100a10200000000000000000000"             \
	"0700000000000000ffffffffe803000000000001000000010207000d000000ffffffff0106fd"             \
	"ffffff"
#define WRITE_ANSWER                                                                               \
	"4d53474640000000010000000100000004000000030000000100a40200000000000000000700"             \
	"00000000000000ffffffff0000000100000000003b80ffffffff"
#define PUBLISHED                                                                                  \
	"4d534746740000000100000001000000070000000600000001003d0300000000000000000700"             \
	"00000000000000ffffffff00000009000000ffffffff00010000000000000000000000010000"             \
	"0001002b0301160000000100000003000000010b000000000000f83fffffffffffffffffffff"             \
	"ffff"
#define ERROR "455252461200000000008380020000006e6f"
#define PART                                                                                       \
	"4d534743460000000100000001000000030000000200000001007a0200000000000000000700"             \
	"00000000000000ffffffff00000001000000010b0000000000002940ffffffff"
#define REST "4d5347461c000000010000000100000004000000020000007461696c"
#define CIPHER                                                                                     \
	"4d5347464000000001000000010000000900000009000000c8c9cacbcccdcecfd0d1d2d3d4d5"             \
	"d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeef"

static void
channel(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 4841, 6);
	ics_drip(&f, DIR_TO_SERVER, HELLO);
	S(&f, ACKNOWLEDGE);
	C(&f, OPEN);
	S(&f, OPENED);
	assert_int_equal(f.events, 2);
	ics_said(&f, "{\"message_type\":\"HEL\",\"endpoint\":\"opc.tcp://"
		     "plc:4840\",\"version\":0,\"receive_buffer\":65535");
	ics_said(&f, "\"policy\":\"http://opcfoundation.org/UA/"
		     "SecurityPolicy#None\",\"mode\":\"none\",\"channel_request\":\"issue\","
		     "\"lifetime\":3600000,\"service\":\"OpenSecureChannel\"");
	assert_string_equal(f.odd, "");
	ics_finish(&f);
}

static void
values(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 4841, 6);
	C(&f, READ);
	S(&f, READ_ANSWER);
	ics_said(&f, "\"nodes\":[{\"node_id\":\"ns=2;s=Pump\",\"attribute\":13,\"type\":\"Double\","
		     "\"values\":[12.5]}],\"status\":\"Good\"");
	ics_silent(&f, "control");
	C(&f, WRITE);
	S(&f, WRITE_ANSWER);
	ics_said(&f, "\"control\":true");
	ics_said(&f, "\"nodes\":[{\"node_id\":\"ns=2;i=7\",\"attribute\":13,\"type\":\"Int32\","
		     "\"values\":[-3],\"status\":\"BadNotWritable\"}]");
	S(&f, PUBLISHED);
	ics_said(&f,
	    "\"subscription\":9,\"nodes\":[{\"handle\":3,\"type\":\"Double\",\"values\":[1.5]}]");
	assert_string_equal(f.odd, "");
	ics_finish(&f);
}

static void
sessions(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 4841, 6);
	C(&f, OPEN);
	S(&f, OPENED);
	C(&f, ENDPOINTS);
	S(&f, ENDPOINTS_ANSWER);
	ics_said(&f, "\"endpoints\":[{\"url\":\"opc.tcp://plc:4840\",\"policy\":\"http://"
		     "opcfoundation.org/UA/"
		     "SecurityPolicy#Basic256Sha256\",\"mode\":\"sign_and_encrypt\",\"tokens\":["
		     "\"anonymous\",\"username\"]}]");
	C(&f, ACTIVATE);
	S(&f, REFUSED);
	ics_said(&f, "\"session_token\":\"***");
	ics_said(&f, "\"user_token\":\"username\",\"username\":\"anna\",\"status\":"
		     "\"BadIdentityTokenRejected\"");
	ics_silent(&f, "geheim");
	ics_finish(&f);
}

static void
chunks(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 4841, 6);
	C(&f, READ);
	S(&f, PART);
	assert_int_equal(f.events, 0);
	S(&f, REST);
	assert_int_equal(f.events, 1);
	ics_said(&f, "\"chunks\":3");
	ics_said(&f, "\"values\":[12.5]");
	ics_finish(&f);
}

static void
errors_and_ciphers(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 4841, 6);
	C(&f, HELLO);
	S(&f, ERROR);
	ics_said(&f,
	    "\"status\":\"BadTcpEndpointUrlInvalid\",\"status_code\":2156068864,\"reason\":\"no\"");
	C(&f, CIPHER);
	ics_finish(&f);
	ics_said(&f, "\"encrypted\":true");
	ics_said(&f, "\"answered\":false");
}

static void
hostile(void **state)
{
	(void)state;
	ics_hostile(4841, 6, OPEN, DIR_TO_SERVER, WRITE);
	ics_hostile(4841, 6, OPEN, DIR_TO_CLIENT, PUBLISHED);
	ics_hostile(4841, 6, OPEN, DIR_TO_CLIENT, ENDPOINTS_ANSWER);
	ics_hostile(4841, 6, OPEN, DIR_TO_SERVER, ACTIVATE);
	ics_hostile(4841, 6, OPEN, DIR_TO_CLIENT, READ_ANSWER);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(channel),
		cmocka_unit_test(values),
		cmocka_unit_test(sessions),
		cmocka_unit_test(chunks),
		cmocka_unit_test(errors_and_ciphers),
		cmocka_unit_test(hostile),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
