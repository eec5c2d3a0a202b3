/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow: what is odd about a TCP segment, for rules that ask (stream-event).
 *
 * A segment is judged by the state its connection was in before: SYNs by the numbers that were
 * agreed, all else by place (the window its receiver offered), by what it acknowledges and by its
 * timestamp. Nothing here changes what is believed: that is doubt.c's and stream.c's.
 *
 * Sources: RFC 9293 (3.10.7), RFC 7323 (5), RFC 5961 (5.2).
 */
#include "segment.h"
#include "internal.h"

#define OPTION_STAMP 8
#define ACK_OLDEST (1U << 20)

static inline void
tell(struct flow_table *t, enum odd_segment what)
{
	t->segment_odd |= UINT64_C(1) << what;
}

static struct watch *
watch_of(struct flow_table *t, struct flow *f)
{
	struct flow_streams *fs = flow_streams_get(t, f);

	if (fs && !fs->watch)
		fs->watch = slab_get(&t->watches);
	return fs ? fs->watch : NULL;
}

/* ---- SYNs ---- */

/* Remember a number; false when it is another one than those there is place for. */
static bool
note(uint32_t *seen, uint8_t *n, uint8_t most, uint32_t seq)
{
	for (uint8_t i = 0; i < *n; i++) {
		if (seen[i] == seq)
			return true;
	}
	if (*n == most)
		return false;
	seen[(*n)++] = seq;
	return true;
}

/* An answer means one of the SYNs, and perhaps bytes that came with it (RFC 7413). */
static bool
answers(const struct flow *f, const struct watch *w, const struct packet *p, enum dir dir)
{
	if (p->tcp_ack - f->seq_isn[!dir] - 1 < f->seq_end[!dir] - f->seq_isn[!dir])
		return true;
	for (uint8_t i = 0; i < w->syn_n; i++) {
		if (p->tcp_ack == w->syn[i] + 1)
			return true;
	}
	return w->syn_n == WATCH_SYNS;
}

static void
look_first(struct flow_table *t, const struct flow *f, struct watch *w, const struct packet *p,
    enum dir dir)
{
	if (!(p->tcp_flags & TCP_ACK)) {
		if (dir == DIR_TO_SERVER && !note(w->syn, &w->syn_n, WATCH_SYNS, p->tcp_seq))
			tell(t, SEGMENT_SYN_FLOOD);
		return;
	}
	if (f->tcp == FLOW_TCP_NONE)
		return;
	if (dir == DIR_TO_SERVER)
		tell(t, SEGMENT_SYNACK_DIR);
	else if (!answers(f, w, p, dir))
		tell(t, SEGMENT_SYNACK_ACK);
	else
		(void)note(w->synack, &w->synack_n, WATCH_SYNACKS, p->tcp_seq);
}

static void
look_answered(struct flow_table *t, const struct flow *f, struct watch *w, const struct packet *p,
    enum dir dir)
{
	bool same = p->tcp_seq == f->seq_isn[dir];

	if (!(p->tcp_flags & TCP_ACK)) {
		if (dir == DIR_TO_CLIENT)
			tell(t, SEGMENT_RECV_SYN_DIR);
		else if (!same)
			tell(t, SEGMENT_RECV_SYN_SEQ);
		return;
	}
	if (dir == DIR_TO_SERVER) {
		tell(t, SEGMENT_RECV_SYNACK_DIR);
		return;
	}
	if (!answers(f, w, p, dir))
		tell(t, SEGMENT_RECV_SYNACK_ACK);
	if (!same)
		tell(t, SEGMENT_RECV_SYNACK_SEQ);
	if (!note(w->synack, &w->synack_n, WATCH_SYNACKS, p->tcp_seq))
		tell(t, SEGMENT_SYNACK_FLOOD);
}

