/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/mime.h"

#include <strings.h>

#include "lib/hex.h"

/* What the part under way is. */
enum kind {
	KIND_TEXT,  /* searched for addresses */
	KIND_FILE,  /* given out as a file */
	KIND_OTHER, /* between parts */
	KIND_MULTI,
	KIND_MAIL /* a message in the message */
};

enum encoding { ENC_NONE, ENC_BASE64, ENC_QP, ENC_UU };

const char *
mime_odd_name(enum mime_odd odd)
{
	static const char *const names[MIME_ODDS] = {
		[MIME_ODD_MALFORMED] = "MIME_MALFORMED_MSG",
		[MIME_ODD_BASE64] = "MIME_INVALID_BASE64",
		[MIME_ODD_QP] = "MIME_INVALID_QP",
		[MIME_ODD_LINE] = "MIME_LONG_LINE",
		[MIME_ODD_ENC_LINE] = "MIME_LONG_ENC_LINE",
		[MIME_ODD_HEADER_NAME] = "MIME_LONG_HEADER_NAME",
		[MIME_ODD_HEADER_VALUE] = "MIME_LONG_HEADER_VALUE",
		[MIME_ODD_BOUNDARY] = "MIME_LONG_BOUNDARY",
		[MIME_ODD_FILENAME] = "MIME_LONG_FILENAME",
		[MIME_ODD_DEPTH] = "MIME_PARSE_FAILED",
	};
	return names[odd];
}

static void
say_odd(struct mime *m, const struct mime_sink *sink, enum mime_odd odd)
{
	if (m->odds >> odd & 1)
		return;
	m->odds |= (uint16_t)(1u << odd);
	sink->odd(sink->to, odd);
}

/* A part begins: text, until its header says otherwise. */
static void
part_begin(struct mime *m)
{
	m->state = MIME_HEAD;
	m->kind = KIND_TEXT;
	m->encoding = ENC_NONE;
	m->attached = false;
	m->eol = 0;
	m->bit_n = 0;
	m->bits = 0;
	m->name_len = 0;
	m->boundary_new = 0;
}

void
mime_begin(struct mime *m, bool dots)
{
	*m = (struct mime){ .dots = dots, .top = true };
	part_begin(m);
}

/* ---- bodies ---- */

static void
give(struct mime *m, const struct mime_sink *sink, struct view bytes)
{
	if (!bytes.len)
		return;
	if (m->file)
		sink->bytes(sink->to, bytes);
	else if (m->kind == KIND_TEXT)
		mime_url_feed(m, bytes, sink);
}

/* The line ending that waited: it was no boundary that followed. */
static void
give_eol(struct mime *m, const struct mime_sink *sink)
{
	static const uint8_t crlf[2] = "\r\n";
	if (m->eol)
		give(m, sink, (struct view){ m->eol == 2 ? crlf : crlf + 1, m->eol });
	m->eol = 0;
}

static void
file_open(struct mime *m, const struct mime_sink *sink)
{
	m->file = true;
	sink->file(sink->to, (struct view){ (const uint8_t *)m->name, m->name_len });
}

/* What base64 left over: two or three characters are one or two bytes. */
static void
bits_flush(struct mime *m, const struct mime_sink *sink)
{
	uint8_t out[2];
	if (m->bit_n == 1)
		say_odd(m, sink, MIME_ODD_BASE64);
	if (m->bit_n == 2) {
		out[0] = (uint8_t)(m->bits >> 4);
		give(m, sink, (struct view){ out, 1 });
	} else if (m->bit_n == 3) {
		out[0] = (uint8_t)(m->bits >> 10);
		out[1] = (uint8_t)(m->bits >> 2);
		give(m, sink, (struct view){ out, 2 });
	}
	m->bits = 0;
	m->bit_n = 0;
}

static void
part_end(struct mime *m, const struct mime_sink *sink)
{
	if (m->encoding == ENC_BASE64)
		bits_flush(m, sink);
	mime_url_end(m, sink);
	if (m->file)
		sink->file_end(sink->to);
	m->file = false;
	m->eol = 0;
	m->kind = KIND_OTHER;
}

