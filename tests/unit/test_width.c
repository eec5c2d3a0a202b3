/* SPDX-License-Identifier: Apache-2.0 */
/* Tables for people: Chinese takes two cells, and nothing a packet said reaches the terminal as a
 * command. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/cli/cli.h"

static void
cells_are_counted_as_terminals_do(void **state)
{
	(void)state;
	assert_int_equal(width_of(""), 0);
	assert_int_equal(width_of("abc"), 3);
	assert_int_equal(width_of("望楼"), 4);
	assert_int_equal(width_of("电子政务外网-DMZ"), 16);
	assert_int_equal(width_of("a → b"), 5);
	assert_int_equal(width_of("e\xcc\x81"), 1);
	assert_int_equal(width_of("，。！"), 6);
	assert_int_equal(width_of("\xf0\x9f\x94\xa5"), 2);
	assert_int_equal(width_of("\xff\xfe"), 2);
}

static void
texts_are_cut_between_characters(void **state)
{
	char out[64];

	(void)state;
	(void)width_copy(out, sizeof(out), "望楼告警", 8);
	assert_string_equal(out, "望楼告警");
	(void)width_copy(out, sizeof(out), "望楼告警", 7);
	assert_string_equal(out, "望楼告…");
	(void)width_copy(out, sizeof(out), "望楼告警", 6);
	assert_string_equal(out, "望楼…");
	(void)width_copy(out, sizeof(out), "abcdef", 3);
	assert_string_equal(out, "ab…");
	(void)width_copy(out, 5, "望楼告警", 100);
	assert_string_equal(out, "望");
}

static void
nothing_commands_the_terminal(void **state)
{
	char out[64];

	(void)state;
	(void)width_copy(out, sizeof(out), "a\x1b[31mb\rc\nd\x07", 60);
	assert_string_equal(out, "a?[31mb?c?d?");
	(void)width_copy(out, sizeof(out), "x\xe2\x80\xaey\xc2\x9bz\xff", 60);
	assert_string_equal(out, "x?y?z?");
}

static void
tables_line_up_and_fit(void **state)
{
	static const char *const headings[] = { "A", "名称", "C" };
	struct cli c = { .width = 30 };
	struct table *t = table_new(headings, 3, 1);
	char *text = NULL, *line;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	(void)state;
	table_cell(t, "1");
	table_cell(t, "很长很长很长很长很长很长的名称");
	table_cell(t, "end");
	table_cell(t, "22");
	table_cell(t, "");
	table_cell(t, "e");
	table_print(t, &c, f);
	(void)fclose(f);
	line = strtok(text, "\n");
	assert_string_equal(line, "A   名称                   C");
	line = strtok(NULL, "\n");
	assert_true(width_of(line) <= 30);
	assert_non_null(strstr(line, "…"));
	assert_string_equal(strstr(line, "end"), "end");
	line = strtok(NULL, "\n");
	assert_string_equal(line, "22  -                      e");
	free(text);
	table_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cells_are_counted_as_terminals_do),
		cmocka_unit_test(texts_are_cut_between_characters),
		cmocka_unit_test(nothing_commands_the_terminal),
		cmocka_unit_test(tables_line_up_and_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
