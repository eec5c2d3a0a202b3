/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RTSP (RFC 2326, 7826) in the table of protocols: a transaction is a request, from either side,
 * and its response. Media interleaved with them (RFC 2326, 10.12) is passed over.
 */
#include "../expect.h"
#include "../item.h"
#include "sip.h"
#include "uri.h"
#include "wire/event.h"

#define TEXT 512
#define BODY_MAX 65536
#define MEDIA_SECONDS 120

struct rtsp_tx {
	struct l7_item item;
	struct view method, url, version, cseq;
	struct view code, reason, session, user_agent, server, transport, content_type, range;
	struct view scheme, username, realm;
	struct view description; /* SDP, as much as is kept */
	uint16_t status;         /* 0: no response was seen */
	uint8_t login;           /* enum l7_login */
	uint8_t dir;             /* of the request */
	bool credentials;
};

struct rtsp_state {
	struct l7_items q;
	uint64_t skip[2]; /* bytes of interleaved media or of a body too long to look at */
	uint64_t media;   /* interleaved bytes */
	bool in;          /* somebody has logged in */
};

static enum l7_guess
probe(const struct l7_first *first)
{
	long r = message_begins(first->data, "RTSP/");
	if (r == L7_MORE)
		return first->key->proto == PROTO_TCP ? L7_MAYBE : L7_NO;
	return r == L7_BAD ? L7_NO : L7_YES;
}

static void
keep(struct l7 *l, struct rtsp_tx *tx, struct view *to, struct view from)
{
	if (from.ptr && !to->ptr)
		*to = l7_text(l, tx, from, TEXT);
}

/* Fields that either side may send; the first one that was seen stays. */
static void
common(struct l7 *l, struct rtsp_tx *tx, const struct message *m)
{
	keep(l, tx, &tx->cseq, message_get(m, "CSeq", 0));
	keep(l, tx, &tx->session, message_get(m, "Session", 0));
	keep(l, tx, &tx->range, message_get(m, "Range", 0));
	if (!m->body.len)
		return;
	keep(l, tx, &tx->content_type, message_get(m, "Content-Type", 0));
	if (message_same(message_get(m, "Content-Type", 0), "application/sdp") &&
	    !tx->description.ptr)
		tx->description = l7_text(l, tx, m->body, BAG_TEXT_MAX);
}

static void
credentials(struct l7 *l, struct rtsp_tx *tx, struct view v)
{
	const uint8_t *blank = v.len ? memchr(v.ptr, ' ', v.len) : NULL;
	if (!v.ptr)
		return;
	if (blank)
		keep(l, tx, &tx->scheme, (struct view){ v.ptr, (size_t)(blank - v.ptr) });
	keep(l, tx, &tx->username, message_parameter(v, "username"));
	keep(l, tx, &tx->realm, message_parameter(v, "realm"));
}

static bool
request(struct l7 *l, struct l7_flow *lf, const struct message *m, enum dir dir)
{
	struct rtsp_state *s = lf->state;
	struct rtsp_tx *tx = l7_item_new(l, lf, &s->q);
	struct view authorization = message_get(m, "Authorization", 0);
	if (!tx)
		return false;
	tx->dir = (uint8_t)dir;
	keep(l, tx, &tx->method, m->method);
	keep(l, tx, &tx->url, m->uri);
	keep(l, tx, &tx->version, m->version);
	keep(l, tx, &tx->user_agent, message_get(m, "User-Agent", 0));
	keep(l, tx, &tx->transport, message_get(m, "Transport", 0));
	tx->credentials = authorization.ptr != NULL;
	credentials(l, tx, authorization);
	common(l, tx, m);
	if (m->damaged)
		l7_odd(l, lf, "invalid_data", (int64_t)tx->item.id, dir);
	l7_item_say(l, lf, tx, L7_READY_REQUEST, dir);
	return true;
}

static enum l7_login
outcome(struct rtsp_state *s, const struct rtsp_tx *tx)
{
	if (!tx->credentials || s->in)
		return L7_LOGIN_NONE;
	if (tx->status >= 200 && tx->status < 300) {
		s->in = true;
		return L7_LOGIN_OK;
	}
	return tx->status == 401 || tx->status == 403 ? L7_LOGIN_FAIL : L7_LOGIN_NONE;
}

