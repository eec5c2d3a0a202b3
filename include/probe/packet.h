/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packet: one captured frame and what decode found in it. Plain data; const after decode.
 *
 * Views into the frame stay valid until the capture stage is asked for the next frame.
 */
#ifndef WANGLOU_PROBE_PACKET_H
#define WANGLOU_PROBE_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/cursor.h"
#include "probe/odd.h"

/* Direction inside a flow. The client sent the first packet we saw (or the SYN). */
enum dir { DIR_TO_SERVER = 0, DIR_TO_CLIENT = 1 };

/* IANA protocol numbers that somebody here asks for. */
enum {
	PROTO_ICMP = 1,
	PROTO_IGMP = 2,
	PROTO_IPV4 = 4,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PROTO_IPV6 = 41,
	PROTO_GRE = 47,
	PROTO_ESP = 50,
	PROTO_ICMPV6 = 58,
	PROTO_L2TP = 115,
	PROTO_SCTP = 132,
	PROTO_UDPLITE = 136,
	PROTO_MPLS = 137
};

/* Do two ports begin its header? */
static inline bool
proto_has_ports(uint8_t proto)
{
	return proto == PROTO_TCP || proto == PROTO_UDP || proto == PROTO_SCTP ||
	       proto == PROTO_UDPLITE;
}

/* Is it the ICMP of this IP version? */
static inline bool
proto_is_icmp(uint8_t proto, uint8_t ip_ver)
{
	return proto == (ip_ver == 4 ? PROTO_ICMP : PROTO_ICMPV6);
}

/* What capture hands over. */
struct frame {
	const uint8_t *data;
	uint32_t caplen;   /* bytes present */
	uint32_t wirelen;  /* bytes there were */
	uint64_t ts;       /* nanoseconds since 1970 UTC, packet clock */
	uint64_t number;   /* 1.. within this source */
	uint16_t linktype; /* LINKTYPE_ value (tcpdump.org/linktypes.html) */
	uint16_t source;   /* index of the interface or file */
};

#define TCP_FIN 0x01
#define TCP_SYN 0x02
#define TCP_RST 0x04
#define TCP_PSH 0x08
#define TCP_ACK 0x10
#define TCP_URG 0x20
#define TCP_ECE 0x40
#define TCP_CWR 0x80

/* packet.flags */
#define PKT_FRAGMENT                                                                               \
	0x01 /* a fragment of a larger datagram; ports are absent unless it is the first */
#define PKT_FIRST_FRAG 0x02 /* offset zero: the transport header is present */
#define PKT_BAD_CSUM 0x04   /* a checksum that was checked is wrong */
#define PKT_TRUNCATED 0x08  /* the capture cut the frame short */
#define PKT_OFFLOADED                                                                              \
	0x10 /* a checksum was left to the network card of who captured, or cannot be known */
#define PKT_REASSEMBLED                                                                            \
	0x20              /* put together from fragments; the frame is the one that completed it */
#define PKT_ENDING 0x80   /* stands for the end of its flow: no packet came */
#define PKT_UNUSABLE 0x40 /* no datagram came of it: damaged, a fragment kept, no IP */

/*
 * What carried the datagram. Kinds share a switch (decode.tunnels) where they share a header; see
 * src/probe/decode/tunnel.c for names.
 */
enum tunnel {
	TUNNEL_NONE,
	TUNNEL_IPIP, /* 4in4, 6in6 */
	TUNNEL_6IN4,
	TUNNEL_6TO4,
	TUNNEL_4IN6,
	TUNNEL_GRE,
	TUNNEL_NVGRE,
	TUNNEL_PPTP,
	TUNNEL_ERSPAN,
	TUNNEL_L2TP,
	TUNNEL_VXLAN,
	TUNNEL_GENEVE,
	TUNNEL_GTP,
	TUNNEL_TEREDO,
	TUNNEL_MPLS,
	TUNNEL_COUNT
};

/* How a tunnelled packet travelled: the outermost IP header, and the innermost tunnel. */
struct packet_outer {
	struct addr src, dst;
	uint16_t sport, dport; /* 0 without ports */
	uint8_t ip_ver;        /* 0: no IP header outside (MPLS) */
	uint8_t proto, ttl;
	uint8_t kind; /* enum tunnel: the innermost */
	uint32_t id;  /* its VNI, VSID, label, key, TEID or session; 0 when it has none */
};

/*
 * Whose network the datagram belongs to, of what it travelled through: one number that two tenants
 * do not share. Not in it: what differs between the directions of one flow (TEID, GRE key,
 * session). An MPLS label does differ where each router gives its own; such a number has this bit.
 */
#define TENANT_ONE_WAY 0x80000000u
#define TENANT_PATH 20 /* behind a label's bits: where the key has packet.path */

#define PACKET_VLANS 3 /* two of them are part of a flow's key */

struct packet {
	struct frame frame;
	uint64_t now;   /* packet clock, ns; 0: nobody keeps one, take frame.ts */
	uint64_t odd;   /* bits of enum odd_decode */
	uint64_t hints; /* bits of enum odd_hint */

	struct addr src, dst;
	uint16_t sport,
	    dport;      /* host order; for ICMP: type and code in sport/dport's place are 0 */
	uint8_t ip_ver; /* 0 (no IP), 4, 6 */
	uint8_t proto;  /* IANA protocol number of the last header; 0 when there is no IP */
	uint8_t ttl;
	uint8_t flags; /* PKT_ */
	uint16_t ethertype;
	uint16_t vlan[PACKET_VLANS]; /* of the innermost Ethernet frame, outer first, id only */
	uint8_t vlan_n;
	uint8_t depth;       /* tunnels passed through; `outer` is there when it is not 0 */
	uint8_t path;        /* kinds of the last two tunnels that have no tenant's number */
	uint32_t tenant;     /* 0: none */
	uint32_t kept_bytes; /* wire bytes of the fragments before, PKT_REASSEMBLED */
	uint32_t own_bytes;  /* with decode.outside: what the tunnel carried, 0 in none */
	bool carrier;        /* it carried a packet of the same frame, which comes after it */

	uint8_t tcp_flags;
	uint8_t icmp_type, icmp_code;
	uint16_t tcp_window;
	uint32_t tcp_seq, tcp_ack;

	uint32_t l3_len;     /* bytes of the IP datagram present in the frame, header included */
	struct view l3;      /* IP header onwards, padding cut; ptr NULL without IP */
	struct view l4;      /* transport header onwards */
	struct view payload; /* after the transport header; len 0 when none */
	const uint8_t *src_mac, *dst_mac; /* six bytes in the frame, NULL when the link has none */

	struct packet_outer outer; /* last, and set only when depth is not 0 */
};

/* The name of an enum tunnel as events say it; static. */
const char *
packet_tunnel_name(uint8_t kind);

/* Bytes on the wire that count for its flow. */
static inline uint64_t
packet_bytes(const struct packet *p)
{
	return (uint64_t)(p->own_bytes ? p->own_bytes : p->frame.wirelen) + p->kept_bytes;
}

/* What time it is when this packet is looked at, ns. */
static inline uint64_t
packet_now(const struct packet *p)
{
	return p->now ? p->now : p->frame.ts;
}

#endif
