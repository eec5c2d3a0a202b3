/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow: TCP bytes in order.
 *
 * The segment of the present packet (`late`) is never copied while it is in order: flow_chunk gives
 * views into the frame, skipping what was given or is held already. Only what lies behind a hole,
 * or is in doubt (doubt.c), is copied into blocks (held.c).
 */
#include "held.h"
#include "internal.h"

/* Segments further ahead than any window can be (RFC 7323, 2.3) are of no use to anybody. */
#define WINDOW_MOST (1U << 30)

/* A hole as wide as this parts a stream into pieces; EVE counts regions so. */
#define FAR (1U << 18)

void
flow_streams_free(struct flow_table *t, struct flow *f)
{
	struct flow_streams *s = f->streams;

	if (t->late.flow == f)
		t->late = (struct late){ 0 };
	if (!s)
		return;
	held_release_lent(t);
	held_release(t, &s->dir[0]);
	held_release(t, &s->dir[1]);
	slab_put(&t->watches, s->watch);
	slab_put(&t->streams, s);
	f->streams = NULL;
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
	s->flags &= (uint16_t)~STREAM_FORCE;
}

static void
stream_start(const struct flow *f, struct stream *s, uint32_t seq, enum dir dir)
{
	s->next = f->tcp_flags[dir] & TCP_SYN ? f->seq_isn[dir] + 1 : seq;
	s->flags |= STREAM_STARTED;
}

/* Bytes were given while the other side had said nothing; now the first ones come again, and it has
 * not acknowledged any: they are those it gets. */
static void
start_again(struct flow_table *t, const struct flow *f, struct stream *s, const struct late *l)
{
	uint32_t start = f->seq_isn[l->dir] + 1;

	if (!f->packets[!l->dir])
		return;
	if (s->flags & STREAM_ACKED && s->acked != start) {
		s->flags &= (uint16_t)~STREAM_EARLY;
	} else if (!l->flags && l->seq == start && s->next != start &&
		   f->tcp_flags[l->dir] & TCP_SYN) {
		held_release(t, s);
		s->next = start;
		s->flags &= (uint16_t)~STREAM_EARLY;
		t->count.stream_restarted++;
		stream_odd(f, ODD_STREAM_RESTARTED);
	}
}

/* Keep the present segment; in three parts when one byte of it is out of band. */
static bool
keep(struct flow_table *t, struct stream *s)
{
	struct late *l = &t->late, part = *l;
	struct cursor c;

	if (seq_before(l->seq, s->next)) {
		c = cursor_of_view(l->data);
		if (!cursor_skip(&c, s->next - l->seq) ||
		    !cursor_take(&c, cursor_left(&c), &l->data))
			return true;
		l->seq = s->next;
	}
	if (!(s->flags & STREAM_URGENT) || s->urgent - l->seq >= l->data.len)
		return held_keep(t, s, l, l->flags);
	uint32_t before = s->urgent - l->seq;
	c = cursor_of_view(l->data);
	part.seq = l->seq;
	if (!cursor_take(&c, before, &part.data) || !held_keep(t, s, &part, l->flags))
		return false;
	part.seq = s->urgent;
	if (!cursor_take(&c, 1, &part.data) || !held_keep(t, s, &part, l->flags | HELD_URGENT))
		return false;
	part.seq = s->urgent + 1;
	return cursor_take(&c, cursor_left(&c), &part.data) && held_keep(t, s, &part, l->flags);
}

/* It covers bytes that are held. */
static void
settle(struct flow_table *t, const struct flow *f, struct stream *s)
{
	const struct addr *to = t->late.dir == DIR_TO_SERVER ? &f->key.server : &f->key.client;

	if (held_settle(t, s, &t->late, target_of(t->config.targets, to, f->key.ip_ver))) {
		t->count.stream_overlaps++;
		stream_odd(f, ODD_STREAM_OVERLAP);
	}
}

static inline bool
has_urgent(const struct stream *s, uint32_t seq, uint32_t end)
{
	return s->flags & STREAM_URGENT && s->urgent - seq < end - seq;
}

static void
count_pieces(struct stream *s)
{
	uint32_t end = s->next;
	uint16_t n = 0;

	for (const struct held *h = s->pile ? s->pile->head : NULL; h; h = h->next) {
		n += seq_before(end, h->seq) && h->seq - end >= FAR;
		end = held_end(h);
	}
	if (n > s->pieces)
		s->pieces = n;
}

