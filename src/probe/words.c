/* SPDX-License-Identifier: Apache-2.0 */
/* words: see words.h. */
#include "words.h"

#include <string.h>

#include "lib/crypt.h"
#include "probe/l7.h"

int
words_protocols(const struct conf_list *names, uint64_t *off, struct err *e)
{
	for (size_t i = 0; i < names->n; i++) {
		uint8_t proto = l7_proto_number(names->item[i]);
		if (proto == L7_UNKNOWN)
			return err_set(e, "l7.off: no protocol \"%s\" is parsed", names->item[i]);
		*off |= UINT64_C(1) << proto;
	}
	return 0;
}

int
words_digests(const struct conf_list *names, unsigned *bits, struct err *e)
{
	static const char *const kinds[CRYPT_KINDS] = { [CRYPT_MD5] = "md5",
		[CRYPT_SHA1] = "sha1",
		[CRYPT_SHA256] = "sha256",
		[CRYPT_SM3] = "sm3" };

	for (size_t i = 0; i < names->n; i++) {
		int k = 0;
		while (k < CRYPT_KINDS && strcmp(names->item[i], kinds[k]) != 0)
			k++;
		if (k == CRYPT_KINDS)
			return err_set(e, "files.digests: \"%s\" is none of md5, sha1, sha256, sm3",
			    names->item[i]);
		*bits |= 1u << k;
	}
	return 0;
}
