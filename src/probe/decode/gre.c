/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GRE (RFC 1701, 2784, 2890), its second version for PPTP (RFC 2637), NVGRE (RFC 7637), ERSPAN
 * (draft-foschiano-erspan), L2TPv3 right in IP (RFC 3931).
 */
#include "layer.h"

#define GRE_CHECKSUM 0x8000
#define GRE_ROUTING 0x4000
#define GRE_KEY 0x2000
#define GRE_SEQUENCE 0x1000
#define GRE_SOURCE_ROUTE 0x0800
#define GRE_RECURSION 0x0700
#define GRE_ACK 0x0080 /* version 1 */
#define GRE_VERSION 0x0007
#define GRE_ZERO 0x00f8 /* nothing in version 0 */

#define GRE_ERSPAN 0x88be
#define GRE_ERSPAN3 0x22eb
#define GRE_WCCP 0x883e

struct gre {
	uint16_t flags, type;
	uint32_t key;
	struct cursor inside;
};

/* RFC 1701: address family, offset, length, ...; a length of zero ends the list. */
static bool
skip_routing(struct cursor *c)
{
	uint8_t len;

	for (int i = 0; i < LAYERS_MAX; i++) {
		if (!cursor_skip(c, 3) || !cursor_u8(c, &len) || !cursor_skip(c, len))
			return false;
		if (len == 0)
			return true;
	}
	return false;
}

/* What the flags of a version must not be. */
static void
judge(struct walk *w, const struct gre *g)
{
	const struct {
		uint16_t bits;
		enum odd_hint hint;
	} odd[2][5] = {
		{ { GRE_RECURSION, HINT_GRE0_RECURSION }, { GRE_ZERO, HINT_GRE0_FLAGS } },
		{ { GRE_CHECKSUM, HINT_GRE1_CHECKSUM }, { GRE_ROUTING, HINT_GRE1_ROUTING },
		    { GRE_SOURCE_ROUTE, HINT_GRE1_SOURCE_ROUTE },
		    { GRE_RECURSION, HINT_GRE1_RECURSION },
		    { GRE_ZERO & ~GRE_ACK, HINT_GRE1_FLAGS } },
	};
	unsigned version = g->flags & GRE_VERSION;

	if (version > 1) {
		layer_hint(w, HINT_GRE_VERSION);
		return;
	}
	for (size_t i = 0; i < 5; i++)
		if (g->flags & odd[version][i].bits)
			layer_hint(w, odd[version][i].hint);
	if (version == 1 && !(g->flags & GRE_KEY))
		layer_hint(w, HINT_GRE1_NO_KEY);
	if (version == 1 && g->type != ETHERTYPE_PPP)
		layer_hint(w, HINT_GRE1_PROTOCOL);
}

/* What the flags say is there. */
static bool
fields(struct cursor c, struct gre *g)
{
	unsigned version = g->flags & GRE_VERSION;

	if (g->flags & (GRE_CHECKSUM | GRE_ROUTING) && !cursor_skip(&c, 4))
		return false;
	if (g->flags & GRE_KEY && !cursor_u32(&c, &g->key))
		return false;
	if (g->flags & GRE_SEQUENCE && !cursor_skip(&c, 4))
		return false;
	if (version == 1 && g->flags & GRE_ACK && !cursor_skip(&c, 4))
		return false;
	if (version == 0 && g->flags & GRE_ROUTING && !skip_routing(&c))
		return false;
	g->inside = c;
	return true;
}

static bool
header(struct walk *w, struct gre *g)
{
	struct cursor c = w->c;

	if (!cursor_u16(&c, &g->flags) || !cursor_u16(&c, &g->type)) {
		if (!w->cut)
			w->p->odd |= UINT64_C(1) << ODD_GRE_SHORT;
		return false;
	}
	judge(w, g);
	unsigned version = g->flags & GRE_VERSION;
	if (version > 1 || (version == 0 && g->flags & GRE_ZERO))
		return false;
	if (fields(c, g))
		return true;
	if (!w->cut)
		layer_hint(w, version ? HINT_GRE1_HEADER : HINT_GRE0_HEADER);
	return false;
}

/* Version 1 carries PPP; its key is the length of that, and the call. */
static bool
pptp(struct walk *w, const struct gre *g, bool *open)
{
	struct cursor inside = g->inside, c;

	if (g->type != ETHERTYPE_PPP || !(g->flags & GRE_KEY) || !(g->flags & GRE_SEQUENCE))
		return true;
	if (!cursor_sub(&inside, g->key >> 16, &c) || !layer_ppp_has_ip(w, c))
		return true; /* negotiation, or encrypted: nothing of it can be seen */
	*open = tunnel_enter(w, TUNNEL_PPTP, g->key & 0xffff, c);
	return *open ? layer_ppp(w) : true;
}

/* It stays the datagram that carries it. */
static bool
not_erspan(struct walk *w, enum odd_hint hint)
{
	layer_hint(w, hint);
	return true;
}

