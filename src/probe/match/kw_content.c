/* SPDX-License-Identifier: Apache-2.0 */
/* content, its modifiers, and the sticky buffers it goes to. */
#include <ctype.h>

#include "lib/hex.h"
#include "probe/match_keyword.h"

#define FAR 65535
#define FARTHER 1048576
#define ABSOLUTE (MATCH_OP_OFFSET | MATCH_OP_DEPTH)

struct match_pattern *
match_new_pattern(struct match_draft *d, const struct match_option *o)
{
	if (d->pattern_n == MATCH_PATTERNS_MAX) {
		(void)match_fail(
		    d, o->at, NULL, "more than %d patterns in one rule", MATCH_PATTERNS_MAX);
		return NULL;
	}
	if (!d->list_known && match_list_of(d, d->place, d->transform_n, &d->list) != 0)
		return NULL;
	d->list_known = true;
	struct match_pattern *p = &d->pattern[d->pattern_n++];
	*p = (struct match_pattern){
		.list = d->list, .sticky = d->sticky, .turn = d->turn, .side = d->side, .at = o->at
	};
	p->op.option = d->option_n;
	if (o->negated)
		p->op.flags |= MATCH_OP_NOT;
	return p;
}

/* Last content the modifiers speak of, NULL with a reason when there is none. */
static struct match_pattern *
last_content(struct match_draft *d, const struct match_option *o)
{
	for (size_t i = d->pattern_n; i-- > 0;) {
		struct match_pattern *p = &d->pattern[i];
		if (p->op.kind == MATCH_OP_CONTENT &&
		    (!d->sticky || (d->list_known && p->list == d->list && p->turn == d->turn)))
			return p;
	}
	(void)match_fail(d, o->at, NULL, "%.*s needs a content before it", (int)o->name.len,
	    (const char *)o->name.ptr);
	return NULL;
}

/* The bytes between two bars; *i stands behind the first bar and ends on the second. */
static int
hex_run(struct match_draft *d, const struct match_option *o, size_t *i, uint8_t *out, size_t *n)
{
	const struct view v = o->value;
	size_t from = *i;
	int high = -1;
	for (; *i < v.len && v.ptr[*i] != '|'; (*i)++) {
		int digit = hex_digit(v.ptr[*i]);
		if (v.ptr[*i] == ' ')
			continue;
		if (digit < 0)
			return match_fail(
			    d, o->value_at + *i, NULL, "\"%c\" is not a hex digit", v.ptr[*i]);
		if (high >= 0)
			out[(*n)++] = (uint8_t)(high << 4 | digit);
		high = high >= 0 ? -1 : digit;
	}
	if (*i == v.len)
		return match_fail(
		    d, o->value_at + from - 1, NULL, "hex bytes without their closing bar");
	return high < 0 ? 0 : match_fail(d, o->value_at + *i, NULL, "an odd number of hex digits");
}

static int
content_bytes(struct match_draft *d, const struct match_option *o, uint8_t *out, size_t *n)
{
	const struct view v = o->value;
	for (size_t i = 0; i < v.len; i++) {
		uint8_t c = v.ptr[i];
		if (c == '|') {
			i++;
			if (hex_run(d, o, &i, out, n) != 0)
				return -1;
			continue;
		}
		if (c == '"')
			return match_fail(
			    d, o->value_at + i, "write \\\"", "a quote inside the content");
		if (c == '\\') {
			i++;
			if (i == v.len || !strchr(":;\\\"", v.ptr[i]))
				return match_fail(d, o->value_at + i - 1,
				    "only \\; \\: \\\" and \\\\ are known; write |5c| for a "
				    "backslash",
				    "unknown escape");
			c = v.ptr[i];
		}
		out[(*n)++] = c;
	}
	return 0;
}

