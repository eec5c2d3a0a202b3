/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/pick.h"

#include <string.h>

#include "lib/hex.h"

#define PICK_DEPTH 32

struct row {
	uint8_t parent, key_len;
	const char *key;
};

static const struct row rows[PICK_COUNT] = {
#define ROW(id, in, k) [PICK_##id] = { PICK_##in, sizeof(k) - 1, k },
	PICK_ROWS(ROW)
#undef ROW
};

/* Rows with a known parent are looked up; below anything else nothing is. */
#define NOWHERE 0xff

static bool
walk_value(struct cursor *c, struct pick *out, uint8_t at, int depth);

static void
skip_space(struct cursor *c)
{
	uint8_t b;

	while (cursor_peek(c, 0, &b) && (b == ' ' || b == '\t' || b == '\n' || b == '\r'))
		(void)cursor_skip(c, 1);
}

static bool
take(struct cursor *c, uint8_t want)
{
	uint8_t b;

	return cursor_peek(c, 0, &b) && b == want && cursor_skip(c, 1);
}

static bool
is_hex(uint8_t b)
{
	return (b >= '0' && b <= '9') || ((b | 32) >= 'a' && (b | 32) <= 'f');
}

static bool
skip_escape(struct cursor *c)
{
	uint8_t b, hex;

	if (!cursor_u8(c, &b))
		return false;
	if (b != 'u')
		return b && strchr("\"\\/bfnrt", b);
	for (int i = 0; i < 4; i++)
		if (!cursor_u8(c, &hex) || !is_hex(hex))
			return false;
	return true;
}

/* The bytes behind a first byte >= 0x80 (RFC 3629, table of well-formed sequences). */
static bool
skip_utf8(struct cursor *c, uint8_t lead)
{
	unsigned more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
	uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
	uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
	uint8_t b;

	if (lead < 0xc2 || lead > 0xf4)
		return false;
	for (unsigned i = 0; i < more; i++) {
		if (!cursor_u8(c, &b) || b < low || b > high)
			return false;
		low = 0x80;
		high = 0xbf;
	}
	return true;
}

#define EACH(byte) (0x0101010101010101ull * (byte))

/* Eight bytes at a time while none is a quote, a backslash, a control or beyond ASCII. */
static void
skip_plain(struct cursor *c)
{
	uint64_t w, quote, slash;

	while (cursor_left(c) >= sizeof(w)) {
		memcpy(&w, c->at, sizeof(w));
		quote = w ^ EACH('"');
		slash = w ^ EACH('\\');
		if ((w | (w - EACH(0x20)) | (quote - EACH(1)) | (slash - EACH(1))) & EACH(0x80))
			return;
		(void)cursor_skip(c, sizeof(w));
	}
}

/* Behind the opening quote; *out is what stands before the closing one. */
static bool
take_string(struct cursor *c, struct pick_value *out)
{
	const uint8_t *begin = c->at;
	uint8_t b;

	*out = (struct pick_value){ .string = true };
	skip_plain(c);
	while (cursor_u8(c, &b)) {
		if (b == '"') {
			out->text = (struct view){ begin, (size_t)(c->at - begin) - 1 };
			return true;
		}
		if (b == '\\') {
			out->escaped = true;
			if (!skip_escape(c))
				return false;
		} else if (b < 0x20 || (b >= 0x80 && !skip_utf8(c, b))) {
			return false;
		}
	}
	return false;
}

static bool
skip_digits(struct cursor *c)
{
	uint8_t b;
	bool any = false;

	while (cursor_peek(c, 0, &b) && b >= '0' && b <= '9')
		any = cursor_skip(c, 1);
	return any;
}

static bool
take_number(struct cursor *c, struct pick_value *out)
{
	const uint8_t *begin = c->at;
	uint8_t b;

	(void)take(c, '-');
	if (!take(c, '0') && !skip_digits(c))
		return false;
	if (take(c, '.') && !skip_digits(c))
		return false;
	if (cursor_peek(c, 0, &b) && (b | 32) == 'e') {
		(void)cursor_skip(c, 1);
		if (!take(c, '+'))
			(void)take(c, '-');
		if (!skip_digits(c))
			return false;
	}
	*out = (struct pick_value){ .text = { begin, (size_t)(c->at - begin) } };
	return true;
}

