/* SPDX-License-Identifier: Apache-2.0 */
/* The output stage: the events that are not alerts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "lib/hex.h"
#include "probe/match.h"

static const char *const event_name[EVENT_COUNT] = {
#define EV_EVENT(name, lane, doc) [EVENT_##name] = #name,
#define EV_HAS(key, object, need)
#define EV_EVENT_END(name)
#include "wire/event.def"
};

static enum event_type
type_of(const char *name)
{
	enum event_type k = 0;

	while (k < EVENT_COUNT && strcmp(name, event_name[k]) != 0)
		k++;
	return k;
}

static int
want_anomalies(struct output *o, const struct conf_list *types, struct err *e)
{
	static const char *const names[] = { [ODD_OF_DECODE] = "decode",
		[ODD_OF_STREAM] = "stream",
		[ODD_OF_APPLAYER] = "applayer" };

	for (size_t i = 0; types && i < types->n; i++) {
		size_t k = 0;
		while (k < 3 && strcmp(types->item[i], names[k]) != 0)
			k++;
		if (k == 3)
			return err_set(e,
			    "output.anomalies: \"%s\" is none of decode, stream, applayer",
			    types->item[i]);
		o->odd[k] = true;
	}
	for (size_t k = 0; !types && k < 3; k++)
		o->odd[k] = true;
	return 0;
}

static int
want_with(struct output *o, const struct conf_list *words, struct err *e)
{
	static const char *const names[] = { [WITH_PAYLOAD] = "payload",
		[WITH_PRINTABLE] = "payload-printable",
		[WITH_PACKET] = "packet" };

	for (size_t i = 0; words && i < words->n; i++) {
		size_t k = 0;
		while (k < 3 && strcmp(words->item[i], names[k]) != 0)
			k++;
		if (k == 3)
			return err_set(e,
			    "output.alert-with: \"%s\" is none of payload, payload-printable, "
			    "packet",
			    words->item[i]);
		o->with[k] = true;
	}
	return 0;
}

static int
read_profiles(struct output *o, const struct conf_map *map, struct err *e)
{
	for (size_t i = 0; map && i < map->n; i++) {
		enum event_type k = type_of(map->pair[i].name);
		if (k == EVENT_COUNT)
			return err_set(
			    e, "output.profile: there is no event type \"%s\"", map->pair[i].name);
		if (k == EVENT_alert || k == EVENT_alert_update || k == EVENT_gap)
			return err_set(
			    e, "output.profile: %s events are always written", event_name[k]);
		struct profile *p = &o->profile[k];
		if (profile_read(p, event_name[k], map->pair[i].value, e) != 0)
			return -1;
		if (p->rate)
			p->rate = (p->rate + o->config.workers - 1) / o->config.workers;
	}
	return 0;
}

static int
want_types(struct output *o, const struct conf_list *types, struct err *e)
{
	o->wanted[EVENT_alert] = o->wanted[EVENT_alert_update] = o->wanted[EVENT_gap] = true;
	o->wanted[EVENT_frame] = o->config.frames;
	for (size_t i = 0; types && i < types->n; i++) {
		if (strcmp(types->item[i], "all") == 0) {
			bool frames = o->wanted[EVENT_frame];
			memset(o->wanted, true, sizeof(o->wanted));
			o->wanted[EVENT_frame] = frames; /* only by its own name */
			continue;
		}
		enum event_type k = type_of(types->item[i]);
		if (k == EVENT_COUNT)
			return err_set(
			    e, "output.types: there is no event type \"%s\"", types->item[i]);
		o->wanted[k] = true;
	}
	return 0;
}

struct output *
output_new(const struct output_config *config, struct err *e)
{
	struct output *o = calloc(1, sizeof(*o));

	if (!o) {
		err_set(e, "out of memory");
		return NULL;
	}
	o->config = *config;
	o->probe.name = config->probe_name;
	buf_init(&o->line, 4u << 20);
	buf_init(&o->part, 1u << 20);
	buf_init(&o->events, 1u << 14);
	if (!o->config.workers)
		o->config.workers = 1;
	mask_init(&o->mask);
	o->mask.names = config->mask_names;
	o->mask.numbers = config->mask_numbers;
	if ((config->mask_key && *config->mask_key &&
		mask_key(&o->mask, config->mask_key, e) != 0) ||
	    want_types(o, config->types, e) != 0 || want_anomalies(o, config->anomalies, e) != 0 ||
	    want_with(o, config->alert_with, e) != 0 || read_profiles(o, config->profile, e) != 0) {
		output_free(o);
		return NULL;
	}
	return o;
}

void
output_free(struct output *o)
{
	if (!o)
		return;
	buf_fini(&o->line);
	buf_fini(&o->part);
	buf_fini(&o->events);
	mask_fini(&o->mask);
	free(o);
}

