/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that were read into what the packet path walks: put in order, grouped, their literals
 * compiled. */
#include <stdlib.h>

#include "probe/match_compile.h"
#include "probe/match_datasets.h"
#include "probe/match_reputation.h"
#include "probe/match_run.h"

struct compiler {
	const struct match_load *load;
	struct match_slots *slots;
	struct match_summary *summary;
	struct match_literal *literal; /* room for one a rule */
	const struct match_rule *rule; /* of the set */
	struct match_cache *cache;     /* NULL: none */
	struct err *e;
};

static int
slot_order(const void *a, const void *b)
{
	const struct match_slot *x = *(struct match_slot *const *)a,
				*y = *(struct match_slot *const *)b;
	if (x->rule.action != y->rule.action)
		return x->rule.action < y->rule.action ? -1 : 1;
	if (x->bits != y->bits)
		return x->bits < y->bits ? -1 : 1;
	if (x->rule.info->severity != y->rule.info->severity)
		return x->rule.info->severity < y->rule.info->severity ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* Replaced rules out, the rest in order into the set. */
static int
place_rules(struct compiler *l, struct match_rules *r)
{
	struct match_slots *t = l->slots;
	size_t n = 0;
	for (size_t i = 0; i < t->n; i++) {
		if (!t->item[i]->replaced)
			t->item[n++] = t->item[i];
	}
	t->n = n;
	l->summary->loaded = (uint32_t)n;
	if (n)
		qsort(t->item, n, sizeof(struct match_slot *), slot_order);
	r->rule = match_arena_get(&r->arena, (n + 1) * sizeof(*r->rule));
	if (!r->rule)
		return -1;
	r->rule_n = (uint32_t)n;
	for (size_t i = 0; i < n; i++) {
		r->rule[i] = t->item[i]->rule;
		t->item[i]->literal.rule = (uint32_t)i;
	}
	return 0;
}

/* Is the rule for this direction? */
static bool
looks(const struct match_rule *r, unsigned dir)
{
	return !(r->flow & (dir == DIR_TO_SERVER ? MATCH_FLOW_TO_CLIENT : MATCH_FLOW_TO_SERVER));
}

/* Where nothing is searched for it; bits 1 << enum dir. */
static uint8_t
loose_in(const struct match_slot *s)
{
	return s->literal.len ? s->without : 1u << DIR_TO_SERVER | 1u << DIR_TO_CLIENT;
}

typedef bool (*scanned)(const struct match_slot *s, unsigned which);

static bool
scanned_payload(const struct match_slot *s, unsigned transport)
{
	return s->list == 0 && s->rule.in != MATCH_IN_TX && s->rule.transports & 1u << transport;
}

static bool
scanned_list(const struct match_slot *s, unsigned list)
{
	return s->list == list;
}

/* The literals that belong together. */
static size_t
gather(struct compiler *l, scanned belongs, unsigned which, unsigned dir)
{
	size_t n = 0;
	for (size_t i = 0; i < l->slots->n; i++) {
		const struct match_slot *s = l->slots->item[i];
		if (!(loose_in(s) & 1u << dir) && looks(&s->rule, dir) && belongs(s, which))
			l->literal[n++] = s->literal;
	}
	return n;
}

/* Their database; *out stays NULL when there are none. */
static int
compile_one(
    struct compiler *l, scanned belongs, unsigned which, unsigned dir, struct match_mpm **out)
{
	if (match_stopped(l->load))
		return err_set(l->e, "told to stop");
	size_t n = gather(l, belongs, which, dir);
	if (!n)
		return 0;
	*out = match_mpm_new(l->literal, n, l->rule, l->cache, l->e);
	return *out ? 0 : -1;
}

static int
compile_raw(struct compiler *l, struct match_rules *r, unsigned transport, unsigned dir)
{
	if (match_stopped(l->load))
		return err_set(l->e, "told to stop");
	struct match_raw_made of = { .literal = l->literal,
		.n = gather(l, scanned_payload, transport, dir),
		.rule = r->rule,
		.arena = &r->arena,
		.cache = l->cache };
	return of.n ? match_raw_build(&r->scan.payload[transport][dir], &of, l->e) : 0;
}

/* ---- short literals of raw bytes ---- */

#define SHORT 2     /* bytes; one such slows a search for hundreds of literals by a quarter */
#define SHORT_FEW 8 /* rules that are rather asked without a literal */
#define MANY 64     /* literals of a database that it matters to */

struct shorts {
	uint32_t *slot;
	uint8_t *keep; /* as match_slot.without */
	size_t n;
};

static bool
is_raw(const struct match_slot *s, unsigned transport, unsigned dir)
{
	return s->literal.len && looks(&s->rule, dir) && scanned_payload(s, transport);
}

/* Of one transport: they stay where they are many, or among few. */
static void
keep_short(const struct compiler *l, struct shorts *s, unsigned transport, unsigned dir)
{
	size_t all = 0, few = 0;
	for (size_t i = 0; i < s->n; i++)
		few += is_raw(l->slots->item[s->slot[i]], transport, dir);
	for (size_t i = 0; i < l->slots->n && few && few <= SHORT_FEW && all < MANY; i++)
		all += is_raw(l->slots->item[i], transport, dir);
	for (size_t i = 0; i < s->n && (few > SHORT_FEW || all < MANY); i++) {
		if (is_raw(l->slots->item[s->slot[i]], transport, dir))
			s->keep[i] |= (uint8_t)(1u << dir);
	}
}

/* The others are taken away: their rules go to the groups. */
static int
loosen_short(struct compiler *l)
{
	struct shorts s = { calloc(l->slots->n + 1, sizeof(*s.slot)),
		calloc(l->slots->n + 1, sizeof(*s.keep)), 0 };
	for (uint32_t i = 0; s.slot && s.keep && i < l->slots->n; i++) {
		const struct match_literal *of = &l->slots->item[i]->literal;
		if (of->len && of->len <= SHORT && l->slots->item[i]->list == 0)
			s.slot[s.n++] = i;
	}
	for (unsigned k = 0; k < 2 * MATCH_TRANSPORTS; k++)
		keep_short(l, &s, k / 2, k % 2);
	for (size_t i = 0; i < s.n; i++)
		l->slots->item[s.slot[i]]->without = 3 & ~s.keep[i];
	int rc = s.slot && s.keep ? 0 : -1;
	free(s.slot);
	free(s.keep);
	return rc;
}

/* ---- databases ---- */

static int
compile_lists(struct compiler *l, struct match_rules *r)
{
	r->scan.list = match_arena_get(&r->arena, r->list_n * sizeof(*r->scan.list));
	if (!r->scan.list)
		return err_set(l->e, "out of memory");
	for (unsigned list = 1; list < r->list_n; list++) {
		for (unsigned dir = 0; dir < 2; dir++) {
			if (compile_one(l, scanned_list, list, dir, &r->scan.list[list][dir]) != 0)
				return -1;
		}
	}
	return 0;
}

static int
compile(struct compiler *l, struct match_rules *r)
{
	l->rule = r->rule;
	l->literal = calloc(l->slots->n + 1, sizeof(*l->literal));
	if (!l->literal)
		return err_set(l->e, "out of memory");
	for (unsigned dir = 0; dir < 2; dir++) {
		for (unsigned t = 0; t < MATCH_TRANSPORTS; t++) {
			if (compile_raw(l, r, t, dir) != 0)
				return -1;
		}
	}
	for (size_t i = 0; i < l->slots->n; i++) {
		const struct match_slot *s = l->slots->item[i];
		if (scanned_payload(s, MATCH_TCP) && s->rule.in & MATCH_IN_STREAM &&
		    r->overlap + 1u < s->literal.len)
			r->overlap = s->literal.len - 1u;
	}
	return compile_lists(l, r);
}

static int
assign_frames(struct match_rules *r)
{
	for (unsigned k = 0; r->frames && k < L7_FRAME_COUNT * 2; k++) {
		struct match_tx_work *w = &r->frame[k / 2][k % 2];
		uint16_t *list = match_arena_get(&r->arena, r->list_n * sizeof(*list));
		if (!list)
			return -1;
		w->list = list;
		for (uint16_t i = 1; i < r->list_n; i++) {
			if (r->list[i].place == MATCH_FRAME + k / 2 && r->scan.list[i][k % 2])
				list[w->list_n++] = i;
		}
	}
	return 0;
}

/* Whose transactions have this buffer; that of HTTP/2 is asked of the DNS in it, too. */
static uint64_t
protos_of(const struct match_rules *r, uint16_t place)
{
	uint64_t protos = l7_buffer_row((enum l7_buffer)(place - MATCH_L7))->protos;
	return r->carried && protos & L7_SET(HTTP2) ? protos | L7_SET(DNS) : protos;
}

/* Which lists with literals each protocol's transactions, and packets, are scanned for. */
static int
assign_lists(struct match_rules *r)
{
	uint16_t *packet = match_arena_get(&r->arena, r->list_n * sizeof(*packet));
	if (!packet)
		return -1;
	r->packet_list = packet;
	for (uint16_t i = 1; i < r->list_n; i++) {
		if (r->list[i].place < MATCH_FRAME && (r->scan.list[i][0] || r->scan.list[i][1]))
			packet[r->packet_list_n++] = i;
	}
	for (unsigned proto = 0; proto < L7_COUNT * 2; proto++) {
		struct match_tx_work *w = &r->tx[proto / 2][proto % 2];
		uint16_t *list = match_arena_get(&r->arena, r->list_n * sizeof(*list));
		if (!list)
			return -1;
		w->list = list;
		for (uint16_t i = 1; i < r->list_n; i++) {
			uint16_t place = r->list[i].place;
			if (place >= MATCH_L7 && r->scan.list[i][proto % 2] &&
			    protos_of(r, place) & (uint64_t)1 << proto / 2)
				list[w->list_n++] = i;
		}
	}
	return assign_frames(r);
}

/* Can it not hold on a packet without payload? */
static bool
wants_bytes(const struct match_rule *r)
{
	bool wants = r->size[0] > 0;
	for (uint8_t i = 0; i < r->area_n; i++) {
		const struct match_area *a = &r->area[i];
		for (uint8_t k = 0; k < a->op_n && a->list == 0; k++)
			wants |= a->op[k].kind == MATCH_OP_CONTENT &&
				 !(a->op[k].flags & MATCH_OP_NOT) && a->op[k].len;
	}
	return wants;
}

static uint32_t
loose_of(const struct match_slot *s, uint32_t rule, struct match_loose *out)
{
	uint32_t n = 0;
	const struct match_rule *r = &s->rule;
	uint8_t dirs = loose_in(s);
	if (!dirs)
		return 0;
	if (r->in & MATCH_IN_FRAME) {
		*out = (struct match_loose){ rule, MATCH_WHENS + 1, dirs };
		return 1;
	}
	if (r->in & MATCH_IN_TX)
		out[n++] = (struct match_loose){ rule, MATCH_WHENS, dirs };
	if (r->in & MATCH_IN_STREAM && r->transports & 1u << MATCH_TCP)
		out[n++] = (struct match_loose){ rule, MATCH_EACH_CHUNK, dirs };
	/* the verifier sends TCP packets away again where only the stream counts */
	if (r->in != MATCH_IN_TX && (r->in & MATCH_IN_PACKET || r->transports & ~(1u << MATCH_TCP)))
		out[n++] = (struct match_loose){ rule,
			r->once          ? MATCH_FIRST_PACKET
			: r->on_event    ? MATCH_ON_EVENT
			: wants_bytes(r) ? MATCH_EACH_PAYLOAD
					 : MATCH_EACH_PACKET,
			dirs };
	return n;
}

static int
group_rules(struct compiler *l, struct match_rules *r)
{
	struct match_loose *loose = calloc(l->slots->n * 2 + 1, sizeof(*loose));
	size_t n = 0;
	if (!loose)
		return -1;
	for (uint32_t i = 0; i < l->slots->n; i++) {
		n += loose_of(l->slots->item[i], i, loose + n);
		r->rule[i].loose = loose_in(l->slots->item[i]);
		r->frames |= r->rule[i].in == MATCH_IN_FRAME ? UINT64_C(1) << r->rule[i].frame : 0;
		r->events |= r->rule[i].on_event;
		r->tells_protos |= r->rule[i].new_proto;
		r->takes |= r->rule[i].takes;
		r->streams |=
		    r->rule[i].in & MATCH_IN_STREAM && r->rule[i].transports & 1u << MATCH_TCP;
		for (uint8_t k = 0; k < r->rule[i].area_n && r->rule[i].in == MATCH_IN_TX; k++)
			r->streams |= r->rule[i].area[k].list == 0;
	}
	int rc = match_group_build(r, loose, n);
	free(loose);
	return rc;
}

int
match_compile(struct match_rules *r, const struct match_set *set, struct match_slots *slots,
    struct match_summary *summary, struct err *e)
{
	struct compiler l = { .load = set->load, .slots = slots, .summary = summary, .e = e };
	r->list = match_arena_copy(&r->arena, set->list, set->list_n * sizeof(*set->list));
	r->list_n = set->list_n;
	if (!r->list || place_rules(&l, r) != 0 || loosen_short(&l) != 0 || group_rules(&l, r) != 0)
		return err_set(e, "out of memory");
	if (set->load->read_only)
		return 0;
	struct err untrusted = { "" };
	l.cache = match_cache_open(set->load->cache_dir, &untrusted);
	int rc = compile(&l, r);
	struct match_cache_sums sums = match_cache_close(l.cache);
	summary->cache_found = sums.found;
	summary->cache_made = sums.made;
	summary->cache_failed = sums.failed;
	summary->cache_untrusted = untrusted;
	free(l.literal);
	if (rc != 0)
		return -1;
	return assign_lists(r) == 0 ? 0 : err_set(e, "out of memory");
}

unsigned
match_rules_want(const struct match_rules *r)
{
	unsigned wants = r ? r->wants : 0;
	for (uint16_t i = 0; r && i < r->list_n; i++) {
		uint16_t place = r->list[i].place;
		if (place >= MATCH_L7)
			wants |= l7_buffer_wants((enum l7_buffer)(place - MATCH_L7));
	}
	return wants;
}

uint64_t
match_rules_frames(const struct match_rules *r)
{
	return r ? r->frames : 0;
}

bool
match_rules_home(const struct match_rules *r, const struct addr *a, uint8_t ver)
{
	return r && r->home && match_addresses_have(r->home, a, ver);
}

unsigned
match_rules_digests(const struct match_rules *r)
{
	return r ? r->digests : 0;
}

bool
match_rules_segments(const struct match_rules *r)
{
	return r && r->takes & MATCH_TAKES_SEGMENTS;
}

/* One database after another; NULL behind the last. */
struct match_mpm *
match_scan_each(const struct match_rules *r, size_t *at)
{
	const struct match_scan *s = &r->scan;
	size_t lists = s->list ? r->list_n : 0, raw = 2 * MATCH_TRANSPORTS * MATCH_RAW_KINDS;
	while (*at < raw + lists * 2) {
		size_t i = (*at)++, k = i / (2 * MATCH_TRANSPORTS), of = i % (2 * MATCH_TRANSPORTS);
		struct match_mpm *m = i < raw ? s->payload[of / 2][of % 2].of[k]
					      : s->list[(i - raw) / 2][(i - raw) % 2];
		if (m)
			return m;
	}
	return NULL;
}

void
match_rules_free(struct match_rules *r)
{
	struct match_mpm *m;
	if (!r)
		return;
	for (size_t at = 0; (m = match_scan_each(r, &at));)
		match_mpm_free(m);
	match_datasets_drop(r->datasets);
	match_pcre_drop(&r->pcre);
	match_reputation_free(r->reputation);
	match_arena_free(&r->arena);
	free(r);
}
