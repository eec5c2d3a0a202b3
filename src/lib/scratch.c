/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/scratch.h"

#define SCRATCH_BLOCK (128 * 1024)
#define SCRATCH_BLOCKS 256

struct scratch_block {
	struct scratch_block *next;
	_Alignas(16) uint8_t bytes[SCRATCH_BLOCK];
};

static bool
next_block(struct scratch *s)
{
	struct scratch_block *b = s->now ? s->now->next : s->head;
	if (!b) {
		if (s->blocks == SCRATCH_BLOCKS || !(b = malloc(sizeof(*b))))
			return false;
		s->blocks++;
		b->next = NULL;
		*(s->now ? &s->now->next : &s->head) = b;
	}
	s->now = b;
	s->used = 0;
	return true;
}

void *
scratch_get(struct scratch *s, size_t n)
{
	n = (n + 15) & ~(size_t)15;
	if (n > SCRATCH_BLOCK || ((!s->now || SCRATCH_BLOCK - s->used < n) && !next_block(s))) {
		s->full = true;
		return NULL;
	}
	void *p = s->now->bytes + s->used;
	s->used += n;
	return memset(p, 0, n);
}

void
scratch_clear(struct scratch *s)
{
	s->now = NULL;
	s->used = 0;
	s->full = false;
}

void
scratch_fini(struct scratch *s)
{
	while (s->head) {
		struct scratch_block *next = s->head->next;
		free(s->head);
		s->head = next;
	}
	*s = (struct scratch){ 0 };
}
