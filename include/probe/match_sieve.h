/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_sieve: what is known of a rule without looking at it, for those that literals wake and
 * those in groups. Private to src/probe/match/.
 *
 * It only turns away what the verifier would turn away as well; the verifier has the last word.
 * Copies stand beside each other where they are walked, since rules themselves are large and far
 * apart.
 */
#ifndef WANGLOU_PROBE_MATCH_SIEVE_H
#define WANGLOU_PROBE_MATCH_SIEVE_H

#include <stdbool.h>
#include <stdint.h>

struct match_rule;

#define MATCH_SIEVE_START 8 /* first bytes of a payload or stream that are known */

struct match_sieve {
	uint64_t start, mask;       /* of a payload or stream: (its bytes ^ start) & mask is 0 */
	uint16_t sport, sport_span; /* lowest, and how many behind it */
	uint16_t dport, dport_span;
	uint16_t size, size_span;     /* bytes of payload */
	uint8_t transports, flow, in; /* of the rule; flow without MATCH_FLOW_STATELESS */
};

/* A rule in a list of such. */
struct match_lead {
	struct match_sieve sieve;
	uint32_t rule;
	uint16_t low, high; /* of a literal: where it may end, from its buffer's start; high
			       UINT16_MAX: anywhere behind low */
};

/* What there is to be asked. */
struct match_want {
	uint64_t start, known; /* known: bytes of start that count */
	uint64_t gone;         /* those that a stream has no more */
	uint16_t sport, dport, size;
	uint8_t transport, flow, in; /* bits */
};

/* Rules of one group: those that anything wakes, and those listed under a number of the packet. */
enum match_side {
	MATCH_SIDE_WILD,
	MATCH_SIDE_DST, /* ports */
	MATCH_SIDE_SRC,
	MATCH_SIDE_DST_NET, /* the first two bytes of an IPv4 address */
	MATCH_SIDE_SRC_NET,
	MATCH_SIDE_SIZE, /* bytes of payload */
	MATCH_SIDES
};

struct match_slot_of {
	uint16_t number;
	uint32_t first, n; /* into match_group.lead */
};

#define MATCH_LISTED_BITS 4096

struct match_listed {
	uint64_t has[MATCH_LISTED_BITS / 64]; /* bit number % MATCH_LISTED_BITS: may be listed */
	const struct match_slot_of *slot;     /* sorted */
	uint32_t n;
};

struct match_group {
	const struct match_lead *lead; /* wild ones first; NULL: no rules */
	uint32_t wild_n;
	const struct match_listed *by[MATCH_SIDES]; /* NULL: nothing is listed there */
};

/* At load, from a rule that is ready. */
void
match_sieve_of(const struct match_rule *r, struct match_sieve *out);

static inline bool
match_sieve_lets(const struct match_sieve *s, const struct match_want *w)
{
	return (uint16_t)(w->dport - s->dport) <= s->dport_span &&
	       (uint16_t)(w->sport - s->sport) <= s->sport_span &&
	       (uint16_t)(w->size - s->size) <= s->size_span && !(s->flow & ~w->flow) &&
	       s->transports & w->transport && s->in & w->in &&
	       !((((s->start ^ w->start) & w->known) | w->gone) & s->mask);
}

#endif
