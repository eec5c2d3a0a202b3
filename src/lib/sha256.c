/* SPDX-License-Identifier: Apache-2.0 */
/* sha256: FIPS 180-4, section 6.2. */
#include "lib/sha256.h"

#include <endian.h>
#include <string.h>

#include "sha_blocks.h"

const uint32_t sha256_k[64] = { 0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b,
	0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6,
	0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d,
	0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
	0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585,
	0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa,
	0xa4506ceb, 0xbef9a3f7, 0xc67178f2 };

static inline uint32_t
rotr(uint32_t v, unsigned n)
{
	return v >> n | v << (32 - n);
}

/* The next words of the message, each in the place of the one of sixteen rounds before. */
#define NEXT(i)                                                                                    \
	(w[i] +=                                                                                   \
	    w[((i) + 9) & 15] +                                                                    \
	    (rotr(w[((i) + 1) & 15], 7) ^ rotr(w[((i) + 1) & 15], 18) ^ w[((i) + 1) & 15] >> 3) +  \
	    (rotr(w[((i) + 14) & 15], 17) ^ rotr(w[((i) + 14) & 15], 19) ^                         \
		w[((i) + 14) & 15] >> 10))

#define NEXT_FOUR(i) (NEXT(i), NEXT((i) + 1), NEXT((i) + 2), NEXT((i) + 3))

static inline void
schedule(uint32_t w[16])
{
	NEXT_FOUR(0);
	NEXT_FOUR(4);
	NEXT_FOUR(8);
	NEXT_FOUR(12);
}

/* One round: d and h take the new values, so the eight names shift by one for the next round. The
 * standard's three turns of a word (by 6, 11 and 25, by 2, 13 and 22) are made of each other. */
#define ROUND(a, b, c, d, e, f, g, h, i)                                                           \
	do {                                                                                       \
		h += rotr(e ^ rotr(e ^ rotr(e, 14), 5), 6) + (g ^ (e & (f ^ g))) +                 \
		     sha256_k[from + (i)] + w[i];                                                  \
		d += h;                                                                            \
		h += rotr(a ^ rotr(a ^ rotr(a, 9), 11), 2) + ((a & b) | (c & (a | b)));            \
	} while (0)

#define EIGHT(i)                                                                                   \
	do {                                                                                       \
		ROUND(a, b, c, d, e, f, g, h, i);                                                  \
		ROUND(h, a, b, c, d, e, f, g, (i) + 1);                                            \
		ROUND(g, h, a, b, c, d, e, f, (i) + 2);                                            \
		ROUND(f, g, h, a, b, c, d, e, (i) + 3);                                            \
		ROUND(e, f, g, h, a, b, c, d, (i) + 4);                                            \
		ROUND(d, e, f, g, h, a, b, c, (i) + 5);                                            \
		ROUND(c, d, e, f, g, h, a, b, (i) + 6);                                            \
		ROUND(b, c, d, e, f, g, h, a, (i) + 7);                                            \
	} while (0)

static void
compress(uint32_t state[8], const uint8_t *p)
{
	uint32_t w[16], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4],
			f = state[5], g = state[6], h = state[7];

	memcpy(w, p, sizeof(w));
	for (int i = 0; i < 16; i++)
		w[i] = be32toh(w[i]);
	for (int from = 0; from < 64; from += 16) {
		if (from)
			schedule(w);
		EIGHT(0);
		EIGHT(8);
	}
	const uint32_t end[8] = { a, b, c, d, e, f, g, h };
	for (int i = 0; i < 8; i++)
		state[i] += end[i];
}

void
sha256_blocks_c(uint32_t h[8], const uint8_t *p, size_t n)
{
	for (; n; n--, p += SHA_BLOCK)
		compress(h, p);
}

static void
blocks(uint32_t h[8], const uint8_t *p, size_t n)
{
	if (sha_x86())
		sha256_blocks_x86(h, p, n);
	else
		sha256_blocks_c(h, p, n);
}

void
sha256_begin(struct sha256 *s)
{
	*s = (struct sha256){ .state = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f,
				  0x9b05688c, 0x1f83d9ab, 0x5be0cd19 } };
}

void
sha256_add(struct sha256 *s, const void *data, size_t n)
{
	const uint8_t *p = data;
	size_t have = s->n % SHA_BLOCK;

	s->n += n;
	if (have) {
		size_t more = n < SHA_BLOCK - have ? n : SHA_BLOCK - have;
		if (more)
			memcpy(s->left + have, p, more);
		if (have + more < SHA_BLOCK)
			return;
		blocks(s->state, s->left, 1);
		p += more;
		n -= more;
	}
	size_t whole = n / SHA_BLOCK;
	blocks(s->state, p, whole);
	if (n % SHA_BLOCK)
		memcpy(s->left, p + whole * SHA_BLOCK, n % SHA_BLOCK);
}

void
sha256_get(const struct sha256 *s, uint8_t out[SHA256_SIZE])
{
	uint8_t tail[2 * SHA_BLOCK];
	uint32_t h[8];

	memcpy(h, s->state, sizeof(h));
	blocks(h, tail, sha_tail(tail, s->left, s->n % SHA_BLOCK, s->n));
	for (int i = 0; i < 8; i++) {
		uint32_t v = htobe32(h[i]);
		memcpy(out + (size_t)4 * (size_t)i, &v, 4);
	}
}

void
sha256(const void *data, size_t n, uint8_t out[SHA256_SIZE])
{
	struct sha256 s;

	sha256_begin(&s);
	sha256_add(&s, data, n);
	sha256_get(&s, out);
}
