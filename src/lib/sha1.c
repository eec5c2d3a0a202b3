/* SPDX-License-Identifier: Apache-2.0 */
/* sha1: FIPS 180-4, section 6.1. */
#include "lib/sha1.h"

#include <endian.h>
#include <string.h>

#include "sha_blocks.h"

static inline uint32_t
rotl(uint32_t v, unsigned n)
{
	return v << n | v >> (32 - n);
}

/* Four words, to which the compiler gives a register where there is one. */
typedef uint32_t words __attribute__((vector_size(16)));

static inline words
load(const uint32_t *w)
{
	words v;

	memcpy(&v, w, sizeof(v));
	return v;
}

/*
 * The message's words, four at a time. To word 32 the last of four needs the first of them, which
 * is added when that is known; behind it the recurrence is used twice over and needs none of them.
 */
static void
schedule(uint32_t w[80], const uint8_t block[SHA_BLOCK])
{
	memcpy(w, block, SHA_BLOCK);
	for (int i = 0; i < 16; i++)
		w[i] = be32toh(w[i]);
	for (int i = 16; i < 32; i += 4) {
		w[i] = 0;
		words v = load(w + i - 3) ^ load(w + i - 8) ^ load(w + i - 14) ^ load(w + i - 16);
		v = v << 1 | v >> 31;
		v[3] ^= rotl(v[0], 1);
		memcpy(w + i, &v, sizeof(v));
	}
	for (int i = 32; i < 80; i += 4) {
		words v = load(w + i - 6) ^ load(w + i - 16) ^ load(w + i - 28) ^ load(w + i - 32);
		v = v << 2 | v >> 30;
		memcpy(w + i, &v, sizeof(v));
	}
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
compress(uint32_t h[5], const uint8_t block[SHA_BLOCK])
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

void
sha1_blocks_c(uint32_t h[5], const uint8_t *p, size_t n)
{
	for (; n; n--, p += SHA_BLOCK)
		compress(h, p);
}

static void
blocks(uint32_t h[5], const uint8_t *p, size_t n)
{
	if (sha_x86())
		sha1_blocks_x86(h, p, n);
	else
		sha1_blocks_c(h, p, n);
}

size_t
sha_tail(uint8_t tail[2 * SHA_BLOCK], const uint8_t *left, size_t n_left, size_t n)
{
	size_t blocks_n = n_left < SHA_BLOCK - 8 ? 1 : 2;
	uint64_t bits = htobe64((uint64_t)n * 8);

	memset(tail, 0, blocks_n * SHA_BLOCK);
	if (n_left)
		memcpy(tail, left, n_left);
	tail[n_left] = 0x80;
	memcpy(tail + blocks_n * SHA_BLOCK - sizeof(bits), &bits, sizeof(bits));
	return blocks_n;
}

void
sha1(const void *data, size_t n, uint8_t out[20])
{
	uint32_t h[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };
	uint8_t tail[2 * SHA_BLOCK];
	const uint8_t *p = data;
	size_t whole = n / SHA_BLOCK;

	blocks(h, p, whole);
	p = whole ? p + whole * SHA_BLOCK : p;
	blocks(h, tail, sha_tail(tail, p, n % SHA_BLOCK, n));
	for (int i = 0; i < 5; i++) {
		uint32_t v = htobe32(h[i]);
		memcpy(out + (size_t)4 * (size_t)i, &v, 4);
	}
}
