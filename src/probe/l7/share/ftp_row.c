/* SPDX-License-Identifier: Apache-2.0 */
/* FTP in the table of protocols: a transaction is a command and its reply. The argument of PASS is
 * never kept. */
#include <strings.h>

#include "../row.h"
#include "probe/l7/ftp.h"
#include "wire/event.h"

#define FTP_PORT 21
#define LINES 32 /* lines of a reply kept */

/* Commands wait in order for their replies: state->oldest ... state->newest. */
struct ftp_tx {
	struct ftp_tx *next;
	uint64_t id;
	bool command, argument, replied, cut; /* cut: reply longer than kept */
	bool argument_cut, login;             /* login: PASS or ACCT */
	uint8_t verb_len, line_n, code_n;
	uint16_t argument_len, text_len;
	uint16_t final; /* code that ended the reply */
	uint16_t port;  /* data port it named, 0 none */
	uint16_t code[LINES];
	uint16_t line_end[LINES]; /* offsets in text behind each line */
	char verb[16];
	char argument_text[512];
	char text[1024];
};

struct ftp_state {
	struct ftp_tx *oldest, *newest;
	uint32_t live;
	uint16_t open_code; /* of the multi-line reply under way, 0 none */
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
	long used = ftp_command(first->data, &command);
	if (used == L7_MORE)
		return first->data.len < 256 && word(first->data) ? L7_MAYBE : L7_NO;
	if (used < 0 || !ftp_verb(command.verb))
		return L7_NO;
	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++) {
		if (command.verb.len == 4 &&
		    strncasecmp((const char *)command.verb.ptr, own[i], 4) == 0)
			return first->key->sport == FTP_PORT || first->other ? L7_YES : L7_MAYBE;
	}
	return L7_NO;
}

static struct ftp_tx *
tx_new(struct l7 *l, struct l7_flow *lf)
{
	struct ftp_state *s = lf->state;
	if (s->live >= l->config.max_tx_per_flow)
		return NULL;
	struct ftp_tx *tx = slab_get(&l->txs[L7_FTP]);
	if (!tx)
		return NULL;
	tx->id = lf->next_id++;
	*(s->newest ? &s->newest->next : &s->oldest) = tx;
	s->newest = tx;
	s->live++;
	return tx;
}

static void
say(struct l7 *l, struct l7_flow *lf, const struct ftp_tx *tx, uint8_t ready, enum dir dir)
{
	const struct l7_tx out = { L7_FTP, ready, (uint8_t)dir, tx->id, tx };
	l7_say(l, lf, &out);
}

/* The oldest transaction is complete. */
static void
say_event(struct l7 *l, struct l7_flow *lf, uint8_t ready, enum dir dir)
{
	struct ftp_state *s = lf->state;
	struct ftp_tx *tx = s->oldest;
	s->oldest = tx->next;
	if (!s->oldest)
		s->newest = NULL;
	s->live--;
	l->count.ftp++;
	say(l, lf, tx, (uint8_t)(ready | L7_READY_EVENT), dir);
}

static bool
verb_is(const struct ftp_tx *tx, const char *verb)
{
	return tx->verb_len == strlen(verb) && strncasecmp(tx->verb, verb, tx->verb_len) == 0;
}

static bool
command(struct l7 *l, struct l7_flow *lf, const struct ftp_command *c)
{
	struct ftp_tx *tx = tx_new(l, lf);
	if (!tx)
		return false;
	tx->command = true;
	tx->verb_len = (uint8_t)l7_keep(tx->verb, sizeof(tx->verb), c->verb);
	tx->login = verb_is(tx, "PASS") || verb_is(tx, "ACCT");
	tx->argument = c->argument.ptr != NULL;
	if (!tx->login) {
		tx->argument_len =
		    (uint16_t)l7_keep(tx->argument_text, sizeof(tx->argument_text), c->argument);
		tx->argument_cut = c->argument.len > tx->argument_len;
		tx->port = ftp_port(c->verb, c->argument);
	}
	say(l, lf, tx, L7_READY_REQUEST, DIR_TO_SERVER);
	return true;
}

static long
commands(struct l7 *l, struct l7_flow *lf, struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	struct ftp_command one;
	long used;
	while ((used = ftp_command((struct view){ c.at, cursor_left(&c) }, &one)) >= 0) {
		if (one.verb.len && !command(l, lf, &one))
			return L7_FULL;
		(void)cursor_skip(&c, (size_t)used);
	}
	return used == L7_BAD ? L7_BAD : (long)(bytes.len - cursor_left(&c));
}

static void
keep_line(struct ftp_tx *tx, const struct ftp_line *line)
{
	if (line->number && tx->code_n < LINES)
		tx->code[tx->code_n++] = line->number;
	size_t room = sizeof(tx->text) - tx->text_len;
	if (tx->line_n == LINES || line->text.len > room) {
		tx->cut = true;
		return;
	}
	tx->text_len =
	    (uint16_t)(tx->text_len + l7_keep(tx->text + tx->text_len, room, line->text));
	tx->line_end[tx->line_n++] = tx->text_len;
}

/* The transaction that a reply belongs to: the oldest command, or one without a command (the
 * greeting). */
