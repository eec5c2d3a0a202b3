/* SPDX-License-Identifier: Apache-2.0 */
/* xbits, hostbits, flowint: what one rule leaves for another, beside flowbits (kw_flow.c). */
#include <ctype.h>

#include "lib/hash.h"
#include "probe/match_keyword.h"
#include "probe/match_run.h"

#define NS 1000000000ull
#define XBITS_EXPIRE 30
#define HOSTBITS_EXPIRE 300

/* What a mark is put on. */
enum track { ON_SRC, ON_DST, ON_BOTH, ON_PAIR, ON_TX };

struct mark_op {
	uint64_t name;
	uint64_t span; /* ns */
	uint8_t track;
	bool wanted; /* by a question: set, or not */
};

/* ---- marks ---- */

/* Pairs have no order. False when there is nothing to put a mark on. */
static bool
key_of(const struct match *m, const struct mark_op *op, uint8_t track,
    const struct match_candidate *c, struct match_xbit_key *key)
{
	const struct packet *p = m->now.p;
	bool turned = c->dir != m->now.dir;
	const struct addr *src = turned ? &p->dst : &p->src, *dst = turned ? &p->src : &p->dst;
	*key = (struct match_xbit_key){ .name = op->name, .ver = p->ip_ver };
	switch (track) {
	case ON_SRC:
		key->a = *src;
		return true;
	case ON_DST:
		key->a = *dst;
		return true;
	case ON_TX:
		if (c->in != MATCH_IN_TX || !m->now.f)
			return false;
		key->ver = 0;
		key->a.q[0] = m->now.f->id;
		key->a.q[1] = m->now.tx[c->tx].id;
		return true;
	default:
		turned = addr_cmp(src, dst) > 0;
		key->a = turned ? *dst : *src;
		key->b = turned ? *src : *dst;
		key->ver |= 0x80;
		return true;
	}
}

static struct match_xbits *
enter(struct match *m)
{
	gate_enter(m->config.gate);
	return match_rates_xbits(m->rates);
}

static bool
has(struct match *m, const struct mark_op *op, const struct match_candidate *c)
{
	struct match_xbit_key key;
	bool both = op->track == ON_BOTH, found;
	struct match_xbits *t = enter(m);
	found = key_of(m, op, both ? ON_SRC : op->track, c, &key) &&
		match_xbit_has(t, &key, m->now.p->frame.ts);
	if (both)
		found |=
		    key_of(m, op, ON_DST, c, &key) && match_xbit_has(t, &key, m->now.p->frame.ts);
	gate_leave(m->config.gate);
	return found;
}

static void
put(struct match *m, const struct mark_op *op, const struct match_candidate *c, bool on)
{
	bool both = op->track == ON_BOTH;
	struct match_xbits *t = enter(m);
	for (int i = 0; i <= both; i++) {
		struct match_xbit_key key;
		if (!key_of(m, op, both ? (i ? ON_DST : ON_SRC) : op->track, c, &key))
			continue;
		if (on)
			match_xbit_put(
			    t, &key, m->now.p->frame.ts + op->span, &m->count.state_evicted);
		else
			match_xbit_drop(t, &key);
	}
	gate_leave(m->config.gate);
}

static bool
mark_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	const struct mark_op *mark = op->data;
	return has(m, mark, c) == mark->wanted;
}

static void
mark_set(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	put(m, op->data, c, true);
}

static void
mark_unset(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	put(m, op->data, c, false);
}

static void
mark_toggle(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	put(m, op->data, c, !has(m, op->data, c));
}

struct mark_row {
	const char *name;
	match_after after; /* NULL: a question */
	bool wanted;
};

static const struct mark_row mark_rows[] = {
	{ "set", mark_set, false },
	{ "unset", mark_unset, false },
	{ "toggle", mark_toggle, false },
	{ "isset", NULL, true },
	{ "isnotset", NULL, false },
	{ NULL, NULL, false },
};

static const struct match_word xbits_words[] = {
	{ "ip_src", ON_SRC },
	{ "ip_dst", ON_DST },
	{ "ip_pair", ON_PAIR },
	{ "tx", ON_TX },
	{ NULL, 0 },
};

static const struct match_word hostbits_words[] = {
	{ "src", ON_SRC },
	{ "dst", ON_DST },
	{ "both", ON_BOTH },
	{ NULL, 0 },
};