unsigned
flow_pieces(const struct flow *f, enum dir dir)
{
	return 1 + (f->streams ? f->streams->dir[dir].pieces : 0u);
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
	if (s->flags & STREAM_EARLY)
		start_again(t, f, s, l);
	if (s->flags & STREAM_FIN && seq_before(s->fin, end) && !l->flags)
		s->flags &= (uint16_t)~STREAM_FIN; /* bytes behind it: it was no end */
	if (!seq_before(s->next, end) ||
	    (seq_before(s->next, l->seq) && l->seq - s->next > WINDOW_MOST)) {
		late_forget(t, s);
		return;
	}
	bool urgent = has_urgent(s, l->seq, end), doubt = l->flags & HELD_DOUBT;
	if (s->next == l->seq && !s->pile && f->streams->work == WORK_NONE && !urgent && !doubt) {
		f->streams->work = WORK_PLAIN;
		return;
	}
	f->streams->work = WORK_ANY;
	if (s->pile)
		settle(t, f, s);
	/* its sender goes on behind bytes in doubt, and the other side will never be seen */
	if (s->pile && s->pile->head->flags & HELD_DOUBT && !f->packets[!l->dir] &&
	    !seq_before(l->seq, held_end(s->pile->head)))
		s->flags |= STREAM_FORCE;
	if (!urgent && !doubt && (!seq_before(s->next, l->seq) || hole_is_over(s, l->seq)))
		return;
	bool far = l->seq - s->next >= FAR && seq_before(s->next, l->seq);
	if (keep(t, s)) {
		if (far)
			count_pieces(s);
		late_forget(t, s);
		return;
	}
	t->count.stream_evicted++;
	stream_odd(f, ODD_STREAM_MEMORY);
	s->flags |= STREAM_FORCE;
}

/* The other direction learns what was received of it, as far as it was sent: who acknowledges more
 * is a stranger, or we missed something and hear it again. */
static inline void
take_ack(const struct flow_table *t, const struct flow *f, const struct packet *p, enum dir dir)
{
	struct flow_streams *fs = f->streams;
	struct stream *s = &fs->dir[!dir];
	uint32_t sent = s->pile ? held_end(s->pile->tail) : s->next;

	if (!(p->tcp_flags & TCP_ACK) || !(s->flags & STREAM_STARTED))
		return;
	/* the answer to a SYN with bytes (RFC 7413): as Suricata, they wait for the one behind it
	 */
	if (t->config.wait_ack && p->tcp_flags & TCP_SYN)
		return;
	if (s->flags & STREAM_FIN && seq_before(sent, s->fin + 1))
		sent = s->fin + 1;
	if (seq_before(sent, p->tcp_ack))
		return;
	flow_edge(f, s, p, dir);
	if (!(s->flags & STREAM_ACKED) || seq_before(s->acked, p->tcp_ack)) {
		s->acked = p->tcp_ack;
		s->flags |= STREAM_ACKED;
		if (s->pile || s->flags & STREAM_FIN)
			fs->work = WORK_ANY;
	}
}

/*
 * A reset, or a FIN that nobody acknowledged, may be there for us alone: its receiver does not get
 * it (a small TTL) or does not believe it (RFC 5961), and the connection goes on. So a reset at the
 * very number that is next gives up holes, any other does nothing; and the direction does not end
 * before the flow does, or before the other side has the FIN. One with a smaller TTL ends it only
 * when the very byte behind all that was seen is acknowledged. Where bytes wait to be acknowledged,
 * those that never were are looked at when the flow ends.
 */
static void
take_end(struct flow_table *t, struct flow *f, const struct packet *p, enum dir dir)
{
	struct flow_streams *fs = f->streams;
	struct stream *s = &fs->dir[dir];
	bool faint = p->ttl < s->ttl;

	if (faint && (p->tcp_flags & TCP_RST || s->flags & STREAM_FIN))
		return;
	if (p->tcp_flags & TCP_RST) {
		if (t->config.wait_ack || f->tcp != FLOW_TCP_CLOSED ||
		    (s->flags & STREAM_STARTED && p->tcp_seq != s->next &&
			!(s->flags & STREAM_ACKED && p->tcp_seq == s->acked)))
			return;
		fs->dir[0].flags |= STREAM_RESET;
		fs->dir[1].flags |= STREAM_RESET;
		fs->work = WORK_ANY;
	} else if (!(s->flags & STREAM_ENDED)) {
		uint32_t fin = p->tcp_seq + !!(p->tcp_flags & TCP_SYN) + (uint32_t)p->payload.len;
		if (!(s->flags & STREAM_STARTED) && !faint)
			stream_start(f, s, fin, dir);
		/* behind what was given, or absurdly far ahead: a stranger's */
		if (fin - s->next > WINDOW_MOST || (faint && fin != s->next))
			return;
		s->fin = fin;
		s->flags &= (uint16_t)~STREAM_FAINT;
		s->flags |= STREAM_FIN | (faint ? STREAM_FAINT : 0);
		fs->work = WORK_ANY;
	}
}

