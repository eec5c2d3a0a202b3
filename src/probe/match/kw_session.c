/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about the flow beside its direction and state: how large, how old, what it speaks. */
#include "probe/match_keyword.h"
#include "probe/match_run.h"

#define NS 1000000000ull

/* Whose: each end's, one of them, or all. */
enum side { OF_CLIENT, OF_SERVER, OF_BOTH, OF_EITHER };

struct session_op {
	struct match_op_number number;
	uint8_t side;
};

static bool
sides_hold(const struct session_op *s, uint64_t client, uint64_t server)
{
	bool of_client = match_number_holds(&s->number, client);
	bool of_server = match_number_holds(&s->number, server);
	switch (s->side) {
	case OF_CLIENT:
		return of_client;
	case OF_SERVER:
		return of_server;
	case OF_BOTH:
		return of_client && of_server;
	default:
		return of_client || of_server;
	}
}

/* Numbers that an end has used, its SYN and FIN among them. */
static uint64_t
stream_size(const struct flow *f, enum dir dir)
{
	return f->packets[dir] ? f->seq_end[dir] - f->seq_isn[dir] : 0;
}

static bool
stream_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	const struct flow *f = m->now.f;
	(void)c;
	return f && f->key.proto == PROTO_TCP &&
	       sides_hold(op->data, stream_size(f, DIR_TO_SERVER), stream_size(f, DIR_TO_CLIENT));
}

static bool
packets_hold(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	const struct flow *f = m->now.f;
	(void)c;
	return f && sides_hold(op->data, f->packets[DIR_TO_SERVER], f->packets[DIR_TO_CLIENT]);
}

static bool
bytes_hold(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	const struct flow *f = m->now.f;
	(void)c;
	return f && sides_hold(op->data, f->bytes[DIR_TO_SERVER], f->bytes[DIR_TO_CLIENT]);
}

/* Whole seconds of the clock between its first and its latest packet. */
static bool
age_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	const struct session_op *s = op->data;
	const struct flow *f = m->now.f;
	(void)c;
	return f && match_number_holds(&s->number, f->last / NS - f->first / NS);
}

static int
add_session(struct match_draft *d, const struct match_option *o, match_test fn, struct session_op s)
{
	struct match_op *op = match_new_test(d, o, fn);
	if (!op)
		return -1;
	op->data = match_arena_copy(d->arena, &s, sizeof(s));
	return op->data ? 0 : match_fail(d, o->at, NULL, "out of memory");
}

static const struct match_word ends[] = {
	{ "client", OF_CLIENT },
	{ "server", OF_SERVER },
	{ "both", OF_BOTH },
	{ "either", OF_EITHER },
	{ NULL, 0 },
};

static const struct match_word ways[] = {
	{ "toserver", OF_CLIENT },
	{ "to_server", OF_CLIENT },
	{ "toclient", OF_SERVER },
	{ "to_client", OF_SERVER },
	{ "both", OF_BOTH },
	{ "either", OF_EITHER },
	{ NULL, 0 },
};

/* "server,<,500", its operator behind a comma of its own. */
static int
key_stream_size(struct match_draft *d, const struct match_option *o)
{
	struct match_option number = *o;
	struct view rest = o->value, side, op = { NULL, 0 };
	struct session_op s = { 0 };
	char text[48];
	(void)match_text_split(&rest, ',', &side);
	(void)match_text_split(&rest, ',', &op);
	rest = match_text_trim(rest);
	if (!match_word_find(ends, side, &s.side) || !op.len || !rest.len || op.len > 2 ||
	    rest.len > 20)
		return match_fail(d, o->value_at, "client, server, both or either; < > = != <= >=",
		    "write stream_size:server,<,500;");
	memcpy(text, op.ptr, op.len);
	memcpy(text + op.len, rest.ptr, rest.len);
	number.value = (struct view){ (uint8_t *)text, op.len + rest.len };
	d->rule.transports &= 1u << MATCH_TCP;
	if (!d->rule.transports)
		return match_fail(d, o->at, NULL, "stream_size is about TCP, but the rule is not");
	if (match_number_read(d, &number, 32, NULL, &s.number) != 0)
		return -1;
	return add_session(d, o, stream_holds, s);
}

static const match_test flow_tests[] = { packets_hold, bytes_hold, age_holds };
enum { PACKETS, BYTES, AGE };
#define WAY(way) ((way) + 1) << 8

/* "toserver,>5", or, where the keyword's name says which way, ">5". */
static int
key_flow_number(struct match_draft *d, const struct match_option *o)
{
	struct match_option number = *o;
	struct session_op s = { .side = (uint8_t)((o->arg >> 8) - 1) };
	if (!(o->arg >> 8)) {
		struct view rest = o->value, way;
		(void)match_text_split(&rest, ',', &way);
		if (!rest.ptr || !match_word_find(ways, way, &s.side))
			return match_fail(d, o->value_at, "write flow.pkts:toserver,>5;",
			    "toserver, toclient, either and both are known");
		number.value = match_text_trim(rest);
	}
	if (match_number_read(d, &number, (o->arg & 0xff) == BYTES ? 64 : 32, NULL, &s.number) != 0)
		return -1;
	return add_session(d, o, flow_tests[o->arg & 0xff], s);
}

