/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/pop3.h"

#include <strings.h>

enum pop3_verb
pop3_verb(struct view word)
{
	static const char *const verbs[POP3_VERBS] = { "", "USER", "PASS", "APOP", "AUTH", "CAPA",
		"STLS", "STAT", "LIST", "UIDL", "RETR", "TOP", "DELE", "NOOP", "RSET", "LAST",
		"UTF8", "LANG", "XTND", "ID", "QUIT" };
	for (int i = 1; i < POP3_VERBS; i++) {
		if (strlen(verbs[i]) == word.len &&
		    strncasecmp(verbs[i], (const char *)word.ptr, word.len) == 0)
			return (enum pop3_verb)i;
	}
	return POP3_OTHER;
}

bool
pop3_word(struct cursor *line, struct view *word)
{
	size_t n = 0;
	uint8_t b;
	while (cursor_peek(line, 0, &b) && (b == ' ' || b == '\t'))
		(void)cursor_skip(line, 1);
	while (cursor_peek(line, n, &b) && b != ' ' && b != '\t')
		n++;
	return n && cursor_take(line, n, word);
}

static bool
begins(struct view line, const char *word)
{
	size_t n = strlen(word);
	return line.len >= n && strncasecmp((const char *)line.ptr, word, n) == 0;
}

enum pop3_answer
pop3_status(struct view line, struct view *text)
{
	enum pop3_answer answer = POP3_NONE;
	struct cursor c = cursor_of_view(line);
	uint8_t b;
	if (begins(line, "+OK") && cursor_skip(&c, 3))
		answer = POP3_OK;
	else if (begins(line, "-ERR") && cursor_skip(&c, 4))
		answer = POP3_ERR;
	else if (cursor_peek(&c, 0, &b) && b == '+' && cursor_skip(&c, 1))
		answer = POP3_MORE;
	if (answer != POP3_NONE && cursor_peek(&c, 0, &b) && b != ' ' && b != '\t' && b != ',')
		return POP3_NONE;
	(void)cursor_skip(&c, 1);
	*text = (struct view){ c.at, cursor_left(&c) };
	return answer;
}

bool
pop3_lists(enum pop3_verb verb, size_t args)
{
	return verb == POP3_CAPA || ((verb == POP3_LIST || verb == POP3_UIDL || verb == POP3_AUTH ||
					 verb == POP3_LANG) &&
					args == 0);
}
