/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RTP and RTCP in the table of protocols: a flow is one transaction, with its streams in it, and
 * has its record at the flow's end. Taken when a call announced it, or by two packets of one
 * source.
 */
#include "../expect.h"
#include "../item.h"
#include "probe/l7/rtp.h"
#include "wire/event.h"

#define STREAMS 8
#define NEAR 3000 /* sequence numbers: what is further away begins anew (RFC 3550, A.1) */
#define KNOWN (UINT64_C(1) << 63)
#define STEP 900000u /* of the timestamp between two packets that follow each other */

struct stream {
	uint32_t ssrc, timestamp;
	uint32_t first, highest; /* sequence numbers, extended */
	uint64_t packets, bytes, lost;
	uint64_t arrived; /* ns */
	double jitter;    /* of the timestamp's unit */
	uint8_t dir, type;
	bool changed; /* of the payload's type */
};

struct rtp_tx {
	struct l7_item item;
	struct view name;  /* of the call; ptr NULL: none announced it */
	struct view cname; /* of RTCP */
	struct stream streams[STREAMS];
	uint8_t stream_n;
	bool more; /* streams than kept */
	uint64_t reports, byes;
	uint32_t worst_lost, worst_jitter; /* as receivers report */
};

struct rtp_state {
	struct l7_items q;
};

/* Two packets of one source, one soon after the other. */
static bool
follows(uint64_t mind, const struct rtp_packet *p)
{
	uint64_t source = (p->ssrc ^ p->ssrc >> 16) & 0x7fff;
	uint16_t step = (uint16_t)(p->sequence - (uint16_t)(mind >> 32));
	return mind & KNOWN && (mind >> 48 & 0x7fff) == source && step >= 1 && step <= 3 &&
	       p->timestamp - (uint32_t)mind <= STEP;
}

static enum l7_guess
probe(const struct l7_first *first)
{
	struct rtp_packet p;
	struct cursor c = cursor_of_view(first->data);
	uint8_t b;
	if (!first->mind || !cursor_peek(&c, 0, &b) || b >> 6 != 2)
		return L7_NO;
	if (cursor_peek(&c, 1, &b) && b >= RTCP_SR && b <= RTCP_LAST)
		return rtcp_is(first->data) ? L7_YES : L7_NO;
	if (!rtp_read(first->data, &p) || !p.payload.len || !p.ssrc || (p.type > 34 && p.type < 96))
		return L7_NO;
	if (follows(*first->mind, &p))
		return L7_YES;
	uint64_t source = (p.ssrc ^ p.ssrc >> 16) & 0x7fff;
	*first->mind = KNOWN | source << 48 | (uint64_t)p.sequence << 32 | p.timestamp;
	return L7_MAYBE;
}

static bool
row_open(struct l7 *l, struct l7_flow *lf)
{
	struct rtp_state *s = lf->state;
	struct rtp_tx *tx = l7_item_new(l, lf, &s->q);
	if (tx && l->expected && l->expected->name.len)
		tx->name = l7_text(l, tx, l->expected->name, 255);
	return tx != NULL;
}

static struct stream *
stream_of(struct l7_flow *lf, struct rtp_tx *tx, const struct rtp_packet *p, enum dir dir)
{
	for (int i = 0; i < tx->stream_n; i++) {
		if (tx->streams[i].ssrc == p->ssrc && tx->streams[i].dir == dir)
			return &tx->streams[i];
	}
	if (tx->stream_n == STREAMS) {
		tx->more = true;
		return NULL;
	}
	struct stream *s = &tx->streams[tx->stream_n++];
	*s = (struct stream){ .ssrc = p->ssrc, .dir = (uint8_t)dir, .type = p->type };
	s->first = s->highest = p->sequence + 65536u;
	if (follows(lf->mind[dir], p)) { /* the packet before was looked at while choosing */
		s->first -= (uint16_t)(p->sequence - (uint16_t)(lf->mind[dir] >> 32));
		s->packets = 1;
	}
	lf->mind[dir] = 0;
	return s;
}

/* RFC 3550, A.8. */
static void
jitter(struct stream *s, const struct rtp_packet *p, uint64_t now)
{
	uint32_t clock;
	if (s->arrived && rtp_codec(p->type, &clock) && s->type == p->type && now > s->arrived) {
		double late = (double)(now - s->arrived) * clock / 1e9 -
			      (double)(int32_t)(p->timestamp - s->timestamp);
		s->jitter += ((late < 0 ? -late : late) - s->jitter) / 16;
	}
	s->arrived = now;
	s->timestamp = p->timestamp;
}

static void
count(struct l7 *l, struct l7_flow *lf, struct rtp_tx *tx, const struct rtp_packet *p, enum dir dir)
{
	struct stream *s = stream_of(lf, tx, p, dir);
	if (!s)
		return;
	uint16_t step = (uint16_t)(p->sequence - (uint16_t)s->highest);
	if (step < NEAR) {
		s->highest += step;
	} else if (step < 65536 - NEAR) {
		uint64_t expected = (uint64_t)s->highest - s->first + 1;
		s->lost += expected > s->packets ? expected - s->packets : 0;
		s->first =
		    s->highest + 1 - (uint32_t)s->packets - 1; /* so that no more is missing */
		s->highest++;
	}
	s->packets++;
	s->bytes += p->payload.len;
	s->changed |= s->type != p->type;
	jitter(s, p, l->now);
}

