/* SPDX-License-Identifier: Apache-2.0 */
/* slab: see include/lib/slab.h. */
#include "lib/slab.h"

#include <assert.h>
#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES ((size_t)256 << 10)
#define LINE ((size_t)64) /* objects of whole cache lines begin with one */

/*
 *   head -> block -> block -> ...
 *           carved | carved | carved | not yet
 *           objects given back are chained through their own first bytes: free -> o -> o
 */
struct slab_block {
	struct slab_block *next;
	size_t left; /* objects not carved yet */
	alignas(LINE) uint8_t bytes[];
};

void
slab_init(struct slab *s, size_t size, size_t cap)
{
	size_t least = size < sizeof(struct slab_item) ? sizeof(struct slab_item) : size;

	*s = (struct slab){ .size = (least + 15) & ~(size_t)15, .cap = cap };
}

void
slab_fini(struct slab *s)
{
	for (struct slab_block *b = s->head, *next; b; b = next) {
		next = b->next;
		free(b);
	}
	slab_init(s, s->size, s->cap);
}

static size_t
block_objects(const struct slab *s)
{
	size_t n = (BLOCK_BYTES - sizeof(struct slab_block)) / s->size;
	size_t left = s->cap - s->made;

	if (n == 0)
		n = 1;
	return n < left ? n : left;
}

static void *
carve(struct slab *s)
{
	struct slab_block *b = s->head;

	if (!b || b->left == 0) {
		size_t n = block_objects(s);
		b = aligned_alloc(LINE, (sizeof(*b) + n * s->size + LINE - 1) & ~(LINE - 1));
		if (!b)
			return NULL;
		b->next = s->head;
		b->left = n;
		s->head = b;
	}
	s->made++;
	return b->bytes + --b->left * s->size;
}

void *
slab_get_raw(struct slab *s)
{
	struct slab_item *item = s->free;

	if (item)
		s->free = item->next;
	else if (s->made < s->cap)
		item = carve(s);
	if (!item)
		return NULL;
	s->used++;
	return item;
}

void *
slab_get(struct slab *s)
{
	void *item = slab_get_raw(s);

	return item ? memset(item, 0, s->size) : NULL;
}

void
slab_put(struct slab *s, void *object)
{
	struct slab_item *item = object;

	if (!item)
		return;
	assert(s->used > 0);
	item->next = s->free;
	s->free = item;
	s->used--;
}
