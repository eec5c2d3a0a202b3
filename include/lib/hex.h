/* SPDX-License-Identifier: Apache-2.0 */
/* hex: bytes as lower-case hexadecimal digits, and back. Owns nothing. Any thread. */
#ifndef WANGLOU_LIB_HEX_H
#define WANGLOU_LIB_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Write n bytes as 2 * n digits and a terminator. */
static inline void
hex_text(char *out, const uint8_t *in, size_t n)
{
	static const char digit[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*out++ = digit[in[i] >> 4];
		*out++ = digit[in[i] & 15];
	}
	*out = '\0';
}

/* The value of a digit of either case; -1: it is none. */
static inline int
hex_digit(uint8_t b)
{
	if (b >= '0' && b <= '9')
		return b - '0';
	b |= 0x20;
	return b >= 'a' && b <= 'f' ? b - 'a' + 10 : -1;
}

/* Read 2 * n digits, of which in has at least so many bytes. False: not all are digits. */
static inline bool
hex_bytes(uint8_t *out, size_t n, const void *in)
{
	const uint8_t *p = in;

	for (size_t i = 0; i < n; i++, p += 2) {
		int high = hex_digit(p[0]), low = hex_digit(p[1]);
		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

#endif
