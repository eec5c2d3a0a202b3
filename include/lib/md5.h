/* SPDX-License-Identifier: Apache-2.0 */
/*
 * md5: MD5 (RFC 1321), for the fingerprints that are defined by it (JA3, JA3S, HASSH). Not for
 * security.
 *
 * Pure but for the struct given. Any thread.
 */
#ifndef WANGLOU_LIB_MD5_H
#define WANGLOU_LIB_MD5_H

#include <stddef.h>
#include <stdint.h>

#define MD5_SIZE 16

struct md5 {
	uint32_t state[4];
	uint64_t bytes;
	uint8_t block[64];
};

/* Begin. */
void
md5_init(struct md5 *m);

/* Take n more bytes. */
void
md5_add(struct md5 *m, const void *data, size_t n);

/* End; the struct must be initialised again before further use. */
void
md5_done(struct md5 *m, uint8_t out[MD5_SIZE]);

#endif
