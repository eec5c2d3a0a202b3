/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Telnet (RFC 854, options RFC 1091, 1073, 1079, 1572), parser and row: options, and logins as the
 * server's prompts show them. A transaction is a login, or the whole connection when there is none.
 * What is typed at a password prompt is not kept.
 */
#include <stdio.h>
#include <strings.h>

#include "../item.h"
#include "wire/event.h"

#define TELNET_PORT 23
#define LINE 128        /* bytes of a line kept */
#define VARIABLES 8     /* of the environment */
#define JUDGED_AFTER 40 /* lines of the server until an outcome is no longer looked for */

enum { SE = 240, SB = 250, WILL, WONT, DO, DONT, IAC };
enum { TERMINAL = 24, WINDOW = 31, SPEED = 32, DISPLAY = 35, ENVIRON = 39, OPTIONS = 64 };

enum prompt { OTHER, NAME, PASSWORD, AFTER };

struct line {
	uint8_t text[LINE];
	uint8_t len;
};

struct telnet_tx {
	struct l7_item item;
	struct view username, banner;
	struct view terminal, speed, display;
	struct view names[VARIABLES], values[VARIABLES];
	uint64_t client_will, server_will; /* bit an option */
	uint16_t width, height;
	uint8_t variable_n;
	uint8_t login; /* enum l7_login */
};

struct telnet_state {
	struct l7_items q;
	struct line line[2];
	struct telnet_tx about; /* what concerns the connection; its texts are in its bag */
	uint8_t prompt;         /* enum prompt: where the client types */
	uint8_t lines;          /* of the server since the password */
	bool logins;
};

/* ---- parser ---- */

/* A command behind IAC. Bytes used with IAC, L7_MORE or L7_BAD; *option is -1 where it has none. */
static long
command(struct view bytes, uint8_t *verb, int *option, struct view *parameters)
{
	struct cursor c = cursor_of_view(bytes);
	uint8_t b = 0, last = 0;
	*option = -1;
	*parameters = (struct view){ 0 };
	if (!cursor_skip(&c, 1) || !cursor_u8(&c, verb))
		return L7_MORE;
	if (*verb < SE)
		return *verb == 236 || *verb == 237 || *verb == 238 || *verb == 239 ? 2 : L7_BAD;
	if (*verb < SB || *verb == IAC)
		return 2;
	if (!cursor_u8(&c, &b))
		return L7_MORE;
	*option = b;
	if (*verb != SB)
		return 3;
	for (size_t n = 0; cursor_peek(&c, n, &b); n++) {
		if (last == IAC && b == SE) {
			(void)cursor_take(&c, n - 1, parameters);
			return (long)(bytes.len - cursor_left(&c)) + 2;
		}
		last = last == IAC && b == IAC ? 0 : b;
		if (n > 4096)
			return L7_BAD;
	}
	return L7_MORE;
}

static bool
printable(struct view v)
{
	struct cursor c = cursor_of_view(v);
	uint8_t b;
	while (cursor_u8(&c, &b)) {
		if ((b < ' ' && b != '\r' && b != '\n' && b != '\t' && b != 27 && b != 0) ||
		    b == 0xff)
			return false;
	}
	return true;
}

/* Options that are really in use; others are a sign of something else. */
static bool
known(int option)
{
	return (option >= 0 && option <= 49) || option == 255 || option == 70 || option == 85 ||
	       option == 86 || (option >= 200 && option <= 201);
}

static enum l7_guess
probe(const struct l7_first *first)
{
	struct cursor c = cursor_of_view(first->data);
	struct view parameters;
	uint8_t b = 0, verb;
	int option, seen = 0;
	if (!cursor_peek(&c, 0, &b) || b != IAC)
		return first->key->sport == TELNET_PORT && first->dir == DIR_TO_CLIENT &&
			       printable(first->data)
			   ? L7_YES
			   : L7_NO;
	while (cursor_peek(&c, 0, &b) && b == IAC) {
		long n =
		    command((struct view){ c.at, cursor_left(&c) }, &verb, &option, &parameters);
		if (n == L7_BAD || (n > 0 && (verb < SB || verb == IAC || !known(option))))
			return L7_NO;
		if (n < 0)
			return L7_MAYBE;
		seen++;
		(void)cursor_skip(&c, (size_t)n);
	}
	if (seen >= 2 || first->key->sport == TELNET_PORT || (seen && first->other))
		return L7_YES;
	return cursor_left(&c) ? L7_NO : L7_MAYBE;
}