static bool
take_word(struct cursor *c, const char *word)
{
	struct view v;

	return cursor_take(c, strlen(word), &v) && view_is(v, word);
}

static uint8_t
find_row(uint8_t parent, struct view key)
{
	if (parent == NOWHERE)
		return NOWHERE;
	for (uint8_t i = 1; i < PICK_COUNT; i++)
		if (rows[i].parent == parent && rows[i].key_len == key.len &&
		    memcmp(rows[i].key, key.ptr, key.len) == 0)
			return i;
	return NOWHERE;
}

static bool
walk_member(struct cursor *c, struct pick *out, uint8_t at, int depth)
{
	struct pick_value key;

	skip_space(c);
	if (!take(c, '"') || !take_string(c, &key))
		return false;
	skip_space(c);
	return take(c, ':') && walk_value(c, out, find_row(at, key.text), depth);
}

/* Behind the opening bracket of an object or an array. */
static bool
walk_inside(struct cursor *c, struct pick *out, uint8_t at, int depth, bool object)
{
	uint8_t close = object ? '}' : ']';

	if (depth >= PICK_DEPTH)
		return false;
	skip_space(c);
	if (take(c, close))
		return true;
	do {
		if (object ? !walk_member(c, out, at, depth) : !walk_value(c, out, NOWHERE, depth))
			return false;
		skip_space(c);
	} while (take(c, ','));
	return take(c, close);
}

static bool
walk_value(struct cursor *c, struct pick *out, uint8_t at, int depth)
{
	struct pick_value v = { .text = { NULL, 0 } };
	uint8_t b;
	bool ok;

	skip_space(c);
	if (!cursor_peek(c, 0, &b))
		return false;
	switch (b) {
	case '{':
	case '[':
		(void)cursor_skip(c, 1);
		return walk_inside(c, out, at, depth + 1, b == '{');
	case '"':
		(void)cursor_skip(c, 1);
		ok = take_string(c, &v);
		break;
	case 't':
		return take_word(c, "true");
	case 'f':
		return take_word(c, "false");
	case 'n':
		return take_word(c, "null");
	default:
		ok = take_number(c, &v);
	}
	if (ok && at != NOWHERE && !out->at[at].text.ptr)
		out->at[at] = v;
	return ok;
}

bool
pick_event(struct view json, struct pick *out)
{
	struct cursor c = cursor_of_view(json);

	memset(out, 0, sizeof(*out));
	skip_space(&c);
	if (!take(&c, '{') || !walk_inside(&c, out, PICK_ROOT, 1, true))
		return false;
	skip_space(&c);
	return cursor_left(&c) == 0;
}

static uint32_t
hex4(struct cursor *c)
{
	uint32_t v = 0;
	uint8_t b;

	for (int i = 0; i < 4 && cursor_u8(c, &b); i++)
		v = v << 4 | (uint32_t)(hex_digit(b) & 15);
	return v;
}

static size_t
put_utf8(char out[4], uint32_t code)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 63));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 63));
		out[2] = (char)(0x80 | (code & 63));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 63));
	out[2] = (char)(0x80 | (code >> 6 & 63));
	out[3] = (char)(0x80 | (code & 63));
	return 4;
}

/* Behind "\u": a pair of surrogates is one character, a lone one is U+FFFD; U+0000 would end our
 * text early. */
static uint32_t
unicode_escape(struct cursor *c)
{
	uint32_t high = hex4(c), low;
	struct cursor ahead = *c;
	uint8_t a, b;

	if (high == 0 || (high >= 0xdc00 && high <= 0xdfff))
		return 0xfffd;
	if (high < 0xd800 || high > 0xdbff)
		return high;
	if (!cursor_u8(&ahead, &a) || a != '\\' || !cursor_u8(&ahead, &b) || b != 'u')
		return 0xfffd;
	low = hex4(&ahead);
	if (low < 0xdc00 || low > 0xdfff)
		return 0xfffd;
	*c = ahead;
	return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

/* One character without its escape; its bytes go to out. */
static size_t
next_char(struct cursor *c, char out[4])
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	uint8_t b = 0;
	size_t n = 1;

	(void)cursor_u8(c, &b);
	out[0] = (char)b;
	if (b == '\\') {
		(void)cursor_u8(c, &b);
		if (b == 'u')
			return put_utf8(out, unicode_escape(c));
		const char *hit = b ? strchr(from, b) : NULL;
		out[0] = hit ? to[hit - from] : '?';
		return 1;
	}
	while (b >= 0x80 && n < 4) {
		uint8_t more;
		if (!cursor_peek(c, 0, &more) || (more & 0xc0) != 0x80)
			break;
		out[n++] = (char)more;
		(void)cursor_skip(c, 1);
	}
	return n;
}

