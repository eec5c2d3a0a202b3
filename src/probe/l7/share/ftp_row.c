/* SPDX-License-Identifier: Apache-2.0 */
/* FTP in the table of protocols: a transaction is a command and its reply. */
#include "ftp_row.h"

#include <strings.h>

#include "../expect.h"
#include "../item.h"
#include "probe/l7/ftp.h"

#define FTP_PORT 21
#define LINES 64         /* lines of a reply kept */
#define DATA_SECONDS 120 /* a data connection comes soon or not at all */

struct ftp_state {
	struct l7_items q;
	uint16_t open_code; /* of the multi-line reply under way, 0 none */
	uint16_t port;      /* for the next transfer; 0: none was named */
	bool active;        /* it is the client's */
	bool skip[2];       /* up to the end of the line: it was cut, or bytes are missing */
	bool heard;         /* the server speaks */
	bool anonymous;     /* the last USER */
	uint64_t rest;      /* where the next transfer begins */
};

static bool
greeting(const struct l7_first *first)
{
	struct cursor c = cursor_of_view(first->data);
	uint8_t b;
	while (cursor_u8(&c, &b)) {
		struct cursor word = c;
		uint8_t rest[2];
		if ((b | 0x20) == 'f' && cursor_copy(&word, rest, 2) && (rest[0] | 0x20) == 't' &&
		    (rest[1] | 0x20) == 'p')
			return true;
	}
	return false;
}

/* "220" opens SMTP as well: sure when it says FTP or stands on FTP's port, else when the client
 * speaks FTP. */
static enum l7_guess
probe_server(const struct l7_first *first)
{
	struct ftp_line line;
	struct cursor c = cursor_of_view(first->data);
	uint8_t b;
	for (size_t i = 0; i < 3 && cursor_peek(&c, i, &b); i++) {
		if (b < '0' || b > '9' || (i == 0 && b != '1' && b != '2' && b != '4' && b != '5'))
			return L7_NO;
	}
	long used = ftp_line(first->data, &line);
	if (used == L7_MORE)
		return first->data.len < 512 ? L7_MAYBE : L7_NO;
	if (line.number != 220 && line.number != 120 && line.number != 421 && line.number != 530)
		return first->key->sport == FTP_PORT && line.number ? L7_YES : L7_NO;
	return first->key->sport == FTP_PORT || greeting(first) || first->other ? L7_YES : L7_MAYBE;
}

/* True when the bytes begin with a word of at most four letters, as far as they go. */
static bool
word(struct view data)
{
	struct cursor c = cursor_of_view(data);
	uint8_t b;
	for (int i = 0; cursor_u8(&c, &b); i++) {
		uint8_t low = b | 0x20;
		if (low < 'a' || low > 'z')
			return i >= 3 && (b == ' ' || b == '\r');
		if (i == 4)
			return false;
	}
	return true;
}

/* AUTH, HELP, NOOP, QUIT and others are SMTP's and POP's, too; USER follows only FTP's "220". */
static enum l7_guess
probe(const struct l7_first *first)
{
	static const char *const own[] = { "USER", "FEAT", "PASV", "EPSV", "SYST", "OPTS", "PBSZ",
		"AUTH" };
	struct ftp_command command;
	if (first->dir == DIR_TO_CLIENT)
		return probe_server(first);
	bool port = first->key->sport == FTP_PORT;
	long used = ftp_command(first->data, &command);
	if (used == L7_MORE)
		return (first->data.len < 256 || port) && word(first->data) ? L7_MAYBE : L7_NO;
	if (used < 0 || !ftp_verb(command.verb))
		return L7_NO;
	if (port && command.cut)
		return L7_YES;
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++) {
		if (command.verb.len == 4 &&
		    strncasecmp((const char *)command.verb.ptr, own[i], 4) == 0)
			return port || first->other ? L7_YES : L7_MAYBE;
	}
	return L7_NO;
}

static bool
is(struct view word_of, const char *text)
{
	return word_of.ptr && word_of.len == strlen(text) &&
	       strncasecmp((const char *)word_of.ptr, text, word_of.len) == 0;
}

/* RFC 1635: who is anonymous gives an address or a word everybody knows, no secret. */
static bool
known_to_all(struct view password)
{
	return is(password, "anonymous") || is(password, "guest") || is(password, "ftp") ||
	       (password.len && memchr(password.ptr, '@', password.len));
}