static void
base64(struct mime *m, const struct mime_sink *sink, struct view text)
{
	struct cursor c = cursor_of_view(text);
	uint8_t out[768], b;
	size_t n = 0;
	while (cursor_u8(&c, &b)) {
		int v = mime_base64(b);
		if (v == 64) {
			give(m, sink, (struct view){ out, n });
			n = 0;
			if (m->bit_n)
				bits_flush(m, sink);
			continue;
		}
		if (v < 0) {
			if (b != ' ' && b != '\t' && b != '\r')
				say_odd(m, sink, MIME_ODD_BASE64);
			continue;
		}
		m->bits = m->bits << 6 | (uint32_t)v;
		if (++m->bit_n < 4)
			continue;
		out[n++] = (uint8_t)(m->bits >> 16);
		out[n++] = (uint8_t)(m->bits >> 8);
		out[n++] = (uint8_t)m->bits;
		m->bit_n = 0;
		m->bits = 0;
		if (n == sizeof(out)) {
			give(m, sink, (struct view){ out, n });
			n = 0;
		}
	}
	give(m, sink, (struct view){ out, n });
}

/* An escape behind its '='; false when it is none. */
static bool
escape(struct cursor *c, uint8_t *out)
{
	uint8_t high, low;
	if (!cursor_peek(c, 0, &high) || !cursor_peek(c, 1, &low) || hex_digit(high) < 0 ||
	    hex_digit(low) < 0)
		return false;
	*out = (uint8_t)(hex_digit(high) << 4 | hex_digit(low));
	(void)cursor_skip(c, 2);
	return true;
}

