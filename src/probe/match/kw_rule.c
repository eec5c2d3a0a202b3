/* SPDX-License-Identifier: Apache-2.0 */
/* requires, bypass, and what is refused by name: what a rule says of itself and of its engine. */
#include "probe/match_keyword.h"
#include "probe/match_run.h"

/* The rule language that is spoken here: Suricata's of this version. */
static const unsigned version[3] = { 8, 0, 7 };

/* Features that rules may ask for (Suricata's documentation of `requires`). */
static const char *const features[] = { "geoip", "ja3", "ja4", "magic", "pcre_jit" };

/* "8.0.5" against ours: negative, 0, positive as that one is lower, the same, higher. */
static bool
version_read(struct view v, int *order)
{
	struct view part;
	int64_t n;
	size_t i = 0;
	*order = 0;
	for (; i < 3 && match_text_split(&v, '.', &part); i++) {
		if (!match_text_int(part, 0, 1000, &n))
			return false;
		if (!*order && n != version[i])
			*order = n < version[i] ? -1 : 1;
	}
	for (; i < 3 && !*order; i++)
		*order = version[i] ? -1 : 0;
	return !v.ptr;
}

/* One of ">= 7.0.4", "< 8", ...: is it so? -1: not understood. */
static int
version_holds(struct view *v)
{
	struct view number;
	int order;
	bool more = v->len && v->ptr[0] == '>', less = v->len && v->ptr[0] == '<';
	bool equal = v->len > 1 && v->ptr[1] == '=';
	size_t skip = (size_t)(more || less) + equal;
	if (!more && !less)
		return -1;
	*v = match_text_trim((struct view){ v->ptr + skip, v->len - skip });
	(void)match_text_split(v, ' ', &number);
	*v = v->ptr ? match_text_trim(*v) : *v;
	if (!version_read(number, &order))
		return -1;
	return (equal && order == 0) || (more ? order < 0 : order > 0);
}

/* ">= 7.0.4 < 8 | >= 8.0.3": any of the parts, all of a part. */
static int
versions_hold(struct view v)
{
	struct view part;
	bool any = false;
	while (match_text_split(&v, '|', &part)) {
		bool all = part.len > 0;
		while (part.ptr && part.len) {
			int holds = version_holds(&part);
			if (holds < 0)
				return -1;
			all &= holds != 0;
		}
		any |= all;
	}
	return any;
}

static bool
feature_holds(struct view v)
{
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		if (match_text_same(v, features[i]))
			return true;
	}
	return false;
}

/* What is not known is not there. */
static int
one_holds(struct match_draft *d, struct view name, struct view v)
{
	const char *near;
	if (match_text_same(name, "version"))
		return versions_hold(v);
	if (match_text_same(name, "feature"))
		return feature_holds(v);
	return match_text_same(name, "keyword") && match_keyword_find(d->set, v, &near);
}

/* Read before anything else of the rule: what stands behind an unmet one may not be known here. */
int
match_requires(struct match_draft *d, const struct match_option *o)
{
	struct view rest = o->value, v, name;
	while (match_text_split(&rest, ',', &v)) {
		(void)match_text_split(&v, ' ', &name);
		int holds = one_holds(d, name, v.ptr ? match_text_trim(v) : v);
		if (holds < 0)
			return match_fail(d, o->value_at, "write requires:version >= 8.0.1;",
			    "the version is not understood");
		d->skipped |= !holds;
	}
	return 0;
}

static int
key_requires(struct match_draft *d, const struct match_option *o)
{
	(void)d;
	(void)o;
	return 0;
}

/* ---- bypass: the rest of the flow is not looked at ---- */

static void
bypass(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	(void)op;
	(void)c;
	m->now.state = match_state_get(m, m->now.f);
	if (!m->now.state)
		return;
	m->now.state->bypassed = true;
	m->now.state->fate |= MATCH_FATE_BYPASSED;
}

static int
key_bypass(struct match_draft *d, const struct match_option *o)
{
	return match_new_after(d, o, bypass) ? 0 : -1;
}

/* ---- what is known and not done ---- */

static const char *const reasons[] = {
	"scripts are not run here",
	"packets are looked at, never changed",
};

static int
key_refused(struct match_draft *d, const struct match_option *o)
{
	return match_fail(d, o->at, NULL, "%.*s is not supported: %s", (int)o->name.len,
	    (const char *)o->name.ptr, reasons[o->arg]);
}

const struct match_keyword match_keywords_rule[] = {
	{ "bypass", key_bypass, MATCH_KEY_BARE, 0 },
	{ "lua", key_refused, 0, 0 },
	{ "luajit", key_refused, 0, 0 },
	{ "luaxform", key_refused, 0, 0 },
	{ "nfq_set_mark", key_refused, 0, 1 },
	{ "replace", key_refused, 0, 1 },
	{ "requires", key_requires, MATCH_KEY_VALUE, 0 },
	{ NULL, NULL, 0, 0 },
};
