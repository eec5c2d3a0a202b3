/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL in the table of protocols: a transaction is a request with all that answers it, up to
 * ReadyForQuery. */
#include "pgsql_row.h"

#include "../look.h"
#include "frames.h"
#include "sql.h"

#define WANT 2048 /* bytes of a message looked at */
#define NAME_LEN 128
#define TEXT_LEN 256
#define OPTIONS_LEN 512

struct pgsql_state {
	struct frames frames; /* first */
	struct l7_items items;
	bool started; /* the client's messages have types now */
	bool encrypt; /* one byte will say whether TLS (or GSS) follows */
	bool sasl, let_in;
};

static enum l7_guess
probe_startup(struct cursor c, uint32_t length)
{
	uint32_t code;
	uint8_t b;
	if (!cursor_u32(&c, &code))
		return L7_MAYBE;
	if (code == PGSQL_SSL || code == PGSQL_GSSENC)
		return length == 8 ? L7_YES : L7_NO;
	if (code == PGSQL_CANCEL)
		return length >= 16 && length <= 268 ? L7_YES : L7_NO;
	if (code >> 16 != 3 || (code & 0xffff) > 2)
		return L7_NO;
	if (!cursor_peek(&c, 0, &b))
		return L7_MAYBE;
	return (b >= 'a' && b <= 'z') || b == '_' || (!b && length == 9) ? L7_YES : L7_NO;
}

static enum l7_guess
probe(const struct l7_first *first)
{
	struct cursor c = cursor_of_view(first->data);
	uint32_t length, auth;
	uint8_t type;
	if (first->dir == DIR_TO_SERVER) {
		if (!cursor_u32(&c, &length)) /* the two high bytes are 0 */
			return cursor_peek(&c, 0, &type) && type ? L7_NO : L7_MAYBE;
		return length < 8 || length > 10000 ? L7_NO : probe_startup(c, length);
	}
	if (!cursor_u8(&c, &type))
		return L7_MAYBE;
	if (type != 'R')
		return L7_NO;
	if (!cursor_u32(&c, &length) || !cursor_u32(&c, &auth))
		return L7_MAYBE;
	return (length == 8 && auth <= 9) || (length == 12 && auth == PGSQL_AUTH_MD5) ||
		       (length > 8 && length < 2048 && auth == PGSQL_AUTH_SASL)
		   ? L7_YES
		   : L7_NO;
}

static struct view
keep(struct l7 *l, struct pgsql_tx *tx, struct view v, size_t max)
{
	return v.ptr ? l7_text(l, tx, v, max) : v;
}

static struct pgsql_tx *
request(struct l7 *l, struct l7_flow *lf, enum pgsql_kind kind)
{
	struct pgsql_state *s = lf->state;
	struct pgsql_tx *tx = l7_item_new(l, lf, &s->items);
	if (!tx)
		return NULL;
	tx->kind = (uint8_t)kind;
	tx->auth = -1;
	return tx;
}

static void
done(struct l7 *l, struct l7_flow *lf, struct pgsql_tx *tx)
{
	struct pgsql_state *s = lf->state;
	tx->replied = true;
	l7_item_done(l, lf, &s->items, tx, L7_READY_RESPONSE, DIR_TO_CLIENT);
}

/* ---- the client's side ---- */

static void
startup_parameters(struct l7 *l, struct pgsql_tx *tx, struct view body)
{
	struct cursor c = cursor_of_view(body);
	struct view name, value;
	while (pgsql_parameter(&c, &name, &value)) {
		if (view_is(name, "user"))
			tx->user = keep(l, tx, value, NAME_LEN);
	}
	tx->options = keep(l, tx, body, OPTIONS_LEN);
}

