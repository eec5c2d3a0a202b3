/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pipeline:
 *
 *     capture -> decode -> flow -> identify -> l7 -> learn -> match -> notice -> output
 *
 * worker_packet is what comes after decode: every stage once, in order; stages never call each
 * other. Learn answers while output writes; notice gets its records from all workers.
 */
#include "worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "await_alerts.h"
#include "await_frames.h"
#include "contacts.h"
#include "counters.h"
#include "settings.h"

/* Counters of parts that are made anew for each capture. */
struct past {
	struct identify_counters identify;
	struct match_counters match;
};

struct worker {
	struct worker_config config;
	const struct options *opt;

	struct flow_table *flows;
	struct identify *identify;
	struct l7 *l7;
	struct match *match;
	struct lists_watch *lists;
	struct verdicts *verdicts; /* NULL: alerts are not judged */
	struct output *output;
	struct ring *ring;         /* NULL: frames are not kept */
	struct evidence *evidence; /* NULL: nor those around alerts */
	bool by_time;              /* evidence ends by its time, not by a packet or its flow */

	char source[4096];                        /* file, as events name it; replay only */
	struct flow_chunk chunk[FLOW_CHUNKS_MAX]; /* what the packet brought in order */
	struct alert_list alerts;
	struct await_frames *frames_due; /* NULL: no event of a frame waits */
	struct await_alerts
	    *alerts_due; /* NULL: alerts are written with the packet that raised them */
	bool draining;   /* flows end by when they were seen, not by when they were due */
	struct past past;
};

/* ---- making and ending ---- */

void
worker_shared_free(struct worker_shared *s)
{
	match_rates_free(s->rates);
	identify_memory_free(s->memory);
	*s = (struct worker_shared){ 0 };
}

int
worker_shared_new(
    struct worker_shared *s, const struct options *o, struct hash_key seed, struct err *e)
{
	s->rates = match_rates_new(o->match_thresholds, seed);
	s->memory = identify_memory_new();
	if (s->rates && s->memory)
		return 0;
	worker_shared_free(s);
	return err_set(e, "out of memory");
}

int
worker_shared_next(struct worker_shared *s, struct worker_shared *old, const struct options *o,
    struct hash_key seed, struct err *e)
{
	if (worker_shared_new(s, o, seed, e) != 0)
		return -1;
	if (o->rules_carry) {
		match_rates_free(s->rates);
		s->rates = old->rates;
		old->rates = NULL;
		match_rates_carried(s->rates);
	}
	return 0;
}

/* What the rules look for is kept by l7, and nothing else. */
static void
ask_l7(struct worker *w)
{
	const struct match_rules *rules = w->config.knowledge->rules;
	const struct lists *lists = w->config.knowledge->lists;
	flow_watch(w->flows, match_rules_segments(rules));
	l7_want(w->l7, match_rules_want(rules) | lists_want(lists));
	l7_digests_want(w->l7, match_rules_digests(rules) | lists_digests(lists));
	bool all = w->output && output_wants_frames(w->output);
	l7_want_frames(w->l7, match_rules_frames(rules) | (all ? L7_FRAMES_ALL : 0));
}

static int
fresh_memory(struct worker *w, struct err *e)
{
	struct identify_config identify = settings_identify(&w->config);
	struct match_config match = settings_match(&w->config);

	w->identify = identify_new(&identify, e);
	if (!w->identify)
		return -1;
	w->match = match_new(&match, w->config.knowledge->rules);
	w->lists = lists_watch_new(w->config.knowledge->lists);
	ask_l7(w);
	if (w->output)
		output_set_identify(w->output, w->identify);
	if (!w->match || !w->lists)
		return err_set(e, "out of memory");
	match_know(w->match, &(struct match_known){ w->config.knowledge->learn, w->identify });
	return 0;
}

static void
end_memory(struct worker *w)
{
	if (w->identify)
		counters_add(
		    &w->past.identify, identify_count(w->identify), sizeof(w->past.identify));
	if (w->match)
		counters_add(&w->past.match, match_count(w->match), sizeof(w->past.match));
	if (w->lists) {
		w->past.match.list_hits += lists_count(w->lists)->hits;
		w->past.match.list_expired += lists_count(w->lists)->expired;
	}
	identify_free(w->identify);
	match_free(w->match);
	lists_watch_free(w->lists);
	w->lists = NULL;
	w->identify = NULL;
	w->match = NULL;
}

