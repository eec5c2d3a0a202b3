/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_state: what rules remember: of flows (flowbits, variables, stream tails, transactions that
 * wait), of hosts (marks), and how often they spoke. Private to src/probe/match/.
 * Slabs of fixed objects within caps, the oldest goes first, counted. No allocation per packet.
 */
#ifndef WANGLOU_PROBE_MATCH_STATE_H
#define WANGLOU_PROBE_MATCH_STATE_H

#include "lib/slab.h"
#include "probe/match.h"
#include "probe/match_rule.h"

#define MATCH_FLOWBITS 24    /* per flow */
#define MATCH_MORE_BITS 232  /* of flows that have more; then the oldest goes first */
#define MATCH_TAIL_FIRST 480 /* bytes of a stream; most have no more */
#define MATCH_WAITS 16       /* stream rules per direction half seen or just fired */
#define MATCH_TX_WAITS 48    /* in a block; rules that wait for more of a transaction, or fired */
#define MATCH_TX_BLOCKS 16   /* of these, a flow: HTTP/2 has many streams */
#define MATCH_HUSHED 4       /* transactions of a flow that `config` keeps from being recorded */
#define MATCH_INTS 16        /* flowint variables of a flow */

/* ---- state.c: flowbits and stream tails by flow ---- */

/* A stream rule whose literal was seen but which has not matched, or did up to `from`. */
struct match_wait {
	uint32_t rule;
	bool fired;
	uint64_t from;  /* stream offset before which bytes do not count for it */
	uint64_t until; /* half seen: dropped when the window begins behind this offset */
};

struct match_stream {
	uint64_t end;   /* stream offset behind the tail */
	uint64_t again; /* half-seen rules gave way: until here the whole window is searched */
	uint32_t tail_n, room;
	uint8_t *tail; /* `first`, or of match_states.tails */
	uint8_t wait_n;
	struct match_wait wait[MATCH_WAITS];
	uint8_t first[MATCH_TAIL_FIRST];
};

/* A rule that waits for more of a transaction, or has fired on it. */
struct match_tx_wait {
	uint64_t tx;
	uint32_t rule;
	bool fired;
	uint32_t held; /* bits of areas that held, of rules on whole transactions */
};

/* Packets to come that are told. */
struct match_tag {
	uint64_t bytes, until, last; /* ns; last: packet that counted */
	uint32_t packets;
	bool on;
};

struct match_tx_waits {
	struct match_tx_waits *next;
	uint8_t n;
	struct match_tx_wait wait[MATCH_TX_WAITS];
};

struct match_flow {
	struct match_flow *older, *newer;
	struct flow *flow;
	struct match_stream *stream[2];
	struct match_tx_waits *waits; /* the newest block first */
	uint16_t waits_lost;          /* so many gave way at the cap: whose turn it is */
	uint64_t bit[MATCH_FLOWBITS];
	uint8_t bit_n;
	struct match_bits *more; /* NULL: none */
	bool bypassed;           /* by the keyword: from the next packet on as if passed */
	bool passed;             /* a pass or drop rule: the rest of the flow is not looked at */
	uint8_t fate;            /* MATCH_FATE_ */
	uint8_t told[2];         /* enum l7_proto that rules were told of, by direction */
	uint8_t hush_n;
	uint64_t hush[MATCH_HUSHED]; /* transactions that are not to be recorded */
	struct match_ints *ints;     /* NULL: none */
	struct match_tag tag;
	struct match_vars *vars; /* NULL: none */
};

struct match_bits {
	uint8_t n;
	uint64_t bit[MATCH_MORE_BITS];
};

#define MATCH_FLOW_VARS 8
#define MATCH_VAR_NAME 32
#define MATCH_VAR_BYTES 192

/* A text that an expression took out, or the entropy of a buffer. */
struct match_var {
	uint8_t kind; /* enum match_var_kind */
	uint8_t at;   /* of the text in bytes: some stand before it */
	uint16_t len, all;
	uint16_t buffer; /* enum match_place */
	double number;
	char name[MATCH_VAR_NAME];
	uint8_t bytes[MATCH_VAR_BYTES + 64];
};

struct match_vars {
	uint8_t n;
	struct match_var var[MATCH_FLOW_VARS]; /* oldest first */
};

/* flowint */
struct match_ints {
	uint8_t n;
	struct {
		uint64_t name;
		uint32_t value;
	} var[MATCH_INTS]; /* oldest first */
};

/* Names of flowbits and flowints, for events. */
struct match_bit_name {
	uint64_t hash;
	const char *name;
	const struct match_bit_name *before;
};

struct match_states {
	struct slab flows, streams, tails, waits, ints, vars, bits;
	struct match_flow *oldest, *newest;
};

