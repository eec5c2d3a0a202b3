/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/mask.h"

#include "lib/hash.h"
#include "lib/hex.h"

void
mask_secret(struct jw *w, struct view secret)
{
	char text[3 + 16 + 1] = "***";
	uint8_t bytes[8];
	if (!secret.len) {
		jw_text(w, "");
		return;
	}
	uint64_t h = hash_bytes(w->secret, secret.ptr, secret.len);
	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(h >> (56 - 8 * i));
	hex_text(text + 3, bytes, 8);
	jw_text(w, text);
}