static int
open_ring(struct worker *w, struct err *e)
{
	const struct ring_config config = settings_ring(&w->config);

	return !*config.dir || (w->ring = ring_open(&config, e)) ? 0 : -1;
}

/* Where it was seen: the file, or the interface. */
static const char *
place(const struct worker *w, uint16_t source)
{
	return w->config.interface ? w->config.interface[source] : w->source;
}

/* Packets around alerts were kept. */
static void
evidence_done(void *context, const struct evidence_case *c)
{
	struct worker *w = context;
	const struct flow *f = c->owner;
	struct output_scene s = { .flow = f, .source = place(w, f->source) };

	if (w->by_time && w->config.out.ending)
		w->config.out.ending(w->config.out.context, c->due, c->number);
	output_evidence(w->output, &s, c);
}

static int
open_evidence(struct worker *w, struct err *e)
{
	struct evidence_config config = settings_evidence(&w->config);

	config.done = evidence_done;
	config.context = w;
	return !*config.dir || (w->evidence = evidence_open(&config, e)) ? 0 : -1;
}

static int
open_store(struct worker *w, struct err *e)
{
	const struct l7_store config = settings_store(&w->config);

	return *config.dir ? l7_store_open(w->l7, &config, e) : 0;
}

/* Events that wait for a packet of who sent their bytes. */
static int
open_waiting(struct worker *w, struct err *e)
{
	if (!w->opt->stream_wait_ack)
		return 0;
	w->alerts_due = await_alerts_new();
	w->frames_due = await_frames_new();
	return w->alerts_due && w->frames_due ? 0 : err_set(e, "out of memory");
}

static int
open_output(struct worker *w, struct err *e)
{
	const struct output_config config = settings_output(&w->config, w->identify);

	w->output = output_new(&config, e);
	return w->output ? 0 : -1;
}

struct worker *
worker_new(const struct worker_config *config, struct err *e)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (!w) {
		err_set(e, "out of memory");
		return NULL;
	}
	w->config = *config;
	w->opt = config->options;
	struct flow_config flow = settings_flow(config);
	struct l7_config l7;
	if (settings_l7(&l7, config, e) != 0)
		goto fail;
	w->flows = flow_new(&flow);
	w->l7 = l7_new(&l7);
	if (w->opt->verdict_enabled)
		w->verdicts =
		    verdicts_new(settings_part(config, w->opt->verdict_flows), config->seed);
	if (!w->flows || !w->l7 || (w->opt->verdict_enabled && !w->verdicts)) {
		err_set(e, "out of memory");
		goto fail;
	}
	if (open_store(w, e) != 0 || open_waiting(w, e) != 0 || fresh_memory(w, e) != 0 ||
	    open_output(w, e) != 0 || open_ring(w, e) != 0 || open_evidence(w, e) != 0)
		goto fail;
	ask_l7(w); /* events may be wanted of what rules are not */
	return w;
fail:
	worker_free(w);
	return NULL;
}

void
worker_free(struct worker *w)
{
	if (!w)
		return;
	end_memory(w);
	await_alerts_free(w->alerts_due);
	await_frames_free(w->frames_due);
	ring_close(w->ring);
	verdicts_free(w->verdicts);
	evidence_close(w->evidence);
	output_free(w->output);
	l7_free(w->l7);
	flow_free(w->flows);
	free(w);
}

void
worker_source(struct worker *w, const char *name)
{
	snprintf(w->source, sizeof(w->source), "%s", name);
}

int
worker_renew(struct worker *w, struct worker_shared shared, struct err *e)
{
	end_memory(w);
	w->config.shared = shared;
	return fresh_memory(w, e);
}

int
worker_trace(struct worker *w, struct match_trace *t)
{
	return match_trace_set(w->match, t);
}

void
worker_count(const struct worker *w, struct worker_counters *out)
{
	*out = (struct worker_counters){ .flow = *flow_count(w->flows),
		.identify = w->past.identify,
		.l7 = *l7_count(w->l7),
		.match = w->past.match,
		.alert_overflow = w->alerts.overflow,
		.failed = output_failed(w->output),
		.masked = output_masked(w->output),
		.held_back = output_held_back(w->output),
		.await_full = await_alerts_full(w->alerts_due) + await_frames_full(w->frames_due) };
	counters_add(&out->identify, identify_count(w->identify), sizeof(out->identify));
	counters_add(&out->match, match_count(w->match), sizeof(out->match));
	out->match.list_hits += lists_count(w->lists)->hits;
	out->match.list_expired += lists_count(w->lists)->expired;
	if (w->ring)
		ring_count(w->ring, &out->ring);
	if (w->verdicts) {
		struct verdict_counters c = verdict_count(w->verdicts);
		out->verdicts = c.judged;
		out->verdicts_forgotten = c.forgotten;
	}
	if (w->evidence) {
		struct evidence_counters c = evidence_count(w->evidence);
		out->evidence = c.files;
		out->evidence_lost = c.lost;
	}
}

