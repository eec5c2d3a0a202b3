/* SPDX-License-Identifier: Apache-2.0 */
/* scribe: see scribe.h. */
#include "scribe.h"

#include <stdlib.h>

#include "counters.h"
#include "lib/now.h"

#define MS 1000000u /* ns */
#define TICK (1000 * MS)

struct scribe {
	struct scribe_config config;
	struct writer *writer;
	struct output *output; /* for what is no worker's */
	struct notice *notice;
	struct callback *callback;
	struct notice_counters past; /* of captures that ended */
	struct alert_list alerts;
	uint64_t tick_at;
	uint64_t pressure_max;
};

static struct notice *
open_notice(const struct scribe *s)
{
	const struct options *o = s->config.options;
	struct notice_config config = {
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
		.seed = s->config.seed,
	};
	return notice_new(&config);
}

static struct callback *
open_callback(const struct scribe *s)
{
	const struct options *o = s->config.options;
	return callback_new(o->verdict_pairs, o->verdict_window * MS, s->config.seed);
}

static struct output *
open_output(struct scribe *s, struct err *e)
{
	const struct options *o = s->config.options;
	struct output_config config = { .live = s->config.live,
		.probe_name = o->probe_name,
		.ipv6_full = o->output_ipv6 == 1,
		.types = &o->output_types,
		.learn = s->config.knowledge->learn,
		.links = s->config.links,
		.mask_names = o->mask_names,
		.mask_numbers = o->mask_numbers,
		.mask_key = o->mask_key,
		.line = scribe_line,
		.context = s };
	return output_new(&config, e);
}

struct scribe *
scribe_new(const struct scribe_config *config, struct err *e)
{
	struct writer_config writer = { .file = config->event_file,
		.append = config->live,
		.probe_name = config->options->probe_name,
		.spool = config->spool };
	struct scribe *s = calloc(1, sizeof(*s));

	if (!s) {
		err_set(e, "out of memory");
		return NULL;
	}
	s->config = *config;
	if (!(s->output = open_output(s, e)) || !(s->writer = writer_new(&writer, e)))
		goto fail;
	s->notice = open_notice(s);
	s->callback = open_callback(s);
	if (s->notice && s->callback)
		return s;
	err_set(e, "out of memory");
fail:
	(void)scribe_close(s);
	return NULL;
}

int
scribe_close(struct scribe *s)
{
	if (!s)
		return 0;
	notice_free(s->notice);
	callback_free(s->callback);
	output_free(s->output);
	int rc = writer_close(s->writer);
	free(s);
	return rc;
}

void
scribe_line(void *scribe, uint8_t type, const void *line, size_t n, uint64_t ts)
{
	struct scribe *s = scribe;

	writer_line(s->writer, type, line, n, ts);
}

static void
write_alerts(struct scribe *s, const char *source)
{
	struct output_scene scene = { .source = source };

	for (uint16_t i = 0; i < s->alerts.n; i++) {
		s->alerts.item[i].id = output_alert_id(&scene, &s->alerts.item[i], i);
		output_alert(s->output, &scene, &s->alerts.item[i]);
	}
	s->alerts.n = 0;
}

void
scribe_record(void *scribe, const struct notice_record *r, const char *source)
{
	struct scribe *s = scribe;
	struct output_scene scene = { .source = source };
	struct callback_said said[CALLBACK_ALERTS];
	size_t n = callback_record(s->callback, r, said);

	for (size_t i = 0; i < n; i++)
		output_callback(s->output, &scene, &said[i]);
	if (r->kind == NOTICE_WATCH || r->kind == NOTICE_NAME)
		return;
	notice_record(s->notice, r, &s->alerts);
	if (s->alerts.n)
		write_alerts(s, source);
}

bool
scribe_time_due(const struct scribe *s, uint64_t now)
{
	return now < s->tick_at || now - s->tick_at >= TICK;
}

