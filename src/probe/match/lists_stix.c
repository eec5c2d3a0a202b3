/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists as STIX 2.1 bundles: the indicators' patterns. Comparisons with = (or IN) that are joined
 * by OR are entries; what must hold together (AND, FOLLOWEDBY, WITHIN) is more than a list can say
 * and is refused by name.
 */
#include "lib/jread.h"
#include "probe/lists_build.h"

/* Object paths and our words for them. */
static const struct {
	const char *path, *type;
} paths[] = {
	{ "ipv4-addr:value", "ip" },
	{ "ipv6-addr:value", "ip" },
	{ "domain-name:value", "domain" },
	{ "url:value", "url" },
	{ "email-addr:value", "email" },
	{ "network-traffic:dst_ref.value", "ip" },
	{ "network-traffic:src_ref.value", "ip" },
	{ "file:hashes.MD5", "md5" },
	{ "file:hashes.'MD5'", "md5" },
	{ "file:hashes.'SHA-1'", "sha1" },
	{ "file:hashes.SHA1", "sha1" },
	{ "file:hashes.'SHA-256'", "sha256" },
	{ "file:hashes.SHA256", "sha256" },
	{ "file:hashes.SM3", "sm3" },
	{ "x509-certificate:hashes.'SHA-1'", "cert-sha1" },
	{ "x509-certificate:hashes.'SHA-256'", "cert-sha256" },
};

static void
blanks(struct cursor *c)
{
	uint8_t b;

	while (cursor_peek(c, 0, &b) && (b == ' ' || b == '\t' || b == '\n' || b == '\r'))
		(void)cursor_skip(c, 1);
}

static bool
taken(struct cursor *c, const char *word)
{
	struct cursor at = *c;
	struct view v;

	blanks(&at);
	if (!cursor_take(&at, strlen(word), &v) || !view_is(v, word))
		return false;
	*c = at;
	return true;
}

/* An object path: quotes may hold anything. */
static struct view
path(struct cursor *c)
{
	bool quoted = false;
	size_t n = 0, left;

	blanks(c);
	left = cursor_left(c);
	while (n < left && (quoted || !strchr(" =<>!([])\t", c->at[n]))) {
		quoted ^= c->at[n] == '\'';
		n++;
	}
	struct view v = { NULL, 0 };
	(void)cursor_take(c, n, &v);
	return v;
}

/* A text in single quotes; what a backslash hides is decoded into `to`. */
static bool
literal(struct cursor *c, struct lists_text *to)
{
	uint8_t b = 0;

	to->n = 0;
	if (!taken(c, "'"))
		return false;
	while (cursor_u8(c, &b)) {
		if (b == '\'')
			return true;
		if (b == '\\' && !cursor_u8(c, &b))
			return false;
		if (to->n == sizeof(to->b))
			return false;
		to->b[to->n++] = b;
	}
	return false;
}

struct pattern {
	struct lists_reader *r;
	struct lists_item item;
	bool take; /* entries are taken; else they are looked at only */
};

static bool
entry(struct pattern *p, const char *type, const struct lists_text *value)
{
	if (!p->take)
		return true;
	p->item.type = (struct view){ (const uint8_t *)type, strlen(type) };
	p->item.value = lists_text(value);
	lists_take(p->r, &p->item);
	return true;
}

/* One comparison; *why what is not understood. */
static bool
comparison(struct pattern *p, struct cursor *c, const char **why)
{
	struct view name = path(c);
	const char *type = NULL;
	struct lists_text value;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (view_is(name, paths[i].path))
			type = paths[i].type;
	}
	*why = "its object path is not looked for";
	if (!type)
		return false;
	*why = "only = and IN are comparisons of a list";
	if (taken(c, "IN")) {
		if (!taken(c, "("))
			return false;
		do {
			if (!literal(c, &value) || !entry(p, type, &value))
				return false;
		} while (taken(c, ","));
		return taken(c, ")");
	}
	bool same = taken(c, "=") || ((taken(c, "ISSUBSET")) && strcmp(type, "ip") == 0);
	return same && literal(c, &value) && entry(p, type, &value);
}

/* [a OR b] OR [c]: all of it must be understood before anything is taken. */
static bool
pattern(struct pattern *p, struct view text, const char **why)
{
	struct cursor c = cursor_of_view(text);

	do {
		*why = "it is no observation in brackets";
		if (!taken(&c, "["))
			return false;
		do {
			bool inner = taken(&c, "(");
			if (!comparison(p, &c, why) || (inner && !taken(&c, ")")))
				return false;
		} while (taken(&c, "OR"));
		*why = "AND and what binds observations together are more than a list can say";
		if (!taken(&c, "]"))
			return false;
	} while (taken(&c, "OR"));
	blanks(&c);
	return cursor_left(&c) == 0;
}

