/* SPDX-License-Identifier: Apache-2.0 */
/* The handlers of what the system says of itself: probes, stats, metrics, health. */
#include <stdio.h>
#include <string.h>

#include "api.h"

static void
write_lane(struct jw *w, int lane, const struct accept_lane_stats *s)
{
	jw_object(w);
	jw_key(w, "lane");
	jw_text(w, lane_name(lane));
	jw_put_u64(w, "acked", s->acked);
	jw_put_u64(w, "next", s->next);
	jw_put_u64(w, "waiting", s->next > s->acked + 1 ? s->next - s->acked - 1 : 0);
	jw_put_u64(w, "waiting_bytes", s->bytes);
	jw_put_u64(w, "credit", s->credit);
	jw_put_u64(w, "missing", s->gaps);
	jw_object_end(w);
}

static void
write_hex(struct jw *w, const char *key, const uint8_t *bytes, size_t n)
{
	jw_key_n(w, key, strlen(key));
	jw_hex(w, bytes, n, 0);
}

static void
write_sums(struct jw *w, const struct accept_probe_stats *p)
{
	uint64_t waiting = 0, missing = 0;

	for (int i = 0; i < LANE_COUNT; i++) {
		waiting += p->lane[i].bytes;
		missing += p->lane[i].gaps;
	}
	jw_put_u64(w, "waiting_bytes", waiting);
	jw_put_u64(w, "missing", missing);
}

static void
write_probe(struct jw *w, const struct accept_probe_stats *p)
{
	jw_object(w);
	jw_key(w, "name");
	jw_text(w, p->name);
	write_hex(w, "origin", p->origin, sizeof(p->origin));
	jw_key(w, "connected");
	jw_bool(w, p->connected);
	jw_key(w, "finished");
	jw_bool(w, p->finished);
	jw_key(w, "last_seen");
	if (p->last_seen)
		jw_time(w, p->last_seen);
	else
		jw_null(w);
	jw_key(w, "clock_offset_ms");
	jw_f64(w, (double)p->clock_offset / 1e6, 3);
	jw_put_u64(w, "events", p->events);
	jw_put_u64(w, "bytes", p->bytes);
	jw_put_u64(w, "duplicates", p->duplicates);
	jw_put_u64(w, "bad_frames", p->bad_frames);
	jw_put_u64(w, "connections", p->hellos);
	write_sums(w, p);
	jw_key(w, "lanes");
	jw_array(w);
	for (int i = 0; i < LANE_COUNT; i++)
		write_lane(w, i, &p->lane[i]);
	jw_array_end(w);
	jw_object_end(w);
}

static void
write_refused(struct jw *w, const struct accept_stats *s)
{
	jw_put_u64(w, "refused_keys", s->refused_keys);
	jw_put_u64(w, "refused_handshakes", s->refused_handshakes);
	jw_key(w, "refused");
	jw_array(w);
	for (size_t i = 0; i < ACCEPT_PREFIXES && s->refused[i].prefix[0]; i++) {
		jw_object(w);
		jw_key(w, "key");
		jw_text(w, s->refused[i].prefix);
		jw_put_u64(w, "count", s->refused[i].count);
		jw_object_end(w);
	}
	jw_array_end(w);
	jw_put_u64(w, "bad_frames", s->bad_frames);
	jw_put_u64(w, "backlog_bytes", s->backlog);
	jw_key(w, "disk_failing");
	jw_bool(w, s->disk_failing);
}

static int
snapshot(struct call *c, struct accept_stats *out)
{
	memset(out, 0, sizeof(*out));
	if (!c->serve->config.probes)
		return 0;
	return c->serve->config.probes(c->serve->config.user, out);
}

void
api_probes(struct call *c)
{
	struct accept_stats s;

	if (snapshot(c, &s)) {
		api_error(c, 503, "no memory for a snapshot");
		return;
	}
	jw_object(&c->w);
	jw_key(&c->w, "probes");
	jw_array(&c->w);
	for (uint32_t i = 0; i < s.probes; i++)
		write_probe(&c->w, &s.probe[i]);
	jw_array_end(&c->w);
	write_refused(&c->w, &s);
	jw_object_end(&c->w);
	accept_stats_clear(&s);
}

