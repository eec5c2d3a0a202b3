/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of a mail's header: folding, encoded words, parameters, lists of addresses. */
#include <strings.h>

#include "lib/base64.h"
#include "lib/gbk.h"
#include "lib/hex.h"
#include "probe/l7/mime.h"

#define SECTIONS 16 /* of a parameter in pieces (RFC 2231, 3) */

/* Where text is written, as far as there is room; n counts on. */
struct out {
	char *at;
	size_t room, n;
	uint8_t lead; /* first byte of a pair of GBK, perhaps of the encoded word before */
};

static void
put(struct out *o, uint8_t b)
{
	if (o->n < o->room)
		o->at[o->n] = (char)b;
	o->n++;
}

int
mime_base64(uint8_t b)
{
	return b == '=' ? 64 : base64_digit(b);
}

enum charset { CHARSET_NONE, CHARSET_BYTES, CHARSET_LATIN, CHARSET_GBK };

static enum charset
charset_of(struct view name)
{
	static const struct {
		const char *name;
		enum charset set;
	} known[] = { { "utf-8", CHARSET_BYTES }, { "utf8", CHARSET_BYTES },
		{ "us-ascii", CHARSET_BYTES }, { "ascii", CHARSET_BYTES },
		{ "iso-8859-1", CHARSET_LATIN }, { "iso-8859-15", CHARSET_LATIN },
		{ "latin1", CHARSET_LATIN }, { "windows-1252", CHARSET_LATIN },
		{ "cp1252", CHARSET_LATIN }, { "gb2312", CHARSET_GBK }, { "gbk", CHARSET_GBK },
		{ "gb18030", CHARSET_GBK }, { "gb_2312-80", CHARSET_GBK },
		{ "euc-cn", CHARSET_GBK }, { "cp936", CHARSET_GBK }, { "x-gbk", CHARSET_GBK } };
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (strlen(known[i].name) == name.len &&
		    strncasecmp(known[i].name, (const char *)name.ptr, name.len) == 0)
			return known[i].set;
	}
	return CHARSET_NONE;
}

/* A character of the basic plane as UTF-8. */
static void
put_character(struct out *o, uint16_t c)
{
	if (c < 0x80) {
		put(o, (uint8_t)c);
	} else if (c < 0x800) {
		put(o, (uint8_t)(0xc0 | c >> 6));
		put(o, (uint8_t)(0x80 | (c & 0x3f)));
	} else {
		put(o, (uint8_t)(0xe0 | c >> 12));
		put(o, (uint8_t)(0x80 | (c >> 6 & 0x3f)));
		put(o, (uint8_t)(0x80 | (c & 0x3f)));
	}
}

/* What is no pair stays as it is. */
static void
put_gbk(struct out *o, uint8_t b)
{
	uint8_t lead = o->lead;
	uint16_t c = lead ? gbk_pair(lead, b) : 0;
	o->lead = 0;
	if (c) {
		put_character(o, c);
		return;
	}
	if (lead)
		put(o, lead);
	if (gbk_lead(b))
		o->lead = b;
	else
		put(o, b);
}

/* A byte of the charset as UTF-8. */
static void
put_of(struct out *o, enum charset set, uint8_t b)
{
	if (set == CHARSET_GBK)
		put_gbk(o, b);
	else if (set == CHARSET_LATIN)
		put_character(o, b);
	else
		put(o, b);
}

static bool
blank(uint8_t b)
{
	return b == ' ' || b == '\t' || b == '\r' || b == '\n';
}

/* Up to the next byte `stop`, which is taken as well. */
static bool
until(struct cursor *c, uint8_t stop, struct view *out)
{
	struct cursor at = *c;
	size_t n = 0;
	uint8_t b;
	while (cursor_peek(&at, n, &b) && b != stop && !blank(b))
		n++;
	if (!cursor_peek(&at, n, &b) || b != stop)
		return false;
	(void)cursor_take(&at, n, out);
	(void)cursor_skip(&at, 1);
	*c = at;
	return true;
}

