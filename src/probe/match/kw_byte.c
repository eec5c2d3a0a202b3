/* SPDX-License-Identifier: Apache-2.0 */
/* byte_test, byte_jump, byte_extract, byte_math: numbers in a buffer's bytes. */
#include <ctype.h>

#include "probe/match_keyword.h"
#include "probe/match_run.h"

#define NO_VAR 0xff
#define TEXT_MAX 23 /* digits of a 64 bit number in octal, and one */

enum { FROM_HERE, FROM_BEGINNING, FROM_END };

/* What is read, where, and what is done with it. `_var`: the number of a variable, or NO_VAR. */
struct byte_op {
	uint8_t count, count_var;
	uint8_t base; /* of digits in text; 0: bytes */
	bool little, dce, relative, negated;
	char oper; /* < > = l (<=) g (>=) & ^ + - * / L (<<) R (>>) */
	uint8_t align, from, result;
	int32_t offset, post;
	uint8_t offset_var, value_var;
	uint32_t multiplier;
	uint64_t mask, value; /* mask 0: none */
};

/* ---- in packets ---- */

static uint64_t
value_of(const struct match *m, uint8_t var, uint64_t plain)
{
	return var == NO_VAR ? plain : m->var[var];
}

static unsigned
digit_of(uint8_t c)
{
	return isdigit(c) ? c - (unsigned)'0' : isalpha(c) ? (c | 0x20u) - 'a' + 10 : 99;
}

/* A number in digits; what follows it does not matter. *used: bytes up to its end. */
static bool
text_number(struct view v, uint8_t base, uint64_t *out, size_t *used)
{
	size_t i = 0, first;
	uint64_t n = 0;
	while (i < v.len && isspace(v.ptr[i]))
		i++;
	bool minus = i < v.len && v.ptr[i] == '-';
	i += minus || (i < v.len && v.ptr[i] == '+');
	if (base == 16 && v.len - i > 2 && v.ptr[i] == '0' && (v.ptr[i + 1] | 0x20) == 'x')
		i += 2;
	for (first = i; i < v.len && digit_of(v.ptr[i]) < base; i++) {
		unsigned digit = digit_of(v.ptr[i]);
		if (n > (UINT64_MAX - digit) / base)
			return false;
		n = n * base + digit;
	}
	*out = minus ? 0 - n : n;
	*used = i;
	return i > first;
}

static bool
binary_number(struct view v, bool little, uint64_t *out)
{
	uint64_t n = 0;
	if (v.len > 8)
		return false;
	for (size_t i = 0; i < v.len; i++)
		n = n << 8 | v.ptr[little ? v.len - 1 - i : i];
	*out = n;
	return true;
}

/* The byte order of DCE/RPC: what the header in this packet says; hardly anybody sends big endian.
 */
static bool
little_of_dce(const struct match_sight *s)
{
	struct cursor c = cursor_of_view(s->m->now.p->payload);
	uint8_t version, order;
	return !cursor_peek(&c, 0, &version) || version != 5 || !cursor_peek(&c, 4, &order) ||
	       (order & 0xf0) != 0;
}

static uint64_t
masked(const struct byte_op *b, uint64_t n)
{
	return b->mask ? (n & b->mask) >> __builtin_ctzll(b->mask) : n;
}

/* Read the number; *at is the place of its first byte, *end the one behind it. */
static bool
fetch(const struct match_sight *s, const struct byte_op *b, size_t from, uint64_t *out, size_t *end)
{
	int64_t at = (int64_t)from;
	/* a body's window has its place; that of a stream begins where it is looked at */
	if (!b->relative)
		at = s->c->in == MATCH_IN_TX ? -(int64_t)s->at : 0;
	uint64_t count = value_of(s->m, b->count_var, b->count);
	int64_t offset = b->offset_var == NO_VAR ? b->offset : (int64_t)s->m->var[b->offset_var];
	struct cursor c = cursor_of_view(s->data);
	struct view v;
	size_t used = (size_t)count;
	if (offset > UINT32_MAX || offset < -(int64_t)UINT32_MAX || at + offset < 0)
		return false;
	at += offset;
	if (!cursor_skip(&c, (size_t)at))
		return false;
	if (b->base && !count) /* digits without an end: all there are */
		used = cursor_left(&c) < TEXT_MAX ? cursor_left(&c) : TEXT_MAX;
	if (used > TEXT_MAX || !cursor_take(&c, used, &v))
		return false;
	if (b->base ? !text_number(v, b->base, out, &used)
		    : !binary_number(v, b->dce ? little_of_dce(s) : b->little, out))
		return false;
	*end = (size_t)at + used;
	return true;
}

