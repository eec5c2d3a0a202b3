/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pktclock: what time is it, going by packets whose time may jump?
 *
 * Runs forward with the packets. One packet that is far off (a damaged record, a second capture
 * point with another clock) does not move it; a second one that agrees with the first does, in
 * either direction, so that a clock that was set is followed. Plain data; owns nothing. One thread.
 */
#ifndef WANGLOU_PROBE_PKTCLOCK_H
#define WANGLOU_PROBE_PKTCLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct pktclock {
	uint64_t now; /* ns since 1970 */
	uint64_t odd; /* time of a packet that was far off, until another decides; 0: none */
};

/* Begin at ts. */
void
pktclock_start(struct pktclock *c, uint64_t ts);

/* Take a packet's time. True when the clock went back: what was noted before is from the future. */
bool
pktclock_take(struct pktclock *c, uint64_t ts);

#endif
