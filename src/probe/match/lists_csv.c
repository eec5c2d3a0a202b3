/* SPDX-License-Identifier: Apache-2.0 */
/* Lists as lines: one indicator each, or columns named by the first line. */
#include <stdlib.h>

#include "probe/lists_build.h"

#define COLUMNS 32

enum column { NONE, TYPE, VALUE, CONFIDENCE, EXPIRES, SOURCE, REFERENCE, DESCRIPTION };

static const struct {
	const char *name;
	uint8_t column;
} names[] = {
	{ "type", TYPE },
	{ "indicator_type", TYPE },
	{ "ioc_type", TYPE },
	{ "value", VALUE },
	{ "indicator", VALUE },
	{ "ioc", VALUE },
	{ "ioc_value", VALUE },
	{ "ip", VALUE },
	{ "domain", VALUE },
	{ "url", VALUE },
	{ "ja3_md5", VALUE },
	{ "sha1", VALUE },
	{ "confidence", CONFIDENCE },
	{ "confidence_level", CONFIDENCE },
	{ "expires", EXPIRES },
	{ "valid_until", EXPIRES },
	{ "source", SOURCE },
	{ "reporter", SOURCE },
	{ "reference", REFERENCE },
	{ "link", REFERENCE },
	{ "description", DESCRIPTION },
	{ "comment", DESCRIPTION },
	{ "listingreason", DESCRIPTION },
};

struct layout {
	uint8_t of[COLUMNS]; /* enum column */
	bool named;
};

static bool
same(struct view v, const char *word)
{
	return v.len == strlen(word) && strncasecmp((const char *)v.ptr, word, v.len) == 0;
}

static struct view
trim(struct view v)
{
	while (v.len &&
	       (v.ptr[v.len - 1] == ' ' || v.ptr[v.len - 1] == '\r' || v.ptr[v.len - 1] == '\t'))
		v.len--;
	while (v.len && (v.ptr[0] == ' ' || v.ptr[0] == '\t')) {
		v.ptr++;
		v.len--;
	}
	return v;
}

/* The next field; what stands in quotes may hold commas, and doubled quotes are left as they are.
 */
static bool
field(struct cursor *c, struct view *out)
{
	size_t left = cursor_left(c), n = 0;
	bool quoted = false;

	if (!left)
		return false;
	while (n < left && (quoted || c->at[n] != ',')) {
		quoted ^= c->at[n] == '"';
		n++;
	}
	(void)cursor_take(c, n, out);
	(void)cursor_skip(c, 1);
	*out = trim(*out);
	if (out->len >= 2 && out->ptr[0] == '"' && out->ptr[out->len - 1] == '"') {
		out->ptr++;
		out->len -= 2;
	}
	return true;
}

/* Is it a line of names? The value's must be among them. */
static bool
header(struct view line, struct layout *to)
{
	struct layout l = { .named = false };
	struct cursor c = cursor_of_view(line);
	struct view v;

	for (size_t i = 0; i < COLUMNS && field(&c, &v); i++) {
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++) {
			if (!same(v, names[k].name))
				continue;
			l.named |= names[k].column == VALUE;
			l.of[i] = names[k].column;
		}
	}
	if (l.named)
		*to = l;
	return l.named;
}

static uint8_t
percent(struct view v)
{
	unsigned n = 0;

	for (size_t i = 0; i < v.len && v.ptr[i] >= '0' && v.ptr[i] <= '9' && n <= 100; i++)
		n = n * 10 + (v.ptr[i] - '0');
	return v.len ? (uint8_t)(n > 100 ? 100 : n) : LISTS_UNKNOWN;
}

static void
line(struct lists_reader *r, const struct layout *l, struct view text)
{
	struct lists_item item = { .confidence = LISTS_UNKNOWN };
	struct cursor c = cursor_of_view(text);
	struct view v, *to[] = { [TYPE] = &item.type,
		[VALUE] = &item.value,
		[SOURCE] = &item.source,
		[REFERENCE] = &item.reference,
		[DESCRIPTION] = &item.description };

	for (size_t i = 0; i < COLUMNS && field(&c, &v); i++) {
		if (l->of[i] == CONFIDENCE)
			item.confidence = percent(v);
		else if (l->of[i] == EXPIRES && v.len && !(item.expires = lists_time(v)))
			lists_refuse(r, "\"%.*s\" is no time; the entry does not expire",
			    (int)(v.len < 40 ? v.len : 40), (const char *)v.ptr);
		else if (l->of[i] != NONE && l->of[i] != EXPIRES)
			*to[l->of[i]] = v;
	}
	if (item.value.len)
		lists_take(r, &item);
}

void
lists_read_csv(struct lists_reader *r, struct view bytes)
{
	struct layout l = { .of = { VALUE } };
	struct cursor c = cursor_of_view(bytes);
	struct view text;
	size_t left;

	for (r->line = 1; (left = cursor_left(&c)); r->line++) {
		const uint8_t *end = memchr(c.at, '\n', left);
		(void)cursor_take(&c, end ? (size_t)(end - c.at) : left, &text);
		(void)cursor_skip(&c, 1);
		text = trim(text);
		bool comment = text.len && text.ptr[0] == '#';
		if (comment)
			text = trim((struct view){ text.ptr + 1, text.len - 1 });
		/* a header may stand in a comment */
		if (!text.len || (!l.named && header(text, &l)) || comment)
			continue;
		line(r, &l, text);
	}
}
