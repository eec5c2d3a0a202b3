/* SPDX-License-Identifier: Apache-2.0 */
/* CoAP in the table of protocols: a transaction is one message; requests and responses share a
 * token. Payloads are not kept. */
#include <stdio.h>

#include "../item.h"
#include "frames.h"
#include "probe/l7/coap.h"
#include "wire/event.h"

#define COAP_PORT 5683
#define COAP_TLS_PORT 5684
#define WANT 2048 /* bytes of a message in a stream looked at */

struct coap_tx {
	struct coap_message msg;
	bool stream;
	uint64_t payload; /* bytes */
};

struct coap_state {
	struct frames frames;
};

static bool
own_port(const struct flow_key *k)
{
	return k->sport == COAP_PORT || k->sport == COAP_TLS_PORT;
}

/* Only registered options, and how many name a resource. */
static bool
sound(const struct coap_message *m, unsigned *names)
{
	struct coap_walk w = coap_walk(m->options);
	struct coap_option o;
	*names = 0;
	while (coap_next(&w, &o)) {
		if (!coap_known(&o))
			return false;
		*names += o.number == COAP_URI_PATH || o.number == COAP_URI_HOST ||
			  o.number == COAP_URI_QUERY;
	}
	return !cursor_left(&w.c);
}

static enum l7_guess
probe_datagram(const struct l7_first *first)
{
	struct coap_message m;
	unsigned names;
	if (coap_datagram(first->data, &m) < 0 || !sound(&m, &names))
		return L7_NO;
	uint8_t class = m.code >> 5;
	if (!coap_code_name(m.code) || class == 7)
		return L7_NO;
	if (own_port(first->key))
		return L7_YES;
	return first->dir == DIR_TO_SERVER && class == 0 && m.code && names ? L7_YES : L7_NO;
}

/* RFC 8323, 5.3: each side begins with a CSM, which has no token. */
static enum l7_guess
probe(const struct l7_first *first)
{
	struct cursor c = cursor_of_view(first->data);
	struct coap_walk w;
	struct coap_option o;
	struct view options;
	uint8_t head, code;
	if (first->key->proto != PROTO_TCP)
		return probe_datagram(first);
	if (!cursor_u8(&c, &head))
		return L7_MAYBE;
	if (head & 15 || head >> 4 > 12 || (cursor_u8(&c, &code) && code != 0xe1))
		return L7_NO;
	if (!cursor_take(&c, head >> 4, &options))
		return L7_MAYBE;
	if (first->data.len < 2)
		return L7_MAYBE;
	w = coap_walk(options);
	while (coap_next(&w, &o)) {
		if (o.number != 2 && o.number != 4)
			return L7_NO;
	}
	return !cursor_left(&w.c) && (options.len || own_port(first->key)) ? L7_YES : L7_NO;
}

static void
say(struct l7 *l, struct l7_flow *lf, const struct coap_tx *tx, enum dir dir)
{
	bool request = tx->msg.code >> 5 == 0;
	(void)l7_once_say(l, lf, tx, request ? L7_READY_REQUEST : L7_READY_RESPONSE, dir);
}

static long
datagram(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct coap_message m;
	if (coap_datagram(bytes, &m) < 0) {
		l7_odd(l, lf, "MALFORMED_DATA", -1, dir);
		return L7_BAD;
	}
	struct coap_tx *tx = l7_once(l, sizeof(*tx));
	if (!tx)
		return (long)bytes.len;
	tx->msg = m;
	tx->payload = m.payload.len;
	say(l, lf, tx, dir);
	return (long)bytes.len;
}

static long
frame(struct l7_flow *lf, struct view data, enum dir dir, struct msg_frame *out)
{
	uint32_t body;
	(void)lf;
	(void)dir;
	long head = coap_header(data, &body);
	if (head < 0)
		return head;
	out->head = (size_t)head;
	out->body = body;
	out->want = WANT;
	return 0;
}

/* The stream moves on before the packet is done with: the message is copied. */
static long
message(
    struct l7 *l, struct l7_flow *lf, struct view bytes, const struct msg_frame *f, enum dir dir)
{
	struct coap_tx *tx = l7_once(l, sizeof(*tx));
	uint8_t *copy = l7_once(l, bytes.len);
	if (!tx || !copy)
		return L7_FULL;
	memcpy(copy, bytes.ptr, bytes.len);
	if (coap_stream((struct view){ copy, bytes.len }, &tx->msg) < 0) {
		l7_odd(l, lf, "MALFORMED_DATA", -1, dir);
		return L7_BAD;
	}
	tx->stream = true;
	tx->payload = tx->msg.payload.len ? tx->msg.payload.len + f->body - f->want : 0;
	say(l, lf, tx, dir);
	return 0;
}

static const struct frames_row messages = { frame, message };

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct coap_state *s = lf->state;
	if (!lf->tcp)
		return datagram(l, lf, bytes, dir);
	return frames_run(l, lf, &s->frames, &messages, bytes, dir);
}

