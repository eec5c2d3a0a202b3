/* SPDX-License-Identifier: Apache-2.0 */
/* SIP (RFC 3261) in the table of protocols: a message is a transaction. */
#include "../expect.h"
#include "../item.h"
#include "probe/l7/sdp.h"
#include "sip.h"

#define RECENT 8          /* requests with credentials whose answer is awaited */
#define MEDIA_SECONDS 120 /* until the first packet of a call's media */
#define MEDIA_MAX 8       /* media of a description */
#define MESSAGE_MAX 65536 /* of a message's bytes, TCP */
#define KEPT_ALIVE 4      /* bytes of a datagram that keeps an address translation open */

struct sip_state {
	uint32_t asked[RECENT]; /* marks of requests with credentials; 0: free */
	uint8_t next;
	uint64_t skip[2]; /* bytes of a body too long to look at */
};

static enum l7_guess
probe(const struct l7_first *first)
{
	long r = message_begins(first->data, "SIP/");
	if (r == L7_MORE)
		return first->key->proto == PROTO_TCP ? L7_MAYBE : L7_NO;
	return r == L7_BAD ? L7_NO : L7_YES;
}

/* ---- logins ---- */

static uint32_t
mix(uint32_t h, struct view v)
{
	struct cursor c = cursor_of_view(v);
	uint8_t b;
	while (cursor_u8(&c, &b))
		h = (h ^ b) * 16777619u;
	return h;
}

/* A request and its answers have the call and CSeq in common. */
static uint32_t
mark(const struct message *m)
{
	uint32_t h = mix(2166136261u, message_get(m, "Call-ID", 'i'));
	return mix(h, message_get(m, "CSeq", 0)) | 1;
}

static uint32_t *
awaited(struct sip_state *s, uint32_t of)
{
	for (int i = 0; i < RECENT; i++) {
		if (s->asked[i] == of)
			return &s->asked[i];
	}
	return NULL;
}

static enum l7_login
outcome(struct sip_state *s, const struct message *m)
{
	uint32_t *asked;
	if (m->method.ptr) {
		if (!message_get(m, "Authorization", 0).ptr &&
		    !message_get(m, "Proxy-Authorization", 0).ptr)
			return L7_LOGIN_NONE;
		if (!awaited(s, mark(m)))
			s->asked[s->next++ % RECENT] = mark(m);
		return L7_LOGIN_NONE;
	}
	if (m->code < 200 || !(asked = awaited(s, mark(m))))
		return L7_LOGIN_NONE;
	*asked = 0;
	if (m->code < 300)
		return L7_LOGIN_OK;
	const char *field = m->code == 407 ? "Proxy-Authenticate" : "WWW-Authenticate";
	if (message_same(message_parameter(message_get(m, field, 0), "stale"), "true"))
		return L7_LOGIN_NONE;
	return m->code == 401 || m->code == 407 || m->code == 403 ? L7_LOGIN_FAIL : L7_LOGIN_NONE;
}

/* ---- media ---- */

static void
expect_port(struct l7 *l, const struct sdp_media *m, uint16_t port, struct view name)
{
	const struct flow_key *k = &l->flow->key;
	bool client = addr_same(&m->host, &k->client);
	if (!port || m->ver != k->ip_ver || (!client && !addr_same(&m->host, &k->server)))
		return;
	const struct l7_expect e = { .proto = L7_RTP,
		.ip_proto = m->tcp ? PROTO_TCP : PROTO_UDP,
		.many = true,
		.end = client ? DIR_TO_CLIENT : DIR_TO_SERVER,
		.port = port,
		.seconds = MEDIA_SECONDS,
		.name = name };
	l7_expect(l, &e);
}

void
sdp_expect(struct l7 *l, struct view description, struct view name)
{
	struct cursor c = cursor_of_view(description);
	struct sdp_media session = { 0 }, m;
	for (int i = 0; i < MEDIA_MAX && sdp_media(&c, &session, &m); i++) {
		expect_port(l, &m, m.port, name);
		if (!m.tcp && m.control)
			expect_port(l, &m, m.control, name);
	}
}

/* ---- messages ---- */

static bool
say(struct l7 *l, struct l7_flow *lf, const struct message *m, enum dir dir)
{
	struct sip_tx *tx = l7_once(l, sizeof(*tx));
	if (!tx)
		return false;
	tx->m = *m;
	tx->login = (uint8_t)outcome(lf->state, m);
	uint64_t id =
	    l7_once_say(l, lf, tx, m->method.ptr ? L7_READY_REQUEST : L7_READY_RESPONSE, dir);
	if (m->damaged)
		l7_odd(l, lf, "invalid_data", (int64_t)id, dir);
	if (m->body.len && message_same(message_get(m, "Content-Type", 'c'), "application/sdp"))
		sdp_expect(l, m->body, message_get(m, "Call-ID", 'i'));
	return true;
}

