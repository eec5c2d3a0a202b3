/* SPDX-License-Identifier: Apache-2.0 */
/* packets: what is looked for. */
#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "cli.h"
#include "packets.h"
#include "probe/flow.h"

#define SECOND 1000000000ull
#define MINUTE (60 * SECOND)
#define AFTER (10 * MINUTE)  /* an alert's connection goes on for a while */
#define BEFORE (60 * MINUTE) /* what a detector summed up began earlier */

void
packets_filter_init(struct packets_filter *f)
{
	*f = (struct packets_filter){ .to = UINT64_MAX, .port = -1, .proto = -1 };
}

/* ---- times ---- */

/* "30m" as nanoseconds; 0: no such thing. */
static uint64_t
ago(const char *text)
{
	static const struct {
		char letter;
		unsigned seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	char *end;
	unsigned long n = isdigit((unsigned char)text[0]) ? strtoul(text, &end, 10) : 0;

	for (size_t i = 0; n && n < 100000000 && i < sizeof(units) / sizeof(*units); i++)
		if (end[0] == units[i].letter && !end[1])
			return n * units[i].seconds * SECOND;
	return 0;
}

/* ".25" as nanoseconds; *text goes behind it. */
static uint64_t
fraction(const char **text)
{
	uint64_t ns = 0, unit = SECOND / 10;

	if (**text != '.')
		return 0;
	for ((*text)++; isdigit((unsigned char)**text); (*text)++, unit /= 10)
		ns += (uint64_t)(**text - '0') * unit;
	return ns;
}

/* "Z", "+0800", "+08:00", or nothing: this terminal's zone. False: something else. */
static bool
in_zone(struct tm *t, const char *zone, time_t *out)
{
	int h = 0, m = 0, n = 0;

	if (!*zone) {
		t->tm_isdst = -1;
		*out = mktime(t);
		return true;
	}
	if (strcmp(zone, "Z") != 0 &&
	    ((zone[0] != '+' && zone[0] != '-') ||
		((sscanf(zone + 1, "%2d:%2d%n", &h, &m, &n) != 2 || zone[1 + n]) &&
		    (sscanf(zone + 1, "%2d%2d%n", &h, &m, &n) != 2 || zone[1 + n]))))
		return false;
	*out = timegm(t) - (zone[0] == '-' ? -60L : 60L) * (h * 60L + m);
	return true;
}

int
packets_time(const char *text, uint64_t now, uint64_t *out, struct err *e)
{
	struct tm t = { .tm_mday = 1 };
	const char *rest = text;
	int n = 0;
	time_t at = 0;
	uint64_t ns = ago(text);

	if (ns) {
		*out = ns < now ? now - ns : 0;
		return 0;
	}
	if (sscanf(text, "%4d-%2d-%2d%*1[T ]%2d:%2d%n:%2d%n", &t.tm_year, &t.tm_mon, &t.tm_mday,
		&t.tm_hour, &t.tm_min, &n, &t.tm_sec, &n) >= 5 &&
	    n) {
		rest += n;
		ns = fraction(&rest);
		t.tm_year -= 1900;
		t.tm_mon -= 1;
		if (!in_zone(&t, rest, &at) || at < 0)
			n = 0;
	} else if (isdigit((unsigned char)*text) && strspn(text, "0123456789") <= 10) {
		n = 1;
		at = (time_t)strtoull(text, (char **)&rest, 10);
		ns = fraction(&rest);
		n = !*rest;
	}
	if (!n)
		return err_set(e,
		    "\"%s\" is no time; 2026-11-22 10:00, 2026-11-22T10:00:00Z, 1700000000.5 and "
		    "30m are",
		    text);
	*out = (uint64_t)at * SECOND + ns;
	return 0;
}

/* ---- ends and protocols ---- */

int
packets_pair(struct packets_filter *f, const char *text, struct err *e)
{
	const char *comma = strchr(text, ',');
	char first[64];

	if (!comma || (size_t)(comma - text) >= sizeof(first))
		return err_set(e, "--pair: \"%s\" is not two addresses with a comma between", text);
	(void)snprintf(first, sizeof(first), "%.*s", (int)(comma - text), text);
	if (!prefix_parse(first, &f->pair[0]) || !prefix_parse(comma + 1, &f->pair[1]))
		return err_set(e, "--pair: \"%s\" is not two addresses", text);
	f->pair_set = true;
	return 0;
}

int
packets_proto(struct packets_filter *f, const char *text, struct err *e)
{
	static const struct {
		const char *name;
		int proto;
	} names[] = { { "tcp", 6 }, { "udp", 17 }, { "icmp", 1 }, { "icmpv6", 58 },
		{ "ipv6-icmp", 58 }, { "sctp", 132 }, { "gre", 47 }, { "esp", 50 }, { "ah", 51 },
		{ "igmp", 2 } };

	f->proto = -1;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcasecmp(text, names[i].name) == 0)
			f->proto = names[i].proto;
	if (cli_is_number(text) && strtoul(text, NULL, 10) < 256)
		f->proto = (int)strtoul(text, NULL, 10);
	return f->proto < 0
		   ? err_set(e, "\"%s\" is no protocol; tcp, udp, icmp or a number is", text)
		   : 0;
}

