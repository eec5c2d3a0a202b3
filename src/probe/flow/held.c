/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow: segments that wait, and which of two that overlap wins.
 *
 * Each segment keeps a block of its own, since the policies ask where segments begin and end.
 *
 * Source of the policies: Novak and Sturges, Target-Based TCP Stream Reassembly (2007).
 */
#include "held.h"
#include "internal.h"

static void
pile_add(struct flow_table *t, struct pile *p)
{
	p->newer = NULL;
	p->older = t->pile_newest;
	*(p->older ? &p->older->newer : &t->pile_oldest) = p;
	t->pile_newest = p;
}

static void
pile_end(struct flow_table *t, struct pile *p)
{
	*(p->older ? &p->older->newer : &t->pile_oldest) = p->newer;
	*(p->newer ? &p->newer->older : &t->pile_newest) = p->older;
	p->stream->pile = NULL;
	slab_put(&t->piles, p);
}

void
held_drop(struct flow_table *t, struct stream *s, struct held *h)
{
	struct pile *p = s->pile;

	*(h->previous ? &h->previous->next : &p->head) = h->next;
	*(h->next ? &h->next->previous : &p->tail) = h->previous;
	if (--p->blocks == 0)
		pile_end(t, p);
}

void
held_free(struct flow_table *t, struct held *h)
{
	slab_put(&t->held, h);
	t->count.stream_memory = t->held.used * HELD_BYTES;
}

void
held_release_lent(struct flow_table *t)
{
	while (t->lent) {
		struct held *h = t->lent;
		t->lent = h->next;
		held_free(t, h);
	}
}

void
held_release(struct flow_table *t, struct stream *s)
{
	while (s->pile) {
		struct held *h = s->pile->head;
		held_drop(t, s, h);
		held_free(t, h);
	}
}

static struct pile *
pile_of(struct flow_table *t, struct stream *s)
{
	if (s->pile)
		return s->pile;
	struct pile *p = slab_get(&t->piles);
	if (!p)
		return NULL;
	p->stream = s;
	s->pile = p;
	pile_add(t, p);
	return p;
}

/* A free block. When memory is short the direction that holds longest gives up what it holds, so
 * that holes nobody fills do not cost others the place for theirs. NULL when that is s itself. */
static struct held *
block_get(struct flow_table *t, const struct stream *s)
{
	bool full = s->pile && s->pile->blocks >= HELD_MOST;
	struct held *h = full ? NULL : slab_get(&t->held);

	if (h || full || !t->pile_oldest || t->pile_oldest == s->pile)
		return h;
	held_release(t, t->pile_oldest->stream);
	t->count.stream_evicted++;
	return slab_get(&t->held);
}

/* An empty block behind `previous`, NULL when memory is short. */
static struct held *
block_after(struct flow_table *t, struct stream *s, struct held *previous, uint32_t seq)
{
	struct held *h = block_get(t, s);
	struct pile *p = h ? pile_of(t, s) : NULL;

	if (!p) {
		slab_put(&t->held, h);
		return NULL;
	}
	t->count.stream_memory = t->held.used * HELD_BYTES;
	h->seq = seq;
	h->previous = previous;
	h->next = previous ? previous->next : p->head;
	*(h->previous ? &h->previous->next : &p->head) = h;
	*(h->next ? &h->next->previous : &p->tail) = h;
	p->blocks++;
	return h;
}

/* Do the bytes of a segment from `seq` to `end` win over an older one that reaches from h->seq to
 * its end? */
static bool
new_wins(const struct held *h, uint32_t seq, uint32_t end, enum target_policy policy)
{
	bool before = seq_before(seq, h->seq);
	int32_t further = (int32_t)(end - held_end(h));

	switch (policy) {
	case TARGET_FIRST:
	case TARGET_VISTA:
		return false;
	case TARGET_LAST:
		return true;
	case TARGET_LINUX:
		return before || (seq == h->seq && further > 0);
	case TARGET_OLD_LINUX:
		return before || (seq == h->seq && further >= 0);
	case TARGET_SOLARIS:
	case TARGET_OLD_SOLARIS:
	case TARGET_HPUX11:
		return before ? further >= 0 : further > 0;
	default: /* BSD, Windows to 2003, Mac OS, IRIX, HP-UX 10 */
		return before;
	}
}

