/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A direction's bytes as windows:
 *
 *     m->window:  | ...room... | tail kept from before | new piece |
 *                              ^ window_at (stream offset)
 *
 * Literals are looked for in the piece and the last `overlap` bytes before it; the whole tail is
 * copied in only when there is a rule to verify.
 */
#include "probe/match_run.h"

/* Does any rule look into streams of this direction? */
static bool
wanted(const struct match *m, enum dir dir)
{
	return m->rules->streams &&
	       (match_raw_any(&m->rules->scan.payload[MATCH_TCP][dir]) ||
		   m->rules->group[MATCH_EACH_CHUNK][MATCH_TCP][dir].lead || dir == DIR_TO_SERVER);
}

/* Are these new bytes all that the packet at hand brought? */
static bool
is_payload(const struct match *m, struct view data, enum dir dir)
{
	const struct match_context *x = &m->now;
	return !x->ending && x->transport == MATCH_TCP && dir == x->dir &&
	       data.ptr == x->p->payload.ptr && data.len == x->p->payload.len;
}

/* One piece of at most MATCH_PIECE bytes behind the tail. */
static void
piece(struct match *m, struct match_stream *s, struct view data, enum dir dir)
{
	size_t room = m->config.stream_tail;
	uint8_t *at = m->window + room;
	size_t tail = s ? s->tail_n : 0;
	memcpy(at, data.ptr, data.len);
	if (tail)
		memcpy(at - tail, s->tail, tail);
	m->now.window = (struct view){ at - tail, tail + data.len };
	m->now.window_at = (s ? s->end : 0) - tail;
	m->now.window_old = tail;
	m->now.window_dir = dir;
	m->now.stream = s;
	if (s)
		match_state_wait_trim(s, m->now.window_at);
	bool again = s && s->again > m->now.window_at;
	size_t old = again || tail < m->rules->overlap ? tail : m->rules->overlap;
	struct match_fresh fresh = { { at - old, old + data.len }, old,
		m->now.window_at + tail - old, dir, is_payload(m, data, dir), again };
	match_prefilter_stream(m, &fresh);
}

void
match_stream_done(struct match *m)
{
	struct match_stream *s = m->now.stream;
	struct view w = m->now.window;
	if (!s || !w.ptr)
		return;
	match_state_tail(m, s, w);
	s->end = m->now.window_at + w.len;
	m->now.window = (struct view){ NULL, 0 };
	m->now.stream = NULL;
}

void
match_stream_chunk(struct match *m, const struct flow_chunk *c, void (*verify)(struct match *m))
{
	struct cursor left = cursor_of_view(c->data);
	struct match_stream *s;
	if (!c->data.len || !wanted(m, c->dir) || match_sealed(m))
		return;
	m->now.state = match_state_get(m, m->now.f);
	s = match_state_stream(m, m->now.state, c->dir);
	if (s && (c->lost || s->end != c->offset)) {
		s->tail_n = s->wait_n = 0;
		s->again = 0;
		s->end = c->offset;
	}
	while (cursor_left(&left)) {
		struct view data;
		size_t n = cursor_left(&left) < MATCH_PIECE ? cursor_left(&left) : MATCH_PIECE;
		(void)cursor_take(&left, n, &data);
		if (m->now.window.ptr) {
			verify(m);
			match_stream_done(m);
		}
		piece(m, s, data, c->dir);
	}
}

void
match_stream_lone(struct match *m, struct view payload)
{
	struct view v = { payload.ptr, payload.len < MATCH_PIECE ? payload.len : MATCH_PIECE };
	if (v.len && wanted(m, m->now.dir))
		piece(m, NULL, v, m->now.dir);
}
