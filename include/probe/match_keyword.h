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
	uint8_t arg; /* the row's */
};

typedef int (*match_setup)(struct match_draft *d, const struct match_option *o);

#define MATCH_KEY_VALUE 0x01   /* needs a value */
#define MATCH_KEY_BARE 0x02    /* takes none */
#define MATCH_KEY_QUOTED 0x04  /* in double quotes */
#define MATCH_KEY_NEGATED 0x08 /* "!" may stand before the quotes */

struct match_keyword {
	const char *name;
	match_setup setup;
	uint8_t flags; /* MATCH_KEY_ */
	uint8_t arg;   /* for families: a buffer, an op */
};

/* Row of a keyword, or NULL with the nearest known name in *near (or NULL). */
const struct match_keyword *
match_keyword_find(struct view name, const char **near);

/* A new pattern in the buffer in force; NULL with a reason when the rule has too many. */
struct match_pattern *
match_new_pattern(struct match_draft *d, const struct match_option *o);

/* Rows of keyword.c, by file. */
int
match_key_msg(struct match_draft *d, const struct match_option *o);
int
match_key_sid(struct match_draft *d, const struct match_option *o);
int
match_key_gid(struct match_draft *d, const struct match_option *o);
int
match_key_rev(struct match_draft *d, const struct match_option *o);
int
match_key_classtype(struct match_draft *d, const struct match_option *o);
int
match_key_reference(struct match_draft *d, const struct match_option *o);
int
match_key_metadata(struct match_draft *d, const struct match_option *o);
int
match_key_priority(struct match_draft *d, const struct match_option *o);
int
match_key_target(struct match_draft *d, const struct match_option *o);
int
match_key_noalert(struct match_draft *d, const struct match_option *o);
int
match_key_content(struct match_draft *d, const struct match_option *o);
int
match_key_nocase(struct match_draft *d, const struct match_option *o);
int
match_key_depth(struct match_draft *d, const struct match_option *o);
int
match_key_offset(struct match_draft *d, const struct match_option *o);
int
match_key_distance(struct match_draft *d, const struct match_option *o);
int
match_key_within(struct match_draft *d, const struct match_option *o);
int
match_key_startswith(struct match_draft *d, const struct match_option *o);
int
match_key_endswith(struct match_draft *d, const struct match_option *o);
int
match_key_fast_pattern(struct match_draft *d, const struct match_option *o);
int
match_key_rawbytes(struct match_draft *d, const struct match_option *o);
int
match_key_sticky(struct match_draft *d, const struct match_option *o);
int
match_key_modifier(struct match_draft *d, const struct match_option *o);
int
match_key_pcre(struct match_draft *d, const struct match_option *o);
int
match_key_flow(struct match_draft *d, const struct match_option *o);
int
match_key_flowbits(struct match_draft *d, const struct match_option *o);
int
match_key_dsize(struct match_draft *d, const struct match_option *o);
int
match_key_threshold(struct match_draft *d, const struct match_option *o);
int
match_key_detection_filter(struct match_draft *d, const struct match_option *o);

#endif
