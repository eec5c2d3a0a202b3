/* SPDX-License-Identifier: Apache-2.0 */
#include "multipart.h"

#include "http_head.h"

/*
 *	before -> behind a mark -> header lines -> data -> behind a mark -> ... -> after the last
 */
enum { BEFORE, BEHIND, HEADERS, DATA, AFTER };

bool
multipart_begin(struct multipart *m, struct view boundary)
{
	*m = (struct multipart){ .state = BEFORE };
	if (!boundary.len || boundary.len > MULTIPART_MARK - 4)
		return false;
	memcpy(m->mark, "\r\n--", 4);
	memcpy(m->mark + 4, boundary.ptr, boundary.len);
	m->mark_n = (uint8_t)(4 + boundary.len);
	m->matched = 2; /* the first mark needs no line before it */
	return true;
}

/* Bytes before the next place where the mark is, or may begin. */
static size_t
run_of_data(const struct multipart *m, const struct cursor *c)
{
	struct cursor at = *c;
	struct view mark;
	while (cursor_left(&at)) {
		const uint8_t *cr = memchr(at.at, '\r', cursor_left(&at));
		if (!cr)
			return cursor_left(c);
		(void)cursor_skip(&at, (size_t)(cr - at.at));
		struct cursor here = at;
		if (!cursor_take(&here, m->mark_n, &mark) ||
		    memcmp(mark.ptr, m->mark, m->mark_n) == 0)
			break;
		(void)cursor_skip(&at, 1);
	}
	return cursor_left(c) - cursor_left(&at);
}

/* `name=` and `filename=` of Content-Disposition. */
static void
read_line(struct multipart *m)
{
	static const char word[] = "content-disposition:";
	struct cursor c = cursor_of(m->line, m->line_n);
	if (!http_begins((struct view){ m->line, m->line_n }, word) ||
	    !cursor_skip(&c, sizeof(word) - 1))
		return;
	struct view name = http_parameter((struct view){ c.at, cursor_left(&c) }, "filename");
	if (!name.ptr)
		return;
	m->named = true;
	m->name_n = (uint16_t)(name.len < MULTIPART_NAME ? name.len : MULTIPART_NAME);
	memcpy(m->file_name, name.ptr, m->name_n);
}

/* Header lines up to the empty one. True: it came. */
static bool
headers(struct multipart *m, struct cursor *c)
{
	uint8_t b;
	while (cursor_u8(c, &b)) {
		if (b != '\n') {
			if (m->line_n < MULTIPART_LINE)
				m->line[m->line_n++] = b;
			continue;
		}
		if (m->line_n && m->line[m->line_n - 1] == '\r')
			m->line_n--;
		if (!m->line_n)
			return true;
		read_line(m);
		m->line_n = 0;
	}
	return false;
}

/* Behind a mark: "--" ends all, a line's end begins a part. True: decided. */
static bool
behind(struct multipart *m, struct cursor *c)
{
	uint8_t b;
	while (cursor_u8(c, &b)) {
		if (b == '-' && ++m->line_n == 2) {
			m->state = AFTER;
			return true;
		}
		if (b == '\n') {
			m->state = HEADERS;
			m->line_n = m->name_n = 0;
			m->named = false;
			return true;
		}
	}
	return false;
}

/* The mark, or a part of it, may stand here: its first byte is nowhere else in it, so a mismatch
 * makes data of what was held back and of nothing else. */
static enum multipart_event
at_mark(struct multipart *m, struct cursor *c, struct view *data)
{
	bool inside = m->state == DATA;
	uint8_t b;
	while (m->matched < m->mark_n) {
		if (!cursor_peek(c, 0, &b))
			return MULTIPART_NOTHING;
		if (b != m->mark[m->matched]) {
			*data = (struct view){ m->mark, m->matched };
			m->matched = 0;
			return inside ? MULTIPART_DATA : MULTIPART_NOTHING;
		}
		m->matched++;
		(void)cursor_skip(c, 1);
	}
	m->matched = 0;
	m->line_n = 0;
	m->state = BEHIND;
	return inside ? MULTIPART_END : MULTIPART_NOTHING;
}

static enum multipart_event
data_next(struct multipart *m, struct cursor *c, struct view *data)
{
	if (m->matched)
		return at_mark(m, c, data);
	size_t n = run_of_data(m, c);
	if (!n) {
		m->matched = 1;
		(void)cursor_skip(c, 1);
		return at_mark(m, c, data);
	}
	(void)cursor_take(c, n, data);
	return m->state == DATA ? MULTIPART_DATA : MULTIPART_NOTHING;
}

enum multipart_event
multipart_next(struct multipart *m, struct cursor *c, struct view *data)
{
	for (;;) {
		if (!cursor_left(c))
			return MULTIPART_NOTHING;
		if (m->state == AFTER) {
			(void)cursor_skip(c, cursor_left(c));
			return MULTIPART_NOTHING;
		}
		if (m->state == BEHIND) {
			(void)behind(m, c);
		} else if (m->state == HEADERS) {
			if (!headers(m, c))
				return MULTIPART_NOTHING;
			m->state = DATA;
			m->matched = 0;
			return MULTIPART_PART;
		} else {
			enum multipart_event e = data_next(m, c, data);
			if (e != MULTIPART_NOTHING)
				return e;
		}
	}
}
