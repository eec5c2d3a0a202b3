/* SPDX-License-Identifier: Apache-2.0 */
/*
 * turns: how far each worker is, and waiting until the others are as far.
 *
 * A position is twice a packet's sequence while it is looked at; one less while flows end before
 * it. Who waits at its own position for the others sees everything that earlier packets left
 * behind, and nothing of later ones, since those wait for it. Any number of threads, one place
 * each.
 */
#ifndef WANGLOU_PROBE_TURNS_H
#define WANGLOU_PROBE_TURNS_H

#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

#define TURNS_MOST 64
#define TURNS_SPINS                                                                                \
	2000 /* looks before the core is offered to others: a packet takes about as long */

struct turns {
	unsigned n;
	/* each in a cache line of its own */
	struct {
		_Alignas(64) _Atomic uint64_t at;
	} worker[TURNS_MOST];
};

static inline uint64_t
turns_packet(uint64_t sequence)
{
	return 2 * sequence;
}

static inline uint64_t
turns_before(uint64_t sequence)
{
	return 2 * sequence - 1;
}

/* Worker i has done everything before this position. */
static inline void
turns_reach(struct turns *t, unsigned i, uint64_t position)
{
	atomic_store_explicit(&t->worker[i].at, position, memory_order_release);
}

/* Wait until all others have done everything before the position of worker i. */
static inline void
turns_wait(struct turns *t, unsigned i)
{
	uint64_t mine = atomic_load_explicit(&t->worker[i].at, memory_order_relaxed);

	for (unsigned k = 0; k < t->n; k++) {
		unsigned spins = 0;
		while (
		    k != i && atomic_load_explicit(&t->worker[k].at, memory_order_acquire) < mine) {
			if (++spins > TURNS_SPINS)
				sched_yield();
		}
	}
}

#endif
