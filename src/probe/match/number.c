/* SPDX-License-Identifier: Apache-2.0 */
/* Comparisons of numbers, as all keywords that compare one have them. */
#include "lib/hex.h"
#include "probe/match_keyword.h"
#include "probe/match_run.h"

static struct view
after(struct view v, size_t n)
{
	return match_text_trim((struct view){ v.ptr + n, v.len - n });
}

bool
match_number_plain(struct view v, uint64_t most, uint64_t *out)
{
	unsigned base = 10;
	uint64_t n = 0;
	if (v.len > 2 && v.ptr[0] == '0' && (v.ptr[1] | 0x20) == 'x') {
		base = 16;
		v = (struct view){ v.ptr + 2, v.len - 2 };
	}
	if (!v.len)
		return false;
	for (size_t i = 0; i < v.len; i++) {
		int digit = hex_digit(v.ptr[i]);
		if (digit < 0 || (unsigned)digit >= base || n > (most - (unsigned)digit) / base)
			return false;
		n = n * base + (unsigned)digit;
	}
	*out = n;
	return true;
}

bool
match_number_word(struct view v, const struct l7_word *words, uint64_t *out)
{
	for (; words && words->name; words++) {
		if (match_text_same(v, words->name)) {
			*out = words->value;
			return true;
		}
	}
	return false;
}

static bool
value(struct view v, uint64_t most, const struct l7_word *words, uint64_t *out)
{
	v = match_text_trim(v);
	return match_number_word(v, words, out) || match_number_plain(v, most, out);
}

/* "&mask", "mask=value" and "&mask=value". */
static bool
mask(struct view v, uint64_t most, const struct l7_word *words, struct match_op_number *out)
{
	bool said = v.len && v.ptr[0] == '&';
	v = said ? after(v, 1) : v;
	const uint8_t *equal = v.len ? memchr(v.ptr, '=', v.len) : NULL;
	out->compare = MATCH_MASK;
	if (!equal) {
		out->any = true;
		return said && value(v, most, words, &out->a);
	}
	size_t at = (size_t)(equal - v.ptr);
	return at && value((struct view){ v.ptr, at }, most, words, &out->a) &&
	       value(after(v, at + 1), most, words, &out->b);
}

/* "a-b" and "a<>b": between, both ends outside. */
static bool
between(struct view v, uint64_t most, const struct l7_word *words, struct match_op_number *out)
{
	const uint8_t *mid = v.len > 2 ? memmem(v.ptr, v.len, "<>", 2) : NULL;
	size_t n = mid ? 2 : 1;
	if (!mid && v.len)
		mid = memchr(v.ptr + 1, '-', v.len - 1);
	if (!mid)
		return false;
	size_t at = (size_t)(mid - v.ptr);
	if (!value((struct view){ v.ptr, at }, most, words, &out->a) ||
	    !value(after(v, at + n), most, words, &out->b) || out->a >= out->b ||
	    out->b - out->a < 2)
		return false;
	out->compare = MATCH_BETWEEN;
	out->a++;
	out->b--;
	return true;
}

/* "<5", "<=5", ">5", ">=5". */
static bool
order(struct view v, uint64_t most, const struct l7_word *words, struct match_op_number *out)
{
	bool less = v.len && v.ptr[0] == '<', more = v.len && v.ptr[0] == '>';
	if (!less && !more)
		return false;
	bool equal = v.len > 1 && v.ptr[1] == '=';
	if (!value(after(v, 1 + equal), most, words, &out->a))
		return false;
	out->compare = less ? MATCH_LESS : MATCH_MORE;
	if (equal && less && out->a == UINT64_MAX)
		*out = (struct match_op_number){ .compare = MATCH_BETWEEN, .b = UINT64_MAX };
	else if (equal && less)
		out->a++;
	else if (equal && out->a == 0)
		*out = (struct match_op_number){ .compare = MATCH_BETWEEN, .b = UINT64_MAX };
	else if (equal)
		out->a--;
	return true;
}

int
match_number_read(struct match_draft *d, const struct match_option *o, uint8_t bits,
    const struct l7_word *words, struct match_op_number *out)
{
	struct view v = match_text_trim(o->value), rest = v, side;
	/* in rules on whole transactions a side may stand before it; only one has the number */
	if (d->rule.whole && match_text_split(&rest, ',', &side) && rest.ptr &&
	    (match_text_same(side, "to_client") || match_text_same(side, "to_server")))
		v = match_text_trim(rest);
	uint64_t most = bits >= 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
	struct match_op_number n = { 0 };
	if (v.len && v.ptr[0] == '!') {
		n.negated = true;
		v = after(v, 1);
	}
	if (v.len && v.ptr[0] == '=')
		v = after(v, 1);
	if (value(v, most, words, &n.a))
		n.compare = MATCH_EQUAL;
	else if (!between(v, most, words, &n) && !order(v, most, words, &n) &&
		 !mask(v, most, words, &n))
		return match_fail(d, o->value_at,
		    words ? "write 5, !5, <5, >=5, 5-9, &0x3 or one of its words"
			  : "write 5, !5, <5, >=5, 5-9 or &0x3",
		    "\"%.*s\" is no comparison of a number of %u bits", (int)v.len,
		    (const char *)v.ptr, bits);
	n.what = out->what;
	*out = n;
	return 0;
}

