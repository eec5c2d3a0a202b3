/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_run: what a worker's matcher owns and how its parts speak to each other. Private to
 * src/probe/match/.
 *
 * prefilter makes candidates (rule, where, transaction) without duplicates; verify says yes or no;
 * state keeps flowbits and stream tails; rate holds back. No allocation per packet.
 */
#ifndef WANGLOU_PROBE_MATCH_RUN_H
#define WANGLOU_PROBE_MATCH_RUN_H

#include "lib/scratch.h"
#include "lib/slab.h"
#include "probe/match.h"
#include "probe/match_find.h"
#include "probe/match_rule.h"
#include "probe/match_said.h"
#include "probe/match_state.h"
#include "probe/match_trace.h"

#define MATCH_PIECE 65536                       /* stream bytes looked at in one go */
#define MATCH_TRANSFORM_ROOM (128u * 1024 - 64) /* bytes of a buffer that are transformed */
#define MATCH_BUDGET 1000000                    /* steps that all rules may take on one packet */
#define MATCH_PCRE_BUDGET 200000                /* likewise, of their expressions */
#define MATCH_CONTEXTS 8                        /* values of datasets that say more, an alert */
#define MATCH_INSTANCES 1024 /* of a buffer in one transaction that are looked at */
/* ---- the matcher ---- */

struct match_candidate {
	uint32_t rule;
	uint8_t in;  /* MATCH_IN_, one of them */
	uint8_t dir; /* enum dir looked at; a transaction's may differ from the packet's */
	uint16_t tx; /* index, of MATCH_IN_TX and MATCH_IN_FRAME */
};

/* The packet at hand. */
struct match_context {
	const struct packet *p;
	struct flow *f;
	enum dir dir;
	const struct l7_tx *tx;
	size_t tx_n;
	const struct flow_chunk *chunk;
	size_t chunk_n;
	uint8_t transport; /* enum match_transport */
	uint8_t apart;     /* MATCH_TAKES_ that a rule needs for this packet; 0: any */
	uint8_t l7;        /* enum l7_proto of the flow */
	bool l7_new;       /* this very packet says so, over TCP */
	bool established;  /* before this packet; of streams and transactions: by now */
	bool established_now;
	bool ending;              /* there is no packet: the flow ends (match_ending) */
	bool payload_scanned;     /* with the stream: packet_hits are there */
	struct match_flow *state; /* NULL without a flow or before it is needed */
	/* the stream window at hand; ptr NULL when there is none */
	struct view window;
	uint64_t window_at; /* stream offset of its first byte */
	size_t window_old;  /* bytes of it that were looked at before */
	enum dir window_dir;
	struct match_stream *stream; /* NULL for a packet without a flow */
	struct match_seen seen;
	int64_t event_tx; /* of the event that the rule being verified asked for; -1: none */
};

struct match {
	struct match_config config;
	const struct match_rules *rules;
	struct match_counters count;
	struct match_scratch *scratch_hs;
	struct scratch scratch; /* as long as the packet */
	struct match_pcre_run *pcre;
	struct match_hits hits, packet_hits; /* of streams and transactions; of the packet */
	struct match_candidate *candidate;
	size_t candidate_n, candidate_room;
	struct match_states states;
	struct match_rates *rates; /* config.rates, or own_rates */
	struct match_rates *own_rates;
	struct match_context now;
	struct match_known known;
	struct match_seen seen; /* for the packet to come */
	uint8_t *window;        /* config.stream_tail + MATCH_PIECE bytes */
	uint32_t *fired;        /* by rule: the packet that fired it last (m->packet) */
	uint32_t packet;
	unsigned steps;                   /* left for the rule being verified */
	unsigned budget;                  /* steps left for the packet */
	unsigned pcre_steps, pcre_budget; /* the same, of expressions */
	uint64_t var[MATCH_VARS];         /* of the rule being verified */
	struct view base64;               /* likewise; ptr NULL: nothing was decoded */
	bool turned;                      /* it looks at the other side than the packet's sender */
	struct alert_context context[MATCH_CONTEXTS];
	uint8_t context_n;
	bool half;     /* all but the patterns of the rule just verified held */
	bool later;    /* the transaction may yet get what the rule just verified wants */
	uint32_t held; /* areas of the rule on a whole transaction just verified */
	bool passed;   /* a pass rule matched this packet */
	struct match_var pkt_var[MATCH_FLOW_VARS]; /* captured for this packet or its alert */
	struct match_said said;
	bool tagged;  /* what an earlier one asked for: match_tagged */
	bool marking; /* patterns that hold say where: match_marks */
	uint8_t mark_n, mark_from, pkt_var_n;
	struct alert_match mark[ALERT_MATCHES];
	struct alert_list *out;
	uint16_t out_from;         /* alerts before this one are not ours */
	struct match_trace *trace; /* NULL: nobody asks */
	struct match_halt {
		enum match_stop what;
		const struct match_op *op;
	} halt; /* why the rule just verified does not hold */
};

