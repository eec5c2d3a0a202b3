/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MySQL in the table of protocols. A transaction is the login, or a command with its results.
 *
 *	results: OK | ERR | columns, definitions..., [EOF], rows..., EOF or OK; and once more when
 *	         the status says so
 */
#include "frames.h"
#include "probe/l7/mysql.h"
#include "sql.h"
#include "wire/event.h"

#define MYSQL_PORT 3306
#define SYNTAX_ERROR 1064
#define WANT 4096 /* bytes of a command looked at */
#define REPLY 1024
#define NAME_MAX_LEN 128
#define MESSAGE_LEN 512
#define ATTRIBUTES 4

enum step {
	FIRST, /* the first packet of a result */
	DEFS,  /* definitions of columns or parameters */
	DEFS_EOF,
	ROWS
};

struct mysql_tx {
	struct l7_item item;
	bool login, replied, ok, failed, tls, compressed, greeted;
	bool expect_defs_only; /* PREPARE, FIELD_LIST: no rows behind the definitions */
	uint8_t command, protocol, step;
	uint16_t error, warnings;
	uint16_t parameters;
	uint32_t thread, statement_id;
	bool has_statement_id;
	uint64_t left; /* definitions still to come */
	uint64_t columns, rows, affected, insert_id, length;
	struct view version, plugin, user, database, statement, message, sqlstate;
	struct view attribute[ATTRIBUTES];
};

struct mysql_state {
	struct frames frames; /* first */
	struct l7_items items;
	uint32_t server, client;      /* capabilities */
	bool authenticated, go_on[2]; /* go_on: the packet before had the greatest length */
};

static const char *const attribute_names[ATTRIBUTES] = { "_client_name", "_client_version",
	"program_name", "_os" };

/* ---- which flows ---- */

static enum l7_guess
probe_server(const struct l7_first *first, struct cursor c, uint32_t n)
{
	uint8_t b = 0;
	size_t i = 1;
	if (!cursor_peek(&c, 0, &b))
		return L7_MAYBE;
	if (b == 0xff) { /* no room, host not allowed: in place of a greeting */
		uint16_t code = 0;
		(void)cursor_skip(&c, 1);
		if (!cursor_u16_le(&c, &code))
			return L7_MAYBE;
		return code >= 1000 && code < 4000 && n < 512 && first->key->sport == MYSQL_PORT
			   ? L7_YES
			   : L7_NO;
	}
	if (b != 10)
		return L7_NO;
	for (; cursor_peek(&c, i, &b) && b; i++) {
		if (b < ' ' || b > '~' || i > 100 || (i == 1 && (b < '0' || b > '9')))
			return L7_NO;
	}
	if (cursor_left(&c) <= i + 13)
		return L7_MAYBE;
	return i > 3 && cursor_peek(&c, i + 13, &b) && b == 0 ? L7_YES : L7_NO;
}

/* The client's first packet is the second of the login; 19 of its reserved bytes are 0. */
static enum l7_guess
probe_client(struct cursor c)
{
	uint8_t b;
	uint16_t low;
	struct cursor at = c;
	if (!cursor_u16_le(&at, &low))
		return L7_MAYBE;
	if (!(low & MYSQL_PROTOCOL_41))
		return L7_NO;
	for (size_t i = 9; i < 28; i++) {
		if (!cursor_peek(&c, i, &b))
			return L7_MAYBE;
		if (b)
			return L7_NO;
	}
	return L7_YES;
}

static enum l7_guess
probe(const struct l7_first *first)
{
	struct cursor c = cursor_of_view(first->data);
	uint16_t low;
	uint8_t high, seq;
	if (!cursor_u16_le(&c, &low))
		return L7_MAYBE;
	if (low < 8 || low > 2048 || (cursor_u8(&c, &high) && high))
		return L7_NO;
	if (!cursor_u8(&c, &seq))
		return L7_MAYBE;
	if (first->dir == DIR_TO_CLIENT)
		return seq ? L7_NO : probe_server(first, c, low);
	return seq == 1 && low >= 32 ? probe_client(c) : L7_NO;
}