static int
key_content(struct match_draft *d, const struct match_option *o)
{
	struct match_pattern *p = match_new_pattern(d, o);
	uint8_t *bytes = p ? match_arena_get(d->arena, o->value.len + 1) : NULL;
	size_t n = 0;
	if (!bytes)
		return match_fail(d, o->at, NULL, "out of memory");
	if (content_bytes(d, o, bytes, &n) != 0)
		return -1;
	if (n == 0 || n > FAR)
		return match_fail(d, o->value_at, NULL, n ? "content too long" : "empty content");
	p->op.kind = MATCH_OP_CONTENT;
	p->op.content.bytes = bytes;
	p->op.len = (uint16_t)n;
	return 0;
}

static int
twice(struct match_draft *d, const struct match_option *o)
{
	return match_fail(d, o->at, NULL, "%.*s is given twice for this content", (int)o->name.len,
	    (const char *)o->name.ptr);
}

static int
key_nocase(struct match_draft *d, const struct match_option *o)
{
	struct match_pattern *p = last_content(d, o);
	if (!p)
		return -1;
	if (p->op.flags & MATCH_OP_NOCASE)
		return twice(d, o);
	p->op.flags |= MATCH_OP_NOCASE;
	return 0;
}

/* A place that is said of a content, and what must not be said besides. */
static const struct place_word {
	uint8_t flag, against, var; /* MATCH_OP_, MATCH_OP_, MATCH_VAR_ */
	bool covers;                /* at least the content's length */
	int32_t min, max;
} place_words[] = {
	{ MATCH_OP_DEPTH, MATCH_OP_RELATIVE, MATCH_VAR_DEPTH, true, 0, FAR },
	{ MATCH_OP_OFFSET, MATCH_OP_RELATIVE, MATCH_VAR_OFFSET, false, 0, FAR },
	{ MATCH_OP_DISTANCE, ABSOLUTE, MATCH_VAR_DISTANCE, false, -FARTHER, FARTHER },
	{ MATCH_OP_WITHIN, ABSOLUTE, MATCH_VAR_WITHIN, true, -FARTHER, FARTHER },
};

static int
place_value(
    struct match_draft *d, const struct match_option *o, struct match_pattern *p, int64_t *n)
{
	const struct place_word *w = &place_words[o->arg];
	uint8_t var;
	if (o->value.len && (isalpha(o->value.ptr[0]) || o->value.ptr[0] == '_')) {
		if (!match_var_find(d, o->value, &var))
			return match_fail(d, o->value_at,
			    "byte_extract and byte_math make variables",
			    "no variable \"%.*s\" before this", (int)o->value.len,
			    (const char *)o->value.ptr);
		p->op.vars |= w->var;
		*n = var;
		return 0;
	}
	if (!match_text_int(o->value, w->min, w->max, n))
		return match_fail(d, o->value_at, NULL, "%.*s must be a number from %d to %d",
		    (int)o->name.len, (const char *)o->name.ptr, w->min, w->max);
	if (w->covers && *n < p->op.len)
		return match_fail(d, o->value_at, NULL,
		    "%.*s %lld is less than the content's %u bytes", (int)o->name.len,
		    (const char *)o->name.ptr, (long long)*n, p->op.len);
	return 0;
}

/* depth, offset, distance, within: absolute and relative ones do not mix. */
static int
key_place(struct match_draft *d, const struct match_option *o)
{
	const struct place_word *w = &place_words[o->arg];
	struct match_pattern *p = last_content(d, o);
	int64_t n;
	if (!p)
		return -1;
	if (p->op.flags & w->flag)
		return twice(d, o);
	if (p->op.flags & w->against)
		return match_fail(d, o->at, NULL,
		    "a content is placed by offset and depth or by distance and within, not by "
		    "both");
	if (place_value(d, o, p, &n) != 0)
		return -1;
	p->op.flags |= w->flag;
	switch (w->flag) {
	case MATCH_OP_DEPTH:
		p->op.content.depth = (uint32_t)n;
		break;
	case MATCH_OP_OFFSET:
		p->op.content.offset = (uint32_t)n;
		break;
	case MATCH_OP_DISTANCE:
		p->op.content.distance = (int32_t)n;
		break;
	default:
		p->op.content.within = (uint32_t)n;
	}
	return 0;
}

