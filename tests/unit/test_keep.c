/* SPDX-License-Identifier: Apache-2.0 */
/* The store: each event exactly once whatever happens, retention, paging, settlements. */
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

#include "keep_store.h"
#include "lib/buf.h"
#include "lib/log.h"

#define DAY_MS 86400000ull
#define PER_BATCH 20

static int
setup(void **state)
{
	log_init("test_keep", LOG_LEVEL_ERROR);
	return make_dir(state);
}

static size_t
make_event(char out[1024], uint64_t seq, bool alert)
{
	uint64_t minute = seq / 60 % 60, second = seq % 60;

	return (size_t)snprintf(out, 1024,
	    "{\"timestamp\":\"2026-11-22T10:%02u:%02u.000000+0000\",\"flow_id\":%llu,\"event_"
	    "type\":\"%s\","
	    "\"src_ip\":\"10.0.%u.%u\",\"src_port\":%u,\"dest_ip\":\"192.0.2.%u\",\"dest_port\":80,"
	    "\"proto\":\"TCP\",\"probe\":{\"name\":\"p1\"}%s,\"n\":%llu}",
	    (unsigned)minute, (unsigned)second, (unsigned long long)seq, alert ? "alert" : "flow",
	    (unsigned)(seq / 250 % 250), (unsigned)(seq % 250), (unsigned)(1024 + seq % 60000),
	    (unsigned)(seq % 7),
	    alert ? ",\"alert\":{\"signature_id\":2001,\"signature\":\"test 100% "
		    "_alert\",\"severity\":2}"
		  : "",
	    (unsigned long long)seq);
}

/* Batch `position` holds events (position-1)*PER_BATCH+1 ...; every fourth batch is of alerts. */
static int
put_batch(struct keep *k, uint64_t position, uint64_t recv)
{
	bool alerts = position % 4 == 0;
	struct keep_batch b = { .position = position,
		.origin = origin,
		.probe = "p1",
		.epoch = 7,
		.lane = alerts ? 1 : 4,
		.first_seq = (position - 1) * PER_BATCH + 1,
		.recv_ms = recv };
	char text[1024];
	int wanted = keep_begin(k, &b);

	for (uint32_t i = 0; wanted == 1 && i < PER_BATCH; i++) {
		size_t n = make_event(text, b.first_seq + i, alerts);
		if (keep_event(k, i, (struct view){ (uint8_t *)text, n }))
			return -1;
	}
	if (wanted == 1)
		keep_end(k);
	return wanted < 0 ? -1 : 0;
}

static void
put_all(struct keep *k, uint64_t from, uint64_t to, uint64_t recv)
{
	for (uint64_t p = from; p <= to; p++) {
		assert_int_equal(put_batch(k, p, recv), 0);
		if (p % 8 == 0)
			assert_int_equal(keep_commit(k), 0);
	}
	assert_int_equal(keep_commit(k), 0);
}

struct tally {
	unsigned rows;
	unsigned seen[40000]; /* by n */
	char last[2048];
	int64_t ids[512];
};

static void
count_row(void *context, const struct look_row *row)
{
	struct tally *t = context;
	char text[2048];
	const char *n;

	assert_true(row->json.len < sizeof(text));
	memcpy(text, row->json.ptr, row->json.len);
	text[row->json.len] = 0;
	(void)snprintf(t->last, sizeof(t->last), "%s", text);
	if (t->rows < 512)
		t->ids[t->rows] = row->id;
	t->rows++;
	n = strstr(text, "\"n\":");
	if (n)
		t->seen[strtoul(n + 4, NULL, 10) % 40000]++;
}

/* Read everything through pages; every n in 1..events must be there exactly once. */
static void
check_exactly(uint64_t events)
{
	struct tally *t = calloc(1, sizeof(*t));
	struct look_filter f = { .limit = 333 };
	struct look *l = open_look();
	char next[LOOK_CURSOR], cursor[LOOK_CURSOR];

	assert_non_null(t);
	do {
		assert_int_equal(look_alerts(l, &f, count_row, t, next), LOOK_OK);
		memcpy(cursor, next, sizeof(cursor));
		f.cursor = cursor;
	} while (next[0]);
	f.cursor = NULL;
	do {
		assert_int_equal(look_events(l, &f, count_row, t, next), LOOK_OK);
		memcpy(cursor, next, sizeof(cursor));
		f.cursor = cursor;
	} while (next[0]);
	assert_int_equal(t->rows, events);
	for (uint64_t n = 1; n <= events; n++)
		assert_int_equal(t->seen[n], 1);
	look_close(l);
	free(t);
}

