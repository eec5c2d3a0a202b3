/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/callback.h"

#include <stdlib.h>
#include <string.h>

#include "lib/slab.h"
#include "probe/verdict.h"
#include "table.h"

#define FTP_DATA 20 /* servers call from there what clients asked for */

struct waiting {
	uint64_t alert, until;
	uint8_t how, said; /* said: enum verdict */
};

struct pair_key {
	struct addr victim, callee;
	uint64_t ver;
};

struct pair {
	struct table_node node;
	struct age_node age; /* by the latest alert */
	struct pair_key key;
	uint64_t until;
	uint8_t n;
	struct waiting alert[CALLBACK_ALERTS];
};

struct callback {
	struct table pairs;
	struct age_list ages;
	struct slab slab;
	struct hash_key seed;
	uint64_t window;
};

struct callback *
callback_new(uint64_t max_pairs, uint64_t window, struct hash_key seed)
{
	struct callback *c = calloc(1, sizeof(*c));
	if (!c || !table_init(&c->pairs, max_pairs)) {
		free(c);
		return NULL;
	}
	slab_init(&c->slab, sizeof(struct pair), (size_t)max_pairs);
	c->seed = seed;
	c->window = window;
	return c;
}

void
callback_free(struct callback *c)
{
	if (!c)
		return;
	table_fini(&c->pairs);
	slab_fini(&c->slab);
	free(c);
}

static struct pair *
find(const struct callback *c, const struct pair_key *key, uint64_t hash)
{
	struct table_node *node = table_first(&c->pairs, hash);
	for (; node; node = table_next(node)) {
		struct pair *p = table_of(node, struct pair, node);
		if (memcmp(&p->key, key, sizeof(*key)) == 0)
			return p;
	}
	return NULL;
}

static void
drop(struct callback *c, struct pair *p)
{
	table_remove(&c->pairs, &p->node);
	age_remove(&c->ages, &p->age);
	slab_put(&c->slab, p);
}

static struct pair *
oldest(const struct callback *c)
{
	return c->ages.oldest ? table_of(c->ages.oldest, struct pair, age) : NULL;
}

/* NULL: out of memory. */
static struct pair *
make(struct callback *c, const struct pair_key *key, uint64_t hash)
{
	struct pair *p = slab_get(&c->slab);
	if (!p && oldest(c)) {
		drop(c, oldest(c));
		p = slab_get(&c->slab);
	}
	if (!p)
		return NULL;
	p->key = *key;
	table_add(&c->pairs, &p->node, hash);
	age_add(&c->ages, &p->age);
	return p;
}

static void
wait_for(struct callback *c, const struct notice_record *r)
{
	struct pair_key key = { r->server, r->client, r->ip_ver };
	uint64_t hash = hash_fast(c->seed, &key, sizeof(key));

	while (oldest(c) && oldest(c)->until < r->ts)
		drop(c, oldest(c));
	struct pair *p = find(c, &key, hash);
	if (!p && !(p = make(c, &key, hash)))
		return;
	for (uint8_t i = 0; i < p->n; i++)
		if (p->alert[i].alert == r->alert)
			return;
	if (p->n == CALLBACK_ALERTS)
		memmove(p->alert, p->alert + 1, --p->n * sizeof(p->alert[0]));
	p->until = r->ts + c->window;
	p->alert[p->n++] = (struct waiting){ r->alert, p->until, r->how, VERDICT_NONE };
	age_remove(&c->ages, &p->age);
	age_add(&c->ages, &p->age);
}

/* A name that was resolved for an infected host: that it asks there is known, not that it worked.
 */
static uint8_t
why_of(uint8_t how, bool answered)
{
	if (how == VERDICT_TO_NAME)
		return VERDICT_WHY_NAME_ASKED;
	if (how == VERDICT_TO_RESOLVED)
		return answered ? VERDICT_WHY_C2_CONTACTED : VERDICT_WHY_NONE;
	return answered ? VERDICT_WHY_CALLBACK : VERDICT_WHY_CALLBACK_TRIED;
}

size_t
callback_record(
    struct callback *c, const struct notice_record *r, struct callback_said out[CALLBACK_ALERTS])
{
	bool answered = r->kind == NOTICE_CONTACT_OK;
	struct pair_key key = { r->client, r->server, r->ip_ver };
	size_t n = 0;

	if (r->kind == NOTICE_WATCH)
		wait_for(c, r);
	bool asks = r->kind == NOTICE_NAME, begins = answered || r->kind == NOTICE_CONTACT_NEW;
	if (!(asks || begins) || !c->ages.oldest || (begins && (r->cport == FTP_DATA || !r->sport)))
		return 0;
	struct pair *p = find(c, &key, hash_fast(c->seed, &key, sizeof(key)));
	for (uint8_t i = 0; p && i < p->n; i++) {
		struct waiting *w = &p->alert[i];
		const struct verdict_reason *why = verdict_reason(why_of(w->how, answered));
		if (!why || r->ts > w->until || why->verdict <= w->said)
			continue;
		w->said = why->verdict;
		out[n++] = (struct callback_said){ w->alert, r->ts, r->client, r->server, r->cport,
			r->sport, r->ip_ver, r->proto, why_of(w->how, answered) };
		if (asks) { /* the resolver it asked */
			out[n - 1].callee = r->asked;
			out[n - 1].ver = r->ver;
		}
	}
	return n;
}
