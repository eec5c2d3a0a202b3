/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crypt: what libgcrypt does for us; fenced behind src/lib/crypt.c.
 *
 * Digests of several kinds over one run of bytes (SHA-256 by lib/sha256.h); what opens packets
 * whose keys anybody can derive (QUIC's first ones). A struct is used by one thread at a time.
 */
#ifndef WANGLOU_LIB_CRYPT_H
#define WANGLOU_LIB_CRYPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"
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

/* Which kinds it makes. */
unsigned
crypt_hash_kinds(const struct crypt_hash *h);
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

/* HMAC-SHA-256, AES-128 in ECB and GCM, made ready once. */
struct crypt_box;

/* NULL when memory is out or the library lacks one of them. */
struct crypt_box *
crypt_box_new(void);
/* NULL is allowed. */
void
crypt_box_free(struct crypt_box *b);

/* HKDF-Extract with SHA-256 (RFC 5869, 2.2). */
bool
crypt_hkdf_extract(struct crypt_box *b, struct view salt, struct view secret, uint8_t out[32]);
/* HKDF-Expand-Label with an empty context (RFC 8446, 7.1), n up to 32; `label` without "tls13 ". */
bool
crypt_hkdf_label(
    struct crypt_box *b, const uint8_t secret[32], const char *label, uint8_t *out, size_t n);
/* One block of AES-128. */
bool
crypt_aes_block(struct crypt_box *b, const uint8_t key[16], const uint8_t in[16], uint8_t out[16]);
/* Decrypt n bytes in place, of which the last 16 are the tag (RFC 5116, 5.1). False: they are not
 * what was sealed with this key. */
bool
crypt_gcm_open(struct crypt_box *b, const uint8_t key[16], const uint8_t nonce[12],
    struct view clear, uint8_t *sealed, size_t n);

#endif
