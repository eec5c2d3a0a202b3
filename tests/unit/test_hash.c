/* SPDX-License-Identifier: Apache-2.0 */
/* hash and crc32c against published vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/crc32c.h"
#include "lib/hash.h"

/* key 00..0f, message 00..n-1 (reference implementation, vectors.h; n = 15 is in the paper) */
static void
siphash_2_4_reference(void **state)
{
	static const struct {
		size_t n;
		uint64_t hash;
	} rows[] = {
		{ 0, 0x726fdb47dd0e0e31 },
		{ 1, 0x74f839c593dc67fd },
		{ 2, 0x0d6c8009d9a94f5a },
		{ 7, 0xab0200f58b01d137 },
		{ 8, 0x93f5f5799a932462 },
		{ 9, 0x9e0082df0ba9e4b0 },
		{ 15, 0xa129ca6149be45e5 },
		{ 16, 0x3f2acc7f57c29bdb },
		{ 63, 0x958a324ceb064572 },
	};
	struct hash_key key = { 0x0706050403020100, 0x0f0e0d0c0b0a0908 };
	uint8_t message[64];

	(void)state;
	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (uint8_t)i;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(hash_bytes(key, message, rows[i].n), rows[i].hash);
}

/* key zero: what CPython 3.11 answers for hash(bytes) with PYTHONHASHSEED=0 */
static void
siphash_1_3_python(void **state)
{
	struct hash_key key = { 0, 0 };
	uint8_t message[64];

	(void)state;
	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (uint8_t)i;
	assert_int_equal(hash_fast(key, "a", 1), 0x407448d2b89b1813);
	assert_int_equal(hash_fast(key, "wanglou!", 8), 0x6f13bc9550303b60);
	assert_int_equal(hash_fast(key, message, 15), 0xf30eb725bb91c9ea);
	const uint64_t two[2] = { 0x0123456789abcdef, 0xfedcba9876543210 };
	assert_int_equal(hash_two(key, two[0], two[1]), hash_fast(key, two, sizeof(two)));
	assert_int_equal(hash_fast(key, message, 64), 0x75e05fd5bbc870c6);
}

/* RFC 3720 B.4, and the customary check value */
static void
crc32c_rfc3720(void **state)
{
	uint8_t message[32];

	(void)state;
	memset(message, 0, sizeof(message));
	assert_int_equal(crc32c(0, message, sizeof(message)), 0x8a9136aa);
	memset(message, 0xff, sizeof(message));
	assert_int_equal(crc32c(0, message, sizeof(message)), 0x62a8ab43);
	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (uint8_t)i;
	assert_int_equal(crc32c(0, message, sizeof(message)), 0x46dd794e);
	for (size_t i = 0; i < sizeof(message); i++)
		message[i] = (uint8_t)(31 - i);
	assert_int_equal(crc32c(0, message, sizeof(message)), 0x113fdb5c);
	assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
}

static void
crc32c_goes_on(void **state)
{
	static const char text[] = "a district under the city, the city under the province";

	(void)state;
	for (size_t cut = 0; cut <= strlen(text); cut++) {
		uint32_t first = crc32c(0, text, cut);
		assert_int_equal(
		    crc32c(first, text + cut, strlen(text) - cut), crc32c(0, text, strlen(text)));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(siphash_2_4_reference),
		cmocka_unit_test(siphash_1_3_python),
		cmocka_unit_test(crc32c_rfc3720),
		cmocka_unit_test(crc32c_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
