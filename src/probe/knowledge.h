/* SPDX-License-Identifier: Apache-2.0 */
/*
 * knowledge: rules, databases and segments as one load, at start and again on SIGHUP.
 *
 * What cannot be read is said once and counted; the rest is used. May be called from any thread.
 */
#ifndef WANGLOU_PROBE_KNOWLEDGE_H
#define WANGLOU_PROBE_KNOWLEDGE_H

#include "lib/err.h"
#include "probe/learn.h"
#include "probe/lists.h"
#include "probe/match.h"
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

/*
 * Load all. `say` prints each rule that cannot be loaded with its place (-T and start; a reload
 * says it too). Sets that rules learn live in `datasets` (NULL: with the rules). -1 with a sentence
 * when the segments file is wrong or nothing can work; *k then holds nothing.
 */
int
knowledge_load(
    const struct options *o, struct match_datasets *datasets, struct knowledge *k, struct err *e);

/* What is in force now is so for good: the bundle's version is kept, if the settings say where.
 * What goes wrong is logged. */
void
knowledge_keep(const struct options *o);

/* Free what it holds; *k then holds nothing. */
void
knowledge_clear(struct knowledge *k);

/* The same of one from malloc, and itself. NULL is allowed. */
void
knowledge_free(struct knowledge *k);

#endif
