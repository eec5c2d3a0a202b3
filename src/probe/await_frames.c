/* SPDX-License-Identifier: Apache-2.0 */
/* Frames that wait, with as much of their bytes as an event shows. */
#include "await_frames.h"

#include <stdlib.h>
#include <string.h>

#define MOST 128
#define BYTES 4096 /* more than an event shows */

struct item {
	struct l7_frame frame;
	uint8_t bytes[BYTES];
};

struct await_frames {
	struct await await;
	struct item item[MOST];
};

struct await_frames *
await_frames_new(void)
{
	struct await_frames *w = calloc(1, sizeof(*w));

	if (w && await_open(&w->await, MOST) == 0)
		return w;
	free(w);
	return NULL;
}

void
await_frames_free(struct await_frames *w)
{
	if (w)
		await_close(&w->await);
	free(w);
}

uint64_t
await_frames_full(const struct await_frames *w)
{
	return w ? w->await.full : 0;
}

/* Does it wait for a packet of its sender? False as well: there is no room. */
static bool
keep(struct await_frames *w, const struct output_scene *s, const struct l7_frame *f)
{
	size_t at;

	if (!w || !s->packet || !f->stream || f->dir == (uint8_t)s->dir ||
	    !await_room(&w->await, &at))
		return false;
	struct item *i = &w->item[at];
	size_t n = f->data.len < BYTES ? f->data.len : BYTES;
	i->frame = *f;
	i->frame.data = (struct view){ i->bytes, n };
	if (n)
		memcpy(i->bytes, f->data.ptr, n);
	await_put(&w->await, s->flow, f->dir);
	return true;
}

struct writing {
	struct await_frames *w;
	struct output *o;
	const struct output_scene *s;
};

static void
on_item(void *context, size_t item)
{
	const struct writing *t = context;

	output_frame(t->o, t->s, &t->w->item[item].frame);
}

void
await_frames_write(struct await_frames *w, struct output *o, const struct output_scene *s,
    const struct l7_frame *frame, size_t n)
{
	if (!output_wants_frames(o))
		return;
	if (w && w->await.n && s->flow)
		await_take(&w->await, s->flow, s->packet ? (unsigned)s->dir : AWAIT_BOTH, on_item,
		    &(struct writing){ w, o, s });
	for (size_t i = 0; i < n; i++) {
		if (frame[i].first && !keep(w, s, &frame[i]))
			output_frame(o, s, &frame[i]);
	}
}
