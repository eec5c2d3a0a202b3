/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spool: events wait here, on disk, until the collector has them.
 *
 *     DIR/epoch                 which life of the spool this is: random, 64 bits
 *     DIR/control/N.seg ...     one seglog a lane; an event's sequence is its record number
 *     DIR/positions             what ship has sent, what was acknowledged, losses (spoolpos.h)
 *
 * Takes finished JSON from output, gives nothing back. Beyond the quota, or when the disk is full,
 * what is acknowledged goes first, then the oldest events of the lowest lane that has more than its
 * share; a gap record in the control lane takes their place, never covering an event that ship has
 * sent. Losses close together are merged into one record, so gap records stay few. Owns DIR, one
 * writer. One thread.
 */
#ifndef WANGLOU_PROBE_SPOOL_H
#define WANGLOU_PROBE_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "wire/lane.h"

struct spool;

struct spool_config {
	const char *dir;
	const char *probe;         /* name, written into gap records; may be NULL */
	uint64_t quota;            /* bytes of all lanes together; 0: 4 GiB */
	uint64_t segment_bytes;    /* 0: from the quota */
	uint8_t share[LANE_COUNT]; /* percent each lane may keep for itself; all 0: the usual 5 20
				      10 35 30 */
};

struct spool_lane_stats {
	uint64_t first; /* oldest number kept */
	uint64_t next;  /* number the next event gets */
	uint64_t acked; /* up to and including */
	uint64_t bytes; /* on disk */
};

struct spool_stats {
	uint64_t epoch;
	uint64_t written;   /* events taken since open */
	uint64_t dropped;   /* events given up for the quota or a full disk, since open */
	uint64_t unwritten; /* events the disk would not take, since open */
	uint64_t gaps;      /* gap records written since open */
	bool failing;       /* the disk does not take events now */
	struct spool_lane_stats lane[LANE_COUNT];
};

/* Open or create. NULL with a sentence: no right to the folder, another writer, a damaged epoch
 * file. */
struct spool *
spool_open(const struct spool_config *c, struct err *e);

/*
 * Take one event of 1 .. FRAME_EVENT_MAX bytes; `ts` is the event's time in ns. Returns 0, or -1
 * when it could not be taken: it is then counted, and a gap record will cover it. Buffered until
 * spool_tick.
 */
int
spool_write(struct spool *s, enum lane lane, const void *json, size_t n, uint64_t ts);

/*
 * Call a few times a second with the wall clock in ns: flushes, trims what is acknowledged, keeps
 * the quota, writes gap records that are due.
 */
void
spool_tick(struct spool *s, uint64_t now);

/* Write the gap records still owed, flush and sync, release. NULL is allowed. */
void
spool_close(struct spool *s);

/* Counters since spool_open. */
void
spool_stats(const struct spool *s, struct spool_stats *out);

#endif
