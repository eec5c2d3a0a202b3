/* SPDX-License-Identifier: Apache-2.0 */
#include <strings.h>

#include "http_form.h"

static bool
has(struct view v, const char *word)
{
	size_t n = strlen(word);
	struct cursor c = cursor_of_view(v);
	for (; cursor_left(&c) >= n; (void)cursor_skip(&c, 1)) {
		if (strncasecmp((const char *)c.at, word, n) == 0)
			return true;
	}
	return false;
}

static bool
has_any(struct view v, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (has(v, words[i]))
			return true;
	}
	return false;
}

bool
http_form_path(struct view path)
{
	static const char *const words[] = { "login", "logon", "signin", "sign-in", "sign_in",
		"j_security_check", "authenticate" };
	return path.len && has_any(path, words, sizeof(words) / sizeof(*words));
}

bool
http_form_refused(struct view location)
{
	static const char *const words[] = { "error", "fail", "invalid", "denied" };
	return http_form_path(location) || has_any(location, words, sizeof(words) / sizeof(*words));
}

void
http_form_search(struct http_form *f, struct view piece)
{
	static const char pattern[] = "type=password";
	struct cursor c = cursor_of_view(piece);
	uint8_t b;
	while (!f->found && cursor_u8(&c, &b)) {
		if (f->at == 5 && (b == '"' || b == '\'' || b == ' '))
			continue;
		if ((b | (b == '=' ? 0 : 0x20)) == (uint8_t)pattern[f->at])
			f->at++;
		else
			f->at = (b | 0x20) == 't';
		f->found = f->at == sizeof(pattern) - 1;
	}
}
