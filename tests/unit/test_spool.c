/* SPDX-License-Identifier: Apache-2.0 */
/* spool: numbers go on, the quota takes the lowest lane first, losses become few gap records. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "folder.h"
#include "lib/seglog.h"
#include "probe/spool.h"
#include "probe/spoolpos.h"
#include "wire/frame.h"

#define SECOND 1000000000ull
#define T0 1795341600000000000ull

static struct spool *
open_spool(uint64_t quota)
{
	struct err e = { "" };
	struct spool_config c = { .dir = dir, .probe = "p", .quota = quota };
	struct spool *s = spool_open(&c, &e);
	if (!s)
		fail_msg("%s", e.text);
	return s;
}

static void
write_many(struct spool *s, enum lane lane, int n, uint64_t ts)
{
	char event[200];
	memset(event, 'x', sizeof(event));
	for (int i = 0; i < n; i++)
		(void)spool_write(s, lane, event, sizeof(event), ts);
}

/* All gap records of the control lane, one after the other. */
static int
gap_records(char *out, size_t room)
{
	char path[128];
	struct view v;
	uint64_t number;
	int n = 0;
	snprintf(path, sizeof(path), "%s/control", dir);
	struct seglog_reader *r = seglog_reader_open(path, 0, NULL);
	out[0] = '\0';
	while (seglog_read(r, &v, &number) == 1) {
		n++;
		snprintf(out + strlen(out), room - strlen(out), "%.*s\n", (int)v.len - 8,
		    (const char *)v.ptr + 8);
	}
	seglog_reader_close(r);
	return n;
}

static void
goes_on(void **state)
{
	struct spool_stats a, b;
	(void)state;
	struct spool *s = open_spool(0);
	write_many(s, LANE_ALERT, 10, T0);
	spool_stats(s, &a);
	assert_int_equal(a.lane[LANE_ALERT].next, 11);
	assert_int_equal(spool_write(s, LANE_ALERT, "", 0, T0), -1);
	spool_close(s);
	s = open_spool(0);
	spool_stats(s, &b);
	assert_true(a.epoch == b.epoch && a.epoch != 0);
	assert_int_equal(b.lane[LANE_ALERT].next, 11);
	spool_close(s);
}

static void
lowest_lane_goes_first(void **state)
{
	static char gaps[65536];
	struct spool_stats st;
	(void)state;
	struct spool *s = open_spool(1 << 20);
	write_many(s, LANE_ALERT, 500, T0);
	for (int i = 0; i < 20; i++) {
		write_many(s, LANE_FLOW, 1000, T0 + (uint64_t)i * SECOND / 10);
		spool_tick(s, T0 + (uint64_t)i * SECOND / 10);
	}
	spool_stats(s, &st);
	assert_true(st.dropped > 10000);
	assert_int_equal(st.lane[LANE_ALERT].first, 1);
	uint64_t sum = 0;
	for (int i = 0; i < LANE_COUNT; i++)
		sum += st.lane[i].bytes;
	assert_true(sum <= 1 << 20);
	uint64_t first = st.lane[LANE_FLOW].first;
	spool_close(s);
	int n = gap_records(gaps, sizeof(gaps));
	assert_true(n >= 1 && n <= 5); /* two seconds of loss, merged */
	char want[64];
	snprintf(want, sizeof(want), "\"last\":%llu,", (unsigned long long)first - 1);
	assert_non_null(strstr(gaps, want));
	assert_non_null(strstr(gaps, "\"reason\":\"quota\""));
	assert_non_null(strstr(gaps, "\"lane\":\"flow\",\"first\":1,"));
}

