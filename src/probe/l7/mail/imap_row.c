/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IMAP in the table of protocols: a transaction is a command and its tagged response; each message
 * that FETCH brings is one of its own. Passwords are never kept.
 *
 *	line ... {n}   n bytes (a literal)   line goes on ...
 */
#include <strings.h>

#include "mail.h"
#include "probe/l7/imap.h"
#include "probe/l7/sasl.h"
#include "wire/event.h"

#define TEXT_MAX 128
#define PORT 143

struct imap_tx {
	struct l7_item item;
	uint8_t verb;
	uint8_t status; /* enum imap_status */
	bool command, uid, message, header;
	bool has_exists;
	uint32_t exists, number, fetched;
	struct view tag, args, folder, user, mechanism, text;
	struct mail mail;
};

/* What the bytes of a literal are. */
enum literal { LITERAL_NONE, LITERAL_SKIP, LITERAL_MAIL, LITERAL_USER };

struct side {
	uint64_t left;      /* bytes of the literal to come */
	uint8_t literal;    /* enum literal */
	bool inside;        /* the line goes on behind a literal */
	bool skip;          /* rest of a line that is missing or was too long */
	struct imap_tx *tx; /* with LITERAL_MAIL and _USER */
};

struct imap_state {
	struct l7_items items;
	struct side side[2];
	struct imap_tx *auth; /* its responses follow */
	uint8_t step;
	uint8_t folder_len;
	bool auth_more, server, deflate;
	char folder[TEXT_MAX]; /* the selected one */
};

static enum l7_guess
probe_server(const struct l7_first *first)
{
	struct cursor c = cursor_of_view(first->data);
	struct view line;
	struct imap_response r;
	uint8_t b;
	if (cursor_peek(&c, 0, &b) && b != '*')
		return L7_NO;
	if (cursor_peek(&c, 1, &b) && b != ' ')
		return L7_NO;
	if (cursor_peek(&c, 2, &b) && ((b | 0x20) < 'a' || (b | 0x20) > 'z'))
		return L7_NO;
	if (!cursor_line(&c, &line))
		return first->data.len < 512 ? L7_MAYBE : L7_NO;
	if (!imap_response(line, &r))
		return L7_NO;
	return r.status == IMAP_OK || r.status == IMAP_PREAUTH || r.status == IMAP_BYE ? L7_YES
										       : L7_NO;
}

static bool
has_digit(struct view tag)
{
	struct cursor c = cursor_of_view(tag);
	uint8_t b;
	while (cursor_u8(&c, &b)) {
		if (b >= '0' && b <= '9')
			return true;
	}
	return false;
}

/* A tag of letters only could be a command of another protocol. */
static enum l7_guess
probe(const struct l7_first *first)
{
	struct cursor c = cursor_of_view(first->data);
	struct imap_command command;
	struct view line;
	uint8_t b;
	if (first->dir == DIR_TO_CLIENT)
		return probe_server(first);
	if (!cursor_line(&c, &line)) {
		for (size_t i = 0; i < 24 && cursor_peek(&c, i, &b); i++) {
			if (b < ' ' || b >= 0x7f)
				return L7_NO;
			if (b == ' ')
				return i ? L7_MAYBE : L7_NO;
		}
		return first->data.len < 24 ? L7_MAYBE : L7_NO;
	}
	if (!imap_command(line, &command) || command.verb == IMAP_OTHER)
		return L7_NO;
	if (has_digit(command.tag) || first->key->sport == PORT)
		return L7_YES;
	return command.tag.len == 1 ? L7_YES : L7_MAYBE;
}

static struct mail_at
mail_of(struct l7 *l, struct l7_flow *lf, struct imap_tx *tx)
{
	return (struct mail_at){ l, lf, tx, &tx->mail };
}

static void
done(struct l7 *l, struct l7_flow *lf, struct imap_tx *tx, enum dir dir)
{
	struct imap_state *s = lf->state;
	const struct mail_at at = mail_of(l, lf, tx);
	if (s->auth == tx)
		s->auth = NULL;
	for (int i = 0; i < 2; i++) {
		if (s->side[i].tx == tx) {
			s->side[i].tx = NULL;
			s->side[i].literal = LITERAL_SKIP;
		}
	}
	mail_close(&at);
	l7_item_done(l, lf, &s->items, tx, dir == DIR_TO_CLIENT ? L7_READY_RESPONSE : 0, dir);
}

/* ---- the client ---- */

