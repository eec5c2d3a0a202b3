/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_limit: threshold.config: what a site says of how often rules speak, beside what they say
 * themselves. Private to src/probe/match/.
 *
 *     suppress gen_id 1, sig_id 2013504
 *     suppress gen_id 1, sig_id 0, track by_either, ip [10.0.0.0/8,!10.1.0.0/16,$SCANNERS]
 *     threshold gen_id 1, sig_id 2002087, type both, track by_src, count 3, seconds 5
 *     event_filter (the same)
 *     rate_filter gen_id 1, sig_id 1000, track by_rule, count 100, seconds 60, \
 *         new_action drop, timeout 30
 *
 * A number of 0 is any. A threshold takes the place of a rule's own when it names the rule, else it
 * is for rules without. Rules that the same lines speak of share one chain of them. Source:
 * Suricata's public documentation, behaviour learned by running it.
 */
#ifndef WANGLOU_PROBE_MATCH_LIMIT_H
#define WANGLOU_PROBE_MATCH_LIMIT_H

#include "probe/match_compile.h"

enum match_limit_kind { MATCH_LIMIT_SUPPRESS, MATCH_LIMIT_THRESHOLD, MATCH_LIMIT_RATE };

/* suppress: whose alerts */
enum match_whose { MATCH_OF_ALL, MATCH_OF_SRC, MATCH_OF_DST, MATCH_OF_EITHER };

/* One line. */
struct match_limit {
	uint8_t kind; /* enum match_limit_kind */
	uint8_t whose;
	uint8_t action; /* enum match_action: new_action */
	uint32_t gid, sid;
	const struct match_addresses *who; /* NULL: any */
	struct match_rate rate;
	uint64_t timeout; /* ns */
};

struct match_suppress {
	const struct match_addresses *who;
	uint8_t whose;
	uint16_t nth; /* of its chain */
	const struct match_suppress *next;
};

struct match_rate_filter {
	struct match_rate rate;
	uint64_t timeout;
	uint8_t action;
	const struct match_rate_filter *next;
};

/* What is said of one rule. */
struct match_limits {
	const struct match_suppress *suppress;
	const struct match_rate_filter *filter;
};

/* ---- limits.c: load time ---- */

/* Read the draft's line. 0, or -1 with a reason in the draft. */
int
match_limit_read(struct match_draft *d, struct match_limit *out);
#define MATCH_LIMITS_MOST (1u << 20) /* links of all chains together */
#define MATCH_SUPPRESS_MOST 1024     /* lines that speak of one rule */
#define MATCH_FILTERS_MOST 16        /* the same, of rate_filter */
#define MATCH_LIMITS_FULL (-2)

/* Where lines are laid. */
struct match_limit_place {
	struct match_slots *slots;
	const struct match_names *sids;
	struct match_arena *arena;
	uint32_t made; /* links */
};

/* Lay it on the rules it speaks of. Their number, -1 when memory is out, or MATCH_LIMITS_FULL: one
 * of the caps is reached, the line says nothing. */
int
match_limit_apply(const struct match_limit *limit, struct match_limit_place *at);

/* ---- packet time ---- */

struct match_rate_key;

/* Is an alert of this rule between these hosts suppressed? */
bool
match_limits_suppress(const struct match_limits *limits, const struct match_rate_key *key);

#endif
