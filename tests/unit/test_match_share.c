/* SPDX-License-Identifier: Apache-2.0 */
/* Expressions in common: a set takes those that another has, in whatever order sets go, from two
 * threads as well; a load that is told to stop gives back all it took. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "match_fake.h"
#include "probe/match_share.h"

#define RULE(expression, sid)                                                                      \
	"alert tcp any any -> any any (content:\"ab\"; pcre:\"" expression "\"; sid:" sid ";)\n"

static const char old_rules[] =
    RULE("/a+b/", "1") RULE("/a+b/", "2") RULE("/a+b/i", "3") RULE("/x\\d/R", "4"),
		  new_rules[] = RULE("/a+b/", "1") RULE("/x\\d/", "4") RULE("/z{2}/", "5");

static const atomic_bool told_to_stop = true;

static struct match_rules *
load(const char *rules, struct match_share *share, const atomic_bool *stop)
{
	const struct match_text text = { "t.rules", { (const uint8_t *)rules, strlen(rules) } };
	const struct match_load l = {
		.classification_file = "", .text = &text, .text_n = 1, .share = share, .stop = stop
	};
	struct match_summary sum;
	struct err e;
	struct match_rules *r = match_rules_load(&l, &sum, &e);
	if (r)
		assert_int_equal(sum.failed, 0);
	return r;
}

static void
sets_have_them_in_common(void **state)
{
	struct match_share *s = match_share_new();
	(void)state;
	struct match_rules *old = load(old_rules, s, NULL);
	assert_non_null(old);
	assert_int_equal(match_share_count(s), 3);
	struct match_rules *fresh = load(new_rules, s, NULL);
	assert_non_null(fresh);
	assert_int_equal(match_share_count(s), 4);
	match_rules_free(old);
	assert_int_equal(match_share_count(s), 3);
	old = load(old_rules, s, NULL);
	assert_int_equal(match_share_count(s), 4);
	match_rules_free(fresh);
	assert_int_equal(match_share_count(s), 3);
	match_rules_free(old);
	assert_int_equal(match_share_count(s), 0);
	match_share_free(s);
}

static void
alone_each_has_its_own(void **state)
{
	(void)state;
	struct match_rules *a = load(old_rules, NULL, NULL), *b = load(old_rules, NULL, NULL);
	assert_non_null(a);
	assert_non_null(b);
	match_rules_free(a);
	match_rules_free(b);
}

static void
stopped_gives_back(void **state)
{
	struct match_share *s = match_share_new();
	(void)state;
	struct match_rules *kept = load(old_rules, s, NULL);
	assert_null(load(new_rules, s, &told_to_stop));
	assert_int_equal(match_share_count(s), 3);
	match_rules_free(kept);
	assert_int_equal(match_share_count(s), 0);
	match_share_free(s);
}

/* More than the table begins with, so that it spreads meanwhile. */
static void *
many(void *context)
{
	static const char form[] = RULE("/a%zu+b/", "%zu");
	char *text = malloc(sizeof(form) * 2000 + 40000);
	size_t n = 0;
	if (!text)
		abort();
	for (size_t i = 1; i <= 1500; i++)
		n += (size_t)snprintf(text + n, sizeof(form) + 40, form, i, i);
	for (unsigned round = 0; round < 3; round++) {
		struct match_rules *r = load(text, context, NULL);
		if (!r || match_share_count(context) != 1500)
			abort(); /* cmocka's own way out is for its thread */
		match_rules_free(r);
	}
	free(text);
	return NULL;
}

static void
any_thread(void **state)
{
	struct match_share *s = match_share_new();
	pthread_t other;
	(void)state;
	assert_int_equal(pthread_create(&other, NULL, many, s), 0);
	(void)many(s);
	pthread_join(other, NULL);
	assert_int_equal(match_share_count(s), 0);
	match_share_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_have_them_in_common),
		cmocka_unit_test(alone_each_has_its_own),
		cmocka_unit_test(stopped_gives_back),
		cmocka_unit_test(any_thread),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
