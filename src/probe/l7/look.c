/* SPDX-License-Identifier: Apache-2.0 */
#include "look.h"
#include "row.h"
#include "window.h"

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

#define GROWS (L7_READY_TO_SERVER | L7_READY_TO_CLIENT)

bool
l7_tx_buffer(const struct l7_tx *tx, const struct l7_ask *ask, struct view *out)
{
	const struct l7_buffer_row *b = l7_buffer_row((enum l7_buffer)ask->what);
	const struct l7_row *row = l7_row(tx->proto);
	if (!b || !row)
		return false;
	if (!(b->protos & (uint64_t)1 << tx->proto))
		return tx->around && l7_tx_buffer(tx->around, ask, out);
	if (b->when & GROWS)
		return windows_buffer(tx, ask, out);
	return row->buffer && tx->data && row->buffer(tx->data, ask, out);
}

bool
l7_tx_number(const struct l7_tx *tx, const struct l7_ask *ask, uint64_t *out)
{
	const struct l7_number_row *n = l7_number_row((enum l7_number)ask->what);
	const struct l7_row *row = l7_row(tx->proto);
	if (n && tx->around && !(n->protos & (uint64_t)1 << tx->proto))
		return l7_tx_number(tx->around, ask, out);
	if (!n || !row || !row->number || !tx->data || !(n->protos & (uint64_t)1 << tx->proto))
		return false;
	return row->number(tx->data, ask, out);
}

uint64_t
l7_over(uint64_t protos, bool tcp)
{
	uint64_t over = 0;
	for (uint8_t i = L7_UNKNOWN + 1; i < L7_COUNT; i++)
		over |= (uint64_t)(tcp ? l7_row(i)->tcp : l7_row(i)->udp) << i;
	return protos & over;
}
