/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SMTP in the table of protocols: a transaction is an envelope with its message, from the first
 * command behind the one before to the server's answer to the message.
 *
 *	client: EHLO MAIL RCPT DATA . | MAIL ...       wait: what the server has not answered yet
 *	server: 250  250  250  354  250
 *
 * Passwords are never kept.
 */
#include "smtp_row.h"
#include "probe/l7/sasl.h"
#include "probe/l7/smtp.h"

#define WAITS 24       /* runs of equal commands without an answer */
#define PATIENCE 32768 /* bytes behind DATA that wait for the server's word */
#define HELO_MAX 255
#define VERB_DATA_END SMTP_VERBS /* in the list of what waits for an answer */

struct wait {
	struct smtp_tx *tx;
	uint16_t n;
	uint8_t verb;
};

enum mode {
	COMMANDS,
	DATA_WAIT, /* DATA was sent, its answer is not here */
	MESSAGE,
	CHUNK,
	AUTH_WAIT, /* AUTH or a response of it was sent */
	AUTH_MORE  /* the next line is a response */
};

struct smtp_state {
	struct l7_items items;
	struct smtp_tx *now; /* commands are of this one; NULL: the next one begins another */
	struct hold carry;   /* of a chunk, what the next one completes */
	uint64_t chunk;      /* bytes to come */
	uint8_t mode;        /* enum mode */
	uint8_t queue_n;
	uint8_t helo_len;
	uint8_t step; /* of AUTH */
	uint8_t over; /* bit a direction: ended */
	bool chunk_last, helo_ok, server, replied, client, unmatched, any;
	bool skip[2]; /* rest of a line that was too long or is missing */
	bool framed;  /* the message's frame has begun */
	char helo[HELO_MAX];
	struct wait queue[WAITS];
};

static struct mail_at
mail_of(struct l7 *l, struct l7_flow *lf, struct smtp_tx *tx)
{
	return (struct mail_at){ l, lf, tx, &tx->mail };
}

static void
done(struct l7 *l, struct l7_flow *lf, struct smtp_tx *tx, enum dir dir)
{
	struct smtp_state *s = lf->state;
	const struct mail_at at = mail_of(l, lf, tx);
	if (s->now == tx)
		s->now = NULL;
	for (uint8_t i = 0; i < s->queue_n; i++) {
		if (s->queue[i].tx == tx)
			s->queue[i].tx = NULL;
	}
	mail_close(&at);
	uint8_t ready = dir == DIR_TO_CLIENT ? L7_READY_RESPONSE : 0;
	/* without a message, what was said of the envelope is all there is */
	ready |= tx->item.has & L7_READY_REQUEST_LATER ? 0 : L7_READY_REQUEST_LATER;
	l7_item_done(l, lf, &s->items, tx, ready, dir);
}

static struct smtp_tx *
tx_now(struct l7 *l, struct l7_flow *lf)
{
	struct smtp_state *s = lf->state;
	if (s->now)
		return s->now;
	s->now = l7_item_new(l, lf, &s->items);
	if (s->now && s->helo_len)
		s->now->helo =
		    l7_text(l, s->now, (struct view){ (uint8_t *)s->helo, s->helo_len }, HELO_MAX);
	s->any = true;
	return s->now;
}

static void
odd(struct l7 *l, struct l7_flow *lf, const char *event, const struct smtp_tx *tx, enum dir dir)
{
	l7_odd(l, lf, event, tx ? (int64_t)tx->item.id : -1, dir);
}

