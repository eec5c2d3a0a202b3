/* SPDX-License-Identifier: Apache-2.0 */
/* Which rules are worth verifying on this packet? Literals first, then the groups of rules without
 * one. */
#include "probe/match_run.h"

static void
add(struct match *m, struct match_candidate c)
{
	if (m->candidate_n < m->candidate_room)
		m->candidate[m->candidate_n++] = c;
	else
		m->count.candidates_left_out++;
}

/* A new scan: nothing was hit yet. */
static void
begin(struct match *m)
{
	struct match_hits *h = &m->hits;
	h->n = 0;
	h->beyond = 0;
	if (++h->now == 0) {
		memset(h->epoch, 0, m->rules->rule_n * sizeof(*h->epoch));
		h->now = 1;
	}
}

/* Literals of a list, or (negative) of payloads and streams. */
static void
scan(struct match *m, const struct match_mpm *mpm, struct view data, int list)
{
	if (m->trace)
		match_trace_scan(m, mpm, data, list);
	else
		match_mpm_scan(mpm, m->scratch_hs, data, &m->hits);
}

static void
take_hits(struct match *m, struct match_candidate like)
{
	for (uint32_t i = 0; i < m->hits.n; i++) {
		like.rule = m->hits.rule[i];
		add(m, like);
	}
	m->count.candidates += m->hits.n;
	if (m->trace)
		match_trace_like(m, like);
}

/* Rules without a literal are many and mostly for other addresses: those are not even sorted. */
static void
add_rules(struct match *m, const uint32_t *rule, uint32_t n, struct match_candidate like)
{
	for (uint32_t i = 0; i < n; i++) {
		like.rule = rule[i];
		if (m->hits.epoch[rule[i]] != m->hits.now &&
		    match_verify_head(m, &m->rules->rule[rule[i]], &like))
			add(m, like);
	}
}

/* Rules that wait for more of this transaction. */
static void
add_waiting_tx(struct match *m, const struct l7_tx *tx, struct match_candidate like)
{
	const struct match_tx_waits *t = m->now.state ? m->now.state->waits : NULL;
	for (uint8_t i = 0; t && i < t->n; i++) {
		if (t->wait[i].tx == tx->id && !t->wait[i].fired)
			add_rules(m, &t->wait[i].rule, 1, like);
	}
}

static void
add_slot(struct match *m, const struct match_group *g, const struct match_port_slot *slot,
    uint32_t n, uint16_t port, struct match_candidate like)
{
	uint32_t low = 0;
	while (low < n) {
		uint32_t mid = low + (n - low) / 2;
		if (slot[mid].port == port) {
			add_rules(m, g->rule + slot[mid].first, slot[mid].n, like);
			return;
		}
		if (slot[mid].port < port)
			low = mid + 1;
		else
			n = mid;
	}
}

static uint16_t
net_of(const struct addr *a)
{
	return (uint16_t)(a->b[0] << 8 | a->b[1]);
}

static void
walk_group(struct match *m, const struct match_group *g, struct match_candidate like)
{
	const struct match_context *x = &m->now;
	bool turned = like.dir != x->dir;
	if (!g->rule)
		return;
	add_rules(m, g->rule, g->wild_n, like);
	add_slot(m, g, g->dst, g->dst_n, turned ? x->p->sport : x->p->dport, like);
	add_slot(m, g, g->src, g->src_n, turned ? x->p->dport : x->p->sport, like);
	if (x->p->ip_ver != 4)
		return;
	add_slot(m, g, g->dst_net, g->dst_net_n, net_of(turned ? &x->p->src : &x->p->dst), like);
	add_slot(m, g, g->src_net, g->src_net_n, net_of(turned ? &x->p->dst : &x->p->src), like);
}

static void
add_rules_of(struct match *m, const struct match_group *g, struct match_candidate like)
{
	uint64_t from = m->trace ? match_trace_clock(m) : 0;
	walk_group(m, g, like);
	if (m->trace && g->rule)
		match_trace_group(m, g->wild_n, like.dir, from);
}

static void
add_group(struct match *m, enum match_when when, struct match_candidate like)
{
	add_rules_of(m, &m->rules->group[when][m->now.transport][like.dir], like);
}

/* Headers that rules have literals for. */
static void
scan_headers(struct match *m, enum dir dir)
{
	const struct match_rules *r = m->rules;
	for (uint16_t i = 0; i < r->packet_list_n; i++) {
		uint16_t list = r->packet_list[i];
		struct view data;
		if (r->scan.list[list][dir] && match_packet_view(m, list, &data))
			scan(m, r->scan.list[list][dir], data, list);
	}
}

void
match_prefilter_packet(struct match *m)
{
	const struct match_context *x = &m->now;
	struct match_candidate like = { .in = MATCH_IN_PACKET, .dir = (uint8_t)x->dir };
	begin(m);
	if (!match_sealed(m))
		scan(m, m->rules->scan.packet[x->transport][x->dir], x->p->payload, -1);
	scan_headers(m, x->dir);
	take_hits(m, like);
	add_group(m, MATCH_EACH_PACKET, like);
	if (!x->f || x->f->packets[x->dir] <= 1)
		add_group(m, MATCH_FIRST_PACKET, like);
}

