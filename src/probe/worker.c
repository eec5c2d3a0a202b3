/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pipeline:
 *
 *     capture -> decode -> flow -> identify -> l7 -> learn -> match -> notice -> output
 *
 * worker_packet is it: every stage once, in order; stages never call each other. Learn answers
 * while output writes.
 */
#include "worker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "contacts.h"
#include "lib/log.h"
#include "lib/now.h"
#include "lib/progress.h"
#include "pktclock.h"
#include "probe/decode.h"
#include "probe/flow.h"
#include "probe/identify.h"
#include "probe/l7.h"
#include "probe/notice.h"
#include "probe/output.h"

#define MS 1000000u /* ns */
#define TICK (1000 * MS)
#define DRAIN (1000 * MS) /* at the end, read so long at most what the kernel still holds */
#define QUIET (250 * MS)  /* it hands over a block that is not full after 100 ms */
#define BATCH 256         /* packets of one capture before the next has its turn */

/* Counters of parts that are made anew for each capture file. */
struct past {
	struct identify_counters identify;
	struct match_counters match;
	struct notice_counters notice;
};

struct worker {
	const struct options *opt;
	struct worker_config config;
	struct hash_key seed;

	struct capture *const *captures;
	size_t capture_n;
	struct capture *capture; /* the one being read */
	char source[4096];       /* its interface or file, as events name it */
	struct decode decode;
	struct flow_table *flows;
	struct identify *identify;
	struct l7 *l7;
	struct match *match;
	struct notice *notice;
	struct output *output;

	struct packet packet;
	struct flow_chunk chunk[FLOW_CHUNKS_MAX]; /* what the packet brought in order */
	struct alert_list alerts;
	struct pktclock clock;
	uint64_t first; /* first packet, 0 before */
	uint64_t stats_at, tick_at;
	uint64_t span; /* packet time of finished captures */
	struct past past;
	struct progress progress;
	bool damaged;
};

/* ---- making and ending ---- */

static struct flow_config
flow_settings(const struct worker *w)
{
	const struct options *o = w->opt;
	return (struct flow_config){
		.max_flows = o->flow_max,
		.max_stream_bytes = o->stream_memory,
		.stream_depth = o->stream_depth,
		.timeout_tcp_new = o->flow_tcp_new * MS,
		.timeout_tcp_established = o->flow_tcp_established * MS,
		.timeout_tcp_closed = o->flow_tcp_closed * MS,
		.timeout_udp_new = o->flow_udp_new * MS,
		.timeout_udp_established = o->flow_udp_established * MS,
		.timeout_icmp = o->flow_icmp * MS,
		.timeout_other = o->flow_other * MS,
		.midstream = o->flow_midstream,
		.vlan_in_key = o->flow_vlan,
		.seed = w->seed,
	};
}

static struct notice_config
notice_settings(const struct worker *w)
{
	const struct options *o = w->opt;
	return (struct notice_config){
		.scan_enabled = o->scan_enabled,
		.guess_enabled = o->guess_enabled,
		/* Jung et al. 2004 (docs/decisions/0005), but for alpha, 0.01 there: fewer false
		 * alarms for a few more contacts */
		.scan_theta0 = 0.8,
		.scan_theta1 = 0.2,
		.scan_alpha = 0.00001,
		.scan_beta = 0.99,
		.scan_min_targets = (uint32_t)o->scan_min,
		.scan_forget = o->scan_forget * MS,
		.guess_tries = (uint32_t)o->guess_tries,
		.guess_window = o->guess_window * MS,
		.quiet = o->notice_quiet * MS,
		.max_sources = o->notice_sources,
		.max_targets_per_source = o->notice_targets,
		.seed = w->seed,
	};
}

/* What begins anew with each capture file, so that a folder gives what its files give one by one.
 */
