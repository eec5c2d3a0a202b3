/* SPDX-License-Identifier: Apache-2.0 */
/* What an alert's patterns were found at, without the secrets among it. */
#include <string.h>
#include <strings.h>

#include "internal.h"
#include "lib/hex.h"

static bool
is_printable(struct view v)
{
	for (size_t i = 0; i < v.len; i++) {
		uint8_t b = v.ptr[i];
		if ((b < ' ' && b != '\t' && b != '\r' && b != '\n') || b > '~')
			return false;
	}
	return true;
}

/* Does the text from `at` on begin with the word, whatever its case? */
static bool
begins(struct view v, size_t at, const char *word)
{
	size_t n = strlen(word);
	return v.len - at >= n && strncasecmp((const char *)v.ptr + at, word, n) == 0;
}

/* What follows these words of a line is a password: FTP, mail, Redis. */
static bool
behind_login(const struct alert_match *m)
{
	static const char *const words[] = { "pass ", "auth ", "login ", "authenticate " };
	size_t end = (size_t)m->at + m->n;
	for (size_t i = 0; i < end; i++) {
		if (i && m->around.ptr[i - 1] > ' ')
			continue;
		for (size_t k = 0; k < sizeof(words) / sizeof(words[0]); k++) {
			const uint8_t *line = memchr(m->around.ptr + i, '\n', m->around.len - i);
			size_t until = line ? (size_t)(line - m->around.ptr) : m->around.len;
			if (begins(m->around, i, words[k]) && end > i + strlen(words[k]) &&
			    m->at < until)
				return true;
		}
	}
	return false;
}

/* Buffers that are a secret as a whole. */
static bool
is_secret_buffer(const char *name)
{
	static const char *const words[] = { "password", "cookie", "community", "authorization" };
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strstr(name, words[i]))
			return true;
	}
	return false;
}

/* Would a text that is written anywhere else have something of these bytes replaced? What stands
 * before and behind them says whether they are a secret. */
static bool
is_masked(struct output *o, const struct alert_match *m)
{
	const struct view *a = &m->around;
	size_t before = 0, behind = 0, end = (size_t)m->at + m->n;
	if (o->mask.names && (is_secret_buffer(m->buffer) || behind_login(m)))
		return true;
	struct view masked = mask_text(&o->mask, *a);
	if (masked.ptr == a->ptr)
		return false;
	while (before < masked.len && before < a->len && masked.ptr[before] == a->ptr[before])
		before++;
	while (behind < masked.len && behind < a->len &&
	       masked.ptr[masked.len - 1 - behind] == a->ptr[a->len - 1 - behind])
		behind++;
	return before < end && behind < a->len - m->at;
}

static void
put_one(struct output *o, struct jw *w, const struct alert_match *m)
{
	char hex[2 * ALERT_MATCH_BYTES + 1];
	struct view bytes = { m->around.ptr + m->at, m->n };
	struct ev_alert_match e = { .buffer = m->buffer, .offset = m->offset, .length = m->len };

	if (is_masked(o, m)) {
		e.text = view_of("***");
	} else if (is_printable(bytes)) {
		e.text = bytes;
	} else {
		hex_text(hex, bytes.ptr, bytes.len);
		e.hex = hex;
	}
	ev_alert_match_write(w, &e);
}

void
matches_put(struct output *o, const struct alert *a)
{
	struct jw w;

	jw_init(&w, &o->part);
	jw_array(&w);
	for (uint8_t i = 0; i < a->match_n; i++)
		put_one(o, &w, &a->match[i]);
	jw_array_end(&w);
}
