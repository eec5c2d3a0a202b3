/* SPDX-License-Identifier: Apache-2.0 */
/* What a frame is, and its first bytes without the secrets among them. */
#include <stdio.h>

#include "internal.h"

#define SHOWN 4095 /* bytes, as EVE shows */

/* Append the bytes as text: what is neither printable nor the end of a line is a dot. */
static void
put_printable(struct output *o, struct view v)
{
	struct cursor c = cursor_of_view(v);
	uint8_t b;
	while (cursor_u8(&c, &b))
		buf_u8(&o->part, (b >= ' ' && b <= '~') || b == '\r' || b == '\n' ? b : '.');
}

static struct view
shown_of(struct output *o, const struct l7_frame *f)
{
	struct view v = { f->data.ptr, f->data.len < SHOWN ? f->data.len : SHOWN };
	if (!v.len)
		return v;
	return f->secret && o->mask.names ? view_of("***") : matches_masked(o, v);
}

void
frame_write(struct output *o, struct jw *w, const struct l7_frame *f)
{
	struct view v = shown_of(o, f);
	char missing[48];
	struct ev_frame e = { .type = l7_frame_row((enum l7_frame_type)f->type)->name,
		.id = f->id,
		.direction = f->dir == DIR_TO_SERVER ? "toserver" : "toclient",
		.stream_offset = f->stream ? (int64_t)f->offset : -1,
		.length = f->length == L7_FRAME_OPEN ? -1 : (int64_t)f->length,
		.complete = f->complete,
		.tx_id = f->tx_id };

	buf_clear(&o->part);
	(void)matches_base64(o, v);
	size_t text = o->part.len;
	put_printable(o, v);
	if (f->lost && f->data.len <= SHOWN) {
		int n = snprintf(
		    missing, sizeof(missing), "[%llu bytes missing]", (unsigned long long)f->lost);
		buf_add(&o->part, missing, (size_t)n);
	}
	if (!o->part.failed) {
		e.payload = (const char *)o->part.ptr;
		e.payload_printable = (struct view){ o->part.ptr + text, o->part.len - text };
	}
	jw_key(w, "frame");
	ev_frame_write(w, &e);
}
