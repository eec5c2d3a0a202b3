/* SPDX-License-Identifier: Apache-2.0 */
/* targets: see include/probe/targets.h. */
#include "probe/targets.h"

#include <stdlib.h>
#include <string.h>

#include "lib/cursor.h"
#include "lib/lpm.h"

#define SETTING "stream.host-os-policy"
#define WORD_MAX 64 /* longer than any prefix */

static const char *const names[TARGET_COUNT] = {
	[TARGET_BSD] = "bsd",
	[TARGET_BSD_RIGHT] = "bsd-right",
	[TARGET_OLD_LINUX] = "old-linux",
	[TARGET_LINUX] = "linux",
	[TARGET_OLD_SOLARIS] = "old-solaris",
	[TARGET_SOLARIS] = "solaris",
	[TARGET_HPUX10] = "hpux10",
	[TARGET_HPUX11] = "hpux11",
	[TARGET_IRIX] = "irix",
	[TARGET_MACOS] = "macos",
	[TARGET_WINDOWS] = "windows",
	[TARGET_VISTA] = "vista",
	[TARGET_WINDOWS2K3] = "windows2k3",
	[TARGET_FIRST] = "first",
	[TARGET_LAST] = "last",
};

struct targets {
	struct lpm *table;
	enum target_policy fallback; /* of hosts not named */
};

/* A prefix that was given already; only while reading. */
struct given {
	struct prefix prefix;
	enum target_policy policy;
};

struct reading {
	struct targets *t;
	const struct conf_pair *pair;
	enum target_policy policy;
	bool fallback_given;
	struct given *given;
	size_t n, room;
	struct err *e;
};

static int
find_name(struct reading *r)
{
	for (int i = 0; i < TARGET_COUNT; i++) {
		if (strcmp(names[i], r->pair->name) == 0) {
			r->policy = (enum target_policy)i;
			return 0;
		}
	}
	return err_set(r->e,
	    SETTING ": unknown system %s, allowed: bsd, bsd-right, old-linux, linux, old-solaris, "
		    "solaris, hpux10, hpux11, irix, macos, windows, vista, windows2k3, first, last",
	    r->pair->name);
}

static int
twice(const struct reading *r, const char *word, enum target_policy other)
{
	return err_set(r->e, SETTING ".%s: found %s, which %s has too, allowed: each once",
	    r->pair->name, word, names[other]);
}

static int
remember(struct reading *r, const struct prefix *p)
{
	if (r->n == r->room) {
		size_t room = r->room ? r->room * 2 : 16;
		struct given *more = realloc(r->given, room * sizeof(*more));
		if (!more)
			return err_set(r->e, "out of memory");
		r->given = more;
		r->room = room;
	}
	r->given[r->n++] = (struct given){ *p, r->policy };
	return 0;
}

static int
read_prefix(struct reading *r, const char *word)
{
	struct prefix p;

	if (!prefix_parse(word, &p))
		return err_set(r->e,
		    SETTING ".%s: found %s, allowed: a list such as [10.0.0.0/8,2001:db8::/32], "
			    "or default",
		    r->pair->name, word[0] ? word : "nothing between two commas");
	for (size_t i = 0; i < r->n; i++) {
		const struct prefix *q = &r->given[i].prefix;
		if (q->ver == p.ver && q->len == p.len && addr_same(&q->addr, &p.addr))
			return twice(r, word, r->given[i].policy);
	}
	if (lpm_add(r->t->table, &p, r->policy) != 0)
		return err_set(r->e, "out of memory");
	return remember(r, &p);
}

static int
read_word(struct reading *r, const char *at, size_t n)
{
	char word[WORD_MAX];

	while (n && at[0] == ' ') {
		at++;
		n--;
	}
	while (n && at[n - 1] == ' ')
		n--;
	n = n < sizeof(word) - 1 ? n : sizeof(word) - 1;
	memcpy(word, at, n);
	word[n] = '\0';
	if (strcmp(word, "default") != 0)
		return read_prefix(r, word);
	if (r->fallback_given)
		return twice(r, word, r->t->fallback);
	r->t->fallback = r->policy;
	r->fallback_given = true;
	return 0;
}

/* "[a,b]", or without the brackets; an empty list names nobody. */
static int
read_list(struct reading *r)
{
	const char *at = r->pair->value, *end = at + strlen(at);

	if (at[0] == '[') {
		if (end[-1] != ']')
			return err_set(r->e, SETTING ".%s: found %s, allowed: a ] at the end",
			    r->pair->name, at);
		at++;
		end--;
	}
	if (strspn(at, " ") == (size_t)(end - at))
		return 0;
	while (at <= end) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		const char *stop = comma ? comma : end;
		if (read_word(r, at, (size_t)(stop - at)) != 0)
			return -1;
		at = stop + 1;
	}
	return 0;
}

struct targets *
targets_new(const struct conf_map *policies, struct err *e)
{
	struct targets *t = calloc(1, sizeof(*t));
	struct reading r = { .t = t, .e = e };
	int bad = 0;

	if (!t || !(t->table = lpm_new(HASH_KEY_FIXED))) {
		err_set(e, "out of memory");
		targets_free(t);
		return NULL;
	}
	t->fallback = TARGET_LINUX;
	for (size_t i = 0; i < policies->n && bad == 0; i++) {
		r.pair = &policies->pair[i];
		bad = find_name(&r);
		if (bad == 0)
			bad = read_list(&r);
	}
	free(r.given);
	if (bad == 0)
		return t;
	targets_free(t);
	return NULL;
}

void
targets_free(struct targets *t)
{
	if (!t)
		return;
	lpm_free(t->table);
	free(t);
}

enum target_policy
target_of(const struct targets *t, const struct addr *a, uint8_t ver)
{
	uint32_t policy;

	if (!t)
		return TARGET_LINUX;
	return lpm_find(t->table, a, ver, &policy) ? (enum target_policy)policy : t->fallback;
}

const char *
target_name(enum target_policy p)
{
	return names[p];
}
