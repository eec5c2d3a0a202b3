/* SPDX-License-Identifier: Apache-2.0 */
#include "dns_rdata.h"
#include "dns_text.h"
#include "wire/event.h"

struct kind {
	uint16_t type;
	const char *key;
	dns_rdata_fn fn;
};

static bool
address(const struct dns_record *r, struct jw *w, uint8_t ver)
{
	struct cursor c = cursor_of_view(r->data);
	struct addr a = { 0 };
	char text[ADDR_TEXT];
	if (!cursor_copy(&c, a.b, ver == 4 ? 4 : 16) || cursor_left(&c))
		return false;
	if (w)
		jw_bytes(w, text, addr_text_full(text, &a, ver));
	return true;
}

static bool
a(const struct dns_msg *m, const struct dns_record *r, struct jw *w)
{
	(void)m;
	return address(r, w, 4);
}

static bool
aaaa(const struct dns_msg *m, const struct dns_record *r, struct jw *w)
{
	(void)m;
	return address(r, w, 6);
}

static bool
name(const struct dns_msg *m, const struct dns_record *r, struct jw *w)
{
	struct cursor c = cursor_of_view(r->data);
	struct dns_name n;
	if (!dns_name_at(m, &c, &n))
		return false;
	if (w)
		jw_bytes(w, n.text, n.len);
	return true;
}

static bool
mx(const struct dns_msg *m, const struct dns_record *r, struct jw *w)
{
	struct dns_record exchange = *r;
	struct cursor c = cursor_of_view(r->data);
	if (!cursor_skip(&c, 2))
		return false;
	exchange.data = (struct view){ c.at, cursor_left(&c) };
	return name(m, &exchange, w);
}

/* Character strings (RFC 1035, 3.3.14), joined as resolvers' users do. */
static bool
txt(const struct dns_msg *m, const struct dns_record *r, struct jw *w)
{
	struct cursor c = cursor_of_view(r->data);
	struct dns_text t;
	t.len = 0;
	struct view part;
	uint8_t n;
	(void)m;
	while (cursor_u8(&c, &n)) {
		if (!cursor_take(&c, n, &part))
			return false;
		dns_put(&t, part.ptr, part.len);
	}
	if (w)
		jw_bytes(w, t.at, t.len);
	return true;
}

static bool
any(const struct dns_msg *m, const struct dns_record *r, struct jw *w)
{
	(void)m;
	if (w)
		jw_view(w, r->data);
	return true;
}

static bool
soa(const struct dns_msg *m, const struct dns_record *r, struct jw *w)
{
	const char *const keys[] = { EV_KEY(dns_soa, serial), EV_KEY(dns_soa, refresh),
		EV_KEY(dns_soa, retry), EV_KEY(dns_soa, expire), EV_KEY(dns_soa, minimum) };
	struct cursor c = cursor_of_view(r->data);
	struct dns_name mname, rname;
	uint32_t v[5];
	bool ok = dns_name_at(m, &c, &mname) && dns_name_at(m, &c, &rname);
	for (int i = 0; i < 5; i++)
		ok = ok && cursor_u32(&c, &v[i]);
	if (!ok || !w)
		return ok;
	jw_object(w);
	ev_key(w, dns_soa, mname);
	jw_bytes(w, mname.text, mname.len);
	ev_key(w, dns_soa, rname);
	jw_bytes(w, rname.text, rname.len);
	for (int i = 0; i < 5; i++)
		jw_put_u64(w, keys[i], v[i]);
	jw_object_end(w);
	return true;
}

static bool
srv(const struct dns_msg *m, const struct dns_record *r, struct jw *w)
{
	const char *const keys[] = { EV_KEY(dns_srv, priority), EV_KEY(dns_srv, weight),
		EV_KEY(dns_srv, port) };
	struct cursor c = cursor_of_view(r->data);
	struct dns_name target;
	uint16_t v[3];
	bool ok = true;
	for (int i = 0; i < 3; i++)
		ok = ok && cursor_u16(&c, &v[i]);
	ok = ok && dns_name_at(m, &c, &target);
	if (!ok || !w)
		return ok;
	jw_object(w);
	for (int i = 0; i < 3; i++)
		jw_put_u64(w, keys[i], v[i]);
	ev_key(w, dns_srv, name);
	jw_bytes(w, target.text, target.len);
	jw_object_end(w);
	return true;
}

