/* SPDX-License-Identifier: Apache-2.0 */
/* isdataat, bsize, absent, entropy, rpc, ftpbounce, asn1: what a buffer holds besides patterns. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>

#include "probe/match_keyword.h"
#include "probe/match_run.h"

#define NO_VAR 0xff

static int
step_of(struct match_draft *d, const struct match_option *o, match_step step,
    struct match_pattern **out)
{
	struct match_pattern *p = match_new_pattern(d, o);
	if (!p)
		return -1;
	p->op.kind = MATCH_OP_STEP;
	p->op.step = step;
	*out = p;
	return 0;
}

static int
keep(struct match_draft *d, const struct match_option *o, struct match_pattern *p, const void *data,
    size_t n)
{
	p->op.data = match_arena_copy(d->arena, data, n);
	return p->op.data ? 0 : match_fail(d, o->at, NULL, "out of memory");
}

/* ---- isdataat ---- */

struct dataat {
	uint32_t at;
	uint8_t var;
	bool relative;
};

/* From a pattern on, the place right behind the last byte counts as well, as there. */
static bool
dataat(struct match_sight *s, const struct match_op *op, size_t from, size_t *end)
{
	const struct dataat *a = op->data;
	uint64_t at = a->var == NO_VAR ? a->at : s->m->var[a->var];
	(void)end;
	bool there =
	    a->relative ? from <= s->data.len && at <= s->data.len - from : at < s->data.len;
	return there != !!(op->flags & MATCH_OP_NOT);
}

static int
key_isdataat(struct match_draft *d, const struct match_option *o)
{
	struct view rest = o->value, v;
	struct dataat a = { .var = NO_VAR };
	struct match_pattern *p;
	int64_t n;
	if (step_of(d, o, dataat, &p) != 0)
		return -1;
	(void)match_text_split(&rest, ',', &v);
	if (v.len && v.ptr[0] == '!') {
		p->op.flags |= MATCH_OP_NOT;
		v = match_text_trim((struct view){ v.ptr + 1, v.len - 1 });
	}
	if (match_text_int(v, 0, 65535, &n))
		a.at = (uint32_t)n;
	else if (!match_var_find(d, v, &a.var))
		return match_fail(d, o->value_at, NULL,
		    "isdataat wants a number from 0 to 65535 or a variable made before");
	while (match_text_split(&rest, ',', &v)) {
		if (match_text_same(v, "relative"))
			a.relative = true;
		else if (!match_text_same(v, "rawbytes"))
			return match_fail(d, o->value_at, "relative and rawbytes are known",
			    "unknown word \"%.*s\"", (int)v.len, (const char *)v.ptr);
	}
	p->op.flags |= a.relative ? MATCH_OP_DISTANCE : 0;
	return keep(d, o, p, &a, sizeof(a));
}

/* ---- bsize ---- */

/* What is looked at of a body or file may not be all of it yet. */
static bool
bsize(struct match_sight *s, const struct match_op *op, size_t from, size_t *end)
{
	const struct match_op_number *n = &op->number;
	uint64_t size = s->at + s->data.len;
	(void)from;
	(void)end;
	if (s->grows && n->compare != MATCH_MORE)
		return false;
	return match_number_holds(n, size);
}

static int
key_bsize(struct match_draft *d, const struct match_option *o)
{
	struct match_pattern *p;
	struct match_option value = *o;
	if (!d->sticky)
		return match_fail(d, o->at, "name the buffer before it",
		    "bsize asks for the size of a sticky buffer; there is none");
	if (o->value.len && o->value.ptr[0] == '=') {
		value.value = match_text_trim((struct view){ o->value.ptr + 1, o->value.len - 1 });
		value.value_at++;
	}
	if (step_of(d, o, bsize, &p) != 0)
		return -1;
	return match_number_read(d, &value, 64, NULL, &p->op.number);
}

/* Most bytes that bsize of this area allows; UINT64_MAX: any. */
uint64_t
match_bsize_most(const struct match_op *op)
{
	const struct match_op_number *n = &op->number;
	if (op->kind != MATCH_OP_STEP || op->step != bsize || n->negated)
		return UINT64_MAX;
	switch ((enum match_compare)n->compare) {
	case MATCH_EQUAL:
		return n->a;
	case MATCH_LESS:
		return n->a ? n->a - 1 : 0;
	case MATCH_BETWEEN:
		return n->b;
	default:
		return UINT64_MAX;
	}
}

/* ---- absent ---- */

