/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "lib/md5.h"

static const uint32_t sine[64] = { 0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf,
	0x4787c62a, 0xa8304613, 0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be,
	0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340, 0x265e5a51,
	0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8, 0x21e1cde6, 0xc33707d6,
	0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a, 0xfffa3942,
	0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
	0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8,
	0xc4ac5665, 0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92,
	0xffeff47d, 0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82,
	0xbd3af235, 0x2ad7d2bb, 0xeb86d391 };

static uint32_t
word_le(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void
put_le(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

/* The mixing functions of the four rounds (RFC 1321, 3.4), with as few steps as they have. */
#define MIX_1(b, c, d) (d ^ (b & (c ^ d)))
#define MIX_2(b, c, d) (c ^ (d & (b ^ c)))
#define MIX_3(b, c, d) (b ^ c ^ d)
#define MIX_4(b, c, d) (c ^ (b | ~d))

/* One step: `word` of the message, turned `by`; i counts all 64. */
#define STEP(mix, a, b, c, d, word, by, i)                                                         \
	do {                                                                                       \
		a += mix(b, c, d) + x[(word)&15] + sine[i];                                        \
		a = (a << (by) | a >> (32 - (by))) + b;                                            \
	} while (0)

/* Four steps: behind them the names are back where they were. A round takes the message's words
 * `times` apart, beginning with `first`. */
#define FOUR(mix, i, times, first, s0, s1, s2, s3)                                                 \
	do {                                                                                       \
		STEP(mix, a, b, c, d, (times) * (i) + (first), s0, i);                             \
		STEP(mix, d, a, b, c, (times) * ((i) + 1) + (first), s1, (i) + 1);                 \
		STEP(mix, c, d, a, b, (times) * ((i) + 2) + (first), s2, (i) + 2);                 \
		STEP(mix, b, c, d, a, (times) * ((i) + 3) + (first), s3, (i) + 3);                 \
	} while (0)

#define ROUND(mix, i, times, first, s0, s1, s2, s3)                                                \
	do {                                                                                       \
		FOUR(mix, i, times, first, s0, s1, s2, s3);                                        \
		FOUR(mix, (i) + 4, times, first, s0, s1, s2, s3);                                  \
		FOUR(mix, (i) + 8, times, first, s0, s1, s2, s3);                                  \
		FOUR(mix, (i) + 12, times, first, s0, s1, s2, s3);                                 \
	} while (0)

static void
block(uint32_t state[4], const uint8_t *p)
{
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3], x[16];
	for (int i = 0; i < 16; i++)
		x[i] = word_le(p + 4 * i);
	ROUND(MIX_1, 0, 1, 0, 7, 12, 17, 22);
	ROUND(MIX_2, 16, 5, 1, 5, 9, 14, 20);
	ROUND(MIX_3, 32, 3, 5, 4, 11, 16, 23);
	ROUND(MIX_4, 48, 7, 0, 6, 10, 15, 21);
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
}

void
md5_init(struct md5 *m)
{
	*m = (struct md5){ .state = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476 } };
}

void
md5_add(struct md5 *m, const void *data, size_t n)
{
	const uint8_t *p = data;
	size_t have = m->bytes & 63;
	m->bytes += n;
	if (have + n < 64) {
		if (n)
			memcpy(m->block + have, p, n);
		return;
	}
	if (have) {
		memcpy(m->block + have, p, 64 - have);
		block(m->state, m->block);
		p += 64 - have;
		n -= 64 - have;
	}
	for (; n >= 64; p += 64, n -= 64)
		block(m->state, p);
	memcpy(m->block, p, n);
}

void
md5_done(struct md5 *m, uint8_t out[MD5_SIZE])
{
	static const uint8_t pad[64] = { 0x80 };
	uint8_t length[8];
	uint64_t bits = m->bytes * 8;
	put_le(length, (uint32_t)bits);
	put_le(length + 4, (uint32_t)(bits >> 32));
	md5_add(m, pad, 1 + ((119 - (m->bytes & 63)) & 63));
	md5_add(m, length, 8);
	for (int i = 0; i < 4; i++)
		put_le(out + 4 * i, m->state[i]);
}
