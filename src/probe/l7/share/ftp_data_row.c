/* SPDX-License-Identifier: Apache-2.0 */
/* FTP's data connections: announced by the control connection, never recognised by their bytes. */
#include <strings.h>

#include "../expect.h"
#include "../files.h"
#include "../item.h"
#include "ftp_row.h"
#include "wire/event.h"

struct data_tx {
	struct l7_item item;
	struct view name; /* ptr NULL: the command was not seen */
	uint64_t rest;    /* where in the file it begins */
	uint64_t bytes;
	uint64_t control; /* flow */
	uint64_t control_tx;
	uint16_t kind;
};

struct data_state {
	struct l7_items q; /* one, until the connection ends */
	struct l7_file *file;
	uint8_t dir;
	bool begun, ended;
};

static const struct {
	const char *verb;
	bool file;
} transfers[] = {
	{ "", false },
	{ "RETR", true },
	{ "STOR", true },
	{ "APPE", true },
	{ "STOU", true },
	{ "LIST", false },
	{ "NLST", false },
	{ "MLSD", false },
};

uint16_t
ftp_transfer(struct view verb)
{
	for (uint16_t i = 1; i < sizeof(transfers) / sizeof(*transfers); i++) {
		if (verb.ptr && verb.len == 4 &&
		    strncasecmp((const char *)verb.ptr, transfers[i].verb, 4) == 0)
			return i;
	}
	return 0;
}

bool
ftp_carries_file(uint16_t kind)
{
	return transfers[kind].file;
}

static enum l7_guess
probe(const struct l7_first *first)
{
	(void)first;
	return L7_NO;
}

static bool
row_open(struct l7 *l, struct l7_flow *lf)
{
	struct data_state *s = lf->state;
	const struct l7_expect *e = l->expected;
	struct data_tx *tx = e ? l7_item_new(l, lf, &s->q) : NULL;
	if (!tx)
		return false;
	if (e->name.len)
		tx->name = l7_text(l, tx, e->name, BAG_TEXT_MAX);
	tx->kind = e->kind;
	tx->rest = e->number;
	tx->control = e->flow_id;
	tx->control_tx = e->tx_id;
	return true;
}

/* The content goes one way; a word in the other one is none of it. */
static void
begin(struct l7 *l, struct l7_flow *lf, struct data_tx *tx, enum dir dir)
{
	struct data_state *s = lf->state;
	if (s->begun)
		return;
	s->begun = true;
	s->dir = (uint8_t)dir;
	const struct l7_file_head head = { .name = tx->name, .dir = dir, .tx_id = tx->item.id };
	if (ftp_carries_file(tx->kind))
		s->file = l7_file_open(l, lf, &head);
	/* what the client stores goes to the server, whoever opened the connection */
	bool stores = tx->kind >= 2 && tx->kind <= 4;
	l7_item_say(l, lf, tx, stores ? L7_READY_REQUEST : L7_READY_RESPONSE, dir);
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct data_state *s = lf->state;
	struct data_tx *tx = (void *)s->q.oldest;
	if (!tx)
		return (long)bytes.len;
	begin(l, lf, tx, dir);
	if (s->dir != dir)
		return (long)bytes.len;
	tx->bytes += bytes.len;
	l7_file_add(l, s->file, bytes);
	return (long)bytes.len;
}

static bool
lost(struct l7 *l, struct l7_flow *lf, uint64_t n, enum dir dir)
{
	struct data_state *s = lf->state;
	struct data_tx *tx = (void *)s->q.oldest;
	if (!tx)
		return true;
	begin(l, lf, tx, dir);
	if (s->dir == dir) {
		tx->bytes += n;
		l7_file_gap(l, s->file, n);
	}
	return true;
}

static void
done(struct l7 *l, struct l7_flow *lf, enum l7_file_end how)
{
	struct data_state *s = lf->state;
	struct l7_item *tx = s->q.oldest;
	if (!tx)
		return;
	l7_file_close(l, lf, s->file, how, tx);
	s->file = NULL;
	l7_item_done(l, lf, &s->q, tx, 0, s->dir);
}

static void
end(struct l7 *l, struct l7_flow *lf, enum dir dir)
{
	const struct data_state *s = lf->state;
	if (s->begun && s->dir == dir)
		done(l, lf, L7_FILE_CLOSED);
}

static void
finish(struct l7 *l, struct l7_flow *lf)
{
	done(l, lf, L7_FILE_TRUNCATED);
}

/* RETR carries to the client, STOR and its kind to the server. */
static bool
number(const void *data_of, const struct l7_ask *ask, uint64_t *out)
{
	const struct data_tx *tx = data_of;
	*out = tx->kind == 1 ? 1 : 2;
	return ask->i == 0 && tx->kind >= 1 && tx->kind <= 4;
}

static void
row_write(const void *data_of, struct jw *w)
{
	const struct data_tx *tx = data_of;
	const struct ev_ftp_data e = { .filename =
					   transfers[tx->kind].file ? tx->name : (struct view){ 0 },
		.path = transfers[tx->kind].file ? (struct view){ 0 } : tx->name,
		.command = tx->kind ? transfers[tx->kind].verb : NULL,
		.offset = tx->rest ? (int64_t)tx->rest : -1,
		.bytes = tx->bytes,
		.control_flow_id = tx->control,
		.control_tx_id = tx->control_tx };
	jw_key(w, "ftp_data");
	ev_ftp_data_write(w, &e);
}

const struct l7_row l7_ftp_data_row = {
	.name = "ftp-data",
	.proto = L7_FTP_DATA,
	.tcp = true,
	.state_size = sizeof(struct data_state),
	.items_at = offsetof(struct data_state, q),
	.tx_size = sizeof(struct data_tx),
	.probe = probe,
	.open = row_open,
	.data = data,
	.lost = lost,
	.end = end,
	.finish = finish,
	.release = l7_item_release,
	.close = l7_items_close,
	.number = number,
	.write = row_write,
};
