/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/2 in clear text in the table of protocols: known by its preface, by the server's SETTINGS,
 * or agreed on in HTTP/1.1. A stream is a transaction; so is each frame of stream 0 that says
 * something of the connection.
 */
#include "http2_state.h"

#define FRAME_MAX 16384   /* what everybody takes (RFC 9113, 4.2) */
#define CONTROL_MAX 60000 /* payload we keep until it is whole */
#define BLOCK_MAX 60000   /* header block in several frames */

static enum l7_guess
probe(const struct l7_first *first)
{
	struct view preface = view_of(HTTP2_PREFACE);
	struct http2_frame f;
	struct cursor c = cursor_of_view(first->data);
	uint32_t value;
	uint16_t id;
	if (first->dir == DIR_TO_SERVER) {
		size_t n = first->data.len < preface.len ? first->data.len : preface.len;
		if (memcmp(first->data.ptr, preface.ptr, n) != 0)
			return L7_NO;
		return n < preface.len ? L7_MAYBE : L7_YES;
	}
	if (http2_frame(first->data, &f) < 0)
		return *first->data.ptr ? L7_NO : L7_MAYBE;
	if (f.type != HTTP2_SETTINGS || f.flags || f.stream || f.length % 6 || f.length > 96)
		return L7_NO;
	(void)cursor_skip(&c, HTTP2_HEADER);
	if (cursor_left(&c) < f.length)
		return L7_MAYBE;
	while (f.length && http2_setting(&c, &id, &value)) {
		if (!id || id > 9)
			return L7_NO;
		f.length -= 6;
	}
	return L7_YES;
}

static bool
row_open(struct l7 *l, struct l7_flow *lf)
{
	struct http2_state *s = lf->state;
	const struct http_upgrade *u = http_upgraded(lf->before);
	for (int i = 0; i < 2; i++) {
		s->side[i].hpack.max = HPACK_TABLE;
		s->side[i].max_frame = FRAME_MAX;
	}
	if (u)
		http2_begin_upgraded(l, lf, u);
	return true;
}

/* HEADERS, PUSH_PROMISE, CONTINUATION: a block that is whole is read. */
static bool
block_frame(struct l7 *l, struct l7_flow *lf, struct view payload, enum dir dir)
{
	struct http2_side *s = &((struct http2_state *)lf->state)->side[dir];
	const struct http2_frame *f = &s->frame;
	bool goes_on = f->type == HTTP2_CONTINUATION;
	if (!goes_on && f->flags & HTTP2_END_HEADERS)
		return http2_headers(l, lf, f, payload, dir);
	if (!goes_on) { /* padding and priority are of the first frame: it is kept without them */
		uint32_t promised;
		struct view block;
		int weight;
		s->first = *f;
		s->first.flags &= (uint8_t) ~(HTTP2_PADDED | HTTP2_PRIORITISED);
		s->first.type = HTTP2_HEADERS;
		hold_drop(&l->pool, &s->block);
		if (!http2_block(f, payload, &block, &weight, &promised))
			return false;
		s->first.stream = promised ? promised : f->stream;
		payload = block;
	}
	if (s->first.stream == 0 || s->block.len + payload.len > BLOCK_MAX ||
	    (payload.len && !hold_add(&l->pool, &s->block, payload))) {
		l7_odd(l, lf, "header_bomb", -1, dir);
		return false;
	}
	if (!(f->flags & HTTP2_END_HEADERS))
		return true;
	bool ok = http2_headers(l, lf, &s->first, hold_view(&s->block), dir);
	hold_drop(&l->pool, &s->block);
	return ok;
}

static void
reset_stream(struct l7 *l, struct l7_flow *lf, uint32_t code, enum dir dir)
{
	struct http2_side *s = &((struct http2_state *)lf->state)->side[dir];
	struct http2_tx *tx = http2_stream(l, lf, s->frame.stream, false);
	if (!tx)
		return;
	tx->half[dir].error = code;
	http2_done(l, lf, tx, dir);
}