void
worker_counters_add(struct worker_counters *sum, const struct worker_counters *one)
{
	uint64_t oldest = sum->ring.oldest;

	counters_add(sum, one, sizeof(*sum)); /* all but the one below is a sum */
	if (oldest && one->ring.oldest)
		sum->ring.oldest = oldest < one->ring.oldest ? oldest : one->ring.oldest;
}

void
worker_flush(struct worker *w)
{
	if (w->ring)
		ring_flush(w->ring);
}

/* ---- saying what was found ---- */

static void
write_alert(struct worker *w, const struct output_scene *s, const struct alert *a)
{
	output_alert(w->output, s, a);
	if (w->evidence && s->flow)
		evidence_alert(w->evidence, s->flow->id, s->flow, a->id, s->packet);
}

/* Is the alert about bytes that the packet, which goes the other way, only acknowledged? */
static bool
is_for_later(const struct worker *w, const struct output_scene *s, const struct alert *a)
{
	return w->alerts_due && s->flow && !a->indicator && s->packet->frame.data &&
	       s->packet->proto == PROTO_TCP && a->dir != s->dir;
}

/* At the end of its flow: about what the end in a->dir sent. */
static void
write_at_end(struct worker *w, const struct output_scene *at, const struct alert *a)
{
	struct packet p = await_packet(at->flow, a->dir);
	struct output_scene s = *at;
	s.packet = &p;
	s.dir = a->dir;
	write_alert(w, &s, a);
}

static void
write_alerts(struct worker *w, struct output_scene *s)
{
	for (uint16_t i = 0; i < w->alerts.n; i++) {
		const struct alert *a = &w->alerts.item[i];
		if (s->flow && !s->packet->frame.data)
			write_at_end(w, s, a);
		else if (!is_for_later(w, s, a) ||
			 !await_alerts_keep(w->alerts_due, w->output, s, a))
			write_alert(w, s, a);
	}
	w->alerts.n = 0;
}

/* The packet that waiting alerts are written with. */
struct waited {
	struct worker *w;
	const struct output_scene *scene; /* NULL: it is the flow's end */
	const struct l7_tx *tx;           /* what the packet brought on */
	size_t tx_n;
};

/* An alert that waited tells of its transaction what is known by now. */
static const struct l7_tx *
tx_by_now(const struct waited *x, const struct alert *a)
{
	if (a->tx_id < 0 || a->parts->framed)
		return NULL;
	for (size_t i = x->tx_n; i--;) {
		if (x->tx[i].id == (uint64_t)a->tx_id)
			return &x->tx[i];
	}
	return NULL;
}

static void
write_waited(void *context, struct flow *f, struct alert *a)
{
	struct waited *x = context;
	f->flags |= FLOW_ALERTED;
	a->tx = tx_by_now(x, a);
	if (x->scene)
		write_alert(x->w, x->scene, a);
	else
		write_at_end(x->w,
		    &(struct output_scene){
			.flow = f, .source = place(x->w, f->source), .match = x->w->match },
		    a);
}

static void
write_transactions(struct worker *w, const struct output_scene *s, const struct l7_tx *tx, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (tx[i].ready & L7_READY_EVENT && !match_hushed(s->flow, &tx[i]))
			output_tx(w->output, s, &tx[i]);
}

/* What was found out about earlier alerts; what scribe is to look out for. */
static void
write_verdicts(struct worker *w, const struct output_scene *s)
{
	size_t n;
	const struct verdict_said *said = verdict_said(w->verdicts, &n);
	for (size_t i = 0; i < n; i++)
		if (!said[i].fresh)
			output_verdict(w->output, s, &said[i]);
	const struct verdict_watch *watch = verdict_watches(w->verdicts, &n);
	for (size_t i = 0; i < n; i++) {
		const struct notice_record r = { .ts = s->packet ? s->packet->frame.ts
								 : s->flow->last,
			.client = watch[i].callee,
			.server = watch[i].victim,
			.ip_ver = watch[i].ver,
			.kind = NOTICE_WATCH,
			.how = watch[i].how,
			.alert = watch[i].alert };
		w->config.out.record(w->config.out.context, &r, s->source);
	}
}

