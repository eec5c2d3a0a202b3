/* SPDX-License-Identifier: Apache-2.0 */
/* where: SQL conditions put together with their parameters. No text of a user's ever becomes SQL.
 */
#ifndef WANGLOU_COLLECTOR_KEEP_WHERE_H
#define WANGLOU_COLLECTOR_KEEP_WHERE_H

#include "collector/look.h"
#include "lib/buf.h"
#include "sqlite.h"

#define WHERE_ARGS 32

struct where_arg {
	enum { WHERE_INT, WHERE_TEXT, WHERE_BLOB } kind;
	int64_t number;
	struct view bytes;
	uint8_t own[16]; /* addresses */
};

struct where {
	struct buf sql;
	struct buf pattern;
	struct where_arg arg[WHERE_ARGS];
	int n;
};

void
where_init(struct where *w, const char *select);
void
where_fini(struct where *w);

/* Append SQL of ours. */
void
where_sql(struct where *w, const char *sql);

/* Append SQL with one '?' for the parameter. */
void
where_int(struct where *w, const char *sql, int64_t v);
void
where_text(struct where *w, const char *sql, const char *v);
void
where_blob(struct where *w, const char *sql, const void *bytes, size_t n);

/* All conditions of a filter that both kinds of file have columns for; then those of alerts. */
void
where_common(struct where *w, const struct look_filter *f);
void
where_alerts(struct where *w, const struct look_filter *f);

/* Prepare and bind. NULL: sq_why. The statement must not outlive *w. */
struct sq_stmt *
where_prepare(struct where *w, struct sq *db);

#endif
