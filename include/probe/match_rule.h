/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_rule: a compiled rule set as the packet path reads it. Plain data, private to
 * src/probe/match/.
 *
 *     match_rules
 *       rule[]   in order of action, flowbit writers first, priority, file order; an index is a
 *                candidate
 *       list[]   what patterns look into: a place (payload, header, buffer) and its transforms
 *       scan     literals of one list and direction -> rule indices
 *       group    rules without a usable literal, by when they are tried and port
 *
 *     match_rule -> test[]   questions about packet, flow and transaction
 *                -> area[]   one list each -> op[] patterns and steps
 *                -> after[]  what is done when all held
 *
 * Everything lives in the set's arena; read by any number of workers.
 */
#ifndef WANGLOU_PROBE_MATCH_RULE_H
#define WANGLOU_PROBE_MATCH_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "probe/alert.h"
#include "probe/l7.h"
#include "probe/l7_frame.h"
#include "probe/match_op.h"
#include "probe/match_raw.h"
#include "probe/match_sieve.h"
#include "probe/packet.h"

enum match_transport { MATCH_TCP, MATCH_UDP, MATCH_ICMP, MATCH_OTHER, MATCH_TRANSPORTS };

enum match_action { MATCH_PASS, MATCH_DROP, MATCH_REJECT, MATCH_ALERT };

/* Places a pattern looks into: the raw payload (of a packet, a stream, or both), others of a packet
 * (rows of places.c), frames of l7, then its buffers. */
enum match_place {
	MATCH_PAYLOAD,
	MATCH_BASE64, /* what base64_decode of the same rule made */
	MATCH_IPV4_HDR,
	MATCH_IPV6_HDR,
	MATCH_TCP_HDR,
	MATCH_UDP_HDR,
	MATCH_ICMPV4_HDR,
	MATCH_ICMPV6_HDR,
	MATCH_IP_SRC,
	MATCH_IP_DST,
	MATCH_FRAME,
	MATCH_L7 = MATCH_FRAME + L7_FRAME_COUNT,
	MATCH_PLACES = MATCH_L7 + L7_BUF_COUNT
};

static inline bool
match_place_frame(uint16_t place)
{
	return place >= MATCH_FRAME && place < MATCH_L7;
}

/* A place and what is done to its bytes. */
struct match_list {
	const char *name; /* "http.uri; to_lowercase" */
	uint16_t place;   /* enum match_place */
	uint8_t transform_n;
	const struct match_transform *transform;
};

/* match_rule.in: what the rule is tried on */
#define MATCH_IN_PACKET 0x01
#define MATCH_IN_STREAM 0x02
#define MATCH_IN_TX 0x04
#define MATCH_IN_FRAME 0x08

/* match_rule.takes: packets that other rules are not asked about */
#define MATCH_TAKES_BAD_SUM 0x01
#define MATCH_TAKES_UNUSABLE 0x02 /* with something odd in it */
#define MATCH_TAKES_FRAGMENT 0x04
#define MATCH_TAKES_SEGMENTS 0x08 /* no packets, but what is odd about TCP segments */

/* match_rules.tags */
#define MATCH_TAGS_FLOWS 0x01
#define MATCH_TAGS_HOSTS 0x02

/* When rules without a literal are tried. */
enum match_when {
	MATCH_EACH_PACKET,
	MATCH_EACH_PAYLOAD, /* the same of those that want bytes */
	MATCH_FIRST_PACKET,
	MATCH_EACH_CHUNK,
	MATCH_ON_EVENT,
	MATCH_WHENS /* those of transactions: match_rules.tx */
};

/* match_rule.flow */
#define MATCH_FLOW_TO_SERVER 0x01
#define MATCH_FLOW_TO_CLIENT 0x02
#define MATCH_FLOW_ESTABLISHED 0x04
#define MATCH_FLOW_NOT_ESTABLISHED 0x08
#define MATCH_FLOW_STATELESS 0x10
#define MATCH_FLOW_ONLY_STREAM 0x20
#define MATCH_FLOW_NO_STREAM 0x40

struct match_range4 {
	uint32_t low, high;
};

struct match_range6 {
	uint64_t low[2], high[2]; /* high word first */
};

/* Sorted, disjoint ranges. A rule's NULL means any. */
struct match_addresses {
	const struct match_range4 *v4;
	const struct match_range6 *v6;
	uint32_t v4_n, v6_n;
	bool negated; /* a "!" was in it */
};

struct match_port_range {
	uint16_t low, high;
};

struct match_ports {
	const struct match_port_range *range;
	uint32_t n;
	uint32_t count; /* ports in it */
};

enum match_rate_type {
	MATCH_RATE_NONE,
	MATCH_RATE_LIMIT,
	MATCH_RATE_THRESHOLD,
	MATCH_RATE_BOTH,
	MATCH_RATE_BACKOFF,
	MATCH_RATE_FILTER
};
enum match_track { MATCH_BY_SRC, MATCH_BY_DST, MATCH_BY_BOTH, MATCH_BY_RULE, MATCH_BY_FLOW };

