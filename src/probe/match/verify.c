/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does a candidate's rule hold? Head, flow, tests, then the patterns of each buffer.
 *
 * Patterns are tried in order. When one that others hang on (distance, within, pcre /R) was found
 * and the rest fails, its next occurrence is tried; the steps for that are bounded per rule. Unless
 * the rest fails for good: what is not found behind one occurrence is not found behind a later one.
 * Without that, whoever writes the payload makes each of those steps search all that follows.
 */
#include "probe/match_load.h"
#include "probe/match_run.h"

#define STEPS_MAX 10000
#define PCRE_STEPS_MAX 50000 /* of expressions, besides */
#define GROWS (L7_READY_TO_SERVER | L7_READY_TO_CLIENT)
#define FAR_AWAY ((int64_t)1 << 32) /* behind the end of any buffer */

struct reach {
	size_t low, high; /* the content must lie within; low > high: nowhere */
};

static int64_t
clamp(int64_t v, int64_t most)
{
	return v < 0 ? 0 : v > most ? most : v;
}

/* A number that places a content, or the variable that it is the number of. */
static int64_t
placed(const struct match_sight *s, const struct match_op *op, uint8_t var, int64_t n)
{
	if (!(op->vars & var))
		return n;
	uint64_t v = s->m->var[n];
	return v < FAR_AWAY ? (int64_t)v : FAR_AWAY;
}

static struct reach
reach_of(const struct match_op *op, const struct match_sight *s, size_t from)
{
	const struct match_op_content *c = &op->content;
	int64_t len = (int64_t)s->data.len, at = (int64_t)s->at, low = 0, high = len;
	if (op->flags & MATCH_OP_RELATIVE) {
		int64_t distance = op->flags & MATCH_OP_DISTANCE
				       ? placed(s, op, MATCH_VAR_DISTANCE, c->distance)
				       : 0;
		low = (int64_t)from + distance;
		if (op->flags & MATCH_OP_WITHIN)
			high = low + placed(s, op, MATCH_VAR_WITHIN, c->within);
	} else {
		if (op->flags & MATCH_OP_OFFSET)
			low = placed(s, op, MATCH_VAR_OFFSET, c->offset) - at;
		if (op->flags & MATCH_OP_DEPTH)
			high = placed(s, op, MATCH_VAR_DEPTH, c->depth) - at;
	}
	return (struct reach){ (size_t)clamp(low, len + 1), (size_t)clamp(high, len) };
}

#define STEP_BYTES 512

/* Bytes that were searched cost steps as well: windows of bodies are large. */
static void
spend(struct match *m, size_t bytes)
{
	size_t n = bytes / STEP_BYTES;
	m->steps -= n < m->steps ? (unsigned)n : m->steps;
}

static bool
in_frame(const struct match_sight *s)
{
	return s->c->in == MATCH_IN_FRAME;
}

/* The next occurrence within reach; NULL for none. */
static const uint8_t *
next_content(const struct match_op *op, const struct match_sight *s, struct reach r)
{
	struct cursor c = cursor_of_view(s->data);
	struct view v;
	if (r.low > r.high || !cursor_skip(&c, r.low) || !cursor_take(&c, r.high - r.low, &v))
		return NULL;
	if (!(op->flags & MATCH_OP_ENDSWITH)) {
		const uint8_t *found = match_content_find(op, v);
		spend(s->m, found ? (size_t)(found - v.ptr) : v.len);
		return found;
	}
	if (r.high != s->data.len || v.len < op->len || (s->grows && in_frame(s)))
		return NULL;
	const uint8_t *at = v.ptr + (v.len - op->len);
	return match_content_same(op, at) ? at : NULL;
}

enum holds {
	HOLDS_NOT,   /* from here; from a later place it may */
	HOLDS_NEVER, /* nor from any later place */
	HOLDS
};

static enum holds
hold(const struct match_sight *s, const struct match_op *op, size_t n, size_t from);

