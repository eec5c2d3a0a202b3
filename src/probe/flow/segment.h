/* SPDX-License-Identifier: Apache-2.0 */
/* flow: what is remembered of connections whose segments are watched. Private to src/probe/flow/.
 */
#ifndef WANGLOU_PROBE_FLOW_SEGMENT_H
#define WANGLOU_PROBE_FLOW_SEGMENT_H

#include "internal.h"

#define WATCH_SYNS 11   /* SYNs of different numbers that one connection may have */
#define WATCH_SYNACKS 6 /* and answers to them */

/* What segment.c remembers of a connection. */
struct watch {
	uint32_t acked[2], edge[2]; /* as in struct stream, but from the first packet on */
	uint32_t stamp[2], oldest[2];
	uint32_t syn[WATCH_SYNS], synack[WATCH_SYNACKS];
	uint32_t rst; /* number behind the reset */
	uint8_t syn_n, synack_n;
	uint8_t has; /* WATCH_ */
};

/* struct watch.has; those of two directions: << dir */
#define WATCH_ACKED 0x01
#define WATCH_EDGE 0x04
#define WATCH_STAMP 0x10
#define WATCH_RST 0x40 /* the client sent one; 0x80: the server */

/* What is odd about the segment p, before the state of its flow takes it in. */
void
flow_segment_look(struct flow_table *t, struct flow *f, const struct packet *p, enum dir dir);

#endif
