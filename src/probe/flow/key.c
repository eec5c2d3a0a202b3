/* SPDX-License-Identifier: Apache-2.0 */
/* flow: what makes two packets belong together. */
#include "internal.h"

/* Requests and their replies, as the Community ID specification pairs them. */
struct icmp_pair {
	uint8_t a, b;
};

static const struct icmp_pair pairs4[] = { { 0, 8 }, { 9, 10 }, { 13, 14 }, { 15, 16 },
	{ 17, 18 } };
static const struct icmp_pair pairs6[] = { { 128, 129 }, { 130, 131 }, { 133, 134 }, { 135, 136 },
	{ 139, 140 }, { 144, 145 } };

int
flow_icmp_reply(uint8_t ip_ver, uint8_t type)
{
	const struct icmp_pair *pair = ip_ver == 4 ? pairs4 : pairs6;
	size_t n =
	    ip_ver == 4 ? sizeof(pairs4) / sizeof(*pairs4) : sizeof(pairs6) / sizeof(*pairs6);

	for (size_t i = 0; i < n; i++) {
		if (pair[i].a == type)
			return pair[i].b;
		if (pair[i].b == type)
			return pair[i].a;
	}
	return -1;
}

static void
icmp_key(const struct packet *p, struct flow_lookup *out)
{
	int reply = flow_icmp_reply(p->ip_ver, p->icmp_type);
	uint8_t low = p->icmp_type, high = p->icmp_code;

	out->one_way = reply < 0;
	if (reply >= 0) {
		low = reply < p->icmp_type ? (uint8_t)reply : p->icmp_type;
		high = reply < p->icmp_type ? p->icmp_type : (uint8_t)reply;
	}
	out->icmp = (uint16_t)(low << 8 | high);
}

/* VLAN ids are 12 bits each, so both fit beside the protocol in 32 bits. */
static inline uint64_t
rest_of(const struct flow_keying *k, const struct packet *p)
{
	uint64_t vlan = 0;

	if (k->vlan)
		vlan = (uint64_t)(p->vlan[0] & 0xfff) << 12 | (p->vlan[1] & 0xfff);
	return (uint64_t)p->proto << 24 | vlan;
}

/*
 * Two words for IPv4, ordered by address and port so that both directions agree:
 *   address 32 bits, port 16 bits, half of `rest` 16 bits; ICMP has no ports, its types stand in
 * their place
 */
static inline uint64_t
hash4(const struct flow_keying *k, const struct packet *p, const struct flow_lookup *l)
{
	uint64_t a = (p->src.q[0] & 0xffffffff) << 16 | p->sport;
	uint64_t b = (p->dst.q[0] & 0xffffffff) << 16 | p->dport;
	uint64_t rest = rest_of(k, p);
	bool turn = a > b && !l->one_way;
	uint64_t low = turn ? b : a, high = turn ? a : b;

	return hash_two(k->seed, low | rest << 48, high | (rest >> 16) << 48 | l->icmp);
}

static inline uint64_t
hash6(const struct flow_keying *k, const struct packet *p, const struct flow_lookup *l)
{
	int order = addr_cmp(&p->src, &p->dst);
	bool turn = !l->one_way && (order > 0 || (order == 0 && p->sport > p->dport));
	const struct addr *a = turn ? &p->dst : &p->src;
	const struct addr *b = turn ? &p->src : &p->dst;
	uint64_t ports =
	    turn ? (uint64_t)p->dport << 16 | p->sport : (uint64_t)p->sport << 16 | p->dport;
	uint64_t rest = rest_of(k, p) << 32 | ports | l->icmp;
	uint64_t word[5] = { a->q[0], a->q[1], b->q[0], b->q[1], rest };

	return hash_fast(k->seed, word, sizeof(word));
}

void
flow_lookup_make(const struct flow_keying *k, const struct packet *p, struct flow_lookup *out)
{
	out->icmp = 0;
	out->one_way = false;
	if (proto_is_icmp(p->proto, p->ip_ver))
		icmp_key(p, out);
	out->hash = p->ip_ver == 4 ? hash4(k, p, out) : hash6(k, p, out);
}

static inline bool
same_vlan(const struct flow_table *t, const struct flow *f, const struct packet *p)
{
	return !t->keying.vlan || (f->key.vlan[0] == p->vlan[0] && f->key.vlan[1] == p->vlan[1]);
}

uint64_t
flow_route(const struct packet *p, bool vlan, bool tenant)
{
	struct flow_keying k = { HASH_KEY_FIXED, vlan, tenant };
	struct flow_lookup l;

	flow_lookup_make(&k, p, &l);
	return l.hash;
}

bool
flow_route_quoted(const struct packet *p, bool vlan, bool tenant, uint64_t *route)
{
	struct packet quoted;

	if (!flow_quoted(p, &quoted))
		return false;
	*route = flow_route(&quoted, vlan, tenant);
	return true;
}

bool
flow_is(const struct flow_table *t, const struct flow *f, const struct flow_lookup *l,
    const struct packet *p, enum dir *dir)
{
	const struct flow_key *k = &f->key;

	if (f->hash != l->hash || k->proto != p->proto || k->ip_ver != p->ip_ver ||
	    k->icmp != l->icmp || !same_vlan(t, f, p))
		return false;
	*dir = DIR_TO_SERVER;
	if (k->cport == p->sport && k->sport == p->dport && addr_same(&k->client, &p->src) &&
	    addr_same(&k->server, &p->dst))
		return true;
	*dir = DIR_TO_CLIENT;
	return !l->one_way && k->cport == p->dport && k->sport == p->sport &&
	       addr_same(&k->client, &p->dst) && addr_same(&k->server, &p->src);
}

uint64_t
flow_id_make(const struct flow *f)
{
	struct {
		struct flow_key key;
		uint64_t first, number;
	} content;

	/* the key has no padding, and so has this */
	_Static_assert(sizeof(struct flow_key) == 48, "padding in struct flow_key");
	_Static_assert(sizeof(content) == 64, "padding in the content of a flow id");
	content.key = f->key;
	content.first = f->first;
	content.number = f->first_number;
	uint64_t id = hash_bytes(HASH_KEY_FIXED, &content, sizeof(content)) >> 11;
	return id ? id : 1;
}
