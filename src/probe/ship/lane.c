/* SPDX-License-Identifier: Apache-2.0 */
/* ship, one lane: from the log to batches on their way, within the credit. See internal.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define LOOK_AGAIN 10     /* ms */
#define LOOK_AGAIN_LOW 40 /* ms, lanes that are not urgent */

static bool
urgent(const struct ship_lane *l)
{
	return l->id <= LANE_ALERT;
}

struct ship_lane *
lane_new(const char *spool_dir, enum lane id)
{
	struct ship_lane *l = calloc(1, sizeof(*l));
	if (!l)
		return NULL;
	l->id = id;
	(void)snprintf(l->path, sizeof(l->path), "%s/%s", spool_dir, lane_name(id));
	buf_init(&l->raw, FRAME_RAW_MAX);
	return l;
}

void
lane_free(struct ship_lane *l)
{
	if (!l)
		return;
	seglog_reader_close(l->reader);
	buf_fini(&l->raw);
	free(l);
}

/* Read on from `after` + 1 with nothing gathered. */
static int
reader_place(struct ship_lane *l)
{
	struct err e;
	seglog_reader_close(l->reader);
	l->reader = seglog_reader_open(l->path, l->after + 1, &e);
	l->count = 0;
	l->held = l->damaged = l->dry = false;
	l->look_at = 0;
	buf_clear(&l->raw);
	return l->reader ? 0 : -1;
}

int
lane_rewind(struct ship *s, struct ship_lane *l, uint64_t acked)
{
	if (l->after > acked)
		s->resent += l->flights;
	l->after = l->acked = acked;
	l->flying = l->flights = 0;
	if (spoolpos_acked(s->pos, l->id) < acked)
		spoolpos_set_acked(s->pos, l->id, acked);
	return reader_place(l);
}

void
lane_acked(struct ship *s, struct ship_lane *l, uint64_t acked)
{
	if (acked <= l->acked || acked > l->after)
		return;
	l->acked = acked;
	spoolpos_set_acked(s->pos, l->id, acked);
	while (l->flights && l->flight[l->flight_at].last <= acked) {
		l->flying -= l->flight[l->flight_at].bytes;
		l->flight_at = (l->flight_at + 1) % FLIGHTS;
		l->flights--;
	}
}

/* ---- gathering ---- */

/* A spool record is a batch event without its length: u64 time, JSON. */
static void
gather_one(struct ship_lane *l, struct view record, uint64_t number, uint64_t now)
{
	struct cursor c = cursor_of_view(record);
	uint64_t ts;
	if (l->count == 0) {
		l->first = number;
		l->since = now;
	}
	l->count++;
	if (!cursor_u64_le(&c, &ts))
		ts = 0; /* never written by the spool; goes out empty, so that numbers stay in step
			 */
	frame_event_put(&l->raw, ts, (struct view){ c.at, cursor_left(&c) });
}

static bool
full(const struct ship *s, const struct ship_lane *l)
{
	return l->raw.len >= s->c.batch_bytes || l->count >= FRAME_COUNT_MAX || l->held;
}

void
lane_gather(struct ship *s, struct ship_lane *l, uint64_t now)
{
	if (l->held && l->count == 0) {
		l->held = false;
		gather_one(l, l->held_record, l->held_number, now);
	}
	if (now < l->look_at)
		return;
	l->dry = false;
	while (!full(s, l)) {
		struct view record;
		uint64_t number;
		int rc = seglog_read(l->reader, &record, &number);
		if (rc == 0) {
			l->dry = true;
			l->look_at = now + (urgent(l) ? LOOK_AGAIN : LOOK_AGAIN_LOW);
			return;
		}
		if (rc < 0) {
			s->damaged++;
			l->damaged = true;
		} else if (l->count && number != l->first + l->count) {
			l->held = true;
			l->held_record = record;
			l->held_number = number;
		} else {
			gather_one(l, record, number, now);
		}
	}
}

/* ---- sending ---- */

/* Nothing gathered, but the log says that numbers before its end are gone. */
static bool
hole_at_end(const struct ship_lane *l)
{
	return l->count == 0 && !l->held && l->dry && seglog_reader_next(l->reader) > l->after + 1;
}

