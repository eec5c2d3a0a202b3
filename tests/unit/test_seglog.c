/* SPDX-License-Identifier: Apache-2.0 */
/* seglog: what was flushed is read once and in order, whatever is torn, flipped, full or trimmed.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "folder.h"
#include "lib/seglog.h"

static struct seglog *
open_log(uint64_t segment)
{
	struct err e = { "" };
	struct seglog *l = seglog_open(dir, segment, &e);
	if (!l)
		fail_msg("%s", e.text);
	return l;
}

/* Record i has 3 + i % 40 bytes that tell i. */
static size_t
make(uint64_t i, uint8_t *out)
{
	size_t n = 3 + i % 40;
	for (size_t k = 0; k < n; k++)
		out[k] = (uint8_t)(i * 31 + k);
	return n;
}

static void
append(struct seglog *l, uint64_t from, uint64_t to)
{
	for (uint64_t i = from; i <= to; i++) {
		uint8_t data[64];
		uint64_t number;
		assert_int_equal(seglog_append(l, data, make(i, data), &number), 0);
		assert_int_equal(number, i);
	}
}

static void
assert_record(struct view v, uint64_t i)
{
	uint8_t data[64];
	size_t n = make(i, data);
	assert_int_equal(v.len, n);
	assert_memory_equal(v.ptr, data, n);
}

/* Read to the end; returns the number of records, *bad how many times damage was said. */
static uint64_t
read_all(uint64_t from, uint64_t *last, int *bad)
{
	struct seglog_reader *r = seglog_reader_open(dir, from, NULL);
	struct view v;
	uint64_t number, count = 0;
	int rc;
	*last = 0;
	*bad = 0;
	while ((rc = seglog_read(r, &v, &number)) != 0) {
		if (rc < 0) {
			(*bad)++;
			continue;
		}
		assert_true(number > *last);
		assert_record(v, number);
		*last = number;
		count++;
	}
	seglog_reader_close(r);
	return count;
}

static void
keeps_and_rotates(void **state)
{
	uint64_t last;
	int bad;
	(void)state;
	struct seglog *l = open_log(1000);
	append(l, 1, 100);
	assert_int_equal(read_all(0, &last, &bad), 0); /* not flushed yet */
	for (uint64_t i = 101; i <= 500; i++) {
		append(l, i, i);
		assert_int_equal(seglog_flush(l), 0);
	}
	assert_int_equal(seglog_sync(l), 0);
	assert_int_equal(read_all(0, &last, &bad), 500);
	assert_int_equal(bad, 0);
	assert_int_equal(read_all(300, &last, &bad), 201);
	seglog_close(l);
	l = open_log(1000);
	assert_int_equal(seglog_next(l), 501);
	assert_int_equal(seglog_first(l), 1);
	assert_true(seglog_trim(l, 400) > 300);
	assert_true(seglog_first(l) > 300 && seglog_first(l) <= 400);
	assert_true(seglog_trim(l, 9999) > 0);
	assert_int_equal(seglog_next(l), 501);
	seglog_close(l);
	l = open_log(1000);
	append(l, 501, 501);
	seglog_close(l);
	read_all(0, &last, &bad);
	assert_int_equal(last, 501);
}

static char *
segment_path(uint64_t first)
{
	static char path[128];
	snprintf(path, sizeof(path), "%s/%020llu.seg", dir, (unsigned long long)first);
	return path;
}

static size_t
slurp(uint64_t first, uint8_t *out, size_t room)
{
	FILE *f = fopen(segment_path(first), "rb");
	assert_non_null(f);
	size_t n = fread(out, 1, room, f);
	fclose(f);
	return n;
}

