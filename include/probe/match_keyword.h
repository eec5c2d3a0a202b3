/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_keyword: the rows of the rule language. Private to src/probe/match/; load time only.
 *
 * A row has a name, what its value looks like, and a setup that writes into the draft or says what
 * is wrong and where. A family of keywords shares a setup and differs in `arg`.
 */
#ifndef WANGLOU_PROBE_MATCH_KEYWORD_H
#define WANGLOU_PROBE_MATCH_KEYWORD_H

#include "probe/match_load.h"

/* One keyword of a rule. */
struct match_option {
	struct view name, value; /* value without its quotes */
	size_t at, value_at;     /* places in the logical line */
	bool negated;
	uint16_t arg; /* the row's */
};

typedef int (*match_setup)(struct match_draft *d, const struct match_option *o);

#define MATCH_KEY_VALUE 0x01   /* needs a value */
#define MATCH_KEY_BARE 0x02    /* takes none */
#define MATCH_KEY_QUOTED 0x04  /* in double quotes */
#define MATCH_KEY_NEGATED 0x08 /* "!" may stand before the quotes */
#define MATCH_KEY_SLASHES 0x10 /* between slashes, with which it needs no quotes */

struct match_keyword {
	const char *name;
	match_setup setup;
	uint8_t flags; /* MATCH_KEY_ */
	uint16_t arg;  /* for families: a place, a number, an op */
};

/* Index the families and the tables of l7 for a load. 0, or -1 when memory is out. */
int
match_keywords_index(struct match_set *set, struct match_arena *a);

/* Row of a keyword, or NULL with the nearest known name in *near (or NULL). */
const struct match_keyword *
match_keyword_find(const struct match_set *set, struct view name, const char **near);

/* A word that stands for a number; rows end with a NULL name. */
struct match_word {
	const char *name;
	uint8_t value;
};
/* Its number; false when it is none of the words. */
bool
match_word_find(const struct match_word *rows, struct view v, uint8_t *out);

/*
 * Rows by file, each ended by a NULL name; keyword.c lists the families. A keyword's setup and what
 * it does to packets stand in the same file.
 */
extern const struct match_keyword match_keywords_meta[];
extern const struct match_keyword match_keywords_base64[];
extern const struct match_keyword match_keywords_byte[];
extern const struct match_keyword match_keywords_bits[];
extern const struct match_keyword match_keywords_session[];
extern const struct match_keyword match_keywords_known[];
extern const struct match_keyword match_keywords_content[];
extern const struct match_keyword match_keywords_event[];
extern const struct match_keyword match_keywords_file[];
extern const struct match_keyword match_keywords_dataset[];
extern const struct match_keyword match_keywords_flow[];
extern const struct match_keyword match_keywords_frame[];
extern const struct match_keyword match_keywords_http[];
extern const struct match_keyword match_keywords_inside[];
extern const struct match_keyword match_keywords_packet[];
extern const struct match_keyword match_keywords_pcre[];
extern const struct match_keyword match_keywords_rate[];
extern const struct match_keyword match_keywords_tls[];
extern const struct match_keyword match_keywords_dcerpc[];
extern const struct match_keyword match_keywords_rule[];
extern const struct match_keyword match_keywords_tag[];
extern const struct match_keyword match_keywords_apps[];
extern const struct match_keyword match_keywords_industry[];
extern const struct match_keyword match_keywords_transform[];

/* ---- kw_content.c: for keywords that work inside buffers ---- */

/* A new pattern in the list in force; NULL with a reason when the rule has too many. Setup fills in
 * its op. */
struct match_pattern *
match_new_pattern(struct match_draft *d, const struct match_option *o);
/* Rows of buffers.def and places.c: `arg` is the place. */
int
match_key_sticky(struct match_draft *d, const struct match_option *o);
/* A place is named: what follows looks into it. */
int
match_sticky_set(struct match_draft *d, const struct match_option *o, uint16_t place);
int
match_key_modifier(struct match_draft *d, const struct match_option *o);
/* The option's value as a content in another place than the one in force; NULL with a reason. */
struct match_pattern *
match_content_in(struct match_draft *d, const struct match_option *o, uint16_t place);
/* Is something looked for in the sticky buffer in force? 0, or -1 with a reason. */
int
match_sticky_used(struct match_draft *d);
/* Is there a pattern before this one in its list, for it to be relative to? */
bool
match_has_before(const struct match_draft *d, const struct match_pattern *p);

/* ---- parse.c ---- */

/* One option whose name and place are there; value.ptr NULL: none was written. 0, or -1 with a
 * reason. */
int
match_parse_option(struct match_draft *d, struct match_option o);

