/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/jread.h"

#include "lib/hex.h"
#include "lib/utf16.h"

#define STRING_MAX (16u << 20)

void
jread_init(struct jread *j, struct view json)
{
	*j = (struct jread){ .c = cursor_of_view(json) };
	buf_init(&j->text, STRING_MAX);
	buf_init(&j->key, STRING_MAX);
}

void
jread_fini(struct jread *j)
{
	buf_fini(&j->text);
	buf_fini(&j->key);
}

static bool
bad(struct jread *j, const char *why)
{
	if (!j->wrong)
		j->wrong = why;
	return false;
}

static bool
blank(uint8_t b)
{
	return b == ' ' || b == '\n' || b == '\r' || b == '\t';
}

/* The next byte that is no blank, not taken; 0 at the end or after a mistake. */
static uint8_t
next(struct jread *j)
{
	uint8_t b = 0;

	while (!j->wrong && cursor_peek(&j->c, 0, &b) && blank(b))
		(void)cursor_skip(&j->c, 1);
	return !j->wrong && cursor_left(&j->c) ? b : 0;
}

static bool
digit(uint8_t b)
{
	return b >= '0' && b <= '9';
}

enum jread_kind
jread_peek(struct jread *j)
{
	uint8_t b = next(j);

	switch (b) {
	case '{':
		return JREAD_OBJECT;
	case '[':
		return JREAD_ARRAY;
	case '"':
		return JREAD_STRING;
	case 't':
	case 'f':
		return JREAD_BOOL;
	case 'n':
		return JREAD_NULL;
	default:
		return b == '-' || digit(b) ? JREAD_NUMBER : JREAD_NONE;
	}
}

bool
jread_enter(struct jread *j)
{
	uint8_t b = next(j);

	if (b != '{' && b != '[')
		return bad(j, "an object or array should stand here");
	if (j->depth == JREAD_DEPTH)
		return bad(j, "too deeply nested");
	(void)cursor_skip(&j->c, 1);
	j->began &= ~((uint64_t)1 << j->depth++);
	return true;
}

/* Is there another part before `end`? The comma between parts is taken. */
static bool
another(struct jread *j, uint8_t end)
{
	uint8_t b = next(j);

	if (!j->depth || !b)
		return bad(j, "it ends too early");
	uint64_t bit = (uint64_t)1 << (j->depth - 1);
	if (b == end) {
		(void)cursor_skip(&j->c, 1);
		j->depth--;
		return false;
	}
	if (j->began & bit) {
		if (b != ',')
			return bad(j, "a comma is missing");
		(void)cursor_skip(&j->c, 1);
		if (next(j) == end)
			return bad(j, "a comma before the end");
	}
	j->began |= bit;
	return true;
}

bool
jread_item(struct jread *j)
{
	return another(j, ']');
}

/* ---- strings ---- */

static bool
four(struct jread *j, uint32_t *out)
{
	struct view v;

	*out = 0;
	if (!cursor_take(&j->c, 4, &v))
		return bad(j, "an escape is cut off");
	for (size_t i = 0; i < v.len; i++) {
		int d = hex_digit(v.ptr[i]);
		if (d < 0)
			return bad(j, "\\u needs four hex digits");
		*out = *out << 4 | (uint32_t)d;
	}
	return true;
}

static bool
escaped_code(struct jread *j, struct buf *out)
{
	uint32_t code, low;
	struct view mark;
	char text[4];

	if (!four(j, &code))
		return false;
	if (code >= 0xd800 && code < 0xdc00) {
		if (!cursor_take(&j->c, 2, &mark) || memcmp(mark.ptr, "\\u", 2) != 0 ||
		    !four(j, &low) || low < 0xdc00 || low > 0xdfff)
			return bad(j, "half a surrogate pair");
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	} else if (code >= 0xdc00 && code < 0xe000) {
		return bad(j, "half a surrogate pair");
	}
	buf_add(out, text, utf8_put(code, text, sizeof(text)));
	return true;
}

static bool
escape(struct jread *j, struct buf *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	uint8_t b;

	if (!cursor_u8(&j->c, &b))
		return bad(j, "a string without its end");
	if (b == 'u')
		return escaped_code(j, out);
	const char *at = b ? strchr(from, b) : NULL;
	if (!at)
		return bad(j, "unknown escape");
	buf_u8(out, (uint8_t)to[at - from]);
	return true;
}

