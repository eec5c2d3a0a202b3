/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hold, one record:
 *
 *     u8 version 1, u8 kind, u8 lane, u8 name length, u32 skip, u64 received, u64 epoch,
 *     u64 first, u64 last, i64 clock offset, 16 bytes origin, name, frame (the rest)
 *
 * Integers are little endian.
 */
#include "record.h"

#define VERSION 1

static void
put_le(struct buf *b, uint64_t v, int bytes)
{
	for (int i = 0; i < bytes; i++)
		buf_u8(b, (uint8_t)(v >> 8 * i));
}

void
hold_encode(struct buf *out, const struct hold_record *r)
{
	size_t name = r->probe.len < FRAME_NAME ? r->probe.len : FRAME_NAME;
	buf_u8(out, VERSION);
	buf_u8(out, (uint8_t)r->kind);
	buf_u8(out, r->lane);
	buf_u8(out, (uint8_t)name);
	put_le(out, r->skip, 4);
	put_le(out, r->received, 8);
	put_le(out, r->epoch, 8);
	put_le(out, r->first, 8);
	put_le(out, r->last, 8);
	put_le(out, (uint64_t)r->clock_offset, 8);
	buf_add(out, r->origin, sizeof(r->origin));
	buf_add(out, r->probe.ptr, name);
	buf_add(out, r->frame.ptr, r->frame.len);
}

int
hold_decode(struct view record, struct hold_record *out)
{
	if (record.len < 64)
		return -1;
	struct cursor c = cursor_of_view(record);
	uint8_t version, kind, name;
	uint64_t offset;
	if (!cursor_u8(&c, &version) || !cursor_u8(&c, &kind) || !cursor_u8(&c, &out->lane) ||
	    !cursor_u8(&c, &name) || !cursor_u32_le(&c, &out->skip) ||
	    !cursor_u64_le(&c, &out->received) || !cursor_u64_le(&c, &out->epoch) ||
	    !cursor_u64_le(&c, &out->first) || !cursor_u64_le(&c, &out->last) ||
	    !cursor_u64_le(&c, &offset) || !cursor_copy(&c, out->origin, sizeof(out->origin)) ||
	    !cursor_take(&c, name, &out->probe) || !cursor_take(&c, cursor_left(&c), &out->frame))
		return -1;
	if (version != VERSION || kind < HOLD_BATCH || kind > HOLD_HOLE ||
	    out->lane >= LANE_COUNT || name > FRAME_NAME || out->first == 0 ||
	    out->last < out->first)
		return -1;
	out->kind = kind;
	out->clock_offset = (int64_t)offset;
	return 0;
}
