/* SPDX-License-Identifier: Apache-2.0 */
/* sha1: FIPS 180-4, section 6.1. */
#include "lib/sha1.h"

#include <endian.h>
#include <string.h>

#define BLOCK 64

static inline uint32_t
rotl(uint32_t v, unsigned n)
{
	return v << n | v >> (32 - n);
}

static void
schedule(uint32_t w[80], const uint8_t block[BLOCK])
{
	memcpy(w, block, BLOCK);
	for (int i = 0; i < 16; i++)
		w[i] = be32toh(w[i]);
	for (int i = 16; i < 80; i++)
		w[i] = rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
}

static inline uint32_t
choose(uint32_t b, uint32_t c, uint32_t d)
{
	return d ^ (b & (c ^ d));
}

static inline uint32_t
parity(uint32_t b, uint32_t c, uint32_t d)
{
	return b ^ c ^ d;
}

static inline uint32_t
majority(uint32_t b, uint32_t c, uint32_t d)
{
	return (b & c) | (d & (b | c));
}

/* One round: e takes the new value and b turns, so the five names shift by one for the next round.
 */
#define ROUND(f, k, a, b, c, d, e, i)                                                              \
	do {                                                                                       \
		e += rotl(a, 5) + f(b, c, d) + (k) + w[i];                                         \
		b = rotl(b, 30);                                                                   \
	} while (0)

/* Twenty rounds of one function: after five the names are back where they were. */
#define ROUNDS(f, k, from)                                                                         \
	for (int i = (from); i < (from) + 20; i += 5) {                                            \
		ROUND(f, k, a, b, c, d, e, i);                                                     \
		ROUND(f, k, e, a, b, c, d, i + 1);                                                 \
		ROUND(f, k, d, e, a, b, c, i + 2);                                                 \
		ROUND(f, k, c, d, e, a, b, i + 3);                                                 \
		ROUND(f, k, b, c, d, e, a, i + 4);                                                 \
	}

/* Each event's community id is one compression, so no round moves its words. */
static void
compress(uint32_t h[5], const uint8_t block[BLOCK])
{
	uint32_t w[80];
	uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];

	schedule(w, block);
	ROUNDS(choose, 0x5a827999, 0)
	ROUNDS(parity, 0x6ed9eba1, 20)
	ROUNDS(majority, 0x8f1bbcdc, 40)
	ROUNDS(parity, 0xca62c1d6, 60)
	h[0] += a;
	h[1] += b;
	h[2] += c;
	h[3] += d;
	h[4] += e;
}

/* The last block or two: what is left of the message, a one bit, zeros, the length in bits. */
static void
finish(uint32_t h[5], const uint8_t *left, size_t n_left, size_t n)
{
	uint8_t tail[2 * BLOCK] = { 0 };
	size_t blocks = n_left < BLOCK - 8 ? 1 : 2;
	uint64_t bits = (uint64_t)n * 8;

	if (n_left)
		memcpy(tail, left, n_left);
	tail[n_left] = 0x80;
	for (size_t i = 0; i < 8; i++)
		tail[blocks * BLOCK - 1 - i] = (uint8_t)(bits >> (8 * i));
	for (size_t i = 0; i < blocks; i++)
		compress(h, tail + i * BLOCK);
}

void
sha1(const void *data, size_t n, uint8_t out[20])
{
	uint32_t h[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };
	const uint8_t *p = data;
	size_t left = n;

	for (; left >= BLOCK; left -= BLOCK, p += BLOCK)
		compress(h, p);
	finish(h, p, left, n);
	for (int i = 0; i < 20; i++)
		out[i] = (uint8_t)(h[i / 4] >> (24 - 8 * (i % 4)));
}
