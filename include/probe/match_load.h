/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_load: from rule text to struct match_rules. Private to src/probe/match/; load time only.
 *
 * A draft is one rule being read. Keywords are rows of a table; each row's setup writes into the
 * draft or says what is wrong and where. Allocates from the set's arena and the heap; one thread
 * per load.
 */
#ifndef WANGLOU_PROBE_MATCH_LOAD_H
#define WANGLOU_PROBE_MATCH_LOAD_H

#include "lib/buf.h"
#include "lib/conf.h"
#include "probe/match.h"
#include "probe/match_rule.h"

#define MATCH_PATTERNS_MAX 128 /* contents and expressions in one rule */
#define MATCH_TESTS_MAX 32
#define MATCH_REASON 240

/* ---- arena.c: memory that lives as long as the rule set ---- */

/* Zeroed, aligned for any type; NULL when memory is out. */
void *
match_arena_get(struct match_arena *a, size_t n);
/* A copy of n bytes with a terminating zero behind them; NULL when memory is out. */
void *
match_arena_copy(struct match_arena *a, const void *data, size_t n);
void
match_arena_free(struct match_arena *a);

/* ---- names.c: text -> pointer ---- */

struct match_names {
	struct match_name *slot;
	size_t n, room;
};

/* Value under a name, NULL when absent. */
void *
match_names_find(const struct match_names *t, struct view name);
/* Put a value; the name's bytes must outlive the table. 0, or -1 when memory is out. */
int
match_names_put(struct match_names *t, struct view name, void *value);
void
match_names_free(struct match_names *t);

/* ---- text.c: small pieces of rule text ---- */

struct view
match_text_trim(struct view v);
/* Take the part up to `sep` (or all of it) off the front of *rest, trimmed; false when *rest is
 * used up. */
bool
match_text_split(struct view *rest, char sep, struct view *part);
/* Equal but for ASCII case. */
bool
match_text_same(struct view v, const char *word);
/* A whole decimal number within bounds. */
bool
match_text_int(struct view v, int64_t min, int64_t max, int64_t *out);
/* Letters to change to get from a to b, capped at 9. */
unsigned
match_text_distance(struct view a, const char *b);

/* ---- classes.c: classification.config ---- */

struct match_class {
	const char *name, *text;
	uint8_t priority;
};

struct match_classes {
	struct match_names by_name;
};

/* Built-in classes, then the file's lines over them. -1 when the file cannot be read (the built-in
 * ones stay). */
int
match_classes_load(struct match_classes *c, struct match_arena *a, const char *path);
const struct match_class *
match_classes_find(const struct match_classes *c, struct view name);

/* ---- the draft ---- */

struct match_pattern {
	struct match_op op;
	uint8_t buffer; /* enum match_buffer */
	bool sticky;    /* came under a sticky buffer */
	bool fast;      /* fast_pattern was said */
	bool startswith;
	uint16_t fast_offset, fast_len; /* fast_pattern:offset,len; 0: all of it */
	size_t at;
};

struct match_set {
	struct match_names addresses, ports; /* parsed lists by their text */
	struct match_names sids;             /* "gid:sid" -> struct match_slot */
	struct match_classes classes;
	const struct match_load *load;
	struct match_rules *rules;
};

struct match_draft {
	struct match_set *set;
	struct match_arena *arena;
	struct view text; /* the logical line */

	struct match_rule rule;
	struct match_info info;
	struct match_pattern pattern[MATCH_PATTERNS_MAX];
	struct match_op test[MATCH_TESTS_MAX], after[MATCH_TESTS_MAX];
	size_t pattern_n;
	struct alert_meta meta[64];

	bool negated;               /* the list being read has a "!" in it */
	bool pkt_only, stream_only; /* tcp-pkt, tcp-stream */
	bool has_dsize, has_class, has_priority, has_rev, has_gid, has_target;
	uint8_t buffer;                /* enum match_buffer for patterns to come */
	bool sticky;                   /* a sticky buffer is in force */
	size_t sticky_at, sticky_from; /* where it was named; patterns there were */

	/* chosen by check.c: what wakes the rule; len 0 for nothing */
	struct view fast;
	uint8_t fast_buffer;
	bool fast_nocase;

	/* the first thing wrong */
	bool bad;
	size_t at;
	char reason[MATCH_REASON], hint[MATCH_REASON];
};

/* Say what is wrong at a place in the text, with a hint (or NULL); the first call counts. Returns
 * -1. */
int
match_fail(struct match_draft *d, size_t at, const char *hint, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Read one rule into a draft: header, options. 0, or -1 with the draft's reason. */
int
match_parse(struct match_draft *d);

/* Do the options make sense together? Builds d->rule (areas, tests, what it is tried on, the fast
 * pattern). */
int
match_check(struct match_draft *d);

/* Address and port lists with any, nesting, negation and variables. NULL result means any. */
int
match_parse_addresses(
    struct match_draft *d, struct view text, size_t at, const struct match_addresses **out);
int
match_parse_ports(
    struct match_draft *d, struct view text, size_t at, const struct match_ports **out);

/* ---- group.c ---- */

/* Sort rules without a literal into groups. 0, or -1 when memory is out. */
struct match_loose {
	uint32_t rule;
	uint8_t when;
};
int
match_group_build(struct match_rules *r, const struct match_loose *loose, size_t n);

#endif
