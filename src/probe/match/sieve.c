/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of a rule without looking at it. */
#include "probe/match_sieve.h"

#include <string.h>

#include "probe/match_rule.h"

static void
ports_of(const struct match_ports *p, uint16_t *first, uint16_t *span)
{
	*first = 0;
	*span = UINT16_MAX;
	if (!p || !p->n)
		return;
	*first = p->range[0].low;
	*span = (uint16_t)(p->range[p->n - 1].high - p->range[0].low);
}

/* Where patterns of the payload stand, as far as each can stand in one place only. */
struct walk {
	bool known;  /* `end` is */
	int64_t end; /* of the pattern before */
	uint8_t byte[MATCH_SIEVE_START], mask[MATCH_SIEVE_START];
};

static bool
one_place(const struct walk *w, const struct match_op *op, int64_t *at)
{
	const struct match_op_content *c = &op->content;
	int64_t room;
	if (op->flags & MATCH_OP_RELATIVE) {
		*at = w->end + (op->flags & MATCH_OP_DISTANCE ? c->distance : 0);
		room = op->flags & MATCH_OP_WITHIN ? (int64_t)c->within : INT64_MAX;
	} else {
		*at = op->flags & MATCH_OP_OFFSET ? c->offset : 0;
		room = op->flags & MATCH_OP_DEPTH ? (int64_t)c->depth - *at : INT64_MAX;
	}
	return (w->known || !(op->flags & MATCH_OP_RELATIVE)) && !op->vars && *at >= 0 &&
	       room == op->len;
}

static bool
is_letter(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static void
note(struct walk *w, const struct match_op *op, int64_t at)
{
	for (int64_t i = 0; i < op->len && at + i < MATCH_SIEVE_START; i++) {
		uint8_t c = op->content.bytes[i];
		w->byte[at + i] = c;
		w->mask[at + i] = op->flags & MATCH_OP_NOCASE && is_letter(c) ? 0xdf : 0xff;
	}
	w->end = at + op->len;
}

static void
walk(struct walk *w, const struct match_area *a)
{
	w->known = false; /* what hangs on nothing is searched from where a window begins */
	for (uint8_t i = 0; i < a->op_n; i++) {
		const struct match_op *op = &a->op[i];
		int64_t at;
		if (op->kind != MATCH_OP_STEP && op->flags & MATCH_OP_NOT)
			continue;
		w->known = op->kind == MATCH_OP_CONTENT && one_place(w, op, &at);
		if (w->known)
			note(w, op, at);
	}
}

void
match_sieve_of(const struct match_rule *r, struct match_sieve *out)
{
	struct walk w = { 0 };
	bool turns = r->both_ways || r->whole;
	*out = (struct match_sieve){ .size = r->size[0],
		.size_span = (uint16_t)(r->size[1] - r->size[0]),
		.transports = r->transports,
		.flow = r->flow & (uint8_t)~MATCH_FLOW_STATELESS,
		.in = r->in };
	ports_of(turns ? NULL : r->sport, &out->sport, &out->sport_span);
	ports_of(turns ? NULL : r->dport, &out->dport, &out->dport_span);
	for (uint8_t i = 0; i < r->area_n; i++) {
		if (r->area[i].list == 0 && !r->area[i].flags)
			walk(&w, &r->area[i]);
	}
	memcpy(&out->start, w.byte, sizeof(out->start));
	memcpy(&out->mask, w.mask, sizeof(out->mask));
}