/* ---- prompts ---- */

static bool
has(const struct line *l, const char *word)
{
	size_t n = strlen(word);
	for (size_t i = 0; i + n <= l->len; i++) {
		if (strncasecmp((const char *)l->text + i, word, n) == 0)
			return true;
	}
	return false;
}

/* Does the line end in this, blanks aside? */
static bool
ends(const struct line *l, const char *word)
{
	size_t n = strlen(word), len = l->len;
	while (len && l->text[len - 1] == ' ')
		len--;
	return len >= n && strncasecmp((const char *)l->text + len - n, word, n) == 0;
}

static bool
any(const struct line *l, const char *const words[],
    bool (*test)(const struct line *, const char *))
{
	for (; *words; words++) {
		if (test(l, *words))
			return true;
	}
	return false;
}

static enum prompt
prompt_of(const struct line *l)
{
	static const char *const names[] = {
		"login:", "username:", "user name:", "account:", "user:", "用户名:", "登录:", NULL
	};
	static const char *const passwords[] = {
		"password:", "passwd:", "passcode:", "密码:", "口令:", NULL
	};
	if (has(l, "last login"))
		return OTHER;
	if (any(l, passwords, ends) || (has(l, "password for") && ends(l, ":")))
		return PASSWORD;
	return any(l, names, ends) ? NAME : OTHER;
}

/* ---- transactions ---- */

static struct telnet_tx *
tx_of(struct l7 *l, struct l7_flow *lf)
{
	struct telnet_state *s = lf->state;
	return s->q.oldest ? (void *)s->q.oldest : l7_item_new(l, lf, &s->q);
}

/* The transaction's record: with what is known of the connection. */
static void
done(struct l7 *l, struct l7_flow *lf, enum l7_login login, enum dir dir)
{
	struct telnet_state *s = lf->state;
	struct telnet_tx *tx = (void *)s->q.oldest;
	if (!tx)
		return;
	struct telnet_tx own = *tx;
	*tx = s->about;
	tx->item = own.item;
	tx->username = own.username;
	tx->login = (uint8_t)login;
	s->logins = true;
	s->prompt = OTHER;
	l7_item_done(l, lf, &s->q, tx, L7_READY_RESPONSE, dir);
}

/* A line, or what stands behind the last one, of the server. */
static void
server_said(struct l7 *l, struct l7_flow *lf, const struct line *line, bool whole)
{
	static const char *const refused[] = { "incorrect", "failed", "failure", "denied",
		"invalid", "bad password", "错误", "失败", NULL };
	static const char *const welcome[] = { "last login", "welcome", "logged in", "success",
		NULL };
	static const char *const shells[] = { "$", "#", ">", "%", NULL };
	struct telnet_state *s = lf->state;
	enum prompt p = whole ? OTHER : prompt_of(line);
	if (s->prompt == AFTER) {
		if (whole && line->len && s->lines < JUDGED_AFTER)
			s->lines++;
		if (p == NAME || p == PASSWORD || any(line, refused, has))
			done(l, lf, L7_LOGIN_FAIL, DIR_TO_CLIENT);
		else if (any(line, welcome, has) || (!whole && any(line, shells, ends)))
			done(l, lf, L7_LOGIN_OK, DIR_TO_CLIENT);
		else if (s->lines >= JUDGED_AFTER)
			done(l, lf, L7_LOGIN_TRY, DIR_TO_CLIENT);
	}
	if (p != OTHER)
		s->prompt = (uint8_t)p;
	if (whole && line->len && !s->about.banner.ptr)
		s->about.banner =
		    l7_text(l, &s->about, (struct view){ line->text, line->len }, LINE);
}

static void
client_typed(struct l7 *l, struct l7_flow *lf, const struct line *line)
{
	struct telnet_state *s = lf->state;
	struct telnet_tx *tx;
	if (s->prompt == NAME && line->len && (tx = tx_of(l, lf)))
		tx->username = l7_text(l, tx, (struct view){ line->text, line->len }, LINE);
	if (s->prompt == PASSWORD && (tx = tx_of(l, lf))) {
		tx->login = L7_LOGIN_TRY;
		l7_item_say(l, lf, tx, L7_READY_REQUEST, DIR_TO_SERVER);
		s->prompt = AFTER;
		s->lines = 0;
	} else {
		s->prompt = OTHER;
	}
}

