/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Port scans by a sequential hypothesis test: Jung, Paxson, Berger, Balakrishnan, "Fast Portscan
 * Detection Using Sequential Hypothesis Testing", IEEE S&P 2004.
 *
 * Only the first contact of a source with a (host, port) counts, so polling a dead host for days is
 * one failure. Each outcome moves a walk: an answer down, a refusal or silence up. At the upper
 * line the source scans; at the lower one it does not, and the walk begins anew.
 *
 *     source ──> item ──> item ──> item        oldest first; the oldest go at the cap
 *                TARGET   HOST     PORT        HOST and PORT make the distinct counts
 *
 *     waiting: TARGETs without an outcome, by time; after `patience` silence is a failure
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "detector.h"
#include "lib/slab.h"
#include "table.h"

#define PATIENCE_DEFAULT 3000000000ULL
#define TARGETS_PER_SOURCE 8 /* on average, over all sources */
#define RATIO_CAP 1e12       /* the walk stops here: more says nothing new */
#define SHAPE 3              /* so many times more ports than hosts is vertical, and so on */
#define WEAK_TARGETS 4       /* weak shapes: times scan_min_targets, nearly all failed */
#define WEAK_FAILED 0.95
/* A datagram needs no answer: how often one stays silent although the client is benign. */
#define UDP_SILENT 0.5

enum { PROTO_ICMP = 1, PROTO_UDP = 17, PROTO_ICMPV6 = 58 };

enum item_kind { ITEM_TARGET, ITEM_HOST, ITEM_PORT };

enum outcome { WAITING, ANSWERED, REFUSED, SILENT };

struct source;

struct item {
	struct table_node node;
	struct age_node age; /* in scan.waiting while outcome is WAITING */
	struct item *next;   /* of the same source */
	struct source *source;
	uint64_t ts;
	struct addr host;
	uint32_t episode; /* in which it was counted */
	uint16_t port;
	uint8_t proto, kind, outcome;
};

struct item_key {
	uint64_t serial;
	struct addr host;
	uint16_t port;
	uint8_t proto, kind;
	uint32_t zero;
};

struct source {
	struct table_node node;
	struct age_node age; /* in scan.quiet or scan.reported, by last first contact */
	uint64_t serial;
	struct addr addr;
	uint8_t ver;
	bool reported;
	uint32_t episode;
	struct item *first, *last;
	uint64_t targets; /* held now */
	uint64_t touched; /* last first contact, ns */

	/* the episode so far */
	uint64_t contacts, failures, refused, hosts, ports, icmp;
	uint64_t begin, latest;
	uint64_t contacts_said; /* by the first alert */
	double walk;            /* natural logarithm of the likelihood ratio */
	struct addr first_host, last_host;
	uint16_t first_port, last_port;
	uint8_t last_proto;
};

struct source_key {
	struct addr addr;
	uint64_t ver;
};

struct scan {
	struct detector_env *env;
	struct table sources, items;
	struct slab source_slab, item_slab;
	struct age_list quiet, reported, waiting;
	uint64_t serial, patience;
	double up, up_udp, down; /* steps of the walk */
	double upper, lower;
};

enum shape { SHAPE_NONE = -1, SHAPE_PORTS, SHAPE_HOSTS, SHAPE_MIXED, SHAPE_PING };

static const struct detector_sid sids[] = {
	[SHAPE_PORTS] = { NOTICE_SID_SCAN_PORTS, 2, "WANGLOU port scan: many ports of few hosts",
	    "network-scan", "Detection of a Network Scan", "attempt", "T1046", "02001",
	    "端口扫描（纵向）" },
	[SHAPE_HOSTS] = { NOTICE_SID_SCAN_HOSTS, 2, "WANGLOU address scan: few ports on many hosts",
	    "network-scan", "Detection of a Network Scan", "attempt", "T1046", "02001",
	    "地址扫描（横向）" },
	[SHAPE_MIXED] = { NOTICE_SID_SCAN_MIXED, 2,
	    "WANGLOU network scan: many ports on many hosts", "network-scan",
	    "Detection of a Network Scan", "attempt", "T1046", "02001", "网络扫描（混合）" },
	[SHAPE_PING] = { NOTICE_SID_PING_SWEEP, 3, "WANGLOU ping sweep: many hosts", "network-scan",
	    "Detection of a Network Scan", "attempt", "T1018", "02001", "主机存活探测" },
};

