/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode-event, stream-event, app-layer-event: something odd happened. Asked only then: rules
 * without a literal stand in a group of their own (MATCH_ON_EVENT).
 */
#include <stdio.h>
#include <strings.h>

#include "probe/match_keyword.h"
#include "probe/match_run.h"

static const char *const decode_names[] = {
#define ODD_DECODE(id, name) name,
#include "probe/odd.def"
};

static const char *const hint_names[] = {
#define ODD_HINT(id, name) name,
#include "probe/odd.def"
};

static const char *const stream_names[] = {
#define ODD_STREAM(id, name) name,
#include "probe/odd.def"
};

static const char *const segment_names[] = {
#define ODD_SEGMENT(id, name) name,
#include "probe/odd.def"
};

/* Names of rules that are not those of odd.def, where one row of ours stands for both versions. */
static const struct {
	const char *name;
	uint8_t odd, ver;
} more_names[] = {
	{ "ipv4.frag_pkt_too_large", ODD_FRAGMENT_LARGE, 4 },
	{ "ipv6.frag_pkt_too_large", ODD_FRAGMENT_LARGE, 6 },
	{ "ipv6.frag_invalid_length", ODD_FRAGMENT_SIZE, 6 },
	{ "ipv4.pkt_too_small", ODD_IPV4_SHORT, 0 },
};

/* Why there was no memory for a segment is one kind here. */
static const char *const memory_names[] = { "reassembly_insert_memcap", "reassembly_insert_limit" };

#define BOTH_VERSIONS 0

struct event_op {
	uint64_t bits, hints, segments;
	uint8_t ver; /* BOTH_VERSIONS, 4, 6 */
};

static bool
decode_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	const struct event_op *e = op->data;
	const struct packet *p = m->now.p;
	return c->in == MATCH_IN_PACKET && (p->odd & e->bits || p->hints & e->hints) &&
	       (!e->ver || e->ver == p->ip_ver);
}

static bool
stream_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	const struct event_op *e = op->data;
	const struct match_seen *s = &m->now.seen;
	return c->in == MATCH_IN_PACKET &&
	       (s->stream_odd & e->bits || s->segment_odd & e->segments);
}

/* Is the name the row's, behind its first word? */
static bool
row_is(const char *row, struct view name)
{
	const char *dot = strchr(row, '.');
	return dot && match_text_same(name, dot + 1);
}

static uint64_t
find(const char *const *rows, size_t n, struct view name)
{
	uint64_t bits = 0;
	for (size_t i = 0; i < n; i++) {
		if (row_is(rows[i], name))
			bits |= UINT64_C(1) << i;
	}
	return bits;
}

static int
event_test(struct match_draft *d, const struct match_option *o, match_test fn, struct event_op e)
{
	if (!e.bits && !e.hints && !e.segments)
		return match_fail(d, o->value_at, "include/probe/odd.def has those that are",
		    "\"%.*s\" is none of the events that the probe tells", (int)o->value.len,
		    (const char *)o->value.ptr);
	struct match_op *op = match_new_test(d, o, fn);
	if (!op)
		return -1;
	op->data = match_arena_copy(d->arena, &e, sizeof(e));
	d->pkt_only = d->rule.on_event = true;
	return op->data ? 0 : match_fail(d, o->at, NULL, "out of memory");
}

static int
key_decode(struct match_draft *d, const struct match_option *o)
{
	struct event_op e = { .bits = find(decode_names, ODD_DECODE_COUNT, o->value),
		.hints = find(hint_names, ODD_HINT_COUNT, o->value) };
	for (size_t i = 0; i < sizeof(more_names) / sizeof(more_names[0]); i++) {
		if (!match_text_same(o->value, more_names[i].name))
			continue;
		e.bits = UINT64_C(1) << more_names[i].odd;
		e.ver = more_names[i].ver;
	}
	d->rule.takes |= MATCH_TAKES_UNUSABLE | MATCH_TAKES_BAD_SUM | MATCH_TAKES_FRAGMENT;
	return event_test(d, o, decode_holds, e);
}

static int
key_stream(struct match_draft *d, const struct match_option *o)
{
	struct event_op e = { .bits = find(stream_names, ODD_STREAM_COUNT, o->value),
		.segments = find(segment_names, ODD_SEGMENT_COUNT, o->value) };
	for (size_t i = 0; i < sizeof(memory_names) / sizeof(memory_names[0]); i++) {
		if (match_text_same(o->value, memory_names[i]))
			e.bits |= UINT64_C(1) << ODD_STREAM_MEMORY;
	}
	if (e.segments)
		d->rule.takes |= MATCH_TAKES_SEGMENTS;
	d->rule.transports &= 1u << MATCH_TCP;
	if (!d->rule.transports)
		return match_fail(d, o->at, NULL, "%.*s is about TCP, but the rule is not",
		    (int)o->name.len, (const char *)o->name.ptr);
	return event_test(d, o, stream_holds, e);
}

