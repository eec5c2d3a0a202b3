/* SPDX-License-Identifier: Apache-2.0 */
/* TLS in the table of protocols: a transaction is one handshake. */
#include "tls_row.h"

struct tls_state {
	struct tls_tx *tx;   /* NULL once its record was said */
	struct hold part[2]; /* a handshake message that goes on in the next record */
	bool sealed[2];      /* from here on encrypted */
	bool started[2];
	bool asked, answered; /* said to be ready */
	struct tls_brief brief;
};

/* The versions of records: SSL 3.0 to TLS 1.3, and TLCP. */
static bool
version_known(uint8_t major, uint8_t minor)
{
	return (major == 3 && minor <= 4) || (major << 8 | minor) == TLS_VERSION_TLCP;
}

static enum l7_guess
probe(const struct l7_first *first)
{
	struct cursor c = cursor_of_view(first->data);
	struct tls_hello hello;
	uint8_t type, major, minor, message;
	uint16_t n;
	if (!cursor_u8(&c, &type))
		return L7_MAYBE;
	if (type & 0x80 && first->dir == DIR_TO_SERVER) {
		long used = tls_ssl2_hello(first->data, &hello);
		return used == L7_MORE ? L7_MAYBE : used < 0 ? L7_NO : L7_YES;
	}
	if (type != TLS_HANDSHAKE && type != TLS_ALERT)
		return L7_NO;
	if (!cursor_u8(&c, &major) || !cursor_u8(&c, &minor) || !cursor_u16(&c, &n))
		return L7_MAYBE;
	if (!version_known(major, minor) || n == 0 || n > 16384)
		return L7_NO;
	if (type == TLS_ALERT)
		return n == 2 ? L7_YES : L7_NO;
	if (!cursor_u8(&c, &message))
		return L7_MAYBE;
	return message == (first->dir == DIR_TO_SERVER ? TLS_CLIENT_HELLO : TLS_SERVER_HELLO)
		   ? L7_YES
		   : L7_NO;
}

static bool
row_open(struct l7 *l, struct l7_flow *lf)
{
	struct tls_state *s = lf->state;
	s->tx = tls_tx_new(l, lf);
	return s->tx != NULL;
}

static void
say(struct l7 *l, struct l7_flow *lf, uint8_t ready, enum dir dir)
{
	struct tls_state *s = lf->state;
	s->tx->has |= ready;
	const struct l7_tx out = { .proto = L7_TLS,
		.ready = ready,
		.has = s->tx->has,
		.dir = (uint8_t)dir,
		.data = s->tx };
	l7_say(l, lf, &out);
}

/* The handshake is as complete as it gets: its record. */
static void
say_event(struct l7 *l, struct l7_flow *lf, enum dir dir)
{
	struct tls_state *s = lf->state;
	if (!s->tx)
		return;
	s->brief = s->tx->brief;
	if (s->brief.client || s->brief.server) {
		l->count.tls++;
		say(l, lf, L7_READY_EVENT, dir);
	} else {
		tls_tx_free(l, L7_TLS, s->tx);
	}
	s->tx = NULL;
	hold_drop(&l->pool, &s->part[0]);
	hold_drop(&l->pool, &s->part[1]);
}

static void
client_hello(struct l7 *l, struct l7_flow *lf, const struct tls_hello *h)
{
	struct tls_state *s = lf->state;
	tls_take_client(s->tx, h, 't');
	if (!s->asked)
		say(l, lf, L7_READY_REQUEST, DIR_TO_SERVER);
	s->asked = true;
}

static void
server_hello(struct l7 *l, struct l7_flow *lf, const struct tls_hello *h)
{
	struct tls_state *s = lf->state;
	tls_take_server(s->tx, h);
	if (!s->answered && !h->retry)
		say(l, lf, L7_READY_RESPONSE, DIR_TO_CLIENT);
	s->answered = s->answered || !h->retry;
}

static bool
tls13(const struct tls_state *s)
{
	uint16_t v = s->tx ? s->tx->brief.version : s->brief.version;
	return v >= 0x0304 && v != 0xfeff;
}

static void
odd_certificate(struct l7 *l, struct l7_flow *lf, enum dir dir)
{
	const struct tls_state *s = lf->state;
	if (!s->tx->bad)
		return;
	l7_odd(l, lf,
	    s->tx->bad == TLS_BAD_LENGTH ? "CERTIFICATE_INVALID_LENGTH" : "INVALID_CERTIFICATE", 0,
	    dir);
	l7_odd(l, lf, "INVALID_HANDSHAKE_MESSAGE", 0, dir);
	s->tx->bad = TLS_BAD_NO;
}

