/* SPDX-License-Identifier: Apache-2.0 */
/* flow: what makes two packets belong together. */
#include <string.h>

#include "internal.h"
#include "probe/flow_route.h"

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

/* Type and code; of a request and its reply the type that each end sends, so that two hosts that
 * ask each other have two flows. */
static uint16_t
icmp_key(const struct packet *p, bool turn, bool *one_way)
{
	int reply = flow_icmp_reply(p->ip_ver, p->icmp_type);
	bool alone = addr_same(&p->src, &p->dst); /* who asks cannot be told */

	*one_way = reply < 0;
	if (reply < 0)
		return (uint16_t)(p->icmp_type << 8 | p->icmp_code);
	if (alone ? reply < p->icmp_type : turn)
		return (uint16_t)(reply << 8 | p->icmp_type);
	return (uint16_t)(p->icmp_type << 8 | reply);
}

#define PATH_BITS (0xffu << TENANT_PATH)

/*
 * The table's hash is multilinear: the sum of 32-bit words, each times a random number of 64 bits,
 * of which the upper half counts. Two keys that are not the same collide with a chance of 2^-32
 * whatever they are (Lemire and Kaser, Strongly Universal String Hashing is Fast, 2014, theorem 1),
 * so nobody who does not know the numbers can fill a bucket; and it costs a fifth of SipHash.
 */
void
flow_keying_make(struct flow_keying *k, struct hash_key seed, bool vlan, bool tenant)
{
	struct key_rest all;

	memset(&all, 0xff, sizeof(all));
	if (!vlan)
		all.vlan[0] = all.vlan[1] = 0;
	memcpy(&k->mask, &all, sizeof(k->mask));
	k->tenant = tenant ? UINT32_MAX : 0;
	for (uint64_t i = 0; i < KEYING_WORDS; i++)
		k->word[i] = hash_two(seed, i, 0);
}

/* What is multiplied for packets that are spread over workers: it needs no secret. */
static const uint64_t fixed_words[KEYING_WORDS] = { 0x243f6a8885a308d3ULL, 0x13198a2e03707344ULL,
	0xa4093822299f31d0ULL, 0x082efa98ec4e6c89ULL, 0x452821e638d01377ULL, 0xbe5466cf34e90c6cULL,
	0xc0ac29b7c97c50ddULL, 0x3f84d5b5b5470917ULL, 0x9216d5d98979fb1bULL, 0xd1310ba698dfb5acULL,
	0x2ffd72dbd01adfb7ULL, 0xb8e1afed6a267e96ULL, 0xba7c9045f12c7f99ULL };

static inline uint64_t
mix(const uint64_t *word, uint64_t v)
{
	return word[0] * (v & UINT32_MAX) + word[1] * (v >> 32);
}

static inline uint32_t
hash_of(const uint64_t word[KEYING_WORDS], const struct packet *p, const struct flow_lookup *l)
{
	const struct addr *a = l->turn ? &p->dst : &p->src, *b = l->turn ? &p->src : &p->dst;
	uint32_t ports =
	    l->turn ? (uint32_t)p->dport << 16 | p->sport : (uint32_t)p->sport << 16 | p->dport;
	/* a label is the business of one direction */
	uint32_t tenant = l->tenant & TENANT_ONE_WAY ? l->tenant & PATH_BITS : l->tenant;
	uint64_t h = word[0] + mix(word + 1, l->rest) + word[3] * ports + word[4] * tenant;

	h += word[5] * (a->q[0] & UINT32_MAX) + word[6] * (b->q[0] & UINT32_MAX);
	if (p->ip_ver != 4) {
		h += word[7] * (a->q[0] >> 32) + word[8] * (b->q[0] >> 32);
		h += mix(word + 9, a->q[1]) + mix(word + 11, b->q[1]);
	}
	return (uint32_t)(h >> 32);
}

/* The ends in one order, the same for both directions: any will do. */
static inline bool
is_turned(const struct packet *p)
{
	if (p->src.q[0] != p->dst.q[0])
		return p->src.q[0] > p->dst.q[0];
	if (p->src.q[1] != p->dst.q[1])
		return p->src.q[1] > p->dst.q[1];
	return p->sport > p->dport;
}