/* The text of an encoded word: up to "?=". Blanks in it are against the standard, and seen. */
static bool
encoded_text(struct cursor *c, struct view *out)
{
	struct cursor at = *c;
	size_t n = 0;
	uint8_t b, next;
	while (cursor_peek(&at, n, &b) && b != '?' && b != '\r' && b != '\n')
		n++;
	if (!cursor_peek(&at, n, &b) || b != '?' || !cursor_peek(&at, n + 1, &next) || next != '=')
		return false;
	(void)cursor_take(&at, n, out);
	(void)cursor_skip(&at, 2);
	*c = at;
	return true;
}

static void
put_base64(struct out *o, enum charset set, struct view text)
{
	struct cursor c = cursor_of_view(text);
	uint32_t bits = 0;
	unsigned have = 0;
	uint8_t b;
	while (cursor_u8(&c, &b)) {
		int v = mime_base64(b);
		if (v < 0 || v == 64)
			continue;
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have >= 8) {
			have -= 8;
			put_of(o, set, (uint8_t)(bits >> have));
		}
	}
}

long
mime_base64_text(struct view text, uint8_t *out, size_t room)
{
	struct cursor c = cursor_of_view(text);
	struct out o = { .at = (char *)out, .room = room };
	uint8_t b;
	while (cursor_u8(&c, &b)) {
		if (mime_base64(b) < 0)
			return -1;
	}
	put_base64(&o, CHARSET_BYTES, text);
	return (long)(o.n < room ? o.n : room);
}

static void
put_q(struct out *o, enum charset set, struct view text)
{
	struct cursor c = cursor_of_view(text);
	uint8_t b, high, low;
	while (cursor_u8(&c, &b)) {
		if (b == '_') {
			b = ' ';
		} else if (b == '=' && cursor_peek(&c, 0, &high) && cursor_peek(&c, 1, &low) &&
			   hex_digit(high) >= 0 && hex_digit(low) >= 0) {
			b = (uint8_t)(hex_digit(high) << 4 | hex_digit(low));
			(void)cursor_skip(&c, 2);
		}
		put_of(o, set, b);
	}
}

/* "=?charset?B|Q?text?=" behind its "=?" (RFC 2047, 2). False: it stays as it is. */
static bool
encoded_word(struct cursor *c, struct out *o)
{
	struct cursor at = *c;
	struct view charset, how, text;
	uint8_t star;
	if (!until(&at, '?', &charset) || !until(&at, '?', &how) || how.len != 1 ||
	    !encoded_text(&at, &text))
		return false;
	struct cursor name = cursor_of_view(charset); /* a language may follow (RFC 2231, 5) */
	for (size_t n = 0; cursor_peek(&name, n, &star); n++) {
		if (star == '*')
			charset.len = n;
	}
	enum charset set = charset_of(charset);
	uint8_t letter = how.ptr[0] | 0x20;
	if (set == CHARSET_NONE || (letter != 'b' && letter != 'q'))
		return false;
	if (letter == 'b')
		put_base64(o, set, text);
	else
		put_q(o, set, text);
	*c = at;
	return true;
}

/* Blanks between two encoded words are not part of the text (RFC 2047, 6.2). */
static bool
word_follows(struct cursor c)
{
	uint8_t b, next;
	while (cursor_peek(&c, 0, &b) && blank(b))
		(void)cursor_skip(&c, 1);
	struct out nothing = { 0 };
	if (!cursor_u8(&c, &b) || b != '=' || !cursor_u8(&c, &next) || next != '?')
		return false;
	return encoded_word(&c, &nothing);
}

/* One byte that is no encoded word; a line break with its blanks becomes a space. */
static void
plain(struct cursor *c, struct out *o, enum charset raw, uint8_t b)
{
	uint8_t next;
	if (b != '\r' && b != '\n') {
		put_of(o, raw, b);
		return;
	}
	while (cursor_peek(c, 0, &next) && blank(next))
		(void)cursor_skip(c, 1);
	if (cursor_left(c))
		put(o, ' ');
}