/* Alerts get their numbers, are judged with what the packet brought, and written. */
static void
judge_and_write(struct worker *w, struct output_scene *s, const struct match_rest *rest)
{
	s->file = l7_files(w->l7, &s->file_n);
	for (uint16_t i = 0; i < w->alerts.n; i++)
		w->alerts.item[i].id = output_alert_id(s, &w->alerts.item[i], i);
	if (!w->verdicts) {
		write_alerts(w, s);
		return;
	}
	struct verdict_scene v = { s->packet, s->flow, s->dir, rest->chunk, rest->chunk_n, rest->tx,
		rest->tx_n, s->file, s->file_n, { false, false } };
	for (unsigned i = 0; s->flow && w->alerts.n && i < 2; i++)
		v.ours[i] = knowledge_ours(w->config.knowledge,
		    i ? &s->flow->key.server : &s->flow->key.client, s->flow->key.ip_ver);
	verdict_begin(w->verdicts);
	verdict_alerts(w->verdicts, &v, &w->alerts);
	verdict_packet(w->verdicts, &v, &w->alerts);
	write_alerts(w, s);
	write_verdicts(w, s);
}

/* What l7 found besides transactions. */
static void
write_findings(struct worker *w, const struct output_scene *s)
{
	size_t n;
	const struct l7_anomaly *odd = l7_anomalies(w->l7, &n);
	for (size_t i = 0; i < n; i++)
		output_anomaly(w->output, s, &odd[i]);
	const struct l7_carried *file = l7_files(w->l7, &n);
	for (size_t i = 0; i < n; i++)
		output_file(w->output, s, &file[i]);
}

static void
write_odd(struct worker *w, const struct output_scene *s, struct flow *f)
{
	uint16_t odd = flow_odd(f);
	if (odd)
		output_odd_stream(w->output, s, odd);
}

/* What was found besides alerts. */
static void
write_records(struct worker *w, const struct output_scene *s, struct flow *f,
    const struct l7_tx *tx, size_t n)
{
	size_t frames;
	const struct l7_frame *frame = l7_frames(w->l7, &frames);

	write_transactions(w, s, tx, n);
	if (l7_found(w->l7))
		write_findings(w, s);
	await_frames_write(w->frames_due, w->output, s, frame, frames);
	write_odd(w, s, f);
}

static void
give(struct worker *w, const struct output_scene *s, const struct notice_record *r)
{
	w->config.out.record(w->config.out.context, r, s->source);
}

static void
logins(struct worker *w, const struct output_scene *s, const struct l7_tx *tx, size_t n)
{
	uint64_t ts = s->packet ? s->packet->frame.ts : s->flow->last;
	struct notice_record r;

	for (size_t i = 0; i < n; i++) {
		if ((tx[i].ready & L7_READY_EVENT) && contact_login(s->flow, &tx[i], ts, &r))
			give(w, s, &r);
		if (w->verdicts && contact_name(s->flow, &tx[i], ts, &r))
			give(w, s, &r);
	}
}

/* A connection long enough to tell whether the link shows both its sides, or at its end. */
static void
judge_link(struct worker *w, const struct flow *f, bool ended)
{
	uint64_t packets = f->packets[0] + f->packets[1];

	if (!w->config.links || f->key.proto != PROTO_TCP)
		return;
	if (ended ? packets < LINKS_JUDGED_AT : packets == LINKS_JUDGED_AT)
		links_connection(w->config.links, w->config.index, f->source,
		    links_sides(f->packets, f->tcp_flags));
}

/* ---- the end of a flow ---- */

/* What was held back of its streams goes to l7 and stays in w->chunk; how many runs there are.
 * *some: they bring bytes. */
static size_t
flush_streams(struct worker *w, struct flow *f, bool *some)
{
	struct flow_chunk chunk;
	size_t n = 0;

	*some = false;
	while (f->key.proto == PROTO_TCP && flow_chunk_flush(w->flows, f, &chunk)) {
		l7_chunk(w->l7, f, NULL, &chunk);
		*some |= chunk.data.len > 0;
		if (n < FLOW_CHUNKS_MAX)
			w->chunk[n++] = chunk;
	}
	return n;
}

