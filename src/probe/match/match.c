/* SPDX-License-Identifier: Apache-2.0 */
/* A worker's matcher: prefilter, verify, and what follows from a match. */
#include <assert.h>
#include <stdlib.h>

#include "probe/match_limit.h"
#include "probe/match_run.h"

#define CANDIDATES_LEAST 1024

/* Arrays by rule; freed and made again when the rule set changes. */
static void
arrays_free(struct match *m)
{
	match_scratch_free(m->scratch_hs);
	free(m->hits.epoch);
	free(m->hits.rule);
	free(m->packet_hits.epoch);
	free(m->packet_hits.rule);
	free(m->fired);
	free(m->candidate);
	m->scratch_hs = NULL;
	m->hits = m->packet_hits = (struct match_hits){ 0 };
	m->fired = NULL;
	m->candidate = NULL;
}

static bool
hits_new(struct match_hits *h, size_t n)
{
	h->epoch = calloc(n, sizeof(*h->epoch));
	h->rule = calloc(n, sizeof(*h->rule));
	return h->epoch && h->rule;
}

static bool
arrays_new(struct match *m, const struct match_rules *r)
{
	size_t n = r->rule_n + 1u;
	m->scratch_hs = match_scratch_new(r);
	bool hits = hits_new(&m->hits, n) && hits_new(&m->packet_hits, n);
	m->fired = calloc(n, sizeof(*m->fired));
	/* packet, stream, and a few transactions may each name every rule */
	m->candidate_room = n * 4 > CANDIDATES_LEAST ? n * 4 : CANDIDATES_LEAST;
	m->candidate = calloc(m->candidate_room, sizeof(*m->candidate));
	return m->scratch_hs && hits && m->fired && m->candidate;
}

/* No rules at all is better than half a rule set. */
static void
rules_use(struct match *m, const struct match_rules *rules)
{
	arrays_free(m);
	m->rules = rules && arrays_new(m, rules) ? rules : NULL;
	m->packet = 0;
	m->count.rules_loaded = m->rules ? rules->rule_n : 0;
	m->count.rules_failed = rules ? rules->failed : 0;
	m->count.rules_skipped = rules ? rules->skipped : 0;
}

struct match *
match_new(const struct match_config *config, const struct match_rules *rules)
{
	struct match *m = calloc(1, sizeof(*m));
	if (!m)
		return NULL;
	m->config = *config;
	match_states_init(&m->states, config);
	m->pcre = match_pcre_run_new();
	if (!config->rates)
		m->own_rates = match_rates_new(config->max_thresholds, config->seed);
	m->rates = config->rates ? config->rates : m->own_rates;
	m->window = malloc((size_t)config->stream_tail + MATCH_PIECE);
	rules_use(m, rules);
	if (!m->pcre || !m->rates || !m->window || (rules && !m->rules)) {
		match_free(m);
		return NULL;
	}
	return m;
}

void
match_free(struct match *m)
{
	if (!m)
		return;
	(void)match_trace_set(m, NULL);
	arrays_free(m);
	match_states_fini(&m->states);
	match_rates_free(m->own_rates);
	match_pcre_run_free(m->pcre);
	scratch_fini(&m->scratch);
	free(m->window);
	free(m);
}

void
match_swap(struct match *m, const struct match_rules *rules)
{
	match_states_forget(&m->states);
	rules_use(m, rules);
}

/* ---- what follows from a match ---- */

static bool
goes_first(uint8_t severity, uint32_t sid, const struct alert *b)
{
	return severity != b->severity ? severity < b->severity : sid < b->sid;
}

/* Room for an alert of this rule. In a full list the least of what is there gives way, so that many
 * small ones do not hide a large one; NULL when it is the least itself. */
