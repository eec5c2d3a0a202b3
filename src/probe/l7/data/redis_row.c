/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Redis in the table of protocols: a transaction is a command and its reply, in order. Values are
 * not kept; each element is a frame, so that they are skipped without being held.
 */
#include <strings.h>

#include "frames.h"
#include "lib/mask.h"
#include "probe/l7/redis.h"
#include "sql.h"
#include "wire/event.h"

#define REDIS_PORT 6379
#define ARGS 5
#define ARG_MAX_LEN 128
#define LOOKED 1024 /* bytes of an argument looked at */
#define REPLY_MAX 256

struct redis_tx {
	struct l7_item item;
	uint8_t kind, arg_n; /* enum redis_kind */
	bool complete, replied, failed, is_inline;
	uint8_t reply_type;
	uint64_t args, bytes; /* of the command */
	int64_t reply_number;
	uint64_t reply_bytes;
	struct view arg[ARGS]; /* command, then what may be kept */
	struct view reply;
};

struct redis_state {
	struct frames frames; /* first */
	struct l7_items items;
	struct redis_tx *open; /* whose arguments are coming */
	uint64_t args_left, arg;
	uint64_t reply_left; /* elements of the reply that are to come; 0: none has begun */
	bool push;           /* the reply under way answers nothing */
};

/* ---- which flows ---- */

static enum l7_guess
probe_inline(const struct l7_first *first)
{
	struct cursor c = cursor_of_view(first->data), in;
	struct view line, word;
	if (first->key->sport != REDIS_PORT)
		return L7_NO;
	if (!cursor_line(&c, &line))
		return first->data.len < 64 ? L7_MAYBE : L7_NO;
	in = cursor_of_view(line);
	return redis_word(&in, &word) && redis_known(word) ? L7_YES : L7_NO;
}

static enum l7_guess
probe(const struct l7_first *first)
{
	struct cursor c = cursor_of_view(first->data);
	struct redis_element e;
	uint8_t b = 0;
	(void)cursor_peek(&c, 0, &b);
	if (first->dir == DIR_TO_CLIENT) {
		static const char *const own[] = { "-DENIED", "-NOAUTH" };
		for (size_t i = 0; i < 2; i++) {
			if (first->data.len >= 7 && memcmp(first->data.ptr, own[i], 7) == 0)
				return L7_YES;
		}
		return first->key->sport == REDIS_PORT && first->data.len < 7 ? L7_MAYBE : L7_NO;
	}
	if (b != '*')
		return probe_inline(first);
	for (size_t i = 1; cursor_peek(&c, i, &b) && b != '\r'; i++) {
		if (b < '0' || b > '9' || i > 7)
			return L7_NO;
	}
	long used = redis_element(first->data, &e);
	if (used < 0)
		return used == L7_MORE ? L7_MAYBE : L7_NO;
	(void)cursor_skip(&c, (size_t)used);
	if (!cursor_peek(&c, 0, &b))
		return L7_MAYBE;
	return b == '$' && e.number > 0 ? L7_YES : L7_NO;
}

/* ---- commands ---- */

static struct redis_tx *
command(struct l7 *l, struct l7_flow *lf)
{
	struct redis_state *s = lf->state;
	struct redis_tx *tx = l7_item_new(l, lf, &s->items);
	if (!tx && s->items.oldest && s->items.oldest != s->items.newest) {
		l->count.over_cap++; /* a long pipeline, or answers that are not seen */
		l7_item_done(l, lf, &s->items, s->items.oldest, 0, DIR_TO_SERVER);
		tx = l7_item_new(l, lf, &s->items);
	}
	s->open = tx;
	return tx;
}

/* CONFIG SET requirepass: the name tells that a secret follows. */
static bool
secret_name(struct view name)
{
	static const char *const parts[] = { "pass", "auth", "user", "secret", "key" };
	for (size_t p = 0; p < sizeof(parts) / sizeof(*parts); p++) {
		size_t n = strlen(parts[p]);
		for (size_t i = 0; i + n <= name.len; i++) {
			if (strncasecmp((const char *)name.ptr + i, parts[p], n) == 0)
				return true;
		}
	}
	return false;
}

