/* SPDX-License-Identifier: Apache-2.0 */
/* RADIUS in the table of protocols: a transaction is a packet. Attributes that are secret are not
 * in the table of what is written. */
#include <stddef.h>
#include <stdio.h>

#include "../item.h"
#include "probe/l7/radius.h"
#include "wire/event.h"

#define PENDING 8     /* requests whose answers are awaited */
#define USER_MAX 64   /* bytes of their users */
#define LIST_MAX 16   /* entries of a list written */
#define MICROSOFT 311 /* enterprise number (RFC 2548) */

struct pending {
	uint8_t id, len; /* len 0: free */
	uint8_t user[USER_MAX];
};

struct radius_state {
	struct pending pending[PENDING];
	uint8_t next;
};

struct radius_tx {
	struct radius msg;
	uint8_t user_len; /* of the request that it answers */
	uint8_t user[USER_MAX];
};

enum kind { TEXT, NUMBER, IPV4, IPV6, TAGGED };

/* Attributes as they are; those that need more are not here. */
static const struct row {
	uint8_t type, kind;
	const char *key;
	size_t known; /* so that a key that is not in the table of events does not compile */
} plain[] = {
#define ROW(type, kind, name)                                                                      \
	{                                                                                          \
		type, kind, #name, offsetof(struct ev_radius, name)                                \
	}
	ROW(RADIUS_USER_NAME, TEXT, user_name),
	ROW(RADIUS_NAS_IP, IPV4, nas_ip),
	ROW(RADIUS_NAS_PORT, NUMBER, nas_port),
	ROW(6, NUMBER, service_type),
	ROW(7, NUMBER, framed_protocol),
	ROW(8, IPV4, framed_ip),
	ROW(9, IPV4, framed_netmask),
	ROW(11, TEXT, filter_id),
	ROW(14, IPV4, login_ip),
	ROW(27, NUMBER, session_timeout),
	ROW(28, NUMBER, idle_timeout),
	ROW(30, TEXT, called_station),
	ROW(31, TEXT, calling_station),
	ROW(32, TEXT, nas_identifier),
	ROW(41, NUMBER, acct_delay_time),
	ROW(44, TEXT, acct_session_id),
	ROW(45, NUMBER, acct_authentic),
	ROW(46, NUMBER, acct_session_time),
	ROW(47, NUMBER, acct_input_packets),
	ROW(48, NUMBER, acct_output_packets),
	ROW(49, NUMBER, acct_terminate_cause),
	ROW(50, TEXT, acct_multi_session_id),
	ROW(55, NUMBER, event_timestamp),
	ROW(61, NUMBER, nas_port_type),
	ROW(77, TEXT, connect_info),
	ROW(81, TAGGED, tunnel_private_group),
	ROW(87, TEXT, nas_port_id),
	ROW(95, IPV6, nas_ipv6),
	ROW(101, NUMBER, error_cause),
#undef ROW
};

static bool
own_port(uint16_t port)
{
	return port == 1812 || port == 1813 || port == 1645 || port == 1646 || port == 1700 ||
	       port == 3799;
}

/* Without its port, two sound attributes at least and no padding. */
static enum l7_guess
probe(const struct l7_first *first)
{
	struct radius m;
	struct view value;
	uint8_t type;
	long used = radius_parse(first->data, &m);
	if (used < 0 || radius_wrong(&m))
		return L7_NO;
	if (own_port(first->key->sport) || own_port(first->key->cport))
		return L7_YES;
	struct cursor c = cursor_of_view(m.attributes);
	bool two = radius_next(&c, &type, &value) && radius_next(&c, &type, &value);
	return two && (size_t)used == first->data.len ? L7_YES : L7_NO;
}

static bool
asks(uint8_t code)
{
	return code == RADIUS_ACCESS_REQUEST || code == 4 || code == 12 || code == 13 ||
	       code == 40 || code == 43;
}

static void
remember(struct radius_state *s, const struct radius *m)
{
	struct view user;
	if (!radius_find(m, RADIUS_USER_NAME, &user) || !user.len)
		return;
	struct pending *p = &s->pending[s->next++ % PENDING];
	p->id = m->id;
	p->len = (uint8_t)l7_keep(p->user, sizeof(p->user), user);
}

