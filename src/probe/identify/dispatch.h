/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dispatch: which of nDPI's dissectors look at a packet. Private to src/probe/identify.
 *
 * Of a flow that is not known yet the library goes through some 110 dissectors with each packet,
 * and passes two sets of 64 bytes by value for each to find that most were ruled out before: a
 * third of its instructions. We stand before that function, as memory.c stands before others, and
 * ask the same dissectors in the same order from a table of a few lines.
 */
#ifndef WANGLOU_SRC_IDENTIFY_DISPATCH_H
#define WANGLOU_SRC_IDENTIFY_DISPATCH_H

#include "ndpi_compat.h"

struct dispatch;

/* Of a module that was finalised. NULL: the library goes through its dissectors itself, since it is
 * not built as we know it, or memory is out. */
struct dispatch *
dispatch_new(struct ndpi_detection_module_struct *module);
/* NULL is allowed. */
void
dispatch_free(struct dispatch *d);

/* From now on the calling thread asks the module of d; NULL: another. */
void
dispatch_use(const struct dispatch *d);

#endif
