/* SPDX-License-Identifier: Apache-2.0 */
/*
 * later: alerts about what one end sent, raised when the other end acknowledged it
 * (stream.wait-for-ack), wait for the next packet of the end they are about: that packet says who
 * speaks to whom. Capped; beyond, an alert is written at once. One owner thread.
 */
#ifndef WANGLOU_SRC_PROBE_LATER_H
#define WANGLOU_SRC_PROBE_LATER_H

#include "probe/output.h"

struct later;

/* NULL when memory is out. */
struct later *
later_new(void);

/* NULL is allowed. What still waits is dropped. */
void
later_free(struct later *l);

/* Does any alert wait? */
bool
later_any(const struct later *l);

/* Keep a copy of the alert, whose rule set must stay until it is taken. False: no room. */
bool
later_keep(struct later *l, struct output *o, const struct output_scene *s, const struct alert *a);

#define LATER_BOTH 2 /* for enum dir */

/* Hand over, in the order they came, those of this flow (NULL: of all) about that direction; each
 * is forgotten when `take` returns. */
typedef void (*later_fn)(void *context, struct flow *f, struct alert *a);
void
later_take(struct later *l, const struct flow *f, unsigned dir, later_fn take, void *context);

/* In place of a packet, at the end of the flow: of that direction, without bytes. */
struct packet
later_packet(const struct flow *f, unsigned dir);

#endif
