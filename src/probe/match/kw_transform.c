/* SPDX-License-Identifier: Apache-2.0 */
/* Transforms: what is done to a buffer's bytes before patterns look at them. */
#include <ctype.h>

#include "lib/hex.h"
#include "lib/md5.h"
#include "lib/sha1.h"
#include "lib/sha256.h"
#include "lib/unpack.h"
#include "probe/match_find.h"
#include "probe/match_keyword.h"
#include "probe/match_run.h"

struct match_transform *
match_new_transform(struct match_draft *d, const struct match_option *o)
{
	if (!d->sticky) {
		(void)match_fail(d, o->at, "write buffer; transform; content:...;",
		    "%.*s must stand behind a sticky buffer", (int)o->name.len,
		    (const char *)o->name.ptr);
		return NULL;
	}
	if (d->transform_n == MATCH_TRANSFORMS_MAX) {
		(void)match_fail(
		    d, o->at, NULL, "more than %d transforms of one buffer", MATCH_TRANSFORMS_MAX);
		return NULL;
	}
	const uint8_t *end = o->value.ptr + o->value.len;
	d->transform_text[d->transform_n] =
	    (struct view){ o->name.ptr, (size_t)(end - o->name.ptr) };
	struct match_transform *t = &d->transform[d->transform_n++];
	*t = (struct match_transform){ 0 };
	/* behind contents: those to come look into another list than those before */
	d->list_known = false;
	return t;
}

/* Room for what a transform makes; a long buffer is cut. */
static uint8_t *
room(struct match *m, struct view *data, size_t more)
{
	if (data->len > MATCH_TRANSFORM_ROOM)
		data->len = MATCH_TRANSFORM_ROOM;
	return scratch_get(&m->scratch, data->len + more);
}

/* A dot before the first byte, so that ".example.org" finds the name itself and those below it. */
static bool
dotprefix(const struct match_transform *t, struct match *m, struct view *data)
{
	uint8_t *copy = room(m, data, 1);
	(void)t;
	if (!copy)
		return false;
	copy[0] = '.';
	if (data->len)
		memcpy(copy + 1, data->ptr, data->len);
	*data = (struct view){ copy, data->len + 1 };
	return true;
}

/* ---- byte by byte ---- */

/* One more byte of `in` into out; returns how many bytes that makes. */
typedef size_t (*eat)(struct cursor *in, uint8_t *out, uint8_t *state);

static bool
chew(struct match *m, struct view *data, eat one)
{
	uint8_t *out = room(m, data, 1), state = 0;
	struct cursor c = cursor_of_view(*data);
	size_t n = 0;
	if (!out)
		return false;
	while (cursor_left(&c))
		n += one(&c, out + n, &state);
	*data = (struct view){ out, n };
	return true;
}

static uint8_t
take(struct cursor *c)
{
	uint8_t b = 0;
	(void)cursor_u8(c, &b);
	return b;
}

static size_t
eat_lower(struct cursor *c, uint8_t *out, uint8_t *state)
{
	(void)state;
	*out = (uint8_t)tolower(take(c));
	return 1;
}

static size_t
eat_upper(struct cursor *c, uint8_t *out, uint8_t *state)
{
	(void)state;
	*out = (uint8_t)toupper(take(c));
	return 1;
}

static size_t
eat_space(struct cursor *c, uint8_t *out, uint8_t *state)
{
	(void)state;
	*out = take(c);
	return isspace(*out) ? 0 : 1;
}

/* state: the byte before was white space. */
static size_t
eat_spaces(struct cursor *c, uint8_t *out, uint8_t *state)
{
	uint8_t b = take(c), before = *state;
	*state = isspace(b) != 0;
	*out = *state ? ' ' : b;
	return *state && before ? 0 : 1;
}

static size_t
eat_url(struct cursor *c, uint8_t *out, uint8_t *state)
{
	uint8_t b = take(c), high, low;
	(void)state;
	*out = b == '+' ? ' ' : b;
	if (b == '%' && cursor_peek(c, 0, &high) && cursor_peek(c, 1, &low) &&
	    hex_digit(high) >= 0 && hex_digit(low) >= 0) {
		*out = (uint8_t)(hex_digit(high) << 4 | hex_digit(low));
		(void)cursor_skip(c, 2);
	}
	return 1;
}

/* state: behind the colon of this line. */
static size_t
eat_name(struct cursor *c, uint8_t *out, uint8_t *state)
{
	uint8_t b = take(c);
	*out = *state ? b : (uint8_t)tolower(b);
	if (b == ':')
		*state = 1;
	else if (b == '\n')
		*state = 0;
	return 1;
}

