/* SPDX-License-Identifier: Apache-2.0 */
/*
 * l7_frame: parts of a protocol's stream or datagrams, as signatures look at them and events tell
 * of them. The types are the table include/probe/l7/frames.def. Nothing is framed that nobody asks
 * for.
 */
#ifndef WANGLOU_PROBE_L7_FRAME_H
#define WANGLOU_PROBE_L7_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"

enum l7_frame_type {
#define L7_FRAME(ENUM, PROTO, proto, name) L7_FRAME_##ENUM,
#include "probe/l7/frames.def"
	L7_FRAME_COUNT
};

/* A set of types: bits 1 << enum l7_frame_type. */
#define L7_FRAMES_ALL (~UINT64_C(0))
#define L7_FRAME_OPEN UINT64_MAX /* a length that is not known yet */

struct l7_frame_row {
	const char *name; /* "pdu" */
	const char *full; /* "frame:dns.pdu" */
	uint8_t proto;    /* enum l7_proto */
};

/*
 * A frame that is to be looked at: whole, or some more of a long one, or what there is of one that
 * will not go on. What has arrived of it is there from its beginning, to a cap, up to the first
 * hole. Valid as a struct l7_tx is.
 */
struct l7_frame {
	uint8_t type, proto, dir; /* enum l7_frame_type, l7_proto, dir */
	bool first;               /* it was not said before */
	bool last;                /* nothing more will be said of it */
	bool complete;            /* its end has been passed, whatever is missing before it */
	bool ends;                /* data goes up to its end */
	bool stream;              /* offset is one of a stream */
	bool secret;              /* there is a password among it */
	uint64_t id;              /* 1.. of its direction in the flow; of TCP 2.., as in EVE */
	uint64_t offset;          /* in the stream or datagram */
	uint64_t length;          /* L7_FRAME_OPEN: not known */
	int64_t tx_id;            /* -1: none, or not known */
	struct view data;
	size_t old;    /* bytes of data that were said before */
	uint64_t lost; /* bytes missing behind data */
};

/* NULL behind the last. */
const struct l7_frame_row *
l7_frame_row(enum l7_frame_type t);

struct l7;

/* What rules look for and events are written of, a set: nothing else is framed. Between packets. */
void
l7_want_frames(struct l7 *l, uint64_t types);

/* Frames to be looked at since l7_begin; *n of them. */
const struct l7_frame *
l7_frames(const struct l7 *l, size_t *n);

#endif
