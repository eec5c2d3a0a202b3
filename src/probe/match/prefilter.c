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

/* Parts of flow: that hold; streams and transactions of a flow may yet become established. */
static uint8_t
flow_bits(const struct match_context *x, const struct match_candidate *like)
{
	uint8_t bits = MATCH_FLOW_NO_STREAM;
	if (!x->f)
		return 0;
	bits |= like->dir == DIR_TO_SERVER ? MATCH_FLOW_TO_SERVER : MATCH_FLOW_TO_CLIENT;
	if (like->in == MATCH_IN_PACKET)
		return bits |
		       (x->established ? MATCH_FLOW_ESTABLISHED : MATCH_FLOW_NOT_ESTABLISHED);
	return bits | MATCH_FLOW_ONLY_STREAM | MATCH_FLOW_ESTABLISHED | MATCH_FLOW_NOT_ESTABLISHED;
}

/* The first bytes, as far as they are there. */
static void
want_start(struct match_want *w, struct view data)
{
	size_t n = data.len < sizeof(w->start) ? data.len : sizeof(w->start);
	struct cursor c = cursor_of_view(data);
	if (n)
		(void)cursor_copy(&c, &w->start, n);
}

static void
want_stream(struct match_want *w, const struct match_context *x)
{
	if (x->window_at >= sizeof(w->start)) {
		w->gone = UINT64_MAX;
	} else if (!x->window_at && x->window.len >= sizeof(w->start)) {
		want_start(w, x->window);
		w->known = UINT64_MAX;
	}
}

static struct match_want
want_of(const struct match_context *x, const struct match_candidate *like)
{
	const struct packet *p = x->p;
	bool turned = like->dir != x->dir, packet = like->in == MATCH_IN_PACKET;
	struct match_want w = { .sport = turned ? p->dport : p->sport,
		.dport = turned ? p->sport : p->dport,
		.size = p->payload.len < UINT16_MAX ? (uint16_t)p->payload.len : UINT16_MAX,
		.transport = (uint8_t)(1u << x->transport),
		.flow = flow_bits(x, like),
		.in = packet && x->transport != MATCH_TCP ? UINT8_MAX : like->in };
	if (packet) {
		want_start(&w, p->payload);
		w.known = UINT64_MAX;
	} else if (like->in == MATCH_IN_STREAM) {
		want_stream(&w, x);
	}
	return w;
}

/* A new scan: nothing was hit yet. */
static void
begin(struct match *m, struct match_hits *h, const struct match_candidate *like)
{
	h->n = 0;
	h->at = h->beyond = h->inner = 0;
	h->within = NULL;
	h->want = want_of(&m->now, like);
	if (++h->now == 0) {
		memset(h->epoch, 0, m->rules->rule_n * sizeof(*h->epoch));
		h->now = 1;
	}
}

/* Literals of a list, or (negative) of payloads and streams. */
static void
scan(struct match *m, const struct match_mpm *mpm, struct view data, int list, struct match_hits *h)
{
	if (m->trace)
		match_trace_scan(m, mpm, data, list, h);
	else
		match_mpm_scan(mpm, m->scratch_hs, data, h);
}

/* Bytes of a packet or stream, as the hits want them. */
static void
scan_raw(struct match *m, const struct match_raw *raw, struct view data, struct match_hits *h)
{
	const struct match_mpm *mpm = match_raw_for(raw, h->want.sport, h->want.dport);
	scan(m, mpm, data, h == &m->packet_hits ? -1 : -2, h);
}

static void
take_hits(struct match *m, const struct match_hits *h, struct match_candidate like)
{
	for (uint32_t i = 0; i < h->n; i++) {
		like.rule = h->rule[i];
		add(m, like);
	}
	m->count.candidates += h->n;
	if (m->trace)
		match_trace_like(m, like);
}

static void
add_rule(struct match *m, const struct match_hits *h, uint32_t rule, struct match_candidate like)
{
	like.rule = rule;
	if (h->epoch[rule] != h->now && match_verify_head(m, &m->rules->rule[rule], &like))
		add(m, like);
}

/* Rules without a literal are many and mostly for others: those are not even sorted. */
static void
add_leads(struct match *m, const struct match_hits *h, const struct match_lead *l, uint32_t n,
    const struct match_candidate *like)
{
	for (uint32_t i = 0; i < n; i++) {
		if (match_sieve_lets(&l[i].sieve, &h->want))
			add_rule(m, h, l[i].rule, *like);
	}
}

/* Rules that wait for more of this transaction. */
static void
add_waiting_tx(struct match *m, uint64_t id, struct match_candidate like)
{
	const struct match_tx_waits *t = m->now.state ? m->now.state->waits : NULL;
	for (; t; t = t->next) {
		for (uint8_t i = 0; i < t->n; i++) {
			if (t->wait[i].tx == id && !t->wait[i].fired)
				add_rule(m, &m->hits, t->wait[i].rule, like);
		}
	}
}

