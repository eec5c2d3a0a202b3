/* SPDX-License-Identifier: Apache-2.0 */
/* A fragment of a datagram, and the datagram when it is whole. */
#include "layer.h"
#include "probe/defrag.h"

/* The header that the datagram shall have. */
static bool
header_of(const struct packet *p, struct view *header)
{
	struct cursor c = cursor_of_view(p->l3);
	uint8_t first = 0;

	(void)cursor_peek(&c, 0, &first);
	return cursor_take(&c, p->ip_ver == 4 ? (first & 15u) * 4 : 40, header);
}

static bool
complete(struct walk *w, const struct fragment_at *at, struct joined *j)
{
	struct packet *p = w->p;
	struct fragment f = { .ts = p->frame.ts,
		.offset = at->offset,
		.wirelen = p->own_bytes ? p->own_bytes : p->frame.wirelen,
		.proto = p->proto,
		.more = at->more,
		.data = { w->c.at, cursor_left(&w->c) } };

	f.key = (struct defrag_key){ .src = p->src,
		.dst = p->dst,
		.id = at->id,
		.tenant = p->tenant,
		.vlan = { p->vlan[0], p->vlan[1] },
		.vlan_n = p->vlan_n,
		.ver = p->ip_ver,
		.proto = p->ip_ver == 4 ? p->proto : 0,
		.path = p->path };
	return header_of(p, &f.header) && defrag_add(w->d->defrag, &f, w->joined, &w->d->count, j);
}

/* The walk goes on in the whole datagram. */
static bool
whole(struct walk *w, const struct joined *j)
{
	struct packet *p = w->p;

	w->joined++;
	p->flags = (uint8_t)((p->flags & ~PKT_FRAGMENT) | PKT_REASSEMBLED);
	p->kept_bytes += j->kept;
	p->proto = j->proto;
	p->ttl = j->ttl;
	p->l3 = j->l3;
	p->l3_len = (uint32_t)j->l3.len;
	p->l4 = p->payload = (struct view){ 0 };
	w->c = cursor_of_view(j->l3);
	(void)cursor_skip(&w->c, j->header);
	return p->ip_ver == 4 ? layer_transport(w) : layer_extensions(w);
}

/* As it stands: nothing more is known. */
static bool
alone(struct walk *w, const struct fragment_at *at)
{
	struct packet *p = w->p;

	if (at->offset == 0) {
		p->flags |= PKT_FIRST_FRAG;
		return layer_transport(w);
	}
	p->l4 = (struct view){ w->c.at, cursor_left(&w->c) };
	p->payload = (struct view){ w->c.at, 0 };
	return true;
}

/* What defrag counts of odd fragments. */
static const struct {
	size_t counter; /* where in struct decode_counters */
	uint8_t odd[2]; /* enum odd_decode: of IPv4, of IPv6 */
} kinds[] = {
#define COUNT_AT(name) offsetof(struct decode_counters, name)
	{ COUNT_AT(defrag_overlaps), { ODD_IPV4_OVERLAP, ODD_IPV6_OVERLAP } },
	{ COUNT_AT(defrag_conflicts), { ODD_FRAGMENT_OVERLAP, ODD_FRAGMENT_OVERLAP } },
	{ COUNT_AT(defrag_dropped), { ODD_FRAGMENT_OVERLAP, ODD_FRAGMENT_OVERLAP } },
	{ COUNT_AT(defrag_too_large), { ODD_FRAGMENT_LARGE, ODD_FRAGMENT_LARGE } },
	{ COUNT_AT(defrag_bad_end), { ODD_FRAGMENT_END, ODD_FRAGMENT_END } },
	{ COUNT_AT(defrag_bad_size), { ODD_FRAGMENT_SIZE, ODD_FRAGMENT_SIZE } },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static void
counted(const struct walk *w, uint64_t out[KINDS])
{
	for (size_t i = 0; i < KINDS; i++)
		memcpy(&out[i], (const char *)&w->d->count + kinds[i].counter, sizeof(out[i]));
}

/* What defrag counted since. */
static void
odd_since(struct walk *w, const uint64_t before[KINDS])
{
	uint64_t now[KINDS];

	counted(w, now);
	for (size_t i = 0; i < KINDS; i++)
		w->p->odd |= (uint64_t)(before[i] != now[i]) << kinds[i].odd[w->p->ip_ver == 6];
}

bool
layer_fragment(struct walk *w, const struct fragment_at *at)
{
	struct packet *p = w->p;
	struct joined j;

	w->d->count.fragments++;
	p->flags |= PKT_FRAGMENT;
	/* of damage a host takes nothing, and of what the capture cut we cannot */
	bool unusable = w->cut || p->flags & PKT_BAD_CSUM;
	if (!w->d->defrag || (unusable && at->offset == 0))
		return alone(w, at);
	p->l4 = (struct view){ w->c.at, cursor_left(&w->c) };
	p->payload = (struct view){ w->c.at, 0 };
	if (unusable || w->joined >= DEFRAG_DEPTH)
		return layer_kept(w);
	uint64_t before[KINDS];
	counted(w, before);
	bool is_whole = complete(w, at, &j);
	odd_since(w, before);
	return is_whole ? whole(w, &j) : layer_kept(w);
}