static enum holds
hold_content(const struct match_sight *s, const struct match_op *op, size_t n, size_t from)
{
	struct reach r = reach_of(op, s, from);
	const uint8_t *at = next_content(op, s, r);
	bool relative = op->flags & MATCH_OP_RELATIVE;
	if (op->flags & MATCH_OP_NOT) {
		if (!at)
			return hold(s, op + 1, n - 1, from);
		return relative ? HOLDS_NOT : HOLDS_NEVER;
	}
	while (at) {
		size_t start = (size_t)(at - s->data.ptr);
		enum holds rest = hold(s, op + 1, n - 1, start + op->len);
		if (rest == HOLDS && s->m->marking)
			match_mark(s, s->list, start, op->len);
		if (rest != HOLDS_NOT)
			return rest;
		if (!(op->flags & MATCH_OP_CHAINED))
			return relative ? HOLDS_NOT : HOLDS_NEVER;
		r.low = start + 1;
		at = s->m->steps ? next_content(op, s, r) : NULL;
	}
	/* from a later place the same ones are left, or fewer; with `within` others come too */
	return relative && op->flags & MATCH_OP_WITHIN ? HOLDS_NOT : HOLDS_NEVER;
}

/* A later place may give an earlier end, and what is anchored to it another match: no NEVER out of
 * what is relative. */
static enum holds
hold_pcre(const struct match_sight *s, const struct match_op *op, size_t n, size_t from)
{
	bool relative = op->flags & MATCH_OP_DISTANCE;
	size_t base = relative ? from : 0;
	struct match_pcre_span span = { .base = base, .from = base, .steps = &s->m->pcre_steps };
	for (;;) {
		int rc = match_pcre_find(op->pcre, s->m->pcre, s->data, &span);
		if (rc < 0)
			s->m->count.pcre_limit++;
		if (op->flags & MATCH_OP_NOT && rc == 0)
			return hold(s, op + 1, n - 1, from);
		if (op->flags & MATCH_OP_NOT || rc <= 0)
			break;
		if (hold(s, op + 1, n - 1, span.end) == HOLDS) {
			if (s->m->marking)
				match_mark(s, s->list, span.start, span.end - span.start);
			if (s->m->marking && op->capture)
				match_capture(s, op, span);
			return HOLDS;
		}
		if (!(op->flags & MATCH_OP_CHAINED) || s->m->steps == 0)
			break;
		span.from = span.start + 1;
	}
	return relative ? HOLDS_NOT : HOLDS_NEVER;
}

/* What a step finds depends on where it stands: from a later place it may hold. */
static enum holds
hold_step(const struct match_sight *s, const struct match_op *op, size_t n, size_t from)
{
	struct match_sight sight = *s;
	size_t end = from;
	if (!op->step(&sight, op, from, &end))
		return HOLDS_NOT;
	return hold(s, op + 1, n - 1, end) == HOLDS ? HOLDS : HOLDS_NOT;
}

static enum holds
hold(const struct match_sight *s, const struct match_op *op, size_t n, size_t from)
{
	if (s->m->trace)
		match_trace_op(s, op, n, from);
	if (n == 0)
		return HOLDS;
	if (s->m->steps == 0)
		return HOLDS_NEVER;
	s->m->steps--;
	switch (op->kind) {
	case MATCH_OP_CONTENT:
		return hold_content(s, op, n, from);
	case MATCH_OP_PCRE:
		return hold_pcre(s, op, n, from);
	default:
		return hold_step(s, op, n, from);
	}
}

/* All ops of an area, within what this rule and this packet may still do. */
static bool
holds(const struct match_sight *s, const struct match_area *a)
{
	struct match *m = s->m;
	unsigned most = m->budget < STEPS_MAX ? m->budget : STEPS_MAX;
	unsigned most_pcre = m->pcre_budget < PCRE_STEPS_MAX ? m->pcre_budget : PCRE_STEPS_MAX;
	m->steps = most;
	m->pcre_steps = most_pcre;
	bool good = hold(s, a->op, a->op_n, 0) == HOLDS;
	m->budget -= most - m->steps;
	m->pcre_budget -= most_pcre - m->pcre_steps;
	m->count.step_limit += m->steps == 0;
	return good;
}

