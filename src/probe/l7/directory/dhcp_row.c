/* SPDX-License-Identifier: Apache-2.0 */
/* DHCP in the table of protocols: a transaction is a message. */
#include <stddef.h>
#include <stdio.h>

#include "../item.h"
#include "../look.h"
#include "probe/l7/dhcp.h"
#include "wire/event.h"

#define LIST_MAX 16 /* addresses of an option written */
#define CIRCUIT 1   /* suboptions of the relay agent (RFC 3046) */
#define REMOTE 2

enum kind { TEXT, NUMBER, ADDRESS, ADDRESSES };

/* Options as they are, in the order of the record. */
static const struct row {
	uint8_t code, kind;
	const char *key;
	size_t known; /* so that a key that is not in the table of events does not compile */
} plain[] = {
#define ROW(code, kind, name)                                                                      \
	{                                                                                          \
		code, kind, #name, offsetof(struct ev_dhcp, name)                                  \
	}
	ROW(DHCP_REQUESTED_IP, ADDRESS, requested_ip),
	ROW(DHCP_HOSTNAME, TEXT, hostname),
	ROW(DHCP_LEASE_TIME, NUMBER, lease_time),
	ROW(DHCP_RENEWAL_TIME, NUMBER, renewal_time),
	ROW(DHCP_REBINDING_TIME, NUMBER, rebinding_time),
	ROW(DHCP_SUBNET_MASK, ADDRESS, subnet_mask),
	ROW(DHCP_ROUTER, ADDRESSES, routers),
	ROW(DHCP_DNS, ADDRESSES, dns_servers),
	ROW(DHCP_NTP, ADDRESSES, ntp_servers),
	ROW(DHCP_VENDOR_CLASS, TEXT, vendor_class_identifier),
	ROW(DHCP_DOMAIN, TEXT, domain),
	ROW(DHCP_SERVER_ID, ADDRESS, server_id),
	ROW(DHCP_MESSAGE, TEXT, message),
	ROW(DHCP_USER_CLASS, TEXT, user_class),
	ROW(DHCP_TFTP_SERVER, TEXT, boot_server),
	ROW(DHCP_BOOTFILE, TEXT, boot_file),
	ROW(DHCP_PROXY_CONFIG, TEXT, proxy_config),
#undef ROW
};

static enum l7_guess
probe(const struct l7_first *first)
{
	struct dhcp m;
	return dhcp_parse(first->data, &m) > 0 ? L7_YES : L7_NO;
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct dhcp *m = l7_once(l, sizeof(*m));
	struct view v;
	uint8_t code;
	bool cut;
	if (!m)
		return (long)bytes.len;
	if (dhcp_parse(bytes, m) < 0) {
		l7_odd(l, lf, "malformed_options", -1, dir);
		return L7_BAD;
	}
	uint8_t ready = m->op == 1 ? L7_READY_REQUEST : L7_READY_RESPONSE;
	uint64_t id = l7_once_say(l, lf, m, ready, dir);
	struct cursor c = cursor_of_view(m->options);
	while (dhcp_next(&c, &code, &v, &cut))
		;
	if (cut)
		l7_odd(l, lf, "truncated_options", (int64_t)id, dir);
	return (long)bytes.len;
}

static void
put_address(struct jw *w, struct view four)
{
	struct addr a = { 0 };
	char text[ADDR_TEXT];
	(void)l7_keep(a.b, 4, four);
	jw_bytes(w, text, addr_text(text, &a, 4));
}

static void
write_address(struct jw *w, const char *key, struct view four)
{
	jw_key_n(w, key, strlen(key));
	put_address(w, four);
}

/* Some end texts with a zero octet. */
static struct view
trimmed(struct view v)
{
	while (v.len && !v.ptr[v.len - 1])
		v.len--;
	return v;
}

static void
write_addresses(struct jw *w, const char *key, struct view list)
{
	struct cursor c = cursor_of_view(list);
	struct view four;
	jw_key_n(w, key, strlen(key));
	jw_array(w);
	for (int i = 0; i < LIST_MAX && cursor_take(&c, 4, &four); i++)
		put_address(w, four);
	jw_array_end(w);
}

static void
write_plain(struct jw *w, const struct row *r, struct view v)
{
	struct cursor c = cursor_of_view(v);
	uint32_t number;
	if (r->kind == TEXT) {
		v = trimmed(v);
		jw_put_bytes(w, r->key, v.ptr, v.len);
	} else if (r->kind == ADDRESS && v.len == 4) {
		write_address(w, r->key, v);
	} else if (r->kind == ADDRESSES && v.len >= 4) {
		write_addresses(w, r->key, v);
	} else if (r->kind == NUMBER && v.len == 4 && cursor_u32(&c, &number)) {
		jw_put_u64(w, r->key, number);
	}
}

static void
write_params(struct jw *w, const struct dhcp *m)
{
	struct view list;
	uint8_t code;
	char number[8];
	if (!dhcp_find(m, DHCP_PARAMS, &list))
		return;
	ev_key(w, dhcp, params);
	jw_array(w);
	struct cursor c = cursor_of_view(list);
	while (cursor_u8(&c, &code)) {
		const char *name = dhcp_option_name(code);
		(void)snprintf(number, sizeof(number), "%u", code);
		jw_text(w, name ? name : number);
	}
	jw_array_end(w);
	ev_key(w, dhcp, params_number);
	jw_array(w);
	c = cursor_of_view(list);
	while (cursor_u8(&c, &code))
		jw_u64(w, code);
	jw_array_end(w);
}

