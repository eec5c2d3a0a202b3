/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow: the state of a TCP connection as an observer in the middle sees it (RFC 9293, 3.3.2), told
 * from the server's side as Suricata does: CLOSE_WAIT when the client closes first, FIN_WAIT1 when
 * the server does.
 */
#include "internal.h"

/* A reset must lie this near to what was sent last, so that a stranger cannot end a flow for us. */
#define RESET_SLACK (1 << 20)

#define OPTION_SCALE 3

static inline uint32_t
seq_length(const struct packet *p)
{
	return (uint32_t)p->payload.len + !!(p->tcp_flags & TCP_SYN) + !!(p->tcp_flags & TCP_FIN);
}

static uint8_t
window_scale(const struct packet *p)
{
	struct view v;
	uint8_t scale;

	if (!flow_option(p, OPTION_SCALE, &v))
		return FLOW_NO_SCALE;
	struct cursor c = cursor_of_view(v);
	if (!cursor_u8(&c, &scale))
		return FLOW_NO_SCALE;
	return 1 + (scale < 14 ? scale : 14); /* RFC 7323, 2.3 */
}

/*
 * The number a direction begins with: that of its last SYN while nobody answered, since the first
 * may have died on its way; and the answer says which one it means (less bytes that came with it,
 * RFC 7413).
 */
static void
take_syn(struct flow *f, const struct packet *p, enum dir dir, uint32_t end)
{
	uint32_t *isn = &f->seq_isn[!dir];

	if (!(f->tcp_flags[dir] & TCP_SYN) || (f->tcp == FLOW_TCP_SYN_SENT && !f->packets[!dir])) {
		f->seq_isn[dir] = p->tcp_seq;
		f->seq_end[dir] = end;
		f->scale[dir] = window_scale(p);
	}
	if (p->tcp_flags & TCP_ACK && f->tcp == FLOW_TCP_SYN_RECV && f->tcp_flags[!dir] & TCP_SYN &&
	    p->tcp_ack - *isn - 1 >= f->seq_end[!dir] - *isn) {
		f->seq_syn = *isn; /* should this answer be a stranger's */
		*isn = p->tcp_ack - 1;
		f->seq_end[!dir] = p->tcp_ack;
	}
}

static inline void
advance(struct flow *f, const struct packet *p, enum dir dir)
{
	uint32_t end = p->tcp_seq + seq_length(p);

	if (p->tcp_flags & TCP_SYN)
		take_syn(f, p, dir, end);
	else if (!(f->tcp_flags[dir] & ~TCP_RST) || seq_before(f->seq_end[dir], end)) {
		if (!(f->tcp_flags[dir] & ~TCP_RST))
			f->seq_isn[dir] = p->tcp_seq - 1;
		f->seq_end[dir] = end;
	}
}

/* This packet acknowledges everything the other side sent, its FIN included. */
static bool
acks_all(const struct flow *f, const struct packet *p, enum dir dir)
{
	return p->tcp_flags & TCP_ACK && f->packets[!dir] &&
	       !seq_before(p->tcp_ack, f->seq_end[!dir]);
}

static bool
reset_is_near(const struct flow *f, const struct packet *p, enum dir dir)
{
	/* the answer to a SYN is judged by what it acknowledges; its own number means nothing */
	if (f->packets[dir] == 1)
		return !(p->tcp_flags & TCP_ACK) || acks_all(f, p, dir) ||
		       f->flags & FLOW_MIDSTREAM;
	int32_t away = (int32_t)(p->tcp_seq - f->seq_end[dir]);
	return away > -RESET_SLACK && away < RESET_SLACK;
}

static uint8_t
after_first(const struct packet *p)
{
	if (!(p->tcp_flags & TCP_SYN))
		return FLOW_TCP_ESTABLISHED;
	return p->tcp_flags & TCP_ACK ? FLOW_TCP_SYN_RECV : FLOW_TCP_SYN_SENT;
}

