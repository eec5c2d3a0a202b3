/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TDS in the table of protocols: a transaction is a request and its response. Of a message that
 * takes several packets the first is read, and of a response the last for the rows it counts.
 */
#include <stdio.h>

#include "frames.h"
#include "probe/l7/tds.h"
#include "sql.h"
#include "wire/event.h"

#define TDS_PORT 1433
#define WANT 4096 /* bytes of a packet looked at; of a response's last all of it */
#define TEXT_LEN 256
#define FIRST_72 0x72000000u

struct tds_tx {
	struct l7_item item;
	uint8_t type; /* enum tds_type */
	bool replied, more, let_in, refused, tls, integrated;
	bool has_client, has_server, has_rows, error;
	uint8_t client[2], server[2], encryption[2]; /* of client and server; 255: not said */
	uint8_t level, state, build[4];
	uint16_t client_build, server_build, columns;
	uint32_t version, number;
	uint64_t rows;
	const char *known;
	struct view host, user, app, server_name, library, database, language, instance;
	struct view statement, procedure, program;
	struct view message, error_server, error_procedure;
};

struct tds_state {
	struct frames frames; /* first */
	struct l7_items items;
	bool inside[2]; /* a message goes on in the next packet */
	bool wide;      /* TDS 7.2 or later: DONE has 8 bytes for rows */
	bool tls;
};

/* ---- which flows ---- */

static bool
text_like(struct view body)
{
	struct cursor c = cursor_of_view(tds_without_headers(body));
	uint16_t unit;
	for (int i = 0; i < 8; i++) {
		if (!cursor_u16_le(&c, &unit))
			return i > 2;
		if (unit < 9 || (unit > '~' && unit < 0xa0))
			return false;
	}
	return true;
}

static enum l7_guess
probe_request(const struct tds_header *h, struct view body, bool own_port)
{
	struct tds_prelogin p;
	struct tds_login login;
	struct view name, statement;
	const char *known;
	switch (h->type) {
	case TDS_PRELOGIN:
		return tds_prelogin(body, &p) ? L7_YES : L7_NO;
	case TDS_LOGIN7:
		return tds_login7(body, &login) && login.version >> 28 == 7 ? L7_YES : L7_NO;
	case TDS_LOGIN:
		return body.len > 300 && tds_login5(body, &login) && login.user.len ? L7_YES
										    : L7_NO;
	case TDS_BATCH:
		return text_like(body) && (own_port || tds_without_headers(body).len != body.len)
			   ? L7_YES
			   : L7_NO;
	case TDS_RPC:
		return tds_rpc(body, &name, &known, &statement) &&
			       (own_port || tds_without_headers(body).len != body.len)
			   ? L7_YES
			   : L7_NO;
	default:
		return L7_NO;
	}
}

static enum l7_guess
probe(const struct l7_first *first)
{
	struct cursor c = cursor_of_view(first->data);
	struct tds_header h;
	struct view body = { 0 };
	bool own_port = first->key->sport == TDS_PORT;
	long used = tds_header(first->data, &h);
	if (used < 0)
		return used == L7_MORE ? L7_MAYBE : L7_NO;
	if (h.window || h.status > 0x11 || h.length > 32767 || h.length == TDS_HEADER)
		return L7_NO;
	if (first->dir == DIR_TO_CLIENT)
		return h.type == TDS_RESPONSE && own_port ? L7_YES : L7_NO;
	(void)cursor_skip(&c, TDS_HEADER);
	size_t want = h.length - TDS_HEADER, left = cursor_left(&c);
	if (left < want && left < 600)
		return h.type == TDS_RESPONSE || h.id > 1 ? L7_NO : L7_MAYBE;
	(void)cursor_take(&c, want < left ? want : left, &body);
	return probe_request(&h, body, own_port);
}

/* ---- texts ---- */

