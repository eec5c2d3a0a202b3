/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TFTP (RFC 1350, options RFC 2347, 2348, 2349, 7440), parser and row: a request is a transaction,
 * and so is the transfer that it asks for; that one has a record only when it ends in an error.
 * The server answers from another port, in another flow, which the request announces.
 */
#include <strings.h>

#include "../expect.h"
#include "../files.h"
#include "../item.h"
#include "wire/event.h"

#define TRANSFER_SECONDS 60
#define BLOCK_DEFAULT 512
#define BLOCK_MAX 65464

enum { RRQ = 1, WRQ, DATA, ACK, ERROR, OACK };

static const char *const modes[] = { NULL, "netascii", "octet", "mail" };

struct options {
	int64_t block, size, window, timeout; /* -1: not asked for */
};

struct request {
	struct view name;
	uint8_t mode; /* of modes[] */
	struct options options;
};

struct tftp_tx {
	struct l7_item item;
	struct view name;
	struct options options;
	uint8_t operation, mode;
	bool transfer, failed;
	uint16_t code; /* of the error */
	struct view message;
};

struct tftp_state {
	struct l7_items q; /* the transfer */
	struct l7_file *file;
	uint64_t last; /* block: the highest seen, counted from 1 on */
	uint64_t end;  /* bytes of the whole, once its last block was seen */
	uint32_t block;
	bool begun, closed;
};

/* Up to a NUL, which is taken. */
static bool
text(struct cursor *c, struct view *out)
{
	struct cursor at = *c;
	uint8_t b;
	size_t n = 0;
	while (cursor_peek(&at, n, &b) && b)
		n++;
	if (!cursor_take(&at, n, out) || !cursor_skip(&at, 1))
		return false;
	*c = at;
	return true;
}

static bool
same(struct view v, const char *word)
{
	return v.len == strlen(word) && strncasecmp((const char *)v.ptr, word, v.len) == 0;
}

static int64_t
number(struct view v)
{
	struct cursor c = cursor_of_view(v);
	uint8_t b;
	int64_t n = 0;
	if (!v.len || v.len > 15)
		return -1;
	while (cursor_u8(&c, &b)) {
		if (b < '0' || b > '9')
			return -1;
		n = n * 10 + b - '0';
	}
	return n;
}

static struct options
read_options(struct cursor *c)
{
	struct options o = { -1, -1, -1, -1 };
	struct view name, value;
	while (text(c, &name) && text(c, &value)) {
		if (same(name, "blksize"))
			o.block = number(value);
		else if (same(name, "tsize"))
			o.size = number(value);
		else if (same(name, "windowsize"))
			o.window = number(value);
		else if (same(name, "timeout"))
			o.timeout = number(value);
	}
	return o;
}

/* Behind the operation of RRQ and WRQ. */
static bool
read_request(struct cursor *c, struct request *out)
{
	struct view mode;
	*out = (struct request){ 0 };
	if (!text(c, &out->name) || !out->name.len || !text(c, &mode))
		return false;
	for (uint8_t i = 1; i < sizeof(modes) / sizeof(*modes); i++) {
		if (same(mode, modes[i]))
			out->mode = i;
	}
	out->options = read_options(c);
	return out->mode != 0;
}

static enum l7_guess
probe(const struct l7_first *first)
{
	struct cursor c = cursor_of_view(first->data);
	struct request r;
	uint16_t operation;
	if (!cursor_u16(&c, &operation) || (operation != RRQ && operation != WRQ))
		return L7_NO;
	return read_request(&c, &r) ? L7_YES : L7_NO;
}

/* The transfer that is expected: its texts outlive the request. */
static struct tftp_tx *
transfer_new(struct l7 *l, struct l7_flow *lf, struct view name, uint8_t operation, uint8_t mode)
{
	struct tftp_state *s = lf->state;
	struct tftp_tx *tx = l7_item_new(l, lf, &s->q);
	if (!tx)
		return NULL;
	tx->transfer = true;
	tx->operation = operation;
	tx->mode = mode;
	tx->options = (struct options){ -1, -1, -1, -1 };
	tx->name = l7_text(l, tx, name, BAG_TEXT_MAX);
	s->file = NULL;
	s->last = s->end = 0;
	s->block = BLOCK_DEFAULT;
	s->begun = s->closed = false;
	return tx;
}

static bool
row_open(struct l7 *l, struct l7_flow *lf)
{
	const struct l7_expect *e = l->expected;
	return !e || transfer_new(l, lf, e->name, (uint8_t)e->kind, (uint8_t)(e->kind >> 8));
}

/* The transfer is over. */
static void
over(struct l7 *l, struct l7_flow *lf, enum l7_file_end how, enum dir dir)
{
	struct tftp_state *s = lf->state;
	struct tftp_tx *tx = (void *)s->q.oldest;
	l7_file_close(l, lf, s->file, how, tx);
	s->file = NULL;
	s->closed = true;
	if (tx && (s->begun || tx->failed))
		l7_item_done(l, lf, &s->q, tx, L7_READY_RESPONSE, dir);
	else
		l7_items_drop(l, lf, &s->q);
}

