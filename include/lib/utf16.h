/* SPDX-License-Identifier: Apache-2.0 */
/*
 * utf16: UTF-16LE (RFC 2781) as Windows protocols send it, into UTF-8.
 *
 * Pure. Any thread.
 */
#ifndef WANGLOU_LIB_UTF16_H
#define WANGLOU_LIB_UTF16_H

#include "lib/cursor.h"

/* Room for one more character of `code`; the bytes written, 0 when it does not fit. */
static inline size_t
utf8_put(uint32_t code, char *out, size_t room)
{
	size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	static const uint8_t first[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	if (n > room)
		return 0;
	for (size_t i = n - 1; i > 0; i--, code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3f));
	out[0] = (char)(first[n] | code);
	return n;
}

/*
 * The text of `from` up to a NUL or the end, cut at whole characters when it does not fit. A
 * surrogate alone becomes U+FFFD; an odd last byte is left out. Returns bytes written.
 */
static inline size_t
utf16le_text(struct view from, char *out, size_t room)
{
	struct cursor c = cursor_of_view(from);
	uint16_t unit, low;
	size_t n = 0;
	while (cursor_u16_le(&c, &unit) && unit) {
		uint32_t code = unit;
		struct cursor next = c;
		if (unit >= 0xd800 && unit < 0xdc00 && cursor_u16_le(&next, &low) &&
		    low >= 0xdc00 && low < 0xe000) {
			code = 0x10000 + ((uint32_t)(unit - 0xd800) << 10) + (low - 0xdc00u);
			c = next;
		} else if (unit >= 0xd800 && unit < 0xe000) {
			code = 0xfffd;
		}
		size_t put = utf8_put(code, out + n, room - n);
		if (!put)
			break;
		n += put;
	}
	return n;
}

#endif