static void
look_late(struct flow_table *t, const struct flow *f, const struct packet *p, enum dir dir)
{
	bool same = p->tcp_seq == f->seq_isn[dir];

	if (f->tcp != FLOW_TCP_ESTABLISHED) {
		if (same && !(p->tcp_flags & TCP_ACK))
			tell(t, SEGMENT_SHUT_SYN);
	} else if (!(p->tcp_flags & TCP_ACK)) {
		tell(t, dir == DIR_TO_CLIENT ? SEGMENT_EST_SYN_DIR
			: same               ? SEGMENT_EST_SYN
					     : SEGMENT_EST_SYN_SEQ);
	} else if (dir == DIR_TO_SERVER) {
		tell(t, SEGMENT_EST_SYNACK_DIR);
	} else if (p->tcp_ack - f->seq_isn[!dir] - 1 > f->seq_end[!dir] - f->seq_isn[!dir]) {
		tell(t, SEGMENT_EST_SYNACK_ACK);
	} else {
		tell(t, same ? SEGMENT_EST_SYNACK : SEGMENT_EST_SYNACK_SEQ);
	}
}

static void
look_syn(struct flow_table *t, const struct flow *f, struct watch *w, const struct packet *p,
    enum dir dir)
{
	if (f->tcp <= FLOW_TCP_SYN_SENT)
		look_first(t, f, w, p, dir);
	else if (f->tcp == FLOW_TCP_SYN_RECV)
		look_answered(t, f, w, p, dir);
	else
		look_late(t, f, p, dir);
}

/* ---- place, acknowledgement, time ---- */

static bool
ack_is_odd(const struct flow *f, const struct watch *w, const struct packet *p, enum dir dir)
{
	if (!(p->tcp_flags & TCP_ACK) || !f->packets[!dir] || !f->tcp_flags[!dir])
		return false;
	/* what we missed may be acknowledged, as far as its sender was allowed to go */
	if (seq_before(f->seq_end[!dir], p->tcp_ack) &&
	    !(w->has & WATCH_EDGE << !dir && !seq_before(w->edge[!dir], p->tcp_ack)))
		return true;
	if (!(w->has & WATCH_ACKED << !dir))
		return false;
	uint32_t window = w->has & WATCH_EDGE << !dir ? w->edge[!dir] - w->acked[!dir] : ACK_OLDEST;
	return seq_before(p->tcp_ack, w->acked[!dir] - (window < ACK_OLDEST ? window : ACK_OLDEST));
}

/* Beyond what its receiver takes; nothing is known of who said nothing yet. */
static bool
place_is_odd(const struct watch *w, const struct packet *p, enum dir dir)
{
	uint32_t end = p->tcp_seq + (uint32_t)p->payload.len;

	return w->has & WATCH_EDGE << dir && seq_before(w->edge[dir], end) &&
	       (p->payload.len || seq_before(w->edge[dir] + 1, end));
}

/* An echo of what the other side never sent. */
static bool
echo_is_odd(const struct flow *f, const struct watch *w, const struct packet *p, uint32_t echo,
    enum dir dir)
{
	if (!(p->tcp_flags & TCP_ACK) || !echo)
		return false;
	if (!(w->has & WATCH_STAMP << !dir))
		return f->tcp_flags[!dir] & TCP_SYN;
	return seq_before(echo, w->oldest[!dir]) || seq_before(w->stamp[!dir], echo);
}

/* That, or older than one before it. */
static bool
stamp_is_odd(const struct flow *f, struct watch *w, const struct packet *p, enum dir dir)
{
	uint32_t stamp, echo;
	struct view v;

	if (!flow_option(p, OPTION_STAMP, &v))
		return false;
	struct cursor c = cursor_of_view(v);
	if (!cursor_u32(&c, &stamp) || !cursor_u32(&c, &echo))
		return false;
	bool known = w->has & WATCH_STAMP << dir;
	if ((known && seq_before(stamp, w->stamp[dir])) || echo_is_odd(f, w, p, echo, dir))
		return true;
	if (!known)
		w->oldest[dir] = stamp;
	w->stamp[dir] = stamp;
	w->has |= (uint8_t)(WATCH_STAMP << dir);
	return false;
}

