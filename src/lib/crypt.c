/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/crypt.h"

#include <gcrypt.h>
#include <stdlib.h>
#include <string.h>

struct crypt_hash {
	gcry_md_hd_t md;
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
	if (!h || gcry_md_open(&h->md, 0, 0) != 0) {
		free(h);
		return NULL;
	}
	h->kinds = kinds;
	for (int i = 0; i < CRYPT_KINDS; i++) {
		if ((kinds & 1u << i) && gcry_md_enable(h->md, kind_row[i].algo) != 0) {
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

void
crypt_hash_reset(struct crypt_hash *h)
{
	gcry_md_reset(h->md);
}

void
crypt_hash_add(struct crypt_hash *h, const void *data, size_t n)
{
	if (n)
		gcry_md_write(h->md, data, n);
}

size_t
crypt_hash_get(struct crypt_hash *h, enum crypt_kind kind, uint8_t out[CRYPT_DIGEST_MAX])
{
	if (!(h->kinds & 1u << kind))
		return 0;
	memcpy(out, gcry_md_read(h->md, kind_row[kind].algo), kind_row[kind].size);
	return kind_row[kind].size;
}
