/* SPDX-License-Identifier: Apache-2.0 */
/* counters: sums of structs that are made of counters alone. */
#ifndef WANGLOU_PROBE_COUNTERS_H
#define WANGLOU_PROBE_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

/* Add each counter of *from to the one in *to. */
static inline void
counters_add(void *to, const void *from, size_t bytes)
{
	uint64_t *a = to;
	const uint64_t *b = from;

	for (size_t i = 0; i < bytes / sizeof(*a); i++)
		a[i] += b[i];
}

#endif
