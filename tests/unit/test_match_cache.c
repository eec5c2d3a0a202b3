/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled rules on disk: found again, and never believed when damaged or somebody else's. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "probe/match_cache.h"

static const uint8_t key[SHA256_SIZE] = { 1, 2, 3 };
static const uint8_t other[SHA256_SIZE] = { 9 };
static char dir[64], file[192];

static int
setup(void **state)
{
	(void)state;
	struct err e;
	snprintf(dir, sizeof(dir), "/tmp/wanglou-cache.XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(file, sizeof(file),
	    "%s/0102030000000000000000000000000000000000000000000000000000000000.db", dir);
	struct match_cache *c = match_cache_open(dir, &e);
	match_cache_put(c, key, "database", 8);
	assert_int_equal(match_cache_close(c).made, 1);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	(void)unlink(file);
	return rmdir(dir);
}

static bool
found(const uint8_t name[SHA256_SIZE])
{
	struct err e;
	struct buf b;
	buf_init(&b, 1 << 20);
	struct match_cache *c = match_cache_open(dir, &e);
	bool got = match_cache_get(c, name, &b);
	if (got) {
		assert_int_equal(b.len, 8);
		assert_memory_equal(b.ptr, "database", 8);
	} else {
		assert_int_equal(b.len, 0);
	}
	assert_int_equal(match_cache_close(c).found, got);
	buf_fini(&b);
	return got;
}

static void
finds(void **state)
{
	(void)state;
	assert_true(found(key));
	assert_false(found(other));
}

/* Each byte of the file changed once, and each length but the whole. */
static void
damaged(void **state)
{
	(void)state;
	struct stat st;
	int fd = open(file, O_RDWR);
	assert_int_equal(fstat(fd, &st), 0);
	for (off_t i = 0; i < st.st_size; i++) {
		uint8_t was, is;
		assert_int_equal(pread(fd, &was, 1, i), 1);
		is = was ^ 1;
		assert_int_equal(pwrite(fd, &is, 1, i), 1);
		assert_false(found(key));
		assert_int_equal(pwrite(fd, &was, 1, i), 1);
	}
	assert_true(found(key));
	for (off_t n = st.st_size - 1; n >= 0; n -= 7) {
		assert_int_equal(ftruncate(fd, n), 0);
		assert_false(found(key));
	}
	close(fd);
}

static void
of_others(void **state)
{
	(void)state;
	struct err e = { "" };
	assert_int_equal(chmod(file, 0660), 0);
	assert_false(found(key));
	assert_int_equal(chmod(file, 0600), 0);
	assert_int_equal(chmod(dir, 0777), 0);
	assert_null(match_cache_open(dir, &e));
	assert_non_null(strstr(e.text, "others may write"));
	assert_int_equal(chmod(dir, 0700), 0);
	assert_true(found(key));
}

static void
link_is_none(void **state)
{
	(void)state;
	char to[256];
	snprintf(to, sizeof(to), "%s/elsewhere", dir);
	assert_int_equal(rename(file, to), 0);
	assert_int_equal(symlink("elsewhere", file), 0);
	assert_false(found(key));
	assert_int_equal(unlink(file), 0);
	assert_int_equal(rename(to, file), 0);
}

static void
old_ones_go(void **state)
{
	(void)state;
	struct timespec long_ago[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
	char stranger[256];
	snprintf(stranger, sizeof(stranger), "%s/notes.txt", dir);
	close(open(stranger, O_CREAT | O_WRONLY, 0600));
	assert_int_equal(utimensat(AT_FDCWD, stranger, long_ago, 0), 0);
	assert_int_equal(utimensat(AT_FDCWD, file, long_ago, 0), 0);
	assert_true(found(key)); /* used: it stays */
	assert_int_equal(access(file, F_OK), 0);
	assert_int_equal(utimensat(AT_FDCWD, file, long_ago, 0), 0);
	assert_false(found(other));
	assert_int_equal(access(file, F_OK), -1);
	assert_int_equal(unlink(stranger), 0);
}

static void
off(void **state)
{
	(void)state;
	struct err e = { "" };
	assert_null(match_cache_open("", &e));
	assert_null(match_cache_open(NULL, &e));
	assert_string_equal(e.text, "");
	assert_null(match_cache_open("/nowhere/at/all", &e));
	assert_string_not_equal(e.text, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(finds, setup, teardown),
		cmocka_unit_test_setup_teardown(damaged, setup, teardown),
		cmocka_unit_test_setup_teardown(of_others, setup, teardown),
		cmocka_unit_test_setup_teardown(link_is_none, setup, teardown),
		cmocka_unit_test_setup_teardown(old_ones_go, setup, teardown),
		cmocka_unit_test(off),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
