/* SPDX-License-Identifier: Apache-2.0 */
#include "hold.h"

static const uint32_t sizes[HOLD_SIZES] = { 4096, 16384, 81920 };

void
hold_pool_init(struct hold_pool *p, uint64_t holds, uint64_t max_bytes, uint64_t most)
{
	uint32_t last = sizes[HOLD_SIZES - 1];
	p->max = max_bytes && max_bytes < last ? (uint32_t)max_bytes : last;
	p->most = most;
	p->used = 0;
	for (int i = 0; i < HOLD_SIZES; i++) {
		uint64_t cap = holds * 2 >> (2 * i);
		slab_init(&p->slab[i], sizes[i], cap < 64 ? 64 : (size_t)cap);
	}
}

void
hold_pool_fini(struct hold_pool *p)
{
	for (int i = 0; i < HOLD_SIZES; i++)
		slab_fini(&p->slab[i]);
}

size_t
hold_room(const struct hold_pool *p, const struct hold *h)
{
	return p->max - h->len;
}

/* Move to the smallest block that has room for `want` bytes. */
static bool
move(struct hold_pool *p, struct hold *h, size_t want)
{
	uint8_t size = 0;
	while (size < HOLD_SIZES && sizes[size] < want)
		size++;
	if (size == HOLD_SIZES || (p->most && p->used + sizes[size] > p->most))
		return false;
	uint8_t *to = slab_get_raw(&p->slab[size]);
	if (!to)
		return false;
	p->used += sizes[size];
	if (h->ptr) {
		p->used -= sizes[h->size];
		memcpy(to, h->ptr, h->len);
		slab_put(&p->slab[h->size], h->ptr);
	}
	h->ptr = to;
	h->size = size;
	return true;
}

bool
hold_add(struct hold_pool *p, struct hold *h, struct view data)
{
	size_t want = h->len + data.len;
	if (data.len == 0)
		return true;
	if (want > p->max)
		return false;
	if ((!h->ptr || want > sizes[h->size]) && !move(p, h, want))
		return false;
	memcpy(h->ptr + h->len, data.ptr, data.len);
	h->len = (uint32_t)want;
	return true;
}

void
hold_shift(struct hold_pool *p, struct hold *h, size_t n)
{
	if (!h->ptr)
		return;
	if (n < h->len) {
		h->len -= (uint32_t)n;
		memmove(h->ptr, h->ptr + n, h->len);
		return;
	}
	p->used -= sizes[h->size];
	slab_put(&p->slab[h->size], h->ptr);
	*h = (struct hold){ 0 };
}