static struct alert *
room_for(struct match *m, const struct match_info *i)
{
	struct alert *a = alert_add(m->out), *least = &m->out->item[m->out_from];
	if (a || m->out_from == m->out->n)
		return a;
	for (uint16_t k = m->out_from; k < m->out->n; k++) {
		if (goes_first(least->severity, least->sid, &m->out->item[k]))
			least = &m->out->item[k];
	}
	if (!goes_first(i->severity, i->sid, least))
		return NULL;
	for (; least + 1 < m->out->item + m->out->n; least++)
		least[0] = least[1];
	m->out->n--;
	return alert_add(m->out);
}

/* May the rule speak, by what it and threshold.config say? Then *action is what it does now. */
static bool
may_speak(
    struct match *m, const struct match_rule *r, const struct match_candidate *c, uint8_t *action)
{
	const struct packet *p = m->now.p;
	bool turned = c->dir != m->now.dir, allows = true;
	struct match_rate_key key = { r->info->gid, r->info->sid, turned ? &p->dst : &p->src,
		turned ? &p->src : &p->dst, p->ip_ver, m->now.f ? m->now.f->id : 0 };
	if (!r->rate.type && !r->limits)
		return true;
	if (r->limits && match_limits_suppress(r->limits, &key))
		return false;
	gate_enter(m->config.gate);
	for (const struct match_rate *rate = &r->rate; rate && allows; rate = rate->next)
		allows =
		    match_rates_allow(m->rates, rate, &key, p->frame.ts, &m->count.state_evicted);
	const struct match_rate_filter *f = allows && r->limits ? r->limits->filter : NULL;
	for (; f; f = f->next) {
		if (match_rates_over(m->rates, f, &key, p->frame.ts, &m->count.state_evicted))
			*action = f->action;
	}
	gate_leave(m->config.gate);
	return allows;
}

/* The first transaction that this packet brought on, for a rule that looked at its bytes only. */
static void
guess_tx(const struct match *m, struct alert *a)
{
	for (size_t i = 0; i < m->now.tx_n && !a->tx; i++) {
		if (m->now.tx[i].dir != a->dir)
			continue;
		a->tx = &m->now.tx[i];
		a->tx_id = (int64_t)m->now.tx[i].id;
		a->tx_guessed = true;
	}
}

/* The frame, and its transaction when the packet brought it on. */
static void
frame_alert(const struct match *m, struct alert *a, const struct l7_frame *f)
{
	a->frame = f;
	a->stream = f->stream;
	a->tx_id = f->tx_id;
	for (size_t i = 0; i < m->now.tx_n && !a->tx; i++) {
		if ((int64_t)m->now.tx[i].id == f->tx_id && m->now.tx[i].proto == f->proto)
			a->tx = &m->now.tx[i];
	}
	if (f->tx_id < 0)
		guess_tx(m, a);
}

/* The alert took them, or there is none. */
static void
drop_captured(struct match *m)
{
	uint8_t n = 0;
	for (uint8_t i = 0; i < m->pkt_var_n; i++) {
		if (m->pkt_var[i].kind != MATCH_VAR_ALERT)
			m->pkt_var[n++] = m->pkt_var[i];
	}
	m->pkt_var_n = n;
}

/* What datasets know of what was met; as long as the packet. */
static void
add_context(struct match *m, struct alert *a)
{
	size_t n = m->context_n * sizeof(m->context[0]);
	struct alert_context *copy = n ? scratch_get(&m->scratch, n) : NULL;
	if (!copy)
		return;
	memcpy(copy, m->context, n);
	a->context = copy;
	a->context_n = m->context_n;
}

/* What its expressions took out for it. */
static void
take_captured(struct match *m)
{
	for (uint8_t i = 0; i < m->pkt_var_n; i++) {
		const struct match_var *v = &m->pkt_var[i];
		struct match_var *kept = v->kind == MATCH_VAR_ALERT && m->context_n < MATCH_CONTEXTS
					     ? scratch_get(&m->scratch, sizeof(*kept))
					     : NULL;
		if (!kept)
			continue;
		*kept = *v;
		m->context[m->context_n++] = (struct alert_context){ .key = kept->name,
			.text = { .buffer = match_place_name(kept->buffer),
			    .around = { kept->bytes, kept->all },
			    .len = kept->len,
			    .at = kept->at,
			    .n = kept->len } };
	}
	drop_captured(m);
}

