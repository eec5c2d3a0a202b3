/* SPDX-License-Identifier: Apache-2.0 */
/*
 * conf_row: one setting, from text and to text. Private to src/lib/conf*.c; see include/lib/conf.h.
 */
#ifndef WANGLOU_SRC_LIB_CONF_ROW_H
#define WANGLOU_SRC_LIB_CONF_ROW_H

#include "lib/conf.h"

/* Longest dotted key with its terminator, a map's name included. */
#define CONF_KEY 256
/* Longest text of a number with its suffix, or of what is allowed. */
#define CONF_TEXT 256

/* The row a key belongs to: the row of that key, or the map row whose name it begins with; NULL:
 * unknown. */
const struct conf_row *
conf_row_find(const struct conf_table *t, const char *key);

/* Is there a row below "key."? Map rows themselves count. */
bool
conf_row_section(const struct conf_table *t, const char *key);

/* The known key (or section) nearest to an unknown one by edit distance; out is CONF_KEY bytes. */
void
conf_row_nearest(const struct conf_table *t, const char *key, bool section, char *out);

/*
 * Set a row's field from the text a user wrote; `key` is the whole key, which for a map row ends in
 * the name. A list is replaced by the comma-separated items. On failure -1 and "KEY: found X,
 * allowed Y".
 */
int
conf_row_set(
    const struct conf_row *row, void *settings, const char *key, const char *text, struct err *e);

/* Empty a list, and append one item to it. conf_row_add: 0, or -1 with a sentence when memory is
 * out. */
void
conf_row_empty(const struct conf_row *row, void *settings);
int
conf_row_add(const struct conf_row *row, void *settings, const char *item, struct err *e);

/* Is its field a list? */
bool
conf_row_is_list(const struct conf_row *row);

/* Relative paths of the row are from the file's folder: make them so. 0, or -1 with a sentence when
 * memory is out. */
int
conf_row_resolve(const struct conf_row *row, void *settings, const char *file, struct err *e);

/* Release what a row's field owns. */
void
conf_row_clear(const struct conf_row *row, void *settings);

/* "KEY: found `found`, allowed ..." into e; returns -1. */
int
conf_row_refuse(const struct conf_row *row, const char *key, const char *found, struct err *e);

/* What a row takes, in words; out is CONF_TEXT bytes. */
void
conf_row_allowed(const struct conf_row *row, char *out);

/* A number of the row's type as a user would write it ("64mb", "10s"); out is CONF_TEXT bytes. */
void
conf_row_number(const struct conf_row *row, uint64_t v, char *out);

/* The n-th word of an enum's choice; out is CONF_TEXT bytes, "" when there is none. */
void
conf_row_word(const struct conf_row *row, int n, char *out);

#endif
