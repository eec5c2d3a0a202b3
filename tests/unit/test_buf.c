/* SPDX-License-Identifier: Apache-2.0 */
/* buf, slab, err, log: the small ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/log.h"
#include "lib/slab.h"

static void
buf_appends(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (int i = 0; i < 1000; i++)
		buf_printf(&b, "%d,", i);
	buf_text(&b, "end");
	assert_false(b.failed);
	assert_int_equal(b.len, 3893);
	assert_memory_equal(b.ptr, "0,1,2,", 6);
	assert_memory_equal(b.ptr + b.len - 7, "999,end", 7);
	buf_shift(&b, b.len - 3);
	assert_int_equal(b.len, 3);
	assert_memory_equal(b.ptr, "end", 3);
	buf_shift(&b, 99);
	assert_int_equal(b.len, 0);
	buf_fini(&b);
	buf_fini(&b);
}

static void
buf_stops_at_its_cap(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	buf_add(&b, "12345678", 8);
	buf_u8(&b, '9');
	buf_add(&b, "abc", 3);
	assert_true(b.failed);
	assert_int_equal(b.len, 9);
	buf_u8(&b, 'x'); /* would fit, but a hole must not go unnoticed */
	assert_int_equal(b.len, 9);
	buf_clear(&b);
	assert_false(b.failed);
	buf_printf(&b, "%s", "123456789");
	assert_int_equal(b.len, 9);
	assert_false(b.failed);
	buf_printf(&b, "%d", 123);
	assert_true(b.failed);
	assert_int_equal(b.len, 9);
	buf_fini(&b);
}

static void
slab_caps_and_reuses(void **state)
{
	struct slab s;
	uint64_t *object[100];

	(void)state;
	slab_init(&s, 24, 100);
	for (int i = 0; i < 100; i++) {
		object[i] = slab_get(&s);
		assert_non_null(object[i]);
		assert_int_equal((uintptr_t)object[i] % 16, 0);
		assert_int_equal(object[i][0] | object[i][1] | object[i][2], 0);
		memset(object[i], 0xff, 24);
	}
	assert_null(slab_get(&s));
	assert_int_equal(s.used, 100);
	slab_put(&s, object[7]);
	slab_put(&s, NULL);
	assert_int_equal(s.used, 99);
	uint64_t *again = slab_get(&s);
	assert_ptr_equal(again, object[7]);
	assert_int_equal(again[0] | again[1] | again[2], 0);
	slab_fini(&s);
}

static void
slab_of_large_objects(void **state)
{
	struct slab s;

	(void)state;
	slab_init(&s, 1 << 20, 2);
	assert_non_null(slab_get(&s));
	assert_non_null(slab_get(&s));
	assert_null(slab_get(&s));
	slab_fini(&s);
}

/* Its later blocks are made in another way; what is in an object stays its own. */
static void
slab_that_grows_large(void **state)
{
	enum { COUNT = 6000, WORDS = 125 };
	static uint64_t *object[COUNT];
	struct slab s;

	(void)state;
	slab_init(&s, WORDS * 8, COUNT);
	for (uint64_t i = 0; i < COUNT; i++) {
		object[i] = slab_get(&s);
		assert_non_null(object[i]);
		assert_int_equal((uintptr_t)object[i] % 16, 0);
		assert_int_equal(object[i][0] | object[i][WORDS - 1], 0);
		object[i][0] = object[i][WORDS - 1] = i + 1;
	}
	assert_null(slab_get(&s));
	for (uint64_t i = 0; i < COUNT; i++) {
		assert_int_equal(object[i][0], i + 1);
		assert_int_equal(object[i][WORDS - 1], i + 1);
	}
	slab_fini(&s);
}

static void
err_sentences(void **state)
{
	char longer[2000];
	struct err e;

	(void)state;
	assert_int_equal(err_set(&e, "found %d", 5), -1);
	assert_int_equal(err_prefix(&e, "%s:%d", "a.yaml", 3), -1);
	assert_string_equal(e.text, "a.yaml:3: found 5");
	memset(longer, 'x', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = 0;
	(void)err_set(&e, "%s", longer);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
	(void)err_prefix(&e, "p");
	assert_memory_equal(e.text, "p: xxx", 6);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
	(void)err_prefix(&e, "%s", longer);
	assert_true(strlen(e.text) < sizeof(e.text));
	assert_int_equal(err_set(NULL, "x"), -1);
	assert_int_equal(err_prefix(NULL, "x"), -1);
}

static void
say_all(void)
{
	struct log_state disk = { 0 };

	log_init("test", LOG_LEVEL_INFO);
	log_debug("not shown");
	log_error("a\x1b[2J\nb\xc2\x9b %s", "望楼");
	assert_false(log_state_set(&disk, false, "disk: well"));
	assert_true(log_state_set(&disk, true, "disk: full"));
	assert_false(log_state_set(&disk, true, "disk: full"));
	assert_false(log_state_set(&disk, true, "disk: full"));
	assert_true(log_state_set(&disk, false, "disk: well"));
}

static void
log_lines(void **state)
{
	static const char want[] = "test: error: a?[2J?b?? 望楼\n"
				   "test: warning: disk: full\n"
				   "test: info: disk: well (after 2 more failures)\n";
	char got[512];
	int saved = dup(STDERR_FILENO), pipe_fd[2];

	(void)state;
	assert_int_equal(pipe(pipe_fd), 0);
	(void)dup2(pipe_fd[1], STDERR_FILENO);
	say_all();
	(void)dup2(saved, STDERR_FILENO);
	ssize_t n = read(pipe_fd[0], got, sizeof(got) - 1);
	assert_true(n > 0);
	got[n] = 0;
	assert_string_equal(got, want);
	(void)close(pipe_fd[0]);
	(void)close(pipe_fd[1]);
	(void)close(saved);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buf_appends),
		cmocka_unit_test(buf_stops_at_its_cap),
		cmocka_unit_test(slab_caps_and_reuses),
		cmocka_unit_test(slab_of_large_objects),
		cmocka_unit_test(slab_that_grows_large),
		cmocka_unit_test(err_sentences),
		cmocka_unit_test(log_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