static bool
due(const struct ship *s, const struct ship_lane *l, uint64_t now, bool hurry)
{
	if (hole_at_end(l))
		return true;
	if (l->count == 0)
		return false;
	return hurry || full(s, l) || now - l->since >= (urgent(l) ? s->c.alert_ms : s->c.batch_ms);
}

/*
 * Claim the numbers: from here on the spool will not give them up. False when it has already given
 * up some of what was gathered: gather again.
 */
static bool
claim(struct ship *s, struct ship_lane *l, uint64_t first, uint64_t last)
{
	bool ok = true;
	if (spoolpos_sent(s->pos, l->id) >= last)
		return true;
	if (spoolpos_lock(s->pos) < 0)
		return false;
	uint64_t gone_from, gone_to;
	spoolpos_dropped(s->pos, l->id, &gone_from, &gone_to);
	if (l->count && first <= gone_to && last >= gone_from)
		ok = false;
	else
		spoolpos_set_sent(s->pos, l->id, last);
	spoolpos_unlock(s->pos);
	return ok;
}

static bool
encode(struct ship *s, struct ship_lane *l, uint64_t first)
{
	bool hole = first > l->after + 1;
	uint64_t gone_from, gone_to;
	spoolpos_dropped(s->pos, l->id, &gone_from, &gone_to);
	bool covered = !l->damaged && first - 1 <= gone_to;
	struct frame_batch b = {
		.flags = hole && covered ? FRAME_HOLE_COVERED : 0,
		.epoch = s->epoch,
		.lane = (uint8_t)l->id,
		.codec = FRAME_CODEC_NONE,
		.schema = FRAME_SCHEMA,
		.count = l->count,
		.first = first,
		.after = l->after,
		.clock_offset = s->clock_offset,
		.raw_len = (uint32_t)l->raw.len,
	};
	memcpy(b.origin, s->origin, sizeof(b.origin));
	buf_clear(&s->packed);
	buf_clear(&s->frame);
	if (l->count) {
		if (compress_pack(
			s->compress, (struct view){ l->raw.ptr, l->raw.len }, &s->packed) < 0)
			return false;
		b.codec = FRAME_CODEC_ZSTD;
		b.body = (struct view){ s->packed.ptr, s->packed.len };
	}
	frame_batch(&s->frame, &b);
	return !s->frame.failed;
}

static void
sent(struct ship *s, struct ship_lane *l, uint64_t last)
{
	unsigned at = (l->flight_at + l->flights) % FLIGHTS;
	l->flight[at] = (struct flight){ last, s->frame.len };
	l->flights++;
	l->flying += s->frame.len;
	l->after = last;
	s->batches++;
	s->events += l->count;
	l->count = 0;
	l->damaged = false;
	buf_clear(&l->raw);
}

bool
lane_send(struct ship *s, struct ship_lane *l, uint64_t now, bool hurry)
{
	if (!due(s, l, now, hurry) || l->flying >= l->credit || l->flights == FLIGHTS)
		return false;
	bool bad = seglog_reader_sync(l->reader) < 0;
	log_state_set(&s->sync_log, bad, "spool %s: %s", s->c.spool_dir,
	    bad ? "cannot be synced; nothing is sent" : "is synced again");
	if (bad)
		return false;
	uint64_t first = l->count ? l->first : seglog_reader_next(l->reader);
	uint64_t last = first + l->count - 1;
	if (!claim(s, l, first, last)) {
		(void)reader_place(l);
		return false;
	}
	if (!encode(s, l, first))
		return false;
	if (l->flying && l->flying + s->frame.len > l->credit)
		return false;
	if (zsock_send(s->link.sock, NULL, (struct view){ s->frame.ptr, s->frame.len }) < 0)
		return false;
	sent(s, l, last);
	return true;
}

bool
lane_done(const struct ship_lane *l)
{
	return l->dry && l->count == 0 && !l->held && l->acked == l->after &&
	       seglog_reader_next(l->reader) == l->after + 1;
}