static void
expect(struct l7 *l, const struct rtsp_tx *tx, int64_t port, enum dir end)
{
	if (port <= 0 || port > UINT16_MAX)
		return;
	const struct l7_expect e = { .proto = L7_RTP,
		.ip_proto = PROTO_UDP,
		.many = true,
		.end = end,
		.port = (uint16_t)port,
		.seconds = MEDIA_SECONDS,
		.name = tx->session.ptr ? tx->session : tx->url };
	l7_expect(l, &e);
}

/* "client_port=4588-4589;server_port=6256-6257" of the response to SETUP. */
static void
media(struct l7 *l, const struct rtsp_tx *tx, struct view transport)
{
	static const char *const names[] = { "client_port", "server_port" };
	for (int i = 0; i < 2; i++) {
		bool client = (i == 0) == (tx->dir == DIR_TO_SERVER);
		struct view ports = message_parameter(transport, names[i]);
		const uint8_t *dash = ports.len ? memchr(ports.ptr, '-', ports.len) : NULL;
		size_t n = dash ? (size_t)(dash - ports.ptr) : ports.len;
		int64_t port = message_number((struct view){ ports.ptr, n });
		expect(l, tx, port, client ? DIR_TO_CLIENT : DIR_TO_SERVER);
		if (dash)
			expect(l, tx, port + 1, client ? DIR_TO_CLIENT : DIR_TO_SERVER);
	}
}

/* The request that it answers: of the other direction, with the same CSeq, or else the oldest. */
static struct rtsp_tx *
asked(const struct rtsp_state *s, const struct message *m, enum dir dir)
{
	struct view cseq = message_get(m, "CSeq", 0);
	struct rtsp_tx *first = NULL;
	for (struct l7_item *i = s->q.oldest; i; i = i->next) {
		struct rtsp_tx *tx = (void *)i;
		if (tx->dir == dir)
			continue;
		first = first ? first : tx;
		if (cseq.len && tx->cseq.len == cseq.len &&
		    memcmp(tx->cseq.ptr, cseq.ptr, cseq.len) == 0)
			return tx;
	}
	return first;
}

static bool
response(struct l7 *l, struct l7_flow *lf, const struct message *m, enum dir dir)
{
	struct rtsp_state *s = lf->state;
	struct rtsp_tx *tx = asked(s, m, dir);
	struct view transport = message_get(m, "Transport", 0);
	if (!tx && !(tx = l7_item_new(l, lf, &s->q)))
		return false;
	if (!tx->method.ptr)
		tx->dir = (uint8_t)!dir;
	tx->status = m->code;
	keep(l, tx, &tx->version, m->version);
	keep(l, tx, &tx->reason, m->reason);
	keep(l, tx, &tx->server, message_get(m, "Server", 0));
	if (transport.ptr) {
		tx->transport = (struct view){ 0 };
		keep(l, tx, &tx->transport, transport);
	}
	credentials(l, tx, message_get(m, "WWW-Authenticate", 0));
	common(l, tx, m);
	tx->login = (uint8_t)outcome(s, tx);
	if (m->code < 300 && transport.ptr)
		media(l, tx, transport);
	if (m->code < 200)
		return true;
	l7_item_done(l, lf, &s->q, tx, L7_READY_RESPONSE, dir);
	return true;
}

/* "$", a channel, a length: its bytes are not looked at. Returns 4, or 0 for more. */
static long
interleaved(struct rtsp_state *s, struct view bytes, enum dir dir)
{
	struct cursor c = cursor_of_view(bytes);
	uint16_t n;
	if (!cursor_skip(&c, 2) || !cursor_u16(&c, &n))
		return 0;
	s->skip[dir] = n;
	s->media += n;
	return 4;
}