static void
response(struct l7 *l, struct l7_flow *lf, struct view base64)
{
	struct imap_state *s = lf->state;
	struct imap_tx *tx = s->auth;
	char name[TEXT_MAX];
	size_t n = sasl_user(tx->mechanism, s->step, base64, name, sizeof(name));
	s->step += s->step < UINT8_MAX;
	if (n && !tx->user.ptr)
		tx->user = l7_text(l, tx, (struct view){ (uint8_t *)name, n }, sizeof(name));
}

static bool
has_folder(uint8_t verb)
{
	return verb == IMAP_SELECT || verb == IMAP_EXAMINE || verb == IMAP_APPEND ||
	       verb == IMAP_CREATE || verb == IMAP_DELETE || verb == IMAP_RENAME ||
	       verb == IMAP_SUBSCRIBE || verb == IMAP_UNSUBSCRIBE || verb == IMAP_STATUS;
}

/* Arguments; those of LOGIN and AUTHENTICATE have secrets, those of unknown commands may. */
static void
arguments(struct l7 *l, struct l7_flow *lf, struct imap_tx *tx, struct view args)
{
	struct imap_state *s = lf->state;
	struct cursor c = cursor_of_view(args);
	struct view word;
	uint64_t n;
	bool first = imap_word(&c, &word), literal = first && imap_literal(word, &n);
	if (tx->verb == IMAP_LOGIN) {
		if (first && !literal)
			tx->user = l7_text(l, tx, word, TEXT_MAX);
	} else if (tx->verb == IMAP_AUTHENTICATE) {
		if (first)
			tx->mechanism = l7_text(l, tx, word, 32);
		s->auth = tx;
		s->auth_more = false;
		s->step = 0;
		if (first && imap_word(&c, &word))
			response(l, lf, word);
	} else if (tx->verb != IMAP_OTHER && args.len) {
		tx->args = l7_text(l, tx, args, 256);
	}
	if (has_folder(tx->verb) && first && !literal)
		tx->folder = l7_text(l, tx, word, TEXT_MAX);
	else if (s->folder_len && (tx->verb == IMAP_FETCH || tx->verb == IMAP_SEARCH))
		tx->folder =
		    l7_text(l, tx, (struct view){ (uint8_t *)s->folder, s->folder_len }, TEXT_MAX);
}

/* What the literal at the end of the client's line is. */
static void
client_literal(struct l7_flow *lf, struct imap_tx *tx, uint64_t n)
{
	struct imap_state *s = lf->state;
	struct side *side = &s->side[DIR_TO_SERVER];
	side->left = n;
	side->inside = true;
	side->tx = tx;
	side->literal = LITERAL_SKIP;
	if (tx && tx->verb == IMAP_LOGIN && !tx->user.ptr) {
		side->literal = LITERAL_USER;
	} else if (tx && tx->verb == IMAP_APPEND && !tx->mail.open) {
		side->literal = LITERAL_MAIL;
		mail_begin(&tx->mail, false, DIR_TO_SERVER);
	}
}

static struct imap_tx *
tx_new(struct l7 *l, struct l7_flow *lf)
{
	struct imap_state *s = lf->state;
	if (!s->server && s->items.live > 8) /* responses are not seen */
		done(l, lf, (struct imap_tx *)s->items.oldest, DIR_TO_SERVER);
	return l7_item_new(l, lf, &s->items);
}

static bool
on_command(struct l7 *l, struct l7_flow *lf, struct view line)
{
	struct imap_command c;
	uint64_t n;
	if (!imap_command(line, &c)) /* DONE of IDLE */
		return true;
	struct imap_tx *tx = tx_new(l, lf);
	if (!tx)
		return false;
	tx->command = true;
	tx->verb = c.verb;
	tx->uid = c.uid;
	tx->tag = l7_text(l, tx, c.tag, 64);
	arguments(l, lf, tx, c.args);
	l7_item_say(l, lf, tx, L7_READY_REQUEST, DIR_TO_SERVER);
	if (imap_literal(line, &n))
		client_literal(lf, tx, n);
	return true;
}

static bool
client_line(struct l7 *l, struct l7_flow *lf, struct view line)
{
	struct imap_state *s = lf->state;
	struct side *side = &s->side[DIR_TO_SERVER];
	uint64_t n;
	if (side->inside) { /* the command goes on behind a literal */
		struct imap_tx *tx = side->tx;
		side->inside = false;
		side->tx = NULL;
		if (imap_literal(line, &n))
			client_literal(lf, tx, n);
		return true;
	}
	if (s->auth) {
		response(l, lf, line);
		s->auth_more = false;
		return true;
	}
	return !line.len || on_command(l, lf, line);
}

