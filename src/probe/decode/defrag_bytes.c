/* SPDX-License-Identifier: Apache-2.0 */
#include "defrag_bytes.h"

enum overlap
overlap_of(enum target_policy policy)
{
	static const enum overlap rules[TARGET_COUNT] = {
		[TARGET_BSD] = OVERLAP_BSD,
		[TARGET_BSD_RIGHT] = OVERLAP_BSD_RIGHT,
		[TARGET_OLD_LINUX] = OVERLAP_LINUX,
		[TARGET_LINUX] = OVERLAP_LINUX,
		[TARGET_OLD_SOLARIS] = OVERLAP_FIRST,
		[TARGET_SOLARIS] = OVERLAP_SOLARIS,
		[TARGET_HPUX10] = OVERLAP_BSD,
		[TARGET_HPUX11] = OVERLAP_FIRST,
		[TARGET_IRIX] = OVERLAP_BSD,
		[TARGET_MACOS] = OVERLAP_BSD,
		[TARGET_WINDOWS] = OVERLAP_WINDOWS,
		[TARGET_VISTA] = OVERLAP_WINDOWS,
		[TARGET_WINDOWS2K3] = OVERLAP_WINDOWS,
		[TARGET_FIRST] = OVERLAP_FIRST,
		[TARGET_LAST] = OVERLAP_LAST,
	};

	return rules[policy];
}

/* Bits low..high-1 of a page's 64. */
static uint64_t
bits(uint32_t low, uint32_t high)
{
	uint64_t below = high == PAGE_UNITS ? ~(uint64_t)0 : ((uint64_t)1 << high) - 1;

	return below & ~(((uint64_t)1 << low) - 1);
}

/* Those of the span's units that lie in its i-th page. */
static uint64_t
span_bits(const struct span *s, uint32_t i)
{
	uint32_t base = (s->from / PAGE_UNITS + i) * PAGE_UNITS;
	uint32_t low = s->from > base ? s->from - base : 0;
	uint32_t high = s->to - base < PAGE_UNITS ? s->to - base : PAGE_UNITS;

	return bits(low, high);
}

static uint32_t
span_pages(const struct span *s)
{
	return (s->to - 1) / PAGE_UNITS - s->from / PAGE_UNITS + 1;
}

bool
span_touches(const struct span *s)
{
	uint64_t any = 0;

	for (uint32_t i = 0; i < span_pages(s); i++)
		any |= s->page[i]->have & span_bits(s, i);
	return any != 0;
}

bool
span_covered(const struct span *s)
{
	uint64_t missing = 0;

	for (uint32_t i = 0; i < span_pages(s); i++)
		missing |= ~s->page[i]->have & span_bits(s, i);
	return missing == 0;
}

/* The page of unit u, which is in the span. */
static struct page *
page_of(const struct span *s, uint32_t u)
{
	return s->page[u / PAGE_UNITS - s->from / PAGE_UNITS];
}

static bool
bit_of(uint64_t word, uint32_t u)
{
	return word >> (u % PAGE_UNITS) & 1;
}

static bool
came(const struct span *s, uint32_t u)
{
	return bit_of(page_of(s, u)->have, u);
}

static bool
begins(const struct span *s, uint32_t u)
{
	return bit_of(page_of(s, u)->begins, u);
}

/* The page that holds the unit behind the span, if that unit came. */
static struct page *
behind(const struct span *s)
{
	struct page *p = page_of(s, s->to - 1);

	if (s->to % PAGE_UNITS == 0)
		p = p->next;
	return p && p->index == s->to / PAGE_UNITS && bit_of(p->have, s->to) ? p : NULL;
}

/* Does the older piece that fills u.. up to end give way? */
static bool
gives_way(const struct span *s, enum overlap rule, uint32_t u, uint32_t end)
{
	const struct page *after = end == s->to ? behind(s) : NULL;
	bool sticks_out_before = u > s->from; /* the newer one does */
	bool together = u == s->from && begins(s, u);
	bool older_goes_on = after && !bit_of(after->begins, end);

	switch (rule) {
	case OVERLAP_FIRST:
		return false;
	case OVERLAP_LAST:
		return true;
	case OVERLAP_BSD:
		return sticks_out_before;
	case OVERLAP_BSD_RIGHT:
		return !sticks_out_before;
	case OVERLAP_LINUX:
		return sticks_out_before || together;
	case OVERLAP_WINDOWS:
		return sticks_out_before && end < s->to;
	case OVERLAP_SOLARIS:
		return sticks_out_before && !older_goes_on;
	}
	return false;
}

/* Where the hole or the piece that begins at u ends, at the latest behind the span. */
static uint32_t
run_end(const struct span *s, uint32_t u)
{
	bool old = came(s, u);

	for (u++; u < s->to; u++) {
		if (came(s, u) != old || (old && begins(s, u)))
			break;
	}
	return u;
}

static bool
same_bytes(const struct span *s, uint32_t u, struct view bytes)
{
	struct cursor c = cursor_of_view(bytes);
	struct view v;

	for (; cursor_left(&c); u++) {
		size_t n = cursor_left(&c) < UNIT ? cursor_left(&c) : UNIT;
		(void)cursor_take(&c, n, &v);
		if (memcmp(&page_of(s, u)->byte[u % PAGE_UNITS * UNIT], v.ptr, n) != 0)
			return false;
	}
	return true;
}

/* The newer fragment gets units u..end-1; `new_piece` unless it goes on from the run before. */
static void
take(const struct span *s, uint32_t u, uint32_t end, struct view bytes, bool new_piece)
{
	struct cursor c = cursor_of_view(bytes);

	while (u < end) {
		struct page *p = page_of(s, u);
		uint32_t at = u % PAGE_UNITS;
		uint32_t high = at + (end - u) < PAGE_UNITS ? at + (end - u) : PAGE_UNITS;
		size_t n = (high - at) * UNIT;
		n = n < cursor_left(&c) ? n : cursor_left(&c);
		(void)cursor_copy(&c, &p->byte[at * UNIT], n);
		p->have |= bits(at, high);
		p->begins &= ~bits(at, high);
		p->begins |= (uint64_t)new_piece << at;
		new_piece = false;
		u += high - at;
	}
}

/* Run by run: a hole, or what is left of one older fragment. */
static void
lay_over(const struct span *s, struct view data, enum overlap rule, struct laid *out)
{
	struct cursor c = cursor_of_view(data);
	bool mine = false;
	uint32_t end;

	for (uint32_t u = s->from; u < s->to; u = end) {
		struct view bytes;
		bool before = mine, old = came(s, u);
		end = run_end(s, u);
		size_t n = (end - u) * UNIT;
		(void)cursor_take(&c, n < cursor_left(&c) ? n : cursor_left(&c), &bytes);
		mine = !old || gives_way(s, rule, u, end);
		out->differs |= old && !same_bytes(s, u, bytes);
		out->fresh += old ? 0 : end - u;
		out->owns_first |= mine && u == s->from;
		if (mine)
			take(s, u, end, bytes, !before);
	}
	struct page *after = behind(s);
	if (mine && after)
		after->begins |= (uint64_t)1 << s->to % PAGE_UNITS;
}

void
span_lay(const struct span *s, struct view data, enum overlap rule, struct laid *out)
{
	*out = (struct laid){ .overlaps = span_touches(s) };
	if (out->overlaps) {
		lay_over(s, data, rule, out);
		return;
	}
	take(s, s->from, s->to, data, true);
	out->fresh = s->to - s->from;
	out->owns_first = true;
}
