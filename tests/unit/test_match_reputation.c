/* SPDX-License-Identifier: Apache-2.0 */
/* iprep: what lists say of addresses, and what is wrong in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "match_fake.h"

#define CATEGORIES "# id,name,what\n1,Bad,Known bad\n 2 , Good ,\r\n255,Last\n"

struct given {
	const char *categories, *entries, *rule;
	uint64_t most;
};

static struct match_rules *
load(const struct given *g, struct fake_problems *p, struct match_summary *sum)
{
	char categories[] = "/tmp/wanglou-match-XXXXXX", entries[] = "/tmp/wanglou-match-XXXXXX";
	const char *name = strrchr(entries, '/') + 1;
	const struct match_text text = { "test.rules", view_of(g->rule) };
	struct err e;
	fake_file(categories, g->categories, strlen(g->categories));
	fake_file(entries, g->entries, strlen(g->entries));
	struct match_load l = { .classification_file = "",
		.reputation = { categories, &name, 1, "/tmp", g->most },
		.problem = fake_note,
		.context = p,
		.text = &text,
		.text_n = 1 };
	struct match_rules *r = match_rules_load(&l, sum, &e);
	unlink(categories);
	unlink(entries);
	return r;
}

/* How many alerts the rule makes of a packet between these addresses. */
static uint16_t
alerts(const struct given *g, const char *src, const char *dst)
{
	static const struct match_config config = { 4, 64, 64, HASH_KEY_FIXED, NULL, NULL };
	struct fake_problems problems = { .n = 0 };
	struct match_summary sum;
	struct alert_list out = { .n = 0 };
	struct packet p = fake_packet(17, "x", 1);
	struct match_rules *r = load(g, &problems, &sum);
	struct match *m = match_new(&config, r);
	if (problems.n)
		fail_msg("%s%s: %s", g->rule, g->entries, problems.item[0].reason);
	p.ip_ver = addr_parse(src, &p.src);
	(void)addr_parse(dst, &p.dst);
	match_packet(m, &p, NULL, DIR_TO_SERVER, NULL, 0, NULL, 0, &out);
	match_free(m);
	match_rules_free(r);
	return out.n;
}