/* Do the patterns of an area hold on the data, whose first byte stands at `at` of its buffer? */
static bool
verify_ops(struct match *m, const struct match_area *a, const struct match_candidate *c,
    struct view data, uint64_t at)
{
	struct match_sight s = { m, c, data, at, false, a->list };
	return data.ptr && holds(&s, a);
}

/* ---- head and flow ---- */

static bool
ends_hold(const struct match_rule *r, const struct packet *p, bool turned)
{
	const struct addr *src = turned ? &p->dst : &p->src, *dst = turned ? &p->src : &p->dst;
	uint16_t sport = turned ? p->dport : p->sport, dport = turned ? p->sport : p->dport;
	if (!match_addresses_have(r->src, src, p->ip_ver) ||
	    !match_addresses_have(r->dst, dst, p->ip_ver))
		return false;
	if (!r->sport && !r->dport)
		return true;
	return proto_has_ports(p->proto) && match_ports_have(r->sport, sport) &&
	       match_ports_have(r->dport, dport);
}

bool
match_verify_head(
    const struct match *m, const struct match_rule *r, const struct match_candidate *c)
{
	const struct match_context *x = &m->now;
	/* a whole transaction goes from client to server */
	bool turned = (r->whole ? DIR_TO_SERVER : c->dir) != x->dir;
	if (x->apart && !(r->takes & x->apart))
		return false;
	if (!(r->transports & 1u << x->transport) || (r->ip_ver && r->ip_ver != x->p->ip_ver))
		return false;
	if (c->in == MATCH_IN_PACKET && x->transport == MATCH_TCP && !(r->in & MATCH_IN_PACKET))
		return false;
	return ends_hold(r, x->p, turned) || (r->both_ways && ends_hold(r, x->p, !turned));
}

#define NEEDS_FLOW (uint8_t) ~MATCH_FLOW_STATELESS

static bool
flow_holds(const struct match *m, const struct match_rule *r, const struct match_candidate *c)
{
	const struct match_context *x = &m->now;
	uint8_t flow = r->flow & NEEDS_FLOW;
	if (r->new_proto && !match_proto_new(m, c))
		return false;
	if (r->begins && !(x->f && x->f->packets[c->dir] == 1))
		return false;
	if (!flow)
		return true;
	if (!x->f || (flow & MATCH_FLOW_TO_SERVER && c->dir != DIR_TO_SERVER) ||
	    (flow & MATCH_FLOW_TO_CLIENT && c->dir != DIR_TO_CLIENT))
		return false;
	bool established = c->in == MATCH_IN_PACKET ? x->established : x->established_now;
	if ((flow & MATCH_FLOW_ESTABLISHED && !established) ||
	    (flow & MATCH_FLOW_NOT_ESTABLISHED && established))
		return false;
	return !(flow & MATCH_FLOW_ONLY_STREAM && c->in == MATCH_IN_PACKET);
}

/* ---- patterns ---- */

/* Is something absent, or at a fixed place that no offset or depth speaks of? */
static bool
judges_anew(const struct match_area *a)
{
	for (uint8_t i = 0; i < a->op_n; i++) {
		const struct match_op *op = &a->op[i];
		if (op->flags & MATCH_OP_NOT ||
		    (op->kind == MATCH_OP_STEP && !(op->flags & MATCH_OP_RELATIVE)))
			return true;
	}
	return false;
}

/* Patterns on the stream's window from byte `skip` on. */
static bool
window_area(
    struct match *m, const struct match_area *a, const struct match_candidate *c, size_t skip)
{
	struct cursor s = cursor_of_view(m->now.window);
	if (!cursor_skip(&s, skip))
		return false;
	struct view data = { s.at, cursor_left(&s) };
	return verify_ops(m, a, c, data, m->now.window_at + skip);
}

/*
 * What must be absent may be absent from the new bytes though older ones in the window have it: a
 * new request on an old connection is judged by itself as well.
 */
