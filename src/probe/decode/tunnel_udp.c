/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tunnels in UDP: VXLAN (RFC 7348, its group policy and GPE drafts), GENEVE (RFC 8926), GTP-U (3GPP
 * TS 29.281), Teredo (RFC 4380), L2TP (RFC 2661, 3931). A port is only a hint: what does not look
 * right in every bit stays UDP.
 */
#include "layer.h"

#define VXLAN_POLICY 0x80
#define VXLAN_VNI 0x08
#define VXLAN_NEXT 0x04

#define SYSTEM_PORTS 1024 /* RFC 6335: below are those of services */

/* A virtual network, with an Ethernet frame or an IP datagram inside. */
static bool
enter_network(
    struct walk *w, enum tunnel kind, uint32_t vni, struct cursor c, bool ethernet, bool *open)
{
	*open = tunnel_enter(w, kind, vni, c);
	if (!*open)
		return true;
	tunnel_tenant(w);
	return ethernet ? tunnel_ethernet(w) : tunnel_ip(w);
}

/* NSH (RFC 8300): its length in words of four bytes, then as GPE what is inside. */
static bool
service_header(struct cursor *c, uint8_t *next)
{
	uint8_t first, words, kind;

	if (!cursor_u8(c, &first) || !cursor_u8(c, &words) || !cursor_u8(c, &kind) ||
	    !cursor_u8(c, next) || first >> 6 != 0 || (words & 0x3f) < 2)
		return false;
	return cursor_skip(c, (words & 0x3fu) * 4 - 4);
}

/* GPE: the last byte of the first word says what is inside. */
static bool
vxlan_next(struct walk *w, struct cursor c, uint8_t next, uint32_t vni, bool *open)
{
	if (next == 4 && !service_header(&c, &next))
		return true;
	bool ethernet = next == 3 && tunnel_seems_ethernet(w, c);

	if (!ethernet && !((next == 1 || next == 2) && tunnel_seems_ip(w, c)))
		return true;
	return enter_network(w, TUNNEL_VXLAN, vni, c, ethernet, open);
}

static bool
vxlan(struct walk *w, struct cursor c, bool *open)
{
	uint8_t flags, next, last;
	uint16_t group;
	uint32_t vni;

	if (!cursor_u8(&c, &flags) || !cursor_u16(&c, &group) || !cursor_u8(&c, &next) ||
	    !cursor_u24(&c, &vni) || !cursor_u8(&c, &last))
		return true;
	if (!(flags & VXLAN_VNI) || last != 0)
		return true;
	if (flags & VXLAN_NEXT)
		return flags & 0xf2 || group ? true : vxlan_next(w, c, next, vni, open);
	/* policy: one byte of flags, two of a group; without it they are zero */
	if (flags & 0x77 || (!(flags & VXLAN_POLICY) && (group || next)))
		return true;
	return vxlan_next(w, c, 3, vni, open);
}

static bool
geneve(struct walk *w, struct cursor c, bool *open)
{
	uint8_t first, flags, last;
	uint16_t type;
	uint32_t vni;

	if (!cursor_u8(&c, &first) || !cursor_u8(&c, &flags) || !cursor_u16(&c, &type) ||
	    !cursor_u24(&c, &vni) || !cursor_u8(&c, &last) || !cursor_skip(&c, (first & 0x3fu) * 4))
		return true;
	if (first >> 6 != 0 || flags & 0xbf || last != 0) /* control messages too */
		return true;
	bool ethernet = type == ETHERTYPE_BRIDGED;
	if (ethernet ? !tunnel_seems_ethernet(w, c)
		     : (type != ETHERTYPE_IPV4 && type != ETHERTYPE_IPV6) || !tunnel_seems_ip(w, c))
		return true;
	return enter_network(w, TUNNEL_GENEVE, vni, c, ethernet, open);
}

/* Sequence, number, type of the next; then extensions of 4 * n bytes, the last byte the next. */
static bool
gtp_extensions(struct cursor *c)
{
	uint8_t next, units;

	if (!cursor_skip(c, 3) || !cursor_u8(c, &next))
		return false;
	for (int i = 0; next != 0; i++) {
		if (i == LAYERS_MAX || !cursor_u8(c, &units) || units == 0 ||
		    !cursor_skip(c, units * 4u - 2) || !cursor_u8(c, &next))
			return false;
	}
	return true;
}

