/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sha_blocks: the compression of SHA-1 and SHA-256 over n whole blocks of 64 bytes, in C and with
 * the instructions x86 processors have for it since 2016. Only sha1.c, sha256.c and their test
 * include this; the x86 ones may be called where sha_x86() is true, and give the same.
 */
#ifndef WANGLOU_LIB_SHA_BLOCKS_H
#define WANGLOU_LIB_SHA_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHA_BLOCK 64

/* The constants of SHA-256's rounds. */
extern const uint32_t sha256_k[64];

/* Has this processor the instructions? */
bool
sha_x86(void);

void
sha1_blocks_c(uint32_t h[5], const uint8_t *p, size_t n);
void
sha1_blocks_x86(uint32_t h[5], const uint8_t *p, size_t n);
void
sha256_blocks_c(uint32_t h[8], const uint8_t *p, size_t n);
void
sha256_blocks_x86(uint32_t h[8], const uint8_t *p, size_t n);

/*
 * What ends a message, in room for two blocks: its last n_left bytes, a one bit, zeros, its length
 * in bits. Returns how many blocks that makes (FIPS 180-4, section 5.1.1).
 */
size_t
sha_tail(uint8_t tail[2 * SHA_BLOCK], const uint8_t *left, size_t n_left, size_t n);

#endif
