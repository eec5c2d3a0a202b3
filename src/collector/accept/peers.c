/* SPDX-License-Identifier: Apache-2.0 */
/* accept, who is there: see internal.h. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static bool
same_id(const struct zsock_peer *a, const struct zsock_peer *b)
{
	return a->len == b->len && memcmp(a->id, b->id, ZSOCK_PEER) == 0;
}

/* A free slot, or that of the peer longest silent. */
static struct accept_peer *
slot(struct accept *a)
{
	struct accept_peer *oldest = NULL;
	for (uint32_t i = 0; i < a->peers; i++) {
		struct accept_peer *p = &a->peer[i];
		if (!p->used)
			return p;
		if (!oldest || p->seen < oldest->seen)
			oldest = p;
	}
	return a->peers < a->c.peers_max ? &a->peer[a->peers++] : oldest;
}

struct accept_peer *
peer_of(struct accept *a, const struct zsock_message *m)
{
	for (uint32_t i = 0; i < a->peers; i++)
		if (a->peer[i].used && same_id(&a->peer[i].id, &m->from))
			return &a->peer[i];
	struct accept_peer *p = slot(a);
	*p = (struct accept_peer){ .used = true, .id = m->from };
	memcpy(p->key, m->key, KEYS_SIZE);
	keys_origin(p->key, p->origin);
	p->ignored = !probe_of(a, p->key, &p->probe);
	return p;
}

void
peers_expire(struct accept *a)
{
	uint64_t limit = (uint64_t)a->c.silence_ms * 1000000;
	for (uint32_t i = 0; i < a->peers; i++)
		if (a->peer[i].used && a->now > a->peer[i].seen + limit)
			a->peer[i].used = false;
}

void
peers_recheck(struct accept *a)
{
	for (uint32_t i = 0; i < a->peers; i++)
		if (a->peer[i].used && !keys_allowed_find(a->allowed, a->peer[i].key))
			a->peer[i].ignored = true;
}

struct accept_probe_stats *
probe_of(struct accept *a, const uint8_t key[KEYS_SIZE], uint32_t *index)
{
	uint8_t origin[KEYS_ORIGIN];
	const char *name = keys_allowed_find(a->allowed, key);
	keys_origin(key, origin);
	if (!name)
		return NULL;
	for (*index = 0; *index < a->probes; (*index)++)
		if (memcmp(a->probe[*index].origin, origin, KEYS_ORIGIN) == 0)
			return &a->probe[*index];
	if (a->probes == a->probes_room) {
		uint32_t room = a->probes_room ? 2 * a->probes_room : 16;
		struct accept_probe_stats *more = realloc(a->probe, room * sizeof(*more));
		if (!more)
			return NULL;
		a->probe = more;
		a->probes_room = room;
	}
	struct accept_probe_stats *p = &a->probe[a->probes++];
	*p = (struct accept_probe_stats){ 0 };
	strcpy(p->name, name);
	memcpy(p->origin, origin, KEYS_ORIGIN);
	return p;
}
