/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sha1: SHA-1 (FIPS 180-4), for formats that demand it (Community ID, certificate fingerprints).
 * Not for secrets.
 *
 * Pure function, any thread.
 */
#ifndef WANGLOU_LIB_SHA1_H
#define WANGLOU_LIB_SHA1_H

#include <stddef.h>
#include <stdint.h>

/* SHA-1 of n bytes; data may be NULL when n is 0. */
void
sha1(const void *data, size_t n, uint8_t out[20]);

#endif