static int
fresh_memory(struct worker *w, struct err *e)
{
	const struct options *o = w->opt;
	struct identify_config identify = { .max_tcp_packets = (uint32_t)o->identify_tcp_packets,
		.max_udp_packets = (uint32_t)o->identify_udp_packets,
		.protocols_file = o->identify_protocols,
		.categories_file = o->identify_categories };
	struct match_config match = { .max_flow_state = o->match_flows,
		.max_thresholds = o->match_thresholds,
		.stream_tail = (uint32_t)o->match_tail,
		.seed = w->seed };
	struct notice_config notice = notice_settings(w);

	w->identify = identify_new(&identify, e);
	if (!w->identify)
		return -1;
	w->match = match_new(&match, w->config.knowledge.rules);
	w->notice = notice_new(&notice);
	if (w->output)
		output_set_identify(w->output, w->identify);
	return w->match && w->notice ? 0 : err_set(e, "out of memory");
}

static void
add_counters(void *to, const void *from, size_t bytes)
{
	uint64_t *a = to;
	const uint64_t *b = from;

	for (size_t i = 0; i < bytes / sizeof(*a); i++)
		a[i] += b[i];
}

static void
end_memory(struct worker *w)
{
	if (w->identify)
		add_counters(
		    &w->past.identify, identify_count(w->identify), sizeof(w->past.identify));
	if (w->match)
		add_counters(&w->past.match, match_count(w->match), sizeof(w->past.match));
	if (w->notice)
		add_counters(&w->past.notice, notice_count(w->notice), sizeof(w->past.notice));
	identify_free(w->identify);
	match_free(w->match);
	notice_free(w->notice);
	w->identify = NULL;
	w->match = NULL;
	w->notice = NULL;
}

static struct output *
open_output(const struct worker *w, struct err *e)
{
	const struct options *o = w->opt;
	struct output_config config = { .file = w->config.event_file,
		.append = w->config.live,
		.live = w->config.live,
		.probe_name = o->probe_name,
		.ipv6_full = o->output_ipv6 == 1,
		.community_id = o->output_community_id,
		.unknown_flows = o->output_unknown,
		.types = &o->output_types,
		.spool = w->config.spool,
		.learn = w->config.knowledge.learn,
		.identify = w->identify };
	return output_new(&config, e);
}

struct worker *
worker_new(const struct worker_config *config, struct err *e)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (!w) {
		struct knowledge k = config->knowledge;
		knowledge_clear(&k);
		err_set(e, "out of memory");
		return NULL;
	}
	w->config = *config;
	w->opt = config->options;
	w->seed = HASH_KEY_FIXED;
	uint64_t seed[2];
	if (config->live && getrandom(seed, sizeof(seed), 0) == sizeof(seed))
		w->seed = (struct hash_key){ seed[0], seed[1] };
	if (decode_init(&w->decode, &w->opt->decode_tunnels, &w->opt->decode_vxlan,
		&w->opt->decode_geneve, e) != 0)
		goto fail;
	w->decode.check_checksums = w->opt->capture_checksums;
	struct flow_config flow = flow_settings(w);
	struct l7_config l7 = { .max_buffer = w->opt->l7_buffer,
		.max_state = w->opt->l7_flows,
		.max_tx_per_flow = (uint32_t)w->opt->l7_tx,
		.body_limit = w->opt->l7_body };
	w->flows = flow_new(&flow);
	w->l7 = l7_new(&l7);
	if (!w->flows || !w->l7) {
		err_set(e, "out of memory");
		goto fail;
	}
	if (fresh_memory(w, e) != 0 || !(w->output = open_output(w, e)))
		goto fail;
	progress_init(&w->progress, STDERR_FILENO, now_steady_ns());
	w->progress.on &= config->progress;
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
	output_close(w->output);
	l7_free(w->l7);
	flow_free(w->flows);
	knowledge_clear(&w->config.knowledge);
	free(w);
}

/* ---- saying what was found ---- */

