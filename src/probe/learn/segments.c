/* SPDX-License-Identifier: Apache-2.0 */
/* The segments file: whose network is an address in? Errors say file, line, key, what was found,
 * what is allowed. */
#include <stdlib.h>
#include <string.h>

#include "lib/lpm.h"
#include "lib/yaml.h"
#include "parts.h"

#define IMPORTANCE_DEFAULT 3
#define IMPORTANCE_ALLOWED "1 to 5, or 低 一般 中 重要 核心, or low normal medium high core"
#define KEYS_ALLOWED "cidr, name, unit, importance, link"

struct segments {
	struct ytree *file; /* owns all texts */
	struct learn_segment *item;
	size_t n;
	struct lpm *table;
	/* prefixes seen, for duplicates; only while loading */
	struct placed *placed;
	size_t placed_n, placed_room;
};

struct placed {
	struct prefix prefix;
	uint32_t line;
};

struct loading {
	struct segments *s;
	const char *path;
	struct err *e;
};

static const struct {
	const char *word;
	uint8_t value;
} importance_words[] = {
	{ "1", 1 },
	{ "2", 2 },
	{ "3", 3 },
	{ "4", 4 },
	{ "5", 5 },
	{ "低", 1 },
	{ "一般", 2 },
	{ "中", 3 },
	{ "重要", 4 },
	{ "核心", 5 },
	{ "low", 1 },
	{ "normal", 2 },
	{ "medium", 3 },
	{ "high", 4 },
	{ "core", 5 },
};

static int
bad_value(const struct loading *l, const struct ytree_node *n, const char *key, const char *allowed)
{
	return err_set(l->e, "%s:%u: %s: found %s, allowed: %s", l->path, n->line, key,
	    n->kind == YTREE_TEXT   ? n->text
	    : n->kind == YTREE_LIST ? "a list"
				    : "a map",
	    allowed);
}

static int
read_text(const struct loading *l, const struct ytree_node *n, const char **out)
{
	if (n->kind != YTREE_TEXT || !n->text[0])
		return bad_value(l, n, n->key, "a text");
	*out = n->text;
	return 0;
}

static int
read_importance(const struct loading *l, const struct ytree_node *n, uint8_t *out)
{
	for (size_t i = 0; i < sizeof(importance_words) / sizeof(importance_words[0]); i++) {
		if (n->kind == YTREE_TEXT && strcmp(n->text, importance_words[i].word) == 0) {
			*out = importance_words[i].value;
			return 0;
		}
	}
	return bad_value(l, n, "importance", IMPORTANCE_ALLOWED);
}

static int
remember(const struct loading *l, const struct prefix *p, uint32_t line)
{
	struct segments *s = l->s;
	if (s->placed_n == s->placed_room) {
		size_t room = s->placed_room ? s->placed_room * 2 : 64;
		struct placed *more = realloc(s->placed, room * sizeof(*more));
		if (!more)
			return err_set(l->e, "%s: out of memory", l->path);
		s->placed = more;
		s->placed_room = room;
	}
	s->placed[s->placed_n++] = (struct placed){ *p, line };
	return 0;
}

static int
read_prefix(const struct loading *l, const struct ytree_node *n, uint32_t index)
{
	struct prefix p;
	if (n->kind != YTREE_TEXT || !prefix_parse(n->text, &p))
		return bad_value(
		    l, n, "cidr", "a prefix such as 10.0.0.0/8 or 2001:db8::/32, or a list");
	if (lpm_add(l->s->table, &p, index) < 0)
		return err_set(l->e, "%s: out of memory", l->path);
	return remember(l, &p, n->line);
}

static int
read_cidr(const struct loading *l, const struct ytree_node *n, uint32_t index)
{
	if (n->kind != YTREE_LIST)
		return read_prefix(l, n, index);
	if (!n->child)
		return bad_value(l, n, "cidr", "at least one prefix");
	for (const struct ytree_node *c = n->child; c; c = c->next)
		if (read_prefix(l, c, index) < 0)
			return -1;
	return 0;
}

