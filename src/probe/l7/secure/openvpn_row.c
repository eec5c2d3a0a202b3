/* SPDX-License-Identifier: Apache-2.0 */
/* OpenVPN in the table of protocols: a transaction is a session, with the TLS handshake in it where
 * that can be read. */
#include "../item.h"
#include "probe/l7/openvpn.h"
#include "probe/l7/parse.h"
#include "tls_row.h"
#include "wire/event.h"

#define PACKETS 256 /* looked at before the handshake is given up */

struct openvpn_brief {
	uint8_t session[2][8]; /* by enum dir of its owner */
	bool has[2];
	uint8_t guard;  /* enum openvpn_guard */
	uint8_t opcode; /* of the first packet */
	bool data;      /* data packets were seen */
};

struct openvpn_state {
	struct openvpn_brief brief;
	struct tls_tx *tls;              /* NULL once its record was said */
	struct hold raw[2], messages[2]; /* records in pieces; handshake messages in pieces */
	uint32_t next[2];                /* number of the control packet that comes next */
	uint16_t packets;
	uint8_t hash; /* bytes of tls-auth's */
	bool chosen, sealed[2], asked, said;
};

/* In scratch memory. */
struct openvpn_tx {
	struct openvpn_brief brief;
	struct tls_tx *tls;
};

/* Over TCP a length of two bytes stands before each packet. */
static enum l7_guess
probe_tcp(struct view data)
{
	struct cursor c = cursor_of_view(data);
	struct view packet;
	uint8_t opcode;
	size_t size;
	uint16_t n;
	if (!cursor_u16(&c, &n))
		return L7_MAYBE;
	if (n < 14 || n > 1500)
		return L7_NO;
	if (!cursor_peek(&c, 0, &opcode))
		return L7_MAYBE;
	if (opcode != OPENVPN_RESET_CLIENT_2 << 3 && opcode != OPENVPN_RESET_SERVER_2 << 3 &&
	    opcode != OPENVPN_RESET_CLIENT_3 << 3)
		return L7_NO;
	if (!cursor_take(&c, n, &packet))
		return L7_MAYBE;
	return openvpn_guess(packet, &size) != OPENVPN_UNKNOWN ? L7_YES : L7_NO;
}

static enum l7_guess
probe(const struct l7_first *first)
{
	size_t size;
	if (first->key->proto == 6)
		return probe_tcp(first->data);
	return openvpn_guess(first->data, &size) != OPENVPN_UNKNOWN ? L7_YES : L7_NO;
}

static bool
row_open(struct l7 *l, struct l7_flow *lf)
{
	struct openvpn_state *s = lf->state;
	s->next[0] = s->next[1] = 1;
	s->tls = tls_tx_new(l, lf);
	return s->tls != NULL;
}

static void
drop(struct l7 *l, struct openvpn_state *s)
{
	for (int i = 0; i < 2; i++) {
		hold_drop(&l->pool, &s->raw[i]);
		hold_drop(&l->pool, &s->messages[i]);
	}
}

static void
say_event(struct l7 *l, struct l7_flow *lf, enum dir dir)
{
	struct openvpn_state *s = lf->state;
	struct openvpn_tx *tx = s->said ? NULL : l7_once(l, sizeof(*tx));
	s->said = true;
	drop(l, s);
	if (!tx)
		return;
	tx->brief = s->brief;
	tx->tls = s->tls;
	s->tls = NULL;
	l7_once_say(l, lf, tx, L7_READY_REQUEST | L7_READY_RESPONSE, dir);
	lf->stopped = true;
}

/* A message of the handshake inside. */
static void
message(
    struct l7 *l, struct openvpn_state *s, const struct tls_message *m, enum dir dir, bool *done)
{
	struct tls_hello h;
	bool server = dir == DIR_TO_CLIENT;
	switch (m->type) {
	case TLS_CLIENT_HELLO:
		if (!server && tls_client_hello(m->body, &h) >= 0)
			tls_take_client(s->tls, &h, 't');
		break;
	case TLS_SERVER_HELLO:
		if (server && tls_server_hello(m->body, &h) >= 0)
			tls_take_server(s->tls, &h);
		*done = s->tls->brief.version >= 0x0304;
		break;
	case TLS_CERTIFICATE:
		tls_take_certificates(l, s->tls, m->body, dir);
		break;
	case TLS_SERVER_KEY_EXCHANGE:
		if (server && s->tls->brief.server)
			tls_take_exchange(s->tls, m->body);
		break;
	case TLS_CERTIFICATE_REQUEST:
		s->tls->asks = true;
		break;
	case TLS_SERVER_HELLO_DONE:
		*done = s->tls->brief.server && !s->tls->asks;
		break;
	case TLS_CLIENT_KEY_EXCHANGE:
		*done = s->tls->brief.server;
		break;
	default:
		break;
	}
}

