/* SPDX-License-Identifier: Apache-2.0 */
/* Keywords that say what a rule is about and do not look at packets. */
#include "probe/match_keyword.h"

static int
number(struct match_draft *d, const struct match_option *o, int64_t min, int64_t max, uint32_t *out)
{
	int64_t n;
	if (!match_text_int(o->value, min, max, &n))
		return match_fail(d, o->value_at, NULL, "%.*s must be a number from %lld to %lld",
		    (int)o->name.len, (const char *)o->name.ptr, (long long)min, (long long)max);
	*out = (uint32_t)n;
	return 0;
}

static int
twice(struct match_draft *d, const struct match_option *o)
{
	return match_fail(
	    d, o->at, NULL, "%.*s is given twice", (int)o->name.len, (const char *)o->name.ptr);
}

/* Text without the backslashes before ; : " and \. */
static char *
unescape(struct match_draft *d, struct view v)
{
	char *text = match_arena_copy(d->arena, v.ptr, v.len);
	size_t n = 0;
	for (size_t i = 0; text && i < v.len; i++) {
		if (v.ptr[i] == '\\' && i + 1 < v.len && strchr(";:\"\\", v.ptr[i + 1]))
			i++;
		text[n++] = (char)v.ptr[i];
	}
	if (text)
		text[n] = 0;
	return text;
}

static int
key_msg(struct match_draft *d, const struct match_option *o)
{
	if (d->info.msg)
		return twice(d, o);
	d->info.msg = unescape(d, o->value);
	return d->info.msg ? 0 : match_fail(d, o->at, NULL, "out of memory");
}

static int
key_sid(struct match_draft *d, const struct match_option *o)
{
	return d->info.sid ? twice(d, o) : number(d, o, 1, UINT32_MAX, &d->info.sid);
}

static int
key_gid(struct match_draft *d, const struct match_option *o)
{
	if (d->has_gid)
		return twice(d, o);
	d->has_gid = true;
	return number(d, o, 0, UINT32_MAX, &d->info.gid);
}

static int
key_rev(struct match_draft *d, const struct match_option *o)
{
	if (d->has_rev)
		return twice(d, o);
	d->has_rev = true;
	return number(d, o, 1, UINT32_MAX, &d->info.rev);
}

static int
key_classtype(struct match_draft *d, const struct match_option *o)
{
	if (d->has_class)
		return twice(d, o);
	d->has_class = true;
	const struct match_class *c = match_classes_find(&d->set->classes, o->value);
	if (c) {
		d->info.classtype = c->name;
		d->info.category = c->text;
		if (!d->has_priority)
			d->info.severity = c->priority;
		return 0;
	}
	/* as Suricata: an unknown class keeps the rule, with the lowest standard priority */
	d->info.classtype = match_arena_copy(d->arena, o->value.ptr, o->value.len);
	d->info.category = d->info.classtype;
	return d->info.classtype ? 0 : match_fail(d, o->at, NULL, "out of memory");
}

static int
key_reference(struct match_draft *d, const struct match_option *o)
{
	struct view rest = o->value, kind;
	(void)match_text_split(&rest, ',', &kind);
	if (!kind.len || !match_text_trim(rest).len)
		return match_fail(d, o->value_at, "write reference:url,example.org/page",
		    "a reference is a kind and a text");
	if (d->info.ref_n == sizeof(d->ref) / sizeof(d->ref[0]))
		return 0;
	struct alert_meta *m = &d->ref[d->info.ref_n++];
	m->key = match_arena_copy(d->arena, kind.ptr, kind.len);
	m->value = unescape(d, match_text_trim(rest));
	if (!m->key || !m->value)
		return match_fail(d, o->at, NULL, "out of memory");
	return 0;
}

static int
key_priority(struct match_draft *d, const struct match_option *o)
{
	uint32_t n = 0;
	if (d->has_priority)
		return twice(d, o);
	d->has_priority = true;
	if (number(d, o, 0, 255, &n) != 0)
		return -1;
	d->info.severity = (uint8_t)n;
	return 0;
}

static int
key_target(struct match_draft *d, const struct match_option *o)
{
	uint8_t target = match_text_same(o->value, "src_ip") ? ALERT_TARGET_SRC : ALERT_TARGET_DST;
	if (target == ALERT_TARGET_DST && !match_text_same(o->value, "dest_ip"))
		return match_fail(d, o->value_at, NULL, "target must be src_ip or dest_ip");
	if (d->info.target && d->info.target != target)
		return match_fail(d, o->at, NULL, "target was the other end before");
	d->info.target = target;
	return 0;
}

static int
key_noalert(struct match_draft *d, const struct match_option *o)
{
	(void)o;
	d->rule.noalert = true;
	return 0;
}

/* Every rule has a prefilter here: its best literal, or its ports. */
static int
key_prefilter(struct match_draft *d, const struct match_option *o)
{
	(void)d;
	(void)o;
	return 0;
}

/* Metadata keys that become fields of the alert. */
static void
known_pair(struct match_info *info, const struct alert_meta *m)
{
	const struct {
		const char *key;
		const char **field;
	} rows[] = {
		{ "attack", &info->attack },
		{ "mitre_technique_id", &info->attack },
		{ "gbt20986", &info->gbt20986 },
		{ "verdict", &info->verdict },
		{ "name_zh", &info->name_zh },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* "attack" is ours and wins over a vendor's key */
		if (strcmp(m->key, rows[i].key) == 0 && (i != 1 || !info->attack))
			*rows[i].field = m->value;
	}
}

static int
key_metadata(struct match_draft *d, const struct match_option *o)
{
	struct view rest = o->value, pair, key;
	while (match_text_split(&rest, ',', &pair)) {
		if (!pair.len || d->info.meta_n == sizeof(d->meta) / sizeof(d->meta[0]))
			continue;
		(void)match_text_split(&pair, ' ', &key);
		struct view value = match_text_trim(pair);
		struct alert_meta *m = &d->meta[d->info.meta_n++];
		m->key = match_arena_copy(d->arena, key.ptr, key.len);
		m->value = value.len ? unescape(d, value) : match_arena_copy(d->arena, "", 0);
		if (!m->key || !m->value)
			return match_fail(d, o->at, NULL, "out of memory");
		known_pair(&d->info, m);
	}
	return 0;
}

const struct match_keyword match_keywords_meta[] = {
	{ "classtype", key_classtype, MATCH_KEY_VALUE, 0 },
	{ "gid", key_gid, MATCH_KEY_VALUE, 0 },
	{ "metadata", key_metadata, MATCH_KEY_VALUE, 0 },
	{ "msg", key_msg, MATCH_KEY_VALUE | MATCH_KEY_QUOTED, 0 },
	{ "noalert", key_noalert, MATCH_KEY_BARE, 0 },
	{ "prefilter", key_prefilter, MATCH_KEY_BARE, 0 },
	{ "priority", key_priority, MATCH_KEY_VALUE, 0 },
	{ "reference", key_reference, MATCH_KEY_VALUE, 0 },
	{ "rev", key_rev, MATCH_KEY_VALUE, 0 },
	{ "sid", key_sid, MATCH_KEY_VALUE, 0 },
	{ "target", key_target, MATCH_KEY_VALUE, 0 },
	{ NULL, NULL, 0, 0 },
};
