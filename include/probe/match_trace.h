/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_trace: what the matcher did, for who tests rules and asks what they cost. A matcher without
 * one (the normal case) does nothing of this.
 *
 * Rules that are watched are also tried where nothing woke them, so that there is a reason why they
 * did not fire; such a trial changes nothing.
 */
#ifndef WANGLOU_PROBE_MATCH_TRACE_H
#define WANGLOU_PROBE_MATCH_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"
#include "probe/flow.h"
#include "probe/packet.h"

struct match;
struct match_candidate;
struct match_hits;
struct match_mpm;
struct match_op;
struct match_rules;
struct match_sight;

/* The first condition of a rule that did not hold. */
enum match_stop {
	MATCH_STOP_NOT, /* all held */
	MATCH_STOP_TRANSPORT,
	MATCH_STOP_PLACE, /* the rule looks at the stream, and this is a packet */
	MATCH_STOP_ADDRESS,
	MATCH_STOP_PORT,
	MATCH_STOP_FLOW, /* there is no flow */
	MATCH_STOP_DIRECTION,
	MATCH_STOP_ESTABLISHED, /* not yet */
	MATCH_STOP_NEW,         /* established already */
	MATCH_STOP_PROTO,       /* of the application */
	MATCH_STOP_READY,       /* the transaction lacks what the rule looks at */
	MATCH_STOP_TEST,        /* a question: option */
	MATCH_STOP_BUFFER,      /* the buffer of option is not there */
	MATCH_STOP_PATTERN,     /* option was not found in data */
	MATCH_STOP_SPOKEN       /* it holds, but was told before or nothing new woke it */
};

#define MATCH_TRACE_FOUND 16

/* Where a pattern was found. */
struct match_found {
	uint16_t option; /* of the rule, from 1 */
	const char *buffer;
	struct view data; /* all of the buffer that was looked at */
	size_t start, end;
	uint64_t at; /* place of data's first byte in the buffer or stream */
};

/* One rule was tried on one thing. Valid during the call. */
struct match_trial {
	uint32_t rule; /* its place in the set */
	uint32_t gid, sid;
	const struct packet *p;
	const struct flow *f; /* NULL: none */
	uint8_t in;           /* 1 packet, 2 stream, 4 transaction, 8 frame */
	uint8_t dir;          /* enum dir looked at */
	bool woken;           /* false: only watched */
	bool ending;          /* the flow ends; p stands for it */
	uint64_t ns;          /* that it took */
	enum match_stop stop;
	uint16_t option;         /* the one that did not hold, from 1; 0: none */
	struct match_found last; /* STOP_PATTERN: what it was looked for in, from start on */
	const struct match_found *found; /* STOP_NOT: what was found */
	size_t found_n;
};

/* Literals of one buffer (NULL: payload or stream) were looked for, or a group was walked. */
struct match_work {
	const char *what; /* "packet", "stream", a buffer's name, "group" */
	uint8_t dir;
	size_t bytes; /* scanned; of a group: rules offered */
	uint64_t ns;
};

struct match_trace {
	void *context;
	uint64_t (*clock)(void); /* ns */
	void (*trial)(void *context, const struct match_trial *t);
	void (*work)(void *context, const struct match_work *w);  /* NULL: not wanted */
	bool (*watch)(void *context, uint32_t gid, uint32_t sid); /* NULL: no rule is */
	/* The rule whose trial held last raises no alert: its threshold or threshold.config. */
	void (*held_back)(void *context, uint32_t sid); /* NULL: not wanted */
	struct match_trace_room *room;                  /* of trace.c */
};

/*
 * Tell *t of all that comes, until it is set to NULL; the rules stay the same meanwhile. *t is the
 * caller's and outlives that. -1 when memory is out.
 */
int
match_trace_set(struct match *m, struct match_trace *t);

/* ---- called by the matcher when it is traced ---- */

bool
match_trace_verify(struct match *m, const struct match_candidate *c);
/* Candidates were made for this; rule does not matter. */
void
match_trace_like(struct match *m, struct match_candidate like);
/* All candidates were tried: now those that are watched and were not. */
void
match_trace_rest(struct match *m);
/* A pattern is looked for from byte `from` on; n: patterns left of its area, with it. */
void
match_trace_op(const struct match_sight *s, const struct match_op *op, size_t n, size_t from);
void
match_trace_scan(struct match *m, const struct match_mpm *mpm, struct view data, int list,
    struct match_hits *hits);
uint64_t
match_trace_clock(const struct match *m);
/* A group of n rules was walked since `from`. */
void
match_trace_group(struct match *m, uint32_t n, uint8_t dir, uint64_t from);

#endif
