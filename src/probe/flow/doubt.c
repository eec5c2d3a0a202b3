/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow: segments that reach us and perhaps not their receiver.
 *
 * Bytes meant for us alone (a hop limit that ends on the way, a place outside the window, an old
 * timestamp, a number acknowledged that was never sent) would take the place of those the receiver
 * gets. So bytes in doubt wait: until the receiver acknowledges them, which says they are what it
 * has, or until others come for the same place, which then win. Who is wrongly doubted is given a
 * round trip later and loses nothing. Nothing is doubted while the other side was never seen:
 * nobody would acknowledge it.
 *
 * Sources: Ptacek and Newsham, Insertion, Evasion, and Denial of Service (1998); RFC 7323 section 5
 * (PAWS); RFC 5961 section 5.
 */
#include "internal.h"

#define OPTION_STAMP 8
#define ACK_OLDEST (1U << 20) /* acknowledgements older than any window that is still open */
#define SCALE_MOST 14         /* RFC 7323, 2.3 */
#define WIRE_USUAL 1500       /* bytes that fit into Ethernet's frame */

/* PAWS: older than one seen, or without when others had it. */
static bool
stamp_is_old(struct stream *s, const struct packet *p)
{
	struct view v;
	uint32_t stamp;

	if (p->l4.len == p->payload.len + 20 || !flow_option(p, OPTION_STAMP, &v))
		return s->flags & STREAM_STAMP;
	struct cursor c = cursor_of_view(v);
	if (!cursor_u32(&c, &stamp))
		return true;
	if (s->flags & STREAM_STAMP && seq_before(stamp, s->stamp))
		return true;
	s->stamp = stamp;
	s->flags |= STREAM_STAMP;
	return false;
}

/* The oldest number that p may still acknowledge: the latest, less the widest window its sender
 * ever offered (RFC 5961, 5.2); before there is one, where the other side began. */
static bool
ack_oldest(const struct flow *f, const struct stream *back, enum dir dir, uint32_t *oldest)
{
	if (back->flags & STREAM_ACKED) {
		uint32_t window = back->flags & STREAM_EDGE ? back->edge - back->acked : ACK_OLDEST;
		*oldest = back->acked - (window < ACK_OLDEST ? window : ACK_OLDEST);
		return true;
	}
	*oldest = f->seq_isn[!dir];
	return f->tcp_flags[!dir] & TCP_SYN;
}

/* It acknowledges what was never sent, or what was long ago. */
static bool
ack_is_strange(
    const struct flow *f, const struct stream *back, const struct packet *p, enum dir dir)
{
	uint32_t oldest;

	if (!(p->tcp_flags & TCP_ACK))
		return false;
	if (seq_before(f->seq_end[!dir], p->tcp_ack))
		return true;
	return ack_oldest(f, back, dir, &oldest) && seq_before(p->tcp_ack, oldest);
}

/*
 * Its checksum was left to a card, while others of its sender had theirs: a card sends none so. Not
 * when it may be several that the receiving machine put together (GRO), which leaves the sum out.
 */
static bool
sum_is_missing(const struct flow *f, const struct packet *p, enum dir dir)
{
	return p->flags & PKT_OFFLOADED && f->flags & FLOW_SUMMED << dir && p->l3_len <= WIRE_USUAL;
}

static bool
odd(const struct flow *f, enum odd_stream kind)
{
	stream_odd(f, kind);
	return true;
}

bool
flow_doubtful(struct flow_table *t, const struct flow *f, const struct packet *p, enum dir dir)
{
	struct stream *s = &f->streams->dir[dir];
	uint32_t end = p->tcp_seq + (uint32_t)p->payload.len;

	/* who does not take part in TCP Fast Open throws these away */
	if (p->tcp_flags & TCP_SYN)
		return odd(f, ODD_STREAM_SYN_DATA);
	if (!f->packets[!dir]) {
		s->flags |= STREAM_EARLY;
		return false;
	}
	if (t->config.wait_ack)
		return true;
	if (p->ttl < s->ttl) {
		t->count.stream_low_ttl++;
		return odd(f, ODD_STREAM_TTL);
	}
	if (s->flags & STREAM_EDGE && seq_before(s->edge, end))
		return odd(f, ODD_STREAM_WINDOW);
	if (ack_is_strange(f, &f->streams->dir[!dir], p, dir))
		return odd(f, ODD_STREAM_ACK);
	if (stamp_is_old(s, p))
		return odd(f, ODD_STREAM_TIMESTAMP);
	return sum_is_missing(f, p, dir);
}

/* Windows are scaled when both sides said so in their SYN; of what we did not see the widest is
 * assumed. */
unsigned
flow_scale(const struct flow *f, enum dir dir)
{
	if (!f->scale[0] || !f->scale[1])
		return SCALE_MOST;
	if (f->scale[0] == FLOW_NO_SCALE || f->scale[1] == FLOW_NO_SCALE)
		return 0;
	return f->scale[dir] - 1u;
}

void
flow_edge(const struct flow *f, struct stream *s, const struct packet *p, enum dir dir)
{
	unsigned scale = p->tcp_flags & TCP_SYN ? 0 : flow_scale(f, dir);
	uint32_t edge = p->tcp_ack + ((uint32_t)p->tcp_window << scale);

	if (!(s->flags & STREAM_EDGE) || seq_before(s->edge, edge)) {
		s->edge = edge;
		s->flags |= STREAM_EDGE;
	}
}