/* The next bytes of one direction's TLS. Returns true when the handshake is as good as over. */
static bool
tls_bytes(struct l7 *l, struct openvpn_state *s, struct view bytes, enum dir dir)
{
	struct hold *raw = &s->raw[dir], *messages = &s->messages[dir];
	struct tls_record r;
	struct tls_message m;
	bool done = false;
	long used = 0;
	if (!hold_add(&l->pool, raw, bytes))
		return true;
	while (!s->sealed[dir] && (used = tls_record(hold_view(raw), &r)) > 0) {
		s->sealed[dir] = r.type == TLS_CHANGE_CIPHER_SPEC || r.type == TLS_APPLICATION;
		if (r.type == TLS_ALERT)
			tls_take_alert(s->tls, r.body, dir);
		if (r.type == TLS_HANDSHAKE && !hold_add(&l->pool, messages, r.body))
			return true;
		hold_shift(&l->pool, raw, (size_t)used);
	}
	while (!done && (used = tls_message(hold_view(messages), &m)) > 0) {
		message(l, s, &m, dir, &done);
		hold_shift(&l->pool, messages, (size_t)used);
	}
	return done || (s->sealed[dir] && s->tls->brief.server);
}

static void
packet(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct openvpn_state *s = lf->state;
	struct openvpn_packet p;
	size_t size;
	if (!s->chosen) {
		s->brief.guard = (uint8_t)openvpn_guess(bytes, &size);
		s->hash = (uint8_t)size;
		s->chosen = true;
	}
	if (!openvpn_packet(bytes, s->brief.guard, s->hash, &p))
		return;
	if (!s->brief.opcode)
		s->brief.opcode = p.opcode;
	if (p.session.len == 8 && !s->brief.has[dir]) {
		memcpy(s->brief.session[dir], p.session.ptr, 8);
		s->brief.has[dir] = true;
	}
	bool data = p.opcode == OPENVPN_DATA_1 || p.opcode == OPENVPN_DATA_2;
	s->brief.data = s->brief.data || data;
	bool done = data || ++s->packets >= PACKETS;
	if (p.opcode == OPENVPN_CONTROL && p.payload.len && p.id == s->next[dir]) {
		s->next[dir]++;
		done = tls_bytes(l, s, p.payload, dir) || done;
	}
	/* what is encrypted shows no more than both sessions */
	if (s->brief.guard >= OPENVPN_CRYPT && s->brief.has[0] && s->brief.has[1])
		done = true;
	if (done)
		say_event(l, lf, dir);
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	const struct openvpn_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	struct view one;
	if (!lf->tcp) {
		packet(l, lf, bytes, dir);
		return (long)bytes.len;
	}
	while (!s->said && cursor_vector16(&c, &one))
		packet(l, lf, one, dir);
	return s->said ? L7_STOP : (long)(bytes.len - cursor_left(&c));
}

static void
finish(struct l7 *l, struct l7_flow *lf)
{
	say_event(l, lf, DIR_TO_SERVER);
}

static void
release(struct l7 *l, struct l7_flow *lf, const void *data_of)
{
	const struct openvpn_tx *tx = data_of;
	(void)lf;
	tls_tx_free(l, L7_OPENVPN, tx->tls);
}

static void
row_close(struct l7 *l, struct l7_flow *lf)
{
	struct openvpn_state *s = lf->state;
	tls_tx_free(l, L7_OPENVPN, s->tls);
	drop(l, s);
}

static void
row_write(const void *data_of, struct jw *w)
{
	static const char *const guards[] = { "unknown", "none", "tls-auth", "tls-crypt",
		"tls-crypt-v2" };
	const struct openvpn_tx *tx = data_of;
	jw_key(w, "openvpn");
	jw_object(w);
	ev_key(w, openvpn, opcode);
	jw_u64(w, tx->brief.opcode);
	ev_key(w, openvpn, protection);
	jw_word(w, guards[tx->brief.guard]);
	if (tx->brief.has[DIR_TO_SERVER]) {
		ev_key(w, openvpn, client_session);
		jw_hex(w, tx->brief.session[DIR_TO_SERVER], 8, 0);
	}
	if (tx->brief.has[DIR_TO_CLIENT]) {
		ev_key(w, openvpn, server_session);
		jw_hex(w, tx->brief.session[DIR_TO_CLIENT], 8, 0);
	}
	jw_object_end(w);
	if (tx->tls && (tx->tls->brief.client || tx->tls->brief.server))
		tls_tx_write(tx->tls, w);
}

const struct l7_row l7_openvpn_row = {
	.name = "openvpn",
	.proto = L7_OPENVPN,
	.tcp = true,
	.udp = true,
	.state_size = sizeof(struct openvpn_state),
	.tx_size = sizeof(struct tls_tx),
	.probe = probe,
	.open = row_open,
	.data = data,
	.finish = finish,
	.release = release,
	.close = row_close,
	.write = row_write,
};
