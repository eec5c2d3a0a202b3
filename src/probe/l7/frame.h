/* SPDX-License-Identifier: Apache-2.0 */
/*
 * frame: what rows say of borders in their bytes, until it is looked at. Inside src/probe/l7 only.
 *
 *	l7_frame() --- all of it is here ----------------------> said with this packet
 *	           \-- open: bytes held as they come (grow) ---> said each STEP, and at its end
 *
 * Owned by one struct l7. One thread.
 */
#ifndef WANGLOU_PROBE_L7_FRAME_PRIVATE_H
#define WANGLOU_PROBE_L7_FRAME_PRIVATE_H

#include "row.h"

#define FRAMES_OPEN 12 /* of a flow; what begins beyond is not framed, counted */

/* One that has not ended. */
struct frame_open {
	struct l7_frame f;
	struct hold held;
	uint64_t next;   /* offset in the stream of the byte to come */
	uint64_t packet; /* it was said with (l->packet); 0: never */
	uint32_t at;     /* among those said then */
	bool hole, full; /* one came, or the cap was reached: no more is held */
};

struct l7_framing {
	uint64_t n[2]; /* frames begun, by direction */
	uint8_t open_n;
	struct frame_open open[FRAMES_OPEN];
};

struct frames;

void
frames_free(struct l7 *l);
/* A new packet. */
void
frames_begin(struct l7 *l);
/* The flow's bytes that just came: open frames take theirs. */
void
frames_grow(struct l7 *l, struct l7_flow *lf, const struct flow_chunk *c);
/* Nothing more comes in this direction: what is open is said as it is. */
void
frames_end(struct l7 *l, struct l7_flow *lf, enum dir dir);
/* Give back what the flow has. */
void
frames_drop(struct l7 *l, struct l7_flow *lf);

#endif
