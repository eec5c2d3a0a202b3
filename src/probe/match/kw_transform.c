/* SPDX-License-Identifier: Apache-2.0 */
/* Transforms: what is done to a buffer's bytes before patterns look at them. */
#include <ctype.h>

#include "probe/match_keyword.h"

struct match_transform *
match_new_transform(struct match_draft *d, const struct match_option *o)
{
	if (!d->sticky || d->sticky_from != d->pattern_n) {
		(void)match_fail(d, o->at, "write buffer; transform; content:...;",
		    "%.*s must stand between a sticky buffer and its first content",
		    (int)o->name.len, (const char *)o->name.ptr);
		return NULL;
	}
	if (d->transform_n == MATCH_TRANSFORMS_MAX) {
		(void)match_fail(
		    d, o->at, NULL, "more than %d transforms of one buffer", MATCH_TRANSFORMS_MAX);
		return NULL;
	}
	const uint8_t *end = o->value.ptr + o->value.len;
	d->transform_text[d->transform_n] =
	    (struct view){ o->name.ptr, (size_t)(end - o->name.ptr) };
	struct match_transform *t = &d->transform[d->transform_n++];
	*t = (struct match_transform){ 0 };
	return t;
}

/* A dot before the first byte, so that ".example.org" finds the name itself and those below it. */
static bool
dotprefix(const struct match_transform *t, struct scratch *s, struct view *data)
{
	uint8_t *copy = scratch_get(s, data->len + 1);
	(void)t;
	if (!copy)
		return false;
	copy[0] = '.';
	if (data->len)
		memcpy(copy + 1, data->ptr, data->len);
	*data = (struct view){ copy, data->len + 1 };
	return true;
}

static int
key_dotprefix(struct match_draft *d, const struct match_option *o)
{
	struct match_transform *t = match_new_transform(d, o);
	if (!t)
		return -1;
	t->apply = dotprefix;
	return 0;
}

const struct match_keyword match_keywords_transform[] = {
	{ "dotprefix", key_dotprefix, MATCH_KEY_BARE, 0 },
	{ NULL, NULL, 0, 0 },
};