/* Lines that begin with a colon go. */
static size_t
eat_pseudo(struct cursor *c, uint8_t *out, uint8_t *state)
{
	const uint8_t *from = c->at;
	struct view line;
	(void)state;
	if (!cursor_line(c, &line)) {
		line = (struct view){ c->at, cursor_left(c) };
		(void)cursor_skip(c, line.len);
	}
	size_t n = (size_t)(c->at - from);
	if (*from == ':')
		return 0;
	memcpy(out, from, n);
	return n;
}

static const eat eats[] = { eat_lower, eat_upper, eat_space, eat_spaces, eat_url, eat_name,
	eat_pseudo };

static bool
bytewise(const struct match_transform *t, struct match *m, struct view *data)
{
	return chew(m, data, eats[t->n]);
}

/* What bytes a content cannot have that is looked for behind such a transform. */
static bool
fits(const struct match_transform *t, struct view content)
{
	uint8_t state = 0;
	struct cursor c = cursor_of_view(content);
	while (t->apply == bytewise && t->n <= 3 && cursor_left(&c)) {
		uint8_t out, b = *c.at;
		if (eats[t->n](&c, &out, &state) != 1 || (out != b && !isspace(b)))
			return false;
	}
	return true;
}

bool
match_transform_fits(const struct match_list *l, struct view content)
{
	for (uint8_t i = l->transform_n; i-- > 0;) {
		const struct match_transform *t = &l->transform[i];
		if (!fits(t, content))
			return false;
		/* what stands before other transforms says nothing of the result */
		if (t->apply != bytewise || t->n > 3)
			break;
	}
	return true;
}

/* ---- digests ---- */

static void
md5_of(struct view v, uint8_t *out)
{
	struct md5 h;
	md5_init(&h);
	md5_add(&h, v.ptr, v.len);
	md5_done(&h, out);
}

static bool
digest(const struct match_transform *t, struct match *m, struct view *data)
{
	uint8_t *out = scratch_get(&m->scratch, SHA256_SIZE);
	if (!out)
		return false;
	if (t->n == MD5_SIZE)
		md5_of(*data, out);
	else if (t->n == SHA256_SIZE)
		sha256(data->ptr, data->len, out);
	else
		sha1(data->ptr, data->len, out);
	*data = (struct view){ out, t->n };
	return true;
}

/* ---- names ---- */

static size_t
last_dot(struct view v, size_t before)
{
	while (before > 0 && v.ptr[before - 1] != '.')
		before--;
	return before; /* behind the dot, or 0 */
}

/* Second levels that countries give to all, so that names are registered below them. */
static bool
is_shared(struct view v)
{
	static const char *const shared[] = { "ac", "co", "com", "edu", "gob", "gouv", "gov",
		"govt", "go", "gv", "ltd", "me", "mil", "ne", "net", "nhs", "nom", "or", "org",
		"plc", "police", "sch" };
	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++) {
		if (match_text_same(v, shared[i]))
			return true;
	}
	return false;
}

/* Where the public suffix begins: the last label, or two where a country has such second levels. */
static size_t
suffix_at(struct view v)
{
	size_t top = last_dot(v, v.len);
	if (v.len - top != 2 || top == 0)
		return top;
	size_t second = last_dot(v, top - 1);
	return is_shared((struct view){ v.ptr + second, top - 1 - second }) ? second : top;
}

/* n 1: the public suffix; 0: the name registered below it. */
static bool
domain(const struct match_transform *t, struct match *m, struct view *data)
{
	size_t at = suffix_at(*data);
	(void)m;
	if (!t->n) {
		if (at == 0)
			return false;
		at = last_dot(*data, at - 1);
	}
	*data = (struct view){ data->ptr + at, data->len - at };
	return true;
}

/* ---- with a value ---- */

static bool
xor_with(const struct match_transform *t, struct match *m, struct view *data)
{
	uint8_t *out = room(m, data, 1);
	const uint8_t *key = t->data;
	if (!out)
		return false;
	for (size_t i = 0, k = 0; i < data->len; i++, k = k + 1 < t->n ? k + 1 : 0)
		out[i] = data->ptr[i] ^ key[k];
	data->ptr = out;
	return true;
}

static int
key_xor(struct match_draft *d, const struct match_option *o)
{
	struct match_transform *t = match_new_transform(d, o);
	size_t n = o->value.len / 2;
	if (!t)
		return -1;
	uint8_t *key = match_arena_get(d->arena, n + 1);
	if (!key)
		return match_fail(d, o->at, NULL, "out of memory");
	if (!n || o->value.len % 2 || !hex_bytes(key, n, o->value.ptr))
		return match_fail(d, o->value_at, "write xor:\"0d0ac8ff\";",
		    "the key must be hex digits, two for each byte");
	*t = (struct match_transform){ .apply = xor_with, .data = key, .n = n };
	return 0;
}

