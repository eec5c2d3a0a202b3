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

#include <stddef.h>
#include <stdint.h>

struct scratch_block;

struct scratch {
	struct scratch_block *head, *now;
	size_t used;   /* of `now` */
	size_t blocks; /* allocated ever */
};

/* n zeroed bytes, aligned for any type, valid until scratch_clear; NULL above 128 KiB, at 256
 * blocks, or out of memory. */
void *
scratch_get(struct scratch *s, size_t n);
void
scratch_clear(struct scratch *s);
void
scratch_fini(struct scratch *s);

#endif
