/* SPDX-License-Identifier: Apache-2.0 */
/* DHCPv6 in the table of protocols: a transaction is a message. */
#include <stdio.h>

#include "../item.h"
#include "lib/hex.h"
#include "probe/l7/dhcpv6.h"
#include "wire/event.h"

#define CLIENT_PORT 546
#define SERVER_PORT 547
#define LIST_MAX 16
#define IAS_MAX 8
#define RELAYS_MAX 8 /* in each other */
#define DUID_MAX 130 /* octets (RFC 8415, 11.1) */

struct dhcpv6_tx {
	struct dhcpv6 msg, relay; /* relay: the outermost; type 0 without one */
};

static bool
own_port(uint16_t port)
{
	return port == CLIENT_PORT || port == SERVER_PORT;
}

/* Without its ports, a DUID of a known kind and options that fill the message. */
static enum l7_guess
probe(const struct l7_first *first)
{
	struct dhcpv6 m;
	struct view duid;
	if (dhcpv6_parse(first->data, &m) < 0 || !dhcpv6_sound(m.options))
		return L7_NO;
	if (own_port(first->key->sport) || own_port(first->key->cport))
		return L7_YES;
	if (!dhcpv6_find(m.options, DHCPV6_CLIENT_ID, &duid) &&
	    !dhcpv6_find(m.options, DHCPV6_SERVER_ID, &duid))
		return L7_NO;
	bool known = duid.len > 6 && !duid.ptr[0] && duid.ptr[1] && duid.ptr[1] < 5;
	return known ? L7_YES : L7_NO;
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct dhcpv6_tx *tx = l7_once(l, sizeof(*tx));
	struct view inner;
	if (!tx)
		return (long)bytes.len;
	if (dhcpv6_parse(bytes, &tx->msg) < 0) {
		l7_odd(l, lf, "malformed_data", -1, dir);
		return L7_BAD;
	}
	bool sound = dhcpv6_sound(tx->msg.options);
	for (int i = 0; i < RELAYS_MAX && tx->msg.link.ptr; i++) {
		struct dhcpv6 outer = tx->msg;
		if (!dhcpv6_find(outer.options, DHCPV6_RELAY_MESSAGE, &inner) ||
		    dhcpv6_parse(inner, &tx->msg) < 0) {
			tx->msg = outer;
			break;
		}
		sound = sound && dhcpv6_sound(tx->msg.options);
		if (!tx->relay.type)
			tx->relay = outer;
	}
	uint8_t ready = dir == DIR_TO_SERVER ? L7_READY_REQUEST : L7_READY_RESPONSE;
	uint64_t id = l7_once_say(l, lf, tx, ready, dir);
	if (!sound)
		l7_odd(l, lf, "truncated_options", (int64_t)id, dir);
	return (long)bytes.len;
}

static void
put_address(struct jw *w, struct view v)
{
	struct addr a = { 0 };
	char text[ADDR_TEXT];
	(void)l7_keep(a.b, sizeof(a.b), v);
	jw_bytes(w, text, addr_text(text, &a, 6));
}

static void
write_status(struct jw *w, struct view options, const char *key, bool words)
{
	static const char *const names[] = { "success", "unspec_fail", "no_addrs_avail",
		"no_binding", "not_on_link", "use_multicast", "no_prefix_avail",
		"unknown_query_type", "malformed_query", "not_configured", "not_allowed" };
	struct view v;
	uint16_t code;
	char number[8];
	if (!dhcpv6_find(options, DHCPV6_STATUS, &v))
		return;
	struct cursor c = cursor_of_view(v);
	if (!cursor_u16(&c, &code))
		return;
	(void)snprintf(number, sizeof(number), "%u", code);
	jw_key_n(w, key, strlen(key));
	jw_text(w, code < sizeof(names) / sizeof(*names) ? names[code] : number);
	if (words && cursor_left(&c)) {
		(void)cursor_take(&c, cursor_left(&c), &v);
		jw_put_bytes(w, EV_KEY(dhcpv6, status_message), v.ptr, v.len);
	}
}

/* What of an association's addresses or prefixes is listed. */
enum part { PLACE, PREFERRED, VALID };

static void
write_leases(struct jw *w, struct view options, bool prefixes, enum part part)
{
	struct cursor list = cursor_of_view(options);
	uint16_t code, want = prefixes ? DHCPV6_IA_PREFIX : DHCPV6_IA_ADDRESS;
	struct view v, place;
	uint8_t bits = 0;
	jw_array(w);
	for (int i = 0; i < LIST_MAX && dhcpv6_next(&list, &code, &v);) {
		struct cursor c = cursor_of_view(v);
		uint32_t preferred = 0, valid = 0;
		if (code != want)
			continue;
		if (!prefixes && !cursor_take(&c, 16, &place))
			continue;
		if (!cursor_u32(&c, &preferred) || !cursor_u32(&c, &valid) ||
		    (prefixes && (!cursor_u8(&c, &bits) || !cursor_take(&c, 16, &place))))
			continue;
		i++;
		if (part != PLACE) {
			jw_u64(w, part == PREFERRED ? preferred : valid);
			continue;
		}
		struct addr a = { 0 };
		char text[ADDR_TEXT + 4];
		(void)l7_keep(a.b, sizeof(a.b), place);
		size_t len = addr_text(text, &a, 6);
		if (prefixes)
			len += (size_t)snprintf(text + len, sizeof(text) - len, "/%u", bits);
		jw_bytes(w, text, len);
	}
	jw_array_end(w);
}