/* All options of a number, joined: "/a/b", "x=1&y=2". */
static void
write_joined(const struct coap_tx *tx, uint32_t number, char sep, struct jw *w)
{
	struct coap_walk walk = coap_walk(tx->msg.options);
	struct coap_option o;
	uint8_t text[512];
	size_t n = 0;
	while (coap_next(&walk, &o)) {
		if (o.number != number)
			continue;
		if ((n || sep == '/') && n < sizeof(text))
			text[n++] = (uint8_t)sep;
		n += l7_keep(text + n, sizeof(text) - n, o.value);
	}
	jw_bytes(w, text, n);
}

static bool
has(const struct coap_tx *tx, uint32_t number, struct view *value)
{
	struct coap_walk walk = coap_walk(tx->msg.options);
	struct coap_option o;
	while (coap_next(&walk, &o)) {
		if (o.number != number)
			continue;
		*value = o.value;
		return true;
	}
	return false;
}

static void
write_block(const struct coap_tx *tx, uint32_t number, struct jw *w)
{
	struct view v;
	if (!has(tx, number, &v))
		return;
	uint32_t n = coap_number(v);
	if (number == COAP_BLOCK1)
		ev_key(w, coap, block1);
	else
		ev_key(w, coap, block2);
	jw_object(w);
	ev_key(w, coap_block, number);
	jw_u64(w, n >> 4);
	ev_key(w, coap_block, more);
	jw_bool(w, n & 8);
	ev_key(w, coap_block, size);
	jw_u64(w, 16u << (n & 7));
	jw_object_end(w);
}

static void
write_head(const struct coap_tx *tx, struct jw *w)
{
	static const char *const types[] = { "CON", "NON", "ACK", "RST" };
	const struct coap_message *m = &tx->msg;
	char code[8];
	(void)snprintf(code, sizeof(code), "%u.%02u", m->code >> 5, m->code & 31u);
	if (!tx->stream) {
		ev_key(w, coap, type);
		jw_word(w, types[m->type]);
		ev_key(w, coap, message_id);
		jw_u64(w, m->id);
	}
	ev_key(w, coap, code);
	jw_word(w, code);
	const char *name = coap_code_name(m->code);
	if (name && m->code >> 5 == 0 && m->code) {
		ev_key(w, coap, method);
		jw_word(w, name);
	} else if (name) {
		ev_key(w, coap, code_name);
		jw_word(w, name);
	}
	if (m->token.len) {
		ev_key(w, coap, token);
		jw_hex(w, m->token.ptr, m->token.len, 0);
	}
}

static void
write_options(const struct coap_tx *tx, struct jw *w)
{
	static const struct {
		uint32_t number;
		char sep; /* 0: a number; 1: a text */
	} rows[] = { { COAP_URI_HOST, 1 }, { COAP_URI_PORT, 0 }, { COAP_URI_PATH, '/' },
		{ COAP_URI_QUERY, '&' }, { COAP_LOCATION_PATH, '/' }, { COAP_PROXY_URI, 1 },
		{ COAP_OBSERVE, 0 }, { COAP_CONTENT_FORMAT, 0 }, { COAP_ACCEPT, 0 },
		{ COAP_MAX_AGE, 0 }, { COAP_SIZE1, 0 }, { COAP_SIZE2, 0 } };
	const char *const keys[] = { EV_KEY(coap, uri_host), EV_KEY(coap, uri_port),
		EV_KEY(coap, uri_path), EV_KEY(coap, uri_query), EV_KEY(coap, location_path),
		EV_KEY(coap, proxy_uri), EV_KEY(coap, observe), EV_KEY(coap, content_format),
		EV_KEY(coap, accept), EV_KEY(coap, max_age), EV_KEY(coap, size1),
		EV_KEY(coap, size2) };
	struct view v;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (!has(tx, rows[i].number, &v))
			continue;
		jw_key_n(w, keys[i], strlen(keys[i]));
		if (rows[i].sep > 1)
			write_joined(tx, rows[i].number, rows[i].sep, w);
		else if (rows[i].sep)
			jw_view(w, v);
		else
			jw_u64(w, coap_number(v));
	}
}

static void
row_write(const void *data_of, struct jw *w)
{
	const struct coap_tx *tx = data_of;
	jw_key(w, "coap");
	jw_object(w);
	write_head(tx, w);
	if (tx->msg.code >> 5 != 7)
		write_options(tx, w);
	write_block(tx, COAP_BLOCK1, w);
	write_block(tx, COAP_BLOCK2, w);
	if (tx->payload) {
		ev_key(w, coap, payload_length);
		jw_u64(w, tx->payload);
	}
	jw_object_end(w);
}

const struct l7_row l7_coap_row = {
	.name = "coap",
	.proto = L7_COAP,
	.tcp = true,
	.udp = true,
	.state_size = sizeof(struct coap_state),
	.probe = probe,
	.data = data,
	.lost = frames_lost,
	.write = row_write,
};