/* The argument, however long: a text in the bag, or beyond that a block of its own. */
static void
keep_argument(struct l7 *l, struct ftp_tx *tx, const struct ftp_command *c)
{
	tx->argument_cut = c->cut;
	if (c->argument.len <= BAG_TEXT_MAX) {
		tx->argument = l7_text(l, tx, c->argument, BAG_TEXT_MAX);
	} else if (hold_add(&l->pool, &tx->longer, c->argument)) {
		tx->argument = hold_view(&tx->longer);
	} else {
		tx->argument = l7_text(l, tx, c->argument, BAG_TEXT_MAX);
		tx->argument_cut = true;
	}
}

static uint64_t
number(struct view text)
{
	struct cursor c = cursor_of_view(text);
	uint64_t n = 0;
	uint8_t b;
	while (cursor_u8(&c, &b) && b >= '0' && b <= '9' && n < UINT64_MAX / 16)
		n = n * 10 + b - '0';
	return n;
}

/* The data connection of a transfer, or of the next one (kind 0). */
static void
expect(struct l7 *l, const struct ftp_state *s, const struct ftp_tx *tx, uint16_t kind)
{
	const struct l7_expect e = { .proto = L7_FTP_DATA,
		.ip_proto = PROTO_TCP,
		.content = true,
		.end = s->active ? DIR_TO_CLIENT : DIR_TO_SERVER,
		.port = s->port,
		.seconds = DATA_SECONDS,
		.name = kind ? tx->argument : (struct view){ 0 },
		.kind = kind,
		.number = kind ? s->rest : 0,
		.tx_id = tx->item.id };
	l7_expect(l, &e);
}

static void
transfer(struct l7 *l, struct l7_flow *lf, struct ftp_tx *tx)
{
	struct ftp_state *s = lf->state;
	if (s->port)
		expect(l, s, tx, tx->kind);
	else if (s->heard && ftp_carries_file(tx->kind))
		l7_odd(l, lf, "file_before_port", (int64_t)tx->item.id, DIR_TO_SERVER);
	tx->dynamic_port = s->port;
	tx->active = s->active;
	s->rest = 0;
}

/* What a command means for those after it. */
static void
understand(struct l7 *l, struct l7_flow *lf, struct ftp_tx *tx, const struct ftp_command *c)
{
	struct ftp_state *s = lf->state;
	if (is(c->verb, "USER"))
		s->anonymous = is(c->argument, "anonymous") || is(c->argument, "ftp");
	else if (is(c->verb, "REST"))
		s->rest = number(c->argument);
	else if (is(c->verb, "PORT") || is(c->verb, "EPRT"))
		tx->dynamic_port = ftp_port(c->verb, c->argument);
	else if (tx->kind)
		transfer(l, lf, tx);
	if (tx->dynamic_port && !tx->kind) {
		s->port = tx->dynamic_port;
		s->active = tx->active = true;
		expect(l, s, tx, 0);
	}
}

static bool
command(struct l7 *l, struct l7_flow *lf, const struct ftp_command *c)
{
	struct ftp_state *s = lf->state;
	struct ftp_tx *tx = l7_item_new(l, lf, &s->q);
	if (!tx)
		return false;
	tx->command = true;
	tx->verb = l7_text(l, tx, c->verb, 64);
	tx->login = is(c->verb, "PASS") || is(c->verb, "ACCT");
	tx->user = is(c->verb, "USER");
	tx->auth = is(c->verb, "AUTH");
	tx->kind = ftp_transfer(c->verb);
	if (c->argument.ptr)
		keep_argument(l, tx, c);
	tx->secret = (tx->login && !(s->anonymous && known_to_all(tx->argument))) ||
		     (is(c->verb, "SITE") && tx->argument.len > 5 &&
			 strncasecmp((const char *)tx->argument.ptr, "PSWD ", 5) == 0);
	understand(l, lf, tx, c);
	if (c->cut)
		l7_odd(l, lf, "request_command_too_long", (int64_t)tx->item.id, DIR_TO_SERVER);
	l7_item_say(l, lf, tx, L7_READY_REQUEST, DIR_TO_SERVER);
	return true;
}