/* ---- both sides ---- */

/* A line without its ending; too long ones are cut. Returns bytes used, 0: more is needed. */
static size_t
take_line(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir, struct view *line)
{
	struct imap_state *s = lf->state;
	struct side *side = &s->side[dir];
	struct cursor c = cursor_of_view(bytes);
	bool whole = cursor_line(&c, line), skip = side->skip;
	if (!whole && !skip && bytes.len < IMAP_LINE_MAX)
		return 0;
	side->skip = !whole;
	if (skip)
		*line = (struct view){ bytes.ptr, 0 };
	if (whole)
		return bytes.len - cursor_left(&c);
	if (!skip) {
		l7_odd(l, lf, "LINE_TOO_LONG", -1, dir);
		(void)cursor_take(&c, IMAP_LINE_MAX, line);
	}
	return bytes.len;
}

/* The message of a literal is complete. */
static void
message_end(struct l7 *l, struct l7_flow *lf, enum dir dir)
{
	struct imap_state *s = lf->state;
	struct imap_tx *tx = s->side[dir].tx;
	const struct mail_at at = mail_of(l, lf, tx);
	mail_end(&at, true);
	if (!tx->message)
		return;
	s->side[dir].tx = NULL;
	done(l, lf, tx, dir);
}

/* Bytes of a literal. Returns bytes used, 0: more is needed. */
static size_t
take_literal(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct imap_state *s = lf->state;
	struct side *side = &s->side[dir];
	size_t n = bytes.len < side->left ? bytes.len : (size_t)side->left;
	bool last = n == side->left;
	struct view part = { bytes.ptr, n };
	if (side->literal == LITERAL_USER && side->tx && !last && n < TEXT_MAX)
		return 0;
	if (side->literal == LITERAL_USER && side->tx)
		side->tx->user = l7_text(l, side->tx, part, TEXT_MAX);
	if (side->literal == LITERAL_MAIL && side->tx) {
		const struct mail_at at = mail_of(l, lf, side->tx);
		n = mail_feed(&at, part, last);
		if (mail_ended(&side->tx->mail))
			n = part.len;
	}
	side->left -= n;
	if (side->left)
		return n;
	if (side->literal == LITERAL_MAIL && side->tx)
		message_end(l, lf, dir);
	side->literal = LITERAL_NONE;
	return n;
}

static long
client(struct l7 *l, struct l7_flow *lf, struct view bytes)
{
	struct imap_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	struct view line;
	while (cursor_left(&c)) {
		struct view rest = { c.at, cursor_left(&c) };
		size_t n;
		if (s->side[DIR_TO_SERVER].literal != LITERAL_NONE) {
			n = take_literal(l, lf, rest, DIR_TO_SERVER);
			if (!n && s->side[DIR_TO_SERVER].literal == LITERAL_NONE)
				continue; /* it was empty */
		} else {
			if (s->auth && !s->auth_more && s->server)
				break; /* the server decides whether it is a response */
			n = take_line(l, lf, rest, DIR_TO_SERVER, &line);
			if (n && !client_line(l, lf, line))
				return L7_FULL;
		}
		if (!n)
			break;
		(void)cursor_skip(&c, n);
	}
	return (long)(bytes.len - cursor_left(&c));
}

/* ---- the server ---- */

static struct imap_tx *
by_tag(const struct imap_state *s, struct view tag)
{
	for (struct l7_item *i = s->items.oldest; i; i = i->next) {
		struct imap_tx *tx = (struct imap_tx *)i;
		if (tx->command && tx->tag.len == tag.len &&
		    memcmp(tx->tag.ptr, tag.ptr, tag.len) == 0)
			return tx;
	}
	return NULL;
}

static struct imap_tx *
by_verb(const struct imap_state *s, uint8_t one, uint8_t other)
{
	for (struct l7_item *i = s->items.oldest; i; i = i->next) {
		struct imap_tx *tx = (struct imap_tx *)i;
		if (tx->command && (tx->verb == one || tx->verb == other))
			return tx;
	}
	return NULL;
}

