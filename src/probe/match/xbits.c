/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Marks that rules put on addresses, pairs of them and transactions: xbits and hostbits. Open
 * hashing into slab entries, oldest first in a list; at the cap the oldest goes.
 */
#include <stdlib.h>

#include "lib/hash.h"
#include "probe/match_run.h"

struct mark {
	struct mark *chain;
	struct mark *older, *newer;
	struct match_xbit_key key;
	uint64_t until;
	uint32_t bucket;
};

struct match_xbits {
	struct slab slab;
	struct mark **bucket;
	size_t mask;
	struct hash_key seed;
	struct mark *oldest, *newest;
};

struct match_xbits *
match_xbits_new(uint64_t cap, struct hash_key seed)
{
	struct match_xbits *t = calloc(1, sizeof(*t));
	size_t n = 64;
	if (!t)
		return NULL;
	while (n < cap && n < 1u << 16)
		n *= 2;
	t->bucket = calloc(n, sizeof(struct mark *));
	if (!t->bucket) {
		free(t);
		return NULL;
	}
	t->mask = n - 1;
	t->seed = seed;
	slab_init(&t->slab, sizeof(struct mark), cap ? cap : 1);
	return t;
}

void
match_xbits_free(struct match_xbits *t)
{
	if (!t)
		return;
	slab_fini(&t->slab);
	free(t->bucket);
	free(t);
}

static struct mark **
place_of(struct match_xbits *t, const struct match_xbit_key *key, uint32_t *bucket)
{
	*bucket = (uint32_t)(hash_fast(t->seed, key, sizeof(*key)) & t->mask);
	struct mark **at = &t->bucket[*bucket];
	while (*at && memcmp(&(*at)->key, key, sizeof(*key)) != 0)
		at = &(*at)->chain;
	return at;
}

static void
drop(struct match_xbits *t, struct mark **at)
{
	struct mark *e = *at;
	*at = e->chain;
	*(e->older ? &e->older->newer : &t->oldest) = e->newer;
	*(e->newer ? &e->newer->older : &t->newest) = e->older;
	slab_put(&t->slab, e);
}

bool
match_xbit_has(struct match_xbits *t, const struct match_xbit_key *key, uint64_t now)
{
	uint32_t bucket;
	struct mark **at = place_of(t, key, &bucket);
	if (!*at || (*at)->until >= now)
		return *at != NULL;
	drop(t, at);
	return false;
}

void
match_xbit_drop(struct match_xbits *t, const struct match_xbit_key *key)
{
	uint32_t bucket;
	struct mark **at = place_of(t, key, &bucket);
	if (*at)
		drop(t, at);
}

void
match_xbit_put(
    struct match_xbits *t, const struct match_xbit_key *key, uint64_t until, uint64_t *evicted)
{
	uint32_t bucket;
	struct mark **at = place_of(t, key, &bucket), *e = *at;
	if (e) {
		e->until = until;
		return;
	}
	e = slab_get(&t->slab);
	if (!e && t->oldest) {
		struct mark **old = &t->bucket[t->oldest->bucket];
		while (*old != t->oldest)
			old = &(*old)->chain;
		drop(t, old);
		(*evicted)++;
		e = slab_get(&t->slab);
	}
	if (!e)
		return;
	e->key = *key;
	e->until = until;
	e->bucket = bucket;
	e->chain = t->bucket[bucket];
	t->bucket[bucket] = e;
	e->older = t->newest;
	e->newer = NULL;
	*(t->newest ? &t->newest->newer : &t->oldest) = e;
	t->newest = e;
}
