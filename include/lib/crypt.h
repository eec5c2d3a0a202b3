/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypt: what libgcrypt does for us; fenced behind src/lib/crypt.c.
 *
 * Digests of several kinds over one run of bytes. A struct is used by one thread at a time.
 */
#ifndef WANGLOU_LIB_CRYPT_H
#define WANGLOU_LIB_CRYPT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

enum crypt_kind { CRYPT_MD5, CRYPT_SHA1, CRYPT_SHA256, CRYPT_SM3, CRYPT_KINDS };

#define CRYPT_DIGEST_MAX 32

/* Before the first thread is made and before anything else here. -1 with a sentence when the
 * library cannot be used. */
int
crypt_init(struct err *e);

struct crypt_hash;

/* Digests of the kinds whose bits (1 << kind) are set. NULL when memory is out. */
struct crypt_hash *
crypt_hash_new(unsigned kinds);
/* NULL is allowed. */
void
crypt_hash_free(struct crypt_hash *h);

/* Begin anew. */
void
crypt_hash_reset(struct crypt_hash *h);
/* Take n more bytes. */
void
crypt_hash_add(struct crypt_hash *h, const void *data, size_t n);
/* The digest of what was added: 16, 20, 32 or 32 bytes, returned as a count; 0 when this kind was
 * not asked for. Nothing may be added afterwards. */
size_t
crypt_hash_get(struct crypt_hash *h, enum crypt_kind kind, uint8_t out[CRYPT_DIGEST_MAX]);

#endif