static bool
never(struct match_sight *s, const struct match_op *op, size_t from, size_t *end)
{
	(void)s;
	(void)op;
	(void)from;
	(void)end;
	return false;
}

static bool
always(struct match_sight *s, const struct match_op *op, size_t from, size_t *end)
{
	return !never(s, op, from, end);
}

static int
key_absent(struct match_draft *d, const struct match_option *o)
{
	struct match_pattern *p;
	bool or_else = match_text_same(o->value, "or_else");
	if (!d->sticky || d->sticky_from != d->pattern_n)
		return match_fail(d, o->at, "write buffer; absent;",
		    "absent must stand right behind a sticky buffer");
	if (o->value.len && !or_else)
		return match_fail(d, o->value_at, "write absent; or absent:or_else;",
		    "\"%.*s\" is not known here", (int)o->value.len, (const char *)o->value.ptr);
	if (step_of(d, o, or_else ? always : never, &p) != 0)
		return -1;
	p->area_flags = or_else ? MATCH_AREA_ABSENT : MATCH_AREA_ABSENT | MATCH_AREA_ALONE;
	return 0;
}

/* ---- entropy ---- */

struct entropy {
	uint64_t bytes, offset; /* bytes 0: all */
	double a, b;
	uint8_t compare; /* enum match_compare */
	bool equal, negated;
};

static double
entropy_of(const uint8_t *p, size_t n)
{
	uint32_t count[256] = { 0 };
	double sum = 0;
	for (size_t i = 0; i < n; i++)
		count[p[i]]++;
	for (size_t i = 0; i < 256; i++) {
		double share = count[i] ? (double)count[i] / (double)n : 0;
		sum -= count[i] ? share * log2(share) : 0;
	}
	return sum;
}

static bool
entropy(struct match_sight *s, const struct match_op *op, size_t from, size_t *end)
{
	const struct entropy *e = op->data;
	struct cursor c = cursor_of_view(s->data);
	bool holds;
	(void)from;
	(void)end;
	if (!cursor_skip(&c, (size_t)e->offset) || cursor_left(&c) < e->bytes || !cursor_left(&c))
		return false;
	double v = entropy_of(c.at, e->bytes ? (size_t)e->bytes : cursor_left(&c));
	match_entropy_put(s, v);
	switch ((enum match_compare)e->compare) {
	case MATCH_LESS:
		holds = v < e->a || (e->equal && v == e->a);
		break;
	case MATCH_MORE:
		holds = v > e->a || (e->equal && v == e->a);
		break;
	case MATCH_BETWEEN:
		holds = v > e->a && v < e->b;
		break;
	default:
		holds = fabs(v - e->a) < 1e-9;
	}
	return holds != e->negated;
}

static bool
real(struct view v, double *out)
{
	char text[32], *end;
	v = match_text_trim(v);
	if (!v.len || v.len >= sizeof(text) || !isdigit(v.ptr[0]))
		return false;
	memcpy(text, v.ptr, v.len);
	text[v.len] = 0;
	*out = strtod(text, &end);
	return !*end && *out >= 0 && *out <= 8;
}

/* "4.2", "=4.2", "!=4.2", ">4", ">=4", "4-5", "!4-5". */
static bool
entropy_value(struct view v, struct entropy *e)
{
	size_t n = 0;
	if (!v.len)
		return false;
	if (v.ptr[n] == '!') {
		e->negated = true;
		n++;
	}
	if (v.len > n && (v.ptr[n] == '<' || v.ptr[n] == '>'))
		e->compare = v.ptr[n++] == '<' ? MATCH_LESS : MATCH_MORE;
	if (v.len > n && v.ptr[n] == '=') {
		e->equal = true;
		n++;
	}
	v = match_text_trim((struct view){ v.ptr + n, v.len - n });
	struct view rest = v, low;
	(void)match_text_split(&rest, '-', &low);
	if (!rest.ptr)
		return real(v, &e->a);
	e->compare = MATCH_BETWEEN;
	return real(low, &e->a) && real(rest, &e->b) && e->a < e->b;
}

