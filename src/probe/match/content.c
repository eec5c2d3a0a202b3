/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where does a content stand in some bytes? Its rarest byte is looked for by memchr, which is many
 * times faster than comparing at each place; the rest is compared where that is found.
 */
#include "probe/match_run.h"

#define VAIN_MOST 64 /* places that were compared in vain: the byte is not rare here */

static uint8_t
lower(uint8_t c)
{
	return c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c;
}

static bool
is_lower(uint8_t c)
{
	return c >= 'a' && c <= 'z';
}

/* How often the byte is met in what networks carry: small is rare. */
static unsigned
frequency(uint8_t c, bool nocase)
{
	static const char often[] = "etaoinsrhldcum";
	if (c == 0)
		return 100;
	if (c == ' ' || c == 0xff || c == 1)
		return 60;
	if (is_lower(lower(c)))
		return (strchr(often, lower(c)) ? 40 : 20) + (nocase ? 20 : 0);
	if ((c >= '0' && c <= '9') || strchr("=/.-\r\n\"", c))
		return 30;
	return 10;
}

void
match_content_ready(struct match_op *op)
{
	bool nocase = op->flags & MATCH_OP_NOCASE;
	unsigned least = 1000;
	for (uint16_t i = 0; i < op->len; i++) {
		unsigned n = frequency(op->content.bytes[i], nocase);
		if (n >= least)
			continue;
		least = n;
		op->content.rare = i;
	}
}

static bool
same_nocase(const uint8_t *data, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (lower(data[i]) != bytes[i])
			return false;
	}
	return true;
}

bool
match_content_same(const struct match_op *op, const uint8_t *data)
{
	if (op->flags & MATCH_OP_NOCASE)
		return same_nocase(data, op->content.bytes, op->len);
	return memcmp(data, op->content.bytes, op->len) == 0;
}

/* Both cases of a letter, whichever comes first. */
static const uint8_t *
find_letter(const struct match_op *op, const uint8_t *at, const uint8_t *end)
{
	uint16_t rare = op->content.rare;
	uint8_t small = op->content.bytes[rare], large = (uint8_t)(small & ~0x20);
	const uint8_t *a = memchr(at, small, (size_t)(end - at));
	const uint8_t *b = memchr(at, large, (size_t)(end - at));
	while (a || b) {
		bool first = a && (!b || a < b);
		const uint8_t *p = first ? a : b;
		if (match_content_same(op, p - rare))
			return p - rare;
		p++;
		if (first)
			a = memchr(p, small, (size_t)(end - p));
		else
			b = memchr(p, large, (size_t)(end - p));
	}
	return NULL;
}

const uint8_t *
match_content_find(const struct match_op *op, struct view v)
{
	if (v.len < op->len)
		return NULL;
	bool nocase = op->flags & MATCH_OP_NOCASE;
	uint16_t rare = op->content.rare;
	uint8_t c = op->content.bytes[rare];
	/* the rare byte of the first and behind the last place */
	const uint8_t *at = v.ptr + rare, *end = at + (v.len - op->len) + 1;
	if (nocase && is_lower(c))
		return find_letter(op, at, end);
	for (unsigned vain = 0; vain < VAIN_MOST || nocase; vain++) {
		at = memchr(at, c, (size_t)(end - at));
		if (!at || match_content_same(op, at - rare))
			return at ? at - rare : NULL;
		at++;
	}
	const uint8_t *from = at - rare;
	return memmem(from, v.len - (size_t)(from - v.ptr), op->content.bytes, op->len);
}