static struct view
keep(struct l7 *l, struct tds_tx *tx, struct view v, bool wide)
{
	uint8_t text[TEXT_LEN];
	if (!v.len)
		return (struct view){ 0 };
	if (!wide)
		return l7_text(l, tx, v, TEXT_LEN);
	size_t n = tds_utf8(v, text, sizeof(text));
	while (n && !text[n - 1])
		n--;
	return l7_text(l, tx, (struct view){ text, n }, sizeof(text));
}

static struct view
keep_statement(struct l7 *l, struct tds_tx *tx, struct view v)
{
	uint8_t text[SQL_MAX * 2];
	size_t n = tds_utf8(v, text, sizeof(text));
	return sql_keep(l, tx, (struct view){ text, n });
}

/* ---- requests ---- */

static void
keep_login(struct l7 *l, struct l7_flow *lf, struct tds_tx *tx, struct view body)
{
	struct tds_state *s = lf->state;
	struct tds_login m = { 0 };
	if (!(tx->type == TDS_LOGIN7 ? tds_login7(body, &m) : tds_login5(body, &m)))
		return;
	tx->version = m.version;
	tx->integrated = m.integrated;
	s->wide = m.version >= FIRST_72;
	tx->host = keep(l, tx, m.host, m.wide);
	tx->user = keep(l, tx, m.user, m.wide);
	tx->app = keep(l, tx, m.app, m.wide);
	tx->server_name = keep(l, tx, m.server, m.wide);
	tx->library = keep(l, tx, m.library, m.wide);
	tx->language = keep(l, tx, m.language, m.wide);
	tx->database = keep(l, tx, m.database, m.wide);
}

static void
keep_prelogin(struct l7 *l, struct tds_tx *tx, struct view body)
{
	struct tds_prelogin m;
	if (!tds_prelogin(body, &m))
		return;
	tx->has_client = true;
	memcpy(tx->client, m.version, 2);
	tx->client_build = m.build;
	tx->encryption[0] = m.has_encryption ? m.encryption : 255;
	tx->instance = keep(l, tx, m.instance, false);
}

/* LANGUAGE of TDS 5: token, length, status, text. */
static void
keep_query5(struct l7 *l, struct tds_tx *tx, struct view body)
{
	struct cursor c = cursor_of_view(body);
	struct view text;
	uint8_t token;
	if (cursor_u8(&c, &token) && token == 0x21 && cursor_skip(&c, 5) &&
	    cursor_take(&c, cursor_left(&c), &text))
		tx->statement = sql_keep(l, tx, text);
}

static void
keep_request(struct l7 *l, struct l7_flow *lf, struct tds_tx *tx, struct view body)
{
	struct tds_state *s = lf->state;
	struct view name, statement;
	if (tx->type == TDS_PRELOGIN) {
		keep_prelogin(l, tx, body);
	} else if (tx->type == TDS_LOGIN7 || tx->type == TDS_LOGIN) {
		keep_login(l, lf, tx, body);
	} else if (tx->type == TDS_BATCH) {
		s->wide |= tds_without_headers(body).len != body.len;
		tx->statement = keep_statement(l, tx, tds_without_headers(body));
	} else if (tx->type == TDS_RPC) {
		s->wide |= tds_without_headers(body).len != body.len;
		if (tds_rpc(body, &name, &tx->known, &statement)) {
			tx->procedure = keep(l, tx, name, true);
			if (statement.len)
				tx->statement = keep_statement(l, tx, statement);
		}
	} else if (tx->type == TDS_QUERY5) {
		keep_query5(l, tx, body);
	}
}

/* TLS is carried in packets of the prelogin's type. */
static bool
tls_inside(struct view body)
{
	struct cursor c = cursor_of_view(body);
	uint8_t b, version;
	return cursor_u8(&c, &b) && (b == 0x16 || b == 0x14 || b == 0x17) &&
	       cursor_u8(&c, &version) && version == 3;
}

