/* SPDX-License-Identifier: Apache-2.0 */
#include "frame.h"

#include <stdlib.h>

#define FRAMES_MAX 1024 /* a packet may say */
#define STEP 4096       /* new bytes of an open frame worth a look */

/* Said with the packet; what they refer to is given back behind it. */
struct frames {
	struct l7_frame item[FRAMES_MAX];
	struct hold keep[FRAMES_MAX];
	size_t n, keep_n;
};

void
l7_want_frames(struct l7 *l, uint64_t types)
{
	const struct l7_frame_row *row;
	l->frame_types = types;
	l->framed = 0;
	for (unsigned t = 0; (row = l7_frame_row((enum l7_frame_type)t)); t++)
		l->framed |= types >> t & 1 ? UINT64_C(1) << row->proto : 0;
	if (l->framed && !l->frames)
		l->frames = calloc(1, sizeof(*l->frames));
	if (!l->frames)
		l->framed = 0;
}

void
frames_begin(struct l7 *l)
{
	struct frames *s = l->frames;
	if (!s)
		return;
	for (size_t i = 0; i < s->keep_n; i++)
		hold_drop(&l->pool, &s->keep[i]);
	s->n = s->keep_n = 0;
}

void
frames_free(struct l7 *l)
{
	frames_begin(l);
	free(l->frames);
	slab_fini(&l->framings);
}

const struct l7_frame *
l7_frames(const struct l7 *l, size_t *n)
{
	*n = l->frames ? l->frames->n : 0;
	return l->frames ? l->frames->item : NULL;
}

/* ---- where it is ---- */

/* Bytes of `all` from `at` on; false when it is not among them. */
static bool
from(struct view all, const uint8_t *at, struct view *out)
{
	struct cursor c = cursor_of_view(all);
	uintptr_t first = (uintptr_t)all.ptr, p = (uintptr_t)at;
	if (!all.ptr || p < first || !cursor_skip(&c, p - first))
		return false;
	*out = (struct view){ c.at, cursor_left(&c) };
	return true;
}

/* What the row was given, or what is held of the other direction (it is parsed when the answer
 * comes). */
static bool
locate(const struct l7 *l, const struct l7_flow *lf, const uint8_t *at, struct l7_frame *f)
{
	const struct l7_fed *fed = &l->fed;
	enum dir dir = fed->dir;
	uint64_t end = fed->end;
	if (!from(fed->data, at, &f->data)) {
		dir = !dir;
		end = lf->end[dir];
		if (!from(hold_view(&lf->held[dir]), at, &f->data))
			return false;
	}
	f->dir = (uint8_t)dir;
	f->offset = end - f->data.len;
	return true;
}

/* The same bytes where they stay until the packet is over: what is held moves on. One copy for all
 * frames among them. */
static bool
settle(struct l7 *l, struct view *data)
{
	struct view at;
	struct l7_fed *fed = &l->fed;
	if (from(fed->raw, data->ptr, &at))
		return true;
	bool own = from(fed->data, data->ptr, &at);
	struct view all = own ? fed->data : *data;
	if (!own || !fed->copy) {
		uint8_t *copy = scratch_get(&l->scratch, all.len);
		if (!copy)
			return false;
		memcpy(copy, all.ptr, all.len);
		if (!own) {
			data->ptr = copy;
			return true;
		}
		fed->copy = copy;
	}
	struct cursor c = cursor_of(fed->copy, all.len);
	return cursor_skip(&c, all.len - at.len) && cursor_take(&c, data->len, data);
}

/* ---- saying ---- */

static bool
say(struct l7 *l, const struct l7_frame *f)
{
	struct frames *s = l->frames;
	if (!s || s->n == FRAMES_MAX) {
		l->count.over_cap++;
		return false;
	}
	s->item[s->n++] = *f;
	return true;
}

/* An open one as it is now; within a packet what was said of it is brought up to date. */
static void
say_open(struct l7 *l, struct frame_open *o)
{
	struct l7_frame *f = &o->f;
	f->data = hold_view(&o->held);
	f->ends = f->complete && f->data.len == f->length;
	f->lost = o->hole ? o->next - f->offset - f->data.len : 0;
	if (o->packet == l->packet) {
		struct l7_frame *said = &l->frames->item[o->at];
		bool first = said->first;
		size_t old = said->old;
		*said = *f;
		said->first = first;
		said->old = old;
		f->old = f->data.len;
		return;
	}
	o->at = (uint32_t)l->frames->n;
	if (!say(l, f))
		return;
	o->packet = l->packet;
	f->first = false;
	f->old = f->data.len;
}

/* It is over: its bytes stay until the packet is. */
static void
close_one(struct l7 *l, struct l7_framing *s, uint8_t i)
{
	struct frame_open *o = &s->open[i];
	struct frames *all = l->frames;
	o->f.last = true;
	say_open(l, o);
	if (all->keep_n < FRAMES_MAX && o->packet == l->packet)
		all->keep[all->keep_n++] = o->held;
	else
		hold_drop(&l->pool, &o->held);
	*o = s->open[--s->open_n];
}