static long
startup(struct l7 *l, struct l7_flow *lf, struct view body)
{
	struct pgsql_state *s = lf->state;
	struct cursor c = cursor_of_view(body);
	struct view rest = { 0 };
	uint32_t code;
	if (!cursor_u32(&c, &code))
		return L7_BAD;
	enum pgsql_kind kind = code == PGSQL_SSL      ? PGSQL_KIND_SSL
			       : code == PGSQL_GSSENC ? PGSQL_KIND_GSSENC
			       : code == PGSQL_CANCEL ? PGSQL_KIND_CANCEL
						      : PGSQL_KIND_STARTUP;
	if (kind == PGSQL_KIND_STARTUP && code >> 16 != 3)
		return L7_BAD;
	struct pgsql_tx *tx = request(l, lf, kind);
	if (!tx)
		return L7_FULL;
	if (kind == PGSQL_KIND_STARTUP) {
		s->started = true;
		tx->major = (uint16_t)(code >> 16);
		tx->minor = (uint16_t)code;
		(void)cursor_take(&c, cursor_left(&c), &rest);
		startup_parameters(l, tx, rest);
	} else if (kind == PGSQL_KIND_CANCEL) {
		(void)cursor_u32(&c, &tx->process);
		l7_item_done(l, lf, &s->items, tx, L7_READY_REQUEST, DIR_TO_SERVER);
		return 0;
	} else {
		s->encrypt = true;
	}
	l7_item_say(l, lf, tx, L7_READY_REQUEST, DIR_TO_SERVER);
	return 0;
}

/* 'p' is a password, or one of SASL's two messages; only what the server asked for tells. */
static long
password(struct l7 *l, struct l7_flow *lf, struct view body)
{
	struct pgsql_state *s = lf->state;
	struct cursor c = cursor_of_view(body);
	uint32_t n;
	struct pgsql_tx *tx = request(l, lf, PGSQL_KIND_PASSWORD);
	if (!tx)
		return L7_FULL;
	if (s->sasl) {
		struct view mechanism = { 0 };
		bool first = pgsql_text(&c, &mechanism) && mechanism.len > 5 &&
			     memcmp(mechanism.ptr, "SCRAM", 5) == 0;
		tx->kind = first ? PGSQL_KIND_SASL : PGSQL_KIND_SASL_MORE;
		if (first && cursor_u32(&c, &n)) {
			tx->mechanism = keep(l, tx, mechanism, NAME_LEN);
			(void)cursor_take(&c, cursor_left(&c), &tx->secret);
			tx->secret = keep(l, tx, tx->secret, TEXT_LEN);
		}
	}
	l7_item_say(l, lf, tx, L7_READY_REQUEST, DIR_TO_SERVER);
	return 0;
}

static long
query(struct l7 *l, struct l7_flow *lf, struct view body, uint64_t length)
{
	struct view text = body;
	struct pgsql_tx *tx = request(l, lf, PGSQL_KIND_QUERY);
	if (!tx)
		return L7_FULL;
	if (text.len && text.ptr[text.len - 1] == 0)
		text.len--;
	tx->length = length ? length - 1 : 0;
	tx->statement[tx->statements++] = sql_keep(l, tx, text);
	tx->synced = true;
	l7_item_say(l, lf, tx, L7_READY_REQUEST, DIR_TO_SERVER);
	return 0;
}

/* The batch that is not closed by a Sync yet. */
static struct pgsql_tx *
batch(struct l7 *l, struct l7_flow *lf)
{
	const struct pgsql_state *s = lf->state;
	struct pgsql_tx *tx = (struct pgsql_tx *)s->items.newest;
	if (tx && tx->kind == PGSQL_KIND_EXTENDED && !tx->synced)
		return tx;
	return request(l, lf, PGSQL_KIND_EXTENDED);
}

static long
extended(struct l7 *l, struct l7_flow *lf, uint8_t type, struct view body)
{
	struct cursor c = cursor_of_view(body);
	struct view name, text = { 0 };
	uint16_t n = 0;
	struct pgsql_tx *tx = batch(l, lf);
	if (!tx)
		return L7_FULL;
	if (type == 'P' && pgsql_text(&c, &name)) {
		if (!pgsql_text(&c, &text))
			(void)cursor_take(&c, cursor_left(&c), &text);
		if (tx->statements < STATEMENTS)
			tx->statement[tx->statements++] = sql_keep(l, tx, text);
		if (!tx->name.ptr && name.len)
			tx->name = keep(l, tx, name, NAME_LEN);
	} else if (type == 'B' && pgsql_text(&c, &text) && pgsql_text(&c, &name)) {
		if (!tx->name.ptr && name.len)
			tx->name = keep(l, tx, name, NAME_LEN);
		if (cursor_u16(&c, &n) && cursor_skip(&c, n * 2u) && cursor_u16(&c, &n))
			tx->parameters += n;
	} else if (type == 'S') {
		tx->synced = true;
		l7_item_say(l, lf, tx, L7_READY_REQUEST, DIR_TO_SERVER);
	}
	return 0;
}