/* The command, and the row of it. "noalert" is one as well. */
static const struct mark_row *
command(struct match_draft *d, const struct match_option *o, struct view v)
{
	const struct mark_row *row = mark_rows;
	while (row->name && !match_text_same(v, row->name))
		row++;
	if (row->name)
		return row;
	(void)match_fail(d, o->value_at,
	    "set, unset, toggle, isset, isnotset and noalert are known",
	    "unknown %.*s command \"%.*s\"", (int)o->name.len, (const char *)o->name.ptr,
	    (int)v.len, (const char *)v.ptr);
	return NULL;
}

static int
add_mark(struct match_draft *d, const struct match_option *o, const struct mark_row *row,
    struct mark_op mark)
{
	struct match_op *op =
	    row->after ? match_new_after(d, o, row->after) : match_new_test(d, o, mark_holds);
	if (!op)
		return -1;
	mark.wanted = row->wanted;
	d->rule.asks_bits |= !row->after;
	d->head_tests += !row->after;
	op->data = match_arena_copy(d->arena, &mark, sizeof(mark));
	return op->data ? 0 : match_fail(d, o->at, NULL, "out of memory");
}

static uint64_t
name_of(struct view v)
{
	return hash_bytes(HASH_KEY_FIXED, v.ptr, v.len);
}

/* "track ip_src" and "expire 60", in any order. */
static int
xbits_parts(struct match_draft *d, const struct match_option *o, struct view rest,
    struct mark_op *mark, bool *tracked)
{
	struct view part, word;
	int64_t n;
	while (match_text_split(&rest, ',', &part)) {
		(void)match_text_split(&part, ' ', &word);
		part = match_text_trim(part);
		if (match_text_same(word, "track") &&
		    match_word_find(xbits_words, part, &mark->track))
			*tracked = true;
		else if (match_text_same(word, "expire") && match_text_int(part, 1, UINT32_MAX, &n))
			mark->span = (uint64_t)n * NS;
		else
			return match_fail(d, o->value_at,
			    "write xbits:set,NAME,track ip_src,expire 60;",
			    "this part of xbits is not understood: \"%.*s\"", (int)word.len,
			    (const char *)word.ptr);
	}
	return 0;
}

static int
key_xbits(struct match_draft *d, const struct match_option *o)
{
	struct view rest = o->value, what, name = { NULL, 0 };
	struct mark_op mark = { .span = XBITS_EXPIRE * NS };
	bool tracked = false;
	(void)match_text_split(&rest, ',', &what);
	if (match_text_same(what, "noalert") && !rest.ptr) {
		d->rule.noalert = true;
		return 0;
	}
	const struct mark_row *row = command(d, o, what);
	if (!row)
		return -1;
	(void)match_text_split(&rest, ',', &name);
	if (!name.len)
		return match_fail(d, o->value_at, NULL, "xbits:%s needs a name", row->name);
	mark.name = name_of(name);
	if (xbits_parts(d, o, rest, &mark, &tracked) != 0)
		return -1;
	if (!tracked)
		return match_fail(d, o->value_at, "track ip_src, ip_dst, ip_pair or tx",
		    "xbits needs to be told what it tracks");
	return add_mark(d, o, row, mark);
}

static int
key_hostbits(struct match_draft *d, const struct match_option *o)
{
	struct view rest = o->value, what, name = { NULL, 0 };
	struct mark_op mark = { .span = HOSTBITS_EXPIRE * NS, .track = ON_SRC };
	(void)match_text_split(&rest, ',', &what);
	if (match_text_same(what, "noalert") && !rest.ptr) {
		d->rule.noalert = true;
		return 0;
	}
	const struct mark_row *row = command(d, o, what);
	if (!row)
		return -1;
	(void)match_text_split(&rest, ',', &name);
	if (!name.len)
		return match_fail(d, o->value_at, NULL, "hostbits:%s needs a name", row->name);
	mark.name = name_of(name) ^ 1;
	if (rest.ptr && !match_word_find(hostbits_words, match_text_trim(rest), &mark.track))
		return match_fail(d, o->value_at, NULL, "hostbits are on src, dst or both");
	return add_mark(d, o, row, mark);
}

/* ---- flowint ---- */

enum int_op { INT_SET, INT_ADD, INT_LESS_BY, INT_ISSET, INT_NOTSET, INT_COMPARE };
enum int_compare { IS_EQ, IS_NE, IS_LT, IS_LE, IS_GT, IS_GE };

struct int_value {
	uint64_t name; /* another variable; 0: the number */
	uint32_t number;
};

struct int_op_data {
	uint64_t name;
	struct int_value value;
	uint8_t op, compare;
};

