/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chunks of a request (RFC 9112, 7.1), walked beside libhtp for their extensions: nobody needs
 * them, and programs that disagree on where they end are used to smuggle requests.
 */
#include <ctype.h>

#include "http_state.h"

#define DIGITS_MAX 15

void
http_chunks_begin(struct http_state *s, const struct http_tx *tx, size_t from)
{
	s->chunks = (struct http_chunks){ .from = from, .tx_id = tx->id, .on = true, .line = true };
}

static unsigned
digit(uint8_t b)
{
	return isdigit(b) ? b - (unsigned)'0' : (unsigned)tolower(b) - 'a' + 10;
}

/* A byte of the line that says how long the next chunk is. */
static void
on_line(struct http_state *s, uint8_t b)
{
	struct http_chunks *k = &s->chunks;
	if (b == '\n') {
		k->on = k->left && k->digits <= DIGITS_MAX;
		k->line = false;
		k->left += 2;
	} else if (b == ';') {
		if (!k->said)
			l7_odd(s->l, s->lf, "REQUEST_CHUNK_EXTENSION", (int64_t)k->tx_id,
			    DIR_TO_SERVER);
		k->said = true;
		k->digits = DIGITS_MAX;
	} else if (isxdigit(b) && k->digits < DIGITS_MAX) {
		k->left = k->left << 4 | digit(b);
		k->digits++;
	}
}

/* Bytes of a chunk; a bare line feed may end it. */
static void
in_chunk(struct http_chunks *k, struct cursor *c)
{
	uint8_t b;
	size_t left = cursor_left(c);
	if (k->left > 2) {
		uint64_t n = k->left - 2 < left ? k->left - 2 : left;
		(void)cursor_skip(c, (size_t)n);
		k->left -= n;
		return;
	}
	(void)cursor_u8(c, &b);
	k->left--;
	if (b == '\n' || !k->left) {
		k->left = 0;
		k->digits = 0;
		k->line = true;
	}
}

void
http_chunks_walk(struct http_state *s, size_t to)
{
	struct http_chunks *k = &s->chunks;
	struct cursor all = cursor_of_view(s->bytes), c;
	struct view part;
	uint8_t b;
	size_t from = k->from;
	if (!k->on || to < from || !cursor_skip(&all, from) || !cursor_take(&all, to - from, &part))
		return;
	c = cursor_of_view(part);
	while (k->on && cursor_left(&c)) {
		if (!k->line)
			in_chunk(k, &c);
		else if (cursor_u8(&c, &b))
			on_line(s, b);
	}
	k->from = to;
}