/* ---- items ---- */

static uint64_t
item_hash(const struct scan *s, const struct item_key *key)
{
	return hash_fast(s->env->config.seed, key, sizeof(*key));
}

static struct item *
item_find(const struct scan *s, const struct item_key *key, uint64_t hash)
{
	struct table_node *node = table_first(&s->items, hash);
	for (; node; node = table_next(node)) {
		struct item *it = table_of(node, struct item, node);
		if (it->source->serial == key->serial && it->kind == key->kind &&
		    it->port == key->port && it->proto == key->proto &&
		    addr_same(&it->host, &key->host))
			return it;
	}
	return NULL;
}

/* Drop the source's oldest item. */
static void
item_drop(struct scan *s, struct source *src)
{
	struct item *it = src->first;
	src->first = it->next;
	if (!src->first)
		src->last = NULL;
	if (it->kind == ITEM_TARGET)
		src->targets--;
	if (it->kind == ITEM_TARGET && it->outcome == WAITING)
		age_remove(&s->waiting, &it->age);
	table_remove(&s->items, &it->node);
	slab_put(&s->item_slab, it);
}

static void
source_forget(struct scan *s, struct source *src)
{
	while (src->first)
		item_drop(s, src);
	age_remove(src->reported ? &s->reported : &s->quiet, &src->age);
	table_remove(&s->sources, &src->node);
	slab_put(&s->source_slab, src);
}

/* The source to give up when room is needed: the oldest that is not `keep`, reported ones last. */
static struct source *
source_oldest(const struct scan *s, const struct source *keep)
{
	const struct age_list *lists[] = { &s->quiet, &s->reported };
	for (int i = 0; i < 2; i++) {
		struct age_node *node = lists[i]->oldest;
		if (node && table_of(node, struct source, age) == keep)
			node = node->newer;
		if (node)
			return table_of(node, struct source, age);
	}
	return NULL;
}

static struct item *
item_room(struct scan *s, struct source *src)
{
	for (;;) {
		struct item *it = slab_get(&s->item_slab);
		if (it)
			return it;
		struct source *victim = source_oldest(s, src);
		if (!victim && !src->first)
			return NULL;
		s->env->count.evicted++;
		if (victim)
			source_forget(s, victim);
		else
			item_drop(s, src);
	}
}

static struct item *
item_add(struct scan *s, struct source *src, const struct item_key *key, uint64_t hash)
{
	struct item *it = item_room(s, src);
	if (!it)
		return NULL;
	it->source = src;
	it->host = key->host;
	it->port = key->port;
	it->proto = key->proto;
	it->kind = key->kind;
	if (src->last)
		src->last->next = it;
	else
		src->first = it;
	src->last = it;
	table_add(&s->items, &it->node, hash);
	return it;
}

/* True when this host (or port) is new in the episode. */
static bool
first_seen(struct scan *s, struct source *src, const struct item_key *key)
{
	uint64_t hash = item_hash(s, key);
	struct item *it = item_find(s, key, hash);
	if (it && it->episode == src->episode)
		return false;
	if (!it)
		it = item_add(s, src, key, hash);
	if (it)
		it->episode = src->episode;
	return true;
}

/* ---- the verdict ---- */

/*
 * Nobody refused and it goes slowly: so look the web pages of a client whose way out is broken
 * (IPv6 without a route, a mirror that shows one direction only).
 */
static bool
slow_silence(const struct source *src)
{
	uint64_t seconds = (src->latest - src->begin) / 1000000000ULL;
	return !src->refused && seconds >= src->contacts;
}

/* Much more than the test asks for, nearly all of it failed. */
static bool
overwhelming(const struct scan *s, const struct source *src)
{
	return src->contacts >= (uint64_t)WEAK_TARGETS * s->env->config.scan_min_targets &&
	       (double)src->failures >= WEAK_FAILED * (double)src->contacts;
}

