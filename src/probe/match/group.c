/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules without a literal, sorted so that a packet meets only those that could want it.
 *
 *     group[when][transport][dir].lead:  wild ... | dst port 25 ... | dst port 80 ... | src port 21
 * ...
 *
 * A rule for few sizes of payload is listed under each of them, else a rule for few networks under
 * these, else under its destination ports, its source ports, its networks when they are not too
 * many, else wild.
 */
#include <stdlib.h>

#include "probe/match_compile.h"

#define SIZES_LISTED 16
#define NETS_LISTED 1024
#define NETS_FEW 64 /* fewer say more than ports do */

struct entry {
	uint8_t side;
	uint16_t port;
	uint32_t rule;
};

struct entries {
	struct entry *item;
	size_t n, room;
};

static int
add(struct entries *e, struct entry item)
{
	if (e->n == e->room) {
		size_t room = e->room ? e->room * 2 : 64;
		struct entry *p = realloc(e->item, room * sizeof(*p));
		if (!p)
			return -1;
		e->item = p;
		e->room = room;
	}
	e->item[e->n++] = item;
	return 0;
}

static int
add_ports(struct entries *e, const struct match_ports *ports, enum match_side side, uint32_t rule)
{
	for (uint32_t i = 0; i < ports->n; i++) {
		for (uint32_t p = ports->range[i].low; p <= ports->range[i].high; p++) {
			if (add(e, (struct entry){ (uint8_t)side, (uint16_t)p, rule }) != 0)
				return -1;
		}
	}
	return 0;
}

/* Nets an address set touches; 0 when it cannot be listed by them. */
static uint32_t
nets(const struct match_addresses *a)
{
	uint64_t n = 0;
	if (!a || a->v6_n)
		return 0;
	for (uint32_t i = 0; i < a->v4_n; i++)
		n += (a->v4[i].high >> 16) - (a->v4[i].low >> 16) + 1;
	return n <= NETS_LISTED ? (uint32_t)n : 0;
}

static int
add_nets(struct entries *e, const struct match_addresses *a, enum match_side side, uint32_t rule)
{
	uint32_t done = UINT32_MAX;
	for (uint32_t i = 0; i < a->v4_n; i++) {
		for (uint32_t net = a->v4[i].low >> 16; net <= a->v4[i].high >> 16; net++) {
			/* ranges are sorted: a net touched twice comes twice in a row */
			if (net != done &&
			    add(e, (struct entry){ (uint8_t)side, (uint16_t)net, rule }) != 0)
				return -1;
			done = net;
		}
	}
	return 0;
}

static bool
by_size(const struct match_rule *r)
{
	return r->size[1] - r->size[0] < SIZES_LISTED;
}

bool
match_group_narrow(const struct match_rule *r)
{
	uint32_t dst = nets(r->dst), src = nets(r->src);
	return by_size(r) ||
	       (!r->both_ways && (match_ports_few(r->dport) || match_ports_few(r->sport) ||
				     (dst && dst <= NETS_FEW) || (src && src <= NETS_FEW)));
}

static int
add_sizes(struct entries *e, const struct match_rule *r, uint32_t rule)
{
	for (uint32_t n = r->size[0]; n <= r->size[1]; n++) {
		if (add(e, (struct entry){ MATCH_SIDE_SIZE, (uint16_t)n, rule }) != 0)
			return -1;
	}
	return 0;
}

static int
add_rule(struct entries *e, const struct match_rule *r, uint32_t rule)
{
	if (by_size(r))
		return add_sizes(e, r, rule);
	if (r->both_ways)
		return add(e, (struct entry){ MATCH_SIDE_WILD, 0, rule });
	uint32_t dst = nets(r->dst), src = nets(r->src);
	bool by_src = src && (!dst || src < dst);
	uint32_t least = by_src ? src : dst;
	bool few = least && least <= NETS_FEW;
	if (!few && match_ports_few(r->dport))
		return add_ports(e, r->dport, MATCH_SIDE_DST, rule);
	if (!few && match_ports_few(r->sport))
		return add_ports(e, r->sport, MATCH_SIDE_SRC, rule);
	if (!least)
		return add(e, (struct entry){ MATCH_SIDE_WILD, 0, rule });
	return by_src ? add_nets(e, r->src, MATCH_SIDE_SRC_NET, rule)
		      : add_nets(e, r->dst, MATCH_SIDE_DST_NET, rule);
}

