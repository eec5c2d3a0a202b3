/* SPDX-License-Identifier: Apache-2.0 */
/*
 * defrag: the table of datagrams that wait. See include/probe/defrag.h.
 *
 *     bucket -> datagram -> datagram       by key
 *               |  in one of two waiting lists, oldest first: one time-out each
 *               page -> page -> page       of 512 bytes, by index (defrag_bytes.h)
 */
#include "probe/defrag.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "defrag_bytes.h"
#include "lib/slab.h"

#define HEADER_MAX 60
/* A link carries 68 bytes at least (RFC 791), an IPv4 header takes 20 of them. */
#define TINY 48

static_assert(sizeof(struct defrag_key) == 48, "no padding: it is hashed and compared as bytes");

enum { WAIT_SHORT, WAIT_LONG, WAITS };

struct datagram {
	struct datagram *chain;
	struct datagram *older, *newer;
	struct defrag_key key;
	struct page *first, *recent; /* pages; the one used last */
	uint64_t since;
	uint32_t bucket;
	uint32_t end;  /* bytes of the whole, once `ended` */
	uint32_t seen; /* no byte came at or behind this */
	uint32_t units;
	uint32_t wire;
	uint8_t wait; /* which list */
	uint8_t rule; /* enum overlap */
	uint8_t pure; /* only fragments with this hop limit; 0: all that come */
	uint8_t ttl;  /* the lowest hop limit of its fragments */
	bool mixed;   /* they had several */
	bool ended;
	bool refused; /* what still comes of it is not taken */
	uint8_t proto, header_n;
	uint8_t header[HEADER_MAX];
};

struct defrag {
	struct slab datagrams, pages;
	struct datagram **bucket;
	uint32_t mask;
	struct hash_key seed;
	const struct targets *targets;
	uint64_t timeout[WAITS];
	uint64_t now;
	uint64_t pures; /* datagrams of one hop limit */
	struct waiting {
		struct datagram *oldest, *newest;
	} list[WAITS];
	uint8_t out[DEFRAG_DEPTH][HEADER_MAX + DATAGRAM_MAX];
};

struct defrag *
defrag_new(const struct defrag_config *config)
{
	struct defrag *d = calloc(1, sizeof(*d));
	size_t most = config->memory / 2 / sizeof(struct datagram), buckets = 1;

	assert(config->max_datagrams > 0 && config->memory >= DEFRAG_MEMORY_MIN);
	if (!d)
		return NULL;
	most = config->max_datagrams < most ? config->max_datagrams : most;
	while (buckets < most)
		buckets *= 2;
	d->bucket = calloc(buckets, sizeof(struct datagram *));
	if (!d->bucket) {
		free(d);
		return NULL;
	}
	d->mask = (uint32_t)buckets - 1;
	slab_init(&d->datagrams, sizeof(struct datagram), most);
	slab_init(&d->pages, sizeof(struct page),
	    (config->memory - most * sizeof(struct datagram)) / sizeof(struct page));
	d->seed = config->seed;
	d->targets = config->targets;
	d->timeout[WAIT_LONG] = config->timeout;
	d->timeout[WAIT_SHORT] = config->timeout / 2;
	return d;
}

void
defrag_free(struct defrag *d)
{
	if (!d)
		return;
	slab_fini(&d->datagrams);
	slab_fini(&d->pages);
	free(d->bucket);
	free(d);
}

void
defrag_set_targets(struct defrag *d, const struct targets *targets)
{
	if (d)
		d->targets = targets;
}

/* ---- the end of a datagram ---- */

static void
drop_pages(struct defrag *d, struct datagram *g)
{
	for (struct page *p = g->first, *next; p; p = next) {
		next = p->next;
		slab_put(&d->pages, p);
	}
	g->first = g->recent = NULL;
}

static void
drop(struct defrag *d, struct datagram *g, struct decode_counters *count)
{
	struct waiting *l = &d->list[g->wait];
	struct datagram **at = &d->bucket[g->bucket];

	while (*at != g)
		at = &(*at)->chain;
	*at = g->chain;
	*(g->older ? &g->older->newer : &l->oldest) = g->newer;
	*(g->newer ? &g->newer->older : &l->newest) = g->older;
	drop_pages(d, g);
	d->pures -= g->pure != 0;
	slab_put(&d->datagrams, g);
	count->defrag_waiting--;
}

/* The one that waits longest, but for `keep`; NULL when there is none. */
static struct datagram *
oldest(const struct defrag *d, const struct datagram *keep)
{
	struct datagram *best = NULL;

	for (int i = 0; i < WAITS; i++) {
		struct datagram *g = d->list[i].oldest;
		if (g && g == keep)
			g = g->newer;
		if (g && (!best || g->since < best->since))
			best = g;
	}
	return best;
}

