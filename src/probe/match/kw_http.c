/* SPDX-License-Identifier: Apache-2.0 */
/* urilen, uricontent. */
#include "probe/match_keyword.h"
#include "probe/match_run.h"

static bool
urilen(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	struct l7_ask ask = { .what = op->number.what, .dir = c->dir, .scratch = &m->scratch };
	struct view uri;
	return c->in == MATCH_IN_TX && l7_tx_buffer(&m->now.tx[c->tx], &ask, &uri) &&
	       match_number_holds(&op->number, uri.len);
}

/* "5<>20,norm": of the address as sent, or normalised. */
static int
key_urilen(struct match_draft *d, const struct match_option *o)
{
	struct match_option number = *o;
	struct view rest = o->value, how = { NULL, 0 };
	struct match_op_number n = { .what = L7_BUF_HTTP_URI };
	(void)match_text_split(&rest, ',', &number.value);
	if (match_text_split(&rest, ',', &how) && match_text_same(how, "raw"))
		n.what = L7_BUF_HTTP_URI_RAW;
	else if (how.len && !match_text_same(how, "norm"))
		return match_fail(d, o->value_at, "raw and norm are known", "unknown word \"%.*s\"",
		    (int)how.len, (const char *)how.ptr);
	const struct l7_buffer_row *b = l7_buffer_row((enum l7_buffer)n.what);
	if (match_number_read(d, &number, 16, NULL, &n) != 0 ||
	    match_of_tx(d, o, b->protos, b->when) != 0)
		return -1;
	struct match_op *op = match_new_test(d, o, urilen);
	if (!op)
		return -1;
	op->number = n;
	return 0;
}

static int
key_uricontent(struct match_draft *d, const struct match_option *o)
{
	return match_content_in(d, o, MATCH_L7 + L7_BUF_HTTP_URI) ? 0 : -1;
}

const struct match_keyword match_keywords_http[] = {
	{ "uricontent", key_uricontent, MATCH_KEY_VALUE | MATCH_KEY_QUOTED | MATCH_KEY_NEGATED, 0 },
	{ "urilen", key_urilen, MATCH_KEY_VALUE, 0 },
	{ NULL, NULL, 0, 0 },
};
