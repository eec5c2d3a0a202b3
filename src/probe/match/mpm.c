/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many literals at once, by Vectorscan. The only file that knows it.
 *
 * Equal literals of several rules are one pattern; lead[first[id] .. first[id + 1]) are the rules
 * it wakes. Databases hold nothing but plain literals and no single-match flag, which keeps
 * Vectorscan on its fastest engine. They are given as expressions of \x.., since its interface for
 * literals takes none that begins with a zero byte.
 */
#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>

#include "probe/match_find.h"

struct match_mpm {
	hs_database_t *db;
	uint32_t *first; /* by pattern, and one more */
	uint16_t *len;   /* by pattern */
	struct match_lead *lead;
	uint16_t longest; /* pattern */
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
	const struct match_literal **literal;
	unsigned *flags, *ids;
	unsigned n;
	char *room; /* of the texts */
};

static void
table_fini(struct table *t)
{
	free(t->text);
	free(t->literal);
	free(t->flags);
	free(t->ids);
	free(t->room);
}

#define WRITTEN 4 /* characters of \x00 */

/* The patterns as expressions; done only when there is something to compile. */
static bool
table_write(struct table *t)
{
	static const char digit[] = "0123456789abcdef";
	size_t n = 0;
	for (unsigned i = 0; i < t->n; i++)
		n += (size_t)t->literal[i]->len * WRITTEN + 1;
	char *p = t->room = malloc(n + 1);
	if (!p)
		return false;
	for (unsigned i = 0; i < t->n; i++) {
		t->text[i] = p;
		for (uint16_t k = 0; k < t->literal[i]->len; k++) {
			uint8_t c = t->literal[i]->bytes[k];
			*p++ = '\\';
			*p++ = 'x';
			*p++ = digit[c >> 4];
			*p++ = digit[c & 15];
		}
		*p++ = 0;
	}
	return true;
}

static bool
table_fill(struct table *t, struct match_mpm *m, const struct match_literal *literal, size_t n,
    const struct match_rule *rule)
{
	*t = (struct table){ calloc(n, sizeof(*t->text)), calloc(n, sizeof(*t->literal)),
		calloc(n, sizeof(*t->flags)), calloc(n, sizeof(*t->ids)), 0, NULL };
	m->first = calloc(n + 1, sizeof(*m->first));
	m->len = calloc(n, sizeof(*m->len));
	m->lead = calloc(n, sizeof(*m->lead));
	if (!t->text || !t->literal || !t->flags || !t->ids || !m->first || !m->len || !m->lead)
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct match_literal *l = &literal[i];
		m->lead[i] = (struct match_lead){ .rule = l->rule, .low = l->low, .high = l->high };
		match_sieve_of(&rule[l->rule], &m->lead[i].sieve);
		if (i && literal_same(&literal[i], &literal[i - 1]))
			continue;
		m->first[t->n] = (uint32_t)i;
		m->len[t->n] = l->len;
		m->longest = l->len > m->longest ? l->len : m->longest;
		t->literal[t->n] = l;
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
	int n = snprintf(text, sizeof(text), "2 %s %u %llu %u;", hs_version(), on.tune,
	    (unsigned long long)on.cpu_features, t->n);
	sha256_begin(&s);
	sha256_add(&s, text, (size_t)n);
	for (unsigned i = 0; i < t->n; i++) {
		const uint32_t head[2] = { t->flags[i], t->literal[i]->len };
		sha256_add(&s, head, sizeof(head));
		sha256_add(&s, t->literal[i]->bytes, t->literal[i]->len);
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
db_of(struct table *t, struct match_cache *cache, struct err *e)
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
	if (!table_write(t)) {
		err_set(e, "out of memory");
		return NULL;
	}
	if (hs_compile_multi((const char *const *)t->text, t->flags, t->ids, t->n, HS_MODE_BLOCK,
		NULL, &db, &why) != HS_SUCCESS) {
		err_set(e, "Vectorscan: %s", why && why->message ? why->message : "cannot compile");
		db = NULL;
	}
	hs_free_compile_error(why);
	if (cache)
		db_keep(cache, key, db);
	return db;
}

struct match_mpm *
match_mpm_new(struct match_literal *literal, size_t n, const struct match_rule *rule,
    struct match_cache *cache, struct err *e)
{
	struct match_mpm *m = calloc(1, sizeof(*m));
	struct table t = { 0 };
	qsort(literal, n, sizeof(*literal), literal_order);
	if (m && table_fill(&t, m, literal, n, rule))
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

size_t
match_mpm_straddles(const struct match_mpm *m)
{
	return m && m->longest ? m->longest - 1u : 0;
}

void
match_mpm_free(struct match_mpm *m)
{
	if (!m)
		return;
	hs_free_database(m->db);
	free(m->first);
	free(m->len);
	free(m->lead);
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

/* Rules that a literal wakes which ends at this place of its buffer. */
static void
wake(const struct match_mpm *m, unsigned id, uint64_t end, struct match_hits *h)
{
	const struct match_lead *l = m->lead + m->first[id], *behind = m->lead + m->first[id + 1];
	for (; l < behind; l++) {
		if (end < l->low || (end > l->high && l->high != UINT16_MAX) ||
		    !match_sieve_lets(&l->sieve, &h->want) || h->epoch[l->rule] == h->now)
			continue;
		h->epoch[l->rule] = h->now;
		h->rule[h->n++] = l->rule;
	}
}

static int
hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
	const struct scan *s = context;
	struct match_hits *h = s->hits;
	(void)from;
	(void)flags;
	if (to <= h->beyond)
		return 0;
	wake(s->m, id, h->at + to, h);
	if (h->within && to - s->m->len[id] >= h->inner)
		wake(s->m, id, to - h->inner, h->within);
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
