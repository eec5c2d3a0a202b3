/* SPDX-License-Identifier: Apache-2.0 */
/* threshold.config: see include/probe/match_limit.h. */
#include "probe/match_limit.h"

#include <ctype.h>
#include <stdio.h>

#include "probe/match_keyword.h"
#include "probe/match_state.h"

#define NS 1000000000ull

/* What a line has said so far, beside the parts of a threshold (MATCH_RATE_). */
#define HAS_GID 0x100
#define HAS_SID 0x200
#define HAS_ACTION 0x400
#define HAS_TIMEOUT 0x800
#define HAS_WHOSE 0x1000
#define HAS_IP 0x2000
#define IDS (HAS_GID | HAS_SID)

static const struct match_word kinds[] = {
	{ "suppress", MATCH_LIMIT_SUPPRESS },
	{ "threshold", MATCH_LIMIT_THRESHOLD },
	{ "event_filter", MATCH_LIMIT_THRESHOLD },
	{ "rate_filter", MATCH_LIMIT_RATE },
	{ NULL, 0 },
};

static const struct match_word whose[] = {
	{ "by_src", MATCH_OF_SRC },
	{ "by_dst", MATCH_OF_DST },
	{ "by_either", MATCH_OF_EITHER },
	{ NULL, 0 },
};

static const struct match_word actions[] = {
	{ "alert", MATCH_ALERT },
	{ "log", MATCH_ALERT },
	{ "pass", MATCH_PASS },
	{ "drop", MATCH_DROP },
	{ "sdrop", MATCH_DROP },
	{ "reject", MATCH_REJECT },
	{ NULL, 0 },
};

/* What each kind of line must say, what it may, and how it is written. */
static const struct {
	unsigned must, may;
	const char *form;
} forms[] = {
	[MATCH_LIMIT_SUPPRESS] = { IDS, HAS_WHOSE | HAS_IP,
	    "suppress gen_id G, sig_id S[, track by_src|by_dst|by_either, ip LIST]" },
	[MATCH_LIMIT_THRESHOLD] = { IDS | MATCH_RATE_TYPE | MATCH_RATE_PARTS, 0,
	    "threshold gen_id G, sig_id S, type limit|threshold|both|backoff, track "
	    "by_src|by_dst|by_both|by_rule|by_flow, count N, seconds N" },
	[MATCH_LIMIT_RATE] = { IDS | MATCH_RATE_PARTS | HAS_ACTION | HAS_TIMEOUT, 0,
	    "rate_filter gen_id G, sig_id S, track by_src|by_dst|by_both|by_rule|by_flow, count N, "
	    "seconds N, new_action alert|pass|drop|reject, timeout N" },
};

static const struct {
	const char *name;
	unsigned bit;
} names[] = {
	{ "gen_id", HAS_GID },
	{ "sig_id", HAS_SID },
	{ "type", MATCH_RATE_TYPE },
	{ "track", MATCH_RATE_TRACK },
	{ "count", MATCH_RATE_COUNT },
	{ "seconds", MATCH_RATE_SECONDS },
	{ "new_action", HAS_ACTION },
	{ "timeout", HAS_TIMEOUT },
	{ "ip", HAS_IP },
};

static size_t
place(const struct match_draft *d, struct view v)
{
	return (size_t)(v.ptr - d->text.ptr);
}

static bool
number(struct view v, uint32_t *out)
{
	int64_t n;
	if (!match_text_int(v, 0, UINT32_MAX, &n))
		return false;
	*out = (uint32_t)n;
	return true;
}

/* The next "name value", up to a comma that is in no brackets. */
static bool
next_part(struct view *rest, struct view *part)
{
	size_t n = 0;
	int depth = 0;
	if (!rest->len)
		return false;
	for (; n < rest->len && (depth > 0 || rest->ptr[n] != ','); n++)
		depth += (rest->ptr[n] == '[') - (rest->ptr[n] == ']');
	*part = match_text_trim((struct view){ rest->ptr, n });
	n += n < rest->len;
	*rest = (struct view){ rest->ptr + n, rest->len - n };
	return true;
}

/* One part into the limit: the bit of what it is; 0 when its value is not understood, -1 with a
 * reason. */