/* The command waits for its answer. False: too many do. */
static bool
wait_for(struct l7 *l, struct l7_flow *lf, struct smtp_tx *tx, uint8_t verb)
{
	struct smtp_state *s = lf->state;
	struct wait *last = s->queue_n ? &s->queue[s->queue_n - 1] : NULL;
	if (last && last->verb == verb && last->tx == tx && last->n < UINT16_MAX) {
		last->n++;
		return true;
	}
	if (s->queue_n == WAITS && s->server)
		return false;
	if (s->queue_n == WAITS) { /* one direction only is seen: the oldest has no answer */
		struct smtp_tx *oldest = s->queue[0].tx;
		memmove(s->queue, s->queue + 1, --s->queue_n * sizeof(*s->queue));
		if (oldest && oldest != s->now && oldest != tx)
			done(l, lf, oldest, DIR_TO_SERVER);
	}
	s->queue[s->queue_n++] = (struct wait){ tx, 1, verb };
	return true;
}

/* ---- the client ---- */

static void
on_helo(struct l7 *l, struct l7_flow *lf, struct smtp_tx *tx, struct view argument)
{
	struct smtp_state *s = lf->state;
	if (s->helo_ok)
		odd(l, lf, "DUPLICATE_FIELDS", tx, DIR_TO_SERVER);
	s->helo_len = (uint8_t)l7_keep(s->helo, sizeof(s->helo), argument);
	tx->helo_again = tx->from.ptr || tx->tried;
	if (!tx->helo_again)
		tx->helo = l7_text(l, tx, argument, SMTP_LINE_MAX);
}

static void
on_mail(struct l7 *l, struct l7_flow *lf, struct smtp_tx *tx, struct view argument)
{
	if (tx->mail_ok)
		odd(l, lf, "DUPLICATE_FIELDS", tx, DIR_TO_SERVER);
	if (!tx->mail_ok)
		tx->from = l7_text(l, tx, smtp_path(argument), 512);
}

static void
on_auth(struct l7 *l, struct l7_flow *lf, struct smtp_tx *tx, struct view argument)
{
	struct smtp_state *s = lf->state;
	struct cursor c = cursor_of_view(argument);
	struct view mechanism = { 0 }, initial = { 0 };
	char name[256];
	uint8_t b;
	size_t n = 0;
	while (cursor_peek(&c, n, &b) && b != ' ')
		n++;
	(void)cursor_take(&c, n, &mechanism);
	if (cursor_skip(&c, 1))
		(void)cursor_take(&c, cursor_left(&c), &initial);
	tx->mechanism = l7_text(l, tx, mechanism, 32);
	tx->login = L7_LOGIN_TRY;
	s->mode = AUTH_WAIT;
	s->step = initial.len > 0;
	n = initial.len ? sasl_user(mechanism, 0, initial, name, sizeof(name)) : 0;
	if (n)
		tx->user = l7_text(l, tx, (struct view){ (uint8_t *)name, n }, sizeof(name));
}

/* A line of the client's in AUTH. */
static void
on_response(struct l7 *l, struct l7_flow *lf, struct view line)
{
	struct smtp_state *s = lf->state;
	struct smtp_tx *tx = s->now;
	char name[256];
	s->mode = AUTH_WAIT;
	if (!tx)
		return;
	size_t n = tx->user.ptr ? 0 : sasl_user(tx->mechanism, s->step, line, name, sizeof(name));
	if (n)
		tx->user = l7_text(l, tx, (struct view){ (uint8_t *)name, n }, sizeof(name));
	s->step += s->step < UINT8_MAX;
}

static void
message_begin(struct l7 *l, struct l7_flow *lf, struct smtp_tx *tx, bool dots)
{
	struct smtp_state *s = lf->state;
	if (tx->mail.open) {
		odd(l, lf, "UNPARSABLE_CONTENT", tx, DIR_TO_SERVER);
		return;
	}
	s->framed = false;
	mail_begin(&tx->mail, dots, DIR_TO_SERVER);
}

/* The message is over: what follows is of the next transaction. */
static bool
message_end(struct l7 *l, struct l7_flow *lf)
{
	struct smtp_state *s = lf->state;
	struct smtp_tx *tx = s->now;
	s->mode = COMMANDS;
	s->now = NULL;
	if (!tx)
		return true;
	l7_item_say(l, lf, tx, L7_READY_REQUEST | L7_READY_REQUEST_LATER, DIR_TO_SERVER);
	return wait_for(l, lf, tx, VERB_DATA_END);
}

