/* SPDX-License-Identifier: Apache-2.0 */
#include "window.h"

#include <stdlib.h>

#include "item.h"
#include "probe/l7_file.h"

#define SAID_MAX 2048   /* windows of a packet; they are given in one block of scratch */
#define ENOUGH 40960    /* bytes at first, unless it ends before */
#define ENOUGH_UP 32768 /* to the server */
#define STEP 8192       /* and then */
#define STRADDLES 16384 /* bytes kept from before */

struct said {
	struct l7_window view;
	struct window *from; /* it may still grow; NULL: not any more */
	struct hold keep;    /* its bytes, when they are nobody else's */
	struct l7_flow *lf;
	uint64_t tx_id;
};

struct windows {
	struct said item[SAID_MAX];
	size_t n;
};

static unsigned
wanted(unsigned want, unsigned of, enum dir dir)
{
	unsigned body = dir == DIR_TO_SERVER ? L7_WANT_REQUEST_BODY : L7_WANT_RESPONSE_BODY;
	unsigned out = want & body ? of & L7_WINDOW_BODY : 0;
	if (want & L7_WANT_FILE_DATA)
		out |= of & L7_WINDOW_FILE;
	if (want & L7_WANT_FILES)
		out |= of & L7_WINDOW_FILE ? L7_WINDOW_HEAD : 0;
	return out;
}

void
window_begin(
    const struct l7 *l, const struct l7_flow *lf, struct window *w, unsigned of, enum dir dir)
{
	unsigned want = l->config.wanted | (lf->watched ? L7_WANT_RESPONSE_BODY : 0);
	*w = (struct window){ .dir = (uint8_t)dir };
	if (want)
		w->of = (uint8_t)wanted(want, of, dir);
}

static struct said *
said_of(struct l7 *l, const struct window *w)
{
	struct windows *s = l->windows;
	for (size_t i = s ? s->n : 0; i-- > 0;) {
		if (s->item[i].from == w)
			return &s->item[i];
	}
	return NULL;
}

/* What was said grows no more; its bytes stay until the packet is over. */
static void
settle(struct l7 *l, struct window *w)
{
	struct said *s = w->packet == l->packet ? said_of(l, w) : NULL;
	if (!s) {
		hold_drop(&l->pool, &w->held);
		return;
	}
	s->from = NULL;
	s->keep = w->held;
	w->held = (struct hold){ 0 };
}

/* A row's open transaction by its number; rows that carry files but HTTP/1's have items. */
static struct l7_item *
item_of(const struct l7_flow *lf, uint64_t id)
{
	const struct l7_row *row = l7_row(lf->proto);
	if (!row || !lf->state || lf->proto == L7_HTTP)
		return NULL;
	const struct l7_items *q = (const void *)((const char *)lf->state + row->items_at);
	struct l7_item *i = q->oldest;
	while (i && i->id != id)
		i = i->next;
	return i;
}

/* Say that the transaction has a window. One that was done with is found among the ready ones. */
static void
say_tx(struct l7 *l, struct l7_flow *lf, const struct window *w, const struct window_owner *by)
{
	uint8_t ready = w->dir == DIR_TO_SERVER ? L7_READY_TO_SERVER : L7_READY_TO_CLIENT;
	struct l7_tx tx = {
		.proto = lf->proto, .ready = ready, .has = ready, .dir = w->dir, .id = by->id
	};
	struct l7_item *item = by->tx ? NULL : item_of(lf, by->id);
	uint8_t *has = item ? &item->has : by->has;
	tx.data = item ? item : by->tx;
	for (size_t i = l->ready_n; i-- > 0 && !tx.data;) {
		if (l->owner[i] == lf && l->ready[i].id == by->id)
			tx.data = l->ready[i].data;
	}
	if (has)
		tx.has = *has |= ready;
	l7_say(l, lf, &tx);
}

static void
say(struct l7 *l, struct l7_flow *lf, struct window *w, const struct window_owner *by, bool last)
{
	struct said *s = w->packet == l->packet ? said_of(l, w) : NULL;
	if (!s && !l->windows)
		l->windows = calloc(1, sizeof(*l->windows));
	if (!s && (!l->windows || l->windows->n == SAID_MAX)) {
		l->count.over_cap++;
		return;
	}
	if (!s) {
		s = &l->windows->item[l->windows->n++];
		*s = (struct said){ .from = w, .lf = lf, .tx_id = by->id };
		s->view.old = w->held.len - w->fresh;
	}
	s->view.file = by->file;
	s->view.data = hold_view(&w->held);
	s->view.at = w->at;
	s->view.dir = w->dir;
	s->view.of = w->of;
	s->view.last = last;
	w->packet = l->packet;
	w->fresh = 0;
	say_tx(l, lf, w, by);
}

/* Room for more: of what was said only the end stays. False: there is no memory. */
static bool
make_room(struct l7 *l, struct window *w)
{
	struct view all = hold_view(&w->held), end;
	struct cursor c = cursor_of_view(all);
	if (all.len <= STRADDLES)
		return true;
	size_t gone = all.len - STRADDLES;
	w->at += gone;
	if (w->packet != l->packet) {
		hold_shift(&l->pool, &w->held, gone);
		return true;
	}
	struct hold fresh = { 0 };
	bool ok = cursor_skip(&c, gone) && cursor_take(&c, STRADDLES, &end) &&
		  hold_add(&l->pool, &fresh, end);
	settle(l, w);
	w->held = fresh;
	w->packet = ok ? 1 : l->packet;
	return ok;
}