static bool
compare(const struct byte_op *b, uint64_t n, uint64_t with)
{
	switch (b->oper) {
	case '<':
		return n < with;
	case '>':
		return n > with;
	case 'l':
		return n <= with;
	case 'g':
		return n >= with;
	case '&':
		return (n & with) != 0;
	case '^':
		return (n ^ with) != 0;
	default:
		return n == with;
	}
}

static bool
step_test(struct match_sight *s, const struct match_op *op, size_t from, size_t *end)
{
	const struct byte_op *b = op->data;
	uint64_t n;
	size_t behind;
	(void)end;
	if (!fetch(s, b, from, &n, &behind))
		return false;
	return compare(b, masked(b, n), value_of(s->m, b->value_var, b->value)) != b->negated;
}

static uint64_t
aligned(uint64_t n, uint8_t to)
{
	return to && n % to ? n + (to - n % to) : n;
}

static bool
step_jump(struct match_sight *s, const struct match_op *op, size_t from, size_t *end)
{
	const struct byte_op *b = op->data;
	uint64_t n;
	size_t behind;
	if (!fetch(s, b, from, &n, &behind))
		return false;
	n = aligned(masked(b, n) * b->multiplier, b->align);
	int64_t base = b->from == FROM_BEGINNING ? 0
		       : b->from == FROM_END     ? (int64_t)s->data.len
						 : (int64_t)behind;
	int64_t jump = (int64_t)(n + (uint64_t)(int64_t)b->post);
	/* bounds first: the sum of two numbers from outside may wrap */
	if (jump > (int64_t)s->data.len || jump < -(int64_t)s->data.len)
		return false;
	if (base + jump < 0 || base + jump >= (int64_t)s->data.len)
		return false;
	*end = (size_t)(base + jump);
	return true;
}

static bool
step_extract(struct match_sight *s, const struct match_op *op, size_t from, size_t *end)
{
	const struct byte_op *b = op->data;
	uint64_t n;
	if (!fetch(s, b, from, &n, end))
		return false;
	s->m->var[b->result] = aligned(n * b->multiplier, b->align);
	return true;
}

static bool
step_math(struct match_sight *s, const struct match_op *op, size_t from, size_t *end)
{
	const struct byte_op *b = op->data;
	uint64_t n, with = value_of(s->m, b->value_var, b->value);
	if (!fetch(s, b, from, &n, end) || (b->oper == '/' && with == 0))
		return false;
	switch (b->oper) {
	case '+':
		n += with;
		break;
	case '-':
		n -= with;
		break;
	case '*':
		n *= with;
		break;
	case '/':
		n /= with;
		break;
	case 'L':
		n = with < 64 ? n << with : 0;
		break;
	default:
		n = with < 64 ? n >> with : 0;
	}
	s->m->var[b->result] = masked(b, n);
	return true;
}

/* ---- variables ---- */

bool
match_var_find(const struct match_draft *d, struct view name, uint8_t *out)
{
	for (uint8_t i = 0; i < d->var_n; i++) {
		if (d->var[i].len == name.len && memcmp(d->var[i].ptr, name.ptr, name.len) == 0) {
			*out = i;
			return true;
		}
	}
	return false;
}

static int
make_var(struct match_draft *d, struct view name, size_t at, uint8_t *out)
{
	if (match_var_find(d, name, out))
		return 0;
	if (d->var_n == MATCH_VARS)
		return match_fail(d, at, NULL, "more than %d variables in one rule", MATCH_VARS);
	*out = d->var_n;
	d->var[d->var_n++] = name;
	return 0;
}

/* ---- in rules ---- */

