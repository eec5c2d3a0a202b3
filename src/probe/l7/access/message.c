/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/message.h"

#include <strings.h>

#include "probe/l7/parse.h"

#define LINE_MAX_BYTES 4096 /* of the first line */
#define METHOD_MAX 20

bool
message_same(struct view v, const char *word)
{
	return v.ptr && v.len == strlen(word) && strncasecmp((const char *)v.ptr, word, v.len) == 0;
}

struct view
message_trim(struct view v)
{
	struct cursor c = cursor_of_view(v);
	uint8_t b;
	if (!v.ptr)
		return v;
	while (cursor_peek(&c, 0, &b) && (b == ' ' || b == '\t'))
		(void)cursor_skip(&c, 1);
	size_t n = cursor_left(&c);
	while (n && cursor_peek(&c, n - 1, &b) && (b == ' ' || b == '\t'))
		n--;
	struct view out = { 0 };
	(void)cursor_take(&c, n, &out);
	return out;
}

int64_t
message_number(struct view text)
{
	struct view v = message_trim(text);
	struct cursor c = cursor_of_view(v);
	int64_t n = 0;
	uint8_t b;
	if (!v.len || v.len > 15)
		return -1;
	while (cursor_u8(&c, &b)) {
		if (b < '0' || b > '9')
			return -1;
		n = n * 10 + b - '0';
	}
	return n;
}

/* Up to a blank, which is taken; the rest when there is none. */
static bool
token(struct cursor *c, struct view *out)
{
	uint8_t b;
	size_t n = 0;
	while (cursor_peek(c, n, &b) && b != ' ')
		n++;
	bool blank = cursor_left(c) > n;
	(void)cursor_take(c, n, out);
	return blank && cursor_skip(c, 1) && n;
}

/* "SIP/2.0": the name, a digit, a point, a digit. */
static bool
is_version(struct view v, const char *name)
{
	size_t n = strlen(name);
	struct cursor c = cursor_of_view(v);
	uint8_t major, point, minor;
	return v.len == n + 3 && strncasecmp((const char *)v.ptr, name, n) == 0 &&
	       cursor_skip(&c, n) && cursor_u8(&c, &major) && cursor_u8(&c, &point) &&
	       cursor_u8(&c, &minor) && major >= '0' && major <= '9' && point == '.' &&
	       minor >= '0' && minor <= '9';
}

static bool
first_line(struct view line, const char *name, struct message *out)
{
	struct cursor c = cursor_of_view(line);
	struct view word;
	out->line = line;
	if (!token(&c, &word))
		return false;
	if (is_version(word, name)) {
		out->version = word;
		(void)token(&c, &out->code_text);
		(void)cursor_take(&c, cursor_left(&c), &out->reason);
		int64_t code = message_number(out->code_text);
		out->code = (uint16_t)code;
		return out->code_text.len == 3 && code >= 100;
	}
	out->method = word;
	if (!token(&c, &out->uri))
		return false;
	(void)cursor_take(&c, cursor_left(&c), &out->version);
	return is_version(out->version, name);
}

/* A method: letters, and what else stands in one (RFC 3261, 25.1). */
static bool
method_byte(uint8_t b)
{
	return (b >= 'A' && b <= 'Z') || b == '_' || b == '-';
}

long
message_begins(struct view bytes, const char *name)
{
	struct cursor c = cursor_of_view(bytes);
	struct view line;
	struct message m = { 0 };
	uint8_t b;
	size_t n = 0, of = strlen(name);
	while (n < of && cursor_peek(&c, n, &b) && b == (uint8_t)name[n])
		n++;
	if (n < of && n < bytes.len) {
		for (n = 0; cursor_peek(&c, n, &b) && b != ' '; n++) {
			if (!method_byte(b) || n == METHOD_MAX)
				return L7_BAD;
		}
		if (n < 3 && n < bytes.len)
			return L7_BAD;
	}
	if (!cursor_line(&c, &line))
		return bytes.len < LINE_MAX_BYTES ? L7_MORE : L7_BAD;
	return first_line(line, name, &m) ? 0 : L7_BAD;
}

bool
message_field(struct cursor *fields, struct view *name, struct view *value)
{
	struct view line, skip;
	uint8_t b;
	while (cursor_line(fields, &line)) {
		const uint8_t *colon = line.len ? memchr(line.ptr, ':', line.len) : NULL;
		while (cursor_peek(fields, 0, &b) && (b == ' ' || b == '\t'))
			if (!cursor_line(fields, &skip))
				break;
		if (!colon)
			continue;
		struct cursor c = cursor_of_view(line);
		(void)cursor_take(&c, (size_t)(colon - line.ptr), name);
		(void)cursor_skip(&c, 1);
		(void)cursor_take(&c, cursor_left(&c), value);
		*name = message_trim(*name);
		*value = message_trim(*value);
		return true;
	}
	return false;
}

struct view
message_get(const struct message *m, const char *name, char brief)
{
	struct cursor c = cursor_of_view(m->fields);
	struct view key, value;
	while (message_field(&c, &key, &value)) {
		if (message_same(key, name) ||
		    (brief && key.len == 1 && (*key.ptr | 0x20) == (uint8_t)brief))
			return value;
	}
	return (struct view){ 0 };
}

long
message_head(struct view bytes, const char *name, struct message *out)
{
	struct cursor c = cursor_of_view(bytes), fields;
	struct view line;
	*out = (struct message){ 0 };
	if (!cursor_line(&c, &line))
		return message_begins(bytes, name) == L7_BAD ? L7_BAD : L7_MORE;
	if (!first_line(line, name, out))
		return L7_BAD;
	fields = c;
	for (;;) {
		size_t n = cursor_left(&fields) - cursor_left(&c);
		if (!cursor_line(&c, &line))
			return L7_MORE;
		if (!line.len) {
			(void)cursor_take(&fields, n, &out->fields);
			break;
		}
		uint8_t b = *line.ptr;
		out->damaged |= b != ' ' && b != '\t' && !memchr(line.ptr, ':', line.len);
	}
	out->length = message_number(message_get(out, "Content-Length", 'l'));
	return (long)(bytes.len - cursor_left(&c));
}

struct view
message_parameter(struct view value, const char *name)
{
	struct cursor c = cursor_of_view(value);
	size_t n = strlen(name);
	uint8_t b, before = ' ';
	struct view out = { 0 };
	while (cursor_left(&c) > n) {
		bool starts = before == ' ' || before == ',' || before == ';' || before == '\t';
		struct cursor at = c;
		if (starts && strncasecmp((const char *)c.at, name, n) == 0 &&
		    cursor_skip(&at, n) && cursor_u8(&at, &b) && b == '=') {
			size_t len = 0;
			bool quoted = cursor_peek(&at, 0, &b) && b == '"' && cursor_skip(&at, 1);
			while (cursor_peek(&at, len, &b) &&
			       (quoted ? b != '"' : b != ',' && b != ';' && b != ' '))
				len++;
			(void)cursor_take(&at, len, &out);
			return out;
		}
		(void)cursor_u8(&c, &before);
	}
	return out;
}
