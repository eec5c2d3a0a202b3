/* SPDX-License-Identifier: Apache-2.0 */
/* Events of frames that wait for a packet of their sender: see await.h. */
#ifndef WANGLOU_SRC_PROBE_AWAIT_FRAMES_H
#define WANGLOU_SRC_PROBE_AWAIT_FRAMES_H

#include "await.h"
#include "probe/output.h"

struct await_frames;

/* NULL when memory is out. */
struct await_frames *
await_frames_new(void);

/* NULL is allowed, here and for the question. What still waits is dropped. */
void
await_frames_free(struct await_frames *w);

/* How many found no room. */
uint64_t
await_frames_full(const struct await_frames *w);

/*
 * Write the n frames that came with the scene's packet, or have them wait, and before them those
 * that waited for it; at the flow's end (no packet) all of its. w NULL: none wait.
 */
void
await_frames_write(struct await_frames *w, struct output *o, const struct output_scene *s,
    const struct l7_frame *frame, size_t n);

#endif
