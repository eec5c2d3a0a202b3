/* SPDX-License-Identifier: Apache-2.0 */
/*
 * threshold and detection_filter: one entry a rule and tracked address, on the packet clock.
 *
 *     limit      the first `count` events of a span
 *     threshold  every `count`-th event, as long as they keep within the span
 *     both       once a span, at the `count`-th event
 *     filter     each event after the first `count` of a span
 *     backoff    the `count`-th, then each time the number has grown by the multiplier
 *
 * A rate_filter counts in the same way; with the event beyond its count it begins to hold. It ends
 * in the first whole second behind its timeout, with an event that neither counts nor is changed;
 * what was counted before still counts within its span. (So Suricata has it.)
 *
 * Open hashing into slab entries, oldest first in a list; at the cap the oldest goes.
 */
#include <stdlib.h>

#include "lib/hash.h"
#include "probe/match_limit.h"
#include "probe/match_run.h"

#define NS 1000000000ull

struct entry_key {
	uint32_t gid, sid;
	struct addr a, b;
	uint32_t ver, track;
};

struct entry {
	struct entry *chain;
	struct entry *older, *newer;
	struct entry_key key;
	uint32_t bucket;
	uint32_t count;
	struct match_tag tag;
	uint64_t next; /* backoff: the event that speaks again; rate_filter: since when it holds */
	uint64_t since;
};

struct match_rates {
	struct slab slab;
	struct entry **bucket;
	size_t mask;
	struct hash_key seed; /* with a known one, addresses are chosen to share a bucket */
	struct entry *oldest, *newest;
	struct match_xbits *marks;
	bool carried;
};

struct match_rates *
match_rates_new(uint64_t cap, struct hash_key seed)
{
	struct match_rates *t = calloc(1, sizeof(*t));
	size_t n = 64;
	if (!t)
		return NULL;
	while (n < cap && n < 1u << 20)
		n *= 2;
	t->bucket = calloc(n, sizeof(struct entry *));
	t->marks = match_xbits_new(cap, seed);
	if (!t->bucket || !t->marks) {
		free(t->bucket);
		match_xbits_free(t->marks);
		free(t);
		return NULL;
	}
	t->mask = n - 1;
	t->seed = seed;
	slab_init(&t->slab, sizeof(struct entry), cap ? cap : 1);
	return t;
}

void
match_rates_free(struct match_rates *t)
{
	if (!t)
		return;
	match_xbits_free(t->marks);
	slab_fini(&t->slab);
	free(t->bucket);
	free(t);
}

void
match_rates_carried(struct match_rates *t)
{
	t->carried = true;
}

struct match_xbits *
match_rates_xbits(struct match_rates *t)
{
	return t->marks;
}

static struct entry_key
key_of(const struct match_rate *rate, const struct match_rate_key *k)
{
	struct entry_key key = {
		.gid = k->gid, .sid = k->sid, .track = rate->track | (uint32_t)rate->nth << 8
	};
	if (rate->track == MATCH_BY_RULE)
		return key;
	if (rate->track == MATCH_BY_FLOW) {
		key.a.q[0] = k->flow;
		return key;
	}
	key.ver = k->ver;
	bool turned = rate->track == MATCH_BY_BOTH && addr_cmp(k->src, k->dst) > 0;
	if (rate->track != MATCH_BY_DST)
		key.a = turned ? *k->dst : *k->src;
	if (rate->track != MATCH_BY_SRC)
		key.b = turned ? *k->src : *k->dst;
	return key;
}

static void
unlink_entry(struct match_rates *t, struct entry *e)
{
	*(e->older ? &e->older->newer : &t->oldest) = e->newer;
	*(e->newer ? &e->newer->older : &t->newest) = e->older;
}

static void
link_newest(struct match_rates *t, struct entry *e)
{
	e->older = t->newest;
	e->newer = NULL;
	*(t->newest ? &t->newest->newer : &t->oldest) = e;
	t->newest = e;
}

static void
drop_oldest(struct match_rates *t)
{
	struct entry *e = t->oldest, **at = &t->bucket[e->bucket];
	while (*at != e)
		at = &(*at)->chain;
	*at = e->chain;
	unlink_entry(t, e);
	slab_put(&t->slab, e);
}