static void
stored_events_are_read_back(void **state)
{
	struct keep *k = open_keep(NULL);
	struct keep_counters c;
	struct stat st;
	char path[96];

	(void)state;
	assert_non_null(k);
	assert_int_equal(keep_position(k), 0);
	put_all(k, 1, 100, NOON);
	assert_int_equal(keep_position(k), 100);
	keep_counters(k, &c);
	assert_int_equal(c.events, 100 * PER_BATCH);
	assert_int_equal(c.alerts, 25 * PER_BATCH);
	check_exactly(100 * PER_BATCH);
	keep_close(k);
	(void)snprintf(path, sizeof(path), "%s/alerts.db", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 077, 0);
}

static void
batches_that_come_again_are_not_stored_twice(void **state)
{
	struct keep *k = open_keep(NULL);
	struct keep_counters c;

	(void)state;
	put_all(k, 1, 20, NOON);
	put_all(k, 1, 24, NOON);
	assert_int_equal(keep_position(k), 24);
	check_exactly(24 * PER_BATCH);
	/* the second belt: the same events under a new position */
	struct keep_batch b = { .position = 25,
		.origin = origin,
		.probe = "p1",
		.epoch = 7,
		.lane = 4,
		.first_seq = 1,
		.recv_ms = NOON };
	char text[1024];
	assert_int_equal(keep_begin(k, &b), 1);
	for (uint32_t i = 0; i < PER_BATCH; i++)
		assert_int_equal(
		    keep_event(
			k, i, (struct view){ (uint8_t *)text, make_event(text, 1 + i, false) }),
		    0);
	keep_end(k);
	assert_int_equal(keep_commit(k), 0);
	keep_counters(k, &c);
	assert_int_equal(c.duplicates, PER_BATCH);
	check_exactly(24 * PER_BATCH);
	keep_close(k);
}

/* The child goes on where the store says, with small files so that it is also killed while one is
 * cut. */
static void
child_stores(uint64_t batches, unsigned die_after)
{
	struct keep_config c = { .file_bytes = 200 << 10 };
	struct keep *k = open_keep(&c);
	unsigned events = 0;

	if (!k)
		_exit(2);
	for (uint64_t p = keep_position(k) + 1; p <= batches; p++) {
		if (put_batch(k, p, NOON + p * 1000000))
			_exit(3);
		events += PER_BATCH;
		if (die_after && events >= die_after)
			_exit(0);
		if (p % 5 == 0 && keep_commit(k))
			_exit(4);
	}
	if (keep_commit(k))
		_exit(5);
	keep_close(k);
	_exit(1); /* all done */
}

static bool
run_child(uint64_t batches, unsigned die_after, unsigned kill_us)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		child_stores(batches, die_after);
	if (kill_us) {
		(void)usleep(kill_us);
		(void)kill(pid, SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFSIGNALED(status))
		return false;
	assert_true(WEXITSTATUS(status) < 2);
	return WEXITSTATUS(status) == 1;
}

static void
killed_at_any_moment_nothing_is_lost_or_doubled(void **state)
{
	const uint64_t batches = 1200;
	unsigned kills = 0;

	(void)state;
	srand(20261122);
	while (!run_child(batches, rand() % 3 ? 0 : 20 + (unsigned)rand() % 3000,
	    kills < 60 ? 1000 + (unsigned)rand() % 25000 : 0))
		kills++;
	print_message("killed %u times\n", kills);
	assert_true(kills > 0);
	check_exactly(batches * PER_BATCH);
}

static void
a_full_disk_is_waited_for(void **state)
{
	struct rlimit full = { 600 << 10, RLIM_INFINITY }, room = { RLIM_INFINITY, RLIM_INFINITY };
	struct keep *k = open_keep(NULL);
	uint64_t p = 1;

	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	put_all(k, 1, 8, NOON);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);
	for (p = 9; p <= 1000; p++)
		if (put_batch(k, p, NOON) || (p % 50 == 0 && keep_commit(k)))
			break;
	assert_true(p <= 1000);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &room), 0);
	assert_int_equal(keep_abort(k), 0);
	put_all(k, keep_position(k) + 1, 1000, NOON);
	check_exactly(1000 * PER_BATCH);
	keep_close(k);
}