/* The response that ends a command. */
static void
on_tagged(struct l7 *l, struct l7_flow *lf, const struct imap_response *r)
{
	struct imap_state *s = lf->state;
	struct imap_tx *tx = by_tag(s, r->tag);
	if (!tx && (tx = l7_item_new(l, lf, &s->items))) /* its command was not seen */
		tx->tag = l7_text(l, tx, r->tag, 64);
	if (!tx)
		return;
	tx->status = r->status;
	tx->text = l7_text(l, tx, r->rest, 256);
	if (r->status == IMAP_OK && (tx->verb == IMAP_SELECT || tx->verb == IMAP_EXAMINE))
		s->folder_len = (uint8_t)l7_keep(s->folder, sizeof(s->folder), tx->folder);
	lf->again = r->status == IMAP_OK && tx->verb == IMAP_STARTTLS;
	s->deflate = r->status == IMAP_OK && tx->verb == IMAP_COMPRESS;
	done(l, lf, tx, DIR_TO_CLIENT);
}

/* A greeting, or a good-bye nobody asked for. */
static bool
on_greeting(struct l7 *l, struct l7_flow *lf, const struct imap_response *r)
{
	struct imap_state *s = lf->state;
	if (lf->next_id && (r->status != IMAP_BYE || by_verb(s, IMAP_LOGOUT, IMAP_LOGOUT)))
		return true;
	struct imap_tx *tx = l7_item_new(l, lf, &s->items);
	if (!tx)
		return false;
	tx->status = r->status;
	tx->text = l7_text(l, tx, r->rest, 256);
	done(l, lf, tx, DIR_TO_CLIENT);
	return true;
}

/* The line of FETCH ended in "{n}": a message, or something of it. */
static bool
server_literal(struct l7 *l, struct l7_flow *lf, struct view line, const struct imap_response *r)
{
	struct imap_state *s = lf->state;
	struct side *side = &s->side[DIR_TO_CLIENT];
	enum imap_section section = imap_section(line);
	side->literal = LITERAL_SKIP;
	side->inside = true;
	if (!side->left || section == IMAP_SECTION_OTHER)
		return true;
	struct imap_tx *fetch = by_verb(s, IMAP_FETCH, IMAP_FETCH);
	struct imap_tx *tx = l7_item_new(l, lf, &s->items);
	if (!tx)
		return false;
	tx->message = true;
	tx->verb = IMAP_FETCH;
	tx->number = r && r->has_number ? r->number : 0;
	tx->header = section == IMAP_SECTION_HEADER;
	if (fetch) {
		fetch->fetched++;
		tx->uid = fetch->uid;
	}
	tx->folder = l7_text(l, tx, (struct view){ (uint8_t *)s->folder, s->folder_len }, TEXT_MAX);
	mail_begin(&tx->mail, false, DIR_TO_CLIENT);
	side->tx = tx;
	side->literal = LITERAL_MAIL;
	return true;
}

static bool
same(struct view word, const char *text)
{
	return word.len == strlen(text) && strncasecmp((const char *)word.ptr, text, word.len) == 0;
}

static bool
on_response(struct l7 *l, struct l7_flow *lf, const struct imap_response *r)
{
	struct imap_state *s = lf->state;
	if (r->kind == IMAP_CONTINUE) {
		s->auth_more = s->auth != NULL;
		return true;
	}
	if (r->kind == IMAP_TAGGED) {
		on_tagged(l, lf, r);
		return true;
	}
	if (r->has_number && same(r->word, "EXISTS")) {
		struct imap_tx *tx = by_verb(s, IMAP_SELECT, IMAP_EXAMINE);
		if (tx) {
			tx->exists = r->number;
			tx->has_exists = true;
		}
		return true;
	}
	return r->status == IMAP_NONE || on_greeting(l, lf, r);
}

static long
server_line(struct l7 *l, struct l7_flow *lf, struct view bytes)
{
	struct imap_state *s = lf->state;
	struct side *side = &s->side[DIR_TO_CLIENT];
	struct imap_response r;
	struct view line;
	size_t n = take_line(l, lf, bytes, DIR_TO_CLIENT, &line);
	if (!n)
		return L7_MORE;
	bool inside = side->inside, known = !inside && imap_response(line, &r);
	side->inside = false;
	if (imap_literal(line, &side->left))
		return server_literal(l, lf, line, known ? &r : NULL) ? (long)n : L7_FULL;
	if (inside || !line.len)
		return (long)n;
	if (!known) {
		l7_odd(l, lf, "INVALID_RESPONSE", -1, DIR_TO_CLIENT);
		return L7_BAD;
	}
	return on_response(l, lf, &r) ? (long)n : L7_FULL;
}