static int
read_part(struct match_draft *d, struct match_limit *l, struct view name, struct view value)
{
	uint32_t n;
	if (match_text_same(name, "gen_id"))
		return number(value, &l->gid) ? HAS_GID : 0;
	if (match_text_same(name, "sig_id"))
		return number(value, &l->sid) ? HAS_SID : 0;
	if (match_text_same(name, "new_action"))
		return match_word_find(actions, value, &l->action) ? HAS_ACTION : 0;
	if (match_text_same(name, "ip"))
		return match_parse_addresses(d, value, place(d, value), &l->who) == 0 ? HAS_IP : -1;
	if (match_text_same(name, "timeout")) {
		l->timeout = number(value, &n) ? n * NS : 0;
		return number(value, &n) ? HAS_TIMEOUT : 0;
	}
	if (l->kind == MATCH_LIMIT_SUPPRESS)
		return match_text_same(name, "track") && match_word_find(whose, value, &l->whose)
			   ? HAS_WHOSE
			   : 0;
	return (int)match_rate_part(&l->rate, name, value);
}

static const char *
lacking(unsigned bits)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (bits & names[i].bit)
			return names[i].name;
	}
	return "multiplier";
}

static int
read_parts(struct match_draft *d, struct match_limit *l, struct view rest)
{
	const char *form = forms[l->kind].form;
	unsigned must = forms[l->kind].must, seen = 0;
	struct view part, name, value;
	while (next_part(&rest, &part)) {
		value = part;
		(void)match_text_split(&value, ' ', &name);
		value =
		    value.ptr ? match_text_trim(value) : (struct view){ name.ptr + name.len, 0 };
		int bit = read_part(d, l, name, value);
		if (bit < 0)
			return -1;
		if (bit == MATCH_RATE_TYPE && l->rate.type == MATCH_RATE_BACKOFF)
			must ^= MATCH_RATE_SECONDS | MATCH_RATE_MULTIPLIER;
		if (!((unsigned)bit & (must | forms[l->kind].may)))
			return match_fail(d, place(d, part), form,
			    "\"%.*s\" is not understood here", (int)part.len,
			    (const char *)part.ptr);
		if (seen & (unsigned)bit)
			return match_fail(d, place(d, part), NULL, "%.*s is given twice",
			    (int)name.len, (const char *)name.ptr);
		seen |= (unsigned)bit;
	}
	if (must & ~seen)
		return match_fail(d, 0, form, "the line lacks its %s", lacking(must & ~seen));
	if (!(seen & HAS_WHOSE) != !(seen & HAS_IP))
		return match_fail(d, 0, form, "track and ip belong together");
	return 0;
}

int
match_limit_read(struct match_draft *d, struct match_limit *out)
{
	size_t n = 0;
	*out = (struct match_limit){ 0 };
	while (n < d->text.len && !isspace(d->text.ptr[n]) && d->text.ptr[n] != ':')
		n++;
	struct view word = { d->text.ptr, n }, rest = { d->text.ptr + n, d->text.len - n };
	if (rest.len && rest.ptr[0] == ':')
		rest = (struct view){ rest.ptr + 1, rest.len - 1 };
	if (!match_word_find(kinds, word, &out->kind))
		return match_fail(d, 0,
		    "suppress, threshold, event_filter and rate_filter are known",
		    "\"%.*s\" begins no line of a threshold file", (int)word.len,
		    (const char *)word.ptr);
	if (read_parts(d, out, match_text_trim(rest)) != 0)
		return -1;
	if (!out->gid && out->sid)
		return match_fail(d, 0, "write gen_id 1", "gen_id 0 is any, and then sig_id is 0");
	if (out->rate.type == MATCH_RATE_BACKOFF)
		out->rate.span = UINT64_MAX;
	return 0;
}

/* ---- laid on rules ---- */

/* What a line has added last: rules that had the same before get the same. */
struct link {
	const struct match_suppress *suppress;
	const struct match_rate_filter *filter;
};

static int
add_suppress(const struct match_limit *l, struct match_limits *to, struct match_limit_place *at,
    struct link *last)
{
	struct match_suppress s = { l->who, l->whose, 0, to->suppress };
	s.nth = s.next ? (uint16_t)(s.next->nth + 1) : 0;
	if (!last->suppress || last->suppress->next != to->suppress) {
		last->suppress = match_arena_copy(at->arena, &s, sizeof(s));
		at->made++;
	}
	to->suppress = last->suppress ? last->suppress : to->suppress;
	return last->suppress ? 0 : -1;
}