/* The tag of the mirrored frame is in the header; it may be in the frame as well. */
static uint16_t
tag_of(uint32_t first, struct cursor frame)
{
	uint16_t type;

	if (!cursor_skip(&frame, 12) || !cursor_u16(&frame, &type) || type == 0x8100 ||
	    type == 0x88a8)
		return 0;
	return first >> 16 & 0xfff;
}

/* Type I has no header and no sequence number; II has 8 bytes; III has 12, and 8 more if it says
 * so. */
static bool
erspan(struct walk *w, const struct gre *g, bool *open)
{
	struct cursor c = g->inside;
	uint32_t first = 0;
	uint16_t last = 0;

	if (g->type == GRE_ERSPAN && g->flags & GRE_SEQUENCE) {
		if (!cursor_u32(&c, &first) || !cursor_skip(&c, 4))
			return not_erspan(w, HINT_ERSPAN_SHORT);
		if (first >> 28 != 1)
			return not_erspan(w, HINT_ERSPAN_VERSION);
	} else if (g->type == GRE_ERSPAN3) {
		if (!cursor_u32(&c, &first) || !cursor_skip(&c, 6) || !cursor_u16(&c, &last) ||
		    (last & 1 && !cursor_skip(&c, 8)))
			return not_erspan(w, HINT_ERSPAN_SHORT);
		if (first >> 28 != 2)
			return not_erspan(w, HINT_ERSPAN_VERSION);
	}
	/* III says what kind of frame was mirrored: Ethernet's are 0, IP's 2 */
	unsigned frame = last >> 10 & 0x1f;
	if (cursor_left(&c) < 14 || (frame != 0 && (frame != 2 || !tunnel_seems_ip(w, c))))
		return true;
	/* its header is part of what GRE carries */
	*open = tunnel_enter(w, TUNNEL_ERSPAN, first & 0x3ff, g->inside);
	if (!*open)
		return true;
	w->c = c;
	return frame == 0 ? tunnel_mirrored(w, tag_of(first, c)) : tunnel_ip(w);
}

static bool
bridged(struct walk *w, const struct gre *g, bool *open)
{
	bool nvgre = (g->flags & (GRE_CHECKSUM | GRE_ROUTING | GRE_KEY | GRE_SEQUENCE)) == GRE_KEY;

	if (!tunnel_seems_ethernet(w, g->inside))
		return true;
	if (nvgre)
		*open = tunnel_enter(w, TUNNEL_NVGRE, g->key >> 8, g->inside);
	else
		*open = tunnel_enter(w, TUNNEL_GRE, g->key, g->inside);
	if (!*open)
		return true;
	if (nvgre)
		tunnel_tenant(w);
	return tunnel_ethernet(w);
}

/* Cisco's cache redirection may put four bytes of its own before the datagram. */
static bool
redirected(struct walk *w, struct gre *g, bool *open)
{
	if (!tunnel_seems_ip(w, g->inside) &&
	    (!cursor_skip(&g->inside, 4) || !tunnel_seems_ip(w, g->inside)))
		return true;
	*open = tunnel_enter(w, TUNNEL_GRE, g->key, g->inside);
	return *open ? tunnel_ip(w) : true;
}

static bool
version0(struct walk *w, struct gre *g, bool *open)
{
	switch (g->type) {
	case GRE_ERSPAN:
	case GRE_ERSPAN3:
		return erspan(w, g, open);
	case ETHERTYPE_BRIDGED:
		return bridged(w, g, open);
	case ETHERTYPE_IPV4:
	case ETHERTYPE_IPV6:
	case GRE_WCCP:
		return redirected(w, g, open);
	case ETHERTYPE_PPP:
		if (!layer_ppp_has_ip(w, g->inside))
			return true;
		break;
	case ETHERTYPE_MPLS:
	case ETHERTYPE_MPLS_MULTICAST:
		break;
	default:
		return true; /* keepalives, routing protocols: the packet itself is what there is */
	}
	*open = tunnel_enter(w, TUNNEL_GRE, g->key, g->inside);
	return *open ? layer_ethertype(w, g->type) : true;
}

bool
layer_gre(struct walk *w, bool *open)
{
	struct gre g = { 0 };

	if (!header(w, &g))
		return true;
	if (g.flags & GRE_CHECKSUM && layer_checks(w) && !checksum_good(w->p->l4, 0))
		checksum_wrong(w, false);
	return g.flags & GRE_VERSION ? pptp(w, &g, open) : version0(w, &g, open);
}

/*
 * The ends agreed on a cookie of 0, 4 or 8 bytes and perhaps 4 bytes of sublayer: whatever fits,
 * first where IP would stand, then where any frame would.
 */
bool
layer_l2tp3(struct walk *w, struct cursor c, bool *open)
{
	uint32_t session;

	if (!cursor_u32(&c, &session) || session == 0)
		return true;
	for (int i = 0; i < 8; i++) {
		struct cursor at = c;
		if (!cursor_skip(&at, (size_t)(i & 3) * 4))
			continue;
		if (i < 4 ? tunnel_seems_ethernet_ip(w, at) : tunnel_seems_ethernet(w, at)) {
			*open = tunnel_enter(w, TUNNEL_L2TP, session, at);
			return *open ? tunnel_ethernet(w) : true;
		}
	}
	return true;
}
