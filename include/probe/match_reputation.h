/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_reputation: what lists say of addresses, for `iprep`: categories, and in each a score for
 * addresses and networks, the longest prefix deciding. Private to src/probe/match/. Part of its
 * rule set: filled while that is read, then read by any number of workers.
 *
 *     categories   1,BadHosts,Known bad hosts          id 1..255, name, what it is
 *     reputation   192.0.2.0/24,1,101                  address, id, score 0..127 (0: not listed)
 *
 * Source: Suricata's public documentation, behaviour learned by running it.
 */
#ifndef WANGLOU_PROBE_MATCH_REPUTATION_H
#define WANGLOU_PROBE_MATCH_REPUTATION_H

#include "lib/addr.h"
#include "lib/hash.h"
#include "probe/match_load.h"

#define MATCH_REPUTATION_MOST 127 /* the highest score */

struct match_reputation;
struct match_category;

/* Room for this many entries; NULL when memory is out. */
struct match_reputation *
match_reputation_new(uint64_t most, struct hash_key seed);
/* NULL is allowed. */
void
match_reputation_free(struct match_reputation *r);

/* Read the draft's line. 0, or -1 with a reason in the draft. */
int
match_reputation_category(struct match_draft *d, struct match_reputation *r);
/* The same of an entry; 1: there is no room for it. */
int
match_reputation_entry(struct match_draft *d, struct match_reputation *r);

/* The category of this name, or NULL with the known ones in hint. It lives as long as r. */
const struct match_category *
match_reputation_find(const struct match_reputation *r, struct view name, char hint[MATCH_REASON]);

/* The address's score in a category, 1..127; 0 when it is not in it. */
uint8_t
match_reputation_score(const struct match_category *c, const struct addr *a, uint8_t ver);

#endif
