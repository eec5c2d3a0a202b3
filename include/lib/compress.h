/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compress: zstd (RFC 8878) with a bound on what comes out. libzstd is fenced behind this module.
 *
 * A squeezer or an unsqueezer owns its working memory and is used by one thread.
 */
#ifndef WANGLOU_LIB_COMPRESS_H
#define WANGLOU_LIB_COMPRESS_H

#include <stddef.h>

#include "lib/buf.h"
#include "lib/cursor.h"

struct compress;

/* Working memory for both directions; `level` as zstd's (1 fast .. 19). NULL when memory is out. */
struct compress *
compress_new(int level);

/* NULL is allowed. */
void
compress_free(struct compress *c);

/* Append one zstd frame holding `raw` to *out. Returns 0, or -1 when memory is out; *out is then as
 * before. */
int
compress_pack(struct compress *c, struct view raw, struct buf *out);

/*
 * Undo compress_pack for bytes from outside: append exactly `raw_len` bytes to *out. Returns -1
 * with *out as before when the bytes are damaged, hold more than one frame, or do not say and yield
 * exactly raw_len bytes. Never allocates more than raw_len in *out, and refuses frames that want a
 * window above 8 MiB.
 */
int
compress_unpack(struct compress *c, struct view packed, size_t raw_len, struct buf *out);

#endif