static int
key_startswith(struct match_draft *d, const struct match_option *o)
{
	struct match_pattern *p = last_content(d, o);
	if (!p)
		return -1;
	if (p->op.flags & (MATCH_OP_RELATIVE | ABSOLUTE))
		return match_fail(d, o->at, NULL,
		    "startswith places the content; offset, depth, distance and within do too");
	p->op.flags |= MATCH_OP_DEPTH | MATCH_OP_OFFSET;
	p->op.content.depth = p->op.len;
	p->startswith = true;
	return 0;
}

static int
key_endswith(struct match_draft *d, const struct match_option *o)
{
	struct match_pattern *p = last_content(d, o);
	if (!p)
		return -1;
	if (p->op.flags & MATCH_OP_ENDSWITH)
		return twice(d, o);
	p->op.flags |= MATCH_OP_ENDSWITH;
	return 0;
}

static int
fast_part(struct match_draft *d, const struct match_option *o, struct match_pattern *p)
{
	struct view rest = o->value, first, second = { NULL, 0 };
	int64_t offset, len;
	(void)match_text_split(&rest, ',', &first);
	if (!match_text_split(&rest, ',', &second) || rest.ptr ||
	    !match_text_int(first, 0, FAR, &offset) || !match_text_int(second, 0, FAR, &len))
		return match_fail(d, o->value_at,
		    "write fast_pattern; fast_pattern:only; or fast_pattern:OFFSET,LENGTH;",
		    "fast_pattern's value is not understood");
	if (offset + len > p->op.len)
		return match_fail(d, o->value_at, NULL,
		    "fast_pattern ends at byte %lld of a content of %u", (long long)(offset + len),
		    p->op.len);
	p->fast_offset = (uint16_t)offset;
	p->fast_len = (uint16_t)len;
	return 0;
}

static int
key_fast_pattern(struct match_draft *d, const struct match_option *o)
{
	struct match_pattern *p = last_content(d, o);
	if (!p)
		return -1;
	for (size_t i = 0; i < d->pattern_n; i++) {
		if (d->pattern[i].fast)
			return match_fail(
			    d, o->at, NULL, "fast_pattern is given twice in this rule");
	}
	bool only = match_text_same(o->value, "only");
	bool negated = p->op.flags & MATCH_OP_NOT,
	     is_placed = p->op.flags & (MATCH_OP_RELATIVE | ABSOLUTE);
	if ((negated && is_placed) || (only && (negated || is_placed)))
		return match_fail(d, o->at, NULL,
		    "fast_pattern cannot be used with a content that is %s",
		    only ? "negated or placed" : "both negated and placed");
	p->fast = true;
	return only || !o->value.len ? 0 : fast_part(d, o, p);
}

static int
key_rawbytes(struct match_draft *d, const struct match_option *o)
{
	struct match_pattern *p = last_content(d, o);
	if (!p)
		return -1;
	/* the raw payload is what is looked at anyway */
	return p->list == 0
		   ? 0
		   : match_fail(d, o->at, NULL, "rawbytes has no meaning in a sticky buffer");
}

bool
match_has_before(const struct match_draft *d, const struct match_pattern *p)
{
	for (const struct match_pattern *q = d->pattern; q < p; q++) {
		if (q->list == p->list && q->turn == p->turn && q->side == p->side)
			return true;
	}
	return false;
}

/* The rule is of the protocols that have the place. */
static int
place_wanted(struct match_draft *d, const struct match_option *o)
{
	const struct match_place_row *row = match_place_row(o->arg);
	if (!row) {
		const struct l7_buffer_row *b = l7_buffer_row((enum l7_buffer)(o->arg - MATCH_L7));
		/* of a whole transaction one side is asked for what both have */
		uint8_t of = d->side == MATCH_AREA_UP     ? L7_READY_UP
			     : d->side == MATCH_AREA_DOWN ? L7_READY_DOWN
							  : L7_READY_UP | L7_READY_DOWN;
		return match_of_tx(d, o, b->protos, b->when & of);
	}
	d->rule.transports &= row->transports;
	return d->rule.transports ? 0
				  : match_fail(d, o->at, NULL,
					"%.*s is not there in packets of this rule's protocol",
					(int)o->name.len, (const char *)o->name.ptr);
}

