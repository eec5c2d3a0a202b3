/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow: TCP bytes in order.
 *
 * The segment of the present packet (`late`) is never copied while it is in order: flow_chunk gives
 * views into the frame, skipping what was given or is held already. Only what lies behind a hole is
 * copied into `held`.
 */
#include "internal.h"

/* Segments further ahead than any window can be (RFC 7323, 2.3) are of no use to anybody. */
#define WINDOW_MOST (1U << 30)

static uint32_t
held_end(const struct held *h)
{
	return h->seq + h->len;
}

static void
holding_add(struct flow_table *t, struct stream *s)
{
	s->newer = NULL;
	s->older = t->hold_newest;
	*(s->older ? &s->older->newer : &t->hold_oldest) = s;
	t->hold_newest = s;
}

static void
holding_remove(struct flow_table *t, struct stream *s)
{
	*(s->older ? &s->older->newer : &t->hold_oldest) = s->newer;
	*(s->newer ? &s->newer->older : &t->hold_newest) = s->older;
}

static void
held_drop(struct flow_table *t, struct stream *s, struct held *h)
{
	*(h->previous ? &h->previous->next : &s->head) = h->next;
	*(h->next ? &h->next->previous : &s->tail) = h->previous;
	if (--s->blocks == 0)
		holding_remove(t, s);
}

static void
held_free(struct flow_table *t, struct held *h)
{
	slab_put(&t->held, h);
	t->count.stream_memory = t->held.used * HELD_BYTES;
}

static void
release_lent(struct flow_table *t)
{
	while (t->lent) {
		struct held *h = t->lent;
		t->lent = h->next;
		held_free(t, h);
	}
}

static void
release_held(struct flow_table *t, struct stream *s)
{
	while (s->head) {
		struct held *h = s->head;
		held_drop(t, s, h);
		held_free(t, h);
	}
}

void
flow_streams_free(struct flow_table *t, struct flow *f)
{
	struct flow_streams *s = f->streams;

	if (t->late.flow == f)
		t->late = (struct late){ 0 };
	if (!s)
		return;
	release_lent(t);
	release_held(t, &s->dir[0]);
	release_held(t, &s->dir[1]);
	slab_put(&t->streams, s);
	f->streams = NULL;
}

/*
 * New bytes cover held ones. Held bytes came first and win; the place to choose otherwise by the
 * target's system is here and in hold(), which skips what is held. True when the two differ.
 */
static bool
differs(const struct held *h, uint32_t seq, struct view data)
{
	uint32_t from = seq_before(h->seq, seq) ? seq : h->seq;
	uint32_t end = seq + (uint32_t)data.len;
	uint32_t to = seq_before(held_end(h), end) ? held_end(h) : end;
	struct cursor c = cursor_of_view(data);
	struct view part;

	if (!seq_before(from, to) || !cursor_skip(&c, from - seq) ||
	    !cursor_take(&c, to - from, &part))
		return false;
	return memcmp(h->data + (from - h->seq), part.ptr, part.len) != 0;
}

static void
compare_held(struct flow_table *t, const struct stream *s, uint32_t seq, struct view data)
{
	uint32_t end = seq + (uint32_t)data.len;

	for (const struct held *h = s->tail; h && seq_before(seq, held_end(h)); h = h->previous) {
		if (seq_before(h->seq, end) && differs(h, seq, data)) {
			t->count.stream_overlaps++;
			return;
		}
	}
}

/* A free block. When memory is short the direction that holds longest gives up what it holds, so
 * that holes nobody fills do not cost others the place for theirs. NULL when that is s itself. */
static struct held *
held_get(struct flow_table *t, const struct stream *s)
{
	struct held *h = s->blocks < HELD_MOST ? slab_get(&t->held) : NULL;

	if (h || s->blocks >= HELD_MOST || !t->hold_oldest || t->hold_oldest == s)
		return h;
	release_held(t, t->hold_oldest);
	t->count.stream_evicted++;
	return slab_get(&t->held);
}

static struct held *
held_after(struct flow_table *t, struct stream *s, struct held *previous, uint32_t seq)
{
	struct held *h = held_get(t, s);

	if (!h)
		return NULL;
	if (s->blocks == 0)
		holding_add(t, s);
	t->count.stream_memory = t->held.used * HELD_BYTES;
	h->seq = seq;
	h->previous = previous;
	h->next = previous ? previous->next : s->head;
	*(h->previous ? &h->previous->next : &s->head) = h;
	*(h->next ? &h->next->previous : &s->tail) = h;
	s->blocks++;
	return h;
}

