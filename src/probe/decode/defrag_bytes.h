/* SPDX-License-Identifier: Apache-2.0 */
/*
 * defrag_bytes: the bytes of one datagram while some are missing, and whose they are where
 * fragments overlap. Private to src/probe/decode/defrag*.c.
 *
 * Fragments begin at multiples of eight bytes and, but for the last, end there; so do the pieces
 * they cut each other into. A page holds 64 such units. A bit of `have` says that the unit came, a
 * bit of `begins` that a piece (what is left of one fragment) begins there:
 *
 *     units     0 1 2 3 4 5 6 7 8
 *     have      1 1 1 . 1 1 1 1 1      fragments 0-2, then 4-5, then 6-8
 *     begins    1 . . . 1 . 1 . .
 */
#ifndef WANGLOU_SRC_DECODE_DEFRAG_BYTES_H
#define WANGLOU_SRC_DECODE_DEFRAG_BYTES_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/cursor.h"
#include "probe/targets.h"

#define UNIT 8u
#define PAGE_UNITS 64u
#define PAGE_BYTES (UNIT * PAGE_UNITS)
#define DATAGRAM_MAX 65535u
#define DATAGRAM_PAGES (DATAGRAM_MAX / PAGE_BYTES + 1)

/* Who keeps the bytes where a fragment meets an older one (Novak 2005). */
enum overlap {
	OVERLAP_FIRST,     /* the older one */
	OVERLAP_LAST,      /* the newer one */
	OVERLAP_BSD,       /* the older one if it begins before or with the newer one */
	OVERLAP_BSD_RIGHT, /* the newer one there */
	OVERLAP_LINUX,     /* the older one if it begins before the newer one */
	OVERLAP_WINDOWS,   /* the older one unless the newer one sticks out on both sides */
	OVERLAP_SOLARIS,   /* as Windows, or when it sticks out before and they end together */
};

struct page {
	struct page *next; /* of a higher index */
	uint64_t have, begins;
	uint32_t index;
	uint8_t byte[PAGE_BYTES];
};

/* The pages under one fragment, all there. */
struct span {
	struct page *page[DATAGRAM_PAGES];
	uint32_t from, to; /* units; the last one may be partly used */
};

/* What laying a fragment down came to. */
struct laid {
	uint32_t fresh;  /* units that had not come before */
	bool owns_first; /* its unit `from` is what now stands there */
	bool overlaps;   /* some had */
	bool differs;    /* with other bytes */
};

/* Which rule do fragments to such a host follow? */
enum overlap
overlap_of(enum target_policy policy);

/* Did any unit of the span come before? */
bool
span_touches(const struct span *s);

/* Did every one? */
bool
span_covered(const struct span *s);

/* Lay the bytes of a fragment, which fill the span, over what is there. */
void
span_lay(const struct span *s, struct view data, enum overlap rule, struct laid *out);

#endif