static void
raise_alert(struct match *m, const struct match_rule *r, const struct match_candidate *c)
{
	const struct match_info *i = r->info;
	m->count.alerts++;
	struct alert *a = room_for(m, i);
	if (!a)
		return;
	a->gid = i->gid;
	a->sid = i->sid;
	a->rev = i->rev;
	a->severity = i->severity;
	a->signature = i->msg;
	a->category = i->category;
	a->classtype = i->classtype;
	a->verdict = i->verdict;
	a->attack = i->attack;
	a->gbt20986 = i->gbt20986;
	a->name_zh = i->name_zh;
	a->meta = i->meta;
	a->meta_n = i->meta_n;
	a->ref = i->ref;
	a->ref_n = i->ref_n;
	a->target = i->target;
	a->dir = c->dir;
	a->stream = c->in == MATCH_IN_STREAM;
	a->match = match_marked(m);
	a->match_n = a->match ? m->mark_n : 0;
	take_captured(m);
	add_context(m, a);
	if (c->in == MATCH_IN_FRAME) {
		frame_alert(m, a, &m->now.seen.frame[c->tx]);
	} else if (c->in == MATCH_IN_TX) {
		a->tx = &m->now.tx[c->tx];
		a->tx_id = (int64_t)m->now.tx[c->tx].id;
	} else if (r->on_event && m->now.event_tx >= 0) {
		a->tx_id = m->now.event_tx;
		for (size_t k = 0; k < m->now.tx_n && !a->tx; k++) {
			if ((int64_t)m->now.tx[k].id == a->tx_id)
				a->tx = &m->now.tx[k];
		}
	} else {
		guess_tx(m, a);
	}
}

/* A pass rule lets this packet go; on a stream or transaction, or by address alone, the whole flow.
 */
static void
pass(struct match *m, const struct match_rule *r, const struct match_candidate *c)
{
	m->passed = true;
	if (c->in == MATCH_IN_PACKET && !r->once)
		return;
	m->now.state = match_state_get(m, m->now.f);
	if (!m->now.state)
		return;
	m->now.state->passed = true;
	m->now.state->fate |= MATCH_FATE_PASSED;
}

/* Who stops a flow sees no more of it. */
static void
stop(struct match *m)
{
	m->now.state = match_state_get(m, m->now.f);
	if (!m->now.state)
		return;
	m->now.state->passed = true;
	m->now.state->fate |= MATCH_FATE_DROPPED;
}

/* What the stream is to remember of a rule that was tried on it. */
static void
stream_remember(struct match *m, const struct match_candidate *c, bool matched)
{
	struct match_stream *s = m->now.stream;
	uint64_t end = m->now.window_at + m->now.window.len;
	if (c->in != MATCH_IN_STREAM || !s ||
	    (!matched && (!m->half || m->rules->rule[c->rule].loose & 1u << c->dir)))
		return;
	const struct match_wait *old = match_state_wait(s, c->rule);
	if (!matched && old && !old->fired)
		return;
	struct match_wait w = { c->rule, matched, matched ? end : old ? old->from : 0, end };
	m->count.state_evicted += !match_state_wait_put(s, w);
}

#define GROWS (L7_READY_TO_SERVER | L7_READY_TO_CLIENT)
#define LATER (L7_READY_REQUEST_LATER | L7_READY_RESPONSE_LATER)

/* Is this side of a transaction looked at more than once? Then it matters what the rule said. */
static bool
comes_again(const struct match_rule *r, enum dir dir)
{
	uint8_t when = r->when[dir];
	if (r->protos == L7_SET(HTTP2) && when & LATER) /* with each frame */
		return true;
	return when & GROWS || when & (when - 1);
}

