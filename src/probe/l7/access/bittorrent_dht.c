/* SPDX-License-Identifier: Apache-2.0 */
/* BitTorrent's DHT (BEP 5, 32), parser and row: a message is a transaction. */
#include "../item.h"
#include "wire/event.h"

#define DEPTH 8
#define WRITTEN 64 /* entries of a list */

struct dht_request {
	struct view id, target, info_hash, token;
	int64_t implied_port, port;
	bool there;
};

struct dht_response {
	struct view id, nodes, nodes6, token, values; /* values: inside its list */
	bool there;
};

struct dht_msg {
	struct view transaction, version, type, query;
	struct dht_request request;
	struct dht_response response;
	struct view error_text;
	int64_t error_number;
	bool error;
};

/* ---- bencoding ---- */

/* Digits up to `end`, which is taken. */
static bool
digits(struct cursor *c, uint8_t end, int64_t *out)
{
	struct cursor at = *c;
	uint8_t b = 0;
	int64_t n = 0;
	bool minus = cursor_peek(&at, 0, &b) && b == '-';
	size_t many = 0;
	if (minus)
		(void)cursor_skip(&at, 1);
	for (; cursor_u8(&at, &b) && b != end; many++) {
		if (b < '0' || b > '9' || many == 18)
			return false;
		n = n * 10 + b - '0';
	}
	if (b != end || !many)
		return false;
	*out = minus ? -n : n;
	*c = at;
	return true;
}

static bool
ben_text(struct cursor *c, struct view *out)
{
	struct cursor at = *c;
	int64_t n;
	if (!digits(&at, ':', &n) || n < 0 || !cursor_take(&at, (size_t)n, out))
		return false;
	*c = at;
	return true;
}

static bool
ben_number(struct cursor *c, int64_t *out)
{
	struct cursor at = *c;
	uint8_t b;
	if (!cursor_u8(&at, &b) || b != 'i' || !digits(&at, 'e', out))
		return false;
	*c = at;
	return true;
}

/* Take 'd', 'l' or the 'e' that ends them. */
static bool
ben_mark(struct cursor *c, uint8_t mark)
{
	uint8_t b;
	return cursor_peek(c, 0, &b) && b == mark && cursor_skip(c, 1);
}

/* Any value. */
static bool
ben_skip(struct cursor *c)
{
	struct view v;
	int64_t n;
	int depth = 0;
	do {
		if (depth && ben_mark(c, 'e')) {
			depth--;
		} else if (ben_mark(c, 'd') || ben_mark(c, 'l')) {
			if (++depth > DEPTH)
				return false;
		} else if (!ben_text(c, &v) && !ben_number(c, &n)) {
			return false;
		}
	} while (depth);
	return true;
}

/* ---- messages ---- */

static bool
request(struct cursor *c, struct dht_request *r)
{
	struct view key;
	*r = (struct dht_request){ .there = true, .implied_port = -1, .port = -1 };
	if (!ben_mark(c, 'd'))
		return false;
	while (!ben_mark(c, 'e')) {
		bool ok;
		if (!ben_text(c, &key))
			return false;
		if (view_is(key, "id"))
			ok = ben_text(c, &r->id);
		else if (view_is(key, "target"))
			ok = ben_text(c, &r->target);
		else if (view_is(key, "info_hash"))
			ok = ben_text(c, &r->info_hash);
		else if (view_is(key, "token"))
			ok = ben_text(c, &r->token);
		else if (view_is(key, "implied_port"))
			ok = ben_number(c, &r->implied_port);
		else if (view_is(key, "port"))
			ok = ben_number(c, &r->port);
		else
			ok = ben_skip(c);
		if (!ok)
			return false;
	}
	return true;
}

static bool
values(struct cursor *c, struct view *out)
{
	struct cursor start = *c;
	uint8_t b;
	if (!cursor_peek(c, 0, &b) || b != 'l' || !ben_skip(c))
		return ben_skip(c);
	(void)cursor_skip(&start, 1);
	return cursor_take(&start, cursor_left(&start) - cursor_left(c) - 1, out);
}

