/* SPDX-License-Identifier: Apache-2.0 */
/* flow, flowbits, dsize: what must hold besides patterns. */
#include "lib/hash.h"
#include "probe/match_keyword.h"
#include "probe/match_run.h"

struct flow_word {
	const char *name;
	uint8_t flag, against; /* MATCH_FLOW_ */
};

#define EITHER_END (MATCH_FLOW_TO_SERVER | MATCH_FLOW_TO_CLIENT)
#define STATES (MATCH_FLOW_ESTABLISHED | MATCH_FLOW_NOT_ESTABLISHED | MATCH_FLOW_STATELESS)
#define STREAMS (MATCH_FLOW_ONLY_STREAM | MATCH_FLOW_NO_STREAM)

static const struct flow_word words[] = {
	{ "to_server", MATCH_FLOW_TO_SERVER, EITHER_END },
	{ "from_client", MATCH_FLOW_TO_SERVER, EITHER_END },
	{ "to_client", MATCH_FLOW_TO_CLIENT, EITHER_END },
	{ "from_server", MATCH_FLOW_TO_CLIENT, EITHER_END },
	{ "established", MATCH_FLOW_ESTABLISHED, STATES },
	{ "not_established", MATCH_FLOW_NOT_ESTABLISHED, STATES },
	{ "stateless", MATCH_FLOW_STATELESS, STATES },
	{ "only_stream", MATCH_FLOW_ONLY_STREAM, STREAMS },
	{ "no_stream", MATCH_FLOW_NO_STREAM, STREAMS },
};

static bool
was_fragments(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	bool fragments = m->now.p->flags & (PKT_FRAGMENT | PKT_REASSEMBLED);
	(void)c;
	return fragments != !!(op->flags & MATCH_OP_NOT);
}

static int
flow_word(struct match_draft *d, const struct match_option *o, struct view w)
{
	size_t at = (size_t)(w.ptr - d->text.ptr);
	bool none = match_text_same(w, "no_frag");
	if (none || match_text_same(w, "only_frag")) {
		struct match_op *op = match_new_test(d, o, was_fragments);
		if (op)
			op->flags = none ? MATCH_OP_NOT : 0;
		return op ? 0 : -1;
	}
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!match_text_same(w, words[i].name))
			continue;
		if (d->rule.flow & words[i].against)
			return match_fail(d, at, NULL,
			    "%s contradicts or repeats what flow says already", words[i].name);
		d->rule.flow |= words[i].flag;
		return 0;
	}
	return match_fail(d, at,
	    "to_server, to_client, from_server, from_client, established, not_established, "
	    "stateless, "
	    "only_stream, no_stream, only_frag and no_frag are known",
	    "unknown flow word \"%.*s\"", (int)w.len, (const char *)w.ptr);
}

static int
key_flow(struct match_draft *d, const struct match_option *o)
{
	struct view rest = o->value, w;
	while (match_text_split(&rest, ',', &w)) {
		if (flow_word(d, o, w) != 0)
			return -1;
	}
	if (d->rule.flow & EITHER_END)
		d->sides &=
		    1u << (d->rule.flow & MATCH_FLOW_TO_SERVER ? DIR_TO_SERVER : DIR_TO_CLIENT);
	return d->sides ? 0
			: match_fail(d, o->at, NULL,
			      "the rule's buffers are only there the other way than flow looks");
}

static struct match_op *
add_op(struct match_draft *d, const struct match_option *o, struct match_op *list, uint8_t *n)
{
	if (*n == MATCH_TESTS_MAX) {
		(void)match_fail(
		    d, o->at, NULL, "more than %d of these in one rule", MATCH_TESTS_MAX);
		return NULL;
	}
	struct match_op *op = &list[(*n)++];
	*op = (struct match_op){ .option = d->option_n };
	return op;
}

struct match_op *
match_new_test(struct match_draft *d, const struct match_option *o, match_test fn)
{
	struct match_op *op = add_op(d, o, d->test, &d->rule.test_n);
	if (op)
		op->test = fn;
	return op;
}

struct match_op *
match_new_after(struct match_draft *d, const struct match_option *o, match_after fn)
{
	struct match_op *op = add_op(d, o, d->after, &d->rule.after_n);
	if (op)
		op->after = fn;
	return op;
}

/* ---- flowbits ---- */

static bool
any_bit(const struct match *m, const struct match_op *op)
{
	for (uint32_t i = 0; i < op->names.n; i++) {
		if (match_state_bit(m->now.state, op->names.name[i]))
			return true;
	}
	return false;
}

static bool
bits_isset(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	(void)c;
	return m->now.f && any_bit(m, op);
}

static bool
bits_isnotset(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	(void)c;
	return m->now.f && !any_bit(m, op);
}

static void
bits_set(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	(void)c;
	m->now.state = match_state_get(m, m->now.f);
	for (uint32_t i = 0; i < op->names.n; i++)
		match_state_set(m, m->now.state, op->names.name[i]);
}

static void
bits_unset(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	(void)c;
	for (uint32_t i = 0; i < op->names.n; i++)
		match_state_unset(m->now.state, op->names.name[i]);
}

static void
bits_toggle(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	for (uint32_t i = 0; i < op->names.n; i++) {
		struct match_op one = { .names = { &op->names.name[i], 1 } };
		(any_bit(m, &one) ? bits_unset : bits_set)(m, &one, c);
	}
}

