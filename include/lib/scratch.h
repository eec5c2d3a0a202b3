/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scratch: memory that lives as long as one packet is looked at.
 *
 *	| 128 KiB | -> | 128 KiB | -> ...   kept, and used again from the start for each packet
 *
 * One thread. Zero-initialised is empty.
 */
#ifndef WANGLOU_LIB_SCRATCH_H
#define WANGLOU_LIB_SCRATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct scratch_block;

struct scratch {
	struct scratch_block *head, *now;
	size_t used;   /* of `now` */
	size_t blocks; /* allocated ever */
	bool full;     /* something was refused since scratch_clear */
};

/* A place to go back to. */
struct scratch_at {
	struct scratch_block *now;
	size_t used;
};

/* n zeroed bytes, aligned for any type, valid until scratch_clear; NULL above 128 KiB, at 256
 * blocks, or out of memory. */
void *
scratch_get(struct scratch *s, size_t n);
void
scratch_clear(struct scratch *s);
/* What was got since that place is given back. */
static inline struct scratch_at
scratch_here(const struct scratch *s)
{
	return (struct scratch_at){ s->now, s->used };
}
static inline void
scratch_back(struct scratch *s, struct scratch_at at)
{
	s->now = at.now;
	s->used = at.used;
}
void
scratch_fini(struct scratch *s);

#endif
