/* SPDX-License-Identifier: Apache-2.0 */
/* Resource records that are written as text of several parts, and EDNS. */
#include "dns_text.h"

#include <stdarg.h>
#include <stdio.h>

#include "dns_rdata.h"
#include "lib/addr.h"
#include "lib/hex.h"
#include "wire/event.h"

#define EDNS_SUBNET 8
#define EDNS_NSID 3

void
dns_put(struct dns_text *t, const void *data, size_t n)
{
	if (n > DNS_TEXT_MAX - t->len)
		n = DNS_TEXT_MAX - t->len;
	if (n)
		memcpy(t->at + t->len, data, n);
	t->len += n;
}

void
dns_put_format(struct dns_text *t, const char *format, ...)
{
	char one[128];
	va_list ap;
	va_start(ap, format);
	int n = vsnprintf(one, sizeof(one), format, ap);
	va_end(ap);
	if (n > 0)
		dns_put(t, one, (size_t)n < sizeof(one) ? (size_t)n : sizeof(one) - 1);
}

bool
dns_name_at(const struct dns_msg *m, struct cursor *c, struct dns_name *out)
{
	size_t next, at = (size_t)(c->at - m->bytes.ptr);
	return dns_name(m->bytes, at, out, &next) && next > at && cursor_skip(c, next - at);
}

void
dns_put_name(struct dns_text *t, const struct dns_name *n)
{
	dns_put(t, n->len ? n->text : (const uint8_t *)".", n->len ? n->len : 1);
}

void
dns_put_hex(struct dns_text *t, struct view v)
{
	struct cursor c = cursor_of_view(v);
	while (cursor_left(&c)) {
		char text[2 * 32 + 1];
		size_t n = cursor_left(&c) < 32 ? cursor_left(&c) : 32;
		struct view part = { NULL, 0 };
		(void)cursor_take(&c, n, &part);
		hex_text(text, part.ptr, n);
		dns_put(t, text, 2 * n);
	}
}

static struct view
rest(const struct cursor *c)
{
	return (struct view){ c->at, cursor_left(c) };
}

static bool
done(bool ok, const struct dns_text *t, struct jw *w)
{
	if (ok && w)
		jw_bytes(w, t->at, t->len);
	return ok;
}

bool
dns_rdata_hinfo(const struct dns_msg *m, const struct dns_record *r, struct jw *w)
{
	struct cursor c = cursor_of_view(r->data);
	struct dns_text t;
	struct view cpu, os;
	t.len = 0;
	(void)m;
	if (!cursor_vector8(&c, &cpu) || !cursor_vector8(&c, &os))
		return false;
	dns_put(&t, "\"", 1);
	dns_put(&t, cpu.ptr, cpu.len);
	dns_put(&t, "\" \"", 3);
	dns_put(&t, os.ptr, os.len);
	dns_put(&t, "\"", 1);
	return done(true, &t, w);
}

bool
dns_rdata_rp(const struct dns_msg *m, const struct dns_record *r, struct jw *w)
{
	struct cursor c = cursor_of_view(r->data);
	struct dns_text t;
	struct dns_name mailbox, text;
	t.len = 0;
	if (!dns_name_at(m, &c, &mailbox) || !dns_name_at(m, &c, &text))
		return false;
	dns_put_name(&t, &mailbox);
	dns_put(&t, " ", 1);
	dns_put_name(&t, &text);
	return done(true, &t, w);
}

bool
dns_rdata_ds(const struct dns_msg *m, const struct dns_record *r, struct jw *w)
{
	struct cursor c = cursor_of_view(r->data);
	struct dns_text t;
	uint16_t tag;
	uint8_t algorithm, digest;
	t.len = 0;
	(void)m;
	if (!cursor_u16(&c, &tag) || !cursor_u8(&c, &algorithm) || !cursor_u8(&c, &digest))
		return false;
	dns_put_format(&t, "%u %u %u ", tag, algorithm, digest);
	dns_put_hex(&t, rest(&c));
	return done(true, &t, w);
}

static void
put_type(struct dns_text *t, uint16_t type)
{
	const char *name = dns_type_name(type);
	if (name)
		dns_put(t, name, strlen(name));
	else
		dns_put_format(t, "TYPE%u", type);
}

bool
dns_rdata_rrsig(const struct dns_msg *m, const struct dns_record *r, struct jw *w)
{
	struct cursor c = cursor_of_view(r->data);
	struct dns_text t;
	struct dns_name signer;
	uint32_t ttl, until, from;
	uint16_t type, tag;
	uint8_t algorithm, labels;
	t.len = 0;
	bool ok = cursor_u16(&c, &type) && cursor_u8(&c, &algorithm) && cursor_u8(&c, &labels) &&
		  cursor_u32(&c, &ttl) && cursor_u32(&c, &until) && cursor_u32(&c, &from) &&
		  cursor_u16(&c, &tag) && dns_name_at(m, &c, &signer);
	if (!ok)
		return false;
	put_type(&t, type);
	dns_put_format(&t, " %u %u %u %u %u %u ", algorithm, labels, ttl, until, from, tag);
	dns_put_name(&t, &signer);
	dns_put(&t, " ", 1);
	dns_put_hex(&t, rest(&c));
	return done(true, &t, w);
}

/* RFC 4034, 4.1.2: blocks of 256 types, a bit each. */
static bool
put_types(struct dns_text *t, struct cursor *c)
{
	uint8_t window, bits;
	struct view map;
	while (cursor_u8(c, &window)) {
		if (!cursor_vector8(c, &map))
			return false;
		struct cursor b = cursor_of_view(map);
		for (unsigned at = 0; cursor_u8(&b, &bits); at += 8) {
			for (unsigned i = 0; i < 8; i++) {
				if (!(bits & 0x80U >> i))
					continue;
				dns_put(t, " ", 1);
				put_type(t, (uint16_t)(window * 256U + at + i));
			}
		}
	}
	return true;
}