/* Behind its type: an address of hardware as hex, anything else as text if it is. */
static void
write_client_id(struct jw *w, const struct dhcp *m)
{
	struct view v;
	if (!dhcp_find(m, DHCP_CLIENT_ID, &v) || v.len < 2)
		return;
	struct cursor c = cursor_of_view(v);
	uint8_t type = 0;
	(void)cursor_u8(&c, &type);
	(void)cursor_take(&c, cursor_left(&c), &v);
	ev_key(w, dhcp, client_id);
	jw_hex(w, v.ptr, v.len, ':');
}

/* Text, or hex when there is a control character or more than ASCII in it. */
static void
put_text_or_hex(struct jw *w, struct view v)
{
	bool text = v.len > 0;
	for (size_t i = 0; i < v.len; i++)
		text &= v.ptr[i] >= 0x20 && v.ptr[i] < 0x7f;
	if (text)
		jw_view(w, v);
	else
		jw_hex(w, v.ptr, v.len, 0);
}

static void
write_relay(struct jw *w, const struct dhcp *m)
{
	struct view all, v;
	uint8_t code;
	bool circuit = false, remote = false;
	if (!dhcp_find(m, DHCP_RELAY_AGENT, &all))
		return;
	struct cursor c = cursor_of_view(all);
	while (cursor_u8(&c, &code) && cursor_vector8(&c, &v)) {
		if (code == CIRCUIT && !circuit) {
			circuit = true;
			ev_key(w, dhcp, circuit_id);
			put_text_or_hex(w, v);
		} else if (code == REMOTE && !remote) {
			remote = true;
			ev_key(w, dhcp, remote_id);
			put_text_or_hex(w, v);
		}
	}
}

/* Flags, two octets that are no longer used, a name: as text, or in DNS's way (RFC 4702, 2). */
static void
write_fqdn(struct jw *w, const struct dhcp *m)
{
	uint8_t text[256];
	size_t len = 0;
	struct view v;
	uint8_t flags;
	if (!dhcp_find(m, DHCP_FQDN, &v))
		return;
	struct cursor c = cursor_of_view(v);
	if (!cursor_u8(&c, &flags) || !cursor_skip(&c, 2))
		return;
	ev_key(w, dhcp, fqdn);
	if (!(flags & 4)) {
		(void)cursor_take(&c, cursor_left(&c), &v);
		jw_view(w, trimmed(v));
		return;
	}
	while (cursor_vector8(&c, &v) && v.len && len + v.len + 1 <= sizeof(text)) {
		if (len)
			text[len++] = '.';
		len += l7_keep(text + len, sizeof(text) - len, v);
	}
	jw_bytes(w, text, len);
}

static void
write_options(struct jw *w, const struct dhcp *m)
{
	struct view v;
	for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++) {
		if (dhcp_find(m, plain[i].code, &v))
			write_plain(w, &plain[i], v);
	}
	write_client_id(w, m);
	write_params(w, m);
	write_fqdn(w, m);
	write_relay(w, m);
	if (m->server.len && !dhcp_find(m, DHCP_TFTP_SERVER, &v) &&
	    !dhcp_find(m, DHCP_OVERLOAD, &v))
		jw_put_bytes(w, EV_KEY(dhcp, boot_server), m->server.ptr, m->server.len);
	if (m->file.len && !dhcp_find(m, DHCP_BOOTFILE, &v) && !dhcp_find(m, DHCP_OVERLOAD, &v))
		jw_put_bytes(w, EV_KEY(dhcp, boot_file), m->file.ptr, m->file.len);
}

static void
row_write(const void *data_of, struct jw *w)
{
	const struct dhcp *m = data_of;
	char number[8];
	jw_key(w, "dhcp");
	jw_object(w);
	ev_key(w, dhcp, type);
	jw_text(w, m->op == 1 ? "request" : "reply");
	jw_put_u64(w, EV_KEY(dhcp, id), m->id);
	ev_key(w, dhcp, client_mac);
	jw_hex(w, m->mac.ptr, m->mac.len, ':');
	write_address(w, EV_KEY(dhcp, assigned_ip), m->assigned_ip);
	write_address(w, EV_KEY(dhcp, client_ip), m->client_ip);
	write_address(w, EV_KEY(dhcp, relay_ip), m->relay_ip);
	write_address(w, EV_KEY(dhcp, next_server_ip), m->next_server_ip);
	if (m->type) {
		const char *name = dhcp_type_name(m->type);
		(void)snprintf(number, sizeof(number), "%u", m->type);
		ev_key(w, dhcp, dhcp_type);
		jw_text(w, name ? name : number);
	}
	write_options(w, m);
	jw_put_u64(w, EV_KEY(dhcp, hops), m->hops);
	jw_put_u64(w, EV_KEY(dhcp, secs), m->secs);
	jw_object_end(w);
}

static bool
number(const void *data_of, const struct l7_ask *ask, uint64_t *out)
{
	uint8_t code = ask->what == L7_NUM_DHCP_LEASETIME      ? DHCP_LEASE_TIME
		       : ask->what == L7_NUM_DHCP_RENEWAL_TIME ? DHCP_RENEWAL_TIME
							       : DHCP_REBINDING_TIME;
	struct view v;
	uint32_t seconds;
	if (!dhcp_find(data_of, code, &v))
		return false;
	struct cursor c = cursor_of_view(v);
	return cursor_u32(&c, &seconds) && look_number(ask, true, seconds, out);
}

const struct l7_row l7_dhcp_row = {
	.name = "dhcp",
	.proto = L7_DHCP,
	.udp = true,
	.state_size = 1,
	.probe = probe,
	.data = data,
	.number = number,
	.write = row_write,
};
