/* SPDX-License-Identifier: Apache-2.0 */
#include "pieces.h"

/* Make the hold `size` bytes long. */
static bool
reach(struct hold_pool *p, struct hold *h, size_t size)
{
	static const uint8_t zeros[2048];
	while (h->len < size) {
		size_t n = size - h->len;
		n = n < sizeof(zeros) ? n : sizeof(zeros);
		if (!hold_add(p, h, (struct view){ zeros, n }))
			return false;
	}
	return true;
}

/* Note that [from, to) is there, joined with the parts it touches. */
static bool
note(struct pieces *s, uint32_t from, uint32_t to)
{
	unsigned first = 0, last;
	while (first < s->n && s->at[first].to < from)
		first++;
	for (last = first; last < s->n && s->at[last].from <= to; last++) {
		from = s->at[last].from < from ? s->at[last].from : from;
		to = s->at[last].to > to ? s->at[last].to : to;
	}
	if (first == last && s->n == PIECES_MAX)
		return false;
	memmove(&s->at[first + 1], &s->at[last], (s->n - last) * sizeof(s->at[0]));
	s->n = (uint8_t)(s->n - (last - first) + 1);
	s->at[first].from = from;
	s->at[first].to = to;
	return true;
}

bool
pieces_add(struct hold_pool *p, struct pieces *s, uint64_t offset, struct view bytes)
{
	uint64_t there = s->n && !s->at[0].from ? s->at[0].to : 0;
	if (offset > p->max || bytes.len > p->max - offset || offset > there + PIECES_AHEAD)
		return false;
	if (!bytes.len)
		return true;
	uint32_t from = (uint32_t)offset, to = from + (uint32_t)bytes.len;
	if (!reach(p, &s->hold, to) || !note(s, from, to))
		return false;
	memcpy(s->hold.ptr + from, bytes.ptr, bytes.len);
	return true;
}

struct view
pieces_view(const struct pieces *s)
{
	if (!s->n || s->at[0].from)
		return (struct view){ 0 };
	return (struct view){ s->hold.ptr, s->at[0].to };
}

void
pieces_drop(struct hold_pool *p, struct pieces *s)
{
	hold_drop(p, &s->hold);
	s->n = 0;
}