/* A frame that is whole. False: what follows cannot be read. */
static bool
control(struct l7 *l, struct l7_flow *lf, struct view payload, enum dir dir)
{
	const struct http2_side *s = &((struct http2_state *)lf->state)->side[dir];
	struct cursor c = cursor_of_view(payload);
	uint32_t code;
	http2_seen(l, lf, &s->frame, payload, dir);
	switch (s->frame.type) {
	case HTTP2_HEADERS:
	case HTTP2_PUSH_PROMISE:
	case HTTP2_CONTINUATION:
		return block_frame(l, lf, payload, dir);
	case HTTP2_SETTINGS:
		if (payload.len % 6 || s->frame.stream)
			l7_odd(l, lf, "invalid_frame_length", -1, dir);
		if (!(s->frame.flags & HTTP2_END_STREAM))
			http2_settings(l, lf, payload, dir);
		return true;
	case HTTP2_RST_STREAM:
		if (cursor_u32(&c, &code))
			reset_stream(l, lf, code, dir);
		return true;
	case HTTP2_GOAWAY:
		if (cursor_skip(&c, 4) && cursor_u32(&c, &code))
			http2_goaway(l, lf, code, dir);
		return true;
	default:
		return true;
	}
}

/* DATA as it comes; other frames that are too long are passed by in the same way. */
static void
stream_bytes(struct l7 *l, struct l7_flow *lf, struct cursor *c, enum dir dir)
{
	struct http2_side *s = &((struct http2_state *)lf->state)->side[dir];
	size_t left = cursor_left(c), n = s->left < left ? s->left : left;
	struct view bytes;
	(void)cursor_take(c, n, &bytes);
	size_t content = s->left > s->pad ? s->left - s->pad : 0;
	bytes.len = n < content ? n : content;
	s->left -= (uint32_t)n;
	s->inside = s->left > 0;
	if (s->frame.type != HTTP2_DATA)
		return;
	struct http2_tx *tx = http2_stream(l, lf, s->frame.stream, false);
	if (tx && bytes.len)
		http2_data(l, lf, tx, bytes, dir);
	if (tx && !s->left && s->frame.flags & HTTP2_END_STREAM)
		http2_ended(l, lf, tx, dir);
}

/* Its header was read: false when more is needed first. */
static bool
begin_data(struct l7 *l, struct l7_flow *lf, struct cursor *c, enum dir dir)
{
	struct http2_side *s = &((struct http2_state *)lf->state)->side[dir];
	uint8_t pad = 0;
	s->left = s->frame.length;
	if (s->frame.type == HTTP2_DATA && s->frame.flags & HTTP2_PADDED && s->left) {
		if (!cursor_u8(c, &pad))
			return false;
		s->left--;
	}
	s->pad = pad < s->left ? pad : s->left;
	s->inside = true;
	if (s->frame.type == HTTP2_DATA)
		http2_seen(l, lf, &s->frame, (struct view){ 0 }, dir);
	if (s->frame.length > s->max_frame && s->frame.length > FRAME_MAX)
		l7_odd(l, lf, "long_frame_data", -1, dir);
	stream_bytes(l, lf, c, dir);
	return true;
}

static void
say_frames(struct l7 *l, struct l7_flow *lf, struct view bytes, uint32_t length)
{
	struct cursor c = cursor_of_view(bytes);
	struct l7_framed frame = { .type = L7_FRAME_HTTP2_PDU,
		.at = bytes.ptr,
		.length = HTTP2_HEADER + (uint64_t)length,
		.tx_id = -1 };
	l7_frame_say(l, lf, &frame);
	l7_frame(l, lf, L7_FRAME_HTTP2_HDR, (struct view){ bytes.ptr, HTTP2_HEADER }, -1);
	(void)cursor_skip(&c, HTTP2_HEADER);
	frame.type = L7_FRAME_HTTP2_DATA;
	frame.at = c.at;
	frame.length = length;
	l7_frame_say(l, lf, &frame);
}

/* One frame, or a part of it. 0: more is needed; below: nothing can be read any more. */
static int
frame(struct l7 *l, struct l7_flow *lf, struct cursor *c, enum dir dir)
{
	struct http2_side *s = &((struct http2_state *)lf->state)->side[dir];
	struct cursor at = *c;
	struct view payload, here = { c->at, cursor_left(c) };
	if (http2_frame(here, &s->frame) < 0)
		return 0;
	(void)cursor_skip(&at, HTTP2_HEADER);
	bool data = s->frame.type == HTTP2_DATA || s->frame.length > CONTROL_MAX;
	if (data) {
		bool block = s->frame.type == HTTP2_HEADERS ||
			     s->frame.type == HTTP2_CONTINUATION ||
			     s->frame.type == HTTP2_PUSH_PROMISE;
		if (block)
			return -1;
		uint32_t length = s->frame.length;
		if (!begin_data(l, lf, &at, dir))
			return 0;
		if (l7_framed(l, lf))
			say_frames(l, lf, here, length);
		*c = at;
		return 1;
	}
	if (!cursor_take(&at, s->frame.length, &payload))
		return 0;
	if (l7_framed(l, lf))
		say_frames(l, lf, here, s->frame.length);
	*c = at;
	return control(l, lf, payload, dir) ? 1 : -1;
}

