/* SPDX-License-Identifier: Apache-2.0 */
/* What the matcher did, for who tests rules and asks what they cost. */
#include "probe/match_trace.h"

#include <stdlib.h>

#include "probe/match_load.h"
#include "probe/match_run.h"

#define LIKES 256 /* things looked at of one packet */
#define DEPTH 130 /* patterns of a rule, and the end behind the last */

struct match_trace_room {
	uint32_t *watched; /* rules */
	size_t watched_n;
	struct match_candidate like[LIKES];
	size_t like_n;

	/* the area at hand: where the search for each pattern of it began, the last time */
	const struct match_op *area_end;
	struct view data[DEPTH];
	size_t from[DEPTH], most; /* by patterns left; most: the fewest that were left */
	uint64_t at;
	struct match_found found[MATCH_TRACE_FOUND];
	size_t found_n;
};

static void
room_free(struct match_trace *t)
{
	if (t && t->room)
		free(t->room->watched);
	if (t)
		free(t->room);
	if (t)
		t->room = NULL;
}

int
match_trace_set(struct match *m, struct match_trace *t)
{
	room_free(m->trace);
	m->trace = NULL;
	if (!t)
		return 0;
	t->room = calloc(1, sizeof(*t->room));
	uint32_t n = m->rules ? m->rules->rule_n : 0;
	uint32_t *watched = t->room ? calloc(n + 1u, sizeof(*watched)) : NULL;
	if (!watched) {
		room_free(t);
		return -1;
	}
	t->room->watched = watched;
	for (uint32_t i = 0; i < n && t->watch; i++) {
		const struct match_info *info = m->rules->rule[i].info;
		if (t->watch(t->context, info->gid, info->sid))
			watched[t->room->watched_n++] = i;
	}
	m->trace = t;
	return 0;
}

/* ---- patterns ---- */

/* The area before this one held, or another instance of it is tried: what was found stays. */
static void
area_done(const struct match *m, struct match_trace_room *r)
{
	const struct match_op *op = r->area_end;
	for (size_t left = 1; op && left < DEPTH && r->from[left] != SIZE_MAX; left++) {
		op--;
		bool found = op->kind != MATCH_OP_STEP && !(op->flags & MATCH_OP_NOT);
		if (r->most != 0 || !found || r->found_n == MATCH_TRACE_FOUND)
			continue;
		size_t end = r->from[left - 1];
		size_t start = op->kind == MATCH_OP_CONTENT ? end - op->len : r->from[left];
		r->found[r->found_n++] = (struct match_found){ .option = op->option,
			.data = r->data[left],
			.start = start < end ? start : end,
			.end = end,
			.at = r->at };
	}
	(void)m;
}

static void
area_begin(struct match_trace_room *r, const struct match_op *end)
{
	r->area_end = end;
	r->most = SIZE_MAX;
	for (size_t i = 0; i < DEPTH; i++)
		r->from[i] = SIZE_MAX;
}

void
match_trace_op(const struct match_sight *s, const struct match_op *op, size_t n, size_t from)
{
	struct match_trace_room *r = s->m->trace->room;
	if (r->area_end != op + n) {
		area_done(s->m, r);
		area_begin(r, op + n);
	}
	if (n >= DEPTH)
		return;
	if (n < r->most)
		r->most = n;
	r->from[n] = from;
	r->data[n] = s->data;
	r->at = s->at;
}

/* ---- one trial ---- */

/* Which part of the head does not hold? */
static enum match_stop
head_stop(const struct match *m, const struct match_rule *r, const struct match_candidate *c)
{
	const struct match_context *x = &m->now;
	const struct packet *p = x->p;
	bool turned = c->dir != x->dir;
	const struct addr *src = turned ? &p->dst : &p->src, *dst = turned ? &p->src : &p->dst;
	if (!(r->transports & 1u << x->transport))
		return MATCH_STOP_TRANSPORT;
	if (c->in == MATCH_IN_PACKET && x->transport == MATCH_TCP && !(r->in & MATCH_IN_PACKET))
		return MATCH_STOP_PLACE;
	if (match_addresses_have(r->src, src, p->ip_ver) &&
	    match_addresses_have(r->dst, dst, p->ip_ver))
		return MATCH_STOP_PORT;
	return MATCH_STOP_ADDRESS;
}

static enum match_stop
flow_stop(const struct match *m, const struct match_rule *r, const struct match_candidate *c)
{
	const struct match_context *x = &m->now;
	bool established = c->in == MATCH_IN_PACKET ? x->established : x->established_now;
	if (!x->f)
		return MATCH_STOP_FLOW;
	if ((r->flow & MATCH_FLOW_TO_SERVER && c->dir != DIR_TO_SERVER) ||
	    (r->flow & MATCH_FLOW_TO_CLIENT && c->dir != DIR_TO_CLIENT))
		return MATCH_STOP_DIRECTION;
	if (r->flow & MATCH_FLOW_ESTABLISHED && !established)
		return MATCH_STOP_ESTABLISHED;
	if (r->flow & MATCH_FLOW_NOT_ESTABLISHED && established)
		return MATCH_STOP_NEW;
	return MATCH_STOP_PLACE;
}

static const struct match_area *
area_of(const struct match_rule *r, const struct match_op *op)
{
	for (uint8_t i = 0; i < r->area_n; i++) {
		if (op >= r->area[i].op && op < r->area[i].op + r->area[i].op_n)
			return &r->area[i];
	}
	return NULL;
}

