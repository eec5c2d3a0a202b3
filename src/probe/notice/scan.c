/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Port scans by a sequential hypothesis test: Jung, Paxson, Berger, Balakrishnan, "Fast Portscan
 * Detection Using Sequential Hypothesis Testing", IEEE S&P 2004.
 *
 * Only the first contact of a source with a (host, port) counts, so polling a dead host for days is
 * one failure. Each outcome moves a walk: an answer down, a refusal or silence up. At the upper
 * line the source scans; at the lower one it does not, and the walk begins anew.
 *
 * The memory it works on is in scan_table.c.
 */
#include <math.h>
#include <stdlib.h>

#include "probe/packet.h"
#include "scan.h"

#define PATIENCE_DEFAULT 3000000000ULL
#define RATIO_CAP 1e12 /* the walk stops here: more says nothing new */
#define SHAPE 3        /* so many times more ports than hosts is vertical, and so on */
#define WEAK_TARGETS 4 /* weak shapes: times scan_min_targets, nearly all failed */
#define WEAK_FAILED 0.95
/* A datagram needs no answer: how often one stays silent although the client is benign. */
#define UDP_SILENT 0.5

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
	src->hosts += scan_first_seen(s, src, &host);
	src->ports += scan_first_seen(s, src, &port);
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

/* Groups and everybody: silence there says nothing. */
static bool
many_hosts(const struct addr *a, uint8_t ver)
{
	const uint8_t *b = a->b;
	if (ver == 6)
		return b[0] == 0xff;
	return b[0] >= 224 || b[0] == 0;
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
	struct item *it = scan_target_find(s, r);
	if (!it)
		it = scan_target_new(s, r);
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
		scan_source_forget(s, src);
	}
	while (s->reported.oldest && out->n < ALERT_MAX) {
		struct source *src = table_of(s->reported.oldest, struct source, age);
		if (src->touched + (quiet > forget ? quiet : forget) > now)
			break;
		summarise(s, src, out);
		scan_source_forget(s, src);
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
		scan_source_forget(s, src);
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
	scan_table_fini(s);
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
	s->env = env;
	if (!scan_table_init(s)) {
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
