/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collector/pick.h"

static bool
is_event(const char *text)
{
	struct pick p;

	return pick_event(view_of(text), &p);
}

static void
fields_are_found_where_they_belong(void **state)
{
	struct pick p;
	uint64_t n;
	char text[64];

	(void)state;
	assert_true(pick_event(
	    view_of(" {\"flow\":{\"src_ip\":\"no\"},\"src_ip\":\"10.0.0.1\",\"alert\":"
		    "{\"signature_id\":7,\"signature\":\"a\\\"b\\u4e2d\\ud83d\\ude00\\n\"},"
		    "\"segment\":{\"src\":{\"name\":\"x\"},\"dest\":{\"name\":\"y\"}},"
		    "\"list\":[1,{\"src_ip\":\"no\"}],\"flow_id\":9007199254740991} "),
	    &p));
	assert_true(view_is(p.at[PICK_SRC].text, "10.0.0.1"));
	assert_true(pick_u64(&p.at[PICK_SID], &n) && n == 7);
	assert_true(pick_u64(&p.at[PICK_FLOW], &n) && n == 9007199254740991);
	assert_true(view_is(p.at[PICK_SEGMENT_DST_NAME].text, "y"));
	assert_int_equal(pick_text(&p.at[PICK_SIGNATURE], text, sizeof(text)), 11);
	assert_string_equal(text, "a\"b\xe4\xb8\xad\xf0\x9f\x98\x80\n");
	assert_int_equal(pick_text(&p.at[PICK_SIGNATURE], text, 6), 3);
	assert_null(p.at[PICK_DST].text.ptr);
	assert_false(pick_u64(&p.at[PICK_SRC], &n));
}

static void
only_whole_json_objects_are_events(void **state)
{
	static const char *const bad[] = { "", "[]", "{", "{}x", "{\"a\":}", "{\"a\":01}",
		"{\"a\":1,}", "{a:1}", "{\"a\":\"\x01\"}", "{\"a\":\"\xff\"}",
		"{\"a\":\"\xed\xa0\x80\"}", "{\"a\":\"\\x\"}", "{\"a\":1.}", "{\"a\":-}",
		"{\"a\":tru}", "{\"a\":[1 2]}", "{\"a\":\"\\u12g4\"}", "{} {}" };
	char deep[200];

	(void)state;
	assert_true(is_event("{}"));
	assert_true(is_event("{\"a\":[-1.5e+3,true,false,null,\"\xe6\x9c\x9b\",{},[]]}"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		if (is_event(bad[i]))
			fail_msg("taken for an event: %s", bad[i]);
	memset(deep, '[', sizeof(deep));
	memcpy(deep, "{\"a\":", 5);
	deep[sizeof(deep) - 1] = 0;
	assert_false(is_event(deep));
}

static void
times_are_read_with_their_zone(void **state)
{
	int64_t us;

	(void)state;
	assert_true(pick_time(view_of("1970-01-01T00:00:00.000001+0000"), &us) && us == 1);
	assert_true(pick_time(view_of("2026-11-22T10:00:00.5Z"), &us) && us == 1795341600500000);
	assert_true(
	    pick_time(view_of("2026-11-22T18:00:00.5+08:00"), &us) && us == 1795341600500000);
	assert_true(pick_time(view_of("2024-02-29T00:00:00"), &us) && us == 1709164800000000);
	assert_false(pick_time(view_of("2026-13-01T00:00:00Z"), &us));
	assert_false(pick_time(view_of("2026-11-22"), &us));
	assert_false(pick_time(view_of("2026-11-22T10:00:00+8"), &us));
	assert_false(pick_time((struct view){ NULL, 0 }, &us));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_found_where_they_belong),
		cmocka_unit_test(only_whole_json_objects_are_events),
		cmocka_unit_test(times_are_read_with_their_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
