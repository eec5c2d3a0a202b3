/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lpm: longest prefix match from IPv4 and IPv6 prefixes to a 32-bit value.
 *
 * Built once, then read by any number of threads. Owns its memory. With a seed that nobody knows,
 * prefixes of somebody else cannot be chosen to stand in each other's way.
 */
#ifndef WANGLOU_LIB_LPM_H
#define WANGLOU_LIB_LPM_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/hash.h"

struct lpm;

/* An empty table; NULL when memory is out. */
struct lpm *
lpm_new(struct hash_key seed);

/* NULL is allowed. Values are the caller's. */
void
lpm_free(struct lpm *t);

/* Add a prefix, replacing the value of an equal one. 0, or -1 when memory is out. */
int
lpm_add(struct lpm *t, const struct prefix *p, uint32_t value);

/* Value of the longest prefix that holds the address; false when none does. */
bool
lpm_find(const struct lpm *t, const struct addr *a, uint8_t ver, uint32_t *value);

#endif