static void
chunk_begin(struct l7 *l, struct l7_flow *lf, struct smtp_tx *tx, struct view argument)
{
	struct smtp_state *s = lf->state;
	if (!smtp_bdat(argument, &s->chunk, &s->chunk_last))
		return;
	if (!tx->mail.open)
		message_begin(l, lf, tx, false);
	tx->tried = true;
	s->framed = false;
	s->mode = CHUNK;
}

/* Commands that begin no envelope. */
static bool
is_idle(uint8_t verb)
{
	return verb == SMTP_QUIT || verb == SMTP_NOOP || verb == SMTP_RSET || verb == SMTP_HELP;
}

static bool
on_command(struct l7 *l, struct l7_flow *lf, const struct smtp_command *c)
{
	struct smtp_state *s = lf->state;
	bool idle = is_idle(c->verb);
	struct smtp_tx *tx = idle && s->any && !s->now ? NULL : tx_now(l, lf);
	if (!tx)
		return idle && s->any ? wait_for(l, lf, NULL, c->verb) : false;
	if (tx->command_n < KEPT)
		tx->command[tx->command_n++] = c->verb;
	switch (c->verb) {
	case SMTP_HELO:
	case SMTP_EHLO:
	case SMTP_LHLO:
		on_helo(l, lf, tx, c->argument);
		break;
	case SMTP_MAIL:
		on_mail(l, lf, tx, c->argument);
		break;
	case SMTP_RCPT:
		mail_list_add(l, tx, &tx->rcpt, smtp_path(c->argument), 512);
		break;
	case SMTP_DATA:
		s->mode = DATA_WAIT;
		tx->tried = true;
		break;
	case SMTP_BDAT:
		chunk_begin(l, lf, tx, c->argument);
		return true;
	case SMTP_AUTH:
		on_auth(l, lf, tx, c->argument);
		break;
	case SMTP_RSET:
		if (tx->from.ptr || tx->tried) {
			s->now = NULL;
			return wait_for(l, lf, tx, SMTP_RSET);
		}
		return wait_for(l, lf, tx, SMTP_NOOP);
	default:
		break;
	}
	return wait_for(l, lf, s->now == tx ? tx : NULL, c->verb);
}

/* A line, or the beginning of one that is too long. Returns bytes used, 0: more is needed. */
static size_t
take_line(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir, struct view *line)
{
	struct smtp_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	if (cursor_line(&c, line)) {
		size_t n = bytes.len - cursor_left(&c);
		if (s->skip[dir])
			line->len = 0;
		else if (n > SMTP_LINE_MAX) { /* as when its end came later: that many bytes */
			odd(l, lf, "TRUNCATED_LINE", s->now, dir);
			*line = (struct view){ bytes.ptr, SMTP_LINE_MAX };
		}
		s->skip[dir] = false;
		return n;
	}
	if (s->skip[dir]) {
		*line = (struct view){ bytes.ptr, 0 };
		return bytes.len;
	}
	if (bytes.len < SMTP_LINE_MAX)
		return 0;
	odd(l, lf, "TRUNCATED_LINE", s->now, dir);
	s->skip[dir] = true;
	(void)cursor_take(&c, SMTP_LINE_MAX, line);
	return SMTP_LINE_MAX;
}

/* A line of the client's with its end. Of what follows AUTH only a name in a line of its own is no
 * secret. */
static void
frame_line(struct l7 *l, struct l7_flow *lf, struct view bytes, uint8_t verb, bool more)
{
	const struct smtp_state *s = lf->state;
	bool name = s->now && s->step == 0 && view_is(s->now->mechanism, "LOGIN");
	uint64_t id = s->now ? s->now->item.id : lf->next_id;
	bool none = !s->now && s->any && is_idle(verb);
	l7_frame_say(l, lf,
	    &(struct l7_framed){ .type = L7_FRAME_SMTP_COMMAND,
		.secret = more && !name,
		.at = bytes.ptr,
		.length = bytes.len,
		.tx_id = none ? -1 : (int64_t)id });
}