static struct view
trimmed(struct view v)
{
	struct cursor c = cursor_of_view(v);
	struct view out = { 0 };
	uint8_t b;
	while (cursor_peek(&c, 0, &b) && blank(b))
		(void)cursor_skip(&c, 1);
	size_t n = cursor_left(&c);
	while (n && cursor_peek(&c, n - 1, &b) && blank(b))
		n--;
	(void)cursor_take(&c, n, &out);
	return out;
}

/* Is it UTF-8, as far as lead and following bytes go? */
static bool
is_utf8(struct view v)
{
	struct cursor c = cursor_of_view(v);
	uint8_t b;
	unsigned more = 0;
	while (cursor_u8(&c, &b)) {
		if (more ? (b & 0xc0) != 0x80 : b >= 0x80 && (b < 0xc2 || b > 0xf4))
			return false;
		more = more ? more - 1 : b >= 0xf0 ? 3 : b >= 0xe0 ? 2 : b >= 0xc0;
	}
	return !more;
}

/* Of bytes that no encoded word names a charset for, against the standard: programs that write
 * Chinese so use UTF-8 or GBK. */
static enum charset
raw_charset(struct view v)
{
	return !is_utf8(v) && gbk_sound(v) ? CHARSET_GBK : CHARSET_BYTES;
}

/* A first byte whose second never came. */
static void
put_lead(struct out *o)
{
	if (o->lead)
		put(o, o->lead);
	o->lead = 0;
}

size_t
mime_text(struct view value, char *out, size_t room)
{
	struct out o = { .at = out, .room = room };
	enum charset raw = raw_charset(trimmed(value));
	struct cursor c = cursor_of_view(trimmed(value));
	uint8_t b, next;
	while (cursor_u8(&c, &b)) {
		if (b == '=' && cursor_peek(&c, 0, &next) && next == '?') {
			struct cursor at = c;
			(void)cursor_skip(&at, 1);
			if (encoded_word(&at, &o)) {
				c = at;
				while (word_follows(c) && cursor_peek(&c, 0, &next) && blank(next))
					(void)cursor_skip(&c, 1);
				continue;
			}
		}
		if (raw != CHARSET_GBK)
			put_lead(&o);
		plain(&c, &o, raw, b);
	}
	put_lead(&o);
	return o.n < room ? o.n : room;
}

/* A parameter as it stands: name, section and whether its value is percent-encoded. */
struct param {
	struct view name, value; /* value without quotes */
	bool quoted, encoded, sectioned;
	unsigned section;
};

/* Up to ';' outside quotes; the cursor moves behind it. */
static bool
next_piece(struct cursor *c, struct view *piece)
{
	bool quoted = false;
	size_t n = 0;
	uint8_t b;
	if (!cursor_left(c))
		return false;
	for (; cursor_peek(c, n, &b) && (quoted || b != ';'); n++) {
		if (b == '"')
			quoted = !quoted;
		else if (b == '\\' && quoted)
			n++;
	}
	if (n > cursor_left(c))
		n = cursor_left(c);
	(void)cursor_take(c, n, piece);
	(void)cursor_skip(c, 1);
	return true;
}

/* "name*1*" : name, section 1, encoded (RFC 2231, 7). */
static void
split_name(struct param *p)
{
	struct cursor c = cursor_of_view(p->name), at;
	uint8_t b;
	size_t n = 0;
	while (cursor_peek(&c, n, &b) && b != '*')
		n++;
	(void)cursor_take(&c, n, &p->name);
	p->name = trimmed(p->name);
	if (!cursor_u8(&c, &b))
		return;
	at = c;
	while (cursor_u8(&at, &b) && b >= '0' && b <= '9' && p->section < 1000) {
		p->section = p->section * 10 + b - '0';
		p->sectioned = true;
	}
	p->encoded = !p->sectioned || b == '*';
}