struct object {
	struct lists_text type, id, name, pattern, language, reference;
	uint32_t until;
	uint8_t confidence;
	bool revoked;
};

static void
references(struct jread *j, struct lists_text *to)
{
	struct view key;

	if (jread_peek(j) != JREAD_ARRAY || !jread_enter(j)) {
		(void)jread_skip(j, NULL);
		return;
	}
	while (jread_item(j)) {
		if (jread_peek(j) != JREAD_OBJECT || !jread_enter(j)) {
			(void)jread_skip(j, NULL);
			continue;
		}
		while (jread_member(j, &key)) {
			if (view_is(key, "url") && !to->n)
				lists_text_keep(j, to, LISTS_TEXT);
			else
				(void)jread_skip(j, NULL);
		}
	}
}

static void
member(struct object *o, struct jread *j, struct view key)
{
	const struct {
		const char *key;
		struct lists_text *to;
	} texts[] = { { "type", &o->type }, { "id", &o->id }, { "name", &o->name },
		{ "pattern", &o->pattern }, { "pattern_type", &o->language } };
	struct view v;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (view_is(key, texts[i].key)) {
			lists_text_keep(j, texts[i].to, LISTS_TEXT);
			return;
		}
	}
	if (view_is(key, "valid_until")) {
		o->until = jread_text(j, &v) ? lists_time(v) : 0;
	} else if (view_is(key, "revoked")) {
		o->revoked = jread_text(j, &v) && view_is(v, "true");
	} else if (view_is(key, "external_references")) {
		references(j, &o->reference);
	} else if (view_is(key, "confidence")) {
		unsigned n = 0;
		(void)jread_text(j, &v);
		for (size_t i = 0;
		     !j->wrong && i < v.len && v.ptr[i] >= '0' && v.ptr[i] <= '9' && n < 100; i++)
			n = n * 10 + (v.ptr[i] - '0');
		o->confidence = (uint8_t)(n > 100 ? 100 : n);
	} else {
		(void)jread_skip(j, NULL);
	}
}

static void
object(struct lists_reader *r, struct jread *j, struct object *o)
{
	struct view key;
	const char *why;

	o->type.n = o->id.n = o->name.n = o->pattern.n = o->language.n = o->reference.n = 0;
	o->until = 0;
	o->confidence = LISTS_UNKNOWN;
	o->revoked = false;
	if (!jread_enter(j))
		return;
	while (jread_member(j, &key))
		member(o, j, key);
	if (j->wrong || !view_is(lists_text(&o->type), "indicator") || o->revoked)
		return;
	struct pattern p = { .r = r,
		.item = { .source = lists_text(&o->name),
		    .reference = lists_text(&o->reference),
		    .description = lists_text(&o->id),
		    .expires = o->until,
		    .confidence = o->confidence } };
	why = "its pattern is in another language";
	if (o->language.n && !view_is(lists_text(&o->language), "stix"))
		goto bad;
	if (!pattern(&p, lists_text(&o->pattern), &why))
		goto bad;
	p.take = true;
	(void)pattern(&p, lists_text(&o->pattern), &why);
	return;
bad:
	lists_refuse(r, "%.*s: %s: %.*s", (int)(o->id.n < 60 ? o->id.n : 60), (const char *)o->id.b,
	    why, (int)(o->pattern.n < 80 ? o->pattern.n : 80), (const char *)o->pattern.b);
}

static void
objects(struct lists_reader *r, struct jread *j, struct object *o)
{
	if (jread_peek(j) != JREAD_ARRAY || !jread_enter(j)) {
		(void)jread_skip(j, NULL);
		return;
	}
	for (r->line = 1; jread_item(j); r->line++) {
		if (jread_peek(j) == JREAD_OBJECT)
			object(r, j, o);
		else
			(void)jread_skip(j, NULL);
	}
}

void
lists_read_stix(struct lists_reader *r, struct view bytes)
{
	struct jread j;
	struct object o;
	struct view key;

	jread_init(&j, bytes);
	if (jread_peek(&j) == JREAD_ARRAY) {
		objects(r, &j, &o);
	} else if (jread_enter(&j)) {
		while (jread_member(&j, &key)) {
			if (view_is(key, "objects"))
				objects(r, &j, &o);
			else
				(void)jread_skip(&j, NULL);
		}
	}
	r->line = 0;
	if (j.wrong || !jread_done(&j))
		lists_refuse(r, "not JSON from byte %zu on: %s", (size_t)(j.c.at - bytes.ptr),
		    j.wrong ? j.wrong : "more behind the end");
	jread_fini(&j);
}
