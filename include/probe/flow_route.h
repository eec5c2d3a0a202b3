/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow_route: to which worker does a packet go? All packets of a flow, and ICMP errors about it, to
 * the same. Pure, any thread.
 */
#ifndef WANGLOU_PROBE_FLOW_ROUTE_H
#define WANGLOU_PROBE_FLOW_ROUTE_H

#include <stdbool.h>
#include <stdint.h>

struct packet;

/* What spreads packets over workers: one number for all flows between two addresses, on every
 * machine. `vlan` and `tenant`: whether they are part of the key. */
uint64_t
flow_route(const struct packet *p, bool vlan, bool tenant);

/* The number of the flow that an ICMP error quotes; false when p is none. */
bool
flow_route_quoted(const struct packet *p, bool vlan, bool tenant, uint64_t *route);

#endif
