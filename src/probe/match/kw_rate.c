/* SPDX-License-Identifier: Apache-2.0 */
/* threshold and detection_filter: how often a rule may speak. */
#include "probe/match_keyword.h"

#define NS 1000000000ull

static const struct match_word types[] = {
	{ "limit", MATCH_RATE_LIMIT },
	{ "threshold", MATCH_RATE_THRESHOLD },
	{ "both", MATCH_RATE_BOTH },
	{ "backoff", MATCH_RATE_BACKOFF },
	{ NULL, 0 },
};

static const struct match_word tracks[] = {
	{ "by_src", MATCH_BY_SRC },
	{ "by_dst", MATCH_BY_DST },
	{ "by_both", MATCH_BY_BOTH },
	{ "by_rule", MATCH_BY_RULE },
	{ "by_flow", MATCH_BY_FLOW },
	{ NULL, 0 },
};

/* One "name value"; the bit of what it set, 0 when it is not understood. */
unsigned
match_rate_part(struct match_rate *rate, struct view name, struct view value)
{
	int64_t n;
	if (match_text_same(name, "type"))
		return match_word_find(types, value, &rate->type) ? MATCH_RATE_TYPE : 0;
	if (match_text_same(name, "track"))
		return match_word_find(tracks, value, &rate->track) ? MATCH_RATE_TRACK : 0;
	if (!match_text_int(value, 1, UINT32_MAX, &n))
		return 0;
	if (match_text_same(name, "count")) {
		rate->count = (uint32_t)n;
		return MATCH_RATE_COUNT;
	}
	if (match_text_same(name, "multiplier")) {
		rate->multiplier = (uint32_t)n;
		return n > 1 ? MATCH_RATE_MULTIPLIER : 0;
	}
	if (!match_text_same(name, "seconds"))
		return 0;
	rate->span = (uint64_t)n * NS;
	return MATCH_RATE_SECONDS;
}

/* The first threshold is in the rule, others hang on it. */
static struct match_rate *
new_rate(struct match_draft *d, const struct match_option *o)
{
	struct match_rate *last = &d->rule.rate;
	if (!last->type)
		return last;
	while (last->next)
		last = (struct match_rate *)(uintptr_t)last->next;
	if (last->nth + 1 == MATCH_RATES_MAX) {
		(void)match_fail(
		    d, o->at, NULL, "more than %d thresholds in one rule", MATCH_RATES_MAX);
		return NULL;
	}
	struct match_rate *r = match_arena_get(d->arena, sizeof(*r));
	if (!r) {
		(void)match_fail(d, o->at, NULL, "out of memory");
		return NULL;
	}
	r->nth = (uint8_t)(last->nth + 1);
	last->next = r;
	return r;
}

static const char *
lacking(unsigned bits)
{
	return bits & MATCH_RATE_TYPE    ? "type"
	       : bits & MATCH_RATE_TRACK ? "track"
	       : bits & MATCH_RATE_COUNT ? "count"
					 : "seconds";
}

/* What follows the last value in its part, an option without its ";" before, Suricata does not look
 * at. */
static int
parse(struct match_draft *d, const struct match_option *o, struct match_rate *rate, unsigned want)
{
	struct view rest = o->value, item, name, value;
	unsigned seen = 0;
	while (seen != want && match_text_split(&rest, ',', &item)) {
		size_t at = (size_t)(item.ptr - d->text.ptr);
		(void)match_text_split(&item, ' ', &name);
		item = match_text_trim(item);
		(void)match_text_split(&item, ' ', &value);
		unsigned bit = match_rate_part(rate, name, value);
		if (bit == MATCH_RATE_TYPE && rate->type == MATCH_RATE_BACKOFF)
			want ^= MATCH_RATE_SECONDS | MATCH_RATE_MULTIPLIER;
		if (!(bit & want) || (item.len && (seen | bit) != want))
			return match_fail(d, at,
			    "type limit|threshold|both|backoff, track "
			    "by_src|by_dst|by_both|by_rule|by_flow, count N, seconds N",
			    "this part of %.*s is not understood", (int)o->name.len,
			    (const char *)o->name.ptr);
		if (seen & bit)
			return match_fail(d, at, NULL, "%.*s is given twice", (int)name.len,
			    (const char *)name.ptr);
		seen |= bit;
	}
	if (seen != want)
		return match_fail(d, o->value_at, NULL, "%.*s lacks its %s", (int)o->name.len,
		    (const char *)o->name.ptr, lacking(want & ~seen));
	if (rate->type == MATCH_RATE_BACKOFF)
		rate->span = UINT64_MAX;
	return 0;
}

static int
key_threshold(struct match_draft *d, const struct match_option *o)
{
	struct match_rate *rate = new_rate(d, o);
	if (d->rule.rate.type == MATCH_RATE_FILTER)
		return match_fail(
		    d, o->at, NULL, "threshold and detection_filter do not go together");
	return rate ? parse(d, o, rate, MATCH_RATE_TYPE | MATCH_RATE_PARTS) : -1;
}

static int
key_detection_filter(struct match_draft *d, const struct match_option *o)
{
	if (d->rule.rate.type)
		return match_fail(d, o->at, NULL,
		    d->rule.rate.type == MATCH_RATE_FILTER
			? "one detection_filter in a rule"
			: "threshold and detection_filter do not go together");
	if (parse(d, o, &d->rule.rate, MATCH_RATE_PARTS) != 0)
		return -1;
	d->rule.rate.type = MATCH_RATE_FILTER;
	return 0;
}

const struct match_keyword match_keywords_rate[] = {
	{ "detection_filter", key_detection_filter, MATCH_KEY_VALUE, 0 },
	{ "threshold", key_threshold, MATCH_KEY_VALUE, 0 },
	{ NULL, NULL, 0, 0 },
};
