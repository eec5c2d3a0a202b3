/* SPDX-License-Identifier: Apache-2.0 */
/* EtherNet/IP in the table of protocols: a transaction is a request and its response, found by
 * command, sender's context and number in the connection. */
#include "enip_write.h"
#include "ics.h"
#include "probe/l7/enip.h"

#define ENIP_PORT 44818

struct enip_state {
	struct ics_sync sync; /* first */
	struct l7_items open;
};

static bool
sound_items(const struct enip_head *head)
{
	struct enip_item item;
	struct cursor c;
	unsigned n = enip_items(head, &c);

	if (n == 0 || n > 4 || head->data.len < 8)
		return false;
	for (unsigned i = 0; i < n; i++) {
		if (!enip_item(&c, &item))
			return false;
	}
	return cursor_left(&c) == 0;
}

static bool
sound(const struct enip_head *h)
{
	switch (h->command) {
	case ENIP_REGISTER:
		return h->length == 4;
	case ENIP_UNREGISTER:
		return h->length == 0 && h->session != 0;
	case ENIP_LIST_IDENTITY:
	case ENIP_LIST_SERVICES:
	case ENIP_LIST_INTERFACES:
		return h->length == 0 || sound_items(h);
	case ENIP_SEND_RR:
	case ENIP_SEND_UNIT:
		return h->session != 0 && sound_items(h);
	default:
		return false;
	}
}

static enum l7_guess
probe(const struct l7_first *first)
{
	bool own = first->key->sport == ENIP_PORT || first->key->cport == ENIP_PORT;
	struct cursor c = cursor_of_view(first->data);
	struct enip_head head;
	struct view one;
	long n = enip_length(first->data);

	if (n == L7_BAD)
		return L7_NO;
	if (n == L7_MORE || !enip_head(first->data, &head))
		return L7_MAYBE;
	if (head.options || head.status > 0xffff)
		return L7_NO;
	if (own)
		return L7_YES;
	if (head.command == ENIP_NOP)
		return L7_NO;
	if (!cursor_take(&c, (size_t)n, &one))
		return L7_MAYBE;
	return enip_head(one, &head) && sound(&head) ? L7_YES : L7_NO;
}

static struct enip_tx *
find(const struct enip_state *s, const struct enip_head *head, int32_t sequence)
{
	struct l7_item *i = s->open.oldest;

	for (; i; i = i->next) {
		struct enip_tx *tx = (struct enip_tx *)i;
		if (tx->command == head->command && tx->sequence == sequence &&
		    (sequence >= 0 || tx->context == head->context))
			return tx;
	}
	return NULL;
}

static struct enip_tx *
begin(struct l7 *l, struct l7_flow *lf, const struct enip_head *head, int32_t sequence)
{
	struct enip_state *s = lf->state;
	struct enip_tx *tx;

	if (s->open.live >= l->config.max_tx_per_flow && s->open.oldest)
		l7_item_done(l, lf, &s->open, s->open.oldest, 0, DIR_TO_SERVER);
	tx = l7_item_new(l, lf, &s->open);
	if (tx) {
		tx->command = head->command;
		tx->sequence = sequence;
		tx->context = head->context;
	}
	return tx;
}

static bool
message(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct enip_state *s = lf->state;
	struct enip_head head;
	struct enip_cip cip;
	struct enip_tx *tx = NULL;

	if (!enip_head(bytes, &head))
		return true;
	(void)enip_cip(&head, &cip);
	int32_t sequence = (int32_t)cip.sequence;
	if (dir == DIR_TO_CLIENT)
		tx = find(s, &head, sequence);
	if (!tx && !(tx = begin(l, lf, &head, sequence)))
		return false;
	if (dir == DIR_TO_CLIENT) {
		tx->response = l7_text(l, tx, bytes, BAG_TEXT_MAX);
		l7_item_done(l, lf, &s->open, tx, L7_READY_RESPONSE, dir);
		return true;
	}
	tx->request = l7_text(l, tx, bytes, BAG_TEXT_MAX);
	if (head.command == ENIP_NOP || head.command == ENIP_UNREGISTER)
		l7_item_done(l, lf, &s->open, tx, L7_READY_REQUEST, dir);
	else
		l7_item_say(l, lf, tx, L7_READY_REQUEST, dir);
	return true;
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	static const struct ics_way way = { enip_length, message };
	struct enip_state *s = lf->state;

	return ics_stream(l, lf, &s->sync, &way, bytes, dir);
}

const struct l7_row l7_enip_row = {
	.name = "enip",
	.proto = L7_ENIP,
	.tcp = true,
	.udp = true,
	.state_size = sizeof(struct enip_state),
	.items_at = offsetof(struct enip_state, open),
	.tx_size = sizeof(struct enip_tx),
	.probe = probe,
	.data = data,
	.lost = ics_lost,
	.finish = l7_items_end,
	.release = l7_item_release,
	.close = l7_items_close,
	.buffer = enip_buffer,
	.number = enip_number,
	.write = enip_write,
};
