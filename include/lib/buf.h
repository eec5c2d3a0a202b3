/* SPDX-License-Identifier: Apache-2.0 */
/*
 * buf: bytes that grow up to a cap.
 *
 * Owns its memory. Once an append would pass the cap or memory is out, `failed` stays set and
 * further appends do nothing, so that a writer checks once at the end. One owner thread.
 */
#ifndef WANGLOU_LIB_BUF_H
#define WANGLOU_LIB_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct buf {
	uint8_t *ptr;
	size_t len;
	size_t room;
	size_t cap; /* never grows past this many bytes; 0 = 1 GiB */
	bool failed;
};

/* An empty buffer with a cap in bytes. Allocates nothing. */
void
buf_init(struct buf *b, size_t cap);

/* Release the memory; the struct may be initialised again. */
void
buf_fini(struct buf *b);

/* Make room for n more bytes. False (and failed set) when that is not possible. */
bool
buf_grow(struct buf *b, size_t n);

/* Room for n more bytes. False: failed, now or before. */
static inline bool
buf_room(struct buf *b, size_t n)
{
	return !b->failed && b->room - b->len >= n ? true : buf_grow(b, n);
}

/* Empty and well again; keeps its memory. */
static inline void
buf_clear(struct buf *b)
{
	b->len = 0;
	b->failed = false;
}

/* Append. Without room nothing is added and the buffer is failed. */
static inline void
buf_add(struct buf *b, const void *data, size_t n)
{
	if (n && buf_room(b, n)) {
		memcpy(b->ptr + b->len, data, n);
		b->len += n;
	}
}

/* As buf_add, one byte. */
static inline void
buf_u8(struct buf *b, uint8_t byte)
{
	if (buf_room(b, 1))
		b->ptr[b->len++] = byte;
}

#define buf_text(b, literal) buf_add((b), "" literal, sizeof(literal) - 1)

/* Append a formatted string (no terminator counted in len). */
void
buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Remove n bytes from the front. */
void
buf_shift(struct buf *b, size_t n);

#endif