static bool
split(struct view piece, struct param *p)
{
	struct cursor c = cursor_of_view(piece);
	size_t n = 0;
	uint8_t b;
	*p = (struct param){ 0 };
	while (cursor_peek(&c, n, &b) && b != '=')
		n++;
	if (!cursor_take(&c, n, &p->name) || !cursor_skip(&c, 1))
		return false;
	p->name = trimmed(p->name);
	(void)cursor_take(&c, cursor_left(&c), &p->value);
	p->value = trimmed(p->value);
	c = cursor_of_view(p->value);
	if (cursor_peek(&c, 0, &b) && b == '"') {
		p->quoted = true;
		(void)cursor_skip(&c, 1);
		n = cursor_left(&c);
		if (n && cursor_peek(&c, n - 1, &b) && b == '"')
			n--;
		(void)cursor_take(&c, n, &p->value);
	}
	split_name(p);
	return p->name.len > 0;
}

/* charset'language'text, the charset only in the first section. */
static void
put_encoded(struct out *o, struct view value, bool first, enum charset *set)
{
	struct cursor c = cursor_of_view(value), at = c;
	struct view charset, language;
	uint8_t b, high, low;
	if (first && until(&at, '\'', &charset) && until(&at, '\'', &language)) {
		*set = charset_of(charset);
		c = at;
	}
	while (cursor_u8(&c, &b)) {
		if (b == '%' && cursor_peek(&c, 0, &high) && cursor_peek(&c, 1, &low) &&
		    hex_digit(high) >= 0 && hex_digit(low) >= 0) {
			b = (uint8_t)(hex_digit(high) << 4 | hex_digit(low));
			(void)cursor_skip(&c, 2);
		}
		put_of(o, *set, b);
	}
}

static void
put_plain(struct out *o, const struct param *p)
{
	struct cursor c = cursor_of_view(p->value);
	enum charset raw = raw_charset(p->value);
	uint8_t b;
	while (cursor_u8(&c, &b)) {
		if (b == '\r' || b == '\n')
			continue;
		if (b == '\\' && p->quoted && cursor_left(&c))
			(void)cursor_u8(&c, &b);
		put_of(o, raw, b);
	}
}

/* The section of a parameter; false when there is none. */
static bool
put_section(struct view value, const char *name, struct out *o, unsigned section, enum charset *set)
{
	struct cursor c = cursor_of_view(value);
	struct view piece;
	struct param p;
	while (next_piece(&c, &piece)) {
		if (!split(piece, &p) || p.section != section || p.name.len != strlen(name) ||
		    strncasecmp(name, (const char *)p.name.ptr, p.name.len) != 0 ||
		    (section && !p.sectioned))
			continue;
		if (p.encoded)
			put_encoded(o, p.value, section == 0, set);
		else
			put_plain(o, &p);
		return true;
	}
	return false;
}

size_t
mime_param(struct view value, const char *name, char *out, size_t room)
{
	struct out o = { .at = out, .room = room };
	enum charset set = CHARSET_NONE;
	for (unsigned i = 0; i < SECTIONS; i++) {
		if (!put_section(value, name, &o, i, &set))
			break;
	}
	char copy[1024];
	if (o.n > room || o.n > sizeof(copy) || !memchr(out, '?', o.n))
		return o.n;
	memcpy(copy, out, o.n);
	return mime_text((struct view){ (const uint8_t *)copy, o.n }, out, room);
}

bool
mime_address(struct cursor *list, struct view *one)
{
	while (cursor_left(list)) {
		size_t n = 0;
		int inside = 0;
		bool quoted = false;
		uint8_t b;
		for (; cursor_peek(list, n, &b) && (quoted || inside || b != ','); n++) {
			if (b == '"')
				quoted = !quoted;
			else if (!quoted && (b == '<' || b == '('))
				inside++;
			else if (!quoted && (b == '>' || b == ')') && inside)
				inside--;
		}
		(void)cursor_take(list, n, one);
		(void)cursor_skip(list, 1);
		*one = trimmed(*one);
		if (one->len)
			return true;
	}
	return false;
}