/* Handshake: what a packet that is neither RST nor FIN makes of it. */
static uint8_t
after_handshake(const struct flow *f, const struct packet *p, enum dir dir)
{
	bool syn = p->tcp_flags & TCP_SYN;

	if (f->tcp == FLOW_TCP_SYN_SENT) {
		if (syn)
			return dir == DIR_TO_CLIENT ? FLOW_TCP_SYN_RECV : FLOW_TCP_SYN_SENT;
		/* the SYN/ACK was not captured, or goes another way */
		return p->tcp_flags & TCP_ACK && !(f->flags & FLOW_STRICT) ? FLOW_TCP_ESTABLISHED
									   : FLOW_TCP_SYN_SENT;
	}
	return !syn && p->tcp_flags & TCP_ACK ? FLOW_TCP_ESTABLISHED : FLOW_TCP_SYN_RECV;
}

static uint8_t
after_fin(const struct flow *f, const struct packet *p, enum dir dir)
{
	switch (f->tcp) {
	case FLOW_TCP_SYN_SENT:
		if (f->flags & FLOW_STRICT)
			return f->tcp;
		/* fall through */
	case FLOW_TCP_SYN_RECV:
	case FLOW_TCP_ESTABLISHED:
		/* its SYN was never answered for us to see: as in EVE, its end says nothing */
		if (f->tcp == FLOW_TCP_ESTABLISHED && f->tcp_flags[dir] & TCP_SYN &&
		    dir == DIR_TO_SERVER && !f->packets[!dir])
			return f->tcp;
		return dir == DIR_TO_SERVER ? FLOW_TCP_CLOSE_WAIT : FLOW_TCP_FIN_WAIT1;
	case FLOW_TCP_CLOSE_WAIT:
		return dir == DIR_TO_CLIENT ? FLOW_TCP_LAST_ACK : FLOW_TCP_CLOSE_WAIT;
	case FLOW_TCP_FIN_WAIT1:
		if (dir == DIR_TO_CLIENT)
			return FLOW_TCP_FIN_WAIT1;
		return acks_all(f, p, dir) ? FLOW_TCP_TIME_WAIT : FLOW_TCP_CLOSING;
	case FLOW_TCP_FIN_WAIT2:
		return dir == DIR_TO_SERVER ? FLOW_TCP_TIME_WAIT : FLOW_TCP_FIN_WAIT2;
	default:
		return f->tcp;
	}
}

/* Closing: what an acknowledgement of everything makes of it. */
static uint8_t
after_ack(const struct flow *f, enum dir dir)
{
	switch (f->tcp) {
	case FLOW_TCP_FIN_WAIT1:
		return dir == DIR_TO_SERVER ? FLOW_TCP_FIN_WAIT2 : FLOW_TCP_FIN_WAIT1;
	case FLOW_TCP_CLOSING:
		return dir == DIR_TO_SERVER ? FLOW_TCP_TIME_WAIT : FLOW_TCP_CLOSING;
	case FLOW_TCP_LAST_ACK:
		return dir == DIR_TO_SERVER ? FLOW_TCP_CLOSED : FLOW_TCP_LAST_ACK;
	case FLOW_TCP_TIME_WAIT:
		return dir == DIR_TO_CLIENT ? FLOW_TCP_CLOSED : FLOW_TCP_TIME_WAIT;
	default:
		return f->tcp;
	}
}

/*
 * The true answer to a SYN, after one that acknowledged another: its client drops or resets that
 * one and goes on waiting (RFC 9293, 3.10.7.3). What it said is forgotten.
 */
static bool
is_true_answer(const struct flow *f, const struct packet *p, enum dir dir)
{
	return (p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) == (TCP_SYN | TCP_ACK) &&
	       (f->tcp == FLOW_TCP_SYN_RECV || f->tcp == FLOW_TCP_CLOSED) &&
	       !(f->streams && f->streams->began) && !(f->flags & FLOW_RESYN) &&
	       p->tcp_ack == f->seq_syn + 1 && f->seq_isn[!dir] != f->seq_syn &&
	       f->tcp_flags[!dir] & TCP_SYN;
}

