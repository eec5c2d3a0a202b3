/* SPDX-License-Identifier: Apache-2.0 */
#include "http_head.h"

#include <ctype.h>
#include <strings.h>

#include "lib/base64.h"
#include "wire/event.h"

static struct view
rest(const struct cursor *c)
{
	return (struct view){ c->at, cursor_left(c) };
}

bool
http_begins(struct view v, const char *word)
{
	size_t n = strlen(word);
	return v.ptr && v.len >= n && strncasecmp((const char *)v.ptr, word, n) == 0;
}

static bool
blank(uint8_t b)
{
	return b == ' ' || b == '\t' || b == '\r' || b == '\n';
}

static struct view
trimmed(struct view v)
{
	struct cursor c = cursor_of_view(v);
	uint8_t b;
	while (cursor_peek(&c, 0, &b) && blank(b))
		(void)cursor_skip(&c, 1);
	v = rest(&c);
	while (v.len && cursor_peek(&c, v.len - 1, &b) && blank(b))
		v.len--;
	return v;
}

struct view
http_value(struct view v)
{
	const uint8_t *semicolon = v.len ? memchr(v.ptr, ';', v.len) : NULL;
	if (semicolon)
		v.len = (size_t)(semicolon - v.ptr);
	return v.len ? trimmed(v) : v;
}

/* The text up to one of the bytes in `ends`, or all; the cursor stands there. */
static struct view
until(struct cursor *c, const char *ends)
{
	struct view out = { c->at, 0 };
	uint8_t b;
	while (cursor_peek(c, 0, &b) && (b > '?' || !b || !strchr(ends, b))) {
		out.len++;
		(void)cursor_skip(c, 1);
	}
	return out;
}

/* A parameter's value: in quotes (what a backslash stands before is not resolved) or as it is. */
static struct view
parameter_value(struct cursor *c)
{
	uint8_t b = 0;
	(void)cursor_peek(c, 0, &b);
	if (b != '"')
		return trimmed(until(c, ";"));
	(void)cursor_skip(c, 1);
	struct view out = until(c, "\"");
	(void)cursor_skip(c, 1);
	return out;
}

/* RFC 8187: charset'language'text */
static struct view
extended(struct view v)
{
	struct cursor c = cursor_of_view(v);
	(void)until(&c, "'");
	(void)cursor_skip(&c, 1);
	(void)until(&c, "'");
	return cursor_skip(&c, 1) ? rest(&c) : v;
}

struct view
http_parameter(struct view value, const char *name)
{
	struct cursor c = cursor_of_view(value);
	struct view other = { 0 };
	size_t n = strlen(name);
	(void)until(&c, ";");
	while (cursor_skip(&c, 1)) {
		struct view key = trimmed(until(&c, "=;"));
		uint8_t b = 0;
		if (!cursor_peek(&c, 0, &b) || b != '=')
			continue;
		(void)cursor_skip(&c, 1);
		while (cursor_peek(&c, 0, &b) && blank(b))
			(void)cursor_skip(&c, 1);
		struct view v = parameter_value(&c);
		if (key.len == n && http_begins(key, name))
			return v;
		if (key.len == n + 1 && http_begins(key, name) && key.ptr[n] == '*')
			other = extended(v);
		(void)until(&c, ";");
	}
	return other;
}

/* A number, at most 18 digits; -1 when there is none. */
static int64_t
number(struct cursor *c)
{
	int64_t v = 0;
	int digits = 0;
	uint8_t b;
	for (; cursor_peek(c, 0, &b) && isdigit(b); digits++, (void)cursor_skip(c, 1)) {
		if (digits < 18)
			v = v * 10 + (b - '0');
	}
	return digits && digits <= 18 ? v : -1;
}

struct http_range
http_range(struct view raw)
{
	struct http_range out = { -1, -1, -1 };
	struct cursor c = cursor_of_view(raw);
	uint8_t b = 0;
	while (cursor_peek(&c, 0, &b) && !isdigit(b) && b != '*')
		(void)cursor_skip(&c, 1);
	if (b == '*') {
		(void)cursor_skip(&c, 1);
	} else {
		out.first = number(&c);
		if (cursor_peek(&c, 0, &b) && b == '-' && cursor_skip(&c, 1))
			out.last = number(&c);
	}
	if (cursor_peek(&c, 0, &b) && b == '/' && cursor_skip(&c, 1))
		out.size = number(&c);
	return out;
}

/* Of the alphabet for URLs as well. */
static int
sextet(uint8_t b)
{
	return b == '-' ? 62 : b == '_' ? 63 : base64_digit(b);
}

size_t
http_base64(struct view text, uint8_t *out, size_t room)
{
	struct cursor c = cursor_of_view(text);
	uint32_t bits = 0;
	int have = 0;
	size_t n = 0;
	uint8_t b;
	while (n < room && cursor_u8(&c, &b) && b != '=') {
		int v = sextet(b);
		if (v < 0)
			continue;
		bits = bits << 6 | (uint32_t)v;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		out[n++] = (uint8_t)(bits >> have);
	}
	return n;
}

