/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sha256: SHA-256 (FIPS 180-4), for formats that demand it (JA4) and for what files are known by.
 * Not for secrets.
 *
 * Any thread; a struct is used by one at a time.
 */
#ifndef WANGLOU_LIB_SHA256_H
#define WANGLOU_LIB_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32

/* A message of which more is to come. */
struct sha256 {
	uint32_t state[8];
	uint64_t n;       /* bytes so far */
	uint8_t left[64]; /* the last n % 64 of them */
};

void
sha256_begin(struct sha256 *s);
/* Take n more bytes; data may be NULL when n is 0. */
void
sha256_add(struct sha256 *s, const void *data, size_t n);
/* The digest of what was added; s stays as it is. */
void
sha256_get(const struct sha256 *s, uint8_t out[SHA256_SIZE]);

/* SHA-256 of n bytes; data may be NULL when n is 0. */
void
sha256(const void *data, size_t n, uint8_t out[SHA256_SIZE]);

#endif
