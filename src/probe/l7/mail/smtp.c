/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/smtp.h"

#include <strings.h>

static const char *const verbs[SMTP_VERBS] = { "UNKNOWN", "HELO", "EHLO", "LHLO", "MAIL", "RCPT",
	"DATA", "BDAT", "RSET", "NOOP", "QUIT", "VRFY", "EXPN", "HELP", "ETRN", "AUTH", "STARTTLS",
	"XCLIENT", "XFORWARD", "SEND", "TURN" };

const char *
smtp_verb_name(uint8_t verb)
{
	return verb < SMTP_VERBS ? verbs[verb] : verbs[SMTP_OTHER];
}

static bool
blank(uint8_t b)
{
	return b == ' ' || b == '\t';
}

static void
skip_blanks(struct cursor *c)
{
	uint8_t b;
	while (cursor_peek(c, 0, &b) && blank(b))
		(void)cursor_skip(c, 1);
}

/* The rest, without blanks at either end. */
static struct view
rest_of(struct cursor c)
{
	struct view out = { 0 };
	uint8_t b;
	skip_blanks(&c);
	size_t n = cursor_left(&c);
	while (n && cursor_peek(&c, n - 1, &b) && blank(b))
		n--;
	(void)cursor_take(&c, n, &out);
	return out;
}

/* Up to a blank. */
static struct view
word_of(struct cursor *c)
{
	struct view out = { 0 };
	size_t n = 0;
	uint8_t b;
	while (cursor_peek(c, n, &b) && !blank(b))
		n++;
	(void)cursor_take(c, n, &out);
	return out;
}

void
smtp_command(struct view line, struct smtp_command *out)
{
	struct cursor c = cursor_of_view(line);
	*out = (struct smtp_command){ 0 };
	skip_blanks(&c);
	struct view word = word_of(&c);
	for (uint8_t i = 1; i < SMTP_VERBS; i++) {
		if (strlen(verbs[i]) == word.len &&
		    strncasecmp(verbs[i], (const char *)word.ptr, word.len) == 0)
			out->verb = i;
	}
	out->argument = rest_of(c);
}

struct view
smtp_path(struct view argument)
{
	struct cursor c = cursor_of_view(argument);
	struct view out = { 0 };
	bool quoted = false;
	size_t n = 0;
	uint8_t b;
	while (cursor_peek(&c, 0, &b) && b != ':')
		(void)cursor_skip(&c, 1);
	if (!cursor_skip(&c, 1))
		return argument;
	skip_blanks(&c);
	for (; cursor_peek(&c, n, &b) && (quoted || !blank(b)); n++) {
		if (b == '"')
			quoted = !quoted;
	}
	(void)cursor_take(&c, n, &out);
	return out;
}

bool
smtp_bdat(struct view argument, uint64_t *size, bool *last)
{
	struct cursor c = cursor_of_view(argument);
	struct cursor number = cursor_of_view(word_of(&c));
	struct view word = rest_of(c);
	uint8_t b;
	*size = 0;
	*last = word.len == 4 && strncasecmp((const char *)word.ptr, "LAST", 4) == 0;
	if (!cursor_left(&number) || cursor_left(&number) > 18)
		return false;
	while (cursor_u8(&number, &b)) {
		if (b < '0' || b > '9')
			return false;
		*size = *size * 10 + b - '0';
	}
	return *last || !word.len;
}

bool
smtp_reply(struct view line, struct smtp_reply *out)
{
	struct cursor c = cursor_of_view(line);
	uint8_t d[3], sep = ' ';
	*out = (struct smtp_reply){ 0 };
	if (!cursor_copy(&c, d, 3) || d[0] < '2' || d[0] > '5' || d[1] < '0' || d[1] > '9' ||
	    d[2] < '0' || d[2] > '9')
		return false;
	if (cursor_u8(&c, &sep) && sep != ' ' && sep != '-' && sep != '\r')
		return false;
	out->code = (uint16_t)((d[0] - '0') * 100 + (d[1] - '0') * 10 + d[2] - '0');
	out->more = sep == '-';
	(void)cursor_take(&c, cursor_left(&c), &out->text);
	return true;
}
