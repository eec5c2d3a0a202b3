/* SPDX-License-Identifier: Apache-2.0 */
/* IKE in the table of protocols: each message is a transaction; of version 1 what the two sides
 * said before is repeated, as EVE has it. */
#include "../item.h"
#include "../look.h"
#include "probe/l7/ike.h"
#include "wire/event.h"

#define PAYLOADS 64   /* of a message, written */
#define MESSAGES 1024 /* of a flow: what comes behind them is not written */

enum { SIDE_CLIENT, SIDE_SERVER };

struct ike_side {
	struct view key, nonce; /* in the state's bag */
};

struct ike_state {
	struct bag bag;
	struct ike_side side[2];
	struct ike_transform chosen; /* version 1: what the responder took */
	bool known;                  /* `chosen` is there */
	uint16_t messages;
};

/* Its views lie in scratch memory and in the state's bag. */
struct ike_tx {
	struct ike_message m;
	enum dir dir;
	bool known;
	uint32_t doi;
	struct ike_transform chosen;
	struct ike_side side[2];
};

/* Exchange types and flags that each version has. */
static bool
plausible(const struct ike_message *m)
{
	struct cursor c = cursor_of_view(m->init_spi);
	uint64_t spi;
	if (!cursor_u64(&c, &spi) || !spi || m->minor > 1)
		return false;
	if (m->major == 2)
		return m->exchange >= 34 && m->exchange <= 43 && !(m->flags & 0xc7) &&
		       (m->next == 0 || (m->next >= IKE2_SA && m->next <= 54));
	return ((m->exchange >= 1 && m->exchange <= 6) || m->exchange == 32 || m->exchange == 33) &&
	       !(m->flags & 0xf8) && m->next >= 1 && (m->next <= 21 || m->next >= 128);
}

static enum l7_guess
probe(const struct l7_first *first)
{
	struct ike_message m;
	if (first->data.len < 28 || ike_message(first->data, &m) != (long)first->data.len)
		return L7_NO;
	return plausible(&m) ? L7_YES : L7_NO;
}

static void
transforms(struct ike_state *s, struct ike_tx *tx, const struct ike_payload *p)
{
	struct ike_walk w = { 0 };
	struct ike_transform t;
	while (ike_transform(&w, p->body, tx->m.major, &t)) {
		if (tx->dir == DIR_TO_CLIENT && tx->m.major == 1) {
			s->chosen = t;
			s->known = true;
		}
	}
	tx->doi = w.doi;
}

/* Remember what this message says of keys and choices. */
static void
remember(struct l7 *l, struct ike_state *s, struct ike_tx *tx)
{
	struct cursor c = cursor_of_view(tx->m.payloads);
	struct ike_side *side = &s->side[tx->dir == DIR_TO_CLIENT ? SIDE_SERVER : SIDE_CLIENT];
	struct ike_payload p;
	uint8_t next = tx->m.next;
	while (ike_payload(&c, &next, &p)) {
		if (p.type == IKE1_SA || p.type == IKE2_SA)
			transforms(s, tx, &p);
		if (tx->m.major != 1)
			continue;
		if (p.type == IKE1_KE && !side->key.ptr)
			side->key = bag_keep(&l->texts, &s->bag, p.body, BAG_TEXT_MAX);
		if (p.type == IKE1_NONCE && !side->nonce.ptr)
			side->nonce = bag_keep(&l->texts, &s->bag, p.body, BAG_TEXT_MAX);
	}
}

static bool
encrypted(const struct ike_message *m)
{
	return m->major == 1 && (m->flags & IKE1_ENCRYPTED);
}

/* Transforms of version 2 that must not be used any more, or should not (RFC 8247, 9395). */
static const struct {
	uint8_t type; /* 1 encryption, 2 PRF, 3 integrity, 4 group */
	uint16_t id;
} weak[] = { { 1, 1 }, { 1, 2 }, { 1, 3 }, { 1, 4 }, { 1, 5 }, { 1, 6 }, { 1, 7 }, { 1, 8 },
	{ 1, 9 }, { 1, 11 }, { 2, 1 }, { 2, 3 }, { 3, 0 }, { 3, 1 }, { 3, 3 }, { 3, 4 }, { 3, 6 },
	{ 4, 1 }, { 4, 2 }, { 4, 5 }, { 4, 22 }, { 4, 23 }, { 4, 24 } };

