/* SPDX-License-Identifier: Apache-2.0 */
/* tag: packets that follow a match, of its flow or of a host, are told as they come. */
#include "probe/match_keyword.h"
#include "probe/match_run.h"

#define NS 1000000000ull
#define PACKETS 256        /* when the rule does not say */
#define IDLE (600ull * NS) /* a host that was not seen so long is not tagged any more */

#define FORM                                                                                       \
	"tag:session,5,packets; tag:host,60,seconds,src; tag:host,100,packets,60,seconds,dst; "    \
	"tag:host_src,packets 5,seconds 60;"

enum metric { TAG_NONE, TAG_PACKETS, TAG_BYTES, TAG_SECONDS };
enum whose { OF_BOTH, OF_SRC, OF_DST };

/* 0 of a limit that was said together with others is none, as Snort has it. */
struct tag_op {
	uint8_t whose;
	bool host;
	uint64_t bytes, span; /* ns; UINT64_MAX: no limit */
	uint32_t packets;     /* UINT32_MAX: no limit */
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

/* Of several limits the first that is reached ends it. */
bool
match_tag_counts(struct match_tag *t, uint64_t now, uint64_t bytes)
{
	bool timed = t->until != UINT64_MAX;
	if (timed ? now > t->until : now > t->last + IDLE)
		t->on = false;
	if (!t->packets || (t->bytes != UINT64_MAX && bytes > t->bytes))
		t->on = false;
	if (!t->on)
		return false;
	t->packets -= t->packets != UINT32_MAX;
	t->bytes -= t->bytes != UINT64_MAX ? bytes : 0;
	t->last = now;
	return true;
}

/* The packet that matched counts, it is not told again. */
static struct match_tag
begin(const struct tag_op *op, const struct packet *p)
{
	uint64_t now = p->frame.ts;
	struct match_tag t = { .bytes = op->bytes,
		.until = op->span != UINT64_MAX ? now + op->span : UINT64_MAX,
		.last = now,
		.packets = op->packets,
		.on = true };
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

/* What limits a tag, as it is read. */
struct limits {
	struct tag_op *t;
	unsigned seen; /* bits 1 << enum metric */
	uint64_t n[TAG_SECONDS + 1];
};

/* "5,packets", or "packets 5" as Snort 3 has it, off the front of *rest: 1; 0: it is neither; -1
 * with a reason. */
static int
take_limit(struct match_draft *d, const struct match_option *o, struct limits *l, struct view *rest)
{
	struct view behind = *rest, part, word;
	uint8_t metric = TAG_NONE;
	int64_t n;
	if (!match_text_split(&behind, ',', &part))
		return 0;
	if (match_text_int(part, 0, UINT32_MAX - 1, &n)) {
		if (!match_text_split(&behind, ',', &word) ||
		    !match_word_find(metrics, word, &metric))
			return match_fail(d, o->value_at, FORM,
			    "behind its number tag has packets, bytes or seconds");
	} else {
		(void)match_text_split(&part, ' ', &word);
		if (!part.ptr || !match_word_find(metrics, word, &metric) ||
		    !match_text_int(match_text_trim(part), 0, UINT32_MAX - 1, &n))
			return 0;
	}
	if (l->seen & 1u << metric)
		return match_fail(d, o->value_at, FORM, "tag has %.*s twice", (int)word.len,
		    (const char *)word.ptr);
	l->seen |= 1u << metric;
	l->n[metric] = (uint64_t)n;
	*rest = behind;
	return 1;
}

static void
set_limits(struct limits *l)
{
	bool several = l->seen & (l->seen - 1);
	for (unsigned k = TAG_PACKETS; several && k <= TAG_SECONDS; k++)
		if (!l->n[k])
			l->seen &= ~(1u << k);
	struct tag_op *t = l->t;
	t->packets = l->seen & 1u << TAG_PACKETS ? (uint32_t)l->n[TAG_PACKETS]
		     : l->seen                   ? UINT32_MAX
						 : PACKETS;
	t->bytes = l->seen & 1u << TAG_BYTES ? l->n[TAG_BYTES] : UINT64_MAX;
	t->span = l->seen & 1u << TAG_SECONDS ? l->n[TAG_SECONDS] * NS : UINT64_MAX;
}

/* "host", and Snort 3's "host_src" and "host_dst". */
static bool
is_host(struct view part, struct tag_op *t)
{
	bool src = match_text_same(part, "host_src"), dst = match_text_same(part, "host_dst");
	t->whose = src ? OF_SRC : dst ? OF_DST : OF_BOTH;
	return src || dst || match_text_same(part, "host");
}

/* "session|host[,COUNT,packets|bytes|seconds]...[,src|dst]";
 * "session|host_src|host_dst[,packets N][,bytes N][,seconds N]" */
static int
key_tag(struct match_draft *d, const struct match_option *o)
{
	struct tag_op t = { 0 };
	struct limits l = { .t = &t };
	struct view rest = o->value, part;
	int more;
	(void)match_text_split(&rest, ',', &part);
	t.host = is_host(part, &t);
	if (!t.host && !match_text_same(part, "session"))
		return match_fail(d, o->value_at, FORM, "tag begins with session or host");
	while ((more = take_limit(d, o, &l, &rest)) > 0)
		;
	if (more < 0)
		return -1;
	if (match_text_split(&rest, ',', &part) &&
	    (!match_word_find(ends, part, &t.whose) || match_text_trim(rest).len))
		return match_fail(d, o->value_at, FORM,
		    "this part of tag is not understood: \"%.*s\"", (int)part.len,
		    (const char *)part.ptr);
	set_limits(&l);
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
