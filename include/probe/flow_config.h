/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flow: how large its table may be, how long flows wait, and what is followed (docs/settings.md).
 */
#ifndef WANGLOU_PROBE_FLOW_CONFIG_H
#define WANGLOU_PROBE_FLOW_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/hash.h"
#include "probe/targets.h"

/* What becomes of TCP connections whose beginning was not seen; the words of Suricata's
 * exception policies. All but the first: rules are not asked about them. */
enum flow_policy {
	FLOW_POLICY_NONE, /* the beginning was seen */
	FLOW_POLICY_IGNORE,
	FLOW_POLICY_BYPASS, /* nor are they followed */
	FLOW_POLICY_PASS,
	FLOW_POLICY_DROP, /* would be */
	FLOW_POLICY_REJECT
};

/* What becomes of TCP urgent bytes. */
enum flow_urgent {
	FLOW_URGENT_APART, /* they leave the stream, as sockets read them */
	FLOW_URGENT_INLINE,
	FLOW_URGENT_GAP, /* a hole of one byte is in their place */
	FLOW_URGENT_DROP /* so is one of the whole segment: somebody on its way drops such */
};

struct flow_config {
	uint64_t max_flows;
	uint64_t max_stream_bytes; /* out-of-order bytes held, all flows */
	uint64_t stream_depth;     /* bytes reassembled per direction; 0 = no limit */
	uint64_t timeout_tcp_new, timeout_tcp_established, timeout_tcp_closed; /* ns */
	uint64_t timeout_udp_new, timeout_udp_established;
	uint64_t timeout_icmp, timeout_other;
	uint64_t timeout_emergency;    /* 0: none; else see flow_packet */
	bool midstream;                /* follow TCP without a SYN */
	uint8_t midstream_policy;      /* enum flow_policy of such */
	bool strict;                   /* TCP is not followed before its SYN was answered */
	uint8_t urgent;                /* enum flow_urgent */
	bool wait_ack;                 /* bytes are given once they are acknowledged */
	const struct targets *targets; /* borrowed: whose overlaps go which way; NULL: as Linux */
	bool trust_first; /* who sent the first packet is the client, whatever its ports */
	bool known_only;  /* no flows of transports that are not TCP, UDP, SCTP, ICMP or ESP */
	bool vlan_in_key;
	bool tenant_in_key; /* packet.tenant: flows of different VNIs and MPLS labels stay apart */
	struct hash_key seed; /* HASH_KEY_FIXED in replay, random when live */
};

#endif
