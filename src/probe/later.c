/* SPDX-License-Identifier: Apache-2.0 */
/* later: see later.h. A pool whose texts are kept for the next alert. */
#include "later.h"

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

struct later {
	struct item item[MOST];
	struct item
	    *slot[MOST]; /* those that wait, as they came; behind them those that are free */
	size_t n;
};

struct later *
later_new(void)
{
	struct later *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	for (size_t i = 0; i < MOST; i++) {
		l->slot[i] = &l->item[i];
		buf_init(&l->item[i].parts.text, TEXT_MAX);
	}
	return l;
}

void
later_free(struct later *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < MOST; i++)
		buf_fini(&l->item[i].parts.text);
	free(l);
}

bool
later_any(const struct later *l)
{
	return l && l->n;
}

bool
later_keep(struct later *l, struct output *o, const struct output_scene *s, const struct alert *a)
{
	if (l->n == MOST)
		return false;
	struct item *i = l->slot[l->n];
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
	l->n++;
	return true;
}

void
later_take(struct later *l, const struct flow *f, unsigned dir, later_fn take, void *context)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->n; i++) {
		struct item *item = l->slot[i];
		bool mine =
		    (!f || item->flow == f) && (dir == LATER_BOTH || item->alert.dir == dir);
		if (mine)
			take(context, item->flow, &item->alert);
		else {
			l->slot[i] = l->slot[kept];
			l->slot[kept++] = item;
		}
	}
	l->n = kept;
}

struct packet
later_packet(const struct flow *f, unsigned dir)
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