/* ---- app-layer-protocol ---- */

enum mode { MODE_DIRECTION, MODE_FINAL, MODE_ORIGINAL, MODE_SERVER, MODE_CLIENT, MODE_EITHER };

static const struct match_word modes[] = {
	{ "direction", MODE_DIRECTION },
	{ "final", MODE_FINAL },
	{ "original", MODE_ORIGINAL },
	{ "to_server", MODE_SERVER },
	{ "to_client", MODE_CLIENT },
	{ "either", MODE_EITHER },
	{ NULL, 0 },
};

/* Bits of words that are no protocol. */
#define IS_FAILED (UINT64_C(1) << 62)
#define IS_UNKNOWN (UINT64_C(1) << 63)
_Static_assert(L7_COUNT <= 62, "a bit each");

struct proto_op {
	uint64_t protos;
	uint8_t mode;
	bool negated;
};

static const struct proto_word {
	const char *name;
	uint64_t protos;
} protos[] = {
	{ "http", L7_SET(HTTP) | L7_SET(HTTP2) },
	{ "http1", L7_SET(HTTP) },
	{ "ikev2", L7_SET(IKE) },
	{ "failed", IS_FAILED },
	{ "unknown", IS_UNKNOWN },
#define L7_PROTOCOL(ENUM, name, counted) { #name, L7_SET(ENUM) },
#define L7_VARIANT(ENUM, name, event, counted) { #name, L7_SET(ENUM) },
#include "probe/l7/protocols.def"
};

static uint64_t
bit_of(uint8_t proto)
{
	return proto == L7_UNKNOWN ? IS_UNKNOWN
	       : proto < L7_COUNT  ? UINT64_C(1) << proto
				   : IS_FAILED;
}

/* The bit of a protocol by the name l7 gives it; 0 for none. */
static uint64_t
bit_named(const char *name)
{
	uint64_t bit = 0;
	for (size_t i = 0; name && i < sizeof(protos) / sizeof(protos[0]); i++) {
		if (strcmp(protos[i].name, name) == 0)
			bit = protos[i].protos;
	}
	/* l7 calls the older version by the name of both */
	return bit == (L7_SET(HTTP) | L7_SET(HTTP2)) ? L7_SET(HTTP) : bit;
}

static bool
proto_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	const struct proto_op *want = op->data;
	const struct flow *f = m->now.f;
	const char *orig, *side[2];
	if (!f)
		return false;
	l7_proto_more(f, &orig, &side[DIR_TO_SERVER], &side[DIR_TO_CLIENT]);
	uint64_t final = bit_of(m->now.l7), was = orig ? bit_named(orig) : 0;
	uint64_t server = side[DIR_TO_SERVER] ? bit_named(side[DIR_TO_SERVER]) : final;
	uint64_t client = side[DIR_TO_CLIENT] ? bit_named(side[DIR_TO_CLIENT]) : final;
	uint64_t is = 0;
	switch ((enum mode)want->mode) {
	case MODE_DIRECTION:
		is = c->dir == DIR_TO_SERVER ? server : client;
		break;
	case MODE_FINAL:
		is = final;
		break;
	case MODE_ORIGINAL:
		is = was;
		break;
	case MODE_SERVER:
		is = server;
		break;
	case MODE_CLIENT:
		is = client;
		break;
	case MODE_EITHER:
		is = server | client;
		break;
	}
	if (is == IS_UNKNOWN && !(want->protos & IS_UNKNOWN))
		return false;
	return is && !(is & want->protos) == want->negated;
}

static int
key_proto(struct match_draft *d, const struct match_option *o)
{
	struct view rest = o->value, name;
	struct proto_op want = { 0 };
	size_t i = 0, n = sizeof(protos) / sizeof(protos[0]);
	(void)match_text_split(&rest, ',', &name);
	if (name.len && name.ptr[0] == '!') {
		want.negated = true;
		name = match_text_trim((struct view){ name.ptr + 1, name.len - 1 });
	}
	while (i < n && !match_text_same(name, protos[i].name))
		i++;
	if (i == n)
		return match_fail(d, o->value_at, NULL, "no protocol \"%.*s\" is parsed",
		    (int)name.len, (const char *)name.ptr);
	want.protos = protos[i].protos;
	if (rest.ptr && !match_word_find(modes, match_text_trim(rest), &want.mode))
		return match_fail(d, o->value_at,
		    "direction, final, original, to_server, to_client and either are known",
		    "unknown mode of app-layer-protocol");
	if (d->rule.protos)
		return match_fail(d, o->at, NULL, "the rule's head names a protocol already");
	struct match_op *op = match_new_test(d, o, proto_holds);
	if (!op)
		return -1;
	op->data = match_arena_copy(d->arena, &want, sizeof(want));
	d->proto_tests++;
	return op->data ? 0 : match_fail(d, o->at, NULL, "out of memory");
}

