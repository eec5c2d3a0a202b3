/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/websocket.h"

#include "probe/l7/parse.h"

/* RFC 6455, 5.2: 7 bits, or 16, or 63; the shortest must be taken. */
static long
length(struct cursor *c, uint8_t small, uint64_t *out)
{
	uint16_t n16;
	*out = small;
	if (small == 126) {
		if (!cursor_u16(c, &n16))
			return L7_MORE;
		*out = n16;
		return n16 < 126 ? L7_BAD : 0;
	}
	if (small == 127) {
		if (!cursor_u64(c, out))
			return L7_MORE;
		return *out < 65536 || *out >> 63 ? L7_BAD : 0;
	}
	return 0;
}

/* The code at the beginning of a close's payload. */
static bool
close_code(struct cursor c, struct websocket_frame *out)
{
	uint16_t code;
	if (out->opcode != WEBSOCKET_CLOSE || out->length < 2)
		return true;
	if (!cursor_u16(&c, &code))
		return false;
	out->code = code ^ (out->masked ? (uint16_t)(out->mask >> 16) : 0);
	return true;
}

long
websocket_header(struct view bytes, struct websocket_frame *out)
{
	struct cursor c = cursor_of_view(bytes);
	uint8_t first, second;
	*out = (struct websocket_frame){ .code = -1 };
	if (!cursor_u8(&c, &first) || !cursor_u8(&c, &second))
		return L7_MORE;
	out->fin = first & 0x80;
	out->compressed = first & 0x40;
	out->reserved = first & 0x30;
	out->opcode = first & 0x0f;
	out->masked = second & 0x80;
	long rc = length(&c, second & 0x7f, &out->length);
	if (rc < 0)
		return rc;
	if (out->opcode & 8 && out->length > 125)
		return L7_BAD;
	if (out->masked && !cursor_u32(&c, &out->mask))
		return L7_MORE;
	return close_code(c, out) ? (long)(bytes.len - cursor_left(&c)) : L7_MORE;
}

const char *
websocket_opcode_name(uint8_t opcode)
{
	static const char *const names[16] = { [WEBSOCKET_CONTINUATION] = "continuation",
		[WEBSOCKET_TEXT] = "text",
		[WEBSOCKET_BINARY] = "binary",
		[WEBSOCKET_CLOSE] = "connection_close",
		[WEBSOCKET_PING] = "ping",
		[WEBSOCKET_PONG] = "pong" };
	return opcode < 16 ? names[opcode] : NULL;
}