static bool
sshfp(const struct dns_msg *m, const struct dns_record *r, struct jw *w)
{
	struct cursor c = cursor_of_view(r->data);
	uint8_t algo, type;
	(void)m;
	if (!cursor_u8(&c, &algo) || !cursor_u8(&c, &type))
		return false;
	if (!w)
		return true;
	jw_object(w);
	ev_key(w, dns_sshfp, fingerprint);
	jw_hex(w, c.at, cursor_left(&c), ':');
	jw_put_u64(w, EV_KEY(dns_sshfp, algo), algo);
	jw_put_u64(w, EV_KEY(dns_sshfp, type), type);
	jw_object_end(w);
	return true;
}

/* RFC 8659, 4.1.1: 0 issue "ca.example.net" */
static bool
caa(const struct dns_msg *m, const struct dns_record *r, struct jw *w)
{
	struct cursor c = cursor_of_view(r->data);
	struct dns_text t;
	t.len = 0;
	struct view tag;
	uint8_t flags, n;
	(void)m;
	if (!cursor_u8(&c, &flags) || !cursor_u8(&c, &n) || !cursor_take(&c, n, &tag))
		return false;
	dns_put_format(&t, "%u ", flags);
	dns_put(&t, tag.ptr, tag.len);
	dns_put(&t, " \"", 2);
	dns_put(&t, c.at, cursor_left(&c));
	dns_put(&t, "\"", 1);
	if (w)
		jw_bytes(w, t.at, t.len);
	return true;
}

/* Values of the parameters that RFC 9460 defines as lists; others in hex. */
static void
put_svc_value(struct dns_text *t, uint16_t key, struct view value)
{
	struct cursor c = cursor_of_view(value);
	struct addr ip = { 0 };
	char address_text[ADDR_TEXT];
	const char *sep = "";
	uint8_t n, byte;
	uint16_t port;
	struct view part;
	if (key == 1) {
		for (; cursor_u8(&c, &n) && cursor_take(&c, n, &part); sep = ",") {
			dns_put(t, sep, strlen(sep));
			dns_put(t, part.ptr, part.len);
		}
	} else if (key == 3 && cursor_u16(&c, &port)) {
		dns_put_format(t, "%u", port);
	} else if (key == 4 || key == 6) {
		for (; cursor_copy(&c, ip.b, key == 4 ? 4 : 16); sep = ",") {
			dns_put(t, sep, strlen(sep));
			dns_put(t, address_text, addr_text(address_text, &ip, (uint8_t)key));
		}
	} else {
		while (cursor_u8(&c, &byte))
			dns_put_format(t, "%02x", byte);
	}
}

/* RFC 9460, 2.1: 1 . alpn=h2,h3 ipv4hint=192.0.2.1 */
static bool
svcb(const struct dns_msg *m, const struct dns_record *r, struct jw *w)
{
	static const char *const keys[] = { "mandatory", "alpn", "no-default-alpn", "port",
		"ipv4hint", "ech", "ipv6hint" };
	struct cursor c = cursor_of_view(r->data);
	struct dns_text t;
	t.len = 0;
	struct dns_name target;
	uint16_t priority, key, n;
	struct view value;
	if (!cursor_u16(&c, &priority) || !dns_name_at(m, &c, &target))
		return false;
	dns_put_format(&t, "%u ", priority);
	dns_put_name(&t, &target);
	while (cursor_u16(&c, &key)) {
		if (!cursor_u16(&c, &n) || !cursor_take(&c, n, &value))
			return false;
		if (key < sizeof(keys) / sizeof(*keys))
			dns_put_format(&t, " %s", keys[key]);
		else
			dns_put_format(&t, " key%u", key);
		if (value.len)
			dns_put(&t, "=", 1);
		put_svc_value(&t, key, value);
	}
	if (w)
		jw_bytes(w, t.at, t.len);
	return true;
}

/* RFC 3403, 4.1: order preference "flags" "service" "regexp" replacement */
static bool
naptr(const struct dns_msg *m, const struct dns_record *r, struct jw *w)
{
	struct cursor c = cursor_of_view(r->data);
	struct dns_text t;
	t.len = 0;
	struct dns_name replacement;
	struct view part;
	uint16_t order, preference;
	uint8_t n;
	if (!cursor_u16(&c, &order) || !cursor_u16(&c, &preference))
		return false;
	dns_put_format(&t, "%u %u", order, preference);
	for (int i = 0; i < 3; i++) {
		if (!cursor_u8(&c, &n) || !cursor_take(&c, n, &part))
			return false;
		dns_put(&t, " \"", 2);
		dns_put(&t, part.ptr, part.len);
		dns_put(&t, "\"", 1);
	}
	if (!dns_name_at(m, &c, &replacement))
		return false;
	dns_put(&t, " ", 1);
	dns_put_name(&t, &replacement);
	if (w)
		jw_bytes(w, t.at, t.len);
	return true;
}

