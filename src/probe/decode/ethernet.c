/* SPDX-License-Identifier: Apache-2.0 */
/* Ethernet (IEEE 802.3), LLC/SNAP (RFC 1042), VLAN tags (802.1Q, 802.1ad), and what EtherTypes lead
 * to. */
#include "layer.h"

#define ETHERTYPE_ARP 0x0806
#define ETHERTYPE_VLAN 0x8100
#define ETHERTYPE_QINQ 0x88a8
#define ETHERTYPE_QINQ_OLD 0x9100
#define ETHERTYPE_PPPOE 0x8864
#define ETHERTYPE_MIN 0x0600 /* below, the field is a length */

bool
layer_ethernet(struct walk *w)
{
	struct view dst, src;
	struct cursor h;
	uint16_t type;

	w->d->count.ethernet++;
	if (!cursor_sub(&w->c, 14, &h) || !cursor_take(&h, 6, &dst) || !cursor_take(&h, 6, &src) ||
	    !cursor_u16(&h, &type))
		return layer_invalid(w);
	w->p->dst_mac = dst.ptr;
	w->p->src_mac = src.ptr;
	return layer_ethertype(w, type);
}

/* Read one tag. False when it is not there, or when there were two already. */
static bool
vlan_tag(struct walk *w, uint16_t *type)
{
	struct packet *p = w->p;
	uint16_t tag;

	if (p->vlan_n == 2) {
		w->d->count.vlan_deep++;
		return false;
	}
	if (!cursor_u16(&w->c, &tag) || !cursor_u16(&w->c, type))
		return layer_invalid(w);
	p->vlan[p->vlan_n++] = tag & 0x0fff;
	return true;
}

static bool
vlan_tags(struct walk *w, uint16_t *type)
{
	while (*type == ETHERTYPE_VLAN || *type == ETHERTYPE_QINQ || *type == ETHERTYPE_QINQ_OLD) {
		if (!vlan_tag(w, type))
			return false;
	}
	w->d->count.vlan += w->p->vlan_n == 1;
	w->d->count.vlan_qinq += w->p->vlan_n == 2;
	return true;
}

/* An EtherType behind LLC and SNAP, where the field was a length; else it stays as it is. */
static void
snap(struct walk *w, uint16_t *type)
{
	static const uint8_t header[6] = { 0xaa, 0xaa, 0x03 };
	struct cursor c = w->c;
	struct view start;
	uint16_t inner;

	if (!cursor_take(&c, sizeof(header), &start) || !cursor_u16(&c, &inner))
		return;
	if (memcmp(start.ptr, header, sizeof(header)) != 0)
		return;
	*type = inner;
	w->c = c;
}

bool
layer_ethertype(struct walk *w, uint16_t type)
{
	if (type != ETHERTYPE_IPV4 && !vlan_tags(w, &type))
		return false;
	if (type < ETHERTYPE_MIN)
		snap(w, &type);
	w->p->ethertype = type;
	switch (type) {
	case ETHERTYPE_IPV4:
		return layer_ipv4(w);
	case ETHERTYPE_IPV6:
		return layer_ipv6(w);
	case ETHERTYPE_PPPOE:
		return layer_pppoe(w);
	case ETHERTYPE_ARP:
		w->d->count.arp++;
		return false;
	default:
		w->d->count.unknown_ethertype++;
		return false;
	}
}