static void
spoil(const char *name)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "r+");
	assert_non_null(f);
	for (int i = 0; i < 2000; i++)
		assert_int_equal(fputs("rubbish ", f) < 0, 0);
	(void)fclose(f);
	(void)snprintf(path, sizeof(path), "%s/%s-wal", dir, name);
	(void)unlink(path);
}

static void
damaged_files_are_set_aside_and_filled_again(void **state)
{
	struct keep *k = open_keep(NULL);
	struct keep_counters c;
	char command[160];

	(void)state;
	put_all(k, 1, 40, NOON);
	keep_close(k);
	spoil("alerts.db");
	spoil("events-20261122-00.db");
	log_init("test_keep", LOG_LEVEL_ERROR);
	k = open_keep(NULL);
	assert_non_null(k);
	keep_counters(k, &c);
	assert_int_equal(c.damaged_files, 2);
	assert_int_equal(keep_position(k), 0);
	put_all(k, 1, 40, NOON);
	check_exactly(40 * PER_BATCH);
	keep_close(k);
	(void)snprintf(
	    command, sizeof(command), "test $(ls %s | grep -c 'db.damaged-[0-9]*$') = 2", dir);
	assert_int_equal(system(command), 0);
}

/* Runs SQL on alerts.db in another process; with one argument more it then waits for its input to
 * end. */
#define PYTHON                                                                                     \
	"/usr/bin/python3 -c 'import sqlite3,sys; d = sqlite3.connect(sys.argv[1] + "              \
	"\"/alerts.db\", "                                                                         \
	"isolation_level=None); d.execute(sys.argv[2]); len(sys.argv) > 3 and sys.stdin.read()'"

static void
a_locked_file_is_waited_for(void **state)
{
	struct keep *k = open_keep(NULL);
	struct keep_counters c;
	char command[400];
	FILE *other;

	(void)state;
	put_all(k, 1, 8, NOON);
	(void)snprintf(command, sizeof(command), PYTHON " '%s' 'BEGIN EXCLUSIVE' wait", dir);
	other = popen(command, "w");
	assert_non_null(other);
	for (uint64_t p = 9; put_batch(k, p, NOON) == 0 && keep_commit(k) == 0; p++)
		(void)usleep(5000);
	assert_non_null(strstr(keep_why(k), "locked"));
	assert_int_equal(pclose(other), 0);
	assert_int_equal(keep_abort(k), 0);
	keep_counters(k, &c);
	assert_int_equal(c.failing, 1);
	put_all(k, keep_position(k) + 1, keep_position(k) + 40, NOON);
	keep_counters(k, &c);
	assert_int_equal(c.failing, 0);
	assert_int_equal(c.duplicates, 0);
	check_exactly(keep_position(k) * PER_BATCH);
	keep_close(k);
}

/* The power went: the hold log lost its end, which the store had already; it comes again under the
 * same numbers. */
static void
a_hold_log_that_ends_early_is_followed(void **state)
{
	struct keep *k = open_keep(NULL);
	struct keep_counters c;

	(void)state;
	put_all(k, 1, 20, NOON);
	assert_int_equal(keep_rewind(k, 17), 0);
	assert_int_equal(keep_position(k), 17);
	put_all(k, 18, 30, NOON);
	keep_counters(k, &c);
	assert_int_equal(c.duplicates, 3 * PER_BATCH);
	check_exactly(30 * PER_BATCH);
	keep_close(k);
}

static void
files_of_a_newer_version_are_refused(void **state)
{
	struct keep *k = open_keep(NULL);
	struct keep_config c = { .dir = dir };
	struct err e = { "" };
	char command[400];

	(void)state;
	keep_close(k);
	(void)snprintf(command, sizeof(command), PYTHON " '%s' 'PRAGMA user_version=99'", dir);
	assert_int_equal(system(command), 0);
	assert_null(keep_open(&c, &e));
	assert_non_null(strstr(e.text, "newer version"));
}

