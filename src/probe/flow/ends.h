/* SPDX-License-Identifier: Apache-2.0 */
/* flow: who is the client. Nobody else includes this. */
#ifndef WANGLOU_PROBE_FLOW_ENDS_H
#define WANGLOU_PROBE_FLOW_ENDS_H

#include "internal.h"

/* Client, server and FLOW_TURNED of a new flow, by its first packet; *dir is that packet's. */
void
flow_set_ends(const struct flow_table *t, struct flow *f, const struct packet *p, enum dir *dir);

/* A packet with payload of a flow that was picked up midway: when it is the first and shows that
 * the ends are the other way round, they are exchanged, and *dir with them. */
void
flow_turn_late(struct flow_table *t, struct flow *f, const struct packet *p, enum dir *dir);

#endif