static uint32_t
weak_types(const struct ike_message *m)
{
	struct cursor c = cursor_of_view(m->payloads);
	struct ike_payload p;
	uint8_t next = m->next;
	uint32_t types = 0;
	while (ike_payload(&c, &next, &p)) {
		struct ike_walk walk = { 0 };
		struct ike_transform t;
		while (p.type == IKE2_SA && ike_transform(&walk, p.body, 2, &t))
			for (size_t i = 0; i < sizeof(weak) / sizeof(weak[0]); i++)
				if (weak[i].type == t.number && weak[i].id == t.id)
					types |= 1U << t.number;
	}
	return types;
}

/* Whatever is offered may be chosen. */
static void
judge(struct l7 *l, struct l7_flow *lf, const struct ike_message *m, int64_t id, enum dir dir)
{
	static const char *const events[] = {
		[1] = "WEAK_CRYPTO_ENC", "WEAK_CRYPTO_PRF", "WEAK_CRYPTO_AUTH", "WEAK_CRYPTO_DH"
	};
	uint32_t types = m->major == 2 && !encrypted(m) ? weak_types(m) : 0;
	for (uint8_t i = 1; i <= 4; i++)
		if (types & 1U << i)
			l7_odd(l, lf, events[i], id, dir);
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct ike_state *s = lf->state;
	struct ike_message m;
	if (bytes.len < 28 || ike_message(bytes, &m) < 0 || !plausible(&m))
		return (long)bytes.len; /* ESP beside it (RFC 3948), or a keepalive */
	if (s->messages == MESSAGES)
		return (long)bytes.len;
	s->messages++;
	uint8_t *copy = l7_once(l, bytes.len);
	struct ike_tx *tx = l7_once(l, sizeof(*tx));
	if (!copy || !tx)
		return (long)bytes.len;
	memcpy(copy, bytes.ptr, bytes.len);
	(void)ike_message((struct view){ copy, bytes.len }, &tx->m);
	tx->dir = dir;
	if (!encrypted(&tx->m))
		remember(l, s, tx);
	tx->known = s->known;
	tx->chosen = s->chosen;
	memcpy(tx->side, s->side, sizeof(tx->side));
	judge(l, lf, &tx->m, (int64_t)lf->next_id, dir);
	l7_once_say(l, lf, tx, dir == DIR_TO_SERVER ? L7_READY_REQUEST : L7_READY_RESPONSE, dir);
	return (long)bytes.len;
}

static void
row_close(struct l7 *l, struct l7_flow *lf)
{
	struct ike_state *s = lf->state;
	bag_empty(&l->texts, &s->bag);
}

/* "alg_enc":"EncAesCbc","alg_enc_raw":7: the first of each type, in the open object. */
static void
write_attributes(struct jw *w, const struct ike_transform *t)
{
	char raw[32];
	uint32_t done = 0;
	for (unsigned i = 0; i < t->n; i++) {
		const struct ike_attribute *a = &t->at[i];
		const char *key = ike1_attribute_text(a->type);
		const char *value = ike1_value_text(a->type, a->value);
		if (!key || done & 1U << a->type)
			continue;
		done |= 1U << a->type;
		size_t n = strlen(key);
		jw_key_n(w, key, n);
		jw_word(w, value ? value : "Unknown");
		memcpy(raw, key, n);
		memcpy(raw + n, "_raw", 4);
		jw_key_n(w, raw, n + 4);
		jw_u64(w, a->value);
	}
}

