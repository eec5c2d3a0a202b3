/* SPDX-License-Identifier: Apache-2.0 */
#include "sql.h"

#include <strings.h>

struct masking {
	struct cursor in;
	uint8_t *out;
	size_t len, room;
	bool secret;     /* a word named one */
	bool identified; /* IDENTIFIED was the word before */
	bool by;         /* IDENTIFIED BY: the next word is the password */
};

static void
put(struct masking *m, const void *bytes, size_t n)
{
	if (n > m->room - m->len)
		n = m->room - m->len;
	if (n)
		memcpy(m->out + m->len, bytes, n);
	m->len += n;
}

static bool
is_word(uint8_t b)
{
	uint8_t low = b | 0x20;
	return (low >= 'a' && low <= 'z') || (b >= '0' && b <= '9') || b == '_' || b >= 0x80;
}

static bool
has(struct view word, const char *part)
{
	size_t n = strlen(part);
	for (size_t i = 0; i + n <= word.len; i++) {
		if (strncasecmp((const char *)word.ptr + i, part, n) == 0)
			return true;
	}
	return false;
}

static bool
same(struct view word, const char *text)
{
	return word.len == strlen(text) && has(word, text);
}

static bool
names_secret(struct view word)
{
	static const char *const parts[] = { "password", "passwd", "passphrase", "identified",
		"secret", "pwd", "credential", "token" };
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		if (has(word, parts[i]))
			return true;
	}
	return false;
}

static struct view
take_word(struct cursor *c)
{
	struct cursor from = *c;
	struct view word = { 0 };
	uint8_t b;
	size_t n = 0;
	while (cursor_peek(c, n, &b) && is_word(b))
		n++;
	(void)cursor_skip(c, n);
	(void)cursor_take(&from, n, &word);
	return word;
}

static void
put_word(struct masking *m)
{
	struct view word = take_word(&m->in);
	bool by = m->identified && same(word, "by");
	if (m->by && !same(word, "password") && !same(word, "values"))
		put(m, "***", 3);
	else
		put(m, word.ptr, word.len);
	m->by = by;
	m->identified = same(word, "identified");
	m->secret |= names_secret(word);
}

/* A quoted text whose first quote is next: to its end, doubled and escaped quotes included. */
static void
put_quoted(struct masking *m, uint8_t quote)
{
	struct cursor from = m->in;
	struct view text = { 0 };
	uint8_t b, next;
	size_t n = 1;
	while (cursor_peek(&m->in, n, &b)) {
		if (b == '\\' && quote != '`') {
			n += 2;
			continue;
		}
		if (b == quote && !(cursor_peek(&m->in, n + 1, &next) && next == quote))
			break;
		n += b == quote ? 2 : 1;
	}
	n = n < cursor_left(&from) ? n + 1 : cursor_left(&from);
	(void)cursor_skip(&m->in, n);
	(void)cursor_take(&from, n, &text);
	if (m->secret && quote != '`') {
		put(m, &quote, 1);
		put(m, "***", 3);
		put(m, &quote, 1);
	} else {
		put(m, text.ptr, text.len);
	}
	m->by = false;
}

/* $tag$ ... $tag$ (PostgreSQL); true when one stood there and was masked. */
static bool
put_dollar(struct masking *m)
{
	struct cursor c = m->in;
	struct view tag = { 0 };
	uint8_t b;
	size_t n = 1;
	while (cursor_peek(&c, n, &b) && is_word(b))
		n++;
	if (!m->secret || !cursor_peek(&c, n, &b) || b != '$')
		return false;
	(void)cursor_take(&c, n + 1, &tag);
	while (cursor_left(&c) >= tag.len && memcmp(c.at, tag.ptr, tag.len) != 0)
		(void)cursor_skip(&c, 1);
	if (!cursor_skip(&c, tag.len))
		(void)cursor_skip(&c, cursor_left(&c));
	put(m, "***", 3);
	m->in = c;
	return true;
}

size_t
sql_mask(struct view statement, uint8_t *out, size_t room)
{
	struct masking m = { .in = cursor_of_view(statement), .out = out, .room = room };
	uint8_t b;
	while (m.len < room && cursor_peek(&m.in, 0, &b)) {
		if (is_word(b)) {
			put_word(&m);
		} else if (b == '\'' || b == '"' || b == '`') {
			put_quoted(&m, b);
		} else if (b != '$' || !put_dollar(&m)) {
			if (b == ';')
				m.secret = m.identified = m.by = false;
			put(&m, &b, 1);
			(void)cursor_skip(&m.in, 1);
		}
	}
	return m.len;
}

struct view
sql_keep(struct l7 *l, void *item, struct view statement)
{
	uint8_t text[SQL_MAX];
	size_t n = sql_mask(statement, text, sizeof(text));
	return l7_text(l, item, (struct view){ text, n }, sizeof(text));
}
