/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many literals at once, by Vectorscan. The only file that knows it.
 *
 * Equal literals of several rules are one pattern; rule[first[id] .. first[id + 1]) are the rules
 * it wakes. Databases hold nothing but plain literals and no single-match flag, which keeps
 * Vectorscan on its fastest engine.
 */
#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>

#include "probe/match_find.h"

struct match_mpm {
	hs_database_t *db;
	uint32_t *first; /* by pattern, and one more */
	uint32_t *rule;
};

struct match_scratch {
	hs_scratch_t *scratch;
};

static int
literal_order(const void *a, const void *b)
{
	const struct match_literal *x = a, *y = b;
	if (x->nocase != y->nocase)
		return x->nocase ? 1 : -1;
	if (x->len != y->len)
		return x->len < y->len ? -1 : 1;
	int c = memcmp(x->bytes, y->bytes, x->len);
	return c ? c : x->rule < y->rule ? -1 : x->rule > y->rule;
}

static bool
literal_same(const struct match_literal *x, const struct match_literal *y)
{
	return x->nocase == y->nocase && x->len == y->len &&
	       memcmp(x->bytes, y->bytes, x->len) == 0;
}

/* Vectorscan's arguments, one entry a pattern. */
struct table {
	const char **text;
	size_t *len;
	unsigned *flags, *ids;
	unsigned n;
};

static void
table_fini(struct table *t)
{
	free(t->text);
	free(t->len);
	free(t->flags);
	free(t->ids);
}

static bool
table_fill(struct table *t, struct match_mpm *m, const struct match_literal *literal, size_t n)
{
	*t = (struct table){ calloc(n, sizeof(*t->text)), calloc(n, sizeof(*t->len)),
		calloc(n, sizeof(*t->flags)), calloc(n, sizeof(*t->ids)), 0 };
	m->first = calloc(n + 1, sizeof(*m->first));
	m->rule = calloc(n, sizeof(*m->rule));
	if (!t->text || !t->len || !t->flags || !t->ids || !m->first || !m->rule)
		return false;
	for (size_t i = 0; i < n; i++) {
		m->rule[i] = literal[i].rule;
		if (i && literal_same(&literal[i], &literal[i - 1]))
			continue;
		m->first[t->n] = (uint32_t)i;
		t->text[t->n] = (const char *)literal[i].bytes;
		t->len[t->n] = literal[i].len;
		t->flags[t->n] = literal[i].nocase ? HS_FLAG_CASELESS : 0;
		t->ids[t->n] = t->n;
		t->n++;
	}
	m->first[t->n] = (uint32_t)n;
	return true;
}

/* What the database is made of: the library and the machine it is for, and the patterns. */
static void
table_key(const struct table *t, uint8_t key[SHA256_SIZE])
{
	struct sha256 s;
	hs_platform_info_t on = { 0 };
	char text[128];
	(void)hs_populate_platform(&on);
	int n = snprintf(text, sizeof(text), "%s %u %llu %u;", hs_version(), on.tune,
	    (unsigned long long)on.cpu_features, t->n);
	sha256_begin(&s);
	sha256_add(&s, text, (size_t)n);
	for (unsigned i = 0; i < t->n; i++) {
		const uint32_t head[2] = { t->flags[i], (uint32_t)t->len[i] };
		sha256_add(&s, head, sizeof(head));
		sha256_add(&s, t->text[i], t->len[i]);
	}
	sha256_get(&s, key);
}

#define DATABASE_MAX (256u << 20)

/* From the cache; NULL when it is not there, or not for this library and machine. */
static hs_database_t *
db_found(struct match_cache *cache, const uint8_t key[SHA256_SIZE])
{
	hs_database_t *db = NULL;
	struct buf b;
	buf_init(&b, DATABASE_MAX);
	if (match_cache_get(cache, key, &b) &&
	    hs_deserialize_database((const char *)b.ptr, b.len, &db) != HS_SUCCESS)
		db = NULL;
	buf_fini(&b);
	return db;
}

static void
db_keep(struct match_cache *cache, const uint8_t key[SHA256_SIZE], const hs_database_t *db)
{
	char *bytes = NULL;
	size_t n = 0;
	if (!cache || !db || hs_serialize_database(db, &bytes, &n) != HS_SUCCESS)
		return;
	match_cache_put(cache, key, bytes, n);
	free(bytes);
}

static hs_database_t *
db_of(const struct table *t, struct match_cache *cache, struct err *e)
{
	uint8_t key[SHA256_SIZE];
	hs_database_t *db = NULL;
	hs_compile_error_t *why = NULL;
	if (cache) {
		table_key(t, key);
		db = db_found(cache, key);
	}
	if (db)
		return db;
	if (hs_compile_lit_multi((const char *const *)t->text, t->flags, t->ids, t->len, t->n,
		HS_MODE_BLOCK, NULL, &db, &why) != HS_SUCCESS) {
		err_set(e, "Vectorscan: %s", why && why->message ? why->message : "cannot compile");
		db = NULL;
	}
	hs_free_compile_error(why);
	if (cache)
		db_keep(cache, key, db);
	return db;
}

struct match_mpm *
match_mpm_new(struct match_literal *literal, size_t n, struct match_cache *cache, struct err *e)
{
	struct match_mpm *m = calloc(1, sizeof(*m));
	struct table t = { 0 };
	qsort(literal, n, sizeof(*literal), literal_order);
	if (m && table_fill(&t, m, literal, n))
		m->db = db_of(&t, cache, e);
	else
		err_set(e, "out of memory");
	table_fini(&t);
	if (m && !m->db) {
		match_mpm_free(m);
		return NULL;
	}
	return m;
}

void
match_mpm_free(struct match_mpm *m)
{
	if (!m)
		return;
	hs_free_database(m->db);
	free(m->first);
	free(m->rule);
	free(m);
}

struct match_scratch *
match_scratch_new(const struct match_rules *r)
{
	struct match_scratch *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	const struct match_mpm *m;
	for (size_t at = 0; (m = match_scan_each(r, &at));) {
		if (hs_alloc_scratch(m->db, &s->scratch) != HS_SUCCESS) {
			match_scratch_free(s);
			return NULL;
		}
	}
	return s;
}

void
match_scratch_free(struct match_scratch *s)
{
	if (!s)
		return;
	hs_free_scratch(s->scratch);
	free(s);
}

struct scan {
	const struct match_mpm *m;
	struct match_hits *hits;
};

static int
hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
	const struct scan *s = context;
	struct match_hits *h = s->hits;
	(void)from;
	(void)flags;
	if (to <= h->beyond)
		return 0;
	for (uint32_t i = s->m->first[id]; i < s->m->first[id + 1]; i++) {
		uint32_t rule = s->m->rule[i];
		if (h->epoch[rule] != h->now) {
			h->epoch[rule] = h->now;
			h->rule[h->n++] = rule;
		}
	}
	return 0;
}

void
match_mpm_scan(
    const struct match_mpm *m, struct match_scratch *s, struct view data, struct match_hits *hits)
{
	struct scan scan = { m, hits };
	if (!m || !data.len)
		return;
	unsigned n = data.len < UINT32_MAX ? (unsigned)data.len : UINT32_MAX;
	(void)hs_scan(m->db, (const char *)data.ptr, n, 0, s->scratch, hit, &scan);
}
