/* SPDX-License-Identifier: Apache-2.0 */
/* Modbus in the table of protocols: a transaction is a request and its response, found by number
 * and unit. Both are kept as sent and read again when the record is written. */
#include "ics.h"
#include "modbus_write.h"
#include "probe/l7/modbus.h"

#define MODBUS_PORT 502

struct modbus_state {
	struct ics_sync sync; /* first */
	struct l7_items open;
	bool asked; /* a request was seen in this flow */
};

/* Functions whose messages can be told by their form, on any port. */
static bool
sound(struct view message, const struct modbus_adu *adu, bool request)
{
	struct modbus_pdu pdu;

	modbus_pdu(adu, request, &pdu);
	if (message.len != (size_t)adu->length + 6 || pdu.short_data || pdu.invalid || pdu.excess)
		return false;
	if (adu->function & 0x80)
		return !request && pdu.exception >= 1 && pdu.exception <= 11 && !pdu.data.len;
	if (pdu.function == 0 || pdu.data.len)
		return false;
	return pdu.function <= MODBUS_WRITE_REGISTER || pdu.function == MODBUS_WRITE_COILS ||
	       pdu.function == MODBUS_WRITE_REGISTERS || pdu.function == MODBUS_MASK_WRITE ||
	       pdu.function == MODBUS_READ_WRITE;
}

static enum l7_guess
probe(const struct l7_first *first)
{
	struct cursor c = cursor_of_view(first->data);
	struct modbus_adu adu;
	struct view one;
	long n = modbus_length(first->data);

	if (n == L7_BAD)
		return L7_NO;
	if (n == L7_MORE || first->data.len < 8)
		return L7_MAYBE;
	if (!modbus_adu(first->data, &adu) || adu.length > 254)
		return L7_NO;
	if (first->key->sport == MODBUS_PORT || first->key->cport == MODBUS_PORT)
		return L7_YES;
	if (!cursor_take(&c, (size_t)n, &one))
		return L7_MAYBE;
	(void)modbus_adu(one, &adu);
	return cursor_left(&c) == 0 && sound(one, &adu, first->dir == DIR_TO_SERVER) ? L7_YES
										     : L7_NO;
}

/* Names of what is wrong are EVE's. */
static void
judge(struct l7 *l, struct l7_flow *lf, const struct modbus_adu *adu, int64_t id, enum dir dir)
{
	struct modbus_pdu pdu;

	modbus_pdu(adu, dir == DIR_TO_SERVER, &pdu);
	if (dir == DIR_TO_SERVER && (pdu.function == 0 || adu->function & 0x80))
		l7_odd(l, lf, "INVALID_FUNCTION_CODE", id, dir);
	if (pdu.short_data || adu->length > 254)
		l7_odd(l, lf, "INVALID_LENGTH", id, dir);
	else if (pdu.invalid)
		l7_odd(l, lf, "INVALID_VALUE", id, dir);
	if (pdu.exception == 0 || pdu.exception == 9 || pdu.exception > 11)
		l7_odd(l, lf, "INVALID_EXCEPTION_CODE", id, dir);
}

static struct modbus_tx *
asked(const struct modbus_state *s, const struct modbus_adu *adu)
{
	struct l7_item *i = s->open.oldest;

	for (; i; i = i->next) {
		struct modbus_tx *tx = (struct modbus_tx *)i;
		if (tx->transaction == adu->transaction && tx->unit == adu->unit)
			return tx;
	}
	return NULL;
}

static struct modbus_tx *
begin(struct l7 *l, struct l7_flow *lf, const struct modbus_adu *adu)
{
	struct modbus_state *s = lf->state;
	struct modbus_tx *tx;

	if (s->open.live >= l->config.max_tx_per_flow && s->open.oldest) {
		l7_odd(l, lf, "FLOODED", (int64_t)s->open.oldest->id, DIR_TO_SERVER);
		l7_item_done(l, lf, &s->open, s->open.oldest, 0, DIR_TO_SERVER);
	}
	tx = l7_item_new(l, lf, &s->open);
	if (tx) {
		tx->transaction = adu->transaction;
		tx->unit = adu->unit;
	}
	return tx;
}

static void
answered(struct l7 *l, struct l7_flow *lf, struct modbus_tx *tx, const struct modbus_adu *adu)
{
	struct modbus_adu ask;

	if (modbus_adu(tx->request, &ask) && (ask.function ^ adu->function) & 0x7f)
		l7_odd(l, lf, "VALUE_MISMATCH", (int64_t)tx->item.id, DIR_TO_CLIENT);
}

static bool
message(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct modbus_state *s = lf->state;
	struct modbus_adu adu;
	struct modbus_tx *tx = NULL;

	if (!modbus_adu(bytes, &adu))
		return true;
	if (dir == DIR_TO_CLIENT && (tx = asked(s, &adu)))
		answered(l, lf, tx, &adu);
	else if (!(tx = begin(l, lf, &adu)))
		return false;
	else if (dir == DIR_TO_CLIENT && s->asked)
		l7_odd(l, lf, "UNSOLICITED_RESPONSE", (int64_t)tx->item.id, dir);
	judge(l, lf, &adu, (int64_t)tx->item.id, dir);
	if (dir == DIR_TO_SERVER) {
		s->asked = true;
		tx->request = l7_text(l, tx, bytes, BAG_TEXT_MAX);
		l7_item_say(l, lf, tx, L7_READY_REQUEST, dir);
	} else {
		tx->response = l7_text(l, tx, bytes, BAG_TEXT_MAX);
		l7_item_done(l, lf, &s->open, tx, L7_READY_RESPONSE, dir);
	}
	return true;
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	static const struct ics_way way = { modbus_length, message };
	struct modbus_state *s = lf->state;

	return ics_stream(l, lf, &s->sync, &way, bytes, dir);
}

const struct l7_row l7_modbus_row = {
	.name = "modbus",
	.proto = L7_MODBUS,
	.tcp = true,
	.state_size = sizeof(struct modbus_state),
	.items_at = offsetof(struct modbus_state, open),
	.tx_size = sizeof(struct modbus_tx),
	.probe = probe,
	.data = data,
	.lost = ics_lost,
	.finish = l7_items_end,
	.release = l7_item_release,
	.close = l7_items_close,
	.number = modbus_number,
	.write = modbus_write,
};
