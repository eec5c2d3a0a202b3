/* SPDX-License-Identifier: Apache-2.0 */
#include "profile.h"

#include <stdlib.h>
#include <string.h>

#define SECOND 1000000000u

static int
names(struct profile *p, const char *type, struct view list, bool only, struct err *e)
{
	struct cursor c = cursor_of_view(list);
	struct view name;
	bool more = true;

	if (p->name_n && p->only != only)
		return err_set(e, "output.profile: %s: only and without exclude each other", type);
	p->only = only;
	while (more) {
		size_t n = 0;
		uint8_t b = 0;
		while (cursor_peek(&c, n, &b) && b != '+')
			n++;
		more = n < cursor_left(&c);
		if (!n || p->name_n == PROFILE_NAMES)
			return err_set(e, "output.profile: %s: %s", type,
			    n ? "too many names" : "a name is missing");
		(void)cursor_take(&c, n, &name);
		(void)cursor_skip(&c, more);
		p->name[p->name_n++] = name;
	}
	return 0;
}

static int
number(uint32_t *to, const char *type, const char *word, const char *text, struct err *e)
{
	char *end;
	unsigned long v = strtoul(text, &end, 10);

	if (end == text || (*end && *end != ' ') || v == 0 || v > UINT32_MAX)
		return err_set(e, "output.profile: %s: %s wants a number from 1", type, word);
	*to = (uint32_t)v;
	return 0;
}

static int
word(struct profile *p, const char *type, const char *at, size_t n, struct err *e)
{
	static const char *const words[] = { "rate=", "flow=", "sample=" };
	uint32_t *const to[] = { &p->rate, &p->flow, &p->sample };

	if (n == 3 && memcmp(at, "off", 3) == 0) {
		p->off = true;
		return 0;
	}
	for (size_t i = 0; i < 3; i++) {
		size_t k = strlen(words[i]);
		if (n > k && memcmp(at, words[i], k) == 0)
			return number(to[i], type, words[i], at + k, e);
	}
	if (n > 5 && memcmp(at, "only=", 5) == 0)
		return names(p, type, (struct view){ (const uint8_t *)at + 5, n - 5 }, true, e);
	if (n > 8 && memcmp(at, "without=", 8) == 0)
		return names(p, type, (struct view){ (const uint8_t *)at + 8, n - 8 }, false, e);
	return err_set(e,
	    "output.profile: %s: \"%.*s\" is none of off, rate=N, flow=N, sample=N, only=a+b, "
	    "without=a+b",
	    type, (int)n, at);
}

int
profile_read(struct profile *p, const char *type, const char *text, struct err *e)
{
	*p = (struct profile){ .set = true };
	while (*(text += strspn(text, " "))) {
		size_t n = strcspn(text, " ");
		if (word(p, type, text, n, e) != 0)
			return -1;
		text += n;
	}
	return 0;
}

bool
profile_wants(struct profile *p, uint64_t flow_id, uint64_t number_of, uint64_t ts)
{
	if (p->off || (p->flow && number_of >= p->flow) || (p->sample && flow_id % p->sample != 0))
		return false;
	if (!p->rate)
		return true;
	if (ts / SECOND != p->second) {
		p->second = ts / SECOND;
		p->said = 0;
	}
	return p->said++ < p->rate;
}

/* ---- members ---- */

/* Behind the string that begins here. */
static size_t
skip_string(const struct buf *b, size_t at)
{
	for (at++; at < b->len && b->ptr[at] != '"'; at++)
		at += b->ptr[at] == '\\';
	return at + 1;
}

/* Behind the value that begins here. */
static size_t
skip_value(const struct buf *b, size_t at)
{
	int depth = 0;

	while (at < b->len) {
		uint8_t c = b->ptr[at];
		if (c == '"') {
			at = skip_string(b, at);
			continue;
		}
		if (depth == 0 && (c == ',' || c == '}' || c == ']'))
			break;
		depth += c == '{' || c == '[';
		depth -= c == '}' || c == ']';
		at++;
	}
	return at;
}

static bool
stays(const struct profile *p, const uint8_t *key, size_t n)
{
	for (uint8_t i = 0; i < p->name_n; i++) {
		if (p->name[i].len == n && memcmp(p->name[i].ptr, key, n) == 0)
			return p->only;
	}
	return !p->only;
}

/* Members of the object that begins at `from` move up to `to`, those that go left out. Returns
 * where the object ends, *to behind what was written. */
static size_t
trim_object(const struct profile *p, struct buf *b, size_t from, size_t *to)
{
	bool some = false;

	b->ptr[(*to)++] = b->ptr[from++]; /* the bracket */
	while (from < b->len && b->ptr[from] != '}') {
		from += b->ptr[from] == ',';
		size_t key_end = skip_string(b, from), end = skip_value(b, key_end + 1);
		if (stays(p, b->ptr + from + 1, key_end - from - 2)) {
			if (some)
				b->ptr[(*to)++] = ',';
			memmove(b->ptr + *to, b->ptr + from, end - from);
			*to += end - from;
			some = true;
		}
		from = end;
	}
	b->ptr[(*to)++] = '}';
	return from + 1;
}

void
profile_trim(const struct profile *p, struct buf *line, size_t at)
{
	size_t to = at;

	if (!p->name_n || line->failed)
		return;
	while (at < line->len) {
		size_t key_end = skip_string(line, at + 1) + 1; /* comma, key, colon */
		memmove(line->ptr + to, line->ptr + at, key_end - at);
		to += key_end - at;
		at = key_end;
		if (at < line->len && line->ptr[at] == '{') {
			at = trim_object(p, line, at, &to);
			continue;
		}
		size_t end = skip_value(line, at);
		memmove(line->ptr + to, line->ptr + at, end - at);
		to += end - at;
		at = end;
	}
	line->len = to;
}
