/* SPDX-License-Identifier: Apache-2.0 */
#include "filter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "collector/pick.h"

#define SECONDS_MOST 100000000000ull /* some 3000 years; microseconds of them fit */

struct parse {
	struct look_filter *f;
	enum filter_for kind;
	uint64_t now;
	struct err *e;
	bool bad;
};

static bool
to_u64(const char *text, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(text, &end, 10);
	return text[0] >= '0' && text[0] <= '9' && *end == 0 && errno == 0;
}

/* "2026-11-22T10:00:00Z", seconds since 1970, or so long ago: 30m 24h 7d. */
static bool
to_time(const struct parse *p, const char *text, int64_t *us)
{
	static const struct {
		char unit;
		uint64_t s;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	char *end;
	uint64_t n;

	if (pick_time(view_of(text), us))
		return true;
	errno = 0;
	n = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || errno || n > SECONDS_MOST)
		return false;
	if (*end == 0) {
		*us = (int64_t)n * 1000000;
		return true;
	}
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (end[0] == units[i].unit && end[1] == 0) {
			if (n > SECONDS_MOST / units[i].s)
				return false;
			*us = (int64_t)(p->now * 1000) - (int64_t)(n * units[i].s) * 1000000;
			return true;
		}
	return false;
}

static bool
set_since(struct parse *p, const char *v)
{
	return to_time(p, v, &p->f->since);
}

static bool
set_until(struct parse *p, const char *v)
{
	return to_time(p, v, &p->f->until);
}

/* Numbers or words with commas between, each a bit. */
static bool
set_bits(const char *v, int (*find)(const char *), uint32_t *bits)
{
	char word[32];

	while (*v) {
		size_t n = strcspn(v, ",");
		int bit;
		if (n == 0 || n >= sizeof(word))
			return false;
		memcpy(word, v, n);
		word[n] = 0;
		for (char *p = word; *p; p++)
			if (*p == '-')
				*p = '_';
		bit = find(word);
		if (bit < 0)
			return false;
		*bits |= 1u << bit;
		v += n + (v[n] == ',');
	}
	return true;
}

static int
find_severity(const char *word)
{
	return word[0] >= '1' && word[0] <= '9' && word[1] == 0 ? word[0] - '0' : -1;
}

static bool
set_severity(struct parse *p, const char *v)
{
	return set_bits(v, find_severity, &p->f->severities);
}

static bool
set_status(struct parse *p, const char *v)
{
	return set_bits(v, look_status_find, &p->f->statuses);
}

static bool
set_sid(struct parse *p, const char *v)
{
	p->f->has_sid = true;
	return to_u64(v, &p->f->sid);
}

static bool
set_flow(struct parse *p, const char *v)
{
	p->f->has_flow = true;
	return to_u64(v, &p->f->flow);
}

static bool
set_src(struct parse *p, const char *v)
{
	return prefix_parse(v, &p->f->src);
}

static bool
set_dst(struct parse *p, const char *v)
{
	return prefix_parse(v, &p->f->dst);
}

static bool
set_ip(struct parse *p, const char *v)
{
	return prefix_parse(v, &p->f->ip);
}

static bool
set_limit(struct parse *p, const char *v)
{
	uint64_t n;

	if (!to_u64(v, &n) || n < 1 || n > FILTER_LIMIT_MAX)
		return false;
	p->f->limit = (unsigned)n;
	return true;
}

static bool
set_order(struct parse *p, const char *v)
{
	static const char *const words[] = { "newest", "oldest", "severity" };

	for (size_t i = 0; i < (p->kind == FILTER_ALERTS ? 3 : 2); i++)
		if (strcmp(v, words[i]) == 0) {
			p->f->order = (enum look_order)i;
			return true;
		}
	return false;
}

#define TEXT_SETTER(field)                                                                         \
	static bool set_##field(struct parse *p, const char *v)                                    \
	{                                                                                          \
		p->f->field = v;                                                                   \
		return strlen(v) <= 256;                                                           \
	}
TEXT_SETTER(text)
TEXT_SETTER(probe)
TEXT_SETTER(segment)
TEXT_SETTER(detector)
TEXT_SETTER(type)
TEXT_SETTER(proto)
TEXT_SETTER(app)
TEXT_SETTER(cursor)

static bool
set_verdict(struct parse *p, const char *v)
{
	static const char *const words[] = { "attempt", "success", "compromised", "failed" };

	p->f->verdict = v;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(v, words[i]) == 0)
			return true;
	return false;
}

#define ALL (FILTER_ALERTS | FILTER_EVENTS)

static const struct {
	const char *name;
	unsigned kinds;
	bool (*set)(struct parse *p, const char *v);
	const char *allowed;
} rows[] = {
	{ "since", ALL | FILTER_SUMMARY, set_since,
	    "a time like 2026-11-22T10:00:00Z, or 30m, 24h, 7d ago" },
	{ "until", ALL, set_until, "a time like 2026-11-22T10:00:00Z, or 30m, 24h, 7d ago" },
	{ "severity", FILTER_ALERTS, set_severity, "numbers 1 to 9 with commas between" },
	{ "status", FILTER_ALERTS, set_status,
	    "open, acknowledged, false-positive, escalated with commas between" },
	{ "sid", FILTER_ALERTS, set_sid, "a number" },
	{ "signature", FILTER_ALERTS, set_text, "part of the signature, at most 256 bytes" },
	{ "src", ALL, set_src, "an address or prefix" },
	{ "dest", ALL, set_dst, "an address or prefix" },
	{ "ip", ALL, set_ip, "an address or prefix" },
	{ "probe", ALL, set_probe, "a probe's name" },
	{ "segment", FILTER_ALERTS, set_segment, "a segment's name" },
	{ "verdict", FILTER_ALERTS, set_verdict, "attempt, success, compromised, failed" },
	{ "detector", FILTER_ALERTS, set_detector, "a detector's name" },
	{ "type", FILTER_EVENTS, set_type, "an event_type" },
	{ "flow_id", ALL, set_flow, "a number" },
	{ "proto", ALL, set_proto, "TCP, UDP, ICMP, ..." },
	{ "app_proto", ALL, set_app, "http, dns, tls, ..." },
	{ "limit", ALL, set_limit, "1 to 1000" },
	{ "order", ALL, set_order, "newest, oldest; alerts also severity" },
	{ "cursor", ALL, set_cursor, "`next` of the page before" },
};

static bool
take(void *context, const char *name, const char *value)
{
	struct parse *p = context;

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		if (strcmp(name, rows[i].name) || !(rows[i].kinds & p->kind))
			continue;
		if (rows[i].set(p, value))
			return true;
		(void)err_set(p->e, "%s: allowed is %s", name, rows[i].allowed);
		p->bad = true;
		return false;
	}
	(void)err_set(p->e, "%s: there is no such filter", name);
	p->bad = true;
	return false;
}

int
filter_parse(const struct http_request *r, enum filter_for kind, uint64_t now,
    struct look_filter *out, struct err *e)
{
	struct parse p = { out, kind, now, e, false };

	*out = (struct look_filter){ .limit = FILTER_LIMIT };
	http_query(r, take, &p);
	return p.bad ? -1 : 0;
}