static long
client_line(struct l7 *l, struct l7_flow *lf, struct view bytes)
{
	struct smtp_state *s = lf->state;
	struct smtp_command command;
	struct view line;
	size_t n = take_line(l, lf, bytes, DIR_TO_SERVER, &line);
	if (!n)
		return L7_MORE;
	if (!line.len && s->mode != AUTH_MORE)
		return (long)n;
	if (line.len >= SMTP_LINE_MAX)
		line.len = SMTP_LINE_MAX;
	smtp_command(line, &command);
	bool more = s->mode == AUTH_MORE || (s->mode == AUTH_WAIT && command.verb == SMTP_OTHER);
	if (l7_framed(l, lf))
		frame_line(l, lf, (struct view){ bytes.ptr, n }, command.verb, more);
	if (more) {
		on_response(l, lf, line);
		return wait_for(l, lf, s->now, SMTP_AUTH) ? (long)n : L7_FULL;
	}
	s->mode = COMMANDS;
	return on_command(l, lf, &command) ? (long)n : L7_FULL;
}

static void
frame_data(struct l7 *l, struct l7_flow *lf, struct view bytes, uint64_t length)
{
	const struct smtp_state *s = lf->state;
	l7_frame_say(l, lf,
	    &(struct l7_framed){ .type = L7_FRAME_SMTP_DATA,
		.at = bytes.ptr,
		.length = length,
		.tx_id = (int64_t)s->now->item.id });
}

static long
message(struct l7 *l, struct l7_flow *lf, struct view bytes)
{
	struct smtp_state *s = lf->state;
	if (!s->now || !s->now->mail.open) { /* it was given up */
		s->mode = COMMANDS;
		return 0;
	}
	const struct mail_at at = mail_of(l, lf, s->now);
	if (l7_framed(l, lf) && !s->framed && bytes.len) {
		frame_data(l, lf, bytes, L7_FRAME_OPEN);
		s->framed = true;
	}
	size_t n = mail_feed(&at, bytes, false);
	if (mail_ended(at.mail)) {
		struct cursor c = cursor_of_view(bytes);
		if (s->framed && cursor_skip(&c, n))
			l7_frame_close(l, lf, L7_FRAME_SMTP_DATA, c.at);
		if (!message_end(l, lf))
			return L7_FULL;
	}
	return n ? (long)n : L7_MORE;
}

/* Bytes of BDAT: a line may go on in the next chunk. */
static long
chunk(struct l7 *l, struct l7_flow *lf, struct view bytes)
{
	struct smtp_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	struct view part;
	size_t n = bytes.len, room = hold_room(&l->pool, &s->carry);
	if (!s->now) {
		s->mode = COMMANDS;
		return 0;
	}
	const struct mail_at at = mail_of(l, lf, s->now);
	if (l7_framed(l, lf) && !s->framed && bytes.len)
		frame_data(l, lf, bytes, s->chunk);
	s->framed = true;
	n = n < s->chunk ? n : (size_t)s->chunk;
	n = n < room ? n : room;
	(void)cursor_take(&c, n, &part);
	if (n && !hold_add(&l->pool, &s->carry, part))
		return L7_FULL;
	s->chunk -= n;
	bool last = s->chunk_last && !s->chunk;
	size_t used = mail_feed(&at, hold_view(&s->carry), last);
	hold_shift(&l->pool, &s->carry, last ? s->carry.len : used);
	if (s->chunk)
		return n ? (long)n : L7_MORE;
	s->mode = COMMANDS;
	if (last) {
		mail_end(&at, true);
		return message_end(l, lf) ? (long)n : L7_FULL;
	}
	return wait_for(l, lf, s->now, SMTP_BDAT) ? (long)n : L7_FULL;
}