/* Receivers take no bytes from a segment without ACK, nor from a SYN that is not the first (RFC
 * 9293, 3.10.7.4). */
static inline bool
brings_bytes(const struct flow_table *t, const struct flow *f, const struct packet *p, enum dir dir)
{
	if (p->tcp_flags & TCP_URG && t->config.urgent == FLOW_URGENT_DROP)
		return false;
	if (p->tcp_flags & TCP_SYN)
		return p->tcp_seq == f->seq_isn[dir];
	if (p->tcp_flags & TCP_RST)
		return false;
	return p->tcp_flags & TCP_ACK || f->flags & FLOW_MIDSTREAM;
}

/*
 * The pointer names the byte behind the one that sockets read apart, unless their owner asked for
 * it in its place (RFC 6093, 3.1): without a pointer, the first.
 */
static void
take_urgent(struct flow_table *t, struct stream *s, const struct packet *p)
{
	struct cursor c = cursor_of_view(p->l4);
	uint16_t at;

	if (!cursor_skip(&c, 18) || !cursor_u16(&c, &at))
		return;
	t->count.stream_urgent++;
	s->urgent = p->tcp_seq + at - (at != 0);
	if (t->config.urgent != FLOW_URGENT_INLINE)
		s->flags |= STREAM_URGENT;
}

struct flow_streams *
flow_streams_get(struct flow_table *t, struct flow *f)
{
	if (!f->streams)
		f->streams = slab_get(&t->streams);
	return f->streams;
}

static bool
streams_begin(struct flow_table *t, struct flow *f)
{
	struct flow_streams *fs = flow_streams_get(t, f);

	if (!fs)
		return false;
	fs->dir[0].ttl = f->max_ttl[0];
	fs->dir[1].ttl = f->max_ttl[1];
	fs->began = true;
	return true;
}

/* Nothing more is wanted of either direction: the memory goes back. */
static bool
is_done(struct flow_table *t, struct flow *f)
{
	const struct flow_streams *fs = f->streams;

	if (!(fs->dir[0].flags & fs->dir[1].flags & STREAM_ENDED))
		return false;
	if (!fs->dir[0].pieces && !fs->dir[1].pieces && !fs->watch)
		flow_streams_free(t, f);
	f->flags |= FLOW_STREAM_DONE;
	return true;
}

void
flow_segment(struct flow_table *t, struct flow *f, const struct packet *p, enum dir dir)
{
	t->late.flow = NULL;
	t->late.data.len = 0;
	if (t->lent)
		held_release_lent(t);
	if (p->flags & PKT_BAD_CSUM || f->flags & FLOW_STREAM_DONE ||
	    (f->flags & FLOW_STRICT && f->tcp == FLOW_TCP_SYN_SENT && !(p->tcp_flags & TCP_SYN)))
		return;
	if (f->streams && f->streams->began ? is_done(t, f)
					    : !p->payload.len || !streams_begin(t, f))
		return;
	take_ack(t, f, p, dir);
	struct stream *s = &f->streams->dir[dir];
	if (p->payload.len && !(s->flags & STREAM_ENDED) && brings_bytes(t, f, p, dir)) {
		uint32_t seq = p->tcp_seq + !!(p->tcp_flags & TCP_SYN);
		if (p->tcp_flags & TCP_URG)
			take_urgent(t, s, p);
		bool doubt = flow_doubtful(t, f, p, dir);
		t->count.stream_doubtful += doubt;
		t->late = (struct late){ f, dir, seq, p->payload, doubt ? HELD_DOUBT : 0, p->ttl };
		take(t, f, s);
	}
	if (p->tcp_flags & (TCP_FIN | TCP_RST))
		take_end(t, f, p, dir);
}

uint16_t
flow_odd_now(const struct flow *f)
{
	return f->streams ? f->streams->odd : 0;
}

uint16_t
flow_odd(struct flow *f)
{
	struct flow_streams *fs = f->streams;

	if (!fs || !fs->odd)
		return 0;
	uint16_t fresh = (uint16_t)(fs->odd & ~fs->said);
	fs->said |= fs->odd;
	fs->odd = 0;
	return fresh;
}

