/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hold: bytes of a stream that wait for more, in blocks of three sizes from slabs.
 *
 *	struct hold --> block of 4, 16 or 80 KiB; moves to the next size when full
 *
 * Owned by one struct l7. One thread.
 */
#ifndef WANGLOU_PROBE_L7_HOLD_H
#define WANGLOU_PROBE_L7_HOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"
#include "lib/scratch.h"
#include "lib/slab.h"

#define HOLD_SIZES 3

struct hold {
	uint8_t *ptr; /* NULL: nothing held */
	uint32_t len;
	uint8_t size; /* index of its block's size */
};

struct hold_pool {
	struct slab slab[HOLD_SIZES];
	uint32_t max;  /* bytes one hold may have */
	uint64_t used; /* bytes of all blocks that are held */
	uint64_t most; /* at most; 0: only the slabs' caps */
};

/* A pool for `holds` users with at most max_bytes each, and `most` in all. Allocates nothing yet.
 */
void
hold_pool_init(struct hold_pool *p, uint64_t holds, uint64_t max_bytes, uint64_t most);
void
hold_pool_fini(struct hold_pool *p);

/* Bytes that may still be added. */
size_t
hold_room(const struct hold_pool *p, const struct hold *h);

/* Append. False when the cap or the pool's end is reached; the hold is as it was. */
bool
hold_add(struct hold_pool *p, struct hold *h, struct view data);

/* Forget the first n bytes; the block goes back when none are left. */
void
hold_shift(struct hold_pool *p, struct hold *h, size_t n);

static inline struct view
hold_view(const struct hold *h)
{
	return (struct view){ h->ptr, h->len };
}

static inline void
hold_drop(struct hold_pool *p, struct hold *h)
{
	hold_shift(p, h, h->len);
}

#endif
