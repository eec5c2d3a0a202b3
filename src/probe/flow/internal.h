/* SPDX-License-Identifier: Apache-2.0 */
/* flow: what its files share. Nobody else includes this. */
#ifndef WANGLOU_PROBE_FLOW_INTERNAL_H
#define WANGLOU_PROBE_FLOW_INTERNAL_H

#include "lib/log.h"
#include "lib/slab.h"
#include "probe/flow.h"
#include "probe/targets.h"

#define FLOW_NO_SCALE 0xff /* flow.scale of a SYN without that option */

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
	uint64_t n;
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

/* held.flags */
#define HELD_DOUBT 0x01  /* its receiver may not have taken it: given when that acknowledges it */
#define HELD_URGENT 0x02 /* one byte out of band: counts in the numbers, is not given */

/* A segment, or part of one, that waits; kept in order of seq, never overlapping. */
struct held {
	struct held *next, *previous;
	uint32_t seq;
	uint16_t len;
	uint16_t skip; /* bytes of data before the first that counts */
	uint8_t flags; /* HELD_ */
	uint8_t ttl;
	uint8_t data[];
};

#define HELD_BYTES 2048
#define HELD_ROOM (HELD_BYTES - sizeof(struct held))
#define HELD_MOST 1024 /* blocks of one direction */

/* What one direction holds; there is none while it holds nothing. */
struct pile {
	struct held *head, *tail;
	struct pile *older, *newer; /* by when they began to hold */
	struct stream *stream;
	uint32_t blocks;
};

/* struct stream.flags */
#define STREAM_STARTED 0x01
#define STREAM_FIN 0x02   /* fin is known */
#define STREAM_ACKED 0x04 /* acked is known */
#define STREAM_FLUSH 0x08 /* nothing more will fill a hole */
#define STREAM_FORCE                                                                               \
	0x10 /* memory is short: holes are given up until the present segment is through */
#define STREAM_ENDED 0x20
#define STREAM_RESET 0x40  /* a reset came: holes of now are given up */
#define STREAM_EDGE 0x80   /* edge is known */
#define STREAM_STAMP 0x100 /* stamp is known */
#define STREAM_EARLY 0x200 /* bytes were given before the other side was seen */
#define STREAM_FAINT                                                                               \
	0x800 /* fin came with a smaller TTL than others: it must be acknowledged alone */
#define STREAM_URGENT 0x400

/*
 * One direction:
 *
 *      offset bytes given or lost       hole          held           hole    held
 *   |--------------------------------|.........|=====|==========|..........|======|
 *                                    next      head                         tail
 */
struct stream {
	uint64_t offset;
	struct pile *pile;
	uint32_t next;
	uint32_t acked;  /* highest acknowledgement the other side sent */
	uint32_t fin;    /* number behind the last byte */
	uint32_t edge;   /* end of the widest window the other side offered */
	uint32_t stamp;  /* latest timestamp (RFC 7323) */
	uint32_t urgent; /* number of the byte out of band, when STREAM_URGENT */
	uint32_t owed;   /* bytes lost, to be said with the next that are given */
	uint16_t flags;
	uint16_t pieces; /* held at once beside what is in order, at most; see flow_pieces */
	uint8_t ttl;     /* segments with this one arrive; those with less may not */
};

/* What flow_chunk may find to give. */
enum stream_work {
	WORK_NONE,
	WORK_PLAIN, /* only the present segment, whole and in order: nearly always */
	WORK_ANY,
};

struct flow_streams {
	struct stream dir[2];
	struct watch *watch; /* segment.c's; NULL: segments are not watched */
	uint8_t work;        /* enum stream_work */
	bool began;          /* payload came */
	uint16_t odd, said;  /* bits of enum odd_stream: not asked for yet; asked for before */
};

static inline void
stream_odd(const struct flow *f, enum odd_stream odd)
{
	f->streams->odd |= (uint16_t)(1u << odd);
}

/* The segment of the present packet; what is in order is given out of it without a copy. */
struct late {
	const struct flow *flow;
	enum dir dir;
	uint32_t seq;
	struct view data;
	uint8_t flags; /* HELD_DOUBT */
	uint8_t ttl;
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
	uint32_t buckets, buckets_max; /* in use; there is room for */
	uint32_t mask;                 /* the power of two that takes `buckets`, less one */
	struct flow_list list[TIMER_COUNT];
	uint64_t clock; /* the latest time heard of: captures put together may step back */
	uint64_t due;   /* no flow's time is up before this */
	struct slab flows, streams, held, outers, watches;
	uint64_t segment_odd; /* of the present packet, bits of enum odd_segment */
	bool watching;
	struct late late;
	struct slab piles;
	struct pile *pile_oldest, *pile_newest;
	struct held *lent;          /* blocks given out for this packet; released with the next */
	uint64_t alarm_at, calm_at; /* flows: emergency begins, and is over */
	struct log_state emergency;
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

/* key.c: the same but for MPLS labels, of which each direction has its own. */
bool
flow_but_label(const struct flow_keying *k, const struct flow *f, const struct flow_lookup *l,
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

/* tcp.c: true when p begins a new connection and f is one that is over: a SYN, or the answer to one
 * that could not be believed by itself. */
bool
flow_tcp_reused(struct flow *f, const struct packet *p, enum dir dir);

/* doubt.c: may the receiver of this segment not take it? Learns what it needs to say so. */
bool
flow_doubtful(struct flow_table *t, const struct flow *f, const struct packet *p, enum dir dir);

/* doubt.c: an acknowledgement tells how far its sender will take bytes. */
void
flow_edge(const struct flow *f, struct stream *s, const struct packet *p, enum dir dir);

/* doubt.c: how far its windows are shifted. */
unsigned
flow_scale(const struct flow *f, enum dir dir);

/* stream.c: the streams of f, made when it has none; NULL when memory is out. */
struct flow_streams *
flow_streams_get(struct flow_table *t, struct flow *f);

/* options.c: an option of a TCP header, without kind and length. False when it is not there. */
bool
flow_option(const struct packet *p, uint8_t kind, struct view *out);

/* stream.c: release what reassembly holds for a flow. */
void
flow_streams_free(struct flow_table *t, struct flow *f);

#endif