/* Copy what fits of c's first n bytes behind `at`, or into a new block after it. The block, NULL
 * without memory. */
static struct held *
put(struct flow_table *t, struct stream *s, struct held *at, uint32_t seq, struct cursor *c,
    size_t n)
{
	bool joins = at && held_end(at) == seq && at->len < HELD_ROOM;
	struct held *h = joins ? at : held_after(t, s, at, seq);

	if (!h)
		return NULL;
	size_t fits = HELD_ROOM - h->len < n ? HELD_ROOM - h->len : n;
	if (cursor_copy(c, h->data + h->len, fits))
		h->len += (uint32_t)fits;
	return h;
}

/* Keep a segment that lies behind a hole, without what is held already. False when memory is short.
 */
static bool
hold(struct flow_table *t, struct stream *s, uint32_t seq, struct view data)
{
	struct cursor c = cursor_of_view(data);
	uint32_t end = seq + (uint32_t)data.len;
	struct held *at = s->tail;

	compare_held(t, s, seq, data);
	while (at && seq_before(seq, at->seq))
		at = at->previous;
	while (cursor_left(&c) > 0) {
		uint32_t here = end - (uint32_t)cursor_left(&c);
		const struct held *next = at ? at->next : s->head;
		if (at && seq_before(here, held_end(at))) {
			size_t over = held_end(at) - here;
			(void)cursor_skip(&c, over < cursor_left(&c) ? over : cursor_left(&c));
		} else if (next && next->seq == here) {
			at = at ? at->next : s->head;
		} else {
			size_t room = next ? next->seq - here : cursor_left(&c);
			at = put(
			    t, s, at, here, &c, room < cursor_left(&c) ? room : cursor_left(&c));
			if (!at)
				return false;
		}
	}
	return true;
}

/* The other side has all bytes before `seq`: what is missing of them will not come again. */
static bool
hole_is_over(const struct stream *s, uint32_t seq)
{
	if (s->flags & (STREAM_FLUSH | STREAM_FORCE | STREAM_RESET))
		return true;
	return s->flags & STREAM_ACKED && !seq_before(s->acked, seq);
}

static void
late_forget(struct flow_table *t, struct stream *s)
{
	t->late.flow = NULL;
	t->late.data.len = 0;
	s->flags &= (uint8_t)~STREAM_FORCE;
}

static void
stream_start(const struct flow *f, struct stream *s, uint32_t seq, enum dir dir)
{
	s->next = f->tcp_flags[dir] & TCP_SYN ? f->seq_isn[dir] + 1 : seq;
	s->flags |= STREAM_STARTED;
}

/* Decide what becomes of the present segment: given as it is, held, or thrown away as old or
 * absurd. */
static void
take(struct flow_table *t, struct flow *f, struct stream *s)
{
	struct late *l = &t->late;
	uint32_t end = l->seq + (uint32_t)l->data.len;

	if (!(s->flags & STREAM_STARTED))
		stream_start(f, s, l->seq, l->dir);
	if (s->flags & STREAM_FIN && seq_before(s->fin, end))
		s->flags &= (uint8_t)~STREAM_FIN; /* bytes behind it: it was no end */
	if (!seq_before(s->next, end) ||
	    (seq_before(s->next, l->seq) && l->seq - s->next > WINDOW_MOST)) {
		late_forget(t, s);
		return;
	}
	if (s->next == l->seq && !s->head && f->streams->work == WORK_NONE) {
		f->streams->work = WORK_PLAIN;
		return;
	}
	f->streams->work = WORK_ANY;
	if (!seq_before(s->next, l->seq)) {
		compare_held(t, s, l->seq, l->data);
		return;
	}
	if (hole_is_over(s, l->seq))
		return;
	if (hold(t, s, l->seq, l->data)) {
		late_forget(t, s);
		return;
	}
	t->count.stream_evicted++;
	s->flags |= STREAM_FORCE;
}

/* The other direction learns what was received of it; nobody can acknowledge more than a window
 * ahead. */
static inline void
take_ack(struct flow_streams *fs, const struct packet *p, enum dir dir)
{
	struct stream *s = &fs->dir[!dir];

	if (!(p->tcp_flags & TCP_ACK) || !(s->flags & STREAM_STARTED) ||
	    (seq_before(s->next, p->tcp_ack) && p->tcp_ack - s->next > WINDOW_MOST))
		return;
	if (!(s->flags & STREAM_ACKED) || seq_before(s->acked, p->tcp_ack)) {
		s->acked = p->tcp_ack;
		s->flags |= STREAM_ACKED;
		if (s->head || s->flags & STREAM_FIN)
			fs->work = WORK_ANY;
	}
}

