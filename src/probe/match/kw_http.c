/* SPDX-License-Identifier: Apache-2.0 */
/* urilen, uricontent, http2.settings. */
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

struct setting_op {
	struct match_op_number value;
	uint16_t id;
	bool any;
};

static bool
setting(struct match *m, const struct match_op *op, const struct match_candidate *c)
{
	const struct setting_op *s = op->data;
	uint64_t n;
	for (uint16_t i = 0; match_number_of(m, c, L7_NUM_HTTP2_SETTINGS, i, &n); i++) {
		if (n >> 32 == s->id && (s->any || match_number_holds(&s->value, (uint32_t)n)))
			return true;
	}
	return false;
}

/* "SETTINGS_ENABLE_PUSH=0", "SETTINGS_HEADER_TABLE_SIZE>4096" (RFC 9113, 6.5.2; 8441; 9218) */
static int
key_settings(struct match_draft *d, const struct match_option *o)
{
	static const struct l7_word names[] = { { "settings_header_table_size", 1 },
		{ "settings_enable_push", 2 }, { "settings_max_concurrent_streams", 3 },
		{ "settings_initial_window_size", 4 }, { "settings_max_frame_size", 5 },
		{ "settings_max_header_list_size", 6 }, { "settings_enable_connect_protocol", 8 },
		{ "settings_no_rfc7540_priorities", 9 }, { NULL, 0 } };
	struct match_option number = *o;
	struct setting_op s = { 0 };
	struct cursor c = cursor_of_view(match_text_trim(o->value));
	struct view name = { c.at, 0 };
	uint64_t id;
	uint8_t b;
	while (cursor_peek(&c, 0, &b) && b != '=' && b != '<' && b != '>' && b != '!' && b != ' ') {
		name.len++;
		(void)cursor_skip(&c, 1);
	}
	if (!match_number_word(name, names, &id))
		return match_fail(d, o->value_at, "write SETTINGS_ENABLE_PUSH=0",
		    "\"%.*s\" is no setting of HTTP/2", (int)name.len, (const char *)name.ptr);
	s.id = (uint16_t)id;
	number.value = match_text_trim((struct view){ c.at, cursor_left(&c) });
	s.any = number.value.len == 0;
	if (!s.any && match_number_read(d, &number, 32, NULL, &s.value) != 0)
		return -1;
	number = *o;
	number.arg = L7_NUM_HTTP2_SETTINGS;
	return match_ask_about(d, &number, setting, &s, sizeof(s));
}

const struct match_keyword match_keywords_http[] = {
	{ "http2.settings", key_settings, MATCH_KEY_VALUE, L7_NUM_HTTP2_SETTINGS },
	{ "uricontent", key_uricontent, MATCH_KEY_VALUE | MATCH_KEY_QUOTED | MATCH_KEY_NEGATED, 0 },
	{ "urilen", key_urilen, MATCH_KEY_VALUE, 0 },
	{ NULL, NULL, 0, 0 },
};
