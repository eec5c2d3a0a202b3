/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists as MISP has them (the core format): events with attributes, also those of objects; a
 * feed, an export or a search's answer. What is not for detection (to_ids) is left out.
 */
#include "lib/jread.h"
#include "probe/lists_build.h"

#define TEXT 512
#define VALUE_MOST 2048 /* bytes of a text */
#define LEVELS 12

struct attribute {
	struct lists_text type, value, comment;
	uint32_t expires;
	bool to_ids, deleted, known; /* known: to_ids was said */
};

/* Types of two parts ("filename|md5", "ip-dst|port"): the part that is looked for. */
static void
take_parts(struct lists_reader *r, struct lists_item *item)
{
	struct view type = item->type, value = item->value;
	const uint8_t *bar = type.len ? memchr(type.ptr, '|', type.len) : NULL;
	const uint8_t *cut = value.len ? memchr(value.ptr, '|', value.len) : NULL;

	if (bar && cut) {
		size_t n = (size_t)(bar - type.ptr);
		bool second = n == 8 && memcmp(type.ptr, "filename", 8) == 0;
		size_t at = (size_t)(cut - value.ptr);
		item->type = second ? (struct view){ bar + 1, type.len - n - 1 }
				    : (struct view){ type.ptr, n };
		item->value = second ? (struct view){ cut + 1, value.len - at - 1 }
				     : (struct view){ value.ptr, at };
	}
	lists_take(r, item);
}

static void
attribute(struct lists_reader *r, struct jread *j, struct view event)
{
	struct attribute a = { .to_ids = true };
	struct view key, v;

	if (jread_peek(j) != JREAD_OBJECT || !jread_enter(j))
		return;
	while (jread_member(j, &key)) {
		if (view_is(key, "type"))
			lists_text_keep(j, &a.type, VALUE_MOST);
		else if (view_is(key, "value"))
			lists_text_keep(j, &a.value, VALUE_MOST);
		else if (view_is(key, "comment"))
			lists_text_keep(j, &a.comment, VALUE_MOST);
		else if (view_is(key, "to_ids"))
			a.to_ids = jread_text(j, &v) && (view_is(v, "true") || view_is(v, "1"));
		else if (view_is(key, "deleted"))
			a.deleted = jread_text(j, &v) && (view_is(v, "true") || view_is(v, "1"));
		else if (view_is(key, "valid_until") || view_is(key, "expires"))
			a.expires = jread_text(j, &v) ? lists_time(v) : 0;
		else
			(void)jread_skip(j, NULL);
	}
	if (j->wrong || !a.to_ids || a.deleted || !a.value.n)
		return;
	struct lists_item item = { .type = lists_text(&a.type),
		.value = lists_text(&a.value),
		.source = event,
		.description = lists_text(&a.comment),
		.expires = a.expires,
		.confidence = LISTS_UNKNOWN };
	take_parts(r, &item);
}

static void
walk(struct lists_reader *r, struct jread *j, struct lists_text *event);

static void
attributes(struct lists_reader *r, struct jread *j, const struct lists_text *event)
{
	if (jread_peek(j) != JREAD_ARRAY || !jread_enter(j)) {
		(void)jread_skip(j, NULL);
		return;
	}
	while (jread_item(j)) {
		if (jread_peek(j) == JREAD_OBJECT)
			attribute(r, j, lists_text(event));
		else
			(void)jread_skip(j, NULL);
		r->line++;
	}
}

/* An object of any kind: attributes in it, and events and objects below it. */
static void
members(struct lists_reader *r, struct jread *j, struct lists_text *event)
{
	struct view key;

	while (jread_member(j, &key)) {
		if (view_is(key, "info"))
			lists_text_keep(j, event, VALUE_MOST);
		else if (view_is(key, "Attribute"))
			attributes(r, j, event);
		else if (view_is(key, "Event") || view_is(key, "Object") ||
			 view_is(key, "response"))
			walk(r, j, event);
		else
			(void)jread_skip(j, NULL);
	}
}

static void
walk(struct lists_reader *r, struct jread *j, struct lists_text *event)
{
	enum jread_kind kind = jread_peek(j);
	struct lists_text own = *event;

	if ((kind != JREAD_OBJECT && kind != JREAD_ARRAY) || j->depth > LEVELS) {
		(void)jread_skip(j, NULL);
		return;
	}
	(void)jread_enter(j);
	if (kind == JREAD_OBJECT) {
		members(r, j, &own);
		return;
	}
	while (jread_item(j))
		walk(r, j, &own);
}

void
lists_read_misp(struct lists_reader *r, struct view bytes)
{
	struct jread j;
	struct lists_text event = { .n = 0 };

	jread_init(&j, bytes);
	walk(r, &j, &event);
	r->line = 0;
	if (j.wrong || !jread_done(&j))
		lists_refuse(r, "not JSON from byte %zu on: %s", (size_t)(j.c.at - bytes.ptr),
		    j.wrong ? j.wrong : "more behind the end");
	jread_fini(&j);
}