/* ---- texts ---- */

static struct view
keep(struct l7 *l, struct mysql_tx *tx, struct view v, size_t max)
{
	return v.len ? l7_text(l, tx, v, max) : (struct view){ 0 };
}

static struct mysql_tx *
tx_new(struct l7 *l, struct l7_flow *lf)
{
	struct mysql_state *s = lf->state;
	return l7_item_new(l, lf, &s->items);
}

static void
keep_login(struct l7 *l, struct mysql_tx *tx, const struct mysql_login *m)
{
	struct cursor c = cursor_of_view(m->attributes);
	struct view name, value;
	tx->user = keep(l, tx, m->user, NAME_MAX_LEN);
	tx->database = keep(l, tx, m->database, NAME_MAX_LEN);
	if (m->plugin.len)
		tx->plugin = keep(l, tx, m->plugin, NAME_MAX_LEN);
	for (int n = 0; n < 32 && mysql_attribute(&c, &name, &value); n++) {
		for (int i = 0; i < ATTRIBUTES; i++) {
			if (view_is(name, attribute_names[i]) && !tx->attribute[i].ptr)
				tx->attribute[i] = keep(l, tx, value, NAME_MAX_LEN);
		}
	}
}

/* ---- the client's side ---- */

static long
client_login(struct l7 *l, struct l7_flow *lf, struct view payload)
{
	struct mysql_state *s = lf->state;
	struct mysql_tx *tx = (struct mysql_tx *)s->items.oldest;
	struct mysql_login m;
	if (tx && tx->user.ptr)
		return 0; /* more of the authentication, a secret */
	if (!mysql_login(payload, &m))
		return L7_BAD;
	if (!tx && !(tx = tx_new(l, lf)))
		return L7_FULL;
	tx->login = true;
	s->client = m.capabilities;
	tx->tls = m.tls;
	if (m.tls) {
		lf->again = true;
		return 0;
	}
	keep_login(l, tx, &m);
	if (!tx->user.ptr) /* an empty user is one */
		tx->user = l7_text(l, tx, view_of(""), 1);
	tx->compressed = s->client & (s->server ? s->server : ~0u) & (MYSQL_COMPRESS | MYSQL_ZSTD);
	l7_item_say(l, lf, tx, L7_READY_REQUEST, DIR_TO_SERVER);
	return 0;
}

static void
keep_command(struct l7 *l, struct mysql_tx *tx, struct view rest)
{
	struct mysql_login m;
	struct cursor c = cursor_of_view(rest);
	switch (tx->command) {
	case MYSQL_QUERY:
	case MYSQL_PREPARE:
		tx->statement = sql_keep(l, tx, rest);
		break;
	case MYSQL_INIT_DB:
	case MYSQL_CREATE_DB:
	case MYSQL_DROP_DB:
		tx->database = keep(l, tx, rest, NAME_MAX_LEN);
		break;
	case MYSQL_CHANGE_USER:
		if (mysql_change_user(rest, &m))
			keep_login(l, tx, &m);
		break;
	case MYSQL_EXECUTE:
	case MYSQL_LONG_DATA:
	case MYSQL_STMT_CLOSE:
	case MYSQL_FETCH:
		tx->has_statement_id = cursor_u32_le(&c, &tx->statement_id);
		break;
	default:
		break;
	}
	tx->expect_defs_only = tx->command == MYSQL_PREPARE || tx->command == MYSQL_FIELD_LIST;
	if (tx->command == MYSQL_FETCH)
		tx->step = ROWS;
	if (tx->command == MYSQL_FIELD_LIST) {
		tx->step = DEFS;
		tx->left = UINT64_MAX;
	}
}

