/* SPDX-License-Identifier: Apache-2.0 */
/* DTLS in the table of protocols: a transaction is one handshake; its record is an event of type
 * tls. */
#include "pieces.h"
#include "probe/l7/dtls.h"
#include "tls_row.h"

/* The handshake message of one direction that is being put together. */
struct part {
	struct pieces pieces;
	bool open;
	uint16_t seq;  /* of the open one */
	uint16_t want; /* messages before it were seen */
	uint32_t size;
};

struct dtls_state {
	struct tls_tx *tx; /* NULL once its record was said */
	struct part part[2];
	bool sealed[2];
	bool asked, answered; /* said to be ready */
	struct tls_brief brief;
};

static enum l7_guess
probe(const struct l7_first *first)
{
	struct dtls_record r;
	struct dtls_fragment f;
	struct cursor c = cursor_of_view(first->data);
	uint8_t type;
	if (!cursor_u8(&c, &type) || (type != TLS_HANDSHAKE && type != TLS_ALERT))
		return L7_NO;
	if (dtls_record(first->data, &r) < 0 || r.epoch)
		return L7_NO;
	if (type == TLS_ALERT)
		return r.body.len == 2 ? L7_MAYBE : L7_NO;
	if (dtls_fragment(r.body, &f) < 0)
		return L7_NO;
	return f.type == TLS_CLIENT_HELLO || f.type == TLS_SERVER_HELLO ||
		       f.type == DTLS_HELLO_VERIFY
		   ? L7_YES
		   : L7_NO;
}

static bool
row_open(struct l7 *l, struct l7_flow *lf)
{
	struct dtls_state *s = lf->state;
	s->tx = tls_tx_new(l, lf);
	return s->tx != NULL;
}

static void
say(struct l7 *l, struct l7_flow *lf, uint8_t ready, enum dir dir)
{
	struct dtls_state *s = lf->state;
	s->tx->has |= ready;
	const struct l7_tx out = { .proto = L7_DTLS,
		.ready = ready,
		.has = s->tx->has,
		.dir = (uint8_t)dir,
		.data = s->tx };
	l7_say(l, lf, &out);
}

static void
drop(struct l7 *l, struct dtls_state *s)
{
	pieces_drop(&l->pool, &s->part[0].pieces);
	pieces_drop(&l->pool, &s->part[1].pieces);
}

/* The handshake is as complete as it gets: its record. */
static void
say_event(struct l7 *l, struct l7_flow *lf, enum dir dir)
{
	struct dtls_state *s = lf->state;
	if (!s->tx)
		return;
	s->brief = s->tx->brief;
	if (s->brief.client || s->brief.server || s->tx->alerts) {
		l7_counted(l, L7_DTLS);
		say(l, lf, L7_READY_EVENT, dir);
	} else {
		tls_tx_free(l, L7_DTLS, s->tx);
	}
	s->tx = NULL;
	drop(l, s);
	lf->stopped = true;
}

static void
client_hello(struct l7 *l, struct l7_flow *lf, struct view body)
{
	struct dtls_state *s = lf->state;
	struct tls_hello h;
	if (tls_client_hello_with_cookie(body, &h) < 0)
		return;
	tls_take_client(s->tx, &h, 'd');
	if (!s->asked)
		say(l, lf, L7_READY_REQUEST, DIR_TO_SERVER);
	s->asked = true;
}

static void
server_hello(struct l7 *l, struct l7_flow *lf, struct view body)
{
	struct dtls_state *s = lf->state;
	struct tls_hello h;
	if (tls_server_hello(body, &h) < 0)
		return;
	tls_take_server(s->tx, &h);
	if (!s->answered && !h.retry)
		say(l, lf, L7_READY_RESPONSE, DIR_TO_CLIENT);
	s->answered = s->answered || !h.retry;
}

/* Which side a message comes from is told by its type: of a flow picked up in the middle the
 * directions may be the wrong way round. */
static void
message(struct l7 *l, struct l7_flow *lf, uint8_t type, struct view body, enum dir dir)
{
	struct dtls_state *s = lf->state;
	switch (type) {
	case TLS_CLIENT_HELLO:
		client_hello(l, lf, body);
		break;
	case DTLS_HELLO_VERIFY:
		s->tx->cookie = true;
		break;
	case TLS_SERVER_HELLO:
		server_hello(l, lf, body);
		break;
	case TLS_CERTIFICATE:
		tls_take_certificates(l, s->tx, body, dir);
		say(l, lf, dir ? L7_READY_RESPONSE_LATER : L7_READY_REQUEST_LATER, dir);
		break;
	case TLS_SERVER_KEY_EXCHANGE:
		if (s->tx->brief.server)
			tls_take_exchange(s->tx, body);
		break;
	case TLS_CERTIFICATE_REQUEST:
		s->tx->asks = true;
		break;
	case TLS_SERVER_HELLO_DONE:
		if (s->tx->brief.server && !s->tx->asks)
			say_event(l, lf, dir);
		break;
	case TLS_CLIENT_KEY_EXCHANGE:
		if (s->tx->brief.server)
			say_event(l, lf, dir);
		break;
	default:
		break;
	}
}

