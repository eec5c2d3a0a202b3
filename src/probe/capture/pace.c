/* SPDX-License-Identifier: Apache-2.0 */
/* pace: see pace.h. */
#include "pace.h"

#define SECOND 1000000000ull
#define AHEAD (3600 * SECOND)
#define BACK (60 * SECOND)

uint64_t
pace_due(struct pace *p, uint64_t ts, uint64_t now)
{
	bool jumps = ts > p->last ? ts - p->last > AHEAD : p->last - ts > BACK;

	if (!p->running || jumps) {
		p->running = true;
		p->from_ts = ts;
		p->from = now;
	}
	p->last = ts;
	return p->from + (ts > p->from_ts ? (ts - p->from_ts) / p->speed : 0);
}
