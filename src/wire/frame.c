/* SPDX-License-Identifier: Apache-2.0 */
/* frame: see include/wire/frame.h. Encoding and decoding stand side by side, type by type. */
#include "wire/frame.h"

#include <assert.h>

#include "lib/crc32c.h"

static const char magic[4] = "WLFR";

/* ---- writing ---- */

static void
put_u16(struct buf *b, uint16_t v)
{
	buf_u8(b, (uint8_t)v);
	buf_u8(b, (uint8_t)(v >> 8));
}

static void
put_u32(struct buf *b, uint32_t v)
{
	put_u16(b, (uint16_t)v);
	put_u16(b, (uint16_t)(v >> 16));
}

static void
put_u64(struct buf *b, uint64_t v)
{
	put_u32(b, (uint32_t)v);
	put_u32(b, (uint32_t)(v >> 32));
}

static void
patch_u32(struct buf *b, size_t at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		b->ptr[at + (size_t)i] = (uint8_t)(v >> 8 * i);
}

/* Header with length and CRC left open; returns where it begins. */
static size_t
begin(struct buf *b, enum frame_type type, uint16_t flags)
{
	size_t at = b->len;
	buf_add(b, magic, sizeof(magic));
	buf_u8(b, FRAME_VERSION_MAX);
	buf_u8(b, (uint8_t)type);
	put_u16(b, flags);
	put_u32(b, 0);
	put_u32(b, 0);
	return at;
}

/* CRC over everything but the magic and itself. */
static uint32_t
frame_crc(const uint8_t *head, const uint8_t *payload, size_t n)
{
	return crc32c(crc32c(0, head + 4, 8), payload, n);
}

static void
end(struct buf *b, size_t at)
{
	if (b->failed)
		return;
	size_t n = b->len - at - FRAME_HEADER;
	assert(n + FRAME_HEADER <= FRAME_MAX);
	patch_u32(b, at + 8, (uint32_t)n);
	patch_u32(b, at + 12, frame_crc(b->ptr + at, b->ptr + at + FRAME_HEADER, n));
}

/* ---- HELLO ---- */

void
frame_hello(struct buf *out, const struct frame_hello *h)
{
	assert(h->name.len <= FRAME_NAME && h->lanes <= FRAME_LANES);
	size_t at = begin(out, FRAME_HELLO, 0);
	put_u16(out, h->version_min);
	put_u16(out, h->version_max);
	buf_add(out, h->origin, sizeof(h->origin));
	put_u64(out, h->epoch);
	put_u64(out, h->clock);
	buf_u8(out, (uint8_t)h->lanes);
	buf_u8(out, (uint8_t)h->name.len);
	put_u16(out, 0);
	for (uint32_t i = 0; i < h->lanes; i++) {
		put_u64(out, h->lane[i].first);
		put_u64(out, h->lane[i].next);
		put_u64(out, h->lane[i].acked);
	}
	buf_add(out, h->name.ptr, h->name.len);
	end(out, at);
}

static bool
hello_lane(struct cursor *c, struct frame_hello *h, uint32_t i)
{
	return cursor_u64_le(c, &h->lane[i].first) && cursor_u64_le(c, &h->lane[i].next) &&
	       cursor_u64_le(c, &h->lane[i].acked) && h->lane[i].next > 0 &&
	       h->lane[i].acked < h->lane[i].next;
}

static bool
name_ok(struct view name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.ptr[i] < 0x21 || name.ptr[i] > 0x7e)
			return false;
	return name.len > 0;
}

static bool
get_hello(struct cursor *c, struct frame_hello *h)
{
	uint8_t lanes, name;
	uint16_t unused;
	if (!cursor_u16_le(c, &h->version_min) || !cursor_u16_le(c, &h->version_max) ||
	    !cursor_copy(c, h->origin, sizeof(h->origin)) || !cursor_u64_le(c, &h->epoch) ||
	    !cursor_u64_le(c, &h->clock) || !cursor_u8(c, &lanes) || !cursor_u8(c, &name) ||
	    !cursor_u16_le(c, &unused) || lanes > FRAME_LANES || name > FRAME_NAME)
		return false;
	h->lanes = lanes;
	for (uint32_t i = 0; i < lanes; i++)
		if (!hello_lane(c, h, i))
			return false;
	return h->version_min <= h->version_max && cursor_take(c, name, &h->name) &&
	       name_ok(h->name);
}