static long
client_command(struct l7 *l, struct l7_flow *lf, struct view payload, uint64_t length)
{
	struct mysql_state *s = lf->state;
	struct cursor c = cursor_of_view(payload);
	struct view rest = { 0 };
	uint8_t command;
	if (!cursor_u8(&c, &command))
		return 0;
	if (!mysql_command_name(command) && command != 0xfa)
		return L7_BAD;
	(void)cursor_take(&c, cursor_left(&c), &rest);
	struct mysql_tx *tx = tx_new(l, lf);
	if (!tx)
		return L7_FULL;
	tx->command = command;
	tx->login = command == MYSQL_CHANGE_USER;
	tx->length = length - 1;
	keep_command(l, tx, rest);
	bool alone =
	    command == MYSQL_QUIT || command == MYSQL_STMT_CLOSE || command == MYSQL_LONG_DATA;
	if (alone)
		l7_item_done(l, lf, &s->items, tx, L7_READY_REQUEST, DIR_TO_SERVER);
	else
		l7_item_say(l, lf, tx, L7_READY_REQUEST, DIR_TO_SERVER);
	return 0;
}

/* ---- the server's side ---- */

static long
greeting(struct l7 *l, struct l7_flow *lf, struct view payload)
{
	struct mysql_state *s = lf->state;
	struct mysql_greeting g;
	if (!mysql_greeting(payload, &g))
		return L7_BAD;
	struct mysql_tx *tx = tx_new(l, lf);
	if (!tx)
		return L7_FULL;
	s->server = g.capabilities;
	tx->login = tx->greeted = true;
	tx->protocol = g.protocol;
	tx->thread = g.thread;
	tx->version = keep(l, tx, g.version, NAME_MAX_LEN);
	tx->plugin = keep(l, tx, g.plugin, NAME_MAX_LEN);
	return 0;
}

static void
done(struct l7 *l, struct l7_flow *lf, struct mysql_tx *tx)
{
	struct mysql_state *s = lf->state;
	tx->replied = true;
	l7_item_done(l, lf, &s->items, tx, L7_READY_RESPONSE, DIR_TO_CLIENT);
}

static void
error(struct l7 *l, struct l7_flow *lf, struct mysql_tx *tx, struct view payload)
{
	struct mysql_error e;
	if (mysql_error(payload, &e)) {
		tx->error = e.code;
		tx->sqlstate = keep(l, tx, e.sqlstate, 5);
		/* a mistake in a statement is said with what stands there */
		tx->message = e.code == SYNTAX_ERROR ? sql_keep(l, tx, e.message)
						     : keep(l, tx, e.message, MESSAGE_LEN);
	}
	tx->failed = true;
	done(l, lf, tx);
}

/* A result ended; another may follow. */
static void
result_end(struct l7 *l, struct l7_flow *lf, struct mysql_tx *tx, const struct mysql_ok *ok)
{
	tx->warnings = ok->warnings;
	tx->ok = true;
	tx->step = FIRST;
	if (!(ok->status & MYSQL_MORE_RESULTS))
		done(l, lf, tx);
}

static void
definitions(struct mysql_tx *tx, uint64_t n, bool eof)
{
	tx->left = n;
	tx->step = n ? DEFS : eof ? DEFS_EOF : ROWS;
}

static void
prepared(struct l7 *l, struct l7_flow *lf, struct mysql_tx *tx, struct view payload)
{
	const struct mysql_state *s = lf->state;
	struct cursor c = cursor_of_view(payload);
	uint16_t columns = 0;
	(void)cursor_skip(&c, 1);
	tx->has_statement_id = cursor_u32_le(&c, &tx->statement_id);
	(void)cursor_u16_le(&c, &columns);
	(void)cursor_u16_le(&c, &tx->parameters);
	tx->columns = columns;
	tx->ok = true;
	/* each list has its EOF; they are counted as definitions */
	bool eof = !(s->client & MYSQL_DEPRECATE_EOF);
	uint64_t n = columns + tx->parameters;
	if (eof)
		n += (uint64_t)(columns > 0) + (tx->parameters > 0);
	if (!n)
		done(l, lf, tx);
	else
		definitions(tx, n, false);
}

