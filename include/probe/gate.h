/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gate: the way to what workers share.
 *
 * Workers share next to nothing. What several of them must know together (thresholds by address,
 * nDPI's memory of other flows) is used between gate_enter and gate_leave. Live that is a lock; in
 * replay it also waits until every earlier packet is done, so that the answer is the one a single
 * worker would get. One gate a worker, used by its thread alone.
 */
#ifndef WANGLOU_PROBE_GATE_H
#define WANGLOU_PROBE_GATE_H

#include <stddef.h>

struct gate {
	void (*enter)(void *context);
	void (*leave)(void *context);
	void *context;
};

/* NULL: there is one worker, nothing is shared. */
static inline void
gate_enter(const struct gate *g)
{
	if (g)
		g->enter(g->context);
}

static inline void
gate_leave(const struct gate *g)
{
	if (g)
		g->leave(g->context);
}

#endif