/* The entry of this key, NULL when there is none. */
static struct entry *
entry_find(const struct match_rates *t, const struct entry_key *key, uint32_t *bucket)
{
	*bucket = (uint32_t)(hash_fast(t->seed, key, sizeof(*key)) & t->mask);
	struct entry *e = t->bucket[*bucket];
	while (e && memcmp(&e->key, key, sizeof(*key)) != 0)
		e = e->chain;
	return e;
}

/* The same, made when there is none (count 0); NULL when memory is out. */
static struct entry *
entry_get(struct match_rates *t, const struct entry_key *key, uint64_t *evicted)
{
	uint32_t b;
	struct entry *e = entry_find(t, key, &b);
	if (e) {
		unlink_entry(t, e);
		link_newest(t, e);
		return e;
	}
	e = slab_get(&t->slab);
	if (!e && t->oldest) {
		drop_oldest(t);
		(*evicted)++;
		e = slab_get(&t->slab);
	}
	if (!e)
		return NULL;
	e->key = *key;
	e->bucket = b;
	e->chain = t->bucket[b];
	t->bucket[b] = e;
	link_newest(t, e);
	return e;
}

static bool
decide(struct entry *e, const struct match_rate *rate)
{
	switch (rate->type) {
	case MATCH_RATE_LIMIT:
		return e->count <= rate->count;
	case MATCH_RATE_THRESHOLD:
		if (e->count < rate->count)
			return false;
		e->count = 0;
		return true;
	case MATCH_RATE_BOTH:
		return e->count == rate->count;
	case MATCH_RATE_FILTER:
		return e->count > rate->count;
	case MATCH_RATE_BACKOFF:
		if (e->count < (e->next ? e->next : rate->count))
			return false;
		e->next = (uint64_t)e->count * rate->multiplier;
		return true;
	default:
		return true;
	}
}

static void
count_one(const struct match_rates *t, struct entry *e, const struct match_rate *rate, uint64_t now)
{
	bool within = now < e->since ? t->carried : now - e->since <= rate->span;
	if (e->since == 0 || !within) {
		e->since = now;
		e->count = 0;
		e->next = 0;
	}
	if (e->count < UINT32_MAX)
		e->count++;
}

bool
match_rates_allow(struct match_rates *t, const struct match_rate *rate,
    const struct match_rate_key *k, uint64_t now, uint64_t *evicted)
{
	if (rate->type == MATCH_RATE_NONE)
		return true;
	struct entry_key key = key_of(rate, k);
	struct entry *e = entry_get(t, &key, evicted);
	if (!e)
		return true;
	count_one(t, e, rate, now);
	return decide(e, rate);
}

bool
match_rates_over(struct match_rates *t, const struct match_rate_filter *f,
    const struct match_rate_key *k, uint64_t now, uint64_t *evicted)
{
	struct entry_key key = key_of(&f->rate, k);
	struct entry *e = entry_get(t, &key, evicted);
	if (!e)
		return false;
	if (e->next) {
		bool holds =
		    now < e->next ? t->carried : (now / NS - e->next / NS) * NS <= f->timeout;
		e->next = holds ? e->next : 0;
		return holds;
	}
	count_one(t, e, &f->rate, now);
	if (e->count <= f->rate.count)
		return false;
	e->next = now ? now : 1;
	return true;
}

/* ---- tags of hosts ---- */

#define TAGS 0x10000 /* entry_key.track of what is no rule's */

static struct entry_key
key_of_host(const struct addr *a, uint8_t ver)
{
	return (struct entry_key){ .a = *a, .ver = ver, .track = TAGS };
}

void
match_rates_tag(struct match_rates *t, const struct addr *a, uint8_t ver,
    const struct match_tag *tag, uint64_t *evicted)
{
	struct entry_key key = key_of_host(a, ver);
	struct entry *e = entry_get(t, &key, evicted);
	if (e)
		e->tag = *tag;
}

bool
match_rates_tagged(
    struct match_rates *t, const struct addr *a, uint8_t ver, uint64_t now, uint64_t bytes)
{
	struct entry_key key = key_of_host(a, ver);
	uint32_t bucket;
	struct entry *e = entry_find(t, &key, &bucket);
	return e && match_tag_counts(&e->tag, now, bytes);
}
