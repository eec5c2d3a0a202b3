/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_compile: from rules that were read one by one to what the packet path walks. Private to
 * src/probe/match/; load time only, one thread per load.
 *
 *     slots -> put in order -> rule[] -> groups (without a literal), databases (with one)
 */
#ifndef WANGLOU_PROBE_MATCH_COMPILE_H
#define WANGLOU_PROBE_MATCH_COMPILE_H

#include "probe/match_find.h"
#include "probe/match_load.h"

/* A rule that was read, before the set is put in order. */
struct match_slot {
	struct match_rule rule;
	struct match_literal literal; /* len 0: none */
	uint8_t without;              /* bits 1 << enum dir: there, nothing is searched for it */
	uint16_t list;                /* of the literal */
	uint8_t bits;                 /* how it uses flowbits: writers come first */
	uint32_t number;
	bool replaced;
};

/* Few enough that the rule is met by its ports? NULL is any. */
static inline bool
match_ports_few(const struct match_ports *p)
{
	return p && p->count <= 256;
}

struct match_slots {
	struct match_slot **item;
	size_t n, room;
};

/* Is the load told to give up? */
static inline bool
match_stopped(const struct match_load *load)
{
	return load->stop && atomic_load_explicit(load->stop, memory_order_relaxed);
}

/* vars.c: names of flowbits in order, once all rules were read. -1 when memory is out. */
int
match_bit_names(struct match_rules *r);

/* Order, group and compile them into the set; slots are put in order. summary gets what is left of
 * `loaded`. 0, or -1 with a sentence. */
int
match_compile(struct match_rules *r, const struct match_set *set, struct match_slots *slots,
    struct match_summary *summary, struct err *e);

#endif
