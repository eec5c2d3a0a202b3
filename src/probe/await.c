/* SPDX-License-Identifier: Apache-2.0 */
/* What waits for a packet of its sender: see await.h. */
#include "await.h"

#include <stdlib.h>

int
await_open(struct await *a, uint16_t most)
{
	*a = (struct await){ .slot = calloc(most, sizeof(*a->slot)), .most = most };
	for (uint16_t i = 0; a->slot && i < most; i++)
		a->slot[i].item = i;
	return a->slot ? 0 : -1;
}

void
await_close(struct await *a)
{
	free(a->slot);
	*a = (struct await){ 0 };
}

bool
await_room(struct await *a, size_t *item)
{
	if (a->n == a->most) {
		a->full++;
		return false;
	}
	*item = a->slot[a->n].item;
	return true;
}

void
await_put(struct await *a, const struct flow *f, unsigned dir)
{
	struct await_slot *s = &a->slot[a->n++];

	s->flow = f;
	s->dir = (uint8_t)dir;
}

void
await_take(struct await *a, const struct flow *f, unsigned dir, await_fn take, void *context)
{
	size_t kept = 0;

	for (size_t i = 0; i < a->n; i++) {
		struct await_slot s = a->slot[i];
		if ((!f || s.flow == f) && (dir == AWAIT_BOTH || s.dir == dir)) {
			take(context, s.item);
		} else {
			a->slot[i] = a->slot[kept];
			a->slot[kept++] = s;
		}
	}
	a->n = kept;
}

struct packet
await_packet(const struct flow *f, unsigned dir)
{
	bool back = dir == DIR_TO_CLIENT;
	struct packet p = {
		.frame = { .ts = f->last, .number = f->last_number, .source = f->source },
		.src = back ? f->key.server : f->key.client,
		.dst = back ? f->key.client : f->key.server,
		.sport = back ? f->key.sport : f->key.cport,
		.dport = back ? f->key.cport : f->key.sport,
		.ip_ver = f->key.ip_ver,
		.proto = f->key.proto,
	};
	p.vlan_n = (uint8_t)flow_vlans(f, p.vlan);
	return p;
}