static inline void
lookup_fill(uint64_t mask, uint32_t tenant, const struct packet *p, struct flow_lookup *out)
{
	struct key_rest rest = { { p->vlan[0], p->vlan[1] }, p->proto, p->ip_ver, 0 };

	bool turn = is_turned(p);

	out->one_way = false;
	if (proto_is_icmp(p->proto, p->ip_ver))
		rest.icmp = icmp_key(p, turn, &out->one_way);
	memcpy(&out->rest, &rest, sizeof(out->rest));
	out->rest &= mask;
	out->icmp = rest.icmp;
	out->tenant = (p->tenant ^ (uint32_t)p->path << TENANT_PATH) & tenant;
	out->turn = !out->one_way && turn;
}

void
flow_lookup_make(const struct flow_keying *k, const struct packet *p, struct flow_lookup *out)
{
	lookup_fill(k->mask, k->tenant, p, out);
	out->hash = hash_of(k->word, p, out);
}

uint64_t
flow_route(const struct packet *p, bool vlan, bool tenant)
{
	struct key_rest all;
	struct flow_lookup l;
	uint64_t mask;

	memset(&all, 0xff, sizeof(all));
	if (!vlan)
		all.vlan[0] = all.vlan[1] = 0;
	memcpy(&mask, &all, sizeof(mask));
	struct packet pair = { .src = p->src,
		.dst = p->dst,
		.ip_ver = p->ip_ver,
		.vlan = { p->vlan[0], p->vlan[1] },
		.vlan_n = p->vlan_n,
		.path = p->path,
		.tenant = p->tenant };
	lookup_fill(mask, tenant ? UINT32_MAX : 0, &pair, &l);
	return hash_of(fixed_words, &pair, &l);
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

static inline bool
same_end(const struct addr *a, uint16_t ap, const struct addr *b, uint16_t bp)
{
	return ((a->q[0] ^ b->q[0]) | (a->q[1] ^ b->q[1]) | (uint64_t)(ap ^ bp)) == 0;
}

/* All but the tenant. */
static inline bool
same_but_tenant(const struct flow_keying *k, const struct flow *f, const struct flow_lookup *l,
    const struct packet *p, enum dir *dir)
{
	const struct flow_key *key = &f->key;
	struct key_rest rest = { { key->vlan[0], key->vlan[1] }, key->proto, key->ip_ver,
		key->icmp };
	uint64_t have;
	bool back = f->high != l->turn;

	memcpy(&have, &rest, sizeof(have));
	if (f->hash != l->hash || (have & k->mask) != l->rest)
		return false;
	*dir = back ? DIR_TO_CLIENT : DIR_TO_SERVER;
	return same_end(back ? &p->dst : &p->src, back ? p->dport : p->sport, &key->client,
		   key->cport) &&
	       same_end(
		   back ? &p->src : &p->dst, back ? p->sport : p->dport, &key->server, key->sport);
}

/* With labels: that of the direction, and while it is not known, that of the other. */
static bool
same_label(const struct flow *f, const struct flow_lookup *l, enum dir dir)
{
	return f->packets[dir] ? f->label[dir] == l->tenant : f->key.tenant == l->tenant;
}

bool
flow_is(const struct flow_keying *k, const struct flow *f, const struct flow_lookup *l,
    const struct packet *p, enum dir *dir)
{
	if (!same_but_tenant(k, f, l, p, dir))
		return false;
	if ((f->key.tenant | l->tenant) & TENANT_ONE_WAY)
		return same_label(f, l, *dir);
	return f->key.tenant == l->tenant;
}

bool
flow_but_label(const struct flow_keying *k, const struct flow *f, const struct flow_lookup *l,
    const struct packet *p, enum dir *dir)
{
	return (f->key.tenant | l->tenant) & TENANT_ONE_WAY &&
	       !((f->key.tenant ^ l->tenant) & PATH_BITS) && same_but_tenant(k, f, l, p, dir);
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