/* What l7 found may be of the other direction than the packet. */
void
match_prefilter_event(struct match *m)
{
	const struct match_context *x = &m->now;
	struct match_candidate like = { .in = MATCH_IN_PACKET, .dir = (uint8_t)x->dir };
	bool other = false;
	if (!m->rules->events || !(x->p->odd || x->p->hints || x->seen.stream_odd || x->seen.odd_n))
		return;
	begin(m);
	add_group(m, MATCH_ON_EVENT, like);
	for (size_t i = 0; i < x->seen.odd_n; i++)
		other |= x->seen.odd[i].dir != like.dir;
	like.dir = !like.dir;
	if (other)
		add_group(m, MATCH_ON_EVENT, like);
}

#define STRADDLES 2048 /* bytes of a body's piece before that are scanned again */

/* Of a body's piece, what was not scanned yet: rules woken before wait (struct match_tx_wait). */
static struct view
fresh(const struct l7_tx *tx, struct view data)
{
	struct cursor c = cursor_of_view(data);
	for (uint16_t i = 0; i < tx->window_n; i++) {
		const struct l7_window *w = &tx->window[i];
		if (w->data.ptr == data.ptr && w->old > STRADDLES)
			(void)cursor_skip(&c, w->old - STRADDLES);
	}
	return (struct view){ c.at, cursor_left(&c) };
}

/* Every instance of a list's buffer with the list's database. */
static void
scan_list(struct match *m, uint16_t list, const struct match_candidate *c)
{
	const struct match_mpm *mpm = m->rules->scan.list[list][c->dir];
	const struct l7_tx *tx = &m->now.tx[c->tx];
	struct view data;
	for (uint16_t i = 0; match_tx_view(m, list, c, i, &data); i++)
		scan(m, mpm, tx->window_n ? fresh(tx, data) : data, list);
}

/* One side of a transaction, with what became ready of it. */
static void
one_side(struct match *m, size_t i, uint8_t bits, enum dir dir)
{
	const struct l7_tx *tx = &m->now.tx[i];
	const struct match_tx_work *w = &m->rules->tx[tx->proto][dir];
	struct match_candidate like = { .in = MATCH_IN_TX, .dir = (uint8_t)dir, .tx = (uint16_t)i };
	uint8_t ready = tx->ready & bits;
	if (!ready)
		return;
	begin(m);
	for (uint32_t k = 0; k < w->list_n; k++) {
		uint16_t place = m->rules->list[w->list[k]].place - MATCH_L7;
		if (l7_buffer_row((enum l7_buffer)place)->when & ready)
			scan_list(m, w->list[k], &like);
	}
	take_hits(m, like);
	add_waiting_tx(m, tx, like);
	add_rules_of(m, &w->group, like);
}

/* The transaction is over: rules that waited for that. */
static void
at_end(struct match *m, size_t i)
{
	for (uint8_t dir = 0; dir < 2 && m->now.state && m->now.state->waits; dir++) {
		begin(m);
		add_waiting_tx(m, &m->now.tx[i],
		    (struct match_candidate){ .in = MATCH_IN_TX, .dir = dir, .tx = (uint16_t)i });
	}
}

void
match_prefilter_tx(struct match *m, void (*verify)(struct match *m))
{
	/* what one transaction can wake: many in one packet must not push each other out */
	size_t most = 2 * ((size_t)m->rules->rule_n + 1) + 256;
	for (size_t i = 0; i < m->now.tx_n; i++) {
		if (m->candidate_room - m->candidate_n < most)
			verify(m);
		one_side(m, i, L7_READY_UP, DIR_TO_SERVER);
		one_side(m, i, L7_READY_DOWN, DIR_TO_CLIENT);
		if (m->now.tx[i].ready & L7_READY_EVENT)
			at_end(m, i);
	}
}

/* Rules half seen in this stream before. */
static void
add_waiting(struct match *m, struct match_candidate like)
{
	const struct match_stream *s = m->now.stream;
	for (uint8_t i = 0; s && i < s->wait_n; i++) {
		if (!s->wait[i].fired)
			add_rules(m, &s->wait[i].rule, 1, like);
	}
}

void
match_prefilter_stream(struct match *m, struct view data, size_t old, enum dir dir)
{
	struct match_candidate like = { .in = MATCH_IN_STREAM, .dir = (uint8_t)dir };
	begin(m);
	m->hits.beyond = old;
	scan(m, m->rules->scan.stream[dir], data, -2);
	take_hits(m, like);
	add_waiting(m, like);
	add_group(m, MATCH_EACH_CHUNK, like);
}

/* Shell sort: candidates are few, and there is no allocation. */
void
match_prefilter_sort(struct match *m)
{
	struct match_candidate *c = m->candidate;
	size_t n = m->candidate_n, gap = 1;
	while (gap < n / 3)
		gap = gap * 3 + 1;
	for (; gap > 0; gap /= 3) {
		for (size_t i = gap; i < n; i++) {
			struct match_candidate x = c[i];
			size_t k = i;
			for (; k >= gap && c[k - gap].rule > x.rule; k -= gap)
				c[k] = c[k - gap];
			c[k] = x;
		}
	}
}
