/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bare: segments without payload, as a flow had them. nDPI's state is large, and a flow gets one
 * only when it has something to say; the segments that came before are then made again for it.
 * Inside src/probe/identify only.
 */
#ifndef WANGLOU_PROBE_IDENTIFY_BARE_H
#define WANGLOU_PROBE_IDENTIFY_BARE_H

#include "probe/flow.h"

#define BARE_MAX 60  /* an IPv6 and a TCP header */
#define BARE_COUNT 4 /* SYN and another of each direction */

/* The packet that is still to be given; none: counts of zero, and where each direction ended. */
struct bare_now {
	uint8_t count[2];
	uint32_t next[2]; /* number of the first byte each direction has not sent before it */
};

/*
 * The i-th (0..) segment that the flow had before, in the order of a handshake: a SYN of each
 * direction that sent one, then one more of each that sent others. Returns its bytes; 0 when there
 * is no such segment.
 */
size_t
bare_segment(const struct flow *f, unsigned i, const struct bare_now *now, uint8_t out[BARE_MAX]);

#endif
