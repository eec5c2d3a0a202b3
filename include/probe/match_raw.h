/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_raw: which literals a packet's or stream's bytes are searched for. Private to
 * src/probe/match/.
 *
 * A search takes the longer the more literals it is for, and a third of a large rule set is for
 * ports that most packets are not of. So there are several databases:
 *
 *     common       rules for any port, and for ports that hardly any rule names
 *     443, 80, 53  the same and those of a port that much traffic is of, by side
 *     all          for every other port that rules name
 */
#ifndef WANGLOU_PROBE_MATCH_RAW_H
#define WANGLOU_PROBE_MATCH_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct match_arena;
struct match_cache;
struct match_literal;
struct match_mpm;
struct match_rule;
struct err;

#define MATCH_RAW_BUSY 3                         /* ports that have databases of their own: raw.c */
#define MATCH_RAW_KINDS (2 + 2 * MATCH_RAW_BUSY) /* all, common, by source, by destination */

enum match_raw_kind { MATCH_RAW_ALL, MATCH_RAW_COMMON, MATCH_RAW_SRC };

struct match_raw {
	struct match_mpm *of[MATCH_RAW_KINDS]; /* NULL: no literals */
	const uint8_t *kind[2];                /* by port, source and destination; NULL: all */
};

/* What a database is made from, and with. */
struct match_raw_made {
	struct match_literal *literal; /* put in another order */
	size_t n;
	const struct match_rule *rule;
	struct match_arena *arena; /* of the rule set */
	struct match_cache *cache;
};

/* 0, or -1 with a sentence. */
int
match_raw_build(struct match_raw *out, const struct match_raw_made *of, struct err *e);

/* The database for bytes between these ports. */
static inline const struct match_mpm *
match_raw_for(const struct match_raw *r, uint16_t sport, uint16_t dport)
{
	unsigned kind = MATCH_RAW_ALL;
	if (r->kind[0]) {
		unsigned s = r->kind[0][sport], d = r->kind[1][dport];
		kind = s == MATCH_RAW_COMMON ? d : d == MATCH_RAW_COMMON ? s : MATCH_RAW_ALL;
	}
	return r->of[kind];
}

static inline bool
match_raw_any(const struct match_raw *r)
{
	return r->of[MATCH_RAW_ALL];
}

#endif