/* Its bytes, and of them those before the empty line. */
static void
say_frames(struct l7 *l, struct l7_flow *lf, struct view bytes, size_t head, bool request)
{
	int64_t id = (int64_t)lf->next_id;
	struct cursor c = cursor_of_view(bytes);
	struct view first, fields = { NULL, 0 }, line, body;
	uint8_t type = request ? L7_FRAME_SIP_REQUEST_LINE : L7_FRAME_SIP_RESPONSE_LINE;
	l7_frame(l, lf, L7_FRAME_SIP_PDU, bytes, id);
	if (!cursor_line(&c, &first))
		return;
	first = (struct view){ bytes.ptr, bytes.len - cursor_left(&c) };
	fields.ptr = c.at;
	while (bytes.len - cursor_left(&c) < head && cursor_line(&c, &line) && line.len)
		fields.len = (size_t)(c.at - fields.ptr);
	c = cursor_of_view(bytes);
	(void)cursor_skip(&c, head);
	(void)cursor_take(&c, cursor_left(&c), &body);
	l7_frame(l, lf, type, first, id);
	l7_frame(l, lf, type + 1, fields, id);
	l7_frame(l, lf, type + 2, body, id);
}

static long
datagram(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct cursor c = cursor_of_view(bytes);
	struct message m;
	if (bytes.len <= KEPT_ALIVE)
		return (long)bytes.len;
	long used = message_head(bytes, "SIP/", &m);
	if (used < 0) {
		l7_odd(l, lf, used == L7_MORE ? "incomplete_data" : "invalid_data", -1, dir);
		return L7_BAD;
	}
	if (l7_framed(l, lf))
		say_frames(l, lf, bytes, (size_t)used, m.method.ptr);
	(void)cursor_skip(&c, (size_t)used);
	size_t n = cursor_left(&c);
	if (m.length >= 0 && (uint64_t)m.length < n)
		n = (size_t)m.length;
	else if (m.length > (int64_t)n)
		l7_odd(l, lf, "incomplete_data", (int64_t)lf->next_id, dir);
	(void)cursor_take(&c, n, &m.body);
	return say(l, lf, &m, dir) ? (long)bytes.len : L7_FULL;
}

/* One message of a stream, copied: the stream moves on. Bytes used, 0 for more, or negative. */
static long
one(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct sip_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes), body;
	struct message m;
	uint8_t b;
	if (cursor_peek(&c, 0, &b) && (b == '\r' || b == '\n')) /* keeps the connection alive */
		return 1;
	long head = message_head(bytes, "SIP/", &m);
	if (head < 0)
		return head == L7_MORE ? 0 : L7_BAD;
	(void)cursor_skip(&c, (size_t)head);
	uint64_t length = m.length > 0 ? (uint64_t)m.length : 0;
	bool long_one = (uint64_t)head + length > MESSAGE_MAX;
	if (!long_one && cursor_left(&c) < length)
		return 0;
	size_t whole = (size_t)head + (long_one ? 0 : (size_t)length);
	if (long_one)
		s->skip[dir] = length;
	uint8_t *copy = l7_once(l, whole);
	if (l7_framed(l, lf))
		say_frames(l, lf, (struct view){ bytes.ptr, whole }, (size_t)head, m.method.ptr);
	if (!copy)
		return L7_FULL;
	memcpy(copy, bytes.ptr, whole);
	(void)message_head((struct view){ copy, whole }, "SIP/", &m);
	body = cursor_of(copy, whole);
	(void)cursor_skip(&body, (size_t)head);
	(void)cursor_take(&body, cursor_left(&body), &m.body);
	return say(l, lf, &m, dir) ? (long)whole : L7_FULL;
}

static long
stream(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct sip_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	long used = 1;
	while (cursor_left(&c) && used > 0) {
		if (s->skip[dir]) {
			size_t n =
			    cursor_left(&c) < s->skip[dir] ? cursor_left(&c) : (size_t)s->skip[dir];
			s->skip[dir] -= n;
			(void)cursor_skip(&c, n);
			continue;
		}
		used = one(l, lf, (struct view){ c.at, cursor_left(&c) }, dir);
		if (used > 0)
			(void)cursor_skip(&c, (size_t)used);
	}
	if (used == L7_BAD)
		l7_odd(l, lf, "invalid_data", -1, dir);
	return used < 0 ? used : (long)(bytes.len - cursor_left(&c));
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	return lf->tcp ? stream(l, lf, bytes, dir) : datagram(l, lf, bytes, dir);
}

static enum l7_login
login(const void *tx)
{
	return ((const struct sip_tx *)tx)->login;
}

const struct l7_row l7_sip_row = {
	.name = "sip",
	.proto = L7_SIP,
	.tcp = true,
	.udp = true,
	.state_size = sizeof(struct sip_state),
	.probe = probe,
	.data = data,
	.buffer = sip_buffer,
	.write = sip_write,
	.login = login,
};
