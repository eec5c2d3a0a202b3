/* SPDX-License-Identifier: Apache-2.0 */
/* sha1: FIPS 180-4, section 6.1. */
#include "lib/sha1.h"

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
	for (int i = 0; i < 16; i++, block += 4)
		w[i] = (uint32_t)block[0] << 24 | (uint32_t)block[1] << 16 |
		       (uint32_t)block[2] << 8 | block[3];
	for (int i = 16; i < 80; i++)
		w[i] = rotl(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
}

struct state {
	uint32_t a, b, c, d, e;
};

static inline uint32_t
choose(const struct state *s)
{
	return s->d ^ (s->b & (s->c ^ s->d));
}

static inline uint32_t
parity(const struct state *s)
{
	return s->b ^ s->c ^ s->d;
}

static inline uint32_t
majority(const struct state *s)
{
	return (s->b & s->c) | (s->d & (s->b | s->c));
}

/* One round with its function of b, c, d and its constant added to the word. */
static inline void
step(struct state *s, uint32_t mixed)
{
	uint32_t next = rotl(s->a, 5) + mixed + s->e;

	s->e = s->d;
	s->d = s->c;
	s->c = rotl(s->b, 30);
	s->b = s->a;
	s->a = next;
}

/* Four loops without a question inside: one compression for each event's community id. */
static void
compress(uint32_t h[5], const uint8_t block[BLOCK])
{
	struct state s = { h[0], h[1], h[2], h[3], h[4] };
	uint32_t w[80];
	int i = 0;

	schedule(w, block);
	for (; i < 20; i++)
		step(&s, choose(&s) + 0x5a827999 + w[i]);
	for (; i < 40; i++)
		step(&s, parity(&s) + 0x6ed9eba1 + w[i]);
	for (; i < 60; i++)
		step(&s, majority(&s) + 0x8f1bbcdc + w[i]);
	for (; i < 80; i++)
		step(&s, parity(&s) + 0xca62c1d6 + w[i]);
	h[0] += s.a;
	h[1] += s.b;
	h[2] += s.c;
	h[3] += s.d;
	h[4] += s.e;
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