static void
tx_remember(struct match *m, const struct match_candidate *c, bool matched)
{
	const struct match_rule *r = &m->rules->rule[c->rule];
	const struct l7_tx *tx = &m->now.tx[c->tx];
	if ((!r->whole && !comes_again(r, c->dir)) ||
	    (!matched && !m->later && !(r->when[c->dir] & GROWS)))
		return;
	m->now.state = match_state_get(m, m->now.f);
	match_state_tx_put(
	    m, m->now.state, (struct match_tx_wait){ tx->id, c->rule, matched, m->held });
}

/* What a rule does that holds. */
static void
act(struct match *m, const struct match_rule *r, const struct match_candidate *c)
{
	uint8_t action = r->action;
	if (action == MATCH_PASS) {
		pass(m, r, c);
		return;
	}
	/* a rate_filter's pass keeps this one rule silent */
	if (!r->noalert && (!may_speak(m, r, c, &action) || action == MATCH_PASS)) {
		m->count.suppressed++;
		if (m->trace && m->trace->held_back)
			m->trace->held_back(m->trace->context, r->info->sid);
	} else if (!r->noalert) {
		raise_alert(m, r, c);
	}
	if (action == MATCH_DROP || action == MATCH_REJECT)
		stop(m);
}

/* Of a frame that will be looked at again. */
static void
frame_remember(struct match *m, const struct match_candidate *c, bool matched)
{
	const struct l7_frame *f = &m->now.seen.frame[c->tx];
	if (f->last)
		return;
	m->now.state = match_state_get(m, m->now.f);
	match_state_tx_put(
	    m, m->now.state, (struct match_tx_wait){ match_frame_key(f), c->rule, matched, 0 });
}

/* Did the rule speak of what the candidate stands for? */
static bool
has_fired(const struct match *m, const struct match_candidate *c)
{
	if (c->in == MATCH_IN_FRAME && !m->now.seen.frame[c->tx].old)
		return false;
	if (c->in != MATCH_IN_TX && c->in != MATCH_IN_FRAME)
		return m->fired[c->rule] == m->packet;
	uint64_t id =
	    c->in == MATCH_IN_TX ? m->now.tx[c->tx].id : match_frame_key(&m->now.seen.frame[c->tx]);
	const struct match_tx_wait *w = match_state_tx_wait(m->now.state, id, c->rule);
	return w && w->fired;
}

static void
verify_one(struct match *m, const struct match_candidate *c)
{
	const struct match_rule *r = &m->rules->rule[c->rule];
	if (has_fired(m, c))
		return;
	struct scratch_at before = scratch_here(&m->scratch);
	bool matched = m->trace ? match_trace_verify(m, c) : match_verify(m, c);
	/* what an alert says stays as long as the packet */
	scratch_back(&m->scratch, before);
	/* before the stream knows that the rule fired */
	if (matched && (r->captures || (!r->noalert && r->action != MATCH_PASS)))
		match_marks(m, c);
	if (c->in == MATCH_IN_FRAME)
		frame_remember(m, c, matched);
	else if (c->in == MATCH_IN_TX)
		tx_remember(m, c, matched);
	else
		stream_remember(m, c, matched);
	if (!matched)
		return;
	if (r->captures && r->noalert)
		drop_captured(m);
	if (c->in != MATCH_IN_TX && c->in != MATCH_IN_FRAME)
		m->fired[c->rule] = m->packet;
	for (uint8_t i = 0; i < r->after_n; i++)
		r->after[i].after(m, &r->after[i], c);
	act(m, r, c);
}

/* Try all candidates in rule order. */
static void
verify_all(struct match *m)
{
	match_prefilter_sort(m);
	for (size_t i = 0; i < m->candidate_n && !m->passed; i++)
		verify_one(m, &m->candidate[i]);
	if (m->trace)
		match_trace_rest(m);
	m->candidate_n = 0;
}

