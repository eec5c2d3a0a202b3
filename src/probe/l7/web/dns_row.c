/* SPDX-License-Identifier: Apache-2.0 */
/* DNS in the table of protocols: messages into transactions, and their record. */
#include <stdio.h>

#include "../row.h"
#include "dns_rdata.h"
#include "probe/l7/dns.h"
#include "wire/event.h"

#define DNS_PORT 53
#define QUESTIONS 16 /* of a message; nobody answers more than one (RFC 9619) */

/* Six bytes of a record can stand for two names of 255 bytes: what is written of the records is at
 * most this, and the record that passes it. */
#define WRITTEN(m) (4096 + 16 * (m)->bytes.len)

/* A question, or a whole answer. The message is in scratch memory (TCP) or in the frame (UDP). */
struct dns_tx {
	uint64_t id;
	struct dns_msg msg;
	struct dns_record
	    question; /* ask: this one; else the first; name empty when there is none */
	bool ask;
	bool questioned; /* there is a question */
};

static bool
own_port(const struct flow_key *k)
{
	return k->sport == DNS_PORT || k->cport == DNS_PORT;
}

/* Multicast DNS, LLMNR and NetBIOS names share the format and are protocols of their own. */
static bool
cousin(const struct flow_key *k)
{
	static const uint16_t ports[] = { 137, 5353, 5355 };
	if (own_port(k))
		return false;
	for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++) {
		if (k->sport == ports[i] || k->cport == ports[i])
			return true;
	}
	return false;
}

static enum l7_guess
probe(const struct l7_first *first)
{
	struct view message = first->data;
	if (cousin(first->key))
		return L7_NO;
	if (first->key->proto == PROTO_TCP) {
		struct cursor c = cursor_of_view(first->data);
		uint16_t n, id, flags;
		if (!cursor_u16(&c, &n))
			return L7_MAYBE;
		if (n < 17)
			return L7_NO;
		if (cursor_u16(&c, &id) && cursor_u16(&c, &flags) && flags & 0x7800 &&
		    !own_port(first->key))
			return L7_NO;
		long used = dns_tcp(first->data, &message);
		if (used == L7_MORE && !own_port(first->key))
			return first->data.len < 256 && n < 4096 ? L7_MAYBE : L7_NO;
		if (used == L7_MORE)
			return L7_MAYBE;
		if (used < 0)
			return L7_NO;
	}
	return dns_looks(message, !own_port(first->key)) ? L7_YES : L7_NO;
}

static struct dns_tx *
tx_of(struct l7 *l, struct l7_flow *lf, const struct dns_msg *m, const struct dns_record *question)
{
	struct dns_tx *tx = scratch_get(&l->scratch, sizeof(*tx));
	if (!tx)
		return NULL;
	tx->id = lf->next_id;
	tx->msg = *m;
	tx->questioned = question != NULL;
	if (question)
		tx->question = *question;
	return tx;
}

static bool
say(struct l7 *l, struct l7_flow *lf, const struct dns_tx *tx, uint8_t ready, enum dir dir)
{
	if (!tx)
		return false;
	const struct l7_tx out = { L7_DNS, ready | L7_READY_EVENT, (uint8_t)dir, tx->id, tx };
	l7_say(l, lf, &out);
	return true;
}

/* A query is a transaction for each of its questions; an answer is one. */
static bool
message(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct dns_msg m;
	struct dns_record q;
	if (dns_parse(bytes, &m) < 0)
		return false;
	bool ask = !(m.flags & DNS_QR), ok = true;
	struct dns_walk w = dns_walk(&m, DNS_QUESTION);
	if (!ask) {
		bool some = dns_next(&w, &q);
		ok = say(l, lf, tx_of(l, lf, &m, some ? &q : NULL), L7_READY_RESPONSE, dir);
	}
	for (uint32_t n = 0; ask && ok && n < QUESTIONS && dns_next(&w, &q); n++) {
		struct dns_tx *tx = tx_of(l, lf, &m, &q);
		if (tx)
			tx->ask = true;
		ok = say(l, lf, tx, L7_READY_REQUEST, dir);
	}
	l->count.dns++;
	l->count.over_cap += !ok;
	lf->next_id++;
	return true;
}

/* TCP: a message lies in the stream, which moves on before the packet is done with; keep it. */
static long
stream(struct l7 *l, struct l7_flow *lf, struct view data, enum dir dir)
{
	struct cursor c = cursor_of_view(data);
	struct view bytes;
	long used;
	while ((used = dns_tcp((struct view){ c.at, cursor_left(&c) }, &bytes)) > 0) {
		uint8_t *copy = scratch_get(&l->scratch, bytes.len);
		if (!copy)
			return L7_FULL;
		memcpy(copy, bytes.ptr, bytes.len);
		if (!message(l, lf, (struct view){ copy, bytes.len }, dir))
			return L7_BAD;
		(void)cursor_skip(&c, (size_t)used);
	}
	return used == L7_BAD ? L7_BAD : (long)(data.len - cursor_left(&c));
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	if (lf->tcp)
		return stream(l, lf, bytes, dir);
	return message(l, lf, bytes, dir) ? (long)bytes.len : L7_BAD;
}

static void
finish(struct l7 *l, struct l7_flow *lf)
{
	(void)l;
	(void)lf;
}

static bool
buffer(const void *data_of, enum l7_buffer b, struct view *out)
{
	const struct dns_tx *tx = data_of;
	if (b != L7_BUF_DNS_QUERY || !tx->ask)
		return false;
	*out = (struct view){ tx->question.name.text, tx->question.name.len };
	return true;
}

