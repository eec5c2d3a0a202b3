/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mask: how secrets of the wire stand in records: not at all, but so that the same secret can be
 * recognised again.
 *
 * Any thread; writes into the caller's jw, whose `secret` is the key.
 */
#ifndef WANGLOU_LIB_MASK_H
#define WANGLOU_LIB_MASK_H

#include "lib/cursor.h"
#include "lib/jw.h"

/*
 * Write a password, token, community or key as a string: "***" and 16 hex digits of a keyed hash
 * (SipHash-2-4 under w->secret). An empty one is written as "": there is nothing to hide.
 */
void
mask_secret(struct jw *w, struct view secret);

#endif