static enum shape
shape_of(const struct scan *s, const struct source *src)
{
	if (src->icmp == src->contacts)
		return SHAPE_PING;
	if (src->ports >= SHAPE * src->hosts)
		return SHAPE_PORTS;
	if (src->hosts >= SHAPE * src->ports)
		return !slow_silence(src) || overwhelming(s, src) ? SHAPE_HOSTS : SHAPE_NONE;
	uint64_t larger = src->hosts > src->ports ? src->hosts : src->ports;
	/* Each host at a port of its own is how peer-to-peer clients look for peers. */
	return src->contacts >= 2 * larger || overwhelming(s, src) ? SHAPE_MIXED : SHAPE_NONE;
}

static void
say(struct scan *s, const struct source *src, enum shape shape, const char *stage, uint64_t ts,
    struct alert_list *out)
{
	struct alert *a = detector_alert(s->env, out, &sids[shape], ts);
	if (!a)
		return;
	a->detector = detector_scan.name;
	a->src = src->addr;
	a->dst = src->last_host;
	a->dport = src->ports == 1 ? src->last_port : 0;
	a->ver = src->ver;
	a->proto = src->last_proto;
	a->dir = 0;
	if (!detector_inside(s->env, &src->addr, src->ver)) {
		a->attack = "T1595";
		a->severity = 3;
	}
	detector_word(a, "stage", stage);
	detector_fact(a, "contacts", (double)src->contacts);
	detector_fact(a, "failures", (double)src->failures);
	detector_fact(a, "distinct_hosts", (double)src->hosts);
	detector_fact(a, "distinct_ports", (double)src->ports);
	detector_fact(a, "likelihood_ratio", exp(src->walk));
	detector_fact(a, "threshold", exp(s->upper));
	detector_fact(a, "window_s", (double)(src->latest - src->begin) / 1e9);
	detector_word(a, "first_target",
	    detector_target(s->env, out, 0, &src->first_host, src->ver, src->first_port));
	detector_word(a, "last_target",
	    detector_target(s->env, out, 1, &src->last_host, src->ver, src->last_port));
}

static void
episode_begin(struct source *src)
{
	src->episode++;
	src->contacts = src->failures = src->refused = 0;
	src->hosts = src->ports = src->icmp = 0;
	src->begin = src->latest = 0;
	src->walk = 0;
}

static void
judge(struct scan *s, struct source *src, uint64_t ts, struct alert_list *out)
{
	if (src->walk <= s->lower) {
		episode_begin(src);
		return;
	}
	if (src->walk < s->upper || src->contacts < s->env->config.scan_min_targets)
		return;
	enum shape shape = shape_of(s, src);
	if (shape == SHAPE_NONE)
		return;
	src->contacts_said = src->contacts;
	say(s, src, shape, "start", ts, out);
	age_remove(&s->quiet, &src->age);
	src->reported = true;
	age_add(&s->reported, &src->age);
}

static double
step(const struct scan *s, uint8_t proto, bool answered)
{
	if (answered)
		return s->down;
	return proto == PROTO_UDP ? s->up_udp : s->up;
}

static void
walk(struct source *src, double by)
{
	src->walk += by;
	if (src->walk > log(RATIO_CAP))
		src->walk = log(RATIO_CAP);
}

/* Note where the source went, for the samples an alert shows. */
static void
sample(struct source *src, const struct item *it)
{
	if (!src->contacts || it->ts < src->begin) {
		src->begin = it->ts;
		src->first_host = it->host;
		src->first_port = it->port;
	}
	if (it->ts >= src->latest) {
		src->latest = it->ts;
		src->last_host = it->host;
		src->last_port = it->port;
		src->last_proto = it->proto;
	}
}

/* The outcome of a first contact is known. May drop `it`. */
static void
settle(struct scan *s, struct item *it, enum outcome outcome, uint64_t ts, struct alert_list *out)
{
	struct source *src = it->source;
	struct item_key host = { .serial = src->serial, .host = it->host, .kind = ITEM_HOST };
	struct item_key port = {
		.serial = src->serial, .port = it->port, .proto = it->proto, .kind = ITEM_PORT
	};
	age_remove(&s->waiting, &it->age);
	it->outcome = (uint8_t)outcome;
	it->episode = src->episode;
	sample(src, it);
	src->contacts++;
	src->failures += outcome != ANSWERED;
	src->refused += outcome == REFUSED;
	src->icmp += it->proto == PROTO_ICMP || it->proto == PROTO_ICMPV6;
	if (!src->reported)
		walk(src, step(s, it->proto, outcome == ANSWERED));
	src->hosts += first_seen(s, src, &host);
	src->ports += first_seen(s, src, &port);
	if (!src->reported)
		judge(s, src, ts, out);
}