/* Where the words of the value are read from. */
struct reading {
	struct match_draft *d;
	const struct match_option *o;
	struct byte_op *b;
	unsigned seen; /* of byte_math: bits of math_words */
};

static size_t
place(const struct reading *r, struct view v)
{
	return v.ptr ? (size_t)(v.ptr - r->d->text.ptr) : r->o->value_at;
}

static int
wrong(const struct reading *r, struct view v, const char *what)
{
	return match_fail(
	    r->d, place(r, v), NULL, "\"%.*s\" is no %s", (int)v.len, (const char *)v.ptr, what);
}

/* A number within bounds, or (with `var`) the name of a variable. */
static int
number(const struct reading *r, struct view v, int64_t min, int64_t max, int64_t *out)
{
	uint64_t n;
	bool minus = v.len && v.ptr[0] == '-';
	struct view digits = { v.ptr + minus, v.len - minus };
	if (!match_number_plain(digits, (uint64_t)INT64_MAX, &n))
		return wrong(r, v, "number");
	*out = minus ? -(int64_t)n : (int64_t)n;
	return *out >= min && *out <= max
		   ? 0
		   : match_fail(r->d, place(r, v), NULL, "%lld is not between %lld and %lld",
			 (long long)*out, (long long)min, (long long)max);
}

static bool
is_name(struct view v)
{
	return v.len && (isalpha(v.ptr[0]) || v.ptr[0] == '_');
}

static int
read_var(const struct reading *r, struct view v, uint8_t *var)
{
	return match_var_find(r->d, v, var)
		   ? 0
		   : match_fail(r->d, place(r, v), "byte_extract and byte_math make variables",
			 "no variable \"%.*s\" before this", (int)v.len, (const char *)v.ptr);
}

static int
read_count(const struct reading *r, struct view v)
{
	int64_t n;
	if (is_name(v))
		return read_var(r, v, &r->b->count_var);
	if (number(r, v, 0, TEXT_MAX, &n) != 0)
		return -1;
	r->b->count = (uint8_t)n;
	return 0;
}

static int
read_offset(const struct reading *r, struct view v)
{
	int64_t n;
	if (is_name(v))
		return read_var(r, v, &r->b->offset_var);
	if (number(r, v, -65535, INT32_MAX, &n) != 0)
		return -1;
	r->b->offset = (int32_t)n;
	return 0;
}

static int
read_value(const struct reading *r, struct view v)
{
	if (is_name(v))
		return read_var(r, v, &r->b->value_var);
	return match_number_plain(v, UINT64_MAX, &r->b->value) ? 0 : wrong(r, v, "number");
}

static int
read_result(const struct reading *r, struct view v)
{
	if (!is_name(v))
		return wrong(r, v, "name of a variable");
	return make_var(r->d, v, place(r, v), &r->b->result);
}

static const struct {
	const char *text;
	char oper;
} test_opers[] = { { "<", '<' }, { ">", '>' }, { "=", '=' }, { "==", '=' }, { "<=", 'l' },
	{ ">=", 'g' }, { "&", '&' }, { "^", '^' }, { "", '=' } },
  math_opers[] = { { "+", '+' }, { "-", '-' }, { "*", '*' }, { "/", '/' }, { "<<", 'L' },
	  { ">>", 'R' } };

static int
read_test_oper(const struct reading *r, struct view v)
{
	r->b->negated = v.len && v.ptr[0] == '!';
	struct view rest =
	    match_text_trim((struct view){ v.ptr + r->b->negated, v.len - r->b->negated });
	for (size_t i = 0; i < sizeof(test_opers) / sizeof(test_opers[0]); i++) {
		if (match_text_same(rest, test_opers[i].text) && v.len) {
			r->b->oper = test_opers[i].oper;
			return 0;
		}
	}
	return match_fail(r->d, place(r, v), "< > = <= >= & ^ are known, each with \"!\" before it",
	    "\"%.*s\" is no comparison", (int)v.len, (const char *)v.ptr);
}