static bool
evict(struct defrag *d, const struct datagram *keep, struct decode_counters *count)
{
	struct datagram *g = oldest(d, keep);

	if (!g)
		return false;
	drop(d, g, count);
	count->defrag_evicted++;
	return true;
}

void
defrag_forget(struct defrag *d, struct decode_counters *count)
{
	struct datagram *g;

	if (!d)
		return;
	while ((g = oldest(d, NULL))) {
		drop(d, g, count);
		count->defrag_timeouts++;
	}
	d->now = 0;
}

/* Packets may be a little out of order; a clock that was set back leaves nothing to wait for. */
static void
pass_time(struct defrag *d, uint64_t ts, struct decode_counters *count)
{
	if (ts < d->now && d->now - ts > d->timeout[WAIT_LONG])
		defrag_forget(d, count);
	d->now = ts > d->now ? ts : d->now;
	for (int i = 0; i < WAITS; i++) {
		struct datagram *g;
		while ((g = d->list[i].oldest) && d->now - g->since >= d->timeout[i]) {
			drop(d, g, count);
			count->defrag_timeouts++;
		}
	}
}

/* ---- the datagram of a fragment ---- */

static bool
waits_short(enum target_policy policy, uint8_t ver)
{
	enum overlap rule = overlap_of(policy);

	return ver == 4 && (rule == OVERLAP_LINUX || rule == OVERLAP_BSD);
}

/* An empty one; the oldest but `keep` goes when there is no place. */
static struct datagram *
begin(struct defrag *d, const struct defrag_key *key, uint32_t bucket, const struct datagram *keep,
    struct decode_counters *count)
{
	enum target_policy policy = target_of(d->targets, &key->dst, key->ver);
	struct datagram *g = slab_get(&d->datagrams);

	if (!g && evict(d, keep, count))
		g = slab_get(&d->datagrams);
	if (!g)
		return NULL;
	g->key = *key;
	g->bucket = bucket;
	g->since = d->now;
	g->rule = (uint8_t)overlap_of(policy);
	g->wait = waits_short(policy, key->ver) ? WAIT_SHORT : WAIT_LONG;
	g->chain = d->bucket[bucket];
	d->bucket[bucket] = g;
	struct waiting *l = &d->list[g->wait];
	g->older = l->newest;
	*(l->newest ? &l->newest->newer : &l->oldest) = g;
	l->newest = g;
	count->defrag_waiting++;
	return g;
}

/* NULL when nothing of it came yet. */
static struct datagram *
find(const struct defrag *d, const struct defrag_key *key, uint32_t bucket, uint8_t pure)
{
	struct datagram *g = d->bucket[bucket];

	while (g && (g->pure != pure || memcmp(&g->key, key, sizeof(*key)) != 0))
		g = g->chain;
	return g;
}

/* ---- one fragment ---- */

/* Linux cuts an odd fragment of an IPv4 datagram to whole units; the others refuse it. */
static bool
cut_to_units(const struct defrag *d, struct fragment *f)
{
	struct cursor c = cursor_of_view(f->data);

	if (f->more && f->data.len % UNIT != 0) {
		enum target_policy policy = target_of(d->targets, &f->key.dst, f->key.ver);
		if (f->key.ver != 4 || overlap_of(policy) != OVERLAP_LINUX)
			return false;
		(void)cursor_take(&c, f->data.len - f->data.len % UNIT, &f->data);
	}
	return f->data.len != 0;
}

/* What no receiver takes. */
static bool
sound(const struct defrag *d, struct fragment *f, struct decode_counters *count)
{
	size_t header = f->key.ver == 4 ? f->header.len : 0;

	count->defrag_tiny += f->more && f->data.len < TINY;
	if (!cut_to_units(d, f) || f->header.len > HEADER_MAX) {
		count->defrag_bad_size++;
		return false;
	}
	if (header + f->offset + f->data.len > DATAGRAM_MAX) {
		count->defrag_too_large++;
		return false;
	}
	return true;
}

/* Did the unit with its first byte come? */
static bool
is_there(const struct datagram *g, uint32_t offset)
{
	const struct page *p = g->first;

	while (p && p->index < offset / PAGE_BYTES)
		p = p->next;
	return p && p->index == offset / PAGE_BYTES &&
	       p->have & UINT64_C(1) << offset % PAGE_BYTES / UNIT;
}

/* Is it of one mind with those before about where the datagram ends? */
static bool
fits_end(struct datagram *g, const struct fragment *f, struct decode_counters *count)
{
	uint32_t end = f->offset + (uint32_t)f->data.len;
	bool fits = true;

	if (g->ended)
		fits = f->more ? end <= g->end : end == g->end;
	else if (!f->more)
		fits = end >= g->seen;
	count->defrag_bad_end += !fits;
	count->defrag_overlaps += !fits && is_there(g, f->offset);
	return fits;
}

