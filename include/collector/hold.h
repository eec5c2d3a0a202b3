/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hold: batches as they came, on disk, until the store (and later the relay) has taken them.
 *
 *     DATA/hold/N.seg     one seglog; a record: a small header, the BATCH frame as received
 *     DATA/hold/origins   how far each lane of each origin has come (dedupe.h)
 *
 *     receive thread -> hold_append, hold_sync -> DATA/hold -> hold_read -> loader thread
 *                              ^------- hold_trim: "stored up to here" ----------'
 *
 * The position of a batch is its record number. Batches in the log follow each other without
 * overlap within (origin, epoch, lane), so each event is in it once; a gap event stands where
 * events are missing.
 *
 * Format: docs/protocol.md, "Hold log".
 */
#ifndef WANGLOU_COLLECTOR_HOLD_H
#define WANGLOU_COLLECTOR_HOLD_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/cursor.h"
#include "lib/err.h"
#include "wire/frame.h"

/* ---- writing: the receive thread ---- */

struct hold;

enum hold_kind {
	HOLD_BATCH = 1, /* a BATCH frame; its first `skip` events were held before */
	HOLD_GAP =
	    2, /* numbers first .. last are missing and no gap record of the probe's covers them */
	HOLD_HOLE = 3, /* the same, but a gap record of the probe's covers them */
};

/* What stands before a batch in the log. */
struct hold_record {
	enum hold_kind kind;
	uint64_t received; /* ns since 1970 */
	struct view probe; /* name, as the list of allowed keys has it */
	uint8_t origin[16];
	uint64_t epoch;
	uint8_t lane;
	uint64_t first, last; /* sequence numbers this record settles, without what is skipped */
	uint32_t skip;        /* HOLD_BATCH: events at the frame's front that were held before */
	int64_t clock_offset; /* ns */
	struct view frame;    /* HOLD_BATCH: the whole frame */
};

/* Open DIR (made when absent). `segment_bytes` 0: 64 MiB. NULL with a sentence. */
struct hold *
hold_open(const char *dir, uint64_t segment_bytes, struct err *e);

/* NULL is allowed. */
void
hold_close(struct hold *h);

/* Append one record; its position goes to *position. -1: the disk does not take it, nothing was
 * appended. */
int
hold_append(struct hold *h, const struct hold_record *r, uint64_t *position);

/*
 * Everything appended is on disk when this returns 0. -1: the disk is full; try again later. -2:
 * the disk failed to keep what it had taken: nothing appended since the last sync may be
 * acknowledged, ever.
 */
int
hold_sync(struct hold *h);

/* Delete what was trimmed (see hold_trim) and lies before `keep`. Receive thread. */
void
hold_expire(struct hold *h, uint64_t keep);

/* Position the next record gets; bytes on disk that the loader has not reported as stored. Receive
 * thread. */
uint64_t
hold_next(const struct hold *h);
uint64_t
hold_backlog(const struct hold *h);

/* ---- reporting: the loader's thread, or any ---- */

/* Everything up to and including this position is stored for good elsewhere. Cheap; deleting
 * happens later. */
void
hold_trim(struct hold *h, uint64_t position);

/* ---- reading: the loader's thread, or any process ---- */

struct hold_reader;

struct hold_batch {
	uint64_t position;  /* hand this to hold_trim when it is stored; grows, with jumps */
	uint8_t origin[16]; /* whose events */
	char probe[FRAME_NAME + 1];
	uint64_t epoch;
	uint8_t lane;
	uint16_t schema;
	uint64_t first_seq;   /* of the first event; the others follow without holes */
	uint32_t count;       /* events hold_next_event will give */
	uint64_t received;    /* ns since 1970, the collector's clock */
	int64_t clock_offset; /* ns to add to event times to get the collector's clock */
	bool made_here;       /* one gap event, made by the collector: first_seq is the first number
				 missing */
};

struct hold_event {
	uint64_t seq;
	uint64_t ts; /* ns since 1970, the probe's packet clock */
	struct view json;
};

/* Read on behind `position` (0: from the oldest kept). The folder need not exist yet. NULL with a
 * sentence. */
struct hold_reader *
hold_reader_open(const char *dir, uint64_t position, struct err *e);

/* NULL is allowed. */
void
hold_reader_close(struct hold_reader *r);

/*
 * Next batch, unpacked: 1; 0 when there is none yet; -1 when records are damaged or were trimmed
 * away under the reader: out->position is the last one lost and out->first_seq how many, and the
 * reader goes on behind it.
 */
int
hold_read(struct hold_reader *r, struct hold_batch *out);

/* Next event of the batch hold_read gave last: 1 with views valid until the next hold_read, or 0 at
 * the end. */
int
hold_next_event(struct hold_reader *r, struct hold_event *out);

/* Decode one record of the log without unpacking: 0, or -1 when it is damaged. For dedupe and for
 * tools. */
int
hold_decode(struct view record, struct hold_record *out);

/* What hold_replay calls for each sound record. */
typedef void (*hold_replay_fn)(void *user, const struct hold_record *r);

/* Go through the records behind `position`; damaged ones are passed over. 0, or -1 with a sentence.
 */
int
hold_replay(const char *dir, uint64_t position, hold_replay_fn each, void *user, struct err *e);

#endif