static void
old_and_superfluous_events_go_oldest_first(void **state)
{
	struct keep_config config = { .file_bytes = 1 << 20,
		.event_age = 3 * DAY_MS,
		.alert_age = 5 * DAY_MS,
		.settled_age = 50 * DAY_MS };
	struct keep *k = open_keep(&config);
	struct look_settlement s = { LOOK_STATUS_ESCALATED, 1, view_of("real"), view_of("li") };
	struct keep_counters c;
	struct look *l;
	struct err e;
	unsigned n;

	(void)state;
	for (uint64_t day = 0; day < 5; day++)
		put_all(k, day * 8 + 1, day * 8 + 8, NOON + day * DAY_MS);
	keep_counters(k, &c);
	assert_int_equal(keep_expire(k, NOON + 4 * DAY_MS), 0);
	keep_counters(k, &c);
	assert_int_equal(c.files, 4);
	assert_int_equal(c.expired_files, 1);
	assert_int_equal(c.expired_events, 6 * PER_BATCH);
	assert_int_equal(c.expired_alerts, 0);
	/* one alert of the first day is settled: it stays when the others of its day go */
	assert_int_equal(look_settle(dir, 1, &s, &e), LOOK_OK);
	assert_int_equal(keep_expire(k, NOON + 5 * DAY_MS + 1000), 0);
	keep_counters(k, &c);
	assert_int_equal(c.expired_alerts, 2 * PER_BATCH - 1);
	l = open_look();
	assert_int_equal(look_count(l, &(struct look_filter){ 0 }, 100000, &n), LOOK_OK);
	assert_int_equal(n, 4 * 2 * PER_BATCH + 1);
	look_close(l);
	keep_close(k);
	/* by size: everything but the file being filled goes */
	config.event_age = 0;
	config.max_bytes = 4096;
	k = open_keep(&config);
	assert_int_equal(keep_expire(k, NOON + 5 * DAY_MS), 0);
	keep_counters(k, &c);
	assert_int_equal(c.files, 1);
	put_all(k, 41, 44, NOON + 5 * DAY_MS);
	assert_int_equal(keep_position(k), 44);
	keep_close(k);
}

static void
pages_do_not_move_when_alerts_arrive(void **state)
{
	static const enum look_order orders[] = { LOOK_NEWEST, LOOK_OLDEST, LOOK_SEVERITY };
	struct keep *k = open_keep(NULL);
	char next[LOOK_CURSOR], cursor[LOOK_CURSOR];
	uint64_t p = 41;

	(void)state;
	put_all(k, 1, 40, NOON);
	for (size_t o = 0; o < 3; o++) {
		struct look_filter f = { .limit = 100, .order = orders[o], .until = 0 };
		struct tally *t = calloc(1, sizeof(*t));
		unsigned before;
		struct look *l = open_look();
		assert_int_equal(look_count(l, &f, 100000, &before), LOOK_OK);
		do {
			assert_int_equal(look_alerts(l, &f, count_row, t, next), LOOK_OK);
			memcpy(cursor, next, sizeof(cursor));
			f.cursor = cursor;
			put_all(k, p, p + 3, NOON); /* 20 more alerts, newer than all */
			p += 4;
		} while (next[0]);
		for (uint64_t n = 1; n <= 40 * PER_BATCH; n++)
			assert_int_equal(t->seen[n], ((n - 1) / PER_BATCH + 1) % 4 == 0);
		for (uint64_t n = 1; n < 40000; n++)
			assert_true(t->seen[n] <= 1);
		assert_true(orders[o] == LOOK_OLDEST || t->rows == before);
		look_close(l);
		free(t);
	}
	struct look *l = open_look();
	struct look_filter bad = { .limit = 3, .cursor = "nonsense" };
	assert_int_equal(look_alerts(l, &bad, count_row, NULL, next), LOOK_BAD);
	assert_int_equal(look_events(l, &bad, count_row, NULL, next), LOOK_BAD);
	look_close(l);
	keep_close(k);
}

static unsigned
count_of(struct look *l, struct look_filter f)
{
	unsigned n;

	assert_int_equal(look_count(l, &f, 100000, &n), LOOK_OK);
	return n;
}