static long
server(struct l7 *l, struct l7_flow *lf, struct view bytes)
{
	struct imap_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	s->server = true;
	while (cursor_left(&c) && !lf->again) {
		struct view rest = { c.at, cursor_left(&c) };
		uint8_t was = s->side[DIR_TO_CLIENT].literal;
		long n;
		if (s->side[DIR_TO_CLIENT].literal != LITERAL_NONE)
			n = (long)take_literal(l, lf, rest, DIR_TO_CLIENT);
		else
			n = server_line(l, lf, rest);
		if (!n && !s->side[DIR_TO_CLIENT].left && was != LITERAL_NONE)
			continue; /* it was empty */
		if (n == L7_BAD || n == L7_FULL)
			return n;
		if (n <= 0)
			break;
		if (s->deflate)
			return L7_STOP;
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
	struct imap_state *s = lf->state;
	struct side *side = &s->side[dir];
	if (side->literal != LITERAL_NONE && n < side->left) {
		side->left -= n;
		if (side->literal == LITERAL_MAIL && side->tx) {
			const struct mail_at at = mail_of(l, lf, side->tx);
			mail_lost(&at, n);
		}
		return true;
	}
	if (side->literal == LITERAL_MAIL && side->tx && side->tx->message)
		done(l, lf, side->tx, dir);
	*side = (struct side){ .skip = true };
	if (dir == DIR_TO_SERVER)
		s->auth = NULL;
	return true;
}

static void
finish(struct l7 *l, struct l7_flow *lf)
{
	struct imap_state *s = lf->state;
	while (s->items.oldest)
		done(l, lf, (struct imap_tx *)s->items.oldest, DIR_TO_SERVER);
}

static void
write_command(const struct imap_tx *tx, struct jw *w)
{
	if (tx->tag.ptr) {
		ev_key(w, imap, tag);
		jw_view(w, tx->tag);
	}
	if (tx->command || tx->message) {
		ev_key(w, imap, command);
		jw_word(w, imap_verb_name(tx->verb));
	}
	if (tx->uid) {
		ev_key(w, imap, uid);
		jw_bool(w, true);
	}
	if (tx->args.ptr) {
		ev_key(w, imap, arguments);
		jw_view(w, tx->args);
	}
	if (tx->folder.len) {
		ev_key(w, imap, folder);
		jw_view(w, tx->folder);
	}
	if (tx->user.ptr) {
		ev_key(w, imap, user);
		jw_view(w, tx->user);
	}
	if (tx->mechanism.ptr) {
		ev_key(w, imap, mechanism);
		jw_view(w, tx->mechanism);
	}
}

static void
write_response(const struct imap_tx *tx, struct jw *w)
{
	static const char *const words[] = { "", "OK", "NO", "BAD", "PREAUTH", "BYE" };
	if (tx->has_exists) {
		ev_key(w, imap, exists);
		jw_u64(w, tx->exists);
	}
	if (tx->number) {
		ev_key(w, imap, message);
		jw_u64(w, tx->number);
	}
	if (tx->header) {
		ev_key(w, imap, header_only);
		jw_bool(w, true);
	}
	if (tx->fetched) {
		ev_key(w, imap, fetched);
		jw_u64(w, tx->fetched);
	}
	if (tx->status != IMAP_NONE) {
		ev_key(w, imap, status);
		jw_word(w, words[tx->status]);
		ev_key(w, imap, text);
		jw_view(w, tx->text);
	}
}

static void
row_write(const void *data_of, struct jw *w)
{
	const struct imap_tx *tx = data_of;
	jw_key(w, "imap");
	jw_object(w);
	write_command(tx, w);
	write_response(tx, w);
	jw_object_end(w);
	mail_write(&tx->mail, w);
}

static enum l7_login
login(const void *data_of)
{
	const struct imap_tx *tx = data_of;
	if (tx->verb != IMAP_LOGIN && tx->verb != IMAP_AUTHENTICATE)
		return L7_LOGIN_NONE;
	if (tx->status == IMAP_NONE)
		return L7_LOGIN_TRY;
	return tx->status == IMAP_OK   ? L7_LOGIN_OK
	       : tx->status == IMAP_NO ? L7_LOGIN_FAIL
				       : L7_LOGIN_NONE;
}

const struct l7_row l7_imap_row = {
	.name = "imap",
	.proto = L7_IMAP,
	.tcp = true,
	.waits = true,
	.state_size = sizeof(struct imap_state),
	.items_at = offsetof(struct imap_state, items),
	.tx_size = sizeof(struct imap_tx),
	.probe = probe,
	.data = data,
	.lost = lost,
	.finish = finish,
	.release = l7_item_release,
	.close = l7_items_close,
	.write = row_write,
	.login = login,
};