static bool
reply_line(struct l7 *l, struct l7_flow *lf, const struct ftp_line *line)
{
	struct ftp_state *s = lf->state;
	struct ftp_tx *tx = s->oldest ? s->oldest : tx_new(l, lf);
	if (!tx)
		return false;
	bool ends = line->number && !line->more && (!s->open_code || s->open_code == line->number);
	if (!s->open_code && line->number && line->more)
		s->open_code = line->number;
	keep_line(tx, line);
	tx->replied = true;
	if (!ends)
		return true;
	s->open_code = 0;
	if (line->number < 200) /* preliminary: another reply follows (RFC 959, 4.2.1) */
		return true;
	tx->final = line->number;
	if (line->number == 227 || line->number == 229)
		tx->port =
		    ftp_port((struct view){ (const uint8_t *)tx->verb, tx->verb_len }, line->text);
	lf->again = line->number == 234 && verb_is(tx, "AUTH");
	say_event(l, lf, L7_READY_RESPONSE, DIR_TO_CLIENT);
	return true;
}

static long
replies(struct l7 *l, struct l7_flow *lf, struct view bytes)
{
	const struct ftp_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	struct ftp_line line;
	while (!lf->again) {
		long used = ftp_line((struct view){ c.at, cursor_left(&c) }, &line);
		if (used < 0)
			break;
		if (!line.number && !s->open_code && line.text.len)
			return L7_BAD;
		if ((line.number || line.text.len) && !reply_line(l, lf, &line))
			return L7_FULL;
		(void)cursor_skip(&c, (size_t)used);
	}
	return (long)(bytes.len - cursor_left(&c));
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	return dir == DIR_TO_SERVER ? commands(l, lf, bytes) : replies(l, lf, bytes);
}

static void
finish(struct l7 *l, struct l7_flow *lf)
{
	const struct ftp_state *s = lf->state;
	while (s->oldest)
		say_event(l, lf, 0, DIR_TO_SERVER);
}

static void
release(struct l7 *l, struct l7_flow *lf, const void *tx)
{
	(void)lf;
	slab_put(&l->txs[L7_FTP], (void *)(uintptr_t)tx);
}

static void
row_close(struct l7 *l, struct l7_flow *lf)
{
	struct ftp_state *s = lf->state;
	while (s->oldest) {
		struct ftp_tx *next = s->oldest->next;
		slab_put(&l->txs[L7_FTP], s->oldest);
		s->oldest = next;
	}
	s->newest = NULL;
}

static void
write_command(const struct ftp_tx *tx, struct jw *w)
{
	ev_key(w, ftp, command);
	jw_bytes(w, tx->verb, tx->verb_len);
	if (!tx->argument || tx->login)
		return;
	ev_key(w, ftp, command_data);
	jw_bytes(w, tx->argument_text, tx->argument_len);
	ev_key(w, ftp, command_truncated);
	jw_bool(w, tx->argument_cut);
}

static void
write_reply(const struct ftp_tx *tx, struct jw *w)
{
	uint16_t from = 0;
	if (tx->code_n) {
		ev_key(w, ftp, completion_code);
		jw_array(w);
		for (int i = 0; i < tx->code_n; i++) {
			char text[3] = { (char)('0' + tx->code[i] / 100),
				(char)('0' + tx->code[i] / 10 % 10),
				(char)('0' + tx->code[i] % 10) };
			jw_bytes(w, text, 3);
		}
		jw_array_end(w);
	}
	if (tx->line_n) {
		ev_key(w, ftp, reply);
		jw_array(w);
		for (int i = 0; i < tx->line_n; i++) {
			jw_bytes(w, tx->text + from, (size_t)(tx->line_end[i] - from));
			from = tx->line_end[i];
		}
		jw_array_end(w);
	}
}

static void
row_write(const void *data_of, struct jw *w)
{
	const struct ftp_tx *tx = data_of;
	jw_key(w, "ftp");
	jw_object(w);
	if (tx->command)
		write_command(tx, w);
	if (tx->port) {
		ev_key(w, ftp, dynamic_port);
		jw_u64(w, tx->port);
	}
	write_reply(tx, w);
	ev_key(w, ftp, reply_received);
	jw_text(w, tx->replied ? "yes" : "no");
	ev_key(w, ftp, reply_truncated);
	jw_bool(w, tx->cut);
	jw_object_end(w);
}

/* RFC 959, 5.4: 230 and 202 let in, 530 does not, 331 and 332 ask for more. */
static enum l7_login
login(const void *data_of)
{
	const struct ftp_tx *tx = data_of;
	if (!tx->login && !verb_is(tx, "USER"))
		return L7_LOGIN_NONE;
	if (tx->final == 230 || tx->final == 232)
		return L7_LOGIN_OK;
	if (tx->final == 530 || tx->final == 430 || (tx->login && tx->final >= 500))
		return L7_LOGIN_FAIL;
	return tx->login ? L7_LOGIN_TRY : L7_LOGIN_NONE;
}

const struct l7_row l7_ftp_row = {
	.name = "ftp",
	.proto = L7_FTP,
	.tcp = true,
	.state_size = sizeof(struct ftp_state),
	.tx_size = sizeof(struct ftp_tx),
	.probe = probe,
	.data = data,
	.finish = finish,
	.release = release,
	.close = row_close,
	.write = row_write,
	.login = login,
};
