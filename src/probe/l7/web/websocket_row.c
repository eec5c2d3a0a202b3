/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WebSocket in the table of protocols. It is never guessed: HTTP says that it follows. A frame is a
 * transaction, said when its payload is over; the beginning of a payload is kept that long, and of
 * a message in several frames until its last.
 */
#include <stdio.h>

#include "../item.h"
#include "../look.h"
#include "probe/l7/websocket.h"
#include "wire/event.h"

#define PAYLOAD_MAX 65535 /* bytes of a message that signatures see */

struct websocket_tx {
	struct websocket_frame frame;
	struct view payload; /* unmasked; of the last frame, that of the message */
};

struct side {
	struct websocket_frame frame; /* the one whose payload goes on */
	uint64_t left;                /* bytes of it */
	bool inside;
	bool message;      /* one in several frames goes on */
	struct hold body;  /* of the frame, as it is on the wire */
	struct hold whole; /* of the message, unmasked */
};

struct websocket_state {
	struct side side[2];
};

static enum l7_guess
probe(const struct l7_first *first)
{
	(void)first;
	return L7_NO;
}

/* RFC 6455: clients mask and servers do not (5.1); control frames are whole (5.5); a continuation
 * continues something (5.4). */
static const char *
wrong(struct side *s, const struct websocket_frame *f, enum dir dir)
{
	bool control = f->opcode & 8, going = s->message;
	if (!control)
		s->message = !f->fin;
	if (!websocket_opcode_name(f->opcode) || f->reserved)
		return "RESERVED_BITS";
	if (f->masked != (dir == DIR_TO_SERVER))
		return "WRONG_MASK";
	if (control && !f->fin)
		return "CONTROL_FRAGMENTED";
	if (!control && going != (f->opcode == WEBSOCKET_CONTINUATION))
		return "WRONG_CONTINUATION";
	return NULL;
}

static void
keep(struct l7 *l, struct hold *to, struct view bytes)
{
	size_t room = to->len < PAYLOAD_MAX ? PAYLOAD_MAX - to->len : 0;
	bytes.len = bytes.len < room ? bytes.len : room;
	if (bytes.len)
		(void)hold_add(&l->pool, to, bytes);
}

/* The frame's payload without its mask (RFC 6455, 5.3), of a message what came before it as well.
 */
static struct view
payload(struct l7 *l, struct side *s)
{
	bool control = s->frame.opcode & 8, part = s->message || !s->frame.fin;
	struct view bytes = hold_view(&s->body);
	uint8_t *to = bytes.len ? l7_once(l, bytes.len) : NULL;
	for (size_t i = 0; to && i < bytes.len; i++)
		to[i] = bytes.ptr[i] ^ (s->frame.masked ? s->frame.mask >> (24 - 8 * (i & 3)) : 0);
	hold_drop(&l->pool, &s->body);
	bytes.ptr = to;
	if (control || !part || !to)
		return bytes;
	keep(l, &s->whole, bytes);
	if (!s->frame.fin)
		return bytes;
	bytes = hold_view(&s->whole);
	to = l7_once(l, bytes.len);
	if (to)
		memcpy(to, bytes.ptr, bytes.len);
	hold_drop(&l->pool, &s->whole);
	return (struct view){ to, bytes.len };
}

static bool
say(struct l7 *l, struct l7_flow *lf, struct side *s, enum dir dir)
{
	struct websocket_tx *tx = l7_once(l, sizeof(*tx));
	if (!tx)
		return false;
	tx->frame = s->frame;
	tx->payload = payload(l, s);
	s->inside = false;
	uint8_t ready = dir == DIR_TO_SERVER ? L7_READY_REQUEST : L7_READY_RESPONSE;
	uint64_t id = l7_once_say(l, lf, tx, ready, dir);
	const char *odd = wrong(s, &tx->frame, dir);
	if (odd)
		l7_odd(l, lf, odd, (int64_t)id, dir);
	return true;
}