static long
first_reply(struct l7 *l, struct l7_flow *lf, struct mysql_tx *tx, struct view payload)
{
	const struct mysql_state *s = lf->state;
	struct cursor c = cursor_of_view(payload);
	struct mysql_ok ok;
	uint64_t columns;
	uint8_t kind = 0;
	(void)cursor_peek(&c, 0, &kind);
	if (tx->command == MYSQL_STATISTICS) {
		done(l, lf, tx);
	} else if (kind == 0 && tx->command == MYSQL_PREPARE) {
		prepared(l, lf, tx, payload);
	} else if (kind == 0) {
		if (!mysql_ok(payload, &ok))
			return L7_BAD;
		tx->affected += ok.affected;
		tx->insert_id = ok.insert_id;
		result_end(l, lf, tx, &ok);
	} else if (kind == 0xfe && payload.len < 9) {
		(void)mysql_eof(payload, &ok);
		result_end(l, lf, tx, &ok);
	} else if (kind == 0xfb) {
		tx->step = FIRST; /* LOAD DATA LOCAL: the client sends a file, then OK comes */
	} else if (mysql_lenenc(&c, &columns)) {
		tx->columns = columns;
		definitions(tx, columns, !(s->client & MYSQL_DEPRECATE_EOF));
	}
	return 0;
}

static void
definition(struct l7 *l, struct l7_flow *lf, struct mysql_tx *tx, struct view payload)
{
	const struct mysql_state *s = lf->state;
	struct cursor c = cursor_of_view(payload);
	uint8_t kind = 0;
	(void)cursor_peek(&c, 0, &kind);
	if (tx->left == UINT64_MAX && kind != 0xfe) { /* FIELD_LIST, until its EOF */
		tx->columns++;
		return;
	}
	if (tx->left != UINT64_MAX && --tx->left)
		return;
	if (tx->expect_defs_only)
		done(l, lf, tx);
	else
		tx->step = s->client & MYSQL_DEPRECATE_EOF ? ROWS : DEFS_EOF;
}

static void
row(struct l7 *l, struct l7_flow *lf, struct mysql_tx *tx, struct view payload, uint64_t length)
{
	const struct mysql_state *s = lf->state;
	struct cursor c = cursor_of_view(payload);
	struct mysql_ok ok;
	uint8_t kind = 0;
	(void)cursor_peek(&c, 0, &kind);
	if (kind != 0xfe || length >= 0xffffff ||
	    (length > 8 && !(s->client & MYSQL_DEPRECATE_EOF))) {
		tx->rows++;
		return;
	}
	bool sound = length <= 5 && !(s->client & MYSQL_DEPRECATE_EOF) ? mysql_eof(payload, &ok)
								       : mysql_ok(payload, &ok);
	if (!sound)
		ok = (struct mysql_ok){ 0 };
	result_end(l, lf, tx, &ok);
}

/* OK, ERR, a switch to another plugin, or more of the plugin's own. */
static long
authentication(struct l7 *l, struct l7_flow *lf, struct mysql_tx *tx, struct view payload)
{
	struct mysql_state *s = lf->state;
	struct cursor c = cursor_of_view(payload);
	uint8_t kind = 0;
	(void)cursor_u8(&c, &kind);
	if (kind == 0xff) {
		error(l, lf, tx, payload);
	} else if (kind == 0) {
		bool compressed = tx->compressed;
		tx->ok = true;
		s->authenticated = true;
		done(l, lf, tx);
		return compressed ? L7_STOP : 0;
	} else if (kind == 0xfe) {
		const uint8_t *nul = cursor_left(&c) ? memchr(c.at, 0, cursor_left(&c)) : NULL;
		struct view name = { c.at, nul ? (size_t)(nul - c.at) : cursor_left(&c) };
		tx->plugin = keep(l, tx, name, NAME_MAX_LEN);
	}
	return 0;
}

