/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow: who talks to whom?
 *
 * Takes decoded packets; gives the flow each belongs to, its TCP state, and the bytes of each
 * direction in order. Owns the flow table, the out-of-order segments and the timeouts on the packet
 * clock. Bounded: at a cap the oldest goes, counted. Writes struct flow but for what later stages
 * own. One thread.
 *
 * Sources: RFC 9293 (TCP), Corelight's community-id-spec v1.
 */
#ifndef WANGLOU_PROBE_FLOW_H
#define WANGLOU_PROBE_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/cursor.h"
#include "lib/hash.h"
#include "probe/flow_config.h"
#include "probe/packet.h"

struct identify_flow;
struct l7_flow;
struct match_flow;
struct flow_streams;
struct flow_table;

enum flow_state { FLOW_NEW, FLOW_ESTABLISHED, FLOW_CLOSED };

enum flow_tcp {
	FLOW_TCP_NONE,
	FLOW_TCP_SYN_SENT,
	FLOW_TCP_SYN_RECV,
	FLOW_TCP_ESTABLISHED,
	FLOW_TCP_FIN_WAIT1,
	FLOW_TCP_FIN_WAIT2,
	FLOW_TCP_CLOSING,
	FLOW_TCP_CLOSE_WAIT,
	FLOW_TCP_LAST_ACK,
	FLOW_TCP_TIME_WAIT,
	FLOW_TCP_CLOSED
};

/* Why a flow ended; the words of EVE's flow.reason. */
enum flow_end { FLOW_END_TIMEOUT, FLOW_END_SHUTDOWN, FLOW_END_FORCED, FLOW_END_REUSE };

/* flow.flags */
#define FLOW_MIDSTREAM 0x01   /* picked up without its SYN */
#define FLOW_ALERTED 0x02     /* an alert was written for it */
#define FLOW_TURNED 0x04      /* client and server were exchanged (the server was seen first) */
#define FLOW_STREAM_LOST 0x08 /* a hole in a direction's bytes */
#define FLOW_REFUSED 0x10     /* its server said by ICMP that nothing is there */
#define FLOW_RESYN 0x20       /* flow's own: seq_syn is known */
#define FLOW_STREAM_DONE 0x40 /* flow's own: both directions of its stream are finished */
#define FLOW_SUMMED 0x80      /* flow's own, << dir: its sender makes its own TCP checksums */
#define FLOW_UNFOLLOWED 0x200 /* TCP without its beginning: counted, without state and streams */
#define FLOW_STRICT 0x400     /* flow's own: not followed before its SYN was answered */

struct flow_key {
	struct addr client, server;
	uint16_t cport, sport; /* 0 without ports, and for ICMP */
	uint16_t vlan[2];
	uint8_t proto;
	uint8_t ip_ver;
	uint16_t
	    icmp; /* types of a request and its reply by who sends which; type and code; else 0 */
	uint32_t tenant; /* packet.tenant and path of its first packet, when part of the key */
};

/* What carried the first packet of a flow; `src` is where the client's packets come from. */
struct flow_outer {
	struct packet_outer outer;
	uint8_t depth;
};

/*
 * Lines of 64 bytes: the first is read by a look-up, the next two change with each packet, the last
 * is for when something begins, is said or ends.
 */
struct flow {
	struct flow *chain; /* flow's own: hash bucket */
	uint32_t hash;      /* flow's own */
	uint8_t high;       /* flow's own: the client is the higher end in the order of the hash */
	uint8_t timer;      /* flow's own: which list of one timeout it waits in */
	uint8_t scale[2];   /* flow's own: TCP window scale of the SYN, one more; 0: not seen */
	struct flow_key key;

	struct flow *older, *newer; /* flow's own */
	uint64_t seen; /* flow's own: the table's clock, which never runs backwards, at its last
			  packet */
	uint64_t last; /* packet clock, ns */
	uint64_t packets[2], bytes[2]; /* by enum dir; bytes as on the wire, link header included */

	uint64_t last_number;           /* number of its latest frame */
	struct flow_streams *streams;   /* flow's own; NULL until TCP payload came */
	struct identify_flow *identify; /* written by identify only */
	struct l7_flow *l7;             /* written by l7 only */
	struct match_flow *match;       /* written by match only */
	uint32_t seq_end[2]; /* TCP: behind the last byte, SYN or FIN sent; valid once packets[dir]
				> 0 */
	uint8_t min_ttl[2], max_ttl[2];
	uint8_t tcp_flags[2]; /* all flags ever seen */
	uint8_t tcp;          /* enum flow_tcp */
	uint8_t state;        /* enum flow_state */
	uint16_t flags;       /* FLOW_ */
	uint8_t end;          /* enum flow_end, set when it ends */
	uint8_t policy;       /* enum flow_policy that was applied */
	uint32_t seq_syn;     /* flow's own: number of a SYN that would begin another connection */

	uint64_t id;           /* 53 bits; from content only, so replay repeats it */
	uint64_t first;        /* packet clock, ns */
	uint64_t first_number; /* number of its first frame */
	uint64_t lost;         /* bytes missing from its TCP streams */
	union {
		uint32_t seq_isn[2]; /* TCP: the SYN's number; without one, that before the first
					seen */
		struct {
			uint8_t type, code;
		} icmp_answer; /* ICMP: of the first, when packets[DIR_TO_CLIENT] > 0 */
	};
	uint16_t icmp_errors; /* ICMP errors that quoted it, 65535 for more */
	uint16_t vlan_deep;   /* a third tag of its first packet; key.tenant has it mixed in */
	uint16_t source;      /* frame.source of its first packet */
	uint8_t icmp_type, icmp_code; /* of its first packet */

