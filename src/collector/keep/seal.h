/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seal: indexes for event files that will not grow any more, made beside the loader by a thread of
 * its own.
 *
 * A file left without them by a kill gets them after the next start; until then it is read in full.
 */
#ifndef WANGLOU_COLLECTOR_KEEP_SEAL_H
#define WANGLOU_COLLECTOR_KEEP_SEAL_H

struct seal;

/* NULL when memory is out; the others allow that. The directory's name is copied. */
struct seal *
seal_new(const char *dir);

/* Waits for the file under way. */
void
seal_free(struct seal *s);

/* Go through all files but the newest. Returns at once. */
void
seal_start(struct seal *s);

#endif