static void
spill(uint64_t first, const uint8_t *data, size_t n)
{
	FILE *f = fopen(segment_path(first), "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, n, f), n);
	fclose(f);
}

static void
torn_at_every_byte(void **state)
{
	static uint8_t whole[4096];
	uint64_t last;
	int bad;
	(void)state;
	struct seglog *l = open_log(0);
	append(l, 1, 30);
	seglog_close(l);
	size_t n = slurp(1, whole, sizeof(whole));
	for (size_t cut = 0; cut <= n; cut++) {
		spill(1, whole, cut);
		uint64_t before = read_all(0, &last, &bad);
		assert_int_equal(bad, 0);
		assert_int_equal(before, last);
		l = open_log(0);
		assert_int_equal(seglog_next(l), before + 1);
		append(l, before + 1, before + 3);
		seglog_close(l);
		assert_int_equal(read_all(0, &last, &bad), before + 3);
		assert_int_equal(bad, 0);
	}
}

/* One flipped bit anywhere costs at most one record, is said, and never gives wrong bytes. */
static void
flipped_at_every_byte(void **state)
{
	static uint8_t whole[4096];
	uint64_t last;
	int bad;
	(void)state;
	struct seglog *l = open_log(0);
	append(l, 1, 30);
	seglog_close(l);
	size_t n = slurp(1, whole, sizeof(whole));
	for (size_t i = 24; i < n; i++) {
		whole[i] ^= (uint8_t)(1 << i % 8);
		spill(1, whole, n);
		l = open_log(0);
		uint64_t next = seglog_next(l);
		assert_true(next == 31 || next == 30);
		append(l, next, next + 1);
		seglog_close(l);
		assert_int_equal(read_all(0, &last, &bad), 31);
		assert_int_equal(bad, next == 31);
		assert_int_equal(last, next + 1);
		whole[i] ^= (uint8_t)(1 << i % 8);
	}
}

static void
header_flips_do_not_matter(void **state)
{
	static uint8_t whole[4096];
	uint64_t last;
	int bad;
	(void)state;
	struct seglog *l = open_log(0);
	append(l, 1, 30);
	seglog_close(l);
	size_t n = slurp(1, whole, sizeof(whole));
	whole[3] ^= 4;
	whole[17] ^= 4;
	spill(1, whole, n);
	assert_int_equal(read_all(0, &last, &bad), 30);
	seglog_close(open_log(0));
	assert_int_equal(read_all(0, &last, &bad), 30);
	whole[3] ^= 4;
	whole[8] = 2; /* a later version is left alone */
	spill(1, whole, n);
	assert_null(seglog_open(dir, 0, NULL));
}

static void
damage_in_a_closed_segment(void **state)
{
	static uint8_t whole[8192];
	uint64_t last;
	int bad;
	(void)state;
	struct seglog *l = open_log(400);
	for (uint64_t i = 1; i <= 60; i++) {
		append(l, i, i);
		seglog_flush(l);
	}
	seglog_close(l);
	size_t n = slurp(1, whole, sizeof(whole));
	spill(1, whole, n - 5); /* its last record is cut, and will never be whole */
	assert_int_equal(read_all(0, &last, &bad), 59);
	assert_int_equal(bad, 1);
	assert_int_equal(last, 60);
}

static void
disk_full(void **state)
{
	static uint8_t big[5000];
	uint64_t number, last = 0, accepted = 0;
	struct view v;
	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	struct rlimit old, small;
	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	small.rlim_cur = 100000; /* cuts a record in the middle */
	struct seglog *l = open_log(0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	for (int refused = 0; refused < 3 && accepted < 1000;) {
		if (seglog_append(l, big, sizeof(big), &number) == 0)
			assert_int_equal(number, ++accepted);
		else
			refused++;
	}
	assert_true(accepted < 100);
	assert_int_equal(seglog_flush(l), -1);
	assert_int_equal(seglog_next(l), accepted + 1);
	struct seglog_reader *r = seglog_reader_open(dir, 0, NULL);
	while (seglog_read(r, &v, &number) == 1)
		last = number;
	assert_true(last < accepted);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_int_equal(seglog_append(l, big, 10, &number), 0);
	assert_int_equal(number, accepted + 1);
	assert_int_equal(seglog_flush(l), 0);
	while (seglog_read(r, &v, &number) == 1)
		assert_int_equal(number, ++last);
	assert_int_equal(last, accepted + 1);
	seglog_reader_close(r);
	seglog_close(l);
}

static void
one_writer(void **state)
{
	int status;
	(void)state;
	struct seglog *l = open_log(0);
	pid_t pid = fork();
	if (pid == 0) {
		struct err e;
		_exit(seglog_open(dir, 0, &e) ? 1 : strstr(e.text, "another process") ? 0 : 2);
	}
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
	seglog_close(l);
}

static void
reader_in_another_process(void **state)
{
	enum { TOTAL = 200000 };
	int status;
	(void)state;
	pid_t pid = fork();
	if (pid == 0) {
		struct seglog_reader *r = seglog_reader_open(dir, 0, NULL);
		struct view v;
		uint64_t number, want = 1;
		uint8_t data[64];
		while (want <= TOTAL) {
			int rc = seglog_read(r, &v, &number);
			if (rc == 0) {
				usleep(100);
				continue;
			}
			size_t n = make(want, data);
			if (rc < 0 || number != want || v.len != n || memcmp(v.ptr, data, n) != 0)
				_exit(1);
			want++;
			if (want % 4096 == 0 && seglog_reader_sync(r) < 0)
				_exit(2);
		}
		_exit(0);
	}
	struct seglog *l = open_log(100000);
	for (uint64_t i = 1; i <= TOTAL; i++) {
		append(l, i, i);
		if (i % 7 == 0)
			seglog_flush(l);
	}
	seglog_close(l);
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

static void
trimmed_and_dropped_under_a_reader(void **state)
{
	struct view v;
	uint64_t number, first, last;
	(void)state;
	struct seglog *l = open_log(1000);
	for (uint64_t i = 1; i <= 300; i++) {
		append(l, i, i);
		seglog_flush(l);
	}
	struct seglog_reader *r = seglog_reader_open(dir, 0, NULL);
	assert_int_equal(seglog_read(r, &v, &number), 1);
	assert_int_equal(number, 1);
	assert_true(seglog_reader_left(r) > 5000);
	/* what the reader is in stays; the next one goes */
	uint64_t count = seglog_drop(l, 1, &first, &last);
	assert_int_equal(count, last - first + 1);
	assert_true(first > 2);
	uint64_t want = 2;
	while (want < first) {
		assert_int_equal(seglog_read(r, &v, &number), 1);
		assert_int_equal(number, want++);
	}
	assert_int_equal(seglog_read(r, &v, &number), 1);
	assert_int_equal(number, last + 1);
	/* everything but the segment being written goes */
	seglog_trim(l, 1000);
	uint64_t kept = seglog_first(l), before = number;
	while (seglog_read(r, &v, &number) == 1) {
		assert_true(number == before + 1 || number == kept);
		before = number;
	}
	assert_int_equal(before, 300);
	assert_int_equal(seglog_drop(l, 0, &first, &last), 0);
	assert_int_equal(seglog_rotate(l), 0);
	assert_true(seglog_drop(l, 0, &first, &last) > 0);
	assert_int_equal(last, 300);
	append(l, 301, 301);
	seglog_flush(l);
	assert_int_equal(seglog_read(r, &v, &number), 1);
	assert_int_equal(number, 301);
	seglog_reader_close(r);
	seglog_close(l);
}

static void
large_records(void **state)
{
	struct view v;
	uint64_t number;
	(void)state;
	uint8_t *big = calloc(1, SEGLOG_MAX_RECORD + 1);
	struct seglog *l = open_log(0);
	assert_int_equal(seglog_append(l, big, SEGLOG_MAX_RECORD + 1, &number), -1);
	assert_int_equal(seglog_append(l, big, SEGLOG_MAX_RECORD, &number), 0);
	assert_int_equal(seglog_append(l, big, 0, &number), 0);
	assert_int_equal(seglog_append(l, big, SEGLOG_MAX_RECORD, &number), 0);
	seglog_close(l);
	struct seglog_reader *r = seglog_reader_open(dir, 0, NULL);
	assert_int_equal(seglog_read(r, &v, &number), 1);
	assert_int_equal(v.len, SEGLOG_MAX_RECORD);
	assert_int_equal(seglog_read(r, &v, &number), 1);
	assert_int_equal(v.len, 0);
	assert_int_equal(seglog_read(r, &v, &number), 1);
	assert_int_equal(seglog_read(r, &v, &number), 0);
	assert_int_equal(seglog_reader_next(r), 4);
	seglog_reader_close(r);
	free(big);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(keeps_and_rotates, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(torn_at_every_byte, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(flipped_at_every_byte, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(header_flips_do_not_matter, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(damage_in_a_closed_segment, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(disk_full, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(one_writer, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(reader_in_another_process, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(
		    trimmed_and_dropped_under_a_reader, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(large_records, make_dir, remove_dir),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
