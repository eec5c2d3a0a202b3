/* SPDX-License-Identifier: Apache-2.0 */
/* yaml: what a file says comes back with its lines, and what is wrong with it is said with file and
 * line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/yaml.h"

static struct ytree *
parse(const char *text, struct err *e)
{
	e->text[0] = 0;
	return ytree_parse(text, strlen(text), "f.yaml", e);
}

static void
tree_with_lines(void **state)
{
	(void)state;
	struct err e;
	struct ytree *y = parse("# head\n- a: 1\n  名: \"政务外网\"\n- [x, y]\n- plain\n", &e);
	assert_non_null(y);
	const struct ytree_node *first = ytree_root(y)->child;
	assert_int_equal(ytree_root(y)->kind, YTREE_LIST);
	assert_int_equal(first->kind, YTREE_MAP);
	assert_string_equal(ytree_get(first, "a")->text, "1");
	assert_int_equal(ytree_get(first, "a")->line, 2);
	assert_string_equal(ytree_get(first, "名")->text, "政务外网");
	assert_int_equal(ytree_get(first, "名")->line, 3);
	assert_null(ytree_get(first, "b"));
	assert_string_equal(first->next->child->next->text, "y");
	assert_string_equal(first->next->next->text, "plain");
	assert_null(first->next->next->next);
	assert_null(ytree_get(first->next, "a"));
	ytree_free(y);
	ytree_free(NULL);
}

static void
empty_is_empty(void **state)
{
	(void)state;
	struct err e;
	struct ytree *y = parse("# nothing\n", &e);
	assert_non_null(y);
	assert_null(ytree_root(y));
	ytree_free(y);
}

static void
errors_name_the_line(void **state)
{
	(void)state;
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "a: 1\nb: 2\na: 3\n", "f.yaml:3: key a stands here again, first in line 1" },
		{ "a: [1\nb: }\n", "f.yaml:2:" },
		{ "a: &x 1\nb: *x\n", "f.yaml:1: anchors and aliases are not allowed" },
		{ "--- 1\n--- 2\n", "f.yaml:2: a second document begins" },
		{ "? [1]\n: 2\n", "f.yaml:1: a key must be plain text" },
		{ "a: \"x\\0y\"\n", "f.yaml:1: a text holds a NUL character" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e;
		assert_null(parse(rows[i].text, &e));
		if (strncmp(e.text, rows[i].want, strlen(rows[i].want)) != 0)
			fail_msg("%s: got \"%s\"", rows[i].want, e.text);
	}
}

static void
deep_nesting_is_refused(void **state)
{
	(void)state;
	char text[20001];
	memset(text, '[', 10000);
	memset(text + 10000, ']', 10000);
	text[20000] = 0;
	struct err e;
	assert_null(parse(text, &e));
	assert_non_null(strstr(e.text, "nested deeper than 32"));
}

static void
files(void **state)
{
	(void)state;
	char path[] = "/tmp/test_yaml.XXXXXX";
	int fd = mkstemp(path);
	FILE *f = fdopen(fd, "w");
	assert_non_null(f);
	for (int i = 0; i < 20000; i++)
		fprintf(f, "- {n: %d}\n", i);
	fclose(f);
	struct err e;
	struct ytree *y = ytree_load(path, &e);
	remove(path);
	assert_non_null(y);
	size_t n = 0;
	for (const struct ytree_node *c = ytree_root(y)->child; c; c = c->next)
		n++;
	assert_int_equal(n, 20000);
	ytree_free(y);
	assert_null(ytree_load("/no/such/file.yaml", &e));
	assert_string_equal(e.text, "/no/such/file.yaml: No such file or directory");
	assert_null(ytree_load("/tmp", &e));
	assert_non_null(strstr(e.text, "/tmp: Is a directory"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tree_with_lines),
		cmocka_unit_test(empty_is_empty),
		cmocka_unit_test(errors_name_the_line),
		cmocka_unit_test(deep_nesting_is_refused),
		cmocka_unit_test(files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