static long
request(struct l7 *l, struct l7_flow *lf, uint8_t type, struct view body)
{
	struct tds_state *s = lf->state;
	struct tds_tx *tx = (struct tds_tx *)s->items.newest;
	if (type == TDS_PRELOGIN && tls_inside(body)) {
		s->tls = true;
		return 0;
	}
	if (type == TDS_SSPI && tx) /* goes on with the login */
		return 0;
	if (!(tx = l7_item_new(l, lf, &s->items)))
		return L7_FULL;
	tx->type = type;
	tx->tls = s->tls;
	tx->encryption[0] = tx->encryption[1] = 255;
	keep_request(l, lf, tx, body);
	l7_item_say(l, lf, tx, L7_READY_REQUEST, DIR_TO_SERVER);
	return 0;
}

/* ---- responses ---- */

static void
token(struct l7 *l, struct tds_tx *tx, const struct tds_token *t)
{
	struct tds_error e;
	struct view program;
	uint32_t version;
	if (t->type == 0xaa && tds_error(t->body, &e)) {
		tx->error = true;
		tx->number = e.number;
		tx->level = e.level;
		tx->state = e.state;
		tx->message = keep(l, tx, e.message, true);
		tx->error_server = keep(l, tx, e.server, true);
		tx->error_procedure = keep(l, tx, e.procedure, true);
		tx->refused = tx->type == TDS_LOGIN7 || tx->type == TDS_LOGIN;
	} else if (t->type == 0xad && tds_loginack(t->body, &version, &program, tx->build)) {
		tx->let_in = true;
		tx->version = version;
		tx->program = keep(l, tx, program, true);
	}
}

static void
first_of_response(struct l7 *l, struct l7_flow *lf, struct tds_tx *tx, struct view body)
{
	const struct tds_state *s = lf->state;
	struct cursor c = cursor_of_view(body);
	struct tds_prelogin m;
	struct tds_token t;
	uint8_t type;
	if (tx->type == TDS_PRELOGIN && tds_prelogin(body, &m)) {
		tx->has_server = true;
		memcpy(tx->server, m.version, 2);
		tx->server_build = m.build;
		tx->encryption[1] = m.has_encryption ? m.encryption : 255;
		return;
	}
	while (tds_token(&c, s->wide, &t))
		token(l, tx, &t);
	if (cursor_u8(&c, &type) && type == 0x81)
		(void)cursor_u16_le(&c, &tx->columns);
	if (tx->columns == 0xffff)
		tx->columns = 0;
}

static long
response(struct l7 *l, struct l7_flow *lf, struct view body, bool first, bool last)
{
	struct tds_state *s = lf->state;
	struct tds_tx *tx = (struct tds_tx *)s->items.oldest;
	struct tds_done done;
	if (!tx)
		return 0;
	if (first)
		first_of_response(l, lf, tx, body);
	tx->replied = true;
	if (!last)
		return 0;
	if (tds_last_done(body, s->wide, &done) && done.status & 0x10) {
		tx->has_rows = true;
		tx->rows = done.rows;
	}
	bool login = tx->type == TDS_LOGIN7 || tx->type == TDS_LOGIN;
	if (login && !tx->let_in && !tx->error)
		return 0; /* SSPI asks for more */
	l7_item_done(l, lf, &s->items, tx, L7_READY_RESPONSE, DIR_TO_CLIENT);
	return 0;
}

/* ---- packets ---- */

static long
frame(struct l7_flow *lf, struct view data, enum dir dir, struct msg_frame *out)
{
	const struct tds_state *s = lf->state;
	struct cursor c = cursor_of_view(data);
	struct tds_header h;
	uint16_t length;
	if (s->tls && tls_inside(data)) { /* a record of TLS outside of any packet */
		if (!cursor_skip(&c, 3) || !cursor_u16(&c, &length))
			return L7_MORE;
		out->head = 5;
		out->body = length;
		return 0;
	}
	long used = tds_header(data, &h);
	if (used < 0)
		return used;
	out->head = TDS_HEADER;
	out->body = h.length - TDS_HEADER;
	out->want = dir == DIR_TO_CLIENT && h.status & TDS_LAST ? (size_t)out->body
		    : s->inside[dir]                            ? 0
								: WANT;
	return 0;
}