static long
server(struct l7 *l, struct l7_flow *lf, struct view payload, uint64_t length)
{
	struct mysql_state *s = lf->state;
	struct mysql_tx *tx = (struct mysql_tx *)s->items.oldest;
	struct cursor c = cursor_of_view(payload);
	uint8_t kind = 0;
	(void)cursor_peek(&c, 0, &kind);
	if (!tx && !s->authenticated && kind == 0xff) {
		if (!(tx = tx_new(l, lf)))
			return L7_FULL;
		tx->login = true;
	}
	if (!tx)
		return s->authenticated ? 0 : greeting(l, lf, payload);
	if (kind == 0xff && tx->command != MYSQL_STATISTICS &&
	    (tx->step != ROWS || length < 1024)) {
		error(l, lf, tx, payload);
		return 0;
	}
	if (tx->login)
		return authentication(l, lf, tx, payload);
	if (tx->step == FIRST)
		return first_reply(l, lf, tx, payload);
	if (tx->step == DEFS)
		definition(l, lf, tx, payload);
	else if (tx->step == DEFS_EOF)
		tx->step = ROWS;
	else
		row(l, lf, tx, payload, length);
	return 0;
}

/* ---- packets ---- */

static long
frame(struct l7_flow *lf, struct view data, enum dir dir, struct msg_frame *out)
{
	const struct mysql_state *s = lf->state;
	const struct mysql_tx *tx = (const struct mysql_tx *)s->items.oldest;
	struct cursor c = cursor_of_view(data);
	uint16_t low;
	uint8_t high, seq, kind;
	if (!cursor_u16_le(&c, &low) || !cursor_u8(&c, &high) || !cursor_u8(&c, &seq))
		return L7_MORE;
	out->head = 4;
	out->body = low | (uint32_t)high << 16;
	out->want = dir == DIR_TO_SERVER ? WANT : REPLY;
	if (dir == DIR_TO_SERVER || !tx || !out->body)
		return 0;
	if (!cursor_u8(&c, &kind))
		return L7_MORE;
	if (tx->step != FIRST && kind != 0xff)
		out->want = 16; /* rows and definitions are not looked into */
	return 0;
}

static long
message(
    struct l7 *l, struct l7_flow *lf, struct view bytes, const struct msg_frame *f, enum dir dir)
{
	struct mysql_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	struct view payload = { 0 };
	uint8_t seq = 0;
	bool part = s->go_on[dir];
	(void)cursor_peek(&c, 3, &seq);
	(void)cursor_skip(&c, f->head);
	(void)cursor_take(&c, cursor_left(&c), &payload);
	s->go_on[dir] = f->body == 0xffffff;
	if (part)
		return 0;
	if (dir == DIR_TO_CLIENT)
		return f->body ? server(l, lf, payload, f->body) : 0;
	if (!s->authenticated && seq == 0) /* the login was not seen, or its answer */
		s->authenticated = true;
	if (!s->authenticated)
		return client_login(l, lf, payload);
	if (seq) /* answers within a command: files, authentication */
		return 0;
	return client_command(l, lf, payload, f->body);
}

static const struct frames_row packets = { frame, message };

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct mysql_state *s = lf->state;
	return frames_run(l, lf, &s->frames, &packets, bytes, dir);
}

/* ---- the record ---- */

static void
write_login(const struct mysql_tx *tx, struct jw *w)
{
	if (tx->greeted) {
		ev_key(w, mysql, protocol_version);
		jw_u64(w, tx->protocol);
		ev_key(w, mysql, thread_id);
		jw_u64(w, tx->thread);
	}
	if (tx->tls) {
		ev_key(w, mysql, tls);
		jw_bool(w, true);
	}
	if (tx->compressed) {
		ev_key(w, mysql, compressed);
		jw_bool(w, true);
	}
	if (tx->ok || tx->failed) {
		ev_key(w, mysql, login);
		jw_word(w, tx->ok ? "success" : "failure");
	}
}

