/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layer: one function a layer, each reads its header from the cursor and hands on to the next.
 * Private to src/probe/decode. All return what decode_frame returns.
 *
 *     link (links.c) -> ethertype -> ipv4, ipv6 -> transport -> tcp, udp, icmp
 *                         ^  ^          ^             |
 *                         |  mpls.c     |             v
 *                         +-------------+------ tunnel.c: gre.c, tunnel_udp.c
 *
 * A header's fixed part is taken as a cursor of its own with a length known at compile time, `h`:
 * one check is then left in the machine code, while every read still stands behind the cursor.
 */
#ifndef WANGLOU_SRC_DECODE_LAYER_H
#define WANGLOU_SRC_DECODE_LAYER_H

#include "probe/decode.h"

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd
#define ETHERTYPE_ARP 0x0806
#define ETHERTYPE_BRIDGED 0x6558 /* "transparent Ethernet bridging": a whole frame */
#define ETHERTYPE_PPP 0x880b
#define ETHERTYPE_MPLS 0x8847
#define ETHERTYPE_MPLS_MULTICAST 0x8848
#define ETHERTYPE_MIN 0x0600 /* below, the field is a length */

/* Headers above IP of one frame: more than any honest sender has. */
#define LAYERS_MAX 32

/* Why there is no IP datagram. */
enum why { WHY_NO_IP, WHY_INVALID, WHY_FRAGMENT_KEPT, WHY_UNKNOWN_LINK };

struct walk {
	struct cursor c; /* what is left of the frame */
	struct decode *d;
	struct packet *p;
	uint8_t layers; /* headers passed through that can repeat */
	uint8_t why;    /* enum why */
	uint8_t joined; /* datagrams put together on the way */
	bool cut;       /* the IP datagram is longer than what was captured */
	bool no_sum; /* the transport checksum cannot be known: offloaded, or a routing header's way
			not done */
};

/* links.c: by LINKTYPE_; false for one that is not known. */
typedef bool (*layer_fn)(struct walk *w);
layer_fn
layer_of_link(uint16_t linktype);

bool
layer_ethernet(struct walk *w);
bool
layer_sll(struct walk *w);
bool
layer_sll2(struct walk *w);
bool
layer_null(struct walk *w);
bool
layer_raw(struct walk *w);

/* wifi.c */
bool
layer_wifi(struct walk *w);
bool
layer_radiotap(struct walk *w);
bool
layer_prism(struct walk *w);
bool
layer_avs(struct walk *w);

/* VLAN tags, then what the EtherType says. */
bool
layer_ethertype(struct walk *w, uint16_t type);

/* An LLC header (IEEE 802.2), with or without SNAP. */
bool
layer_llc(struct walk *w);

bool
layer_ipv4(struct walk *w);
bool
layer_ipv6(struct walk *w);

/* ipv6.c: the headers from p->proto on, the cursor behind the one that said so. */
bool
layer_extensions(struct walk *w);

/* Where a fragment belongs. */
struct fragment_at {
	uint32_t id;
	uint32_t offset; /* of its first byte */
	bool more;       /* it is not the last */
};

/* fragment.c: kept until its datagram is whole, or taken as it stands when w->d->defrag is NULL. */
bool
layer_fragment(struct walk *w, const struct fragment_at *at);

/* By p->proto; the cursor is at the transport header and ends where the datagram ends. */
bool
layer_transport(struct walk *w);

/* ppp.c: PPP (RFC 1661, 1662), PPPoE (RFC 2516), Cisco HDLC. */
bool
layer_ppp(struct walk *w);
bool
layer_pppoe(struct walk *w);
bool
layer_chdlc(struct walk *w);

/* Is this a PPP frame with a plain IP datagram? */
bool
layer_ppp_has_ip(const struct walk *w, struct cursor c);

bool
layer_mpls(struct walk *w);
bool
layer_tcp(struct walk *w);
bool
layer_udp(struct walk *w);
bool
layer_udplite(struct walk *w);
bool
layer_sctp(struct walk *w);
bool
layer_icmp(struct walk *w);

