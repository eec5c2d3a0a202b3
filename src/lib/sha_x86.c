/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sha_blocks: see sha_blocks.h. The SHA extensions of x86 (Intel, "Intel SHA Extensions", 2013):
 * four rounds an instruction, the next words of the message by two more.
 */
#include "sha_blocks.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <immintrin.h>

#define SHA_TARGET __attribute__((target("sha,ssse3,sse4.1")))

static bool able;

/* Asked once, before there are threads: asking is slow inside a virtual machine. */
__attribute__((constructor)) static void
ask(void)
{
	unsigned a, b = 0, c = 0, d;

	able = __get_cpuid(1, &a, &b, &c, &d) && c & bit_SSSE3 && c & bit_SSE4_1 &&
	       __get_cpuid_count(7, 0, &a, &b, &c, &d) && b & bit_SHA;
}

bool
sha_x86(void)
{
	return able;
}

/*
 * Rounds 4 i to 4 i + 3 with function f. m[] holds four times four words of the message; those just
 * used make place for the ones of sixteen rounds later. `before` is the state four rounds ago: its
 * first word, turned, is what `e` is now.
 */
#define SHA1_FOUR(i, f)                                                                            \
	do {                                                                                       \
		e = (i) ? _mm_sha1nexte_epu32(before, m[(i)&3]) : _mm_add_epi32(e, m[0]);          \
		before = abcd;                                                                     \
		abcd = _mm_sha1rnds4_epu32(abcd, e, f);                                            \
		m[(i)&3] = _mm_sha1msg2_epu32(                                                     \
		    _mm_xor_si128(                                                                 \
			_mm_sha1msg1_epu32(m[(i)&3], m[((i) + 1) & 3]), m[((i) + 2) & 3]),         \
		    m[((i) + 3) & 3]);                                                             \
	} while (0)

#define SHA1_TWENTY(from, f)                                                                       \
	do {                                                                                       \
		SHA1_FOUR((from), f);                                                              \
		SHA1_FOUR((from) + 1, f);                                                          \
		SHA1_FOUR((from) + 2, f);                                                          \
		SHA1_FOUR((from) + 3, f);                                                          \
		SHA1_FOUR((from) + 4, f);                                                          \
	} while (0)

SHA_TARGET void
sha1_blocks_x86(uint32_t h[5], const uint8_t *p, size_t n)
{
	const __m128i turn = _mm_set_epi64x(0x0001020304050607LL, 0x08090a0b0c0d0e0fLL);
	__m128i abcd = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(const void *)h), 0x1b);
	__m128i e = _mm_set_epi32((int)h[4], 0, 0, 0);

	for (; n; n--, p += SHA_BLOCK) {
		const __m128i abcd_in = abcd, e_in = e;
		__m128i m[4], before = abcd;
		for (int i = 0; i < 4; i++)
			m[i] = _mm_shuffle_epi8(
			    _mm_loadu_si128((const __m128i *)(const void *)p + i), turn);
		SHA1_TWENTY(0, 0);
		SHA1_TWENTY(5, 1);
		SHA1_TWENTY(10, 2);
		SHA1_TWENTY(15, 3);
		e = _mm_sha1nexte_epu32(before, e_in);
		abcd = _mm_add_epi32(abcd, abcd_in);
	}
	_mm_storeu_si128((__m128i *)(void *)h, _mm_shuffle_epi32(abcd, 0x1b));
	h[4] = (uint32_t)_mm_extract_epi32(e, 3);
}

/* Rounds 4 i to 4 i + 3, two an instruction: each takes over the older half of the state. */
#define SHA256_FOUR(i)                                                                             \
	do {                                                                                       \
		__m128i w = _mm_add_epi32(                                                         \
		    m[(i)&3], _mm_loadu_si128((const __m128i *)(const void *)sha256_k + (i)));     \
		cdgh = _mm_sha256rnds2_epu32(cdgh, abef, w);                                       \
		abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(w, 0x0e));              \
		w = _mm_add_epi32(_mm_sha256msg1_epu32(m[(i)&3], m[((i) + 1) & 3]),                \
		    _mm_alignr_epi8(m[((i) + 3) & 3], m[((i) + 2) & 3], 4));                       \
		m[(i)&3] = _mm_sha256msg2_epu32(w, m[((i) + 3) & 3]);                              \
	} while (0)

SHA_TARGET void
sha256_blocks_x86(uint32_t h[8], const uint8_t *p, size_t n)
{
	const __m128i turn = _mm_set_epi64x(0x0c0d0e0f08090a0bLL, 0x0405060700010203LL);
	__m128i *state = (__m128i *)(void *)h;
	__m128i cdab = _mm_shuffle_epi32(_mm_loadu_si128(state), 0xb1);
	__m128i efgh = _mm_shuffle_epi32(_mm_loadu_si128(state + 1), 0x1b);
	__m128i abef = _mm_alignr_epi8(cdab, efgh, 8), cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);

	for (; n; n--, p += SHA_BLOCK) {
		const __m128i abef_in = abef, cdgh_in = cdgh;
		__m128i m[4];
		for (int i = 0; i < 4; i++)
			m[i] = _mm_shuffle_epi8(
			    _mm_loadu_si128((const __m128i *)(const void *)p + i), turn);
		for (int i = 0; i < 16; i += 4) {
			SHA256_FOUR(i);
			SHA256_FOUR(i + 1);
			SHA256_FOUR(i + 2);
			SHA256_FOUR(i + 3);
		}
		abef = _mm_add_epi32(abef, abef_in);
		cdgh = _mm_add_epi32(cdgh, cdgh_in);
	}
	__m128i feba = _mm_shuffle_epi32(abef, 0x1b), dchg = _mm_shuffle_epi32(cdgh, 0xb1);
	_mm_storeu_si128(state, _mm_blend_epi16(feba, dchg, 0xf0));
	_mm_storeu_si128(state + 1, _mm_alignr_epi8(dchg, feba, 8));
}

#else

bool
sha_x86(void)
{
	return false;
}

void
sha1_blocks_x86(uint32_t h[5], const uint8_t *p, size_t n)
{
	sha1_blocks_c(h, p, n);
}

void
sha256_blocks_x86(uint32_t h[8], const uint8_t *p, size_t n)
{
	sha256_blocks_c(h, p, n);
}

#endif
