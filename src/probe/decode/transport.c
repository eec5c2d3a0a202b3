/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in an IP datagram, by its protocol number. */
#include "layer.h"

/* Not what most packets are: named, or looked into. */
static bool
other(struct walk *w)
{
	struct packet *p = w->p;
	bool open = false, ip = true;

	switch (p->proto) {
	case PROTO_IPV4:
	case PROTO_IPV6:
		ip = layer_ip_in_ip(w, &open);
		break;
	case PROTO_GRE:
		ip = layer_gre(w, &open);
		break;
	case PROTO_L2TP:
		ip = layer_l2tp3(w, w->c, &open);
		break;
	case PROTO_MPLS:
		ip = layer_mpls_in_ip(w, w->c, &open);
		break;
	case PROTO_SCTP:
		return layer_sctp(w);
	case PROTO_UDPLITE:
		return layer_udplite(w);
	case PROTO_IGMP:
	case PROTO_ESP:
	case PROTO_ICMP:
	case PROTO_ICMPV6:
	case 59: /* no next header */
		break;
	default:
		if (p->ip_ver == 6)
			layer_hint(w, HINT_IPV6_NEXT_UNKNOWN);
	}
	if (open)
		return ip;
	w->d->count.igmp += p->proto == PROTO_IGMP;
	w->d->count.esp += p->proto == PROTO_ESP;
	w->d->count.other_ip++;
	return true;
}

bool
layer_transport(struct walk *w)
{
	struct packet *p = w->p;

	p->l4 = p->payload = (struct view){ w->c.at, cursor_left(&w->c) };
	switch (p->proto) {
	case PROTO_TCP:
		return layer_tcp(w);
	case PROTO_UDP:
		return layer_udp(w);
	case PROTO_ICMP:
	case PROTO_ICMPV6:
		if (proto_is_icmp(p->proto, p->ip_ver))
			return layer_icmp(w);
		p->odd |= UINT64_C(1) << (p->ip_ver == 4 ? ODD_IPV4_ICMPV6 : ODD_IPV6_ICMPV4);
		break;
	}
	return other(w);
}