static const struct kind kinds[] = {
	{ DNS_TYPE_A, "rdata", a },
	{ DNS_TYPE_NS, "rdata", name },
	{ DNS_TYPE_CNAME, "rdata", name },
	{ DNS_TYPE_SOA, "soa", soa },
	{ DNS_TYPE_NULL, "rdata", any },
	{ DNS_TYPE_PTR, "rdata", name },
	{ DNS_TYPE_HINFO, "rdata", dns_rdata_hinfo },
	{ DNS_TYPE_MX, "rdata", mx },
	{ DNS_TYPE_TXT, "rdata", txt },
	{ DNS_TYPE_RP, "rdata", dns_rdata_rp },
	{ DNS_TYPE_AFSDB, "rdata", mx },
	{ DNS_TYPE_AAAA, "rdata", aaaa },
	{ DNS_TYPE_SRV, "srv", srv },
	{ DNS_TYPE_NAPTR, "rdata", naptr },
	{ DNS_TYPE_KX, "rdata", mx },
	{ DNS_TYPE_DNAME, "rdata", name },
	{ DNS_TYPE_DS, "rdata", dns_rdata_ds },
	{ DNS_TYPE_SSHFP, "sshfp", sshfp },
	{ DNS_TYPE_RRSIG, "rdata", dns_rdata_rrsig },
	{ DNS_TYPE_NSEC, "rdata", dns_rdata_nsec },
	{ DNS_TYPE_DNSKEY, "rdata", dns_rdata_dnskey },
	{ DNS_TYPE_NSEC3, "rdata", dns_rdata_nsec3 },
	{ DNS_TYPE_TLSA, "rdata", dns_rdata_tlsa },
	{ DNS_TYPE_SMIMEA, "rdata", dns_rdata_tlsa },
	{ DNS_TYPE_CDS, "rdata", dns_rdata_ds },
	{ DNS_TYPE_CDNSKEY, "rdata", dns_rdata_dnskey },
	{ DNS_TYPE_SPF, "rdata", txt },
	{ DNS_TYPE_URI, "rdata", dns_rdata_uri },
	{ DNS_TYPE_SVCB, "rdata", svcb },
	{ DNS_TYPE_HTTPS, "rdata", svcb },
	{ DNS_TYPE_CAA, "rdata", caa },
};

int
dns_rdata_kind(uint16_t type)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (kinds[i].type == type)
			return (int)i;
	}
	return -1;
}

bool
dns_rdata_sound(const struct dns_msg *m, const struct dns_record *r)
{
	int kind = dns_rdata_kind(r->type);
	return kind >= 0 && kinds[kind].fn(m, r, NULL);
}

void
dns_rdata_write(const struct dns_msg *m, const struct dns_record *r, bool keyed, struct jw *w)
{
	const struct kind *k = &kinds[dns_rdata_kind(r->type)];
	if (keyed)
		jw_key_n(w, k->key, strlen(k->key));
	(void)k->fn(m, r, w);
}

/* The strings of a TXT one by one. */
static void
write_strings(const struct dns_record *r, struct jw *w)
{
	struct cursor c = cursor_of_view(r->data);
	struct view part;
	ev_key(w, mdns_answer, txt);
	jw_array(w);
	while (cursor_vector8(&c, &part))
		jw_view(w, part);
	jw_array_end(w);
}

void
dns_rdata_write_mdns(const struct dns_msg *m, const struct dns_record *r, struct jw *w)
{
	const struct {
		uint16_t type;
		const char *key;
	} keys[] = {
		{ DNS_TYPE_A, EV_KEY(mdns_answer, a) },
		{ DNS_TYPE_AAAA, EV_KEY(mdns_answer, aaaa) },
		{ DNS_TYPE_PTR, EV_KEY(mdns_answer, ptr) },
		{ DNS_TYPE_CNAME, EV_KEY(mdns_answer, cname) },
		{ DNS_TYPE_NS, EV_KEY(mdns_answer, ns) },
		{ DNS_TYPE_SRV, EV_KEY(mdns_answer, srv) },
	};
	int kind = dns_rdata_kind(r->type);
	if (kind < 0 || !dns_rdata_sound(m, r))
		return;
	if (r->type == DNS_TYPE_TXT) {
		write_strings(r, w);
		return;
	}
	if (strcmp(kinds[kind].key, "rdata") != 0 && r->type != DNS_TYPE_SRV)
		return;
	const char *key = EV_KEY(mdns_answer, rdata);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (keys[i].type == r->type)
			key = keys[i].key;
	}
	jw_key_n(w, key, strlen(key));
	(void)kinds[kind].fn(m, r, w);
}
