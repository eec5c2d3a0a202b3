/* SPDX-License-Identifier: Apache-2.0 */
/* BACnet: properties and their values, discovery, control, and refusals. */
#include "l7_ics.h"

#define READ "810a001101040005010c0c000000011955"
#define READ_ANSWER "810a0017010030010c0c0000000119553e44420000003f"
#define WRITE "810a001a01040005010f0c0040000119553e44424800003f4908"
#define DONE "810a0009010020010f"
#define SILENCE "810a0017010400050211090119012d0700736563726574"
#define REFUSED "810a000d01005002119105911a"
#define MANY "810a0025010030010e0c020000011e294d4e7507004465766963654f291c5e910291205f1f"
#define WHO "810b00110120ffff00ff100809641a00c8"
#define IAM "810a001501001000c4020000652205c49103220104"
#define HAVE "810a001801001001c402000065c40000000575040050756d"
#define REJECT "810a00090100600209"
#define ABORT "810a00090100710204"
#define FORWARDED "8104000e0a000001bac001001008"

static void
properties(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 47808, 17);
	C(&f, READ);
	S(&f, READ_ANSWER);
	ics_said(&f, "\"pdu_type\":\"confirmed_request\",\"pdu_type_code\":0,\"service\":"
		     "\"readProperty\",\"service_code\":12,\"invoke_id\":1,\"properties\":[{"
		     "\"object_type\":\"analog-input\",\"object_type_code\":0,\"instance\":1,"
		     "\"property\":\"present-value\",\"property_code\":85}]");
	ics_said(&f, "\"values\":[32]");
	C(&f, WRITE);
	S(&f, DONE);
	ics_said(&f, "\"control\":true");
	ics_said(&f,
	    "\"object_type\":\"analog-output\",\"object_type_code\":1,\"instance\":1,\"property\":"
	    "\"present-value\",\"property_code\":85,\"priority\":8,\"values\":[50]");
	assert_int_equal(f.events, 4);
	assert_string_equal(f.odd, "");
	ics_finish(&f);
}

static void
many_properties(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 47808, 17);
	C(&f, READ);
	S(&f, MANY);
	ics_said(&f, "\"property\":\"object-name\",\"property_code\":77,\"values\":[\"Device\"]},{"
		     "\"object_type\":\"device\",\"object_type_code\":8,\"instance\":1,"
		     "\"property\":\"description\",\"property_code\":28,\"error\":{\"class_code\":"
		     "2,\"class\":\"property\",\"code\":32,\"name\":\"unknown-property\"}}");
	ics_finish(&f);
}

static void
discovery(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 47808, 17);
	C(&f, WHO);
	C(&f, IAM);
	C(&f, HAVE);
	C(&f, FORWARDED);
	ics_said(&f, "\"destination\":{\"network\":65535},\"hop_count\":255,\"pdu_type\":"
		     "\"unconfirmed_request\",\"pdu_type_code\":1,\"service\":\"whoIs\",\"service_"
		     "code\":8,\"low_limit\":100,\"high_limit\":200");
	ics_said(
	    &f, "\"object_type\":\"device\",\"instance\":101,\"max_apdu\":1476,\"vendor_id\":260");
	ics_said(&f, "\"device_type\":\"device\",\"device\":101,\"object_type\":\"analog-input\","
		     "\"instance\":5,\"object_name\":\"Pum\"");
	ics_said(&f, "\"origin\":\"0a000001bac0\"");
	assert_string_equal(f.odd, "");
	ics_finish(&f);
}

static void
silencing_and_refusals(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 47808, 17);
	C(&f, SILENCE);
	S(&f, REFUSED);
	S(&f, REJECT);
	S(&f, ABORT);
	ics_said(&f, "\"control\":true");
	ics_said(&f, "\"duration\":1,\"state\":\"disable\",\"password\":\"***");
	ics_silent(&f, "secret");
	ics_said(&f, "\"error\":{\"class_code\":5,\"class\":\"services\",\"code\":26,\"name\":"
		     "\"password-failure\"}");
	ics_said(&f, "\"reason\":\"unrecognized-service\"");
	ics_said(&f, "\"reason\":\"segmentation-not-supported\"");
	ics_finish(&f);
}

static void
others_are_not_taken(void **state)
{
	(void)state;
	struct ics f;
	ics_start(&f, 47809, 17);
	C(&f, "810a00ff0104");
	assert_int_not_equal(l7_proto(&f.flow), L7_BACNET);
	ics_finish(&f);
}

static void
hostile(void **state)
{
	(void)state;
	ics_hostile(47808, 17, "", DIR_TO_CLIENT, READ_ANSWER);
	ics_hostile(47808, 17, "", DIR_TO_CLIENT, MANY);
	ics_hostile(47808, 17, "", DIR_TO_SERVER, WHO);
	ics_hostile(47808, 17, "", DIR_TO_SERVER, IAM);
	ics_hostile(47808, 17, "", DIR_TO_SERVER, HAVE);
	ics_hostile(47808, 17, "", DIR_TO_SERVER, SILENCE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(properties),
		cmocka_unit_test(many_properties),
		cmocka_unit_test(discovery),
		cmocka_unit_test(silencing_and_refusals),
		cmocka_unit_test(others_are_not_taken),
		cmocka_unit_test(hostile),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