size_t
pick_text(const struct pick_value *v, char *out, size_t room)
{
	struct cursor c = cursor_of_view(v->text);
	size_t len = 0;
	char one[4];

	out[0] = 0;
	if (!v->text.ptr || !v->string)
		return 0;
	while (cursor_left(&c)) {
		size_t n = next_char(&c, one);
		if (len + n >= room)
			break;
		memcpy(out + len, one, n);
		len += n;
	}
	out[len] = 0;
	return len;
}

bool
pick_u64(const struct pick_value *v, uint64_t *out)
{
	struct cursor c = cursor_of_view(v->text);
	uint64_t sum = 0;
	uint8_t b;

	if (!v->text.ptr || v->string || v->text.len > 20)
		return false;
	while (cursor_u8(&c, &b)) {
		if (b < '0' || b > '9' || __builtin_mul_overflow(sum, 10, &sum) ||
		    __builtin_add_overflow(sum, (uint64_t)(b - '0'), &sum))
			return false;
	}
	*out = sum;
	return true;
}

static bool
take_digits(struct cursor *c, unsigned n, int64_t *out)
{
	uint8_t b;

	for (*out = 0; n; n--) {
		if (!cursor_u8(c, &b) || b < '0' || b > '9')
			return false;
		*out = *out * 10 + (b - '0');
	}
	return true;
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar; years begin in March so that leap days
 * are last. */
static int64_t
days_of(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t m = month <= 2 ? month + 9 : month - 3;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719468;
}

static int64_t
take_fraction(struct cursor *c)
{
	int64_t us = 0, scale = 100000;
	uint8_t b;

	if (!take(c, '.'))
		return 0;
	for (; cursor_peek(c, 0, &b) && b >= '0' && b <= '9'; scale /= 10) {
		us += (b - '0') * scale;
		(void)cursor_skip(c, 1);
	}
	return us;
}

/* "Z", nothing, "+0800" or "+08:00" as seconds east of Greenwich. */
static bool
take_zone(struct cursor *c, int64_t *east)
{
	int64_t h, m;
	bool minus;

	*east = 0;
	if (cursor_left(c) == 0 || (take(c, 'Z') && cursor_left(c) == 0))
		return true;
	minus = take(c, '-');
	if ((!minus && !take(c, '+')) || !take_digits(c, 2, &h))
		return false;
	(void)take(c, ':');
	if (!take_digits(c, 2, &m) || cursor_left(c))
		return false;
	*east = (minus ? -1 : 1) * (h * 3600 + m * 60);
	return true;
}

bool
pick_time(struct view text, int64_t *us)
{
	struct cursor c = cursor_of_view(text);
	int64_t year, month, day, h, m, s, east, fraction;

	if (!text.ptr || !take_digits(&c, 4, &year) || !take(&c, '-') ||
	    !take_digits(&c, 2, &month) || !take(&c, '-') || !take_digits(&c, 2, &day) ||
	    (!take(&c, 'T') && !take(&c, ' ')))
		return false;
	if (!take_digits(&c, 2, &h) || !take(&c, ':') || !take_digits(&c, 2, &m) ||
	    !take(&c, ':') || !take_digits(&c, 2, &s))
		return false;
	fraction = take_fraction(&c);
	if (!take_zone(&c, &east) || month < 1 || month > 12 || day < 1 || day > 31 || h > 23 ||
	    m > 59 || s > 60)
		return false;
	*us =
	    (days_of(year, month, day) * 86400 + h * 3600 + m * 60 + s - east) * 1000000 + fraction;
	return true;
}