/* How many arguments, the command's name included, may be kept. */
static unsigned
kept(const struct redis_tx *tx)
{
	switch (tx->kind) {
	case REDIS_KEY:
	case REDIS_SCRIPT:
		return 2;
	case REDIS_PLAIN:
	case REDIS_AUTH:
		return 3;
	case REDIS_CONFIG:
		return tx->arg_n == 3 && secret_name(tx->arg[2]) ? 3 : 4;
	case REDIS_HELLO:
		return 5;
	default:
		return 1;
	}
}

static void
argument(struct l7 *l, struct redis_tx *tx, struct view value)
{
	if (tx->arg_n && tx->arg_n >= kept(tx))
		return;
	if (tx->kind == REDIS_SCRIPT && tx->arg_n == 1)
		tx->arg[1] = sql_keep(l, tx, value);
	else
		tx->arg[tx->arg_n] = l7_text(l, tx, value, ARG_MAX_LEN);
	if (!tx->arg_n++)
		tx->kind = (uint8_t)redis_kind(value);
}

static void
complete(struct l7 *l, struct l7_flow *lf)
{
	struct redis_state *s = lf->state;
	s->open->complete = true;
	l7_item_say(l, lf, s->open, L7_READY_REQUEST, DIR_TO_SERVER);
	s->open = NULL;
}

static long
inline_command(struct l7 *l, struct l7_flow *lf, struct view bytes)
{
	struct cursor c = cursor_of_view(bytes), in;
	struct view line = { 0 }, word;
	(void)cursor_line(&c, &line);
	in = cursor_of_view(line);
	if (!redis_word(&in, &word))
		return 0;
	struct redis_tx *tx = command(l, lf);
	if (!tx)
		return L7_FULL;
	tx->is_inline = true;
	do {
		argument(l, tx, word);
		tx->args++;
	} while (redis_word(&in, &word));
	tx->bytes = bytes.len;
	complete(l, lf);
	return 0;
}

static long
client(struct l7 *l, struct l7_flow *lf, struct view bytes, const struct redis_element *e)
{
	struct redis_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	struct view value = { 0 };
	if (e->type == '*') {
		struct redis_tx *tx;
		if (e->number <= 0)
			return 0;
		if (!(tx = command(l, lf)))
			return L7_FULL;
		tx->args = s->args_left = e->inside;
		s->arg = 0;
		return 0;
	}
	if (!s->open)
		return 0;
	(void)cursor_skip(&c, e->line.len + 3);
	size_t n = e->number > 0 ? (size_t)e->number : 0;
	(void)cursor_take(&c, n < cursor_left(&c) ? n : cursor_left(&c), &value);
	if (s->arg++ < ARGS)
		argument(l, s->open, value);
	s->open->bytes += e->body;
	if (!--s->args_left)
		complete(l, lf);
	return 0;
}

/* ---- replies ---- */

/* An error repeats the arguments of a command it does not know. */
static struct view
without_arguments(struct view text)
{
	static const char mark[] = "with args beginning";
	for (size_t i = 0; i + sizeof(mark) - 1 <= text.len; i++) {
		if (memcmp(text.ptr + i, mark, sizeof(mark) - 1) == 0)
			return (struct view){ text.ptr, i };
	}
	return text;
}

static void
reply_begins(struct l7 *l, struct l7_flow *lf, struct view bytes, const struct redis_element *e)
{
	struct redis_state *s = lf->state;
	struct redis_tx *tx = (struct redis_tx *)s->items.oldest;
	struct cursor c = cursor_of_view(bytes);
	struct view text = e->line;
	s->reply_left = 1;
	s->push = e->type == '>' || !tx || !tx->complete;
	if (s->push || e->type == '|')
		return;
	tx->reply_type = e->type;
	tx->reply_number = e->number;
	tx->failed = e->type == '-' || e->type == '!';
	if (e->type == '!') {
		(void)cursor_skip(&c, e->line.len + 3);
		(void)cursor_take(&c, cursor_left(&c), &text);
	}
	if (tx->failed)
		tx->reply = l7_text(l, tx, without_arguments(text), REPLY_MAX);
	else if (strchr("+:,#(", e->type))
		tx->reply = l7_text(l, tx, text, 64);
}