/*
 * What may be a tunnel: IP right in IP (tunnel.c), GRE and L2TPv3 with `c` at its session (gre.c),
 * a UDP datagram to or from a port of d->port whose payload is set (tunnel_udp.c). *open, which is
 * false before, stays so when it is none after all: then nothing was touched.
 */
bool
layer_ip_in_ip(struct walk *w, bool *open);
bool
layer_gre(struct walk *w, bool *open);
bool
layer_l2tp3(struct walk *w, struct cursor c, bool *open);
bool
layer_mpls_in_ip(struct walk *w, struct cursor c, bool *open);
bool
layer_tunnel_udp(struct walk *w, bool *open);

/*
 * tunnel.c: pass into a tunnel: the datagram so far becomes the outer one, `c` is what is inside.
 * False when its kind is not switched on, when it lies too deep, or when the outer datagram is a
 * fragment: then nothing was touched, and the packet stays what it is.
 */
bool
tunnel_enter(struct walk *w, enum tunnel kind, uint32_t id, struct cursor c);

/* The id just passed to tunnel_enter is one tenant's (24 bits), the same in both directions. */
void
tunnel_tenant(struct walk *w);

/* What is inside, after tunnel_enter: an Ethernet frame, or IP by its first four bits. */
bool
tunnel_ethernet(struct walk *w);

/* The same of a frame that was mirrored, with the tag it had; 0: none. */
bool
tunnel_mirrored(struct walk *w, uint16_t tag);
bool
tunnel_ip(struct walk *w);

/* Could a whole IP datagram, or an Ethernet frame with something we know, begin here? */
bool
tunnel_seems_ip(const struct walk *w, struct cursor c);
bool
tunnel_seems_ethernet(const struct walk *w, struct cursor c);
bool
tunnel_seems_ethernet_ip(const struct walk *w, struct cursor c);

/* The frame is damaged here, and how. */
static inline bool
layer_invalid(struct walk *w, enum odd_decode odd)
{
	w->p->odd |= UINT64_C(1) << odd;
	w->why = WHY_INVALID;
	return false;
}

/* Something is odd here, which no receiver minds. */
static inline void
layer_hint(struct walk *w, enum odd_hint hint)
{
	w->p->hints |= UINT64_C(1) << hint;
}

/* One more header that can repeat. False when there are too many. */
static inline bool
layer_more(struct walk *w)
{
	return ++w->layers <= LAYERS_MAX;
}

/* The frame was a fragment, and that is all for now. */
static inline bool
layer_kept(struct walk *w)
{
	w->why = WHY_FRAGMENT_KEPT;
	return false;
}

/* Is the Internet checksum (RFC 1071) over these bytes, and the sum so far, right? */
bool
checksum_good(struct view bytes, uint64_t sum);

/* The transport checksum over p->l4 and the pseudo header of its IP version, of which `stored` is
 * in the header: counted when it is wrong, or left to the network card. */
void
checksum_l4(struct walk *w, uint16_t stored);

/* Can and should the transport checksum be looked at? */
static inline bool
layer_checks(const struct walk *w)
{
	return w->d->check_checksums && (!w->d->check_tcp_only || w->p->proto == PROTO_TCP) &&
	       !w->cut && !w->no_sum && !(w->p->flags & PKT_FRAGMENT);
}

/* A checksum is wrong, or it is only left to the network card of the machine that captured. Once a
 * packet. */
static inline void
checksum_wrong(struct walk *w, bool left_to_card)
{
	struct packet *p = w->p;
	uint8_t flag = left_to_card ? PKT_OFFLOADED : PKT_BAD_CSUM;

	w->d->count.offloaded += left_to_card && !(p->flags & flag);
	w->d->count.bad_checksum += !left_to_card && !(p->flags & flag);
	p->flags |= flag;
}

#endif
