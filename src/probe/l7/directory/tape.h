/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tape: an object of a record, put down while its bytes are there and written when the transaction
 * is complete, for protocols whose messages nest.
 *
 *	{ "search_request" | "base_object": text | [ "attributes" | text | text | ] | } ...
 *
 * Marks and texts lie in the transaction's bag. What does not fit into `most` bytes, and all that
 * comes after it, is left out; objects are closed in any case. Owned by the transaction.
 */
#ifndef WANGLOU_PROBE_L7_TAPE_H
#define WANGLOU_PROBE_L7_TAPE_H

#include "../item.h"

#define TAPE_TEXT_MAX 512 /* bytes kept of one text */
#define TAPE_DEPTH 12     /* objects and arrays in each other */

struct tape_mark;

struct tape {
	struct tape_mark *first, *last;
	uint32_t used, most; /* bytes; set `most` before the first mark */
	bool full;           /* something was left out */
};

/* Where marks go; made on the stack for each message. */
struct tape_head {
	struct l7 *l;
	struct l7_item *item;
	struct tape *tape;
};

/* Keys are of EV_KEY, NULL inside an array. */
void
tape_open(const struct tape_head *h, const char *key, bool array);
void
tape_close(const struct tape_head *h);
void
tape_text(const struct tape_head *h, const char *key, struct view text);
/* Written by mask_secret. */
void
tape_secret(const struct tape_head *h, const char *key, struct view secret);
void
tape_number(const struct tape_head *h, const char *key, int64_t number);
void
tape_bool(const struct tape_head *h, const char *key, bool set);
/* A text of ours that is never given back. */
void
tape_word(const struct tape_head *h, const char *key, const char *word);

/* Write all of it into the object or array that is open. */
void
tape_write(const struct tape *t, struct jw *w);

#endif