/* Rules look at what only the end of the flow brought out: who makes us miss an acknowledgement
 * must not hide what it acknowledged. */
static void
match_end(struct worker *w, struct flow *f, const struct match_rest *rest)
{
	struct packet p = await_packet(f, DIR_TO_SERVER);
	p.flags |= PKT_ENDING;
	struct output_scene s = { &p, f, DIR_TO_SERVER, place(w, f->source), NULL, 0, w->match };

	match_ending(w->match, &p, f, rest, &w->alerts);
	lists_packet(w->lists, &(struct lists_scene){ &p, f, DIR_TO_SERVER, rest->tx, rest->tx_n },
	    &w->alerts);
	if (w->alerts.n) {
		f->flags |= FLOW_ALERTED;
		l7_watch(f);
	}
	if (f->flags & FLOW_ALERTED)
		judge_and_write(w, &s, rest);
}

void
worker_knowledge(struct worker *w, const struct knowledge *k)
{
	if (await_alerts_any(w->alerts_due)) /* their rules go */
		await_alerts_take(
		    w->alerts_due, NULL, AWAIT_BOTH, write_waited, &(struct waited){ .w = w });
	w->config.knowledge = k;
	flow_set_targets(w->flows, k->targets);
	match_swap(w->match, k->rules);
	lists_watch_swap(w->lists, k->lists);
	match_know(w->match, &(struct match_known){ k->learn, w->identify });
	ask_l7(w);
	output_set_learn(w->output, k->learn);
}

/* The last word about the flow's alerts. ssh: what its packets tell of a login; may be NULL. */
static void
judge_end(
    struct worker *w, const struct output_scene *s, struct flow *f, const struct notice_record *ssh)
{
	if (!w->verdicts || !(f->flags & FLOW_ALERTED))
		return;
	verdict_begin(w->verdicts);
	if (ssh && ssh->kind != NOTICE_LOGIN_TRY)
		verdict_login(
		    w->verdicts, f, ssh->kind == NOTICE_LOGIN_OK ? L7_LOGIN_OK : L7_LOGIN_FAIL);
	verdict_end(w->verdicts, f);
	write_verdicts(w, s);
}

/* Nothing more of the flow comes to the evidence of its alerts. */
static void
evidence_end(struct worker *w, const struct flow *f)
{
	bool by_time = w->by_time;

	if (!w->evidence || !(f->flags & FLOW_ALERTED))
		return;
	w->by_time = false; /* what it sorts by was said with the flow's end */
	evidence_flow_end(w->evidence, f->id);
	w->by_time = by_time;
}

static void
flow_ended(void *context, struct flow *f)
{
	struct worker *w = context;
	struct output_scene s = { .flow = f, .source = place(w, f->source), .match = w->match };
	struct notice_record r;
	bool bytes;
	size_t n, odds, frames;

	if (w->evidence && w->by_time)
		evidence_due(w->evidence, flow_due(w->flows, f), f->last_number);
	if (w->config.out.ending)
		w->config.out.ending(w->config.out.context,
		    w->draining ? f->seen : flow_due(w->flows, f), f->last_number);
	identify_finish(w->identify, f);
	l7_begin(w->l7);
	size_t chunks = flush_streams(w, f, &bytes);
	l7_finish(w->l7, f);
	const struct l7_tx *tx = l7_ready(w->l7, &n);
	const struct l7_anomaly *odd = l7_anomalies(w->l7, &odds);
	const struct l7_frame *frame = l7_frames(w->l7, &frames);
	match_saw(w->match, &(struct match_seen){ flow_odd_now(f), odd, odds, l7_sealed(f), frame,
				frames, 0, false });
	if (await_alerts_any(w->alerts_due))
		await_alerts_take(
		    w->alerts_due, f, AWAIT_BOTH, write_waited, &(struct waited){ .w = w });
	if (bytes || n || odds || frames)
		match_end(w, f, &(struct match_rest){ w->chunk, chunks, tx, n });
	logins(w, &s, tx, n);
	if (contact_end(f, &r))
		give(w, &s, &r);
	bool ssh = contact_ssh(f, &r);
	if (ssh)
		give(w, &s, &r);
	judge_end(w, &s, f, ssh ? &r : NULL);
	write_records(w, &s, f, tx, n);
	evidence_end(w, f);
	output_flow(w->output, &s);
	judge_link(w, f, true);
	l7_begin(w->l7);
	match_flow_free(w->match, f);
	l7_flow_free(w->l7, f);
	identify_flow_free(w->identify, f);
}

