/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pace: when a frame of a replay is due. Pure. Private to src/probe/capture.
 */
#ifndef WANGLOU_SRC_CAPTURE_PACE_H
#define WANGLOU_SRC_CAPTURE_PACE_H

#include <stdbool.h>
#include <stdint.h>

/* Frames are due as far apart as they came, divided by `speed` (at least 1). Zeroed: at the
 * beginning of a capture. */
struct pace {
	unsigned speed;
	bool running;
	uint64_t from_ts, from; /* a frame, and when it was due */
	uint64_t last;          /* ts of the latest frame */
};

/*
 * When a frame with packet clock ts is due, on the clock of `now` (ns). A clock that jumps, by more
 * than an hour ahead or a minute back, is not waited for.
 */
uint64_t
pace_due(struct pace *p, uint64_t ts, uint64_t now);

#endif