static int
order(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	if (x->side != y->side)
		return x->side < y->side ? -1 : 1;
	if (x->port != y->port)
		return x->port < y->port ? -1 : 1;
	return x->rule < y->rule ? -1 : x->rule > y->rule;
}

/* What is listed of one side, from the sorted entries. */
static int
list_side(
    struct match_arena *a, const struct entries *e, uint8_t side, const struct match_listed **to)
{
	uint32_t n = 0;
	for (size_t i = 0; i < e->n; i++)
		n += e->item[i].side == side;
	if (!n)
		return 0;
	struct match_slot_of *slot = match_arena_get(a, n * sizeof(*slot));
	struct match_listed *out = match_arena_get(a, sizeof(*out));
	if (!slot || !out)
		return -1;
	out->slot = slot;
	*to = out;
	for (size_t i = 0; i < e->n; i++) {
		uint16_t number = e->item[i].port;
		if (e->item[i].side != side)
			continue;
		if (!out->n || slot[out->n - 1].number != number)
			slot[out->n++] = (struct match_slot_of){ number, (uint32_t)i, 0 };
		slot[out->n - 1].n++;
		out->has[number % MATCH_LISTED_BITS / 64] |= (uint64_t)1 << number % 64;
	}
	return 0;
}

static int
seal(struct match_rules *r, struct entries *e, struct match_group *g)
{
	if (!e->n)
		return 0;
	qsort(e->item, e->n, sizeof(*e->item), order);
	struct match_lead *lead = match_arena_get(&r->arena, e->n * sizeof(*lead));
	if (!lead)
		return -1;
	for (size_t i = 0; i < e->n; i++) {
		lead[i] = (struct match_lead){ .rule = e->item[i].rule };
		match_sieve_of(&r->rule[e->item[i].rule], &lead[i].sieve);
		g->wild_n += e->item[i].side == MATCH_SIDE_WILD;
	}
	g->lead = lead;
	for (uint8_t side = MATCH_SIDE_WILD + 1; side < MATCH_SIDES; side++) {
		if (list_side(&r->arena, e, side, &g->by[side]) != 0)
			return -1;
	}
	return 0;
}

/* Behind enum match_when, as struct match_loose has them. */
#define EACH_TX MATCH_WHENS
#define EACH_FRAME (MATCH_WHENS + 1)

/* What one group is asked about. */
struct subject {
	unsigned when; /* enum match_when, EACH_TX, EACH_FRAME */
	unsigned kind; /* transport; protocol of transactions; type of frames */
	unsigned dir;
};

static bool
is_about(const struct match_rule *r, const struct subject *s)
{
	uint8_t other = s->dir == DIR_TO_SERVER ? MATCH_FLOW_TO_CLIENT : MATCH_FLOW_TO_SERVER;
	if (s->when == EACH_TX)
		return r->protos & (uint64_t)1 << s->kind && r->when[s->dir];
	if (r->flow & other)
		return false;
	if (s->when == EACH_FRAME)
		return r->frame == s->kind;
	return r->transports & 1u << s->kind &&
	       (s->when != MATCH_EACH_CHUNK || s->kind == MATCH_TCP);
}

static struct match_group *
group_of(struct match_rules *r, const struct subject *s)
{
	return s->when == EACH_TX      ? &r->tx[s->kind][s->dir].group
	       : s->when == EACH_FRAME ? &r->frame[s->kind][s->dir].group
				       : &r->group[s->when][s->kind][s->dir];
}

static int
build_one(struct match_rules *r, const struct match_loose *loose, size_t n, const struct subject *s)
{
	struct entries e = { 0 };
	int rc = 0;
	for (size_t i = 0; i < n && rc == 0; i++) {
		const struct match_rule *rule = &r->rule[loose[i].rule];
		if (loose[i].when == s->when && loose[i].dirs & 1u << s->dir && is_about(rule, s))
			rc = add_rule(&e, rule, loose[i].rule);
	}
	if (rc == 0)
		rc = seal(r, &e, group_of(r, s));
	free(e.item);
	return rc;
}

int
match_group_build(struct match_rules *r, const struct match_loose *loose, size_t n)
{
	for (unsigned when = 0; when <= EACH_FRAME; when++) {
		unsigned kinds = when == EACH_TX      ? L7_COUNT
				 : when != EACH_FRAME ? MATCH_TRANSPORTS
				 : r->frames          ? L7_FRAME_COUNT
						      : 0;
		for (unsigned i = 0; i < kinds * 2; i++)
			if (build_one(r, loose, n, &(struct subject){ when, i / 2, i % 2 }) != 0)
				return -1;
	}
	return 0;
}
