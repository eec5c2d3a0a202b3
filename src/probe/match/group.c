/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules without a literal, sorted so that a packet meets only those that could want it.
 *
 *     group[when][transport][dir].rule:  wild ... | dst port 25 ... | dst port 80 ... | src port 21
 * ...
 *
 * A rule for few networks is listed under each of them, else under its destination ports, its
 * source ports, its networks when they are not too many, else wild.
 */
#include <stdlib.h>

#include "probe/match_load.h"

#define PORTS_LISTED 64
#define NETS_LISTED 1024
#define NETS_FEW 64 /* fewer say more than ports do */

enum side { SIDE_WILD, SIDE_DST, SIDE_SRC, SIDE_DST_NET, SIDE_SRC_NET };

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
add_ports(struct entries *e, const struct match_ports *ports, enum side side, uint32_t rule)
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
add_nets(struct entries *e, const struct match_addresses *a, enum side side, uint32_t rule)
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
by_ports(const struct match_ports *p)
{
	return p && p->count <= PORTS_LISTED;
}

bool
match_group_narrow(const struct match_rule *r)
{
	uint32_t dst = nets(r->dst), src = nets(r->src);
	return !r->both_ways && (by_ports(r->dport) || by_ports(r->sport) ||
				    (dst && dst <= NETS_FEW) || (src && src <= NETS_FEW));
}

static int
add_rule(struct entries *e, const struct match_rule *r, uint32_t rule)
{
	if (r->both_ways)
		return add(e, (struct entry){ SIDE_WILD, 0, rule });
	uint32_t dst = nets(r->dst), src = nets(r->src);
	bool by_src = src && (!dst || src < dst);
	uint32_t least = by_src ? src : dst;
	bool few = least && least <= NETS_FEW;
	if (!few && by_ports(r->dport))
		return add_ports(e, r->dport, SIDE_DST, rule);
	if (!few && by_ports(r->sport))
		return add_ports(e, r->sport, SIDE_SRC, rule);
	if (!least)
		return add(e, (struct entry){ SIDE_WILD, 0, rule });
	return by_src ? add_nets(e, r->src, SIDE_SRC_NET, rule)
		      : add_nets(e, r->dst, SIDE_DST_NET, rule);
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

/* Slots of one side from the sorted entries; returns how many. */
static uint32_t
slots(const struct entries *e, enum side side, struct match_port_slot *out)
{
	uint32_t n = 0;
	for (size_t i = 0; i < e->n; i++) {
		if (e->item[i].side != side)
			continue;
		if (!n || out[n - 1].port != e->item[i].port)
			out[n++] = (struct match_port_slot){ e->item[i].port, (uint32_t)i, 0 };
		out[n - 1].n++;
	}
	return n;
}

static int
seal(struct match_arena *a, struct entries *e, struct match_group *g)
{
	struct match_port_slot *slot[SIDE_SRC_NET + 1] = { NULL };
	if (!e->n)
		return 0;
	qsort(e->item, e->n, sizeof(*e->item), order);
	uint32_t *rule = match_arena_get(a, e->n * sizeof(*rule));
	bool good = rule;
	for (unsigned side = SIDE_DST; side <= SIDE_SRC_NET; side++) {
		slot[side] = match_arena_get(a, e->n * sizeof(*slot[side]));
		good &= slot[side] != NULL;
	}
	if (!good)
		return -1;
	for (size_t i = 0; i < e->n; i++) {
		rule[i] = e->item[i].rule;
		g->wild_n += e->item[i].side == SIDE_WILD;
	}
	g->rule = rule;
	g->dst = slot[SIDE_DST];
	g->src = slot[SIDE_SRC];
	g->dst_net = slot[SIDE_DST_NET];
	g->src_net = slot[SIDE_SRC_NET];
	g->dst_n = slots(e, SIDE_DST, slot[SIDE_DST]);
	g->src_n = slots(e, SIDE_SRC, slot[SIDE_SRC]);
	g->dst_net_n = slots(e, SIDE_DST_NET, slot[SIDE_DST_NET]);
	g->src_net_n = slots(e, SIDE_SRC_NET, slot[SIDE_SRC_NET]);
	return 0;
}

/* Is the rule for this direction and transport? */
static bool
wants(const struct match_rule *r, unsigned when, unsigned transport, unsigned dir)
{
	uint8_t other = dir == DIR_TO_SERVER ? MATCH_FLOW_TO_CLIENT : MATCH_FLOW_TO_SERVER;
	if (!(r->transports & 1u << transport) || r->flow & other)
		return false;
	return when != MATCH_EACH_CHUNK || transport == MATCH_TCP;
}

static int
build_one(struct match_rules *r, const struct match_loose *loose, size_t n, unsigned where)
{
	unsigned when = where / (MATCH_TRANSPORTS * 2), transport = where / 2 % MATCH_TRANSPORTS,
		 dir = where % 2;
	struct entries e = { 0 };
	int rc = 0;
	for (size_t i = 0; i < n && rc == 0; i++) {
		if (loose[i].when == when && wants(&r->rule[loose[i].rule], when, transport, dir))
			rc = add_rule(&e, &r->rule[loose[i].rule], loose[i].rule);
	}
	if (rc == 0)
		rc = seal(&r->arena, &e, &r->group[when][transport][dir]);
	free(e.item);
	return rc;
}

/* Rules that are asked of one side of one protocol's transactions. */
static int
build_tx(struct match_rules *r, const struct match_loose *loose, size_t n, unsigned where)
{
	unsigned proto = where / 2, dir = where % 2;
	struct entries e = { 0 };
	int rc = 0;
	for (size_t i = 0; i < n && rc == 0; i++) {
		const struct match_rule *rule = &r->rule[loose[i].rule];
		if (loose[i].when == MATCH_WHENS && rule->protos & (uint64_t)1 << proto &&
		    rule->when[dir])
			rc = add_rule(&e, rule, loose[i].rule);
	}
	if (rc == 0)
		rc = seal(&r->arena, &e, &r->tx[proto][dir].group);
	free(e.item);
	return rc;
}

int
match_group_build(struct match_rules *r, const struct match_loose *loose, size_t n)
{
	for (unsigned where = 0; where < MATCH_WHENS * MATCH_TRANSPORTS * 2; where++) {
		if (build_one(r, loose, n, where) != 0)
			return -1;
	}
	for (unsigned where = 0; where < L7_COUNT * 2; where++) {
		if (build_tx(r, loose, n, where) != 0)
			return -1;
	}
	return 0;
}
