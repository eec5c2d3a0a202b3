/* SPDX-License-Identifier: Apache-2.0 */
/* pcre:"/expression/letters"; */
#include <string.h>

#include "probe/match_find.h"
#include "probe/match_keyword.h"
#include "probe/match_state.h"

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

/* ---- groups that are kept ---- */

static const struct match_word kinds[] = {
	{ "flow", MATCH_VAR_FLOW },
	{ "pkt", MATCH_VAR_PACKET },
	{ "alert", MATCH_VAR_ALERT },
	{ NULL, 0 },
};

static int
add_capture(struct match_draft *d, struct match_pattern *p, size_t at, struct match_capture c,
    struct view name)
{
	if (!name.len || name.len >= MATCH_VAR_NAME)
		return match_fail(d, at, NULL, "the name of a captured text has 1 to %d characters",
		    MATCH_VAR_NAME - 1);
	c.name = match_arena_copy(d->arena, name.ptr, name.len);
	c.next = NULL;
	struct match_capture *kept = c.name ? match_arena_copy(d->arena, &c, sizeof(c)) : NULL;
	if (!kept)
		return match_fail(d, at, NULL, "out of memory");
	const struct match_capture **last = &p->op.capture;
	while (*last)
		last = (const struct match_capture **)(uintptr_t) & (*last)->next;
	*last = kept;
	d->rule.captures = true;
	return 0;
}

/* ", flow:name, pkt:other": the groups in their order. */
static int
list_captures(struct match_draft *d, struct match_pattern *p, struct view rest)
{
	unsigned group = 0;
	struct view part, kind;
	while (match_text_split(&rest, ',', &part)) {
		struct match_capture c = { .group = (uint8_t)++group };
		size_t at = (size_t)(part.ptr - d->text.ptr);
		(void)match_text_split(&part, ':', &kind);
		if (!part.ptr || !match_word_find(kinds, kind, &c.kind))
			return match_fail(d, at, "pcre:\"/user=(\\w+)/U, flow:user\"",
			    "behind the expression a group is flow:, pkt: or alert: and a name");
		if (group > match_pcre_groups(p->op.pcre))
			return match_fail(d, at, NULL, "the expression has %u groups",
			    match_pcre_groups(p->op.pcre));
		if (add_capture(d, p, at, c, match_text_trim(part)) != 0)
			return -1;
	}
	return 0;
}

/* (?P<flow_name>...) */
static int
named_captures(struct match_draft *d, const struct match_option *o, struct match_pattern *p)
{
	struct view name;
	unsigned group;
	for (unsigned i = 0; match_pcre_named(p->op.pcre, i, &name, &group); i++) {
		struct match_capture c = { .group = (uint8_t)group };
		struct view kind;
		struct view rest = name;
		(void)match_text_split(&rest, '_', &kind);
		if (group > UINT8_MAX || !rest.ptr || !match_word_find(kinds, kind, &c.kind))
			continue;
		if (add_capture(d, p, o->value_at, c, rest) != 0)
			return -1;
	}
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
	const uint8_t *comma = memchr(v.ptr + end, ',', v.len - end);
	struct match_option letters_of = *o;
	if (comma)
		letters_of.value.len = (size_t)(comma - v.ptr);
	if (read_letters(d, &letters_of, p, end, &flags) != 0)
		return -1;
	if (match_pcre_take(&d->set->rules->pcre, (struct view){ v.ptr + 1, end - 2 }, flags,
		&p->op.pcre, &at, &e) != 0)
		return match_fail(d, o->value_at + 1 + at, NULL, "%s", e.text);
	p->op.capture = NULL;
	if (p->op.flags & MATCH_OP_NOT)
		return 0;
	if (comma && list_captures(d, p,
			 (struct view){ comma + 1, (size_t)(v.ptr + v.len - comma - 1) }) != 0)
		return -1;
	return named_captures(d, o, p);
}

const struct match_keyword match_keywords_pcre[] = {
	{ "pcre", key_pcre,
	    MATCH_KEY_VALUE | MATCH_KEY_QUOTED | MATCH_KEY_NEGATED | MATCH_KEY_SLASHES, 0 },
	{ NULL, NULL, 0, 0 },
};
