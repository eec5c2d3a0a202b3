/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the probe knows and a packet does not say: country, network, segment and importance of an
 * address (learn), protocol, category and risks of a flow (identify), what lists say of an address
 * (reputation.c). Keywords of ours, geoip and iprep.
 */
#include <strings.h>

#include "probe/identify.h"
#include "probe/learn.h"
#include "probe/match_keyword.h"
#include "probe/match_reputation.h"
#include "probe/match_run.h"

enum end { END_ANY, END_SRC, END_DST, END_BOTH };

/* "src,CN,RU": an end, then words of which one is enough; "!" before one turns all of them. */
struct known_op {
	const struct view *word;
	uint16_t word_n;
	uint8_t end;
	bool negated;
	struct match_op_number number;
	const struct match_category *category;
};

typedef bool (*known_fn)(
    const struct match *m, const struct known_op *k, const struct addr *a, bool *holds);

/* ---- addresses ---- */

static bool
one_of(const struct known_op *k, const char *text)
{
	for (uint16_t i = 0; i < k->word_n; i++) {
		if (match_text_same(k->word[i], text))
			return true;
	}
	return false;
}

static bool
country_of(const struct match *m, const struct known_op *k, const struct addr *a, bool *holds)
{
	struct learn_geo g;
	if (!m->known.learn || !learn_geo(m->known.learn, a, m->now.p->ip_ver, &g) || !g.country[0])
		return false;
	*holds = one_of(k, g.country) != k->negated;
	return true;
}

static bool
network_of(const struct match *m, const struct known_op *k, const struct addr *a, bool *holds)
{
	struct learn_geo g;
	if (!m->known.learn || !learn_geo(m->known.learn, a, m->now.p->ip_ver, &g) || !g.asn)
		return false;
	*holds = match_number_holds(&k->number, g.asn);
	return true;
}

static const struct learn_segment *
segment(const struct match *m, const struct addr *a)
{
	return m->known.learn ? learn_segment(m->known.learn, a, m->now.p->ip_ver) : NULL;
}

static bool
segment_of(const struct match *m, const struct known_op *k, const struct addr *a, bool *holds)
{
	const struct learn_segment *s = segment(m, a);
	if (!s)
		return false;
	*holds = one_of(k, s->name) != k->negated;
	return true;
}

static bool
importance_of(const struct match *m, const struct known_op *k, const struct addr *a, bool *holds)
{
	const struct learn_segment *s = segment(m, a);
	if (!s)
		return false;
	*holds = match_number_holds(&k->number, s->importance);
	return true;
}

static bool
score_of(const struct match *m, const struct known_op *k, const struct addr *a, bool *holds)
{
	uint8_t score = match_reputation_score(k->category, a, m->now.p->ip_ver);
	*holds = k->negated ? !score : score && match_number_holds(&k->number, score);
	return true;
}

/* An address of which nothing is known holds for nothing, negated or not. */
static bool
ends_hold(
    const struct match *m, const struct known_op *k, const struct match_candidate *c, known_fn fn)
{
	const struct packet *p = m->now.p;
	bool turned = c->dir != m->now.dir, src = false, dst = false;
	if (k->end != END_DST && !fn(m, k, turned ? &p->dst : &p->src, &src))
		src = false;
	if (k->end != END_SRC && !fn(m, k, turned ? &p->src : &p->dst, &dst))
		dst = false;
	return k->end == END_BOTH ? src && dst : src || dst;
}

static bool
country_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	return ends_hold(m, op->data, c, country_of);
}

static bool
network_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	return ends_hold(m, op->data, c, network_of);
}

static bool
segment_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	return ends_hold(m, op->data, c, segment_of);
}

static bool
importance_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	return ends_hold(m, op->data, c, importance_of);
}

static bool
score_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	return ends_hold(m, op->data, c, score_of);
}

/* ---- flows ---- */

/* "TLS" is there in "TLS.Google", and so is "Google". */
static bool
proto_is(const struct known_op *k, const char *proto)
{
	const char *dot = strchr(proto, '.');
	struct view master = { (const uint8_t *)proto,
		dot ? (size_t)(dot - proto) : strlen(proto) };
	for (uint16_t i = 0; i < k->word_n; i++) {
		struct view w = k->word[i];
		if (match_text_same(w, proto) || (dot && match_text_same(w, dot + 1)) ||
		    (w.len == master.len && strncasecmp((const char *)w.ptr, proto, w.len) == 0))
			return true;
	}
	return false;
}