/* One message. Bytes used, 0 for more, or negative. */
static long
one(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct rtsp_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	struct message m;
	uint8_t b = 0;
	if (cursor_peek(&c, 0, &b) && b == '$')
		return interleaved(s, bytes, dir);
	if (b == '\r' || b == '\n')
		return 1;
	long head = message_head(bytes, "RTSP/", &m);
	if (head < 0)
		return head == L7_MORE ? 0 : L7_BAD;
	(void)cursor_skip(&c, (size_t)head);
	uint64_t length = m.length > 0 ? (uint64_t)m.length : 0;
	if (length > BODY_MAX)
		s->skip[dir] = length;
	else if (!cursor_take(&c, (size_t)length, &m.body))
		return 0;
	bool ok = m.method.ptr ? request(l, lf, &m, dir) : response(l, lf, &m, dir);
	return ok ? (long)(bytes.len - cursor_left(&c)) : L7_FULL;
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct rtsp_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	long used = 1;
	while (cursor_left(&c) && used > 0) {
		size_t n = cursor_left(&c) < s->skip[dir] ? cursor_left(&c) : (size_t)s->skip[dir];
		s->skip[dir] -= n;
		(void)cursor_skip(&c, n);
		if (n || !cursor_left(&c))
			continue;
		used = one(l, lf, (struct view){ c.at, cursor_left(&c) }, dir);
		if (used > 0)
			(void)cursor_skip(&c, (size_t)used);
	}
	if (used == L7_BAD)
		l7_odd(l, lf, "invalid_data", -1, dir);
	return used < 0 ? used : (long)(bytes.len - cursor_left(&c));
}

/* Only within what is passed over anyway. */
static bool
lost(struct l7 *l, struct l7_flow *lf, uint64_t n, enum dir dir)
{
	struct rtsp_state *s = lf->state;
	(void)l;
	if (n > s->skip[dir])
		return false;
	s->skip[dir] -= n;
	return true;
}

static void
text(struct jw *w, const char *key, struct view v)
{
	if (!v.ptr)
		return;
	jw_key_n(w, key, strlen(key));
	uri_write(w, v);
}

static void
row_write(const void *data_of, struct jw *w)
{
	const struct rtsp_tx *tx = data_of;
	int64_t cseq = message_number(tx->cseq);
	jw_key(w, "rtsp");
	jw_object(w);
	text(w, EV_KEY(rtsp, method), tx->method);
	text(w, EV_KEY(rtsp, url), tx->url);
	text(w, EV_KEY(rtsp, version), tx->version);
	if (tx->status)
		jw_put_u64(w, EV_KEY(rtsp, status), tx->status);
	text(w, EV_KEY(rtsp, reason), tx->reason);
	if (cseq >= 0)
		jw_put_u64(w, EV_KEY(rtsp, cseq), (uint64_t)cseq);
	text(w, EV_KEY(rtsp, session), tx->session);
	text(w, EV_KEY(rtsp, user_agent), tx->user_agent);
	text(w, EV_KEY(rtsp, server), tx->server);
	text(w, EV_KEY(rtsp, transport), tx->transport);
	text(w, EV_KEY(rtsp, range), tx->range);
	text(w, EV_KEY(rtsp, content_type), tx->content_type);
	if (tx->scheme.ptr || tx->username.ptr) {
		const struct ev_sip_auth e = {
			.scheme = tx->scheme, .username = tx->username, .realm = tx->realm
		};
		ev_key(w, rtsp, auth);
		ev_sip_auth_write(w, &e);
	}
	if (tx->description.ptr) {
		ev_key(w, rtsp, sdp);
		sdp_write(w, tx->description);
	}
	jw_object_end(w);
}

static enum l7_login
login(const void *tx)
{
	return ((const struct rtsp_tx *)tx)->login;
}

const struct l7_row l7_rtsp_row = {
	.name = "rtsp",
	.proto = L7_RTSP,
	.tcp = true,
	.state_size = sizeof(struct rtsp_state),
	.items_at = offsetof(struct rtsp_state, q),
	.tx_size = sizeof(struct rtsp_tx),
	.probe = probe,
	.data = data,
	.lost = lost,
	.finish = l7_items_end,
	.release = l7_item_release,
	.close = l7_items_close,
	.write = row_write,
	.login = login,
};