static void
write_alerts(struct worker *w, const struct output_scene *s)
{
	for (uint16_t i = 0; i < w->alerts.n; i++)
		output_alert(w->output, s, &w->alerts.item[i]);
	w->alerts.n = 0;
}

static void
write_transactions(struct worker *w, const struct output_scene *s)
{
	size_t n;
	const struct l7_tx *tx = l7_ready(w->l7, &n);

	for (size_t i = 0; i < n; i++)
		if (tx[i].ready & L7_READY_EVENT)
			output_tx(w->output, s, &tx[i]);
}

static void
all_captures(const struct worker *w, struct capture_stats *sum)
{
	*sum = (struct capture_stats){ 0 };
	for (size_t i = 0; i < w->capture_n; i++) {
		struct capture_stats one;
		capture_stats(w->captures[i], &one);
		add_counters(sum, &one, sizeof(one));
	}
}

static void
write_stats(struct worker *w)
{
	struct capture_stats capture;
	struct past sum = w->past;

	add_counters(&sum.identify, identify_count(w->identify), sizeof(sum.identify));
	add_counters(&sum.match, match_count(w->match), sizeof(sum.match));
	add_counters(&sum.notice, notice_count(w->notice), sizeof(sum.notice));
	sum.match.rules_loaded = w->config.knowledge.summary.loaded;
	sum.match.rules_failed = w->config.knowledge.summary.failed;
	all_captures(w, &capture);
	struct output_stats s = { .uptime = (w->span + (w->clock.now - w->first)) / 1000000000u,
		.capture = &capture,
		.decoder = &w->decode.count,
		.flow = flow_count(w->flows),
		.identify = &sum.identify,
		.l7 = l7_count(w->l7),
		.match = &sum.match,
		.notice = &sum.notice,
		.bad_lists = w->config.knowledge.bad_lists,
		.alert_overflow = w->alerts.overflow };
	output_stats(w->output, w->clock.now, &s);
}

/* ---- the end of a flow ---- */

/* Where the flow was first seen; several interfaces share the table. */
static const char *
flow_source(const struct worker *w, const struct flow *f)
{
	return w->config.live ? capture_name(w->captures[f->source]) : w->source;
}

static void
give(struct worker *w, const struct notice_record *r)
{
	notice_record(w->notice, r, &w->alerts);
}

static void
logins(struct worker *w, const struct flow *f, uint64_t ts)
{
	struct notice_record r;
	size_t n;
	const struct l7_tx *tx = l7_ready(w->l7, &n);

	for (size_t i = 0; i < n; i++)
		if ((tx[i].ready & L7_READY_EVENT) && contact_login(f, &tx[i], ts, &r))
			give(w, &r);
}

