/* SPDX-License-Identifier: Apache-2.0 */
#include "pktclock.h"

#define SECOND 1000000000u
#define BACK (60ull * SECOND) /* queues and merged captures disorder packets by less */
#define AHEAD                                                                                      \
	(3600ull *                                                                                 \
	    SECOND) /* a quiet line pauses for less; a longer pause costs one packet's delay */

void
pktclock_start(struct pktclock *c, uint64_t ts)
{
	*c = (struct pktclock){ .now = ts };
}

static uint64_t
apart(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

bool
pktclock_take(struct pktclock *c, uint64_t ts)
{
	bool back = ts < c->now;
	uint64_t off = apart(ts, c->now);

	if (off > (back ? BACK : AHEAD)) {
		bool agreed = c->odd && apart(ts, c->odd) <= BACK;
		c->odd = agreed ? 0 : ts;
		if (agreed)
			c->now = ts;
		return agreed && back;
	}
	c->odd = 0;
	if (!back)
		c->now = ts;
	return false;
}
