/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ethernet (IEEE 802.3), LLC/SNAP (RFC 1042), VLAN tags (802.1Q, 802.1ad), and what EtherTypes lead
 * to (iana.org "IEEE 802 Numbers").
 */
#include "layer.h"

bool
layer_ethernet(struct walk *w)
{
	struct view dst, src;
	struct cursor h;
	uint16_t type;

	w->d->count.ethernet++;
	if (!cursor_sub(&w->c, 14, &h) || !cursor_take(&h, 6, &dst) || !cursor_take(&h, 6, &src) ||
	    !cursor_u16(&h, &type))
		return layer_invalid(w, ODD_ETHERNET_SHORT);
	w->p->dst_mac = dst.ptr;
	w->p->src_mac = src.ptr;
	return layer_ethertype(w, type);
}

/* After `skip` bytes of a header that we need nothing of. */
static bool
behind(struct walk *w, size_t skip)
{
	uint16_t type;

	if (!cursor_skip(&w->c, skip) || !cursor_u16(&w->c, &type))
		return layer_invalid(w, ODD_VNTAG_SHORT);
	return layer_ethertype(w, type);
}

/* Two tags have a place in the flow's key; a third goes into what tells tenants apart. */
static bool
vlan(struct walk *w)
{
	struct packet *p = w->p;
	uint16_t tag, type;

	if (!cursor_u16(&w->c, &tag) || !cursor_u16(&w->c, &type))
		return layer_invalid(w, ODD_VLAN_SHORT);
	tag &= 0x0fff;
	bool deep = p->vlan_n >= 2;
	if (p->vlan_n < PACKET_VLANS)
		p->vlan[p->vlan_n++] = tag;
	else
		layer_hint(w, HINT_VLAN_LAYERS);
	if (!deep) {
		w->d->count.vlan += p->vlan_n == 1;
		w->d->count.vlan_qinq += p->vlan_n == 2;
		w->d->count.vlan -= p->vlan_n == 2;
	} else {
		w->d->count.vlan_deep++;
		p->tenant = (p->tenant ^ tag) * 0x9e3779b1u & ~TENANT_ONE_WAY;
	}
	return layer_ethertype(w, type);
}

static bool
arp(struct walk *w)
{
	w->d->count.arp++;
	return false;
}

static bool
lldp(struct walk *w)
{
	w->d->count.lldp++;
	return false;
}

static bool
macsec(struct walk *w)
{
	w->d->count.macsec++;
	return false;
}

static bool
pppoe_discovery(struct walk *w)
{
	w->d->count.pppoe++;
	return false;
}

/* 802.1ah: four bytes of I-TAG, then the customer's frame; its tags are the customer's. */
static bool
provider_backbone(struct walk *w)
{
	if (!cursor_skip(&w->c, 4))
		return layer_invalid(w, ODD_IEEE8021AH_SHORT);
	return layer_ethernet(w);
}

/* VN-Tag: direction, pointer, two interfaces. */
static bool
vntag(struct walk *w)
{
	return behind(w, 4);
}

/* 802.1BR: six bytes. Cisco metadata: version, length, option, group. */
static bool
etag(struct walk *w)
{
	return behind(w, 6);
}

/* FabricPath: its addresses stood where a frame's stand; after the tag of two bytes comes the frame
 * that was carried. */
static bool
fabricpath(struct walk *w)
{
	if (!cursor_skip(&w->c, 2)) {
		layer_hint(w, HINT_DCE_SHORT);
		return layer_invalid(w, ODD_ETHERNET_SHORT);
	}
	return layer_ethernet(w);
}

static const struct {
	uint16_t type;
	layer_fn layer;
} types[] = {
	{ 0x8100, vlan },
	{ 0x88a8, vlan },
	{ 0x9100, vlan },
	{ 0x9200, vlan },
	{ 0x9300, vlan },
	{ 0x8864, layer_pppoe },
	{ 0x8863, pppoe_discovery },
	{ ETHERTYPE_ARP, arp },
	{ 0x8035, arp },
	{ ETHERTYPE_MPLS, layer_mpls },
	{ ETHERTYPE_MPLS_MULTICAST, layer_mpls },
	{ 0x88cc, lldp },
	{ 0x88e5, macsec },
	{ 0x88e7, provider_backbone },
	{ 0x8926, vntag },
	{ 0x893f, etag },
	{ 0x8909, etag },
	{ 0x8903, fabricpath },
	{ ETHERTYPE_BRIDGED, layer_ethernet },
	{ ETHERTYPE_PPP, layer_ppp },
};