/* "10.0.0.1:80", "[2001:db8::1]:80", or without a port, then *port is -1. Returns the IP version, 0
 * when it is none. */
static uint8_t
end_of(const char *text, struct addr *a, int *port)
{
	char host[ADDR_TEXT + 2];
	const char *colon = strrchr(text, ':');
	uint8_t ver = addr_parse(text, a);
	size_t n;

	*port = -1;
	if (ver || !colon || !cli_is_number(colon + 1) || strtoul(colon + 1, NULL, 10) > 65535)
		return ver;
	n = (size_t)(colon - text);
	if (n > 2 && text[0] == '[' && text[n - 1] == ']') {
		text++;
		n -= 2;
	}
	if (n >= sizeof(host))
		return 0;
	memcpy(host, text, n);
	host[n] = 0;
	*port = (int)strtoul(colon + 1, NULL, 10);
	return addr_parse(host, a);
}

static void
set_tuple(struct packets_filter *f, const struct addr end[2], const int port[2], uint8_t ver)
{
	int order = addr_cmp(&end[0], &end[1]);
	int low = order > 0 || (order == 0 && port[0] > port[1]);

	f->tuple_set = true;
	f->tuple = (struct ringfile_key){ .a = end[low],
		.b = end[!low],
		.aport = (uint16_t)port[low],
		.bport = (uint16_t)port[!low],
		.proto = (uint8_t)f->proto,
		.ver = ver };
}

/* Two ends with a protocol (f->proto): as much of it as there is. */
static void
set_ends(struct packets_filter *f, const struct addr end[2], const int port[2], uint8_t ver)
{
	uint8_t bits = ver == 4 ? 32 : 128;

	if (port[0] >= 0 && port[1] >= 0 && f->proto >= 0) {
		set_tuple(f, end, port, ver);
		return;
	}
	for (int i = 0; i < 2; i++)
		f->pair[i] = (struct prefix){ end[i], ver, bits };
	f->pair_set = true;
	f->port = port[0] >= 0 ? port[0] : port[1] >= 0 ? port[1] : f->port;
}

int
packets_flow(struct packets_filter *f, const char *text, struct err *e)
{
	char proto[16], one[80], two[80];
	struct addr end[2];
	int port[2], n = 0;
	uint8_t ver;

	if (strncmp(text, "1:", 2) == 0 && !strchr(text, ' ')) {
		f->community = text;
		return 0;
	}
	if (sscanf(text, "%15s %79s %79s%n", proto, one, two, &n) != 3 || text[n] ||
	    packets_proto(f, proto, e) < 0 || !(ver = end_of(one, &end[0], &port[0])) ||
	    ver != end_of(two, &end[1], &port[1]))
		return err_set(e,
		    "--flow: \"%s\" is no flow; 1:LQU9qZlK+B5F3KDmev6m5PMibrg= and "
		    "\"tcp 10.0.0.1:1234 [2001:db8::1]:80\" are forms of one",
		    text);
	set_ends(f, end, port, ver);
	return 0;
}

/* ---- an event ---- */

