/* SPDX-License-Identifier: Apache-2.0 */
/*
 * framed: events of frames. Where bytes are looked at when they are acknowledged
 * (stream.wait-for-ack), a frame's event waits for the next packet of its sender, which says who
 * speaks to whom, as alerts do (later.h). Capped; beyond, it is written at once. One owner thread.
 */
#ifndef WANGLOU_SRC_PROBE_FRAMED_H
#define WANGLOU_SRC_PROBE_FRAMED_H

#include "probe/output.h"

struct framed;

/* NULL when memory is out. */
struct framed *
framed_new(void);

/* NULL is allowed. What still waits is dropped. */
void
framed_free(struct framed *w);

/*
 * Write the n frames that came with the scene's packet, or have them wait, and before them those
 * that waited for it; at the flow's end (no packet) all of its. w NULL: none wait.
 */
void
framed_write(struct framed *w, struct output *o, const struct output_scene *s,
    const struct l7_frame *frame, size_t n);

#endif