static int
key_entropy(struct match_draft *d, const struct match_option *o)
{
	struct view rest = o->value, v, name;
	struct entropy e = { .compare = MATCH_EQUAL };
	struct match_pattern *p;
	bool valued = false;
	if (step_of(d, o, entropy, &p) != 0)
		return -1;
	while (match_text_split(&rest, ',', &v)) {
		bool good = false;
		(void)match_text_split(&v, ' ', &name);
		v = match_text_trim(v);
		if (match_text_same(name, "bytes"))
			good = match_number_plain(v, UINT32_MAX, &e.bytes);
		else if (match_text_same(name, "offset"))
			good = match_number_plain(v, UINT32_MAX, &e.offset);
		else if (match_text_same(name, "value"))
			good = valued = entropy_value(v, &e);
		if (!good)
			return match_fail(d, o->value_at,
			    "write entropy:bytes 100, offset 0, value >= 7.5",
			    "\"%.*s\" is not understood", (int)name.len, (const char *)name.ptr);
	}
	return valued ? keep(d, o, p, &e, sizeof(e))
		      : match_fail(d, o->value_at, NULL, "entropy needs its value, from 0 to 8");
}

/* ---- rpc: a call of ONC RPC (RFC 5531) ---- */

struct rpc {
	uint32_t want[3]; /* program, version, procedure */
	bool any[3];
};

static bool
rpc(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	const struct rpc *r = op->data;
	const struct packet *p = m->now.p;
	struct cursor at = cursor_of_view(p->payload);
	uint32_t type, version, n;
	(void)c;
	/* over TCP a record mark comes first */
	if ((p->proto == PROTO_TCP && !cursor_skip(&at, 4)) || !cursor_skip(&at, 4) ||
	    !cursor_u32(&at, &type) || type != 0 || !cursor_u32(&at, &version) || version != 2)
		return false;
	for (size_t i = 0; i < 3; i++) {
		if (!cursor_u32(&at, &n) || (!r->any[i] && n != r->want[i]))
			return false;
	}
	return true;
}

static int
key_rpc(struct match_draft *d, const struct match_option *o)
{
	struct view rest = o->value, v;
	struct rpc r = { { 0 }, { false, true, true } };
	for (size_t i = 0; i < 3 && match_text_split(&rest, ',', &v); i++) {
		uint64_t n = 0;
		r.any[i] = i > 0 && match_text_same(v, "*");
		if (!r.any[i] && !match_number_plain(v, UINT32_MAX, &n))
			return match_fail(d, o->value_at, "write rpc:100000, 2, 4 or *",
			    "\"%.*s\" is no number", (int)v.len, (const char *)v.ptr);
		r.want[i] = (uint32_t)n;
	}
	if (rest.ptr)
		return match_fail(d, o->value_at, NULL, "rpc has three numbers");
	struct match_op *op = match_new_test(d, o, rpc);
	if (!op)
		return -1;
	op->data = match_arena_copy(d->arena, &r, sizeof(r));
	return op->data ? 0 : match_fail(d, o->at, NULL, "out of memory");
}

/* ---- ftpbounce ---- */

/* Six numbers of PORT (RFC 959, 4.1.2): is the address another than the client's? */
static bool
bounces(struct view v, const struct packet *p)
{
	uint32_t n[4] = { 0 };
	size_t at = 0, k = 0;
	while (at < v.len && isspace(v.ptr[at]))
		at++;
	for (; at < v.len && k < 4; at++) {
		if (isdigit(v.ptr[at]) && n[k] < 256)
			n[k] = n[k] * 10 + (uint32_t)(v.ptr[at] - '0');
		else if (v.ptr[at] == ',' && n[k] < 256)
			k++;
		else
			return false;
	}
	return k == 4 && p->ip_ver == 4 &&
	       (n[0] != p->src.b[0] || n[1] != p->src.b[1] || n[2] != p->src.b[2] ||
		   n[3] != p->src.b[3]);
}

static bool
ftpbounce(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	struct view v = m->now.p->payload;
	(void)op;
	(void)c;
	struct cursor at = cursor_of_view(v);
	if (v.len < 5 || (memcmp(v.ptr, "PORT", 4) != 0 && memcmp(v.ptr, "port", 4) != 0) ||
	    !cursor_skip(&at, 4))
		return false;
	return bounces((struct view){ at.at, cursor_left(&at) }, m->now.p);
}

static int
key_ftpbounce(struct match_draft *d, const struct match_option *o)
{
	return match_new_test(d, o, ftpbounce) ? 0 : -1;
}

/* ---- asn1 ---- */

struct asn1 {
	bool bitstring_overflow, double_overflow, relative;
	uint32_t oversize; /* 0: not asked */
	int32_t offset;
};

#define ASN1_FRAMES 256

/* One element's head (X.690, 8.1). */
struct asn1_head {
	uint8_t id;
	uint64_t length;
	bool indefinite;
};

