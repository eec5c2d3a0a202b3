/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/rdp.h"

#include "probe/l7/parse.h"

#define TPKT_HEAD 4
#define CONFIRM_FIXED 6 /* type, references, class */

long
rdp_frame(struct view bytes, struct rdp_frame *out)
{
	struct cursor c = cursor_of_view(bytes), in;
	uint8_t version, reserved, header;
	uint16_t length;
	if (!cursor_u8(&c, &version))
		return L7_MORE;
	if (version != 3)
		return L7_BAD;
	if (!cursor_u8(&c, &reserved) || !cursor_u16(&c, &length))
		return L7_MORE;
	if (length < TPKT_HEAD + 3)
		return L7_BAD;
	if (!cursor_sub(&c, length - TPKT_HEAD, &in))
		return L7_MORE;
	if (!cursor_u8(&in, &header) || !cursor_u8(&in, &out->type))
		return L7_BAD;
	out->type &= 0xf0;
	bool data = out->type == RDP_DT;
	if (!data && out->type != RDP_CR && out->type != RDP_CC)
		return L7_BAD;
	if (header < (data ? 2 : CONFIRM_FIXED) || !cursor_skip(&in, data ? 1 : 5) ||
	    !cursor_take(&in, cursor_left(&in), &out->payload))
		return L7_BAD;
	return length;
}

/* A line "Cookie: mstshash=name" or a routing token. */
static void
cookie(struct cursor *c, struct rdp_negotiation *out)
{
	static const char hash[] = "Cookie: mstshash=", token[] = "Cookie: msts=";
	struct cursor at = *c;
	struct view line;
	if (!cursor_line(&at, &line))
		return;
	struct cursor in = cursor_of_view(line);
	if (line.len >= sizeof(hash) - 1 && memcmp(line.ptr, hash, sizeof(hash) - 1) == 0) {
		(void)cursor_skip(&in, sizeof(hash) - 1);
		(void)cursor_take(&in, cursor_left(&in), &out->cookie);
	} else if (line.len >= sizeof(token) - 1 &&
		   memcmp(line.ptr, token, sizeof(token) - 1) == 0) {
		(void)cursor_skip(&in, sizeof(token) - 1);
		(void)cursor_take(&in, cursor_left(&in), &out->token);
	} else {
		return;
	}
	*c = at;
}

bool
rdp_negotiation(struct view payload, struct rdp_negotiation *out)
{
	struct cursor c = cursor_of_view(payload);
	uint16_t length;
	*out = (struct rdp_negotiation){ 0 };
	cookie(&c, out);
	if (!cursor_left(&c))
		return true;
	if (!cursor_u8(&c, &out->type) || !cursor_u8(&c, &out->flags) ||
	    !cursor_u16_le(&c, &length) || !cursor_u32_le(&c, &out->value))
		return out->cookie.ptr != NULL;
	return out->type >= RDP_NEG_REQUEST && out->type <= RDP_NEG_FAILURE && length == 8;
}

/* PER's length determinant (X.691, 11.9): one byte, or two with the high bit. */
static bool
per_length(struct cursor *c, uint16_t *out)
{
	uint8_t b, low;
	if (!cursor_u8(c, &b))
		return false;
	*out = b;
	if (b & 0x80) {
		if (!cursor_u8(c, &low))
			return false;
		*out = (uint16_t)((b & 0x3f) << 8 | low);
	}
	return true;
}

bool
rdp_connect(struct view payload, bool *request, struct cursor *blocks)
{
	static const char client[] = "Duca", server[] = "McDn";
	struct cursor c = cursor_of_view(payload);
	uint8_t application, tag;
	uint16_t length;
	if (!cursor_u8(&c, &application) || application != 0x7f || !cursor_u8(&c, &tag) ||
	    (tag != 0x65 && tag != 0x66))
		return false;
	*request = tag == 0x65;
	const uint8_t *at = memmem(c.at, cursor_left(&c), *request ? client : server, 4);
	if (!at || !cursor_skip(&c, (size_t)(at - c.at) + 4) || !per_length(&c, &length))
		return false;
	if (!cursor_sub(&c, length, blocks))
		*blocks = c;
	return true;
}

bool
rdp_block(struct cursor *blocks, struct rdp_block *out)
{
	struct cursor at = *blocks;
	uint16_t length;
	if (!cursor_u16_le(&at, &out->type) || !cursor_u16_le(&at, &length) || length < 4 ||
	    !cursor_take(&at, length - 4u, &out->data))
		return false;
	*blocks = at;
	return true;
}

/* What later versions added; each may be where the data ends. */
static void
core_more(struct cursor *c, struct rdp_core *out)
{
	uint16_t beta, n16;
	uint32_t n32;
	uint8_t n8;
	if (!cursor_u16_le(c, &beta) || !cursor_u16_le(c, &n16))
		return;
	out->product_id = n16;
	if (!cursor_u32_le(c, &n32))
		return;
	out->serial = n32;
	if (!cursor_u16_le(c, &n16))
		return;
	out->high_color_depth = n16;
	if (!cursor_u16_le(c, &n16) || !cursor_u16_le(c, &n16))
		return;
	out->capabilities = n16;
	if (!cursor_take(c, 64, &out->id) || !cursor_u8(c, &n8))
		return;
	out->connection_type = n8;
	if (cursor_skip(c, 1) && cursor_u32_le(c, &n32))
		out->selected_protocol = n32;
}

bool
rdp_core(struct view data, struct rdp_core *out)
{
	struct cursor c = cursor_of_view(data);
	*out = (struct rdp_core){ .product_id = -1,
		.serial = -1,
		.high_color_depth = -1,
		.capabilities = -1,
		.connection_type = -1,
		.selected_protocol = -1 };
	if (!cursor_u32_le(&c, &out->version) || !cursor_u16_le(&c, &out->width) ||
	    !cursor_u16_le(&c, &out->height) || !cursor_u16_le(&c, &out->color_depth) ||
	    !cursor_skip(&c, 2) || !cursor_u32_le(&c, &out->keyboard_layout) ||
	    !cursor_u32_le(&c, &out->build) || !cursor_take(&c, 32, &out->name) ||
	    !cursor_u32_le(&c, &out->keyboard_type) || !cursor_u32_le(&c, &out->keyboard_subtype) ||
	    !cursor_u32_le(&c, &out->function_keys) || !cursor_take(&c, 64, &out->ime))
		return false;
	core_more(&c, out);
	return true;
}