/* The flows' states, empty; fini releases them all. */
void
match_states_init(struct match_states *s, const struct match_config *config);
void
match_states_fini(struct match_states *s);
/* Rule indices change: forget what streams wait for. */
void
match_states_forget(struct match_states *s);

/* Made when there is none; NULL when f is NULL. The oldest is dropped at the cap. */
struct match_flow *
match_state_get(struct match *m, struct flow *f);
void
match_state_drop(struct match *m, struct match_flow *s);
/* One direction's, made when there is none; NULL at the cap. */
struct match_stream *
match_state_stream(struct match *m, struct match_flow *s, enum dir dir);
/* The stream keeps a copy of the last bytes. */
void
match_state_tail(struct match *m, struct match_stream *s, struct view window);
/* What the stream holds of this rule, NULL for nothing. */
struct match_wait *
match_state_wait(struct match_stream *s, uint32_t rule);
/* Keep (or bring up to date) what the stream holds of a rule. When full the oldest half-seen one
 * goes (s->again), and only then one that fired before. False: one went. */
bool
match_state_wait_put(struct match_stream *s, struct match_wait w);
/* Drop what lies before the window. */
void
match_state_wait_trim(struct match_stream *s, uint64_t window_at);
/* What the flow holds of a rule on a transaction; NULL for nothing. */
struct match_tx_wait *
match_state_tx_wait(const struct match_flow *s, uint64_t tx, uint32_t rule);
/* Keep it, or bring it up to date; one after another goes when full. Nothing without a flow. */
void
match_state_tx_put(struct match *m, struct match_flow *s, struct match_tx_wait w);
/* Frames that go on are remembered as transactions are, under numbers that these do not have. */
static inline uint64_t
match_frame_key(const struct l7_frame *f)
{
	return UINT64_C(1) << 63 | (uint64_t)f->dir << 62 | f->id;
}
/* The transaction is over. */
void
match_state_tx_done(struct match *m, struct match_flow *s, uint64_t tx);
bool
match_state_bit(const struct match_flow *s, uint64_t name);
void
match_state_set(struct match *m, struct match_flow *s, uint64_t name);
void
match_state_unset(struct match_flow *s, uint64_t name);

/* A flowint variable; false when it has no value. s may be NULL. */
bool
match_state_int(const struct match_flow *s, uint64_t name, uint32_t *out);
void
match_state_int_put(struct match *m, struct match_flow *s, uint64_t name, uint32_t value);

/* ---- xbits.c: xbits and hostbits ---- */

struct match_xbit_key {
	uint64_t name;
	struct addr a, b;
	uint64_t ver;
};

struct match_xbits;
struct match_xbits *
match_xbits_new(uint64_t cap, struct hash_key seed);
void
match_xbits_free(struct match_xbits *t);
/* Is it set at `now`? */
bool
match_xbit_has(struct match_xbits *t, const struct match_xbit_key *key, uint64_t now);
/* Set it until then; *evicted grows at the cap. */
void
match_xbit_put(
    struct match_xbits *t, const struct match_xbit_key *key, uint64_t until, uint64_t *evicted);
void
match_xbit_drop(struct match_xbits *t, const struct match_xbit_key *key);

/* ---- kw_tag.c ---- */

/* Is this packet one to be told? Then it is counted. */
bool
match_tag_counts(struct match_tag *t, uint64_t now, uint64_t bytes);

/* ---- rate.c: thresholds ---- */

/* Tag a host; it has one tag, the last. */
void
match_rates_tag(struct match_rates *t, const struct addr *a, uint8_t ver,
    const struct match_tag *tag, uint64_t *evicted);
/* Is a packet of this host to be told? */
bool
match_rates_tagged(
    struct match_rates *t, const struct addr *a, uint8_t ver, uint64_t now, uint64_t bytes);

/* The marks that are shared with the thresholds. */
struct match_xbits *
match_rates_xbits(struct match_rates *t);

struct match_rate_key {
	uint32_t gid, sid;
	const struct addr *src, *dst;
	uint8_t ver;
	uint64_t flow; /* its id; 0: none */
};

/* Count an event of this rule at `now` (ns); true when the alert may go out. *evicted grows at the
 * cap. */
bool
match_rates_allow(struct match_rates *t, const struct match_rate *rate,
    const struct match_rate_key *key, uint64_t now, uint64_t *evicted);
/* Count it for a rate_filter; true while that changes what the rule does. */
struct match_rate_filter;
bool
match_rates_over(struct match_rates *t, const struct match_rate_filter *f,
    const struct match_rate_key *key, uint64_t now, uint64_t *evicted);

#endif