/* Enough new bytes to look? */
static bool
enough(const struct l7 *l, const struct window *w)
{
	uint32_t first = w->dir == DIR_TO_SERVER ? ENOUGH_UP : ENOUGH;
	if (w->packet == l->packet)
		return true;
	return w->packet ? w->fresh >= STEP : w->held.len >= first;
}

/* Bytes that may still be looked at. */
static size_t
within(const struct l7 *l, const struct window *w, const struct l7_flow *lf, size_t n)
{
	uint64_t limit = l->config.body_limit, have = w->at + w->held.len;
	if (!limit || (lf->proto != L7_HTTP && lf->proto != L7_HTTP2))
		return n;
	return have >= limit ? 0 : limit - have < n ? (size_t)(limit - have) : n;
}

void
window_add(struct l7 *l, struct l7_flow *lf, struct window *w, const struct window_owner *by,
    struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	if (!(w->of & (L7_WINDOW_BODY | L7_WINDOW_FILE)) || w->full)
		return;
	if (w->packet && w->packet != l->packet && !w->fresh)
		(void)make_room(l, w);
	while (cursor_left(&c) && !w->full) {
		size_t room = hold_room(&l->pool, &w->held), left = cursor_left(&c);
		struct view part;
		size_t n = within(l, w, lf, left < room ? left : room);
		if (!room) {
			say(l, lf, w, by, false);
			w->full = !make_room(l, w);
			continue;
		}
		w->full = !n || !cursor_take(&c, n, &part) || !hold_add(&l->pool, &w->held, part);
		w->fresh += w->full ? 0 : (uint32_t)n;
	}
	if ((w->fresh && enough(l, w)) || (w->full && w->fresh))
		say(l, lf, w, by, false);
}

void
window_gap(
    struct l7 *l, struct l7_flow *lf, struct window *w, const struct window_owner *by, uint64_t n)
{
	if (!(w->of & (L7_WINDOW_BODY | L7_WINDOW_FILE)) || w->full)
		return;
	if (w->fresh)
		say(l, lf, w, by, false);
	w->at += w->held.len + n;
	settle(l, w);
}

void
window_end(struct l7 *l, struct l7_flow *lf, struct window *w, const struct window_owner *by)
{
	bool files = w->of & L7_WINDOW_HEAD && by->file;
	if (w->of && (w->fresh || files))
		say(l, lf, w, by, true);
	window_drop(l, w);
}

void
window_drop(struct l7 *l, struct window *w)
{
	if (w->of)
		settle(l, w);
	*w = (struct window){ 0 };
}

void
windows_forget(struct l7 *l, const struct l7_file *file)
{
	struct windows *s = l->windows;
	for (size_t i = 0; s && i < s->n; i++) {
		if (s->item[i].view.file == file)
			s->item[i].view.file = NULL;
	}
}

void
windows_begin(struct l7 *l)
{
	struct windows *s = l->windows;
	l->packet++;
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		hold_drop(&l->pool, &s->item[i].keep);
	s->n = 0;
}

void
windows_free(struct l7 *l)
{
	free(l->windows);
}

void
windows_give(struct l7 *l)
{
	struct windows *s = l->windows;
	struct l7_window *to = s && s->n ? scratch_get(&l->scratch, s->n * sizeof(*to)) : NULL;
	const struct l7_window *end = to ? to + s->n : NULL;
	for (size_t i = 0; to && i < l->ready_n; i++) {
		struct l7_tx *tx = &l->ready[i];
		uint8_t ready = tx->ready;
		tx->window = to;
		tx->window_n = 0;
		if (!(ready & (L7_READY_TO_SERVER | L7_READY_TO_CLIENT)))
			continue;
		for (size_t k = 0; k < s->n; k++) {
			const struct said *w = &s->item[k];
			if (w->lf == l->owner[i] && w->tx_id == tx->id && to + tx->window_n < end)
				to[tx->window_n++] = w->view;
		}
		to += tx->window_n;
	}
}

static struct view
of_window(const struct l7_window *w, uint8_t what)
{
	if (what != L7_BUF_FILE_NAME && what != L7_BUF_FILE_MAGIC)
		return w->data;
	if (!w->file)
		return (struct view){ 0 };
	struct l7_file_about about = l7_file_about(w->file);
	return what == L7_BUF_FILE_NAME ? about.name : about.type;
}

bool
windows_buffer(const struct l7_tx *tx, const struct l7_ask *ask, struct view *out)
{
	bool body = ask->what == L7_BUF_HTTP_REQUEST_BODY || ask->what == L7_BUF_HTTP_RESPONSE_BODY;
	uint8_t of = body                            ? L7_WINDOW_BODY
		     : ask->what == L7_BUF_FILE_DATA ? L7_WINDOW_FILE
						     : L7_WINDOW_HEAD;
	for (uint16_t i = 0, n = 0; i < tx->window_n; i++) {
		const struct l7_window *w = &tx->window[i];
		if (w->dir != ask->dir || !(w->of & of))
			continue;
		*out = of_window(w, ask->what);
		if (out->len && n++ == ask->i)
			return true;
	}
	return false;
}
