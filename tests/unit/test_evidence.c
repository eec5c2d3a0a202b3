/* SPDX-License-Identifier: Apache-2.0 */
/* evidence: packets around alerts are kept, whole and bounded. */
#include <dirent.h>
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

#include "lib/crypt.h"
#include "lib/hash.h"
#include "probe/evidence.h"

#define S UINT64_C(1000000000)

static char dir[64];
static struct evidence_case told[32];
static unsigned told_n;

static void
done(void *context, const struct evidence_case *c)
{
	(void)context;
	assert_in_range(told_n, 0, 31);
	told[told_n++] = *c;
}

static int
setup(void **state)
{
	struct err e;
	(void)state;
	told_n = 0;
	assert_int_equal(crypt_init(&e), 0);
	(void)snprintf(dir, sizeof(dir), "/tmp/wanglou-evidence.XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int
teardown(void **state)
{
	char path[400];
	DIR *d = opendir(dir);
	(void)state;
	for (struct dirent *f = readdir(d); f; f = readdir(d)) {
		(void)snprintf(path, sizeof(path), "%s/%s", dir, f->d_name);
		(void)unlink(path);
	}
	closedir(d);
	return rmdir(dir);
}

static struct evidence *
opened(struct evidence_config change)
{
	struct evidence_config c = { .dir = dir,
		.quota = change.quota ? change.quota : 1 << 20,
		.memory = change.memory ? change.memory : 1 << 20,
		.before = change.before,
		.after = change.after ? change.after : 100,
		.after_time = change.after_time ? change.after_time : 10 * S,
		.file_bytes = change.file_bytes ? change.file_bytes : 1 << 20,
		.open = change.open ? change.open : 8,
		.workers = 1,
		.done = done };
	struct err e;
	struct evidence *v = evidence_open(&c, &e);
	assert_non_null(v);
	return v;
}

/* A packet of 100 bytes, filled with its number. */
static void
packet(struct evidence *v, uint64_t flow, uint8_t number, bool watched, uint64_t alert)
{
	uint8_t data[100];
	struct packet p = { .frame = { .data = data,
				.caplen = 100,
				.wirelen = 100,
				.ts = number * S / 10,
				.number = number,
				.linktype = 1 } };
	memset(data, number, sizeof(data));
	evidence_packet(v, &p, flow, watched);
	if (alert)
		evidence_alert(v, flow, &told, alert, &p);
}

static size_t
bytes_of(uint64_t alert, uint8_t *out, size_t room)
{
	char path[128];
	(void)snprintf(path, sizeof(path), "%s/%016llx.pcap", dir, (unsigned long long)alert);
	int fd = open(path, O_RDONLY);
	if (fd < 0)
		return 0;
	ssize_t n = read(fd, out, room);
	close(fd);
	return n > 0 ? (size_t)n : 0;
}

/* The packets of a capture are those with these numbers. */
static void
holds(uint64_t alert, const char *numbers)
{
	static uint8_t file[1 << 20];
	size_t n = bytes_of(alert, file, sizeof(file)), at = 24;
	for (; *numbers; numbers++, at += 116) {
		assert_true(at + 116 <= n);
		assert_int_equal(file[at + 16], *numbers - '0');
		assert_int_equal(file[at + 115], *numbers - '0');
	}
	assert_int_equal(at, n);
}

static void
packets_before_and_after_are_kept(void **state)
{
	struct evidence *v = opened((struct evidence_config){ .before = 2, .after = 2 });
	(void)state;
	for (uint8_t i = 1; i <= 3; i++) {
		packet(v, 7, i, false, 0);
		packet(v, 8, i, false, 0); /* another flow between them */
	}
	packet(v, 7, 4, false, 0xabc);
	packet(v, 8, 5, true, 0);
	packet(v, 7, 5, true, 0);
	assert_int_equal(told_n, 0);
	packet(v, 7, 6, true, 0);
	assert_int_equal(told_n, 1);
	packet(v, 7, 7, true, 0);
	holds(0xabc, "23456");
	assert_int_equal(told[0].packets, 5);
	assert_int_equal(told[0].before, 3);
	assert_int_equal(told[0].first, 2 * S / 10);
	assert_int_equal(told[0].last, 6 * S / 10);
	assert_string_equal(told[0].file, "0000000000000abc.pcap");
	assert_false(told[0].cut);
	assert_int_equal(evidence_count(v).files, 1);
	evidence_close(v);
}

static void
digests_are_those_of_the_file(void **state)
{
	struct evidence *v = opened((struct evidence_config){ .before = 1 });
	struct crypt_hash *h = crypt_hash_new(1u << CRYPT_SHA256 | 1u << CRYPT_SM3);
	static uint8_t file[4096];
	uint8_t digest[32];
	(void)state;
	packet(v, 7, 1, false, 1);
	evidence_flow_end(v, 7);
	assert_int_equal(told_n, 1);
	size_t n = bytes_of(1, file, sizeof(file));
	assert_int_equal(n, told[0].bytes);
	crypt_hash_add(h, file, n);
	assert_int_equal(crypt_hash_get(h, CRYPT_SHA256, digest), 32);
	assert_memory_equal(digest, told[0].sha256, 32);
	assert_int_equal(crypt_hash_get(h, CRYPT_SM3, digest), 32);
	assert_memory_equal(digest, told[0].sm3, 32);
	crypt_hash_free(h);
	evidence_close(v);
}

static void
a_file_ends_at_its_bytes(void **state)
{
	struct evidence *v = opened((struct evidence_config){ .file_bytes = 24 + 3 * 116 + 50 });
	(void)state;
	packet(v, 7, 1, false, 1);
	for (uint8_t i = 2; i <= 6; i++)
		packet(v, 7, i, true, 0);
	assert_int_equal(told_n, 1);
	assert_true(told[0].cut);
	holds(1, "123");
	evidence_close(v);
}

static void
time_ends_a_case_in_order(void **state)
{
	struct evidence *v = opened((struct evidence_config){ .after_time = S });
	(void)state;
	packet(v, 8, 2, false, 2);
	packet(v, 7, 1, false, 1);
	evidence_due(v, S, UINT64_MAX);
	assert_int_equal(told_n, 0);
	evidence_due(v, 2 * S, UINT64_MAX);
	assert_int_equal(told_n, 2);
	assert_int_equal(told[0].alert[0], 1);
	assert_int_equal(told[1].alert[0], 2);
	evidence_close(v);
}

static void
alerts_of_a_flow_share_a_file(void **state)
{
	struct evidence *v = opened((struct evidence_config){ .before = 3, .after = 1 });
	char path[128];
	struct stat one, other;
	(void)state;
	packet(v, 7, 1, false, 1);
	packet(v, 7, 2, true, 0);
	assert_int_equal(told_n, 1);
	packet(v, 7, 3, true, 3);
	packet(v, 7, 4, true, 4); /* ends what began with 3: it is the one packet after */
	evidence_flow_end(v, 7);
	assert_true(told_n >= 2);
	holds(1, "12");
	(void)snprintf(path, sizeof(path), "%s/0000000000000003.pcap", dir);
	assert_int_equal(stat(path, &one), 0);
	(void)snprintf(path, sizeof(path), "%s/0000000000000004.pcap", dir);
	assert_int_equal(stat(path, &other), 0);
	evidence_close(v);

	told_n = 0;
	v = opened((struct evidence_config){ .before = 3 });
	packet(v, 9, 5, false, 5);
	packet(v, 9, 6, true, 6);
	evidence_flow_end(v, 9);
	assert_int_equal(told_n, 1);
	assert_int_equal(told[0].alert_n, 2);
	(void)snprintf(path, sizeof(path), "%s/0000000000000005.pcap", dir);
	assert_int_equal(stat(path, &one), 0);
	(void)snprintf(path, sizeof(path), "%s/0000000000000006.pcap", dir);
	assert_int_equal(stat(path, &other), 0);
	assert_int_equal(one.st_ino, other.st_ino);
	assert_int_equal(one.st_mode & 0777, 0600);
	evidence_close(v);
}

static void
the_quota_takes_the_oldest(void **state)
{
	/* a file has 24 + 116 bytes: three fit */
	struct evidence *v = opened((struct evidence_config){ .quota = 3 * 140 + 10 });
	uint8_t file[256];
	(void)state;
	for (uint8_t i = 1; i <= 5; i++) {
		packet(v, i, i, false, i);
		evidence_flow_end(v, i);
	}
	assert_int_equal(bytes_of(1, file, sizeof(file)), 0);
	assert_int_equal(bytes_of(2, file, sizeof(file)), 0);
	for (uint64_t i = 3; i <= 5; i++)
		assert_int_equal(bytes_of(i, file, sizeof(file)), 140);
	evidence_close(v);

	/* files of an earlier run count, and go first */
	v = opened((struct evidence_config){ .quota = 3 * 140 + 10 });
	packet(v, 6, 6, false, 6);
	evidence_flow_end(v, 6);
	unsigned left = 0;
	for (uint64_t i = 3; i <= 5; i++)
		left += bytes_of(i, file, sizeof(file)) > 0;
	assert_int_equal(left, 2);
	assert_int_equal(bytes_of(6, file, sizeof(file)), 140);
	evidence_close(v);
}

static void
memory_and_open_cases_are_bounded(void **state)
{
	struct evidence *v =
	    opened((struct evidence_config){ .memory = 1024, .before = 50, .open = 1 });
	(void)state;
	for (uint8_t i = 1; i < 9; i++)
		packet(v, 7, i, false, 0);
	packet(v, 7, 9, false, 1);
	packet(v, 8, 9, false, 2); /* one is open already: it is over now */
	assert_int_equal(told_n, 1);
	assert_true(told[0].cut);
	assert_in_range(told[0].packets, 2, 7); /* what memory still had */
	evidence_flow_end(v, 7);
	assert_int_equal(told_n, 1);
	evidence_flow_end(v, 8);
	assert_int_equal(told_n, 2);
	assert_int_equal(told[1].alert[0], 2);
	assert_false(told[1].cut);
	assert_int_equal(evidence_count(v).lost, 0);
	evidence_close(v);
}

/* Sixteen alerts stand in one event; the next has its own. */
static void
every_alert_of_a_flow_is_named(void **state)
{
	struct evidence *v = opened((struct evidence_config){ .before = 1 });
	bool named[41] = { false };
	(void)state;
	for (uint8_t i = 1; i <= 40; i++)
		packet(v, 7, i, i > 1, i);
	evidence_flow_end(v, 7);
	assert_int_equal(told_n, 3);
	for (unsigned i = 0; i < told_n; i++) {
		for (unsigned k = 0; k < told[i].alert_n; k++)
			named[told[i].alert[k]] = true;
	}
	for (unsigned i = 1; i <= 40; i++)
		assert_true(named[i]);
	evidence_close(v);
}

static void
a_disk_that_does_not_take_it_is_counted(void **state)
{
	struct evidence *v = opened((struct evidence_config){ .before = 1 });
	char path[128];
	(void)state;
	packet(v, 7, 1, false, 1);
	(void)snprintf(path, sizeof(path), "%s/tmp-0", dir);
	assert_int_equal(mkdir(path, 0700), 0); /* in the way of its temporary file */
	evidence_flow_end(v, 7);
	assert_int_equal(told_n, 0);
	assert_int_equal(evidence_count(v).lost, 1);
	assert_int_equal(rmdir(path), 0);
	evidence_close(v);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(packets_before_and_after_are_kept),
		TEST(digests_are_those_of_the_file),
		TEST(a_file_ends_at_its_bytes),
		TEST(time_ends_a_case_in_order),
		TEST(alerts_of_a_flow_share_a_file),
		TEST(the_quota_takes_the_oldest),
		TEST(memory_and_open_cases_are_bounded),
		TEST(every_alert_of_a_flow_is_named),
		TEST(a_disk_that_does_not_take_it_is_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