static long
message(
    struct l7 *l, struct l7_flow *lf, struct view bytes, const struct msg_frame *f, enum dir dir)
{
	struct tds_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	struct view body = { 0 };
	struct tds_header h;
	if (f->head != TDS_HEADER || tds_header(bytes, &h) < 0)
		return 0;
	(void)cursor_skip(&c, TDS_HEADER);
	(void)cursor_take(&c, cursor_left(&c), &body);
	bool first = !s->inside[dir], last = h.status & TDS_LAST;
	s->inside[dir] = !last;
	if (dir == DIR_TO_CLIENT)
		return h.type == TDS_PRELOGIN ? 0 : response(l, lf, body, first, last);
	return first ? request(l, lf, h.type, body) : 0;
}

static const struct frames_row packets = { frame, message };

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct tds_state *s = lf->state;
	return frames_run(l, lf, &s->frames, &packets, bytes, dir);
}

static void
finish(struct l7 *l, struct l7_flow *lf)
{
	struct tds_state *s = lf->state;
	if (s->items.oldest && s->tls) /* the login itself went through TLS */
		((struct tds_tx *)s->items.oldest)->tls = true;
	l7_items_finish(l, lf, &s->items, DIR_TO_SERVER);
}

/* ---- the record ---- */

static const char *
type_name(uint8_t type)
{
	static const char *const names[] = { [TDS_BATCH] = "sql_batch",
		[TDS_LOGIN] = "login",
		[TDS_RPC] = "rpc",
		[TDS_ATTENTION] = "attention",
		[TDS_BULK] = "bulk_load",
		[TDS_FEDAUTH] = "fedauth_token",
		[TDS_TRANSACTION] = "transaction_manager",
		[TDS_QUERY5] = "query",
		[TDS_LOGIN7] = "login",
		[TDS_SSPI] = "sspi",
		[TDS_PRELOGIN] = "prelogin" };
	const char *name = type < sizeof(names) / sizeof(*names) ? names[type] : NULL;
	return name ? name : "unknown";
}

static void
write_version(const char *key, const uint8_t v[2], uint16_t build, struct jw *w)
{
	char text[24];
	(void)snprintf(text, sizeof(text), "%u.%u.%u", v[0], v[1], build);
	jw_key_n(w, key, strlen(key));
	jw_word(w, text);
}

static void
write_encryption(const char *key, uint8_t e, struct jw *w)
{
	static const char *const names[] = { "off", "on", "not_supported", "required" };
	if (e > 3)
		return;
	jw_key_n(w, key, strlen(key));
	jw_word(w, names[e]);
}

static void
write_prelogin(const struct tds_tx *tx, struct jw *w)
{
	if (tx->has_client)
		write_version(EV_KEY(tds, client_version), tx->client, tx->client_build, w);
	if (tx->has_server)
		write_version(EV_KEY(tds, server_version), tx->server, tx->server_build, w);
	write_encryption(EV_KEY(tds, client_encryption), tx->encryption[0], w);
	write_encryption(EV_KEY(tds, server_encryption), tx->encryption[1], w);
}

static void
write_login(const struct tds_tx *tx, struct jw *w)
{
	char text[24];
	if (tx->version) {
		(void)snprintf(text, sizeof(text), "0x%08x", tx->version);
		ev_key(w, tds, tds_version);
		jw_word(w, text);
	}
	if (tx->integrated) {
		ev_key(w, tds, integrated);
		jw_bool(w, true);
	}
	if (tx->let_in || tx->refused) {
		ev_key(w, tds, login);
		jw_word(w, tx->let_in ? "success" : "failure");
	}
	if (tx->program.ptr) {
		uint16_t build = (uint16_t)(tx->build[2] << 8 | tx->build[3]);
		write_version(EV_KEY(tds, server_version), tx->build, build, w);
	}
}