/* A part of a message. Repeated ones are passed over; one that is missing is given up for the next.
 */
static void
fragment(struct l7 *l, struct l7_flow *lf, const struct dtls_fragment *f, enum dir dir)
{
	struct dtls_state *s = lf->state;
	struct part *p = &s->part[dir];
	if (f->type == TLS_CLIENT_HELLO && f->seq < p->want && !s->tx->brief.client)
		p->want = f->seq;
	if (f->seq < p->want || (p->open && f->seq < p->seq))
		return;
	if (p->open && f->seq != p->seq) {
		pieces_drop(&l->pool, &p->pieces);
		p->open = false;
	}
	if (f->body.len == f->size) {
		p->want = (uint16_t)(f->seq + 1);
		message(l, lf, f->type, f->body, dir);
		return;
	}
	p->open = true;
	p->seq = f->seq;
	p->size = f->size;
	if (!pieces_add(&l->pool, &p->pieces, f->offset, f->body)) {
		l->count.over_cap++;
		p->want = (uint16_t)(f->seq + 1);
	} else if (pieces_view(&p->pieces).len >= p->size) {
		p->want = (uint16_t)(f->seq + 1);
		message(l, lf, f->type, (struct view){ p->pieces.hold.ptr, p->size }, dir);
	} else {
		return;
	}
	pieces_drop(&l->pool, &p->pieces);
	p->open = false;
}

static void
handshake(struct l7 *l, struct l7_flow *lf, struct view body, enum dir dir)
{
	struct dtls_state *s = lf->state;
	struct cursor c = cursor_of_view(body);
	struct dtls_fragment f;
	while (s->tx && cursor_left(&c)) {
		long used = dtls_fragment((struct view){ c.at, cursor_left(&c) }, &f);
		if (used < 0)
			return;
		fragment(l, lf, &f, dir);
		(void)cursor_skip(&c, (size_t)used);
	}
}

static void
seal(struct l7 *l, struct l7_flow *lf, enum dir dir)
{
	struct dtls_state *s = lf->state;
	s->sealed[dir] = true;
	if (s->tx->brief.server && s->tx->brief.client && !s->tx->side[DIR_TO_CLIENT].seen &&
	    s->tx->brief.version != 0xfefc)
		tls_take_resumed(s->tx);
	if (s->tx->brief.server)
		say_event(l, lf, dir);
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct dtls_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	struct dtls_record r;
	uint8_t first;
	if (s->tx)
		tls_tx_settle(s->tx);
	if (s->tx && s->tx->brief.server && cursor_peek(&c, 0, &first) && first >> 5 == 1)
		say_event(l, lf, dir); /* DTLS 1.3 goes on encrypted */
	while (s->tx && cursor_left(&c)) {
		long used = dtls_record((struct view){ c.at, cursor_left(&c) }, &r);
		if (used < 0)
			break;
		if (r.epoch || r.type == TLS_CHANGE_CIPHER_SPEC || r.type == TLS_APPLICATION)
			seal(l, lf, dir);
		else if (r.type == TLS_HANDSHAKE)
			handshake(l, lf, r.body, dir);
		else if (r.type == TLS_ALERT)
			tls_take_alert(s->tx, r.body, dir);
		(void)cursor_skip(&c, (size_t)used);
	}
	return (long)bytes.len;
}

static void
finish(struct l7 *l, struct l7_flow *lf)
{
	const struct dtls_state *s = lf->state;
	say_event(l, lf, s->answered ? DIR_TO_CLIENT : DIR_TO_SERVER);
}

static void
release(struct l7 *l, struct l7_flow *lf, const void *tx)
{
	(void)lf;
	tls_tx_free(l, L7_DTLS, (struct tls_tx *)(uintptr_t)tx);
}

static void
row_close(struct l7 *l, struct l7_flow *lf)
{
	struct dtls_state *s = lf->state;
	tls_tx_free(l, L7_DTLS, s->tx);
	drop(l, s);
}

static void
row_write(const void *data_of, struct jw *w)
{
	tls_tx_write(data_of, w);
}

static void
flow_write(const void *state, struct jw *w)
{
	const struct dtls_state *s = state;
	tls_brief_write(s->tx ? &s->tx->brief : &s->brief, w);
}

const struct l7_row l7_dtls_row = {
	.name = "dtls",
	.proto = L7_DTLS,
	.udp = true,
	.state_size = sizeof(struct dtls_state),
	.tx_size = sizeof(struct tls_tx),
	.probe = probe,
	.open = row_open,
	.data = data,
	.finish = finish,
	.release = release,
	.close = row_close,
	.buffer = tls_tx_buffer,
	.number = tls_tx_number,
	.write = row_write,
	.flow_write = flow_write,
};
