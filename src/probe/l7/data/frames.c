/* SPDX-License-Identifier: Apache-2.0 */
#include "frames.h"

static size_t
skip(struct frames *fs, struct cursor *c, enum dir dir)
{
	size_t left = cursor_left(c);
	size_t n = fs->skip[dir] < left ? (size_t)fs->skip[dir] : left;
	(void)cursor_skip(c, n);
	fs->skip[dir] -= n;
	return n;
}

long
frames_run(struct l7 *l, struct l7_flow *lf, struct frames *fs, const struct frames_row *row,
    struct view data, enum dir dir)
{
	struct cursor c = cursor_of_view(data);
	struct msg_frame f;
	struct view bytes;
	fs->open[dir] = 0;
	(void)skip(fs, &c, dir);
	while (cursor_left(&c) && !lf->again) {
		f = (struct msg_frame){ 0 };
		long r = row->frame(lf, (struct view){ c.at, cursor_left(&c) }, dir, &f);
		if (r == L7_MORE)
			break;
		if (r < 0)
			return r;
		if (f.want > f.body)
			f.want = (size_t)f.body;
		if (!cursor_take(&c, f.head + f.want, &bytes)) {
			fs->open[dir] = f.head + f.body;
			break;
		}
		fs->skip[dir] = f.body - f.want;
		r = row->message(l, lf, bytes, &f, dir);
		if (r < 0)
			return r;
		(void)skip(fs, &c, dir);
	}
	return (long)(data.len - cursor_left(&c));
}

bool
frames_lost(struct l7 *l, struct l7_flow *lf, uint64_t n, enum dir dir)
{
	struct frames *fs = lf->state;
	(void)l;
	uint64_t open = fs->skip[dir] ? fs->skip[dir] : fs->open[dir];
	if (n > open)
		return false;
	fs->skip[dir] = open - n;
	fs->open[dir] = 0;
	return true;
}
