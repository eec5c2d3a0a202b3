/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passing into a tunnel, and what can stand inside. IP right in IP: RFC 2003, 2473, 4213, 3056. The
 * packet is then the innermost datagram; `outer` remembers the outermost.
 *
 * A tunnel is looked into when its own header is sound and what is inside seems to be what it says.
 * After that there is no way back: what turns out to be damaged inside makes the frame damaged, and
 * an inner frame without IP makes it one without IP.
 */
#include <assert.h>

#include "layer.h"

struct kind {
	const char *name;
	size_t counter; /* where in struct decode_counters */
};

#define BIT(kind) (1u << (kind))

/* Whose numbers say whose network it is. */
#define NUMBERED (BIT(TUNNEL_VXLAN) | BIT(TUNNEL_GENEVE) | BIT(TUNNEL_NVGRE) | BIT(TUNNEL_MPLS))

static_assert(TUNNEL_COUNT <= 16, "packet.path has four bits for a kind");

#define COUNT_AT(name) offsetof(struct decode_counters, name)

static const struct kind kinds[TUNNEL_COUNT] = {
	[TUNNEL_NONE] = { "", COUNT_AT(tunnels) },
	[TUNNEL_IPIP] = { "ipip", COUNT_AT(ip_in_ip) },
	[TUNNEL_6IN4] = { "6in4", COUNT_AT(ip_in_ip) },
	[TUNNEL_6TO4] = { "6to4", COUNT_AT(ip_in_ip) },
	[TUNNEL_4IN6] = { "4in6", COUNT_AT(ip_in_ip) },
	[TUNNEL_GRE] = { "gre", COUNT_AT(gre) },
	[TUNNEL_NVGRE] = { "nvgre", COUNT_AT(gre) },
	[TUNNEL_PPTP] = { "pptp", COUNT_AT(gre) },
	[TUNNEL_ERSPAN] = { "erspan", COUNT_AT(erspan) },
	[TUNNEL_L2TP] = { "l2tp", COUNT_AT(l2tp) },
	[TUNNEL_VXLAN] = { "vxlan", COUNT_AT(vxlan) },
	[TUNNEL_GENEVE] = { "geneve", COUNT_AT(geneve) },
	[TUNNEL_GTP] = { "gtp", COUNT_AT(gtp) },
	[TUNNEL_TEREDO] = { "teredo", COUNT_AT(teredo) },
	[TUNNEL_MPLS] = { "mpls", COUNT_AT(mpls) },
};

const char *
packet_tunnel_name(uint8_t kind)
{
	return kind < TUNNEL_COUNT ? kinds[kind].name : "";
}

static void
count_kind(struct decode_counters *count, enum tunnel kind)
{
	assert(kind < TUNNEL_COUNT);
	count->tunnels++;
	++*(uint64_t *)((char *)count + kinds[kind].counter);
}

/* The outermost IP header. A label stack comes before it, so it may come with a later tunnel. */
static void
keep_outer(struct packet *p)
{
	struct packet_outer *o = &p->outer;

	if (p->depth == 0)
		*o = (struct packet_outer){ 0 };
	if (o->ip_ver || !p->ip_ver)
		return;
	o->src = p->src;
	o->dst = p->dst;
	o->sport = p->sport;
	o->dport = p->dport;
	o->ip_ver = p->ip_ver;
	o->proto = p->proto;
	o->ttl = p->ttl;
}

/* What carries the rest of the frame is a packet of its own, where that is asked for. */
static void
keep_carrier(struct walk *w, const struct cursor *inside)
{
	struct decode_outside *o = w->d->outside;
	struct packet *p = w->p;

	if (!p->ip_ver) /* labels only */
		return;
	p->carrier = true;
	o->packet[o->n++] = *p;
	w->d->count.carriers++;
	p->carrier = false;
	p->odd = p->hints = 0;
	p->kept_bytes = 0;
	p->own_bytes = (uint32_t)cursor_left(inside);
	if (p->flags & PKT_TRUNCATED)
		p->own_bytes += p->frame.wirelen - p->frame.caplen;
}

bool
tunnel_enter(struct walk *w, enum tunnel kind, uint32_t id, struct cursor c)
{
	static const struct addr none;
	struct packet *p = w->p;

	if (!(w->d->tunnels & 1u << kind) || p->flags & PKT_FRAGMENT)
		return false;
	if (p->depth == DECODE_TUNNELS) {
		w->d->count.too_deep++;
		return false;
	}
	keep_outer(p);
	if (w->d->outside)
		keep_carrier(w, &c);
	count_kind(&w->d->count, kind);
	p->depth++;
	if (!(NUMBERED & BIT(kind)))
		p->path = (uint8_t)(p->path << 4 | kind);
	p->outer.kind = (uint8_t)kind;
	p->outer.id = id;
	p->src = p->dst = none;
	p->sport = p->dport = 0;
	p->ip_ver = p->proto = p->ttl = 0;
	p->flags &= (uint8_t) ~(PKT_FRAGMENT | PKT_FIRST_FRAG);
	p->l3 = p->l4 = p->payload = (struct view){ 0 };
	p->l3_len = 0;
	w->no_sum = false;
	w->c = c;
	return true;
}

/* One value of a tenant on top of those outside. Which of them there were decides, in their order.
 */
static void
tenant_add(struct packet *p, uint32_t value)
{
	uint32_t mixed = p->tenant * 0x9e3779b1u;

	p->tenant = ((mixed << 7 | mixed >> 25) ^ value) & ~TENANT_ONE_WAY;
}

