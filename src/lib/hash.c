/* SPDX-License-Identifier: Apache-2.0 */
/* hash: SipHash (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012). */
#include "lib/hash.h"

struct sip {
	uint64_t a, b, c, d;
};

static inline uint64_t
rotl(uint64_t v, unsigned n)
{
	return v << n | v >> (64 - n);
}

static inline void
sip_round(struct sip *s)
{
	s->a += s->b;
	s->c += s->d;
	s->b = rotl(s->b, 13) ^ s->a;
	s->d = rotl(s->d, 16) ^ s->c;
	s->a = rotl(s->a, 32);
	s->c += s->b;
	s->a += s->d;
	s->b = rotl(s->b, 17) ^ s->c;
	s->d = rotl(s->d, 21) ^ s->a;
	s->c = rotl(s->c, 32);
}

static inline void
sip_word(struct sip *s, uint64_t word, int rounds)
{
	s->d ^= word;
	for (int i = 0; i < rounds; i++)
		sip_round(s);
	s->a ^= word;
}

/* Little endian; the compiler makes one load of it. */
static inline uint64_t
load8(const uint8_t *p)
{
	uint64_t low = p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24;
	uint64_t high = p[4] | (uint64_t)p[5] << 8 | (uint64_t)p[6] << 16 | (uint64_t)p[7] << 24;

	return low | high << 32;
}

static inline struct sip
sip_begin(struct hash_key key)
{
	return (struct sip){ key.k0 ^ 0x736f6d6570736575ULL, key.k1 ^ 0x646f72616e646f6dULL,
		key.k0 ^ 0x6c7967656e657261ULL, key.k1 ^ 0x7465646279746573ULL };
}

static inline uint64_t
sip_end(struct sip *s, int rounds)
{
	s->c ^= 0xff;
	for (int i = 0; i < rounds; i++)
		sip_round(s);
	return s->a ^ s->b ^ s->c ^ s->d;
}

/* `rounds` and `last` are constants at both callers, so this unrolls into two functions. */
static inline __attribute__((always_inline)) uint64_t
sip_hash(struct hash_key key, const uint8_t *p, size_t n, int rounds, int last)
{
	struct sip s = sip_begin(key);
	uint64_t tail = (uint64_t)n << 56;
	size_t left = n;

	for (; left >= 8; left -= 8, p += 8)
		sip_word(&s, load8(p), rounds);
	for (size_t i = 0; i < left; i++)
		tail |= (uint64_t)p[i] << (8 * i);
	sip_word(&s, tail, rounds);
	return sip_end(&s, last);
}

uint64_t
hash_bytes(struct hash_key key, const void *data, size_t n)
{
	return sip_hash(key, data, n, 2, 4);
}

uint64_t
hash_fast(struct hash_key key, const void *data, size_t n)
{
	return sip_hash(key, data, n, 1, 3);
}

uint64_t
hash_two(struct hash_key key, uint64_t a, uint64_t b)
{
	struct sip s = sip_begin(key);

	sip_word(&s, a, 1);
	sip_word(&s, b, 1);
	sip_word(&s, (uint64_t)16 << 56, 1);
	return sip_end(&s, 3);
}
