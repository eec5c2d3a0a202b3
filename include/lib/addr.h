/* SPDX-License-Identifier: Apache-2.0 */
/*
 * addr: IPv4 and IPv6 addresses and prefixes, and their text.
 *
 * An address is 16 bytes; IPv4 uses the first four, the rest are zero. The version (4 or 6) travels
 * beside it, so that an IPv6 packet carrying ::ffff:a.b.c.d can never pass for IPv4. Pure
 * functions, any thread.
 */
#ifndef WANGLOU_LIB_ADDR_H
#define WANGLOU_LIB_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct addr {
	union {
		uint8_t b[16];
		uint64_t q[2];
	};
};

/* Longest text of an address with its terminator. */
#define ADDR_TEXT 46

struct prefix {
	struct addr addr;
	uint8_t ver; /* 4 or 6 */
	uint8_t len; /* 0..32 or 0..128 */
};

/* Equal bytes; both are of the same IP version. */
static inline bool
addr_same(const struct addr *a, const struct addr *b)
{
	return a->q[0] == b->q[0] && a->q[1] == b->q[1];
}

/* Order of the bytes: negative, 0, positive. */
static inline int
addr_cmp(const struct addr *a, const struct addr *b)
{
	return memcmp(a->b, b->b, sizeof(a->b));
}

/* Write the text of an address (RFC 5952 for IPv6) with its terminator; returns its length. */
size_t
addr_text(char out[ADDR_TEXT], const struct addr *a, uint8_t ver);

/* As addr_text, but IPv6 in all eight groups of four digits, as Suricata prints it. */
size_t
addr_text_full(char out[ADDR_TEXT], const struct addr *a, uint8_t ver);

/* Read an address; returns 4 or 6, or 0 when the text is neither. */
uint8_t
addr_parse(const char *text, struct addr *out);

/* Is it one of a network of its own: RFC 1918, RFC 4193, link-local? */
static inline bool
addr_is_private(const struct addr *a, uint8_t ver)
{
	const uint8_t *b = a->b;

	if (ver == 6)
		return (b[0] & 0xfe) == 0xfc || (b[0] == 0xfe && (b[1] & 0xc0) == 0x80);
	return b[0] == 10 || (b[0] == 172 && (b[1] & 0xf0) == 16) || (b[0] == 192 && b[1] == 168) ||
	       (b[0] == 169 && b[1] == 254);
}

/* Read "10.0.0.0/8", "2001:db8::/32" or a bare address. False when malformed. Host bits are
 * cleared. */
bool
prefix_parse(const char *text, struct prefix *out);

/* Is the address, of IP version `ver`, inside? Of another version: no. */
bool
prefix_has(const struct prefix *p, const struct addr *a, uint8_t ver);

#endif
