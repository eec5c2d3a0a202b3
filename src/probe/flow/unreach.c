/* SPDX-License-Identifier: Apache-2.0 */
/* flow: the packet that an ICMP error quotes (RFC 792, RFC 4443 section 2.4). */
#include "internal.h"

#define ICMP_HEADER 8
#define IP6_HEADER 40
#define EXTENSIONS 8

static bool
is_error(const struct packet *p)
{
	uint8_t type = p->icmp_type;

	if (p->ip_ver == 4)
		return p->proto == PROTO_ICMP &&
		       (type == 3 || type == 4 || type == 5 || type == 11 || type == 12);
	return p->proto == PROTO_ICMPV6 && type >= 1 && type <= 4;
}

static bool
quoted4(struct cursor *c, struct packet *q)
{
	struct cursor ip = *c;
	uint8_t first, ttl;
	uint16_t fragment;

	if (!cursor_u8(&ip, &first) || first >> 4 != 4 || !cursor_skip(&ip, 5) ||
	    !cursor_u16(&ip, &fragment) || fragment & 0x1fff || !cursor_u8(&ip, &ttl) ||
	    !cursor_u8(&ip, &q->proto) || !cursor_skip(&ip, 2) || !cursor_copy(&ip, q->src.b, 4) ||
	    !cursor_copy(&ip, q->dst.b, 4))
		return false;
	q->ip_ver = 4;
	return cursor_skip(c, (size_t)(first & 0xf) * 4);
}

/* Past extension headers to the transport; false for a later fragment, and when there is too little
 * of them. */
static bool
skip_extensions(struct cursor *c, uint8_t *next)
{
	uint8_t n, after;
	uint16_t fragment;

	for (int i = 0; i < EXTENSIONS; i++) {
		switch (*next) {
		case 0:
		case 43:
		case 60:
		case 135: /* hop-by-hop, routing, destination options, mobility */
			if (!cursor_u8(c, &after) || !cursor_u8(c, &n) ||
			    !cursor_skip(c, 6 + 8 * (size_t)n))
				return false;
			break;
		case 44: /* fragment */
			if (!cursor_u8(c, &after) || !cursor_skip(c, 1) ||
			    !cursor_u16(c, &fragment) || fragment >> 3 || !cursor_skip(c, 4))
				return false;
			break;
		case 51: /* authentication: in words of four bytes, two fewer */
			if (!cursor_u8(c, &after) || !cursor_u8(c, &n) ||
			    !cursor_skip(c, 6 + 4 * (size_t)n))
				return false;
			break;
		default:
			return true;
		}
		*next = after;
	}
	return false;
}

static bool
quoted6(struct cursor *c, struct packet *q)
{
	struct cursor ip = *c;
	uint8_t first;

	if (!cursor_u8(&ip, &first) || first >> 4 != 6 || !cursor_skip(&ip, 5) ||
	    !cursor_u8(&ip, &q->proto) || !cursor_skip(&ip, 1) || !cursor_copy(&ip, q->src.b, 16) ||
	    !cursor_copy(&ip, q->dst.b, 16))
		return false;
	q->ip_ver = 6;
	return cursor_skip(c, IP6_HEADER) && skip_extensions(c, &q->proto);
}

static bool
quoted_ports(struct cursor *c, struct packet *q)
{
	if (proto_has_ports(q->proto))
		return cursor_u16(c, &q->sport) && cursor_u16(c, &q->dport);
	if (proto_is_icmp(q->proto, q->ip_ver))
		return cursor_u8(c, &q->icmp_type) && cursor_u8(c, &q->icmp_code);
	return true;
}

bool
flow_quoted(const struct packet *p, struct packet *quoted)
{
	if (!is_error(p))
		return false;
	struct cursor c = cursor_of_view(p->l4);
	memset(quoted, 0, sizeof(*quoted));
	quoted->vlan[0] = p->vlan[0];
	quoted->vlan[1] = p->vlan[1];
	quoted->tenant = p->tenant;
	quoted->path = p->path;
	return cursor_skip(&c, ICMP_HEADER) &&
	       (p->ip_ver == 4 ? quoted4(&c, quoted) : quoted6(&c, quoted)) &&
	       quoted_ports(&c, quoted);
}
