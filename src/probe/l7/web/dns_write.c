/* SPDX-License-Identifier: Apache-2.0 */
/* The records of DNS messages: EVE's "dns" of version 3, and "mdns". */
#include <ctype.h>
#include <stdio.h>

#include "dns_rdata.h"
#include "dns_row.h"
#include "wire/event.h"

/* Six bytes of a record can stand for two names of 255 bytes: what is written of the records is at
 * most this, and the record that passes it. */
#define WRITTEN(m) (4096 + 16 * (m)->bytes.len)

/* The records of a message on their way out. */
struct written {
	const struct dns_msg *m;
	struct jw *w;
	size_t most; /* length of the line at which no more are written */
	uint32_t left_out;
	bool mdns;
};

static void
write_type(struct jw *w, uint16_t type, bool lower)
{
	char text[16];
	const char *name = dns_type_name(type);
	if (name && lower) {
		size_t n = 0;
		for (; name[n] && n < sizeof(text) - 1; n++)
			text[n] = (char)tolower((unsigned char)name[n]);
		text[n] = '\0';
	} else if (!name) {
		(void)snprintf(text, sizeof(text), "%u", type);
	}
	ev_key(w, dns_query, rrtype);
	jw_word(w, name && !lower ? name : text);
}

static void
write_name(struct jw *w, const struct dns_name *name)
{
	ev_key(w, dns_query, rrname);
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

static bool
is_full(struct written *o)
{
	if (o->w->out->len < o->most)
		return false;
	o->left_out++;
	return true;
}

static void
write_entry(const struct written *o, const struct dns_record *r)
{
	struct jw *w = o->w;
	jw_object(w);
	write_name(w, &r->name);
	write_type(w, r->type, o->mdns);
	ev_key(w, dns_answer, ttl);
	jw_u64(w, r->ttl);
	if (o->mdns)
		dns_rdata_write_mdns(o->m, r, w);
	else if (dns_rdata_sound(o->m, r))
		dns_rdata_write(o->m, r, true, w);
	jw_object_end(w);
}

/* EVE has an entry for each string of a TXT. */
static void
write_record(struct written *o, const struct dns_record *r)
{
	struct dns_record one = *r;
	struct cursor c = cursor_of_view(r->data);
	struct view part;
	if (o->mdns || r->type != DNS_TYPE_TXT || !dns_rdata_sound(o->m, r)) {
		write_entry(o, r);
		return;
	}
	const uint8_t *from = c.at;
	while (cursor_vector8(&c, &part) && !is_full(o)) {
		one.data = (struct view){ from, part.len + 1 };
		from = c.at;
		write_entry(o, &one);
	}
}

static void
write_section(struct written *o, enum dns_section section)
{
	struct dns_walk walk = dns_walk(o->m, section);
	struct dns_record r;
	jw_array(o->w);
	while (dns_next(&walk, &r)) {
		if (r.type != DNS_TYPE_OPT && !is_full(o))
			write_record(o, &r);
	}
	jw_array_end(o->w);
}

static void
write_value(const struct written *o, const struct dns_record *r)
{
	struct cursor c = cursor_of_view(r->data);
	struct view part;
	if (r->type != DNS_TYPE_TXT)
		dns_rdata_write(o->m, r, false, o->w);
	while (r->type == DNS_TYPE_TXT && cursor_vector8(&c, &part))
		jw_view(o->w, part);
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
			write_value(o, &r);
	}
	jw_array_end(o->w);
}

