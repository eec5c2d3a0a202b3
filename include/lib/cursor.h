/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cursor: the only way to read bytes that came from outside.
 *
 * A view that shrinks from the front. Every read says whether the bytes were there; a failed read
 * leaves the cursor as it was. Integers are network order unless the name ends in _le. Owns
 * nothing, allocates nothing.
 */
#ifndef WANGLOU_LIB_CURSOR_H
#define WANGLOU_LIB_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Bytes that belong to somebody else. ptr == NULL means "absent"; len == 0 with ptr != NULL means
 * "empty". */
struct view {
	const uint8_t *ptr;
	size_t len;
};

struct cursor {
	const uint8_t *at;
	const uint8_t *end;
};

/* A cursor over n bytes that outlive it. */
static inline struct cursor
cursor_of(const void *data, size_t len)
{
	const uint8_t *p = data;
	return (struct cursor){ p, len ? p + len : p }; /* p may be NULL: an absent view */
}

static inline struct cursor
cursor_of_view(struct view v)
{
	return cursor_of(v.ptr, v.len);
}

/* Bytes not read yet. */
static inline size_t
cursor_left(const struct cursor *c)
{
	return (size_t)(c->end - c->at);
}

/* Every read below: false when short, and the cursor and *out stay as they were. */
static inline bool
cursor_skip(struct cursor *c, size_t n)
{
	if (cursor_left(c) < n)
		return false;
	c->at += n;
	return true;
}

static inline bool
cursor_u8(struct cursor *c, uint8_t *out)
{
	if (cursor_left(c) < 1)
		return false;
	*out = *c->at++;
	return true;
}

static inline bool
cursor_u16(struct cursor *c, uint16_t *out)
{
	if (cursor_left(c) < 2)
		return false;
	*out = (uint16_t)(c->at[0] << 8 | c->at[1]);
	c->at += 2;
	return true;
}

static inline bool
cursor_u24(struct cursor *c, uint32_t *out)
{
	if (cursor_left(c) < 3)
		return false;
	*out = (uint32_t)c->at[0] << 16 | (uint32_t)c->at[1] << 8 | c->at[2];
	c->at += 3;
	return true;
}

static inline bool
cursor_u32(struct cursor *c, uint32_t *out)
{
	if (cursor_left(c) < 4)
		return false;
	*out = (uint32_t)c->at[0] << 24 | (uint32_t)c->at[1] << 16 | (uint32_t)c->at[2] << 8 |
	       c->at[3];
	c->at += 4;
	return true;
}

static inline bool
cursor_u64(struct cursor *c, uint64_t *out)
{
	uint32_t high = 0, low = 0;
	if (cursor_left(c) < 8)
		return false;
	(void)cursor_u32(c, &high);
	(void)cursor_u32(c, &low);
	*out = (uint64_t)high << 32 | low;
	return true;
}

static inline bool
cursor_u16_le(struct cursor *c, uint16_t *out)
{
	if (!cursor_u16(c, out))
		return false;
	*out = (uint16_t)(*out >> 8 | *out << 8);
	return true;
}

static inline bool
cursor_u32_le(struct cursor *c, uint32_t *out)
{
	if (!cursor_u32(c, out))
		return false;
	*out = __builtin_bswap32(*out);
	return true;
}

static inline bool
cursor_u64_le(struct cursor *c, uint64_t *out)
{
	if (!cursor_u64(c, out))
		return false;
	*out = __builtin_bswap64(*out);
	return true;
}

/* Take n bytes as a view; the cursor moves behind them. */
static inline bool
cursor_take(struct cursor *c, size_t n, struct view *out)
{
	if (cursor_left(c) < n)
		return false;
	*out = (struct view){ c->at, n };
	c->at += n;
	return true;
}

/* Take as many bytes as the number of one byte, or of two, before them says. */
static inline bool
cursor_vector8(struct cursor *c, struct view *out)
{
	struct cursor at = *c;
	uint8_t n;

	if (!cursor_u8(&at, &n) || !cursor_take(&at, n, out))
		return false;
	*c = at;
	return true;
}

static inline bool
cursor_vector16(struct cursor *c, struct view *out)
{
	struct cursor at = *c;
	uint16_t n;

	if (!cursor_u16(&at, &n) || !cursor_take(&at, n, out))
		return false;
	*c = at;
	return true;
}

/* Take n bytes as a cursor of their own, for a nested structure that carries its length. */
static inline bool
cursor_sub(struct cursor *c, size_t n, struct cursor *out)
{
	if (cursor_left(c) < n)
		return false;
	*out = (struct cursor){ c->at, c->at + n };
	c->at += n;
	return true;
}

/* Copy n bytes out. */
static inline bool
cursor_copy(struct cursor *c, void *out, size_t n)
{
	if (cursor_left(c) < n)
		return false;
	memcpy(out, c->at, n);
	c->at += n;
	return true;
}

/* Look at the byte n places ahead without moving. */
static inline bool
cursor_peek(const struct cursor *c, size_t n, uint8_t *out)
{
	if (cursor_left(c) <= n)
		return false;
	*out = c->at[n];
	return true;
}

/* Take up to and including '\n'; the view has neither '\n' nor a '\r' before it. False: no '\n'
 * yet. */
static inline bool
cursor_line(struct cursor *c, struct view *out)
{
	size_t left = cursor_left(c);
	const uint8_t *nl = left ? memchr(c->at, '\n', left) : NULL;
	if (!nl)
		return false;
	size_t n = (size_t)(nl - c->at);
	*out = (struct view){ c->at, n && nl[-1] == '\r' ? n - 1 : n };
	c->at = nl + 1;
	return true;
}

/* A view of a C string, which outlives it. NULL: the view of nothing. */
static inline struct view
view_of(const char *text)
{
	return (struct view){ (const uint8_t *)text, text ? strlen(text) : 0 };
}

/* Are these the bytes of the C string? */
static inline bool
view_is(struct view v, const char *text)
{
	return v.ptr && v.len == strlen(text) && memcmp(v.ptr, text, v.len) == 0;
}

/* A C string of its own, the caller frees it; NULL when memory is out. */
static inline char *
view_dup(struct view v)
{
	char *s = malloc(v.len + 1);
	if (!s)
		return NULL;
	if (v.len)
		memcpy(s, v.ptr, v.len);
	s[v.len] = '\0';
	return s;
}

#endif
