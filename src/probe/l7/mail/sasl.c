/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/sasl.h"

#include <strings.h>

#include "probe/l7/mime.h"

static bool
same(struct view word, const char *text)
{
	return word.len == strlen(text) && strncasecmp((const char *)word.ptr, text, word.len) == 0;
}

/* Up to a byte of `stops`, or to the end. */
static struct view
until(struct cursor *c, const char *stops, size_t stop_n)
{
	struct view out = { 0 };
	size_t n = 0;
	uint8_t b;
	while (cursor_peek(c, n, &b) && !memchr(stops, b, stop_n))
		n++;
	(void)cursor_take(c, n, &out);
	return out;
}

/* Skip behind the first `text`; false when it is not there. */
static bool
behind(struct cursor *c, const char *text)
{
	struct view piece;
	size_t n = strlen(text);
	for (struct cursor at = *c; cursor_left(&at) >= n; (void)cursor_skip(&at, 1)) {
		*c = at;
		if (cursor_take(c, n, &piece) && view_is(piece, text))
			return true;
	}
	return false;
}

/* authorization NUL user NUL password (RFC 4616, 2) */
static struct view
plain(struct cursor c)
{
	struct view authorization = until(&c, "", 1);
	if (!cursor_skip(&c, 1))
		return (struct view){ 0 };
	struct view user = until(&c, "", 1);
	return user.len || !cursor_left(&c) ? user : authorization;
}

static struct view
name_in(struct view mechanism, unsigned step, struct cursor c)
{
	struct view none = { 0 };
	if (same(mechanism, "PLAIN"))
		return step == 0 ? plain(c) : none;
	if (same(mechanism, "LOGIN"))
		return step == 0 ? until(&c, "", 1) : none;
	if (same(mechanism, "CRAM-MD5"))
		return until(&c, " ", 1);
	if (same(mechanism, "XOAUTH2"))
		return behind(&c, "user=") ? until(&c, "\1", 1) : none;
	if (same(mechanism, "OAUTHBEARER"))
		return behind(&c, "a=") ? until(&c, ",\1", 2) : none;
	if (same(mechanism, "DIGEST-MD5"))
		return behind(&c, "username=\"") ? until(&c, "\"", 1) : none;
	if (mechanism.len > 5 && same((struct view){ mechanism.ptr, 5 }, "SCRAM") && step == 0)
		return behind(&c, "n=") ? until(&c, ",", 1) : none;
	return none;
}

size_t
sasl_user(struct view mechanism, unsigned step, struct view base64, char *out, size_t room)
{
	uint8_t text[512];
	long n = mime_base64_text(base64, text, sizeof(text));
	if (n <= 0)
		return 0;
	struct view name = name_in(mechanism, step, cursor_of(text, (size_t)n));
	size_t len = name.len < room ? name.len : room;
	if (len)
		memcpy(out, name.ptr, len);
	explicit_bzero(text, sizeof(text));
	return len;
}
