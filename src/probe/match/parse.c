/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One rule's text into a draft:
 *
 *     action proto source ports -> destination ports (name:value; name; ...)
 *
 * A ";" ends an option unless a backslash stands before it, even inside quotes.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

#include "probe/match_keyword.h"

#define BIT(t) (1u << (t))
#define ALL_TRANSPORTS (BIT(MATCH_TRANSPORTS) - 1)

struct proto_row {
	const char *name;
	uint8_t transports;
	uint64_t protos; /* 0: any */
	bool pkt_only, stream_only;
	uint8_t ver; /* of IP; 0: any */
};

#define BOTH (BIT(MATCH_TCP) | BIT(MATCH_UDP))

/* Words for several protocols stand before the protocols' own. */
static const struct proto_row protos[] = {
	{ "tcp", BIT(MATCH_TCP), 0, false, false, 0 },
	{ "udp", BIT(MATCH_UDP), 0, false, false, 0 },
	{ "icmp", BIT(MATCH_ICMP), 0, false, false, 0 },
	{ "ip", ALL_TRANSPORTS, 0, false, false, 0 },
	{ "ipv4", ALL_TRANSPORTS, 0, false, false, 4 },
	{ "ip4", ALL_TRANSPORTS, 0, false, false, 4 },
	{ "ipv6", ALL_TRANSPORTS, 0, false, false, 6 },
	{ "ip6", ALL_TRANSPORTS, 0, false, false, 6 },
	{ "icmpv4", BIT(MATCH_ICMP), 0, false, false, 4 },
	{ "icmp4", BIT(MATCH_ICMP), 0, false, false, 4 },
	{ "icmpv6", BIT(MATCH_ICMP), 0, false, false, 6 },
	{ "icmp6", BIT(MATCH_ICMP), 0, false, false, 6 },
	{ "sctp", BIT(MATCH_OTHER), 0, false, false, 0 },
	{ "pkthdr", ALL_TRANSPORTS, 0, false, false, 0 },
	{ "tcp-pkt", BIT(MATCH_TCP), 0, true, false, 0 },
	{ "tcp-stream", BIT(MATCH_TCP), 0, false, true, 0 },
	{ "http", BOTH, L7_SET(HTTP) | L7_SET(HTTP2), false, false, 0 },
	{ "http1", BOTH, L7_SET(HTTP), false, false, 0 },
	{ "dcerpc", BOTH, L7_SET(DCERPC) | L7_SET(SMB), false, false, 0 },
	{ "ftp-data", BOTH, L7_SET(FTP_DATA), false, false, 0 },
	{ "ssl", BOTH, L7_SET(TLS), false, false, 0 }, /* in rules for Snort */
	{ "bittorrent-dht", BOTH, L7_SET(BITTORRENT_DHT), false, false, 0 },
	{ "doh2", BIT(MATCH_TCP), L7_SET(HTTP2) | L7_SET(DNS), false, false, 0 },
	{ "ikev2", BOTH, L7_SET(IKE), false, false, 0 },
#define L7_PROTOCOL(ENUM, name, counted) { #name, BOTH, L7_SET(ENUM), false, false, 0 },
#define L7_VARIANT(ENUM, name, event, counted) { #name, BOTH, L7_SET(ENUM), false, false, 0 },
#include "probe/l7/protocols.def"
};

static const char *const actions[] = {
	[MATCH_PASS] = "pass",
	[MATCH_DROP] = "drop",
	[MATCH_REJECT] = "reject",
	[MATCH_ALERT] = "alert",
};

int
match_fail(struct match_draft *d, size_t at, const char *hint, const char *format, ...)
{
	va_list ap;
	if (d->bad)
		return -1;
	d->bad = true;
	d->at = at;
	va_start(ap, format);
	vsnprintf(d->reason, sizeof(d->reason), format, ap);
	va_end(ap);
	snprintf(d->hint, sizeof(d->hint), "%s", hint ? hint : "");
	return -1;
}

static void
skip_space(struct match_draft *d, size_t *at)
{
	while (*at < d->text.len && isspace(d->text.ptr[*at]))
		(*at)++;
}

/* The next word; blanks inside brackets belong to it. Ends before "(" outside brackets. */
static struct view
word(struct match_draft *d, size_t *at)
{
	int open = 0;
	skip_space(d, at);
	size_t from = *at;
	for (; *at < d->text.len; (*at)++) {
		uint8_t c = d->text.ptr[*at];
		open += c == '[' ? 1 : c == ']' ? -1 : 0;
		if (open <= 0 && (isspace(c) || c == '('))
			break;
	}
	return (struct view){ d->text.ptr + from, *at - from };
}

static size_t
place(const struct match_draft *d, struct view v)
{
	return (size_t)(v.ptr - d->text.ptr);
}

