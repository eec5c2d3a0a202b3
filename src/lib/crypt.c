/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/crypt.h"

#include <gcrypt.h>
#include <stdlib.h>
#include <string.h>

#include "lib/sha256.h"

/* SHA-256, which every file has, is ours: libgcrypt's way to its blocks costs more than they do. */
#define OWN (1u << CRYPT_SHA256)

struct crypt_hash {
	gcry_md_hd_t md; /* NULL: of no other kind */
	struct sha256 sha256;
	unsigned kinds;
};

static const struct {
	int algo;
	size_t size;
} kind_row[CRYPT_KINDS] = {
	[CRYPT_MD5] = { GCRY_MD_MD5, 16 },
	[CRYPT_SHA1] = { GCRY_MD_SHA1, 20 },
	[CRYPT_SHA256] = { GCRY_MD_SHA256, 32 },
	[CRYPT_SM3] = { GCRY_MD_SM3, 32 },
};

int
crypt_init(struct err *e)
{
	if (gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P))
		return 0;
	if (!gcry_check_version("1.9.0")) /* SM3 */
		return err_set(
		    e, "libgcrypt %s is too old, 1.9 is needed", gcry_check_version(NULL));
	gcry_control(GCRYCTL_DISABLE_SECMEM, 0);
	gcry_control(GCRYCTL_INITIALIZATION_FINISHED, 0);
	return 0;
}

struct crypt_hash *
crypt_hash_new(unsigned kinds)
{
	struct crypt_hash *h = calloc(1, sizeof(*h));
	if (!h || ((kinds & ~OWN) && gcry_md_open(&h->md, 0, 0) != 0)) {
		free(h);
		return NULL;
	}
	h->kinds = kinds;
	sha256_begin(&h->sha256);
	for (int i = 0; i < CRYPT_KINDS; i++) {
		if ((kinds & ~OWN & 1u << i) && gcry_md_enable(h->md, kind_row[i].algo) != 0) {
			crypt_hash_free(h);
			return NULL;
		}
	}
	return h;
}

void
crypt_hash_free(struct crypt_hash *h)
{
	if (!h)
		return;
	gcry_md_close(h->md);
	free(h);
}

unsigned
crypt_hash_kinds(const struct crypt_hash *h)
{
	return h->kinds;
}

void
crypt_hash_reset(struct crypt_hash *h)
{
	sha256_begin(&h->sha256);
	if (h->md)
		gcry_md_reset(h->md);
}

void
crypt_hash_add(struct crypt_hash *h, const void *data, size_t n)
{
	if (h->kinds & OWN)
		sha256_add(&h->sha256, data, n);
	if (h->md && n)
		gcry_md_write(h->md, data, n);
}

size_t
crypt_hash_get(struct crypt_hash *h, enum crypt_kind kind, uint8_t out[CRYPT_DIGEST_MAX])
{
	if (!(h->kinds & 1u << kind))
		return 0;
	if (kind == CRYPT_SHA256)
		sha256_get(&h->sha256, out);
	else
		memcpy(out, gcry_md_read(h->md, kind_row[kind].algo), kind_row[kind].size);
	return kind_row[kind].size;
}

struct crypt_box {
	gcry_md_hd_t hmac;
	gcry_cipher_hd_t ecb, gcm;
};

struct crypt_box *
crypt_box_new(void)
{
	struct crypt_box *b = calloc(1, sizeof(*b));
	if (b && gcry_md_open(&b->hmac, GCRY_MD_SHA256, GCRY_MD_FLAG_HMAC) == 0 &&
	    gcry_cipher_open(&b->ecb, GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_ECB, 0) == 0 &&
	    gcry_cipher_open(&b->gcm, GCRY_CIPHER_AES128, GCRY_CIPHER_MODE_GCM, 0) == 0)
		return b;
	crypt_box_free(b);
	return NULL;
}

void
crypt_box_free(struct crypt_box *b)
{
	if (!b)
		return;
	gcry_md_close(b->hmac);
	gcry_cipher_close(b->ecb);
	gcry_cipher_close(b->gcm);
	free(b);
}

static bool
hmac(struct crypt_box *b, struct view key, struct view data, uint8_t out[32])
{
	if (gcry_md_setkey(b->hmac, key.ptr, key.len) != 0)
		return false;
	gcry_md_write(b->hmac, data.ptr, data.len);
	memcpy(out, gcry_md_read(b->hmac, GCRY_MD_SHA256), 32);
	return true;
}

bool
crypt_hkdf_extract(struct crypt_box *b, struct view salt, struct view secret, uint8_t out[32])
{
	return hmac(b, salt, secret, out);
}

bool
crypt_hkdf_label(
    struct crypt_box *b, const uint8_t secret[32], const char *label, uint8_t *out, size_t n)
{
	/* struct { length, label<7..255>, context<0..255> }, then the number of the block */
	uint8_t info[64] = { 0, (uint8_t)n, (uint8_t)(6 + strlen(label)) }, block[32];
	size_t len = 3, more = strlen(label);
	if (n > sizeof(block) || more > 40)
		return false;
	memcpy(info + len, "tls13 ", 6);
	memcpy(info + len + 6, label, more);
	len += 6 + more;
	info[len++] = 0;
	info[len++] = 1;
	if (!hmac(b, (struct view){ secret, 32 }, (struct view){ info, len }, block))
		return false;
	memcpy(out, block, n);
	return true;
}

bool
crypt_aes_block(struct crypt_box *b, const uint8_t key[16], const uint8_t in[16], uint8_t out[16])
{
	return gcry_cipher_setkey(b->ecb, key, 16) == 0 &&
	       gcry_cipher_encrypt(b->ecb, out, 16, in, 16) == 0;
}

bool
crypt_gcm_open(struct crypt_box *b, const uint8_t key[16], const uint8_t nonce[12],
    struct view clear, uint8_t *sealed, size_t n)
{
	if (n < 16)
		return false;
	return gcry_cipher_reset(b->gcm) == 0 && gcry_cipher_setkey(b->gcm, key, 16) == 0 &&
	       gcry_cipher_setiv(b->gcm, nonce, 12) == 0 &&
	       gcry_cipher_authenticate(b->gcm, clear.ptr, clear.len) == 0 &&
	       (n == 16 || gcry_cipher_decrypt(b->gcm, sealed, n - 16, NULL, 0) == 0) &&
	       gcry_cipher_checktag(b->gcm, sealed + n - 16, 16) == 0;
}