static long
request(struct l7 *l, struct l7_flow *lf, struct cursor *c, uint16_t operation, enum dir dir)
{
	struct tftp_state *s = lf->state;
	struct request r;
	if (!read_request(c, &r))
		return L7_BAD;
	if (s->q.oldest)
		over(l, lf, L7_FILE_TRUNCATED, dir);
	struct tftp_tx *asked = l7_once(l, sizeof(*asked));
	if (!asked)
		return L7_FULL;
	asked->operation = (uint8_t)operation;
	asked->mode = r.mode;
	asked->name = r.name;
	asked->options = r.options;
	l7_once_say(l, lf, asked, L7_READY_REQUEST, dir);
	struct tftp_tx *tx = transfer_new(l, lf, r.name, (uint8_t)operation, r.mode);
	if (!tx)
		return L7_FULL;
	const struct l7_expect e = { .proto = L7_TFTP,
		.ip_proto = PROTO_UDP,
		.end = dir == DIR_TO_SERVER ? DIR_TO_CLIENT : DIR_TO_SERVER,
		.port = dir == DIR_TO_SERVER ? l->flow->key.cport : l->flow->key.sport,
		.seconds = TRANSFER_SECONDS,
		.name = r.name,
		.kind = (uint16_t)(operation | r.mode << 8) };
	l7_expect(l, &e);
	return 0;
}

static void
block(struct l7 *l, struct l7_flow *lf, uint16_t n, struct view bytes, enum dir dir)
{
	struct tftp_state *s = lf->state;
	const struct tftp_tx *tx = (void *)s->q.oldest;
	if (!tx || s->closed)
		return;
	uint64_t at = s->last + (uint64_t)(int64_t)(int16_t)(uint16_t)(n - (uint16_t)s->last);
	if (at == 0 || at > s->last + UINT16_MAX) /* before the first */
		return;
	if (!s->begun) {
		const struct l7_file_head head = {
			.name = tx->name, .dir = dir, .tx_id = tx->item.id
		};
		s->file = l7_file_open(l, lf, &head);
		s->begun = true;
		if (bytes.len > s->block) /* the agreement was not seen */
			s->block = (uint32_t)bytes.len;
	}
	if (at > s->last)
		s->last = at;
	l7_file_at(l, s->file, (at - 1) * s->block, bytes);
	if (bytes.len < s->block)
		s->end = (at - 1) * s->block + bytes.len + 1;
	if (s->end && (!s->file || l7_file_size(s->file) + 1 >= s->end))
		over(l, lf, L7_FILE_CLOSED, dir);
}

static void
error(struct l7 *l, struct l7_flow *lf, struct cursor *c, uint16_t code, enum dir dir)
{
	struct tftp_state *s = lf->state;
	struct tftp_tx *tx = (void *)s->q.oldest;
	struct view message = { 0 };
	if (!tx)
		return;
	if (!text(c, &message))
		(void)cursor_take(c, cursor_left(c), &message);
	tx->failed = true;
	tx->code = code;
	tx->message = l7_text(l, tx, message, 255);
	over(l, lf, L7_FILE_TRUNCATED, dir);
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct tftp_state *s = lf->state;
	struct cursor c = cursor_of_view(bytes);
	uint16_t operation, n = 0;
	struct view rest;
	if (!cursor_u16(&c, &operation) || operation < RRQ || operation > OACK)
		return L7_BAD;
	if (operation == RRQ || operation == WRQ)
		return request(l, lf, &c, operation, dir) ? L7_BAD : (long)bytes.len;
	if (operation == OACK) {
		struct options o = read_options(&c);
		if (!s->begun && o.block >= 8 && o.block <= BLOCK_MAX)
			s->block = (uint32_t)o.block;
		return (long)bytes.len;
	}
	if (!cursor_u16(&c, &n))
		return L7_BAD;
	if (operation == DATA && cursor_take(&c, cursor_left(&c), &rest))
		block(l, lf, n, rest, dir);
	else if (operation == ERROR)
		error(l, lf, &c, n, dir);
	return (long)bytes.len;
}

static void
finish(struct l7 *l, struct l7_flow *lf)
{
	const struct tftp_state *s = lf->state;
	if (s->q.oldest)
		over(l, lf, L7_FILE_TRUNCATED, DIR_TO_SERVER);
}

/* A request is scratch. */
static void
release(struct l7 *l, struct l7_flow *lf, const void *data_of)
{
	const struct tftp_tx *tx = data_of;
	if (tx->transfer)
		l7_item_release(l, lf, tx);
}

static void
row_write(const void *data_of, struct jw *w)
{
	const struct tftp_tx *tx = data_of;
	const char *asked = tx->operation == RRQ ? "read" : "write";
	const struct ev_tftp e = { .packet = tx->failed ? "error" : asked,
		.file = tx->name,
		.mode = modes[tx->mode & 3],
		.blksize = tx->options.block,
		.tsize = tx->options.size,
		.windowsize = tx->options.window,
		.timeout = tx->options.timeout,
		.error_code = tx->failed ? tx->code : -1,
		.error_message = tx->message };
	jw_key(w, "tftp");
	ev_tftp_write(w, &e);
}

static bool
record(const void *data_of)
{
	const struct tftp_tx *tx = data_of;
	return !tx->transfer || tx->failed;
}

const struct l7_row l7_tftp_row = {
	.name = "tftp",
	.proto = L7_TFTP,
	.udp = true,
	.state_size = sizeof(struct tftp_state),
	.items_at = offsetof(struct tftp_state, q),
	.tx_size = sizeof(struct tftp_tx),
	.probe = probe,
	.open = row_open,
	.data = data,
	.finish = finish,
	.release = release,
	.close = l7_items_close,
	.write = row_write,
	.record = record,
};
