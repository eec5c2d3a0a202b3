/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jread: reads JSON (RFC 8259) value by value, without a tree.
 *
 * For files of any size that are in memory: the caller goes from value to value and skips what it
 * does not know. Strict: whatever was skipped is valid JSON in valid UTF-8 as well, so that spans
 * may be written out as they are. After the first mistake every call says no, and `wrong` has the
 * reason; c.at stands near it. Owns the text of the last string and key. One thread.
 */
#ifndef WANGLOU_LIB_JREAD_H
#define WANGLOU_LIB_JREAD_H

#include <stdbool.h>

#include "lib/buf.h"
#include "lib/cursor.h"

#define JREAD_DEPTH 64 /* objects and arrays inside each other */

enum jread_kind {
	JREAD_NONE, /* nothing is left, or it is no JSON */
	JREAD_OBJECT,
	JREAD_ARRAY,
	JREAD_STRING,
	JREAD_NUMBER,
	JREAD_BOOL,
	JREAD_NULL
};

struct jread {
	struct cursor c;
	unsigned depth;
	uint64_t began; /* bit a depth: a member or item stands before us */
	const char *wrong;
	struct buf text, key;
};

/* A reader over bytes that outlive it; fini gives its memory back. */
void
jread_init(struct jread *j, struct view json);
void
jread_fini(struct jread *j);

/* What stands next. */
enum jread_kind
jread_peek(struct jread *j);

/* Into the object or array that stands next. */
bool
jread_enter(struct jread *j);
/* Before the value of the next member, whose key (valid until the next key) is given; false at the
 * object's end, which is then behind us. */
bool
jread_member(struct jread *j, struct view *key);
/* The same for the next item of an array. */
bool
jread_item(struct jread *j);

/* The string, number or word that stands next, decoded; valid until the next one. False, and
 * skipped, when it is an object, an array or null. */
bool
jread_text(struct jread *j, struct view *text);
/* Over the value that stands next; *span (or NULL) gets its bytes. */
bool
jread_skip(struct jread *j, struct view *span);
/* Is nothing but blanks left, and was all well? */
bool
jread_done(struct jread *j);

/* Append JSON without the blanks between its parts. */
void
jread_squeeze(struct buf *out, struct view json);

#endif
