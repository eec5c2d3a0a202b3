/* SPDX-License-Identifier: Apache-2.0 */
#include "look.h"

#include <string.h>

bool
look_text(const struct l7_ask *ask, const char *text, struct view *out)
{
	*out = (struct view){ (const uint8_t *)text, text ? strlen(text) : 0 };
	return text && ask->i == 0;
}

bool
look_hex(const struct l7_ask *ask, struct view bytes, char sep, bool upper, struct view *out)
{
	const char *digit = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	struct cursor c = cursor_of_view(bytes);
	uint8_t *text = scratch_get(ask->scratch, bytes.len * 3 + 1), byte;
	size_t n = 0;
	if (!text)
		return false;
	while (cursor_u8(&c, &byte)) {
		if (n && sep)
			text[n++] = (uint8_t)sep;
		text[n++] = (uint8_t)digit[byte >> 4];
		text[n++] = (uint8_t)digit[byte & 15];
	}
	*out = (struct view){ text, n };
	return true;
}
