/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_manage: what a site makes of rules that come from elsewhere, in four files as
 * suricata-update has them (suricata-update.readthedocs.io): disable, enable, drop, modify, applied
 * in this order, each over what the one before said.
 *
 *     2019401   1:2019401   2019401,2019402   1:2019400-2019499    by number
 *     re:heartbleed     group:emerging-dos.rules   group:*-info     filename:PATTERN
 *     metadata: deployment perimeter
 *     modify:  2019401 "seconds \d+" "seconds 3600"     re:... "from" "to"     * "from" "to"
 *
 * Load time only; one thread per load.
 */
#ifndef WANGLOU_PROBE_MATCH_MANAGE_H
#define WANGLOU_PROBE_MATCH_MANAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/cursor.h"
#include "lib/err.h"

enum match_manage_file {
	MATCH_MANAGE_DISABLE,
	MATCH_MANAGE_ENABLE,
	MATCH_MANAGE_DROP,
	MATCH_MANAGE_MODIFY,
	MATCH_MANAGE_FILES
};

/* Something wrong in one of the files. */
typedef void (*match_manage_problem)(
    void *context, const char *file, uint32_t line, uint32_t column, const char *reason);

struct match_manage;

/*
 * Read the files; "" and NULL are none. Lines that are wrong are told (problem may be NULL) and
 * skipped. NULL when no file is named or memory is out.
 */
struct match_manage *
match_manage_new(
    const char *const path[MATCH_MANAGE_FILES], match_manage_problem problem, void *context);
/* NULL is allowed. */
void
match_manage_free(struct match_manage *m);

/*
 * What becomes of one rule: its text without what makes it a comment, of this file. *disabled is
 * what it is now, and then what it is to be. True when its text changes: the new one is in *out.
 */
bool
match_manage_apply(
    struct match_manage *m, const char *file, struct view text, bool *disabled, struct buf *out);

/* Rules that each file changed so far. */
struct match_manage_counts {
	uint32_t rules[MATCH_MANAGE_FILES];
};
struct match_manage_counts
match_manage_count(const struct match_manage *m);

/* Lines that changed nothing, one after another: *at is 0 at first; false behind the last. */
bool
match_manage_idle(const struct match_manage *m, size_t *at, const char **file, uint32_t *line);

/* "disable.conf" of each. */
const char *
match_manage_name(enum match_manage_file f);

/* ---- pcre_edit.c: an expression and what takes the place of what it finds ---- */

struct match_edit;

/* MATCH_EDIT_NOCASE ignores case. NULL with a sentence and the place in the pattern. \1 and \g<1>
 * in `with` are what the groups found; `with` NULL: only asked, never applied. */
#define MATCH_EDIT_NOCASE 0x01
struct match_edit *
match_edit_new(
    struct view pattern, const struct view *with, unsigned flags, size_t *at, struct err *e);
void
match_edit_free(struct match_edit *x);
/* Is it found in the text? */
bool
match_edit_finds(const struct match_edit *x, struct view text);
/* The text with every find replaced into *out; false when there is none (out stays). */
bool
match_edit_apply(const struct match_edit *x, struct view text, struct buf *out);

#endif
