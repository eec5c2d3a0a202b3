/* SPDX-License-Identifier: Apache-2.0 */
/* Which rules are worth verifying on this packet? Literals first, then the groups of rules without
 * one. */
#include "probe/match_run.h"

static void
add(struct match *m, struct match_candidate c)
{
	if (m->candidate_n < m->candidate_room)
		m->candidate[m->candidate_n++] = c;
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

static void
take_hits(struct match *m, struct match_candidate like)
{
	for (uint32_t i = 0; i < m->hits.n; i++) {
		like.rule = m->hits.rule[i];
		add(m, like);
	}
	m->count.candidates += m->hits.n;
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
add_group(struct match *m, enum match_when when, struct match_candidate like)
{
	const struct match_context *x = &m->now;
	const struct match_group *g = &m->rules->group[when][x->transport][like.dir];
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

void
match_prefilter_packet(struct match *m)
{
	const struct match_context *x = &m->now;
	struct match_candidate like = { .in = MATCH_IN_PACKET, .dir = (uint8_t)x->dir };
	begin(m);
	match_mpm_scan(m->rules->mpm[MATCH_SCAN_PACKET + x->transport][x->dir], m->scratch,
	    x->p->payload, &m->hits);
	take_hits(m, like);
	add_group(m, MATCH_EACH_PACKET, like);
	if (!x->f || x->f->packets[x->dir] <= 1)
		add_group(m, MATCH_FIRST_PACKET, like);
}

/* One side of a transaction: each buffer that is there is scanned with its own database. */
static void
one_side(struct match *m, size_t i, uint8_t ready, enum dir dir)
{
	const struct l7_tx *tx = &m->now.tx[i];
	struct match_candidate like = { .in = MATCH_IN_TX, .dir = (uint8_t)dir, .tx = (uint16_t)i };
	if (!(tx->ready & ready))
		return;
	begin(m);
	for (unsigned b = 0; b < L7_BUF_COUNT; b++) {
		const struct match_mpm *mpm = m->rules->mpm[MATCH_SCAN_L7 + b][dir];
		const struct l7_buffer_row *row = l7_buffer_row((enum l7_buffer)b);
		struct view data;
		if (mpm && row->proto == tx->proto && row->ready & ready &&
		    l7_tx_buffer(tx, (enum l7_buffer)b, &data))
			match_mpm_scan(mpm, m->scratch, data, &m->hits);
	}
	take_hits(m, like);
	add_group(m, MATCH_EACH_TX, like);
}

void
match_prefilter_tx(struct match *m)
{
	for (size_t i = 0; i < m->now.tx_n; i++) {
		one_side(m, i, L7_READY_REQUEST, DIR_TO_SERVER);
		one_side(m, i, L7_READY_RESPONSE, DIR_TO_CLIENT);
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
	match_mpm_scan(m->rules->mpm[MATCH_SCAN_STREAM][dir], m->scratch, data, &m->hits);
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