static bool
response(struct cursor *c, struct dht_response *r)
{
	struct view key;
	*r = (struct dht_response){ .there = true };
	if (!ben_mark(c, 'd'))
		return false;
	while (!ben_mark(c, 'e')) {
		bool ok;
		if (!ben_text(c, &key))
			return false;
		if (view_is(key, "id"))
			ok = ben_text(c, &r->id);
		else if (view_is(key, "nodes"))
			ok = ben_text(c, &r->nodes);
		else if (view_is(key, "nodes6"))
			ok = ben_text(c, &r->nodes6);
		else if (view_is(key, "token"))
			ok = ben_text(c, &r->token);
		else if (view_is(key, "values"))
			ok = values(c, &r->values);
		else
			ok = ben_skip(c);
		if (!ok)
			return false;
	}
	return true;
}

static bool
failure(struct cursor *c, struct dht_msg *m)
{
	m->error = true;
	if (!ben_mark(c, 'l') || !ben_number(c, &m->error_number) || !ben_text(c, &m->error_text))
		return false;
	while (!ben_mark(c, 'e')) {
		if (!ben_skip(c))
			return false;
	}
	return true;
}

/* The value of one key of a message. */
static bool
member(struct cursor *c, struct view key, struct dht_msg *m)
{
	if (key.len != 1)
		return ben_skip(c);
	switch (*key.ptr) {
	case 't':
		return ben_text(c, &m->transaction);
	case 'v':
		return ben_text(c, &m->version);
	case 'y':
		return ben_text(c, &m->type);
	case 'q':
		return ben_text(c, &m->query);
	case 'a':
		return request(c, &m->request);
	case 'r':
		return response(c, &m->response);
	case 'e':
		return failure(c, m);
	default:
		return ben_skip(c);
	}
}

static bool
message(struct view bytes, struct dht_msg *m)
{
	struct cursor c = cursor_of_view(bytes);
	struct view key;
	*m = (struct dht_msg){ 0 };
	if (!ben_mark(&c, 'd'))
		return false;
	while (!ben_mark(&c, 'e')) {
		if (!ben_text(&c, &key) || !member(&c, key, m))
			return false;
	}
	return m->type.len == 1 && memchr("qre", *m->type.ptr, 3) &&
	       (m->request.there || m->response.there || m->error);
}

static enum l7_guess
probe(const struct l7_first *first)
{
	struct cursor c = cursor_of_view(first->data);
	struct dht_msg m;
	uint8_t d, one, colon, key;
	if (!cursor_u8(&c, &d) || d != 'd' || !cursor_u8(&c, &one) || one != '1' ||
	    !cursor_u8(&c, &colon) || colon != ':' || !cursor_u8(&c, &key) ||
	    !memchr("aeiqrtvy", key, 8))
		return L7_NO;
	return message(first->data, &m) ? L7_YES : L7_NO;
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	uint8_t first = 0;
	struct cursor c = cursor_of_view(bytes);
	if (!cursor_peek(&c, 0, &first) || first != 'd') /* uTP shares the port */
		return (long)bytes.len;
	struct dht_msg *m = l7_once(l, sizeof(*m));
	if (!m)
		return L7_FULL;
	if (!message(bytes, m)) {
		l7_odd(l, lf, "malformed_packet", -1, dir);
		return L7_BAD;
	}
	bool ask = *m->type.ptr == 'q';
	uint64_t id = l7_once_say(l, lf, m, ask ? L7_READY_REQUEST : L7_READY_RESPONSE, dir);
	if (!m->transaction.len || (ask && !m->query.len))
		l7_odd(l, lf, "malformed_packet", (int64_t)id, dir);
	return (long)bytes.len;
}

/* ---- the record ---- */

static void
hex(struct jw *w, const char *key, struct view v)
{
	if (!v.ptr)
		return;
	jw_key_n(w, key, strlen(key));
	jw_hex(w, v.ptr, v.len, 0);
}