static const char alert_json[] =
    "{\"timestamp\":\"2026-11-22T18:00:00.5+0800\",\"flow_id\":42,\"event_type\":\"alert\","
    "\"src_ip\":\"203.0.113.9\",\"src_port\":4000,\"dest_ip\":\"2001:db8::5\",\"dest_port\":443,"
    "\"proto\":\"TCP\",\"app_proto\":\"http\",\"alert\":{\"gid\":1,\"signature_id\":9000001,"
    "\"signature\":\"WEB shell \\\"x\\\"\",\"severity\":1},\"probe\":{\"name\":\"dmz-1\"},"
    "\"segment\":{\"dest\":{\"name\":\"政务外网\"}},\"verdict\":\"success\",\"name_zh\":"
    "\"网页后门\"}";

static void
filters_choose_what_they_say(void **state)
{
	struct keep *k = open_keep(NULL);
	struct look_filter f;
	struct look *l;

	(void)state;
	put_one(k, 1, 1, alert_json);
	put_one(k, 2, 1,
	    "{\"timestamp\":\"2026-11-22T11:00:00Z\",\"event_type\":\"alert\",\"src_ip\":\"10.1.2."
	    "3\","
	    "\"alert\":{\"gid\":200,\"signature_id\":1,\"signature\":\"port scan\",\"severity\":3},"
	    "\"notice\":{\"detector\":\"portscan\"}}");
	l = open_look();
#define COUNT(...) count_of(l, (struct look_filter){ __VA_ARGS__ })
	assert_int_equal(COUNT(0), 2);
	assert_int_equal(COUNT(.severities = 1 << 1), 1);
	assert_int_equal(COUNT(.severities = 1 << 1 | 1 << 3), 2);
	assert_int_equal(COUNT(.has_sid = true, .sid = 9000001), 1);
	assert_int_equal(COUNT(.text = "web SHELL"), 1);
	assert_int_equal(COUNT(.text = "\"x\""), 1);
	assert_int_equal(COUNT(.text = "后门"), 1);
	assert_int_equal(COUNT(.text = "%"), 0);
	assert_int_equal(COUNT(.text = "' OR 1=1 --"), 0);
	assert_int_equal(COUNT(.probe = "dmz-1"), 1);
	assert_int_equal(COUNT(.probe = "key-name"), 1);
	assert_int_equal(COUNT(.segment = "政务外网"), 1);
	assert_int_equal(COUNT(.verdict = "success"), 1);
	assert_int_equal(COUNT(.detector = "portscan"), 1);
	assert_int_equal(COUNT(.statuses = 1 << LOOK_STATUS_OPEN), 2);
	assert_int_equal(COUNT(.statuses = 1 << LOOK_STATUS_ESCALATED), 0);
	/* 18:00:00.5 in China is 10:00:00.5 UTC */
	assert_int_equal(COUNT(.since = 1795341600500000), 2);
	assert_int_equal(COUNT(.since = 1795341600500001), 1);
	assert_int_equal(COUNT(.until = 1795341600500000), 0);
	f = (struct look_filter){ 0 };
	assert_true(prefix_parse("10.0.0.0/8", &f.src));
	assert_int_equal(count_of(l, f), 1);
	f = (struct look_filter){ 0 };
	assert_true(prefix_parse("2001:db8::/32", &f.dst));
	assert_int_equal(count_of(l, f), 1);
	f = (struct look_filter){ 0 };
	assert_true(prefix_parse("2001:db8::5", &f.ip));
	assert_int_equal(count_of(l, f), 1);
	f = (struct look_filter){ 0 };
	assert_true(prefix_parse("0.0.0.0/0", &f.ip));
	assert_int_equal(count_of(l, f), 2);
	look_close(l);
	keep_close(k);
}