static void
add_listed(struct match *m, const struct match_hits *h, const struct match_group *g,
    enum match_side side, uint16_t number, const struct match_candidate *like)
{
	const struct match_listed *l = g->by[side];
	if (!l || !(l->has[number % MATCH_LISTED_BITS / 64] >> number % 64 & 1))
		return;
	uint32_t low = 0, n = l->n;
	while (low < n) {
		uint32_t mid = low + (n - low) / 2;
		if (l->slot[mid].number < number)
			low = mid + 1;
		else
			n = mid;
	}
	if (low < l->n && l->slot[low].number == number)
		add_leads(m, h, g->lead + l->slot[low].first, l->slot[low].n, like);
}

static uint16_t
net_of(const struct addr *a)
{
	return (uint16_t)(a->b[0] << 8 | a->b[1]);
}

static void
walk_group(struct match *m, const struct match_hits *h, const struct match_group *g,
    const struct match_candidate *like)
{
	const struct packet *p = m->now.p;
	bool turned = like->dir != m->now.dir;
	add_leads(m, h, g->lead, g->wild_n, like);
	add_listed(m, h, g, MATCH_SIDE_SIZE, h->want.size, like);
	add_listed(m, h, g, MATCH_SIDE_DST, h->want.dport, like);
	add_listed(m, h, g, MATCH_SIDE_SRC, h->want.sport, like);
	if (p->ip_ver != 4)
		return;
	add_listed(m, h, g, MATCH_SIDE_DST_NET, net_of(turned ? &p->src : &p->dst), like);
	add_listed(m, h, g, MATCH_SIDE_SRC_NET, net_of(turned ? &p->dst : &p->src), like);
}

static void
add_rules_of(struct match *m, const struct match_hits *h, const struct match_group *g,
    const struct match_candidate *like)
{
	if (!g->lead)
		return;
	uint64_t from = m->trace ? match_trace_clock(m) : 0;
	walk_group(m, h, g, like);
	if (m->trace)
		match_trace_group(m, g->wild_n, like->dir, from);
}

static void
add_group(struct match *m, const struct match_hits *h, enum match_when when,
    const struct match_candidate *like)
{
	add_rules_of(m, h, &m->rules->group[when][m->now.transport][like->dir], like);
}

/* Headers that rules have literals for. */
static void
scan_headers(struct match *m, struct match_hits *h, enum dir dir)
{
	const struct match_rules *r = m->rules;
	for (uint16_t i = 0; i < r->packet_list_n; i++) {
		uint16_t list = r->packet_list[i];
		struct view data;
		if (r->scan.list[list][dir] && match_packet_view(m, list, &data))
			scan(m, r->scan.list[list][dir], data, list, h);
	}
}

void
match_prefilter_packet(struct match *m)
{
	const struct match_context *x = &m->now;
	struct match_candidate like = { .in = MATCH_IN_PACKET, .dir = (uint8_t)x->dir };
	struct match_hits *h = &m->packet_hits;
	if (!x->payload_scanned) {
		begin(m, h, &like);
		if (!match_sealed(m))
			scan_raw(
			    m, &m->rules->scan.payload[x->transport][x->dir], x->p->payload, h);
	}
	scan_headers(m, h, x->dir);
	take_hits(m, h, like);
	add_group(m, h, MATCH_EACH_PACKET, &like);
	if (x->p->payload.len)
		add_group(m, h, MATCH_EACH_PAYLOAD, &like);
	if (!x->f || x->f->packets[x->dir] <= 1)
		add_group(m, h, MATCH_FIRST_PACKET, &like);
}

/* What l7 found may be of the other direction than the packet. */
void
match_prefilter_event(struct match *m)
{
	const struct match_context *x = &m->now;
	struct match_candidate like = { .in = MATCH_IN_PACKET, .dir = (uint8_t)x->dir };
	bool other = false;
	if (!m->rules->events || !(x->p->odd || x->p->hints || x->seen.stream_odd ||
				     x->seen.segment_odd || x->seen.odd_n))
		return;
	begin(m, &m->hits, &like);
	add_group(m, &m->hits, MATCH_ON_EVENT, &like);
	for (size_t i = 0; i < x->seen.odd_n; i++)
		other |= x->seen.odd[i].dir != like.dir || x->seen.odd[i].tx_id >= 0;
	like.dir = !like.dir;
	if (!other)
		return;
	begin(m, &m->hits, &like);
	add_group(m, &m->hits, MATCH_ON_EVENT, &like);
}

/* What of a body or frame was not scanned yet, its first `old` bytes were, and where that begins.
 * What the database may find across the two is scanned again; rules woken before wait (struct
 * match_tx_wait). */
static struct view
behind(const struct match_mpm *mpm, struct view data, size_t old, uint64_t *at)
{
	struct cursor c = cursor_of_view(data);
	size_t again = match_mpm_straddles(mpm);
	if (old > again && cursor_skip(&c, old - again))
		*at += old - again;
	return (struct view){ c.at, cursor_left(&c) };
}