/* Hand out n bytes at s->next; beyond the depth nothing is given any more. */
static void
emit(struct flow_table *t, struct stream *s, struct view data, struct flow_chunk *out)
{
	uint64_t depth = t->config.stream_depth;
	uint64_t left = s->offset < depth ? depth - s->offset : 0;

	out->data = data;
	out->offset = s->offset;
	out->lost = s->owed;
	out->end = false;
	s->owed = 0;
	s->next += (uint32_t)data.len;
	s->offset += data.len;
	if (depth && data.len >= left) {
		out->data.len = left;
		out->end = true;
		s->flags |= STREAM_ENDED;
		t->segment_odd |= UINT64_C(1) << SEGMENT_DEPTH;
		held_release(t, s);
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
	if (s->pile && s->pile->head->seq - s->next < n)
		n = s->pile->head->seq - s->next;
	return n > 0 && cursor_take(&c, n, part);
}

/* Bytes in doubt count once their receiver acknowledged them. That it got these says that others
 * which come as far will arrive. */
static bool
is_proven(struct stream *s, const struct held *h)
{
	if (!(h->flags & HELD_DOUBT) || s->flags & (STREAM_FLUSH | STREAM_FORCE | STREAM_RESET))
		return true;
	if (!(s->flags & STREAM_ACKED) || seq_before(s->acked, held_end(h)))
		return false;
	if (h->ttl < s->ttl)
		s->ttl = h->ttl;
	return true;
}

static void
lose(struct flow_table *t, struct flow *f, struct stream *s, uint32_t seq)
{
	uint32_t n = seq - s->next;

	s->offset += n;
	s->owed += n;
	s->next = seq;
	f->flags |= FLOW_STREAM_LOST;
	f->lost += n;
	t->count.stream_lost_bytes += n;
	/* at the end, bytes that their receiver did not get either are no gap of ours */
	if (s->flags & STREAM_FLUSH && s->flags & STREAM_ACKED && seq_before(s->acked, seq))
		return;
	t->count.stream_gaps++;
	stream_odd(f, ODD_STREAM_GAP);
}

/* What of the held bytes is next; their block is lent until the next packet. */
static bool
held_part(struct flow_table *t, struct flow *f, struct stream *s, struct view *part)
{
	while (s->pile && !seq_before(s->next, s->pile->head->seq)) {
		struct held *h = s->pile->head;
		struct cursor c = cursor_of(h->data, (size_t)h->skip + h->len);
		if (seq_before(s->next, held_end(h)) && !is_proven(s, h))
			return false;
		held_drop(t, s, h);
		if (h->flags & HELD_URGENT && s->next == h->seq) {
			if (t->config.urgent == FLOW_URGENT_GAP)
				lose(t, f, s, s->next + 1);
			else
				s->next++;
			if (s->urgent == h->seq)
				s->flags &= (uint16_t)~STREAM_URGENT;
		} else if (cursor_skip(&c, h->skip + (s->next - h->seq)) &&
			   cursor_take(&c, cursor_left(&c), part) && part->len > 0) {
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

	if (s->pile)
		*seq = s->pile->head->seq;
	if (late && (!s->pile || seq_before(t->late.seq, *seq)))
		*seq = t->late.seq;
	return (s->pile || late) && seq_before(s->next, *seq);
}

/* The other side has everything, the FIN too. */
static bool
fin_is_taken(const struct stream *s)
{
	if ((s->flags & (STREAM_FIN | STREAM_ACKED)) != (STREAM_FIN | STREAM_ACKED))
		return false;
	if (s->flags & STREAM_FAINT)
		return s->next == s->fin && !s->pile && s->acked == s->fin + 1;
	return seq_before(s->fin, s->acked);
}

/* Nothing more is in order: is the direction finished? */
static bool
finished(struct flow_table *t, struct flow *f, struct stream *s, struct flow_chunk *out)
{
	bool flush = s->flags & STREAM_FLUSH;

	if (!flush && !fin_is_taken(s))
		return false;
	if (s->flags & STREAM_FIN && !s->pile && seq_before(s->next, s->fin) &&
	    s->fin - s->next < WINDOW_MOST)
		lose(t, f, s, s->fin);
	if (!flush && seq_before(s->next, s->fin))
		return false;
	held_release(t, s);
	s->flags |= STREAM_ENDED;
	out->data = (struct view){ NULL, 0 };
	out->offset = s->offset;
	out->lost = s->owed;
	out->end = true;
	s->owed = 0;
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
	bool some = late_part(t, s, f, &part) || held_part(t, f, s, &part);
	if (!some && hole_end(t, s, f, &seq) && hole_is_over(s, seq)) {
		lose(t, f, s, seq);
		some = late_part(t, s, f, &part) || held_part(t, f, s, &part);
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
	fs->dir[0].flags &= (uint16_t) ~(STREAM_RESET | STREAM_FORCE);
	fs->dir[1].flags &= (uint16_t) ~(STREAM_RESET | STREAM_FORCE);
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
