/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Headers that carry IP in something other than Ethernet: IP in IP (RFC 2003, 2473, 4213), PPP (RFC
 * 1661, 1662), PPPoE (RFC 2516), Cisco HDLC. The packet is then the innermost datagram.
 */
#include "layer.h"

#define NESTED_MAX 4 /* IP headers above the innermost one */

#define PPP_IPV4 0x0021
#define PPP_IPV6 0x0057

/* The datagram inside begins at the cursor, which ends where the outer one ends. */
bool
layer_ip_in_ip(struct walk *w, uint16_t ethertype)
{
	static const struct addr none;

	if (w->nested++ == NESTED_MAX)
		return layer_invalid(w);
	w->d->count.tunnels++;
	w->p->src = w->p->dst = none;
	w->p->flags &= (uint8_t) ~(PKT_FRAGMENT | PKT_FIRST_FRAG);
	return ethertype == ETHERTYPE_IPV4 ? layer_ipv4(w) : layer_ipv6(w);
}

static bool
ppp_protocol(struct walk *w, uint16_t protocol)
{
	switch (protocol) {
	case PPP_IPV4:
		return layer_ethertype(w, ETHERTYPE_IPV4);
	case PPP_IPV6:
		return layer_ethertype(w, ETHERTYPE_IPV6);
	default:
		w->d->count.unknown_ethertype++;
		return false;
	}
}

/* Address, control, EtherType. */
bool
layer_chdlc(struct walk *w)
{
	uint16_t type;

	if (!cursor_skip(&w->c, 2) || !cursor_u16(&w->c, &type))
		return layer_invalid(w);
	return layer_ethertype(w, type);
}

/* With or without the HDLC address and control bytes; one protocol byte when its low bit is set. */
bool
layer_ppp(struct walk *w)
{
	uint8_t first = 0, second = 0;

	(void)(cursor_peek(&w->c, 0, &first) && cursor_peek(&w->c, 1, &second));
	/* serial links say both under one link type: these two addresses are Cisco's */
	if ((first == 0x0f || first == 0x8f) && second == 0)
		return layer_chdlc(w);
	if (first == 0xff && second == 0x03)
		(void)cursor_skip(&w->c, 2);
	if (!cursor_u8(&w->c, &first))
		return layer_invalid(w);
	if (first & 1)
		return ppp_protocol(w, first);
	if (!cursor_u8(&w->c, &second))
		return layer_invalid(w);
	return ppp_protocol(w, (uint16_t)(first << 8 | second));
}

bool
layer_pppoe(struct walk *w)
{
	uint8_t version, code;
	uint16_t protocol;

	if (!cursor_u8(&w->c, &version) || !cursor_u8(&w->c, &code) || !cursor_skip(&w->c, 4) ||
	    version != 0x11 || code != 0 || !cursor_u16(&w->c, &protocol))
		return layer_invalid(w);
	return ppp_protocol(w, protocol);
}
