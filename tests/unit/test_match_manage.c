/* SPDX-License-Identifier: Apache-2.0 */
/* manage: lines of disable, enable, drop and modify; which rules they mean, what becomes of them,
 * what is wrong and where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "folder.h"
#include "probe/match_manage.h"

#define RULE                                                                                       \
	"alert tcp any any -> any any (msg:\"a Heartbleed\"; metadata:deployment Perimeter, x y; " \
	"threshold:type limit, track by_src, count 1, seconds 60; sid:2019401; rev:1;)"

static char paths[MATCH_MANAGE_FILES][200];
static uint32_t bad_line, bad_column;
static unsigned bad_n;

static void
on_problem(void *context, const char *file, uint32_t line, uint32_t column, const char *reason)
{
	(void)context;
	(void)file;
	assert_true(reason[0]);
	bad_line = line;
	bad_column = column;
	bad_n++;
}

/* One file with this text. */
static struct match_manage *
manage_of(enum match_manage_file f, const char *text)
{
	const char *path[MATCH_MANAGE_FILES] = { NULL };
	snprintf(paths[f], sizeof(paths[f]), "%s/%s", dir, match_manage_name(f));
	FILE *out = fopen(paths[f], "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
	path[f] = paths[f];
	bad_n = 0;
	return match_manage_new(path, on_problem, NULL);
}

/* Is the rule meant by this line? */
static bool
meant(const char *line)
{
	struct match_manage *m = manage_of(MATCH_MANAGE_DISABLE, line);
	struct buf out;
	bool disabled = false;
	buf_init(&out, 65536);
	assert_false(
	    match_manage_apply(m, "rules/emerging-dos.rules", view_of(RULE), &disabled, &out));
	assert_int_equal(match_manage_count(m).rules[MATCH_MANAGE_DISABLE], disabled);
	match_manage_free(m);
	buf_fini(&out);
	return disabled;
}

static void
which_rules(void **state)
{
	static const struct {
		const char *line;
		bool meant;
	} rows[] = {
		{ "2019401", true },
		{ "1:2019401", true },
		{ "3:2019401", false },
		{ "2019402", false },
		{ "1, 2, 2019401 # why", true },
		{ "2019400-2019499", true },
		{ "1:2019402-2019499", false },
		{ "re:heartbleed", true },
		{ "re:^alert udp", false },
		{ "group:emerging-dos.rules", true },
		{ "group:emerging-dos", true },
		{ "group:*-dos*", true },
		{ "group:dos", false },
		{ "filename:rules/*.rules", true },
		{ "filename:other/*", false },
		{ "metadata: deployment perimeter", true },
		{ "metadata: deployment datacenter", false },
		{ "*", true },
		{ "# 2019401", false },
		{ "", false },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (meant(rows[i].line) != rows[i].meant)
			fail_msg("%s", rows[i].line);
	}
}

static void
each_over_the_one_before(void **state)
{
	struct buf out;
	bool disabled = false;
	(void)state;
	match_manage_free(manage_of(MATCH_MANAGE_DISABLE, "2019401\n"));
	match_manage_free(manage_of(MATCH_MANAGE_ENABLE, "2019401\n"));
	match_manage_free(manage_of(MATCH_MANAGE_DROP, "re:heartbleed\n7\n"));
	match_manage_free(
	    manage_of(MATCH_MANAGE_MODIFY, "2019401 \"seconds (\\d+)\" \"seconds \\g<1>\\1$\"\n"));
	const char *path[MATCH_MANAGE_FILES] = { paths[0], paths[1], paths[2], paths[3] };
	struct match_manage *m = match_manage_new(path, on_problem, NULL);
	buf_init(&out, 65536);
	assert_true(match_manage_apply(m, "x.rules", view_of(RULE), &disabled, &out));
	assert_false(disabled);
	assert_int_equal(bad_n, 0);
	buf_add(&out, "", 1);
	assert_memory_equal(out.ptr, "drop tcp", 8);
	assert_non_null(strstr((char *)out.ptr, "seconds 6060$;"));
	size_t at = 0;
	const char *file;
	uint32_t line;
	assert_true(match_manage_idle(m, &at, &file, &line));
	assert_string_equal(file, paths[MATCH_MANAGE_DROP]);
	assert_int_equal(line, 2);
	assert_false(match_manage_idle(m, &at, &file, &line));
	match_manage_free(m);
	buf_fini(&out);
}

/* Rules that only take notes raise nothing, so there is nothing to drop. */
static void
silent_rules_stay(void **state)
{
	const char rule[] = "alert tcp any any -> any any (content:\"a\"; noalert; sid:5;)";
	struct match_manage *m = manage_of(MATCH_MANAGE_DROP, "5");
	bool disabled = false;
	struct buf out;
	(void)state;
	buf_init(&out, 65536);
	assert_false(match_manage_apply(m, "x.rules", view_of(rule), &disabled, &out));
	match_manage_free(m);
	buf_fini(&out);
}

static void
wrong_lines(void **state)
{
	static const struct {
		enum match_manage_file file;
		const char *text;
		uint32_t line, column;
	} rows[] = {
		{ MATCH_MANAGE_DISABLE, "\n1\nwhat\n", 3, 1 },
		{ MATCH_MANAGE_DISABLE, "1, x2\n", 1, 4 },
		{ MATCH_MANAGE_ENABLE, "9-1", 1, 1 },
		{ MATCH_MANAGE_ENABLE, "re:(", 1, 5 },
		{ MATCH_MANAGE_DROP, "group:", 1, 1 },
		{ MATCH_MANAGE_MODIFY, "1 \"a\"", 1, 1 },
		{ MATCH_MANAGE_MODIFY, "1 \"a(\" \"b\"", 1, 6 },
		{ MATCH_MANAGE_MODIFY, "\"a\" \"b\"", 1, 1 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		match_manage_free(manage_of(rows[i].file, rows[i].text));
		if (bad_n != 1 || bad_line != rows[i].line || bad_column != rows[i].column)
			fail_msg(
			    "%s: %u times, last %u:%u", rows[i].text, bad_n, bad_line, bad_column);
	}
}

static void
no_such_file(void **state)
{
	const char *path[MATCH_MANAGE_FILES] = { "/nonexistent/disable.conf" };
	(void)state;
	bad_n = 0;
	match_manage_free(match_manage_new(path, on_problem, NULL));
	assert_int_equal(bad_n, 1);
	assert_int_equal(bad_line, 0);
	path[0] = "";
	assert_null(match_manage_new(path, on_problem, NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(which_rules, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(each_over_the_one_before, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(silent_rules_stay, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(wrong_lines, make_dir, remove_dir),
		cmocka_unit_test(no_such_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