/* CopyData, CopyDone and CopyFail belong to the query that began the copy. */
static void
copy_in(struct l7_flow *lf, uint8_t type, uint64_t length)
{
	const struct pgsql_state *s = lf->state;
	struct pgsql_tx *tx = (struct pgsql_tx *)s->items.oldest;
	if (!tx || type != 'd')
		return;
	tx->in++;
	tx->in_bytes += length;
}

static long
client(struct l7 *l, struct l7_flow *lf, uint8_t type, struct view body, uint64_t length)
{
	struct pgsql_state *s = lf->state;
	struct pgsql_tx *tx;
	switch (type) {
	case 'p':
		return s->let_in ? 0 : password(l, lf, body);
	case 'Q':
		return query(l, lf, body, length);
	case 'X':
		if (!(tx = request(l, lf, PGSQL_KIND_TERMINATE)))
			return L7_FULL;
		l7_item_done(l, lf, &s->items, tx, L7_READY_REQUEST, DIR_TO_SERVER);
		return 0;
	case 'F':
		if (!(tx = request(l, lf, PGSQL_KIND_FUNCTION)))
			return L7_FULL;
		tx->synced = true;
		return 0;
	case 'd':
	case 'c':
	case 'f':
		copy_in(lf, type, length);
		return 0;
	case 'H':
		return 0;
	default:
		return extended(l, lf, type, body);
	}
}

/* ---- the server's side ---- */

static void
authentication(struct l7 *l, struct l7_flow *lf, struct pgsql_tx *tx, struct view body)
{
	struct pgsql_state *s = lf->state;
	struct cursor c = cursor_of_view(body);
	uint32_t auth;
	struct view rest = { 0 };
	if (!cursor_u32(&c, &auth) || auth > 20)
		return;
	(void)cursor_take(&c, cursor_left(&c), &rest);
	if (auth == PGSQL_AUTH_OK) {
		tx->let_in = s->let_in = true;
		return;
	}
	tx->auth = (int8_t)auth;
	s->sasl = auth == PGSQL_AUTH_SASL || auth == PGSQL_AUTH_SASL_CONTINUE;
	if (auth == PGSQL_AUTH_MD5)
		tx->salt = keep(l, tx, rest, 4);
	if (auth != PGSQL_AUTH_SASL_FINAL) /* with it, more follows by itself */
		done(l, lf, tx);
}

static void
error(struct l7 *l, struct l7_flow *lf, struct pgsql_tx *tx, struct view body)
{
	const struct pgsql_state *s = lf->state;
	struct cursor c = cursor_of_view(body);
	struct view value;
	uint8_t code;
	tx->error_n = 0;
	tx->error = true;
	while (tx->error_n < FIELDS && pgsql_field(&c, &code, &value)) {
		tx->error_code[tx->error_n] = code;
		tx->error_field[tx->error_n++] = code == 'q' || code == 'W'
						     ? sql_keep(l, tx, value)
						     : keep(l, tx, value, TEXT_LEN);
		if (code == 'C' && !s->let_in && value.len == 5 && memcmp(value.ptr, "28", 2) == 0)
			tx->refused = true;
	}
	if (!s->let_in)
		done(l, lf, tx);
}

static void
server_more(struct l7 *l, struct pgsql_tx *tx, uint8_t type, struct view body, uint64_t length)
{
	struct cursor c = cursor_of_view(body);
	switch (type) {
	case 'S':
		if (tx->statuses < STATUSES)
			tx->status[tx->statuses++] = keep(l, tx, body, TEXT_LEN);
		break;
	case 'K':
		(void)cursor_u32(&c, &tx->process);
		break;
	case 'T':
		(void)cursor_u16(&c, &tx->fields);
		break;
	case 'D':
		tx->rows++;
		tx->row_bytes += length;
		break;
	case 'd':
		tx->out++;
		tx->out_bytes += length;
		break;
	case 'C':
		tx->commands++;
		if (pgsql_text(&c, &body))
			tx->completed = keep(l, tx, body, NAME_LEN);
		break;
	default:
		break;
	}
}

static long
server(struct l7 *l, struct l7_flow *lf, uint8_t type, struct view body, uint64_t length)
{
	struct pgsql_state *s = lf->state;
	struct pgsql_tx *tx = (struct pgsql_tx *)s->items.oldest;
	if (!tx && (type == 'A' || type == 'S' || type == 'N' || type == 'Z')) /* at any time */
		return 0;
	if (!tx && !(tx = request(l, lf, PGSQL_NO_REQUEST)))
		return L7_FULL;
	s->started = true;
	if (type == 'R') {
		authentication(l, lf, tx, body);
	} else if (type == 'E') {
		error(l, lf, tx, body);
	} else if (type == 'Z') {
		if (!tx->error || s->let_in)
			done(l, lf, tx);
	} else {
		server_more(l, tx, type, body, length);
	}
	return 0;
}