static void
typed(struct l7 *l, struct l7_flow *lf, uint8_t b, enum dir dir)
{
	struct telnet_state *s = lf->state;
	struct line *line = &s->line[dir];
	if (b == '\r' || b == '\n') {
		if (dir == DIR_TO_CLIENT)
			server_said(l, lf, line, true);
		else if (b == '\r' || line->len)
			client_typed(l, lf, line);
		line->len = 0;
	} else if (b == 8 || b == 127) {
		line->len -= line->len > 0;
	} else if (b && line->len < LINE) {
		line->text[line->len++] = s->prompt == PASSWORD && dir == DIR_TO_SERVER ? '*' : b;
	} else if (b && dir == DIR_TO_CLIENT) { /* the end is what a prompt stands at */
		memmove(line->text, line->text + 1, LINE - 1);
		line->text[LINE - 1] = b;
	}
}

/* ---- options ---- */

/* VAR or USERVAR, a name, VALUE, a value, and so on (RFC 1572). */
static void
environment(struct l7 *l, struct telnet_tx *about, struct cursor *c)
{
	uint8_t b;
	while (about->variable_n < VARIABLES && cursor_u8(c, &b)) {
		size_t n = 0;
		struct view v;
		while (cursor_peek(c, n, &b) && b > 3)
			n++;
		(void)cursor_take(c, n, &v);
		about->names[about->variable_n] = l7_text(l, about, v, 64);
		about->values[about->variable_n] = (struct view){ 0 };
		if (cursor_peek(c, 0, &b) && b == 1 && cursor_skip(c, 1)) {
			for (n = 0; cursor_peek(c, n, &b) && b > 3;)
				n++;
			(void)cursor_take(c, n, &v);
			about->values[about->variable_n] = l7_text(l, about, v, 128);
		}
		about->variable_n += about->names[about->variable_n].len > 0;
	}
}

static void
parameters_of(struct l7 *l, struct telnet_tx *about, int option, struct view parameters)
{
	struct cursor c = cursor_of_view(parameters);
	struct view rest;
	uint8_t is;
	if (option == WINDOW) {
		(void)cursor_u16(&c, &about->width);
		(void)cursor_u16(&c, &about->height);
		return;
	}
	if (!cursor_u8(&c, &is) || is != 0)
		return;
	if (option == ENVIRON) {
		environment(l, about, &c);
		return;
	}
	(void)cursor_take(&c, cursor_left(&c), &rest);
	if (option == TERMINAL && rest.len)
		about->terminal = l7_text(l, about, rest, 64);
	else if (option == SPEED && rest.len)
		about->speed = l7_text(l, about, rest, 64);
	else if (option == DISPLAY && rest.len)
		about->display = l7_text(l, about, rest, 128);
}

static void
option_said(struct l7 *l, struct l7_flow *lf, uint8_t verb, int option, struct view parameters,
    enum dir dir)
{
	struct telnet_state *s = lf->state;
	uint64_t *will = dir == DIR_TO_SERVER ? &s->about.client_will : &s->about.server_will;
	uint64_t bit = option >= 0 && option < OPTIONS ? UINT64_C(1) << option : 0;
	if (verb == WILL)
		*will |= bit;
	else if (verb == WONT)
		*will &= ~bit;
	else if (verb == SB && dir == DIR_TO_SERVER && !s->logins)
		parameters_of(l, &s->about, option, parameters);
}

static bool
row_open(struct l7 *l, struct l7_flow *lf)
{
	return tx_of(l, lf) != NULL;
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct telnet_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	struct view parameters;
	uint8_t b, verb;
	int option;
	while (cursor_peek(&c, 0, &b)) {
		if (b != IAC) {
			typed(l, lf, b, dir);
			(void)cursor_skip(&c, 1);
			continue;
		}
		long n =
		    command((struct view){ c.at, cursor_left(&c) }, &verb, &option, &parameters);
		if (n == L7_MORE)
			break;
		if (n > 0)
			option_said(l, lf, verb, option, parameters, dir);
		(void)cursor_skip(&c, n > 0 ? (size_t)n : 2);
	}
	if (dir == DIR_TO_CLIENT && s->line[dir].len)
		server_said(l, lf, &s->line[dir], false);
	return (long)(bytes.len - cursor_left(&c));
}

