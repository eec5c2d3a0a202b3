/* SPDX-License-Identifier: Apache-2.0 */
#include "scan.h"

#define TARGETS_PER_SOURCE 8 /* on average, over all sources */

struct source_key {
	struct addr addr;
	uint64_t ver;
};

static uint64_t
item_hash(const struct scan *s, const struct item_key *key)
{
	return hash_fast(s->env->config.seed, key, sizeof(*key));
}

static struct item *
item_find(const struct scan *s, const struct item_key *key, uint64_t hash)
{
	struct table_node *node = table_first(&s->items, hash);
	for (; node; node = table_next(node)) {
		struct item *it = table_of(node, struct item, node);
		if (it->source->serial == key->serial && it->kind == key->kind &&
		    it->port == key->port && it->proto == key->proto &&
		    addr_same(&it->host, &key->host))
			return it;
	}
	return NULL;
}

/* Drop the source's oldest item. */
static void
item_drop(struct scan *s, struct source *src)
{
	struct item *it = src->first;
	src->first = it->next;
	if (!src->first)
		src->last = NULL;
	if (it->kind == ITEM_TARGET)
		src->targets--;
	if (it->kind == ITEM_TARGET && it->outcome == WAITING)
		age_remove(&s->waiting, &it->age);
	table_remove(&s->items, &it->node);
	slab_put(&s->item_slab, it);
}

void
scan_source_forget(struct scan *s, struct source *src)
{
	while (src->first)
		item_drop(s, src);
	age_remove(src->reported ? &s->reported : &s->quiet, &src->age);
	table_remove(&s->sources, &src->node);
	slab_put(&s->source_slab, src);
}

/* The source to give up when room is needed: the oldest that is not `keep`, reported ones last. */
static struct source *
source_oldest(const struct scan *s, const struct source *keep)
{
	const struct age_list *lists[] = { &s->quiet, &s->reported };
	for (int i = 0; i < 2; i++) {
		struct age_node *node = lists[i]->oldest;
		if (node && table_of(node, struct source, age) == keep)
			node = node->newer;
		if (node)
			return table_of(node, struct source, age);
	}
	return NULL;
}

static struct item *
item_room(struct scan *s, struct source *src)
{
	for (;;) {
		struct item *it = slab_get(&s->item_slab);
		if (it)
			return it;
		struct source *victim = source_oldest(s, src);
		if (!victim && !src->first)
			return NULL;
		s->env->count.evicted++;
		if (victim)
			scan_source_forget(s, victim);
		else
			item_drop(s, src);
	}
}

static struct item *
item_add(struct scan *s, struct source *src, const struct item_key *key, uint64_t hash)
{
	struct item *it = item_room(s, src);
	if (!it)
		return NULL;
	it->source = src;
	it->host = key->host;
	it->port = key->port;
	it->proto = key->proto;
	it->kind = key->kind;
	if (src->last)
		src->last->next = it;
	else
		src->first = it;
	src->last = it;
	table_add(&s->items, &it->node, hash);
	return it;
}

/* True when this host (or port) is new in the episode. */
bool
scan_first_seen(struct scan *s, struct source *src, const struct item_key *key)
{
	uint64_t hash = item_hash(s, key);
	struct item *it = item_find(s, key, hash);
	if (it && it->episode == src->episode)
		return false;
	if (!it)
		it = item_add(s, src, key, hash);
	if (it)
		it->episode = src->episode;
	return true;
}

static struct source *
source_get(struct scan *s, const struct notice_record *r)
{
	struct source_key key = { .addr = r->client, .ver = r->ip_ver };
	uint64_t hash = hash_fast(s->env->config.seed, &key, sizeof(key));
	struct table_node *node = table_first(&s->sources, hash);
	for (; node; node = table_next(node)) {
		struct source *src = table_of(node, struct source, node);
		if (src->ver == r->ip_ver && addr_same(&src->addr, &r->client))
			return src;
	}
	struct source *src = slab_get(&s->source_slab);
	if (!src) {
		struct source *victim = source_oldest(s, NULL);
		if (!victim)
			return NULL;
		s->env->count.evicted++;
		scan_source_forget(s, victim);
		src = slab_get(&s->source_slab);
	}
	if (!src)
		return NULL;
	src->addr = r->client;
	src->ver = r->ip_ver;
	src->serial = ++s->serial;
	table_add(&s->sources, &src->node, hash);
	age_add(&s->quiet, &src->age);
	return src;
}

static void
source_touch(struct scan *s, struct source *src, uint64_t ts)
{
	struct age_list *l = src->reported ? &s->reported : &s->quiet;
	age_remove(l, &src->age);
	age_add(l, &src->age);
	if (ts > src->touched)
		src->touched = ts;
}

static struct item_key
key_of(const struct notice_record *r, const struct source *src)
{
	return (struct item_key){ .serial = src->serial,
		.host = r->server,
		.port = r->sport,
		.proto = r->proto,
		.kind = ITEM_TARGET };
}

struct item *
scan_target_new(struct scan *s, const struct notice_record *r)
{
	struct source *src = source_get(s, r);
	if (!src)
		return NULL;
	if (src->targets >= s->env->config.max_targets_per_source) {
		s->env->count.evicted++;
		for (uint64_t had = src->targets; src->first && src->targets == had;)
			item_drop(s, src);
	}
	struct item_key key = key_of(r, src);
	struct item *it = item_add(s, src, &key, item_hash(s, &key));
	if (!it)
		return NULL;
	it->ts = r->ts;
	src->targets++;
	age_add(&s->waiting, &it->age);
	source_touch(s, src, r->ts);
	return it;
}

struct item *
scan_target_find(struct scan *s, const struct notice_record *r)
{
	struct source *src = source_get(s, r);
	if (!src)
		return NULL;
	struct item_key key = key_of(r, src);
	return item_find(s, &key, item_hash(s, &key));
}

bool
scan_table_init(struct scan *s)
{
	const struct notice_config *c = &s->env->config;
	uint64_t items = TARGETS_PER_SOURCE * c->max_sources;
	if (items < c->max_targets_per_source)
		items = c->max_targets_per_source;
	items *= 2; /* and the hosts and ports they make */
	slab_init(&s->source_slab, sizeof(struct source), c->max_sources);
	slab_init(&s->item_slab, sizeof(struct item), items);
	return table_init(&s->sources, c->max_sources) && table_init(&s->items, items);
}

void
scan_table_fini(struct scan *s)
{
	table_fini(&s->sources);
	table_fini(&s->items);
	slab_fini(&s->source_slab);
	slab_fini(&s->item_slab);
}