static void
write_store(struct call *c)
{
	struct keep_counters k;

	keep_counters(c->serve->config.keep, &k);
	jw_object(&c->w);
#define ROW(name, help) jw_put_u64(&c->w, #name, k.name);
	KEEP_COUNTERS(ROW)
#undef ROW
	jw_object_end(&c->w);
}

void
api_stats(struct call *c)
{
	struct look_filter f;
	struct err e = { "" };
	struct look *l;
	enum look_answer a;

	if (filter_parse(c->request, FILTER_SUMMARY, c->now, &f, &e)) {
		api_error(c, 400, "%s", e.text);
		return;
	}
	l = api_look(c);
	if (!l)
		return;
	jw_object(&c->w);
	jw_key(&c->w, "alerts");
	a = look_summary(l, f.since, &c->w);
	look_close(l);
	if (!api_well(c, a))
		return;
	jw_key(&c->w, "store");
	write_store(c);
	jw_object_end(&c->w);
}

/* Prometheus text format 0.0.4. */
static void
metric(struct buf *b, const char *name, const char *help, uint64_t v)
{
	buf_printf(b, "# HELP wanglou_%s %s\n# TYPE wanglou_%s gauge\nwanglou_%s %llu\n", name,
	    help, name, name, (unsigned long long)v);
}

static void
label(struct buf *b, const char *metric_name, const char *probe, uint64_t v)
{
	buf_printf(b, "wanglou_%s{probe=\"", metric_name);
	for (; *probe; probe++)
		if (*probe != '"' && *probe != '\\' && *probe != '\n')
			buf_u8(b, (uint8_t)*probe);
	buf_printf(b, "\"} %llu\n", (unsigned long long)v);
}

static void
probe_metrics(struct buf *b, const struct accept_stats *s)
{
	for (uint32_t i = 0; i < s->probes; i++) {
		const struct accept_probe_stats *p = &s->probe[i];
		uint64_t waiting = 0, missing = 0;
		for (int lane = 0; lane < LANE_COUNT; lane++) {
			waiting += p->lane[lane].bytes;
			missing += p->lane[lane].gaps;
		}
		label(b, "probe_connected", p->name, p->connected);
		label(b, "probe_last_seen_seconds", p->name, p->last_seen / 1000000000);
		label(b, "probe_events", p->name, p->events);
		label(b, "probe_waiting_bytes", p->name, waiting);
		label(b, "probe_missing_events", p->name, missing);
	}
}

void
api_metrics(struct call *c)
{
	struct buf *b = &c->reply->body;
	struct auth_counters a;
	struct keep_counters k;
	struct accept_stats s;

	c->reply->type = "text/plain; version=0.0.4";
	keep_counters(c->serve->config.keep, &k);
	auth_count(c->serve->auth, &a);
#define ROW(name, help) metric(b, "store_" #name, help, k.name);
	KEEP_COUNTERS(ROW)
#undef ROW
	metric(b, "logins", "logins", a.logins);
	metric(b, "logins_wrong", "logins with a wrong name or password", a.wrong);
	metric(b, "logins_limited", "logins refused because of too many wrong ones", a.limited);
	if (snapshot(c, &s))
		return;
	metric(b, "refused_keys", "connections with a key that is not allowed", s.refused_keys);
	metric(
	    b, "refused_handshakes", "connections that did not get through", s.refused_handshakes);
	metric(b, "bad_frames", "frames that could not be read", s.bad_frames);
	metric(b, "backlog_bytes", "bytes received and not yet stored", s.backlog);
	probe_metrics(b, &s);
	accept_stats_clear(&s);
}

/* For a supervisor: alive, and is the store being filled? No data, so no token. */
void
api_health(struct call *c)
{
	struct keep_counters k;

	keep_counters(c->serve->config.keep, &k);
	c->reply->status = k.failing ? 503 : 200;
	jw_object(&c->w);
	jw_key(&c->w, "status");
	jw_text(&c->w, k.failing ? "store failing" : "ok");
	jw_object_end(&c->w);
}