void
worker_expire(struct worker *w, uint64_t now)
{
	w->by_time = true;
	flow_expire(w->flows, now, flow_ended, w);
	if (w->evidence)
		evidence_due(w->evidence, now, UINT64_MAX);
	w->by_time = false;
	if (w->ring)
		ring_tick(w->ring, now);
}

void
worker_drain(struct worker *w, uint64_t number)
{
	w->draining = true;
	if (number == UINT64_MAX)
		flow_drain(w->flows, flow_ended, w);
	else
		flow_drain_to(w->flows, number, flow_ended, w);
	w->draining = false;
}

/* ---- one packet ---- */

static size_t
segment(struct worker *w, struct flow *f, const struct packet *p, enum dir dir)
{
	size_t n = 0;

	flow_segment(w->flows, f, p, dir);
	while (n < FLOW_CHUNKS_MAX && flow_chunk(w->flows, f, &w->chunk[n])) {
		l7_chunk(w->l7, f, p, &w->chunk[n]);
		n++;
	}
	return n;
}

/* The packet's bytes to l7; of a stream they stay in w->chunk: how many runs there are. */
static size_t
take_bytes(struct worker *w, struct flow *f, const struct packet *p, enum dir dir)
{
	if (p->flags & PKT_BAD_CSUM)
		return 0;
	if (p->proto == PROTO_TCP)
		return f->flags & FLOW_UNFOLLOWED ? 0 : segment(w, f, p, dir);
	if (p->proto == PROTO_UDP)
		l7_datagram(w->l7, f, p, dir);
	return 0;
}

void
worker_packet(struct worker *w, const struct packet *p, bool ip)
{
	struct notice_record r;
	size_t chunks = 0, txs, odds, frames;
	enum dir dir = DIR_TO_SERVER;

	struct flow *f = ip ? flow_packet(w->flows, p, &dir, flow_ended, w) : NULL;
	struct output_scene s = { p, f, dir, place(w, p->frame.source), NULL, 0, w->match };

	if (w->ring && !p->carrier) /* a frame is kept once */
		ring_packet(w->ring, p, f ? f->bytes[0] + f->bytes[1] : 0);
	if (w->evidence && f)
		evidence_packet(w->evidence, p, f->id, f->flags & FLOW_ALERTED);
	l7_begin(w->l7);
	if (f) {
		identify_packet(w->identify, f, p, dir);
		chunks = take_bytes(w, f, p, dir);
	}
	const struct l7_tx *tx = l7_ready(w->l7, &txs);
	const struct l7_anomaly *odd = l7_anomalies(w->l7, &odds);
	const struct l7_frame *frame = l7_frames(w->l7, &frames);
	match_saw(
	    w->match, &(struct match_seen){ f ? flow_odd_now(f) : 0, odd, odds, f && l7_sealed(f),
			  frame, frames, f ? flow_odd_segment(w->flows) : 0,
			  w->config.options->stream_bypass && f && l7_encrypted(f) });
	if (f && await_alerts_any(w->alerts_due) && !(p->flags & PKT_BAD_CSUM))
		await_alerts_take(
		    w->alerts_due, f, dir, write_waited, &(struct waited){ w, &s, tx, txs });
	match_packet(w->match, p, f, dir, w->chunk, chunks, tx, txs, &w->alerts);
	if (ip && !(p->flags & PKT_BAD_CSUM))
		lists_packet(w->lists, &(struct lists_scene){ p, f, dir, tx, txs }, &w->alerts);
	if (w->alerts.n && f) {
		f->flags |= FLOW_ALERTED;
		l7_watch(f);
	}
	if (w->alerts.n || (f && f->flags & FLOW_ALERTED))
		judge_and_write(w, &s, &(struct match_rest){ w->chunk, chunks, tx, txs });
	if (match_tagged(w->match))
		output_packet(w->output, &s);
	if (p->odd)
		output_odd_packet(w->output, &s);
	if (!f)
		return;
	if (contact_packet(f, p, dir, &r))
		give(w, &s, &r);
	judge_link(w, f, false);
	logins(w, &s, tx, txs);
	write_records(w, &s, f, tx, txs);
}

void
worker_quoted(struct worker *w, const struct packet *p)
{
	flow_quote(w->flows, p);
}
