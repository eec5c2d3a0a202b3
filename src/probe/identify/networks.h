/* SPDX-License-Identifier: Apache-2.0 */
/*
 * networks: which of the networks that nDPI knows by name an address is in, remembered. Private to
 * src/probe/identify.
 *
 * The library asks its tree of some 5,000 networks about both ends of each flow. We stand before
 * the tree's function, as memory.c stands before others: most addresses were asked about lately.
 */
#ifndef WANGLOU_SRC_IDENTIFY_NETWORKS_H
#define WANGLOU_SRC_IDENTIFY_NETWORKS_H

#include "ndpi_compat.h"

struct networks;

/* Of a module that was finalised: its tree does not change any more. NULL: the library asks its
 * tree each time, since it is not built as we know it, or memory is out. */
struct networks *
networks_new(const struct ndpi_detection_module_struct *module);
/* NULL is allowed. */
void
networks_free(struct networks *n);

/* From now on the calling thread asks the module of n; NULL: another. */
void
networks_use(struct networks *n);

#endif
