/* SPDX-License-Identifier: Apache-2.0 */
/* PPP (RFC 1661, 1662; numbers: iana.org "PPP DLL Protocol Numbers"), PPPoE (RFC 2516), Cisco HDLC.
 */
#include "layer.h"

#define PPP_IPV4 0x0021
#define PPP_IPV6 0x0057
#define PPP_MPLS 0x0281
#define PPP_MPLS_MULTICAST 0x0283

/* What is not there: compressed headers (0x2d, 0x2f: RFC 1144; 0xfd: compressed or encrypted), the
 * control protocols. */
static bool
ppp_protocol(struct walk *w, uint16_t protocol)
{
	size_t left = cursor_left(&w->c);

	switch (protocol) {
	case PPP_IPV4:
		if (left < 20)
			layer_hint(w, HINT_PPP_IPV4);
		return layer_ethertype(w, ETHERTYPE_IPV4);
	case PPP_IPV6:
		if (left < 40)
			layer_hint(w, HINT_PPP_IPV6);
		return layer_ethertype(w, ETHERTYPE_IPV6);
	case PPP_MPLS:
	case PPP_MPLS_MULTICAST:
		return layer_ethertype(w, ETHERTYPE_MPLS);
	default:
		/* numbers are even, then odd (RFC 1661); from 0x8000 on they are of control */
		if ((protocol & 0x0101) != 1)
			layer_hint(w, HINT_PPP_PROTOCOL);
		w->d->count.ppp_other++;
		return false;
	}
}

/* Address, control, EtherType. */
bool
layer_chdlc(struct walk *w)
{
	uint16_t type;

	if (!cursor_skip(&w->c, 2) || !cursor_u16(&w->c, &type)) {
		layer_hint(w, HINT_CHDLC_SHORT);
		return layer_invalid(w, ODD_PPP_SHORT);
	}
	return layer_ethertype(w, type);
}

/* With or without the HDLC address and control bytes; one protocol byte when its low bit is set. */
static bool
protocol_of(struct cursor *c, uint16_t *protocol)
{
	uint8_t first = 0, second = 0;

	(void)(cursor_peek(c, 0, &first) && cursor_peek(c, 1, &second));
	if (first == 0xff && second == 0x03)
		(void)cursor_skip(c, 2);
	if (!cursor_u8(c, &first))
		return false;
	*protocol = first;
	if (first & 1)
		return true;
	if (!cursor_u8(c, &second))
		return false;
	*protocol = (uint16_t)(first << 8 | second);
	return true;
}

bool
layer_ppp(struct walk *w)
{
	uint8_t first = 0, second = 0;
	uint16_t protocol;

	(void)(cursor_peek(&w->c, 0, &first) && cursor_peek(&w->c, 1, &second));
	/* serial links say both under one link type: these two addresses are Cisco's */
	if ((first == 0x0f || first == 0x8f) && second == 0)
		return layer_chdlc(w);
	if (!protocol_of(&w->c, &protocol))
		return layer_invalid(w, ODD_PPP_SHORT);
	return ppp_protocol(w, protocol);
}

bool
layer_ppp_has_ip(const struct walk *w, struct cursor c)
{
	uint16_t protocol;

	return protocol_of(&c, &protocol) && (protocol == PPP_IPV4 || protocol == PPP_IPV6) &&
	       tunnel_seems_ip(w, c);
}

bool
layer_pppoe(struct walk *w)
{
	uint8_t version, code;
	uint16_t protocol;

	w->d->count.pppoe++;
	if (cursor_left(&w->c) < 8)
		layer_hint(w, HINT_PPPOE_SHORT);
	if (!cursor_u8(&w->c, &version) || !cursor_u8(&w->c, &code) || !cursor_skip(&w->c, 4) ||
	    version != 0x11 || code != 0 || !cursor_u16(&w->c, &protocol))
		return layer_invalid(w, ODD_PPPOE_BAD);
	return ppp_protocol(w, protocol);
}
