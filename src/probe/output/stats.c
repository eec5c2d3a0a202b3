/* SPDX-License-Identifier: Apache-2.0 */
/* The stats event: every counter of include/probe/counters.def. */
#include "internal.h"

static void
link_object(struct jw *w, const struct links_report *r)
{
	struct ev_stats_link e = { .interface = r->row->interface,
		.name = r->row->name,
		.state = links_state_name(r->state),
		.packets = r->packets,
		.bytes = r->bytes,
		.kernel_drops = r->kernel_drops,
		.if_drops = r->if_drops,
		.idle_s = r->quiet / 1000000000u,
		.connections = r->connections,
		.one_way = r->one_way };

	ev_stats_link_write(w, &e);
}

/* Every link as an array; o->part is in use until it is written. */
static struct view
link_list(struct output *o, uint64_t ts)
{
	struct links_report r;
	struct jw w;

	if (!o->config.links)
		return (struct view){ NULL, 0 };
	buf_clear(&o->part);
	jw_init(&w, &o->part);
	jw_array(&w);
	for (size_t i = 0; links_report(o->config.links, i, ts, &r); i++)
		link_object(&w, &r);
	jw_array_end(&w);
	return (struct view){ o->part.ptr, o->part.len };
}

static const char *const event_names[ODD_EVENTS] = {
#define ODD_DECODE(id, name) name,
#include "probe/odd.def"
#define ODD_HINT(id, name) name,
#include "probe/odd.def"
};

/* "decoder.tcp.opt_invalid_len": the layer, and behind it the name; NULL: there is no layer. */
static struct view
layer_of(const char *name, const char **rest)
{
	const char *layer = strchr(name, '.') + 1;
	size_t n = strcspn(layer, ".");

	*rest = layer[n] ? layer + n + 1 : NULL;
	return (struct view){ (const uint8_t *)layer, n };
}

static bool
same_layer(size_t a, size_t b)
{
	const char *rest;
	struct view x = layer_of(event_names[a], &rest), y = layer_of(event_names[b], &rest);

	return x.len == y.len && memcmp(x.ptr, y.ptr, x.len) == 0;
}

/* Those rows of a layer that were counted, unless a row before had them. */
static void
layer_events(struct jw *w, const uint64_t *count, size_t first)
{
	const char *rest;

	for (size_t i = 0; i < first; i++)
		if (count[i] && same_layer(i, first))
			return;
	struct view layer = layer_of(event_names[first], &rest);
	jw_key_n(w, (const char *)layer.ptr, layer.len);
	if (!rest) {
		jw_u64(w, count[first]);
		return;
	}
	jw_object(w);
	for (size_t i = first; i < ODD_EVENTS; i++) {
		if (!count[i] || !same_layer(i, first))
			continue;
		(void)layer_of(event_names[i], &rest);
		jw_key_n(w, rest, strlen(rest));
		jw_u64(w, count[i]);
	}
	jw_object_end(w);
}

/* As an object of objects; o->events is in use until it is written. */
static struct view
decode_events(struct output *o, const struct decode_counters *count)
{
	struct jw w;

	buf_clear(&o->events);
	jw_init(&w, &o->events);
	jw_object(&w);
	for (size_t i = 0; count && i < ODD_EVENTS; i++)
		if (count->event[i])
			layer_events(&w, count->event, i);
	jw_object_end(&w);
	return (struct view){ o->events.ptr, o->events.len };
}

void
output_link(struct output *o, uint64_t ts, const struct links_report *r)
{
	struct ev_link_state e = { .state = links_state_name(r->state),
		.since = r->since,
		.packets = r->packets,
		.connections = r->connections,
		.one_way = r->one_way };
	struct ev_head head;
	struct output_ends ends;

	if (!o->wanted[EVENT_link])
		return;
	head_fill(o, &(struct output_scene){ 0 }, false, &head, &ends);
	head_link(o, r->row->interface, &head, &ends);
	head.timestamp = ts;
	head.event_type = "link";
	line_begin(o, &head);
	jw_key(&o->w, "link_state");
	ev_link_state_write(&o->w, &e);
	line_end(o, EVENT_link, ts);
}

/* clang-format off */
/* What EVE calls app_layer. */
struct app_layer {
	struct ev_stats_app_count flow, tx;
	struct ev_stats_app_error error;
	struct ev_stats_app_failure failure[L7_COUNT][2];
	struct ev_stats_app_layer all;
};

static struct ev_stats_app_failure
failure_of(const struct l7_proto_counters *c)
{
	return (struct ev_stats_app_failure){ c->gap, c->parser, c->alloc };
}

static struct l7_proto_counters
both_of(const struct l7_proto_counters c[2])
{
	return (struct l7_proto_counters){ .flows = c[0].flows + c[1].flows,
		.gap = c[0].gap + c[1].gap,
		.parser = c[0].parser + c[1].parser,
		.alloc = c[0].alloc + c[1].alloc,
		.tx = c[0].tx + c[1].tx };
}