/* ---- snort.c ---- */

/* Is an option written as only Snort 3 has it? */
bool
match_snort_is(const struct match_option *o);
/* An option of a rule for Snort 3. 0, or -1 with a reason. */
int
match_snort_option(struct match_draft *d, const struct match_option *o);

/* ---- kw_rule.c ---- */

/* Is what the rule requires there? Sets d->skipped; -1 with a reason. */
int
match_requires(struct match_draft *d, const struct match_option *o);

/* ---- vars.c ---- */

/* A name of a flowbit (salt 0) or flowint (2), for events. 0, or -1 with a reason. */
int
match_bit_name(struct match_draft *d, struct view name, uint64_t salt);

/* ---- kw_rate.c ---- */

#define MATCH_RATE_TYPE 0x01
#define MATCH_RATE_TRACK 0x02
#define MATCH_RATE_COUNT 0x04
#define MATCH_RATE_SECONDS 0x08
#define MATCH_RATE_MULTIPLIER 0x10
#define MATCH_RATE_PARTS (MATCH_RATE_TRACK | MATCH_RATE_COUNT | MATCH_RATE_SECONDS)

/* One "name value" of a threshold into *rate: the bit of what it is, 0 when it is not understood.
 */
unsigned
match_rate_part(struct match_rate *rate, struct view name, struct view value);

/* ---- kw_byte.c ---- */

/* The number of a variable that byte_extract or byte_math made before. */
bool
match_var_find(const struct match_draft *d, struct view name, uint8_t *out);

/* ---- kw_inside.c ---- */

/* Most bytes that an op lets its buffer have: UINT64_MAX for all but bsize. */
uint64_t
match_bsize_most(const struct match_op *op);

/* ---- kw_transform.c ---- */

/* The next transform of the sticky buffer in force, ready to be filled in; NULL with a reason when
 * there is none in force, or too many transforms. */
struct match_transform *
match_new_transform(struct match_draft *d, const struct match_option *o);

/* Can the content be there behind the list's transforms? */
bool
match_transform_fits(const struct match_list *l, struct view content);

/* ---- kw_base64.c ---- */

enum match_base64_mode {
	MATCH_BASE64_STOPS,  /* at the first other byte */
	MATCH_BASE64_SKIPS,  /* other bytes */
	MATCH_BASE64_STRICT, /* all of it, padded */
};

/* Decode into out, which has as much room as `in`. Returns bytes; 0: it is not base64. */
size_t
match_base64(struct view in, enum match_base64_mode mode, uint8_t *out);

/* ---- kw_flow.c: questions and consequences ---- */

/* A new question or consequence of the rule; NULL with a reason when there are too many. Setup
 * fills in its arguments. */
struct match_op *
match_new_test(struct match_draft *d, const struct match_option *o, match_test fn);
struct match_op *
match_new_after(struct match_draft *d, const struct match_option *o, match_after fn);

/* ---- number.c: comparisons ---- */

/*
 * Read "5", "!5", "<5", ">=5", "5-9" and "5<>9" (both ends outside), "&0x10", "0x3=0x1", or one of
 * the words, into *out. -1 with a reason.
 */
int
match_number_read(struct match_draft *d, const struct match_option *o, uint8_t bits,
    const struct l7_word *words, struct match_op_number *out);
/* A decimal number, or a hexadecimal one behind 0x, of at most `most`. */
bool
match_number_plain(struct view v, uint64_t most, uint64_t *out);
/* One of the words; *out gets what it stands for. Words may be NULL. */
bool
match_number_word(struct view v, const struct l7_word *words, uint64_t *out);
bool
match_number_holds(const struct match_op_number *n, uint64_t value);
/* The i-th number of the candidate's transaction; `what` is an enum l7_number. */
bool
match_number_of(
    struct match *m, const struct match_candidate *c, uint8_t what, uint16_t i, uint64_t *out);
/* A question of its own, with n bytes of data, about transactions that have the number o->arg. */
int
match_ask_about(
    struct match_draft *d, const struct match_option *o, match_test fn, const void *data, size_t n);
/* The rule asks for this comparison of n->what. 0, or -1 with a reason. */
int
match_number_ask(
    struct match_draft *d, const struct match_option *o, const struct match_op_number *n);
/* Rows of numbers.def: `arg` is the enum l7_number. */
int
match_key_number(struct match_draft *d, const struct match_option *o);

/* The rule is about transactions of these protocols, when these L7_READY_ bits are there. 0, or -1
 * with a reason when that contradicts what the rule said before. */
int
match_of_tx(struct match_draft *d, const struct match_option *o, uint64_t protos, uint8_t when);

#endif
