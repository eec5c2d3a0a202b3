/* SPDX-License-Identifier: Apache-2.0 */
/* flow: the table, its lists of waiting flows, and the way of one packet through it. */
#include <assert.h>
#include <stdlib.h>

#include "ends.h"
#include "internal.h"
#include "segment.h"

#define LEAST_BUCKETS 1024
/* Flows that differ in their labels only have one hash, and lie in one bucket. */
#define LABELS_MOST 64

_Static_assert(sizeof(struct flow) <= 256, "a flow is four lines of 64 bytes");

/*
 *   bucket[bucket_of(hash)] -> flow -> flow    by chain, in any order; for look-ups only
 *   list[timer]: oldest <-> ... <-> newest     by older/newer, in the order of their last packets
 *
 * Every flow is in one bucket and in one list. A packet moves its flow to the newest end of its
 * list, so only the oldest ends need looking at to find who is out of time, or who must go when the
 * table is full. Nothing that can be seen from outside depends on the order within a bucket, hence
 * not on the seed.
 *
 * There are two buckets for a flow, and not room for the most that there may be from the start:
 * their pointers then fill the lines of the cache they lie in, and a look-up finds them there (of
 * the mixed capture's CPU 2 % was waiting for them). So with each new flow two buckets are split
 * (linear hashing, Litwin 1980), which moves no more than a flow or two.
 *
 *      bucket   0 ... half-1 | half ... buckets-1 | not yet: their flows are in i - half
 */

static void
set_timeouts(struct flow_table *t)
{
	const struct flow_config *c = &t->config;

	t->list[TIMER_TCP_NEW].timeout = c->timeout_tcp_new;
	t->list[TIMER_TCP_ESTABLISHED].timeout = c->timeout_tcp_established;
	t->list[TIMER_TCP_CLOSED].timeout = c->timeout_tcp_closed;
	t->list[TIMER_UDP_NEW].timeout = c->timeout_udp_new;
	t->list[TIMER_UDP_ESTABLISHED].timeout = c->timeout_udp_established;
	t->list[TIMER_ICMP].timeout = c->timeout_icmp;
	t->list[TIMER_OTHER].timeout = c->timeout_other;
}

/* Flows that nobody answered, or that are over. */
static inline bool
is_cheap(int timer)
{
	return timer == TIMER_TCP_NEW || timer == TIMER_TCP_CLOSED || timer == TIMER_UDP_NEW ||
	       timer == TIMER_ICMP;
}

/*
 * A flood of packets that nobody answers fills the table with flows that never come to anything:
 * these live shorter then, and are the first to go (victim), so that those with two sides stay.
 */
static void
emergency(struct flow_table *t, bool on)
{
	uint64_t most = t->config.timeout_emergency;

	if (!most || t->count.emergency == on)
		return;
	t->count.emergency = on;
	t->count.emergency_entered += on;
	set_timeouts(t);
	for (int i = 0; on && i < TIMER_COUNT; i++) {
		if (is_cheap(i) && t->list[i].timeout > most)
			t->list[i].timeout = most;
	}
	t->due = 0;
	if (on)
		(void)log_state_set(&t->emergency, true,
		    "flow: the table is nearly full; flows nobody answers are given up sooner");
	else
		(void)log_state_set(&t->emergency, false, "flow: the table has room again");
}

struct flow_table *
flow_new(const struct flow_config *config)
{
	struct flow_table *t = calloc(1, sizeof(*t));
	uint32_t buckets = LEAST_BUCKETS;

	if (!t)
		return NULL;
	assert(config->max_flows > 0);
	while (buckets < config->max_flows)
		buckets <<= 1;
	t->bucket = calloc(buckets, sizeof(*t->bucket));
	if (!t->bucket) {
		free(t);
		return NULL;
	}
	t->config = *config;
	flow_keying_make(&t->keying, config->seed, config->vlan_in_key, config->tenant_in_key);
	t->buckets_max = buckets;
	t->buckets = LEAST_BUCKETS;
	t->mask = LEAST_BUCKETS - 1;
	t->alarm_at = config->max_flows - config->max_flows / 10;
	t->calm_at = config->max_flows * 3 / 10 + 1;
	t->due = UINT64_MAX;
	set_timeouts(t);
	slab_init(&t->flows, sizeof(struct flow), config->max_flows);
	slab_init(&t->streams, sizeof(struct flow_streams), config->max_flows);
	slab_init(&t->watches, sizeof(struct watch), config->max_flows);
	slab_init(&t->outers, sizeof(struct flow_outer), config->max_flows);
	slab_init(&t->held, HELD_BYTES, config->max_stream_bytes / HELD_BYTES);
	slab_init(&t->piles, sizeof(struct pile), config->max_stream_bytes / HELD_BYTES);
	return t;
}