/* The answers' values by type: {"A":["192.0.2.1"],...}. */
static void
write_grouped(struct written *o)
{
	struct dns_walk walk = dns_walk(o->m, DNS_ANSWER);
	struct dns_record r;
	uint64_t seen = 0;
	ev_key(o->w, dns, grouped);
	jw_object(o->w);
	while (dns_next(&walk, &r)) {
		int kind = dns_rdata_kind(r.type);
		if (kind < 0 || seen & UINT64_C(1) << kind || !dns_rdata_sound(o->m, &r))
			continue;
		seen |= UINT64_C(1) << kind;
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
write_queries(struct written *o)
{
	struct dns_walk walk = dns_walk(o->m, DNS_QUESTION);
	struct dns_record q;
	struct jw *w = o->w;
	ev_key(w, dns, queries);
	jw_array(w);
	while (dns_next(&walk, &q)) {
		if (is_full(o))
			continue;
		jw_object(w);
		write_name(w, &q.name);
		write_type(w, q.type, o->mdns);
		if (!o->mdns && q.class != 1) {
			ev_key(w, dns_query, rrclass);
			jw_u64(w, q.class);
		}
		if (o->mdns && q.class & 0x8000)
			write_flag(w, EV_KEY(mdns_query, unicast), true);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void
write_sections(struct written *o)
{
	struct jw *w = o->w;
	if (o->m->count[DNS_ANSWER]) {
		ev_key(w, dns, answers);
		write_section(o, DNS_ANSWER);
	}
	if (o->m->count[DNS_ANSWER] && !o->mdns)
		write_grouped(o);
	if (o->m->count[DNS_AUTHORITY]) {
		ev_key(w, dns, authorities);
		write_section(o, DNS_AUTHORITY);
	}
}

/* Records beside the answer; EDNS's own is none of them. */
static void
write_additionals(struct written *o)
{
	struct dns_walk walk = dns_walk(o->m, DNS_ADDITIONAL);
	struct dns_record r, opt = { .type = 0 };
	uint32_t others = 0;
	while (dns_next(&walk, &r)) {
		if (r.type == DNS_TYPE_OPT)
			opt = r;
		else
			others++;
	}
	if (others) {
		ev_key(o->w, dns, additionals);
		write_section(o, DNS_ADDITIONAL);
	}
	if (opt.type && !o->mdns)
		dns_rdata_write_edns(&opt, o->w);
}

static void
write_left_out(const struct written *o)
{
	if (!o->left_out)
		return;
	ev_key(o->w, dns, left_out);
	jw_u64(o->w, o->left_out);
}

void
dns_write(const struct dns_tx *tx, const char *key, struct jw *w)
{
	struct written o = { &tx->msg, w, w->out->len + WRITTEN(&tx->msg), 0, false };
	jw_key_n(w, key, strlen(key));
	jw_object(w);
	ev_key(w, dns, version);
	jw_u64(w, 3);
	ev_key(w, dns, type);
	jw_text(w, tx->ask ? "request" : "response");
	ev_key(w, dns, tx_id);
	jw_u64(w, tx->id);
	ev_key(w, dns, id);
	jw_u64(w, tx->msg.id);
	write_flags(&tx->msg, w);
	ev_key(w, dns, opcode);
	jw_u64(w, tx->msg.opcode);
	write_rcode(tx->msg.rcode, w);
	if (tx->questioned)
		write_queries(&o);
	write_sections(&o);
	write_additionals(&o);
	write_left_out(&o);
	jw_object_end(w);
}

void
dns_write_mdns(const struct dns_tx *tx, struct jw *w)
{
	struct written o = { &tx->msg, w, w->out->len + WRITTEN(&tx->msg), 0, true };
	jw_key(w, "mdns");
	jw_object(w);
	ev_key(w, mdns, type);
	jw_text(w, tx->ask ? "request" : "response");
	ev_key(w, mdns, id);
	jw_u64(w, tx->msg.id);
	write_flag(w, EV_KEY(mdns, aa), tx->msg.flags & DNS_AA);
	write_flag(w, EV_KEY(mdns, tc), tx->msg.flags & DNS_TC);
	if (tx->questioned)
		write_queries(&o);
	write_sections(&o);
	write_additionals(&o);
	write_left_out(&o);
	jw_object_end(w);
}
