/* SPDX-License-Identifier: Apache-2.0 */
/* Do these first bytes speak SMTP? */
#include <strings.h>

#include "probe/l7/smtp.h"
#include "smtp_row.h"

static bool
mail_port(const struct l7_first *first)
{
	uint16_t port = first->key->sport;
	return port == 25 || port == 587 || port == 2525 || port == 465;
}

/* Does the greeting say so? */
static bool
says_mail(struct view text)
{
	struct cursor c = cursor_of_view(text);
	struct view word;
	for (; cursor_left(&c) >= 4; (void)cursor_skip(&c, 1)) {
		struct cursor at = c;
		(void)cursor_take(&at, 4, &word);
		if (strncasecmp((const char *)word.ptr, "smtp", 4) == 0)
			return true;
	}
	return false;
}

/* "220" opens FTP as well. */
static enum l7_guess
probe_server(const struct l7_first *first)
{
	struct cursor c = cursor_of_view(first->data);
	struct view line = first->data;
	struct smtp_reply reply;
	uint8_t b;
	for (size_t i = 0; i < 3 && cursor_peek(&c, i, &b); i++) {
		if (b < '0' || b > '9' || (i == 0 && (b < '2' || b > '5')))
			return L7_NO;
	}
	if (first->data.len < 4)
		return L7_MAYBE;
	(void)cursor_line(&c, &line);
	if (!smtp_reply(line, &reply))
		return L7_NO;
	if (mail_port(first) || (reply.code == 220 && says_mail(reply.text)))
		return L7_YES;
	return reply.code == 220 || reply.code == 554 || reply.code == 421 ? L7_MAYBE : L7_NO;
}

/* Could these letters become a command? */
static bool
verb_begins(struct view data)
{
	for (uint8_t i = 1; i < SMTP_VERBS; i++) {
		const char *name = smtp_verb_name(i);
		if (data.len <= strlen(name) &&
		    strncasecmp(name, (const char *)data.ptr, data.len) == 0)
			return true;
	}
	return false;
}

static bool
begins(struct view v, const char *text)
{
	size_t n = strlen(text);
	return v.len >= n && strncasecmp((const char *)v.ptr, text, n) == 0;
}

enum l7_guess
smtp_probe(const struct l7_first *first)
{
	struct cursor c = cursor_of_view(first->data);
	struct smtp_command command;
	struct view line = first->data;
	if (first->dir == DIR_TO_CLIENT)
		return probe_server(first);
	bool whole = cursor_line(&c, &line);
	if (line.len < 9 && verb_begins(line) && !whole)
		return L7_MAYBE;
	smtp_command(line, &command);
	switch (command.verb) {
	case SMTP_HELO:
	case SMTP_EHLO:
	case SMTP_LHLO:
		return L7_YES;
	case SMTP_MAIL:
		return begins(command.argument, "FROM:") ? L7_YES : whole ? L7_NO : L7_MAYBE;
	case SMTP_RCPT:
		return begins(command.argument, "TO:") ? L7_YES : whole ? L7_NO : L7_MAYBE;
	case SMTP_OTHER:
		return L7_NO;
	default:
		return whole && mail_port(first) ? L7_YES : L7_MAYBE;
	}
}