static void
report(struct rtp_tx *tx, struct cursor *c, uint8_t n)
{
	uint32_t ssrc, lost, highest, late;
	uint8_t fraction;
	tx->reports++;
	while (n-- && cursor_u32(c, &ssrc) && cursor_u8(c, &fraction) && cursor_u24(c, &lost) &&
	       cursor_u32(c, &highest) && cursor_u32(c, &late) && cursor_skip(c, 8)) {
		if (!(lost & 0x800000) && lost > tx->worst_lost)
			tx->worst_lost = lost;
		if (late > tx->worst_jitter)
			tx->worst_jitter = late;
	}
}

/* The first source's canonical name. */
static void
description(struct l7 *l, struct rtp_tx *tx, struct cursor *c)
{
	struct view text;
	uint8_t type;
	if (tx->cname.ptr || !cursor_skip(c, 4))
		return;
	while (cursor_u8(c, &type) && type && cursor_vector8(c, &text)) {
		if (type == 1)
			tx->cname = l7_text(l, tx, text, 255);
	}
}

static void
control(struct l7 *l, struct rtp_tx *tx, struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	struct rtcp_packet p;
	while (rtcp_next(&c, &p)) {
		struct cursor in = cursor_of_view(p.body);
		if (p.type == RTCP_SR && cursor_skip(&in, 24))
			report(tx, &in, p.count);
		else if (p.type == RTCP_RR && cursor_skip(&in, 4))
			report(tx, &in, p.count);
		else if (p.type == RTCP_SDES)
			description(l, tx, &in);
		else if (p.type == RTCP_BYE)
			tx->byes++;
	}
}

static void
packet(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	const struct rtp_state *s = lf->state;
	struct rtp_tx *tx = (void *)s->q.oldest;
	struct rtp_packet p;
	struct cursor c = cursor_of_view(bytes);
	uint8_t b;
	if (!tx)
		return;
	if (cursor_peek(&c, 1, &b) && b >= RTCP_SR && b <= RTCP_LAST)
		control(l, tx, bytes);
	else if (rtp_read(bytes, &p) && p.payload.len)
		count(l, lf, tx, &p, dir);
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct cursor c = cursor_of_view(bytes);
	struct view one;
	if (!lf->tcp) {
		packet(l, lf, bytes, dir);
		return (long)bytes.len;
	}
	while (cursor_vector16(&c, &one)) /* RFC 4571 */
		packet(l, lf, one, dir);
	return (long)(bytes.len - cursor_left(&c));
}

static void
write_stream(struct jw *w, const struct stream *s)
{
	uint32_t clock = 0;
	uint64_t expected = (uint64_t)s->highest - s->first + 1;
	const char *codec = rtp_codec(s->type, &clock);
	const struct ev_rtp_stream e = { .direction =
					     s->dir == DIR_TO_SERVER ? "toserver" : "toclient",
		.ssrc = s->ssrc,
		.payload_type = s->type,
		.codec = codec,
		.payload_type_changed = s->changed,
		.packets = s->packets,
		.bytes = s->bytes,
		.lost = s->lost + (expected > s->packets ? expected - s->packets : 0) };
	jw_object(w);
	ev_rtp_stream_fields(w, &e);
	if (codec) {
		ev_key(w, rtp_stream, jitter_ms);
		jw_f64(w, s->jitter * 1000 / clock, 3);
	}
	jw_object_end(w);
}

static void
write_control(struct jw *w, const struct rtp_tx *tx)
{
	const struct ev_rtcp e = { .reports = tx->reports,
		.cname = tx->cname,
		.lost = tx->worst_lost,
		.jitter = tx->worst_jitter,
		.byes = tx->byes };
	ev_key(w, rtp, rtcp);
	ev_rtcp_write(w, &e);
}

static void
row_write(const void *data_of, struct jw *w)
{
	const struct rtp_tx *tx = data_of;
	jw_key(w, "rtp");
	jw_object(w);
	if (tx->name.ptr) {
		ev_key(w, rtp, session);
		jw_view(w, tx->name);
	}
	if (tx->stream_n) {
		ev_key(w, rtp, streams);
		jw_array(w);
		for (int i = 0; i < tx->stream_n; i++)
			write_stream(w, &tx->streams[i]);
		jw_array_end(w);
	}
	if (tx->more) {
		ev_key(w, rtp, more_streams);
		jw_bool(w, true);
	}
	if (tx->reports || tx->byes || tx->cname.ptr)
		write_control(w, tx);
	jw_object_end(w);
}

const struct l7_row l7_rtp_row = {
	.name = "rtp",
	.proto = L7_RTP,
	.tcp = true,
	.udp = true,
	.state_size = sizeof(struct rtp_state),
	.items_at = offsetof(struct rtp_state, q),
	.tx_size = sizeof(struct rtp_tx),
	.probe = probe,
	.open = row_open,
	.data = data,
	.finish = l7_items_end,
	.release = l7_item_release,
	.close = l7_items_close,
	.write = row_write,
};