#define PADDING_MOST 46 /* bytes that fill up a short frame */

/* A datagram that ends where the frame ends, or its padding begins. */
static bool
fills_frame(size_t datagram, size_t left)
{
	return datagram <= left && left - datagram <= PADDING_MOST;
}

/*
 * Behind a type nobody knows: an IP datagram all the same? Two hosts that agree on a type of their
 * own talk past everybody who believes it. Sure enough that noise is not taken for IP: IPv4 by its
 * header's checksum and its length, IPv6 by its length and next header.
 */
static uint16_t
datagram_here(const struct walk *w)
{
	struct cursor c = w->c, h = w->c;
	uint8_t first, next;
	uint16_t length;
	struct view header;

	if (!cursor_u8(&h, &first) || !cursor_skip(&h, 1) || !cursor_u16(&h, &length))
		return 0;
	if (w->d->lenient)
		return first >> 4 == 4 ? ETHERTYPE_IPV4 : first >> 4 == 6 ? ETHERTYPE_IPV6 : 0;
	if (first >> 4 == 4 && (first & 15) >= 5 && cursor_take(&c, (first & 15u) * 4, &header) &&
	    length >= header.len && fills_frame(length, cursor_left(&w->c)))
		return checksum_good(header, 0) ? ETHERTYPE_IPV4 : 0;
	if (first >> 4 != 6 || cursor_left(&w->c) < 40 || !cursor_u16(&h, &length) ||
	    !cursor_u8(&h, &next) || !fills_frame(length + 40u, cursor_left(&w->c)))
		return 0;
	return next == PROTO_TCP || next == PROTO_UDP || next == PROTO_ICMPV6 ? ETHERTYPE_IPV6 : 0;
}

static bool
foreign_type(struct walk *w)
{
	uint16_t type = datagram_here(w);

	w->d->count.unknown_ethertype++;
	if (!type)
		return false;
	w->d->count.foreign_ip++;
	return type == ETHERTYPE_IPV4 ? layer_ipv4(w) : layer_ipv6(w);
}

static bool
other_type(struct walk *w, uint16_t type)
{
	if (!layer_more(w))
		return layer_invalid(w, ODD_LAYERS);
	if (type < ETHERTYPE_MIN)
		return layer_llc(w);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (type == types[i].type)
			return types[i].layer(w);
	}
	return foreign_type(w);
}

bool
layer_ethertype(struct walk *w, uint16_t type)
{
	w->p->ethertype = type;
	if (type == ETHERTYPE_IPV4)
		return layer_ipv4(w);
	if (type == ETHERTYPE_IPV6)
		return layer_ipv6(w);
	return other_type(w, type);
}

/* SNAP: an organisation and what it calls a type. */
static bool
snap(struct walk *w)
{
	uint32_t owner;
	uint16_t type;

	if (!cursor_u24(&w->c, &owner) || !cursor_u16(&w->c, &type))
		return layer_invalid(w, ODD_LLC_SHORT);
	/* RFC 1042, and 802.1H's bridges */
	if ((owner == 0 || owner == 0x0000f8) && type >= ETHERTYPE_MIN)
		return layer_ethertype(w, type);
	/* RFC 2427, 2684: a bridged frame, with or without its checksum */
	if (owner == 0x0080c2 && (type == 1 || type == 7)) {
		uint16_t pad;
		struct cursor c = w->c;
		if (cursor_u16(&c, &pad) && pad == 0) /* ATM pads to four bytes */
			w->c = c;
		return layer_ethernet(w);
	}
	w->d->count.llc++;
	return false;
}

bool
layer_llc(struct walk *w)
{
	uint8_t to, from, control;

	if (!cursor_u8(&w->c, &to) || !cursor_u8(&w->c, &from) || !cursor_u8(&w->c, &control))
		return layer_invalid(w, ODD_LLC_SHORT);
	if (to == 0xaa && from == 0xaa && control == 0x03)
		return snap(w);
	if (to == 0x06 && from == 0x06 && control == 0x03)
		return layer_ethertype(w, ETHERTYPE_IPV4);
	w->d->count.llc++;
	return false;
}