static bool
value_of(const struct match *m, const struct int_value *v, uint32_t *out)
{
	*out = v->number;
	return !v->name || match_state_int(m->now.state, v->name, out);
}

static bool
compare(enum int_compare how, uint32_t a, uint32_t b)
{
	switch (how) {
	case IS_EQ:
		return a == b;
	case IS_NE:
		return a != b;
	case IS_LT:
		return a < b;
	case IS_LE:
		return a <= b;
	case IS_GT:
		return a > b;
	case IS_GE:
		return a >= b;
	}
	return false;
}

static bool
int_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	const struct int_op_data *d = op->data;
	uint32_t now, other;
	bool there = m->now.f && match_state_int(m->now.state, d->name, &now);
	(void)c;
	if (d->op == INT_ISSET || d->op == INT_NOTSET)
		return m->now.f && there == (d->op == INT_ISSET);
	return there && value_of(m, &d->value, &other) && compare(d->compare, now, other);
}

static void
int_change(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	const struct int_op_data *d = op->data;
	uint32_t now = 0, other;
	(void)c;
	m->now.state = match_state_get(m, m->now.f);
	(void)match_state_int(m->now.state, d->name, &now);
	if (!value_of(m, &d->value, &other))
		return;
	match_state_int_put(m, m->now.state, d->name,
	    d->op == INT_SET   ? other
	    : d->op == INT_ADD ? now + other
	    : other < now      ? now - other
			       : 0);
}

static const struct int_row {
	const char *name;
	uint8_t op, compare;
} int_rows[] = {
	{ "=", INT_SET, 0 },
	{ "+", INT_ADD, 0 },
	{ "-", INT_LESS_BY, 0 },
	{ "isset", INT_ISSET, 0 },
	{ "notset", INT_NOTSET, 0 },
	{ "isnotset", INT_NOTSET, 0 },
	{ "==", INT_COMPARE, IS_EQ },
	{ "!=", INT_COMPARE, IS_NE },
	{ "<", INT_COMPARE, IS_LT },
	{ "<=", INT_COMPARE, IS_LE },
	{ ">", INT_COMPARE, IS_GT },
	{ ">=", INT_COMPARE, IS_GE },
};

static int
key_flowint(struct match_draft *d, const struct match_option *o)
{
	struct view rest = o->value, name, what = { NULL, 0 }, value = { NULL, 0 };
	struct int_op_data data = { 0 };
	int64_t n;
	size_t i = 0, rows = sizeof(int_rows) / sizeof(int_rows[0]);
	(void)match_text_split(&rest, ',', &name);
	(void)match_text_split(&rest, ',', &what);
	while (i < rows && !match_text_same(what, int_rows[i].name))
		i++;
	value = match_text_trim(rest);
	if (!name.len || i == rows)
		return match_fail(d, o->value_at, "write flowint:NAME,+,1; flowint:NAME,>,3;",
		    "=, +, -, isset, notset, ==, !=, <, <=, > and >= are known");
	data = (struct int_op_data){
		.name = name_of(name) ^ 2, .op = int_rows[i].op, .compare = int_rows[i].compare
	};
	bool alone = data.op == INT_ISSET || data.op == INT_NOTSET;
	if (alone != !value.len)
		return match_fail(d, o->value_at, NULL, "%s takes %s value", int_rows[i].name,
		    alone ? "no" : "a");
	if (match_text_int(value, 0, UINT32_MAX, &n))
		data.value.number = (uint32_t)n;
	else if (value.len && (isdigit(value.ptr[0]) || value.ptr[0] == '-'))
		return match_fail(d, o->value_at, NULL,
		    "a number of flowint is from 0 to 4294967295, or stands in another variable");
	else if (value.len)
		data.value.name = name_of(value) ^ 2;
	bool asks = data.op >= INT_ISSET;
	if (match_bit_name(d, name, 2) != 0)
		return -1;
	struct match_op *op =
	    asks ? match_new_test(d, o, int_holds) : match_new_after(d, o, int_change);
	if (!op)
		return -1;
	d->rule.asks_bits |= asks;
	op->data = match_arena_copy(d->arena, &data, sizeof(data));
	return op->data ? 0 : match_fail(d, o->at, NULL, "out of memory");
}

const struct match_keyword match_keywords_bits[] = {
	{ "flowint", key_flowint, MATCH_KEY_VALUE, 0 },
	{ "hostbits", key_hostbits, MATCH_KEY_VALUE, 0 },
	{ "xbits", key_xbits, MATCH_KEY_VALUE, 0 },
	{ NULL, NULL, 0, 0 },
};