static long
server(struct l7 *l, struct l7_flow *lf, struct view bytes, const struct redis_element *e)
{
	struct redis_state *s = lf->state;
	struct redis_tx *tx = (struct redis_tx *)s->items.oldest;
	if (!s->reply_left || (s->reply_left == 1 && tx && !tx->reply_type && !s->push))
		reply_begins(l, lf, bytes, e);
	if (e->inside > UINT64_MAX / 2 - s->reply_left)
		return L7_BAD;
	s->reply_left += e->inside;
	s->reply_left--;
	if (s->push || !tx)
		return 0;
	tx->reply_bytes += bytes.len + e->body;
	if (s->reply_left)
		return 0;
	tx->replied = true;
	l7_item_done(l, lf, &s->items, tx, L7_READY_RESPONSE, DIR_TO_CLIENT);
	return 0;
}

/* ---- elements ---- */

static long
frame(struct l7_flow *lf, struct view data, enum dir dir, struct msg_frame *out)
{
	const struct redis_state *s = lf->state;
	struct cursor c = cursor_of_view(data);
	struct redis_element e;
	struct view line;
	uint8_t type = 0;
	(void)cursor_peek(&c, 0, &type);
	if (dir == DIR_TO_SERVER && !s->open && type != '*') {
		if (!cursor_line(&c, &line))
			return data.len > REDIS_LINE_MAX ? L7_BAD : L7_MORE;
		out->head = data.len - cursor_left(&c);
		return 0;
	}
	if (dir == DIR_TO_SERVER && s->open && type != '$')
		return L7_BAD;
	long used = redis_element(data, &e);
	if (used < 0)
		return used;
	out->head = (size_t)used;
	out->body = e.body;
	out->want = dir == DIR_TO_SERVER ? (s->arg < ARGS ? LOOKED : 0)
		    : type == '!'        ? REPLY_MAX
					 : 0;
	return 0;
}

static long
message(
    struct l7 *l, struct l7_flow *lf, struct view bytes, const struct msg_frame *f, enum dir dir)
{
	const struct redis_state *s = lf->state;
	struct redis_element e;
	struct cursor c = cursor_of_view(bytes);
	uint8_t type = 0;
	(void)f;
	(void)cursor_peek(&c, 0, &type);
	if (dir == DIR_TO_SERVER && !s->open && type != '*')
		return inline_command(l, lf, bytes);
	if (redis_element(bytes, &e) < 0)
		return L7_BAD;
	return dir == DIR_TO_SERVER ? client(l, lf, bytes, &e) : server(l, lf, bytes, &e);
}

static const struct frames_row elements = { frame, message };

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct redis_state *s = lf->state;
	return frames_run(l, lf, &s->frames, &elements, bytes, dir);
}

static void
finish(struct l7 *l, struct l7_flow *lf)
{
	struct redis_state *s = lf->state;
	s->open = NULL;
	l7_items_finish(l, lf, &s->items, DIR_TO_SERVER);
}

/* ---- the record ---- */

static bool
is(struct view word, const char *text)
{
	return word.len == strlen(text) && strncasecmp((const char *)word.ptr, text, word.len) == 0;
}

static bool
begins(struct view text, const char *with)
{
	size_t n = strlen(with);
	return text.len >= n && memcmp(text.ptr, with, n) == 0;
}

/* User and password of AUTH or HELLO. */
static bool
credentials(const struct redis_tx *tx, struct view *user, struct view *password)
{
	*user = *password = (struct view){ 0 };
	if (tx->kind == REDIS_AUTH && tx->arg_n == 2) {
		*password = tx->arg[1];
	} else if (tx->kind == REDIS_AUTH && tx->arg_n == 3) {
		*user = tx->arg[1];
		*password = tx->arg[2];
	} else if (tx->kind == REDIS_HELLO && tx->arg_n == 5 && is(tx->arg[2], "AUTH")) {
		*user = tx->arg[3];
		*password = tx->arg[4];
	}
	return password->ptr != NULL;
}