static void
recall(struct radius_state *s, struct radius_tx *tx)
{
	struct view user;
	if (radius_find(&tx->msg, RADIUS_USER_NAME, &user))
		return;
	for (int i = 0; i < PENDING; i++) {
		struct pending *p = &s->pending[(s->next - 1 - i) & (PENDING - 1)];
		if (p->len && p->id == tx->msg.id) {
			tx->user_len = p->len;
			memcpy(tx->user, p->user, p->len);
			p->len = 0;
			return;
		}
	}
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct radius_tx *tx = l7_once(l, sizeof(*tx));
	if (!tx)
		return (long)bytes.len;
	if (radius_parse(bytes, &tx->msg) < 0) {
		l7_odd(l, lf, "malformed_data", -1, dir);
		return L7_BAD;
	}
	bool ask = asks(tx->msg.code);
	if (ask)
		remember(lf->state, &tx->msg);
	else
		recall(lf->state, tx);
	uint64_t id = l7_once_say(l, lf, tx, ask ? L7_READY_REQUEST : L7_READY_RESPONSE, dir);
	if (radius_wrong(&tx->msg))
		l7_odd(l, lf, "malformed_attribute", (int64_t)id, dir);
	return (long)bytes.len;
}

static bool
number_of(struct view v, uint32_t *out)
{
	struct cursor c = cursor_of_view(v);
	return v.len == 4 && cursor_u32(&c, out);
}

static void
write_plain(struct jw *w, const struct row *r, struct view v)
{
	struct addr a = { 0 };
	char text[ADDR_TEXT];
	uint32_t n;
	(void)l7_keep(a.b, sizeof(a.b), v);
	if (r->kind == TAGGED && v.len && *v.ptr < 0x20) { /* RFC 2868, 3.6 */
		struct cursor c = cursor_of_view(v);
		(void)cursor_skip(&c, 1);
		(void)cursor_take(&c, cursor_left(&c), &v);
	}
	if (r->kind == TEXT || r->kind == TAGGED) {
		jw_put_bytes(w, r->key, v.ptr, v.len);
	} else if (r->kind == NUMBER && number_of(v, &n)) {
		jw_put_u64(w, r->key, n);
	} else if ((r->kind == IPV4 && v.len == 4) || (r->kind == IPV6 && v.len == 16)) {
		size_t len = addr_text(text, &a, r->kind == IPV4 ? 4 : 6);
		jw_put_bytes(w, r->key, text, len);
	}
}

/* Each attribute once, the first one. */
static void
write_attributes(struct jw *w, const struct radius *m)
{
	struct cursor c = cursor_of_view(m->attributes);
	bool done[sizeof(plain) / sizeof(*plain)] = { false };
	struct view v;
	uint64_t n = 0;
	uint8_t type;
	for (; radius_next(&c, &type, &v); n++) {
		for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++) {
			if (plain[i].type == type && !done[i]) {
				done[i] = true;
				write_plain(w, &plain[i], v);
			}
		}
	}
	jw_put_u64(w, EV_KEY(radius, attributes), n);
}

static void
write_replies(struct jw *w, const struct radius *m)
{
	struct cursor c = cursor_of_view(m->attributes);
	struct view v;
	uint8_t type;
	int n = 0;
	while (n < LIST_MAX && radius_next(&c, &type, &v)) {
		if (type != RADIUS_REPLY_MESSAGE)
			continue;
		if (!n++) {
			ev_key(w, radius, reply_message);
			jw_array(w);
		}
		jw_view(w, v);
	}
	if (n)
		jw_array_end(w);
}

static void
write_octets(struct jw *w, const struct radius *m, uint8_t low, uint8_t high, const char *key)
{
	struct view v;
	uint32_t n, giga = 0;
	if (!radius_find(m, low, &v) || !number_of(v, &n))
		return;
	if (radius_find(m, high, &v))
		(void)number_of(v, &giga);
	jw_put_u64(w, key, (uint64_t)giga << 32 | n);
}

static void
write_status(struct jw *w, const struct radius *m)
{
	static const char *const names[] = { NULL, "start", "stop", "interim_update", NULL, NULL,
		NULL, "accounting_on", "accounting_off" };
	char number[12];
	struct view v;
	uint32_t n;
	if (!radius_find(m, 40, &v) || !number_of(v, &n))
		return;
	(void)snprintf(number, sizeof(number), "%u", n);
	ev_key(w, radius, acct_status);
	jw_text(w, n < sizeof(names) / sizeof(*names) && names[n] ? names[n] : number);
}