#define MATCH_RATES_MAX 4 /* of one rule */

struct match_rate {
	uint8_t type, track;
	uint8_t nth; /* among those of its rule: each counts for itself */
	uint32_t count, multiplier;
	uint64_t span;                 /* ns */
	const struct match_rate *next; /* the rule speaks when all allow it */
};

struct match_limits; /* of threshold.config: match_limit.h */

/* What an alert says; touched only when one is made. */
struct match_info {
	uint32_t gid, sid, rev;
	uint32_t line;
	uint8_t severity;
	const char *msg, *category, *classtype;
	const char *verdict, *attack, *gbt20986, *name_zh;
	const struct alert_meta *meta, *ref;
	uint16_t meta_n, ref_n;
	uint8_t target; /* enum alert_target */
};

struct match_rule {
	uint64_t protos;    /* L7_SET; 0: any */
	uint8_t transports; /* bits 1 << enum match_transport */
	uint8_t action;     /* enum match_action */
	uint8_t in;         /* MATCH_IN_ */
	uint8_t flow;       /* MATCH_FLOW_ */
	uint8_t when[2];    /* L7_READY_ bits of that side that the transaction must have */
	uint8_t test_n, area_n, after_n;
	bool asks_bits; /* reads flowbits and the like: after those who write them */
	bool both_ways; /* <> */
	bool whole;     /* =>: of both sides of a transaction, looked at as they come */
	bool noalert;
	uint8_t loose;    /* bits 1 << enum dir: there no literal wakes it, it is asked each time */
	bool captures;    /* expressions of it keep what they find */
	bool once;        /* addresses only: first packet of each direction */
	uint8_t ip_ver;   /* 0: any */
	bool begins;      /* asked of the packet that begins a flow */
	bool new_proto;   /* asks only what the flow speaks: when that becomes known */
	bool on_event;    /* without literals: asked when something odd happened */
	uint8_t takes;    /* MATCH_TAKES_ */
	uint16_t size[2]; /* of the payload: least and most */
	uint8_t frame;    /* enum l7_frame_type of a rule on frames */
	const struct match_addresses *src, *dst;
	const struct match_ports *sport, *dport;
	const struct match_op *test;
	const struct match_area *area;
	const struct match_op *after;
	const struct match_info *info;
	struct match_rate rate;
	const struct match_limits *limits; /* NULL: none */
};

struct match_arena {
	struct match_arena_block *head;
};

/* Literal databases: NULL where there is none. That of TCP payloads is for packets and streams. */
struct match_scan {
	struct match_raw payload[MATCH_TRANSPORTS][2];
	struct match_mpm *(*list)[2]; /* by list; those of l7 and of headers */
};

/* What transactions of one protocol, or frames of one type, are asked, one side. */
struct match_tx_work {
	const uint16_t *list; /* with literals */
	uint32_t list_n;
	struct match_group group; /* rules without one */
};

struct match_rules {
	struct match_arena arena;
	struct match_rule *rule;
	uint32_t rule_n;
	uint32_t failed, skipped;
	const struct match_bit_name *bit_last, *bit_name; /* names of flowbits: sorted by hash */
	uint32_t bit_name_n;
	uint32_t overlap;     /* longest stream literal less one */
	bool streams;         /* any rule looks into streams */
	unsigned wants;       /* L7_WANT_ bits of tests; those of lists come to them */
	unsigned digests;     /* of files, bits 1 << enum crypt_kind */
	bool tells_protos;    /* any rule asks what flows speak */
	bool events, carried; /* any rule asks for something odd; of HTTP/2 around a DNS message */
	uint8_t takes, tags;  /* MATCH_TAKES_ and MATCH_TAGS_ of any rule */
	const struct match_list *list;
	const uint16_t *packet_list; /* lists of headers with literals */
	uint16_t list_n, packet_list_n;
	const struct match_addresses *home; /* HOME_NET; NULL: any */
	struct match_scan scan;
	struct match_group group[MATCH_WHENS][MATCH_TRANSPORTS][2];
	struct match_tx_work tx[L7_COUNT][2], frame[L7_FRAME_COUNT][2];
	uint64_t frames;                /* types of frames that rules look into, a set */
	struct match_dataset *datasets; /* those that rules speak of */
	struct match_pcre_held pcre;
	struct match_reputation *reputation; /* for iprep */
};

/* One literal database after another: *at is 0 at first; NULL behind the last. */
struct match_mpm *
match_scan_each(const struct match_rules *r, size_t *at);

/* Is the address (or port) in the set? NULL is any. */
bool
match_addresses_have(const struct match_addresses *s, const struct addr *a, uint8_t ver);
bool
match_ports_have(const struct match_ports *s, uint16_t port);

#endif
