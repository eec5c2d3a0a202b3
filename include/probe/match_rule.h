/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_rule: a compiled rule set as the packet path reads it. Plain data, private to
 * src/probe/match/.
 *
 *     match_rules
 *       rule[] in order of action, flowbit writers first, priority, file order; an index is a
 * candidate mpm[scan][dir]      literals of one buffer and direction -> rule indices
 *       group[when][transport][dir]  rules without a usable literal, by port
 *
 *     match_rule -> test[] (packet and flow) -> area[] (one buffer each) -> op[] (content, pcre) ->
 * after[] (flowbits)
 *
 * Everything lives in the set's arena; read by any number of workers.
 */
#ifndef WANGLOU_PROBE_MATCH_RULE_H
#define WANGLOU_PROBE_MATCH_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "probe/alert.h"
#include "probe/l7.h"
#include "probe/packet.h"

struct match_mpm;
struct match_pcre;
struct match_arena_block;

enum match_transport { MATCH_TCP, MATCH_UDP, MATCH_ICMP, MATCH_OTHER, MATCH_TRANSPORTS };

enum match_action { MATCH_PASS, MATCH_DROP, MATCH_REJECT, MATCH_ALERT };

/* Buffers a pattern looks into: the raw payload (of a packet, a stream, or both), then those of l7.
 */
enum match_buffer { MATCH_PAYLOAD, MATCH_L7, MATCH_BUFFERS = MATCH_L7 + L7_BUF_COUNT };

/* match_rule.in: what the rule is tried on */
#define MATCH_IN_PACKET 0x01
#define MATCH_IN_STREAM 0x02
#define MATCH_IN_TX 0x04

/* One literal database each, times two directions. */
enum match_scan {
	MATCH_SCAN_PACKET,
	MATCH_SCAN_STREAM = MATCH_TRANSPORTS,
	MATCH_SCAN_L7,
	MATCH_SCANS = MATCH_SCAN_L7 + L7_BUF_COUNT
};

/* When rules without a literal are tried. */
enum match_when {
	MATCH_EACH_PACKET,
	MATCH_FIRST_PACKET,
	MATCH_EACH_CHUNK,
	MATCH_EACH_TX,
	MATCH_WHENS
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

enum match_op_kind {
	MATCH_OP_CONTENT,
	MATCH_OP_PCRE,
	MATCH_OP_DSIZE,
	MATCH_OP_ISSET,
	MATCH_OP_ISNOTSET,
	MATCH_OP_SET,
	MATCH_OP_UNSET,
	MATCH_OP_TOGGLE,
	MATCH_OP_KINDS
};

/* match_op.flags */
#define MATCH_OP_NOT 0x01
#define MATCH_OP_NOCASE 0x02 /* bytes are lower case */
#define MATCH_OP_DISTANCE 0x04
#define MATCH_OP_WITHIN 0x08
#define MATCH_OP_RELATIVE 0x0c /* pcre /R sets DISTANCE */
#define MATCH_OP_OFFSET 0x10
#define MATCH_OP_DEPTH 0x20
#define MATCH_OP_ENDSWITH 0x40
#define MATCH_OP_CHAINED 0x80 /* the next op is relative to this one */

struct match_op_content {
	const uint8_t *bytes;
	uint32_t offset, depth; /* depth counts from the buffer's start */
	int32_t distance;
	uint32_t within;
};

struct match_op_size {
	uint32_t low, high; /* inclusive */
};

struct match_op_bits {
	const uint64_t *name; /* hashes of the names, so that a reloaded set means the same bits */
	uint32_t n;
};

struct match_op {
	uint8_t kind;
	uint8_t flags;
	uint16_t len; /* of a content */
	union {
		struct match_op_content content;
		const struct match_pcre *pcre;
		struct match_op_size size;
		struct match_op_bits bits;
	};
};

/* The patterns of one buffer, in the order written. */
struct match_area {
	uint8_t buffer; /* enum match_buffer */
	uint8_t op_n;
	const struct match_op *op;
};

enum match_rate_type {
	MATCH_RATE_NONE,
	MATCH_RATE_LIMIT,
	MATCH_RATE_THRESHOLD,
	MATCH_RATE_BOTH,
	MATCH_RATE_FILTER
};
enum match_track { MATCH_BY_SRC, MATCH_BY_DST, MATCH_BY_BOTH, MATCH_BY_RULE };

struct match_rate {
	uint8_t type, track;
	uint32_t count;
	uint64_t span; /* ns */
};

/* What an alert says; touched only when one is made. */
struct match_info {
	uint32_t gid, sid, rev;
	uint32_t line;
	uint8_t severity;
	const char *msg, *category, *classtype;
	const char *verdict, *attack, *gbt20986, *name_zh;
	const struct alert_meta *meta;
	uint16_t meta_n;
};

struct match_rule {
	uint8_t transports; /* bits 1 << enum match_transport */
	uint8_t l7;         /* enum l7_proto, L7_UNKNOWN: any */
	uint8_t action;     /* enum match_action */
	uint8_t in;         /* MATCH_IN_ */
	uint8_t flow;       /* MATCH_FLOW_ */
	uint8_t test_n, area_n, after_n;
	bool both_ways; /* <> */
	bool noalert;
	bool once; /* addresses only: first packet of each direction */
	const struct match_addresses *src, *dst;
	const struct match_ports *sport, *dport;
	const struct match_op *test;
	const struct match_area *area;
	const struct match_op *after;
	const struct match_info *info;
	struct match_rate rate;
};

/* Rules of one group: those for any port, and those listed by destination or source port. */
struct match_port_slot {
	uint16_t port;
	uint32_t first, n; /* into match_group.rule */
};

struct match_group {
	const uint32_t *rule; /* wild ones first */
	uint32_t wild_n;
	/* sorted by port; nets by the first two bytes of an IPv4 address */
	const struct match_port_slot *dst, *src, *dst_net, *src_net;
	uint32_t dst_n, src_n, dst_net_n, src_net_n;
};

struct match_arena {
	struct match_arena_block *head;
};

struct match_rules {
	struct match_arena arena;
	struct match_rule *rule;
	uint32_t rule_n;
	uint32_t failed;
	uint32_t overlap; /* longest stream literal less one */
	bool streams;     /* any rule looks into streams */
	struct match_mpm *mpm[MATCH_SCANS][2];
	struct match_group group[MATCH_WHENS][MATCH_TRANSPORTS][2];
	struct match_pcre *pcre; /* all of them, chained, to be freed */
};

/* Is the address (or port) in the set? NULL is any. */
bool
match_addresses_have(const struct match_addresses *s, const struct addr *a, uint8_t ver);
bool
match_ports_have(const struct match_ports *s, uint16_t port);

#endif