void
flow_free(struct flow_table *t)
{
	if (!t)
		return;
	slab_fini(&t->flows);
	slab_fini(&t->streams);
	slab_fini(&t->held);
	slab_fini(&t->outers);
	slab_fini(&t->watches);
	slab_fini(&t->piles);
	free(t->bucket);
	free(t);
}

void
flow_set_targets(struct flow_table *t, const struct targets *targets)
{
	t->config.targets = targets;
}

static void
list_remove(struct flow_list *l, struct flow *f)
{
	*(f->older ? &f->older->newer : &l->oldest) = f->newer;
	*(f->newer ? &f->newer->older : &l->newest) = f->older;
}

static void
list_add(struct flow_list *l, struct flow *f)
{
	f->newer = NULL;
	f->older = l->newest;
	*(l->newest ? &l->newest->newer : &l->oldest) = f;
	l->newest = f;
}

static uint8_t
timer_of(const struct flow *f)
{
	switch (f->key.proto) {
	case PROTO_TCP:
		return TIMER_TCP_NEW + f->state;
	case PROTO_UDP:
		return f->state == FLOW_NEW ? TIMER_UDP_NEW : TIMER_UDP_ESTABLISHED;
	case PROTO_ICMP:
	case PROTO_ICMPV6:
		return TIMER_ICMP;
	default:
		return TIMER_OTHER;
	}
}

/* When the flow's time is up; never wraps. */
static inline uint64_t
due_at(const struct flow_table *t, const struct flow *f)
{
	uint64_t timeout = t->list[f->timer].timeout;

	return f->seen > UINT64_MAX - timeout ? UINT64_MAX : f->seen + timeout;
}

static void
wait_in(struct flow_table *t, struct flow *f, uint8_t timer)
{
	f->timer = timer;
	list_add(&t->list[timer], f);
	t->list[timer].n++;
	uint64_t due = due_at(t, f);
	if (due < t->due)
		t->due = due;
}

/* The flow had a packet: to the newest end of the list for its state. */
static inline void
touch(struct flow_table *t, struct flow *f)
{
	struct flow_list *l = &t->list[f->timer];
	uint8_t timer = timer_of(f);

	f->seen = t->clock;
	if (timer == f->timer) {
		if (!f->newer)
			return;
		list_remove(l, f);
		list_add(l, f);
		return;
	}
	list_remove(l, f);
	l->n--;
	wait_in(t, f, timer);
}

static inline struct flow **
bucket_of(const struct flow_table *t, uint32_t hash)
{
	uint32_t i = hash & t->mask;

	return &t->bucket[i < t->buckets ? i : hash & t->mask >> 1];
}

/* One bucket more: from the one that had its flows they come over, or stay. */
static void
split_bucket(struct flow_table *t)
{
	uint32_t at = t->buckets++;

	if (at > t->mask)
		t->mask = t->mask << 1 | 1;
	struct flow **from = &t->bucket[at & t->mask >> 1], **to = &t->bucket[at];
	while (*from) {
		struct flow *f = *from;
		if ((f->hash & t->mask) != at) {
			from = &f->chain;
			continue;
		}
		*from = f->chain;
		f->chain = *to;
		*to = f;
	}
}

static void
end_flow(struct flow_table *t, struct flow *f, enum flow_end why, flow_end_fn ended, void *context)
{
	struct flow **at = bucket_of(t, f->hash);

	while (*at != f)
		at = &(*at)->chain;
	*at = f->chain;
	list_remove(&t->list[f->timer], f);
	t->list[f->timer].n--;
	f->end = (uint8_t)why;
	ended(context, f);
	flow_streams_free(t, f);
	slab_put(&t->outers, f->outer);
	slab_put(&t->flows, f);
	t->count.active--;
	if (t->count.active < t->calm_at)
		emergency(t, false);
}

uint64_t
flow_due(const struct flow_table *t, const struct flow *f)
{
	return due_at(t, f);
}

static inline bool
comes_first(const struct flow *a, uint64_t at, const struct flow *b, uint64_t bt)
{
	return !b || at < bt || (at == bt && a->last_number < b->last_number);
}

