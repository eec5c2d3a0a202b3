/* SPDX-License-Identifier: Apache-2.0 */
/* pcre:"/expression/letters"; */
#include "probe/match_find.h"
#include "probe/match_keyword.h"

struct letter {
	char letter;
	uint8_t flag;   /* MATCH_PCRE_ */
	uint16_t place; /* enum match_place; MATCH_PAYLOAD: none of its own */
};

static const struct letter letters[] = {
	{ 'i', MATCH_PCRE_I, MATCH_PAYLOAD },
	{ 's', MATCH_PCRE_S, MATCH_PAYLOAD },
	{ 'm', MATCH_PCRE_M, MATCH_PAYLOAD },
	{ 'x', MATCH_PCRE_X, MATCH_PAYLOAD },
	{ 'A', MATCH_PCRE_A, MATCH_PAYLOAD },
	{ 'E', MATCH_PCRE_E, MATCH_PAYLOAD },
	{ 'G', MATCH_PCRE_G, MATCH_PAYLOAD },
	{ 'B', 0, MATCH_PAYLOAD }, /* raw bytes: as always */
	{ 'O', 0, MATCH_PAYLOAD }, /* no own step limit: ours hold for all */
	{ 'U', 0, MATCH_L7 + L7_BUF_HTTP_URI },
	{ 'I', 0, MATCH_L7 + L7_BUF_HTTP_URI_RAW },
	{ 'M', 0, MATCH_L7 + L7_BUF_HTTP_METHOD },
	{ 'H', 0, MATCH_L7 + L7_BUF_HTTP_HEADER },
	{ 'D', 0, MATCH_L7 + L7_BUF_HTTP_HEADER_RAW },
	{ 'C', 0, MATCH_L7 + L7_BUF_HTTP_COOKIE },
	{ 'V', 0, MATCH_L7 + L7_BUF_HTTP_USER_AGENT },
	{ 'W', 0, MATCH_L7 + L7_BUF_HTTP_HOST },
	{ 'Z', 0, MATCH_L7 + L7_BUF_HTTP_HOST_RAW },
	{ 'P', 0, MATCH_L7 + L7_BUF_HTTP_REQUEST_BODY },
	{ 'Q', 0, MATCH_L7 + L7_BUF_HTTP_RESPONSE_BODY },
	{ 'S', 0, MATCH_L7 + L7_BUF_HTTP_STAT_CODE },
	{ 'Y', 0, MATCH_L7 + L7_BUF_HTTP_STAT_MSG },
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
	const struct l7_buffer_row *b = l7_buffer_row((enum l7_buffer)(l->place - MATCH_L7));
	/* the server's body is a file as well: old rules say both */
	if (d->sticky && l->letter == 'Q' && d->place == MATCH_L7 + L7_BUF_FILE_DATA)
		return 0;
	if (d->sticky && d->place != l->place)
		return match_fail(d, at, "go back with pkt_data; or drop the letter",
		    "letter %c names another buffer than the one in force", l->letter);
	return match_of_tx(d, o, b->protos, b->when) == 0
		   ? match_list_of(d, l->place, d->sticky ? d->transform_n : 0, &p->list)
		   : -1;
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
			    "i s m x A E G R B O and, for buffers of HTTP, U I M H D C V W Z P Q S "
			    "Y are known",
			    "unknown or unsupported letter \"%c\" behind the expression", c);
		*flags |= l->flag;
		if (l->place != MATCH_PAYLOAD && to_buffer(d, o, p, l, o->value_at + i) != 0)
			return -1;
	}
	if (p->op.flags & MATCH_OP_DISTANCE && !p->sticky && !match_has_before(d, p))
		return match_fail(
		    d, o->at, NULL, "letter R needs a pattern before it in the same buffer");
	return 0;
}

static int
key_pcre(struct match_draft *d, const struct match_option *o)
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

const struct match_keyword match_keywords_pcre[] = {
	{ "pcre", key_pcre, MATCH_KEY_VALUE | MATCH_KEY_QUOTED | MATCH_KEY_NEGATED, 0 },
	{ NULL, NULL, 0, 0 },
};