/* What is to be told of a direction: what the flow speaks, and whether that side speaks another. */
static uint8_t
speech(const struct match *m, enum dir dir, bool *changed)
{
	const char *orig, *side[2];
	l7_proto_more(m->now.f, &orig, &side[DIR_TO_SERVER], &side[DIR_TO_CLIENT]);
	*changed = orig != NULL;
	return (uint8_t)(m->now.l7 | (side[dir] ? 0x80 : 0));
}

void
match_protos_told(struct match *m)
{
	struct match_context *x = &m->now;
	bool changed;
	if (!m->rules->tells_protos || !x->f || x->l7 == L7_UNKNOWN)
		return;
	uint8_t now = speech(m, x->dir, &changed);
	if (x->state && x->state->told[x->dir] == now)
		return;
	x->state = match_state_get(m, x->f);
	if (!x->state)
		return;
	/* a change of protocol is one for both */
	if (changed)
		x->state->told[!x->dir] = now;
	x->state->told[x->dir] = now;
}

bool
match_proto_new(const struct match *m, const struct match_candidate *c)
{
	const struct match_flow *s = m->now.state;
	bool changed;
	return m->now.f && m->now.l7 != L7_UNKNOWN &&
	       (!s || s->told[c->dir] != speech(m, c->dir, &changed));
}

/* ---- config ---- */

#define OF_PAIR ((uint64_t)1 << 63) /* in match_flow.hush: l7_tx.pair, not its id */

static void
hushed(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	(void)op;
	const struct l7_tx *tx = &m->now.tx[c->tx];
	if (c->in != MATCH_IN_TX)
		return;
	m->now.state = match_state_get(m, m->now.f);
	struct match_flow *s = m->now.state;
	if (!s)
		return;
	if (s->hush_n == MATCH_HUSHED) {
		memmove(s->hush, s->hush + 1, sizeof(s->hush) - sizeof(s->hush[0]));
		s->hush_n--;
	}
	s->hush[s->hush_n++] = tx->pair ? OF_PAIR | tx->pair : tx->id;
}

bool
match_hushed(const struct flow *f, const struct l7_tx *tx)
{
	uint64_t key = tx->pair ? OF_PAIR | tx->pair : tx->id;
	const struct match_flow *s = f->match;
	for (uint8_t i = 0; s && i < s->hush_n; i++) {
		if (s->hush[i] == key)
			return true;
	}
	return false;
}

uint8_t
match_fate(const struct flow *f)
{
	static const uint8_t of_policy[] = { [FLOW_POLICY_BYPASS] = MATCH_FATE_BYPASSED,
		[FLOW_POLICY_PASS] = MATCH_FATE_PASSED,
		[FLOW_POLICY_DROP] = MATCH_FATE_DROPPED,
		[FLOW_POLICY_REJECT] = 0 };

	return of_policy[f->policy] | (f->match ? f->match->fate : 0);
}

static int
key_config(struct match_draft *d, const struct match_option *o)
{
	struct view rest = o->value, part, word;
	unsigned seen = 0;
	while (match_text_split(&rest, ',', &part)) {
		(void)match_text_split(&part, ' ', &word);
		part = match_text_trim(part);
		if (match_text_same(word, "logging") && match_text_same(part, "disable"))
			seen |= 1;
		else if (match_text_same(word, "type") && match_text_same(part, "tx"))
			seen |= 2;
		else if (match_text_same(word, "scope") && match_text_same(part, "tx"))
			seen |= 4;
	}
	if (seen != 7)
		return match_fail(d, o->value_at, NULL,
		    "config:logging disable, type tx, scope tx is what is known");
	d->rule.noalert = true;
	return match_new_after(d, o, hushed) ? 0 : -1;
}

const struct match_keyword match_keywords_session[] = {
	{ "app-layer-protocol", key_proto, MATCH_KEY_VALUE, 0 },
	{ "config", key_config, MATCH_KEY_VALUE, 0 },
	{ "flow.age", key_flow_number, MATCH_KEY_VALUE, WAY(OF_CLIENT) | AGE },
	{ "flow.bytes", key_flow_number, MATCH_KEY_VALUE, BYTES },
	{ "flow.bytes_toclient", key_flow_number, MATCH_KEY_VALUE, WAY(OF_SERVER) | BYTES },
	{ "flow.bytes_toserver", key_flow_number, MATCH_KEY_VALUE, WAY(OF_CLIENT) | BYTES },
	{ "flow.pkts", key_flow_number, MATCH_KEY_VALUE, PACKETS },
	{ "flow.pkts_toclient", key_flow_number, MATCH_KEY_VALUE, WAY(OF_SERVER) | PACKETS },
	{ "flow.pkts_toserver", key_flow_number, MATCH_KEY_VALUE, WAY(OF_CLIENT) | PACKETS },
	{ "stream_size", key_stream_size, MATCH_KEY_VALUE, 0 },
	{ NULL, NULL, 0, 0 },
};
