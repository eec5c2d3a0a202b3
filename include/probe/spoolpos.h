/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spoolpos: the page that spool and ship share, DIR/positions, mapped by both.
 *
 *     spool (writer)                     ship (reader)
 *       drop: lock, read sent,             lock, sent = last number about to go out, unlock
 *       drop only what lies behind,        acked = what the collector confirmed
 *       unlock
 *
 * `sent` and `acked` belong to ship; the lock makes "send" and "drop" exclude each other, so that
 * an event is stored or covered by a gap record, never both. Each value is one aligned 64-bit word,
 * so a kill cannot tear it. After a power cut older values may come back; both sides stay right
 * with those, because WELCOME tells ship the truth. One thread in each process.
 */
#ifndef WANGLOU_PROBE_SPOOLPOS_H
#define WANGLOU_PROBE_SPOOLPOS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "wire/lane.h"

struct spoolpos;

/* Map DIR/positions; `make` (the spool): make it when it is absent or damaged. NULL with a
 * sentence. */
struct spoolpos *
spoolpos_open(const char *dir, bool make, struct err *e);

/* NULL is allowed. */
void
spoolpos_close(struct spoolpos *p);

/* Keep the other process out for a few microseconds. 0, or -1 when the kernel refuses. */
int
spoolpos_lock(struct spoolpos *p);
void
spoolpos_unlock(struct spoolpos *p);

/* Highest numbers sent and acknowledged; 0: none. */
uint64_t
spoolpos_sent(const struct spoolpos *p, enum lane lane);
uint64_t
spoolpos_acked(const struct spoolpos *p, enum lane lane);

/* Ship only (the spool does so too when it begins a new epoch). */
void
spoolpos_set_sent(struct spoolpos *p, enum lane lane, uint64_t number);
void
spoolpos_set_acked(struct spoolpos *p, enum lane lane, uint64_t number);

/*
 * Set by the spool: the range of numbers given up last (ranges that touch are one), 0 .. 0 for
 * none. A hole that ends behind `last` is not the spool's doing. A reader that has a deleted
 * segment open still sees its records: under the lock, the range tells that they are gone.
 */
void
spoolpos_dropped(const struct spoolpos *p, enum lane lane, uint64_t *first, uint64_t *last);
void
spoolpos_add_dropped(struct spoolpos *p, enum lane lane, uint64_t first, uint64_t last);

/* Written by the spool now and then, for reports: number the next event gets; events given up, and
 * never taken. */
struct spoolpos_report {
	uint64_t next[LANE_COUNT];
	uint64_t dropped, unwritten;
};
void
spoolpos_set_report(struct spoolpos *p, const struct spoolpos_report *r);
void
spoolpos_report(const struct spoolpos *p, struct spoolpos_report *r);

/* Spool only: up to SPOOLPOS_NOTES bytes that a kill cannot tear and a full disk cannot refuse. */
#define SPOOLPOS_NOTES 2048
void
spoolpos_save_notes(struct spoolpos *p, const void *notes, size_t n);
/* False when none were ever saved. */
bool
spoolpos_load_notes(const struct spoolpos *p, void *notes, size_t n);

/* Read DIR/epoch. 0, or -1 when it is absent or damaged. */
int
spoolpos_read_epoch(const char *dir, uint64_t *epoch, struct err *e);

/* Does a process hold the spool open for writing? Never true in the writing process itself. */
bool
spoolpos_has_writer(const char *dir);

#endif