static void
what_was_sent_stays(void **state)
{
	struct spool_stats st;
	(void)state;
	struct spool *s = open_spool(1 << 20);
	write_many(s, LANE_FLOW, 1000, T0);
	spool_tick(s, T0);
	struct spoolpos *pos = spoolpos_open(dir, false, NULL);
	spoolpos_set_sent(pos, LANE_FLOW, 300);
	write_many(s, LANE_FLOW, 20000, T0);
	spool_tick(s, T0);
	spool_stats(s, &st);
	assert_int_equal(st.lane[LANE_FLOW].first, 1); /* it may be on its way */
	assert_true(st.dropped > 10000);
	spoolpos_set_acked(pos, LANE_FLOW, 20900);
	spool_tick(s, T0);
	spool_stats(s, &st);
	assert_true(st.lane[LANE_FLOW].first > 20000);
	spoolpos_close(pos);
	spool_close(s);
}

static void
a_refused_disk_is_told_of_later(void **state)
{
	static char gaps[65536];
	struct spool_stats st;
	struct rlimit old, small;
	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	small.rlim_cur = 8192;
	struct spool *s = open_spool(0);
	setrlimit(RLIMIT_FSIZE, &small);
	write_many(s, LANE_RECORD, 5000, T0 + 5 * SECOND);
	spool_tick(s, T0 + 6 * SECOND);
	spool_stats(s, &st);
	assert_true(st.failing && st.unwritten > 1000);
	uint64_t unwritten = st.unwritten;
	setrlimit(RLIMIT_FSIZE, &old);
	spool_tick(s, T0 + 7 * SECOND);
	assert_int_equal(spool_write(s, LANE_RECORD, "{}", 2, T0 + 8 * SECOND), 0);
	spool_stats(s, &st);
	assert_false(st.failing);
	assert_int_equal(st.written + unwritten, 5001);
	spool_close(s);
	assert_int_equal(gap_records(gaps, sizeof(gaps)), 1);
	char want[64];
	snprintf(want, sizeof(want), "\"first\":0,\"last\":0,\"count\":%llu,\"reason\":\"disk\"",
	    (unsigned long long)unwritten);
	assert_non_null(strstr(gaps, want));
}

/* Killed while losses were pending, in a child: the next life says them, once. */
static void
pending_losses_survive_a_kill(void **state)
{
	static char gaps[65536];
	int status;
	(void)state;
	pid_t pid = fork();
	if (pid == 0) {
		struct spool *s = open_spool(1 << 20);
		write_many(s, LANE_FLOW, 20000, T0);
		kill(getpid(), SIGKILL);
		spool_close(s);
	}
	waitpid(pid, &status, 0);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(gap_records(gaps, sizeof(gaps)), 0);
	for (int life = 0; life < 3; life++) {
		struct spool *s = open_spool(1 << 20);
		spool_tick(s, T0 + SECOND);
		struct spool_stats st;
		spool_stats(s, &st);
		char want[64];
		snprintf(want, sizeof(want), "\"last\":%llu,",
		    (unsigned long long)st.lane[LANE_FLOW].first - 1);
		spool_close(s);
		assert_int_equal(gap_records(gaps, sizeof(gaps)), 1);
		assert_non_null(strstr(gaps, want));
	}
}

static void
an_old_copy_begins_a_new_epoch(void **state)
{
	struct spool_stats a, b;
	char command[128];
	(void)state;
	struct spool *s = open_spool(0);
	write_many(s, LANE_FLOW, 100, T0);
	spool_tick(s, T0);
	spool_stats(s, &a);
	spool_close(s);
	struct spoolpos *pos = spoolpos_open(dir, false, NULL);
	spoolpos_set_sent(pos, LANE_FLOW, 100);
	spoolpos_close(pos);
	snprintf(command, sizeof(command), "rm -rf %s/flow", dir);
	assert_int_equal(system(command), 0);
	s = open_spool(0);
	spool_stats(s, &b);
	assert_true(a.epoch != b.epoch);
	spool_close(s);
	assert_false(spoolpos_has_writer(dir));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(goes_on, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(lowest_lane_goes_first, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(what_was_sent_stays, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(
		    a_refused_disk_is_told_of_later, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(
		    pending_losses_survive_a_kill, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(
		    an_old_copy_begins_a_new_epoch, make_dir, remove_dir),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
