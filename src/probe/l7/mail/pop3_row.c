/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POP3 in the table of protocols: a transaction is a command and its answer, with the message of
 * RETR and TOP. Passwords and digests are never kept.
 */
#include "mail.h"
#include "probe/l7/pop3.h"
#include "probe/l7/sasl.h"
#include "wire/event.h"

#define ARGS 4
#define USER_MAX 128
#define PORT 110

struct pop3_tx {
	struct l7_item item;
	uint8_t verb; /* enum pop3_verb */
	uint8_t arg_n;
	uint8_t answer; /* enum pop3_answer, POP3_NONE: none seen */
	struct view command, arg[ARGS], header, user;
	struct mail_list lines;
	struct mail mail;
};

enum mode { STATUS, LINES, MESSAGE };

struct pop3_state {
	struct l7_items items;
	struct pop3_tx *auth; /* its responses follow */
	uint8_t mode;         /* of the server, about the oldest transaction */
	uint8_t step;
	bool auth_more; /* the server asked for one */
	bool server;    /* was seen */
	bool skip[2];   /* rest of a line that is missing or was too long */
	uint8_t user_len;
	char user[USER_MAX]; /* of USER, for the record of PASS */
};

/* "+OK" alone is Redis's as well. */
static enum l7_guess
probe_server(const struct l7_first *first)
{
	struct cursor c = cursor_of_view(first->data);
	struct view line = first->data, text;
	bool port = first->key->sport == PORT;
	static const char ok[] = "+OK", err[] = "-ERR";
	uint8_t b;
	for (size_t i = 0; i < 4 && cursor_peek(&c, i, &b); i++) {
		if ((i > 2 || b != (uint8_t)ok[i]) && b != (uint8_t)err[i] && i < 3)
			return L7_NO;
	}
	bool whole = cursor_line(&c, &line);
	if (first->data.len < 4)
		return L7_MAYBE;
	switch (pop3_status(line, &text)) {
	case POP3_OK:
		return port || (whole && text.len && first->other) || text.len > 2 ? L7_YES
										   : L7_MAYBE;
	case POP3_ERR:
		return port ? L7_YES : L7_MAYBE;
	default:
		return L7_NO;
	}
}

/* USER and others are FTP's as well: sure when the server said "+OK". */
static enum l7_guess
probe(const struct l7_first *first)
{
	struct cursor c = cursor_of_view(first->data);
	struct view line = first->data, word;
	if (first->dir == DIR_TO_CLIENT)
		return probe_server(first);
	bool whole = cursor_line(&c, &line), port = first->key->sport == PORT;
	struct cursor in = cursor_of_view(line);
	uint8_t b;
	for (size_t i = 0; i < 4 && cursor_peek(&in, i, &b); i++) {
		uint8_t low = b | 0x20;
		if ((low < 'a' || low > 'z') && !(i == 3 && (b == ' ' || b == '8')))
			return L7_NO;
	}
	if (!whole)
		return line.len < 64 ? L7_MAYBE : L7_NO;
	if (!pop3_word(&in, &word))
		return L7_NO;
	switch (pop3_verb(word)) {
	case POP3_OTHER:
		return L7_NO;
	case POP3_CAPA:
	case POP3_APOP:
	case POP3_STLS:
	case POP3_UIDL:
		return L7_YES;
	default:
		return port ? L7_YES : L7_MAYBE;
	}
}

static struct mail_at
mail_of(struct l7 *l, struct l7_flow *lf, struct pop3_tx *tx)
{
	return (struct mail_at){ l, lf, tx, &tx->mail };
}

static void
done(struct l7 *l, struct l7_flow *lf, struct pop3_tx *tx, enum dir dir)
{
	struct pop3_state *s = lf->state;
	const struct mail_at at = mail_of(l, lf, tx);
	if (s->auth == tx)
		s->auth = NULL;
	s->mode = STATUS;
	mail_close(&at);
	l7_item_done(l, lf, &s->items, tx, dir == DIR_TO_CLIENT ? L7_READY_RESPONSE : 0, dir);
}

/* ---- the client ---- */

static void
keep_user(struct l7 *l, struct l7_flow *lf, struct pop3_tx *tx, struct view name)
{
	struct pop3_state *s = lf->state;
	s->user_len = (uint8_t)l7_keep(s->user, sizeof(s->user), name);
	tx->user = l7_text(l, tx, name, USER_MAX);
}

static void
response(struct l7 *l, struct l7_flow *lf, struct pop3_tx *tx, struct view base64)
{
	struct pop3_state *s = lf->state;
	char name[USER_MAX];
	size_t n = sasl_user(tx->arg[0], s->step, base64, name, sizeof(name));
	s->step += s->step < UINT8_MAX;
	if (n && !tx->user.ptr)
		keep_user(l, lf, tx, (struct view){ (uint8_t *)name, n });
}