/* What a strange place, the same of a FIN, and a strange acknowledgement are called in each state.
 */
static const struct {
	uint8_t seq, fin, ack, fin_ack;
} called[] = {
	[FLOW_TCP_ESTABLISHED] = { SEGMENT_EST_SEQ, SEGMENT_EST_FIN, SEGMENT_EST_ACK,
	    SEGMENT_EST_FIN_ACK },
	[FLOW_TCP_FIN_WAIT1] = { SEGMENT_FIN1_SEQ, SEGMENT_FIN1_FIN, SEGMENT_FIN1_ACK,
	    SEGMENT_FIN1_ACK },
	[FLOW_TCP_FIN_WAIT2] = { SEGMENT_FIN2_SEQ, SEGMENT_FIN2_FIN, SEGMENT_FIN2_ACK,
	    SEGMENT_FIN2_ACK },
	[FLOW_TCP_CLOSING] = { SEGMENT_CLOSING_SEQ, SEGMENT_CLOSING_SEQ, SEGMENT_CLOSING_ACK,
	    SEGMENT_CLOSING_ACK },
	[FLOW_TCP_CLOSE_WAIT] = { SEGMENT_CLOSEWAIT_SEQ, SEGMENT_CLOSEWAIT_FIN,
	    SEGMENT_CLOSEWAIT_ACK, SEGMENT_CLOSEWAIT_ACK },
	[FLOW_TCP_LAST_ACK] = { SEGMENT_LASTACK_SEQ, SEGMENT_LASTACK_SEQ, SEGMENT_LASTACK_ACK,
	    SEGMENT_LASTACK_ACK },
	[FLOW_TCP_TIME_WAIT] = { SEGMENT_TIMEWAIT_SEQ, SEGMENT_TIMEWAIT_SEQ, SEGMENT_TIMEWAIT_ACK,
	    SEGMENT_TIMEWAIT_ACK },
};

static void
look_repeated(struct flow_table *t, const struct flow *f, const struct watch *w,
    const struct packet *p, enum dir dir)
{
	uint32_t end = p->tcp_seq + (uint32_t)p->payload.len;

	if (!p->payload.len || !(w->has & WATCH_ACKED << dir) || seq_before(w->acked[dir], end))
		return;
	tell(t, SEGMENT_AGAIN_ACKED);
	if (f->tcp > FLOW_TCP_ESTABLISHED)
		tell(t, SEGMENT_AGAIN);
	if (f->tcp == FLOW_TCP_ESTABLISHED && seq_before(end, w->acked[dir]))
		tell(t, SEGMENT_EST_OLD);
	else if (f->tcp == FLOW_TCP_CLOSE_WAIT && seq_before(end, w->acked[dir]))
		tell(t, SEGMENT_CLOSEWAIT_OLD);
}

/* A connection that its own end reset goes on: somebody else sent the reset. */
static void
look_after_reset(struct flow_table *t, struct watch *w, const struct packet *p, enum dir dir)
{
	if (!(w->has & WATCH_RST << dir) || !p->payload.len)
		return;
	if (seq_before(w->rst, p->tcp_seq + (uint32_t)p->payload.len))
		tell(t, SEGMENT_RST_INJECT);
	w->has &= (uint8_t) ~(WATCH_RST << dir);
}

static void
look_handshake(struct flow_table *t, const struct flow *f, const struct packet *p, enum dir dir)
{
	if (f->flags & FLOW_MIDSTREAM || !(p->tcp_flags & TCP_ACK) || p->tcp_flags & TCP_FIN)
		return;
	if (dir == DIR_TO_CLIENT) {
		tell(t, SEGMENT_RECV_DIR);
		return;
	}
	bool place = p->tcp_seq - f->seq_isn[dir] - 1 < f->seq_end[dir] - f->seq_isn[dir];
	bool ack = p->tcp_ack == f->seq_isn[!dir] + 1;
	if (!ack)
		tell(t, place ? SEGMENT_RECV_ACK : SEGMENT_RECV_BOTH);
}

