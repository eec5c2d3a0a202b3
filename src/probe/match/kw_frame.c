/* SPDX-License-Identifier: Apache-2.0 */
/* frame: what follows looks into frames of one type (include/probe/l7/frames.def). */
#include <stdio.h>

#include "probe/match_keyword.h"

#define FULL (sizeof("frame:") - 1)

static bool
is_named(const struct l7_frame_row *row, struct view v)
{
	return match_text_same(v, row->full + FULL);
}

static uint64_t
set_of(const struct l7_frame_row *row)
{
	return UINT64_C(1) << row->proto;
}

/* The type that the value names; -1: none, -2: more than one protocol has it. */
static int
find(const struct match_draft *d, struct view v)
{
	const struct l7_frame_row *row;
	int found = -1;
	for (unsigned t = 0; (row = l7_frame_row((enum l7_frame_type)t)); t++) {
		if (d->rule.protos && !(d->rule.protos & set_of(row)))
			continue;
		if (is_named(row, v))
			return (int)t;
		if (match_text_same(v, row->name))
			found = found == -1 ? (int)t : -2;
	}
	return found;
}

/* What could have been meant: the types of the rule's protocols, or all of them. */
static void
known(const struct match_draft *d, char *out, size_t n)
{
	const struct l7_frame_row *row;
	size_t at = 0;
	bool any = false;
	out[0] = 0;
	for (unsigned t = 0; (row = l7_frame_row((enum l7_frame_type)t)); t++)
		any |= (d->rule.protos & set_of(row)) != 0;
	for (unsigned t = 0; (row = l7_frame_row((enum l7_frame_type)t)) && at < n; t++) {
		const struct l7_frame_row *before =
		    t ? l7_frame_row((enum l7_frame_type)(t - 1)) : NULL;
		size_t word = strcspn(row->full, ".") - FULL;
		if (any && d->rule.protos & set_of(row))
			at += (size_t)snprintf(
			    out + at, n - at, "%s%s", at ? ", " : "known: ", row->full + FULL);
		else if (!any && (!before || before->proto != row->proto))
			at += (size_t)snprintf(out + at, n - at, "%s%.*s",
			    at ? ", " : "there are frames of ", (int)word, row->full + FULL);
	}
}

static int
key_frame(struct match_draft *d, const struct match_option *o)
{
	char hint[MATCH_REASON];
	int type = find(d, o->value);
	known(d, hint, sizeof(hint));
	if (type == -2)
		return match_fail(d, o->value_at, "write the protocol before it: dns.pdu",
		    "frames of more than one protocol are called \"%.*s\"", (int)o->value.len,
		    (const char *)o->value.ptr);
	if (type < 0)
		return match_fail(d, o->value_at, hint, "no frame is called \"%.*s\" here",
		    (int)o->value.len, (const char *)o->value.ptr);
	if (d->framed && d->rule.frame != type)
		return match_fail(d, o->value_at, "write a rule for each of them",
		    "frames are looked at one by one: a rule cannot look into two types");
	if (match_sticky_set(d, o, (uint16_t)(MATCH_FRAME + type)) != 0)
		return -1;
	d->framed = true;
	d->rule.frame = (uint8_t)type;
	d->rule.protos = set_of(l7_frame_row((enum l7_frame_type)type));
	return 0;
}

const struct match_keyword match_keywords_frame[] = {
	{ "frame", key_frame, MATCH_KEY_VALUE, 0 },
	{ NULL, NULL, 0, 0 },
};
