/* SPDX-License-Identifier: Apache-2.0 */
/*
 * layer: one function a layer, each reads its header from the cursor and hands on to the next.
 * Private to src/probe/decode. All return what decode_frame returns.
 *
 *     link (table in decode.c) -> ethertype -> ipv4, ipv6 -> transport -> tcp, udp, icmp
 *
 * A header's fixed part is taken as a cursor of its own with a length known at compile time, `h`:
 * one check is then left in the machine code, while every read still stands behind the cursor.
 */
#ifndef WANGLOU_SRC_DECODE_LAYER_H
#define WANGLOU_SRC_DECODE_LAYER_H

#include "probe/decode.h"

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_IPV6 0x86dd

struct walk {
	struct cursor c; /* what is left of the frame */
	struct decode *d;
	struct packet *p;
	uint8_t nested; /* IP headers passed through */
	bool cut;       /* the IP datagram is longer than what was captured */
	bool no_sum; /* the transport checksum cannot be known: offloaded, or a routing header's way
			not done */
};

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

/* VLAN tags, then what the EtherType says. */
bool
layer_ethertype(struct walk *w, uint16_t type);

bool
layer_ipv4(struct walk *w);
bool
layer_ipv6(struct walk *w);

/* A fragment whose first byte is at `offset` of its datagram. Reassembly will stand here. */
bool
layer_fragment(struct walk *w, uint32_t offset);

/* By p->proto; the cursor is at the transport header and ends where the datagram ends. */
bool
layer_transport(struct walk *w);

/* tunnel.c: IP inside IP, PPP and the like. */
bool
layer_ip_in_ip(struct walk *w, uint16_t ethertype);
bool
layer_ppp(struct walk *w);
bool
layer_pppoe(struct walk *w);
bool
layer_chdlc(struct walk *w);

bool
layer_tcp(struct walk *w);
bool
layer_udp(struct walk *w);
bool
layer_icmp(struct walk *w);

/* The frame is damaged here. */
static inline bool
layer_invalid(struct walk *w)
{
	w->d->count.invalid++;
	return false;
}

/* Is the Internet checksum (RFC 1071) over these bytes, and the sum so far, right? */
bool
checksum_good(struct view bytes, uint64_t sum);

/* The same over p->l4 with the pseudo header of its IP version. */
bool
checksum_l4_good(const struct packet *p);

/* Can and should the transport checksum be looked at? */
static inline bool
layer_checks(const struct walk *w)
{
	return w->d->check_checksums && !w->cut && !w->no_sum && !(w->p->flags & PKT_FRAGMENT);
}

/* A checksum was wrong: say so, once a packet. */
static inline void
layer_bad_sum(struct walk *w)
{
	w->d->count.bad_checksum += !(w->p->flags & PKT_BAD_CSUM);
	w->p->flags |= PKT_BAD_CSUM;
}

#endif