static bool
result(const struct match *m, struct identify_result *r)
{
	if (!m->known.identify || !m->now.f)
		return false;
	identify_result(m->known.identify, m->now.f, r);
	return true;
}

static bool
proto_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	const struct known_op *k = op->data;
	struct identify_result r;
	(void)c;
	return result(m, &r) && (r.master_id || r.app_id) && proto_is(k, r.proto) != k->negated;
}

static bool
category_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	const struct known_op *k = op->data;
	struct identify_result r;
	(void)c;
	return result(m, &r) && r.category && (r.master_id || r.app_id) &&
	       one_of(k, r.category) != k->negated;
}

static bool
risk_holds(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	const struct known_op *k = op->data;
	struct identify_result r;
	struct identify_risk risk;
	bool found = false;
	(void)c;
	if (!result(m, &r))
		return false;
	for (unsigned i = 0; i < 64 && !found; i++)
		found = r.risks >> i & 1 && identify_risk(i, &risk) && one_of(k, risk.name);
	return found != k->negated;
}

/* ---- the keywords ---- */

struct known_row {
	match_test test;
	bool ends;    /* an end stands first, or is meant to be any */
	bool number;  /* a comparison, no words */
	bool letters; /* words are two letters */
	const char *hint;
};

enum { COUNTRY, ASN, SEGMENT, IMPORTANCE, PROTOCOL, CATEGORY, RISK };

static const struct known_row rows[] = {
	[COUNTRY] = { country_holds, true, false, true, "write country:src,CN,RU;" },
	[ASN] = { network_holds, true, true, false, "write asn:dst,4134;" },
	[SEGMENT] = { segment_holds, true, false, false, "write segment:dst,dmz;" },
	[IMPORTANCE] = { importance_holds, true, true, false, "write asset.importance:dst,>=4;" },
	[PROTOCOL] = { proto_holds, false, false, false, "write ndpi.protocol:TLS;" },
	[CATEGORY] = { category_holds, false, false, false, "write ndpi.category:Web;" },
	[RISK] = { risk_holds, false, false, false, "write ndpi.risk:Malformed Packet;" },
};

static bool
end_of(struct view v, uint8_t *end)
{
	static const char *const names[] = { "any", "src", "dst", "both" };
	for (uint8_t i = 0; i < 4; i++) {
		if (match_text_same(v, names[i])) {
			*end = i;
			return true;
		}
	}
	return false;
}

static int
words_of(struct match_draft *d, const struct match_option *o, struct view rest, struct known_op *k)
{
	struct view *word = match_arena_get(d->arena, (rest.len / 2 + 1) * sizeof(*word)), one;
	if (!word)
		return match_fail(d, o->at, NULL, "out of memory");
	while (match_text_split(&rest, ',', &one)) {
		bool negated = one.len && one.ptr[0] == '!';
		if (negated)
			one = match_text_trim((struct view){ one.ptr + 1, one.len - 1 });
		if (!one.len || (rows[o->arg].letters && one.len != 2))
			return match_fail(d, o->value_at, rows[o->arg].hint,
			    "\"%.*s\" is not understood here", (int)one.len, (const char *)one.ptr);
		k->negated |= negated;
		const uint8_t *copy = match_arena_copy(d->arena, one.ptr, one.len);
		if (!copy)
			return match_fail(d, o->at, NULL, "out of memory");
		word[k->word_n++] = (struct view){ copy, one.len };
	}
	k->word = word;
	return 0;
}

static int
key_known(struct match_draft *d, const struct match_option *o)
{
	const struct known_row *row = &rows[o->arg];
	struct match_option number = *o;
	struct view rest = o->value, first = { NULL, 0 };
	struct known_op k = { .end = END_ANY };
	if (row->ends) {
		(void)match_text_split(&rest, ',', &first);
		if (end_of(first, &k.end) && rest.ptr)
			rest = match_text_trim(rest);
		else
			rest = o->value;
	}
	number.value = rest;
	int rc = row->number ? match_number_read(d, &number, 32, NULL, &k.number)
			     : words_of(d, o, rest, &k);
	struct match_op *op = rc == 0 ? match_new_test(d, o, row->test) : NULL;
	if (!op)
		return -1;
	op->data = match_arena_copy(d->arena, &k, sizeof(k));
	/* addresses do not change from packet to packet */
	d->head_tests += row->ends;
	return op->data ? 0 : match_fail(d, o->at, NULL, "out of memory");
}