	uint32_t label[2]; /* flow's own: MPLS label of each direction, once packets[dir] > 0 */
	struct flow_outer *outer; /* NULL: it was not in a tunnel */
};

struct flow_counters {
#define COUNTER_FLOW(name, help) uint64_t name;
#include "probe/counters.def"
};

/* NULL when memory is out. The config is copied. */
struct flow_table *
flow_new(const struct flow_config *config);

/* After flow_drain: their stage pointers are not ours. */
void
flow_free(struct flow_table *t);

/* Other policies from now on; they live as long as the table, or until they are replaced. */
void
flow_set_targets(struct flow_table *t, const struct targets *targets);

/* Called for each flow that ends, oldest first; the flow is freed when it returns. */
typedef void (*flow_end_fn)(void *context, struct flow *f);

/* What became odd in its TCP streams since flow_odd, bits of enum odd_stream; that says it once. */
uint16_t
flow_odd_now(const struct flow *f);
uint16_t
flow_odd(struct flow *f);

/* Look for what is odd about each TCP segment: enum odd_segment, bits of the latest packet. */
void
flow_watch(struct flow_table *t, bool on);
uint64_t
flow_odd_segment(const struct flow_table *t);

/* Pieces, far apart from each other, in which its stream was held at once, at most; 1 as a rule. */
unsigned
flow_pieces(const struct flow *f, enum dir dir);

/* End every flow whose time is up at `now` (packet clock, ns), by due time, then by last_number. */
void
flow_expire(struct flow_table *t, uint64_t now, flow_end_fn ended, void *context);

/* When the flow's time is up (packet clock, ns); good in flow_end_fn too. */
uint64_t
flow_due(const struct flow_table *t, const struct flow *f);
/* End all flows (end of a file, shutdown), oldest first: by `seen`, then by last_number; drain_to
 * while the next one's last_number is at most `number`. */
void
flow_drain(struct flow_table *t, flow_end_fn ended, void *context);
void
flow_drain_to(struct flow_table *t, uint64_t number, flow_end_fn ended, void *context);

/*
 * The flow of this packet, found or made, with counters, TCP state and times brought up to date;
 * *dir says which way the packet goes. At the cap a flow is ended through `ended` first: the oldest
 * of those that nobody answered, when they take an eighth of the table, else the oldest of all.
 * Once nine tenths of the cap are taken, and until it is three, flows without an answer and closed
 * ones live no longer than timeout_emergency. NULL when the packet has no flow (no IP, a fragment
 * behind the first, or memory is out). A SYN on a closed flow ends it
 * and begins a new one, and so does any packet that comes after the flow's timeout. A packet with
 * PKT_BAD_CSUM is counted but changes no TCP state. TCP without a SYN is marked FLOW_MIDSTREAM and
 * gets the policy for such; when these are not followed it is marked FLOW_UNFOLLOWED as well.
 */
struct flow *
flow_packet(
    struct flow_table *t, const struct packet *p, enum dir *dir, flow_end_fn ended, void *context);

/* ICMP errors: mark the flow that p quotes, when this table has it. Right after flow_packet. */
void
flow_quote(struct flow_table *t, const struct packet *p);

/* Runs that one packet can bring at most: two directions of held blocks, its own bytes between. */
#define FLOW_CHUNKS_MAX 3120

/* A run of one direction's bytes in order, given once. */
struct flow_chunk {
	struct view data; /* valid until the next flow_segment or the end of the flow */
	uint64_t offset;  /* of data within the direction's stream */
	uint64_t lost;    /* bytes missing just before it; data starts behind the hole */
	enum dir dir;
	bool end; /* the direction is finished (FIN or RST or depth); data may be empty */
};

/*
 * TCP only, right after flow_packet: take this packet's payload into the stream of its direction,
 * then call flow_chunk until it says false. What is in order is given without a copy, at once.
 * Bytes that overlap held ones win or lose by the policy of their receiver (config.targets); what
 * was given stays. Out-of-order bytes wait until the hole fills, the other side acknowledges past
 * it, or memory runs out: then the hole is reported as `lost`. Bytes that their receiver may not
 * take wait until it acknowledges them: docs/decisions/0010-streams.md.
 */
void
flow_segment(struct flow_table *t, struct flow *f, const struct packet *p, enum dir dir);
bool
flow_chunk(struct flow_table *t, struct flow *f, struct flow_chunk *out);

/* At a flow's end: what waits behind holes, as chunks with `lost`. Call until false. */
bool
flow_chunk_flush(struct flow_table *t, struct flow *f, struct flow_chunk *out);

/* "1:..." Community ID v1 with seed 0: 30 characters. SHA-1 each time: keep it. */
void
flow_community_id(const struct flow *f, char out[32]);
/* Its VLAN tags, outer first; returns how many. */
unsigned
flow_vlans(const struct flow *f, uint16_t out[PACKET_VLANS]);
const char *
flow_state_name(uint8_t state); /* "new", "established", "closed" */
const char *
flow_tcp_name(uint8_t tcp); /* "syn_sent" ... as EVE's tcp.state */
/* "ignore", "bypass", "pass-flow", "drop-flow", "reject" */
const char *
flow_policy_name(uint8_t policy);
const char *
flow_end_name(uint8_t end); /* "timeout", "shutdown", "forced", "tcp_reuse" */

const struct flow_counters *
flow_count(const struct flow_table *t);

#endif
