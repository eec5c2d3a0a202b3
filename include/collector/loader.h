/* SPDX-License-Identifier: Apache-2.0 */
/*
 * loader: hold -> keep. The thread that moves batches from the hold log into the store.
 *
 * Reads hold, writes keep, tells hold what may be trimmed. When the store is not able it says so
 * once, waits and begins again behind keep_position; receiving never waits for it. Owns its thread
 * and its reader; the clocks are read here.
 */
#ifndef WANGLOU_COLLECTOR_LOADER_H
#define WANGLOU_COLLECTOR_LOADER_H

#include "collector/hold.h"
#include "collector/keep.h"
#include "lib/err.h"

struct loader;

/* Begin to load. `keep` belongs to the thread until loader_stop; `hold` is told what is stored and
 * may be NULL. */
struct loader *
loader_start(struct keep *keep, const char *hold_dir, struct hold *hold, struct err *e);

/*
 * Store what the hold log has now, then end the thread. Waits at most `wait_ms` for a store that is
 * not able; what is not stored stays in the hold log. NULL is allowed.
 */
void
loader_stop(struct loader *l, unsigned wait_ms);

#endif