/* ">,100", ">100", "isset" or "isnotset". False when it is none of these. */
static bool
score_asked(struct view v, struct known_op *k)
{
	static const struct {
		const char *sign;
		struct match_op_number is;
	} signs[] = {
		{ ">=", { .compare = MATCH_LESS, .negated = true } },
		{ "<=", { .compare = MATCH_MORE, .negated = true } },
		{ "!=", { .compare = MATCH_EQUAL, .negated = true } },
		{ ">", { .compare = MATCH_MORE } },
		{ "<", { .compare = MATCH_LESS } },
		{ "=", { .compare = MATCH_EQUAL } },
	};
	size_t i = 0, n = sizeof(signs) / sizeof(signs[0]);
	k->negated = match_text_same(v, "isnotset");
	k->number = (struct match_op_number){ .compare = MATCH_MORE };
	if (k->negated || match_text_same(v, "isset"))
		return true;
	while (i < n && (v.len < strlen(signs[i].sign) ||
			    memcmp(v.ptr, signs[i].sign, strlen(signs[i].sign)) != 0))
		i++;
	if (i == n)
		return false;
	size_t skip = strlen(signs[i].sign);
	v = match_text_trim((struct view){ v.ptr + skip, v.len - skip });
	if (v.len && v.ptr[0] == ',')
		v = match_text_trim((struct view){ v.ptr + 1, v.len - 1 });
	k->number = signs[i].is;
	return match_number_plain(v, MATCH_REPUTATION_MOST, &k->number.a);
}

static int
key_iprep(struct match_draft *d, const struct match_option *o)
{
	static const char form[] = "write iprep:any|src|dst|both,CATEGORY,>,30; with <, <=, =, !=, "
				   ">=, > and 0 to 127, or isset, isnotset";
	struct view rest = o->value, end, name;
	struct known_op k = { .end = END_ANY };
	char hint[MATCH_REASON];
	(void)match_text_split(&rest, ',', &end);
	if (!end_of(end, &k.end) || !match_text_split(&rest, ',', &name) || !rest.ptr)
		return match_fail(d, o->value_at, form,
		    "an end, a category and what to ask of its score should stand here");
	k.category = match_reputation_find(d->set->rules->reputation, name, hint);
	if (!k.category)
		return match_fail(d, (size_t)(name.ptr - d->text.ptr), hint,
		    "there is no category \"%.*s\"", (int)name.len, (const char *)name.ptr);
	rest = match_text_trim(rest);
	if (!score_asked(rest, &k))
		return match_fail(d, (size_t)(rest.ptr - d->text.ptr), form,
		    "\"%.*s\" is not understood here", (int)rest.len, (const char *)rest.ptr);
	struct match_op *op = match_new_test(d, o, score_holds);
	if (!op)
		return -1;
	op->data = match_arena_copy(d->arena, &k, sizeof(k));
	d->head_tests++;
	return op->data ? 0 : match_fail(d, o->at, NULL, "out of memory");
}

static int
key_gbt20986(struct match_draft *d, const struct match_option *o)
{
	if (d->info.gbt20986)
		return match_fail(d, o->at, NULL, "the class of GB/T 20986 is given already");
	d->info.gbt20986 = match_arena_copy(d->arena, o->value.ptr, o->value.len);
	return d->info.gbt20986 ? 0 : match_fail(d, o->at, NULL, "out of memory");
}

void
match_know(struct match *m, const struct match_known *known)
{
	m->known = *known;
}

const struct match_keyword match_keywords_known[] = {
	{ "asn", key_known, MATCH_KEY_VALUE, ASN },
	{ "asset.importance", key_known, MATCH_KEY_VALUE, IMPORTANCE },
	{ "country", key_known, MATCH_KEY_VALUE, COUNTRY },
	{ "gbt20986", key_gbt20986, MATCH_KEY_VALUE, 0 },
	{ "geoip", key_known, MATCH_KEY_VALUE, COUNTRY },
	{ "iprep", key_iprep, MATCH_KEY_VALUE, 0 },
	{ "ndpi.category", key_known, MATCH_KEY_VALUE, CATEGORY },
	{ "ndpi.protocol", key_known, MATCH_KEY_VALUE, PROTOCOL },
	{ "ndpi.risk", key_known, MATCH_KEY_VALUE, RISK },
	{ "segment", key_known, MATCH_KEY_VALUE, SEGMENT },
	{ NULL, NULL, 0, 0 },
};
