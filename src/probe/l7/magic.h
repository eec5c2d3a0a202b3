/* SPDX-License-Identifier: Apache-2.0 */
/*
 * magic: the type of a file by its first bytes (libmagic, fenced here).
 *
 * libmagic takes 20 to 400 microseconds, most where no pattern fits: plain text and unknown data.
 * So a table of ours stands before it: media are named by it, and by default libmagic is asked
 * about what matters to an analyst only: programs, documents, archives, scripts. Its last answers
 * are remembered. One owner thread.
 */
#ifndef WANGLOU_PROBE_L7_MAGIC_H
#define WANGLOU_PROBE_L7_MAGIC_H

#include "lib/cursor.h"
#include "probe/l7.h"

struct magic;

/* Loads the system's patterns. NULL when there are none. */
struct magic *
magic_new(void);
/* NULL is allowed. */
void
magic_free(struct magic *m);

/* What kind of file begins with these bytes, in libmagic's words or their beginning; valid until
 * the next call. `which` says what libmagic is asked about. NULL when nobody tells. */
const char *
magic_of(struct magic *m, struct view head, enum l7_types which);

#endif
