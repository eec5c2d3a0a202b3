/* SPDX-License-Identifier: Apache-2.0 */
/*
 * now: the machine's clocks, for programs and for what waits or stamps. A stage that looks at
 * packets is given its time instead. Any thread.
 *
 * steady never goes back and stops while the machine sleeps: for waiting. real is the time of day
 * since 1970 UTC and may be set: for stamps.
 */
#ifndef WANGLOU_LIB_NOW_H
#define WANGLOU_LIB_NOW_H

#include <stdint.h>
#include <time.h>

/* Nanoseconds of a clock. */
static inline uint64_t
now_of(clockid_t which)
{
	struct timespec t;

	(void)clock_gettime(which, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* For waiting. */
static inline uint64_t
now_steady_ns(void)
{
	return now_of(CLOCK_MONOTONIC);
}

static inline uint64_t
now_steady_ms(void)
{
	return now_steady_ns() / 1000000;
}

/* For stamps. */
static inline uint64_t
now_real_ns(void)
{
	return now_of(CLOCK_REALTIME);
}

static inline uint64_t
now_real_ms(void)
{
	return now_real_ns() / 1000000;
}

#endif