static void
scores_are_compared(void **state)
{
	static const char entries[] =
	    "10.0.0.0/8,1,20\n10.1.0.0/16,1,50\n10.1.0.7,1,101\n10.1.0.8,1,0\n10.1.0.7,2,9\n"
	    "# a comment\n\n 192.0.2.0/24 , 2 , 127 ,said by somebody\n2001:db8::/32,255,1\n"
	    "2001:db8::5,255,2\n";
	static const struct {
		const char *value, *src, *dst;
		uint16_t n;
	} rows[] = {
		{ "src,Bad,>,100", "10.1.0.7", "192.0.2.1", 1 },
		{ "src,Bad,>100", "10.1.0.7", "192.0.2.1", 1 },
		{ "SRC, Bad , > , 100", "10.1.0.7", "192.0.2.1", 1 },
		{ "src,Bad,>,101", "10.1.0.7", "192.0.2.1", 0 },
		{ "src,Bad,>=,101", "10.1.0.7", "192.0.2.1", 1 },
		{ "src,Bad,<=,101", "10.1.0.7", "192.0.2.1", 1 },
		{ "src,Bad,<,101", "10.1.0.7", "192.0.2.1", 0 },
		{ "dst,Bad,>,100", "10.1.0.7", "192.0.2.1", 0 },
		/* the longest prefix decides, in each category */
		{ "src,Bad,=,50", "10.1.0.6", "192.0.2.1", 1 },
		{ "src,Bad,=,20", "10.2.0.7", "192.0.2.1", 1 },
		{ "src,Bad,!=,20", "10.2.0.7", "192.0.2.1", 0 },
		{ "src,Good,=,9", "10.1.0.7", "192.0.2.1", 1 },
		/* not listed: no comparison holds */
		{ "src,Bad,<,100", "172.16.0.1", "192.0.2.1", 0 },
		{ "src,Bad,!=,100", "172.16.0.1", "192.0.2.1", 0 },
		{ "src,Bad,>=,0", "172.16.0.1", "192.0.2.1", 0 },
		{ "src,Bad,>=,0", "10.1.0.8", "192.0.2.1", 0 },
		{ "src,Bad,isset", "10.1.0.8", "192.0.2.1", 0 },
		{ "src,Bad,isnotset", "10.1.0.8", "192.0.2.1", 1 },
		{ "src,Bad,isset", "10.1.0.9", "192.0.2.1", 1 },
		{ "src,Bad,isnotset", "10.1.0.9", "192.0.2.1", 0 },
		{ "any,Bad,isnotset", "10.1.0.9", "192.0.2.1", 1 },
		{ "any,Bad,isnotset", "10.1.0.9", "10.1.0.1", 0 },
		{ "both,Bad,isnotset", "10.1.0.9", "192.0.2.1", 0 },
		{ "both,Bad,isnotset", "172.16.0.1", "192.0.2.1", 1 },
		{ "both,Good,isset", "10.1.0.7", "192.0.2.1", 1 },
		{ "any,Good,=,127", "10.1.0.7", "192.0.2.1", 1 },
		{ "dst,Last,=,2", "2001:db8::1", "2001:db8::5", 1 },
		{ "src,Last,=,1", "2001:db8::1", "2001:db8::5", 1 },
		{ "any,Bad,isset", "2001:db8::1", "2001:db8::5", 0 },
		{ "src,Bad,>,10; iprep:dst,Good,isset", "10.1.0.7", "192.0.2.1", 1 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char rule[128];
		snprintf(rule, sizeof(rule), "alert ip any any -> any any (iprep:%s; sid:1;)\n",
		    rows[i].value);
		struct given g = { CATEGORIES, entries, rule, 100 };
		if (alerts(&g, rows[i].src, rows[i].dst) != rows[i].n)
			fail_msg("iprep:%s, %s", rows[i].value, rows[i].src);
	}
}

static void
wrong_rules_are_refused(void **state)
{
	static const struct {
		const char *value, *reason, *hint;
	} rows[] = {
		{ "src,Nobody,isset", "there is no category \"Nobody\"",
		    "Bad, Good, Last are known" },
		{ "src,bad,isset", "there is no category \"bad\"", "Bad, Good, Last are known" },
		{ "nobody,Bad,isset", "an end, a category and what to ask", "write iprep:" },
		{ "src,Bad", "an end, a category and what to ask", "write iprep:" },
		{ "Bad,>,3", "an end, a category and what to ask", "write iprep:" },
		{ "src,Bad,", "\"\" is not understood", "write iprep:" },
		{ "src,Bad,>", "\">\" is not understood", "write iprep:" },
		{ "src,Bad,>,128", "\">,128\" is not understood", "write iprep:" },
		{ "src,Bad,>,-1", "\">,-1\" is not understood", "write iprep:" },
		{ "src,Bad,~,1", "\"~,1\" is not understood", "write iprep:" },
		{ "src,Bad,isset,1", "\"isset,1\" is not understood", "write iprep:" },
	};
	struct match_summary sum;
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake_problems p = { .n = 0 };
		char rule[128];
		snprintf(rule, sizeof(rule), "alert ip any any -> any any (iprep:%s; sid:1;)\n",
		    rows[i].value);
		match_rules_free(load(&(struct given){ CATEGORIES, "", rule, 100 }, &p, &sum));
		if (p.n != 1 || !strstr(p.item[0].reason, rows[i].reason) ||
		    !strstr(p.item[0].hint, rows[i].hint))
			fail_msg(
			    "iprep:%s: %s (%s)", rows[i].value, p.item[0].reason, p.item[0].hint);
	}
	struct fake_problems p = { .n = 0 };
	match_rules_free(
	    load(&(struct given){ "", "",
		     "alert ip any any -> any any (iprep:src,Bad,isset; sid:1;)\n", 100 },
		&p, &sum));
	assert_int_equal(p.n, 1);
	assert_non_null(strstr(p.item[0].hint, "rules.reputation-categories-file"));
}