/* Of a body's piece, what was not scanned yet, and its place. */
static struct view
fresh(const struct l7_tx *tx, const struct match_mpm *mpm, struct view data, uint64_t *at)
{
	*at = 0;
	for (uint16_t i = 0; i < tx->window_n; i++) {
		const struct l7_window *w = &tx->window[i];
		if (w->data.ptr != data.ptr)
			continue;
		*at = w->at;
		return behind(mpm, data, w->old, at);
	}
	return data;
}

/* Every instance of a list's buffer with the list's database. */
static void
scan_list(struct match *m, uint16_t list, const struct match_candidate *c)
{
	const struct match_mpm *mpm = m->rules->scan.list[list][c->dir];
	const struct l7_tx *tx = &m->now.tx[c->tx];
	struct view data;
	const struct scratch_at before = scratch_here(&m->scratch);
	m->hits.at = 0;
	for (uint16_t i = 0; match_tx_view(m, list, c, i, &data); i++) {
		if (tx->window_n)
			data = fresh(tx, mpm, data, &m->hits.at);
		scan(m, mpm, data, list, &m->hits);
		scratch_back(&m->scratch, before);
	}
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
	begin(m, &m->hits, &like);
	for (uint32_t k = 0; k < w->list_n; k++) {
		uint16_t place = m->rules->list[w->list[k]].place - MATCH_L7;
		if (l7_buffer_row((enum l7_buffer)place)->when & ready)
			scan_list(m, w->list[k], &like);
	}
	take_hits(m, &m->hits, like);
	add_waiting_tx(m, tx->id, like);
	add_rules_of(m, &m->hits, &w->group, &like);
}

/* The transaction is over: rules that waited for that. */
static void
at_end(struct match *m, size_t i)
{
	for (uint8_t dir = 0; dir < 2 && m->now.state && m->now.state->waits; dir++) {
		struct match_candidate like = { .in = MATCH_IN_TX, .dir = dir, .tx = (uint16_t)i };
		begin(m, &m->hits, &like);
		add_waiting_tx(m, m->now.tx[i].id, like);
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

/* ---- frames ---- */

/* Of a frame that was looked at before, what was not scanned yet, and its place. */
static struct view
fresh_frame(const struct l7_frame *f, const struct match_mpm *mpm, struct view data, uint64_t *at)
{
	*at = 0;
	return data.ptr == f->data.ptr ? behind(mpm, data, f->old, at) : data;
}

static void
one_frame(struct match *m, size_t i)
{
	const struct l7_frame *f = &m->now.seen.frame[i];
	const struct match_tx_work *w = &m->rules->frame[f->type][f->dir];
	struct match_candidate like = { .in = MATCH_IN_FRAME, .dir = f->dir, .tx = (uint16_t)i };
	struct view data;
	begin(m, &m->hits, &like);
	for (uint32_t k = 0; k < w->list_n; k++) {
		uint16_t list = w->list[k];
		if (!match_frame_view(m, list, &like, &data))
			continue;
		const struct match_mpm *mpm = m->rules->scan.list[list][f->dir];
		data = fresh_frame(f, mpm, data, &m->hits.at);
		scan(m, mpm, data, list, &m->hits);
	}
	take_hits(m, &m->hits, like);
	if (f->old)
		add_waiting_tx(m, match_frame_key(f), like);
	add_rules_of(m, &m->hits, &w->group, &like);
}

void
match_prefilter_frames(struct match *m, void (*verify)(struct match *m))
{
	const struct match_seen *s = &m->now.seen;
	if (!m->rules->frames)
		return;
	for (size_t i = 0; i < s->frame_n; i++) {
		if (!(m->rules->frames >> s->frame[i].type & 1))
			continue;
		one_frame(m, i);
		verify(m);
		if (s->frame[i].last && s->frame[i].old && m->now.state)
			match_state_tx_done(m, m->now.state, match_frame_key(&s->frame[i]));
	}
}

/* Rules half seen in this stream before. */
static void
add_waiting(struct match *m, struct match_candidate like)
{
	const struct match_stream *s = m->now.stream;
	for (uint8_t i = 0; s && i < s->wait_n; i++) {
		if (!s->wait[i].fired)
			add_rule(m, &m->hits, s->wait[i].rule, like);
	}
}

/* The bytes are the packet's as well: its rules' literals are found on the way. */
static void
begin_payload(struct match *m)
{
	struct match_candidate like = { .in = MATCH_IN_PACKET, .dir = (uint8_t)m->now.dir };
	begin(m, &m->packet_hits, &like);
	m->hits.within = &m->packet_hits;
	m->now.payload_scanned = true;
}

void
match_prefilter_stream(struct match *m, const struct match_fresh *f)
{
	struct match_candidate like = { .in = MATCH_IN_STREAM, .dir = (uint8_t)f->dir };
	begin(m, &m->hits, &like);
	m->hits.at = f->at;
	m->hits.beyond = f->again ? 0 : f->old;
	m->hits.inner = f->old;
	if (f->payload)
		begin_payload(m);
	scan_raw(m, &m->rules->scan.payload[MATCH_TCP][f->dir], f->data, &m->hits);
	take_hits(m, &m->hits, like);
	add_waiting(m, like);
	add_group(m, &m->hits, MATCH_EACH_CHUNK, &like);
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