/* One character beyond ASCII (RFC 3629). */
static bool
wide(struct jread *j, uint8_t first, struct buf *out)
{
	unsigned more = first >= 0xf0 ? 3 : first >= 0xe0 ? 2 : 1;
	uint32_t code = first & (0x3fu >> more);
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	struct view v;

	if (first < 0xc2 || first > 0xf4 || !cursor_take(&j->c, more, &v))
		return bad(j, "bytes that are not UTF-8");
	for (size_t i = 0; i < v.len; i++) {
		if ((v.ptr[i] & 0xc0) != 0x80)
			return bad(j, "bytes that are not UTF-8");
		code = code << 6 | (v.ptr[i] & 0x3f);
	}
	if (code < least[more] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return bad(j, "bytes that are not UTF-8");
	buf_u8(out, first);
	buf_add(out, v.ptr, v.len);
	return true;
}

static bool
string(struct jread *j, struct buf *out)
{
	uint8_t b;

	buf_clear(out);
	(void)cursor_skip(&j->c, 1);
	while (cursor_u8(&j->c, &b)) {
		if (b == '"')
			return out->failed ? bad(j, "a string is too long") : true;
		if (b < 0x20)
			return bad(j, "a control character in a string");
		if (b == '\\') {
			if (!escape(j, out))
				return false;
		} else if (b < 0x80) {
			buf_u8(out, b);
		} else if (!wide(j, b, out)) {
			return false;
		}
	}
	return bad(j, "a string without its end");
}

bool
jread_member(struct jread *j, struct view *key)
{
	if (!another(j, '}'))
		return false;
	if (next(j) != '"')
		return bad(j, "a key in quotes should stand here");
	if (!string(j, &j->key))
		return false;
	if (next(j) != ':')
		return bad(j, "a colon is missing behind a key");
	(void)cursor_skip(&j->c, 1);
	*key = (struct view){ j->key.ptr, j->key.len };
	return true;
}

/* ---- other values ---- */

static size_t
digits(struct jread *j)
{
	size_t n = 0;
	uint8_t b;

	for (; cursor_peek(&j->c, 0, &b) && digit(b); n++)
		(void)cursor_skip(&j->c, 1);
	return n;
}

static bool
is(struct jread *j, uint8_t a, uint8_t b)
{
	uint8_t c;

	if (!cursor_peek(&j->c, 0, &c) || (c != a && c != b))
		return false;
	return cursor_skip(&j->c, 1);
}

static bool
number(struct jread *j)
{
	(void)is(j, '-', '-');
	if (!is(j, '0', '0') && !digits(j))
		return bad(j, "not a number");
	if (is(j, '.', '.') && !digits(j))
		return bad(j, "not a number");
	if (is(j, 'e', 'E')) {
		(void)is(j, '+', '-');
		if (!digits(j))
			return bad(j, "not a number");
	}
	return true;
}

static bool
word(struct jread *j)
{
	static const char *const words[] = { "true", "false", "null" };
	struct cursor at = j->c;
	struct view v;

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = strlen(words[i]);
		at = j->c;
		if (cursor_take(&at, n, &v) && memcmp(v.ptr, words[i], n) == 0)
			return cursor_skip(&j->c, n);
	}
	return bad(j, "an unknown word");
}

/* Over anything but objects and arrays; *out, or NULL, gets its text. */
static bool
scalar(struct jread *j, struct view *out)
{
	enum jread_kind kind = jread_peek(j);
	const uint8_t *from = j->c.at;

	if (kind == JREAD_STRING) {
		if (!string(j, &j->text))
			return false;
		if (out)
			*out = (struct view){ j->text.ptr, j->text.len };
		return true;
	}
	if (kind == JREAD_NONE)
		return bad(j, "a value should stand here");
	if (!(kind == JREAD_NUMBER ? number(j) : word(j)))
		return false;
	if (out)
		*out = (struct view){ from, (size_t)(j->c.at - from) };
	return true;
}

bool
jread_skip(struct jread *j, struct view *span)
{
	enum jread_kind kind = jread_peek(j);
	const uint8_t *from = j->c.at;
	unsigned floor = j->depth;
	uint64_t objects = 0; /* bit a depth */
	struct view key;

	do {
		kind = jread_peek(j);
		if (kind == JREAD_OBJECT || kind == JREAD_ARRAY) {
			uint64_t bit = (uint64_t)1 << (j->depth & (JREAD_DEPTH - 1));
			objects = kind == JREAD_OBJECT ? objects | bit : objects & ~bit;
			(void)jread_enter(j);
		} else {
			(void)scalar(j, NULL);
		}
		while (!j->wrong && j->depth > floor) {
			bool object = objects >> (j->depth - 1) & 1;
			if (object ? jread_member(j, &key) : jread_item(j))
				break;
		}
	} while (!j->wrong && j->depth > floor);
	if (span)
		*span = (struct view){ from, (size_t)(j->c.at - from) };
	return !j->wrong;
}

bool
jread_text(struct jread *j, struct view *text)
{
	enum jread_kind kind = jread_peek(j);

	if (kind == JREAD_OBJECT || kind == JREAD_ARRAY || kind == JREAD_NULL) {
		(void)jread_skip(j, NULL);
		return false;
	}
	return scalar(j, text);
}

bool
jread_done(struct jread *j)
{
	(void)next(j);
	return !j->wrong && !j->depth && !cursor_left(&j->c);
}

void
jread_squeeze(struct buf *out, struct view json)
{
	bool quoted = false, escape_open = false;

	for (size_t i = 0; i < json.len; i++) {
		uint8_t b = json.ptr[i];
		if (quoted || !blank(b))
			buf_u8(out, b);
		if (!quoted)
			quoted = b == '"';
		else if (escape_open)
			escape_open = false;
		else if (b == '\\')
			escape_open = true;
		else if (b == '"')
			quoted = false;
	}
}