/* Order of priority, then sid; few, and stable so that replay repeats it. */
static void
sort_alerts(struct match *m)
{
	struct alert *a = m->out->item;
	for (uint16_t i = (uint16_t)(m->out_from + 1); i < m->out->n; i++) {
		struct alert x = a[i];
		uint16_t k = i;
		for (; k > m->out_from && goes_first(x.severity, x.sid, &a[k - 1]); k--)
			a[k] = a[k - 1];
		a[k] = x;
	}
}

uint8_t
match_transport_of(uint8_t proto)
{
	switch (proto) {
	case 6:
		return MATCH_TCP;
	case 17:
		return MATCH_UDP;
	case 1:
	case 58:
		return MATCH_ICMP;
	default:
		return MATCH_OTHER;
	}
}

/*
 * Was the flow established before this packet? TCP by a finished handshake (or, picked up midway,
 * by any packet before), all else by having been answered. The bare acknowledgement that completes
 * the handshake is not yet; one that brings data is.
 */
static bool
was_established(const struct packet *p, const struct flow *f, enum dir dir)
{
	if (!f)
		return false;
	uint64_t client = f->packets[0], server = f->packets[1];
	if (p->proto != PROTO_TCP)
		return client && server;
	client -= dir == DIR_TO_SERVER && client;
	server -= dir == DIR_TO_CLIENT && server;
	if (f->tcp < FLOW_TCP_ESTABLISHED)
		return false;
	/* picked up midway: not by a packet that ends it */
	if (f->flags & FLOW_MIDSTREAM)
		return client + server > 1 ||
		       (client + server == 1 && !(f->tcp_flags[!dir] & TCP_FIN));
	bool syn = f->tcp_flags[DIR_TO_SERVER] & TCP_SYN;
	if (syn && !(dir == DIR_TO_SERVER && p->payload.len))
		client -= client > 0; /* the SYN itself */
	/* the answers may go another way: then the client's word counts */
	return client && (f->packets[1] ? server && f->tcp_flags[DIR_TO_CLIENT] & TCP_SYN : true);
}

static void
look(struct match *m)
{
	const struct match_context *x = &m->now;
	for (size_t i = 0; i < x->chunk_n; i++)
		match_stream_chunk(m, &x->chunk[i], verify_all);
	if (x->transport == MATCH_TCP && (!x->f || x->f->flags & FLOW_UNFOLLOWED))
		match_stream_lone(m, x->p->payload);
	if (!x->ending)
		match_prefilter_packet(m);
	match_prefilter_event(m);
	match_prefilter_tx(m, verify_all);
	verify_all(m);
	match_prefilter_frames(m, verify_all);
	match_stream_done(m);
	match_protos_told(m);
	for (size_t i = 0; i < x->tx_n && x->state; i++) {
		if (x->tx[i].ready & L7_READY_EVENT)
			match_state_tx_done(m, x->state, x->tx[i].id);
	}
}

/* What a rule must say to be asked of this packet: nothing for a sound one. */
static uint8_t
apart(const struct packet *p)
{
	if (!(p->flags & (PKT_UNUSABLE | PKT_BAD_CSUM)))
		return 0;
	if (!(p->flags & PKT_UNUSABLE))
		return MATCH_TAKES_BAD_SUM;
	return (uint8_t)((p->flags & PKT_FRAGMENT ? MATCH_TAKES_FRAGMENT : 0) |
			 (p->odd | p->hints ? MATCH_TAKES_UNUSABLE : 0));
}

