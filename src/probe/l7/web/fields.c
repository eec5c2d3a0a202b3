/* SPDX-License-Identifier: Apache-2.0 */
#include "fields.h"

#include <strings.h>

#define CRLF "\r\n"

/* Bytes written, or only counted. */
struct text {
	uint8_t *to; /* NULL: count */
	size_t n;
};

static void
put(struct text *t, struct view v)
{
	if (t->to && v.len)
		memcpy(t->to + t->n, v.ptr, v.len);
	t->n += v.len;
}

static bool
cookie(const struct field *f, uint8_t dir)
{
	const char *name = dir == DIR_TO_SERVER ? "cookie" : "set-cookie";
	size_t n = strlen(name);
	return f->name.len == n && strncasecmp((const char *)f->name.ptr, name, n) == 0;
}

static void
put_all(const struct fields *f, const struct l7_ask *ask, struct text *t)
{
	struct field one;
	for (size_t at = 0; f->next(f->of, &at, &one);) {
		if (ask->what != L7_BUF_HTTP_START && cookie(&one, ask->dir))
			continue;
		put(t, one.name);
		put(t, view_of(": "));
		put(t, one.value);
		put(t, view_of(CRLF));
	}
}

static void
put_names(const struct fields *f, const struct l7_ask *ask, struct text *t)
{
	struct field one;
	(void)ask;
	put(t, view_of(CRLF));
	for (size_t at = 0; f->next(f->of, &at, &one);) {
		put(t, one.name);
		put(t, view_of(CRLF));
	}
	put(t, view_of(CRLF));
}

static void
put_start(const struct fields *f, const struct l7_ask *ask, struct text *t)
{
	put(t, f->line);
	put(t, view_of(CRLF));
	put_all(f, ask, t);
	put(t, view_of(CRLF));
}

typedef void (*put_fn)(const struct fields *f, const struct l7_ask *ask, struct text *t);

/* Once to count, once to write. */
static bool
build(const struct fields *f, const struct l7_ask *ask, put_fn fn, struct view *out)
{
	struct text t = { 0 };
	if (ask->i)
		return false;
	fn(f, ask, &t);
	t.to = t.n ? scratch_get(ask->scratch, t.n) : NULL;
	if (!t.to)
		return false;
	t.n = 0;
	fn(f, ask, &t);
	*out = (struct view){ t.to, t.n };
	return true;
}

bool
fields_all(const struct fields *f, const struct l7_ask *ask, struct view *out)
{
	return build(f, ask, put_all, out);
}

bool
fields_names(const struct fields *f, const struct l7_ask *ask, struct view *out)
{
	struct field one;
	size_t at = 0;
	return f->next(f->of, &at, &one) && build(f, ask, put_names, out);
}

bool
fields_start(const struct fields *f, const struct l7_ask *ask, struct view *out)
{
	return f->line.ptr && build(f, ask, put_start, out);
}

bool
fields_join(const struct l7_ask *ask, struct view a, struct view b, struct view *out)
{
	struct text t = { scratch_get(ask->scratch, a.len + b.len + 1), 0 };
	if (!t.to)
		return false;
	put(&t, a);
	put(&t, b);
	*out = (struct view){ t.to, t.n };
	return true;
}

bool
fields_one(const struct fields *f, const struct l7_ask *ask, struct view *out)
{
	struct field one;
	if (!f->nth(f->of, ask->i, &one))
		return false;
	struct text t = { scratch_get(ask->scratch, one.name.len + one.value.len + 2), 0 };
	if (!t.to)
		return false;
	put(&t, one.name);
	put(&t, view_of(": "));
	put(&t, one.value);
	*out = (struct view){ t.to, t.n };
	return true;
}

/* Buffers that are a field's value: of the request, of the response; NULL: not there. */
static const struct {
	enum l7_buffer what;
	const char *name[2]; /* by enum dir */
} values[] = {
	{ L7_BUF_HTTP_USER_AGENT, { "user-agent", NULL } },
	{ L7_BUF_HTTP_REFERER, { "referer", NULL } },
	{ L7_BUF_HTTP_ACCEPT, { "accept", NULL } },
	{ L7_BUF_HTTP_ACCEPT_ENC, { "accept-encoding", NULL } },
	{ L7_BUF_HTTP_ACCEPT_LANG, { "accept-language", NULL } },
	{ L7_BUF_HTTP_COOKIE, { "cookie", "set-cookie" } },
	{ L7_BUF_HTTP_CONNECTION, { "connection", "connection" } },
	{ L7_BUF_HTTP_CONTENT_LEN, { "content-length", "content-length" } },
	{ L7_BUF_HTTP_CONTENT_TYPE, { "content-type", "content-type" } },
	{ L7_BUF_HTTP_SERVER, { NULL, "server" } },
	{ L7_BUF_HTTP_LOCATION, { NULL, "location" } },
};

const char *
fields_name(enum l7_buffer what, enum dir dir)
{
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		if (values[i].what == what)
			return values[i].name[dir];
	}
	return NULL;
}