/* Bytes behind DATA or AUTH wait for the server's word; where it is not seen they do not. */
static bool
patient(struct l7 *l, struct l7_flow *lf, size_t n)
{
	struct smtp_state *s = lf->state;
	struct smtp_tx *tx = s->now;
	if (s->mode != DATA_WAIT && s->mode != AUTH_WAIT)
		return false;
	if (n && s->mode == DATA_WAIT && s->server && tx && !tx->hurried) {
		tx->hurried = true;
		odd(l, lf, "INVALID_PIPELINED_SEQUENCE", tx, DIR_TO_SERVER);
	}
	if (s->server && n < PATIENCE)
		return true;
	if (s->mode == DATA_WAIT && tx) {
		message_begin(l, lf, tx, true);
		s->mode = MESSAGE;
	}
	return false;
}

static long
client(struct l7 *l, struct l7_flow *lf, struct view bytes)
{
	struct smtp_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	s->client = true;
	while ((cursor_left(&c) || (s->mode == CHUNK && !s->chunk)) && !lf->again) {
		struct view rest = { c.at, cursor_left(&c) };
		uint8_t mode = s->mode;
		long n;
		if (patient(l, lf, rest.len))
			break;
		if (s->mode == MESSAGE)
			n = message(l, lf, rest);
		else if (s->mode == CHUNK)
			n = chunk(l, lf, rest);
		else
			n = client_line(l, lf, rest);
		if (n == L7_FULL)
			return n;
		if (n < 0 || (n == 0 && mode == s->mode))
			break;
		(void)cursor_skip(&c, (size_t)n);
	}
	return (long)(bytes.len - cursor_left(&c));
}

/* ---- the server ---- */

static void
answer_auth(struct l7 *l, struct l7_flow *lf, struct smtp_tx *tx, uint16_t code)
{
	struct smtp_state *s = lf->state;
	if (code == 334) {
		s->mode = AUTH_MORE;
		return;
	}
	if (s->mode == AUTH_WAIT || s->mode == AUTH_MORE)
		s->mode = COMMANDS;
	if (!tx)
		return;
	tx->login = code == 235 ? L7_LOGIN_OK : L7_LOGIN_NONE;
	if (code != 535 && code != 530 && code != 454 && code != 550)
		return;
	tx->login = L7_LOGIN_FAIL; /* the next try is a record of its own */
	if (!tx->from.ptr)
		done(l, lf, tx, DIR_TO_CLIENT);
}

static void
answer_data(struct l7 *l, struct l7_flow *lf, struct smtp_tx *tx, uint16_t code)
{
	struct smtp_state *s = lf->state;
	if (code < 400 && tx && s->mode == DATA_WAIT) {
		message_begin(l, lf, tx, true);
		s->mode = MESSAGE;
		return;
	}
	if (s->mode == DATA_WAIT)
		s->mode = COMMANDS;
	if (code >= 400)
		odd(l, lf, "DATA_COMMAND_REJECTED", tx, DIR_TO_CLIENT);
}

/* The whole answer to a command. */
static void
answer(struct l7 *l, struct l7_flow *lf, const struct wait *w, uint16_t code)
{
	struct smtp_state *s = lf->state;
	struct smtp_tx *tx = w->tx;
	switch (w->verb) {
	case SMTP_HELO:
	case SMTP_EHLO:
	case SMTP_LHLO:
		s->helo_ok = s->helo_ok || code == 250;
		if (tx && code == 250 &&
		    (tx->from.ptr || tx->tried)) /* as RSET (RFC 5321, 4.1.4) */
			done(l, lf, tx, DIR_TO_CLIENT);
		break;
	case SMTP_MAIL:
		if (tx)
			tx->mail_ok = tx->mail_ok || code == 250;
		break;
	case SMTP_RCPT:
		if (tx)
			tx->refused += code >= 400;
		break;
	case SMTP_AUTH:
		answer_auth(l, lf, tx, code);
		break;
	case SMTP_DATA:
		answer_data(l, lf, tx, code);
		break;
	case SMTP_STARTTLS:
		if (code == 220 && tx)
			tx->starttls = true;
		lf->again = code == 220;
		if (code != 220)
			odd(l, lf, "TLS_REJECTED", tx, DIR_TO_CLIENT);
		break;
	case SMTP_RSET:
	case SMTP_QUIT:
	case VERB_DATA_END:
		if (tx)
			done(l, lf, tx, DIR_TO_CLIENT);
		break;
	default:
		break;
	}
}

