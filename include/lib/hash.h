/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash: SipHash-2-4 (Aumasson and Bernstein, 2012) for tables an outsider can fill, and for content
 * ids.
 *
 * Pure functions, any thread.
 */
#ifndef WANGLOU_LIB_HASH_H
#define WANGLOU_LIB_HASH_H

#include <stddef.h>
#include <stdint.h>

struct hash_key {
	uint64_t k0, k1;
};

/* The key of everything that must be the same on every machine (ids, replay). */
#define HASH_KEY_FIXED ((struct hash_key){ 0x57616e676c6f7531ULL, 0x4861736853656564ULL })

/* SipHash-2-4 of n bytes. */
uint64_t
hash_bytes(struct hash_key key, const void *data, size_t n);

/* SipHash-1-3 of n bytes, for tables in the packet path. */
uint64_t
hash_fast(struct hash_key key, const void *data, size_t n);

/* hash_fast of the sixteen bytes of a and b (little endian), without the loop: for keys made of two
 * words. */
uint64_t
hash_two(struct hash_key key, uint64_t a, uint64_t b);

#endif
