/* SPDX-License-Identifier: Apache-2.0 */
/*
 * slab: objects of one size from blocks that are never given back before the end, up to a cap.
 *
 * Handles out zeroed objects. Owns all memory; one owner thread. No allocation per packet once
 * warm.
 */
#ifndef WANGLOU_LIB_SLAB_H
#define WANGLOU_LIB_SLAB_H

#include <stddef.h>
#include <stdint.h>

struct slab_item {
	struct slab_item *next;
};

struct slab_block;

struct slab {
	size_t size;             /* bytes per object */
	size_t cap;              /* objects at most */
	size_t used;             /* objects out */
	size_t made;             /* objects ever carved */
	struct slab_item *free;  /* given back */
	struct slab_block *head; /* blocks, newest first */
};

/* Objects of `size` bytes, at most `cap` of them. Allocates nothing yet. */
void
slab_init(struct slab *s, size_t size, size_t cap);

/* Release everything, objects still out included. */
void
slab_fini(struct slab *s);

/* A zeroed object, or NULL at the cap or when memory is out. */
void *
slab_get(struct slab *s);

/* As slab_get, but with whatever was in it: for objects whose bytes are written before they are
 * read. */
void *
slab_get_raw(struct slab *s);

/* Give an object back. NULL is allowed. */
void
slab_put(struct slab *s, void *object);

#endif