static void
keep_reply(struct l7 *l, struct smtp_tx *tx, const struct smtp_reply *r)
{
	if (!tx)
		return;
	if (tx->code_n < KEPT)
		tx->code[tx->code_n++] = r->code;
	tx->reply = (struct view){ 0 };
	if (r->code >= 400 || r->code == 250 || r->code == 220)
		tx->reply = l7_text(l, tx, r->text, 256);
}

/* An answer without a command: the greeting, or one to what was not seen. */
static void
unasked(struct l7 *l, struct l7_flow *lf, const struct smtp_reply *r)
{
	struct smtp_state *s = lf->state;
	struct smtp_tx *tx = s->now;
	if (s->mode == MESSAGE && tx && tx->mail.damaged) { /* its end was in the hole */
		const struct mail_at at = mail_of(l, lf, tx);
		mail_end(&at, false);
		s->mode = COMMANDS;
		keep_reply(l, tx, r);
		done(l, lf, tx, DIR_TO_CLIENT);
		return;
	}
	if (s->helo_ok && r->code != 421 && !s->unmatched) {
		odd(l, lf, "UNABLE_TO_MATCH_REPLY_WITH_REQUEST", tx, DIR_TO_CLIENT);
		s->unmatched = true;
	}
	keep_reply(l, tx, r);
}

/* The first line a server says. */
static bool
greet(struct l7 *l, struct l7_flow *lf, const struct smtp_reply *r)
{
	const struct smtp_state *s = lf->state;
	if (s->any || s->client)
		return true;
	struct smtp_tx *tx = tx_now(l, lf);
	if (tx)
		tx->greeting = l7_text(l, tx, r->text, 512);
	return tx != NULL;
}

/* The last line of a reply. */
static void
on_reply(struct l7 *l, struct l7_flow *lf, const struct smtp_reply *r)
{
	struct smtp_state *s = lf->state;
	bool first = !s->replied && r->code == 220; /* the client did not wait for it */
	s->replied = true;
	if (first && s->queue_n && s->queue[0].verb != SMTP_STARTTLS) {
		keep_reply(l, s->queue[0].tx, r);
		return;
	}
	if (!s->queue_n) {
		unasked(l, lf, r);
		return;
	}
	struct wait w = s->queue[0];
	if (--s->queue[0].n == 0)
		memmove(s->queue, s->queue + 1, --s->queue_n * sizeof(*s->queue));
	keep_reply(l, w.tx, r);
	answer(l, lf, &w, r->code);
}

/* What the client sent meanwhile comes before the server's next line. */
static bool
catch_up(struct l7 *l, struct l7_flow *lf)
{
	struct hold *h = &lf->held[DIR_TO_SERVER];
	if (!h->len || lf->again)
		return true;
	long used = client(l, lf, hold_view(h));
	if (used < 0)
		return false;
	hold_shift(&l->pool, h, (size_t)used);
	return true;
}

