/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring: the packets of a block, put together by who talks with whom.
 *
 *   slot[hash] -> talk -> first mark -> next -> next ... in the order they came
 *
 * Talks are written in the order of their first packets, so the hash has no say in the bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/hash.h"
#include "ring_parts.h"

#define SLOTS (2 * RING_BLOCK_MARKS)
#define NONE UINT32_MAX

struct talk {
	uint32_t first, last; /* marks */
	uint32_t packets;
};

struct ring_index {
	uint32_t slot[SLOTS];
	struct talk talk[RING_BLOCK_MARKS];
	uint32_t next[RING_BLOCK_MARKS]; /* mark -> the next of its talk */
	uint32_t talks;
	struct buf out, offsets;
};

struct ring_index *
ring_index_new(void)
{
	struct ring_index *x = calloc(1, sizeof(*x));

	if (x) {
		buf_init(&x->out, 0);
		buf_init(&x->offsets, 0);
	}
	return x;
}

void
ring_index_free(struct ring_index *x)
{
	if (!x)
		return;
	buf_fini(&x->out);
	buf_fini(&x->offsets);
	free(x);
}

static inline uint64_t
hash_of(const struct ringfile_key *k)
{
	uint64_t rest = (uint64_t)k->aport << 48 | (uint64_t)k->bport << 32 |
			(uint64_t)k->proto << 16 | (uint64_t)k->flags << 8 | k->ver;

	if (k->ver == 4)
		return hash_two(HASH_KEY_FIXED, k->a.q[0] | k->b.q[0] << 32, rest);
	uint64_t word[5] = { k->a.q[0], k->a.q[1], k->b.q[0], k->b.q[1], rest };
	return hash_fast(HASH_KEY_FIXED, word, sizeof(word));
}

static void
add_mark(struct ring_index *x, const struct ring_block *b, uint32_t i, uint32_t mask)
{
	const struct ringfile_key *k = &b->mark[i].key;
	uint32_t at = (uint32_t)hash_of(k) & mask;

	x->next[i] = NONE;
	while (x->slot[at] != NONE) {
		struct talk *t = &x->talk[x->slot[at]];
		if (memcmp(&b->mark[t->first].key, k, sizeof(*k)) == 0) {
			x->next[t->last] = i;
			t->last = i;
			t->packets++;
			return;
		}
		at = (at + 1) & mask;
	}
	x->slot[at] = x->talks;
	x->talk[x->talks++] = (struct talk){ i, i, 1 };
}

static void
write_talk(struct ring_index *x, const struct ring_block *b, const struct talk *t)
{
	uint32_t before = 0;

	buf_clear(&x->offsets);
	for (uint32_t i = t->first; i != NONE; i = x->next[i]) {
		uint8_t step[5];
		buf_add(&x->offsets, step, ringfile_number_put(step, b->mark[i].offset - before));
		before = b->mark[i].offset;
	}
	ringfile_talk_put(&x->out, &b->mark[t->first].key, t->packets,
	    (struct view){ x->offsets.ptr, x->offsets.len });
	x->out.failed |= x->offsets.failed;
}

struct view
ring_index_make(struct ring_index *x, const struct ring_block *b, uint64_t from)
{
	static const uint8_t room[RINGFILE_BLOCK];
	uint32_t slots = 64;

	while (slots < 2 * b->marks)
		slots *= 2;
	memset(x->slot, 0xff, slots * sizeof(x->slot[0]));
	x->talks = 0;
	for (uint32_t i = 0; i < b->marks; i++)
		add_mark(x, b, i, slots - 1);
	buf_clear(&x->out);
	buf_add(&x->out, room, sizeof(room));
	for (uint32_t i = 0; i < x->talks; i++)
		write_talk(x, b, &x->talk[i]);
	struct ringfile_block block = { .from = from,
		.bytes = b->bytes,
		.packets = b->packets,
		.talks = x->talks,
		.min_ts = b->min_ts,
		.max_ts = b->max_ts };
	ringfile_block_put(&x->out, 0, &block);
	return x->out.failed ? (struct view){ NULL, 0 } : (struct view){ x->out.ptr, x->out.len };
}