/* Arguments that are no secrets; the user's name from those that have it. */
static void
arguments(struct l7 *l, struct l7_flow *lf, struct pop3_tx *tx, struct cursor *line)
{
	struct pop3_state *s = lf->state;
	struct view word;
	for (size_t i = 0; pop3_word(line, &word); i++) {
		bool open = tx->verb != POP3_PASS && tx->verb != POP3_OTHER &&
			    !(tx->verb == POP3_APOP && i > 0) && !(tx->verb == POP3_AUTH && i > 0);
		if (tx->verb == POP3_AUTH && i == 1)
			response(l, lf, tx, word);
		if ((tx->verb == POP3_USER || tx->verb == POP3_APOP) && i == 0)
			keep_user(l, lf, tx, word);
		if (open && tx->arg_n < ARGS)
			tx->arg[tx->arg_n++] = l7_text(l, tx, word, 256);
	}
	if (tx->verb == POP3_PASS && s->user_len)
		tx->user =
		    l7_text(l, tx, (struct view){ (uint8_t *)s->user, s->user_len }, USER_MAX);
}

static bool
on_command(struct l7 *l, struct l7_flow *lf, struct view line)
{
	struct pop3_state *s = lf->state;
	struct cursor c = cursor_of_view(line);
	struct view word;
	if (!pop3_word(&c, &word))
		return true;
	struct pop3_tx *tx = l7_item_new(l, lf, &s->items);
	if (!tx)
		return false;
	tx->verb = (uint8_t)pop3_verb(word);
	tx->command = l7_text(l, tx, word, 16);
	if (tx->verb == POP3_OTHER)
		l7_odd(l, lf, "UNKNOWN_COMMAND", (int64_t)tx->item.id, DIR_TO_SERVER);
	s->step = 0;
	arguments(l, lf, tx, &c);
	if (tx->verb == POP3_AUTH && tx->arg_n)
		s->auth = tx;
	l7_item_say(l, lf, tx, L7_READY_REQUEST, DIR_TO_SERVER);
	if (!s->server && s->items.live > 8) /* answers are not seen */
		done(l, lf, (struct pop3_tx *)s->items.oldest, DIR_TO_SERVER);
	return true;
}

/* A line without its ending; too long ones are cut. Returns bytes used, 0: more is needed. */
static size_t
take_line(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir, struct view *line)
{
	struct pop3_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	bool whole = cursor_line(&c, line), skip = s->skip[dir];
	if (!whole && !skip && bytes.len < POP3_LINE_MAX)
		return 0;
	s->skip[dir] = !whole;
	if (skip)
		*line = (struct view){ bytes.ptr, 0 };
	if (whole)
		return bytes.len - cursor_left(&c);
	if (!skip) {
		l7_odd(l, lf, dir == DIR_TO_SERVER ? "REQUEST_TOO_LONG" : "RESPONSE_TOO_LONG", -1,
		    dir);
		(void)cursor_take(&c, POP3_LINE_MAX, line);
	}
	return bytes.len;
}

static long
client(struct l7 *l, struct l7_flow *lf, struct view bytes)
{
	struct pop3_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	struct view line;
	while (cursor_left(&c)) {
		if (s->auth && !s->auth_more && s->server)
			break; /* the server decides whether it is a response */
		size_t n =
		    take_line(l, lf, (struct view){ c.at, cursor_left(&c) }, DIR_TO_SERVER, &line);
		if (!n)
			break;
		(void)cursor_skip(&c, n);
		struct cursor in = cursor_of_view(line);
		struct view word;
		if (s->auth && (s->auth_more || !pop3_word(&in, &word) || !pop3_verb(word))) {
			response(l, lf, s->auth, line);
			s->auth_more = false;
		} else if (line.len && !on_command(l, lf, line)) {
			return L7_FULL;
		}
	}
	return (long)(bytes.len - cursor_left(&c));
}

/* ---- the server ---- */

/* The answer to the oldest command, or the greeting. */
static bool
on_status(struct l7 *l, struct l7_flow *lf, enum pop3_answer answer, struct view text)
{
	struct pop3_state *s = lf->state;
	struct pop3_tx *tx = (struct pop3_tx *)s->items.oldest;
	if (answer == POP3_MORE) {
		s->auth_more = s->auth != NULL;
		return true;
	}
	if (!tx)
		tx = l7_item_new(l, lf, &s->items);
	if (!tx)
		return false;
	tx->answer = (uint8_t)answer;
	tx->header = l7_text(l, tx, text, 512);
	if (answer == POP3_OK && (tx->verb == POP3_RETR || tx->verb == POP3_TOP)) {
		mail_begin(&tx->mail, true, DIR_TO_CLIENT);
		s->mode = MESSAGE;
	} else if (answer == POP3_OK && pop3_lists((enum pop3_verb)tx->verb, tx->arg_n)) {
		s->mode = LINES;
	} else {
		lf->again = answer == POP3_OK && tx->verb == POP3_STLS;
		done(l, lf, tx, DIR_TO_CLIENT);
	}
	return true;
}

