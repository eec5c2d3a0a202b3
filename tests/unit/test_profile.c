/* SPDX-License-Identifier: Apache-2.0 */
/* profile: which events are written, and which of their members. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/probe/output/profile.h"

#define SECOND UINT64_C(1000000000)

static void
read_well(struct profile *p, const char *text)
{
	struct err e;
	assert_int_equal(profile_read(p, "dns", text, &e), 0);
}

static void
wrong_words_are_named(void **state)
{
	static const char *const wrong[] = { "often", "rate=", "rate=0", "rate=x", "rate=1x",
		"flow=-", "sample=0", "only=", "only=a+", "only=+a", "only=a without=b", "offf" };
	struct profile p;
	struct err e;
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		assert_int_equal(profile_read(&p, "dns", wrong[i], &e), -1);
		assert_non_null(strstr(e.text, "output.profile: dns: "));
	}
}

static void
rate_is_by_packet_clock(void **state)
{
	struct profile p;
	(void)state;
	read_well(&p, "rate=2");
	assert_true(profile_wants(&p, 1, 0, 5 * SECOND));
	assert_true(profile_wants(&p, 2, 0, 5 * SECOND + 1));
	assert_false(profile_wants(&p, 3, 0, 6 * SECOND - 1));
	assert_true(profile_wants(&p, 4, 0, 6 * SECOND));
}

static void
flows_and_samples(void **state)
{
	struct profile p;
	(void)state;
	read_well(&p, " flow=2  sample=10 ");
	assert_true(profile_wants(&p, 20, 1, 0));
	assert_false(profile_wants(&p, 20, 2, 0));
	assert_false(profile_wants(&p, 21, 0, 0));
	read_well(&p, "off");
	assert_false(profile_wants(&p, 20, 0, 0));
}

static void
trims(const char *profile, const char *objects, const char *want)
{
	struct profile p;
	struct buf b;
	read_well(&p, profile);
	buf_init(&b, 0);
	assert_true(buf_room(&b, 4096));
	memcpy(b.ptr, "{\"head\":1", 9);
	memcpy(b.ptr + 9, objects, strlen(objects));
	b.len = 9 + strlen(objects);
	profile_trim(&p, &b, 9);
	assert_int_equal(b.len, 9 + strlen(want));
	assert_memory_equal(b.ptr + 9, want, strlen(want));
	buf_fini(&b);
}

static void
members_go_or_stay(void **state)
{
	(void)state;
	const char *dns = ",\"dns\":{\"id\":1,\"answers\":[{\"a\":\"}\\\"],{\"},2],\"rd\":true}";
	trims("without=answers", dns, ",\"dns\":{\"id\":1,\"rd\":true}");
	trims("without=id", dns, ",\"dns\":{\"answers\":[{\"a\":\"}\\\"],{\"},2],\"rd\":true}");
	trims("without=rd+id", dns, ",\"dns\":{\"answers\":[{\"a\":\"}\\\"],{\"},2]}");
	trims("only=rd", dns, ",\"dns\":{\"rd\":true}");
	trims("only=none", dns, ",\"dns\":{}");
	trims("only=to+helo",
	    ",\"smtp\":{\"helo\":\"x\\\\\"},\"email\":{\"to\":[\"a\",\"b\"],\"url\":[]}",
	    ",\"smtp\":{\"helo\":\"x\\\\\"},\"email\":{\"to\":[\"a\",\"b\"]}");
	trims("rate=1", dns, dns);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_words_are_named),
		cmocka_unit_test(rate_is_by_packet_clock),
		cmocka_unit_test(flows_and_samples),
		cmocka_unit_test(members_go_or_stay),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