/* An answer after patience ran out: take the failure back. */
static void
settle_late(struct scan *s, struct item *it)
{
	struct source *src = it->source;
	it->outcome = ANSWERED;
	if (it->episode != src->episode)
		return;
	src->failures--;
	if (!src->reported)
		walk(src, s->down - step(s, it->proto, false));
}

/* ---- records and the clock ---- */

static struct source *
source_get(struct scan *s, const struct notice_record *r)
{
	struct source_key key = { .addr = r->client, .ver = r->ip_ver };
	uint64_t hash = hash_fast(s->env->config.seed, &key, sizeof(key));
	struct table_node *node = table_first(&s->sources, hash);
	for (; node; node = table_next(node)) {
		struct source *src = table_of(node, struct source, node);
		if (src->ver == r->ip_ver && addr_same(&src->addr, &r->client))
			return src;
	}
	struct source *src = slab_get(&s->source_slab);
	if (!src) {
		struct source *victim = source_oldest(s, NULL);
		if (!victim)
			return NULL;
		s->env->count.evicted++;
		source_forget(s, victim);
		src = slab_get(&s->source_slab);
	}
	if (!src)
		return NULL;
	src->addr = r->client;
	src->ver = r->ip_ver;
	src->serial = ++s->serial;
	table_add(&s->sources, &src->node, hash);
	age_add(&s->quiet, &src->age);
	return src;
}

static void
source_touch(struct scan *s, struct source *src, uint64_t ts)
{
	struct age_list *l = src->reported ? &s->reported : &s->quiet;
	age_remove(l, &src->age);
	age_add(l, &src->age);
	if (ts > src->touched)
		src->touched = ts;
}

/* Groups and everybody: silence there says nothing. */
static bool
many_hosts(const struct addr *a, uint8_t ver)
{
	const uint8_t *b = a->b;
	if (ver == 6)
		return b[0] == 0xff;
	return b[0] >= 224 || b[0] == 0;
}

static struct item *
target_new(struct scan *s, const struct notice_record *r, struct item_key *key)
{
	struct source *src = source_get(s, r);
	if (!src)
		return NULL;
	if (src->targets >= s->env->config.max_targets_per_source) {
		s->env->count.evicted++;
		for (uint64_t had = src->targets; src->first && src->targets == had;)
			item_drop(s, src);
	}
	key->serial = src->serial;
	struct item *it = item_add(s, src, key, item_hash(s, key));
	if (!it)
		return NULL;
	it->ts = r->ts;
	src->targets++;
	age_add(&s->waiting, &it->age);
	source_touch(s, src, r->ts);
	return it;
}

static struct item *
target_find(struct scan *s, const struct notice_record *r, struct item_key *key)
{
	struct source *src = source_get(s, r);
	if (!src)
		return NULL;
	key->serial = src->serial;
	return item_find(s, key, item_hash(s, key));
}

static bool
is_contact(uint8_t kind)
{
	return kind == NOTICE_CONTACT_OK || kind == NOTICE_CONTACT_FAIL ||
	       kind == NOTICE_CONTACT_NEW || kind == NOTICE_CONTACT_SILENT;
}

static enum outcome
outcome_of(uint8_t kind)
{
	if (kind == NOTICE_CONTACT_OK)
		return ANSWERED;
	return kind == NOTICE_CONTACT_FAIL ? REFUSED : SILENT;
}

static void
scan_record(void *state, const struct notice_record *r, struct alert_list *out)
{
	struct scan *s = state;
	if (!is_contact(r->kind) || many_hosts(&r->server, r->ip_ver))
		return;
	struct item_key key = {
		.host = r->server, .port = r->sport, .proto = r->proto, .kind = ITEM_TARGET
	};
	struct item *it = target_find(s, r, &key);
	if (!it)
		it = target_new(s, r, &key);
	if (!it || r->kind == NOTICE_CONTACT_NEW)
		return;
	if (it->outcome == WAITING)
		settle(s, it, outcome_of(r->kind), r->ts, out);
	else if (it->outcome == SILENT && r->kind == NOTICE_CONTACT_OK)
		settle_late(s, it);
}

