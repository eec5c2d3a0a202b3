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
#include "probe/match.h"
#include "probe/match_rule.h"

#define MATCH_PATTERNS_MAX 128 /* contents and expressions in one rule */
#define MATCH_TESTS_MAX 32
#define MATCH_TRANSFORMS_MAX 8
#define MATCH_LISTS_MAX 4096
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
	struct hash_key seed;
};

/* Value under a name, NULL when absent. */
void *
match_names_find(const struct match_names *t, struct view name);
/* Put a value; the name's bytes must outlive the table. 0, or -1 when memory is out. */
int
match_names_put(struct match_names *t, struct view name, void *value);
/* One value after another, in no order: *at is 0 at first. False behind the last. */
bool
match_names_each(const struct match_names *t, size_t *at, void **value);
void
match_names_free(struct match_names *t);

/* ---- text.c: small pieces of rule text ---- */

struct view
match_text_trim(struct view v);
/* Take the part up to `sep` (or all of it) off the front of *rest, trimmed; false when *rest is
 * used up, and then *part is absent. */
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

/* Built-in classes, the file's lines over them. -1: it cannot be read, the built-in ones stay. */
int
match_classes_load(struct match_classes *c, struct match_arena *a, const char *path);
/* Lines of another file over them, from memory. */
void
match_classes_text(struct match_classes *c, struct match_arena *a, struct view text);
const struct match_class *
match_classes_find(const struct match_classes *c, struct view name);

/* ---- the draft ---- */

struct match_pattern {
	struct match_op op;
	uint16_t list;
	bool sticky;  /* came under a sticky buffer */
	uint8_t turn; /* of a L7_MULTI buffer: how manieth time it was named */
	bool fast;    /* fast_pattern was said */
	bool startswith;
	uint8_t area_flags;             /* MATCH_AREA_ of the buffer */
	uint8_t side;                   /* MATCH_AREA_UP or _DOWN when the rule says so */
	uint16_t fast_offset, fast_len; /* fast_pattern:offset,len; 0: all of it */
	size_t at;
};

struct match_set {
	struct match_names addresses, ports; /* parsed lists by their text */
	struct match_names sids;             /* "gid:sid" -> struct match_slot */
	struct match_names keywords;         /* name -> struct match_keyword */
	struct match_names lists;            /* "place and transforms" -> struct match_list */
	struct match_names datasets;         /* name -> struct match_dataset */
	struct match_list *list;             /* room for MATCH_LISTS_MAX */
	uint16_t list_n;
	struct match_classes classes;
	const struct match_load *load;
	struct match_rules *rules;
	const char *file; /* being read */
	bool carried;     /* it is one of load->text */
};
/* The bytes of a file that came in memory with the one being read. */
bool
match_carried(const struct match_set *set, struct view name, struct view *bytes);

struct match_draft {
	struct match_set *set;
	struct match_arena *arena;
	struct view text; /* the logical line */

	struct match_rule rule;
	struct match_info info;
	struct match_pattern pattern[MATCH_PATTERNS_MAX];
	struct match_op test[MATCH_TESTS_MAX], after[MATCH_TESTS_MAX];
	size_t pattern_n;
	struct alert_meta meta[64], ref[16];

	bool negated;               /* the list being read has a "!" in it */
	bool pkt_only, stream_only; /* tcp-pkt, tcp-stream */
	bool doh;                   /* doh2 */
	uint32_t dsize;             /* most bytes that dsize allows */
	bool has_dsize, has_class, has_priority, has_rev, has_gid;
	uint16_t place; /* enum match_place for patterns to come */
	uint16_t list;  /* of the place and its transforms, when it is known */
	bool list_known;
	struct match_transform transform[MATCH_TRANSFORMS_MAX];
	struct view transform_text[MATCH_TRANSFORMS_MAX]; /* as written: equal ones share a list */
	uint8_t transform_n;
	bool sticky;                   /* a sticky buffer is in force */
	uint8_t turn, turns;           /* match_pattern.turn: in force, last given */
	size_t sticky_at, sticky_from; /* where it was named; patterns there were */
	struct view var[MATCH_VARS];   /* names of numbers */
	uint8_t var_n;
	uint8_t side;        /* the same, of the sticky buffer in force */
	bool skipped;        /* what it requires is not there */
	bool snort;          /* written for Snort 3, see snort.c */
	bool decodes;        /* base64_decode was said */
	bool tx;             /* a keyword asks about transactions */
	bool framed;         /* frame: was said; rule.frame is its type */
	uint8_t sides;       /* bits 1 << enum dir: sides of transactions not ruled out */
	uint8_t when;        /* L7_READY_ bits wanted */
	uint8_t head_tests;  /* of the tests: on what all packets between two hosts share */
	uint8_t proto_tests; /* of the tests: on what the flow speaks */

	uint16_t option_n; /* read so far, with the one at hand */
	struct view head[7];
	struct match_told_part *part; /* its options, when somebody wants to be told */
	size_t part_n, part_room;

	/* chosen by check.c: what wakes the rule; len 0 for nothing */
	struct view fast;
	uint16_t fast_list;
	bool fast_nocase;
	uint32_t fast_low, fast_high; /* where it may begin; high UINT32_MAX: anywhere */

	/* the first thing wrong */
	bool bad;
	size_t at;
	char reason[MATCH_REASON], hint[MATCH_REASON];
};

/* Say what is wrong at a place in the text, with a hint (or NULL); the first counts. Returns -1. */
int
match_fail(struct match_draft *d, size_t at, const char *hint, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* The list of a place with the draft's first n transforms, made when new; -1 at the cap. */
int
match_list_of(struct match_draft *d, uint16_t place, uint8_t transforms, uint16_t *out);
/* Row of a place that is no l7 buffer; NULL behind the last. */
struct match_place_row {
	const char *name, *old; /* old: the same, or NULL */
	uint8_t transports;     /* bits 1 << enum match_transport */
	/* The bytes; false when the packet has none. */
	bool (*view)(const struct match *m, struct view *out);
};
const struct match_place_row *
match_place_row(uint16_t place);
const char *
match_place_written(uint16_t place); /* "http.uri", "frame:dns.pdu" */

/* ---- told.c: for match_load.told ---- */

/* How many patterns and the like a draft has. */
struct match_told_mark {
	size_t patterns;
	uint8_t tests, afters, transforms;
};
struct match_told_mark
match_told_mark(const struct match_draft *d);
/* An option was set up; `before` is from before that. 0, or -1 with a reason. */
struct match_option;
int
match_told_note(struct match_draft *d, const struct match_option *o, bool buffer,
    struct match_told_mark before);
/* The rule was read: tell of it. */
void
match_told_say(struct match_draft *d, struct match_told t);
const char *
match_place_name(uint16_t place); /* "http.uri", "payload" */

/* Read one rule into a draft: header, options. 0, or -1 with the draft's reason. */
int
match_parse(struct match_draft *d);

/* Do the options make sense together? Builds d->rule: areas, tests, when, the fast pattern. */
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

/* A rule without a literal, in these directions (bits 1 << enum dir). */
struct match_loose {
	uint32_t rule;
	uint8_t when, dirs; /* enum match_when; MATCH_WHENS: each transaction; behind: each frame */
};
/* Would few packets meet this rule in a group? */
bool
match_group_narrow(const struct match_rule *r);
/* Sort them into groups. 0, or -1 when memory is out. */
int
match_group_build(struct match_rules *r, const struct match_loose *loose, size_t n);

#endif
