/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sha256: SHA-256 (FIPS 180-4), for formats that demand it (JA4). Not for secrets.
 *
 * Pure function, any thread.
 */
#ifndef WANGLOU_LIB_SHA256_H
#define WANGLOU_LIB_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32

/* SHA-256 of n bytes; data may be NULL when n is 0. */
void
sha256(const void *data, size_t n, uint8_t out[SHA256_SIZE]);

#endif