static void
flow_ended(void *context, struct flow *f)
{
	struct worker *w = context;
	struct output_scene s = { .flow = f, .source = flow_source(w, f) };
	struct flow_chunk chunk;
	struct notice_record r;

	identify_finish(w->identify, f);
	l7_begin(w->l7);
	while (f->key.proto == PROTO_TCP && flow_chunk_flush(w->flows, f, &chunk))
		l7_chunk(w->l7, f, NULL, &chunk);
	l7_finish(w->l7, f);
	logins(w, f, f->last);
	if (contact_end(f, &r))
		give(w, &r);
	if (contact_ssh(f, &r))
		give(w, &r);
	write_alerts(w, &s);
	write_transactions(w, &s);
	output_flow(w->output, &s);
	l7_begin(w->l7);
	match_flow_free(w->match, f);
	l7_flow_free(w->l7, f);
	identify_flow_free(w->identify, f);
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

static void
worker_packet(struct worker *w, const struct frame *frame)
{
	struct packet *p = &w->packet;
	struct notice_record r;
	size_t chunks = 0, txs;
	enum dir dir = DIR_TO_SERVER;

	bool ip = decode_frame(&w->decode, frame, p);
	flow_expire(w->flows, w->clock.now, flow_ended, w);
	struct flow *f = ip ? flow_packet(w->flows, p, &dir, flow_ended, w) : NULL;
	if (ip && proto_is_icmp(p->proto, p->ip_ver))
		flow_quote(w->flows, p);
	struct output_scene s = { p, f, dir, w->source };

	l7_begin(w->l7);
	if (f)
		identify_packet(w->identify, f, p, dir);
	if (f && !(p->flags & PKT_BAD_CSUM)) {
		if (p->proto == PROTO_TCP)
			chunks = segment(w, f, p, dir);
		else if (p->proto == PROTO_UDP)
			l7_datagram(w->l7, f, p, dir);
	}
	const struct l7_tx *tx = l7_ready(w->l7, &txs);
	if (ip && !(p->flags & PKT_BAD_CSUM))
		match_packet(w->match, p, f, dir, w->chunk, chunks, tx, txs, &w->alerts);
	if (f && w->alerts.n)
		f->flags |= FLOW_ALERTED;
	if (f && contact_packet(f, p, dir, &r))
		give(w, &r);
	if (f && txs)
		logins(w, f, frame->ts);
	if (w->alerts.n)
		write_alerts(w, &s);
	if (txs)
		write_transactions(w, &s);
}

/* Behaviour alerts that time alone brings; what does not fit into the list comes with the next
 * call. */
static void
tick(struct worker *w)
{
	struct output_scene s = { .source = w->source };
	bool full;

	w->tick_at = w->clock.now;
	do {
		notice_tick(w->notice, w->clock.now, &w->alerts);
		full = w->alerts.n == ALERT_MAX;
		write_alerts(w, &s);
	} while (full);
}

/* Time goes on to ts. When the clock was set back, flows of the time before end: nothing says how
 * long they were quiet. */
static void
pass_time(struct worker *w, uint64_t ts)
{
	uint64_t before = w->clock.now;

	if (!w->first) {
		pktclock_start(&w->clock, ts);
		w->first = w->stats_at = w->tick_at = ts;
	} else if (pktclock_take(&w->clock, ts)) {
		flow_drain(w->flows, flow_ended, w);
		w->span += before - w->first;
		w->first = w->stats_at = w->tick_at = w->clock.now;
	}
}

static void
periodic(struct worker *w)
{
	if (w->clock.now - w->tick_at >= TICK)
		tick(w);
	if (w->config.live && w->clock.now - w->stats_at >= w->opt->output_stats * MS) {
		w->stats_at = w->clock.now;
		write_stats(w);
	}
}

static void
take_frame(struct worker *w, const struct frame *frame)
{
	pass_time(w, frame->ts);
	worker_packet(w, frame);
	periodic(w);
}

/* ---- captures ---- */

static void
end_capture(struct worker *w)
{
	struct output_scene s = { .source = w->source };
	bool full;

	flow_drain(w->flows, flow_ended, w);
	do {
		notice_finish(w->notice, &w->alerts);
		full = w->alerts.n == ALERT_MAX;
		write_alerts(w, &s);
	} while (full);
}

/* The source has another name now; flows of the old one have ended. */
static void
name_source(struct worker *w)
{
	snprintf(w->source, sizeof(w->source), "%s", capture_name(w->capture));
}

static void
next_capture(struct worker *w)
{
	struct err e;

	end_capture(w);
	name_source(w);
	w->span += w->clock.now - w->first;
	w->first = 0;
	end_memory(w);
	if (fresh_memory(w, &e) != 0) {
		log_error("%s", e.text);
		abort(); /* it could be made before with the same settings */
	}
}

/* No packet came: time goes on all the same. */
static void
idle(struct worker *w)
{
	pass_time(w, now_real_ns());
	flow_expire(w->flows, w->clock.now, flow_ended, w);
	periodic(w);
}

/* What was loaded anew while packets flowed. */
static void
take_knowledge(struct worker *w, struct knowledge *fresh)
{
	struct knowledge old = w->config.knowledge;

	match_swap(w->match, fresh->rules);
	output_set_learn(w->output, fresh->learn);
	w->config.knowledge = *fresh;
	log_info(
	    "reload: %u rules in force, %u refused", fresh->summary.loaded, fresh->summary.failed);
	knowledge_clear(&old);
	free(fresh);
}

static void
housekeeping(struct worker *w, struct worker_control *control, bool force)
{
	uint64_t now = now_steady_ns();
	struct knowledge *fresh = atomic_exchange(&control->fresh, NULL);

	if (fresh)
		take_knowledge(w, fresh);
	if (atomic_exchange(&control->reopen, false))
		output_reopen(w->output);
	output_flush(w->output, now, force);
	if (w->config.spool)
		spool_tick(w->config.spool, now_real_ns());
	if (w->progress.on) {
		struct capture_stats c;
		all_captures(w, &c);
		progress_show(&w->progress, now, c.frames, c.done_bytes, c.total_bytes);
	}
}

/* Up to BATCH packets of capture i. Fewer than one: it is idle. Negative: it has ended. */
static int
read_batch(struct worker *w, size_t i)
{
	struct capture *c = w->captures[i];
	struct frame frame;
	struct err e;

	if (w->capture != c) {
		w->capture = c;
		name_source(w);
	}
	for (int taken = 0; taken < BATCH; taken++) {
		switch (capture_next(c, &frame, &e)) {
		case CAPTURE_FRAME:
			if (w->config.live)
				frame.source = (uint16_t)i;
			take_frame(w, &frame);
			break;
		case CAPTURE_NEXT:
			next_capture(w);
			break;
		case CAPTURE_DAMAGED:
			log_error("%s", e.text);
			w->damaged = true;
			break;
		case CAPTURE_END:
			return -1;
		case CAPTURE_IDLE:
		case CAPTURE_DOWN:
			idle(w);
			return taken;
		}
	}
	return BATCH;
}

/* One turn of every capture. Most packets one of them gave; negative when all have ended. */
static int
turn(struct worker *w)
{
	int most = -1;

	for (size_t i = 0; i < w->capture_n; i++) {
		int got = read_batch(w, i);
		most = got > most ? got : most;
	}
	if (most == 0 && w->capture_n > 1)
		nanosleep(&(struct timespec){ .tv_nsec = MS }, NULL);
	return most;
}

/* Live: what came before the end was called for is still looked at. */
static void
read_rest(struct worker *w)
{
	uint64_t begun = now_steady_ns(), last = begun, now = begun;

	while (w->config.live && now - begun < DRAIN && now - last < QUIET) {
		int got = turn(w);
		now = now_steady_ns();
		if (got > 0)
			last = now;
	}
}

static void
finish(struct worker *w, struct worker_control *control, struct worker_result *result)
{
	struct capture_stats c;

	read_rest(w);
	end_capture(w);
	write_stats(w);
	housekeeping(w, control, true);
	progress_clear(&w->progress);
	all_captures(w, &c);
	const struct output_counters *o = output_count(w->output);
	*result = (struct worker_result){ .packets = c.frames,
		.alerts = o->alerts,
		.events = o->events,
		.damaged = w->damaged || c.damaged_files || c.unreadable_files,
		.write_failed = o->write_failed != 0 };
	if (output_close(w->output) != 0)
		result->write_failed = true;
	w->output = NULL;
}

void
worker_run(struct worker *w, struct capture *const *captures, size_t n,
    struct worker_control *control, struct worker_result *result)
{
	bool more = n != 0;

	w->captures = captures;
	w->capture_n = n;
	while (more && !atomic_load(&control->stop)) {
		more = turn(w) >= 0;
		housekeeping(w, control, false);
	}
	finish(w, control, result);
}