/* What does not fit into the list comes with the next call. */
void
scribe_time(struct scribe *s, uint64_t now, const char *source)
{
	bool full;

	if (!scribe_time_due(s, now))
		return;
	bool begins = s->tick_at == 0 || now < s->tick_at;
	s->tick_at = now;
	if (begins)
		return;
	do {
		notice_tick(s->notice, now, &s->alerts);
		full = s->alerts.n == ALERT_MAX;
		write_alerts(s, source);
	} while (full);
}

int
scribe_capture_end(struct scribe *s, const char *source, struct err *e)
{
	bool full;

	do {
		notice_finish(s->notice, &s->alerts);
		full = s->alerts.n == ALERT_MAX;
		write_alerts(s, source);
	} while (full);
	counters_add(&s->past, notice_count(s->notice), sizeof(s->past));
	notice_free(s->notice);
	callback_free(s->callback);
	s->tick_at = 0;
	s->notice = open_notice(s);
	s->callback = open_callback(s);
	return s->notice && s->callback ? 0 : err_set(e, "out of memory");
}

static uint64_t
percent(uint64_t part, uint64_t whole)
{
	return whole ? part * 100 / whole : 0;
}

/* How full is the fullest table, percent? */
static uint64_t
pressure(const struct options *o, const struct scribe_sums *sums)
{
	const uint64_t full[] = {
		percent(sums->workers.flow.active, o->flow_max),
		percent(sums->workers.flow.stream_memory, o->stream_memory),
		percent(sums->decode.defrag_waiting, o->defrag_max),
	};
	uint64_t most = 0;

	for (size_t i = 0; i < sizeof(full) / sizeof(full[0]); i++)
		most = full[i] > most ? full[i] : most;
	return most;
}

void
scribe_stats(struct scribe *s, uint64_t ts, const struct scribe_sums *sums)
{
	const struct knowledge *k = s->config.knowledge;
	struct match_counters match = sums->workers.match;
	struct notice_counters notice = s->past;
	struct output_counters output = *writer_count(s->writer);

	match.rules_loaded = k->summary.loaded;
	match.rules_failed = k->summary.failed;
	match.rules_skipped = k->summary.skipped;
	counters_add(&notice, notice_count(s->notice), sizeof(notice));
	output.bad_lists = k->bad_lists;
	output.await_full = sums->workers.await_full;
	output.verdicts = sums->workers.verdicts;
	output.verdicts_forgotten = sums->workers.verdicts_forgotten;
	output.evidence = sums->workers.evidence;
	output.evidence_lost = sums->workers.evidence_lost;
	output.alert_overflow = sums->workers.alert_overflow + s->alerts.overflow;
	output.masked = sums->workers.masked + output_masked(s->output);
	output.held_back = sums->workers.held_back;
	output.write_failed += sums->workers.failed + output_failed(s->output);
	uint64_t now = pressure(s->config.options, sums);
	s->pressure_max = now > s->pressure_max ? now : s->pressure_max;
	struct output_stats stats = { .uptime = sums->uptime,
		.capture = &sums->capture,
		.ring = *s->config.options->ring_dir ? &sums->workers.ring : NULL,
		.decoder = &sums->decode,
		.flow = &sums->workers.flow,
		.identify = &sums->workers.identify,
		.l7 = &sums->workers.l7,
		.match = &match,
		.notice = &notice,
		.output = &output,
		.pressure = now,
		.pressure_max = s->pressure_max };
	output_stats(s->output, ts, &stats);
}

void
scribe_link(struct scribe *s, uint64_t ts, const struct links_report *r)
{
	output_link(s->output, ts, r);
}

void
scribe_knowledge(struct scribe *s, const struct knowledge *k)
{
	s->config.knowledge = k;
	output_set_learn(s->output, k->learn);
}

void
scribe_reopen(struct scribe *s)
{
	writer_reopen(s->writer);
}

void
scribe_flush(struct scribe *s, bool force)
{
	writer_flush(s->writer, now_steady_ns(), force);
	if (s->config.spool)
		spool_tick(s->config.spool, now_real_ns());
}

const struct output_counters *
scribe_count(const struct scribe *s)
{
	return writer_count(s->writer);
}
