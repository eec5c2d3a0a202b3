/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of what is said of addresses: see include/probe/match_reputation.h. */
#include "probe/match_reputation.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/lpm.h"

#define IDS 256
#define NAME_MOST 64

struct match_category {
	char name[NAME_MOST];
	struct lpm *addresses; /* NULL before the first */
};

struct match_reputation {
	struct match_category *category[IDS];
	uint64_t n, most;
	struct hash_key seed;
};

struct match_reputation *
match_reputation_new(uint64_t most, struct hash_key seed)
{
	struct match_reputation *r = calloc(1, sizeof(*r));
	if (r) {
		r->most = most;
		r->seed = seed;
	}
	return r;
}

void
match_reputation_free(struct match_reputation *r)
{
	for (size_t i = 0; r && i < IDS; i++) {
		if (r->category[i])
			lpm_free(r->category[i]->addresses);
		free(r->category[i]);
	}
	free(r);
}

static size_t
place(const struct match_draft *d, struct view v)
{
	return v.ptr ? (size_t)(v.ptr - d->text.ptr) : d->text.len;
}

/* An id; -1 with a reason. */
static int
read_id(struct match_draft *d, struct view v, const char *form)
{
	int64_t id;
	if (!match_text_int(v, 1, IDS - 1, &id))
		return match_fail(
		    d, place(d, v), form, "the category's number is not one from 1 to %d", IDS - 1);
	return (int)id;
}

static const struct match_category *
named(const struct match_reputation *r, struct view name)
{
	for (size_t i = 0; i < IDS; i++) {
		const struct match_category *c = r->category[i];
		if (c && strlen(c->name) == name.len && memcmp(c->name, name.ptr, name.len) == 0)
			return c;
	}
	return NULL;
}

int
match_reputation_category(struct match_draft *d, struct match_reputation *r)
{
	static const char form[] = "write ID,NAME,DESCRIPTION";
	struct view rest = d->text, v, name = { NULL, 0 };
	(void)match_text_split(&rest, ',', &v);
	int id = read_id(d, v, form);
	if (id < 0)
		return -1;
	(void)match_text_split(&rest, ',', &name);
	if (!name.len || name.len >= NAME_MOST)
		return match_fail(d, place(d, name), form,
		    "the category's name is missing or longer than %d bytes", NAME_MOST - 1);
	if (r->category[id])
		return match_fail(
		    d, 0, NULL, "category %d is there already: %s", id, r->category[id]->name);
	if (named(r, name))
		return match_fail(d, place(d, name), NULL, "another category has this name");
	struct match_category *c = calloc(1, sizeof(*c));
	if (!c)
		return match_fail(d, 0, NULL, "out of memory");
	memcpy(c->name, name.ptr, name.len);
	r->category[id] = c;
	return 0;
}

static int
add(struct match_draft *d, struct match_category *c, const struct prefix *p, uint8_t score)
{
	if (!c->addresses)
		c->addresses = lpm_new(d->set->rules->reputation->seed);
	return c->addresses && lpm_add(c->addresses, p, score) == 0
		   ? 0
		   : match_fail(d, 0, NULL, "out of memory");
}

int
match_reputation_entry(struct match_draft *d, struct match_reputation *r)
{
	static const char form[] = "write ADDRESS[/LENGTH],CATEGORY,SCORE";
	struct view rest = d->text, address, v = { NULL, 0 };
	char text[ADDR_TEXT + 4];
	struct prefix p;
	int64_t score;
	(void)match_text_split(&rest, ',', &address);
	(void)snprintf(text, sizeof(text), "%.*s", (int)address.len, (const char *)address.ptr);
	if (address.len >= sizeof(text) || !prefix_parse(text, &p))
		return match_fail(d, 0, form, "this begins with no address and no network");
	(void)match_text_split(&rest, ',', &v);
	int id = read_id(d, v, form);
	if (id < 0)
		return -1;
	if (!r->category[id])
		return match_fail(d, place(d, v),
		    "add it to the file that rules.reputation-categories-file names",
		    "category %d is not known", id);
	v = (struct view){ NULL, 0 };
	(void)match_text_split(&rest, ',', &v);
	if (!match_text_int(v, 0, MATCH_REPUTATION_MOST, &score))
		return match_fail(d, place(d, v), form, "the score is not one from 1 to %d",
		    MATCH_REPUTATION_MOST);
	if (r->n == r->most)
		return 1;
	r->n++;
	return add(d, r->category[id], &p, (uint8_t)score);
}

const struct match_category *
match_reputation_find(const struct match_reputation *r, struct view name, char hint[MATCH_REASON])
{
	const struct match_category *c = named(r, name);
	size_t n = 0, known = 0;
	hint[0] = '\0';
	if (c)
		return c;
	for (size_t i = 0; i < IDS; i++) {
		const char *other = r->category[i] ? r->category[i]->name : NULL;
		known += other != NULL;
		if (other && n + strlen(other) + sizeof(", ... are known") < MATCH_REASON)
			n += (size_t)snprintf(
			    hint + n, MATCH_REASON - n, "%s%s", n ? ", " : "", other);
		else if (other)
			break;
	}
	if (known)
		(void)snprintf(hint + n, MATCH_REASON - n, known > 1 ? " are known" : " is known");
	else
		(void)snprintf(hint, MATCH_REASON,
		    "rules.reputation-categories-file names a file of categories");
	return NULL;
}

uint8_t
match_reputation_score(const struct match_category *c, const struct addr *a, uint8_t ver)
{
	uint32_t score = 0;
	return c->addresses && lpm_find(c->addresses, a, ver, &score) ? (uint8_t)score : 0;
}
