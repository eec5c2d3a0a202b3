/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lpm: one open-addressing table for each prefix length in use; a look-up tries the lengths in use,
 * longest first. Lists have few lengths (an address list has one), and a table of single addresses
 * stays small where a trie of wide nodes would not.
 *
 *     family -> lens: 32 24 16          (longest first)
 *               at[32] -> slot slot ...  power of two, at most half full
 */
#include "lib/lpm.h"

#include <stdlib.h>

struct slot {
	struct addr addr;
	uint32_t value;
	bool used;
};

struct level {
	struct slot *slot;
	size_t room; /* power of two, 0 before the first prefix */
	size_t n;
};

struct family {
	struct level at[129];
	uint8_t lens[129]; /* in use, longest first */
	unsigned lens_n;
};

struct lpm {
	struct family v4, v6;
	struct hash_key seed;
};

struct lpm *
lpm_new(struct hash_key seed)
{
	struct lpm *t = calloc(1, sizeof(*t));

	if (t)
		t->seed = seed;
	return t;
}

static void
family_fini(struct family *f)
{
	for (size_t i = 0; i < sizeof(f->at) / sizeof(f->at[0]); i++)
		free(f->at[i].slot);
}

void
lpm_free(struct lpm *t)
{
	if (!t)
		return;
	family_fini(&t->v4);
	family_fini(&t->v6);
	free(t);
}

static struct addr
masked(const struct addr *a, unsigned len)
{
	struct addr m = { 0 };
	unsigned whole = len / 8;

	memcpy(m.b, a->b, whole);
	if (len % 8)
		m.b[whole] = (uint8_t)(a->b[whole] & 0xff00u >> len % 8);
	return m;
}

/* Both halves of a product that cannot be foretold without the seed. */
static size_t
mix(struct hash_key seed, const struct addr *a)
{
	__uint128_t h = (__uint128_t)(a->q[0] ^ seed.k0) * (a->q[1] ^ seed.k1);

	return (size_t)h ^ (size_t)(h >> 64);
}

/* The slot of the address, or the empty one where it would go. */
static struct slot *
seek(const struct level *l, struct hash_key seed, const struct addr *a)
{
	size_t i = mix(seed, a) & (l->room - 1);

	while (l->slot[i].used && !addr_same(&l->slot[i].addr, a))
		i = (i + 1) & (l->room - 1);
	return &l->slot[i];
}

static int
grow(struct level *l, struct hash_key seed)
{
	struct level wide = { .room = l->room ? l->room * 2 : 8, .n = l->n };

	wide.slot = calloc(wide.room, sizeof(*wide.slot));
	if (!wide.slot)
		return -1;
	for (size_t i = 0; i < l->room; i++) {
		if (l->slot[i].used)
			*seek(&wide, seed, &l->slot[i].addr) = l->slot[i];
	}
	free(l->slot);
	*l = wide;
	return 0;
}

static void
note_len(struct family *f, uint8_t len)
{
	unsigned i = f->lens_n++;

	for (; i > 0 && f->lens[i - 1] < len; i--)
		f->lens[i] = f->lens[i - 1];
	f->lens[i] = len;
}

int
lpm_add(struct lpm *t, const struct prefix *p, uint32_t value)
{
	struct family *f = p->ver == 4 ? &t->v4 : &t->v6;
	struct level *l = &f->at[p->len];
	struct addr key = masked(&p->addr, p->len);
	struct slot *s;

	if ((l->n + 1) * 2 > l->room && grow(l, t->seed) < 0)
		return -1;
	s = seek(l, t->seed, &key);
	if (!s->used) {
		if (l->n++ == 0)
			note_len(f, p->len);
		*s = (struct slot){ .addr = key, .used = true };
	}
	s->value = value;
	return 0;
}

bool
lpm_find(const struct lpm *t, const struct addr *a, uint8_t ver, uint32_t *value)
{
	const struct family *f = ver == 4 ? &t->v4 : &t->v6;

	for (unsigned i = 0; i < f->lens_n; i++) {
		struct addr key = masked(a, f->lens[i]);
		const struct slot *s = seek(&f->at[f->lens[i]], t->seed, &key);
		if (s->used) {
			*value = s->value;
			return true;
		}
	}
	return false;
}
