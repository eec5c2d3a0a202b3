/* SPDX-License-Identifier: Apache-2.0 */
#include "item.h"

static void
say(struct l7 *l, struct l7_flow *lf, struct l7_item *item, uint8_t ready, enum dir dir)
{
	item->has |= ready;
	const struct l7_tx out = { .proto = lf->proto,
		.ready = ready,
		.has = item->has,
		.dir = (uint8_t)dir,
		.id = item->id,
		.data = item };
	l7_say(l, lf, &out);
}

void *
l7_item_new(struct l7 *l, struct l7_flow *lf, struct l7_items *q)
{
	if (q->live >= l->config.max_tx_per_flow) {
		if (!lf->crowded) {
			l7_odd(l, lf, "too_many_transactions", -1, DIR_TO_SERVER);
			l->count.of[lf->proto][lf->tcp].parser += !lf->bad;
		}
		lf->crowded = true;
		return NULL;
	}
	struct l7_item *item = slab_get(&l->txs[lf->proto]);
	if (!item)
		return NULL;
	item->id = lf->next_id++;
	*(q->newest ? &q->newest->next : &q->oldest) = item;
	q->newest = item;
	q->live++;
	return item;
}

void
l7_item_say(struct l7 *l, struct l7_flow *lf, const void *item, uint8_t ready, enum dir dir)
{
	say(l, lf, (void *)(uintptr_t)item, ready, dir);
}

void
l7_item_done(
    struct l7 *l, struct l7_flow *lf, struct l7_items *q, void *item, uint8_t ready, enum dir dir)
{
	struct l7_item *before = NULL, *at = q->oldest;
	while (at && at != item) {
		before = at;
		at = at->next;
	}
	if (!at)
		return;
	*(before ? &before->next : &q->oldest) = at->next;
	if (q->newest == at)
		q->newest = before;
	q->live--;
	at->next = NULL;
	l7_counted(l, lf->proto);
	say(l, lf, at, (uint8_t)(ready | L7_READY_EVENT), dir);
}

void
l7_items_finish(struct l7 *l, struct l7_flow *lf, struct l7_items *q, enum dir dir)
{
	while (q->oldest)
		l7_item_done(l, lf, q, q->oldest, 0, dir);
}

void
l7_item_release(struct l7 *l, struct l7_flow *lf, const void *data)
{
	struct l7_item *item = (void *)(uintptr_t)data;
	bag_empty(&l->texts, &item->bag);
	slab_put(&l->txs[lf->proto], item);
}

void
l7_items_drop(struct l7 *l, struct l7_flow *lf, struct l7_items *q)
{
	while (q->oldest) {
		struct l7_item *next = q->oldest->next;
		l7_item_release(l, lf, q->oldest);
		q->oldest = next;
	}
	*q = (struct l7_items){ 0 };
}

static struct l7_items *
items_of(const struct l7_flow *lf)
{
	return (void *)((char *)lf->state + l7_row(lf->proto)->items_at);
}

void
l7_items_end(struct l7 *l, struct l7_flow *lf)
{
	l7_items_finish(l, lf, items_of(lf), DIR_TO_SERVER);
}

void
l7_items_close(struct l7 *l, struct l7_flow *lf)
{
	l7_items_drop(l, lf, items_of(lf));
}

struct view
l7_text(struct l7 *l, void *item, struct view from, size_t max)
{
	struct l7_item *i = item;
	struct view kept = bag_keep(&l->texts, &i->bag, from, max);
	l->count.text_cut = l->texts.cut;
	return kept;
}

void *
l7_once(struct l7 *l, size_t n)
{
	void *p = scratch_get(&l->scratch, n);
	l->count.over_cap += !p;
	return p;
}

uint64_t
l7_once_say(struct l7 *l, struct l7_flow *lf, const void *data, uint8_t ready, enum dir dir)
{
	ready |= L7_READY_EVENT;
	const struct l7_tx out = { .proto = lf->proto,
		.ready = ready,
		.has = ready,
		.dir = (uint8_t)dir,
		.id = lf->next_id++,
		.data = data };
	l7_counted(l, lf->proto);
	l7_say(l, lf, &out);
	return out.id;
}

const struct l7_counters *
l7_count(struct l7 *l)
{
	for (int i = L7_UNKNOWN + 1; i < L7_COUNT; i++)
		l->count.of[i][0].memory =
		    l->states[i].used * l->states[i].size + l->txs[i].used * l->txs[i].size;
	return &l->count;
}