/* ---- app-layer-event ---- */

struct layer_op {
	const char *event;
	uint64_t protos; /* L7_SET; 0: of choosing the protocol */
};

/* An event of a transaction is also for rules of the other direction only. */
static bool
belongs(const struct match *m, const struct l7_anomaly *a, const struct match_candidate *c)
{
	if (c->in == MATCH_IN_TX)
		return a->tx_id == (int64_t)m->now.tx[c->tx].id;
	return a->dir == c->dir ||
	       (a->tx_id >= 0 &&
		   m->rules->rule[c->rule].flow & (MATCH_FLOW_TO_SERVER | MATCH_FLOW_TO_CLIENT));
}

static bool
layer_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	const struct layer_op *e = op->data;
	const struct match_seen *seen = &m->now.seen;
	for (size_t i = 0; i < seen->odd_n; i++) {
		const struct l7_anomaly *a = &seen->odd[i];
		if (!belongs(m, a, c))
			continue;
		if (e->protos && !(e->protos & UINT64_C(1) << a->proto))
			continue;
		if (strcasecmp(a->event, e->event) != 0)
			continue;
		m->now.event_tx = a->tx_id;
		return true;
	}
	return false;
}

static const struct {
	const char *name;
	uint64_t protos;
} protos[] = {
	{ "http1", L7_SET(HTTP) },
	{ "ikev2", L7_SET(IKE) },
#define L7_PROTOCOL(ENUM, name, counted) { #name, L7_SET(ENUM) },
#define L7_VARIANT(ENUM, name, event, counted) { #name, L7_SET(ENUM) },
#include "probe/l7/protocols.def"
};

static uint64_t
protos_of(struct view name)
{
	for (size_t i = 0; i < sizeof(protos) / sizeof(protos[0]); i++) {
		if (match_text_same(name, protos[i].name))
			return protos[i].protos;
	}
	return 0;
}

/* A name that nobody knows is a slip; one that nothing here says is somebody else's, and such rules
 * load. */
static int
check_event(struct match_draft *d, const struct match_option *o, struct view name, uint64_t of)
{
	const char *near = NULL, *row;
	char hint[96];
	unsigned least = (unsigned)name.len / 3 + 1;
	if (l7_event_told(of, name) != L7_TOLD_NO)
		return 0;
	for (size_t i = 0; l7_event_name(i, of, &row); i++) {
		unsigned n = row ? match_text_distance(name, row) : least;
		near = n < least ? row : near;
		least = n < least ? n : least;
	}
	(void)snprintf(hint, sizeof(hint), "did you mean \"%s\"?", near ? near : "");
	return match_fail(d, o->value_at, near ? hint : NULL, "unknown event \"%.*s\"",
	    (int)o->value.len, (const char *)o->value.ptr);
}

static int
key_layer(struct match_draft *d, const struct match_option *o)
{
	struct view rest = o->value, proto = { NULL, 0 };
	struct layer_op e = { 0 };
	if (o->value.len && memchr(o->value.ptr, '.', o->value.len)) {
		(void)match_text_split(&rest, '.', &proto);
		e.protos = protos_of(proto);
		if (!e.protos)
			return match_fail(d, o->value_at, NULL, "no protocol \"%.*s\" is parsed",
			    (int)proto.len, (const char *)proto.ptr);
		if (d->rule.protos && !(d->rule.protos & e.protos))
			return match_fail(
			    d, o->at, NULL, "the event belongs to another protocol than this rule");
	} else if (o->value.len < 10 || memcmp(o->value.ptr, "applayer_", 9) != 0) {
		return match_fail(d, o->value_at, "write app-layer-event:http.missing_host_header",
		    "an event is the protocol's name, a dot and its own");
	}
	rest = rest.ptr ? match_text_trim(rest) : (struct view){ o->value.ptr + o->value.len, 0 };
	if (check_event(d, o, rest, e.protos) != 0)
		return -1;
	struct match_op *op = match_new_test(d, o, layer_holds);
	if (!op)
		return -1;
	e.event = match_arena_copy(d->arena, rest.ptr, rest.len);
	op->data = match_arena_copy(d->arena, &e, sizeof(e));
	d->pkt_only = d->rule.on_event = true;
	return e.event && op->data ? 0 : match_fail(d, o->at, NULL, "out of memory");
}

const struct match_keyword match_keywords_event[] = {
	{ "app-layer-event", key_layer, MATCH_KEY_VALUE, 0 },
	{ "decode-event", key_decode, MATCH_KEY_VALUE, 0 },
	{ "engine-event", key_decode, MATCH_KEY_VALUE, 0 },
	{ "stream-event", key_stream, MATCH_KEY_VALUE, 0 },
	{ NULL, NULL, 0, 0 },
};
