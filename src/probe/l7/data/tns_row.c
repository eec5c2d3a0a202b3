/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Oracle TNS in the table of protocols: a transaction is a CONNECT with what answered it, or an
 * error that the server reports later. What the sessions say (TTC) is not public and not read.
 */
#include "../item.h"
#include "frames.h"
#include "probe/l7/tns.h"
#include "wire/event.h"

#define WANT 2048 /* bytes of a packet looked at */
#define TEXT_LEN 128
#define MESSAGE_LEN 256
#define ERRORS 64 /* records of errors in a session */

enum tns_answer { ANSWER_NONE, ANSWER_ACCEPT, ANSWER_REFUSE, ANSWER_REDIRECT };

struct tns_tx {
	struct l7_item item;
	uint8_t answer; /* enum tns_answer */
	bool connect, has_error;
	uint8_t resends;
	uint16_t version, compatible, accepted;
	uint32_t error;
	struct view service, sid, program, host, user, instance, server;
	struct view address, port, message;
};

struct tns_state {
	struct frames frames; /* first */
	struct l7_items items;
	bool wide, open;  /* open: accepted */
	bool data_wanted; /* the descriptor comes in a packet of its own */
	uint32_t errors;
};

static enum l7_guess
probe(const struct l7_first *first)
{
	struct cursor c = cursor_of_view(first->data);
	uint16_t length, sum, version;
	uint8_t type, flags;
	if (first->dir == DIR_TO_CLIENT || !cursor_u16(&c, &length))
		return first->dir == DIR_TO_CLIENT ? L7_NO : L7_MAYBE;
	if (length < 34 || length > 8192)
		return L7_NO;
	if (!cursor_u16(&c, &sum) || !cursor_u8(&c, &type))
		return L7_MAYBE;
	if (sum || type != TNS_CONNECT)
		return L7_NO;
	if (!cursor_u8(&c, &flags) || !cursor_skip(&c, 2) || !cursor_u16(&c, &version))
		return L7_MAYBE;
	return version >= 0x0100 && version < 0x0200 ? L7_YES : L7_NO;
}

static void
keep(struct l7 *l, struct tns_tx *tx, struct view v, struct view *out)
{
	if (!out->ptr)
		*out = l7_text(l, tx, v, TEXT_LEN);
}

static void
keep_descriptor(struct l7 *l, struct tns_tx *tx, struct view d)
{
	const struct {
		const char *from, *key;
		struct view *out;
	} all[] = { { NULL, "SERVICE_NAME", &tx->service }, { NULL, "SID", &tx->sid },
		{ NULL, "INSTANCE_NAME", &tx->instance }, { NULL, "SERVER", &tx->server },
		{ "CID", "PROGRAM", &tx->program }, { "CID", "HOST", &tx->host },
		{ "CID", "USER", &tx->user }, { "ADDRESS", "HOST", &tx->address },
		{ "ADDRESS", "PORT", &tx->port } };
	struct view v;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (tns_value(d, all[i].from, all[i].key, &v))
			keep(l, tx, v, all[i].out);
	}
}

static long
connect(struct l7 *l, struct l7_flow *lf, struct view body)
{
	struct tns_state *s = lf->state;
	struct tns_connect m;
	struct tns_tx *tx = (struct tns_tx *)s->items.newest;
	if (!tns_connect(body, &m))
		return L7_BAD;
	if (tx && tx->connect && tx->resends) /* the same once more */
		tx->resends = 1;
	else if (!(tx = l7_item_new(l, lf, &s->items)))
		return L7_FULL;
	tx->connect = true;
	tx->version = m.version;
	tx->compatible = m.compatible;
	s->data_wanted = m.data.len < m.data_length;
	keep_descriptor(l, tx, m.data);
	if (!s->data_wanted)
		l7_item_say(l, lf, tx, L7_READY_REQUEST, DIR_TO_SERVER);
	return 0;
}

static long
client(struct l7 *l, struct l7_flow *lf, uint8_t type, struct view body)
{
	struct tns_state *s = lf->state;
	struct tns_tx *tx = (struct tns_tx *)s->items.newest;
	struct cursor c = cursor_of_view(body);
	struct view text = { 0 };
	if (type == TNS_CONNECT)
		return connect(l, lf, body);
	if (type == TNS_DATA && s->data_wanted && tx) {
		s->data_wanted = false;
		(void)cursor_skip(&c, 2);
		(void)cursor_take(&c, cursor_left(&c), &text);
		keep_descriptor(l, tx, text);
		l7_item_say(l, lf, tx, L7_READY_REQUEST, DIR_TO_SERVER);
	}
	return 0;
}

/* A number in decimal digits: (ERR=12514), (VSNNUM=...) */
static uint32_t
decimal(struct view v)
{
	struct cursor c = cursor_of_view(v);
	uint32_t n = 0;
	uint8_t b;
	while (cursor_u8(&c, &b) && b >= '0' && b <= '9' && n < 100000000)
		n = n * 10 + (b - '0');
	return n;
}

static void
answered(struct l7 *l, struct l7_flow *lf, struct tns_tx *tx, enum tns_answer answer)
{
	struct tns_state *s = lf->state;
	tx->answer = (uint8_t)answer;
	l7_item_done(l, lf, &s->items, tx, L7_READY_RESPONSE, DIR_TO_CLIENT);
}

static void
refused(struct l7 *l, struct l7_flow *lf, struct tns_tx *tx, struct view body)
{
	uint8_t reason[2];
	struct view text, v;
	if (tns_refuse(body, reason, &text)) {
		tx->has_error = tns_value(text, NULL, "ERR", &v);
		if (tx->has_error)
			tx->error = decimal(v);
		tx->message = l7_text(l, tx, text, MESSAGE_LEN);
	}
	answered(l, lf, tx, ANSWER_REFUSE);
}

