/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_find: literals by the thousand and expressions one by one; the two libraries behind a fence
 * each. Private to src/probe/match/.
 *
 * What is compiled is read-only and shared; scratch and runs belong to one worker and allocate
 * nothing later.
 */
#ifndef WANGLOU_PROBE_MATCH_FIND_H
#define WANGLOU_PROBE_MATCH_FIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"
#include "lib/err.h"
#include "probe/match_cache.h"
#include "probe/match_rule.h"

/* ---- mpm.c: literals (Vectorscan) ---- */

struct match_literal {
	const uint8_t *bytes;
	uint16_t len;
	bool nocase;
	uint32_t rule;
	uint16_t low, high; /* where it may end, as in struct match_lead */
};

/* Where hits go: rule indices, each once per epoch. */
struct match_hits {
	uint32_t *epoch; /* by rule */
	uint32_t now;
	uint32_t *rule;
	uint32_t n;
	struct match_want want; /* other rules are not woken */
	uint64_t at;            /* place of the scanned data's first byte in its buffer */
	uint64_t beyond;        /* only literals that end behind this many bytes of the data */
	/* those that lie wholly behind `inner` go there as well; its buffer begins there */
	struct match_hits *within;
	uint64_t inner;
};

struct match_scratch;

/* Compile the literals of these rules (the array is sorted in place), or take them from the cache
 * (NULL: there is none); NULL when Vectorscan refuses. n > 0. */
struct match_mpm *
match_mpm_new(struct match_literal *literal, size_t n, const struct match_rule *rule,
    struct match_cache *cache, struct err *e);
void
match_mpm_free(struct match_mpm *m);
/* So many bytes of a literal may stand before what is new; 0 for NULL. */
size_t
match_mpm_straddles(const struct match_mpm *m);
/* Scratch that serves all databases of a rule set; NULL when memory is out. */
struct match_scratch *
match_scratch_new(const struct match_rules *r);
void
match_scratch_free(struct match_scratch *s);
/* Scan; new rule indices are appended to the hits. m may be NULL (nothing to find). */
void
match_mpm_scan(
    const struct match_mpm *m, struct match_scratch *s, struct view data, struct match_hits *hits);

/* ---- pcre.c: expressions (PCRE2, JIT) ---- */

#define MATCH_PCRE_I 0x01
#define MATCH_PCRE_S 0x02
#define MATCH_PCRE_M 0x04
#define MATCH_PCRE_X 0x08
#define MATCH_PCRE_A 0x10
#define MATCH_PCRE_E 0x20
#define MATCH_PCRE_G 0x40

struct match_pcre_run;

/* Take an expression with MATCH_PCRE_ flags, compiled unless somebody has it. -1 with a sentence
 * and the place in the pattern. */
int
match_pcre_take(struct match_pcre_held *held, struct view pattern, unsigned flags,
    const struct match_pcre **out, size_t *at, struct err *e);
/* Give all of them back. */
void
match_pcre_drop(struct match_pcre_held *held);
struct match_pcre_run *
match_pcre_run_new(void);
void
match_pcre_run_free(struct match_pcre_run *r);
/*
 * Search data, which the expression sees from byte `base` on (^ means base), beginning at byte
 * `from` >= base. 1 with the match's start and end (places in data), 0 for none, -1 when a step
 * limit stopped it: its own, or *steps, of which it takes what it uses.
 */
struct match_pcre_span {
	size_t base, from;
	unsigned *steps;
	size_t start, end; /* out */
};
int
match_pcre_find(const struct match_pcre *p, struct match_pcre_run *r, struct view data,
    struct match_pcre_span *s);

/* The i-th group of what was just found; false when it took no part. */
bool
match_pcre_group(const struct match_pcre_run *r, unsigned i, struct view data,
    const struct match_pcre_span *s, struct view *out);
/* The i-th group with a name; false behind the last. */
bool
match_pcre_named(const struct match_pcre *p, unsigned i, struct view *name, unsigned *group);
/* Groups of the expression. */
unsigned
match_pcre_groups(const struct match_pcre *p);

#endif
