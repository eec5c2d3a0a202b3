/* SPDX-License-Identifier: Apache-2.0 */
/* buf: see include/lib/buf.h. */
#include "lib/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define BUF_CAP_DEFAULT ((size_t)1 << 30)
#define BUF_FIRST 256

void
buf_init(struct buf *b, size_t cap)
{
	*b = (struct buf){ .cap = cap ? cap : BUF_CAP_DEFAULT };
}

void
buf_fini(struct buf *b)
{
	free(b->ptr);
	*b = (struct buf){ .cap = b->cap };
}

bool
buf_grow(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : BUF_CAP_DEFAULT; /* a zeroed struct is an empty buffer too */
	size_t room = b->room ? b->room : BUF_FIRST;
	uint8_t *ptr;

	if (b->failed || b->len > cap || n > cap - b->len)
		goto failed;
	while (room < b->len + n)
		room *= 2;
	if (room > cap)
		room = cap;
	if (room <= b->room)
		return true;
	ptr = realloc(b->ptr, room);
	if (!ptr)
		goto failed;
	b->ptr = ptr;
	b->room = room;
	return true;
failed:
	b->failed = true;
	return false;
}

/* Format into the room there is; returns the length the whole text has, or -1. */
static int __attribute__((format(printf, 2, 0)))
print_once(struct buf *b, const char *format, va_list args)
{
	size_t room = b->room - b->len;

	return vsnprintf(room ? (char *)b->ptr + b->len : NULL, room, format, args);
}

void
buf_printf(struct buf *b, const char *format, ...)
{
	va_list args, again;
	int n;

	if (b->failed)
		return;
	va_start(args, format);
	va_copy(again, args);
	n = print_once(b, format, args);
	/* vsnprintf needs one byte more than the text for its terminator */
	if (n >= 0 && (size_t)n >= b->room - b->len && buf_room(b, (size_t)n + 1))
		n = print_once(b, format, again);
	if (n < 0)
		b->failed = true;
	if (!b->failed)
		b->len += (size_t)n;
	va_end(again);
	va_end(args);
}

void
buf_shift(struct buf *b, size_t n)
{
	if (n > b->len)
		n = b->len;
	b->len -= n;
	if (b->len)
		memmove(b->ptr, b->ptr + n, b->len);
}