/* Bytes up to the end of a line that is not looked at. */
static size_t
skip_line(struct ftp_state *s, struct view bytes, enum dir dir)
{
	struct cursor c = cursor_of_view(bytes);
	struct view line;
	if (!s->skip[dir])
		return 0;
	s->skip[dir] = !cursor_line(&c, &line);
	return s->skip[dir] ? bytes.len : bytes.len - cursor_left(&c);
}

/* The line of the command just taken. */
static void
frame_command(struct l7 *l, struct l7_flow *lf, struct view bytes)
{
	const struct ftp_state *s = lf->state;
	const struct ftp_tx *tx = (const void *)s->q.newest;
	l7_frame_say(l, lf,
	    &(struct l7_framed){ .type = L7_FRAME_FTP_COMMAND,
		.secret = tx->secret,
		.at = bytes.ptr,
		.length = bytes.len,
		.tx_id = (int64_t)tx->item.id });
}

static long
commands(struct l7 *l, struct l7_flow *lf, struct view bytes)
{
	struct ftp_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	struct ftp_command one;
	long used = 0;
	(void)cursor_skip(&c, skip_line(s, bytes, DIR_TO_SERVER));
	while (!s->skip[DIR_TO_SERVER] &&
	       (used = ftp_command((struct view){ c.at, cursor_left(&c) }, &one)) >= 0) {
		if (one.verb.len && !command(l, lf, &one))
			return L7_FULL;
		if (one.verb.len && l7_framed(l, lf))
			frame_command(l, lf, (struct view){ c.at, (size_t)used });
		(void)cursor_skip(&c, (size_t)used);
		s->skip[DIR_TO_SERVER] = one.open;
		(void)cursor_skip(
		    &c, skip_line(s, (struct view){ c.at, cursor_left(&c) }, DIR_TO_SERVER));
	}
	return used == L7_BAD ? L7_BAD : (long)(bytes.len - cursor_left(&c));
}

static void
keep_line(struct l7 *l, struct ftp_tx *tx, const struct ftp_line *line)
{
	struct ftp_reply *r =
	    tx->line_n < LINES ? bag_room(&l->texts, &tx->item.bag, sizeof(*r)) : NULL;
	tx->cut |= !r || line->text.len > BAG_TEXT_MAX || line->cut;
	if (!r)
		return;
	*r = (struct ftp_reply){ .code = line->number,
		.text = l7_text(l, tx, line->text, BAG_TEXT_MAX) };
	*(tx->last ? &tx->last->next : &tx->first) = r;
	tx->last = r;
	tx->line_n++;
}

/* The data port that the reply to PASV or EPSV names. */
static void
passive(struct l7 *l, struct l7_flow *lf, struct ftp_tx *tx, const struct ftp_line *line)
{
	struct ftp_state *s = lf->state;
	struct view verb = view_of(line->number == 227 ? "PASV" : "EPSV");
	uint16_t port = ftp_port(verb, line->text);
	if (!port)
		return;
	s->port = tx->dynamic_port = port;
	s->active = false;
	expect(l, s, tx, 0);
	/* the transfer may have been asked for already */
	for (const struct l7_item *i = tx->item.next; i; i = i->next) {
		const struct ftp_tx *later = (const void *)i;
		if (later->kind) {
			expect(l, s, later, later->kind);
			return;
		}
	}
}

/* The transaction that a reply belongs to: the oldest command, or one without a command (the
 * greeting). */
static bool
reply_line(struct l7 *l, struct l7_flow *lf, const struct ftp_line *line)
{
	struct ftp_state *s = lf->state;
	struct ftp_tx *tx = s->q.oldest ? (void *)s->q.oldest : l7_item_new(l, lf, &s->q);
	if (!tx)
		return false;
	bool ends = line->number && !line->more && (!s->open_code || s->open_code == line->number);
	if (!s->open_code && line->number && line->more)
		s->open_code = line->number;
	keep_line(l, tx, line);
	tx->replied = true;
	if (line->cut)
		l7_odd(l, lf, "response_command_too_long", (int64_t)tx->item.id, DIR_TO_CLIENT);
	if (!ends)
		return true;
	s->open_code = 0;
	if (line->number < 200) /* preliminary: another reply follows (RFC 959, 4.2.1) */
		return true;
	tx->final = line->number;
	if (line->number == 227 || line->number == 229)
		passive(l, lf, tx, line);
	lf->again = line->number == 234 && tx->auth;
	l7_item_done(l, lf, &s->q, tx, L7_READY_RESPONSE | L7_READY_REQUEST_LATER, DIR_TO_CLIENT);
	return true;
}

