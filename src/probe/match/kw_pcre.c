/* SPDX-License-Identifier: Apache-2.0 */
/* pcre:"/expression/letters"; */
#include "probe/match_find.h"
#include "probe/match_keyword.h"

struct letter {
	char letter;
	uint8_t flag;   /* MATCH_PCRE_ */
	uint8_t buffer; /* enum match_buffer; MATCH_BUFFERS: none */
};

static const struct letter letters[] = {
	{ 'i', MATCH_PCRE_I, MATCH_BUFFERS },
	{ 's', MATCH_PCRE_S, MATCH_BUFFERS },
	{ 'm', MATCH_PCRE_M, MATCH_BUFFERS },
	{ 'x', MATCH_PCRE_X, MATCH_BUFFERS },
	{ 'A', MATCH_PCRE_A, MATCH_BUFFERS },
	{ 'E', MATCH_PCRE_E, MATCH_BUFFERS },
	{ 'G', MATCH_PCRE_G, MATCH_BUFFERS },
	{ 'B', 0, MATCH_BUFFERS }, /* raw bytes: as always */
	{ 'O', 0, MATCH_BUFFERS }, /* no own step limit: ours hold for all */
	{ 'U', 0, MATCH_L7 + L7_BUF_HTTP_URI },
	{ 'M', 0, MATCH_L7 + L7_BUF_HTTP_METHOD },
	{ 'W', 0, MATCH_L7 + L7_BUF_HTTP_HOST },
	{ 'V', 0, MATCH_L7 + L7_BUF_HTTP_USER_AGENT },
};

static const struct letter *
letter_find(uint8_t c)
{
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		if (letters[i].letter == c)
			return &letters[i];
	}
	return NULL;
}

static int
to_buffer(struct match_draft *d, const struct match_option *o, struct match_pattern *p,
    const struct letter *l, size_t at)
{
	uint8_t proto = l7_buffer_row((enum l7_buffer)(l->buffer - MATCH_L7))->proto;
	if (d->sticky && d->buffer != l->buffer)
		return match_fail(d, at, "go back with pkt_data; or drop the letter",
		    "letter %c names another buffer than the one in force", l->letter);
	if (d->rule.l7 != L7_UNKNOWN && d->rule.l7 != proto)
		return match_fail(
		    d, at, NULL, "letter %c belongs to another protocol than this rule", l->letter);
	(void)o;
	d->rule.l7 = proto;
	p->buffer = l->buffer;
	return 0;
}

/* Is there a pattern before this one in its buffer, for it to be relative to? */
static bool
has_before(const struct match_draft *d, const struct match_pattern *p)
{
	for (const struct match_pattern *q = d->pattern; q < p; q++) {
		if (q->buffer == p->buffer)
			return true;
	}
	return false;
}

static int
read_letters(struct match_draft *d, const struct match_option *o, struct match_pattern *p,
    size_t from, unsigned *flags)
{
	for (size_t i = from; i < o->value.len; i++) {
		uint8_t c = o->value.ptr[i];
		const struct letter *l = letter_find(c);
		if (c == 'R') {
			p->op.flags |= MATCH_OP_DISTANCE;
			continue;
		}
		if (!l)
			return match_fail(d, o->value_at + i,
			    "i s m x A E G R B O U M W V are known",
			    "unknown or unsupported letter \"%c\" behind the expression", c);
		*flags |= l->flag;
		if (l->buffer != MATCH_BUFFERS && to_buffer(d, o, p, l, o->value_at + i) != 0)
			return -1;
	}
	if (p->op.flags & MATCH_OP_DISTANCE && !has_before(d, p))
		return match_fail(
		    d, o->at, NULL, "letter R needs a pattern before it in the same buffer");
	return 0;
}

int
match_key_pcre(struct match_draft *d, const struct match_option *o)
{
	const struct view v = o->value;
	struct match_pattern *p = match_new_pattern(d, o);
	unsigned flags = 0;
	size_t end = v.len, at = 0;
	struct err e;
	if (!p)
		return -1;
	while (end > 0 && v.ptr[end - 1] != '/')
		end--;
	if (v.len < 2 || v.ptr[0] != '/' || end < 2)
		return match_fail(d, o->value_at, "write pcre:\"/expression/letters\"",
		    "the expression does not stand between slashes");
	p->op.kind = MATCH_OP_PCRE;
	if (read_letters(d, o, p, end, &flags) != 0)
		return -1;
	if (match_pcre_new(&d->set->rules->pcre, (struct view){ v.ptr + 1, end - 2 }, flags,
		&p->op.pcre, &at, &e) != 0)
		return match_fail(d, o->value_at + 1 + at, NULL, "%s", e.text);
	return 0;
}