/* The first group of the expression; what it does not find stays as it is. */
static bool
pcrexform(const struct match_transform *t, struct match *m, struct view *data)
{
	struct match_pcre_span span = { .steps = &m->pcre_budget };
	struct view group;
	int rc = match_pcre_find(t->data, m->pcre, *data, &span);
	if (rc < 0)
		m->count.pcre_limit++;
	if (rc > 0 && match_pcre_group(m->pcre, 1, *data, &span, &group))
		*data = group;
	return true;
}

static int
key_pcrexform(struct match_draft *d, const struct match_option *o)
{
	struct match_transform *t = match_new_transform(d, o);
	const struct match_pcre *p;
	size_t at = 0;
	struct err e;
	if (!t)
		return -1;
	if (match_pcre_take(&d->set->rules->pcre, o->value, 0, &p, &at, &e) != 0)
		return match_fail(d, o->value_at + at, NULL, "%s", e.text);
	if (match_pcre_groups(p) != 1)
		return match_fail(d, o->value_at, "write pcrexform:\"id=([0-9]+)\";",
		    "the expression must have exactly one group: what is looked at");
	*t = (struct match_transform){ .apply = pcrexform, .data = p };
	return 0;
}

/* ---- base64 ---- */

struct from_base64 {
	uint32_t bytes, offset; /* bytes 0: all */
	enum match_base64_mode mode;
};

/* What is not base64 stays as it is. */
static bool
from_base64(const struct match_transform *t, struct match *m, struct view *data)
{
	const struct from_base64 *f = t->data;
	struct cursor c = cursor_of_view(*data);
	struct view in;
	if (!cursor_skip(&c, f->offset))
		return true;
	size_t n = f->bytes && f->bytes < cursor_left(&c) ? f->bytes : cursor_left(&c);
	(void)cursor_take(&c, n, &in);
	uint8_t *out = room(m, &in, 1);
	if (!out)
		return false;
	n = match_base64(in, f->mode, out);
	if (n)
		*data = (struct view){ out, n };
	return true;
}

static int
base64_word(struct match_draft *d, const struct match_option *o, struct from_base64 *f,
    struct view name, struct view v)
{
	int64_t n;
	if (match_text_same(name, "bytes") && match_text_int(v, 1, 65535, &n))
		f->bytes = (uint32_t)n;
	else if (match_text_same(name, "offset") && match_text_int(v, 0, 65535, &n))
		f->offset = (uint32_t)n;
	else if (match_text_same(name, "mode") && match_text_same(v, "rfc4648"))
		f->mode = MATCH_BASE64_STOPS;
	else if (match_text_same(name, "mode") && match_text_same(v, "rfc2045"))
		f->mode = MATCH_BASE64_SKIPS;
	else if (match_text_same(name, "mode") && match_text_same(v, "strict"))
		f->mode = MATCH_BASE64_STRICT;
	else
		return match_fail(d, o->value_at,
		    "bytes N, offset N and mode rfc4648, rfc2045 or strict are known",
		    "\"%.*s\" is not understood", (int)name.len, (const char *)name.ptr);
	return 0;
}

static int
key_from_base64(struct match_draft *d, const struct match_option *o)
{
	struct match_transform *t = match_new_transform(d, o);
	struct from_base64 f = { 0, 0, MATCH_BASE64_STOPS };
	struct view rest = o->value, v, name;
	if (!t)
		return -1;
	while (rest.len && match_text_split(&rest, ',', &v)) {
		(void)match_text_split(&v, ' ', &name);
		if (base64_word(d, o, &f, name, match_text_trim(v)) != 0)
			return -1;
	}
	t->apply = from_base64;
	t->data = match_arena_copy(d->arena, &f, sizeof(f));
	return t->data ? 0 : match_fail(d, o->at, NULL, "out of memory");
}

/* ---- packed ---- */

#define UNPACKED_DEFAULT 1024

struct unpacked {
	uint32_t most;
	bool zlib;
};

static void *
get_scratch(void *s, size_t n)
{
	return scratch_get(s, n);
}

static bool
unpacked(const struct match_transform *t, struct match *m, struct view *data)
{
	const struct unpacked *u = t->data;
	uint8_t *out = scratch_get(&m->scratch, u->most);
	size_t n = out ? unpack_once(*data, u->zlib, (struct unpack_room){ out, u->most },
			     get_scratch, &m->scratch)
		       : 0;
	if (!n)
		return false;
	*data = (struct view){ out, n };
	return true;
}

