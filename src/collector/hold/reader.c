/* SPDX-License-Identifier: Apache-2.0 */
/* hold, the reader: see include/collector/hold.h. */
#include <stdlib.h>
#include <string.h>

#include "collector/hold.h"
#include "lib/compress.h"
#include "lib/jw.h"
#include "lib/seglog.h"
#include "wire/event.h"

struct hold_reader {
	struct seglog_reader *log;
	struct compress *compress;
	struct buf raw;   /* the batch's events, or the one gap event */
	struct cursor at; /* in raw, or in a record that is not packed */
	struct hold_batch batch;
	uint32_t given;
	bool begun;   /* what comes before the first record is no hole */
	bool stashed; /* a record read, but the hole before it had to be said first */
	struct view stash;
	uint64_t stash_number;
};

struct hold_reader *
hold_reader_open(const char *dir, uint64_t position, struct err *e)
{
	struct hold_reader *r = calloc(1, sizeof(*r));
	if (!r || !(r->compress = compress_new(1))) {
		err_set(e, "out of memory");
		free(r);
		return NULL;
	}
	buf_init(&r->raw, FRAME_RAW_MAX + 1);
	r->begun = position > 0;
	r->log = seglog_reader_open(dir, position + 1, e);
	if (r->log)
		return r;
	hold_reader_close(r);
	return NULL;
}

void
hold_reader_close(struct hold_reader *r)
{
	if (!r)
		return;
	seglog_reader_close(r->log);
	compress_free(r->compress);
	buf_fini(&r->raw);
	free(r);
}

/* The event that stands for numbers nobody knows anything of. */
static void
gap_event(struct hold_reader *r, const struct hold_record *h)
{
	struct ev_probe probe = { .name = r->batch.probe };
	struct ev_gap gap = { .lane = lane_name(h->lane),
		.first = h->first,
		.last = h->last,
		.count = h->last - h->first + 1,
		.reason = "unexplained",
		.since = h->received,
		.until = h->received };
	struct buf line;
	struct jw w;
	buf_init(&line, FRAME_EVENT_MAX);
	jw_init(&w, &line);
	jw_object(&w);
	jw_key(&w, "timestamp");
	jw_time(&w, h->received);
	jw_key(&w, "event_type");
	jw_text(&w, "gap");
	jw_key(&w, "probe");
	ev_probe_write(&w, &probe);
	jw_key(&w, "gap");
	ev_gap_write(&w, &gap);
	jw_object_end(&w);
	frame_event_put(&r->raw, h->received, (struct view){ line.ptr, line.len });
	buf_fini(&line);
	r->batch.count = 1;
	r->batch.made_here = true;
}

/* Pass over the first n events; false when there are fewer. */
static bool
skip_events(struct cursor *c, uint32_t n)
{
	struct frame_event ev;
	while (n--)
		if (frame_event_next(c, &ev) != 1)
			return false;
	return true;
}

static bool
unpack_batch(struct hold_reader *r, const struct hold_record *h)
{
	struct frame f;
	if (frame_decode(h->frame, &f) < 0 || f.type != FRAME_BATCH || h->skip >= f.batch.count)
		return false;
	if (f.batch.codec == FRAME_CODEC_NONE)
		buf_add(&r->raw, f.batch.body.ptr, f.batch.body.len);
	else if (compress_unpack(r->compress, f.batch.body, f.batch.raw_len, &r->raw) < 0)
		return false;
	r->batch.schema = f.batch.schema;
	r->batch.count = f.batch.count - h->skip;
	return !r->raw.failed;
}

/* 1: a batch with events, 0: nothing to give (a covered hole), -1: damaged. */
static int
take(struct hold_reader *r, struct view record, uint64_t position)
{
	struct hold_record h;
	if (hold_decode(record, &h) < 0)
		return -1;
	r->batch = (struct hold_batch){ .position = position,
		.epoch = h.epoch,
		.lane = h.lane,
		.schema = FRAME_SCHEMA,
		.first_seq = h.first,
		.received = h.received,
		.clock_offset = h.clock_offset };
	memcpy(r->batch.origin, h.origin, sizeof(h.origin));
	memcpy(r->batch.probe, h.probe.ptr, h.probe.len);
	buf_clear(&r->raw);
	r->given = 0;
	if (h.kind == HOLD_HOLE)
		return 0;
	if (h.kind == HOLD_GAP)
		gap_event(r, &h);
	else if (!unpack_batch(r, &h))
		return -1;
	r->at = cursor_of(r->raw.ptr, r->raw.len);
	return skip_events(&r->at, h.skip) ? 1 : -1;
}

/* The next record of the log: 1, 0, or -1 with the hole in *out. */
static int
next_record(struct hold_reader *r, struct view *record, uint64_t *number, struct hold_batch *out)
{
	if (r->stashed) {
		r->stashed = false;
		*record = r->stash;
		*number = r->stash_number;
		return 1;
	}
	uint64_t wanted = seglog_reader_next(r->log);
	int rc = seglog_read(r->log, record, number);
	if (rc == 0)
		return 0;
	uint64_t from = rc < 0 ? *number : wanted,
		 to = rc < 0 ? seglog_reader_next(r->log) : *number;
	bool hole = rc < 0 || (r->begun && to > from);
	r->begun = true;
	if (!hole)
		return 1;
	r->stashed = rc > 0;
	r->stash = *record;
	r->stash_number = *number;
	*out = (struct hold_batch){ .position = to - 1, .first_seq = to - from };
	return -1;
}

int
hold_read(struct hold_reader *r, struct hold_batch *out)
{
	for (;;) {
		struct view record;
		uint64_t number;
		r->batch.count = 0;
		int rc = next_record(r, &record, &number, out);
		if (rc <= 0)
			return rc;
		rc = take(r, record, number);
		if (rc == 0)
			continue;
		*out = r->batch;
		if (rc < 0)
			*out = (struct hold_batch){ .position = number, .first_seq = 1 };
		return rc;
	}
}

int
hold_next_event(struct hold_reader *r, struct hold_event *out)
{
	struct frame_event ev;
	if (r->given >= r->batch.count || frame_event_next(&r->at, &ev) != 1)
		return 0;
	*out = (struct hold_event){ r->batch.first_seq + r->given, ev.ts, ev.json };
	r->given++;
	return 1;
}

int
hold_replay(const char *dir, uint64_t position, hold_replay_fn each, void *user, struct err *e)
{
	struct view record;
	struct hold_record h;
	uint64_t number;
	int rc;
	struct seglog_reader *r = seglog_reader_open(dir, position + 1, e);
	if (!r)
		return -1;
	while ((rc = seglog_read(r, &record, &number)) != 0)
		if (rc == 1 && hold_decode(record, &h) == 0)
			each(user, &h);
	seglog_reader_close(r);
	return 0;
}