static bool
payload_area(struct match *m, const struct match_area *a, const struct match_candidate *c)
{
	const struct match_context *x = &m->now;
	if (c->in == MATCH_IN_PACKET || !x->window.ptr || x->window_dir != c->dir)
		return verify_ops(m, a, c, x->p->payload, 0);
	const struct match_wait *w =
	    c->in == MATCH_IN_STREAM && x->stream ? match_state_wait(x->stream, c->rule) : NULL;
	size_t skip = w && w->from > x->window_at ? (size_t)(w->from - x->window_at) : 0;
	if (window_area(m, a, c, skip))
		return true;
	return x->window_old > skip && judges_anew(a) && window_area(m, a, c, x->window_old);
}

/* ---- what is looked at ---- */

static void
transform(struct match *m, const struct match_list *l, struct view *data)
{
	for (uint8_t i = 0; i < l->transform_n && data->ptr; i++) {
		if (!l->transform[i].apply(&l->transform[i], m, data))
			*data = (struct view){ NULL, 0 };
	}
}

bool
match_tx_view(
    struct match *m, uint16_t list, const struct match_candidate *c, uint16_t i, struct view *data)
{
	const struct match_list *l = &m->rules->list[list];
	struct l7_ask ask = { .what = (uint8_t)(l->place - MATCH_L7),
		.dir = c->dir,
		.i = i,
		.scratch = &m->scratch };
	if (i == MATCH_INSTANCES || !l7_tx_buffer(&m->now.tx[c->tx], &ask, data))
		return false;
	transform(m, l, data);
	return true;
}

bool
match_packet_view(struct match *m, uint16_t list, struct view *data)
{
	const struct match_list *l = &m->rules->list[list];
	if (!match_place_row(l->place)->view(m, data))
		return false;
	transform(m, l, data);
	return true;
}

/* The window that this is all of; NULL for what is no body or file. */
static const struct l7_window *
window_of(const struct l7_tx *tx, struct view data)
{
	for (uint16_t i = 0; i < tx->window_n; i++) {
		if (tx->window[i].data.ptr == data.ptr && data.ptr)
			return &tx->window[i];
	}
	return NULL;
}

/* Was some of a body or file seen before? */
static bool
was_there(const struct match *m, const struct match_area *a, const struct match_candidate *c)
{
	const struct l7_tx *tx = &m->now.tx[c->tx];
	uint16_t place = m->rules->list[a->list].place - MATCH_L7;
	uint8_t side = c->dir == DIR_TO_SERVER ? L7_READY_TO_SERVER : L7_READY_TO_CLIENT;
	return l7_buffer_row((enum l7_buffer)place)->when & side & (tx->has | tx->ready);
}

bool
match_frame_view(struct match *m, uint16_t list, const struct match_candidate *c, struct view *data)
{
	const struct match_list *l = &m->rules->list[list];
	const struct l7_frame *f = &m->now.seen.frame[c->tx];
	if (l->place != MATCH_FRAME + f->type)
		return false;
	*data = f->data;
	transform(m, l, data);
	return data->ptr != NULL;
}

static bool
frame_area(struct match *m, const struct match_area *a, const struct match_candidate *c)
{
	struct match_sight s = { m, c, { NULL, 0 }, 0, false, a->list };
	if (c->in != MATCH_IN_FRAME || !match_frame_view(m, a->list, c, &s.data))
		return false;
	s.grows = !m->now.seen.frame[c->tx].ends;
	return holds(&s, a);
}

/* Any instance of the buffer; present but empty still is one. */
static bool
tx_area(struct match *m, const struct match_area *a, const struct match_candidate *c)
{
	struct match_sight s = { m, c, { NULL, 0 }, 0, false, a->list };
	const struct scratch_at before = scratch_here(&m->scratch);
	uint16_t i = 0;
	for (; match_tx_view(m, a->list, c, i, &s.data); i++) {
		const struct l7_window *w = window_of(&m->now.tx[c->tx], s.data);
		s.at = w ? w->at : 0;
		s.grows = w && !w->last;
		if (s.data.ptr && holds(&s, a))
			return true;
		if (!m->marking)
			scratch_back(&m->scratch, before);
	}
	return i == 0 && a->flags & MATCH_AREA_ABSENT && !was_there(m, a, c);
}

