/* SPDX-License-Identifier: Apache-2.0 */
/* crc32c: the SSE4.2 instruction where there is one, else a table of sixteen. */
#include "lib/crc32c.h"

#include <string.h>

/* CRC of each nibble, polynomial 0x1edc6f41 reflected. */
static const uint32_t nibble[16] = { 0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc,
	0x5125dad3, 0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
	0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75 };

static uint32_t
crc_table(uint32_t crc, const uint8_t *p, size_t n)
{
	for (; n; n--, p++) {
		crc ^= *p;
		crc = crc >> 4 ^ nibble[crc & 15];
		crc = crc >> 4 ^ nibble[crc & 15];
	}
	return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t
crc_sse42(uint32_t crc, const uint8_t *p, size_t n)
{
	uint64_t wide = crc, word;

	for (; n >= 8; n -= 8, p += 8) {
		memcpy(&word, p, 8);
		wide = __builtin_ia32_crc32di(wide, word);
	}
	crc = (uint32_t)wide;
	for (; n; n--, p++)
		crc = __builtin_ia32_crc32qi(crc, *p);
	return crc;
}

static uint32_t
crc_best(uint32_t crc, const uint8_t *p, size_t n)
{
	return __builtin_cpu_supports("sse4.2") ? crc_sse42(crc, p, n) : crc_table(crc, p, n);
}
#else
#define crc_best crc_table
#endif

uint32_t
crc32c(uint32_t crc, const void *data, size_t n)
{
	return ~crc_best(~crc, data, n);
}
