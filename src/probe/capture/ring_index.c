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
#define WORDS (sizeof(struct ringfile_key) / 4)

struct talk {
	uint32_t first, last; /* marks */
	uint32_t packets;
};

struct ring_index {
	uint64_t factor[WORDS];
	uint32_t slot[SLOTS];
	struct talk talk[RING_BLOCK_MARKS];
	uint32_t next[RING_BLOCK_MARKS]; /* mark -> the next of its talk */
	uint32_t talks;
	struct buf out, offsets;
};

struct ring_index *
ring_index_new(struct hash_key seed)
{
	struct ring_index *x = calloc(1, sizeof(*x));

	if (x) {
		for (size_t i = 0; i < WORDS; i++)
			x->factor[i] = hash_two(seed, i, 0);
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

/*
 * Multilinear: the sum of the words, each times a secret number of its own; the upper half is even
 * for whoever does not know them. Of IPv4 four words are not zero.
 */
static inline uint32_t
hash_of(const struct ring_index *x, const struct ringfile_key *k)
{
	uint32_t w[WORDS];
	uint64_t sum = 0;

	memcpy(w, k, sizeof(w));
	if (k->ver == 4)
		sum = w[0] * x->factor[0] + w[4] * x->factor[4] + w[8] * x->factor[8] +
		      w[9] * x->factor[9];
	else
		for (size_t i = 0; i < WORDS; i++)
			sum += w[i] * x->factor[i];
	return (uint32_t)(sum >> 32);
}

static inline bool
same(const struct ringfile_key *a, const struct ringfile_key *b)
{
	uint64_t v[WORDS / 2], w[WORDS / 2];

	_Static_assert(sizeof(v) == sizeof(*a), "the key is not of whole words");
	memcpy(v, a, sizeof(v));
	memcpy(w, b, sizeof(w));
	return ((v[0] ^ w[0]) | (v[1] ^ w[1]) | (v[2] ^ w[2]) | (v[3] ^ w[3]) | (v[4] ^ w[4])) == 0;
}

static void
add_mark(struct ring_index *x, const struct ring_block *b, uint32_t i, uint32_t mask)
{
	const struct ringfile_key *k = &b->key[i];
	uint32_t at = hash_of(x, k) & mask;

	x->next[i] = NONE;
	while (x->slot[at] != NONE) {
		struct talk *t = &x->talk[x->slot[at]];
		if (same(&b->key[t->first], k)) {
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
	if (!buf_room(&x->offsets, (size_t)RINGFILE_NUMBER * t->packets)) {
		x->out.failed = true;
		return;
	}
	for (uint32_t i = t->first; i != NONE; i = x->next[i]) {
		x->offsets.len +=
		    ringfile_number_put(x->offsets.ptr + x->offsets.len, b->offset[i] - before);
		before = b->offset[i];
	}
	ringfile_talk_put(&x->out, &b->key[t->first], t->packets,
	    (struct view){ x->offsets.ptr, x->offsets.len });
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