/* The page of that index, made when it is not there; NULL when there is no room. The hint is a page
 * of g before it, or NULL. */
static struct page *
page_at(struct defrag *d, struct datagram *g, struct page *hint, uint32_t index,
    struct decode_counters *count)
{
	struct page **at = hint ? &hint->next : &g->first;

	while (*at && (*at)->index < index)
		at = &(*at)->next;
	if (*at && (*at)->index == index)
		return *at;
	struct page *p = slab_get_raw(&d->pages);
	while (!p && evict(d, g, count))
		p = slab_get_raw(&d->pages);
	if (!p)
		return NULL;
	p->have = p->begins = 0;
	p->index = index;
	p->next = *at;
	*at = p;
	return p;
}

static bool
make_span(struct defrag *d, struct datagram *g, const struct fragment *f, struct span *s,
    struct decode_counters *count)
{
	s->from = f->offset / UNIT;
	s->to = (f->offset + (uint32_t)f->data.len + UNIT - 1) / UNIT;
	uint32_t low = s->from / PAGE_UNITS, high = (s->to - 1) / PAGE_UNITS;
	struct page *hint = g->recent && g->recent->index < low ? g->recent : NULL;

	for (uint32_t i = low; i <= high; i++) {
		s->page[i - low] = hint = page_at(d, g, hint, i, count);
		if (!hint)
			return false;
	}
	g->recent = hint;
	return true;
}

/* The header is the one of the fragment whose bytes stand first. */
static void
take_header(struct datagram *g, const struct fragment *f)
{
	struct cursor c = cursor_of_view(f->header);

	g->header_n = (uint8_t)f->header.len;
	g->proto = f->proto;
	(void)cursor_copy(&c, g->header, f->header.len);
}

/* RFC 8200: overlapping fragments undo the datagram. One that brings nothing new is ignored, as
 * Linux does since 2019. False: nothing is to be laid down. */
static bool
lay6(struct defrag *d, struct datagram *g, const struct span *s, struct decode_counters *count)
{
	if (!span_touches(s))
		return true;
	count->defrag_overlaps++;
	if (!span_covered(s)) {
		drop_pages(d, g);
		g->refused = true;
		count->defrag_dropped++;
	}
	return false;
}

static void
lay(struct datagram *g, const struct fragment *f, const struct span *s,
    struct decode_counters *count)
{
	struct laid laid;

	span_lay(s, f->data, (enum overlap)g->rule, &laid);
	count->defrag_overlaps += laid.overlaps;
	count->defrag_conflicts += laid.differs;
	g->units += laid.fresh;
	uint32_t end = f->offset + (uint32_t)f->data.len;
	g->seen = end > g->seen ? end : g->seen;
	if (!f->more) {
		g->ended = true;
		g->end = end;
	}
	if (f->offset == 0 && laid.owns_first)
		take_header(g, f);
}

/* ---- the whole ---- */

static void
put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

/* Total length, no fragment field, a right checksum (RFC 1071). */
static void
header4(uint8_t *h, size_t header, size_t total)
{
	uint32_t sum = 0;

	put16(h + 2, total);
	put16(h + 6, 0);
	put16(h + 10, 0);
	for (size_t i = 0; i < header; i += 2)
		sum += (uint32_t)h[i] << 8 | h[i + 1];
	sum = (sum >> 16) + (sum & 0xffff);
	sum = (sum >> 16) + (sum & 0xffff);
	put16(h + 10, ~sum & 0xffff);
}

static bool
join(struct datagram *g, uint8_t *out, struct decode_counters *count, struct joined *j)
{
	size_t at = g->header_n, total = at + g->end;

	if (total - (g->key.ver == 6 ? at : 0) > DATAGRAM_MAX) {
		count->defrag_too_large++;
		return false;
	}
	memcpy(out, g->header, at);
	for (const struct page *p = g->first; at < total; p = p->next) {
		size_t n = total - at < PAGE_BYTES ? total - at : PAGE_BYTES;
		memcpy(out + at, p->byte, n);
		at += n;
	}
	if (g->key.ver == 4) {
		header4(out, g->header_n, total);
	} else {
		put16(out + 4, g->end);
		out[6] = g->proto;
	}
	*j = (struct joined){ { out, total }, g->header_n, g->proto, out[g->key.ver == 4 ? 8 : 7],
		g->wire };
	count->defrag_joined++;
	return true;
}

/* Lay it down. True: that made the datagram whole; it is in *out then, and g is gone. */
static bool
lay_down(struct defrag *d, struct datagram *g, const struct fragment *f, unsigned depth,
    struct decode_counters *count, struct joined *out)
{
	struct span span;