static void
answer_again(struct flow *f, const struct packet *p, enum dir dir)
{
	f->tcp = FLOW_TCP_SYN_RECV;
	f->seq_isn[!dir] = f->seq_syn;
	f->seq_end[!dir] = p->tcp_ack;
	f->seq_isn[dir] = p->tcp_seq;
	f->seq_end[dir] = p->tcp_seq + seq_length(p);
	f->scale[dir] = window_scale(p);
}

static uint8_t
after(struct flow *f, const struct packet *p, enum dir dir)
{
	if (f->tcp == FLOW_TCP_NONE)
		f->tcp = after_first(p);
	else if (p->tcp_flags & TCP_SYN && is_true_answer(f, p, dir))
		answer_again(f, p, dir);
	if (p->tcp_flags & TCP_RST)
		return reset_is_near(f, p, dir) ? FLOW_TCP_CLOSED : f->tcp;
	if (p->tcp_flags & TCP_FIN)
		return after_fin(f, p, dir);
	if (f->tcp <= FLOW_TCP_SYN_RECV)
		return after_handshake(f, p, dir);
	return acks_all(f, p, dir) ? after_ack(f, dir) : f->tcp;
}

/* The coarse state, which chooses the timeout: a connection counts as established once both sides
 * spoke. */
static uint8_t
coarse(const struct flow *f)
{
	if (f->tcp == FLOW_TCP_CLOSED || f->tcp == FLOW_TCP_TIME_WAIT)
		return FLOW_CLOSED;
	return f->tcp >= FLOW_TCP_ESTABLISHED && f->packets[0] && f->packets[1] ? FLOW_ESTABLISHED
										: FLOW_NEW;
}

void
flow_tcp_update(struct flow *f, const struct packet *p, enum dir dir)
{
	bool plain = !(p->tcp_flags & (TCP_SYN | TCP_FIN | TCP_RST));

	/* not by bare acknowledgements and resets: some systems make those without the card */
	if (!(p->flags & PKT_OFFLOADED) && (p->payload.len || p->tcp_flags & TCP_SYN))
		f->flags |= (uint16_t)(FLOW_SUMMED << dir);
	if (f->tcp != FLOW_TCP_ESTABLISHED || !plain)
		f->tcp = after(f, p, dir);
	if (!(p->tcp_flags & TCP_RST))
		advance(f, p, dir);
	f->tcp_flags[dir] |= p->tcp_flags;
	if (f->state != FLOW_ESTABLISHED || !plain || f->tcp != FLOW_TCP_ESTABLISHED)
		f->state = coarse(f);
}

/*
 * A SYN begins another connection only when the old one is over for both sides. While one side's
 * reset is all that says so, or nothing does, it may be there for us alone: then its number is
 * remembered, and the answer to it tells.
 */
static bool
syn_waits(struct flow *f, const struct packet *p, enum dir dir)
{
	bool open =
	    f->state != FLOW_CLOSED && f->tcp != FLOW_TCP_LAST_ACK && f->tcp != FLOW_TCP_CLOSING;
	bool alone = f->packets[!dir] && f->tcp_flags[dir] & TCP_RST &&
		     !(f->tcp_flags[!dir] & (TCP_RST | TCP_FIN));

	if (!open && !alone)
		return false;
	f->seq_syn = p->tcp_seq;
	f->flags |= FLOW_RESYN;
	return true;
}

bool
flow_tcp_reused(struct flow *f, const struct packet *p, enum dir dir)
{
	if ((p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) == (TCP_SYN | TCP_ACK))
		return f->flags & FLOW_RESYN && p->tcp_ack == f->seq_syn + 1 &&
		       p->tcp_ack != f->seq_isn[!dir] + 1;
	if ((p->tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST)) != TCP_SYN)
		return false;
	if (f->flags & FLOW_UNFOLLOWED)
		return true;
	/* the same number again is the old SYN, late or repeated; without an answer the last counts
	 */
	if ((f->tcp_flags[dir] & TCP_SYN && p->tcp_seq == f->seq_isn[dir]) ||
	    f->tcp == FLOW_TCP_SYN_SENT)
		return false;
	return !syn_waits(f, p, dir);
}