static void
related_records_are_those_of_the_flow_and_its_tuple(void **state)
{
	struct keep *k = open_keep(NULL);
	struct tally t = { 0 };
	struct look *l;

	(void)state;
	put_one(k, 1, 1, alert_json);
	put_one(k, 2, 4,
	    "{\"timestamp\":\"2026-11-22T10:00:05Z\",\"flow_id\":42,\"event_type\":\"flow\"}");
	put_one(k, 3, 4,
	    "{\"timestamp\":\"2026-11-22T10:00:06Z\",\"flow_id\":77,\"event_type\":\"flow\","
	    "\"src_ip\":\"2001:db8::5\",\"src_port\":443,\"dest_ip\":\"203.0.113.9\",\"dest_port\":"
	    "4000}");
	put_one(k, 4, 4,
	    "{\"timestamp\":\"2026-11-22T10:00:06Z\",\"flow_id\":78,\"event_type\":\"flow\","
	    "\"src_ip\":\"2001:db8::5\",\"src_port\":443,\"dest_ip\":\"203.0.113.9\",\"dest_port\":"
	    "4001}");
	put_one(k, 5, 4,
	    "{\"timestamp\":\"2026-11-22T14:00:06Z\",\"flow_id\":79,\"event_type\":\"flow\","
	    "\"src_ip\":\"2001:db8::5\",\"src_port\":443,\"dest_ip\":\"203.0.113.9\",\"dest_port\":"
	    "4000}");
	l = open_look();
	assert_int_equal(look_related(l, 1, 100, count_row, &t), LOOK_OK);
	assert_int_equal(t.rows, 2);
	assert_non_null(strstr(t.last, "77"));
	assert_int_equal(look_related(l, 99, 100, count_row, &t), LOOK_NONE);
	look_close(l);
	keep_close(k);
}

static void
add_history(void *context, const struct look_settlement *s)
{
	struct buf *b = context;

	buf_printf(b, "%s:%.*s:%.*s;", look_status_name(s->status), (int)s->who.len, s->who.ptr,
	    (int)s->reason.len, s->reason.ptr);
}

static void
settlements_are_kept_with_who_and_why(void **state)
{
	struct keep *k = open_keep(NULL);
	struct look_settlement s = { LOOK_STATUS_FALSE_POSITIVE, 5, view_of("scanner of ours"),
		view_of("wang") };
	struct buf text;
	struct look *l;
	struct err e;

	(void)state;
	buf_init(&text, 4096);
	put_one(k, 1, 1, alert_json);
	assert_int_equal(look_settle(dir, 1, &s, &e), LOOK_OK);
	s = (struct look_settlement){ LOOK_STATUS_OPEN, 6, view_of("was wrong"), view_of("li") };
	assert_int_equal(look_settle(dir, 1, &s, &e), LOOK_OK);
	assert_int_equal(look_settle(dir, 12, &s, &e), LOOK_NONE);
	l = open_look();
	assert_int_equal(look_history(l, 1, add_history, &text), LOOK_OK);
	buf_u8(&text, 0);
	assert_string_equal(
	    (char *)text.ptr, "false_positive:wang:scanner of ours;open:li:was wrong;");
	look_close(l);
	buf_fini(&text);
	keep_close(k);
}

static void
text_that_is_no_json_is_kept_as_text(void **state)
{
	struct keep *k = open_keep(NULL);
	struct look_filter f = { .limit = 5, .type = "invalid" };
	char next[LOOK_CURSOR];
	struct tally t = { 0 };
	struct look *l;

	(void)state;
	put_one(k, 1, 4, "{\"event_type\":\"flow\"} and \x01 more");
	l = open_look();
	assert_int_equal(look_events(l, &f, count_row, &t, next), LOOK_OK);
	assert_int_equal(t.rows, 1);
	assert_non_null(strstr(t.last, "and \\u0001 more"));
	look_close(l);
	keep_close(k);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, remove_dir)
	const struct CMUnitTest tests[] = {
		TEST(stored_events_are_read_back),
		TEST(batches_that_come_again_are_not_stored_twice),
		TEST(killed_at_any_moment_nothing_is_lost_or_doubled),
		TEST(a_full_disk_is_waited_for),
		TEST(damaged_files_are_set_aside_and_filled_again),
		TEST(a_locked_file_is_waited_for),
		TEST(a_hold_log_that_ends_early_is_followed),
		TEST(files_of_a_newer_version_are_refused),
		TEST(old_and_superfluous_events_go_oldest_first),
		TEST(pages_do_not_move_when_alerts_arrive),
		TEST(filters_choose_what_they_say),
		TEST(related_records_are_those_of_the_flow_and_its_tuple),
		TEST(settlements_are_kept_with_who_and_why),
		TEST(text_that_is_no_json_is_kept_as_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
