/* SPDX-License-Identifier: Apache-2.0 */
/* base64: what a character of it stands for; RFC 4648, section 4. Owns nothing. Any thread. */
#ifndef WANGLOU_LIB_BASE64_H
#define WANGLOU_LIB_BASE64_H

#include <stdint.h>

/* 0 to 63; -1: it is none, as is the '=' that fills. */
static inline int
base64_digit(uint8_t b)
{
	if (b >= 'A' && b <= 'Z')
		return b - 'A';
	if (b >= 'a' && b <= 'z')
		return b - 'a' + 26;
	if (b >= '0' && b <= '9')
		return b - '0' + 52;
	return b == '+' ? 62 : b == '/' ? 63 : -1;
}

#endif