struct bits_row {
	const char *name;
	match_test test;   /* a question */
	match_after after; /* done when the rule matched */
};

static const struct bits_row bits_rows[] = {
	{ "set", NULL, bits_set },
	{ "unset", NULL, bits_unset },
	{ "toggle", NULL, bits_toggle },
	{ "isset", bits_isset, NULL },
	{ "isnotset", bits_isnotset, NULL },
};

static int
bit_names(
    struct match_draft *d, const struct match_option *o, struct view names, struct match_op *op)
{
	uint64_t *name = match_arena_get(d->arena, (names.len / 2 + 1) * sizeof(*name));
	struct view one;
	if (!name)
		return match_fail(d, o->at, NULL, "out of memory");
	while (match_text_split(&names, '|', &one)) {
		if (!one.len || memchr(one.ptr, ' ', one.len))
			return match_fail(d, o->value_at, NULL,
			    "a flowbit's name is missing or has a blank in it");
		name[op->names.n++] = hash_bytes(HASH_KEY_FIXED, one.ptr, one.len);
		if (match_bit_name(d, one, 0) != 0)
			return -1;
	}
	op->names.name = name;
	return 0;
}

static int
key_flowbits(struct match_draft *d, const struct match_option *o)
{
	struct view rest = o->value, what;
	(void)match_text_split(&rest, ',', &what);
	if (match_text_same(what, "noalert") && !rest.ptr) {
		d->rule.noalert = true;
		return 0;
	}
	for (size_t i = 0; i < sizeof(bits_rows) / sizeof(bits_rows[0]); i++) {
		const struct bits_row *r = &bits_rows[i];
		if (!match_text_same(what, r->name))
			continue;
		if (!rest.ptr)
			return match_fail(
			    d, o->value_at, NULL, "flowbits:%s needs a name", r->name);
		d->rule.asks_bits |= r->test != NULL;
		struct match_op *op =
		    r->after ? match_new_after(d, o, r->after) : match_new_test(d, o, r->test);
		return op ? bit_names(d, o, match_text_trim(rest), op) : -1;
	}
	return match_fail(d, o->value_at,
	    "set, unset, toggle, isset, isnotset and noalert are known",
	    "unknown flowbits command \"%.*s\"", (int)what.len, (const char *)what.ptr);
}

#define MOST 65535

/* The bounds of "5", "<5", ">5", "<=5", ">=5", "5<>9" (both ends outside), "5-9". */
static int
size_bounds(struct view v, int64_t *low, int64_t *high)
{
	const uint8_t *mid = v.len > 2 ? memmem(v.ptr, v.len, "<>", 2) : NULL;
	*low = 0;
	*high = MOST;
	if (mid && mid != v.ptr) {
		struct view a = match_text_trim((struct view){ v.ptr, (size_t)(mid - v.ptr) });
		struct view b =
		    match_text_trim((struct view){ mid + 2, v.len - (size_t)(mid - v.ptr) - 2 });
		if (!match_text_int(a, 0, MOST, low) || !match_text_int(b, 0, MOST, high) ||
		    *high <= *low + 1)
			return -1;
		(*low)++;
		(*high)--;
		return 0;
	}
	bool less = v.len && v.ptr[0] == '<', more = v.len && v.ptr[0] == '>';
	bool equal = (less || more) && v.len > 1 && v.ptr[1] == '=';
	int64_t n;
	size_t skip = (size_t)(less || more) + equal;
	if (!match_text_int(
		match_text_trim((struct view){ v.ptr + skip, v.len - skip }), 0, MOST, &n))
		return -1;
	if (!more)
		*high = less && !equal ? n - 1 : n;
	if (!less)
		*low = more && !equal ? n + 1 : n;
	return *low <= *high ? 0 : -1;
}

static bool
dsize_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	size_t n = m->now.p->payload.len;
	bool inside = n >= op->size.low && n <= op->size.high;
	(void)c;
	/* a negated size still wants a payload, as there */
	return op->flags & MATCH_OP_NOT ? n && !inside : inside;
}

static int
key_dsize(struct match_draft *d, const struct match_option *o)
{
	struct view v = o->value;
	int64_t low, high;
	if (d->has_dsize)
		return match_fail(d, o->at, NULL, "dsize is given twice");
	d->has_dsize = true;
	bool negated = v.len && v.ptr[0] == '!';
	if (negated)
		v = match_text_trim((struct view){ v.ptr + 1, v.len - 1 });
	if (size_bounds(v, &low, &high) != 0)
		return match_fail(d, o->value_at, "write 10, !10, <10, >10, <=10, >=10 or 10<>20",
		    "dsize's value is not understood or never true");
	struct match_op *op = match_new_test(d, o, dsize_holds);
	if (!op)
		return -1;
	op->flags = negated ? MATCH_OP_NOT : 0;
	op->size = (struct match_op_size){ (uint32_t)low, (uint32_t)high };
	d->dsize = negated ? MOST : (uint32_t)high;
	d->rule.size[0] = negated ? 1 : (uint16_t)low;
	d->rule.size[1] = (uint16_t)d->dsize;
	return 0;
}

const struct match_keyword match_keywords_flow[] = {
	{ "dsize", key_dsize, MATCH_KEY_VALUE, 0 },
	{ "flow", key_flow, MATCH_KEY_VALUE, 0 },
	{ "flowbits", key_flowbits, MATCH_KEY_VALUE, 0 },
	{ NULL, NULL, 0, 0 },
};
