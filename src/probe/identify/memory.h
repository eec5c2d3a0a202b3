/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory: what nDPI remembers of other flows (peers seen at BitTorrent, STUN, Zoom and the like),
 * shared by the modules of several workers. Private to src/probe/identify.
 *
 * The library keeps it in small tables of each module and reaches them through functions that the
 * dynamic linker lets us stand before: memory.c passes each call on from behind the gate of the
 * worker that makes it.
 */
#ifndef WANGLOU_SRC_IDENTIFY_MEMORY_H
#define WANGLOU_SRC_IDENTIFY_MEMORY_H

#include "ndpi_compat.h"
#include "probe/identify.h"

/* Is the library built as its header says? Members before and behind the tables must be what the
 * library's own functions tell of them. */
bool
memory_laid_out(const struct ndpi_detection_module_struct *module);

/* Give a module that has seen nothing the shared tables in place of its own. -1 with a sentence
 * when this library cannot do that. */
int
memory_lend(struct identify_memory *m, struct ndpi_detection_module_struct *module, struct err *e);

/* Before the module is freed: the tables are not its own. */
void
memory_take_back(struct ndpi_detection_module_struct *module);

/* The calling thread goes through this gate from now on; NULL: through none. */
void
memory_gate(const struct gate *gate);

#endif
