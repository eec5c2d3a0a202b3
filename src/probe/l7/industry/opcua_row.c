/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OPC UA in the table of protocols: a transaction is a request and its response, joined by the
 * request id; also a hello and its acknowledgement. Of messages in several chunks the first is
 * read.
 */
#include "ics.h"
#include "opcua_write.h"

#define ACTIVATE 467

struct opcua_state {
	struct ics_sync sync; /* first */
	struct l7_items open;
};

/* A body in clear begins with the number of a service. */
static bool
clear(const struct opcua_chunk *chunk)
{
	struct opcua_message m;

	return opcua_message(chunk->body, &m);
}

static enum l7_guess
probe(const struct l7_first *first)
{
	struct cursor c = cursor_of_view(first->data);
	struct opcua_chunk chunk;
	struct view one;
	long n = opcua_length(first->data);

	if (n == L7_BAD)
		return L7_NO;
	if (n == L7_MORE)
		return L7_MAYBE;
	if (!cursor_take(&c, (size_t)n, &one))
		return first->data.len < 512 ? L7_MAYBE : L7_NO;
	if (!opcua_chunk(one, &chunk))
		return L7_NO;
	switch (chunk.type) {
	case OPCUA_HEL:
		return chunk.endpoint.len <= 4096 && n == 32 + (long)chunk.endpoint.len ? L7_YES
											: L7_NO;
	case OPCUA_ACK:
		return n == 28 ? L7_YES : L7_NO;
	case OPCUA_OPN:
		return chunk.policy.len > 32 && chunk.policy.len < 256 ? L7_YES : L7_NO;
	case OPCUA_ERR:
	case OPCUA_RHE:
		return chunk.reason.len <= 4096 && first->other ? L7_YES : L7_NO;
	default:
		return clear(&chunk) || first->other ? L7_YES : L7_NO;
	}
}

static struct opcua_tx *
find(const struct opcua_state *s, uint8_t type, uint32_t request)
{
	struct l7_item *i = s->open.oldest;

	for (; i; i = i->next) {
		struct opcua_tx *tx = (struct opcua_tx *)i;
		if (tx->type == type && tx->request_id == request)
			return tx;
	}
	return NULL;
}

static struct opcua_tx *
begin(struct l7 *l, struct l7_flow *lf, uint8_t type, uint32_t request)
{
	struct opcua_state *s = lf->state;
	struct opcua_tx *tx;

	if (s->open.live >= l->config.max_tx_per_flow && s->open.oldest)
		l7_item_done(l, lf, &s->open, s->open.oldest, 0, DIR_TO_SERVER);
	tx = l7_item_new(l, lf, &s->open);
	if (tx) {
		tx->type = type;
		tx->request_id = request;
	}
	return tx;
}

static bool
ask(struct l7 *l, struct l7_flow *lf, const struct opcua_chunk *chunk, struct view bytes)
{
	struct opcua_state *s = lf->state;
	struct opcua_tx *tx =
	    chunk->type >= OPCUA_OPN ? find(s, (uint8_t)chunk->type, chunk->request) : NULL;

	if (!tx || tx->response.ptr) {
		tx = begin(l, lf, (uint8_t)chunk->type, chunk->request);
		if (!tx)
			return false;
		tx->request = l7_text(l, tx, bytes, BAG_TEXT_MAX);
	}
	tx->chunks++;
	if (chunk->type == OPCUA_CLO)
		l7_item_done(l, lf, &s->open, tx, L7_READY_REQUEST, DIR_TO_SERVER);
	else if (chunk->final == 'F')
		l7_item_say(l, lf, tx, L7_READY_REQUEST, DIR_TO_SERVER);
	return true;
}

static enum l7_login
outcome(const struct opcua_tx *tx)
{
	struct opcua_chunk chunk;
	struct opcua_message asked, told;
	struct view name;

	if (!opcua_chunk(tx->request, &chunk) || !opcua_message(chunk.body, &asked) ||
	    asked.service != ACTIVATE || opcua_user(&asked, &name) < 324)
		return L7_LOGIN_NONE;
	if (!tx->response.ptr || !opcua_chunk(tx->response, &chunk) ||
	    !opcua_message(chunk.body, &told))
		return L7_LOGIN_TRY;
	return told.result >> 30 ? L7_LOGIN_FAIL : L7_LOGIN_OK;
}

static bool
tell(struct l7 *l, struct l7_flow *lf, const struct opcua_chunk *chunk, struct view bytes)
{
	struct opcua_state *s = lf->state;
	struct opcua_tx *tx = NULL;

	if (chunk->type == OPCUA_ACK || chunk->type == OPCUA_ERR)
		tx = find(s, OPCUA_HEL, 0);
	else
		tx = find(s, (uint8_t)chunk->type, chunk->request);
	if (!tx && !(tx = begin(l, lf, (uint8_t)chunk->type, chunk->request)))
		return false;
	tx->chunks++;
	if (chunk->final == 'C') {
		if (!tx->response.ptr)
			tx->response = l7_text(l, tx, bytes, BAG_TEXT_MAX);
		return true;
	}
	if (!tx->response.ptr)
		tx->response = ics_copy(l, bytes); /* it is written with this packet */
	tx->login = (uint8_t)outcome(tx);
	l7_item_done(l, lf, &s->open, tx, L7_READY_RESPONSE, DIR_TO_CLIENT);
	return true;
}

static bool
message(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct opcua_chunk chunk;

	if (!opcua_chunk(bytes, &chunk)) {
		l7_odd(l, lf, "MALFORMED_DATA", -1, dir);
		return true;
	}
	return dir == DIR_TO_SERVER ? ask(l, lf, &chunk, bytes) : tell(l, lf, &chunk, bytes);
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	static const struct ics_way way = { opcua_length, message };
	struct opcua_state *s = lf->state;

	return ics_stream(l, lf, &s->sync, &way, bytes, dir);
}

static void
finish(struct l7 *l, struct l7_flow *lf)
{
	struct opcua_state *s = lf->state;
	struct l7_item *i = s->open.oldest;

	for (; i; i = i->next) {
		struct opcua_tx *tx = (struct opcua_tx *)i;
		tx->login = (uint8_t)outcome(tx);
	}
	l7_items_finish(l, lf, &s->open, DIR_TO_SERVER);
}

static enum l7_login
login(const void *data_of)
{
	const struct opcua_tx *tx = data_of;

	return (enum l7_login)tx->login;
}

const struct l7_row l7_opcua_row = {
	.name = "opcua",
	.proto = L7_OPCUA,
	.tcp = true,
	.state_size = sizeof(struct opcua_state),
	.items_at = offsetof(struct opcua_state, open),
	.tx_size = sizeof(struct opcua_tx),
	.probe = probe,
	.data = data,
	.lost = ics_lost,
	.finish = finish,
	.release = l7_item_release,
	.close = l7_items_close,
	.write = opcua_write,
	.login = login,
};
