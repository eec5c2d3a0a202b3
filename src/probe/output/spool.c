/* SPDX-License-Identifier: Apache-2.0 */
/* spool: see include/probe/spool.h. */
#include "probe/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/keys.h"
#include "lib/log.h"
#include "lib/seglog.h"
#include "probe/spoolpos.h"
#include "spool_gaps.h"
#include "wire/frame.h"

#define QUOTA_DEFAULT (4ull << 30)
#define SEGMENT_MOST (4ull << 20)
#define SEGMENT_LEAST (64ull << 10)
#define DROPS_AT_ONCE 64

struct spool {
	char *dir, *probe;
	int lock;
	uint64_t epoch, quota, segment;
	uint8_t share[LANE_COUNT];
	struct seglog *lane[LANE_COUNT];
	struct spoolpos *pos;
	struct spool_gaps gaps;
	struct buf record;
	uint64_t now;       /* of the last tick */
	uint64_t unchecked; /* bytes taken since the quota was looked at */
	bool stuck;         /* the disk refused; not asked again before the next tick */
	bool unsaved;       /* losses not yet in the notes */
	bool risk;          /* the notes tell of records that only this process has */
	struct log_state disk, over;
	uint64_t written, dropped, unwritten;
};

static const uint8_t usual_share[LANE_COUNT] = { 5, 20, 10, 35, 30 };

/* ---- opening ---- */

static int
lock_take(struct spool *s, struct err *e)
{
	char path[4096];
	(void)snprintf(path, sizeof(path), "%s/lock", s->dir);
	s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	struct flock how = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	if (s->lock < 0)
		return err_set(e, "%s: %s", path, strerror(errno));
	if (fcntl(s->lock, F_SETLK, &how) < 0)
		return err_set(e, "%s: another process is writing this spool", s->dir);
	return 0;
}

