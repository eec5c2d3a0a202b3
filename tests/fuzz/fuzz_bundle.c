/* SPDX-License-Identifier: Apache-2.0 */
/* Bundles: as they are, and (first byte) with a head that somebody whom we trust has signed. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "probe/bundle.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The head, its signature, and what stands behind. */
static void
write_signed(int fd, const struct keys_pair *key, struct view v)
{
	uint8_t signature[KEYS_SIGNATURE];
	struct err e;
	const uint8_t *end = v.len ? memmem(v.ptr, v.len, "\n\n", 2) : NULL;
	size_t n = end ? (size_t)(end - v.ptr) + 2 : v.len;
	if (keys_sign(key, (struct view){ v.ptr, n }, signature, &e) != 0)
		abort();
	dprintf(fd, "%.*s", (int)n, n ? (const char *)v.ptr : "");
	dprintf(fd, "signature: ");
	for (size_t i = 0; i < sizeof(signature); i++)
		dprintf(fd, "%02x", signature[i]);
	dprintf(fd, "\n");
	if (v.len > n && write(fd, v.ptr + n, v.len - n) < 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct keys_pair key;
	char path[] = "/tmp/wanglou-bundle-XXXXXX";
	struct bundle b;
	struct err e;
	int fd = mkstemp(path);
	if (fd < 0 || (!key.signs && keys_make_signer(&key, "office", "2026-11-22", &e) != 0))
		abort();
	if (size && data[0] == 's')
		write_signed(fd, &key, (struct view){ data + 1, size - 1 });
	else if (size && write(fd, data, size) < 0)
		abort();
	close(fd);
	(void)bundle_open(&b, path, &key, &e);
	bundle_close(&b);
	unlink(path);
	return 0;
}