	if (g->refused || !fits_end(g, f, count))
		return false;
	if (!make_span(d, g, f, &span, count) || (f->key.ver == 6 && !lay6(d, g, &span, count)))
		return false;
	lay(g, f, &span, count);
	if (!g->ended || g->units != (g->end + UNIT - 1) / UNIT) {
		g->wire += f->wirelen;
		return false;
	}
	bool good = join(g, d->out[depth], count, out);
	if (good && g->mixed)
		out->ttl = g->ttl;
	drop(d, g, count);
	return good;
}

/* ---- fragments with different hop limits ---- */

/*
 * A fragment may end on its way and be there for us alone: one is enough to put other bytes in
 * place of those that arrive, or an end where there is none. All fragments of a sender have one hop
 * limit when they reach us, as good as always. When they have not, they are put together in two
 * ways: all of them, and those of each hop limit apart. What its receiver has is among them.
 */
#define HOP_LIMITS 4 /* of one datagram */

static uint8_t
ttl_of(const struct fragment *f)
{
	struct cursor c = cursor_of_view(f->header);
	uint8_t ttl = 0;

	(void)cursor_peek(&c, f->key.ver == 4 ? 8 : 7, &ttl);
	return ttl ? ttl : 1;
}

/* What came so far has one hop limit: keep a copy of it apart. */
static void
set_apart(struct defrag *d, const struct datagram *g, struct decode_counters *count)
{
	struct datagram *copy = begin(d, &g->key, g->bucket, g, count);

	if (!copy)
		return;
	copy->pure = copy->ttl = g->ttl;
	d->pures++;
	copy->end = g->end;
	copy->seen = g->seen;
	copy->units = g->units;
	copy->ended = g->ended;
	copy->refused = g->refused;
	copy->proto = g->proto;
	copy->header_n = g->header_n;
	memcpy(copy->header, g->header, sizeof(copy->header));
	struct page **at = &copy->first;
	for (const struct page *p = g->first; p; p = p->next) {
		struct page *q = slab_get_raw(&d->pages);
		if (!q) {
			drop(d, copy, count);
			return;
		}
		*q = *p;
		q->next = NULL;
		*at = q;
		at = &q->next;
	}
}

/* Of too many the lowest goes: those are least likely to arrive. False when it is this one. */
static bool
has_room(struct defrag *d, const struct datagram *g, uint8_t ttl, struct decode_counters *count)
{
	struct datagram *lowest = NULL;
	unsigned n = 0;

	for (struct datagram *o = d->bucket[g->bucket]; o; o = o->chain) {
		if (!o->pure || memcmp(&o->key, &g->key, sizeof(o->key)) != 0)
			continue;
		n++;
		lowest = !lowest || o->pure < lowest->pure ? o : lowest;
	}
	if (n < HOP_LIMITS)
		return true;
	if (lowest->pure > ttl)
		return false;
	drop(d, lowest, count);
	count->defrag_evicted++;
	return true;
}

/* This fragment has another hop limit than those of g before it. */
static void
diverge(struct defrag *d, struct datagram *g, const struct fragment *f, uint8_t ttl, unsigned depth,
    struct decode_counters *count)
{
	struct joined none;

	if (!g->mixed)
		set_apart(d, g, count);
	g->mixed = true;
	g->ttl = ttl < g->ttl ? ttl : g->ttl;
	if (find(d, &g->key, g->bucket, ttl) || !has_room(d, g, ttl, count))
		return;
	struct datagram *own = begin(d, &g->key, g->bucket, g, count);
	if (!own)
		return;
	own->pure = own->ttl = ttl;
	d->pures++;
	(void)lay_down(d, own, f, depth, count, &none);
}

bool
defrag_add(struct defrag *d, const struct fragment *whole, unsigned depth,
    struct decode_counters *count, struct joined *out)
{
	struct fragment f = *whole;

	assert(depth < DEFRAG_DEPTH);
	pass_time(d, f.ts, count);
	if (!sound(d, &f, count))
		return false;
	uint32_t bucket = (uint32_t)hash_fast(d->seed, &f.key, sizeof(f.key)) & d->mask;
	uint8_t ttl = ttl_of(&f);
	struct datagram *g = d->pures ? find(d, &f.key, bucket, ttl) : NULL;
	if (g && lay_down(d, g, &f, depth, count, out)) {
		if ((g = find(d, &f.key, bucket, 0)))
			drop(d, g, count);
		return true;
	}
	g = find(d, &f.key, bucket, 0);
	if (g && g->ttl != ttl)
		diverge(d, g, &f, ttl, depth, count);
	/* memory may have been short */
	if (!(g = find(d, &f.key, bucket, 0)) && (g = begin(d, &f.key, bucket, NULL, count)))
		g->ttl = ttl;
	return g && lay_down(d, g, &f, depth, count, out);
}
