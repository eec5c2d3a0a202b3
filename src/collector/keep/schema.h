/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema: the tables of the two kinds of file, and how older files become newer ones.
 *
 * PRAGMA user_version counts the steps a file has taken. A step is never changed once released; a
 * new one is added at the end of its list.
 */
#ifndef WANGLOU_COLLECTOR_KEEP_SCHEMA_H
#define WANGLOU_COLLECTOR_KEEP_SCHEMA_H

#include "lib/err.h"
#include "sqlite.h"

enum schema_kind { SCHEMA_ALERTS, SCHEMA_EVENTS };

/*
 * Bring a file up to this version, each step in a transaction of its own. SQ_DONE, or a failure
 * with a sentence: SQ_UNABLE also when the file is of a newer version or another program's.
 */
enum sq_answer
schema_bring(struct sq *db, enum schema_kind kind, struct err *e);

/* Indexes for reading that an event file gets once nothing is added any more. */
enum sq_answer
schema_seal(struct sq *db);

#endif
