/* SPDX-License-Identifier: Apache-2.0 */
/* TLS in the table of protocols: a transaction is one handshake. */
#include "tls_row.h"
#include "lib/sha1.h"

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
	s->tx = slab_get_raw(&l->txs[L7_TLS]);
	if (s->tx)
		memset(s->tx, 0, offsetof(struct tls_tx, alpn));
	return s->tx != NULL;
}

static void
say(struct l7 *l, struct l7_flow *lf, uint8_t ready, enum dir dir)
{
	struct tls_state *s = lf->state;
	const struct l7_tx out = { L7_TLS, ready, (uint8_t)dir, 0, s->tx };
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
		slab_put(&l->txs[L7_TLS], s->tx);
	}
	s->tx = NULL;
	hold_drop(&l->pool, &s->part[0]);
	hold_drop(&l->pool, &s->part[1]);
}

static void
client_hello(struct l7 *l, struct l7_flow *lf, const struct tls_hello *h)
{
	struct tls_state *s = lf->state;
	struct tls_tx *tx = s->tx;
	if (tx->brief.client) /* the second one, after a HelloRetryRequest */
		return;
	tx->brief.client = true;
	tx->brief.has_sni = h->sni.ptr != NULL;
	tx->brief.sni_len = (uint8_t)l7_keep(tx->brief.sni, sizeof(tx->brief.sni), h->sni);
	tx->alpn_len[0] = (uint16_t)l7_keep(tx->alpn[0], sizeof(tx->alpn[0]), h->alpn);
	tx->brief.ssl2 = h->ssl2;
	if (!h->ssl2) {
		tx->ja3_len = (uint16_t)tls_ja3(h, tx->ja3, sizeof(tx->ja3), tx->brief.ja3);
		tls_ja4(h, 't', tx->brief.ja4);
	}
	if (!s->asked)
		say(l, lf, L7_READY_REQUEST, DIR_TO_SERVER);
	s->asked = true;
}

static void
server_hello(struct l7 *l, struct l7_flow *lf, const struct tls_hello *h)
{
	struct tls_state *s = lf->state;
	struct tls_tx *tx = s->tx;
	bool first = !tx->brief.server;
	tx->brief.server = true;
	tx->brief.version = h->selected;
	tx->brief.suite = h->cipher;
	if (h->alpn.ptr)
		tx->alpn_len[1] = (uint16_t)l7_keep(tx->alpn[1], sizeof(tx->alpn[1]), h->alpn);
	if (first) /* a HelloRetryRequest counts, as EVE has it */
		tx->ja3s_len = (uint16_t)tls_ja3s(h, tx->ja3s, sizeof(tx->ja3s), tx->brief.ja3s);
	if (!s->answered && !h->retry)
		say(l, lf, L7_READY_RESPONSE, DIR_TO_CLIENT);
	s->answered = s->answered || !h->retry;
}

static void
keep_leaf(struct tls_leaf *leaf, struct view der, const struct x509 *x)
{
	sha1(der.ptr, der.len, leaf->fingerprint);
	leaf->serial_len = (uint8_t)l7_keep(leaf->serial, sizeof(leaf->serial), x->serial);
	leaf->subject_len =
	    (uint16_t)x509_name_text(x->subject, leaf->subject, sizeof(leaf->subject));
	leaf->issuer_len = (uint16_t)x509_name_text(x->issuer, leaf->issuer, sizeof(leaf->issuer));
	leaf->not_before = x->not_before;
	leaf->not_after = x->not_after;
}

/* A TLCP server's second certificate is its own too; another server's second is its issuer's. */
static void
certificate(struct tls_tx *tx, struct view body)
{
	unsigned own = tx->brief.version == TLS_VERSION_TLCP ? 2 : 1;
	struct view der;
	struct x509 x;

	for (unsigned i = 0; i < own; i++) {
		if (tx->certificate[i] || tls_certificate(body, i, &der) < 0 || !der.len ||
		    !x509_parse(der, &x))
			return;
		tx->certificate[i] = true;
		keep_leaf(&tx->leaf[i], der, &x);
		if (i == 0)
			tx->san_len = (uint16_t)l7_keep(tx->san, sizeof(tx->san), x.san);
	}
}

static bool
tls13(const struct tls_state *s)
{
	uint16_t v = s->tx ? s->tx->brief.version : s->brief.version;
	return v >= 0x0304 && v != 0xfeff;
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
		if (dir == DIR_TO_CLIENT && !tls13(s))
			certificate(s->tx, m->body);
		return true;
	case TLS_SERVER_HELLO_DONE:
		if (dir == DIR_TO_CLIENT && s->tx->brief.server)
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
	if (change && both && !s->tx->certificate[0] && s->tx->brief.client)
		s->tx->resumed = true;
	if (both || (!change && s->tx->brief.server && s->sealed[!dir]))
		say_event(l, lf, dir);
}

static long
record(struct l7 *l, struct l7_flow *lf, enum dir dir, const struct tls_record *r)
{
	struct tls_state *s = lf->state;
	if (r->type == TLS_HANDSHAKE && !s->sealed[dir])
		return handshake(l, lf, dir, r->body);
	if (r->type == TLS_CHANGE_CIPHER_SPEC)
		seal(l, lf, dir, true);
	else if (r->type == TLS_APPLICATION)
		seal(l, lf, dir, false);
	return 0;
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
	slab_put(&l->txs[L7_TLS], (void *)(uintptr_t)tx);
}

static void
row_close(struct l7 *l, struct l7_flow *lf)
{
	struct tls_state *s = lf->state;
	slab_put(&l->txs[L7_TLS], s->tx);
	hold_drop(&l->pool, &s->part[0]);
	hold_drop(&l->pool, &s->part[1]);
}

static bool
buffer(const void *data_of, enum l7_buffer b, struct view *out)
{
	const struct tls_tx *tx = data_of;
	if (b != L7_BUF_TLS_SNI || !tx->brief.has_sni)
		return false;
	*out = (struct view){ tx->brief.sni, tx->brief.sni_len };
	return true;
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
	.buffer = buffer,
	.write = row_write,
	.flow_write = flow_write,
};
