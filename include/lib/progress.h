/* SPDX-License-Identifier: Apache-2.0 */
/*
 * progress: one line on a terminal that is written over: packets, share done, rate, time left.
 *
 * Says nothing when the descriptor is no terminal. The time is passed in. Touches one descriptor
 * (stderr). One thread.
 */
#ifndef WANGLOU_LIB_PROGRESS_H
#define WANGLOU_LIB_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#define PROGRESS_TEXT 160

struct progress {
	int fd;
	bool on;        /* fd is a terminal */
	bool shown;     /* a line stands there */
	uint64_t start; /* ns, any monotonic clock */
	uint64_t last;  /* when the line was written */
};

/* Begin at `now` (ns). */
void
progress_init(struct progress *p, int fd, uint64_t now);

/*
 * The work stands at `packets` and `done` of `total` bytes (total 0: unknown). Writes at most 5
 * times a second; otherwise costs a comparison.
 */
void
progress_show(struct progress *p, uint64_t now, uint64_t packets, uint64_t done, uint64_t total);

/* Take the line away, so that other lines do not mix with it. */
void
progress_clear(struct progress *p);

/* The line's text, for progress_show and tests: "1234567 packets  42 %  310000/s  0:17 left". */
void
progress_text(
    char out[PROGRESS_TEXT], uint64_t elapsed_ns, uint64_t packets, uint64_t done, uint64_t total);

#endif
