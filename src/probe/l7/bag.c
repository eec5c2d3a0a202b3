/* SPDX-License-Identifier: Apache-2.0 */
#include "bag.h"

#include <string.h>

#define ALIGN 8u

struct bag_block {
	struct bag_block *before;
	uint32_t used;
	uint32_t number; /* from 1, of its owner */
	_Alignas(ALIGN) uint8_t bytes[BAG_TEXT_MAX];
};

void
bag_pool_init(struct bag_pool *p, uint64_t max_bytes)
{
	slab_init(&p->blocks, sizeof(struct bag_block), max_bytes / sizeof(struct bag_block) + 1);
	p->cut = 0;
}

void
bag_pool_fini(struct bag_pool *p)
{
	slab_fini(&p->blocks);
}

static void *
room(struct bag_pool *p, struct bag *b, size_t n, uint32_t align)
{
	struct bag_block *block = b->newest;
	if (n > BAG_TEXT_MAX)
		return NULL;
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
	if (n > BAG_TEXT_MAX)
		n = BAG_TEXT_MAX;
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
		slab_put(&p->blocks, b->newest);
		b->newest = before;
	}
}
