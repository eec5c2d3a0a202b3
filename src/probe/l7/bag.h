/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bag: texts that live as long as their owner (a transaction, a file), in blocks from one slab,
 * given back all at once.
 *
 *	struct bag --> block of 1 KiB --> long block of 4 KiB --> block of 1 KiB
 *
 * What is longer than a block (BAG_TEXT_MAX) gets a long one of its own, behind the newest.
 *
 * Owned by one struct l7. One thread.
 */
#ifndef WANGLOU_PROBE_L7_BAG_H
#define WANGLOU_PROBE_L7_BAG_H

#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"
#include "lib/slab.h"

#define BAG_TEXT_MAX 1008 /* bytes of most texts */
#define BAG_LONG_MAX 4096 /* of any */
/* Blocks of one owner, a long one counting as four: nobody takes all there is. */
#define BAG_BLOCKS_MAX 128

struct bag {
	struct bag_block *newest; /* NULL: empty */
};

struct bag_pool {
	struct slab blocks, longs;
	uint64_t cut; /* texts that found no room */
};

/* A pool of at most max_bytes, an eighth of it for long blocks. Allocates nothing yet. */
void
bag_pool_init(struct bag_pool *p, uint64_t max_bytes);
void
bag_pool_fini(struct bag_pool *p);

/*
 * A copy of the first `max` bytes of `from` (BAG_LONG_MAX at most), valid until the bag is emptied.
 * Empty, with ptr NULL, and counted, when the pool or the bag is at its cap. An empty text has a
 * ptr.
 */
struct view
bag_keep(struct bag_pool *p, struct bag *b, struct view from, size_t max);

/* n bytes to write to, aligned for any type; NULL at a cap or above BAG_LONG_MAX. */
void *
bag_room(struct bag_pool *p, struct bag *b, size_t n);

/* Give everything back. */
void
bag_empty(struct bag_pool *p, struct bag *b);

#endif