static void
accepted(struct l7 *l, struct l7_flow *lf, struct tns_tx *tx, struct view body)
{
	struct tns_state *s = lf->state;
	struct cursor c = cursor_of_view(body);
	(void)cursor_u16(&c, &tx->accepted);
	s->wide = tx->accepted >= TNS_WIDE_VERSION;
	s->open = true;
	answered(l, lf, tx, ANSWER_ACCEPT);
}

/* An error within the session is a record of its own. */
static long
session(struct l7 *l, struct l7_flow *lf, struct view body)
{
	struct tns_state *s = lf->state;
	struct view text;
	uint32_t number;
	if (s->errors >= ERRORS || !tns_error(body, &number, &text))
		return 0;
	s->errors++;
	struct tns_tx *tx = l7_item_new(l, lf, &s->items);
	if (!tx)
		return L7_FULL;
	tx->has_error = true;
	tx->error = number;
	tx->message = l7_text(l, tx, text, MESSAGE_LEN);
	l7_item_done(l, lf, &s->items, tx, L7_READY_RESPONSE, DIR_TO_CLIENT);
	return 0;
}

static long
server(struct l7 *l, struct l7_flow *lf, uint8_t type, struct view body)
{
	struct tns_state *s = lf->state;
	struct tns_tx *tx = (struct tns_tx *)s->items.oldest;
	if (type == TNS_DATA && s->open)
		return session(l, lf, body);
	if (!tx)
		return 0;
	if (type == TNS_RESEND)
		tx->resends = 1;
	else if (type == TNS_REFUSE)
		refused(l, lf, tx, body);
	else if (type == TNS_ACCEPT)
		accepted(l, lf, tx, body);
	else if (type == TNS_REDIRECT)
		answered(l, lf, tx, ANSWER_REDIRECT);
	return 0;
}

static long
frame(struct l7_flow *lf, struct view data, enum dir dir, struct msg_frame *out)
{
	const struct tns_state *s = lf->state;
	uint8_t type;
	uint32_t body;
	long used = tns_header(data, s->wide, &type, &body);
	(void)dir;
	if (used < 0)
		return used;
	out->head = TNS_HEADER;
	out->body = body;
	out->want = WANT;
	return 0;
}

static long
message(
    struct l7 *l, struct l7_flow *lf, struct view bytes, const struct msg_frame *f, enum dir dir)
{
	struct cursor c = cursor_of_view(bytes);
	struct view body = { 0 };
	uint8_t type = 0;
	(void)cursor_peek(&c, 4, &type);
	(void)cursor_skip(&c, f->head);
	(void)cursor_take(&c, cursor_left(&c), &body);
	return dir == DIR_TO_SERVER ? client(l, lf, type, body) : server(l, lf, type, body);
}

static const struct frames_row packets = { frame, message };

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct tns_state *s = lf->state;
	return frames_run(l, lf, &s->frames, &packets, bytes, dir);
}

static void
write_texts(const struct tns_tx *tx, struct jw *w)
{
	const struct {
		const char *key;
		struct view v;
	} all[] = { { EV_KEY(tns, service_name), tx->service }, { EV_KEY(tns, sid), tx->sid },
		{ EV_KEY(tns, instance_name), tx->instance }, { EV_KEY(tns, server), tx->server },
		{ EV_KEY(tns, program), tx->program }, { EV_KEY(tns, host), tx->host },
		{ EV_KEY(tns, user), tx->user }, { EV_KEY(tns, address), tx->address },
		{ EV_KEY(tns, port), tx->port }, { EV_KEY(tns, message), tx->message } };
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (all[i].v.ptr)
			jw_put_bytes(w, all[i].key, all[i].v.ptr, all[i].v.len);
	}
}

static void
row_write(const void *data_of, struct jw *w)
{
	static const char *const answers[] = { "none", "accept", "refuse", "redirect" };
	const struct tns_tx *tx = data_of;
	jw_key(w, "tns");
	jw_object(w);
	ev_key(w, tns, type);
	jw_word(w, tx->connect ? "connect" : "error");
	if (tx->connect) {
		ev_key(w, tns, version);
		jw_u64(w, tx->version);
		ev_key(w, tns, compatible_version);
		jw_u64(w, tx->compatible);
		ev_key(w, tns, answer);
		jw_word(w, answers[tx->answer]);
	}
	if (tx->accepted) {
		ev_key(w, tns, accepted_version);
		jw_u64(w, tx->accepted);
	}
	if (tx->resends) {
		ev_key(w, tns, resent);
		jw_bool(w, true);
	}
	write_texts(tx, w);
	if (tx->has_error) {
		ev_key(w, tns, error_code);
		jw_u64(w, tx->error);
	}
	jw_object_end(w);
}

/* ORA-01017: wrong user or password; ORA-28000: locked. That one got in is not said in clear. */
static enum l7_login
login(const void *data_of)
{
	const struct tns_tx *tx = data_of;
	bool refused = !tx->connect && (tx->error == 1017 || tx->error == 28000);
	return refused ? L7_LOGIN_FAIL : L7_LOGIN_NONE;
}

const struct l7_row l7_tns_row = {
	.name = "tns",
	.proto = L7_TNS,
	.tcp = true,
	.state_size = sizeof(struct tns_state),
	.items_at = offsetof(struct tns_state, items),
	.tx_size = sizeof(struct tns_tx),
	.probe = probe,
	.data = data,
	.lost = frames_lost,
	.finish = l7_items_end,
	.release = l7_item_release,
	.close = l7_items_close,
	.write = row_write,
	.login = login,
};