static long
server_line(struct l7 *l, struct l7_flow *lf, struct view bytes)
{
	struct pop3_state *s = lf->state;
	struct pop3_tx *tx = (struct pop3_tx *)s->items.oldest;
	struct view line, text;
	size_t n = take_line(l, lf, bytes, DIR_TO_CLIENT, &line);
	if (!n)
		return L7_MORE;
	if (s->mode == LINES && tx) {
		if (view_is(line, "."))
			done(l, lf, tx, DIR_TO_CLIENT);
		else if (line.len)
			mail_list_add(l, tx, &tx->lines, line, 256);
		return (long)n;
	}
	if (!line.len)
		return (long)n;
	enum pop3_answer answer = pop3_status(line, &text);
	if (answer == POP3_NONE)
		return L7_BAD;
	return on_status(l, lf, answer, text) ? (long)n : L7_FULL;
}

static long
server(struct l7 *l, struct l7_flow *lf, struct view bytes)
{
	struct pop3_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	s->server = true;
	while (cursor_left(&c) && !lf->again) {
		struct view rest = { c.at, cursor_left(&c) };
		struct pop3_tx *tx = (struct pop3_tx *)s->items.oldest;
		long n;
		if (s->mode == MESSAGE && tx) {
			const struct mail_at at = mail_of(l, lf, tx);
			n = (long)mail_feed(&at, rest, false);
			if (mail_ended(&tx->mail))
				done(l, lf, tx, DIR_TO_CLIENT);
			else if (!n)
				break;
		} else {
			n = server_line(l, lf, rest);
		}
		if (n == L7_BAD || n == L7_FULL)
			return n;
		if (n < 0)
			break;
		(void)cursor_skip(&c, (size_t)n);
	}
	return (long)(bytes.len - cursor_left(&c));
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	return dir == DIR_TO_SERVER ? client(l, lf, bytes) : server(l, lf, bytes);
}

static bool
lost(struct l7 *l, struct l7_flow *lf, uint64_t n, enum dir dir)
{
	struct pop3_state *s = lf->state;
	struct pop3_tx *tx = (struct pop3_tx *)s->items.oldest;
	if (dir == DIR_TO_CLIENT && s->mode == MESSAGE && tx) {
		const struct mail_at at = mail_of(l, lf, tx);
		mail_lost(&at, n);
		return true;
	}
	s->skip[dir] = true;
	while (dir == DIR_TO_CLIENT && s->items.oldest) /* nobody knows which were answered */
		done(l, lf, (struct pop3_tx *)s->items.oldest, dir);
	return true;
}

static void
finish(struct l7 *l, struct l7_flow *lf)
{
	struct pop3_state *s = lf->state;
	while (s->items.oldest)
		done(l, lf, (struct pop3_tx *)s->items.oldest, DIR_TO_SERVER);
}

static void
write_request(const struct pop3_tx *tx, struct jw *w)
{
	if (!tx->command.ptr)
		return;
	ev_key(w, pop3, request);
	jw_object(w);
	ev_key(w, pop3_request, command);
	jw_view(w, tx->command);
	ev_key(w, pop3_request, args);
	jw_array(w);
	for (uint8_t i = 0; i < tx->arg_n; i++)
		jw_view(w, tx->arg[i]);
	jw_array_end(w);
	jw_object_end(w);
}

static void
write_response(const struct pop3_tx *tx, struct jw *w)
{
	if (tx->answer == POP3_NONE)
		return;
	ev_key(w, pop3, response);
	jw_object(w);
	ev_key(w, pop3_response, success);
	jw_bool(w, tx->answer == POP3_OK);
	ev_key(w, pop3_response, status);
	jw_word(w, tx->answer == POP3_OK ? "OK" : "ERR");
	ev_key(w, pop3_response, header);
	jw_view(w, tx->header);
	mail_list_write(&tx->lines, w, EV_KEY(pop3_response, data));
	jw_object_end(w);
}

static void
row_write(const void *data_of, struct jw *w)
{
	const struct pop3_tx *tx = data_of;
	jw_key(w, "pop3");
	jw_object(w);
	write_request(tx, w);
	write_response(tx, w);
	if (tx->user.ptr && tx->verb != POP3_USER) {
		ev_key(w, pop3, user);
		jw_view(w, tx->user);
	}
	jw_object_end(w);
	mail_write(&tx->mail, w);
}

static enum l7_login
login(const void *data_of)
{
	const struct pop3_tx *tx = data_of;
	if (tx->verb != POP3_PASS && tx->verb != POP3_APOP && (tx->verb != POP3_AUTH || !tx->arg_n))
		return L7_LOGIN_NONE;
	if (tx->answer == POP3_NONE)
		return L7_LOGIN_TRY;
	return tx->answer == POP3_OK ? L7_LOGIN_OK : L7_LOGIN_FAIL;
}

const struct l7_row l7_pop3_row = {
	.name = "pop3",
	.proto = L7_POP3,
	.tcp = true,
	.waits = true,
	.state_size = sizeof(struct pop3_state),
	.items_at = offsetof(struct pop3_state, items),
	.tx_size = sizeof(struct pop3_tx),
	.probe = probe,
	.data = data,
	.lost = lost,
	.finish = finish,
	.release = l7_item_release,
	.close = l7_items_close,
	.write = row_write,
	.login = login,
};