/* Take the bytes from `from` to `to` out of a block. Without memory for its second half it stays
 * whole. */
static void
cut(struct flow_table *t, struct stream *s, struct held *h, uint32_t from, uint32_t to)
{
	uint32_t end = held_end(h);

	if (from == h->seq && to == end) {
		held_drop(t, s, h);
		held_free(t, h);
	} else if (from == h->seq) {
		h->skip = (uint16_t)(h->skip + (to - from));
		h->len = (uint16_t)(h->len - (to - from));
		h->seq = to;
	} else if (to == end) {
		h->len = (uint16_t)(from - h->seq);
	} else {
		struct held *rest = block_after(t, s, h, to);
		if (!rest)
			return;
		rest->len = (uint16_t)(end - to);
		rest->flags = h->flags;
		rest->ttl = h->ttl;
		memcpy(rest->data, h->data + h->skip + (to - h->seq), rest->len);
		h->len = (uint16_t)(from - h->seq);
	}
}

/* The last block that begins at `seq` or before, NULL when all begin behind; looked for from the
 * nearer end, since somebody may send to the same place again and again. */
static struct held *
block_at(const struct stream *s, uint32_t seq)
{
	struct held *h = s->pile ? s->pile->tail : NULL;

	if (!h || seq_before(seq, s->pile->head->seq))
		return NULL;
	if (seq_before(seq, h->seq) && seq - s->pile->head->seq < h->seq - seq) {
		h = s->pile->head;
		while (!seq_before(seq, h->next->seq)) /* the tail's is behind */
			h = h->next;
		return h;
	}
	while (seq_before(seq, h->seq))
		h = h->previous;
	return h;
}

bool
held_settle(struct flow_table *t, struct stream *s, const struct late *l, enum target_policy policy)
{
	uint32_t seq = seq_before(l->seq, s->next) ? s->next : l->seq;
	uint32_t end = l->seq + (uint32_t)l->data.len;
	bool differ = false;

	for (struct held *h = block_at(s, end - 1), *previous; h; h = previous) {
		if (!seq_before(seq, held_end(h)))
			break;
		previous = h->previous;
		uint32_t from = seq_before(h->seq, seq) ? seq : h->seq;
		uint32_t to = seq_before(held_end(h), end) ? held_end(h) : end;
		struct cursor c = cursor_of_view(l->data);
		struct view part;
		if (!seq_before(from, to) || !cursor_skip(&c, from - l->seq) ||
		    !cursor_take(&c, to - from, &part))
			continue;
		if (memcmp(h->data + h->skip + (from - h->seq), part.ptr, part.len) != 0)
			differ = true;
		bool sure = !(l->flags & HELD_DOUBT), was = !(h->flags & HELD_DOUBT);
		if (sure != was ? sure : !(h->flags & HELD_URGENT) && new_wins(h, seq, end, policy))
			cut(t, s, h, from, to);
	}
	return differ;
}

/* Copy what fits of c's first n bytes into a new block behind `at`. */
static struct held *
put(struct flow_table *t, struct stream *s, struct held *at, uint32_t seq, struct cursor *c,
    size_t n)
{
	struct held *h = block_after(t, s, at, seq);

	if (!h)
		return NULL;
	size_t fits = HELD_ROOM < n ? HELD_ROOM : n;
	if (cursor_copy(c, h->data, fits))
		h->len = (uint16_t)fits;
	return h;
}

bool
held_keep(struct flow_table *t, struct stream *s, const struct late *l, uint8_t flags)
{
	struct cursor c = cursor_of_view(l->data);
	uint32_t end = l->seq + (uint32_t)l->data.len;
	struct held *at = block_at(s, l->seq);

	while (cursor_left(&c) > 0) {
		uint32_t here = end - (uint32_t)cursor_left(&c);
		struct held *next = at ? at->next : s->pile ? s->pile->head : NULL;
		size_t left = cursor_left(&c);
		if (at && seq_before(here, held_end(at))) {
			size_t over = held_end(at) - here;
			(void)cursor_skip(&c, over < left ? over : left);
		} else if (next && next->seq == here) {
			at = next;
		} else {
			size_t room = next ? next->seq - here : left;
			at = put(t, s, at, here, &c, room < left ? room : left);
			if (!at)
				return false;
			at->flags = flags;
			at->ttl = l->ttl;
		}
	}
	return true;
}