/*
 * A reset, or a FIN that nobody acknowledged, may be there for us alone: its receiver does not get
 * it (a small TTL) or does not believe it (RFC 5961), and the connection goes on. So holes are
 * given up, but the direction does not end before the flow does, or before the other side has the
 * FIN.
 */
static void
take_end(struct flow *f, const struct packet *p, enum dir dir)
{
	struct flow_streams *fs = f->streams;
	struct stream *s = &fs->dir[dir];

	if (p->tcp_flags & TCP_RST) {
		if (f->tcp != FLOW_TCP_CLOSED)
			return;
		fs->dir[0].flags |= STREAM_RESET;
		fs->dir[1].flags |= STREAM_RESET;
		fs->work = WORK_ANY;
	} else if (!(s->flags & (STREAM_FIN | STREAM_ENDED))) {
		uint32_t fin = p->tcp_seq + !!(p->tcp_flags & TCP_SYN) + (uint32_t)p->payload.len;
		if (!(s->flags & STREAM_STARTED))
			stream_start(f, s, fin, dir);
		/* behind what was given, or absurdly far ahead: a stranger's */
		if (fin - s->next > WINDOW_MOST)
			return;
		s->fin = fin;
		s->flags |= STREAM_FIN;
		fs->work = WORK_ANY;
	}
}

/* Receivers take no bytes from a segment without ACK, nor from a SYN that is not the first (RFC
 * 9293, 3.10.7.4). */
static inline bool
brings_bytes(const struct flow *f, const struct packet *p, enum dir dir)
{
	if (p->tcp_flags & TCP_SYN)
		return p->tcp_seq == f->seq_isn[dir];
	if (p->tcp_flags & TCP_RST)
		return false;
	return p->tcp_flags & TCP_ACK || f->flags & FLOW_MIDSTREAM;
}

void
flow_segment(struct flow_table *t, struct flow *f, const struct packet *p, enum dir dir)
{
	struct flow_streams *fs = f->streams;

	t->late.flow = NULL;
	t->late.data.len = 0;
	release_lent(t);
	if (p->flags & PKT_BAD_CSUM)
		return;
	if (!fs) {
		if (!p->payload.len)
			return;
		fs = f->streams = slab_get(&t->streams);
		if (!fs)
			return;
	}
	take_ack(fs, p, dir);
	struct stream *s = &fs->dir[dir];
	if (p->payload.len && !(s->flags & STREAM_ENDED) && brings_bytes(f, p, dir)) {
		uint32_t seq = p->tcp_seq + !!(p->tcp_flags & TCP_SYN);
		t->late = (struct late){ f, dir, seq, p->payload };
		take(t, f, s);
	}
	if (p->tcp_flags & (TCP_FIN | TCP_RST))
		take_end(f, p, dir);
}

/* Hand out n bytes at s->next; beyond the depth nothing is given any more. */
static void
emit(struct flow_table *t, struct stream *s, struct view data, struct flow_chunk *out)
{
	uint64_t depth = t->config.stream_depth;
	uint64_t left = s->offset < depth ? depth - s->offset : 0;

	out->data = data;
	out->offset = s->offset;
	out->end = false;
	s->next += (uint32_t)data.len;
	s->offset += data.len;
	if (depth && data.len >= left) {
		out->data.len = left;
		out->end = true;
		s->flags |= STREAM_ENDED;
		release_held(t, s);
	}
}

/* What of the present segment is next: up to where held bytes, which came first, begin. */
static bool
late_part(struct flow_table *t, struct stream *s, const struct flow *f, struct view *part)
{
	struct late *l = &t->late;

	if (l->flow != f || s != &f->streams->dir[l->dir] || seq_before(s->next, l->seq))
		return false;
	struct cursor c = cursor_of_view(l->data);
	if (!cursor_skip(&c, s->next - l->seq) || cursor_left(&c) == 0) {
		late_forget(t, s);
		return false;
	}
	size_t n = cursor_left(&c);
	if (s->head && s->head->seq - s->next < n)
		n = s->head->seq - s->next;
	return n > 0 && cursor_take(&c, n, part);
}

/* What of the held bytes is next; their block is lent until the next packet. */
static bool
held_part(struct flow_table *t, struct stream *s, struct view *part)
{
	while (s->head && !seq_before(s->next, s->head->seq)) {
		struct held *h = s->head;
		struct cursor c = cursor_of(h->data, h->len);
		held_drop(t, s, h);
		if (cursor_skip(&c, s->next - h->seq) && cursor_take(&c, cursor_left(&c), part) &&
		    part->len > 0) {
			h->next = t->lent;
			t->lent = h;
			return true;
		}
		held_free(t, h);
	}
	return false;
}