/* Raw bytes of encrypted connections are not looked into (nor does Suricata): from the packet on
 * behind the one that ended the handshake. */
static inline bool
match_sealed(const struct match *m)
{
	return m->now.seen.sealed && !m->now.tx_n;
}

/* Add candidates from the packet, and from its transactions. */
void
match_prefilter_packet(struct match *m);
void
match_prefilter_tx(struct match *m, void (*verify)(struct match *m));
/* The same for frames, each of which is verified by itself. */
void
match_prefilter_frames(struct match *m, void (*verify)(struct match *m));
/* Rules that ask for something odd, when there is. */
void
match_prefilter_event(struct match *m);
/* New stream bytes: those behind the first `old` of data. */
struct match_fresh {
	struct view data;
	size_t old;
	uint64_t at; /* stream offset of data's first byte */
	enum dir dir;
	bool payload, again; /* they are the packet's payload, all of it; old ones count as new */
};
/* Add candidates from them. */
void
match_prefilter_stream(struct match *m, const struct match_fresh *f);
/* Into the order of rules: writers of flowbits before readers, pass before alert. */
void
match_prefilter_sort(struct match *m);

/* ---- vars.c ---- */

struct match_sight;

/* The expression of a rule that holds was found there: keep what its groups found. */
void
match_capture(const struct match_sight *s, const struct match_op *op, struct match_pcre_span span);
/* Keep the entropy of a buffer. */
void
match_entropy_put(const struct match_sight *s, double value);

/* ---- kw_tag.c ---- */

/* Does a tag of an earlier packet hold for this one? Fills m->tagged. */
void
match_tag_packet(struct match *m, const struct packet *p, const struct flow *f);

/* ---- kw_session.c ---- */

/* What the flow speaks is told: once for each direction, and when it changes. */
bool
match_proto_new(const struct match *m, const struct match_candidate *c);
void
match_protos_told(struct match *m);

/* ---- stream.c ---- */

/* Look at one chunk: its pieces become windows with the tail before them. The last window stays,
 * unverified. */
void
match_stream_chunk(struct match *m, const struct flow_chunk *c, void (*verify)(struct match *m));
/* A TCP payload without a flow is a stream of its own. */
void
match_stream_lone(struct match *m, struct view payload);
/* The window was dealt with: keep its tail. */
void
match_stream_done(struct match *m);

/* What the ops of one list work on. */
struct match_sight {
	struct match *m;
	const struct match_candidate *c;
	struct view data;
	uint64_t at; /* place of data's first byte in its buffer */
	bool grows;  /* more may come behind */
	uint16_t list;
};

/* ---- match.c ---- */

/* enum match_transport of an IP protocol. */
uint8_t
match_transport_of(uint8_t proto);

/* ---- content.c ---- */

/* At load, when its bytes and flags are final. */
void
match_content_ready(struct match_op *op);
/* First place of a content that lies wholly within the view; NULL for none. */
const uint8_t *
match_content_find(const struct match_op *op, struct view v);
/* Does it stand here? All its bytes can be read. */
bool
match_content_same(const struct match_op *op, const uint8_t *data);

/* ---- verify.c ---- */

/* The i-th instance of a list on the candidate's transaction, transformed; false when there is
 * none. data.ptr is NULL when its transforms leave nothing. */
bool
match_tx_view(
    struct match *m, uint16_t list, const struct match_candidate *c, uint16_t i, struct view *data);
/* The same for a list that the packet has, that the frame has. */
bool
match_packet_view(struct match *m, uint16_t list, struct view *data);
bool
match_frame_view(
    struct match *m, uint16_t list, const struct match_candidate *c, struct view *data);

/* Do the patterns of base64_data hold on what was just decoded? */
bool
match_base64_holds(struct match *m, const struct match_candidate *c);

/* Do transport, addresses and ports of the rule hold for the candidate? */
bool
match_verify_head(
    const struct match *m, const struct match_rule *r, const struct match_candidate *c);

/* Do header, flow, tests and patterns of the candidate's rule hold? */
bool
match_verify(struct match *m, const struct match_candidate *c);

/* Where did the patterns of a rule hold that was just verified? Fills m->mark. */
void
match_marks(struct match *m, const struct match_candidate *c);

/* ---- mark.c ---- */

/* A pattern held at this place. The last one of an area is said first. */
void
match_mark(const struct match_sight *s, uint16_t list, size_t start, size_t len);
/* What was marked, as long as the packet; NULL for nothing. */
const struct alert_match *
match_marked(struct match *m);

#endif