bool
dns_rdata_nsec(const struct dns_msg *m, const struct dns_record *r, struct jw *w)
{
	struct cursor c = cursor_of_view(r->data);
	struct dns_text t;
	struct dns_name next;
	t.len = 0;
	if (!dns_name_at(m, &c, &next))
		return false;
	dns_put_name(&t, &next);
	return done(put_types(&t, &c), &t, w);
}

bool
dns_rdata_nsec3(const struct dns_msg *m, const struct dns_record *r, struct jw *w)
{
	struct cursor c = cursor_of_view(r->data);
	struct dns_text t;
	struct view salt, next;
	uint16_t iterations;
	uint8_t algorithm, flags;
	t.len = 0;
	(void)m;
	if (!cursor_u8(&c, &algorithm) || !cursor_u8(&c, &flags) || !cursor_u16(&c, &iterations) ||
	    !cursor_vector8(&c, &salt) || !cursor_vector8(&c, &next))
		return false;
	dns_put_format(&t, "%u %u %u ", algorithm, flags, iterations);
	dns_put_hex(&t, salt);
	dns_put(&t, salt.len ? " " : "- ", salt.len ? 1 : 2);
	dns_put_hex(&t, next);
	return done(put_types(&t, &c), &t, w);
}

bool
dns_rdata_dnskey(const struct dns_msg *m, const struct dns_record *r, struct jw *w)
{
	struct cursor c = cursor_of_view(r->data);
	struct dns_text t;
	uint16_t flags;
	uint8_t protocol, algorithm;
	t.len = 0;
	(void)m;
	if (!cursor_u16(&c, &flags) || !cursor_u8(&c, &protocol) || !cursor_u8(&c, &algorithm))
		return false;
	dns_put_format(&t, "%u %u %u ", flags, protocol, algorithm);
	dns_put_hex(&t, rest(&c));
	return done(true, &t, w);
}

bool
dns_rdata_tlsa(const struct dns_msg *m, const struct dns_record *r, struct jw *w)
{
	struct cursor c = cursor_of_view(r->data);
	struct dns_text t;
	uint8_t usage, selector, matching;
	t.len = 0;
	(void)m;
	if (!cursor_u8(&c, &usage) || !cursor_u8(&c, &selector) || !cursor_u8(&c, &matching))
		return false;
	dns_put_format(&t, "%u %u %u ", usage, selector, matching);
	dns_put_hex(&t, rest(&c));
	return done(true, &t, w);
}

bool
dns_rdata_uri(const struct dns_msg *m, const struct dns_record *r, struct jw *w)
{
	struct cursor c = cursor_of_view(r->data);
	struct dns_text t;
	uint16_t priority, weight;
	t.len = 0;
	(void)m;
	if (!cursor_u16(&c, &priority) || !cursor_u16(&c, &weight))
		return false;
	dns_put_format(&t, "%u %u \"", priority, weight);
	dns_put(&t, c.at, cursor_left(&c));
	dns_put(&t, "\"", 1);
	return done(true, &t, w);
}

/* RFC 7871, 6: family, length of the network, of the scope, as many bytes as the network needs. */
static void
write_subnet(struct view option, struct jw *w)
{
	struct cursor c = cursor_of_view(option);
	struct addr a = { 0 };
	char text[ADDR_TEXT];
	uint16_t family;
	uint8_t prefix, scope;
	if (!cursor_u16(&c, &family) || !cursor_u8(&c, &prefix) || !cursor_u8(&c, &scope) ||
	    (family != 1 && family != 2) || prefix > (family == 1 ? 32 : 128) ||
	    !cursor_copy(&c, a.b, (prefix + 7U) / 8))
		return;
	ev_key(w, dns_edns, client_subnet);
	jw_object(w);
	ev_key(w, dns_subnet, address);
	jw_bytes(w, text, addr_text(text, &a, family == 1 ? 4 : 6));
	ev_key(w, dns_subnet, prefix);
	jw_u64(w, prefix);
	jw_object_end(w);
}

static void
write_options(struct view data, struct jw *w)
{
	struct cursor c = cursor_of_view(data);
	struct view option;
	uint16_t code;
	ev_key(w, dns_edns, options);
	jw_array(w);
	while (cursor_u16(&c, &code) && cursor_vector16(&c, &option))
		jw_u64(w, code);
	jw_array_end(w);
	c = cursor_of_view(data);
	bool subnet = false, nsid = false;
	while (cursor_u16(&c, &code) && cursor_vector16(&c, &option)) {
		if (code == EDNS_SUBNET && !subnet && option.len <= 20) {
			write_subnet(option, w);
			subnet = true;
		} else if (code == EDNS_NSID && option.len && !nsid) {
			ev_key(w, dns_edns, nsid);
			jw_hex(w, option.ptr, option.len < 64 ? option.len : 64, 0);
			nsid = true;
		}
	}
}

void
dns_rdata_write_edns(const struct dns_record *opt, struct jw *w)
{
	ev_key(w, dns, edns);
	jw_object(w);
	ev_key(w, dns_edns, udp_size);
	jw_u64(w, opt->class);
	ev_key(w, dns_edns, version);
	jw_u64(w, opt->ttl >> 16 & 0xff);
	if (opt->ttl & 0x8000) {
		ev_key(w, dns_edns, dnssec_ok);
		jw_bool(w, true);
	}
	if (opt->data.len)
		write_options(opt->data, w);
	jw_object_end(w);
}