static void
wrong_lines_are_named(void **state)
{
	static const struct {
		const char *categories, *entries;
		uint32_t line, column;
		const char *reason;
	} rows[] = {
		{ "0,Bad,x\n", "", 1, 1, "the category's number is not one from 1 to 255" },
		{ "1,Bad\n256,Good,x\n", "", 2, 1, "the category's number" },
		{ "Bad\n", "", 1, 1, "the category's number" },
		{ "1\n", "", 1, 2, "the category's name is missing" },
		{ "1, ,x\n", "", 1, 4, "the category's name is missing" },
		{ "1,Bad,x\n1,Good,x\n", "", 2, 1, "category 1 is there already: Bad" },
		{ "1,Bad,x\n2,Bad,x\n", "", 2, 3, "another category has this name" },
		{ CATEGORIES, "10.0.0.1,1,1\n10.0.0.256,1,1\n", 2, 1,
		    "this begins with no address" },
		{ CATEGORIES, "10.0.0.0/33,1,1\n", 1, 1, "this begins with no address" },
		{ CATEGORIES, "10.0.0.1\n", 1, 9, "the category's number" },
		{ CATEGORIES, "10.0.0.1,x,1\n", 1, 10, "the category's number" },
		{ CATEGORIES, "  10.0.0.1,3,1\n", 1, 12, "category 3 is not known" },
		{ CATEGORIES, "10.0.0.1,1\n", 1, 11, "the score is not one from 1 to 127" },
		{ CATEGORIES, "10.0.0.1,1,128\n", 1, 12, "the score is not" },
		{ CATEGORIES, "10.0.0.1,1,-1\n", 1, 12, "the score is not" },
		{ CATEGORIES, "10.0.0.1,1,5x\n", 1, 12, "the score is not" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fake_problems p = { .n = 0 };
		struct match_summary sum;
		match_rules_free(load(
		    &(struct given){ rows[i].categories, rows[i].entries, "", 100 }, &p, &sum));
		if (p.n != 1 || p.item[0].line != rows[i].line ||
		    p.item[0].column != rows[i].column || !strstr(p.item[0].reason, rows[i].reason))
			fail_msg("%s%s%zu: %u:%u: %s", rows[i].categories, rows[i].entries, p.n,
			    p.item[0].line, p.item[0].column, p.item[0].reason);
		assert_int_equal(sum.reputations_failed, 1);
	}
}

static void
room_is_bounded(void **state)
{
	struct fake_problems p = { .n = 0 };
	struct match_summary sum;
	struct given g = { CATEGORIES, "10.0.0.1,1,1\n10.0.0.2,1,1\n10.0.0.3,1,1\n", "", 2 };
	(void)state;
	match_rules_free(load(&g, &p, &sum));
	assert_int_equal(p.n, 0);
	assert_int_equal(sum.reputations, 2);
	assert_int_equal(sum.reputations_capped, 1);
}

/* A file of something else does not fill the log. */
static void
many_wrong_lines_are_counted(void **state)
{
	struct fake_problems p = { .n = 0 };
	struct match_summary sum;
	static char entries[300 * 2 + 1];
	(void)state;
	for (size_t i = 0; i < 300; i++)
		memcpy(entries + i * 2, "x\n", 2);
	match_rules_free(load(&(struct given){ CATEGORIES, entries, "", 2 }, &p, &sum));
	assert_int_equal(sum.reputations_failed, 300);
	assert_in_range(p.n, 64, 101);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scores_are_compared),
		cmocka_unit_test(wrong_rules_are_refused),
		cmocka_unit_test(wrong_lines_are_named),
		cmocka_unit_test(room_is_bounded),
		cmocka_unit_test(many_wrong_lines_are_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
