/* SPDX-License-Identifier: Apache-2.0 */
/*
 * joins: files whose parts came in several responses (RFC 9110, 14), of one connection or many.
 * Inside src/probe/l7/web only.
 *
 * Known by both addresses, host, path and size of the whole. A few at a time; the one unused for
 * longest goes. One thread.
 */
#ifndef WANGLOU_PROBE_L7_JOINS_H
#define WANGLOU_PROBE_L7_JOINS_H

#include "../files.h"

#define JOINS 64

struct join {
	struct l7_file *file; /* of no flow; NULL: free */
	uint64_t key;
	uint64_t size;
	uint32_t turn; /* in which it was made */
	uint32_t used; /* last */
};

struct joins {
	struct join row[JOINS];
	uint32_t turn;
};

/* A row, and the turn in which it was made, so that one that took its place is not mistaken for it.
 */
struct join_ref {
	uint32_t turn;
	uint8_t row; /* 1 + its number; 0: none */
};

struct join_key {
	struct view host, path;
	uint64_t size;
};

/* The whole that a part belongs to, made when it is new. */
struct join_ref
joins_find(struct l7 *l, struct l7_flow *lf, struct joins *j, const struct join_key *key,
    const struct l7_file_head *part);

/* Bytes of a part at their place in the whole. */
void
joins_add(struct l7 *l, struct joins *j, struct join_ref ref, uint64_t offset, struct view bytes);

/* A part ended: when the whole is complete, it is closed with this transaction. */
void
joins_close(struct l7 *l, struct l7_flow *lf, struct joins *j, struct join_ref ref, uint64_t tx_id,
    const void *tx);

/* Give all back without a word. */
void
joins_drop(struct l7 *l, struct joins *j);

#endif