static void
write_texts(const struct mysql_tx *tx, struct jw *w)
{
	const struct {
		const char *key;
		struct view v;
	} all[] = {
		{ EV_KEY(mysql, server_version), tx->version },
		{ EV_KEY(mysql, auth_plugin), tx->plugin },
		{ EV_KEY(mysql, user), tx->user },
		{ EV_KEY(mysql, database), tx->database },
		{ EV_KEY(mysql, client_name), tx->attribute[0] },
		{ EV_KEY(mysql, client_version), tx->attribute[1] },
		{ EV_KEY(mysql, program), tx->attribute[2] },
		{ EV_KEY(mysql, client_os), tx->attribute[3] },
		{ EV_KEY(mysql, statement), tx->statement },
		{ EV_KEY(mysql, sqlstate), tx->sqlstate },
		{ EV_KEY(mysql, message), tx->message },
	};
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		if (all[i].v.ptr)
			jw_put_bytes(w, all[i].key, all[i].v.ptr, all[i].v.len);
	}
}

static void
write_command(const struct mysql_tx *tx, struct jw *w)
{
	const char *name = tx->command == 0xfa ? "BulkExecute" : mysql_command_name(tx->command);
	ev_key(w, mysql, command);
	jw_word(w, name ? name : "");
	if (tx->statement.ptr) {
		ev_key(w, mysql, statement_length);
		jw_u64(w, tx->length);
	}
	if (tx->has_statement_id) {
		ev_key(w, mysql, statement_id);
		jw_u64(w, tx->statement_id);
	}
	if (tx->command == MYSQL_PREPARE && tx->ok) {
		ev_key(w, mysql, parameters);
		jw_u64(w, tx->parameters);
	}
}

static void
write_result(const struct mysql_tx *tx, struct jw *w)
{
	if (tx->columns) {
		ev_key(w, mysql, columns);
		jw_u64(w, tx->columns);
	}
	if (tx->rows) {
		ev_key(w, mysql, rows);
		jw_u64(w, tx->rows);
	}
	if (tx->ok && !tx->columns) {
		ev_key(w, mysql, rows_affected);
		jw_u64(w, tx->affected);
	}
	if (tx->insert_id) {
		ev_key(w, mysql, insert_id);
		jw_u64(w, tx->insert_id);
	}
	if (tx->warnings) {
		ev_key(w, mysql, warnings);
		jw_u64(w, tx->warnings);
	}
	if (tx->failed) {
		ev_key(w, mysql, error_code);
		jw_u64(w, tx->error);
	}
	ev_key(w, mysql, replied);
	jw_bool(w, tx->replied);
}

static void
row_write(const void *data_of, struct jw *w)
{
	const struct mysql_tx *tx = data_of;
	jw_key(w, "mysql");
	jw_object(w);
	if (tx->login)
		write_login(tx, w);
	if (!tx->login || tx->command)
		write_command(tx, w);
	write_texts(tx, w);
	if (!tx->login)
		write_result(tx, w);
	else if (tx->failed) {
		ev_key(w, mysql, error_code);
		jw_u64(w, tx->error);
	}
	jw_object_end(w);
}

static enum l7_login
login(const void *data_of)
{
	const struct mysql_tx *tx = data_of;
	if (!tx->login || !tx->user.ptr)
		return L7_LOGIN_NONE;
	return tx->ok ? L7_LOGIN_OK : tx->failed ? L7_LOGIN_FAIL : L7_LOGIN_TRY;
}

static bool
answer(const void *data_of, struct l7_answered *out)
{
	const struct mysql_tx *tx = data_of;
	out->code = tx->error;
	out->is = tx->failed ? L7_ANSWER_REFUSED : tx->ok ? L7_ANSWER_DONE : L7_ANSWER_NONE;
	return tx->replied;
}

const struct l7_row l7_mysql_row = {
	.name = "mysql",
	.proto = L7_MYSQL,
	.tcp = true,
	.state_size = sizeof(struct mysql_state),
	.items_at = offsetof(struct mysql_state, items),
	.tx_size = sizeof(struct mysql_tx),
	.probe = probe,
	.data = data,
	.lost = frames_lost,
	.finish = l7_items_end,
	.release = l7_item_release,
	.close = l7_items_close,
	.write = row_write,
	.login = login,
	.answer = answer,
};