/* The client agreed to this protocol in HTTP/1.1 and speaks something else. */
static void
not_changed(struct l7 *l, const struct l7_flow *lf)
{
	struct l7_flow *before = lf->before;
	if (before && before->proto == L7_HTTP)
		l7_odd(l, before, "FAILED_PROTOCOL_CHANGE", (int64_t)before->next_id - 1,
		    DIR_TO_SERVER);
}

/* The client's first words, again after an upgrade. 0: more is needed. */
static int
preface(struct l7 *l, struct l7_flow *lf, struct http2_side *s, struct cursor *c)
{
	struct view want = view_of(HTTP2_PREFACE);
	size_t left = cursor_left(c), n = left < want.len ? left : want.len;
	if (memcmp(c->at, want.ptr, n) != 0) {
		s->started = true; /* picked up on the way */
		not_changed(l, lf);
		return 1;
	}
	if (n < want.len)
		return 0;
	s->started = true;
	(void)cursor_skip(c, n);
	return 1;
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct http2_side *s = &((struct http2_state *)lf->state)->side[dir];
	struct cursor c = cursor_of_view(bytes);
	int more = 1;
	if (s->broken)
		return (long)bytes.len;
	if (dir == DIR_TO_SERVER && !s->started)
		more = preface(l, lf, s, &c);
	while (more > 0 && cursor_left(&c)) {
		if (s->inside)
			stream_bytes(l, lf, &c, dir);
		else
			more = frame(l, lf, &c, dir);
	}
	if (more >= 0)
		return (long)(bytes.len - cursor_left(&c));
	s->broken = true; /* the other way may still be read */
	struct http2_state *both = lf->state;
	return both->side[!dir].broken ? L7_BAD : (long)bytes.len;
}

static bool
lost(struct l7 *l, struct l7_flow *lf, uint64_t n, enum dir dir)
{
	struct http2_side *s = &((struct http2_state *)lf->state)->side[dir];
	if (s->broken)
		return true;
	if (!s->inside || n > s->left)
		return false;
	struct http2_tx *tx =
	    s->frame.type == HTTP2_DATA ? http2_stream(l, lf, s->frame.stream, false) : NULL;
	s->left -= (uint32_t)n;
	s->inside = s->left > 0;
	if (!tx)
		return true;
	tx->half[dir].length += n;
	body_gap(l, lf, &tx->half[dir].body, n);
	if (!s->inside && s->frame.flags & HTTP2_END_STREAM)
		http2_ended(l, lf, tx, dir);
	return true;
}

static void
finish(struct l7 *l, struct l7_flow *lf)
{
	struct http2_state *s = lf->state;
	while (s->streams.oldest)
		http2_done(l, lf, (struct http2_tx *)s->streams.oldest, DIR_TO_CLIENT);
}

static void
row_close(struct l7 *l, struct l7_flow *lf)
{
	struct http2_state *s = lf->state;
	for (struct l7_item *i = s->streams.oldest; i; i = i->next) {
		body_drop(l, &((struct http2_tx *)i)->half[0].body);
		body_drop(l, &((struct http2_tx *)i)->half[1].body);
	}
	l7_items_drop(l, lf, &s->streams);
	for (int i = 0; i < 2; i++) {
		hold_drop(&l->pool, &s->side[i].hpack.table);
		hold_drop(&l->pool, &s->side[i].block);
	}
}

static bool
record(const void *data_of)
{
	return !((const struct http2_tx *)data_of)->quiet;
}

static void
row_write(const void *data_of, struct jw *w)
{
	http2_write(data_of, w);
}

const struct l7_row l7_http2_row = {
	.name = "http2",
	.proto = L7_HTTP2,
	.tcp = true,
	.state_size = sizeof(struct http2_state),
	.tx_size = sizeof(struct http2_tx),
	.probe = probe,
	.open = row_open,
	.data = data,
	.lost = lost,
	.finish = finish,
	.release = l7_item_release,
	.close = row_close,
	.buffer = http2_buffer,
	.number = http2_number,
	.record = record,
	.write = row_write,
};
