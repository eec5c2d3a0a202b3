/* SPDX-License-Identifier: Apache-2.0 */
/* flow: segments that wait. Private to src/probe/flow/. */
#ifndef WANGLOU_PROBE_FLOW_HELD_H
#define WANGLOU_PROBE_FLOW_HELD_H

#include "internal.h"

static inline uint32_t
held_end(const struct held *h)
{
	return h->seq + h->len;
}

/* Release what a direction holds, and what was given out for the last packet. */
void
held_release(struct flow_table *t, struct stream *s);
void
held_release_lent(struct flow_table *t);

/* Take a block out of its pile, whose last one takes the pile with it; then free it. */
void
held_drop(struct flow_table *t, struct stream *s, struct held *h);
void
held_free(struct flow_table *t, struct held *h);

/*
 * New bytes cover held ones. By the policy of their receiver (and always, when those were
 * doubtful and these are not) new ones win: then held ones are cut. Says whether any differ.
 */
bool
held_settle(
    struct flow_table *t, struct stream *s, const struct late *l, enum target_policy policy);

/* Keep the part of a segment that is not held already. False when memory is short. */
bool
held_keep(struct flow_table *t, struct stream *s, const struct late *l, uint8_t flags);

#endif
