/* SPDX-License-Identifier: Apache-2.0 */
/* What signatures look at in HTTP/2, under the names of HTTP/1, and what only it has. */
#include <ctype.h>

#include "fields.h"
#include "http2_state.h"

/* *at counts the fields gone by; a list is short. */
static const struct http2_header *
field_from(const struct http2_header *f)
{
	while (f && f->resized >= 0)
		f = f->next;
	return f;
}

/* *at is the address of the one before: they are a list. */
static bool
next_field(const void *of, size_t *at, struct field *out)
{
	const struct http2_half *h = of;
	const struct http2_header *before = (const struct http2_header *)(uintptr_t)*at;
	const struct http2_header *f = field_from(before ? before->next : h->first);
	if (!f)
		return false;
	*at = (uintptr_t)f;
	*out = (struct field){ f->name, f->value };
	return true;
}

static bool
nth_field(const void *of, size_t i, struct field *out)
{
	size_t at = 0;
	while (next_field(of, &at, out)) {
		if (i-- == 0)
			return true;
	}
	return false;
}

/* What is a line of its own in HTTP/1 are fields here. */
static const char *
pseudo(enum l7_buffer what)
{
	switch (what) {
	case L7_BUF_HTTP_URI:
	case L7_BUF_HTTP_URI_RAW:
		return ":path";
	case L7_BUF_HTTP_METHOD:
		return ":method";
	case L7_BUF_HTTP_HOST_RAW:
		return ":authority";
	default:
		return NULL;
	}
}

static struct view
value(const struct http2_half *h, const struct l7_ask *ask)
{
	const char *name = fields_name(ask->what, ask->dir);
	if (!name && ask->dir == DIR_TO_SERVER)
		name = pseudo(ask->what);
	if (ask->what == L7_BUF_HTTP_STAT_CODE && ask->dir == DIR_TO_CLIENT)
		name = ":status";
	return name ? http2_value(h, name) : (struct view){ 0 };
}

/* Without the user before it and the port behind it, in lower case. */
static bool
host(const struct http2_half *h, const struct l7_ask *ask, struct view *out)
{
	struct view v = http2_value(h, ":authority");
	if (!v.ptr)
		v = http2_value(h, "host");
	const uint8_t *at = v.len ? memchr(v.ptr, '@', v.len) : NULL;
	struct cursor c = cursor_of_view(v);
	if (at)
		(void)cursor_skip(&c, (size_t)(at - v.ptr) + 1);
	size_t n = cursor_left(&c);
	bool literal = n && *c.at == '[';
	uint8_t *low = v.ptr ? scratch_get(ask->scratch, n + 1) : NULL;
	if (!low)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (c.at[i] == ':' && !literal)
			n = i;
		else
			low[i] = (uint8_t)tolower(c.at[i]);
		literal = literal && c.at[i] != ']';
	}
	*out = (struct view){ low, n };
	return true;
}

static bool
request_line(const struct http2_half *h, const struct l7_ask *ask, struct view *out)
{
	struct view method = http2_value(h, ":method"), path = http2_value(h, ":path"), v;
	return method.ptr && path.ptr && fields_join(ask, method, view_of(" "), &v) &&
	       fields_join(ask, v, path, &v) && fields_join(ask, v, view_of(" HTTP/2\r\n"), out);
}

static bool
status_line(const struct http2_half *h, const struct l7_ask *ask, struct view *out)
{
	struct view code = http2_value(h, ":status"), v;
	return code.ptr && fields_join(ask, view_of("HTTP/2 "), code, &v) &&
	       fields_join(ask, v, view_of("\r\n"), out);
}

static bool
name(const struct http2_half *h, const struct l7_ask *ask, struct view *out)
{
	struct field f = { 0 };
	bool found = nth_field(h, ask->i, &f);
	*out = f.name;
	return found;
}

static bool
built(const struct http2_half *h, const struct l7_ask *ask, struct view *out)
{
	const struct fields f = { h, next_field, nth_field, { NULL, 0 } };
	switch (ask->what) {
	case L7_BUF_HTTP_HEADER:
		return fields_all(&f, ask, out);
	case L7_BUF_HTTP_HEADER_NAMES:
		return fields_names(&f, ask, out);
	case L7_BUF_HTTP_REQUEST_HEADER:
	case L7_BUF_HTTP_RESPONSE_HEADER:
		return fields_one(&f, ask, out);
	case L7_BUF_HTTP2_HEADER_NAME:
		return name(h, ask, out);
	default:
		return false;
	}
}

bool
http2_buffer(const void *data, const struct l7_ask *ask, struct view *out)
{
	const struct http2_half *h = &((const struct http2_tx *)data)->half[ask->dir];
	if (built(h, ask, out))
		return true;
	if (ask->i)
		return false;
	switch (ask->what) {
	case L7_BUF_HTTP_HOST:
		return host(h, ask, out);
	case L7_BUF_HTTP_PROTOCOL:
		*out = view_of("HTTP/2");
		return true;
	case L7_BUF_HTTP_STAT_MSG: /* there is none any more */
		*out = view_of("");
		return true;
	case L7_BUF_HTTP_REQUEST_LINE:
		return request_line(h, ask, out);
	case L7_BUF_HTTP_RESPONSE_LINE:
		return status_line(h, ask, out);
	default:
		*out = value(h, ask);
		return out->ptr != NULL;
	}
}

/* The i-th bit that is set. */
static bool
bit(uint16_t set, uint16_t i, uint64_t *out)
{
	while (set && i--)
		set &= (uint16_t)(set - 1);
	*out = set ? (uint64_t)__builtin_ctz(set) : 0;
	return set != 0;
}

static bool
one(int64_t value, uint16_t i, uint64_t *out)
{
	*out = (uint64_t)value;
	return value >= 0 && !i;
}

static bool
resized(const struct http2_half *h, uint16_t i, uint64_t *out)
{
	for (const struct http2_header *f = h->first; f; f = f->next) {
		if (f->resized >= 0 && i-- == 0) {
			*out = (uint64_t)f->resized;
			return true;
		}
	}
	return false;
}

static bool
set_to(const struct http2_half *h, uint16_t i, uint64_t *out)
{
	const struct http2_setting *s = h->settings;
	while (s && i--)
		s = s->next;
	*out = s ? (uint64_t)s->id << 32 | s->value : 0;
	return s != NULL;
}

bool
http2_number(const void *data, const struct l7_ask *ask, uint64_t *out)
{
	const struct http2_half *h = &((const struct http2_tx *)data)->half[ask->dir];
	switch (ask->what) {
	case L7_NUM_HTTP2_FRAMETYPE:
		return bit(h->types, ask->i, out);
	case L7_NUM_HTTP2_ERRORCODE:
		return one(h->error, ask->i, out);
	case L7_NUM_HTTP2_PRIORITY:
		return one(h->weight, ask->i, out);
	case L7_NUM_HTTP2_WINDOW:
		return one(h->window, ask->i, out);
	case L7_NUM_HTTP2_SIZE_UPDATE:
		return resized(h, ask->i, out);
	case L7_NUM_HTTP2_SETTINGS:
		return set_to(h, ask->i, out);
	default:
		return false;
	}
}