/* What could not be found: the pattern that was reached and never passed. */
static void
pattern_stop(const struct match *m, const struct match_rule *r, struct match_trial *t)
{
	const struct match_trace_room *room = m->trace->room;
	const struct match_area *a = area_of(r, m->halt.op);
	const struct match_op *op = m->halt.op;
	if (!a || room->area_end != a->op + a->op_n || room->most >= DEPTH) {
		t->stop = MATCH_STOP_BUFFER;
	} else {
		size_t left = room->most;
		op = room->area_end - left;
		t->last = (struct match_found){
			.data = room->data[left], .start = room->from[left], .at = room->at
		};
	}
	t->option = op ? op->option : 0;
	t->last.option = t->option;
	t->last.buffer = a ? match_place_name(m->rules->list[a->list].place) : NULL;
}

static void
name_found(const struct match *m, const struct match_rule *r, struct match_trace_room *room)
{
	for (size_t i = 0; i < room->found_n; i++) {
		for (uint8_t k = 0; k < r->area_n; k++) {
			const struct match_area *a = &r->area[k];
			for (uint8_t o = 0; o < a->op_n; o++) {
				if (a->op[o].option == room->found[i].option)
					room->found[i].buffer =
					    match_place_name(m->rules->list[a->list].place);
			}
		}
	}
}

static int
by_option(const void *a, const void *b)
{
	const struct match_found *x = a, *y = b;
	return (x->option > y->option) - (x->option < y->option);
}

static void
say(struct match *m, const struct match_candidate *c, bool held, struct match_trial t)
{
	const struct match_rule *r = &m->rules->rule[c->rule];
	struct match_trace_room *room = m->trace->room;
	t.rule = c->rule;
	t.gid = r->info->gid;
	t.sid = r->info->sid;
	t.p = m->now.p;
	t.f = m->now.f;
	t.in = c->in;
	t.dir = c->dir;
	t.ending = m->now.ending;
	t.stop = held ? MATCH_STOP_NOT : m->halt.what;
	if (held) {
		area_done(m, room);
		name_found(m, r, room);
		qsort(room->found, room->found_n, sizeof(room->found[0]), by_option);
		t.found = room->found;
		t.found_n = room->found_n;
		if (!t.woken)
			t.stop = MATCH_STOP_SPOKEN;
	} else if (t.stop == MATCH_STOP_ADDRESS) {
		t.stop = head_stop(m, r, c);
	} else if (t.stop == MATCH_STOP_FLOW) {
		t.stop = flow_stop(m, r, c);
	} else if (t.stop == MATCH_STOP_PATTERN) {
		pattern_stop(m, r, &t);
	} else if (t.stop == MATCH_STOP_TEST && m->halt.op) {
		t.option = m->halt.op->option;
	}
	m->trace->trial(m->trace->context, &t);
}

static bool
attempt(struct match *m, const struct match_candidate *c, bool woken)
{
	struct match_trace_room *room = m->trace->room;
	area_begin(room, NULL);
	room->found_n = 0;
	uint64_t from = match_trace_clock(m);
	bool held = match_verify(m, c);
	uint64_t ns = match_trace_clock(m) - from;
	say(m, c, held, (struct match_trial){ .woken = woken, .ns = ns });
	return held;
}

bool
match_trace_verify(struct match *m, const struct match_candidate *c)
{
	return attempt(m, c, true);
}

/* ---- rules that nothing woke ---- */

void
match_trace_like(struct match *m, struct match_candidate like)
{
	struct match_trace_room *room = m->trace->room;
	if (room->watched_n && room->like_n < LIKES)
		room->like[room->like_n++] = like;
}

static bool
was_tried(const struct match *m, const struct match_candidate *c)
{
	for (size_t i = 0; i < m->candidate_n; i++) {
		const struct match_candidate *k = &m->candidate[i];
		if (k->rule == c->rule && k->in == c->in && k->dir == c->dir && k->tx == c->tx)
			return true;
	}
	return false;
}

/* A rule is tried on what it looks at only. */
static bool
belongs(const struct match *m, const struct match_candidate *c)
{
	const struct match_rule *r = &m->rules->rule[c->rule];
	if (c->in == MATCH_IN_PACKET)
		return !(r->in & (MATCH_IN_TX | MATCH_IN_FRAME)) &&
		       (r->in & MATCH_IN_PACKET || m->now.transport != MATCH_TCP);
	return r->in & c->in;
}

void
match_trace_rest(struct match *m)
{
	struct match_trace_room *room = m->trace->room;
	bool half = m->half, later = m->later;
	for (size_t i = 0; i < room->like_n; i++) {
		struct match_candidate c = room->like[i];
		for (size_t k = 0; k < room->watched_n; k++) {
			c.rule = room->watched[k];
			if (belongs(m, &c) && !was_tried(m, &c))
				(void)attempt(m, &c, false);
		}
	}
	room->like_n = 0;
	m->half = half;
	m->later = later;
}

/* ---- what the prefilter does ---- */

uint64_t
match_trace_clock(const struct match *m)
{
	return m->trace->clock ? m->trace->clock() : 0;
}

void
match_trace_scan(struct match *m, const struct match_mpm *mpm, struct view data, int list,
    struct match_hits *hits)
{
	uint64_t from = match_trace_clock(m);
	match_mpm_scan(mpm, m->scratch_hs, data, hits);
	if (!m->trace->work || !mpm)
		return;
	struct match_work w = { .what = list >= 0    ? match_place_name(m->rules->list[list].place)
					: list == -1 ? "packet"
						     : "stream",
		.dir = (uint8_t)m->now.dir,
		.bytes = data.len,
		.ns = match_trace_clock(m) - from };
	m->trace->work(m->trace->context, &w);
}

void
match_trace_group(struct match *m, uint32_t n, uint8_t dir, uint64_t from)
{
	struct match_work w = { "group", dir, n, match_trace_clock(m) - from };
	if (m->trace->work)
		m->trace->work(m->trace->context, &w);
}