/* The flow that was quiet longest, of all or of the cheap ones; NULL when there is none. */
static struct flow *
oldest(const struct flow_table *t, bool cheap)
{
	struct flow *best = NULL;

	for (int i = 0; i < TIMER_COUNT; i++) {
		struct flow *f = !cheap || is_cheap(i) ? t->list[i].oldest : NULL;
		if (f && comes_first(f, f->seen, best, best ? best->seen : 0))
			best = f;
	}
	return best;
}

/* Who goes when the table is full. While few flows are cheap they are new ones, which need time to
 * be answered. */
static struct flow *
victim(const struct flow_table *t)
{
	uint64_t cheap = 0;

	for (int i = 0; i < TIMER_COUNT; i++)
		cheap += is_cheap(i) ? t->list[i].n : 0;
	return oldest(t, cheap > t->config.max_flows / 8);
}

/* The flow whose time was up first, NULL when it is after `now`; then the table learns when to look
 * again. */
static struct flow *
first_due(struct flow_table *t, uint64_t now)
{
	struct flow *best = NULL;
	uint64_t due = UINT64_MAX;

	for (int i = 0; i < TIMER_COUNT; i++) {
		struct flow *f = t->list[i].oldest;
		if (f && comes_first(f, due_at(t, f), best, due)) {
			best = f;
			due = due_at(t, f);
		}
	}
	t->due = due;
	return due <= now ? best : NULL;
}

/*
 * After a long pause the clock goes on one packet late (pktclock), and the flow of that packet is
 * older by the table's clock than it is. True: it has its own time now, and waits where that says.
 */
static bool
renewed(struct flow_table *t, struct flow *f)
{
	struct flow_list *l = &t->list[f->timer];

	if (f->last <= f->seen || f->last > t->clock)
		return false;
	list_remove(l, f);
	f->seen = f->last;
	struct flow *before = l->newest;
	while (before && !comes_first(before, before->seen, f, f->seen))
		before = before->older;
	f->older = before;
	f->newer = before ? before->newer : l->oldest;
	*(f->newer ? &f->newer->older : &l->newest) = f;
	*(before ? &before->newer : &l->oldest) = f;
	return true;
}

void
flow_expire(struct flow_table *t, uint64_t now, flow_end_fn ended, void *context)
{
	struct flow *f;

	if (now > t->clock)
		t->clock = now;
	if (t->clock < t->due)
		return;
	while ((f = first_due(t, t->clock)))
		if (!renewed(t, f))
			end_flow(t, f, FLOW_END_TIMEOUT, ended, context);
}

void
flow_drain_to(struct flow_table *t, uint64_t number, flow_end_fn ended, void *context)
{
	struct flow *f;

	while ((f = oldest(t, false)) && f->last_number <= number)
		end_flow(t, f, FLOW_END_SHUTDOWN, ended, context);
}

void
flow_drain(struct flow_table *t, flow_end_fn ended, void *context)
{
	flow_drain_to(t, UINT64_MAX, ended, context);
	t->due = UINT64_MAX;
	t->clock = 0;
}

static void
count_new(struct flow_table *t, const struct packet *p)
{
	struct flow_counters *c = &t->count;

	c->total++;
	c->active++;
	if (p->proto == PROTO_TCP)
		c->tcp++;
	else if (p->proto == PROTO_UDP)
		c->udp++;
	else if (p->proto == PROTO_ICMP && p->ip_ver == 4)
		c->icmpv4++;
	else if (p->proto == PROTO_ICMPV6 && p->ip_ver == 6)
		c->icmpv6++;
	else
		c->other++;
}

static void
set_first(struct flow *f, const struct flow_lookup *l, const struct packet *p, uint64_t now)
{
	f->hash = l->hash;
	f->high = l->turn != !!(f->flags & FLOW_TURNED);
	f->key.tenant = l->tenant;
	f->key.vlan[0] = p->vlan[0];
	f->key.vlan[1] = p->vlan[1];
	f->vlan_deep = p->vlan_n > 2 ? p->vlan[2] : 0;
	f->key.proto = p->proto;
	f->key.ip_ver = p->ip_ver;
	f->key.icmp = l->icmp;
	f->first = f->last = p->frame.ts;
	f->seen = now;
	f->first_number = p->frame.number;
	f->source = p->frame.source;
	f->icmp_type = p->icmp_type;
	f->icmp_code = p->icmp_code;
	f->min_ttl[0] = f->min_ttl[1] = UINT8_MAX;
	f->id = flow_id_make(f);
}

/* Without memory for it the flow just does not know. */
static void
set_outer(struct flow_table *t, struct flow *f, const struct packet *p)
{
	struct flow_outer *o = slab_get(&t->outers);

	f->outer = o;
	if (!o)
		return;
	*o = (struct flow_outer){ p->outer, p->depth };
	if (f->flags & FLOW_TURNED) {
		o->outer.src = p->outer.dst;
		o->outer.dst = p->outer.src;
		o->outer.sport = p->outer.dport;
		o->outer.dport = p->outer.sport;
	}
}

