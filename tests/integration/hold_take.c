/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hold_take keys DIR NAME...                        make key pairs
 * hold_take run DATA ENDPOINT KEY ALLOWED           receive into DATA/hold; a loader copies to
 * DATA/taken hold_take check DATA EXPECTED_JSON                every event once, or in one gap;
 * prints what it found
 *
 * The loader plays the store: each record of DATA/taken (a seglog) has the position of the batch it
 * stands for, so that it knows after a kill where it was, as a transaction would tell. It trims the
 * hold log behind itself.
 */
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "collector/receive.h"
#include "lib/log.h"
#include "lib/seglog.h"

struct entry {
	uint64_t position, epoch, first, count, gap;
	uint32_t lane;
	uint8_t origin[16];
};

static struct receive *receive;
static _Atomic bool ending;
static char hold_dir[4096], taken_dir[4096];

static void
on_term(int sig)
{
	(void)sig;
	ending = true;
	receive_stop(receive);
}

static void
die(const char *what, const char *why)
{
	log_error("%s: %s", what, why);
	exit(1);
}

/* ---- the loader ---- */

/* The number after `key` in an event; the writers here put it there plainly. */
static uint64_t
number_in(struct view json, const char *key)
{
	const char *at = memmem(json.ptr, json.len, key, strlen(key));
	return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

static void
gaps_of(struct view json, const struct hold_batch *b, struct seglog *out)
{
	struct entry g = { .position = b->position, .epoch = b->epoch, .gap = 1 };
	uint64_t number;
	for (uint32_t i = 0; i < LANE_COUNT; i++) {
		char text[32];
		snprintf(text, sizeof(text), "\"lane\":\"%s\"", lane_name((int)i));
		if (memmem(json.ptr, json.len, text, strlen(text)))
			g.lane = i;
	}
	g.first = number_in(json, "\"first\":");
	g.count = number_in(json, "\"count\":");
	memcpy(g.origin, b->origin, 16);
	if (seglog_append(out, &g, sizeof(g), &number) < 0)
		die("taken", "cannot write");
}

static void
take_batch(struct hold_reader *r, const struct hold_batch *b, struct seglog *out)
{
	struct hold_event ev;
	struct entry t = {
		.position = b->position, .epoch = b->epoch, .first = b->first_seq, .lane = b->lane
	};
	uint64_t number;
	memcpy(t.origin, b->origin, 16);
	while (hold_next_event(r, &ev)) {
		if (b->made_here || b->lane == LANE_CONTROL)
			gaps_of(ev.json, b, out);
		else if (number_in(ev.json, "\"n\":") != ev.seq)
			die("event", "does not say its own number");
		t.count++;
	}
	if (t.count != b->count)
		die("batch", "has fewer events than it says");
	if (b->made_here)
		t.count = 0;
	if (seglog_append(out, &t, sizeof(t), &number) < 0)
		die("taken", "cannot write");
}

/* Position of the last complete batch; gap entries come before their batch's entry, so the end may
 * have extra. */
static uint64_t
last_position(void)
{
	struct seglog_reader *r = seglog_reader_open(taken_dir, 0, NULL);
	struct view v;
	uint64_t number, position = 0;
	struct entry t;
	while (seglog_read(r, &v, &number) == 1) {
		memcpy(&t, v.ptr, sizeof(t));
		if (!t.gap)
			position = t.position;
	}
	seglog_reader_close(r);
	return position;
}

static void *
load(void *arg)
{
	struct err e;
	struct hold_batch b;
	(void)arg;
	struct seglog *out = seglog_open(taken_dir, 0, &e);
	if (!out)
		die("taken", e.text);
	uint64_t position = last_position();
	struct hold_reader *r = hold_reader_open(hold_dir, position, &e);
	while (r) {
		int rc = hold_read(r, &b);
		if (rc < 0)
			die("hold log", "has a hole");
		if (rc > 0) {
			take_batch(r, &b, out);
			position = b.position;
			if (position % 64)
				continue;
		}
		if (seglog_flush(out) < 0)
			die("taken", "cannot write");
		hold_trim(receive_hold(receive), position);
		if (rc == 0 && ending)
			break;
		if (rc == 0)
			usleep(2000);
	}
	hold_reader_close(r);
	seglog_close(out);
	return NULL;
}

static void
print_stats(void)
{
	struct accept_stats s;
	if (receive_stats(receive, &s) < 0)
		return;
	printf("{\"refused_keys\":%" PRIu64 ",\"refused_handshakes\":%" PRIu64
	       ",\"accepted\":%" PRIu64 ",\"open\":%" PRIu64 ",\"half_open\":%" PRIu64
	       ",\"held_off\":%" PRIu64 ",\"bad_frames\":%" PRIu64 ",\"backlog\":%" PRIu64
	       ",\"disk_failing\":%d,\"probes\":[",
	    s.refused_keys, s.refused_handshakes, s.accepted, s.open, s.half_open, s.held_off,
	    s.bad_frames, s.backlog, s.disk_failing);
	for (uint32_t i = 0; i < s.probes; i++)
		printf("%s{\"name\":\"%s\",\"connected\":%d,\"events\":%" PRIu64
		       ",\"duplicates\":%" PRIu64 ",\"bad_frames\":%" PRIu64
		       ",\"flow_acked\":%" PRIu64 ",\"waiting\":%" PRIu64 "}",
		    i ? "," : "", s.probe[i].name, s.probe[i].connected, s.probe[i].events,
		    s.probe[i].duplicates, s.probe[i].bad_frames, s.probe[i].lane[LANE_FLOW].acked,
		    s.probe[i].lane[LANE_FLOW].bytes);
	printf("]}\n");
	fflush(stdout);
	accept_stats_clear(&s);
}

static void *
tell(void *arg)
{
	(void)arg;
	while (!ending) {
		print_stats();
		for (int i = 0; i < 5 && !ending; i++)
			usleep(50000);
	}
	return NULL;
}

static int
run(char **argv)
{
	struct err e;
	struct receive_config c = {
		.accept = { .endpoint = argv[1], .allowed = argv[3], .handshake_ms = 2000 },
		.hold_dir = hold_dir,
		.hold_segment_bytes = 1 << 20
	};
	pthread_t loader, teller;
	const char *half = getenv("HALF_OPEN_MAX");
	c.accept.half_open_max = half ? (uint32_t)atoi(half) : 0;
	if (keys_load_secret(&c.accept.key, argv[2], &e) < 0)
		die("key", e.text);
	signal(SIGXFSZ, SIG_IGN);
	mkdir(argv[0], 0700);
	receive = receive_open(&c, &e);
	if (!receive)
		die("receive", e.text);
	signal(SIGTERM, on_term);
	signal(SIGPIPE, SIG_IGN);
	pthread_create(&loader, NULL, load, NULL);
	pthread_create(&teller, NULL, tell, NULL);
	int rc = receive_run(receive);
	ending = true;
	pthread_join(loader, NULL);
	pthread_join(teller, NULL);
	print_stats();
	receive_close(receive);
	return rc < 0;
}

/* ---- the check ---- */

static uint8_t *seen[LANE_COUNT];
static uint64_t room[LANE_COUNT];

static uint8_t *
mark_of(uint32_t lane, uint64_t n)
{
	if (n >= room[lane]) {
		uint64_t more = n * 2 + 1024;
		seen[lane] = realloc(seen[lane], more);
		memset(seen[lane] + room[lane], 0, more - room[lane]);
		room[lane] = more;
	}
	return &seen[lane][n];
}

static int
check(char **argv)
{
	struct seglog_reader *r = seglog_reader_open(taken_dir, 0, NULL);
	struct view v;
	static struct entry waiting[4096];
	struct entry t;
	uint64_t number, events = 0, doubled = 0, missing = 0, covered = 0, unnumbered = 0,
			 next[LANE_COUNT];
	size_t gaps = 0;
	sscanf(argv[1], "[%" SCNu64 ",%" SCNu64 ",%" SCNu64 ",%" SCNu64 ",%" SCNu64, &next[0],
	    &next[1], &next[2], &next[3], &next[4]);
	while (seglog_read(r, &v, &number) == 1) {
		memcpy(&t, v.ptr, sizeof(t));
		if (t.gap) { /* counts once its batch's entry follows */
			if (gaps && waiting[0].position != t.position)
				gaps = 0;
			bool again = false; /* the loader was killed and came to it twice */
			for (size_t g = 0; g < gaps; g++)
				again |= memcmp(&waiting[g], &t, sizeof(t)) == 0;
			if (!again && gaps < 4096)
				waiting[gaps++] = t;
			continue;
		}
		for (size_t g = 0; g < gaps && waiting[g].position == t.position; g++) {
			unnumbered += waiting[g].first ? 0 : waiting[g].count;
			for (uint64_t n = 0; waiting[g].first && n < waiting[g].count;
			     n++, covered++)
				doubled += (*mark_of(waiting[g].lane, waiting[g].first + n))++ > 0;
		}
		gaps = 0;
		for (uint64_t n = 0; n < t.count; n++, events++)
			doubled += (*mark_of(t.lane, t.first + n))++ > 0;
	}
	seglog_reader_close(r);
	for (uint32_t lane = 0; lane < LANE_COUNT; lane++)
		for (uint64_t n = 1; n < next[lane]; n++)
			missing += *mark_of(lane, n) == 0;
	printf("{\"events\":%" PRIu64 ",\"doubled\":%" PRIu64 ",\"missing\":%" PRIu64
	       ",\"covered\":%" PRIu64 ",\"unnumbered\":%" PRIu64 "}\n",
	    events, doubled, missing, covered, unnumbered);
	return doubled || missing;
}

static int
keys(char **argv)
{
	struct keys_pair k;
	struct err e;
	mkdir(argv[0], 0700);
	for (char **name = argv + 1; *name; name++)
		if (keys_make(&k, *name, "2026-11-22", &e) < 0 || keys_save(&k, argv[0], &e) < 0)
			die("keys", e.text);
	return 0;
}

int
main(int argc, char **argv)
{
	log_init("hold_take", LOG_LEVEL_INFO);
	if (argc < 4)
		return 2;
	snprintf(hold_dir, sizeof(hold_dir), "%s/hold", argv[2]);
	snprintf(taken_dir, sizeof(taken_dir), "%s/taken", argv[2]);
	if (strcmp(argv[1], "keys") == 0)
		return keys(argv + 2);
	if (strcmp(argv[1], "check") == 0)
		return check(argv + 2);
	return argc == 6 ? run(argv + 2) : 2;
}