/* Say how far a reported episode went when it grew much beyond the first alert. */
static void
summarise(struct scan *s, const struct source *src, struct alert_list *out)
{
	if (src->contacts < NOTICE_GROWTH * src->contacts_said)
		return;
	enum shape shape = shape_of(s, src);
	say(s, src, shape == SHAPE_NONE ? SHAPE_MIXED : shape, "summary", src->latest, out);
}

static void
expire(struct scan *s, uint64_t now, struct alert_list *out)
{
	uint64_t forget = s->env->config.scan_forget, quiet = s->env->config.quiet;
	while (s->quiet.oldest) {
		struct source *src = table_of(s->quiet.oldest, struct source, age);
		if (src->touched + forget > now)
			break;
		source_forget(s, src);
	}
	while (s->reported.oldest && out->n < ALERT_MAX) {
		struct source *src = table_of(s->reported.oldest, struct source, age);
		if (src->touched + (quiet > forget ? quiet : forget) > now)
			break;
		summarise(s, src, out);
		source_forget(s, src);
	}
}

static void
scan_tick(void *state, uint64_t now, struct alert_list *out)
{
	struct scan *s = state;
	while (s->waiting.oldest && out->n < ALERT_MAX) {
		struct item *it = table_of(s->waiting.oldest, struct item, age);
		if (it->ts + s->patience > now)
			break;
		settle(s, it, SILENT, it->ts + s->patience, out);
	}
	expire(s, now, out);
}

static void
scan_finish(void *state, struct alert_list *out)
{
	struct scan *s = state;
	while (s->waiting.oldest && out->n < ALERT_MAX) {
		struct item *it = table_of(s->waiting.oldest, struct item, age);
		settle(s, it, SILENT, it->ts, out);
	}
	while (s->reported.oldest && out->n < ALERT_MAX) {
		struct source *src = table_of(s->reported.oldest, struct source, age);
		summarise(s, src, out);
		source_forget(s, src);
	}
}

static uint64_t
scan_watched(const void *state)
{
	const struct scan *s = state;
	return s->source_slab.used;
}

static bool
scan_enabled(const struct notice_config *config)
{
	return config->scan_enabled;
}

static void
scan_destroy(void *state)
{
	struct scan *s = state;
	if (!s)
		return;
	table_fini(&s->sources);
	table_fini(&s->items);
	slab_fini(&s->source_slab);
	slab_fini(&s->item_slab);
	free(s);
}

static void *
scan_create(struct detector_env *env)
{
	struct notice_config *c = &env->config;
	struct scan *s = calloc(1, sizeof(*s));
	if (!s)
		return NULL;
	if (!c->max_sources)
		c->max_sources = 1;
	if (!c->max_targets_per_source)
		c->max_targets_per_source = 1;
	uint64_t items = TARGETS_PER_SOURCE * c->max_sources;
	if (items < c->max_targets_per_source)
		items = c->max_targets_per_source;
	items *= 2; /* and the hosts and ports they make */
	s->env = env;
	slab_init(&s->source_slab, sizeof(struct source), c->max_sources);
	slab_init(&s->item_slab, sizeof(struct item), items);
	if (!table_init(&s->sources, c->max_sources) || !table_init(&s->items, items)) {
		scan_destroy(s);
		return NULL;
	}
	s->patience = c->scan_patience ? c->scan_patience : PATIENCE_DEFAULT;
	s->down = log(c->scan_theta1 / c->scan_theta0);
	s->up = log((1 - c->scan_theta1) / (1 - c->scan_theta0));
	s->up_udp = log((1 - c->scan_theta1) / UDP_SILENT);
	if (s->up_udp < 0 || s->up_udp > s->up)
		s->up_udp = s->up;
	s->upper = log(c->scan_beta / c->scan_alpha);
	s->lower = log((1 - c->scan_beta) / (1 - c->scan_alpha));
	return s;
}

const struct detector detector_scan = {
	.name = "portscan",
	.help = "sources that look for open ports or living hosts (sequential hypothesis test)",
	.enabled = scan_enabled,
	.create = scan_create,
	.destroy = scan_destroy,
	.record = scan_record,
	.tick = scan_tick,
	.finish = scan_finish,
	.watched = scan_watched,
};
