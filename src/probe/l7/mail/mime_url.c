/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of pages in a mail's text (RFC 3986), byte by byte, since lines of an encoded text part
 * them anywhere. */
#include "probe/l7/mime.h"

#define SCHEME 8 /* bytes of "https://" */

/* May it stand in an address? Brackets, quotes and blanks end one in texts. */
static bool
allowed(uint8_t b)
{
	static const char ends[] = "\"'<>\\^`{|}()";
	return b > ' ' && b < 0x7f && !strchr(ends, b);
}

static bool
is_end_of_host(uint8_t b)
{
	return b == '/' || b == '?' || b == '#' || b == ':';
}

/* Is there a host: a name with a dot, or an address? What stands before '@' is no part of it. */
static bool
host_ok(struct view rest)
{
	struct cursor c = cursor_of_view(rest);
	unsigned dots = 0, others = 0, run = 0;
	uint8_t b;
	if (cursor_peek(&c, 0, &b) && b == '[')
		return rest.len > 3;
	while (cursor_u8(&c, &b) && !is_end_of_host(b)) {
		uint8_t low = b | 0x20;
		bool letter = (low >= 'a' && low <= 'z') || (b >= '0' && b <= '9');
		if (b == '@') {
			dots = others = run = 0;
			continue;
		}
		if (!letter && b != '.' && b != '-' && b != '_' && b != '%')
			return false;
		if (b == '.' && !run)
			return false;
		run = b == '.' ? 0 : run + 1;
		dots += b == '.';
		others += b != '.';
	}
	return dots > 0 && others > 1;
}

/* The address is over: without the full stop of the sentence, and without "http://", as EVE has it.
 */
static void
said(struct mime *m, const struct mime_sink *sink)
{
	static const char after[] = ".,;:!?]*";
	struct cursor c = cursor_of(m->url, m->url_len);
	struct view rest;
	bool secure = m->url_len > 4 && (m->url[4] | 0x20) == 's';
	while (m->url_len > 7 && strchr(after, m->url[m->url_len - 1]))
		m->url_len--;
	c = cursor_of(m->url, m->url_len);
	struct cursor all = c;
	if (cursor_skip(&c, secure ? 8 : 7) && cursor_take(&c, cursor_left(&c), &rest) &&
	    host_ok(rest)) {
		struct view whole = rest;
		if (secure)
			(void)cursor_take(&all, cursor_left(&all), &whole);
		sink->url(sink->to, whole);
	}
}

static void
again(struct mime *m)
{
	m->url_at = 0;
	m->url_len = 0;
}

/* One byte of the scheme. */
static void
scheme(struct mime *m, uint8_t b)
{
	static const char word[] = "https://";
	uint8_t low = b >= 'A' && b <= 'Z' ? b | 0x20 : b;
	if (m->url_at == 4 && low == ':')
		m->url_at++; /* no 's' */
	if (low == (uint8_t)word[m->url_at]) {
		m->url[m->url_len++] = (char)b;
		m->url_at++;
		return;
	}
	again(m);
	if (low == 'h') {
		m->url[m->url_len++] = (char)b;
		m->url_at = 1;
	}
}

void
mime_url_feed(struct mime *m, struct view text, const struct mime_sink *sink)
{
	struct cursor c = cursor_of_view(text);
	uint8_t b;
	while (cursor_u8(&c, &b)) {
		if (m->url_at < SCHEME) {
			scheme(m, b);
		} else if (allowed(b)) {
			if (m->url_len < sizeof(m->url))
				m->url[m->url_len++] = (char)b;
		} else {
			said(m, sink);
			again(m);
		}
	}
}

void
mime_url_end(struct mime *m, const struct mime_sink *sink)
{
	if (m->url_at == SCHEME)
		said(m, sink);
	again(m);
}
