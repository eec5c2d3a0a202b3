/* SPDX-License-Identifier: Apache-2.0 */
/* content, its modifiers, and the sticky buffers it goes to. */
#include <ctype.h>

#include "probe/match_keyword.h"

#define FAR 65535

struct match_pattern *
match_new_pattern(struct match_draft *d, const struct match_option *o)
{
	if (d->pattern_n == MATCH_PATTERNS_MAX) {
		(void)match_fail(
		    d, o->at, NULL, "more than %d patterns in one rule", MATCH_PATTERNS_MAX);
		return NULL;
	}
	struct match_pattern *p = &d->pattern[d->pattern_n++];
	*p = (struct match_pattern){ .buffer = d->buffer, .sticky = d->sticky, .at = o->at };
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
		if (p->op.kind == MATCH_OP_CONTENT && (!d->sticky || p->buffer == d->buffer))
			return p;
	}
	(void)match_fail(d, o->at, NULL, "%.*s needs a content before it", (int)o->name.len,
	    (const char *)o->name.ptr);
	return NULL;
}

static int
hex_digit(uint8_t c)
{
	return isdigit(c) ? c - '0' : isxdigit(c) ? tolower(c) - 'a' + 10 : -1;
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

int
match_key_content(struct match_draft *d, const struct match_option *o)
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

int
match_key_nocase(struct match_draft *d, const struct match_option *o)
{
	struct match_pattern *p = last_content(d, o);
	if (!p)
		return -1;
	if (p->op.flags & MATCH_OP_NOCASE)
		return twice(d, o);
	p->op.flags |= MATCH_OP_NOCASE;
	return 0;
}

/* The content an absolute or relative place is said for; the two kinds do not mix. */
static struct match_pattern *
placed(struct match_draft *d, const struct match_option *o, uint8_t flag, uint8_t against,
    int64_t min, int64_t *n)
{
	struct match_pattern *p = last_content(d, o);
	if (!p)
		return NULL;
	if (p->op.flags & flag) {
		(void)twice(d, o);
		return NULL;
	}
	if (p->op.flags & against) {
		(void)match_fail(d, o->at, NULL,
		    "a content is placed by offset and depth or by distance and within, not by "
		    "both");
		return NULL;
	}
	if (!match_text_int(o->value, min, min < 0 ? 1048576 : FAR, n)) {
		(void)match_fail(d, o->value_at, NULL, "%.*s must be a number from %lld to %d",
		    (int)o->name.len, (const char *)o->name.ptr, (long long)min,
		    min < 0 ? 1048576 : FAR);
		return NULL;
	}
	p->op.flags |= flag;
	return p;
}

#define ABSOLUTE (MATCH_OP_OFFSET | MATCH_OP_DEPTH)

int
match_key_depth(struct match_draft *d, const struct match_option *o)
{
	int64_t n;
	struct match_pattern *p = placed(d, o, MATCH_OP_DEPTH, MATCH_OP_RELATIVE, 0, &n);
	if (!p)
		return -1;
	if (n < p->op.len)
		return match_fail(d, o->value_at, NULL,
		    "depth %lld is less than the content's %u bytes", (long long)n, p->op.len);
	p->op.content.depth = (uint32_t)n;
	return 0;
}

int
match_key_offset(struct match_draft *d, const struct match_option *o)
{
	int64_t n;
	struct match_pattern *p = placed(d, o, MATCH_OP_OFFSET, MATCH_OP_RELATIVE, 0, &n);
	if (!p)
		return -1;
	p->op.content.offset = (uint32_t)n;
	return 0;
}

int
match_key_distance(struct match_draft *d, const struct match_option *o)
{
	int64_t n;
	struct match_pattern *p = placed(d, o, MATCH_OP_DISTANCE, ABSOLUTE, -1048576, &n);
	if (!p)
		return -1;
	p->op.content.distance = (int32_t)n;
	return 0;
}

int
match_key_within(struct match_draft *d, const struct match_option *o)
{
	int64_t n;
	struct match_pattern *p = placed(d, o, MATCH_OP_WITHIN, ABSOLUTE, -1048576, &n);
	if (!p)
		return -1;
	if (n < p->op.len)
		return match_fail(d, o->value_at, NULL,
		    "within %lld is less than the content's %u bytes", (long long)n, p->op.len);
	p->op.content.within = (uint32_t)n;
	return 0;
}

int
match_key_startswith(struct match_draft *d, const struct match_option *o)
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

int
match_key_endswith(struct match_draft *d, const struct match_option *o)
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

int
match_key_fast_pattern(struct match_draft *d, const struct match_option *o)
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

int
match_key_rawbytes(struct match_draft *d, const struct match_option *o)
{
	struct match_pattern *p = last_content(d, o);
	if (!p)
		return -1;
	/* the raw payload is what is looked at anyway */
	return p->buffer == MATCH_PAYLOAD
		   ? 0
		   : match_fail(d, o->at, NULL, "rawbytes has no meaning in a sticky buffer");
}

/* Each buffer belongs to one protocol, and a rule to one protocol. */
static int
buffer_proto(struct match_draft *d, const struct match_option *o)
{
	if (o->arg == MATCH_PAYLOAD)
		return 0;
	uint8_t proto = l7_buffer_row((enum l7_buffer)(o->arg - MATCH_L7))->proto;
	if (d->rule.l7 != L7_UNKNOWN && d->rule.l7 != proto)
		return match_fail(d, o->at, NULL, "%.*s belongs to another protocol than this rule",
		    (int)o->name.len, (const char *)o->name.ptr);
	d->rule.l7 = proto;
	return 0;
}

static int
sticky_used(struct match_draft *d)
{
	if (d->sticky && d->sticky_from == d->pattern_n)
		return match_fail(d, d->sticky_at, NULL,
		    "a buffer is named here but nothing is looked for in it");
	return 0;
}

int
match_key_sticky(struct match_draft *d, const struct match_option *o)
{
	if (sticky_used(d) != 0 || buffer_proto(d, o) != 0)
		return -1;
	d->buffer = o->arg;
	d->sticky = o->arg != MATCH_PAYLOAD;
	d->sticky_at = o->at;
	d->sticky_from = d->pattern_n;
	return 0;
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
	if (!p || buffer_proto(d, o) != 0)
		return -1;
	if (p->buffer != MATCH_PAYLOAD)
		return match_fail(d, o->at, NULL, "this content has a buffer already");
	p->buffer = o->arg;
	return 0;
}