/* The context is there but for what is the same for all callers. */
static void
run(struct match *m, struct alert_list *out)
{
	struct match_context *now = &m->now;
	const struct packet *p = now->p;
	const struct flow *f = now->f;

	now->transport = match_transport_of(p->proto);
	now->apart = apart(p);
	now->seen = m->seen;
	m->seen = (struct match_seen){ 0 };
	now->event_tx = -1;
	now->state = f ? f->match : NULL;
	now->established_now =
	    now->established || (f && p->proto == PROTO_TCP && f->tcp >= FLOW_TCP_ESTABLISHED);
	now->l7 = f ? l7_proto(f) : L7_UNKNOWN;
	/* a connection that changes its protocol is still of the old one in the packet that says so
	 */
	now->l7_new = p->proto == PROTO_TCP && now->tx_n && now->tx[0].id == 0 &&
		      !(now->tx[0].has & ~now->tx[0].ready);
	if (now->tx_n &&
	    (now->l7 == L7_UNKNOWN || now->l7 == L7_FAILED || now->tx[0].proto == L7_HTTP))
		now->l7 = now->tx[0].proto;
	scratch_clear(&m->scratch);
	m->out = out;
	m->out_from = out->n;
	m->passed = false;
	m->budget = MATCH_BUDGET;
	m->pcre_budget = MATCH_PCRE_BUDGET;
	m->candidate_n = 0;
	if (++m->packet == 0) {
		memset(m->fired, 0, m->rules->rule_n * sizeof(*m->fired));
		m->packet = 1;
	}
	look(m);
	m->count.scratch_full += m->scratch.full;
	sort_alerts(m);
}

/* Is there anything to ask of this packet? */
static bool
wanted(const struct match *m, const struct packet *p, const struct flow *f)
{
	if (!m->rules || !m->rules->rule_n)
		return false;
	if (f && (f->policy > FLOW_POLICY_IGNORE ||
		     (f->match && (f->match->passed || f->match->bypassed))))
		return false;
	if (p->flags & (PKT_UNUSABLE | PKT_BAD_CSUM))
		return m->rules->takes & apart(p);
	return p->ip_ver != 0;
}

/* What was ready before it was encrypted has been looked at with this packet. */
static void
bypass_sealed(struct match *m)
{
	m->now.state = match_state_get(m, m->now.f);
	if (!m->now.state)
		return;
	m->now.state->bypassed = true;
	m->now.state->fate |= MATCH_FATE_BYPASSED;
}

void
match_saw(struct match *m, const struct match_seen *seen)
{
	m->seen = *seen;
}

void
match_packet(struct match *m, const struct packet *p, struct flow *f, enum dir dir,
    const struct flow_chunk *chunks, size_t chunk_n, const struct l7_tx *txs, size_t tx_n,
    struct alert_list *out)
{
	m->pkt_var_n = 0;
	match_tag_packet(m, p, f);
	if (!wanted(m, p, f)) {
		m->seen = (struct match_seen){ 0 };
		return;
	}
	m->now = (struct match_context){ .p = p,
		.f = f,
		.dir = dir,
		.tx = txs,
		.tx_n = tx_n,
		.chunk = chunks,
		.chunk_n = chunk_n,
		.established = was_established(p, f, dir) };
	run(m, out);
	if (f && m->now.seen.bypass)
		bypass_sealed(m);
}

void
match_ending(struct match *m, const struct packet *p, struct flow *f, const struct match_rest *rest,
    struct alert_list *out)
{
	if (!wanted(m, p, f)) {
		m->seen = (struct match_seen){ 0 };
		return;
	}
	m->now = (struct match_context){ .p = p,
		.f = f,
		.dir = DIR_TO_SERVER,
		.tx = rest->tx,
		.tx_n = rest->tx_n,
		.chunk = rest->chunk,
		.chunk_n = rest->chunk_n,
		.established = f->tcp >= FLOW_TCP_ESTABLISHED,
		.ending = true };
	run(m, out);
}

bool
match_tagged(const struct match *m)
{
	return m->tagged;
}

void
match_flow_free(struct match *m, struct flow *f)
{
	match_state_drop(m, f->match);
}

const struct match_counters *
match_count(const struct match *m)
{
	return &m->count;
}