static int
read_key(const struct loading *l, const struct ytree_node *n, uint32_t index)
{
	struct learn_segment *seg = &l->s->item[index];
	if (strcmp(n->key, "cidr") == 0)
		return read_cidr(l, n, index);
	if (strcmp(n->key, "name") == 0)
		return read_text(l, n, &seg->name);
	if (strcmp(n->key, "unit") == 0)
		return read_text(l, n, &seg->unit);
	if (strcmp(n->key, "link") == 0)
		return read_text(l, n, &seg->link);
	if (strcmp(n->key, "importance") == 0)
		return read_importance(l, n, &seg->importance);
	return err_set(
	    l->e, "%s:%u: unknown key %s, allowed: " KEYS_ALLOWED, l->path, n->line, n->key);
}

static int
read_segment(const struct loading *l, const struct ytree_node *n)
{
	uint32_t index = (uint32_t)l->s->n;
	if (n->kind != YTREE_MAP)
		return err_set(l->e,
		    "%s:%u: found %s, allowed: a segment with the keys " KEYS_ALLOWED, l->path,
		    n->line, n->kind == YTREE_TEXT ? n->text : "a list");
	l->s->item[index] = (struct learn_segment){ "", "", "", IMPORTANCE_DEFAULT };
	for (const struct ytree_node *c = n->child; c; c = c->next)
		if (read_key(l, c, index) < 0)
			return -1;
	if (!ytree_get(n, "cidr") || !l->s->item[index].name[0])
		return err_set(l->e, "%s:%u: %s is missing", l->path, n->line,
		    ytree_get(n, "cidr") ? "name" : "cidr");
	l->s->n++;
	return 0;
}

static int
placed_cmp(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	if (x->prefix.ver != y->prefix.ver)
		return x->prefix.ver - y->prefix.ver;
	if (x->prefix.len != y->prefix.len)
		return x->prefix.len - y->prefix.len;
	int c = addr_cmp(&x->prefix.addr, &y->prefix.addr);
	return c ? c : (x->line > y->line) - (x->line < y->line);
}

static int
check_duplicates(const struct loading *l)
{
	struct segments *s = l->s;
	if (s->placed_n > 1)
		qsort(s->placed, s->placed_n, sizeof(*s->placed), placed_cmp);
	for (size_t i = 1; i < s->placed_n; i++) {
		const struct placed *a = &s->placed[i - 1], *b = &s->placed[i];
		if (a->prefix.ver != b->prefix.ver || a->prefix.len != b->prefix.len ||
		    !addr_same(&a->prefix.addr, &b->prefix.addr))
			continue;
		char text[ADDR_TEXT];
		addr_text(text, &b->prefix.addr, b->prefix.ver);
		return err_set(l->e,
		    "%s:%u: cidr: found %s/%u, which line %u has too, allowed: each once", l->path,
		    b->line, text, b->prefix.len, a->line);
	}
	return 0;
}

static int
read_all(const struct loading *l)
{
	const struct ytree_node *root = ytree_root(l->s->file);
	size_t n = 0;
	if (!root)
		return 0;
	if (root->kind != YTREE_LIST)
		return err_set(l->e, "%s:%u: found %s, allowed: a list of segments", l->path,
		    root->line, root->kind == YTREE_TEXT ? root->text : "a map");
	for (const struct ytree_node *c = root->child; c; c = c->next)
		n++;
	l->s->item = calloc(n ? n : 1, sizeof(*l->s->item));
	if (!l->s->item)
		return err_set(l->e, "%s: out of memory", l->path);
	for (const struct ytree_node *c = root->child; c; c = c->next)
		if (read_segment(l, c) < 0)
			return -1;
	return check_duplicates(l);
}

struct segments *
segments_load(const char *path, struct err *e)
{
	struct segments *s = calloc(1, sizeof(*s));
	if (!s || !(s->table = lpm_new(HASH_KEY_FIXED))) {
		free(s);
		err_set(e, "out of memory");
		return NULL;
	}
	if (!path[0])
		return s;
	struct loading l = { s, path, e };
	s->file = ytree_load(path, e);
	if (!s->file || read_all(&l) < 0) {
		segments_free(s);
		return NULL;
	}
	free(s->placed);
	s->placed = NULL;
	return s;
}

void
segments_free(struct segments *s)
{
	if (!s)
		return;
	lpm_free(s->table);
	ytree_free(s->file);
	free(s->item);
	free(s->placed);
	free(s);
}

const struct learn_segment *
segments_find(const struct segments *s, const struct addr *a, uint8_t ver)
{
	uint32_t index;
	return lpm_find(s->table, a, ver, &index) ? &s->item[index] : NULL;
}