bool
match_number_holds(const struct match_op_number *n, uint64_t v)
{
	bool holds = false;
	switch ((enum match_compare)n->compare) {
	case MATCH_EQUAL:
		holds = v == n->a;
		break;
	case MATCH_LESS:
		holds = v < n->a;
		break;
	case MATCH_MORE:
		holds = v > n->a;
		break;
	case MATCH_BETWEEN:
		holds = v >= n->a && v <= n->b;
		break;
	case MATCH_MASK:
		holds = n->any ? (v & n->a) != 0 : (v & n->a) == n->b;
		break;
	}
	return holds != n->negated;
}

bool
match_number_of(
    struct match *m, const struct match_candidate *c, uint8_t what, uint16_t i, uint64_t *out)
{
	struct l7_ask a = { .what = what, .dir = c->dir, .i = i, .scratch = &m->scratch };
	return c->in == MATCH_IN_TX && l7_tx_number(&m->now.tx[c->tx], &a, out);
}

/* Any of the transaction's numbers of this kind. */
static bool
holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	uint64_t n;
	for (uint16_t i = 0; i < MATCH_INSTANCES && match_number_of(m, c, op->number.what, i, &n);
	     i++) {
		if (match_number_holds(&op->number, n))
			return true;
	}
	return false;
}

int
match_of_tx(struct match_draft *d, const struct match_option *o, uint64_t protos, uint8_t when)
{
	uint8_t sides = 0;
	uint64_t left = d->rule.protos ? d->rule.protos & protos : protos;
	if (!left && d->doh && protos & (L7_SET(HTTP2) | L7_SET(DNS))) {
		left = L7_SET(DNS); /* what is around it is asked through it */
		d->set->rules->carried = true;
	}
	if (!left)
		return match_fail(d, o->at, NULL, "%.*s belongs to another protocol than this rule",
		    (int)o->name.len, (const char *)o->name.ptr);
	sides |= when & L7_READY_UP ? 1u << DIR_TO_SERVER : 0;
	sides |= when & L7_READY_DOWN ? 1u << DIR_TO_CLIENT : 0;
	if (d->rule.whole)
		sides = d->sides;
	if (!(d->sides & sides))
		return match_fail(d, o->at, NULL,
		    "%.*s is only there %s, but the rule looks the other way", (int)o->name.len,
		    (const char *)o->name.ptr,
		    sides == 1u << DIR_TO_SERVER ? "to the server" : "to the client");
	d->rule.protos = left;
	d->sides &= sides;
	d->when |= when;
	d->tx = true;
	return 0;
}

int
match_number_ask(
    struct match_draft *d, const struct match_option *o, const struct match_op_number *n)
{
	const struct l7_number_row *row = l7_number_row((enum l7_number)n->what);
	if (match_of_tx(d, o, row->protos, row->when) != 0)
		return -1;
	struct match_op *op = match_new_test(d, o, holds);
	if (!op)
		return -1;
	op->number = *n;
	d->set->rules->wants |= l7_number_wants((enum l7_number)n->what);
	return 0;
}

int
match_key_number(struct match_draft *d, const struct match_option *o)
{
	const struct l7_number_row *row = l7_number_row((enum l7_number)o->arg);
	struct match_op_number n = { .what = (uint8_t)o->arg };
	if (match_number_read(d, o, row->bits, row->words, &n) != 0)
		return -1;
	return match_number_ask(d, o, &n);
}

int
match_ask_about(
    struct match_draft *d, const struct match_option *o, match_test fn, const void *data, size_t n)
{
	const struct l7_number_row *row = l7_number_row((enum l7_number)o->arg);
	if (match_of_tx(d, o, row->protos, row->when) != 0)
		return -1;
	struct match_op *op = match_new_test(d, o, fn);
	if (!op)
		return -1;
	op->data = match_arena_copy(d->arena, data, n);
	d->set->rules->wants |= l7_number_wants((enum l7_number)o->arg);
	return op->data ? 0 : match_fail(d, o->at, NULL, "out of memory");
}