static void
app_layer(const struct l7_counters *c, struct app_layer *a)
{
	*a = (struct app_layer){ 0 };
	a->all = (struct ev_stats_app_layer){ &a->flow, &a->tx, &a->error };
	if (!c)
		return;
#define SIDE(ENUM, name, tcp) \
	a->flow.name = c->of[L7_##ENUM][tcp].flows; \
	a->tx.name = c->of[L7_##ENUM][tcp].tx; \
	a->failure[L7_##ENUM][tcp] = failure_of(&c->of[L7_##ENUM][tcp]); \
	a->error.name = a->flow.name ? &a->failure[L7_##ENUM][tcp] : NULL;
#define ONE(ENUM, name) \
	const struct l7_proto_counters name = both_of(c->of[L7_##ENUM]); \
	a->flow.name = name.flows; \
	a->tx.name = name.tx; \
	a->failure[L7_##ENUM][0] = failure_of(&name); \
	a->error.name = name.flows ? &a->failure[L7_##ENUM][0] : NULL;
#define L7_PROTOCOL(ENUM, name, counted) ONE(ENUM, name)
#define L7_VARIANT(ENUM, name, event, counted) ONE(ENUM, name)
#define L7_EITHER(ENUM, name, counted) SIDE(ENUM, name##_tcp, 1) SIDE(ENUM, name##_udp, 0)
#include "probe/l7/protocols.def"
#undef ONE
#undef SIDE
}

static void
groups(struct output *o, uint64_t ts, const struct output_stats *s)
{
	struct ev_stats e = { .uptime = s->uptime, .links = link_list(o, ts) };
	struct ev_stats_capture capture = { 0 };
	if (s->capture) {
		capture.packets = s->capture->frames;
		capture.bytes = s->capture->bytes;
		capture.kernel_drops = s->capture->kernel_drops;
		capture.if_drops = s->capture->if_drops;
		capture.damaged_files = s->capture->damaged_files;
		capture.unreadable_files = s->capture->unreadable_files;
	}
	struct ev_stats_ring ring = { 0 };
#define COUNTER_RING(name, help) if (s->ring) ring.name = s->ring->name;
#include "probe/counters.def"
	struct ev_stats_decoder decoder = { 0 };
#define COUNTER_DECODER(name, help) if (s->decoder) decoder.name = s->decoder->name;
#include "probe/counters.def"
	decoder.event = decode_events(o, s->decoder);
	struct ev_stats_memcap memcap = { s->pressure, s->pressure_max };
	struct ev_stats_flow flow = { 0 };
#define COUNTER_FLOW(name, help) if (s->flow) flow.name = s->flow->name;
#include "probe/counters.def"
	struct ev_stats_identify identify = { 0 };
#define COUNTER_IDENTIFY(name, help) if (s->identify) identify.name = s->identify->name;
#include "probe/counters.def"
	struct ev_stats_l7 l7 = { 0 };
#define COUNTER_L7(name, help) if (s->l7) l7.name = s->l7->name;
#include "probe/counters.def"
	struct app_layer app;
	app_layer(s->l7, &app);
	struct ev_stats_tcp tcp = { flow.tcp, flow.stream_gaps, flow.stream_overlaps, flow.stream_memory };
	struct ev_stats_ftp ftp = { s->l7 ? s->l7->of[L7_FTP][0].memory : 0 };
	struct ev_stats_match match = { 0 };
#define COUNTER_MATCH(name, help) if (s->match) match.name = s->match->name;
#include "probe/counters.def"
	char engines[128];
	int engines_n = snprintf(engines, sizeof(engines),
	    "[{\"id\":0,\"rules_loaded\":%llu,\"rules_failed\":%llu,\"rules_skipped\":%llu}]",
	    (unsigned long long)match.rules_loaded, (unsigned long long)match.rules_failed,
	    (unsigned long long)match.rules_skipped);
	struct ev_stats_detect detect = { { (const uint8_t *)engines, (size_t)engines_n } };
	e.detect = &detect;
	struct ev_stats_notice notice = { 0 };
#define COUNTER_NOTICE(name, help) if (s->notice) notice.name = s->notice->name;
#include "probe/counters.def"
	struct ev_stats_output output = { 0 };
#define COUNTER_OUTPUT(name, help) if (s->output) output.name = s->output->name;
#include "probe/counters.def"
	e.capture = &capture;
	e.ring = s->ring ? &ring : NULL;
	e.decoder = &decoder;
	e.flow = &flow;
	e.identify = &identify;
	e.l7 = &l7;
	e.app_layer = &app.all;
	e.memcap = &memcap;
	e.tcp = &tcp;
	e.ftp = &ftp;
	e.match = &match;
	e.notice = &notice;
	e.output = &output;
	jw_key(&o->w, "stats");
	ev_stats_write(&o->w, &e);
}
/* clang-format on */

void
output_stats(struct output *o, uint64_t ts, const struct output_stats *s)
{
	struct ev_head head;
	struct output_ends ends;

	if (!o->wanted[EVENT_stats])
		return;
	head_fill(o, &(struct output_scene){ 0 }, false, &head, &ends);
	head.timestamp = ts;
	head.event_type = "stats";
	line_begin(o, &head);
	groups(o, ts, s);
	line_end(o, EVENT_stats, ts);
}