/* An address and its port. */
static bool
write_peer(struct jw *w, struct cursor *c, uint8_t ver)
{
	struct addr a = { 0 };
	char text[ADDR_TEXT];
	uint16_t port;
	if (!cursor_copy(c, a.b, ver == 4 ? 4 : 16) || !cursor_u16(c, &port))
		return false;
	addr_text(text, &a, ver);
	ev_key(w, bittorrent_node, ip);
	jw_text(w, text);
	ev_key(w, bittorrent_node, port);
	jw_u64(w, port);
	return true;
}

static void
write_nodes(struct jw *w, const char *key, struct view nodes, uint8_t ver)
{
	struct cursor c = cursor_of_view(nodes);
	size_t one = ver == 4 ? 26 : 38;
	struct view id;
	if (!nodes.len || nodes.len % one)
		return;
	jw_key_n(w, key, strlen(key));
	jw_array(w);
	for (int n = 0; n < WRITTEN && cursor_take(&c, 20, &id); n++) {
		jw_object(w);
		hex(w, EV_KEY(bittorrent_node, id), id);
		(void)write_peer(w, &c, ver);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void
write_values(struct jw *w, struct view list)
{
	struct cursor c = cursor_of_view(list);
	struct view one;
	ev_key(w, bittorrent_response, values);
	jw_array(w);
	for (int n = 0; n < WRITTEN && ben_text(&c, &one); n++) {
		struct cursor in = cursor_of_view(one);
		if (one.len != 6 && one.len != 18)
			continue;
		jw_object(w);
		(void)write_peer(w, &in, one.len == 6 ? 4 : 6);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void
write_request(struct jw *w, const struct dht_request *r)
{
	ev_key(w, bittorrent_dht, request);
	jw_object(w);
	hex(w, EV_KEY(bittorrent_request, id), r->id);
	hex(w, EV_KEY(bittorrent_request, target), r->target);
	hex(w, EV_KEY(bittorrent_request, info_hash), r->info_hash);
	hex(w, EV_KEY(bittorrent_request, token), r->token);
	if (r->implied_port >= 0) {
		ev_key(w, bittorrent_request, implied_port);
		jw_i64(w, r->implied_port);
	}
	if (r->port >= 0) {
		ev_key(w, bittorrent_request, port);
		jw_i64(w, r->port);
	}
	jw_object_end(w);
}

static void
write_response(struct jw *w, const struct dht_response *r)
{
	ev_key(w, bittorrent_dht, response);
	jw_object(w);
	hex(w, EV_KEY(bittorrent_response, id), r->id);
	write_nodes(w, EV_KEY(bittorrent_response, nodes), r->nodes, 4);
	write_nodes(w, EV_KEY(bittorrent_response, nodes6), r->nodes6, 6);
	hex(w, EV_KEY(bittorrent_response, token), r->token);
	if (r->values.ptr)
		write_values(w, r->values);
	jw_object_end(w);
}

static void
row_write(const void *data_of, struct jw *w)
{
	const struct dht_msg *m = data_of;
	jw_key(w, "bittorrent_dht");
	jw_object(w);
	ev_key(w, bittorrent_dht, transaction_id);
	jw_hex(w, m->transaction.ptr, m->transaction.len, 0);
	hex(w, EV_KEY(bittorrent_dht, client_version), m->version);
	if (m->query.ptr) {
		ev_key(w, bittorrent_dht, request_type);
		jw_view(w, m->query);
	}
	if (m->request.there)
		write_request(w, &m->request);
	if (m->response.there)
		write_response(w, &m->response);
	if (m->error) {
		const struct ev_bittorrent_error e = { .num = m->error_number,
			.msg = m->error_text };
		ev_key(w, bittorrent_dht, error);
		ev_bittorrent_error_write(w, &e);
	}
	jw_object_end(w);
}

const struct l7_row l7_bittorrent_dht_row = {
	.name = "bittorrent-dht",
	.proto = L7_BITTORRENT_DHT,
	.udp = true,
	.one_way = true,
	.state_size = 1,
	.probe = probe,
	.data = data,
	.write = row_write,
};
