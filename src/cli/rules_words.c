/* SPDX-License-Identifier: Apache-2.0 */
/* Words for what rules are made of, from rules_words.def. */
#include <ctype.h>
#include <string.h>

#include "rules.h"

#define LONG 160 /* of a content or an expression, on screen */

struct word {
	const char *name, *en, *zh;
};

static const struct word words[] = {
#define RULE_WORD(name, en, zh) { name, en, zh },
#include "rules_words.def"
};

static const struct word *
find(struct view name)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (name.len == strlen(words[i].name) &&
		    strncasecmp((const char *)name.ptr, words[i].name, name.len) == 0)
			return &words[i];
	}
	return NULL;
}

const char *
rules_text(char *out, size_t room, struct view v)
{
	(void)snprintf(out, room, "%.*s", (int)v.len, v.ptr ? (const char *)v.ptr : "");
	return out;
}

void
rules_bytes(struct buf *out, struct view v, size_t cells)
{
	bool hex = false;
	size_t i = 0;
	char text[8];

	for (; i < v.len && out->len < cells; i++) {
		bool plain = isprint(v.ptr[i]) && v.ptr[i] < 0x80 && v.ptr[i] != '|';
		int n = plain ? snprintf(text, sizeof(text), hex ? "|%c" : "%c", v.ptr[i])
			      : snprintf(text, sizeof(text), hex ? " %02x" : "|%02x", v.ptr[i]);
		buf_add(out, text, (size_t)n);
		hex = !plain;
	}
	buf_add(out, "|", hex);
	buf_add(out, "…", i < v.len ? strlen("…") : 0);
}

bool
rules_word(const struct cli *c, struct buf *out, struct view name, struct view value)
{
	const struct word *w = find(name);
	if (!w) {
		buf_add(out, name.ptr, name.len);
		buf_add(out, " ", value.len > 0);
		if (value.len)
			buf_add(out, value.ptr, value.len);
		return false;
	}
	const char *text = c->chinese ? w->zh : w->en, *gap = strstr(text, "{");
	buf_add(out, text, gap ? (size_t)(gap - text) : strlen(text));
	if (gap && gap[1] == 'n')
		rules_number(c, out, value);
	else if (gap && value.len)
		buf_add(out, value.ptr, value.len);
	if (gap)
		buf_add(out, strchr(gap, '}') + 1, strlen(strchr(gap, '}') + 1));
	return true;
}

void
rules_place(const struct cli *c, struct buf *out, struct view name)
{
	struct buf text;

	buf_init(&text, 4096);
	(void)rules_word(c, &text, name, (struct view){ NULL, 0 });
	if (text.len)
		buf_add(out, " ", c->chinese && text.ptr[0] < 0x80);
	buf_add(out, text.ptr, text.len);
	if (text.len)
		buf_add(out, " ", c->chinese && text.ptr[text.len - 1] < 0x80);
	buf_fini(&text);
}

/* "1 bytes", "1 times": one of it. */
static void
one(char *text)
{
	static const struct {
		const char *many, *one;
	} rows[] = { { "1 bytes", "1 byte" }, { "1 times", "once" }, { "1 seconds", "1 second" },
		{ "1 characters", "1 character" } };

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t n = strlen(rows[i].many), m = strlen(rows[i].one);
		for (char *at = text; (at = strstr(at, rows[i].many)); at += m) {
			if (at > text && at[-1] != ' ')
				continue;
			memcpy(at, rows[i].one, m);
			memmove(at + m, at + n, strlen(at + n) + 1);
		}
	}
}

void
rules_put(const struct cli *c, struct buf *out, enum text_id id, const char *const args[3])
{
	char text[4096];

	text_fill(c, text, sizeof(text), id, args);
	if (!c->chinese)
		one(text);
	buf_add(out, text, strlen(text));
}

const char *
rules_string(struct buf *b)
{
	buf_add(b, "", 1);
	if (b->failed || !b->len)
		return "";
	b->len--;
	return (const char *)b->ptr;
}