/* Quoted-printable (RFC 2045, 6.7). True when the line goes on in the next one. */
static bool
quoted(struct mime *m, const struct mime_sink *sink, struct view text, bool whole)
{
	struct cursor c = cursor_of_view(text);
	uint8_t out[512], b;
	size_t n = 0;
	while (
	    whole && text.len && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t'))
		text.len--; /* transport added them */
	c = cursor_of_view(text);
	while (cursor_u8(&c, &b)) {
		if (b == '=' && !cursor_left(&c) && whole) {
			give(m, sink, (struct view){ out, n });
			return true;
		}
		if (b == '=' && !escape(&c, &b))
			say_odd(m, sink, MIME_ODD_QP);
		out[n++] = b;
		if (n == sizeof(out)) {
			give(m, sink, (struct view){ out, n });
			n = 0;
		}
	}
	give(m, sink, (struct view){ out, n });
	return false;
}

/* A line of uuencode: its length, then four characters for three bytes. False at "end". */
static bool
uu_line(struct mime *m, const struct mime_sink *sink, struct view text)
{
	struct cursor c = cursor_of_view(text);
	uint8_t out[64], four[4], b = 0;
	size_t n = 0;
	if (view_is(text, "end"))
		return false;
	if (!cursor_u8(&c, &b) || b < ' ' || b > '`')
		return true;
	size_t want = (size_t)((b - ' ') & 63);
	while (n < want && cursor_copy(&c, four, 4)) {
		uint32_t bits = 0;
		for (int i = 0; i < 4; i++)
			bits = bits << 6 | ((uint32_t)(four[i] - ' ') & 63);
		for (int i = 16; i >= 0 && n < want; i -= 8)
			out[n++] = (uint8_t)(bits >> i);
	}
	give(m, sink, (struct view){ out, n });
	return true;
}

/* "begin 644 name" in a text begins a file. */
static bool
uu_begin(struct mime *m, const struct mime_sink *sink, struct view text)
{
	static const char word[] = "begin ";
	struct cursor c = cursor_of_view(text);
	struct view head, mode, name;
	uint8_t b;
	if (m->kind != KIND_TEXT || !cursor_take(&c, sizeof(word) - 1, &head) ||
	    !view_is(head, word))
		return false;
	size_t n = 0;
	while (cursor_peek(&c, n, &b) && b >= '0' && b <= '7')
		n++;
	if (n < 3 || n > 4 || !cursor_take(&c, n, &mode) || !cursor_u8(&c, &b) || b != ' ' ||
	    !cursor_left(&c))
		return false;
	(void)cursor_take(&c, cursor_left(&c), &name);
	m->name_len = (uint16_t)(name.len < MIME_NAME_MAX ? name.len : MIME_NAME_MAX);
	memcpy(m->name, name.ptr, m->name_len);
	mime_url_end(m, sink);
	m->encoding = ENC_UU;
	m->eol = 0;
	file_open(m, sink);
	return true;
}

static void
uu_end(struct mime *m, const struct mime_sink *sink)
{
	sink->file_end(sink->to);
	m->file = false;
	m->encoding = ENC_NONE;
	m->name_len = 0;
}

/* A line of a part, or a piece of one: without its ending of eol bytes (0: it goes on). */
static void
body(struct mime *m, const struct mime_sink *sink, struct view text, uint8_t eol)
{
	bool start = !m->mid, soft = false;
	if (m->kind != KIND_TEXT && !m->file)
		return;
	switch (m->encoding) {
	case ENC_BASE64:
		base64(m, sink, text);
		return;
	case ENC_UU:
		if (start && !uu_line(m, sink, text))
			uu_end(m, sink);
		return;
	case ENC_QP:
		give_eol(m, sink);
		soft = quoted(m, sink, text, eol > 0);
		break;
	default:
		if (start && uu_begin(m, sink, text))
			return;
		give_eol(m, sink);
		give(m, sink, text);
	}
	m->eol = soft ? 0 : eol;
}

/* ---- boundaries ---- */

static size_t
boundary_at(const struct mime *m, int level)
{
	size_t at = 0;
	for (int i = 0; i < level; i++)
		at += m->boundary_len[i];
	return at;
}

/* Is it "--" and the boundary of this level? *ends when "--" follows. */
static bool
is_boundary(const struct mime *m, struct view line, int level, bool *ends)
{
	struct cursor c = cursor_of_view(line);
	struct view text, rest;
	size_t n = m->boundary_len[level];
	uint8_t b;
	if (!cursor_skip(&c, 2) || !cursor_take(&c, n, &text) ||
	    memcmp(text.ptr, m->boundary + boundary_at(m, level), n) != 0)
		return false;
	*ends = false;
	if (cursor_left(&c) >= 2) {
		struct cursor at = c;
		if (cursor_take(&at, 2, &rest) && view_is(rest, "--")) {
			*ends = true;
			return true;
		}
	}
	while (cursor_u8(&c, &b)) {
		if (b != ' ' && b != '\t' && b != '\r')
			return false;
	}
	return true;
}

/* True when the line parted two parts. */
static bool
boundary(struct mime *m, const struct mime_sink *sink, struct view line)
{
	bool ends = false;
	int level = m->depth;
	if (!level || line.len < 3 || line.ptr[0] != '-' || line.ptr[1] != '-')
		return false;
	while (--level >= 0 && !is_boundary(m, line, level, &ends))
		;
	if (level < 0)
		return false;
	part_end(m, sink);
	part_begin(m);
	m->top = false;
	m->depth = (uint8_t)(ends ? level : level + 1);
	m->boundary_used = (uint16_t)boundary_at(m, m->depth);
	if (ends) {
		m->state = MIME_BODY;
		m->kind = KIND_OTHER;
	}
	return true;
}

/* ---- headers ---- */

static bool
word_is(struct view v, const char *text)
{
	return v.len == strlen(text) && strncasecmp((const char *)v.ptr, text, v.len) == 0;
}

static bool
begins(struct view v, const char *text)
{
	size_t n = strlen(text);
	return v.len >= n && strncasecmp((const char *)v.ptr, text, n) == 0;
}

/* The first word of a value. */
static struct view
first_word(struct view value)
{
	struct cursor c = cursor_of_view(value);
	struct view out = { 0 };
	size_t n = 0;
	uint8_t b;
	while (cursor_peek(&c, 0, &b) && (b <= ' ' || b == '"'))
		(void)cursor_skip(&c, 1);
	while (cursor_peek(&c, n, &b) && b > ' ' && b != ';' && b != '"')
		n++;
	(void)cursor_take(&c, n, &out);
	return out;
}

static void
name_of(struct mime *m, const struct mime_sink *sink, struct view value, const char *param)
{
	char text[MIME_NAME_MAX];
	size_t n = mime_param(value, param, text, sizeof(text));
	if (!n)
		return;
	if (n > sizeof(text)) {
		say_odd(m, sink, MIME_ODD_FILENAME);
		n = sizeof(text);
	}
	memcpy(m->name, text, n);
	m->name_len = (uint16_t)n;
}

static void
content_type(struct mime *m, const struct mime_sink *sink, struct view value)
{
	struct view type = first_word(value);
	size_t room = sizeof(m->boundary) - m->boundary_used;
	m->kind = KIND_FILE;
	if (begins(type, "text") || word_is(type, "plain") || !type.len)
		m->kind = KIND_TEXT;
	else if (word_is(type, "message/rfc822") || word_is(type, "message/global"))
		m->kind = KIND_MAIL;
	else if (begins(type, "message/"))
		m->kind = KIND_TEXT;
	if (!m->name_len)
		name_of(m, sink, value, "name");
	if (!begins(type, "multipart/"))
		return;
	m->kind = KIND_MULTI;
	m->boundary_new = 0;
	size_t n = mime_param(value, "boundary", m->boundary + m->boundary_used, room);
	if (n > MIME_BOUNDARY_MAX)
		say_odd(m, sink, MIME_ODD_BOUNDARY);
	if (!n)
		say_odd(m, sink, MIME_ODD_MALFORMED);
	if (n <= room && n <= UINT8_MAX)
		m->boundary_new = (uint16_t)n;
}

static void
transfer_encoding(struct mime *m, struct view value)
{
	struct view word = first_word(value);
	m->encoding = ENC_NONE;
	if (word_is(word, "base64"))
		m->encoding = ENC_BASE64;
	else if (word_is(word, "quoted-printable"))
		m->encoding = ENC_QP;
	else if (word_is(word, "x-uuencode") || word_is(word, "uuencode") || word_is(word, "x-uue"))
		m->encoding = ENC_NONE; /* its own "begin" shows it */
}

static void
one_field(struct mime *m, const struct mime_sink *sink, struct view name, struct view value)
{
	m->fields = true;
	if (name.len > 126)
		say_odd(m, sink, MIME_ODD_HEADER_NAME);
	if (m->top)
		sink->field(sink->to, name, value);
	if (!begins(name, "content-"))
		return;
	if (word_is(name, "content-type")) {
		content_type(m, sink, value);
	} else if (word_is(name, "content-transfer-encoding")) {
		transfer_encoding(m, value);
	} else if (word_is(name, "content-disposition")) {
		m->attached = begins(first_word(value), "attachment");
		name_of(m, sink, value, "filename");
	}
}

/* The blank line behind a header: what its part is. */
static void
head_end(struct mime *m, const struct mime_sink *sink)
{
	m->state = MIME_BODY;
	if (m->kind == KIND_MULTI) {
		if (m->boundary_new && m->depth < MIME_DEPTH) {
			m->boundary_len[m->depth++] = (uint8_t)m->boundary_new;
			m->boundary_used = (uint16_t)(m->boundary_used + m->boundary_new);
			m->kind = KIND_OTHER;
			return;
		}
		if (m->boundary_new)
			say_odd(m, sink, MIME_ODD_DEPTH);
		m->kind = KIND_TEXT;
	}
	if (m->kind == KIND_MAIL) {
		part_begin(m);
		m->top = false;
		return;
	}
	if (m->kind == KIND_FILE || m->attached || m->name_len) {
		m->kind = KIND_FILE;
		file_open(m, sink);
	}
}

/* The length of a field with its folded lines; 0: it may go on behind these bytes. */
static size_t
field_len(struct view bytes, bool last)
{
	struct cursor c = cursor_of_view(bytes);
	struct view line;
	uint8_t b = ' ';
	while (b == ' ' || b == '\t') {
		bool first = cursor_left(&c) == bytes.len;
		if (!cursor_line(&c, &line))
			return last ? bytes.len : 0;
		if ((first && !line.len) || bytes.len - cursor_left(&c) >= MIME_FIELD_MAX)
			break;
		if (!cursor_peek(&c, 0, &b))
			return last ? bytes.len : 0;
	}
	return bytes.len - cursor_left(&c);
}

static struct view
without_dot(const struct mime *m, struct view line)
{
	struct cursor c = cursor_of_view(line);
	struct view rest = line;
	uint8_t b;
	if (m->dots && !m->mid && cursor_u8(&c, &b) && b == '.')
		(void)cursor_take(&c, cursor_left(&c), &rest);
	return rest;
}

/* Name and value; false when the line is none. */
static bool
split(struct view field, struct view *name, struct view *value)
{
	struct cursor c = cursor_of_view(field);
	size_t n = 0;
	uint8_t b;
	while (cursor_peek(&c, n, &b) && b != ':' && b != '\n' && b != '\r')
		n++;
	if (!n || !cursor_peek(&c, n, &b) || b != ':')
		return false;
	(void)cursor_take(&c, n, name);
	while (name->len && (name->ptr[name->len - 1] == ' ' || name->ptr[name->len - 1] == '\t'))
		name->len--;
	(void)cursor_skip(&c, 1);
	(void)cursor_take(&c, cursor_left(&c), value);
	return name->len > 0;
}

/* Returns its length with its ending, if it has one. */
static size_t
first_line(struct view bytes, struct view *line)
{
	struct cursor c = cursor_of_view(bytes);
	if (cursor_line(&c, line))
		return bytes.len - cursor_left(&c);
	*line = bytes;
	return bytes.len;
}

/* A field, the blank line, or what should not stand there. Returns bytes used, 0: more is needed.
 */
static size_t
field(struct mime *m, const struct mime_sink *sink, struct view bytes, bool last)
{
	struct view line, name, value;
	size_t n = field_len(bytes, last), line_n = first_line(bytes, &line);
	if (m->dots && view_is(line, ".") && line_n > 1) {
		mime_end(m, sink);
		return line_n;
	}
	if (!n && bytes.len < MIME_FIELD_MAX)
		return 0;
	if (!n || n > MIME_FIELD_MAX) {
		say_odd(m, sink, MIME_ODD_HEADER_VALUE);
		n = bytes.len < MIME_FIELD_MAX ? bytes.len : MIME_FIELD_MAX;
		m->mid = true; /* and its rest is skipped */
	}
	if (!line.len) {
		m->mid = false;
		head_end(m, sink);
		return line_n;
	}
	line = without_dot(m, line);
	if (boundary(m, sink, line)) {
		m->mid = false;
		return line_n;
	}
	if (split((struct view){ line.ptr, n - (size_t)(line.ptr - bytes.ptr) }, &name, &value)) {
		one_field(m, sink, name, value);
		return n;
	}
	if (m->fields && (*line.ptr == ' ' || *line.ptr == '\t'))
		return n; /* goes on a field that was cut */
	if (m->fields)
		say_odd(m, sink, MIME_ODD_MALFORMED);
	m->mid = false;
	head_end(m, sink);
	return SIZE_MAX; /* nothing used, but it is a line of the body now */
}

/* The rest of a field that was too long. */
static size_t
field_rest(struct mime *m, struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	struct view line;
	if (!cursor_line(&c, &line))
		return bytes.len;
	m->mid = false;
	return bytes.len - cursor_left(&c);
}

/* A line of the body, or a piece of a very long one. */
static size_t
body_line(struct mime *m, const struct mime_sink *sink, struct view bytes, bool last)
{
	struct cursor c = cursor_of_view(bytes);
	struct view line = bytes;
	bool whole = cursor_line(&c, &line);
	size_t n = bytes.len - cursor_left(&c);
	if (!whole && !last && bytes.len < MIME_LINE_MAX)
		return 0;
	if (!whole) {
		(void)cursor_take(&c, cursor_left(&c), &line);
		n = bytes.len;
	}
	if (line.len > 998)
		say_odd(m, sink, m->encoding == ENC_NONE ? MIME_ODD_LINE : MIME_ODD_ENC_LINE);
	if (m->dots && !m->mid && view_is(line, ".") && whole) {
		mime_end(m, sink);
		return n;
	}
	line = without_dot(m, line);
	if (m->mid || !boundary(m, sink, line)) {
		uint8_t eol = 0;
		if (whole)
			eol = n >= 2 && bytes.ptr[n - 2] == '\r' ? 2 : 1;
		body(m, sink, line, eol);
	}
	m->mid = !whole;
	return n;
}

size_t
mime_feed(struct mime *m, struct view bytes, bool last, const struct mime_sink *sink)
{
	struct cursor c = cursor_of_view(bytes);
	while (m->state != MIME_DONE && cursor_left(&c)) {
		struct view rest = { c.at, cursor_left(&c) };
		size_t n;
		if (m->state == MIME_BODY)
			n = body_line(m, sink, rest, last);
		else if (m->mid)
			n = field_rest(m, rest);
		else
			n = field(m, sink, rest, last);
		if (n == SIZE_MAX)
			continue;
		if (!n)
			break;
		(void)cursor_skip(&c, n);
	}
	return bytes.len - cursor_left(&c);
}

void
mime_end(struct mime *m, const struct mime_sink *sink)
{
	if (m->state == MIME_DONE)
		return;
	part_end(m, sink); /* the last line ending is the mail's, not a file's */
	m->state = MIME_DONE;
}

void
mime_gap(struct mime *m)
{
	m->eol = 0;
	m->bit_n = 0;
	m->bits = 0;
	m->url_at = 0;
	m->url_len = 0;
	m->mid = true;
}