static int
epoch_make(struct spool *s, struct err *e)
{
	char path[4096], new_path[4100], text[32];
	do
		keys_random(&s->epoch, sizeof(s->epoch));
	while (s->epoch == 0);
	(void)snprintf(path, sizeof(path), "%s/epoch", s->dir);
	(void)snprintf(new_path, sizeof(new_path), "%s.new", path);
	int n = snprintf(text, sizeof(text), "%016" PRIx64 "\n", s->epoch);
	int fd = open(new_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && write(fd, text, (size_t)n) == n && fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	if (!ok || rename(new_path, path) < 0)
		return err_set(e, "%s: %s", path, strerror(errno));
	return 0;
}

static int
epoch_find(struct spool *s, struct err *e)
{
	char path[4096];
	struct stat st;
	(void)snprintf(path, sizeof(path), "%s/epoch", s->dir);
	if (stat(path, &st) < 0 && errno == ENOENT)
		return epoch_make(s, e);
	return spoolpos_read_epoch(s->dir, &s->epoch, e);
}

static int
lanes_open(struct spool *s, struct err *e)
{
	for (int i = 0; i < LANE_COUNT; i++) {
		char path[4096];
		(void)snprintf(path, sizeof(path), "%s/%s", s->dir, lane_name(i));
		s->lane[i] = seglog_open(path, s->segment, e);
		if (!s->lane[i])
			return -1;
	}
	return 0;
}

/*
 * A lane that is behind what was already sent has lost records (its files were deleted or came from
 * an old copy). Its numbers must not be used twice: a new epoch.
 */
static int
positions_check(struct spool *s, struct err *e)
{
	bool behind = false;
	for (int i = 0; i < LANE_COUNT; i++) {
		uint64_t next = seglog_next(s->lane[i]);
		behind |= spoolpos_sent(s->pos, i) >= next || spoolpos_acked(s->pos, i) >= next;
	}
	if (!behind)
		return 0;
	log_warn("spool %s is older than what was sent from it; it begins a new epoch", s->dir);
	for (int i = 0; i < LANE_COUNT; i++) {
		uint64_t last = seglog_next(s->lane[i]) - 1;
		if (spoolpos_sent(s->pos, i) > last)
			spoolpos_set_sent(s->pos, i, last);
		if (spoolpos_acked(s->pos, i) > last)
			spoolpos_set_acked(s->pos, i, last);
	}
	return epoch_make(s, e);
}

static uint64_t
kept_for_ship(const struct spool *s, int lane)
{
	uint64_t sent = spoolpos_sent(s->pos, lane), acked = spoolpos_acked(s->pos, lane);
	return sent > acked ? sent : acked;
}

/* A kill between "gap noted" and "segment deleted" left segments that are given up already. */
static void
finish_drops(struct spool *s)
{
	for (int i = 0; i < LANE_COUNT; i++) {
		uint64_t first, last, from, to;
		spoolpos_dropped(s->pos, i, &from, &to);
		while (seglog_droppable(s->lane[i], kept_for_ship(s, i), &first, &last) &&
		       first >= from && last <= to)
			(void)seglog_drop(s->lane[i], kept_for_ship(s, i), &first, &last);
	}
}

static int
settings_take(struct spool *s, const struct spool_config *c)
{
	unsigned sum = 0;
	s->lock = -1;
	s->dir = strdup(c->dir);
	s->probe = c->probe ? strdup(c->probe) : NULL;
	s->quota = c->quota ? c->quota : QUOTA_DEFAULT;
	s->segment = c->segment_bytes ? c->segment_bytes : s->quota / 64;
	if (!c->segment_bytes && s->segment > SEGMENT_MOST)
		s->segment = SEGMENT_MOST;
	if (!c->segment_bytes && s->segment < SEGMENT_LEAST)
		s->segment = SEGMENT_LEAST;
	for (int i = 0; i < LANE_COUNT; i++)
		sum += c->share[i];
	memcpy(s->share, sum ? c->share : usual_share, sizeof(s->share));
	buf_init(&s->record, FRAME_EVENT_MAX + 8);
	return s->dir && (!c->probe || s->probe) ? 0 : -1;
}

struct spool *
spool_open(const struct spool_config *c, struct err *e)
{
	struct spool *s = calloc(1, sizeof(*s));
	if (!s || settings_take(s, c) < 0) {
		err_set(e, "out of memory");
		spool_close(s);
		return NULL;
	}
	if (mkdir(s->dir, 0700) < 0 && errno != EEXIST) {
		err_set(e, "spool %s: %s", s->dir, strerror(errno));
	} else if (lock_take(s, e) == 0 && epoch_find(s, e) == 0 && lanes_open(s, e) == 0 &&
		   (s->pos = spoolpos_open(s->dir, true, e)) != NULL &&
		   positions_check(s, e) == 0) {
		spool_gaps_load(&s->gaps, s->pos, s->lane[LANE_CONTROL]);
		s->gaps.probe = s->probe;
		finish_drops(s);
		return s;
	}
	spool_close(s);
	return NULL;
}

/* ---- making room ---- */

static uint64_t
bytes_of_all(const struct spool *s)
{
	uint64_t sum = 0;
	for (int i = 0; i < LANE_COUNT; i++)
		sum += seglog_bytes(s->lane[i]);
	return sum;
}

static void
trim_acked(struct spool *s)
{
	for (int i = 0; i < LANE_COUNT; i++)
		(void)seglog_trim(s->lane[i], spoolpos_acked(s->pos, i) + 1);
}

/* Is there something of the lane that can go? A lane of one segment gets a second one first. */
static bool
can_drop(struct spool *s, int lane, uint64_t *first, uint64_t *last)
{
	struct seglog *l = s->lane[lane];
	uint64_t keep = kept_for_ship(s, lane);
	if (seglog_droppable(l, keep, first, last))
		return true;
	if (seglog_next(l) <= keep + 1 || seglog_rotate(l) < 0)
		return false;
	return seglog_droppable(l, keep, first, last) > 0;
}

/* The lowest lane above its share, else the lowest that has anything. -1: nothing can go. */
static int
victim(struct spool *s, uint64_t *first, uint64_t *last)
{
	for (int i = LANE_COUNT - 1; i >= 0; i--)
		if (seglog_bytes(s->lane[i]) > s->quota / 100 * s->share[i] &&
		    can_drop(s, i, first, last))
			return i;
	for (int i = LANE_COUNT - 1; i >= 0; i--)
		if (can_drop(s, i, first, last))
			return i;
	return -1;
}

/* Give up one segment, noting it first. Returns whether there was one. */
static bool
drop_one(struct spool *s)
{
	uint64_t first, last;
	bool done = false;
	if (spoolpos_lock(s->pos) < 0)
		return false;
	int lane = victim(s, &first, &last);
	if (lane >= 0 && !spool_gaps_merges(&s->gaps, lane, first) &&
	    spool_gaps_write(&s->gaps, s->lane[LANE_CONTROL], s->now, true) < 0)
		lane = -1;
	/* writing gap records may have moved the control lane's own end, never the victim's front
	 */
	if (lane >= 0) {
		spool_gaps_dropped(&s->gaps, lane, first, last, s->now);
		spoolpos_add_dropped(s->pos, lane, first, last);
		s->dropped += seglog_drop(s->lane[lane], kept_for_ship(s, lane), &first, &last);
		done = true;
	}
	spoolpos_unlock(s->pos);
	return done;
}

static void
keep_quota(struct spool *s)
{
	s->unchecked = 0;
	if (bytes_of_all(s) <= s->quota)
		return;
	trim_acked(s);
	bool over = bytes_of_all(s) > s->quota;
	uint64_t before = s->dropped;
	for (int i = 0; i < DROPS_AT_ONCE && bytes_of_all(s) > s->quota && drop_one(s); i++)
		;
	if (over && s->dropped > before)
		log_state_set(&s->over, true,
		    "spool %s is over its quota of %" PRIu64
		    " bytes: the oldest events of the lowest lane are given up",
		    s->dir, s->quota);
}

/* ---- writing ---- */

static int
append(struct spool *s, enum lane lane)
{
	uint64_t number;
	if (seglog_append(s->lane[lane], s->record.ptr, s->record.len, &number) == 0)
		return 0;
	trim_acked(s);
	if (seglog_append(s->lane[lane], s->record.ptr, s->record.len, &number) == 0)
		return 0;
	return drop_one(s) ? seglog_append(s->lane[lane], s->record.ptr, s->record.len, &number)
			   : -1;
}

int
spool_write(struct spool *s, enum lane lane, const void *json, size_t n, uint64_t ts)
{
	buf_clear(&s->record);
	for (int i = 0; i < 8; i++)
		buf_u8(&s->record, (uint8_t)(ts >> 8 * i));
	buf_add(&s->record, json, n);
	if (s->now == 0)
		s->now = ts;
	bool good = n > 0 && n <= FRAME_EVENT_MAX && !s->record.failed && !s->stuck;
	if (good && append(s, lane) < 0) {
		s->stuck = true;
		good = false;
	}
	if (!good) {
		s->unwritten++;
		s->unsaved = true;
		spool_gaps_unwritten(&s->gaps, lane, ts);
		return -1;
	}
	s->written++;
	s->unchecked += n;
	if (s->unchecked > s->segment / 4)
		keep_quota(s);
	return 0;
}

/* Hand everything to the kernel: ship sees it, a kill of this process cannot lose it. 0 or -1
 * (disk). */
static int
flush(struct spool *s)
{
	int rc = 0;
	struct spoolpos_report r = { .dropped = s->dropped, .unwritten = s->unwritten };
	for (int i = 0; i < LANE_COUNT; i++) {
		rc |= seglog_flush(s->lane[i]);
		r.next[i] = seglog_next(s->lane[i]);
	}
	spoolpos_set_report(s->pos, &r);
	return rc;
}

/* What the notes must say in case this process is killed now. */
static void
note_losses(struct spool *s, int rc)
{
	for (int i = 0; i < LANE_COUNT; i++)
		s->gaps.at_risk[i] = rc < 0 ? seglog_waiting(s->lane[i]) : 0;
	s->gaps.risk_at = s->now;
	if (s->unsaved || s->risk || rc < 0)
		spool_gaps_save(&s->gaps);
	s->risk = rc < 0;
	s->unsaved = false;
}

void
spool_tick(struct spool *s, uint64_t now)
{
	s->now = now;
	int rc = flush(s);
	trim_acked(s);
	for (int i = 0; rc < 0 && i < DROPS_AT_ONCE && drop_one(s); i++)
		rc = flush(s);
	keep_quota(s);
	if (bytes_of_all(s) < s->quota / 100 * 80)
		log_state_set(&s->over, false, "spool %s is within its quota again", s->dir);
	s->stuck = rc < 0;
	log_state_set(&s->disk, rc < 0, "spool %s: %s", s->dir,
	    rc < 0 ? "the disk does not take events" : "the disk takes events again");
	note_losses(s, rc);
	if (rc == 0)
		(void)spool_gaps_write(&s->gaps, s->lane[LANE_CONTROL], now, false);
}

void
spool_close(struct spool *s)
{
	if (!s)
		return;
	if (s->gaps.pos) {
		int rc = flush(s);
		if (rc == 0)
			rc = spool_gaps_write(&s->gaps, s->lane[LANE_CONTROL], s->now, true);
		note_losses(s, rc);
	}
	for (int i = 0; i < LANE_COUNT; i++) {
		if (s->lane[i])
			(void)seglog_sync(s->lane[i]);
		seglog_close(s->lane[i]);
	}
	spoolpos_close(s->pos);
	if (s->lock >= 0)
		close(s->lock);
	buf_fini(&s->record);
	free(s->dir);
	free(s->probe);
	free(s);
}

void
spool_stats(const struct spool *s, struct spool_stats *out)
{
	*out = (struct spool_stats){ .epoch = s->epoch,
		.written = s->written,
		.dropped = s->dropped,
		.unwritten = s->unwritten,
		.gaps = s->gaps.written,
		.failing = s->disk.failing };
	for (int i = 0; i < LANE_COUNT; i++)
		out->lane[i] = (struct spool_lane_stats){ .first = seglog_first(s->lane[i]),
			.next = seglog_next(s->lane[i]),
			.acked = spoolpos_acked(s->pos, i),
			.bytes = seglog_bytes(s->lane[i]) };
}