static int
read_math_oper(const struct reading *r, struct view v)
{
	for (size_t i = 0; i < sizeof(math_opers) / sizeof(math_opers[0]); i++) {
		if (match_text_same(v, math_opers[i].text)) {
			r->b->oper = math_opers[i].oper;
			return 0;
		}
	}
	return match_fail(r->d, place(r, v), "+ - * / << >> are known", "\"%.*s\" is no operation",
	    (int)v.len, (const char *)v.ptr);
}

static int
read_endian(const struct reading *r, struct view v)
{
	if (match_text_same(v, "dce"))
		r->b->dce = true;
	else if (match_text_same(v, "little"))
		r->b->little = true;
	else if (!match_text_same(v, "big"))
		return wrong(r, v, "byte order (big, little, dce)");
	return 0;
}

static int
read_base(const struct reading *r, struct view v)
{
	r->b->base = match_text_same(v, "hex")   ? 16
		     : match_text_same(v, "dec") ? 10
		     : match_text_same(v, "oct") ? 8
						 : 0;
	return r->b->base ? 0 : wrong(r, v, "kind of digits (dec, hex, oct)");
}

static int
read_mask(const struct reading *r, struct view v)
{
	return match_number_plain(v, UINT64_MAX, &r->b->mask) && r->b->mask
		   ? 0
		   : wrong(r, v, "bit mask");
}

static int
read_multiplier(const struct reading *r, struct view v)
{
	int64_t n;
	if (number(r, v, 1, 65535, &n) != 0)
		return -1;
	r->b->multiplier = (uint32_t)n;
	return 0;
}

static int
read_post(const struct reading *r, struct view v)
{
	int64_t n;
	if (number(r, v, -65535, 65535, &n) != 0)
		return -1;
	r->b->post = (int32_t)n;
	return 0;
}

static int
read_align(const struct reading *r, struct view v)
{
	int64_t n = 4;
	if (v.len && number(r, v, 2, 4, &n) != 0)
		return -1;
	r->b->align = (uint8_t)n;
	return n == 3 ? wrong(r, v, "boundary (2 or 4)") : 0;
}

#define TEST 0x01
#define JUMP 0x02
#define EXTRACT 0x04
#define MATH 0x08
#define ALL (TEST | JUMP | EXTRACT | MATH)

/* Words that may come in any order. */
static const struct word {
	const char *name;
	uint8_t of; /* which keywords have it */
	bool bare;  /* has no value */
	int (*read)(const struct reading *r, struct view v);
} words[] = {
	{ "relative", ALL, true, NULL },
	{ "big", TEST | JUMP | EXTRACT, true, NULL },
	{ "little", TEST | JUMP | EXTRACT, true, NULL },
	{ "dce", ALL, true, NULL },
	{ "string", ALL, true, NULL },
	{ "dec", ALL, true, NULL },
	{ "hex", ALL, true, NULL },
	{ "oct", ALL, true, NULL },
	{ "from_beginning", JUMP, true, NULL },
	{ "from_end", JUMP, true, NULL },
	{ "bitmask", TEST | JUMP | MATH | EXTRACT, false, read_mask },
	{ "multiplier", JUMP | EXTRACT, false, read_multiplier },
	{ "align", JUMP | EXTRACT, false, read_align },
	{ "post_offset", JUMP, false, read_post },
	{ "bytes", MATH, false, read_count },
	{ "offset", MATH, false, read_offset },
	{ "oper", MATH, false, read_math_oper },
	{ "rvalue", MATH, false, read_value },
	{ "result", MATH, false, read_result },
	{ "endian", MATH, false, read_endian },
	{ "string", MATH, false, read_base },
};

static int
bare_word(const struct reading *r, const struct word *w, struct view v)
{
	struct byte_op *b = r->b;
	switch (w->name[0]) {
	case 'r':
		b->relative = true;
		return 0;
	case 's':
		b->base = b->base ? b->base : 10;
		return 0;
	case 'f':
		b->from = w->name[5] == 'b' ? FROM_BEGINNING : FROM_END;
		return 0;
	default:
		break;
	}
	return v.len == 3 && !b->dce && !match_text_same(v, "big") && !match_text_same(v, "dce")
		   ? read_base(r, v)
		   : read_endian(r, v);
}

