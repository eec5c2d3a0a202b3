/* SPDX-License-Identifier: Apache-2.0 */
#include "uri.h"

#include <strings.h>

#define URI_MAX 2048 /* bytes shown of a text that has a password */

/* "sip:user@host" has one colon before '@', which is the scheme's. */
static bool
scheme(struct view text, size_t from)
{
	static const char *const names[] = { "sip:", "sips:", "tel:" };
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		size_t n = strlen(names[i]);
		if (from >= n && strncasecmp((const char *)text.ptr + from - n, names[i], n) == 0)
			return true;
	}
	return false;
}

/* Where the next password lies, at or behind `at`: behind "//" or "sip:", between a colon and '@',
 * before the path. */
static bool
find(struct view text, size_t at, size_t *from, size_t *to)
{
	struct cursor c = cursor_of_view(text);
	size_t colon = 0, second = 0;
	uint8_t b;
	for (size_t i = at; cursor_peek(&c, i, &b); i++) {
		uint8_t next = 0;
		(void)cursor_peek(&c, i + 1, &next);
		if (b == ':' && next == '/') {
			colon = second = 0;
			i += 2;
		} else if (b == ':' && !colon) {
			colon = i + 1;
		} else if (b == ':' && !second) {
			second = i + 1;
		} else if (b == '@') {
			*from = second ? second : colon;
			*to = i;
			if (*from && *from < i && !scheme(text, *from))
				return true;
			colon = second = 0;
		} else if (b == '/' || b == '?' || b == '<' || b == '"' || b == ' ') {
			colon = second = 0;
		}
	}
	return false;
}

void
uri_write(struct jw *w, struct view text)
{
	struct cursor c = cursor_of_view(text);
	uint8_t shown[URI_MAX];
	size_t at = 0, n = 0, from, to;
	while (find(text, at, &from, &to)) {
		if (n + (from - at) + 3 > sizeof(shown)) {
			jw_text(w, "***");
			return;
		}
		(void)cursor_copy(&c, shown + n, from - at);
		(void)cursor_skip(&c, to - from);
		n += from - at;
		memcpy(shown + n, "***", 3);
		n += 3;
		at = to;
	}
	if (!at) {
		jw_view(w, text);
		return;
	}
	if (n + cursor_left(&c) > sizeof(shown)) {
		jw_text(w, "***");
		return;
	}
	size_t rest = cursor_left(&c);
	(void)cursor_copy(&c, shown + n, rest);
	jw_bytes(w, shown, n + rest);
}
