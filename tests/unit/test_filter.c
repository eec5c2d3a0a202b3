/* SPDX-License-Identifier: Apache-2.0 */
/* filter: times in queries, to the largest that is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../src/collector/serve/filter.h"

#define NOW 1700000000000ull /* ms */

static const char *since;

void
http_query(const struct http_request *r, http_query_fn fn, void *context)
{
	(void)r;
	(void)fn(context, "since", since);
}

int
look_status_find(const char *word)
{
	(void)word;
	return -1;
}

static int
parse(const char *text, struct look_filter *f)
{
	struct err e;

	since = text;
	return filter_parse(NULL, FILTER_ALERTS, NOW, f, &e);
}

static void
times_are_taken(void **state)
{
	struct look_filter f;

	(void)state;
	assert_int_equal(parse("2023-11-14T22:13:20Z", &f), 0);
	assert_int_equal(f.since, (int64_t)NOW * 1000);
	assert_int_equal(parse("1700000000", &f), 0);
	assert_int_equal(f.since, (int64_t)NOW * 1000);
	assert_int_equal(parse("2h", &f), 0);
	assert_int_equal(f.since, (int64_t)NOW * 1000 - 7200000000);
	assert_int_equal(parse("100000000000s", &f), 0);
}

static void
absurd_times_are_refused(void **state)
{
	static const char *const bad[] = { "", "x", "-1h", "1w", "100000000001", "100000000000d",
		"99999999999999999999", "18446744073709551615d" };
	struct look_filter f;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(parse(bad[i], &f), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_taken),
		cmocka_unit_test(absurd_times_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