bool
match_base64_holds(struct match *m, const struct match_candidate *c)
{
	const struct match_rule *r = &m->rules->rule[c->rule];
	for (uint8_t i = 0; i < r->area_n; i++) {
		const struct match_area *a = &r->area[i];
		struct match_sight s = { m, c, { NULL, 0 }, 0, false, a->list };
		if (m->rules->list[a->list].place != MATCH_BASE64)
			continue;
		if (!match_packet_view(m, a->list, &s.data) || !s.data.ptr ||
		    hold(&s, a->op, a->op_n, 0) != HOLDS)
			return false;
	}
	return true;
}

static bool
area_holds(struct match *m, const struct match_area *a, const struct match_candidate *c)
{
	uint16_t place = m->rules->list[a->list].place;
	struct view data;
	if (a->list == 0)
		return payload_area(m, a, c);
	if (place >= MATCH_L7)
		return tx_area(m, a, c);
	if (match_place_frame(place))
		return frame_area(m, a, c);
	/* looked into where it was decoded */
	if (place == MATCH_BASE64)
		return m->base64.ptr != NULL;
	return match_packet_view(m, a->list, &data) && verify_ops(m, a, c, data, 0);
}

/* Is the flow of the rule's protocol? Transactions are by their own word. */
static bool
proto_holds(struct match *m, const struct match_rule *r, const struct match_candidate *c)
{
	if (!r->protos)
		return true;
	if (c->in == MATCH_IN_TX)
		return r->protos & (uint64_t)1 << m->now.tx[c->tx].proto;
	if (c->in == MATCH_IN_FRAME)
		return r->protos & (uint64_t)1 << m->now.seen.frame[c->tx].proto;
	m->half = m->now.l7 == L7_UNKNOWN;
	/* packets are of a protocol from the next one on: there it is known with the
	 * acknowledgement */
	if (c->in == MATCH_IN_PACKET && m->now.l7_new && !r->on_event)
		return false;
	return m->now.l7 < L7_COUNT && r->protos & (uint64_t)1 << m->now.l7;
}

/* Is all of the transaction there that the rule looks at? */
static bool
ready(struct match *m, const struct match_rule *r, const struct match_candidate *c)
{
	if (c->in != MATCH_IN_TX)
		return true;
	const struct l7_tx *tx = &m->now.tx[c->tx];
	m->later = r->when[c->dir] & ~(tx->has | tx->ready);
	return !m->later;
}

static bool
halt(struct match *m, enum match_stop what, const struct match_op *op)
{
	m->halt = (struct match_halt){ what, op };
	return false;
}

/* ---- whole transactions ---- */

static bool
test_of_either(struct match *m, const struct match_op *op, struct match_candidate c)
{
	for (uint8_t dir = 0; dir < 2; dir++) {
		c.dir = dir;
		if (op->test(m, op, &c))
			return true;
	}
	return false;
}

/* Is the area's side there, and does it hold? */
static bool
side_holds(struct match *m, const struct match_area *a, struct match_candidate c)
{
	const struct l7_tx *tx = &m->now.tx[c.tx];
	uint16_t place = m->rules->list[a->list].place;
	uint8_t of = a->flags & MATCH_AREA_UP ? L7_READY_UP : L7_READY_DOWN;
	uint8_t when = l7_buffer_row((enum l7_buffer)(place - MATCH_L7))->when & of;
	c.dir = a->flags & MATCH_AREA_UP ? DIR_TO_SERVER : DIR_TO_CLIENT;
	return when & (tx->has | tx->ready) && area_holds(m, a, &c);
}