/* The answer to a request for encryption: one byte. */
static long
encryption(struct l7 *l, struct l7_flow *lf, uint8_t answer)
{
	struct pgsql_state *s = lf->state;
	struct pgsql_tx *tx = (struct pgsql_tx *)s->items.oldest;
	s->encrypt = false;
	if (answer != 'S' && answer != 'N' && answer != 'G')
		return L7_BAD;
	if (!tx)
		return 0;
	tx->accepted = answer != 'N';
	lf->again = answer == 'S';
	done(l, lf, tx);
	return answer == 'G' ? L7_STOP : 0;
}

/* ---- messages ---- */

static long
frame(struct l7_flow *lf, struct view data, enum dir dir, struct msg_frame *out)
{
	const struct pgsql_state *s = lf->state;
	struct cursor c = cursor_of_view(data);
	uint8_t type = 0;
	uint32_t body;
	(void)cursor_peek(&c, 0, &type);
	if (dir == DIR_TO_CLIENT && s->encrypt && type != 'E') {
		out->head = 1;
		return 0;
	}
	bool first = dir == DIR_TO_SERVER && !s->started;
	if (!first && !pgsql_type(type, dir == DIR_TO_SERVER))
		return L7_BAD;
	long head = pgsql_header(data, first, &type, &body);
	if (head < 0)
		return head;
	if (first && body > 10000)
		return L7_BAD;
	out->head = (size_t)head;
	out->body = body;
	out->want = type == 'D' || type == 'd' ? (dir == DIR_TO_SERVER ? 2 : 0)
		    : type == 'T'              ? 2
		    : first                    ? body
					       : WANT;
	return 0;
}

static long
message(
    struct l7 *l, struct l7_flow *lf, struct view bytes, const struct msg_frame *f, enum dir dir)
{
	const struct pgsql_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	struct view body = { 0 };
	uint8_t type = 0;
	(void)cursor_peek(&c, 0, &type);
	(void)cursor_skip(&c, f->head);
	(void)cursor_take(&c, cursor_left(&c), &body);
	if (f->head == 1)
		return encryption(l, lf, type);
	if (dir == DIR_TO_CLIENT)
		return server(l, lf, type, body, f->body);
	return s->started ? client(l, lf, type, body, f->body) : startup(l, lf, body);
}

static const struct frames_row messages = { frame, message };

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct pgsql_state *s = lf->state;
	return frames_run(l, lf, &s->frames, &messages, bytes, dir);
}

/* The request that was answered with letting in (AuthenticationOk) or an error of class 28. */
static enum l7_login
login(const void *data_of)
{
	const struct pgsql_tx *tx = data_of;
	if (tx->let_in)
		return L7_LOGIN_OK;
	if (tx->refused)
		return L7_LOGIN_FAIL;
	bool try = tx->kind == PGSQL_KIND_PASSWORD || tx->kind == PGSQL_KIND_SASL_MORE;
	return try && !tx->replied ? L7_LOGIN_TRY : L7_LOGIN_NONE;
}

static bool
buffer(const void *data_of, const struct l7_ask *ask, struct view *out)
{
	const struct pgsql_tx *tx = data_of;
	*out = ask->i < tx->statements && ask->i < STATEMENTS ? tx->statement[ask->i]
							      : (struct view){ 0 };
	return out->ptr != NULL;
}

static bool
answer(const void *data_of, struct l7_answered *out)
{
	const struct pgsql_tx *tx = data_of;
	out->is = tx->error || tx->refused ? L7_ANSWER_REFUSED : L7_ANSWER_DONE;
	return tx->replied;
}

const struct l7_row l7_pgsql_row = {
	.name = "pgsql",
	.proto = L7_PGSQL,
	.tcp = true,
	.state_size = sizeof(struct pgsql_state),
	.items_at = offsetof(struct pgsql_state, items),
	.tx_size = sizeof(struct pgsql_tx),
	.probe = probe,
	.data = data,
	.lost = frames_lost,
	.finish = l7_items_end,
	.release = l7_item_release,
	.close = l7_items_close,
	.buffer = buffer,
	.write = l7_pgsql_write,
	.login = login,
	.answer = answer,
};