static int
event_ends(struct packets_filter *f, const json_t *event, struct err *e)
{
	const char *ip[2] = { cli_text_at(event, "src_ip"), cli_text_at(event, "dest_ip") };
	const char *proto = cli_text_at(event, "proto");
	int port[2] = { (int)cli_number_at(event, "src_port", -1),
		(int)cli_number_at(event, "dest_port", -1) };
	struct addr end[2];
	uint8_t ver = addr_parse(ip[0], &end[0]);

	if (!ver)
		return err_set(e, "--event: the event has no addresses");
	if (*proto && packets_proto(f, proto, e) < 0)
		return -1;
	for (int i = 0; i < 2; i++)
		port[i] = port[i] > 65535 ? -1 : port[i];
	if (addr_parse(ip[1], &end[1]) == ver) {
		set_ends(f, end, port, ver);
		return 0;
	}
	f->host = (struct prefix){ end[0], ver, ver == 4 ? 32 : 128 };
	f->host_set = true;
	return 0;
}

/* From the beginning of its flow to its end, as far as the event knows them. */
static int
event_times(struct packets_filter *f, const json_t *event, struct err *e)
{
	const char *start = cli_text_at(event, "flow.start"), *end = cli_text_at(event, "flow.end");
	uint64_t at, from, to;

	if (packets_time(cli_text_at(event, "timestamp"), 0, &at, e) < 0)
		return err_prefix(e, "--event: its timestamp");
	from = at > BEFORE ? at - BEFORE : 0;
	to = at + AFTER;
	if ((*start && packets_time(start, 0, &from, e) < 0) ||
	    (*end && packets_time(end, 0, &to, e) < 0))
		return err_prefix(e, "--event: the times of its flow");
	f->from = f->from ? f->from : from;
	/* events say microseconds, packets have nanoseconds */
	f->to = f->to != UINT64_MAX ? f->to : to + 999;
	return 0;
}

int
packets_event(struct packets_filter *f, const json_t *json, struct err *e)
{
	const json_t *event = cli_at(json, "event") ? cli_at(json, "event") : json;

	if (!json_is_object(event))
		return err_set(e, "--event: no JSON of an event");
	return event_ends(f, event, e) < 0 ? -1 : event_times(f, event, e);
}

/* ---- does it match ---- */

/* A later fragment may belong to any flow of its two ends. */
static bool
is_tuple(const struct ringfile_key *want, const struct ringfile_key *k)
{
	if (k->ver != want->ver || k->proto != want->proto)
		return false;
	if (k->flags & RINGFILE_FRAGMENT)
		return (addr_same(&k->a, &want->a) && addr_same(&k->b, &want->b)) ||
		       (addr_same(&k->a, &want->b) && addr_same(&k->b, &want->a));
	return want->aport == k->aport && want->bport == k->bport && addr_same(&k->a, &want->a) &&
	       addr_same(&k->b, &want->b);
}

static bool
is_pair(const struct prefix pair[2], const struct ringfile_key *k)
{
	return (prefix_has(&pair[0], &k->a, k->ver) && prefix_has(&pair[1], &k->b, k->ver)) ||
	       (prefix_has(&pair[0], &k->b, k->ver) && prefix_has(&pair[1], &k->a, k->ver));
}

static bool
is_community(const char *want, const struct ringfile_key *k)
{
	char id[32];
	struct flow f = { .key = { .client = k->a,
			      .server = k->b,
			      .cport = k->aport,
			      .sport = k->bport,
			      .proto = k->proto,
			      .ip_ver = k->ver } };

	if (!k->ver || (k->flags & RINGFILE_FRAGMENT))
		return false;
	if (proto_is_icmp(k->proto, k->ver)) {
		f.key.cport = f.key.sport = 0;
		f.icmp_type = (uint8_t)k->aport;
		f.icmp_code = (uint8_t)k->bport;
	}
	flow_community_id(&f, id);
	return strcmp(id, want) == 0;
}

bool
packets_wanted(const struct packets_filter *f, const struct ringfile_key *k)
{
	if (f->proto >= 0 && (!k->ver || k->proto != f->proto))
		return false;
	if (f->port >= 0 &&
	    (!proto_has_ports(k->proto) || (k->aport != f->port && k->bport != f->port)))
		return false;
	if (f->host_set && !prefix_has(&f->host, &k->a, k->ver) &&
	    !prefix_has(&f->host, &k->b, k->ver))
		return false;
	if (f->pair_set && !is_pair(f->pair, k))
		return false;
	if (f->tuple_set && !is_tuple(&f->tuple, k))
		return false;
	return !f->community || is_community(f->community, k);
}