static long
replies(struct l7 *l, struct l7_flow *lf, struct view bytes)
{
	struct ftp_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	struct ftp_line line;
	s->heard = true;
	(void)cursor_skip(&c, skip_line(s, bytes, DIR_TO_CLIENT));
	while (!lf->again && !s->skip[DIR_TO_CLIENT]) {
		long used = ftp_line((struct view){ c.at, cursor_left(&c) }, &line);
		if (used < 0)
			break;
		if (!line.number && !s->open_code && line.text.len)
			return L7_BAD;
		l7_frame(l, lf, L7_FRAME_FTP_RESPONSE, (struct view){ c.at, (size_t)used },
		    s->q.oldest ? (int64_t)s->q.oldest->id : -1);
		if ((line.number || line.text.len) && !reply_line(l, lf, &line))
			return L7_FULL;
		(void)cursor_skip(&c, (size_t)used);
		s->skip[DIR_TO_CLIENT] = line.open;
		(void)cursor_skip(
		    &c, skip_line(s, (struct view){ c.at, cursor_left(&c) }, DIR_TO_CLIENT));
	}
	return (long)(bytes.len - cursor_left(&c));
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	return dir == DIR_TO_SERVER ? commands(l, lf, bytes) : replies(l, lf, bytes);
}

/* On with the next line. Which replies are missing cannot be told: none of the open commands has
 * one. */
static bool
lost(struct l7 *l, struct l7_flow *lf, uint64_t n, enum dir dir)
{
	struct ftp_state *s = lf->state;
	(void)n;
	s->skip[dir] = true;
	if (dir == DIR_TO_CLIENT) {
		s->open_code = 0;
		l7_items_finish(l, lf, &s->q, dir);
	}
	return true;
}

static void
release(struct l7 *l, struct l7_flow *lf, const void *data_of)
{
	struct ftp_tx *tx = (void *)(uintptr_t)data_of;
	hold_drop(&l->pool, &tx->longer);
	l7_item_release(l, lf, tx);
}

static void
row_close(struct l7 *l, struct l7_flow *lf)
{
	struct ftp_state *s = lf->state;
	for (struct l7_item *i = s->q.oldest; i; i = i->next)
		hold_drop(&l->pool, &((struct ftp_tx *)i)->longer);
	l7_items_drop(l, lf, &s->q);
}

/* RFC 959, 5.4: 230 and 202 let in, 530 does not, 331 and 332 ask for more. */
static enum l7_login
login(const void *data_of)
{
	const struct ftp_tx *tx = data_of;
	if (!tx->login && !tx->user)
		return L7_LOGIN_NONE;
	if (tx->final == 230 || tx->final == 232)
		return L7_LOGIN_OK;
	if (tx->final == 530 || tx->final == 430 || (tx->login && tx->final >= 500))
		return L7_LOGIN_FAIL;
	return tx->login ? L7_LOGIN_TRY : L7_LOGIN_NONE;
}

static bool
answer(const void *data_of, struct l7_answered *out)
{
	const struct ftp_tx *tx = data_of;
	if (!tx->final)
		return false;
	out->code = tx->final;
	out->is = tx->final >= 400                      ? L7_ANSWER_REFUSED
		  : tx->final >= 200 && tx->final < 300 ? L7_ANSWER_DONE
							: L7_ANSWER_NONE; /* more is asked for */
	return true;
}

const struct l7_row l7_ftp_row = {
	.name = "ftp",
	.proto = L7_FTP,
	.tcp = true,
	.state_size = sizeof(struct ftp_state),
	.items_at = offsetof(struct ftp_state, q),
	.tx_size = sizeof(struct ftp_tx),
	.probe = probe,
	.data = data,
	.lost = lost,
	.finish = l7_items_end,
	.release = release,
	.close = row_close,
	.buffer = ftp_buffer,
	.number = ftp_number,
	.write = ftp_write,
	.login = login,
	.answer = answer,
};
