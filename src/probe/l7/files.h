/* SPDX-License-Identifier: Apache-2.0 */
/*
 * files: what a protocol carries, put together to a cap, its digests and its record.
 *
 * A row opens a file when one begins, adds its bytes in order (l7_file_add) or where they belong
 * (l7_file_at), tells holes, and closes it. Files a row left open are closed as cut when its
 * parsing ends; then the row's pointer must not be used any more. NULL stands for a file that is
 *not followed: every function takes it.
 *
 *	open -> add|at|gap ... -> close --> list of this packet, written by output as fileinfo
 *
 * Owned by one struct l7. One thread.
 */
#ifndef WANGLOU_PROBE_L7_FILES_H
#define WANGLOU_PROBE_L7_FILES_H

#include "row.h"
#include "window.h"

/* How a file ended; EVE's words. */
enum l7_file_end {
	L7_FILE_CLOSED,    /* all of it was seen (but for holes) */
	L7_FILE_TRUNCATED, /* it broke off, or a cap was reached */
	L7_FILE_ERROR      /* what carried it was damaged */
};

struct l7_file_head {
	struct view name; /* as sent, path included where there is one; may be empty */
	enum dir dir;     /* the way it goes */
	uint64_t tx_id;   /* of the transaction that carries it */
	bool part;        /* these are bytes [first, last] of a file (HTTP ranges) */
	uint64_t first, last;
	struct window_owner by; /* the transaction, where it is known; else found by its number */
	bool body;              /* its bytes are said as a body: it has no window of its own */
	bool
	    secret; /* what people type in, passwords among it: no digests, which would betray it */
};

/* NULL at a cap, counted. The head's views are copied. */
struct l7_file *
l7_file_open(struct l7 *l, struct l7_flow *lf, const struct l7_file_head *head);

/* A name that came later. */
void
l7_file_name(struct l7 *l, struct l7_file *f, struct view name);

/* The next bytes. */
void
l7_file_add(struct l7 *l, struct l7_file *f, struct view bytes);

/* n bytes are missing here. */
void
l7_file_gap(struct l7 *l, struct l7_file *f, uint64_t n);

/* Bytes at an offset from the start, in any order; those already there stay. */
void
l7_file_at(struct l7 *l, struct l7_file *f, uint64_t offset, struct view bytes);

/* Bytes that are there without a hole before them; more than any file has when a cap was reached,
 * since nothing is waited for then. */
uint64_t
l7_file_size(const struct l7_file *f);

/* Is there something at this offset already? No when a cap was reached. */
bool
l7_file_overlaps(const struct l7_file *f, uint64_t offset);

/* No more will come: its record. `tx` is the row's transaction that carried it, as row->write takes
 * it, valid until the end of the packet; NULL for none. False: it is gone, nobody may ask of it. */
bool
l7_file_close(
    struct l7 *l, struct l7_flow *lf, struct l7_file *f, enum l7_file_end end, const void *tx);

/* It is not worth a record (an empty one, a mistaken beginning). */
void
l7_file_drop(struct l7 *l, struct l7_flow *lf, struct l7_file *f);

/* Out of the flow, which may go before it: a file whose parts come in several connections. Back
 * with attach, to be closed, or given back with free. */
void
l7_file_detach(struct l7_flow *lf, struct l7_file *f);
void
l7_file_attach(struct l7_flow *lf, struct l7_file *f, uint64_t tx_id);
void
l7_file_free(struct l7 *l, struct l7_file *f);

/* ---- for l7.c ---- */

/* NULL when memory is out. */
struct files *
files_new(const struct l7 *l);
void
files_free(struct files *fs);

/* Did any end with this packet? */
bool
files_any(const struct files *fs);
/* Forget the files that ended with the packet before. */
void
files_begin(struct files *fs);

/* A transaction's memory is given back now. */
void
files_forget(struct files *fs, const void *tx);

/* Close what the flow's row left open, as cut. */
void
files_finish(struct l7 *l, struct l7_flow *lf);

#endif