static long
server(struct l7 *l, struct l7_flow *lf, struct view bytes)
{
	struct smtp_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	struct smtp_reply reply;
	struct view line;
	s->server = true;
	while (cursor_left(&c) && !lf->again) {
		size_t n =
		    take_line(l, lf, (struct view){ c.at, cursor_left(&c) }, DIR_TO_CLIENT, &line);
		if (!n)
			break;
		struct view whole = { c.at, n };
		(void)cursor_skip(&c, n);
		if (!line.len)
			continue;
		if (!smtp_reply(line, &reply)) {
			odd(l, lf, "INVALID_REPLY", s->now, DIR_TO_CLIENT);
			return L7_BAD;
		}
		if (!greet(l, lf, &reply))
			return L7_FULL;
		const struct smtp_tx *of = s->queue_n ? s->queue[0].tx : s->now;
		l7_frame(l, lf, L7_FRAME_SMTP_RESPONSE, whole, of ? (int64_t)of->item.id : -1);
		if (!reply.more)
			on_reply(l, lf, &reply);
		if (!reply.more && !catch_up(l, lf))
			return L7_FULL;
	}
	return (long)(bytes.len - cursor_left(&c));
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	return dir == DIR_TO_SERVER ? client(l, lf, bytes) : server(l, lf, bytes);
}

/* The server's side goes on behind a hole: nothing that waits can be matched. */
static void
lost_server(struct l7 *l, struct l7_flow *lf)
{
	struct smtp_state *s = lf->state;
	while (s->queue_n) {
		struct wait *w = &s->queue[--s->queue_n];
		if (w->tx && w->tx != s->now)
			done(l, lf, w->tx, DIR_TO_CLIENT);
	}
	if (s->mode == DATA_WAIT && s->now) {
		message_begin(l, lf, s->now, true);
		s->mode = MESSAGE;
	}
	s->unmatched = true;
	s->skip[DIR_TO_CLIENT] = true;
}

static bool
lost(struct l7 *l, struct l7_flow *lf, uint64_t n, enum dir dir)
{
	struct smtp_state *s = lf->state;
	if (dir == DIR_TO_CLIENT) {
		lost_server(l, lf);
		return true;
	}
	if ((s->mode == MESSAGE || s->mode == CHUNK) && s->now) {
		const struct mail_at at = mail_of(l, lf, s->now);
		mail_lost(&at, n);
		if (s->mode == MESSAGE)
			return true;
		if (n < s->chunk) {
			s->chunk -= n;
			return true;
		}
		s->mode = COMMANDS;
		hold_drop(&l->pool, &s->carry);
	}
	s->skip[dir] = true;
	return true;
}

static void
finish(struct l7 *l, struct l7_flow *lf)
{
	struct smtp_state *s = lf->state;
	s->queue_n = 0;
	while (s->items.oldest)
		done(l, lf, (struct smtp_tx *)s->items.oldest, DIR_TO_SERVER);
	hold_drop(&l->pool, &s->carry);
}

/* Both ended between messages: nothing will answer what waits. */
static void
ended(struct l7 *l, struct l7_flow *lf, enum dir dir)
{
	struct smtp_state *s = lf->state;
	s->over |= (uint8_t)(1 << dir);
	if (s->over == 3 && s->mode != MESSAGE && s->mode != CHUNK)
		finish(l, lf);
}

static void
row_close(struct l7 *l, struct l7_flow *lf)
{
	struct smtp_state *s = lf->state;
	l7_items_drop(l, lf, &s->items);
	hold_drop(&l->pool, &s->carry);
}

static enum l7_login
login(const void *data_of)
{
	const struct smtp_tx *tx = data_of;
	return (enum l7_login)tx->login;
}

const struct l7_row l7_smtp_row = {
	.name = "smtp",
	.proto = L7_SMTP,
	.tcp = true,
	.waits = true,
	.state_size = sizeof(struct smtp_state),
	.tx_size = sizeof(struct smtp_tx),
	.probe = smtp_probe,
	.data = data,
	.lost = lost,
	.end = ended,
	.finish = finish,
	.release = l7_item_release,
	.close = row_close,
	.buffer = smtp_buffer,
	.write = smtp_write,
	.login = login,
};
