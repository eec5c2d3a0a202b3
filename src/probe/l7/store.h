/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store: carried files on disk (files.store-dir), one for each content:
 *
 *	DIR/ab/abcd...   named by its SHA-256 in hex; DIR/tmp-WORKER-N while it is put together
 *
 * Bounded by a quota for the folder and by files at once; what finds no room is counted. Owned by
 * one worker; several share a folder. A disk that fails is said once, and files are not stored
 * meanwhile.
 */
#ifndef WANGLOU_PROBE_L7_STORE_H
#define WANGLOU_PROBE_L7_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/cursor.h"
#include "lib/err.h"
#include "probe/l7.h"

#define STORE_OPEN_MAX 128 /* files put together at once */

struct store;

/* NULL with a sentence. Left-overs of this worker's last run are removed. */
struct store *
store_open(const struct l7_store *config, struct err *e);
/* NULL is allowed. */
void
store_close(struct store *s);

/* Begin a file: its number, or -1 when there is no room. s may be NULL: -1. */
int
store_begin(struct store *s);

/* The next bytes of file n. False: it is given up, and n free again. */
bool
store_add(struct store *s, int n, struct view bytes);

/* It is whole: `name` is its SHA-256 in hex. True when it is there now (as it may have been
 * before). */
bool
store_keep(struct store *s, int n, const char *name);

/* Give it up. n < 0 is allowed. */
void
store_drop(struct store *s, int n);

/* Files that were wanted and are not there, since store_open. */
uint64_t
store_lost(const struct store *s);

#endif
