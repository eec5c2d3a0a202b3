/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_share: compiled expressions that rule sets have in common. At a reload the new set takes
 * those that the old one has, instead of compiling them again beside it.
 *
 * Outlives the rule sets; any thread may load or free one. Asked at load time only: the packet path
 * has pointers to what it needs, which does not change.
 */
#ifndef WANGLOU_PROBE_MATCH_SHARE_H
#define WANGLOU_PROBE_MATCH_SHARE_H

#include <stddef.h>

struct match_share;

/* NULL when memory is out. */
struct match_share *
match_share_new(void);
/* Behind the last rule set. NULL is allowed. */
void
match_share_free(struct match_share *s);
/* How many different expressions there are. */
size_t
match_share_count(struct match_share *s);

#endif