/* One handshake message. False: it is not what it says. */
static bool
message(struct l7 *l, struct l7_flow *lf, enum dir dir, const struct tls_message *m)
{
	struct tls_state *s = lf->state;
	struct tls_hello h;
	switch (m->type) {
	case TLS_CLIENT_HELLO:
		if (dir != DIR_TO_SERVER)
			return true;
		if (tls_client_hello(m->body, &h) < 0)
			return false;
		client_hello(l, lf, &h);
		return true;
	case TLS_SERVER_HELLO:
		if (dir != DIR_TO_CLIENT)
			return true;
		if (tls_server_hello(m->body, &h) < 0)
			return false;
		server_hello(l, lf, &h);
		return true;
	case TLS_CERTIFICATE:
		if (tls13(s))
			return true;
		tls_take_certificates(l, s->tx, m->body, dir);
		odd_certificate(l, lf, dir);
		say(l, lf, dir ? L7_READY_RESPONSE_LATER : L7_READY_REQUEST_LATER, dir);
		return true;
	case TLS_SERVER_KEY_EXCHANGE:
		if (dir == DIR_TO_CLIENT && s->tx->brief.server)
			tls_take_exchange(s->tx, m->body);
		return true;
	case TLS_CERTIFICATE_REQUEST: /* its answer comes behind the server's last word */
		s->tx->asks = s->tx->asks || dir == DIR_TO_CLIENT;
		return true;
	case TLS_SERVER_HELLO_DONE:
		if (dir == DIR_TO_CLIENT && s->tx->brief.server && !s->tx->asks)
			say_event(l, lf, dir);
		return true;
	case TLS_CLIENT_KEY_EXCHANGE:
		if (dir == DIR_TO_SERVER && s->tx->brief.server && s->tx->asks)
			say_event(l, lf, dir);
		return true;
	default:
		return true;
	}
}

/* Messages that lie in `bytes`; *rest gets what is left of them. */
static bool
messages(struct l7 *l, struct l7_flow *lf, enum dir dir, struct view bytes, struct view *rest)
{
	struct tls_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	struct tls_message m;
	for (;;) {
		*rest = (struct view){ c.at, cursor_left(&c) };
		long used = s->tx ? tls_message(*rest, &m) : L7_MORE;
		if (used < 0)
			return true;
		if (!message(l, lf, dir, &m))
			return false;
		(void)cursor_skip(&c, (size_t)used);
	}
}

/* A handshake record's body: messages may begin in one record and end in another. */
static long
handshake(struct l7 *l, struct l7_flow *lf, enum dir dir, struct view body)
{
	struct tls_state *s = lf->state;
	struct hold *part = &s->part[dir];
	struct view rest;
	if (!part->len) {
		if (!messages(l, lf, dir, body, &rest))
			return L7_BAD;
		return !s->tx || hold_add(&l->pool, part, rest) ? 0 : L7_FULL;
	}
	if (!hold_add(&l->pool, part, body))
		return L7_FULL;
	if (!messages(l, lf, dir, hold_view(part), &rest))
		return L7_BAD;
	if (s->tx)
		hold_shift(&l->pool, part, part->len - rest.len);
	return 0;
}

static void
seal(struct l7 *l, struct l7_flow *lf, enum dir dir, bool change)
{
	struct tls_state *s = lf->state;
	bool both = s->tx->brief.server && dir == DIR_TO_CLIENT;
	if (change && tls13(s)) /* only there for old middleboxes (RFC 8446, D.4) */
		return;
	s->sealed[dir] = true;
	if (change && both && !s->tx->side[DIR_TO_CLIENT].seen && s->tx->brief.client)
		tls_take_resumed(s->tx);
	if (both || (!change && s->tx->brief.server && s->sealed[!dir]))
		say_event(l, lf, dir);
}

static long
record(struct l7 *l, struct l7_flow *lf, enum dir dir, const struct tls_record *r)
{
	struct tls_state *s = lf->state;
	if (r->type == TLS_HANDSHAKE && !s->sealed[dir])
		return handshake(l, lf, dir, r->body);
	if (r->type == TLS_ALERT)
		tls_take_alert(s->tx, r->body, dir);
	else if (r->type == TLS_CHANGE_CIPHER_SPEC)
		seal(l, lf, dir, true);
	else if (r->type == TLS_APPLICATION)
		seal(l, lf, dir, false);
	return 0;
}

#define RECORD_HEAD 5