/* ---- WELCOME, ACK ---- */

static void
put_grant(struct buf *out, enum frame_type type, const struct frame_grant *g)
{
	assert(g->lanes <= FRAME_LANES);
	size_t at = begin(out, type, 0);
	put_u16(out, g->version);
	buf_u8(out, (uint8_t)g->lanes);
	buf_u8(out, 0);
	put_u64(out, g->clock);
	put_u64(out, g->echo);
	for (uint32_t i = 0; i < g->lanes; i++) {
		put_u64(out, g->lane[i].acked);
		put_u64(out, g->lane[i].credit);
	}
	end(out, at);
}

void
frame_welcome(struct buf *out, const struct frame_grant *g)
{
	put_grant(out, FRAME_WELCOME, g);
}

void
frame_ack(struct buf *out, const struct frame_grant *g)
{
	put_grant(out, FRAME_ACK, g);
}

static bool
get_grant(struct cursor *c, struct frame_grant *g)
{
	uint8_t lanes, unused;
	if (!cursor_u16_le(c, &g->version) || !cursor_u8(c, &lanes) || !cursor_u8(c, &unused) ||
	    !cursor_u64_le(c, &g->clock) || !cursor_u64_le(c, &g->echo) || lanes > FRAME_LANES)
		return false;
	g->lanes = lanes;
	for (uint32_t i = 0; i < lanes; i++)
		if (!cursor_u64_le(c, &g->lane[i].acked) || !cursor_u64_le(c, &g->lane[i].credit))
			return false;
	return true;
}

/* ---- BATCH ---- */

void
frame_batch(struct buf *out, const struct frame_batch *b)
{
	size_t at = begin(out, FRAME_BATCH, b->flags);
	buf_add(out, b->origin, sizeof(b->origin));
	put_u64(out, b->epoch);
	buf_u8(out, b->lane);
	buf_u8(out, b->codec);
	put_u16(out, b->schema);
	put_u32(out, b->count);
	put_u64(out, b->first);
	put_u64(out, b->after);
	put_u64(out, (uint64_t)b->clock_offset);
	put_u32(out, b->raw_len);
	buf_add(out, b->body.ptr, b->body.len);
	end(out, at);
}

static bool
get_batch(struct cursor *c, struct frame_batch *b)
{
	uint64_t offset;
	if (!cursor_copy(c, b->origin, sizeof(b->origin)) || !cursor_u64_le(c, &b->epoch) ||
	    !cursor_u8(c, &b->lane) || !cursor_u8(c, &b->codec) || !cursor_u16_le(c, &b->schema) ||
	    !cursor_u32_le(c, &b->count) || !cursor_u64_le(c, &b->first) ||
	    !cursor_u64_le(c, &b->after) || !cursor_u64_le(c, &offset) ||
	    !cursor_u32_le(c, &b->raw_len) || !cursor_take(c, cursor_left(c), &b->body))
		return false;
	b->clock_offset = (int64_t)offset;
	if (b->lane >= LANE_COUNT || b->codec > FRAME_CODEC_ZSTD || b->count > FRAME_COUNT_MAX ||
	    b->raw_len > FRAME_RAW_MAX || b->first == 0 || b->first > UINT64_MAX / 2 ||
	    b->after >= b->first)
		return false;
	if (b->count == 0)
		return b->raw_len == 0 && b->body.len == 0 && b->first > b->after + 1;
	/* each event needs its length and its time */
	return b->raw_len / 12 >= b->count &&
	       (b->codec != FRAME_CODEC_NONE || b->body.len == b->raw_len);
}

/* ---- STATUS ---- */

void
frame_status(struct buf *out, const struct frame_status *s)
{
	assert(s->lanes <= FRAME_LANES);
	size_t at = begin(out, FRAME_STATUS, 0);
	put_u64(out, s->clock);
	buf_u8(out, (uint8_t)s->lanes);
	buf_u8(out, 0);
	put_u16(out, (uint16_t)s->json.len);
	for (uint32_t i = 0; i < s->lanes; i++) {
		put_u64(out, s->lane[i].next);
		put_u64(out, s->lane[i].acked);
		put_u64(out, s->lane[i].bytes);
	}
	assert(s->json.len <= UINT16_MAX);
	buf_add(out, s->json.ptr, s->json.len);
	end(out, at);
}

