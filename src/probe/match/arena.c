/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that lives as long as the rule set: blocks chained, never given back singly. */
#include <stdlib.h>

#include "probe/match_load.h"

#define BLOCK_BYTES (256u << 10)
#define ALIGN 16u

struct match_arena_block {
	struct match_arena_block *next;
	size_t used, room;
	_Alignas(ALIGN) uint8_t data[];
};

static struct match_arena_block *
block_new(struct match_arena *a, size_t room)
{
	struct match_arena_block *b = calloc(1, sizeof(*b) + room);
	if (!b)
		return NULL;
	b->room = room;
	b->next = a->head;
	a->head = b;
	return b;
}

void *
match_arena_get(struct match_arena *a, size_t n)
{
	size_t rounded = (n + ALIGN - 1) / ALIGN * ALIGN;
	struct match_arena_block *b = a->head;
	if (!b || b->room - b->used < rounded)
		b = block_new(a, rounded > BLOCK_BYTES ? rounded : BLOCK_BYTES);
	if (!b)
		return NULL;
	void *p = b->data + b->used;
	b->used += rounded;
	return p;
}

void *
match_arena_copy(struct match_arena *a, const void *data, size_t n)
{
	uint8_t *p = match_arena_get(a, n + 1);
	if (p && n)
		memcpy(p, data, n);
	return p;
}

void
match_arena_free(struct match_arena *a)
{
	while (a->head) {
		struct match_arena_block *next = a->head->next;
		free(a->head);
		a->head = next;
	}
}