static void
say_frames(struct l7 *l, struct l7_flow *lf, struct view bytes, const struct tls_record *r)
{
	l7_frame(l, lf, L7_FRAME_TLS_PDU, bytes, 0);
	l7_frame(l, lf, L7_FRAME_TLS_HDR, (struct view){ bytes.ptr, RECORD_HEAD }, 0);
	l7_frame(l, lf, L7_FRAME_TLS_DATA, r->body, 0);
	if (r->type == TLS_ALERT)
		l7_frame(l, lf, L7_FRAME_TLS_ALERT_DATA, r->body, 0);
}

/* The client's very first bytes may be an SSL 2.0 hello. Bytes used, 0 when they are not. */
static long
ssl2(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct tls_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	struct tls_hello h;
	uint8_t first;
	if (s->started[dir] || dir != DIR_TO_SERVER || !cursor_peek(&c, 0, &first) ||
	    !(first & 0x80))
		return 0;
	long used = tls_ssl2_hello(bytes, &h);
	if (used <= 0)
		return used;
	client_hello(l, lf, &h);
	if (h.version == 0x0002) { /* nothing behind it is in records */
		s->tx->brief.version = h.version;
		s->tx->brief.server = true;
		s->tx->weak |= TLS_WEAK_VERSION;
		say_event(l, lf, dir);
		s->tx = NULL;
	}
	return used;
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct tls_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	struct tls_record r;
	if (s->tx)
		tls_tx_settle(s->tx);
	if (s->sealed[dir])
		return (long)bytes.len;
	long used = ssl2(l, lf, bytes, dir);
	if (used < 0)
		return used;
	(void)cursor_skip(&c, (size_t)used);
	s->started[dir] = true;
	while (s->tx && !s->sealed[dir] && cursor_left(&c)) {
		used = tls_record((struct view){ c.at, cursor_left(&c) }, &r);
		if (used == L7_MORE)
			return (long)(bytes.len - cursor_left(&c));
		if (used > 0 && l7_framed(l, lf))
			say_frames(l, lf, (struct view){ c.at, (size_t)used }, &r);
		long rc = used < 0 ? used : record(l, lf, dir, &r);
		if (rc < 0)
			return rc;
		(void)cursor_skip(&c, (size_t)used);
	}
	return s->tx ? (long)bytes.len : L7_STOP;
}

static bool
lost(struct l7 *l, struct l7_flow *lf, uint64_t n, enum dir dir)
{
	const struct tls_state *s = lf->state;
	(void)l;
	(void)n;
	return s->sealed[dir];
}

static void
finish(struct l7 *l, struct l7_flow *lf)
{
	const struct tls_state *s = lf->state;
	say_event(l, lf, s->answered ? DIR_TO_CLIENT : DIR_TO_SERVER);
}

static void
release(struct l7 *l, struct l7_flow *lf, const void *tx)
{
	(void)lf;
	tls_tx_free(l, L7_TLS, (struct tls_tx *)(uintptr_t)tx);
}

static void
row_close(struct l7 *l, struct l7_flow *lf)
{
	struct tls_state *s = lf->state;
	tls_tx_free(l, L7_TLS, s->tx);
	hold_drop(&l->pool, &s->part[0]);
	hold_drop(&l->pool, &s->part[1]);
}

static void
row_write(const void *data_of, struct jw *w)
{
	tls_tx_write(data_of, w);
}

static void
flow_write(const void *state, struct jw *w)
{
	const struct tls_state *s = state;
	tls_brief_write(s->tx ? &s->tx->brief : &s->brief, w);
}

/* A fatal alert of the server refuses; warnings, among them close_notify, do not. */
static bool
answer(const void *data_of, struct l7_answered *out)
{
	const struct tls_tx *tx = data_of;
	out->is = tx->has & L7_READY_RESPONSE ? L7_ANSWER_DONE : L7_ANSWER_NONE;
	for (uint8_t i = 0; i < tx->alerts && i < TLS_ALERTS; i++) {
		if (tx->alert[i].level != 2 || tx->alert[i].dir != DIR_TO_CLIENT)
			continue;
		out->is = L7_ANSWER_REFUSED;
		out->code = tx->alert[i].description;
	}
	return true;
}

const struct l7_row l7_tls_row = {
	.name = "tls",
	.proto = L7_TLS,
	.tcp = true,
	.state_size = sizeof(struct tls_state),
	.tx_size = sizeof(struct tls_tx),
	.probe = probe,
	.open = row_open,
	.data = data,
	.lost = lost,
	.finish = finish,
	.release = release,
	.close = row_close,
	.buffer = tls_tx_buffer,
	.number = tls_tx_number,
	.write = row_write,
	.answer = answer,
	.flow_write = flow_write,
};