void
output_set_identify(struct output *o, const struct identify *d)
{
	o->config.identify = d;
}

void
output_set_learn(struct output *o, const struct learn *l)
{
	o->config.learn = l;
}

uint64_t
output_failed(const struct output *o)
{
	return o->failed;
}

void
line_turn(struct ev_head *head)
{
	const char *ip = head->src_ip;
	int64_t port = head->src_port;

	head->src_ip = head->dest_ip;
	head->dest_ip = ip;
	head->src_port = head->dest_port;
	head->dest_port = port;
}

uint64_t
output_masked(const struct output *o)
{
	return o->mask.count;
}

uint64_t
output_held_back(const struct output *o)
{
	return o->held_back;
}

/* The packet's time, or the end of the flow. */
static uint64_t
scene_time(const struct output_scene *s)
{
	return s->packet ? s->packet->frame.ts : s->flow->last;
}

/* Is an event of this type written? */
static inline bool
wanted(struct output *o, enum event_type type, const struct output_scene *s, uint64_t number)
{
	if (!o->wanted[type] || !o->profile[type].set)
		return o->wanted[type];
	bool yes =
	    profile_wants(&o->profile[type], s->flow ? s->flow->id : 0, number, scene_time(s));
	o->held_back += !yes;
	return yes;
}

/* Head, segment, geography and nDPI of an event that is about a flow. */
static void
flow_line(struct output *o, const struct output_scene *s, enum event_type type, int64_t tx_id,
    bool from_server)
{
	struct ev_head head;
	struct output_ends ends;

	head_fill(o, s, false, &head, &ends);
	if (from_server)
		line_turn(&head);
	head.event_type = event_name[type];
	if (type != EVENT_flow)
		head.pkt_src = s->packet ? "wire/pcap" : "stream (flow timeout)";
	head.tx_id = tx_id;
	line_vlan(o, s, &head);
	line_begin(o, &head);
	if (s->flow)
		line_learned(o, s->flow->key.ip_ver, &s->flow->key.client, &s->flow->key.server);
	line_vars(o, s);
}

static enum event_type
tx_event(uint8_t proto)
{
	static const uint8_t type[L7_COUNT] = {
		[L7_UNKNOWN] = EVENT_COUNT,
#define L7_PROTOCOL(ENUM, name, counted) [L7_##ENUM] = EVENT_##name,
#define L7_VARIANT(ENUM, name, event, counted) [L7_##ENUM] = EVENT_##event,
#include "probe/l7/protocols.def"
	};
	return proto < L7_COUNT ? type[proto] : EVENT_COUNT;
}

void
output_tx(struct output *o, const struct output_scene *s, const struct l7_tx *tx)
{
	enum event_type type = tx_event(tx->proto);

	if (type == EVENT_COUNT || !o->wanted[type] || !l7_tx_record(tx) ||
	    !wanted(o, type, s, tx->id))
		return;
	flow_line(o, s, type, (int64_t)tx->id, l7_tx_from_server(tx));
	size_t at = o->line.len;
	l7_tx_write(tx, &o->w);
	profile_trim(&o->profile[type], &o->line, at);
	line_end(o, type, scene_time(s));
}

void
output_file(struct output *o, const struct output_scene *s, const struct l7_carried *c)
{
	if (!wanted(o, EVENT_fileinfo, s, c->tx.id))
		return;
	flow_line(o, s, EVENT_fileinfo, -1, c->tx.dir == DIR_TO_CLIENT);
	if (c->tx.data)
		l7_tx_write(&c->tx, &o->w);
	l7_file_write(c, &o->w);
	line_end(o, EVENT_fileinfo, scene_time(s));
}

bool
output_wants_frames(const struct output *o)
{
	return o->wanted[EVENT_frame];
}

void
output_frame(struct output *o, const struct output_scene *s, const struct l7_frame *f)
{
	if (!f->first || !wanted(o, EVENT_frame, s, f->id))
		return;
	flow_line(o, s, EVENT_frame, -1, f->dir == DIR_TO_CLIENT);
	frame_write(o, &o->w, f);
	line_end(o, EVENT_frame, scene_time(s));
}

void
output_anomaly(struct output *o, const struct output_scene *s, const struct l7_anomaly *a)
{
	if (!o->odd[ODD_OF_APPLAYER] || !wanted(o, EVENT_anomaly, s, 0))
		return;
	struct ev_anomaly e = { .app_proto = l7_proto_name(a->proto),
		.type = "applayer",
		.event = a->event,
		.layer = a->proto == L7_UNKNOWN ? "proto_detect" : "proto_parser" };
	enum dir dir = o->config.wait_ack && s->packet ? s->dir : (enum dir)a->dir;
	flow_line(o, s, EVENT_anomaly, a->tx_id, dir == DIR_TO_CLIENT);
	jw_key(&o->w, "anomaly");
	ev_anomaly_write(&o->w, &e);
	line_end(o, EVENT_anomaly, scene_time(s));
}

