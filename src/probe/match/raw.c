/* SPDX-License-Identifier: Apache-2.0 */
/* Which literals a packet's or stream's bytes are searched for: databases by port. */
#include "probe/match_raw.h"

#include <stdlib.h>

#include "probe/match_compile.h"

#define FEW 256 /* literals: one database will do */
#define RARE 2  /* literals of a port that are searched for everywhere */
#define PORTS (UINT16_MAX + 1u)

/* Where most bytes of most networks are. */
static const uint16_t busy[MATCH_RAW_BUSY] = { 443, 80, 53 };

/* Sides by which rules are bound. */
enum side { SRC, DST, FREE };

static enum side
side_of(const struct match_rule *r)
{
	if (r->both_ways || r->whole)
		return FREE;
	return match_ports_few(r->dport) ? DST : match_ports_few(r->sport) ? SRC : FREE;
}

static const struct match_ports *
ports_of(const struct match_rule *r)
{
	return side_of(r) == DST ? r->dport : r->sport;
}

/* Literals by port. */
struct counts {
	uint32_t by[2][PORTS];
};

static void
count(struct counts *c, const struct match_raw_made *of)
{
	for (size_t i = 0; i < of->n; i++) {
		const struct match_rule *r = &of->rule[of->literal[i].rule];
		enum side side = side_of(r);
		if (side == FREE)
			continue;
		const struct match_ports *p = ports_of(r);
		for (uint32_t k = 0; k < p->n; k++) {
			for (unsigned port = p->range[k].low; port <= p->range[k].high; port++)
				c->by[side][port]++;
		}
	}
}

static uint8_t
kind_of(const struct counts *c, unsigned side, unsigned port)
{
	if (c->by[side][port] <= RARE)
		return MATCH_RAW_COMMON;
	for (unsigned i = 0; i < MATCH_RAW_BUSY; i++) {
		if (busy[i] == port)
			return (uint8_t)(MATCH_RAW_SRC + side * MATCH_RAW_BUSY + i);
	}
	return MATCH_RAW_ALL;
}

/* Is it searched for in databases of this kind? */
static bool
belongs(const struct match_raw *raw, const struct match_rule *r, unsigned kind)
{
	enum side side = side_of(r);
	if (kind == MATCH_RAW_ALL || side == FREE)
		return true;
	const struct match_ports *p = ports_of(r);
	for (uint32_t k = 0; k < p->n; k++) {
		for (unsigned port = p->range[k].low; port <= p->range[k].high; port++) {
			uint8_t of = raw->kind[side][port];
			if (of == MATCH_RAW_COMMON || of == kind)
				return true;
		}
	}
	return false;
}

static int
build_one(struct match_raw *raw, const struct match_raw_made *of, unsigned kind, struct err *e)
{
	struct match_literal *part = calloc(of->n + 1, sizeof(*part));
	size_t n = 0;
	if (!part)
		return err_set(e, "out of memory");
	for (size_t i = 0; i < of->n; i++) {
		const struct match_literal *l = &of->literal[i];
		const struct match_rule *r = &of->rule[l->rule];
		if (!raw->kind[0] || belongs(raw, r, kind))
			part[n++] = *l;
	}
	struct match_mpm *m = n ? match_mpm_new(part, n, of->rule, of->cache, e) : NULL;
	free(part);
	raw->of[kind] = m;
	return n && !m ? -1 : 0;
}

static bool
is_used(const struct match_raw *raw, unsigned kind)
{
	if (!raw->kind[0])
		return kind == MATCH_RAW_ALL;
	if (kind < MATCH_RAW_SRC)
		return true;
	unsigned i = kind - MATCH_RAW_SRC;
	return raw->kind[i / MATCH_RAW_BUSY][busy[i % MATCH_RAW_BUSY]] == kind;
}

static int
sort_ports(struct match_raw *raw, const struct match_raw_made *of, struct err *e)
{
	struct counts *c = calloc(1, sizeof(*c));
	uint8_t *kind = match_arena_get(of->arena, (size_t)2 * PORTS);
	if (!c || !kind) {
		free(c);
		return err_set(e, "out of memory");
	}
	count(c, of);
	for (unsigned i = 0; i < 2 * PORTS; i++)
		kind[i] = kind_of(c, i / PORTS, i % PORTS);
	free(c);
	raw->kind[SRC] = kind;
	raw->kind[DST] = kind + PORTS;
	return 0;
}

int
match_raw_build(struct match_raw *raw, const struct match_raw_made *of, struct err *e)
{
	if (of->n >= FEW && sort_ports(raw, of, e) != 0)
		return -1;
	for (unsigned kind = 0; kind < MATCH_RAW_KINDS; kind++) {
		if (is_used(raw, kind) && build_one(raw, of, kind, e) != 0)
			return -1;
	}
	return 0;
}
