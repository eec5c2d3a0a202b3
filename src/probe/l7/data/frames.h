/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frames: messages that say their length, in a stream. What a row does not want to see of a message
 * is skipped without being held, and may be missing.
 *
 *	| head | wanted part of the body | skipped ... |
 */
#ifndef WANGLOU_PROBE_L7_DATA_FRAMES_H
#define WANGLOU_PROBE_L7_DATA_FRAMES_H

#include "../row.h"

struct msg_frame {
	size_t head;   /* bytes of the header */
	uint64_t body; /* bytes behind it */
	size_t want;   /* bytes of the body to be seen before message() is called */
};

struct frames {
	uint64_t skip[2]; /* bytes still to be skipped, by direction */
	uint64_t open[2]; /* of a message whose beginning is held */
};

struct frames_row {
	/* The header at the start of `data`. Returns 0, L7_MORE or L7_BAD. */
	long (*frame)(struct l7_flow *lf, struct view data, enum dir dir, struct msg_frame *out);
	/* Header and wanted part of a message. Returns 0, or a value data() may return. */
	long (*message)(struct l7 *l, struct l7_flow *lf, struct view bytes,
	    const struct msg_frame *f, enum dir dir);
};

/* As row->data. Stops behind a message that set lf->again. */
long
frames_run(struct l7 *l, struct l7_flow *lf, struct frames *fs, const struct frames_row *row,
    struct view data, enum dir dir);

/* For row->lost, of a state that begins with its struct frames: survived when the hole lies within
 * one message; its rest is skipped. */
bool
frames_lost(struct l7 *l, struct l7_flow *lf, uint64_t n, enum dir dir);

#endif