/* The frame that begins here; whose number its transaction has is known when all of it is here. */
static void
say_frames(struct l7 *l, struct l7_flow *lf, struct view bytes, size_t head, uint64_t length)
{
	struct cursor c = cursor_of_view(bytes);
	int64_t id = bytes.len - head >= length ? (int64_t)lf->next_id : -1;
	struct l7_framed frame = { .type = L7_FRAME_WEBSOCKET_PDU,
		.at = bytes.ptr,
		.length = head + length,
		.tx_id = id };
	l7_frame_say(l, lf, &frame);
	l7_frame(l, lf, L7_FRAME_WEBSOCKET_HEADER, (struct view){ bytes.ptr, head }, id);
	(void)cursor_skip(&c, head);
	frame.type = L7_FRAME_WEBSOCKET_DATA;
	frame.at = c.at;
	frame.length = length;
	l7_frame_say(l, lf, &frame);
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct side *s = &((struct websocket_state *)lf->state)->side[dir];
	struct cursor c = cursor_of_view(bytes);
	for (;;) {
		if (s->inside) {
			size_t left = cursor_left(&c);
			size_t n = s->left < left ? (size_t)s->left : left;
			struct view part;
			(void)cursor_take(&c, n, &part);
			keep(l, &s->body, part);
			s->left -= n;
			if (s->left)
				return (long)bytes.len;
			if (!say(l, lf, s, dir))
				return L7_FULL;
		}
		struct view rest = { c.at, cursor_left(&c) };
		long used = rest.len ? websocket_header(rest, &s->frame) : L7_MORE;
		if (used == L7_MORE)
			return (long)(bytes.len - rest.len);
		if (used < 0) {
			l7_odd(l, lf, "INVALID_FRAME", -1, dir);
			return used;
		}
		if (l7_framed(l, lf))
			say_frames(l, lf, rest, (size_t)used, s->frame.length);
		(void)cursor_skip(&c, (size_t)used);
		s->inside = true;
		s->left = s->frame.length;
	}
}

/* A hole inside a payload is passed by; behind one in a header nothing can be found again. */
static bool
lost(struct l7 *l, struct l7_flow *lf, uint64_t n, enum dir dir)
{
	struct side *s = &((struct websocket_state *)lf->state)->side[dir];
	(void)l;
	if (!s->inside || n > s->left)
		return false;
	s->left -= n;
	return true;
}

static void
finish(struct l7 *l, struct l7_flow *lf)
{
	struct websocket_state *s = lf->state;
	for (int dir = 0; dir < 2; dir++) {
		if (s->side[dir].inside)
			(void)say(l, lf, &s->side[dir], (enum dir)dir);
	}
}

static void
row_write(const void *data_of, struct jw *w)
{
	const struct websocket_frame *f = &((const struct websocket_tx *)data_of)->frame;
	const char *name = websocket_opcode_name(f->opcode);
	char number[8];
	(void)snprintf(number, sizeof(number), "%u", f->opcode);
	jw_key(w, "websocket");
	jw_object(w);
	ev_key(w, websocket, fin);
	jw_bool(w, f->fin);
	if (f->masked) {
		ev_key(w, websocket, mask);
		jw_u64(w, f->mask);
	}
	ev_key(w, websocket, opcode);
	jw_text(w, name ? name : number);
	ev_key(w, websocket, length);
	jw_u64(w, f->length);
	if (f->compressed) {
		ev_key(w, websocket, compressed);
		jw_bool(w, true);
	}
	if (f->code >= 0) {
		ev_key(w, websocket, close_code);
		jw_i64(w, f->code);
	}
	jw_object_end(w);
}

static void
row_close(struct l7 *l, struct l7_flow *lf)
{
	struct websocket_state *s = lf->state;
	for (int dir = 0; dir < 2; dir++) {
		hold_drop(&l->pool, &s->side[dir].body);
		hold_drop(&l->pool, &s->side[dir].whole);
	}
}

static bool
buffer(const void *data_of, const struct l7_ask *ask, struct view *out)
{
	return look_one(ask, ((const struct websocket_tx *)data_of)->payload, out);
}

static bool
number(const void *data_of, const struct l7_ask *ask, uint64_t *out)
{
	const struct websocket_frame *f = &((const struct websocket_tx *)data_of)->frame;
	switch (ask->what) {
	case L7_NUM_WEBSOCKET_OPCODE:
		return look_number(ask, true, f->opcode, out);
	case L7_NUM_WEBSOCKET_MASK:
		return look_number(ask, f->masked, f->mask, out);
	default: /* bits as in the first byte */
		return look_number(ask, true,
		    (uint64_t)(f->fin ? 0x80 : 0) | (f->compressed ? 0x40 : 0) |
			(f->reserved ? 0x20 : 0),
		    out);
	}
}

const struct l7_row l7_websocket_row = {
	.name = "websocket",
	.proto = L7_WEBSOCKET,
	.tcp = true,
	.one_way = true,
	.state_size = sizeof(struct websocket_state),
	.probe = probe,
	.data = data,
	.lost = lost,
	.finish = finish,
	.close = row_close,
	.buffer = buffer,
	.number = number,
	.write = row_write,
};
