/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keep: events on disk, each exactly once, for as long as they must be kept. The writing side.
 *
 *     dir/alerts.db                alerts and their settlements
 *     dir/events-YYYYMMDD-NN.db    everything else, cut by day of receipt (UTC) and by size
 *
 * Takes batches in the order of the hold log. Each file holds the position it has reached, changed
 * in the same transaction as its rows; rows are unique by (origin, epoch, lane, sequence) besides.
 * So a kill at any moment neither loses nor doubles. Transactions are synchronous=FULL: once
 * keep_commit has returned 0 a power cut takes nothing, and the hold log may be trimmed up to
 * keep_position.
 *
 * A disk that is full or a file that is locked costs time, never events: the caller aborts and
 * comes again from keep_position. A damaged file is set aside under another name and said. SQLite
 * is fenced behind keep/sqlite.c. One writer thread (keep_counters and keep_position: any thread).
 * Reading: collector/view.h.
 */
#ifndef WANGLOU_COLLECTOR_KEEP_H
#define WANGLOU_COLLECTOR_KEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/cursor.h"
#include "lib/err.h"

struct keep;

struct keep_config {
	const char *dir;      /* must exist; files are made with mode 0600 */
	uint64_t file_bytes;  /* an event file is cut at about this size */
	uint64_t max_bytes;   /* all files; beyond, the oldest event files go. 0: no limit */
	uint64_t event_age;   /* ms: event files whose day is older go. 0: no limit */
	uint64_t alert_age;   /* ms: alerts nobody has settled go. 0: no limit */
	uint64_t settled_age; /* ms: alerts somebody has settled go. 0: no limit */
};

/* What is true of a whole batch. */
struct keep_batch {
	uint64_t position;     /* its number in the hold log; grows */
	const uint8_t *origin; /* 16 bytes: whose events */
	const char *probe;     /* name of that origin */
	uint64_t epoch;
	uint8_t lane;       /* enum lane */
	uint64_t first_seq; /* of its first event; the others follow */
	uint64_t recv_ms;   /* when it was received, ms since 1970 UTC */
};

/* (name, help); cumulative since start but for the last four. */
#define KEEP_COUNTERS(ROW)                                                                         \
	ROW(events, "events stored")                                                               \
	ROW(alerts, "alerts among them")                                                           \
	ROW(duplicates, "events that were in the store already")                                   \
	ROW(invalid, "events that were not JSON; stored as text under the type invalid")           \
	ROW(commits, "transactions")                                                               \
	ROW(retries, "times the store was not able and was asked again")                           \
	ROW(damaged_files, "files set aside because they were damaged")                            \
	ROW(holes, "batches that were trimmed or damaged in the hold log before they were stored") \
	ROW(expired_files, "event files dropped because of age or size")                           \
	ROW(expired_events, "events in them")                                                      \
	ROW(expired_alerts, "alerts dropped because of age")                                       \
	ROW(position, "hold log position that is stored")                                          \
	ROW(bytes, "bytes on disk")                                                                \
	ROW(files, "event files on disk")                                                          \
	ROW(failing, "1 while the store is not able to take events")

struct keep_counters {
#define ROW(name, help) uint64_t name;
	KEEP_COUNTERS(ROW)
#undef ROW
};

/*
 * Open or make the files of a directory. The config is copied. Damaged files are set aside. NULL
 * with a sentence when that is no use: no rights, no space, a file of a newer version.
 */
struct keep *
keep_open(const struct keep_config *config, struct err *e);

/* What was not committed is rolled back. NULL is allowed. */
void
keep_close(struct keep *k);

/* Everything up to this position of the hold log is stored for good; read on behind it. 0: nothing
 * yet. */
uint64_t
keep_position(const struct keep *k);

/*
 * A batch begins: opens a transaction where needed, cuts the event file where due. Returns 1 when
 * its events are wanted, 0 when all of them are stored already (skip it), -1 when the store is not
 * able: keep_abort.
 */
int
keep_begin(struct keep *k, const struct keep_batch *b);

/* One event of it as JSON, number `index` from 0. 0, or -1: keep_abort. */
int
keep_event(struct keep *k, uint32_t index, struct view json);

/* The batch is complete; its position will be stored by the next keep_commit. */
void
keep_end(struct keep *k);

/* Events taken since the last commit. */
uint64_t
keep_pending(const struct keep *k);

/* Make it durable. 0, or -1: keep_abort. Cheap when nothing is pending. */
int
keep_commit(struct keep *k);

/*
 * Throw away what is not committed, set damaged files aside, open what is closed. Afterwards begin
 * again behind keep_position. 0, or -1 when the store is still not able: wait and call again.
 */
int
keep_abort(struct keep *k);

/* Why the last call failed. */
const char *
keep_why(const struct keep *k);

/* Drop what is too old or too much. `now` in ms since 1970. Nothing may be pending. 0, or -1. */
int
keep_expire(struct keep *k, uint64_t now);

/*
 * The hold log ends before what is stored: it lost its unsynced tail with the power, or was made
 * anew. Numbers behind `position` will mean other batches now, so go back to it. What comes again
 * is known by its sequence. 0, or -1.
 */
int
keep_rewind(struct keep *k, uint64_t position);

/* Count a hole that the hold log's reader jumped over. */
void
keep_hole(struct keep *k, uint64_t batches);

/* The counters as of the last commit. Any thread. */
void
keep_counters(const struct keep *k, struct keep_counters *out);

#endif
