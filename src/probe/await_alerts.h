/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts that wait for a packet of the end they are about: see await.h. */
#ifndef WANGLOU_SRC_PROBE_AWAIT_ALERTS_H
#define WANGLOU_SRC_PROBE_AWAIT_ALERTS_H

#include "await.h"
#include "probe/output.h"

struct await_alerts;

/* NULL when memory is out. */
struct await_alerts *
await_alerts_new(void);

/* NULL is allowed, here and for the questions. What still waits is dropped. */
void
await_alerts_free(struct await_alerts *l);

bool
await_alerts_any(const struct await_alerts *l);
/* How many found no room. */
uint64_t
await_alerts_full(const struct await_alerts *l);

/* Keep a copy of the alert, whose rule set must stay until it is taken. False: no room. */
bool
await_alerts_keep(
    struct await_alerts *l, struct output *o, const struct output_scene *s, const struct alert *a);

/* Hand over those of this flow (NULL: of all) about that direction. */
typedef void (*await_alerts_fn)(void *context, struct flow *f, struct alert *a);
void
await_alerts_take(struct await_alerts *l, const struct flow *f, unsigned dir, await_alerts_fn take,
    void *context);

#endif