static void
hold_more(struct l7 *l, struct frame_open *o, struct view bytes)
{
	size_t room = hold_room(&l->pool, &o->held);
	struct view part = { bytes.ptr, bytes.len < room ? bytes.len : room };
	if (part.len && hold_add(&l->pool, &o->held, part) && part.len == bytes.len)
		return;
	l->count.over_cap += !o->full;
	o->full = true;
}

static void
open_one(struct l7 *l, struct l7_framing *s, const struct l7_frame *f)
{
	if (s->open_n == FRAMES_OPEN) {
		l->count.over_cap++;
		return;
	}
	struct frame_open *o = &s->open[s->open_n++];
	*o = (struct frame_open){ .f = *f, .next = f->offset + f->data.len };
	if (f->data.len)
		hold_more(l, o, f->data);
}

void
l7_frame_say(struct l7 *l, struct l7_flow *lf, const struct l7_framed *like)
{
	struct l7_frame f = { .type = like->type,
		.proto = lf->proto,
		.first = true,
		.stream = lf->tcp,
		.secret = like->secret,
		.length = like->length,
		.tx_id = like->tx_id };
	if (!like->length)
		return;
	if (!lf->framing)
		lf->framing = slab_get(&l->framings);
	struct l7_framing *s = lf->framing;
	if (!s || !locate(l, lf, like->at, &f)) {
		l->count.over_cap += !s;
		return;
	}
	f.id = ++s->n[f.dir] + lf->tcp; /* the first one of a connection is the stream itself */
	if (!(l->frame_types >> f.type & 1))
		return;
	if (f.length == L7_FRAME_OPEN || f.data.len < f.length) {
		if (lf->tcp) {
			open_one(l, s, &f);
			return;
		}
	} else {
		f.data.len = (size_t)f.length;
		f.complete = f.ends = true;
	}
	f.last = true;
	if (settle(l, &f.data))
		(void)say(l, &f);
	else
		l->count.over_cap++;
}

void
l7_frame_close(struct l7 *l, struct l7_flow *lf, uint8_t type, const uint8_t *end)
{
	struct l7_framing *s = lf->framing;
	struct l7_frame f;
	if (!s || !locate(l, lf, end, &f))
		return;
	for (uint8_t i = 0; i < s->open_n; i++) {
		struct frame_open *o = &s->open[i];
		if (o->f.type != type || o->f.dir != f.dir || o->f.length != L7_FRAME_OPEN ||
		    o->f.offset > f.offset)
			continue;
		o->f.length = f.offset - o->f.offset;
		o->next = o->next < f.offset ? o->next : f.offset;
		if (o->held.len > o->f.length)
			o->held.len = (uint32_t)o->f.length;
	}
}

/* ---- what comes later ---- */

/* Bytes of the chunk that are the frame's, behind those it has. */
static void
take(struct l7 *l, struct frame_open *o, const struct flow_chunk *c)
{
	struct cursor at = cursor_of_view(c->data);
	uint64_t end = o->f.length == L7_FRAME_OPEN ? L7_FRAME_OPEN : o->f.offset + o->f.length;
	uint64_t have = c->offset + c->data.len;
	struct view part;
	o->hole |= o->next < c->offset;
	uint64_t begin = o->next > c->offset ? o->next : c->offset;
	uint64_t until = have < end ? have : end;
	if (begin < until && !o->hole && !o->full && cursor_skip(&at, begin - c->offset) &&
	    cursor_take(&at, until - begin, &part))
		hold_more(l, o, part);
	o->next = until > o->next ? until : o->next;
	o->f.complete = o->next >= end;
}

void
frames_grow(struct l7 *l, struct l7_flow *lf, const struct flow_chunk *c)
{
	struct l7_framing *s = lf->framing;
	for (uint8_t i = 0; i < s->open_n;) {
		struct frame_open *o = &s->open[i];
		if (o->f.dir != (uint8_t)c->dir) {
			i++;
			continue;
		}
		take(l, o, c);
		if (o->f.complete) {
			close_one(l, s, i);
			continue;
		}
		if (o->held.len - o->f.old >= STEP)
			say_open(l, o);
		i++;
	}
	if (c->end)
		frames_end(l, lf, c->dir);
}

void
frames_end(struct l7 *l, struct l7_flow *lf, enum dir dir)
{
	struct l7_framing *s = lf->framing;
	for (uint8_t i = 0; s && i < s->open_n;) {
		if (s->open[i].f.dir == (uint8_t)dir)
			close_one(l, s, i);
		else
			i++;
	}
}

void
frames_drop(struct l7 *l, struct l7_flow *lf)
{
	struct l7_framing *s = lf->framing;
	if (!s)
		return;
	for (uint8_t i = 0; i < s->open_n; i++)
		hold_drop(&l->pool, &s->open[i].held);
	slab_put(&l->framings, s);
	lf->framing = NULL;
}