static void
write_proposals1(struct jw *w, struct view sa)
{
	struct ike_walk walk = { 0 };
	struct ike_transform t;
	ev_key(w, ike_v1_side, proposals);
	jw_array(w);
	while (ike_transform(&walk, sa, 1, &t)) {
		jw_object(w);
		write_attributes(w, &t);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void
write_hex(struct jw *w, const char *key, const char *len_key, struct view v)
{
	if (!v.ptr)
		return;
	jw_key_n(w, key, strlen(key));
	jw_hex(w, v.ptr, v.len, 0);
	jw_put_u64(w, len_key, v.len);
}

static void
write_side(struct jw *w, const struct ike_tx *tx, int side)
{
	struct cursor c = cursor_of_view(tx->m.payloads);
	const struct ike_side *k = &tx->side[side];
	struct ike_payload p;
	uint8_t next = tx->m.next;
	bool ours = (tx->dir == DIR_TO_CLIENT) == (side == SIDE_SERVER);
	jw_object(w);
	write_hex(w, EV_KEY(ike_v1_side, key_exchange_payload),
	    EV_KEY(ike_v1_side, key_exchange_payload_length), k->key);
	write_hex(w, EV_KEY(ike_v1_side, nonce_payload), EV_KEY(ike_v1_side, nonce_payload_length),
	    k->nonce);
	while (ours && !encrypted(&tx->m) && ike_payload(&c, &next, &p)) {
		if (p.type == IKE1_SA) {
			write_proposals1(w, p.body);
			break;
		}
	}
	jw_object_end(w);
}

static void
write_vendors(struct jw *w, const struct ike_message *m, uint8_t type)
{
	struct cursor c = cursor_of_view(m->payloads);
	struct ike_payload p;
	uint8_t next = m->next;
	bool any = false;
	while (ike_payload(&c, &next, &p)) {
		if (p.type != type)
			continue;
		if (!any) {
			ev_key(w, ike_v1, vendor_ids);
			jw_array(w);
		}
		any = true;
		jw_hex(w, p.body.ptr, p.body.len, 0);
	}
	if (any)
		jw_array_end(w);
}

static void
write_v1(struct jw *w, const struct ike_tx *tx)
{
	ev_key(w, ike, ikev1);
	jw_object(w);
	if (tx->doi) {
		ev_key(w, ike_v1, doi);
		jw_u64(w, tx->doi);
	}
	ev_key(w, ike_v1, encrypted_payloads);
	jw_bool(w, encrypted(&tx->m));
	if (!encrypted(&tx->m)) {
		ev_key(w, ike_v1, client);
		write_side(w, tx, SIDE_CLIENT);
		ev_key(w, ike_v1, server);
		write_side(w, tx, SIDE_SERVER);
		write_vendors(w, &tx->m, IKE1_VENDOR);
	}
	jw_object_end(w);
}

/* Transforms of version 2: those of a responder are one of each type, and stand beside the rest. */
static void
write_proposals2(struct jw *w, struct view sa)
{
	struct ike_walk walk = { 0 };
	struct ike_transform t;
	ev_key(w, ike_v2, proposals);
	jw_array(w);
	while (ike_transform(&walk, sa, 2, &t)) {
		const char *type = ike2_type_text(t.number);
		const char *name = ike2_transform_text(t.number, t.id);
		jw_object(w);
		ev_key(w, ike_transform, proposal);
		jw_u64(w, t.proposal);
		ev_key(w, ike_transform, type);
		jw_word(w, type ? type : "unknown");
		if (name) {
			ev_key(w, ike_transform, name);
			jw_word(w, name);
		}
		ev_key(w, ike_transform, id);
		jw_u64(w, t.id);
		if (t.n && t.at[0].type == 14) {
			ev_key(w, ike_transform, key_length);
			jw_u64(w, t.at[0].value);
		}
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void
write_notify(struct jw *w, const struct ike_message *m, unsigned *errors)
{
	struct cursor c = cursor_of_view(m->payloads);
	struct ike_payload p;
	uint8_t next = m->next;
	ev_key(w, ike_v2, notify);
	jw_array(w);
	while (ike_payload(&c, &next, &p)) {
		struct cursor in = cursor_of_view(p.body);
		uint16_t type;
		if (p.type != IKE2_NOTIFY || !cursor_skip(&in, 2) || !cursor_u16(&in, &type))
			continue;
		*errors += type < 16384;
		const char *name = ike2_notify_text(type);
		jw_word(w, name ? name : "unknown");
	}
	jw_array_end(w);
}

static void
write_v2(struct jw *w, const struct ike_tx *tx)
{
	struct cursor c = cursor_of_view(tx->m.payloads);
	struct ike_payload p;
	uint8_t next = tx->m.next;
	unsigned errors = 0;
	ev_key(w, ike, ikev2);
	jw_object(w);
	write_notify(w, &tx->m, &errors);
	ev_key(w, ike_v2, errors);
	jw_u64(w, errors);
	while (ike_payload(&c, &next, &p)) {
		struct cursor in = cursor_of_view(p.body);
		uint16_t group;
		if (p.type == IKE2_SA)
			write_proposals2(w, p.body);
		if (p.type == IKE2_KE && cursor_u16(&in, &group)) {
			ev_key(w, ike_v2, key_exchange_group);
			jw_u64(w, group);
		}
	}
	write_vendors(w, &tx->m, IKE2_VENDOR);
	jw_object_end(w);
}

/* A responder's choice of version 2, under the keys that version 1 has. */
static void
write_choice2(struct jw *w, const struct ike_tx *tx)
{
	struct cursor c = cursor_of_view(tx->m.payloads);
	struct ike_payload p;
	uint8_t next = tx->m.next;
	while (ike_payload(&c, &next, &p)) {
		struct ike_walk walk = { 0 };
		struct ike_transform t;
		uint32_t done = 0;
		while (p.type == IKE2_SA && ike_transform(&walk, p.body, 2, &t)) {
			const char *key = ike2_type_text(t.number);
			const char *name = ike2_transform_text(t.number, t.id);
			if (!key || done & 1U << t.number)
				continue;
			done |= 1U << t.number;
			jw_key_n(w, key, strlen(key));
			jw_word(w, name ? name : "Unknown");
		}
	}
}

/* Version 2 tells the end of the chain as well, as EVE has it. */
static void
write_payloads(struct jw *w, const struct ike_message *m)
{
	struct cursor c = cursor_of_view(m->payloads);
	struct ike_payload p;
	uint8_t next = m->next, written = 0;
	if (encrypted(m))
		return;
	ev_key(w, ike, payload);
	jw_array(w);
	while (written++ < PAYLOADS && ike_payload(&c, &next, &p)) {
		const char *name = ike_payload_text(p.type);
		jw_word(w, name ? name : "Unknown");
		if (p.type == IKE1_SA && m->major == 1) {
			jw_word(w, "Proposal");
			jw_word(w, "Transform");
		}
	}
	if (m->major == 2)
		jw_word(w, "NoNextPayload");
	jw_array_end(w);
}

static void
write_head(struct jw *w, const struct ike_message *m)
{
	const char *exchange = ike_exchange_text(m->exchange);
	ev_key(w, ike, version_major);
	jw_u64(w, m->major);
	ev_key(w, ike, version_minor);
	jw_u64(w, m->minor);
	ev_key(w, ike, init_spi);
	jw_hex(w, m->init_spi.ptr, m->init_spi.len, 0);
	ev_key(w, ike, resp_spi);
	jw_hex(w, m->resp_spi.ptr, m->resp_spi.len, 0);
	ev_key(w, ike, message_id);
	jw_u64(w, m->id);
	ev_key(w, ike, exchange_type);
	jw_u64(w, m->exchange);
	if (exchange) {
		ev_key(w, ike, exchange_type_verbose);
		jw_word(w, exchange);
	}
}

static void
row_write(const void *data_of, struct jw *w)
{
	const struct ike_tx *tx = data_of;
	jw_key(w, "ike");
	jw_object(w);
	write_head(w, &tx->m);
	if (tx->m.major == 1 && tx->known)
		write_attributes(w, &tx->chosen);
	if (tx->m.major == 2) {
		ev_key(w, ike, role);
		jw_word(w, tx->m.flags & IKE2_INITIATOR ? "initiator" : "responder");
		if (tx->m.flags & IKE2_RESPONSE)
			write_choice2(w, tx);
	}
	write_payloads(w, &tx->m);
	if (tx->m.major == 1)
		write_v1(w, tx);
	else
		write_v2(w, tx);
	jw_object_end(w);
}

/* The i-th payload of these types in this message. */
static bool
nth_payload(const struct ike_tx *tx, uint8_t v1, uint8_t v2, uint16_t i, struct view *out)
{
	struct cursor c = cursor_of_view(tx->m.payloads);
	struct ike_payload p;
	uint8_t next = tx->m.next;
	uint16_t n = 0;
	if (encrypted(&tx->m))
		return false;
	while (ike_payload(&c, &next, &p)) {
		*out = p.body;
		if (p.type == (tx->m.major == 1 ? v1 : v2) && n++ == i)
			return true;
	}
	return false;
}

/* The key behind its group. */
static bool
key(const struct ike_tx *tx, const struct l7_ask *ask, struct view *out)
{
	struct cursor c;
	if (ask->i || !nth_payload(tx, IKE1_KE, IKE2_KE, 0, out))
		return false;
	c = cursor_of_view(*out);
	return tx->m.major == 1 || (cursor_skip(&c, 4) && cursor_take(&c, cursor_left(&c), out));
}

static bool
buffer(const void *data_of, const struct l7_ask *ask, struct view *out)
{
	const struct ike_tx *tx = data_of;
	struct view bytes;
	switch (ask->what) {
	case L7_BUF_IKE_INIT_SPI:
		return !ask->i && look_hex(ask, tx->m.init_spi, 0, false, out);
	case L7_BUF_IKE_RESP_SPI:
		return !ask->i && look_hex(ask, tx->m.resp_spi, 0, false, out);
	case L7_BUF_IKE_VENDOR:
		return nth_payload(tx, IKE1_VENDOR, IKE2_VENDOR, ask->i, &bytes) &&
		       look_hex(ask, bytes, 0, false, out);
	case L7_BUF_IKE_KEY_EXCHANGE_PAYLOAD:
		return key(tx, ask, out);
	default:
		return !ask->i && nth_payload(tx, IKE1_NONCE, IKE2_NONCE, 0, out);
	}
}

/* What the responder chose: version, type and value, one after the other. */
static bool
chosen(const struct ike_tx *tx, uint16_t i, uint64_t *out)
{
	struct ike_walk w = { 0 };
	struct ike_transform t = tx->chosen;
	struct view sa;
	uint16_t n = 0;
	if (tx->dir != DIR_TO_CLIENT)
		return false;
	bool there = tx->m.major == 1 ? tx->known
				      : nth_payload(tx, IKE1_SA, IKE2_SA, 0, &sa) &&
					    ike_transform(&w, sa, tx->m.major, &t);
	while (there) {
		for (unsigned k = 0; k < t.n; k++) {
			*out = (uint64_t)tx->m.major << 48 | (uint64_t)t.at[k].type << 32 |
			       (uint32_t)t.at[k].value;
			if (n++ == i)
				return true;
		}
		there = tx->m.major != 1 && ike_transform(&w, sa, tx->m.major, &t);
	}
	return false;
}

static bool
number(const void *data_of, const struct l7_ask *ask, uint64_t *out)
{
	const struct ike_tx *tx = data_of;
	struct view bytes = { 0 };
	switch (ask->what) {
	case L7_NUM_IKE_EXCHTYPE:
		return look_number(ask, true, tx->m.exchange, out);
	case L7_NUM_IKE_KEY_LENGTH:
		return key(tx, ask, &bytes) && look_number(ask, true, bytes.len, out);
	case L7_NUM_IKE_NONCE_LENGTH:
		return nth_payload(tx, IKE1_NONCE, IKE2_NONCE, 0, &bytes) &&
		       look_number(ask, true, bytes.len, out);
	default:
		return chosen(tx, ask->i, out);
	}
}

const struct l7_row l7_ike_row = {
	.name = "ike",
	.proto = L7_IKE,
	.udp = true,
	.state_size = sizeof(struct ike_state),
	.probe = probe,
	.data = data,
	.close = row_close,
	.buffer = buffer,
	.number = number,
	.write = row_write,
};
