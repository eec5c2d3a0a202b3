/* SPDX-License-Identifier: Apache-2.0 */
/*
 * await: what was brought out by the other end's acknowledgement (stream.wait-for-ack) waits for
 * the next packet of the end it is about: that packet says who speaks to whom. Who keeps something
 * here has an array of items; this says which of them are free, and which are due. Capped; what
 * finds no room is counted and written at once. One owner thread.
 *
 *     slot[]  | those that wait, as they came | those that are free |
 */
#ifndef WANGLOU_SRC_PROBE_AWAIT_H
#define WANGLOU_SRC_PROBE_AWAIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "probe/flow.h"
#include "probe/packet.h"

#define AWAIT_BOTH 2 /* for enum dir */

struct await_slot {
	const struct flow *flow;
	uint16_t item;
	uint8_t dir;
};

struct await {
	struct await_slot *slot;
	size_t n, most;
	uint64_t full; /* found no room */
};

/* For items 0 to most - 1. -1 when memory is out. */
int
await_open(struct await *a, uint16_t most);
/* A zeroed *a may be closed. What still waits is dropped. */
void
await_close(struct await *a);

/* The item that is filled next; false, and counted: all wait. */
bool
await_room(struct await *a, size_t *item);
/* It waits for a packet of this flow and direction from now on. */
void
await_put(struct await *a, const struct flow *f, unsigned dir);

/* Hand over, in the order they came, those of this flow (NULL: of all) and direction; each is free
 * when `take` returns. */
typedef void (*await_fn)(void *context, size_t item);
void
await_take(struct await *a, const struct flow *f, unsigned dir, await_fn take, void *context);

/* In place of a packet, at the end of the flow: of that direction, without bytes. */
struct packet
await_packet(const struct flow *f, unsigned dir);

#endif
