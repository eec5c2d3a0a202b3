/* SPDX-License-Identifier: Apache-2.0 */
/*
 * later: what is said of an alert after it: its verdict (alert_update), its packets (evidence).
 *
 * A word joins its alert by origin and alert_id, whichever came first; so nobody can speak of
 * another probe's alerts. An update that says "failed" takes back what the rule claimed; else the
 * gravest of rule and updates counts. Belongs to the loader's thread.
 */
#ifndef WANGLOU_COLLECTOR_KEEP_LATER_H
#define WANGLOU_COLLECTOR_KEEP_LATER_H

#include "shelf.h"

/* Order of gravity as in probe/verdict.h: 0 none, 1 attempt, 2 failed, 3 success, 4 compromised. */
int64_t
later_rank(struct view verdict);

/* Statements for an alerts database. False: sq_why. */
bool
later_open(struct later *l, struct sq *db);
void
later_close(struct later *l);

/* Store a word of `row` about the alert of this id, in stream `stream`. */
enum sq_answer
later_add(struct later *l, const struct shelf_row *row, int64_t stream, struct view alert_id);
/* An alert was just stored: take what was said of it already. */
enum sq_answer
later_join(struct later *l, const struct shelf_row *row, struct view alert_id);

#endif
