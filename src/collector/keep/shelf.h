/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shelf: one database file being written, with the hold log position it has reached.
 *
 * Rows and position change in one transaction. Belongs to the loader's thread.
 */
#ifndef WANGLOU_COLLECTOR_KEEP_SHELF_H
#define WANGLOU_COLLECTOR_KEEP_SHELF_H

#include <limits.h>

#include "collector/keep.h"
#include "collector/pick.h"
#include "lib/buf.h"
#include "lib/compress.h"
#include "schema.h"

struct shelf_stream {
	uint8_t origin[16];
	uint64_t epoch;
	uint8_t lane;
	int64_t id; /* 0: the cache is empty */
};

/* Statements of later.c. */
struct later {
	struct sq_stmt *insert, *raise, *gravest;
};

struct shelf {
	struct sq *db; /* NULL: closed */
	enum schema_kind kind;
	char path[PATH_MAX];
	struct sq_stmt *insert, *add_block, *reach, *find_stream, *add_stream;
	struct later later; /* of alerts */
	uint64_t position;  /* stored for good */
	bool writing;       /* a transaction is open */
	bool inserted;      /* by the last shelf_add: the alert was new */
	struct shelf_stream stream;
	struct buf block; /* JSON of events, not yet compressed */
	struct buf packed;
	int64_t block_id; /* that it will get */
	struct compress *zip;
	enum sq_answer answer; /* of the last failure */
	struct err why;
};

/* One event on its way to its row. */
struct shelf_row {
	const struct keep_batch *batch;
	uint64_t seq;
	const struct pick *pick;
	struct view json;
	struct view type; /* without escapes */
};

/* Open or make a file. False with s->answer and s->why; the shelf is then closed. s->path and
 * s->kind are set before. */
bool
shelf_open(struct shelf *s);
void
shelf_close(struct shelf *s);

/* 1 stored, 0 was there already, -1 failed. */
int
shelf_add(struct shelf *s, const struct shelf_row *row);

/* Store what an event says of alerts (later.h): an alert_update, or evidence. 0, or -1. */
int
shelf_later(struct shelf *s, const struct shelf_row *row);

/* Store the position with what was added since; s->position follows. False with s->answer. */
bool
shelf_commit(struct shelf *s, uint64_t position);

/* Bytes of the file as they will be after the next commit. */
uint64_t
shelf_bytes(struct shelf *s);

/* Rename a damaged file and what belongs to it out of the way, and say so. */
void
shelf_set_aside(struct shelf *s);

#endif
