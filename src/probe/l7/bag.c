/* SPDX-License-Identifier: Apache-2.0 */
#include "bag.h"

#include <string.h>

#define ALIGN 8u

#define LONG_AS 4u /* blocks that a long one counts as */

struct bag_block {
	struct bag_block *before;
	uint32_t used;
	uint32_t number; /* from 1, of its owner */
	_Alignas(ALIGN) uint8_t bytes[];
};

void
bag_pool_init(struct bag_pool *p, uint64_t max_bytes)
{
	const size_t block = sizeof(struct bag_block) + BAG_TEXT_MAX;
	const size_t large = sizeof(struct bag_block) + BAG_LONG_MAX;
	slab_init(&p->longs, large, max_bytes / 8 / large + 1);
	slab_init(&p->blocks, block, (max_bytes - max_bytes / 8) / block + 1);
	p->cut = 0;
}

void
bag_pool_fini(struct bag_pool *p)
{
	slab_fini(&p->blocks);
	slab_fini(&p->longs);
}

/* A long block, behind the newest one, which has room still. */
static void *
long_room(struct bag_pool *p, struct bag *b, size_t n)
{
	struct bag_block *newest = b->newest, *block = NULL;
	uint32_t number = LONG_AS + (newest ? newest->number : 0);
	if (n <= BAG_LONG_MAX && number <= BAG_BLOCKS_MAX)
		block = slab_get_raw(&p->longs);
	if (!block) {
		p->cut++;
		return NULL;
	}
	block->used = (uint32_t)n;
	block->number = number;
	block->before = newest ? newest->before : NULL;
	*(newest ? &newest->before : &b->newest) = block;
	if (newest)
		newest->number = number;
	return block->bytes;
}

static void *
room(struct bag_pool *p, struct bag *b, size_t n, uint32_t align)
{
	struct bag_block *block = b->newest;
	if (n > BAG_TEXT_MAX)
		return long_room(p, b, n);
	uint32_t at = block ? (block->used + align - 1) & ~(align - 1) : 0;
	if (!block || at + n > BAG_TEXT_MAX) {
		uint32_t number = block ? block->number + 1 : 1;
		block = number <= BAG_BLOCKS_MAX ? slab_get_raw(&p->blocks) : NULL;
		if (!block) {
			p->cut++;
			return NULL;
		}
		block->before = b->newest;
		block->number = number;
		b->newest = block;
		at = 0;
	}
	block->used = at + (uint32_t)n;
	return block->bytes + at;
}

void *
bag_room(struct bag_pool *p, struct bag *b, size_t n)
{
	return room(p, b, n, ALIGN);
}

struct view
bag_keep(struct bag_pool *p, struct bag *b, struct view from, size_t max)
{
	size_t n = from.len < max ? from.len : max;
	if (n > BAG_LONG_MAX)
		n = BAG_LONG_MAX;
	uint8_t *to = room(p, b, n, 1);
	if (!to)
		return (struct view){ 0 };
	if (n)
		memcpy(to, from.ptr, n);
	return (struct view){ to, n };
}

void
bag_empty(struct bag_pool *p, struct bag *b)
{
	while (b->newest) {
		struct bag_block *before = b->newest->before;
		slab_put(b->newest->used > BAG_TEXT_MAX ? &p->longs : &p->blocks, b->newest);
		b->newest = before;
	}
}