static void
look_plain(struct flow_table *t, const struct flow *f, struct watch *w, const struct packet *p,
    enum dir dir)
{
	bool fin = p->tcp_flags & TCP_FIN;

	look_after_reset(t, w, p, dir);
	if (f->tcp == FLOW_TCP_SYN_RECV)
		look_handshake(t, f, p, dir);
	look_repeated(t, f, w, p, dir);
	if (f->tcp < FLOW_TCP_ESTABLISHED || f->tcp >= FLOW_TCP_CLOSED)
		return;
	if (place_is_odd(w, p, dir))
		tell(t, fin ? called[f->tcp].fin : called[f->tcp].seq);
	if (ack_is_odd(f, w, p, dir)) {
		tell(t, fin ? called[f->tcp].fin_ack : called[f->tcp].ack);
		tell(t, SEGMENT_ACK);
	}
}

static void
look_reset(struct flow_table *t, const struct flow *f, struct watch *w, const struct packet *p,
    enum dir dir)
{
	if (p->payload.len)
		tell(t, SEGMENT_RST_DATA);
	if (f->tcp >= FLOW_TCP_ESTABLISHED && ack_is_odd(f, w, p, dir)) {
		tell(t, SEGMENT_RST_ACK);
		tell(t, SEGMENT_ACK);
	}
	if (f->tcp >= FLOW_TCP_ESTABLISHED && f->tcp < FLOW_TCP_CLOSED) {
		w->rst = p->tcp_seq;
		w->has |= (uint8_t)(WATCH_RST << dir);
	}
}

/* What it says of the other direction. */
static void
learn(const struct flow *f, struct watch *w, const struct packet *p, enum dir dir)
{
	unsigned scale = p->tcp_flags & TCP_SYN ? 0 : flow_scale(f, dir);
	uint32_t edge = p->tcp_ack + ((uint32_t)p->tcp_window << scale);

	if (!(p->tcp_flags & TCP_ACK) || p->tcp_flags & TCP_RST)
		return;
	if (!(w->has & WATCH_EDGE << !dir) || seq_before(w->edge[!dir], edge))
		w->edge[!dir] = edge;
	if (!(w->has & WATCH_ACKED << !dir) || seq_before(w->acked[!dir], p->tcp_ack))
		w->acked[!dir] = p->tcp_ack;
	w->has |= (uint8_t)((WATCH_EDGE | WATCH_ACKED) << !dir);
}

void
flow_segment_look(struct flow_table *t, struct flow *f, const struct packet *p, enum dir dir)
{
	bool alone = f->packets[0] + f->packets[1] == 1 && !(p->tcp_flags & TCP_SYN);

	if (!(p->tcp_flags & TCP_ACK) && p->tcp_ack)
		tell(t, SEGMENT_BROKEN_ACK);
	if ((alone || f->flags & FLOW_UNFOLLOWED) && p->tcp_flags & (TCP_RST | TCP_FIN))
		tell(t, p->tcp_flags & TCP_RST ? SEGMENT_RST_NEW : SEGMENT_FIN_NEW);
	struct watch *w = f->flags & FLOW_UNFOLLOWED ? NULL : watch_of(t, f);
	if (!w)
		return;
	bool stamp = stamp_is_odd(f, w, p, dir);
	if (stamp)
		tell(t, SEGMENT_STAMP);
	if (p->tcp_flags & TCP_RST)
		look_reset(t, f, w, p, dir);
	else if (p->tcp_flags & TCP_SYN)
		look_syn(t, f, w, p, dir);
	else
		look_plain(t, f, w, p, dir);
	if (!stamp && !(t->segment_odd & UINT64_C(1) << SEGMENT_ACK))
		learn(f, w, p, dir);
}

void
flow_watch(struct flow_table *t, bool on)
{
	t->watching = on;
}

uint64_t
flow_odd_segment(const struct flow_table *t)
{
	return t->segment_odd;
}
