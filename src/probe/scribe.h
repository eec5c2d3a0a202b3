/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scribe: where the findings of all workers come together. Writes their lines, lets notice look at
 * their records, writes what notice and the clock have to say, and the stats event.
 *
 * Owns the writer and notice; borrows the spool. One thread at a time.
 */
#ifndef WANGLOU_PROBE_SCRIBE_H
#define WANGLOU_PROBE_SCRIBE_H

#include <stdbool.h>
#include <stdint.h>

#include "knowledge.h"
#include "lib/err.h"
#include "lib/hash.h"
#include "probe/capture.h"
#include "probe/decode.h"
#include "probe/notice.h"
#include "probe/options.h"
#include "probe/output.h"
#include "probe/spool.h"
#include "worker.h"

struct scribe_config {
	const struct options *options;
	const struct knowledge *knowledge; /* borrowed until the next scribe_knowledge */
	const char *event_file;            /* "" none */
	struct spool *spool;               /* NULL: none */
	struct hash_key seed;
	bool live;
	const struct links *links; /* live; NULL: none; borrowed */
};

/* What the stats event sums up besides the scribe's own. */
struct scribe_sums {
	uint64_t uptime; /* seconds */
	struct capture_stats capture;
	struct decode_counters decode;
	struct worker_counters workers;
};

struct scribe;

/* NULL with a sentence. */
struct scribe *
scribe_new(const struct scribe_config *config, struct err *e);

/* Flush and close. 0, or -1 when something could not be written. NULL is allowed. */
int
scribe_close(struct scribe *s);

/* For struct worker_out, with the scribe as context: a worker that is alone hands over directly. */
void
scribe_line(void *scribe, uint8_t type, const void *line, size_t n, uint64_t ts);
void
scribe_record(void *scribe, const struct notice_record *r, const char *source);

/* Is it time for scribe_time? */
bool
scribe_time_due(const struct scribe *s, uint64_t now);

/* The clock is at `now` (packet clock, ns), and everything before it was handed over. */
void
scribe_time(struct scribe *s, uint64_t now, const char *source);

/* A capture ended: notice says what it still has to say and begins anew. -1 with a sentence when it
 * cannot. */
int
scribe_capture_end(struct scribe *s, const char *source, struct err *e);

/* Write the stats event of time ts. */
void
scribe_stats(struct scribe *s, uint64_t ts, const struct scribe_sums *sums);

/* A link's state changed at `ts`. */
void
scribe_link(struct scribe *s, uint64_t ts, const struct links_report *r);

/* Databases were loaded anew. */
void
scribe_knowledge(struct scribe *s, const struct knowledge *k);

/* The event file was rotated. */
void
scribe_reopen(struct scribe *s);

/* Flush what waits, when it is time or `force`; keeps the spool. Clocks are read here. */
void
scribe_flush(struct scribe *s, bool force);

/* Counters of what was written. */
const struct output_counters *
scribe_count(const struct scribe *s);

#endif
