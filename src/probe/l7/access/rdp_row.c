/* SPDX-License-Identifier: Apache-2.0 */
/* RDP in the table of protocols: each message of its beginning is a transaction. TLS follows where
 * both sides agree on it. */
#include "rdp_row.h"
#include "../item.h"

#define RDP_PORT 3389

struct rdp_state {
	bool asked, answered, over;
};

static enum l7_guess
probe(const struct l7_first *first)
{
	struct cursor c = cursor_of_view(first->data);
	struct rdp_frame f;
	struct rdp_negotiation n;
	uint8_t b, want = first->dir == DIR_TO_SERVER ? RDP_CR : RDP_CC;
	if (cursor_peek(&c, 0, &b) && b != 3)
		return L7_NO;
	if (cursor_peek(&c, 1, &b) && b != 0)
		return L7_NO;
	if (cursor_peek(&c, 2, &b) && b > 1)
		return L7_NO;
	if (cursor_peek(&c, 5, &b) && b != want)
		return L7_NO;
	long used = rdp_frame(first->data, &f);
	if (used == L7_MORE)
		return first->data.len < 512 ? L7_MAYBE : L7_NO;
	if (used < 0 || !rdp_negotiation(f.payload, &n))
		return L7_NO;
	if (first->dir == DIR_TO_SERVER &&
	    (n.cookie.ptr || n.token.ptr || n.type == RDP_NEG_REQUEST))
		return L7_YES;
	if (first->dir == DIR_TO_CLIENT && n.type >= RDP_NEG_RESPONSE)
		return L7_YES;
	return !n.type && first->key->sport == RDP_PORT ? L7_YES : L7_NO;
}

static long
say(struct l7 *l, struct l7_flow *lf, const struct rdp_tx *tx, enum dir dir)
{
	bool asks = tx->kind == RDP_ASK || tx->kind == RDP_CONNECT;
	l7_once_say(l, lf, tx, asks ? L7_READY_REQUEST : L7_READY_RESPONSE, dir);
	return 0;
}

/* One frame, in bytes of the packet's own. 0, or negative. */
static long
message(struct l7 *l, struct l7_flow *lf, const struct rdp_frame *f, enum dir dir)
{
	struct rdp_state *s = lf->state;
	struct rdp_tx *tx = l7_once(l, sizeof(*tx));
	bool request;
	if (!tx)
		return L7_FULL;
	if (f->type == RDP_DT) {
		if (!rdp_connect(f->payload, &request, &tx->blocks)) {
			s->over = true;
			return 0;
		}
		tx->kind = request ? RDP_CONNECT : RDP_CONNECTED;
		s->over = !request;
		return say(l, lf, tx, dir);
	}
	if (!rdp_negotiation(f->payload, &tx->n))
		return L7_BAD;
	tx->kind = f->type == RDP_CR ? RDP_ASK : RDP_ANSWER;
	if (f->type == RDP_CC) {
		lf->again = tx->n.type == RDP_NEG_RESPONSE && tx->n.value != 0;
		s->over = tx->n.type == RDP_NEG_FAILURE;
	}
	return say(l, lf, tx, dir);
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	const struct rdp_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	struct rdp_frame f;
	long used = 0;
	while (!s->over && !lf->again &&
	       (used = rdp_frame((struct view){ c.at, cursor_left(&c) }, &f)) > 0) {
		uint8_t *copy = l7_once(l, (size_t)used);
		if (!copy)
			return L7_FULL;
		(void)cursor_copy(&c, copy, (size_t)used);
		(void)rdp_frame((struct view){ copy, (size_t)used }, &f);
		long r = message(l, lf, &f, dir);
		if (r < 0)
			return r;
	}
	if (s->over)
		return L7_STOP;
	return used == L7_BAD ? L7_BAD : (long)(bytes.len - cursor_left(&c));
}

const struct l7_row l7_rdp_row = {
	.name = "rdp",
	.proto = L7_RDP,
	.tcp = true,
	.state_size = sizeof(struct rdp_state),
	.probe = probe,
	.data = data,
	.write = rdp_write,
};