static inline bool
begins_midway(const struct packet *p)
{
	return p->proto == PROTO_TCP && (p->tcp_flags & (TCP_SYN | TCP_ACK)) != TCP_SYN;
}

/* The answer to a SYN begins a connection whose other side goes another way. */
static inline bool
may_follow(const struct flow_table *t, const struct packet *p)
{
	return t->config.midstream || (p->tcp_flags & TCP_SYN && !t->config.strict);
}

/* Its beginning was not seen. A lone reset or FIN is no connection that one could follow. */
static void
pick_up(struct flow_table *t, struct flow *f, const struct packet *p)
{
	uint8_t policy = t->config.midstream_policy;

	t->count.midstream++;
	if (!(p->tcp_flags & TCP_SYN))
		f->flags |= FLOW_MIDSTREAM;
	if (!may_follow(t, p) || policy == FLOW_POLICY_BYPASS)
		f->flags |= FLOW_MIDSTREAM | FLOW_UNFOLLOWED;
	if (p->tcp_flags & (TCP_RST | TCP_FIN))
		return;
	f->policy = policy > FLOW_POLICY_IGNORE ? policy : FLOW_POLICY_IGNORE;
	t->count.midstream_policy += policy > FLOW_POLICY_IGNORE;
}

static struct flow *
begin(struct flow_table *t, const struct flow_lookup *l, const struct packet *p, enum dir *dir)
{
	struct flow *f = slab_get(&t->flows);

	if (!f)
		return NULL;
	flow_set_ends(t, f, p, dir);
	set_first(f, l, p, t->clock);
	if (begins_midway(p))
		pick_up(t, f, p);
	else if (t->config.strict)
		f->flags |= FLOW_STRICT;
	if (p->depth)
		set_outer(t, f, p);
	for (int i = 0; i < 2 && t->buckets < t->buckets_max; i++)
		if (t->buckets <= 2 * t->count.active)
			split_bucket(t);
	struct flow **bucket = bucket_of(t, l->hash);
	f->chain = *bucket;
	*bucket = f;
	wait_in(t, f, timer_of(f));
	count_new(t, p);
	if (t->count.active >= t->alarm_at)
		emergency(t, true);
	return f;
}

static inline struct flow *
find(const struct flow_table *t, const struct flow_lookup *l, const struct packet *p, enum dir *dir)
{
	struct flow *f = *bucket_of(t, l->hash);

	while (f && !flow_is(&t->keying, f, l, p, dir))
		f = f->chain;
	return f;
}

/* Of the flows whose other direction came with a label of its own: the one that waits longest.
 * *crowd: none, and there are LABELS_MOST already, of which this is the first. */
static struct flow *
find_by_label(const struct flow_table *t, const struct flow_lookup *l, const struct packet *p,
    enum dir *dir, struct flow **crowd)
{
	struct flow *best = NULL, *first = NULL;
	unsigned same = 0;
	enum dir way;

	for (struct flow *f = *bucket_of(t, l->hash); f; f = f->chain) {
		if (!flow_but_label(&t->keying, f, l, p, &way))
			continue;
		same++;
		if (!first || f->first_number < first->first_number)
			first = f;
		if (!f->packets[way] && (!best || f->first_number < best->first_number)) {
			best = f;
			*dir = way;
		}
	}
	*crowd = !best && same >= LABELS_MOST ? first : NULL;
	return best;
}

/* The flow of that key, by its labels if need be; room is made among too many of them. */
static inline struct flow *
find_any(struct flow_table *t, const struct flow_lookup *l, const struct packet *p, enum dir *dir,
    flow_end_fn ended, void *context)
{
	struct flow *f = find(t, l, p, dir), *crowd;

	if (f)
		return f;
	f = find_by_label(t, l, p, dir, &crowd);
	if (crowd) {
		t->count.evicted++;
		end_flow(t, crowd, FLOW_END_FORCED, ended, context);
	}
	return f;
}

static inline void
count_packet(struct flow *f, const struct packet *p, enum dir dir)
{
	f->packets[dir]++;
	f->bytes[dir] += packet_bytes(p);
	f->last_number = p->frame.number;
	if (p->frame.ts > f->last)
		f->last = p->frame.ts;
	if (p->ttl < f->min_ttl[dir])
		f->min_ttl[dir] = p->ttl;
	if (p->ttl > f->max_ttl[dir])
		f->max_ttl[dir] = p->ttl;
}

