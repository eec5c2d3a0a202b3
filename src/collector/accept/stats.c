/* SPDX-License-Identifier: Apache-2.0 */
/* accept, what others may see: see internal.h. */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define PUBLISH_EVERY 200000000ull /* ns */
#define QUIET 60000000000ull       /* ns without a refusal until it is said that they ended */

void
stats_refused(struct accept *a, const uint8_t key[KEYS_SIZE])
{
	char text[KEYS_Z85 + 1];
	unsigned i = 0;
	keys_to_z85(key, text);
	text[8] = '\0';
	while (i < ACCEPT_PREFIXES - 1 && a->count.refused[i].prefix[0] &&
	       strcmp(a->count.refused[i].prefix, text) != 0)
		i++;
	uint64_t count =
	    strcmp(a->count.refused[i].prefix, text) == 0 ? a->count.refused[i].count : 0;
	memmove(a->count.refused + 1, a->count.refused, i * sizeof(a->count.refused[0]));
	memcpy(a->count.refused[0].prefix, text, sizeof(a->count.refused[0].prefix));
	a->count.refused[0].count = count + 1;
	a->refused_at = a->now;
	log_state_set(
	    &a->refused_log, true, "a key that is not on the list was refused: %s...", text);
}

static void
watch(struct accept *a)
{
	if (a->refused_log.failing && a->now > a->refused_at + QUIET)
		log_state_set(&a->refused_log, false, "no more unknown keys");
	const struct zsock_counters *z = zsock_count(a->sock);
	if (z->holding != a->holding_log.failing)
		log_state_set(&a->holding_log, z->holding, "%s",
		    z->holding ? "too many unfinished connections: new ones are held off"
			       : "new connections are taken again");
	a->count.refused_keys = z->refused_key;
	a->count.refused_handshakes = z->refused_handshake;
	a->count.accepted = z->accepted;
	a->count.open = z->open;
	a->count.half_open = z->half_open;
	a->count.held_off = z->paused;
	a->count.holding_off = z->holding;
}

static void
mark_connected(struct accept *a)
{
	a->count.peers = 0;
	for (uint32_t i = 0; i < a->probes; i++)
		a->probe[i].connected = false;
	for (uint32_t i = 0; i < a->peers; i++) {
		const struct accept_peer *p = &a->peer[i];
		if (!p->used || !p->greeted || p->ignored)
			continue;
		a->count.peers++;
		a->probe[p->probe].connected = true;
	}
}

/* All keys of the list are shown, those never heard of too. */
static void
add_silent(struct accept *a)
{
	uint32_t unused;
	for (size_t i = 0; i < keys_allowed_count(a->allowed); i++)
		(void)probe_of(a, keys_allowed_at(a->allowed, i)->public_key, &unused);
}

void
stats_publish(struct accept *a)
{
	if (a->published && a->now < a->published + PUBLISH_EVERY)
		return;
	a->published = a->now;
	watch(a);
	add_silent(a);
	mark_connected(a);
	pthread_mutex_lock(&a->lock);
	struct accept_probe_stats *copy = realloc(a->public.probe, (a->probes + 1) * sizeof(*copy));
	if (copy) {
		memcpy(copy, a->probe, a->probes * sizeof(*copy));
		a->public = a->count;
		a->public.probe = copy;
		a->public.probes = a->probes;
	}
	pthread_mutex_unlock(&a->lock);
}

int
accept_stats(struct accept *a, struct accept_stats *out)
{
	int rc = -1;
	pthread_mutex_lock(&a->lock);
	*out = a->public;
	out->probe = malloc((out->probes + 1) * sizeof(*out->probe));
	if (out->probe) {
		if (out->probes)
			memcpy(out->probe, a->public.probe, out->probes * sizeof(*out->probe));
		rc = 0;
	} else {
		out->probes = 0;
	}
	pthread_mutex_unlock(&a->lock);
	return rc;
}

void
accept_stats_clear(struct accept_stats *s)
{
	free(s->probe);
	*s = (struct accept_stats){ 0 };
}