/* A line for each bit. */
static void
say_odd(struct output *o, const struct output_scene *s, uint64_t odd, struct ev_anomaly e,
    const char *const *names)
{
	struct ev_head head;
	struct output_ends ends;

	for (; odd; odd &= odd - 1) {
		if (!wanted(o, EVENT_anomaly, s, 0))
			continue;
		head_fill(o, s, s->packet != NULL, &head, &ends);
		head.event_type = event_name[EVENT_anomaly];
		line_vlan(o, s, &head);
		line_begin(o, &head);
		e.event = names[__builtin_ctzll(odd)];
		jw_key(&o->w, "anomaly");
		ev_anomaly_write(&o->w, &e);
		line_end(o, EVENT_anomaly, scene_time(s));
	}
}

void
output_odd_packet(struct output *o, const struct output_scene *s)
{
	static const char *const names[] = {
#define ODD_DECODE(id, name) name,
#include "probe/odd.def"
	};
	if (o->odd[ODD_OF_DECODE])
		say_odd(o, s, s->packet->odd, (struct ev_anomaly){ .type = "decode" }, names);
}

void
output_odd_stream(struct output *o, const struct output_scene *s, uint16_t odd)
{
	static const char *const names[] = {
#define ODD_STREAM(id, name) name,
#include "probe/odd.def"
	};
	if (o->odd[ODD_OF_STREAM])
		say_odd(o, s, odd, (struct ev_anomaly){ .type = "stream" }, names);
}

/* The IPv4 address that a translator's well-known prefix stands before (RFC 6052: 64:ff9b::/96). */
static const char *
behind_nat64(const struct flow *f, char out[ADDR_TEXT])
{
	static const uint8_t prefix[12] = { 0x00, 0x64, 0xff, 0x9b };
	const struct addr *a = &f->key.server;
	struct addr inside = { 0 };

	if (f->key.ip_ver == 6 && memcmp(f->key.client.b, prefix, sizeof(prefix)) == 0)
		a = &f->key.client;
	if (f->key.ip_ver != 6 || memcmp(a->b, prefix, sizeof(prefix)) != 0)
		return NULL;
	memcpy(inside.b, a->b + sizeof(prefix), 4);
	(void)addr_text(out, &inside, 4);
	return out;
}

void
output_evidence(struct output *o, const struct output_scene *s, const struct evidence_case *c)
{
	char sha256[65], sm3[65], id[17];
	struct jw w;

	if (!wanted(o, EVENT_evidence, s, 0))
		return;
	flow_line(o, s, EVENT_evidence, -1, false);
	hex_text(sha256, c->sha256, 32);
	hex_text(sm3, c->sm3, 32);
	buf_clear(&o->part);
	jw_init(&w, &o->part);
	jw_array(&w);
	for (unsigned i = 0; i < c->alert_n; i++) {
		(void)snprintf(id, sizeof(id), "%016llx", (unsigned long long)c->alert[i]);
		jw_text(&w, id);
	}
	jw_array_end(&w);
	struct ev_evidence e = { .alert_ids = { o->part.ptr, o->part.len },
		.file = c->file,
		.packets = c->packets,
		.before = c->before,
		.bytes = c->bytes,
		.first = c->first,
		.last = c->last,
		.cut = c->cut,
		.sha256 = sha256,
		.sm3 = sm3 };
	jw_key(&o->w, "evidence");
	ev_evidence_write(&o->w, &e);
	line_end(o, EVENT_evidence, c->last);
}

/* In o->part. */
static struct view
policy_array(struct output *o, const struct flow *f)
{
	struct jw w;

	if (!f->policy)
		return (struct view){ NULL, 0 };
	buf_clear(&o->part);
	jw_init(&w, &o->part);
	jw_array(&w);
	jw_object(&w);
	jw_key(&w, "target");
	jw_text(&w, "stream_midstream");
	jw_key(&w, "policy");
	jw_text(&w, flow_policy_name(f->policy));
	jw_object_end(&w);
	jw_array_end(&w);
	return (struct view){ o->part.ptr, o->part.len };
}

/* Bytes of one side only: that side took the connection for established. */
static bool
is_one_sided(const struct flow *f)
{
	enum dir d = f->packets[DIR_TO_SERVER] ? DIR_TO_SERVER : DIR_TO_CLIENT;
	uint32_t sent = f->seq_end[d] - f->seq_isn[d] - 1 - !!(f->tcp_flags[d] & TCP_FIN);

	return f->tcp >= FLOW_TCP_ESTABLISHED && f->state == FLOW_NEW && !f->packets[!d] && sent;
}