void
http_user(struct view authorization, struct http_user *out)
{
	struct cursor c = cursor_of_view(authorization);
	struct view v;
	out->user = (struct view){ 0 };
	out->scheme = until(&c, " \t");
	if (out->scheme.len == 5 && http_begins(out->scheme, "basic")) {
		size_t n = http_base64(rest(&c), out->room, sizeof(out->room));
		const uint8_t *colon = n ? memchr(out->room, ':', n) : NULL;
		if (colon)
			out->user = (struct view){ out->room, (size_t)(colon - out->room) };
		return;
	}
	if (out->scheme.len != 6 || !http_begins(out->scheme, "digest"))
		return;
	/* a list of name=value with commas between them */
	while (cursor_left(&c)) {
		struct view key = trimmed(until(&c, "=,"));
		uint8_t b = 0;
		(void)cursor_u8(&c, &b);
		if (b != '=')
			continue;
		bool quoted = cursor_peek(&c, 0, &b) && b == '"' && cursor_skip(&c, 1);
		v = until(&c, quoted ? "\"" : ",");
		if (key.len == 8 && http_begins(key, "username"))
			out->user = v;
		(void)until(&c, ",");
		(void)cursor_skip(&c, 1);
	}
}

struct view
http_path(struct view uri)
{
	struct cursor c = cursor_of_view(uri);
	return until(&c, "?#");
}

struct view
http_query(struct view uri, const char *name)
{
	struct cursor c = cursor_of_view(uri);
	(void)until(&c, "?");
	while (cursor_skip(&c, 1)) {
		struct view key = until(&c, "=&#");
		uint8_t b = 0;
		if (!cursor_peek(&c, 0, &b) || b != '=') {
			if (b == '#')
				break;
			continue;
		}
		(void)cursor_skip(&c, 1);
		struct view value = until(&c, "&#");
		if (view_is(key, name))
			return value;
	}
	return (struct view){ 0 };
}

/* Words that follow an underscore in Elasticsearch's and OpenSearch's addresses. */
static bool
operation(struct view v)
{
	static const char *const words[] = { "_search", "_bulk", "_doc", "_create", "_update",
		"_update_by_query", "_delete_by_query", "_mget", "_msearch", "_count", "_mapping",
		"_mappings", "_settings", "_alias", "_aliases", "_cat", "_cluster", "_nodes",
		"_stats", "_refresh", "_flush", "_reindex", "_snapshot", "_template",
		"_index_template", "_component_template", "_ingest", "_tasks", "_scripts",
		"_search_scroll", "_analyze", "_validate", "_termvectors", "_xpack", "_security",
		"_license", "_ilm", "_data_stream", "_field_caps", "_async_search", "_sql",
		"_source", "_forcemerge", "_open", "_close", "_shrink", "_split", "_rollover",
		"_all" };
	for (size_t i = 0; v.len && *v.ptr == '_' && i < sizeof(words) / sizeof(*words); i++) {
		if (view_is(v, words[i]))
			return true;
	}
	return false;
}

bool
http_elastic(struct view uri, struct http_elastic *out)
{
	struct view path = http_path(uri);
	struct cursor c = cursor_of_view(path);
	*out = (struct http_elastic){ 0 };
	for (int i = 0; i < 3 && cursor_skip(&c, 1); i++) {
		struct view part = until(&c, "/");
		if (operation(part)) {
			out->operation = part;
			return true;
		}
		if (!out->index.ptr && part.len)
			out->index = part;
	}
	return false;
}

void
http_put(struct jw *w, const char *key, struct view v)
{
	if (v.len)
		jw_put_bytes(w, key, v.ptr, v.len);
}

static void
put_number(struct jw *w, const char *key, int64_t v)
{
	if (v < 0)
		return;
	jw_key_n(w, key, strlen(key));
	jw_i64(w, v);
}

void
http_put_range(struct jw *w, struct view raw)
{
	struct http_range r = http_range(raw);
	if (!raw.ptr)
		return;
	ev_key(w, http, content_range);
	jw_object(w);
	http_put(w, EV_KEY(http_range, raw), raw);
	put_number(w, EV_KEY(http_range, start), r.first);
	put_number(w, EV_KEY(http_range, end), r.last);
	put_number(w, EV_KEY(http_range, size), r.size);
	jw_object_end(w);
}

void
http_put_user(struct jw *w, struct view authorization)
{
	struct http_user u;
	if (!authorization.len)
		return;
	http_user(authorization, &u);
	ev_key(w, http, authorization);
	jw_object(w);
	http_put(w, EV_KEY(http_authorization, scheme), u.scheme);
	http_put(w, EV_KEY(http_authorization, user), u.user);
	jw_object_end(w);
}

void
http_put_elastic(struct jw *w, struct view uri)
{
	struct http_elastic e;
	if (!http_elastic(uri, &e))
		return;
	ev_key(w, http, elasticsearch);
	jw_object(w);
	http_put(w, EV_KEY(http_elasticsearch, index), e.index);
	http_put(w, EV_KEY(http_elasticsearch, operation), e.operation);
	jw_object_end(w);
}