static void
write_ia(struct jw *w, uint16_t code, struct view v)
{
	struct cursor c = cursor_of_view(v);
	struct view options;
	uint32_t iaid, t1, t2;
	bool prefixes = code == DHCPV6_IA_PD;
	jw_object(w);
	ev_key(w, dhcpv6_ia, type);
	jw_text(w, prefixes ? "pd" : code == DHCPV6_IA_TA ? "ta" : "na");
	if (cursor_u32(&c, &iaid))
		jw_put_u64(w, EV_KEY(dhcpv6_ia, iaid), iaid);
	if (code != DHCPV6_IA_TA && cursor_u32(&c, &t1) && cursor_u32(&c, &t2)) {
		jw_put_u64(w, EV_KEY(dhcpv6_ia, t1), t1);
		jw_put_u64(w, EV_KEY(dhcpv6_ia, t2), t2);
	}
	(void)cursor_take(&c, cursor_left(&c), &options);
	if (dhcpv6_find(options, prefixes ? DHCPV6_IA_PREFIX : DHCPV6_IA_ADDRESS, &v)) {
		if (prefixes)
			ev_key(w, dhcpv6_ia, prefixes);
		else
			ev_key(w, dhcpv6_ia, addresses);
		write_leases(w, options, prefixes, PLACE);
		ev_key(w, dhcpv6_ia, preferred_lifetime);
		write_leases(w, options, prefixes, PREFERRED);
		ev_key(w, dhcpv6_ia, valid_lifetime);
		write_leases(w, options, prefixes, VALID);
	}
	write_status(w, options, EV_KEY(dhcpv6_ia, status), false);
	jw_object_end(w);
}

static void
write_ias(struct jw *w, struct view options)
{
	struct cursor c = cursor_of_view(options);
	struct view v;
	uint16_t code;
	int n = 0;
	while (n < IAS_MAX && dhcpv6_next(&c, &code, &v)) {
		if (code != DHCPV6_IA_NA && code != DHCPV6_IA_TA && code != DHCPV6_IA_PD)
			continue;
		if (!n++) {
			ev_key(w, dhcpv6, ias);
			jw_array(w);
		}
		write_ia(w, code, v);
	}
	if (n)
		jw_array_end(w);
}

static void
write_duid(struct jw *w, struct view options, uint16_t code, const char *key)
{
	struct view v;
	if (!dhcpv6_find(options, code, &v))
		return;
	jw_key_n(w, key, strlen(key));
	jw_hex(w, v.ptr, v.len < DUID_MAX ? v.len : DUID_MAX, 0);
}

/* Kinds 1 (with a time) and 3 end with an address of hardware (RFC 8415, 11). */
static void
write_mac(struct jw *w, struct view options)
{
	struct view v, mac;
	uint16_t kind, hardware;
	if (!dhcpv6_find(options, DHCPV6_CLIENT_ID, &v))
		return;
	struct cursor c = cursor_of_view(v);
	if (!cursor_u16(&c, &kind) || (kind != 1 && kind != 3) || !cursor_u16(&c, &hardware) ||
	    !cursor_skip(&c, kind == 1 ? 4 : 0) || !cursor_take(&c, 6, &mac))
		return;
	ev_key(w, dhcpv6, client_mac);
	jw_hex(w, mac.ptr, mac.len, ':');
}

static void
write_servers(struct jw *w, struct view options, uint16_t code, const char *key)
{
	struct view v, one;
	if (!dhcpv6_find(options, code, &v))
		return;
	struct cursor c = cursor_of_view(v);
	jw_key_n(w, key, strlen(key));
	jw_array(w);
	for (int i = 0; i < LIST_MAX && cursor_take(&c, 16, &one); i++)
		put_address(w, one);
	jw_array_end(w);
}

/* A name in DNS's way (RFC 8415, 10); the last zero octet may be missing. */
static void
put_name(struct jw *w, struct cursor *c)
{
	uint8_t text[256];
	size_t len = 0;
	struct view label;
	while (cursor_vector8(c, &label) && label.len) {
		if (len && len < sizeof(text))
			text[len++] = '.';
		len += l7_keep(text + len, sizeof(text) - len, label);
	}
	jw_bytes(w, text, len);
}

static void
write_names(struct jw *w, struct view options)
{
	struct view v;
	uint8_t flags;
	if (dhcpv6_find(options, DHCPV6_FQDN, &v)) {
		struct cursor c = cursor_of_view(v);
		(void)cursor_u8(&c, &flags);
		ev_key(w, dhcpv6, fqdn);
		put_name(w, &c);
	}
	if (!dhcpv6_find(options, DHCPV6_DOMAINS, &v))
		return;
	struct cursor c = cursor_of_view(v);
	ev_key(w, dhcpv6, domains);
	jw_array(w);
	for (int i = 0; i < LIST_MAX && cursor_left(&c); i++) {
		size_t left = cursor_left(&c);
		put_name(w, &c);
		if (cursor_left(&c) == left)
			break;
	}
	jw_array_end(w);
}

