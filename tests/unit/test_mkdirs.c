/* SPDX-License-Identifier: Apache-2.0 */
/* mkdirs: what is missing is made with its mode, what is there stays, a file in the way is said. */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "folder.h"
#include "lib/mkdirs.h"

static const char *
at(const char *below)
{
	static char path[128];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, below);
	return path;
}

static unsigned
mode_of(const char *below)
{
	struct stat st;

	assert_int_equal(stat(at(below), &st), 0);
	return st.st_mode & 0777;
}

static void
each_with_its_mode(void **state)
{
	(void)state;
	(void)umask(0);
	assert_int_equal(mkdirs(at("a/b/c"), 0755, 0700), 0);
	assert_int_equal(mode_of("a"), 0755);
	assert_int_equal(mode_of("a/b"), 0755);
	assert_int_equal(mode_of("a/b/c"), 0700);
	assert_int_equal(mkdirs(at("a/b"), 0711, 0711), 0);
	assert_int_equal(mode_of("a/b"), 0755);
}

static void
what_cannot_be(void **state)
{
	char way[PATH_MAX + 2];
	FILE *f = fopen(at("file"), "w");

	(void)state;
	assert_non_null(f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(mkdirs(at("file/below"), 0755, 0700), -1);
	assert_int_equal(errno, ENOTDIR);
	assert_int_equal(mkdirs("", 0755, 0700), -1);
	assert_int_equal(errno, ENOENT);
	memset(way, 'x', sizeof(way) - 1);
	way[sizeof(way) - 1] = '\0';
	assert_int_equal(mkdirs(way, 0755, 0700), -1);
	assert_int_equal(errno, ENAMETOOLONG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_with_its_mode, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(what_cannot_be, make_dir, remove_dir),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