/* As in EVE: over when nothing but the last acknowledgement is missing. */
static const char *
state_name(const struct flow *f)
{
	if (match_fate(f) & MATCH_FATE_BYPASSED)
		return "bypassed";
	if (f->tcp == FLOW_TCP_LAST_ACK)
		return flow_state_name(FLOW_CLOSED);
	return flow_state_name(is_one_sided(f) ? FLOW_ESTABLISHED : f->state);
}

void
output_packet(struct output *o, const struct output_scene *s)
{
	struct ev_packet_info info = { s->packet->frame.linktype };
	struct ev_head head;
	struct output_ends ends;

	if (!wanted(o, EVENT_packet, s, 0))
		return;
	head_fill(o, s, true, &head, &ends);
	head.event_type = "packet";
	line_vlan(o, s, &head);
	line_begin(o, &head);
	line_learned(o, s->packet->ip_ver, &s->packet->src, &s->packet->dst);
	const char *frame = matches_frame(o, s->packet);
	ev_tagged_fields(&o->w, &(struct ev_tagged){ frame, frame ? &info : NULL });
	line_end(o, EVENT_packet, s->packet->frame.ts);
}

static void
flow_object(struct output *o, const struct flow *f)
{
	char nat64[ADDR_TEXT];
	uint64_t txs = l7_tx_count(f);
	struct ev_flow e = {
		.pkts_toserver = f->packets[DIR_TO_SERVER],
		.pkts_toclient = f->packets[DIR_TO_CLIENT],
		.bytes_toserver = f->bytes[DIR_TO_SERVER],
		.bytes_toclient = f->bytes[DIR_TO_CLIENT],
		.start = f->first,
		.end = f->last,
		.age = f->last / 1000000000u - f->first / 1000000000u,
		.state = state_name(f),
		.action = match_fate(f) & MATCH_FATE_DROPPED  ? "drop"
			  : match_fate(f) & MATCH_FATE_PASSED ? "pass"
							      : NULL,
		.reason = flow_end_name(f->end),
		.alerted = f->flags & FLOW_ALERTED,
		.midstream = f->flags & FLOW_MIDSTREAM,
		.exception_policy = policy_array(o, f),
		.tx_cnt = txs ? (int64_t)txs : -1,
		.lost_bytes = f->lost ? (int64_t)f->lost : -1,
		.icmp_errors = f->icmp_errors ? (int64_t)f->icmp_errors : -1,
		.nat64 = behind_nat64(f, nat64),
	};
	jw_key(&o->w, "flow");
	ev_flow_write(&o->w, &e);
}

static void
tcp_object(struct output *o, const struct flow *f)
{
	uint8_t all = f->tcp_flags[0] | f->tcp_flags[1];
	char text[3][3];
	const uint8_t flags[3] = { all, f->tcp_flags[0], f->tcp_flags[1] };

	for (int i = 0; i < 3; i++)
		hex_text(text[i], &flags[i], 1);
	struct ev_tcp e = { .tcp_flags = text[0],
		.tcp_flags_ts = text[1],
		.tcp_flags_tc = text[2],
		.syn = all & TCP_SYN,
		.fin = all & TCP_FIN,
		.rst = all & TCP_RST,
		.psh = all & TCP_PSH,
		.ack = all & TCP_ACK,
		.urg = all & TCP_URG,
		.ecn = all & TCP_ECE,
		.cwr = all & TCP_CWR,
		.state = f->tcp ? flow_tcp_name(f->tcp) : NULL,
		.ts_max_regions = f->tcp ? (int64_t)flow_pieces(f, DIR_TO_SERVER) : -1,
		.tc_max_regions = f->tcp ? (int64_t)flow_pieces(f, DIR_TO_CLIENT) : -1 };
	jw_key(&o->w, "tcp");
	ev_tcp_write(&o->w, &e);
}

static bool
is_unknown(const struct output *o, const struct flow *f)
{
	uint16_t master, app;

	identify_ids(f, &master, &app);
	return o->config.identify && master == 0 && app == 0;
}

void
output_flow(struct output *o, const struct output_scene *s)
{
	if (!o->wanted[EVENT_flow] || (!o->config.unknown_flows && is_unknown(o, s->flow)) ||
	    !wanted(o, EVENT_flow, s, 0))
		return;
	flow_line(o, s, EVENT_flow, -1, false);
	line_ndpi(o, s->flow);
	flow_object(o, s->flow);
	if (s->flow->key.proto == PROTO_TCP)
		tcp_object(o, s->flow);
	line_end(o, EVENT_flow, s->flow->last);
}