static void
write_arguments(const struct redis_tx *tx, struct jw *w)
{
	struct view user, password;
	if (credentials(tx, &user, &password)) {
		if (user.ptr) {
			ev_key(w, redis, user);
			jw_view(w, user);
		}
		ev_key(w, redis, password);
		mask_secret(w, password);
	} else if (tx->kind == REDIS_KEY && tx->arg_n > 1) {
		ev_key(w, redis, key);
		if (tx->failed && begins(tx->reply, "ERR unknown command")) /* a mistyped AUTH */
			mask_secret(w, tx->arg[1]);
		else
			jw_view(w, tx->arg[1]);
	} else if (tx->kind == REDIS_SCRIPT && tx->arg_n > 1) {
		ev_key(w, redis, script);
		jw_view(w, tx->arg[1]);
	} else if ((tx->kind == REDIS_PLAIN || tx->kind == REDIS_CONFIG) && tx->arg_n > 1) {
		ev_key(w, redis, arguments);
		jw_array(w);
		for (int i = 1; i < tx->arg_n; i++)
			jw_view(w, tx->arg[i]);
		jw_array_end(w);
	}
}

static const char *
type_name(const struct redis_tx *tx)
{
	static const struct {
		char type;
		const char *name;
	} names[] = { { '+', "status" }, { '-', "error" }, { ':', "integer" }, { '_', "null" },
		{ ',', "double" }, { '#', "boolean" }, { '(', "big_number" }, { '$', "bulk" },
		{ '=', "verbatim" }, { '!', "error" }, { '*', "array" }, { '~', "set" },
		{ '%', "map" } };
	if (tx->reply_number < 0)
		return "null";
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (names[i].type == (char)tx->reply_type)
			return names[i].name;
	}
	return "array";
}

static void
write_reply(const struct redis_tx *tx, struct jw *w)
{
	ev_key(w, redis, reply_type);
	jw_word(w, type_name(tx));
	if (tx->failed) {
		ev_key(w, redis, error);
		jw_view(w, tx->reply);
	} else if (tx->reply.ptr) {
		ev_key(w, redis, reply);
		jw_view(w, tx->reply);
	} else if (tx->reply_number >= 0) {
		ev_key(w, redis, reply_length);
		jw_i64(w, tx->reply_number);
	}
	ev_key(w, redis, reply_bytes);
	jw_u64(w, tx->reply_bytes);
}

static void
row_write(const void *data_of, struct jw *w)
{
	const struct redis_tx *tx = data_of;
	jw_key(w, "redis");
	jw_object(w);
	if (tx->arg_n) {
		ev_key(w, redis, command);
		jw_view(w, tx->arg[0]);
	}
	write_arguments(tx, w);
	ev_key(w, redis, args);
	jw_u64(w, tx->args);
	ev_key(w, redis, request_bytes);
	jw_u64(w, tx->bytes);
	if (tx->is_inline) {
		ev_key(w, redis, inline_command);
		jw_bool(w, true);
	}
	if (tx->replied)
		write_reply(tx, w);
	jw_object_end(w);
}

static enum l7_login
login(const void *data_of)
{
	const struct redis_tx *tx = data_of;
	struct view user, password;
	if (!credentials(tx, &user, &password))
		return L7_LOGIN_NONE;
	return !tx->replied ? L7_LOGIN_TRY : tx->failed ? L7_LOGIN_FAIL : L7_LOGIN_OK;
}

static bool
answer(const void *data_of, struct l7_answered *out)
{
	const struct redis_tx *tx = data_of;
	out->is = tx->failed ? L7_ANSWER_REFUSED : L7_ANSWER_DONE;
	return tx->replied;
}

const struct l7_row l7_redis_row = {
	.name = "redis",
	.proto = L7_REDIS,
	.tcp = true,
	.state_size = sizeof(struct redis_state),
	.items_at = offsetof(struct redis_state, items),
	.tx_size = sizeof(struct redis_tx),
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