static int
read_word(struct reading *r, struct view v, uint8_t of)
{
	struct view rest = v, name;
	(void)match_text_split(&rest, ' ', &name);
	rest = match_text_trim(rest);
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const struct word *w = &words[i];
		if (!(w->of & of) || !match_text_same(name, w->name) || (w->bare && rest.len))
			continue;
		if (w->bare)
			return bare_word(r, w, name);
		if (!rest.len && w->read != read_align)
			return match_fail(r->d, place(r, v), NULL, "%s needs a value", w->name);
		r->seen |= 1u << i;
		return w->read(r, rest);
	}
	return match_fail(
	    r->d, place(r, v), NULL, "unknown word \"%.*s\"", (int)v.len, (const char *)v.ptr);
}

static int
check_byte(const struct reading *r)
{
	const struct byte_op *b = r->b;
	uint8_t most = b->base == 8 ? 23 : b->base == 10 ? 20 : b->base == 16 ? 14 : 8;
	if (b->count > most)
		return match_fail(r->d, r->o->value_at, NULL,
		    "%u bytes do not make such a number; %u are the most", b->count, most);
	if (b->dce && (b->little || b->base))
		return match_fail(
		    r->d, r->o->value_at, NULL, "dce says the byte order; nothing else may");
	return 0;
}

static const struct kind {
	uint8_t of;
	match_step step;
	/* read in this order, then words */
	int (*first[4])(const struct reading *r, struct view v);
} kinds[] = {
	{ TEST, step_test, { read_count, read_test_oper, read_value, read_offset } },
	{ JUMP, step_jump, { read_count, read_offset } },
	{ EXTRACT, step_extract, { read_count, read_offset, read_result } },
	{ MATH, step_math, { NULL } },
};

static int
read_all(struct reading *r, const struct kind *k)
{
	struct view rest = r->o->value, v;
	for (size_t i = 0; i < 4 && k->first[i]; i++) {
		if (!match_text_split(&rest, ',', &v))
			return match_fail(r->d, r->o->value_at + r->o->value.len, NULL,
			    "%.*s ends too early", (int)r->o->name.len,
			    (const char *)r->o->name.ptr);
		if (k->first[i](r, v) != 0)
			return -1;
	}
	while (match_text_split(&rest, ',', &v)) {
		if (read_word(r, v, k->of) != 0)
			return -1;
	}
	return 0;
}

/* byte_math says all by words: five of them must be there. */
static int
check_math(const struct reading *r)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		const struct word *w = &words[i];
		bool needed = w->read == read_count || w->read == read_offset ||
			      w->read == read_math_oper || w->read == read_value ||
			      w->read == read_result;
		if (needed && !(r->seen & 1u << i))
			return match_fail(r->d, r->o->value_at,
			    "byte_math:bytes 4, offset 0, oper +, rvalue 2, result name",
			    "byte_math needs %s", w->name);
	}
	return 0;
}

static int
key_byte(struct match_draft *d, const struct match_option *o)
{
	const struct kind *k = &kinds[o->arg];
	struct byte_op b = { .oper = '=',
		.count_var = NO_VAR,
		.offset_var = NO_VAR,
		.value_var = NO_VAR,
		.multiplier = 1 };
	struct reading r = { d, o, &b, 0 };
	struct match_pattern *p = match_new_pattern(d, o);
	if (!p || read_all(&r, k) != 0 || check_byte(&r) != 0 ||
	    (k->of == MATH && check_math(&r) != 0))
		return -1;
	p->op.kind = MATCH_OP_STEP;
	p->op.step = k->step;
	p->op.flags |= b.relative ? MATCH_OP_DISTANCE : 0;
	p->op.data = match_arena_copy(d->arena, &b, sizeof(b));
	return p->op.data ? 0 : match_fail(d, o->at, NULL, "out of memory");
}

const struct match_keyword match_keywords_byte[] = {
	{ "byte_extract", key_byte, MATCH_KEY_VALUE, 2 },
	{ "byte_jump", key_byte, MATCH_KEY_VALUE, 1 },
	{ "byte_math", key_byte, MATCH_KEY_VALUE, 3 },
	{ "byte_test", key_byte, MATCH_KEY_VALUE, 0 },
	{ NULL, NULL, 0, 0 },
};