void
tunnel_tenant(struct walk *w)
{
	struct packet *p = w->p;

	if (p->tenant & TENANT_ONE_WAY) /* the carrier's label, which is no tenant's */
		p->tenant = 0;
	tenant_add(p, (uint32_t)p->outer.kind << 24 | p->outer.id);
}

/* The tags outside belong to the path; the frame inside may have its own. */
bool
tunnel_mirrored(struct walk *w, uint16_t tag)
{
	struct packet *p = w->p;

	if (p->vlan_n) {
		uint32_t tags = (uint32_t)p->vlan[0] << 12 | p->vlan[1];
		if (!(p->tenant & TENANT_ONE_WAY))
			tenant_add(p, tags);
		p->vlan[0] = p->vlan[1] = p->vlan_n = 0;
	}
	if (tag) {
		p->vlan[0] = tag;
		p->vlan_n = 1;
	}
	return layer_ethernet(w);
}

bool
tunnel_ethernet(struct walk *w)
{
	return tunnel_mirrored(w, 0);
}

bool
tunnel_ip(struct walk *w)
{
	uint8_t first;

	if (!cursor_peek(&w->c, 0, &first))
		return layer_invalid(w, ODD_TUNNEL_VERSION);
	return layer_ethertype(w, first >> 4 == 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6);
}

/* What stands inside IPv6 is not what was said? */
static void
judge_in_ipv6(struct walk *w, bool four)
{
	uint8_t first;

	if (!cursor_peek(&w->c, 0, &first) || cursor_left(&w->c) < (four ? 20 : 40))
		layer_hint(w, four ? HINT_IPV4_IN_IPV6_SHORT : HINT_IPV6_IN_IPV6_SHORT);
	else if (first >> 4 != (four ? 4 : 6))
		layer_hint(w, four ? HINT_IPV4_IN_IPV6_VERSION : HINT_IPV6_IN_IPV6_VERSION);
}

bool
layer_ip_in_ip(struct walk *w, bool *open)
{
	struct packet *p = w->p;
	bool four = p->proto == PROTO_IPV4;
	enum tunnel kind = TUNNEL_IPIP;
	uint8_t first = 0, second = 0;

	if (p->ip_ver == 6)
		judge_in_ipv6(w, four);
	if (four && p->ip_ver == 6)
		kind = TUNNEL_4IN6;
	if (!four && p->ip_ver == 4) {
		/* 2002::/16 is at 8 of the header, or at 24 */
		bool src = cursor_peek(&w->c, 8, &first) && cursor_peek(&w->c, 9, &second) &&
			   first == 0x20 && second == 0x02;
		bool dst = cursor_peek(&w->c, 24, &first) && cursor_peek(&w->c, 25, &second) &&
			   first == 0x20 && second == 0x02;
		kind = src || dst ? TUNNEL_6TO4 : TUNNEL_6IN4;
	}
	*open = tunnel_enter(w, kind, 0, w->c);
	if (!*open)
		return true;
	p->ethertype = four ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
	return four ? layer_ipv4(w) : layer_ipv6(w);
}

static bool
seems_ipv4(const struct walk *w, struct cursor c)
{
	size_t left = cursor_left(&c);
	uint8_t first;
	uint16_t total;

	if (!cursor_u8(&c, &first) || !cursor_skip(&c, 1) || !cursor_u16(&c, &total))
		return false;
	size_t header = (first & 15u) * 4;
	bool fits = total <= left || w->p->flags & PKT_TRUNCATED;
	return first >> 4 == 4 && header >= 20 && header <= left && fits &&
	       (total >= header || total == 0);
}

static bool
seems_ipv6(const struct walk *w, struct cursor c)
{
	size_t left = cursor_left(&c);
	uint32_t first;
	uint16_t payload;

	return left >= 40 && cursor_u32(&c, &first) && first >> 28 == 6 &&
	       cursor_u16(&c, &payload) && (payload + 40u <= left || w->p->flags & PKT_TRUNCATED);
}

bool
tunnel_seems_ip(const struct walk *w, struct cursor c)
{
	return seems_ipv4(w, c) || seems_ipv6(w, c);
}

/* EtherTypes that a frame in a tunnel may well have. */
static bool
usual_type(uint16_t type)
{
	static const uint16_t usual[] = { ETHERTYPE_ARP, 0x8035, 0x8100, 0x88a8, 0x9100, 0x88cc,
		ETHERTYPE_MPLS, ETHERTYPE_MPLS_MULTICAST, 0x8863, 0x8864, 0x888e, 0x88e5, 0x8809,
		0x88e7, 0x9000 };

	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		if (type == usual[i])
			return true;
	}
	return false;
}

static bool
type_of(struct cursor *c, uint16_t *type)
{
	return cursor_skip(c, 12) && cursor_u16(c, type);
}

bool
tunnel_seems_ethernet_ip(const struct walk *w, struct cursor c)
{
	uint16_t type;

	if (!type_of(&c, &type))
		return false;
	return type == ETHERTYPE_IPV4 ? seems_ipv4(w, c)
				      : type == ETHERTYPE_IPV6 && seems_ipv6(w, c);
}

bool
tunnel_seems_ethernet(const struct walk *w, struct cursor c)
{
	struct cursor inside = c;
	uint16_t type;

	if (!type_of(&inside, &type))
		return false;
	if (type == ETHERTYPE_IPV4 || type == ETHERTYPE_IPV6)
		return tunnel_seems_ethernet_ip(w, c);
	if (type < ETHERTYPE_MIN)
		return type >= 3 && (type <= cursor_left(&inside) || w->p->flags & PKT_TRUNCATED);
	return usual_type(type);
}