/* Where bytes begin again behind the hole at s->next; false when nothing waits behind it. */
static bool
hole_end(const struct flow_table *t, const struct stream *s, const struct flow *f, uint32_t *seq)
{
	bool late = t->late.flow == f && s == &f->streams->dir[t->late.dir];

	if (s->head)
		*seq = s->head->seq;
	if (late && (!s->head || seq_before(t->late.seq, *seq)))
		*seq = t->late.seq;
	return (s->head || late) && seq_before(s->next, *seq);
}

static void
lose(struct flow_table *t, struct flow *f, struct stream *s, uint32_t seq, struct flow_chunk *out)
{
	out->lost = seq - s->next;
	s->offset += out->lost;
	s->next = seq;
	f->flags |= FLOW_STREAM_LOST;
	f->lost += out->lost;
	t->count.stream_gaps++;
	t->count.stream_lost_bytes += out->lost;
}

/* The other side has everything, the FIN too. */
static bool
fin_is_taken(const struct stream *s)
{
	return (s->flags & (STREAM_FIN | STREAM_ACKED)) == (STREAM_FIN | STREAM_ACKED) &&
	       seq_before(s->fin, s->acked);
}

/* Nothing more is in order: is the direction finished? */
static bool
finished(struct flow_table *t, struct flow *f, struct stream *s, struct flow_chunk *out)
{
	bool flush = s->flags & STREAM_FLUSH;

	if (!flush && !fin_is_taken(s))
		return false;
	if (s->flags & STREAM_FIN && !s->head && seq_before(s->next, s->fin) &&
	    s->fin - s->next < WINDOW_MOST)
		lose(t, f, s, s->fin, out);
	if (!flush && seq_before(s->next, s->fin))
		return false;
	release_held(t, s);
	s->flags |= STREAM_ENDED;
	out->data = (struct view){ NULL, 0 };
	out->offset = s->offset;
	out->end = true;
	return true;
}

static bool
give(struct flow_table *t, struct flow *f, enum dir dir, struct flow_chunk *out)
{
	struct stream *s = &f->streams->dir[dir];
	struct view part;
	uint32_t seq = 0;

	if ((s->flags & (STREAM_STARTED | STREAM_ENDED)) != STREAM_STARTED)
		return false;
	out->dir = dir;
	out->lost = 0;
	bool some = late_part(t, s, f, &part) || held_part(t, s, &part);
	if (!some && hole_end(t, s, f, &seq) && hole_is_over(s, seq)) {
		lose(t, f, s, seq, out);
		some = late_part(t, s, f, &part) || held_part(t, s, &part);
	}
	if (!some)
		return finished(t, f, s, out);
	emit(t, s, part, out);
	return true;
}

static void
give_plain(struct flow_table *t, struct flow *f, struct flow_chunk *out)
{
	struct late *l = &t->late;

	f->streams->work = WORK_NONE;
	l->flow = NULL;
	out->dir = l->dir;
	out->lost = 0;
	emit(t, &f->streams->dir[l->dir], l->data, out);
}

bool
flow_chunk(struct flow_table *t, struct flow *f, struct flow_chunk *out)
{
	struct flow_streams *fs = f->streams;

	if (!fs || fs->work == WORK_NONE)
		return false;
	if (fs->work == WORK_PLAIN && t->late.flow == f) {
		give_plain(t, f, out);
		return true;
	}
	/* bytes that this packet acknowledged come before those it brings */
	enum dir dir = t->late.flow == f ? !t->late.dir : DIR_TO_SERVER;
	if (give(t, f, dir, out) || give(t, f, !dir, out))
		return true;
	fs->work = WORK_NONE;
	fs->dir[0].flags &= (uint8_t)~STREAM_RESET;
	fs->dir[1].flags &= (uint8_t)~STREAM_RESET;
	return false;
}

bool
flow_chunk_flush(struct flow_table *t, struct flow *f, struct flow_chunk *out)
{
	struct flow_streams *fs = f->streams;

	if (!fs)
		return false;
	t->late = (struct late){ 0 };
	fs->dir[0].flags |= STREAM_FLUSH;
	fs->dir[1].flags |= STREAM_FLUSH;
	fs->work = WORK_ANY;
	return flow_chunk(t, f, out);
}