static int
parse_action(struct match_draft *d, struct view v)
{
	/* whom the reset would go to makes no difference here */
	if (match_text_same(v, "rejectsrc") || match_text_same(v, "rejectdst") ||
	    match_text_same(v, "rejectboth")) {
		d->rule.action = MATCH_REJECT;
		return 0;
	}
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
		if (match_text_same(v, actions[i])) {
			d->rule.action = (uint8_t)i;
			return 0;
		}
	}
	if (match_text_same(v, "config")) {
		d->rule.action = MATCH_ALERT;
		d->rule.noalert = true;
		return 0;
	}
	return match_fail(d, place(d, v), "alert, pass, drop, reject and config are known",
	    "unknown action \"%.*s\"", (int)v.len, (const char *)v.ptr);
}

/* "tcp:flow_start": the first packet of each direction. */
static int
parse_hook(struct match_draft *d, struct view hook)
{
	if (!match_text_same(hook, "flow_start") || d->rule.protos)
		return match_fail(d, place(d, hook),
		    "flow_start, of ip, tcp, udp and icmp, is known",
		    "unknown or unsupported hook \"%.*s\"", (int)hook.len, (const char *)hook.ptr);
	d->rule.begins = true;
	return 0;
}

static int
parse_proto(struct match_draft *d, struct view v)
{
	struct view rest = v, name;
	(void)match_text_split(&rest, ':', &name);
	for (size_t i = 0; i < sizeof(protos) / sizeof(protos[0]); i++) {
		if (match_text_same(name, protos[i].name)) {
			d->rule.transports = protos[i].transports;
			d->rule.protos = protos[i].protos;
			d->rule.ip_ver = protos[i].ver;
			d->pkt_only = protos[i].pkt_only;
			d->stream_only = protos[i].stream_only;
			d->doh = match_text_same(name, "doh2");
			return rest.ptr ? parse_hook(d, rest) : 0;
		}
	}
	return match_fail(d, place(d, v),
	    "tcp, udp, icmp, ip, tcp-pkt, tcp-stream and names of protocols (http, dns, tls...) "
	    "are known",
	    "unknown or unsupported protocol \"%.*s\"", (int)v.len, (const char *)v.ptr);
}

static int
parse_direction(struct match_draft *d, struct view v)
{
	d->rule.both_ways = view_is(v, "<>");
	d->rule.whole = view_is(v, "=>");
	if (d->rule.both_ways || d->rule.whole || view_is(v, "->"))
		return 0;
	return match_fail(d, place(d, v), "write ->, <> or =>", "\"%.*s\" is not a direction",
	    (int)v.len, (const char *)v.ptr);
}

static int
parse_header(struct match_draft *d, size_t *at)
{
	struct view w[7];
	static const char *const what[] = { "action", "protocol", "source address", "source port",
		"direction", "destination address", "destination port" };
	for (size_t i = 0; i < 7; i++) {
		w[i] = d->head[i] = word(d, at);
		/* Snort 3: action and protocol alone are for all addresses */
		if (i == 2 && !w[i].len && *at < d->text.len)
			return parse_action(d, w[0]) == 0 ? parse_proto(d, w[1]) : -1;
		if (!w[i].len)
			return match_fail(d, *at,
			    "action protocol address port -> address port (options)",
			    "the rule's head ends before its %s", what[i]);
	}
	struct match_rule *r = &d->rule;
	if (parse_action(d, w[0]) != 0 || parse_proto(d, w[1]) != 0 ||
	    match_parse_addresses(d, w[2], place(d, w[2]), &r->src) != 0 ||
	    match_parse_ports(d, w[3], place(d, w[3]), &r->sport) != 0 ||
	    parse_direction(d, w[4]) != 0 ||
	    match_parse_addresses(d, w[5], place(d, w[5]), &r->dst) != 0 ||
	    match_parse_ports(d, w[6], place(d, w[6]), &r->dport) != 0)
		return -1;
	return 0;
}

/* Place of the ";" that ends the option at `at`, or the text's length. */
static size_t
option_end(struct view text, size_t at)
{
	for (size_t i = at; i < text.len; i++) {
		if (text.ptr[i] == ';' && (i == at || text.ptr[i - 1] != '\\'))
			return i;
	}
	return text.len;
}

/* Take the quotes (and the "!" before them) off. */
static int
unquote(struct match_draft *d, struct match_option *o, uint8_t flags)
{
	struct view v = o->value;
	if (v.len && v.ptr[0] == '!' && flags & MATCH_KEY_NEGATED) {
		o->negated = true;
		v = match_text_trim((struct view){ v.ptr + 1, v.len - 1 });
	}
	size_t at = place(d, v);
	if (v.len && v.ptr[0] == '/' && flags & MATCH_KEY_SLASHES) {
		o->value = v;
		o->value_at = at;
		return 0;
	}
	if (!v.len || v.ptr[0] != '"')
		return match_fail(d, at, NULL, "the value of %.*s must stand in double quotes",
		    (int)o->name.len, (const char *)o->name.ptr);
	if (v.len < 2 || v.ptr[v.len - 1] != '"')
		return match_fail(
		    d, at, "a \";\" inside quotes is written \\;", "no closing quote");
	o->value = (struct view){ v.ptr + 1, v.len - 2 };
	o->value_at = at + 1;
	return 0;
}

