/* SPDX-License-Identifier: Apache-2.0 */
/* crc32c: Castagnoli CRC (RFC 3720 appendix B.4), by the SSE4.2 instruction where the CPU has it.
 * Pure. */
#ifndef WANGLOU_LIB_CRC32C_H
#define WANGLOU_LIB_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* CRC of n bytes going on from `crc` (0 to begin). crc32c(0, "123456789", 9) == 0xe3069283. */
uint32_t
crc32c(uint32_t crc, const void *data, size_t n);

#endif