static inline void
update_state(struct flow_table *t, struct flow *f, const struct packet *p, enum dir dir)
{
	if (p->proto != PROTO_TCP)
		f->state = f->packets[0] && f->packets[1] ? FLOW_ESTABLISHED : FLOW_NEW;
	else if (!(p->flags & PKT_BAD_CSUM)) {
		if (t->watching)
			flow_segment_look(t, f, p, dir);
		if (!(f->flags & FLOW_UNFOLLOWED))
			flow_tcp_update(f, p, dir);
	}
}

/* Said by the host itself, about what the client sent. A router that knows no way there, or a hop
 * counter that ran out, says nothing about the host. */
static bool
is_refusal(const struct packet *p, const struct packet *quoted, enum dir dir)
{
	return dir == DIR_TO_SERVER && p->icmp_type == (p->ip_ver == 4 ? 3 : 1) &&
	       addr_same(&p->src, &quoted->dst);
}

void
flow_quote(struct flow_table *t, const struct packet *p)
{
	struct packet quoted;
	struct flow_lookup l;
	enum dir dir;

	if (!proto_is_icmp(p->proto, p->ip_ver) || !flow_quoted(p, &quoted))
		return;
	flow_lookup_make(&t->keying, &quoted, &l);
	struct flow *f = find(t, &l, &quoted, &dir);
	if (f) {
		if (is_refusal(p, &quoted, dir))
			f->flags |= FLOW_REFUSED;
		f->icmp_errors += f->icmp_errors < UINT16_MAX;
		t->count.icmp_errors++;
	}
}

/* A later fragment has no ports; the flow of its datagram cannot be told without putting it
 * together. */
static inline bool
can_have_flow(const struct flow_table *t, const struct packet *p)
{
	if (t->config.known_only && !proto_has_ports(p->proto) &&
	    !proto_is_icmp(p->proto, p->ip_ver) && p->proto != PROTO_ESP)
		return false;
	return p->ip_ver && (p->flags & (PKT_FRAGMENT | PKT_FIRST_FRAG)) != PKT_FRAGMENT;
}

static bool
over(struct flow_table *t, struct flow *f, const struct packet *p, enum dir dir, enum flow_end *why)
{
	if (t->clock >= due_at(t, f) && (!renewed(t, f) || t->clock >= due_at(t, f))) {
		*why = FLOW_END_TIMEOUT;
		return true;
	}
	*why = FLOW_END_REUSE;
	return p->tcp_flags & TCP_SYN && p->proto == PROTO_TCP && flow_tcp_reused(f, p, dir);
}

static void
first_of_side(struct flow *f, const struct flow_lookup *l, const struct packet *p, enum dir dir)
{
	f->label[dir] = l->tenant;
	if (dir == DIR_TO_CLIENT && proto_is_icmp(p->proto, p->ip_ver)) {
		f->icmp_answer.type = p->icmp_type;
		f->icmp_answer.code = p->icmp_code;
	}
}

struct flow *
flow_packet(
    struct flow_table *t, const struct packet *p, enum dir *dir, flow_end_fn ended, void *context)
{
	struct flow_lookup l;
	struct flow *f = NULL;
	enum flow_end why;

	t->segment_odd = 0;
	uint64_t now = packet_now(p);
	if (now > t->clock)
		t->clock = now;
	if (can_have_flow(t, p)) {
		flow_lookup_make(&t->keying, p, &l);
		f = find_any(t, &l, p, dir, ended, context);
		if (f && over(t, f, p, *dir, &why)) {
			end_flow(t, f, why, ended, context);
			f = NULL;
		}
		if (!f) {
			if (t->count.active >= t->config.max_flows) {
				t->count.evicted++;
				end_flow(t, victim(t), FLOW_END_FORCED, ended, context);
			}
			f = begin(t, &l, p, dir);
			t->count.memory_failed += !f;
		}
	} else {
		t->count.no_flow += p->ip_ver != 0;
	}
	if (!f)
		return NULL;
	t->count.packets++;
	if (f->flags & FLOW_MIDSTREAM && p->payload.len && p->proto == PROTO_TCP)
		flow_turn_late(t, f, p, dir);
	if (!f->packets[*dir])
		first_of_side(f, &l, p, *dir);
	count_packet(f, p, *dir);
	update_state(t, f, p, *dir);
	touch(t, f);
	return f;
}

const struct flow_counters *
flow_count(const struct flow_table *t)
{
	return &t->count;
}