static int
unknown(struct match_draft *d, const struct match_option *o, const char *near)
{
	const uint8_t *colon = o->name.len ? memchr(o->name.ptr, ':', o->name.len) : NULL;
	char hint[64];
	if (colon) /* behind the quotes of a content: what Snort 3 writes there has no colon */
		return match_fail(d, o->at, NULL, "a \";\" is missing before \"%.*s\"",
		    (int)(colon - o->name.ptr), (const char *)o->name.ptr);
	snprintf(hint, sizeof(hint), "did you mean \"%s\"?", near ? near : "");
	return match_fail(d, o->at, near ? hint : NULL, "unknown or unsupported keyword \"%.*s\"",
	    (int)o->name.len, (const char *)o->name.ptr);
}

int
match_parse_option(struct match_draft *d, struct match_option o)
{
	const char *near;
	bool valued = o.value.ptr != NULL;
	if (!valued)
		o.value = (struct view){ o.name.ptr + o.name.len, 0 };
	const struct match_keyword *k = match_keyword_find(d->set, o.name, &near);
	if (!k)
		return unknown(d, &o, near);
	if (k->flags & MATCH_KEY_VALUE && !o.value.len)
		return match_fail(d, o.at, NULL, "%s needs a value", k->name);
	if (k->flags & MATCH_KEY_BARE && valued)
		return match_fail(d, o.value_at, NULL, "%s takes no value", k->name);
	if (k->flags & MATCH_KEY_QUOTED && unquote(d, &o, k->flags) != 0)
		return -1;
	o.arg = k->arg;
	d->option_n++;
	if (!d->set->load->told)
		return k->setup(d, &o);
	struct match_told_mark before = match_told_mark(d);
	return k->setup(d, &o) == 0 ? match_told_note(d, &o, k->setup == match_key_sticky, before)
				    : -1;
}

static struct match_option
option_of(struct match_draft *d, struct view text)
{
	struct match_option o = { 0 };
	struct view rest = text;
	(void)match_text_split(&rest, ':', &o.name);
	o.at = place(d, o.name);
	o.value = rest.ptr ? match_text_trim(rest) : (struct view){ NULL, 0 };
	o.value_at = rest.ptr ? place(d, o.value) : o.at;
	return o;
}

static int
parse_option(struct match_draft *d, struct view text)
{
	struct match_option o = option_of(d, text);
	if (!o.name.len)
		return match_fail(d, o.at, NULL, "empty option");
	return d->snort ? match_snort_option(d, &o) : match_parse_option(d, o);
}

/* Seen before the others: what the rule requires, and whom it was written for. */
static int
look_ahead(struct match_draft *d, struct view text)
{
	struct match_option o = option_of(d, text);
	d->snort |= match_snort_is(&o);
	return match_text_same(o.name, "requires") && o.value.len ? match_requires(d, &o) : 0;
}

/* Each option of the body to a function, up to the first that it refuses. */
static int
each_option(struct match_draft *d, struct view body, size_t at,
    int (*take)(struct match_draft *d, struct view text))
{
	while (at < body.len) {
		struct view rest = match_text_trim((struct view){ body.ptr + at, body.len - at });
		if (!rest.len)
			break;
		size_t end = option_end(body, at);
		if (end == body.len)
			return match_fail(
			    d, place(d, rest), NULL, "no \";\" at the end of this option");
		if (take(d, match_text_trim((struct view){ body.ptr + at, end - at })) != 0)
			return -1;
		at = end + 1;
	}
	return 0;
}

static int
parse_options(struct match_draft *d, size_t at)
{
	struct view body = match_text_trim(d->text);
	skip_space(d, &at);
	if (at >= d->text.len || d->text.ptr[at] != '(')
		return match_fail(d, at, NULL, "expected \"(\" and the options");
	if (body.ptr[body.len - 1] != ')')
		return match_fail(
		    d, place(d, body) + body.len - 1, NULL, "the rule does not end in \")\"");
	body = (struct view){ d->text.ptr, place(d, body) + body.len - 1 };
	if (each_option(d, body, at + 1, look_ahead) != 0)
		return -1;
	return d->skipped ? 0 : each_option(d, body, at + 1, parse_option);
}

int
match_parse(struct match_draft *d)
{
	size_t at = 0;
	if (parse_header(d, &at) != 0 || parse_options(d, at) != 0)
		return -1;
	if (d->skipped)
		return 0;
	if (!d->info.sid)
		return match_fail(d, 0, "add sid:NUMBER;", "the rule has no sid");
	return match_check(d);
}