/* Vendors, and what Microsoft's attributes say of how the user proves itself. */
static const char *
write_vendors(struct jw *w, const struct radius *m)
{
	struct cursor c = cursor_of_view(m->attributes);
	uint32_t vendors[LIST_MAX];
	const char *how = NULL;
	struct view v;
	uint8_t type;
	int n = 0;
	while (n < LIST_MAX && radius_next(&c, &type, &v)) {
		struct cursor in = cursor_of_view(v);
		uint8_t kind = 0;
		if (type != RADIUS_VENDOR_SPECIFIC || !cursor_u32(&in, &vendors[n]))
			continue;
		if (vendors[n] == MICROSOFT && cursor_u8(&in, &kind) && (kind == 1 || kind == 25))
			how = kind == 1 ? "mschap" : "mschapv2";
		bool known = false;
		for (int i = 0; i < n; i++)
			known |= vendors[i] == vendors[n];
		n += !known;
	}
	if (n) {
		ev_key(w, radius, vendors);
		jw_array(w);
		for (int i = 0; i < n; i++)
			jw_u64(w, vendors[i]);
		jw_array_end(w);
	}
	return how;
}

static void
write_how(struct jw *w, const struct radius *m, const char *how)
{
	struct view v;
	if (radius_find(m, RADIUS_EAP_MESSAGE, &v))
		how = "eap";
	else if (radius_find(m, RADIUS_CHAP_PASSWORD, &v))
		how = "chap";
	else if (radius_find(m, RADIUS_USER_PASSWORD, &v))
		how = "pap";
	if (m->code == RADIUS_ACCESS_REQUEST && how) {
		ev_key(w, radius, authentication);
		jw_text(w, how);
	}
}

static void
write_eap(struct jw *w, const struct radius *m)
{
	static const char *const codes[] = { "0", "request", "response", "success", "failure" };
	static const struct {
		uint8_t type;
		const char *name;
	} types[] = { { 1, "identity" }, { 2, "notification" }, { 3, "nak" }, { 4, "md5" },
		{ 5, "otp" }, { 6, "gtc" }, { 13, "tls" }, { 17, "leap" }, { 18, "sim" },
		{ 21, "ttls" }, { 23, "aka" }, { 25, "peap" }, { 26, "mschapv2" }, { 43, "fast" },
		{ 50, "aka_prime" }, { 52, "pwd" }, { 55, "teap" } };
	struct radius_eap e;
	char number[8];
	if (!radius_eap(m, &e))
		return;
	ev_key(w, radius, eap);
	jw_object(w);
	(void)snprintf(number, sizeof(number), "%u", e.code);
	ev_key(w, radius_eap, code);
	jw_text(w, e.code < 5 ? codes[e.code] : number);
	jw_put_u64(w, EV_KEY(radius_eap, id), e.id);
	if (e.type) {
		(void)snprintf(number, sizeof(number), "%u", e.type);
		const char *name = number;
		for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
			name = types[i].type == e.type ? types[i].name : name;
		ev_key(w, radius_eap, type);
		jw_text(w, name);
	}
	if (e.identity.ptr) {
		ev_key(w, radius_eap, identity);
		jw_view(w, e.identity);
	}
	jw_object_end(w);
}

static void
row_write(const void *data_of, struct jw *w)
{
	const struct radius_tx *tx = data_of;
	const struct radius *m = &tx->msg;
	struct view v;
	jw_key(w, "radius");
	jw_object(w);
	ev_key(w, radius, code);
	jw_text(w, radius_code_name(m->code));
	jw_put_u64(w, EV_KEY(radius, id), m->id);
	if (tx->user_len)
		jw_put_bytes(w, EV_KEY(radius, for_user), tx->user, tx->user_len);
	write_attributes(w, m);
	write_status(w, m);
	write_octets(w, m, RADIUS_ACCT_INPUT_OCTETS, RADIUS_ACCT_INPUT_GIGAWORDS,
	    EV_KEY(radius, acct_input_octets));
	write_octets(w, m, RADIUS_ACCT_OUTPUT_OCTETS, RADIUS_ACCT_OUTPUT_GIGAWORDS,
	    EV_KEY(radius, acct_output_octets));
	write_replies(w, m);
	const char *how = write_vendors(w, m);
	write_how(w, m, how);
	ev_key(w, radius, message_authenticator);
	jw_bool(w, radius_find(m, RADIUS_MESSAGE_AUTHENTICATOR, &v));
	write_eap(w, m);
	jw_object_end(w);
}

static enum l7_login
login(const void *data_of)
{
	const struct radius_tx *tx = data_of;
	if (tx->msg.code == RADIUS_ACCESS_ACCEPT)
		return L7_LOGIN_OK;
	return tx->msg.code == RADIUS_ACCESS_REJECT ? L7_LOGIN_FAIL : L7_LOGIN_NONE;
}

const struct l7_row l7_radius_row = {
	.name = "radius",
	.proto = L7_RADIUS,
	.udp = true,
	.state_size = sizeof(struct radius_state),
	.probe = probe,
	.data = data,
	.write = row_write,
	.login = login,
};
