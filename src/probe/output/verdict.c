/* SPDX-License-Identifier: Apache-2.0 */
/* alert_update events: the second word on an alert. */
#include <stdio.h>
#include <string.h>

#include "internal.h"

bool
verdict_reason_fill(struct ev_verdict_reason *e, const struct verdict_said *said)
{
	const struct verdict_reason *r = verdict_reason(said->why);
	if (!r)
		return false;
	*e = (struct ev_verdict_reason){ .code = r->code,
		.text = r->text,
		.text_zh = r->text_zh,
		.direction = said->dir == DIR_TO_SERVER ? "to_server" : "to_client",
		.answer = said->code ? (int64_t)said->code : -1,
		.answer_name = said->word,
		.seen = { said->seen_n ? said->seen : NULL, said->seen_n } };
	return true;
}

static void
tail(struct output *o, uint64_t alert, const struct ev_verdict_reason *why, uint8_t verdict)
{
	struct ev_alert_tail e = {
		.stream = -1, .verdict = verdict_name(verdict), .verdict_reason = why
	};
	char id[17];

	(void)snprintf(id, sizeof(id), "%016llx", (unsigned long long)alert);
	e.alert_id = id;
	ev_alert_tail_fields(&o->w, &e);
}

void
output_verdict(struct output *o, const struct output_scene *s, const struct verdict_said *said)
{
	struct ev_verdict_reason why;
	struct ev_head head;
	struct output_ends ends;

	if (!o->wanted[EVENT_alert_update] || !verdict_reason_fill(&why, said))
		return;
	head_fill(o, s, false, &head, &ends);
	head.event_type = "alert_update";
	head.tx_id = said->tx_id;
	line_vlan(o, s, &head);
	line_begin(o, &head);
	tail(o, said->alert, &why, verdict_reason(said->why)->verdict);
	line_end(o, EVENT_alert_update, s->packet ? s->packet->frame.ts : s->flow->last);
}

void
output_callback(struct output *o, const struct output_scene *s, const struct callback_said *said)
{
	const struct verdict_reason *r = verdict_reason(said->why);
	struct ev_verdict_reason why = { .answer = -1 };
	struct ev_head head;
	struct output_ends ends;

	if (!o->wanted[EVENT_alert_update] || !r)
		return;
	head_fill(o, &(struct output_scene){ .source = s->source }, false, &head, &ends);
	head_pair(o,
	    &(struct output_pair){ said->victim, said->callee, said->sport, said->dport, said->ver,
		said->proto, said->ts },
	    &head, &ends);
	head.event_type = "alert_update";
	line_begin(o, &head);
	line_learned(o, said->ver, &said->victim, &said->callee);
	why.code = r->code;
	why.text = r->text;
	why.text_zh = r->text_zh;
	tail(o, said->alert, &why, r->verdict);
	line_end(o, EVENT_alert_update, said->ts);
}
