/* SPDX-License-Identifier: Apache-2.0 */
/* threshold and detection_filter: how often a rule may speak. */
#include "probe/match_keyword.h"

#define NS 1000000000ull

struct word_row {
	const char *name;
	uint8_t value;
};

static const struct word_row types[] = {
	{ "limit", MATCH_RATE_LIMIT },
	{ "threshold", MATCH_RATE_THRESHOLD },
	{ "both", MATCH_RATE_BOTH },
	{ "backoff", MATCH_RATE_BACKOFF },
	{ NULL, 0 },
};

static const struct word_row tracks[] = {
	{ "by_src", MATCH_BY_SRC },
	{ "by_dst", MATCH_BY_DST },
	{ "by_both", MATCH_BY_BOTH },
	{ "by_rule", MATCH_BY_RULE },
	{ "by_flow", MATCH_BY_FLOW },
	{ NULL, 0 },
};

#define HAS_TYPE 0x01
#define HAS_TRACK 0x02
#define HAS_COUNT 0x04
#define HAS_SECONDS 0x08
#define HAS_MULTIPLIER 0x10

static bool
find(const struct word_row *rows, struct view v, uint8_t *out)
{
	for (; rows->name; rows++) {
		if (match_text_same(v, rows->name)) {
			*out = rows->value;
			return true;
		}
	}
	return false;
}

/* One "name value"; the bit of what it set, 0 when it is not understood. */
static unsigned
part(struct match_rate *rate, struct view name, struct view value)
{
	int64_t n;
	if (match_text_same(name, "type"))
		return find(types, value, &rate->type) ? HAS_TYPE : 0;
	if (match_text_same(name, "track"))
		return find(tracks, value, &rate->track) ? HAS_TRACK : 0;
	if (!match_text_int(value, 1, UINT32_MAX, &n))
		return 0;
	if (match_text_same(name, "count")) {
		rate->count = (uint32_t)n;
		return HAS_COUNT;
	}
	if (match_text_same(name, "multiplier")) {
		rate->multiplier = (uint32_t)n;
		return n > 1 ? HAS_MULTIPLIER : 0;
	}
	if (!match_text_same(name, "seconds"))
		return 0;
	rate->span = (uint64_t)n * NS;
	return HAS_SECONDS;
}

static int
parse(struct match_draft *d, const struct match_option *o, unsigned want)
{
	struct view rest = o->value, item, name;
	unsigned seen = 0;
	if (d->rule.rate.type)
		return match_fail(d, o->at, NULL, "one threshold or detection_filter in a rule");
	while (match_text_split(&rest, ',', &item)) {
		size_t at = (size_t)(item.ptr - d->text.ptr);
		(void)match_text_split(&item, ' ', &name);
		unsigned bit = part(&d->rule.rate, name, match_text_trim(item));
		if (!bit || !(bit & want))
			return match_fail(d, at,
			    "type limit|threshold|both|backoff, track "
			    "by_src|by_dst|by_both|by_rule|by_flow, "
			    "count "
			    "N, seconds N",
			    "this part of %.*s is not understood", (int)o->name.len,
			    (const char *)o->name.ptr);
		if (bit == HAS_TYPE && d->rule.rate.type == MATCH_RATE_BACKOFF)
			want = HAS_TYPE | HAS_TRACK | HAS_COUNT | HAS_MULTIPLIER;
		if (seen & bit)
			return match_fail(d, at, NULL, "%.*s is given twice", (int)name.len,
			    (const char *)name.ptr);
		seen |= bit;
	}
	if (seen != want)
		return match_fail(d, o->value_at, NULL, "%.*s lacks its %s", (int)o->name.len,
		    (const char *)o->name.ptr,
		    want & ~seen & HAS_TYPE    ? "type"
		    : want & ~seen & HAS_TRACK ? "track"
		    : want & ~seen & HAS_COUNT ? "count"
					       : "seconds");
	if (d->rule.rate.type == MATCH_RATE_BACKOFF)
		d->rule.rate.span = UINT64_MAX;
	return 0;
}

static int
key_threshold(struct match_draft *d, const struct match_option *o)
{
	return parse(d, o, HAS_TYPE | HAS_TRACK | HAS_COUNT | HAS_SECONDS);
}

static int
key_detection_filter(struct match_draft *d, const struct match_option *o)
{
	if (parse(d, o, HAS_TRACK | HAS_COUNT | HAS_SECONDS) != 0)
		return -1;
	d->rule.rate.type = MATCH_RATE_FILTER;
	return 0;
}

const struct match_keyword match_keywords_rate[] = {
	{ "detection_filter", key_detection_filter, MATCH_KEY_VALUE, 0 },
	{ "threshold", key_threshold, MATCH_KEY_VALUE, 0 },
	{ NULL, NULL, 0, 0 },
};
