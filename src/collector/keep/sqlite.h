/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlite: the fence around SQLite. Connections and statements with the four answers the store cares
 * about.
 *
 * A connection belongs to one thread. Statements must be freed before their connection.
 */
#ifndef WANGLOU_COLLECTOR_KEEP_SQLITE_H
#define WANGLOU_COLLECTOR_KEEP_SQLITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"
#include "lib/err.h"

struct sq;
struct sq_stmt;

enum sq_answer {
	SQ_DONE = 0,
	SQ_ROW = 1,
	SQ_UNABLE = -1,  /* locked, full, no memory, I/O: may work later */
	SQ_DAMAGED = -2, /* the file is no database or broken */
	SQ_STOPPED = -3, /* the time limit of a reader */
};

enum sq_mode {
	SQ_WRITE,  /* made when absent, mode 0600; WAL, synchronous=FULL */
	SQ_CHANGE, /* must exist; for short writes beside the writer */
	SQ_READ,   /* must exist; never writes */
};

/* NULL with *answer and a sentence on failure. `timeout_ms`: how long to wait for a lock; SQ_READ:
 * also for a query. */
struct sq *
sq_open(const char *path, enum sq_mode mode, unsigned timeout_ms, enum sq_answer *answer,
    struct err *e);

/* NULL is allowed. */
void
sq_close(struct sq *db);

/* Run statements that give no rows. */
enum sq_answer
sq_exec(struct sq *db, const char *sql);

/* NULL when the statement cannot be made (sq_why). */
struct sq_stmt *
sq_prepare(struct sq *db, const char *sql);
void
sq_free(struct sq_stmt *s);

/* Parameters from 1. Text and blobs must stay until sq_step has answered. ptr NULL binds NULL. */
void
sq_bind(struct sq_stmt *s, int at, int64_t v);
void
sq_bind_text(struct sq_stmt *s, int at, struct view v);
void
sq_bind_blob(struct sq_stmt *s, int at, struct view v);
void
sq_bind_null(struct sq_stmt *s, int at);

enum sq_answer
sq_step(struct sq_stmt *s);

/* Step a statement that gives no rows, and make it ready for the next time. */
enum sq_answer
sq_run(struct sq_stmt *s);
void
sq_reset(struct sq_stmt *s);

/* Columns from 0; views are valid until the next step. */
int64_t
sq_int(struct sq_stmt *s, int column);
struct view
sq_text(struct sq_stmt *s, int column);
struct view
sq_blob(struct sq_stmt *s, int column);

/* First column of the first row as a number; `otherwise` when there is none. */
enum sq_answer
sq_value(struct sq *db, const char *sql, int64_t otherwise, int64_t *out);

int
sq_changes(struct sq *db);
int64_t
sq_last_id(struct sq *db);

/* What went wrong last, in SQLite's words. */
const char *
sq_why(struct sq *db);
enum sq_answer
sq_answer_of(struct sq *db);

#endif
