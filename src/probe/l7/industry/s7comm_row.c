/* SPDX-License-Identifier: Apache-2.0 */
/*
 * S7comm in the table of protocols: a transaction is a job and its answer, or a request for a
 * connection and what came of it. Both are kept as sent and read again when the record is written.
 */
#include "ics.h"
#include "probe/l7/s7comm.h"
#include "s7comm_write.h"

#define ISO_PORT 102
#define PUSHED 0x00 /* user data that nobody asked for */
#define RESPONSE 0x80

struct s7_state {
	struct ics_sync sync; /* first */
	struct l7_items open;
};

/* TSAPs of this family: a kind of resource, rack and slot; or a name. */
static bool
own_tsap(struct view tsap)
{
	struct cursor c = cursor_of_view(tsap);
	struct view name;
	uint8_t kind;

	if (cursor_take(&c, 7, &name))
		return view_is(name, "SIMATIC");
	return tsap.len == 2 && cursor_u8(&c, &kind) && kind >= 1 && kind <= 3;
}

/* A connection may be anybody's that speaks over ISO transport: what comes in it decides. */
static enum l7_guess
probe(const struct l7_first *first)
{
	struct cursor c = cursor_of_view(first->data);
	struct cotp cotp;
	struct s7_pdu pdu;
	struct view one;

	for (int i = 0; i < 4; i++) {
		long n = s7_length(ics_rest(&c));
		if (n == L7_BAD)
			return L7_NO;
		if (n == L7_MORE || !cursor_take(&c, (size_t)n, &one))
			return L7_MAYBE;
		if (!s7_cotp(one, &cotp))
			return L7_NO;
		if (cotp.type == COTP_DATA && (cotp.data.len || !cotp.last))
			return s7_pdu(cotp.data, &pdu) ? L7_YES : L7_NO;
		if (cotp.type == COTP_CONNECT && first->key->sport == ISO_PORT &&
		    own_tsap(cotp.called))
			return L7_YES;
		if (cotp.type != COTP_CONNECT && cotp.type != COTP_CONFIRM &&
		    cotp.type != COTP_DATA)
			return L7_NO;
	}
	return L7_NO;
}

static struct s7_tx *
begin(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct s7_state *s = lf->state;
	struct s7_tx *tx;

	if (s->open.live >= l->config.max_tx_per_flow && s->open.oldest)
		l7_item_done(l, lf, &s->open, s->open.oldest, 0, dir);
	tx = l7_item_new(l, lf, &s->open);
	if (tx) {
		tx->dir = (uint8_t)dir;
		tx->request = l7_text(l, tx, bytes, BAG_TEXT_MAX);
	}
	return tx;
}

static struct s7_tx *
find(const struct s7_state *s, uint8_t cotp, uint16_t reference, enum dir dir)
{
	struct l7_item *i = s->open.oldest;

	for (; i; i = i->next) {
		struct s7_tx *tx = (struct s7_tx *)i;
		if (tx->dir != dir && tx->cotp == cotp && tx->reference == reference)
			return tx;
	}
	return NULL;
}

static uint8_t
ready(enum dir dir)
{
	return dir == DIR_TO_SERVER ? L7_READY_REQUEST : L7_READY_RESPONSE;
}

/* An answer; of what was not seen it makes a transaction of its own. */
static bool
answer(struct l7 *l, struct l7_flow *lf, struct s7_tx *tx, struct view bytes, enum dir dir)
{
	struct s7_state *s = lf->state;

	if (tx) {
		tx->response = l7_text(l, tx, bytes, BAG_TEXT_MAX);
	} else {
		tx = begin(l, lf, bytes, dir);
		if (!tx)
			return false;
		tx->response = tx->request;
		tx->request = (struct view){ 0 };
	}
	tx->answered = true;
	l7_item_done(l, lf, &s->open, tx, ready(dir), dir);
	return true;
}

static bool
connection(
    struct l7 *l, struct l7_flow *lf, const struct cotp *cotp, struct view bytes, enum dir dir)
{
	struct s7_tx *tx;
	uint16_t client = cotp->type == COTP_CONNECT ? cotp->src : cotp->dst;

	if (cotp->type == COTP_CONNECT) {
		tx = begin(l, lf, bytes, dir);
		if (!tx)
			return false;
		tx->cotp = COTP_CONNECT;
		tx->reference = client;
		l7_item_say(l, lf, tx, ready(dir), dir);
		return true;
	}
	if (cotp->type != COTP_CONFIRM && cotp->type != COTP_DISCONNECT)
		return true;
	tx = find(lf->state, COTP_CONNECT, client, dir);
	return tx || cotp->type == COTP_CONFIRM ? answer(l, lf, tx, bytes, dir) : true;
}

static bool
message(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct s7_state *s = lf->state;
	struct cotp cotp;
	struct s7_pdu pdu;
	struct s7_tx *tx;

	if (!s7_cotp(bytes, &cotp)) {
		l7_odd(l, lf, "MALFORMED_DATA", -1, dir);
		return true;
	}
	if (cotp.type != COTP_DATA)
		return connection(l, lf, &cotp, bytes, dir);
	if (!cotp.data.len)
		return true;
	if (!s7_pdu(cotp.data, &pdu)) {
		if (cotp.last)
			l7_odd(l, lf, "MALFORMED_DATA", -1, dir);
		return true;
	}
	bool last = pdu.rosctr == S7_ACK || pdu.rosctr == S7_ACK_DATA ||
		    (pdu.rosctr == S7_USERDATA && (pdu.group & 0xf0) == RESPONSE);
	if (pdu.kind == S7_CLASSIC && last)
		return answer(l, lf, find(s, 0, pdu.reference, dir), bytes, dir);
	tx = begin(l, lf, bytes, dir);
	if (!tx)
		return false;
	tx->reference = pdu.reference;
	l7_item_say(l, lf, tx, ready(dir), dir);
	if (pdu.kind == S7_PLUS || (pdu.rosctr == S7_USERDATA && (pdu.group & 0xf0) == PUSHED))
		l7_item_done(l, lf, &s->open, tx, 0, dir);
	return true;
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	static const struct ics_way way = { s7_length, message };
	struct s7_state *s = lf->state;

	return ics_stream(l, lf, &s->sync, &way, bytes, dir);
}

const struct l7_row l7_s7comm_row = {
	.name = "s7comm",
	.proto = L7_S7COMM,
	.tcp = true,
	.state_size = sizeof(struct s7_state),
	.items_at = offsetof(struct s7_state, open),
	.tx_size = sizeof(struct s7_tx),
	.probe = probe,
	.data = data,
	.lost = ics_lost,
	.finish = l7_items_end,
	.release = l7_item_release,
	.close = l7_items_close,
	.write = s7_write,
};