static bool
multi(uint16_t place)
{
	return place >= MATCH_L7 &&
	       l7_buffer_row((enum l7_buffer)(place - MATCH_L7))->when & L7_MULTI;
}

int
match_sticky_used(struct match_draft *d)
{
	if (d->sticky && d->sticky_from == d->pattern_n)
		return match_fail(d, d->sticky_at, NULL,
		    "a buffer is named here but nothing is looked for in it");
	return 0;
}

/* "to_client" or "to_server" behind a buffer's name. */
static int
read_side(struct match_draft *d, const struct match_option *o)
{
	d->side = match_text_same(o->value, "to_server")   ? MATCH_AREA_UP
		  : match_text_same(o->value, "to_client") ? MATCH_AREA_DOWN
							   : 0;
	if (!o->value.len || (d->side && d->rule.whole))
		return 0;
	return match_fail(d, o->value_at, "to_server and to_client may follow in rules with =>",
	    "%.*s takes no value", (int)o->name.len, (const char *)o->name.ptr);
}

int
match_sticky_set(struct match_draft *d, const struct match_option *o, uint16_t place)
{
	if (match_sticky_used(d) != 0)
		return -1;
	d->place = place;
	d->transform_n = 0;
	d->list = 0;
	d->list_known = place == MATCH_PAYLOAD;
	d->sticky = place != MATCH_PAYLOAD;
	d->turn = multi(place) ? ++d->turns : 0;
	d->sticky_at = o->at;
	d->sticky_from = d->pattern_n;
	return 0;
}

int
match_key_sticky(struct match_draft *d, const struct match_option *o)
{
	if (match_sticky_used(d) != 0 || read_side(d, o) != 0 || place_wanted(d, o) != 0)
		return -1;
	return match_sticky_set(d, o, o->arg);
}

struct match_pattern *
match_content_in(struct match_draft *d, const struct match_option *o, uint16_t place)
{
	struct match_option there = *o;
	uint16_t list = d->list;
	bool known = d->list_known;
	there.arg = place;
	if (place_wanted(d, &there) != 0 || match_list_of(d, place, 0, &d->list) != 0)
		return NULL;
	d->list_known = true;
	int rc = key_content(d, o);
	d->list = list;
	d->list_known = known;
	return rc == 0 ? &d->pattern[d->pattern_n - 1] : NULL;
}

int
match_key_modifier(struct match_draft *d, const struct match_option *o)
{
	if (d->sticky)
		return match_fail(d, o->at,
		    "name the buffer before the content, or go back with pkt_data;",
		    "%.*s follows its content and cannot be used under a sticky buffer",
		    (int)o->name.len, (const char *)o->name.ptr);
	struct match_pattern *p = last_content(d, o);
	if (!p || place_wanted(d, o) != 0)
		return -1;
	if (p->list != 0)
		return match_fail(d, o->at, NULL, "this content has a buffer already");
	return match_list_of(d, o->arg, 0, &p->list);
}

const struct match_keyword match_keywords_content[] = {
	{ "content", key_content, MATCH_KEY_VALUE | MATCH_KEY_QUOTED | MATCH_KEY_NEGATED, 0 },
	{ "depth", key_place, MATCH_KEY_VALUE, 0 },
	{ "distance", key_place, MATCH_KEY_VALUE, 2 },
	{ "endswith", key_endswith, MATCH_KEY_BARE, 0 },
	{ "fast_pattern", key_fast_pattern, 0, 0 },
	{ "nocase", key_nocase, MATCH_KEY_BARE, 0 },
	{ "offset", key_place, MATCH_KEY_VALUE, 1 },
	{ "rawbytes", key_rawbytes, MATCH_KEY_BARE, 0 },
	{ "startswith", key_startswith, MATCH_KEY_BARE, 0 },
	{ "within", key_place, MATCH_KEY_VALUE, 3 },
	{ NULL, NULL, 0, 0 },
};
