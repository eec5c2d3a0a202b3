/* SPDX-License-Identifier: Apache-2.0 */
/* What signatures see of a DCERPC call: its interface, its arguments and its answer. */
#include "../look.h"
#include "dce.h"

#define STUB_MAX 16384 /* bytes of arguments kept of each direction */

struct dce_piece {
	struct dce_piece *next;
	struct view bytes;
};

/* Texts of the bag are short: the arguments lie there in pieces. */
void
dce_keep(const struct dce_place *at, struct dce_kept *s, struct view args)
{
	struct cursor c = cursor_of_view(args);
	struct view part;
	while (cursor_left(&c) && s->n < STUB_MAX) {
		size_t left = cursor_left(&c);
		struct dce_piece *p = bag_room(&at->l->texts, at->bag, sizeof(*p));
		(void)cursor_take(&c, left < BAG_TEXT_MAX ? left : BAG_TEXT_MAX, &part);
		if (!p)
			return;
		p->next = NULL;
		p->bytes = bag_keep(&at->l->texts, at->bag, part, BAG_TEXT_MAX);
		if (!p->bytes.ptr)
			return;
		*(s->last ? &s->last->next : &s->first) = p;
		s->last = p;
		s->n += (uint32_t)part.len;
	}
}

static bool
kept(const struct dce_kept *s, const struct l7_ask *ask, struct view *out)
{
	if (ask->i || !s->first)
		return false;
	if (!s->first->next)
		return look_one(ask, s->first->bytes, out);
	uint8_t *all = scratch_get(ask->scratch, s->n);
	size_t n = 0;
	for (const struct dce_piece *p = s->first; all && p; p = p->next) {
		memcpy(all + n, p->bytes.ptr, p->bytes.len);
		n += p->bytes.len;
	}
	*out = (struct view){ all, n };
	return all != NULL;
}

bool
dce_buffer(const struct dce_call *call, const struct l7_ask *ask, struct view *out)
{
	char *text;
	switch (ask->what) {
	case L7_BUF_DCERPC_STUB_DATA:
		return kept(&call->kept[ask->dir], ask, out);
	case L7_BUF_DCERPC_IFACE:
		text = ask->i || !call->known || call->request != DCERPC_REQUEST
			   ? NULL
			   : scratch_get(ask->scratch, 37);
		if (text)
			dcerpc_uuid_text(&call->bound.uuid, text);
		return text && look_text(ask, text, out);
	default:
		return false;
	}
}

bool
dce_number(const struct dce_call *call, const struct l7_ask *ask, uint64_t *out)
{
	bool asks = call->asked && call->request == DCERPC_REQUEST;
	switch (ask->what) {
	case L7_NUM_DCERPC_OPNUM:
		return look_number(ask, asks, call->opnum, out);
	case L7_NUM_DCERPC_IFACE_VERSION:
		return look_number(ask, asks && call->known, call->bound.major, out);
	default:
		return false;
	}
}