/* Version 1, and only messages that carry a user's datagram. */
static bool
gtp(struct walk *w, struct cursor c, bool *open)
{
	uint8_t flags, message;
	uint16_t len;
	uint32_t teid;

	if (!cursor_u8(&c, &flags) || !cursor_u8(&c, &message) || !cursor_u16(&c, &len) ||
	    !cursor_u32(&c, &teid))
		return true;
	bool fits = len <= cursor_left(&c) || w->cut;
	if ((flags & 0xf8) != 0x30 || message != 255 || !fits)
		return true;
	struct cursor all = c;
	if (len < cursor_left(&c) && !cursor_sub(&all, len, &c))
		return true;
	if (flags & 0x07) {
		/* the type of the extension counts only with its bit, the four bytes always */
		if (flags & 0x04 ? !gtp_extensions(&c) : !cursor_skip(&c, 4))
			return true;
	}
	if (!tunnel_seems_ip(w, c))
		return true;
	*open = tunnel_enter(w, TUNNEL_GTP, teid, c);
	return *open ? tunnel_ip(w) : true;
}

/* An authentication header and an origin may come first. */
static bool
teredo_headers(struct cursor *c)
{
	uint16_t mark;
	uint8_t id, auth;
	struct cursor next = *c;

	if (cursor_u16(&next, &mark) && mark == 1) {
		if (!cursor_u8(&next, &id) || !cursor_u8(&next, &auth) ||
		    !cursor_skip(&next, id + auth + 9u))
			return false;
		*c = next;
	}
	next = *c;
	if (cursor_u16(&next, &mark) && mark == 0) {
		if (!cursor_skip(&next, 6))
			return false;
		*c = next;
	}
	return true;
}

/* One end has an address of 2001:0::/32, or is its neighbour on that link. */
static bool
teredo(struct walk *w, struct cursor c, bool *open)
{
	uint32_t src, dst;

	if (!teredo_headers(&c) || !tunnel_seems_ip(w, c))
		return true;
	struct cursor h = c;
	if (!cursor_skip(&h, 8) || !cursor_u32(&h, &src) || !cursor_skip(&h, 12) ||
	    !cursor_u32(&h, &dst))
		return true;
	if (src != 0x20010000 && dst != 0x20010000 && src >> 16 != 0xfe80)
		return true;
	*open = tunnel_enter(w, TUNNEL_TEREDO, 0, c);
	return *open ? layer_ethertype(w, ETHERTYPE_IPV6) : true;
}

/* Version 2: length, tunnel, session, numbers, padding, each but the ids if its bit says so. */
static bool
l2tp(struct walk *w, struct cursor c, bool *open)
{
	uint16_t flags, tunnel, session, pad = 0;

	if (!cursor_u16(&c, &flags) || flags & 0x8000) /* control */
		return true;
	if (flags == 3)
		return cursor_skip(&c, 2) ? layer_l2tp3(w, c, open) : true;
	if ((flags & 0x34ff) != 2 || (flags & 0x4000 && !cursor_skip(&c, 2)) ||
	    !cursor_u16(&c, &tunnel) || !cursor_u16(&c, &session) ||
	    (flags & 0x0800 && !cursor_skip(&c, 4)) ||
	    (flags & 0x0200 && (!cursor_u16(&c, &pad) || !cursor_skip(&c, pad))) ||
	    !layer_ppp_has_ip(w, c))
		return true;
	*open = tunnel_enter(w, TUNNEL_L2TP, (uint32_t)tunnel << 16 | session, c);
	return *open ? layer_ppp(w) : true;
}

typedef bool (*tunnel_fn)(struct walk *w, struct cursor c, bool *open);

static const tunnel_fn by_kind[TUNNEL_COUNT] = {
	[TUNNEL_VXLAN] = vxlan,
	[TUNNEL_GENEVE] = geneve,
	[TUNNEL_GTP] = gtp,
	[TUNNEL_TEREDO] = teredo,
	[TUNNEL_L2TP] = l2tp,
	[TUNNEL_MPLS] = layer_mpls_in_ip,
};

/*
 * The end of a tunnel listens on its port, so packets go to it. Only where a client has a port of
 * its own do they come from it, and then not to a service: a query to one could be made to look
 * like a tunnel.
 */
static bool
leads_in(const struct packet *p, const struct decode_port *port)
{
	bool answers = port->kind == TUNNEL_TEREDO || port->kind == TUNNEL_L2TP;

	return port->port == p->dport ||
	       (answers && port->port == p->sport && p->dport >= SYSTEM_PORTS);
}

bool
layer_tunnel_udp(struct walk *w, bool *open)
{
	struct packet *p = w->p;
	const struct decode *d = w->d;

	for (size_t i = 0; i < d->port_n; i++) {
		if (!leads_in(p, &d->port[i]))
			continue;
		bool ip = by_kind[d->port[i].kind](w, cursor_of_view(p->payload), open);
		if (*open)
			return ip;
	}
	return true;
}