static int
key_unpack(struct match_draft *d, const struct match_option *o)
{
	struct match_transform *t = match_new_transform(d, o);
	struct unpacked u = { UNPACKED_DEFAULT, o->arg };
	struct view rest = o->value, name;
	uint64_t n;
	if (!t)
		return -1;
	(void)match_text_split(&rest, ' ', &name);
	if (o->value.len) {
		if (!match_text_same(name, "max-size") ||
		    !match_number_plain(match_text_trim(rest), MATCH_TRANSFORM_ROOM, &n) || !n)
			return match_fail(d, o->value_at, "write max-size 1024",
			    "the value is not understood, or above %u", MATCH_TRANSFORM_ROOM);
		u.most = (uint32_t)n;
	}
	t->apply = unpacked;
	t->data = match_arena_copy(d->arena, &u, sizeof(u));
	return t->data ? 0 : match_fail(d, o->at, NULL, "out of memory");
}

/* ---- a part ---- */

struct part {
	int64_t from, n; /* from < 0: from the end; n < 0: up to so many before the end; 0: all */
};

static bool
subslice(const struct match_transform *t, struct match *m, struct view *data)
{
	const struct part *p = t->data;
	int64_t len = (int64_t)data->len, from = p->from < 0 ? len + p->from : p->from;
	(void)m;
	from = from < 0 ? 0 : from > len ? len : from;
	int64_t n = p->n > 0 ? p->n : len - from + p->n;
	n = n < 0 ? 0 : n > len - from ? len - from : n;
	*data = (struct view){ data->ptr + from, (size_t)n };
	return true;
}

static int
key_subslice(struct match_draft *d, const struct match_option *o)
{
	struct match_transform *t = match_new_transform(d, o);
	struct view rest = o->value, v;
	struct part p = { 0 };
	if (!t)
		return -1;
	bool good = match_text_split(&rest, ',', &v) && match_text_int(v, -65535, 65535, &p.from);
	if (good && match_text_split(&rest, ',', &v))
		good = match_text_int(v, -65535, 65535, &p.n) && p.n;
	if (!good || rest.ptr)
		return match_fail(d, o->value_at, "write subslice:4; or subslice:4,8;",
		    "a place, and a count of bytes if not all are wanted");
	t->apply = subslice;
	t->data = match_arena_copy(d->arena, &p, sizeof(p));
	return t->data ? 0 : match_fail(d, o->at, NULL, "out of memory");
}

/* ---- without a value ---- */

static int
key_plain(struct match_draft *d, const struct match_option *o)
{
	static const struct match_transform rows[] = {
		{ .apply = bytewise, .n = 0 },
		{ .apply = bytewise, .n = 1 },
		{ .apply = bytewise, .n = 2 },
		{ .apply = bytewise, .n = 3 },
		{ .apply = bytewise, .n = 4 },
		{ .apply = bytewise, .n = 5 },
		{ .apply = bytewise, .n = 6 },
		{ .apply = dotprefix },
		{ .apply = digest, .n = MD5_SIZE },
		{ .apply = digest, .n = 20 },
		{ .apply = digest, .n = SHA256_SIZE },
		{ .apply = domain, .n = 0 },
		{ .apply = domain, .n = 1 },
	};
	struct match_transform *t = match_new_transform(d, o);
	if (!t)
		return -1;
	*t = rows[o->arg];
	return 0;
}

const struct match_keyword match_keywords_transform[] = {
	{ "compress_whitespace", key_plain, MATCH_KEY_BARE, 3 },
	{ "domain", key_plain, MATCH_KEY_BARE, 11 },
	{ "dotprefix", key_plain, MATCH_KEY_BARE, 7 },
	{ "from_base64", key_from_base64, 0, 0 },
	{ "gunzip", key_unpack, 0, false },
	{ "header_lowercase", key_plain, MATCH_KEY_BARE, 5 },
	{ "pcrexform", key_pcrexform, MATCH_KEY_VALUE | MATCH_KEY_QUOTED, 0 },
	{ "strip_pseudo_headers", key_plain, MATCH_KEY_BARE, 6 },
	{ "strip_whitespace", key_plain, MATCH_KEY_BARE, 2 },
	{ "subslice", key_subslice, MATCH_KEY_VALUE, 0 },
	{ "tld", key_plain, MATCH_KEY_BARE, 12 },
	{ "to_lowercase", key_plain, MATCH_KEY_BARE, 0 },
	{ "to_md5", key_plain, MATCH_KEY_BARE, 8 },
	{ "to_sha1", key_plain, MATCH_KEY_BARE, 9 },
	{ "to_sha256", key_plain, MATCH_KEY_BARE, 10 },
	{ "to_uppercase", key_plain, MATCH_KEY_BARE, 1 },
	{ "url_decode", key_plain, MATCH_KEY_BARE, 4 },
	{ "xor", key_xor, MATCH_KEY_VALUE | MATCH_KEY_QUOTED, 0 },
	{ "zlib_deflate", key_unpack, 0, true },
	{ NULL, NULL, 0, 0 },
};