static bool
asn1_head(struct cursor *c, struct asn1_head *h)
{
	uint8_t b, n;
	*h = (struct asn1_head){ 0 };
	if (!cursor_u8(c, &h->id))
		return false;
	for (b = 0x80; (h->id & 0x1f) == 0x1f && b & 0x80;) {
		if (!cursor_u8(c, &b))
			return false;
	}
	if (!cursor_u8(c, &n))
		return false;
	h->indefinite = n == 0x80;
	h->length = n;
	if (!(n & 0x80))
		return true;
	h->length = 0;
	for (n &= 0x7f; n; n--) {
		if (!cursor_u8(c, &b))
			return false;
		h->length = h->length > UINT32_MAX ? h->length : h->length << 8 | b;
	}
	return true;
}

/* A bit string that leaves out more bits than a byte has; a real number in more text than fits. */
static bool
asn1_odd(const struct asn1 *a, const struct asn1_head *h, const struct cursor *c)
{
	uint8_t first;
	if (a->oversize && h->length > a->oversize)
		return true;
	if (h->id & 0xe0 || !cursor_peek(c, 0, &first))
		return false;
	if (a->bitstring_overflow && h->id == 3 && h->length && first > 7 && h->length <= 2)
		return true;
	return a->double_overflow && h->id == 9 && h->length > 256 && (first & 0xc0) == 0;
}

static bool
asn1(struct match_sight *s, const struct match_op *op, size_t from, size_t *end)
{
	const struct asn1 *a = op->data;
	struct cursor c = cursor_of_view(s->data);
	int64_t at = (int64_t)(a->relative ? from : 0) + a->offset;
	struct asn1_head h;
	(void)end;
	if (at < 0 || !cursor_skip(&c, (size_t)at))
		return false;
	for (unsigned i = 0; i < ASN1_FRAMES && asn1_head(&c, &h); i++) {
		if (asn1_odd(a, &h, &c))
			return true;
		/* into what is made of others; over what is not */
		if (!(h.id & 0x20) && !h.indefinite && !cursor_skip(&c, (size_t)h.length))
			return false;
	}
	return false;
}

static int
asn1_word(struct match_draft *d, const struct match_option *o, struct asn1 *a, struct view v)
{
	struct view name;
	int64_t n;
	struct view rest = v;
	(void)match_text_split(&rest, ' ', &name);
	rest = match_text_trim(rest);
	if (match_text_same(name, "bitstring_overflow"))
		a->bitstring_overflow = true;
	else if (match_text_same(name, "double_overflow"))
		a->double_overflow = true;
	else if (match_text_same(name, "oversize_length") && match_text_int(rest, 1, 1 << 30, &n))
		a->oversize = (uint32_t)n;
	else if (match_text_same(name, "absolute_offset") && match_text_int(rest, 0, 65535, &n))
		a->offset = (int32_t)n;
	else if (match_text_same(name, "relative_offset") &&
		 match_text_int(rest, -65535, 65535, &n)) {
		a->offset = (int32_t)n;
		a->relative = true;
	} else
		return match_fail(d, o->value_at,
		    "bitstring_overflow, double_overflow, oversize_length N, absolute_offset N and "
		    "relative_offset N are known",
		    "\"%.*s\" is not understood", (int)v.len, (const char *)v.ptr);
	return 0;
}

static int
key_asn1(struct match_draft *d, const struct match_option *o)
{
	struct view rest = o->value, v;
	struct asn1 a = { 0 };
	struct match_pattern *p;
	if (step_of(d, o, asn1, &p) != 0)
		return -1;
	while (match_text_split(&rest, ',', &v)) {
		if (v.len && asn1_word(d, o, &a, v) != 0)
			return -1;
	}
	p->op.flags |= a.relative ? MATCH_OP_DISTANCE : 0;
	return keep(d, o, p, &a, sizeof(a));
}

const struct match_keyword match_keywords_inside[] = {
	{ "absent", key_absent, 0, 0 },
	{ "asn1", key_asn1, MATCH_KEY_VALUE, 0 },
	{ "bsize", key_bsize, MATCH_KEY_VALUE, 0 },
	{ "entropy", key_entropy, MATCH_KEY_VALUE, 0 },
	{ "ftpbounce", key_ftpbounce, MATCH_KEY_BARE, 0 },
	{ "isdataat", key_isdataat, MATCH_KEY_VALUE, 0 },
	{ "rpc", key_rpc, MATCH_KEY_VALUE, 0 },
	{ NULL, NULL, 0, 0 },
};
