/* SPDX-License-Identifier: Apache-2.0 */
#include "uri.h"

#define URI_MAX 2048 /* bytes shown of a text that has a password */

/* Where the password lies: behind "//" or "sip:", between a colon and '@', before the path. */
static bool
find(struct view text, size_t *from, size_t *to)
{
	struct cursor c = cursor_of_view(text);
	size_t colon = 0, second = 0;
	uint8_t b;
	for (size_t i = 0; cursor_peek(&c, i, &b); i++) {
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
			return *from && *from < i;
		} else if (b == '/' || b == '?' || b == '<' || b == '"' || b == ' ') {
			colon = second = 0;
		}
	}
	return false;
}

/* "sip:user@host" has one colon before '@', which is the scheme's. */
static bool
scheme(struct view text, size_t from)
{
	static const char *const names[] = { "sip:", "sips:", "tel:" };
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		size_t n = strlen(names[i]);
		if (from >= n && memcmp(text.ptr + from - n, names[i], n) == 0)
			return true;
	}
	return false;
}

void
uri_write(struct jw *w, struct view text)
{
	struct cursor c = cursor_of_view(text);
	uint8_t shown[URI_MAX];
	struct view head, tail;
	size_t from, to;
	if (!find(text, &from, &to) || scheme(text, from)) {
		jw_view(w, text);
		return;
	}
	(void)cursor_take(&c, from, &head);
	(void)cursor_skip(&c, to - from);
	(void)cursor_take(&c, cursor_left(&c), &tail);
	if (head.len + 3 + tail.len > sizeof(shown)) {
		jw_text(w, "***");
		return;
	}
	memcpy(shown, head.ptr, head.len);
	memcpy(shown + head.len, "***", 3);
	memcpy(shown + head.len + 3, tail.ptr, tail.len);
	jw_bytes(w, shown, head.len + 3 + tail.len);
}
