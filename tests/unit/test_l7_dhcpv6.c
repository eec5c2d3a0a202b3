/* SPDX-License-Identifier: Apache-2.0 */
/* DHCPv6: an address, and a relayed message. */
#include "l7_directory.h"

static const char solicit[] =
    "0124ac5a0001000e000100013295995602570a0a081f00060004001700180008000200000027001700086f66"
    "666963652d37036c6162076578616d706c65000003000c0a0a081f00000e1000001518";

static const char advertise[] =
    "0224ac5a0001000e000100013295995602570a0a081f0002000e000100013295995002570a0a013500030028"
    "0a0a081f0000070800000c4e00050018fd0000100010000800000000000001ed00000e1000000e10000d0009"
    "00007375636365737300070001000018000d036c6162076578616d706c650000170010fd0000100010000800"
    "000000000000020027000a03086f66666963652d37";

static const char relayed[] =
    "0c0000000000000000000000000000000001fe8000000000000000000000000000020009004f0124ac5a0001"
    "000e000100013295995602570a0a081f00060004001700180008000200000027001700086f66666963652d37"
    "036c6162076578616d706c65000003000c0a0a081f00000e10000015180012000465746830";

static void
messages_are_records(void **state)
{
	(void)state;
	struct bench b;
	bench_start(&b, UDP, 547);
	bench_give(&b, REQ, solicit);
	bench_said(&b, "\"type\":\"solicit\"");
	bench_said(&b, "\"client_mac\":\"02:57:0a:0a:08:1f\"");
	bench_said(&b, "\"fqdn\":\"office-7.lab.example\"");
	bench_give(&b, REP, advertise);
	bench_said(&b, "\"type\":\"advertise\"");
	bench_said(&b, "\"addresses\":[\"fd00:10:10:8::1ed\"]");
	bench_give(&b, REQ, relayed);
	bench_said(&b, "\"relay\":\"relay_forward\",\"hops\":0,\"link_address\":\"::1\",\"peer_"
		       "address\":\"fe80::2\",\"interface_id\":\"eth0\"");
	assert_int_equal(b.events, 3);
	assert_int_equal(b.odd, 0);
	bench_end(&b);
}

static void
damaged_bytes_do_no_harm(void **state)
{
	(void)state;
	struct bench b;
	bench_harm(UDP, 547, solicit);
	bench_harm(UDP, 547, advertise);
	bench_harm(UDP, 547, relayed);
	(void)b;
}

static void
others_are_not_taken(void **state)
{
	(void)state;
	struct bench b;
	(void)b;
	bench_nobody(UDP, 547, "0100000100010001");
	bench_nobody(UDP, 4711, "010000010008000200000006000400170018");
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