/* What held stays so, though its bytes may be gone when the other side comes. */
static bool
whole_holds(struct match *m, const struct match_rule *r, const struct match_candidate *c)
{
	const struct match_tx_wait *w =
	    match_state_tx_wait(m->now.state, m->now.tx[c->tx].id, c->rule);
	uint32_t all = r->area_n < 32 ? (1u << r->area_n) - 1 : UINT32_MAX;
	m->held = w ? w->held : 0;
	for (uint8_t i = 0; i < r->area_n && i < 32; i++) {
		if (!(m->held & 1u << i) && side_holds(m, &r->area[i], *c))
			m->held |= 1u << i;
	}
	m->later = true;
	for (uint8_t i = 0; i < r->test_n; i++) {
		if (!test_of_either(m, &r->test[i], *c))
			return halt(m, MATCH_STOP_TEST, &r->test[i]);
	}
	return m->held == all || halt(m, MATCH_STOP_READY, NULL);
}

/* What was found in an earlier piece of a body stays found. */
static bool
kept_area(struct match *m, const struct match_rule *r, uint8_t i, const struct match_candidate *c)
{
	const struct match_area *a = &r->area[i];
	uint16_t place = m->rules->list[a->list].place;
	bool grows = place >= MATCH_L7 && i < 32 && c->in == MATCH_IN_TX &&
		     l7_buffer_row((enum l7_buffer)(place - MATCH_L7))->when & GROWS;
	uint32_t bit = grows ? 1u << i : 0;
	if (m->held & bit)
		return true;
	if (!area_holds(m, a, c))
		return false;
	m->held |= bit;
	return true;
}

/* A question is still open (a file's size): note what the bytes at hand have. */
static void
note_pieces(struct match *m, const struct match_rule *r, const struct match_candidate *c)
{
	if (c->in != MATCH_IN_TX || !m->now.tx[c->tx].window_n)
		return;
	for (uint8_t i = 0; i < r->area_n; i++) {
		if (m->rules->list[r->area[i].list].place >= MATCH_L7)
			(void)kept_area(m, r, i, c);
	}
}

/* What was noted of the rule on this transaction before. */
static uint32_t
held_before(const struct match *m, const struct match_candidate *c)
{
	if (c->in != MATCH_IN_TX || !m->now.state)
		return 0;
	const struct match_tx_wait *w =
	    match_state_tx_wait(m->now.state, m->now.tx[c->tx].id, c->rule);
	return w ? w->held : 0;
}

bool
match_verify(struct match *m, const struct match_candidate *c)
{
	const struct match_rule *r = &m->rules->rule[c->rule];
	m->half = m->later = false;
	m->held = held_before(m, c);
	m->turned = c->dir != m->now.dir;
	m->context_n = 0;
	m->base64 = (struct view){ NULL, 0 };
	if (!match_verify_head(m, r, c))
		return halt(m, MATCH_STOP_ADDRESS, NULL);
	if (!flow_holds(m, r, c))
		return halt(m, MATCH_STOP_FLOW, NULL);
	if (!proto_holds(m, r, c))
		return halt(m, MATCH_STOP_PROTO, NULL);
	if (r->whole)
		return whole_holds(m, r, c);
	if (!ready(m, r, c))
		return halt(m, MATCH_STOP_READY, NULL);
	for (uint8_t i = 0; i < r->test_n; i++) {
		if (!r->test[i].test(m, &r->test[i], c)) {
			note_pieces(m, r, c);
			return halt(m, MATCH_STOP_TEST, &r->test[i]);
		}
	}
	m->half = true;
	for (uint8_t i = 0; i < r->area_n; i++) {
		if (!kept_area(m, r, i, c))
			return halt(m, MATCH_STOP_PATTERN, r->area[i].op);
	}
	return true;
}

/* The same way again, for what is to be said of it: rules hold seldom. */
void
match_marks(struct match *m, const struct match_candidate *c)
{
	const struct match_rule *r = &m->rules->rule[c->rule];
	struct match_trace *trace = m->trace;
	m->trace = NULL; /* it was told already */
	m->marking = true;
	m->mark_n = 0;
	for (uint8_t i = 0; i < r->area_n; i++) {
		m->mark_from = m->mark_n;
		(void)area_holds(m, &r->area[i], c);
	}
	m->marking = false;
	m->trace = trace;
}
