/* SPDX-License-Identifier: Apache-2.0 */
/* Alerts that wait; their texts are kept for the next ones. */
#include "await_alerts.h"

#include <stdlib.h>

#include "probe/verdict.h"

#define MOST 256
#define TEXT_MAX 65536

struct item {
	struct flow *flow;
	struct alert alert;
	struct alert_parts parts;
	struct verdict_said judged;
};

struct await_alerts {
	struct await await;
	struct item item[MOST];
};

struct await_alerts *
await_alerts_new(void)
{
	struct await_alerts *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	for (size_t i = 0; i < MOST; i++)
		buf_init(&l->item[i].parts.text, TEXT_MAX);
	if (await_open(&l->await, MOST) == 0)
		return l;
	await_alerts_free(l);
	return NULL;
}

void
await_alerts_free(struct await_alerts *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < MOST; i++)
		buf_fini(&l->item[i].parts.text);
	await_close(&l->await);
	free(l);
}

bool
await_alerts_any(const struct await_alerts *l)
{
	return l && l->await.n;
}

uint64_t
await_alerts_full(const struct await_alerts *l)
{
	return l ? l->await.full : 0;
}

bool
await_alerts_keep(
    struct await_alerts *l, struct output *o, const struct output_scene *s, const struct alert *a)
{
	size_t at;

	if (!await_room(&l->await, &at))
		return false;
	struct item *i = &l->item[at];
	if (!output_alert_parts(o, s, a, &i->parts))
		return false;
	i->flow = (struct flow *)s->flow;
	i->alert = *a;
	i->alert.parts = &i->parts;
	i->alert.match = NULL;
	i->alert.context = NULL;
	i->alert.tx = NULL;
	i->alert.frame = NULL;
	if (a->judged) {
		i->judged = *a->judged;
		i->alert.judged = &i->judged;
	}
	await_put(&l->await, s->flow, a->dir);
	return true;
}

struct taking {
	struct await_alerts *l;
	await_alerts_fn take;
	void *context;
};

static void
on_item(void *context, size_t item)
{
	const struct taking *t = context;
	struct item *i = &t->l->item[item];

	t->take(t->context, i->flow, &i->alert);
}

void
await_alerts_take(
    struct await_alerts *l, const struct flow *f, unsigned dir, await_alerts_fn take, void *context)
{
	await_take(&l->await, f, dir, on_item, &(struct taking){ l, take, context });
}
