/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/imap.h"

#include <strings.h>

static const char *const verbs[IMAP_VERBS] = { "UNKNOWN", "LOGIN", "AUTHENTICATE", "STARTTLS",
	"SELECT", "EXAMINE", "FETCH", "APPEND", "IDLE", "COMPRESS", "CAPABILITY", "NOOP", "LOGOUT",
	"CREATE", "DELETE", "RENAME", "SUBSCRIBE", "UNSUBSCRIBE", "LIST", "LSUB", "XLIST", "STATUS",
	"CHECK", "CLOSE", "UNSELECT", "EXPUNGE", "SEARCH", "STORE", "COPY", "MOVE", "SORT",
	"THREAD", "NAMESPACE", "ENABLE", "ID", "GETQUOTA", "GETQUOTAROOT" };

const char *
imap_verb_name(uint8_t verb)
{
	return verb < IMAP_VERBS ? verbs[verb] : verbs[IMAP_OTHER];
}

static bool
same(struct view word, const char *text)
{
	return word.len == strlen(text) && strncasecmp((const char *)word.ptr, text, word.len) == 0;
}

bool
imap_word(struct cursor *line, struct view *word)
{
	size_t n = 0;
	uint8_t b;
	while (cursor_peek(line, 0, &b) && (b == ' ' || b == '\t'))
		(void)cursor_skip(line, 1);
	if (!cursor_peek(line, 0, &b))
		return false;
	if (b != '"') {
		while (cursor_peek(line, n, &b) && b != ' ' && b != '\t')
			n++;
		return cursor_take(line, n, word);
	}
	(void)cursor_skip(line, 1);
	while (cursor_peek(line, n, &b) && b != '"')
		n += b == '\\' ? 2 : 1;
	if (n > cursor_left(line))
		n = cursor_left(line);
	(void)cursor_take(line, n, word);
	(void)cursor_skip(line, 1);
	return true;
}

static uint8_t
verb_of(struct view word)
{
	for (uint8_t i = 1; i < IMAP_VERBS; i++) {
		if (same(word, verbs[i]))
			return i;
	}
	return IMAP_OTHER;
}

/* Characters of a tag (RFC 3501, 9). */
static bool
tag_ok(struct view tag)
{
	struct cursor c = cursor_of_view(tag);
	uint8_t b;
	if (!tag.len || tag.len > 64)
		return false;
	while (cursor_u8(&c, &b)) {
		if (b <= ' ' || b >= 0x7f || strchr("(){%*\"\\+", b))
			return false;
	}
	return true;
}

bool
imap_command(struct view line, struct imap_command *out)
{
	struct cursor c = cursor_of_view(line);
	struct view word;
	*out = (struct imap_command){ 0 };
	if (!imap_word(&c, &out->tag) || !tag_ok(out->tag) || !imap_word(&c, &word))
		return false;
	if (same(word, "UID")) {
		out->uid = true;
		if (!imap_word(&c, &word))
			return false;
	}
	out->verb = verb_of(word);
	(void)cursor_skip(&c, 1);
	(void)cursor_take(&c, cursor_left(&c), &out->args);
	return true;
}

bool
imap_literal(struct view line, uint64_t *n)
{
	struct cursor c = cursor_of_view(line);
	uint64_t factor = 1;
	size_t at = line.len;
	uint8_t b;
	*n = 0;
	if (!at || !cursor_peek(&c, --at, &b) || b != '}')
		return false;
	if (at && cursor_peek(&c, at - 1, &b) && (b == '+' || b == '-'))
		at--;
	for (int digits = 0; at && digits < 10; digits++) {
		(void)cursor_peek(&c, --at, &b);
		if (b == '{')
			return digits > 0;
		if (b < '0' || b > '9')
			return false;
		*n += (uint64_t)(b - '0') * factor;
		factor *= 10;
	}
	return false;
}

static uint8_t
status_of(struct view word)
{
	static const char *const words[] = { "", "OK", "NO", "BAD", "PREAUTH", "BYE" };
	for (uint8_t i = 1; i < sizeof(words) / sizeof(*words); i++) {
		if (same(word, words[i]))
			return i;
	}
	return IMAP_NONE;
}

static bool
number_of(struct view word, uint32_t *out)
{
	struct cursor c = cursor_of_view(word);
	uint64_t v = 0;
	uint8_t b;
	while (cursor_u8(&c, &b)) {
		v = v * 10 + b - '0';
		if (b < '0' || b > '9' || v > UINT32_MAX)
			return false;
	}
	*out = (uint32_t)v;
	return word.len > 0;
}

bool
imap_response(struct view line, struct imap_response *out)
{
	struct cursor c = cursor_of_view(line);
	*out = (struct imap_response){ 0 };
	if (!imap_word(&c, &out->tag))
		return false;
	if (view_is(out->tag, "+")) {
		out->kind = IMAP_CONTINUE;
	} else {
		out->kind = view_is(out->tag, "*") ? IMAP_UNTAGGED : IMAP_TAGGED;
		if ((out->kind == IMAP_TAGGED && !tag_ok(out->tag)) || !imap_word(&c, &out->word))
			return false;
		out->has_number = out->kind == IMAP_UNTAGGED && number_of(out->word, &out->number);
		if (out->has_number && !imap_word(&c, &out->word))
			return false;
		out->status = out->has_number ? (uint8_t)IMAP_NONE : status_of(out->word);
		if (out->kind == IMAP_TAGGED && out->status == IMAP_NONE)
			return false;
	}
	(void)cursor_skip(&c, 1);
	(void)cursor_take(&c, cursor_left(&c), &out->rest);
	return true;
}

/* Where the last `word` of the line ends; 0 when it has none. */
static size_t
last_of(struct view line, const char *word)
{
	size_t n = strlen(word);
	for (size_t at = line.len; at >= n && at; at--) {
		struct cursor c = cursor_of_view(line);
		struct view piece;
		if (cursor_skip(&c, at - n) && cursor_take(&c, n, &piece) &&
		    strncasecmp((const char *)piece.ptr, word, n) == 0)
			return at;
	}
	return 0;
}

enum imap_section
imap_section(struct view line)
{
	static const struct {
		const char *word;
		enum imap_section section;
	} known[] = { { "BODY[] {", IMAP_SECTION_ALL }, { "BODY[]<0> {", IMAP_SECTION_ALL },
		{ "RFC822 {", IMAP_SECTION_ALL }, { "BODY[HEADER] {", IMAP_SECTION_HEADER },
		{ "RFC822.HEADER {", IMAP_SECTION_HEADER } };
	size_t brace = last_of(line, "{");
	for (size_t i = 0; brace && i < sizeof(known) / sizeof(*known); i++) {
		if (last_of(line, known[i].word) == brace)
			return known[i].section;
	}
	return IMAP_SECTION_OTHER;
}
