/* SPDX-License-Identifier: Apache-2.0 */
/* tag: packets that follow a match, of its flow or of a host, are told as they come. */
#include "probe/match_keyword.h"
#include "probe/match_run.h"

#define NS 1000000000ull
#define PACKETS 256        /* when the rule does not say */
#define IDLE (600ull * NS) /* a host that was not seen so long is not tagged any more */

enum metric { TAG_NONE, TAG_PACKETS, TAG_BYTES, TAG_SECONDS };
enum whose { OF_BOTH, OF_SRC, OF_DST };

struct tag_op {
	uint8_t metric, whose;
	bool host;
	uint64_t most; /* packets, bytes or ns */
};

static const struct match_word metrics[] = {
	{ "packets", TAG_PACKETS },
	{ "bytes", TAG_BYTES },
	{ "seconds", TAG_SECONDS },
	{ NULL, 0 },
};

static const struct match_word ends[] = {
	{ "src", OF_SRC },
	{ "dst", OF_DST },
	{ NULL, 0 },
};

bool
match_tag_counts(struct match_tag *t, uint64_t now, uint64_t bytes)
{
	uint64_t take = t->metric == TAG_BYTES ? bytes : 1;
	if (t->metric == TAG_SECONDS ? now > t->left : take > t->left || now > t->last + IDLE)
		t->metric = TAG_NONE;
	if (t->metric == TAG_NONE)
		return false;
	if (t->metric != TAG_SECONDS)
		t->left -= take;
	t->last = now;
	return true;
}

/* The packet that matched counts, it is not told again. */
static struct match_tag
begin(const struct tag_op *op, const struct packet *p)
{
	uint64_t now = p->frame.ts;
	struct match_tag t = { op->most, now, op->metric };
	if (op->metric == TAG_SECONDS)
		t.left += now;
	else
		(void)match_tag_counts(&t, now, p->frame.wirelen);
	return t;
}

static void
tag_put(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	const struct tag_op *want = op->data;
	const struct packet *p = m->now.p;
	bool turned = c->dir != m->now.dir;
	struct match_tag t = begin(want, p);
	if (!want->host) {
		m->now.state = match_state_get(m, m->now.f);
		if (m->now.state)
			m->now.state->tag = t;
		return;
	}
	gate_enter(m->config.gate);
	if (want->whose != OF_DST)
		match_rates_tag(
		    m->rates, turned ? &p->dst : &p->src, p->ip_ver, &t, &m->count.state_evicted);
	if (want->whose != OF_SRC)
		match_rates_tag(
		    m->rates, turned ? &p->src : &p->dst, p->ip_ver, &t, &m->count.state_evicted);
	gate_leave(m->config.gate);
}

void
match_tag_packet(struct match *m, const struct packet *p, const struct flow *f)
{
	m->tagged = false;
	if (!m->rules || !m->rules->tags || !p->ip_ver)
		return;
	if (f && f->match)
		m->tagged = match_tag_counts(&f->match->tag, p->frame.ts, p->frame.wirelen);
	if (!(m->rules->tags & MATCH_TAGS_HOSTS))
		return;
	gate_enter(m->config.gate);
	m->tagged |=
	    match_rates_tagged(m->rates, &p->src, p->ip_ver, p->frame.ts, p->frame.wirelen);
	m->tagged |=
	    match_rates_tagged(m->rates, &p->dst, p->ip_ver, p->frame.ts, p->frame.wirelen);
	gate_leave(m->config.gate);
}

/* "packets 5", as Snort 3 has it. */
static bool
count_behind(struct view part, struct tag_op *t)
{
	struct view rest = part, word;
	int64_t n;
	(void)match_text_split(&rest, ' ', &word);
	if (!rest.ptr || !match_word_find(metrics, word, &t->metric) ||
	    !match_text_int(match_text_trim(rest), 0, UINT32_MAX, &n))
		return false;
	t->most = (uint64_t)n;
	return true;
}

/* "host", and Snort 3's "host_src" and "host_dst". */
static bool
is_host(struct view part, struct tag_op *t)
{
	bool src = match_text_same(part, "host_src"), dst = match_text_same(part, "host_dst");
	t->whose = src ? OF_SRC : dst ? OF_DST : OF_BOTH;
	return src || dst || match_text_same(part, "host");
}

/* "session|host[,COUNT,packets|bytes|seconds][,src|dst]"; "session|host_src|host_dst[,packets N]"
 */
static int
key_tag(struct match_draft *d, const struct match_option *o)
{
	static const char form[] = "tag:session,5,packets; tag:host,60,seconds,src; "
				   "tag:host,9000,bytes,dst; tag:host_src,packets 5;";
	struct tag_op t = { .metric = TAG_PACKETS, .most = PACKETS };
	struct view rest = o->value, part;
	int64_t n;
	(void)match_text_split(&rest, ',', &part);
	t.host = is_host(part, &t);
	if (!t.host && !match_text_same(part, "session"))
		return match_fail(d, o->value_at, form, "tag begins with session or host");
	bool more = match_text_split(&rest, ',', &part);
	if (more && match_text_int(part, 0, UINT32_MAX, &n)) {
		t.most = (uint64_t)n;
		if (!match_text_split(&rest, ',', &part) ||
		    !match_word_find(metrics, part, &t.metric))
			return match_fail(d, o->value_at, form,
			    "behind its number tag has packets, bytes or seconds");
		more = match_text_split(&rest, ',', &part);
	} else if (more && count_behind(part, &t)) {
		more = match_text_split(&rest, ',', &part);
	}
	if (more && (!match_word_find(ends, part, &t.whose) || match_text_trim(rest).len))
		return match_fail(d, o->value_at, form,
		    "this part of tag is not understood: \"%.*s\"", (int)part.len,
		    (const char *)part.ptr);
	if (t.metric == TAG_SECONDS)
		t.most *= NS;
	struct match_op *op = match_new_after(d, o, tag_put);
	if (!op)
		return -1;
	op->data = match_arena_copy(d->arena, &t, sizeof(t));
	d->set->rules->tags |= t.host ? MATCH_TAGS_HOSTS : MATCH_TAGS_FLOWS;
	return op->data ? 0 : match_fail(d, o->at, NULL, "out of memory");
}

const struct match_keyword match_keywords_tag[] = {
	{ "tag", key_tag, MATCH_KEY_VALUE, 0 },
	{ NULL, NULL, 0, 0 },
};
