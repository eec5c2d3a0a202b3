/* SPDX-License-Identifier: Apache-2.0 */
/* look: what rows share to show buffers and numbers to signatures. Inside src/probe/l7 only. */
#ifndef WANGLOU_PROBE_L7_LOOK_H
#define WANGLOU_PROBE_L7_LOOK_H

#include <stdbool.h>

#include "probe/l7.h"

/* The only instance of a buffer; false when it is absent (ptr NULL) or another one is asked for. */
static inline bool
look_one(const struct l7_ask *ask, struct view v, struct view *out)
{
	*out = v;
	return ask->i == 0 && v.ptr != NULL;
}

/* The same for a text that ends with a zero; NULL for none. */
bool
look_text(const struct l7_ask *ask, const char *text, struct view *out);

/* Bytes as hex digits, with `sep` between them unless it is 0, in the ask's scratch. False when
 * memory is out. */
bool
look_hex(const struct l7_ask *ask, struct view bytes, char sep, bool upper, struct view *out);

/* A number that is there. */
static inline bool
look_number(const struct l7_ask *ask, bool there, uint64_t n, uint64_t *out)
{
	*out = n;
	return there && ask->i == 0;
}

#endif