/* Each filter counts for itself, whatever the rule's thresholds count. */
static int
add_filter(const struct match_limit *l, struct match_limits *to, struct match_limit_place *at,
    struct link *last)
{
	struct match_rate_filter f = { l->rate, l->timeout, l->action, to->filter };
	f.rate.type = MATCH_RATE_FILTER;
	f.rate.nth = to->filter ? (uint8_t)(to->filter->rate.nth + 1) : MATCH_RATES_MAX;
	if (!last->filter || last->filter->next != to->filter) {
		last->filter = match_arena_copy(at->arena, &f, sizeof(f));
		at->made++;
	}
	to->filter = last->filter ? last->filter : to->filter;
	return last->filter ? 0 : -1;
}

/* The rule's limits, for writing: they are this load's own. */
static struct match_limits *
limits_of(struct match_rule *r, struct match_arena *a)
{
	if (!r->limits)
		r->limits = match_arena_get(a, sizeof(*r->limits));
	return (struct match_limits *)(uintptr_t)r->limits;
}

static int
lay(const struct match_limit *l, struct match_rule *r, struct match_limit_place *at,
    struct link *last)
{
	if (l->kind == MATCH_LIMIT_THRESHOLD) {
		if (l->sid || !r->rate.type)
			r->rate = l->rate;
		return 0;
	}
	struct match_limits *to = limits_of(r, at->arena);
	if (!to)
		return -1;
	return l->kind == MATCH_LIMIT_SUPPRESS ? add_suppress(l, to, at, last)
					       : add_filter(l, to, at, last);
}

/* No line more? */
static bool
is_full(const struct match_limit *l, const struct match_rule *r)
{
	const struct match_limits *to = r->limits;
	if (!to)
		return false;
	return l->kind == MATCH_LIMIT_SUPPRESS
		   ? to->suppress && to->suppress->nth + 1 >= MATCH_SUPPRESS_MOST
	       : l->kind == MATCH_LIMIT_RATE
		   ? to->filter && to->filter->rate.nth + 1 >= MATCH_RATES_MAX + MATCH_FILTERS_MOST
		   : false;
}

static bool
speaks_of(const struct match_limit *l, const struct match_slot *s)
{
	return !s->replaced && (!l->gid || s->rule.info->gid == l->gid);
}

static int
apply_one(const struct match_limit *l, struct match_limit_place *at)
{
	char key[32];
	struct link last = { NULL, NULL };
	int len = snprintf(key, sizeof(key), "%u:%u", l->gid, l->sid);
	struct match_slot *s =
	    match_names_find(at->sids, (struct view){ (const uint8_t *)key, (size_t)len });
	if (!s)
		return 0;
	if (is_full(l, &s->rule))
		return MATCH_LIMITS_FULL;
	return lay(l, &s->rule, at, &last) == 0 ? 1 : -1;
}

int
match_limit_apply(const struct match_limit *limit, struct match_limit_place *at)
{
	struct link last = { NULL, NULL };
	int n = 0;
	if (at->made >= MATCH_LIMITS_MOST)
		return MATCH_LIMITS_FULL;
	if (limit->sid)
		return apply_one(limit, at);
	for (size_t i = 0; i < at->slots->n; i++) {
		const struct match_slot *s = at->slots->item[i];
		if (speaks_of(limit, s) && is_full(limit, &s->rule))
			return MATCH_LIMITS_FULL;
	}
	for (size_t i = 0; i < at->slots->n; i++) {
		struct match_slot *s = at->slots->item[i];
		if (!speaks_of(limit, s))
			continue;
		if (lay(limit, &s->rule, at, &last) != 0)
			return -1;
		n++;
	}
	return n;
}

/* ---- packet time ---- */

bool
match_limits_suppress(const struct match_limits *limits, const struct match_rate_key *key)
{
	for (const struct match_suppress *s = limits->suppress; s; s = s->next) {
		bool src =
		    s->whose != MATCH_OF_DST && match_addresses_have(s->who, key->src, key->ver);
		bool dst =
		    s->whose != MATCH_OF_SRC && match_addresses_have(s->who, key->dst, key->ver);
		if (s->whose == MATCH_OF_ALL || src || dst)
			return true;
	}
	return false;
}
