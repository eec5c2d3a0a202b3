/* SPDX-License-Identifier: Apache-2.0 */
/* ring: what a packet is found by. The command line asks as well, for files without their index. */
#include "probe/ring.h"

static void
turn(struct ringfile_key *k)
{
	struct addr a = k->a;
	uint16_t port = k->aport;

	k->a = k->b;
	k->b = a;
	k->aport = k->bport;
	k->bport = port;
}

/* One load; addr_cmp compares sixteen bytes, which IPv4 does not have. */
static inline uint32_t
word(const struct addr *a)
{
	return (uint32_t)a->b[0] << 24 | (uint32_t)a->b[1] << 16 | (uint32_t)a->b[2] << 8 | a->b[3];
}

static bool
is_turned(const struct ringfile_key *k)
{
	int order = k->ver == 4 ? (word(&k->a) > word(&k->b)) - (word(&k->a) < word(&k->b))
				: addr_cmp(&k->a, &k->b);

	return order > 0 || (order == 0 && k->aport > k->bport);
}

static void
inner(const struct packet *p, struct ringfile_key *k)
{
	*k = (struct ringfile_key){ .ver = p->ip_ver };
	if (!p->ip_ver)
		return;
	k->a = p->src;
	k->b = p->dst;
	k->proto = p->proto;
	if ((p->flags & (PKT_FRAGMENT | PKT_FIRST_FRAG)) == PKT_FRAGMENT)
		k->flags = RINGFILE_FRAGMENT;
	if (proto_is_icmp(p->proto, p->ip_ver) && !k->flags) {
		k->aport = p->icmp_type;
		k->bport = p->icmp_code;
		return;
	}
	k->aport = p->sport;
	k->bport = p->dport;
	if (is_turned(k))
		turn(k);
}

static void
outer(const struct packet_outer *o, struct ringfile_key *k)
{
	*k = (struct ringfile_key){ .a = o->src,
		.b = o->dst,
		.aport = o->sport,
		.bport = o->dport,
		.proto = o->proto,
		.ver = o->ip_ver };
	if (is_turned(k))
		turn(k);
}

unsigned
ring_keys(const struct packet *p, struct ringfile_key out[2])
{
	inner(p, &out[0]);
	if (!p->depth || !p->outer.ip_ver)
		return 1;
	outer(&p->outer, &out[1]);
	return 2;
}