static void
comma(const struct cli *c, struct buf *out)
{
	const char *text = c->chinese ? "，" : ", ";
	buf_add(out, text, strlen(text));
}

static void
put_number(const struct cli *c, struct buf *out, enum text_id id, int64_t n)
{
	char text[24];

	comma(c, out);
	(void)snprintf(text, sizeof(text), "%lld", (long long)n);
	PUT(c, out, id, text);
}

static void
put_also(const struct cli *c, struct buf *out, enum text_id id)
{
	comma(c, out);
	PUT(c, out, id, NULL);
}

/* Where the content must stand. */
static void
put_place(const struct cli *c, struct buf *out, const struct match_told_part *p)
{
	bool relative = p->flags & MATCH_TOLD_RELATIVE, within = p->flags & MATCH_TOLD_WITHIN;
	if (relative && within && p->from >= 0 && p->to == (int64_t)p->bytes.len) {
		if (p->from)
			put_number(c, out, TEXT_EX_EXACTLY, p->from);
		else
			put_also(c, out, TEXT_EX_RIGHT_BEHIND);
		return;
	}
	if (relative) {
		if (p->from > 0)
			put_number(c, out, TEXT_EX_DISTANCE, p->from);
		else if (p->from < 0)
			put_number(c, out, TEXT_EX_BEFORE, -p->from);
		else
			put_also(c, out, TEXT_EX_BEHIND);
		if (within)
			put_number(c, out, TEXT_EX_WITHIN, p->to);
		return;
	}
	if (p->flags & MATCH_TOLD_START) {
		put_also(c, out, TEXT_EX_START);
		if (p->flags & MATCH_TOLD_END)
			put_also(c, out, TEXT_EX_WHOLE);
		return;
	}
	if (p->flags & MATCH_TOLD_DEPTH && p->to == p->from + (int64_t)p->bytes.len) {
		if (p->from)
			put_number(c, out, TEXT_EX_AT, p->from);
		else
			put_also(c, out, TEXT_EX_START);
		return;
	}
	if (p->flags & MATCH_TOLD_OFFSET && p->from)
		put_number(c, out, TEXT_EX_OFFSET, p->from);
	if (p->flags & MATCH_TOLD_DEPTH)
		put_number(c, out, TEXT_EX_DEPTH, p->to);
}

static void
put_content(const struct cli *c, struct buf *out, const struct match_told_part *p)
{
	struct buf bytes;

	buf_init(&bytes, 65536);
	rules_bytes(&bytes, p->bytes, LONG);
	PUT(c, out, p->flags & MATCH_TOLD_NEGATED ? TEXT_EX_CONTENT_NOT : TEXT_EX_CONTENT,
	    rules_string(&bytes));
	buf_fini(&bytes);
	if (p->flags & MATCH_TOLD_NOCASE)
		put_also(c, out, TEXT_EX_NOCASE);
	put_place(c, out, p);
	if (p->flags & MATCH_TOLD_END && !(p->flags & MATCH_TOLD_START))
		put_also(c, out, TEXT_EX_END_OF);
	if (p->fast)
		put_also(c, out, TEXT_EX_FAST);
}

void
rules_phrase(const struct cli *c, struct buf *out, const struct match_told_part *p)
{
	bool negated = p->flags & MATCH_TOLD_NEGATED;
	char text[512];
	struct buf b;

	if (p->kind == MATCH_TOLD_CONTENT) {
		put_content(c, out, p);
		return;
	}
	if (p->kind == MATCH_TOLD_PCRE) {
		PUT(c, out, negated ? TEXT_EX_PCRE_NOT : TEXT_EX_PCRE,
		    rules_text(text, sizeof(text), p->value));
		if (p->flags & MATCH_TOLD_RELATIVE)
			put_also(c, out, TEXT_EX_BEHIND);
		return;
	}
	buf_init(&b, 65536);
	if (!rules_value(c, &b, p))
		(void)rules_word(c, &b, p->name, p->value);
	PUT(c, out, negated ? TEXT_EX_STEP_NOT : TEXT_EX_STEP, rules_string(&b));
	buf_fini(&b);
}
