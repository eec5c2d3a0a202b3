/* SPDX-License-Identifier: Apache-2.0 */
/* A rule as it was read, for who lists and explains rules. */
#include <stdlib.h>

#include "probe/match_keyword.h"
#include "probe/match_told.h"

const char *
match_place_name(uint16_t place)
{
	return place == MATCH_PAYLOAD ? "payload" : match_place_written(place);
}

struct match_told_mark
match_told_mark(const struct match_draft *d)
{
	return (struct match_told_mark){ d->pattern_n, d->rule.test_n, d->rule.after_n,
		d->transform_n };
}

static uint8_t
kind_of(const struct match_draft *d, bool buffer, struct match_told_mark before)
{
	static const uint8_t kinds[] = { [MATCH_OP_CONTENT] = MATCH_TOLD_CONTENT,
		[MATCH_OP_PCRE] = MATCH_TOLD_PCRE,
		[MATCH_OP_STEP] = MATCH_TOLD_STEP };
	if (buffer)
		return MATCH_TOLD_BUFFER;
	if (d->pattern_n > before.patterns)
		return kinds[d->pattern[d->pattern_n - 1].op.kind];
	if (d->rule.test_n > before.tests)
		return MATCH_TOLD_TEST;
	if (d->rule.after_n > before.afters)
		return MATCH_TOLD_AFTER;
	return d->transform_n > before.transforms ? MATCH_TOLD_TRANSFORM : MATCH_TOLD_WORD;
}

static struct match_told_part *
new_part(struct match_draft *d)
{
	if (d->part_n == d->part_room) {
		size_t room = d->part_room ? d->part_room * 2 : 64;
		struct match_told_part *p = realloc(d->part, room * sizeof(*p));
		if (!p)
			return NULL;
		d->part = p;
		d->part_room = room;
	}
	return &d->part[d->part_n++];
}

/* Options that were refused leave no part: those before it have their numbers. */
int
match_told_note(
    struct match_draft *d, const struct match_option *o, bool buffer, struct match_told_mark before)
{
	struct match_told_part *p = new_part(d);
	if (!p)
		return match_fail(d, o->at, NULL, "out of memory");
	*p = (struct match_told_part){ .name = o->name,
		.value = o->value,
		.kind = kind_of(d, buffer, before),
		.flags = o->negated ? MATCH_TOLD_NEGATED : 0 };
	if (d->pattern_n <= before.patterns)
		return 0;
	const struct match_pattern *q = &d->pattern[d->pattern_n - 1];
	p->pattern = (uint16_t)d->pattern_n;
	if (q->op.kind == MATCH_OP_CONTENT)
		p->bytes = (struct view){ q->op.content.bytes, q->op.len };
	return 0;
}

/* What the options behind it said of a content. */
static void
fill_content(struct match_told_part *p, const struct match_pattern *q, bool checked)
{
	static const struct {
		uint8_t op, told;
	} flags[] = {
		{ MATCH_OP_NOT, MATCH_TOLD_NEGATED },
		{ MATCH_OP_NOCASE, MATCH_TOLD_NOCASE },
		{ MATCH_OP_OFFSET, MATCH_TOLD_OFFSET },
		{ MATCH_OP_DEPTH, MATCH_TOLD_DEPTH },
		{ MATCH_OP_DISTANCE, MATCH_TOLD_RELATIVE },
		{ MATCH_OP_WITHIN, MATCH_TOLD_RELATIVE | MATCH_TOLD_WITHIN },
		{ MATCH_OP_ENDSWITH, MATCH_TOLD_END },
	};
	const struct match_op_content *c = &q->op.content;
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		p->flags |= q->op.flags & flags[i].op ? flags[i].told : 0;
	p->flags |= q->startswith ? MATCH_TOLD_START : 0;
	p->fast = q->fast;
	bool relative = p->flags & MATCH_TOLD_RELATIVE;
	p->from = relative ? (int64_t)c->distance : c->offset;
	p->to = relative ? (int64_t)c->within : c->depth + (checked ? 0 : c->offset);
}

static void
fill_patterns(struct match_draft *d, bool checked)
{
	for (size_t i = 0; i < d->part_n; i++) {
		struct match_told_part *p = &d->part[i];
		if (!p->pattern)
			continue;
		const struct match_pattern *q = &d->pattern[p->pattern - 1];
		p->buffer = match_place_name(d->set->list[q->list].place);
		if (q->op.kind == MATCH_OP_CONTENT)
			fill_content(p, q, checked);
		else if (q->op.flags & MATCH_OP_DISTANCE)
			p->flags |= MATCH_TOLD_RELATIVE;
	}
}

void
match_told_say(struct match_draft *d, struct match_told t)
{
	static const char *const actions[] = { [MATCH_PASS] = "pass",
		[MATCH_DROP] = "drop",
		[MATCH_REJECT] = "reject",
		[MATCH_ALERT] = "alert" };
	const struct match_info *i = &d->info;

	fill_patterns(d, !t.failed);
	t.text = d->text;
	memcpy(t.head, d->head, sizeof(t.head));
	t.action = actions[d->rule.action];
	t.noalert = d->rule.noalert;
	t.gid = i->gid;
	t.sid = i->sid;
	t.rev = i->rev;
	t.severity = i->severity;
	t.msg = i->msg ? i->msg : "";
	t.category = i->category ? i->category : "";
	t.classtype = i->classtype;
	t.attack = i->attack;
	t.gbt20986 = i->gbt20986;
	t.verdict = i->verdict;
	t.name_zh = i->name_zh;
	t.meta = d->meta;
	t.meta_n = i->meta_n;
	t.part = d->part;
	t.part_n = d->part_n;
	d->set->load->told(d->set->load->context, &t);
}