static void
write_texts(const struct tds_tx *tx, struct jw *w)
{
	const struct {
		const char *key;
		struct view v;
	} all[] = { { EV_KEY(tds, instance), tx->instance }, { EV_KEY(tds, user), tx->user },
		{ EV_KEY(tds, host), tx->host }, { EV_KEY(tds, application), tx->app },
		{ EV_KEY(tds, server), tx->server_name }, { EV_KEY(tds, library), tx->library },
		{ EV_KEY(tds, language), tx->language }, { EV_KEY(tds, database), tx->database },
		{ EV_KEY(tds, program), tx->program }, { EV_KEY(tds, statement), tx->statement },
		{ EV_KEY(tds, message), tx->message },
		{ EV_KEY(tds, error_server), tx->error_server },
		{ EV_KEY(tds, error_procedure), tx->error_procedure } };
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (all[i].v.ptr)
			jw_put_bytes(w, all[i].key, all[i].v.ptr, all[i].v.len);
	}
	if (tx->known || tx->procedure.ptr) {
		ev_key(w, tds, procedure);
		if (tx->known)
			jw_word(w, tx->known);
		else
			jw_view(w, tx->procedure);
	}
}

static void
write_result(const struct tds_tx *tx, struct jw *w)
{
	if (tx->columns) {
		ev_key(w, tds, columns);
		jw_u64(w, tx->columns);
	}
	if (tx->has_rows) {
		ev_key(w, tds, rows);
		jw_u64(w, tx->rows);
	}
	if (tx->error) {
		ev_key(w, tds, error_number);
		jw_u64(w, tx->number);
		ev_key(w, tds, error_class);
		jw_u64(w, tx->level);
		ev_key(w, tds, error_state);
		jw_u64(w, tx->state);
	}
	ev_key(w, tds, replied);
	jw_bool(w, tx->replied);
}

static void
row_write(const void *data_of, struct jw *w)
{
	const struct tds_tx *tx = data_of;
	jw_key(w, "tds");
	jw_object(w);
	ev_key(w, tds, type);
	jw_word(w, type_name(tx->type));
	if (tx->tls) {
		ev_key(w, tds, tls);
		jw_bool(w, true);
	}
	write_prelogin(tx, w);
	if (tx->type == TDS_LOGIN7 || tx->type == TDS_LOGIN)
		write_login(tx, w);
	write_texts(tx, w);
	write_result(tx, w);
	jw_object_end(w);
}

static enum l7_login
login(const void *data_of)
{
	const struct tds_tx *tx = data_of;
	if (tx->type != TDS_LOGIN7 && tx->type != TDS_LOGIN)
		return L7_LOGIN_NONE;
	return tx->let_in ? L7_LOGIN_OK : tx->refused ? L7_LOGIN_FAIL : L7_LOGIN_TRY;
}

static bool
answer(const void *data_of, struct l7_answered *out)
{
	const struct tds_tx *tx = data_of;
	out->code = tx->number;
	out->is = tx->error || tx->refused ? L7_ANSWER_REFUSED : L7_ANSWER_DONE;
	return tx->replied;
}

const struct l7_row l7_tds_row = {
	.name = "tds",
	.proto = L7_TDS,
	.tcp = true,
	.state_size = sizeof(struct tds_state),
	.items_at = offsetof(struct tds_state, items),
	.tx_size = sizeof(struct tds_tx),
	.probe = probe,
	.data = data,
	.lost = frames_lost,
	.finish = finish,
	.release = l7_item_release,
	.close = l7_items_close,
	.write = row_write,
	.login = login,
	.answer = answer,
};
