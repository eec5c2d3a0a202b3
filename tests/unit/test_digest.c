/* SPDX-License-Identifier: Apache-2.0 */
/* md5, sha1, sha256: the test suites of RFC 1321 and FIPS 180, in one piece and byte by byte; the
 * processor's own instructions against C. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/md5.h"
#include "lib/sha1.h"
#include "lib/sha256.h"

#include "../../src/lib/sha_blocks.h"

static void
hex(char *out, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

static void
md5_is(const char *text, const char *want)
{
	uint8_t sum[MD5_SIZE];
	char got[33];
	struct md5 m;
	for (size_t step = 1; step <= strlen(text) + 1; step += strlen(text) ? strlen(text) : 1) {
		md5_init(&m);
		for (size_t i = 0; i < strlen(text); i += step)
			md5_add(&m, text + i, i + step > strlen(text) ? strlen(text) - i : step);
		md5_done(&m, sum);
		hex(got, sum, sizeof(sum));
		assert_string_equal(got, want);
	}
}

static void
md5_of_the_rfc(void **state)
{
	(void)state;
	md5_is("", "d41d8cd98f00b204e9800998ecf8427e");
	md5_is("abc", "900150983cd24fb0d6963f7d28e17f72");
	md5_is("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
	    "d174ab98d277d9f5a5611c2c9f419d9f");
	md5_is("1234567890123456789012345678901234567890123456789012345678901234567890123456789"
	       "0",
	    "57edf4a22be3c955ac49da2e2107b67a");
}

static void
sha1_is(const char *text, const char *want)
{
	uint8_t sum[20];
	char got[41];
	sha1(text, strlen(text), sum);
	hex(got, sum, sizeof(sum));
	assert_string_equal(got, want);
}

static void
sha1_of_the_standard(void **state)
{
	(void)state;
	sha1_is("", "da39a3ee5e6b4b0d3255bfef95601890afd80709");
	sha1_is("abc", "a9993e364706816aba3e25717850c26c9cd0d89d");
	sha1_is("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	    "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
}

static void
sha256_is(const char *text, const char *want)
{
	uint8_t sum[SHA256_SIZE];
	char got[2 * SHA256_SIZE + 1];
	sha256(text, strlen(text), sum);
	hex(got, sum, sizeof(sum));
	assert_string_equal(got, want);
}

static void
sha256_of_the_standard(void **state)
{
	(void)state;
	sha256_is("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	sha256_is("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	sha256_is("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	sha256_is("abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
		  "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
	    "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1");
}

/* A million times "a": many blocks in one call (FIPS 180 test data). */
static void
a_million(void **state)
{
	static char text[1000001];
	(void)state;
	memset(text, 'a', 1000000);
	sha1_is(text, "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
	sha256_is(text, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

/* All lengths around the ends of blocks: the padding in one block or two. Sums of the sums, by
 * another program. */
static void
lengths(void **state)
{
	uint8_t text[200], sum1[20 * 200], sum256[SHA256_SIZE * 200], sum[SHA256_SIZE];
	char got[2 * SHA256_SIZE + 1];
	(void)state;
	for (size_t n = 0; n < 200; n++) {
		text[n] = (uint8_t)(n * 7);
		sha1(text, n, sum1 + 20 * n);
		sha256(text, n, sum256 + SHA256_SIZE * n);
	}
	sha256(sum1, sizeof(sum1), sum);
	hex(got, sum, sizeof(sum));
	assert_string_equal(
	    got, "e9765ee065e6006748fa9de3684759d89e34f0f7ad64485038e45e5df2a0f5fa");
	sha256(sum256, sizeof(sum256), sum);
	hex(got, sum, sizeof(sum));
	assert_string_equal(
	    got, "0a716dcd52ebb45d547cf893c2616d1641ae3c122398e759ddeb1d0698a65c1a");
}

/* In pieces of every size it is the digest of the whole, and asking for it ends nothing. */
static void
pieces(void **state)
{
	uint8_t text[300], want[SHA256_SIZE], got[SHA256_SIZE];
	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * 11);
	for (size_t piece = 1; piece <= sizeof(text); piece++) {
		struct sha256 s;
		sha256_begin(&s);
		for (size_t at = 0; at < sizeof(text); at += piece) {
			size_t n = at + piece > sizeof(text) ? sizeof(text) - at : piece;
			sha256_add(&s, text + at, n);
			sha256_add(&s, NULL, 0);
			sha256_get(&s, got);
			sha256(text, at + n, want);
			assert_memory_equal(got, want, SHA256_SIZE);
		}
	}
}

/* The two ways give the same for one block and for several, from any state. */
static void
instructions_against_c(void **state)
{
	uint8_t bytes[5 * SHA_BLOCK];
	uint32_t a[8], b[8], v = 1;
	(void)state;
	if (!sha_x86())
		skip();
	for (int round = 0; round < 2000; round++) {
		size_t n = (size_t)round % 6;
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (uint8_t)((v = v * 1664525 + 1013904223) >> 24);
		for (size_t i = 0; i < 8; i++)
			a[i] = b[i] = v = v * 1664525 + 1013904223;
		sha1_blocks_c(a, bytes, n);
		sha1_blocks_x86(b, bytes, n);
		assert_memory_equal(a, b, sizeof(a));
		sha256_blocks_c(a, bytes, n);
		sha256_blocks_x86(b, bytes, n);
		assert_memory_equal(a, b, sizeof(a));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(md5_of_the_rfc),
		cmocka_unit_test(sha1_of_the_standard),
		cmocka_unit_test(sha256_of_the_standard),
		cmocka_unit_test(a_million),
		cmocka_unit_test(lengths),
		cmocka_unit_test(pieces),
		cmocka_unit_test(instructions_against_c),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