static bool
get_status(struct cursor *c, struct frame_status *s)
{
	uint8_t lanes, unused;
	uint16_t json;
	if (!cursor_u64_le(c, &s->clock) || !cursor_u8(c, &lanes) || !cursor_u8(c, &unused) ||
	    !cursor_u16_le(c, &json) || lanes > FRAME_LANES)
		return false;
	s->lanes = lanes;
	for (uint32_t i = 0; i < lanes; i++)
		if (!cursor_u64_le(c, &s->lane[i].next) || !cursor_u64_le(c, &s->lane[i].acked) ||
		    !cursor_u64_le(c, &s->lane[i].bytes))
			return false;
	return cursor_take(c, json, &s->json);
}

/* ---- ERROR, BYE ---- */

static void
put_error(struct buf *out, enum frame_type type, uint16_t code, const char *text)
{
	size_t n = strnlen(text, 255), at = begin(out, type, 0);
	put_u16(out, code);
	put_u16(out, (uint16_t)n);
	buf_add(out, text, n);
	end(out, at);
}

void
frame_error(struct buf *out, enum frame_error_code code, const char *text)
{
	put_error(out, FRAME_ERROR, (uint16_t)code, text);
}

void
frame_bye(struct buf *out, enum frame_bye_code code, const char *text)
{
	put_error(out, FRAME_BYE, (uint16_t)code, text);
}

static bool
get_error(struct cursor *c, struct frame_error *e)
{
	uint16_t n;
	return cursor_u16_le(c, &e->code) && cursor_u16_le(c, &n) && n <= 255 &&
	       cursor_take(c, n, &e->text);
}

/* ---- a whole frame ---- */

static bool
get_payload(struct cursor *c, struct frame *out)
{
	switch (out->type) {
	case FRAME_HELLO:
		return get_hello(c, &out->hello);
	case FRAME_WELCOME:
	case FRAME_ACK:
		return get_grant(c, &out->grant);
	case FRAME_BATCH:
		return get_batch(c, &out->batch);
	case FRAME_STATUS:
		return get_status(c, &out->status);
	case FRAME_ERROR:
	case FRAME_BYE:
		return get_error(c, &out->error);
	default:
		return false;
	}
}

int
frame_decode(struct view bytes, struct frame *out)
{
	struct cursor c = cursor_of_view(bytes);
	struct view head, payload;
	uint16_t flags;
	uint32_t length, crc;
	if (bytes.len > FRAME_MAX || !cursor_take(&c, sizeof(magic), &head) ||
	    memcmp(head.ptr, magic, sizeof(magic)) != 0)
		return -1;
	if (!cursor_u8(&c, &out->version) || !cursor_u8(&c, &out->type) ||
	    !cursor_u16_le(&c, &flags) || !cursor_u32_le(&c, &length) || !cursor_u32_le(&c, &crc))
		return -1;
	if (out->version < FRAME_VERSION_MIN || out->version > FRAME_VERSION_MAX ||
	    length != cursor_left(&c) || !cursor_take(&c, length, &payload) ||
	    crc != frame_crc(head.ptr, payload.ptr, payload.len))
		return -1;
	c = cursor_of_view(payload);
	if (!get_payload(&c, out))
		return -1;
	if (out->type == FRAME_BATCH)
		out->batch.flags = flags;
	return 0;
}

/* ---- events ---- */

void
frame_event_put(struct buf *out, uint64_t ts, struct view json)
{
	put_u32(out, (uint32_t)(8 + json.len));
	put_u64(out, ts);
	buf_add(out, json.ptr, json.len);
}

int
frame_event_next(struct cursor *c, struct frame_event *out)
{
	uint32_t n;
	struct cursor in;
	if (cursor_left(c) == 0)
		return 0;
	if (!cursor_u32_le(c, &n) || n > FRAME_EVENT_MAX + 8 || !cursor_sub(c, n, &in) ||
	    !cursor_u64_le(&in, &out->ts))
		return -1;
	out->json = (struct view){ in.at, cursor_left(&in) };
	return 1;
}
