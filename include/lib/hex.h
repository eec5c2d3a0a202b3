/* SPDX-License-Identifier: Apache-2.0 */
/* hex: bytes as lower-case hexadecimal digits. Owns nothing. Any thread. */
#ifndef WANGLOU_LIB_HEX_H
#define WANGLOU_LIB_HEX_H

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

#endif