static void
write_type(struct jw *w, uint16_t type)
{
	char number[8];
	const char *name = dns_type_name(type);
	if (!name)
		(void)snprintf(number, sizeof(number), "%u", type);
	ev_key(w, dns, rrtype);
	jw_text(w, name ? name : number);
}

static void
write_name(struct jw *w, const struct dns_name *name)
{
	ev_key(w, dns, rrname);
	jw_bytes(w, name->text, name->len);
}

static void
write_flag(struct jw *w, const char *key, bool set)
{
	if (!set)
		return;
	jw_key_n(w, key, strlen(key));
	jw_bool(w, true);
}

static void
write_flags(const struct dns_msg *m, struct jw *w)
{
	char hex[8];
	(void)snprintf(hex, sizeof(hex), "%x", m->flags);
	ev_key(w, dns, flags);
	jw_text(w, hex);
	write_flag(w, EV_KEY(dns, qr), m->flags & DNS_QR);
	write_flag(w, EV_KEY(dns, aa), m->flags & DNS_AA);
	write_flag(w, EV_KEY(dns, tc), m->flags & DNS_TC);
	write_flag(w, EV_KEY(dns, rd), m->flags & DNS_RD);
	write_flag(w, EV_KEY(dns, ra), m->flags & DNS_RA);
	write_flag(w, EV_KEY(dns, z), m->flags & DNS_Z);
}

/* The records of a message on their way out. */
struct written {
	const struct dns_msg *m;
	struct jw *w;
	size_t most; /* length of the line at which no more are written */
	uint32_t left_out;
};

static bool
is_full(struct written *o)
{
	if (o->w->out->len < o->most)
		return false;
	o->left_out++;
	return true;
}

static void
write_section(struct written *o, enum dns_section section)
{
	struct dns_walk walk = dns_walk(o->m, section);
	struct dns_record r;
	struct jw *w = o->w;
	jw_array(w);
	while (dns_next(&walk, &r)) {
		if (is_full(o))
			continue;
		jw_object(w);
		write_name(w, &r.name);
		write_type(w, r.type);
		ev_key(w, dns_answer, ttl);
		jw_u64(w, r.ttl);
		if (dns_rdata_sound(o->m, &r))
			dns_rdata_write(o->m, &r, true, w);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void
write_group(struct written *o, uint16_t type)
{
	struct dns_walk walk = dns_walk(o->m, DNS_ANSWER);
	struct dns_record r;
	const char *name = dns_type_name(type);
	jw_key_n(o->w, name, strlen(name));
	jw_array(o->w);
	while (dns_next(&walk, &r)) {
		if (r.type == type && dns_rdata_sound(o->m, &r) && !is_full(o))
			dns_rdata_write(o->m, &r, false, o->w);
	}
	jw_array_end(o->w);
}

/* The answers' values by type: {"A":["192.0.2.1"],...}. */
static void
write_grouped(struct written *o)
{
	struct dns_walk walk = dns_walk(o->m, DNS_ANSWER);
	struct dns_record r;
	uint32_t seen = 0;
	ev_key(o->w, dns, grouped);
	jw_object(o->w);
	while (dns_next(&walk, &r)) {
		int kind = dns_rdata_kind(r.type);
		if (kind < 0 || seen & 1U << kind || !dns_rdata_sound(o->m, &r))
			continue;
		seen |= 1U << kind;
		write_group(o, r.type);
	}
	jw_object_end(o->w);
}

static void
write_rcode(uint16_t rcode, struct jw *w)
{
	char number[8];
	const char *name = dns_rcode_name(rcode);
	if (!name)
		(void)snprintf(number, sizeof(number), "%u", rcode);
	ev_key(w, dns, rcode);
	jw_text(w, name ? name : number);
}

static void
write_answer(const struct dns_tx *tx, struct jw *w)
{
	struct written o = { &tx->msg, w, w->out->len + WRITTEN(&tx->msg), 0 };
	write_rcode(tx->msg.rcode, w);
	if (tx->msg.count[DNS_ANSWER]) {
		ev_key(w, dns, answers);
		write_section(&o, DNS_ANSWER);
		write_grouped(&o);
	}
	if (tx->msg.count[DNS_AUTHORITY]) {
		ev_key(w, dns, authorities);
		write_section(&o, DNS_AUTHORITY);
	}
	if (o.left_out) {
		ev_key(w, dns, left_out);
		jw_u64(w, o.left_out);
	}
}

static void
row_write(const void *data_of, struct jw *w)
{
	const struct dns_tx *tx = data_of;
	jw_key(w, "dns");
	jw_object(w);
	ev_key(w, dns, version);
	jw_u64(w, 2);
	ev_key(w, dns, type);
	jw_text(w, tx->ask ? "query" : "answer");
	ev_key(w, dns, id);
	jw_u64(w, tx->msg.id);
	if (!tx->ask)
		write_flags(&tx->msg, w);
	if (tx->questioned) {
		write_name(w, &tx->question.name);
		write_type(w, tx->question.type);
	}
	ev_key(w, dns, tx_id);
	jw_u64(w, tx->id);
	if (tx->ask)
		write_flag(w, EV_KEY(dns, z), tx->msg.flags & DNS_Z);
	ev_key(w, dns, opcode);
	jw_u64(w, tx->msg.opcode);
	if (!tx->ask)
		write_answer(tx, w);
	jw_object_end(w);
}

const struct l7_row l7_dns_row = {
	.name = "dns",
	.proto = L7_DNS,
	.tcp = true,
	.udp = true,
	.state_size = 1,
	.probe = probe,
	.data = data,
	.finish = finish,
	.buffer = buffer,
	.write = row_write,
};