static bool
lost(struct l7 *l, struct l7_flow *lf, uint64_t n, enum dir dir)
{
	struct telnet_state *s = lf->state;
	(void)l;
	(void)n;
	s->line[dir].len = 0;
	if (s->prompt != AFTER)
		s->prompt = OTHER;
	return true;
}

static void
finish(struct l7 *l, struct l7_flow *lf)
{
	struct telnet_state *s = lf->state;
	const struct telnet_tx *tx = (void *)s->q.oldest;
	if (tx && (!s->logins || tx->username.ptr || tx->login))
		done(l, lf, tx->login, DIR_TO_SERVER);
	l7_items_drop(l, lf, &s->q);
}

static void
row_close(struct l7 *l, struct l7_flow *lf)
{
	struct telnet_state *s = lf->state;
	l7_items_drop(l, lf, &s->q);
	bag_empty(&l->texts, &s->about.item.bag);
}

/* ---- the record ---- */

static void
text(struct jw *w, const char *key, struct view v)
{
	if (v.ptr)
		jw_put_bytes(w, key, v.ptr, v.len);
}

static void
write_options(struct jw *w, const char *key, uint64_t set)
{
	static const char *const names[OPTIONS] = { [0] = "binary",
		[1] = "echo",
		[3] = "suppress_go_ahead",
		[5] = "status",
		[6] = "timing_mark",
		[24] = "terminal_type",
		[31] = "window_size",
		[32] = "terminal_speed",
		[33] = "remote_flow_control",
		[34] = "linemode",
		[35] = "x_display_location",
		[36] = "environ",
		[37] = "authentication",
		[38] = "encrypt",
		[39] = "new_environ" };
	char number[8];
	if (!set)
		return;
	jw_key_n(w, key, strlen(key));
	jw_array(w);
	for (int i = 0; i < OPTIONS; i++) {
		if (!(set >> i & 1))
			continue;
		(void)snprintf(number, sizeof(number), "%d", i);
		jw_text(w, names[i] ? names[i] : number);
	}
	jw_array_end(w);
}

static void
write_environment(struct jw *w, const struct telnet_tx *tx)
{
	ev_key(w, telnet, environment);
	jw_array(w);
	for (int i = 0; i < tx->variable_n; i++) {
		struct line name = { .len = 0 };
		name.len = (uint8_t)l7_keep(name.text, sizeof(name.text), tx->names[i]);
		jw_object(w);
		text(w, EV_KEY(telnet_variable, name), tx->names[i]);
		if (has(&name, "pass"))
			jw_put_bytes(w, EV_KEY(telnet_variable, value), "***", 3);
		else
			text(w, EV_KEY(telnet_variable, value), tx->values[i]);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void
row_write(const void *data_of, struct jw *w)
{
	const struct telnet_tx *tx = data_of;
	static const char *const outcomes[] = {
		[L7_LOGIN_TRY] = "unknown", [L7_LOGIN_FAIL] = "failure", [L7_LOGIN_OK] = "success"
	};
	jw_key(w, "telnet");
	jw_object(w);
	text(w, EV_KEY(telnet, username), tx->username);
	if (tx->login)
		text(w, EV_KEY(telnet, login), view_of(outcomes[tx->login]));
	text(w, EV_KEY(telnet, banner), tx->banner);
	text(w, EV_KEY(telnet, terminal_type), tx->terminal);
	text(w, EV_KEY(telnet, terminal_speed), tx->speed);
	text(w, EV_KEY(telnet, x_display_location), tx->display);
	if (tx->width || tx->height) {
		jw_put_u64(w, EV_KEY(telnet, columns), tx->width);
		jw_put_u64(w, EV_KEY(telnet, rows), tx->height);
	}
	if (tx->variable_n)
		write_environment(w, tx);
	write_options(w, EV_KEY(telnet, client_options), tx->client_will);
	write_options(w, EV_KEY(telnet, server_options), tx->server_will);
	jw_object_end(w);
}

static enum l7_login
login(const void *tx)
{
	return ((const struct telnet_tx *)tx)->login;
}

const struct l7_row l7_telnet_row = {
	.name = "telnet",
	.proto = L7_TELNET,
	.tcp = true,
	.state_size = sizeof(struct telnet_state),
	.tx_size = sizeof(struct telnet_tx),
	.probe = probe,
	.open = row_open,
	.data = data,
	.lost = lost,
	.finish = finish,
	.release = l7_item_release,
	.close = row_close,
	.write = row_write,
	.login = login,
};
