/* SPDX-License-Identifier: Apache-2.0 */
/*
 * knowledge: rules, databases and segments as one load, at start and again on SIGHUP.
 *
 * What cannot be read is said once and counted; the rest is used. May be called from any thread.
 */
#ifndef WANGLOU_PROBE_KNOWLEDGE_H
#define WANGLOU_PROBE_KNOWLEDGE_H

#include <stdatomic.h>

#include "lib/err.h"
#include "probe/learn.h"
#include "probe/lists.h"
#include "probe/match.h"
#include "probe/match_share.h"
#include "probe/options.h"
#include "probe/targets.h"

struct knowledge {
	struct match_rules *rules;
	struct lists *lists;
	struct lists_summary listed;
	struct learn *learn;
	struct targets *targets;
	struct match_summary summary;
	unsigned bad_lists; /* databases and rule files that could not be read */
};

/* What outlives a load. */
struct knowledge_shared {
	struct match_datasets *datasets; /* sets that rules learn */
	struct match_share *expressions;
	const atomic_bool *stop; /* true: loads give up; NULL: never */
};

/*
 * Load all. Each rule that cannot be loaded is said with its place. What is shared with other loads
 * is in *with (NULL: nothing). -1 with a sentence when the segments file is wrong, nothing can work
 * or it is told to stop; *k then holds nothing.
 */
int
knowledge_load(const struct options *o, const struct knowledge_shared *with, struct knowledge *k,
    struct err *e);

/* What is in force now is so for good: the bundle's version is kept, if the settings say where.
 * What goes wrong is logged. */
void
knowledge_keep(const struct options *o);

/* Is it a host of the site? Its address is private, in a segment, or one of HOME_NET. */
bool
knowledge_ours(const struct knowledge *k, const struct addr *a, uint8_t ver);

/* Free what it holds; *k then holds nothing. */
void
knowledge_clear(struct knowledge *k);

/* The same of one from malloc, and itself. NULL is allowed. */
void
knowledge_free(struct knowledge *k);

#endif
