/* SPDX-License-Identifier: Apache-2.0 */
/* framed: see framed.h. */
#include "framed.h"

#include <stdlib.h>
#include <string.h>

#define MOST 128
#define BYTES 4096 /* more than an event shows */

struct item {
	const struct flow *flow;
	struct l7_frame frame;
	uint8_t bytes[BYTES];
};

struct framed {
	struct item item[MOST];
	struct item
	    *slot[MOST]; /* those that wait, as they came; behind them those that are free */
	size_t n;
};

struct framed *
framed_new(void)
{
	struct framed *w = calloc(1, sizeof(*w));

	for (size_t i = 0; w && i < MOST; i++)
		w->slot[i] = &w->item[i];
	return w;
}

void
framed_free(struct framed *w)
{
	free(w);
}

/* Does it wait for a packet of its sender? False as well: there is no room. */
static bool
keep(struct framed *w, const struct output_scene *s, const struct l7_frame *f)
{
	if (!w || w->n == MOST || !s->packet || !f->stream || f->dir == (uint8_t)s->dir)
		return false;
	struct item *i = w->slot[w->n++];
	size_t n = f->data.len < BYTES ? f->data.len : BYTES;
	i->flow = s->flow;
	i->frame = *f;
	i->frame.data = (struct view){ i->bytes, n };
	if (n)
		memcpy(i->bytes, f->data.ptr, n);
	return true;
}

/* Those that waited for this packet, or for the end of the flow. */
static void
write_waiting(struct framed *w, struct output *o, const struct output_scene *s)
{
	size_t kept = 0;

	for (size_t i = 0; i < w->n; i++) {
		struct item *item = w->slot[i];
		if (item->flow == s->flow && (!s->packet || item->frame.dir == (uint8_t)s->dir)) {
			output_frame(o, s, &item->frame);
		} else {
			w->slot[i] = w->slot[kept];
			w->slot[kept++] = item;
		}
	}
	w->n = kept;
}

void
framed_write(struct framed *w, struct output *o, const struct output_scene *s,
    const struct l7_frame *frame, size_t n)
{
	if (!output_wants_frames(o))
		return;
	if (w && w->n)
		write_waiting(w, o, s);
	for (size_t i = 0; i < n; i++) {
		if (frame[i].first && !keep(w, s, &frame[i]))
			output_frame(o, s, &frame[i]);
	}
}