static void
write_requested(struct jw *w, struct view options)
{
	struct view v;
	uint16_t code;
	if (!dhcpv6_find(options, DHCPV6_REQUESTED, &v))
		return;
	struct cursor c = cursor_of_view(v);
	ev_key(w, dhcpv6, requested_options);
	jw_array(w);
	for (int i = 0; i < 64 && cursor_u16(&c, &code); i++)
		jw_u64(w, code);
	jw_array_end(w);
}

static void
write_vendor(struct jw *w, struct view options)
{
	struct view v;
	uint32_t enterprise;
	if (!dhcpv6_find(options, DHCPV6_VENDOR_CLASS, &v))
		return;
	struct cursor c = cursor_of_view(v);
	if (!cursor_u32(&c, &enterprise))
		return;
	jw_put_u64(w, EV_KEY(dhcpv6, vendor_enterprise), enterprise);
	if (cursor_vector16(&c, &v))
		jw_put_bytes(w, EV_KEY(dhcpv6, vendor_class), v.ptr, v.len);
}

static void
write_relay(struct jw *w, const struct dhcpv6 *r)
{
	struct view v;
	bool text = true;
	ev_key(w, dhcpv6, relay);
	jw_text(w, dhcpv6_type_name(r->type));
	jw_put_u64(w, EV_KEY(dhcpv6, hops), r->hops);
	ev_key(w, dhcpv6, link_address);
	put_address(w, r->link);
	ev_key(w, dhcpv6, peer_address);
	put_address(w, r->peer);
	if (dhcpv6_find(r->options, DHCPV6_INTERFACE_ID, &v)) {
		for (size_t i = 0; i < v.len; i++)
			text &= v.ptr[i] >= 0x20 && v.ptr[i] < 0x7f;
		ev_key(w, dhcpv6, interface_id);
		if (text)
			jw_view(w, v);
		else
			jw_hex(w, v.ptr, v.len, 0);
	}
	if (dhcpv6_find(r->options, DHCPV6_REMOTE_ID, &v) && v.len > 4) {
		struct cursor c = cursor_of_view(v);
		(void)cursor_skip(&c, 4);
		ev_key(w, dhcpv6, remote_id);
		jw_hex(w, c.at, cursor_left(&c), 0);
	}
}

static void
write_small(struct jw *w, struct view options)
{
	struct view v;
	uint16_t number;
	if (dhcpv6_find(options, DHCPV6_ELAPSED, &v)) {
		struct cursor c = cursor_of_view(v);
		if (cursor_u16(&c, &number))
			jw_put_u64(w, EV_KEY(dhcpv6, elapsed_time), number);
	}
	if (dhcpv6_find(options, DHCPV6_PREFERENCE, &v) && v.len == 1)
		jw_put_u64(w, EV_KEY(dhcpv6, preference), *v.ptr);
	if (dhcpv6_find(options, DHCPV6_RAPID_COMMIT, &v)) {
		ev_key(w, dhcpv6, rapid_commit);
		jw_bool(w, true);
	}
	if (dhcpv6_find(options, DHCPV6_BOOTFILE, &v))
		jw_put_bytes(w, EV_KEY(dhcpv6, boot_file), v.ptr, v.len);
}

static void
row_write(const void *data_of, struct jw *w)
{
	const struct dhcpv6_tx *tx = data_of;
	const struct dhcpv6 *m = &tx->msg;
	struct view o = m->options;
	jw_key(w, "dhcpv6");
	jw_object(w);
	ev_key(w, dhcpv6, type);
	jw_text(w, dhcpv6_type_name(m->type));
	if (!m->link.ptr)
		jw_put_u64(w, EV_KEY(dhcpv6, id), m->id);
	if (tx->relay.type)
		write_relay(w, &tx->relay);
	else if (m->link.ptr)
		write_relay(w, m);
	write_duid(w, o, DHCPV6_CLIENT_ID, EV_KEY(dhcpv6, client_duid));
	write_mac(w, o);
	write_duid(w, o, DHCPV6_SERVER_ID, EV_KEY(dhcpv6, server_duid));
	write_ias(w, o);
	write_requested(w, o);
	write_small(w, o);
	write_status(w, o, EV_KEY(dhcpv6, status), true);
	write_names(w, o);
	write_vendor(w, o);
	write_servers(w, o, DHCPV6_DNS, EV_KEY(dhcpv6, dns_servers));
	write_servers(w, o, DHCPV6_SNTP, EV_KEY(dhcpv6, sntp_servers));
	jw_object_end(w);
}

const struct l7_row l7_dhcpv6_row = {
	.name = "dhcpv6",
	.proto = L7_DHCPV6,
	.udp = true,
	.state_size = 1,
	.probe = probe,
	.data = data,
	.write = row_write,
};
