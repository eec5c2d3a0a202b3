/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pieces: bytes that come in pieces with their offsets, in any order (QUIC's CRYPTO frames, DTLS's
 * handshake fragments).
 *
 *	hold: | there | zeros | there |      at[]: which parts are there, in order
 *
 * Where two pieces lie over each other the later one counts. Inside src/probe/l7/secure only.
 */
#ifndef WANGLOU_PROBE_L7_PIECES_H
#define WANGLOU_PROBE_L7_PIECES_H

#include "../hold.h"

#define PIECES_MAX 12     /* parts with holes between them */
#define PIECES_AHEAD 8192 /* bytes a piece may be ahead: the hold is as long as it reaches */

struct pieces {
	struct hold hold;
	uint8_t n;
	struct {
		uint32_t from, to;
	} at[PIECES_MAX];
};

/* Put bytes where they belong. False at a cap: too far, too many parts, or no room. */
bool
pieces_add(struct hold_pool *p, struct pieces *s, uint64_t offset, struct view bytes);

/* What is there from the start without a hole. */
struct view
pieces_view(const struct pieces *s);

void
pieces_drop(struct hold_pool *p, struct pieces *s);

#endif
