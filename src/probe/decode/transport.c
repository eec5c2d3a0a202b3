/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in an IP datagram, by its protocol number; fragments. */
#include "layer.h"

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
	case PROTO_IPV4:
		return layer_ip_in_ip(w, ETHERTYPE_IPV4);
	case PROTO_IPV6:
		return layer_ip_in_ip(w, ETHERTYPE_IPV6);
	case PROTO_ICMP:
	case PROTO_ICMPV6:
		if (proto_is_icmp(p->proto, p->ip_ver))
			return layer_icmp(w);
		break;
	}
	w->d->count.other_ip++;
	return true;
}

bool
layer_fragment(struct walk *w, uint32_t offset)
{
	struct packet *p = w->p;

	w->d->count.fragments++;
	p->flags |= PKT_FRAGMENT;
	if (offset == 0) {
		p->flags |= PKT_FIRST_FRAG;
		return layer_transport(w);
	}
	p->l4 = (struct view){ w->c.at, cursor_left(&w->c) };
	p->payload = (struct view){ w->c.at, 0 };
	return true;
}
