/* SPDX-License-Identifier: Apache-2.0 */
/* flow: what its files share. Nobody else includes this. */
#ifndef WANGLOU_PROBE_FLOW_INTERNAL_H
#define WANGLOU_PROBE_FLOW_INTERNAL_H

#include "lib/slab.h"
#include "probe/flow.h"

/* Sequence numbers wrap (RFC 9293, 3.4): compare by the sign of the difference. */
static inline bool
seq_before(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b) < 0;
}

/* Flows that wait for the same timeout; one list each, oldest first. */
enum flow_timer {
	TIMER_TCP_NEW,
	TIMER_TCP_ESTABLISHED,
	TIMER_TCP_CLOSED,
	TIMER_UDP_NEW,
	TIMER_UDP_ESTABLISHED,
	TIMER_ICMP,
	TIMER_OTHER,
	TIMER_COUNT
};

struct flow_list {
	struct flow *oldest, *newest;
	uint64_t timeout;
};

/* The part of a key that both directions say alike; eight bytes. */
struct key_rest {
	uint16_t vlan[2];
	uint8_t proto, ip_ver;
	uint16_t icmp;
};
_Static_assert(sizeof(struct key_rest) == sizeof(uint64_t), "padding in struct key_rest");

/* What a packet is looked up by. */
struct flow_lookup {
	uint64_t rest; /* struct key_rest, without what is not part of the key */
	uint32_t hash; /* the same for both directions */
	uint32_t tenant;
	uint16_t icmp;
	bool one_way; /* an ICMP type without a reply: the other direction is another flow */
	bool turn;    /* the sender is the higher end */
};

/* A segment, or part of one, that waits behind a hole; kept in order of seq, never overlapping. */
struct held {
	struct held *next, *previous;
	uint32_t seq;
	uint32_t len;
	uint8_t data[];
};

#define HELD_BYTES 2048
#define HELD_ROOM (HELD_BYTES - sizeof(struct held))
#define HELD_MOST 1024 /* blocks of one direction */

/* struct stream.flags */
#define STREAM_STARTED 0x01
#define STREAM_FIN 0x02   /* fin is known */
#define STREAM_ACKED 0x04 /* acked is known */
#define STREAM_FLUSH 0x08 /* nothing more will fill a hole */
#define STREAM_FORCE                                                                               \
	0x10 /* memory is short: holes are given up until the present segment is through */
#define STREAM_ENDED 0x20
#define STREAM_RESET 0x40 /* a reset came: holes of now are given up */

/*
 * One direction:
 *
 *      offset bytes given or lost       hole          held           hole    held
 *   |--------------------------------|.........|=====|==========|..........|======|
 *                                    next      head                         tail
 */
struct stream {
	uint64_t offset;
	uint32_t next;
	uint32_t acked; /* highest acknowledgement the other side sent */
	uint32_t fin;   /* number behind the last byte */
	uint16_t blocks;
	uint8_t flags;
	struct held *head, *tail;
	struct stream *older, *newer; /* in the list of those that hold, while head is set */
};

/* What flow_chunk may find to give. */
enum stream_work {
	WORK_NONE,
	WORK_PLAIN, /* only the present segment, whole and in order: nearly always */
	WORK_ANY,
};

struct flow_streams {
	struct stream dir[2];
	uint8_t work; /* enum stream_work */
};

/* The segment of the present packet; what is in order is given out of it without a copy. */
struct late {
	const struct flow *flow;
	enum dir dir;
	uint32_t seq;
	struct view data;
};

#define KEYING_WORDS 13

/* What the key of a flow is made of besides addresses and ports, and the numbers of its hash. */
struct flow_keying {
	uint64_t word[KEYING_WORDS];
	uint64_t mask; /* of key_rest */
	uint32_t tenant;
};

struct flow_table {
	struct flow_config config;
	struct flow_keying keying;
	struct flow **bucket;
	uint64_t mask;
	struct flow_list list[TIMER_COUNT];
	uint64_t clock; /* the latest time heard of: captures put together may step back */
	uint64_t due;   /* no flow's time is up before this */
	struct slab flows, streams, held, outers;
	struct late late;
	struct stream *hold_oldest, *hold_newest; /* by when they began to hold */
	struct held *lent; /* blocks given out for this packet; released with the next */
	struct flow_counters count;
};

/* key.c: numbers from the seed. */
void
flow_keying_make(struct flow_keying *k, struct hash_key seed, bool vlan, bool tenant);

/* key.c: make the lookup of a packet, and compare a flow with it (*dir is set when they are the
 * same). */
void
flow_lookup_make(const struct flow_keying *k, const struct packet *p, struct flow_lookup *out);
bool
flow_is(const struct flow_keying *k, const struct flow *f, const struct flow_lookup *l,
    const struct packet *p, enum dir *dir);

/*
 * key.c: the same but for MPLS labels, of which each direction has its own: nothing of that
 * direction was seen yet.
 */
bool
flow_may_be(const struct flow_keying *k, const struct flow *f, const struct flow_lookup *l,
    const struct packet *p, enum dir *dir);

/* key.c: the type that answers this ICMP or ICMPv6 type, -1 when there is none. */
int
flow_icmp_reply(uint8_t ip_ver, uint8_t type);

/* key.c: id of a flow from its content: 53 bits, never 0. */
uint64_t
flow_id_make(const struct flow *f);

/* unreach.c: a packet as the ICMP error p quotes it: addresses, ports and protocol only. False when
 * p is no error. */
bool
flow_quoted(const struct packet *p, struct packet *quoted);

/* tcp.c: bring the TCP state up to date with a packet that the counters have already. */
void
flow_tcp_update(struct flow *f, const struct packet *p, enum dir dir);

/* tcp.c: true when p is the first SYN of a new connection and f is one that is over. */
bool
flow_tcp_reused(const struct flow *f, const struct packet *p, enum dir dir);

/* stream.c: release what reassembly holds for a flow. */
void
flow_streams_free(struct flow_table *t, struct flow *f);

#endif
