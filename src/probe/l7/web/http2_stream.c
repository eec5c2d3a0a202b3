/* SPDX-License-Identifier: Apache-2.0 */
/* Streams of HTTP/2: their headers, bodies and ends. */
#include <strings.h>

#include "http2_state.h"
#include "http_head.h"
#include "lib/mask.h"
#include "probe/l7/parse.h"

#define FIELDS_MAX 4096       /* of a block */
#define DECODED_MAX (1 << 20) /* bytes of a block: beyond, it is a bomb */
#define DECODED_RATIO 256     /* of a connection's blocks, beyond that: likewise */
#define KEPT_MAX 8192         /* bytes of fields kept for the record, each way */
#define SETTINGS_MAX 16

struct view
http2_value(const struct http2_half *h, const char *name)
{
	for (const struct http2_header *f = h->first; f; f = f->next) {
		if (f->resized < 0 && view_is(f->name, name))
			return f->value;
	}
	return (struct view){ 0 };
}

struct http2_tx *
http2_stream(struct l7 *l, struct l7_flow *lf, uint32_t stream, bool make)
{
	struct http2_state *s = lf->state;
	struct http2_tx *tx;
	for (struct l7_item *i = s->streams.oldest; i; i = i->next) {
		tx = (struct http2_tx *)i;
		if (tx->stream == stream && stream)
			return tx;
	}
	if (!make)
		return NULL;
	if (s->streams.live >= l->config.max_tx_per_flow) { /* the oldest has said enough */
		l->count.over_cap++;
		http2_done(l, lf, (struct http2_tx *)s->streams.oldest, DIR_TO_CLIENT);
	}
	tx = l7_item_new(l, lf, &s->streams);
	if (!tx)
		return NULL;
	tx->stream = stream;
	tx->half[0].weight = tx->half[1].weight = -1;
	tx->half[0].error = tx->half[1].error = -1;
	tx->half[0].window = tx->half[1].window = -1;
	return tx;
}

void
http2_keep(struct l7 *l, struct http2_tx *tx, enum dir dir, const struct hpack_field *f)
{
	struct http2_half *h = &tx->half[dir];
	struct http2_header *row;
	if (h->bytes > KEPT_MAX || !(row = bag_room(&l->texts, &tx->item.bag, sizeof(*row))))
		return;
	*row = (struct http2_header){ .resized = f->resized };
	if (f->resized < 0) {
		row->name = l7_text(l, tx, f->name, 256);
		row->value = l7_text(l, tx, f->value, BAG_TEXT_MAX);
		if (!row->name.ptr || !row->value.ptr)
			return;
	}
	h->bytes += (uint32_t)(sizeof(*row) + row->name.len + row->value.len);
	*(h->last ? &h->last->next : &h->first) = row;
	h->last = row;
}

/* Read all fields, kept or not: the table must stay what the sender's is. */
static bool
read_block(struct l7 *l, struct l7_flow *lf, struct http2_tx *tx, struct view block, enum dir dir)
{
	struct http2_side *side = &((struct http2_state *)lf->state)->side[dir];
	struct cursor c = cursor_of_view(block);
	struct hpack_field f;
	size_t decoded = 0;
	bool bomb = false;
	side->coded += HTTP2_HEADER + block.len;
	for (int n = 0; n < FIELDS_MAX; n++) {
		enum hpack_status s = hpack_next(&side->hpack, &l->pool, &l->scratch, &c, &f);
		if (s == HPACK_END)
			return true;
		decoded += f.name.len + f.value.len;
		side->decoded += f.name.len + f.value.len + f.cost;
		bomb = decoded > DECODED_MAX ||
		       side->decoded > DECODED_MAX + side->coded * DECODED_RATIO;
		if (s == HPACK_BAD || bomb)
			break;
		if (tx)
			http2_keep(l, tx, dir, &f);
	}
	l7_odd(l, lf, bomb ? "header_bomb" : "invalid_header", tx ? (int64_t)tx->item.id : -1, dir);
	return false;
}

static uint8_t
later(enum dir dir)
{
	return dir == DIR_TO_SERVER ? L7_READY_REQUEST_LATER : L7_READY_RESPONSE_LATER;
}

static struct body_head
head_of(struct http2_tx *tx, enum dir dir)
{
	const struct http2_half *h = &tx->half[dir], *ask = &tx->half[DIR_TO_SERVER];
	struct body_head head = { .host = http2_value(ask, ":authority"),
		.uri = http2_value(ask, ":path"),
		.type = http2_value(h, "content-type"),
		.disposition = http2_value(h, "content-disposition"),
		.encoding = http2_value(h, "content-encoding"),
		.dir = dir,
		.tx_id = tx->item.id,
		.tx = tx,
		.tx_has = &tx->item.has };
	if (dir == DIR_TO_CLIENT)
		head.range = http2_value(h, "content-range");
	return head;
}

/* gRPC: a byte, a length of four, a message. */
static void
count_messages(struct http2_half *h, struct view bytes)
{
	struct cursor c = cursor_of_view(bytes), head;
	uint8_t b;
	while (cursor_left(&c)) {
		size_t left = cursor_left(&c), n = h->grpc_left < left ? h->grpc_left : left;
		(void)cursor_skip(&c, n);
		h->grpc_left -= (uint32_t)n;
		while (!h->grpc_left && h->grpc_head_n < 5 && cursor_u8(&c, &b))
			h->grpc_head[h->grpc_head_n++] = b;
		if (h->grpc_left || h->grpc_head_n < 5)
			return;
		head = cursor_of(h->grpc_head, 5);
		(void)cursor_skip(&head, 1);
		(void)cursor_u32(&head, &h->grpc_left);
		h->grpc_head_n = 0;
		h->messages++;
	}
}

void
http2_data(struct l7 *l, struct l7_flow *lf, struct http2_tx *tx, struct view bytes, enum dir dir)
{
	struct http2_half *h = &tx->half[dir];
	h->length += bytes.len;
	if (tx->grpc) {
		count_messages(h, bytes);
		return;
	}
	if (!h->body.begun && (l->config.max_files || l->config.wanted || lf->watched)) {
		struct body_head head = head_of(tx, dir);
		body_begin(l, lf, &h->body, &head);
	}
	body_add(l, lf, &h->body, bytes, (struct body_sink){ 0 });
	if (h->body.bomb && !h->body.gaps)
		l7_odd(l, lf, "COMPRESSION_BOMB", (int64_t)tx->item.id, dir);
	if ((h->body.damaged || h->body.plain) && !h->body.told)
		l7_odd(l, lf, "failed_decompression", (int64_t)tx->item.id, dir);
	h->body.told = h->body.damaged || h->body.plain;
	h->body.gaps = h->body.gaps || h->body.bomb; /* once */
}

void
http2_done(struct l7 *l, struct l7_flow *lf, struct http2_tx *tx, enum dir dir)
{
	struct http2_state *s = lf->state;
	body_end(l, lf, &tx->half[0].body, L7_FILE_TRUNCATED, tx);
	body_end(l, lf, &tx->half[1].body, L7_FILE_TRUNCATED, tx);
	l7_item_done(l, lf, &s->streams, tx, 0, dir);
}

void
http2_ended(struct l7 *l, struct l7_flow *lf, struct http2_tx *tx, enum dir dir)
{
	tx->half[dir].ended = true;
	body_end(l, lf, &tx->half[dir].body, L7_FILE_CLOSED, tx);
	if (tx->half[0].ended && tx->half[1].ended)
		http2_done(l, lf, tx, dir);
}

/* Two names of the host that differ, or a user before it: proxies and servers take one or the
 * other. */
static void
odd_request(struct l7 *l, struct l7_flow *lf, const struct http2_tx *tx)
{
	const struct http2_half *h = &tx->half[DIR_TO_SERVER];
	struct view authority = http2_value(h, ":authority"), host = http2_value(h, "host");
	int64_t id = (int64_t)tx->item.id;
	if (authority.len && memchr(authority.ptr, '@', authority.len))
		l7_odd(l, lf, "userinfo_in_uri", id, DIR_TO_SERVER);
	if (authority.len && host.len &&
	    (authority.len != host.len ||
		strncasecmp((const char *)authority.ptr, (const char *)host.ptr, host.len) != 0))
		l7_odd(l, lf, "authority_host_mismatch", id, DIR_TO_SERVER);
}

/* The first block of a way is its headers; later ones are trailers. */
static void
headers_read(struct l7 *l, struct l7_flow *lf, struct http2_tx *tx, enum dir dir)
{
	struct http2_half *h = &tx->half[dir];
	bool *said = dir == DIR_TO_SERVER ? &tx->asked : &tx->answered;
	if (http_begins(http2_value(h, "content-type"), "application/grpc"))
		tx->grpc = true;
	if (*said)
		return;
	struct view status = http2_value(h, ":status");
	if (dir == DIR_TO_CLIENT && status.len == 3 && *status.ptr == '1') {
		h->first = h->last = NULL; /* 100: the answer comes after it */
		return;
	}
	*said = true;
	if (dir == DIR_TO_SERVER)
		odd_request(l, lf, tx);
	l7_item_say(l, lf, tx, dir == DIR_TO_SERVER ? L7_READY_REQUEST : L7_READY_RESPONSE, dir);
	if (dir == DIR_TO_SERVER)
		body_query(l, lf, http2_value(h, ":path"), tx->item.id, tx);
}

bool
http2_headers(struct l7 *l, struct l7_flow *lf, const struct http2_frame *f, struct view payload,
    enum dir dir)
{
	struct http2_side *side = &((struct http2_state *)lf->state)->side[dir];
	(void)side;
	struct view block;
	uint32_t promised;
	int weight;
	if (!http2_block(f, payload, &block, &weight, &promised)) {
		l7_odd(l, lf, "invalid_frame_data", -1, dir);
		return false;
	}
	/* a promised request is the server's words, but stands for the client's */
	struct http2_tx *tx = http2_stream(l, lf, promised ? promised : f->stream, true);
	if (!read_block(l, lf, tx, block, dir))
		return false;
	if (!tx)
		return true;
	if (promised) {
		tx->half[DIR_TO_SERVER] = tx->half[dir];
		tx->half[dir] = (struct http2_half){ .error = -1, .weight = -1, .window = -1 };
		dir = DIR_TO_SERVER;
	}
	if (weight >= 0)
		tx->half[dir].weight = (int16_t)weight;
	tx->half[dir].types |= 1u << f->type;
	headers_read(l, lf, tx, dir);
	if (l->config.wanted & L7_WANT_FRAMES)
		l7_item_say(l, lf, tx, later(dir), dir);
	if (promised || f->flags & HTTP2_END_STREAM)
		http2_ended(l, lf, tx, dir);
	return true;
}

void
http2_seen(struct l7 *l, struct l7_flow *lf, const struct http2_frame *f, struct view payload,
    enum dir dir)
{
	struct http2_state *s = lf->state;
	struct cursor c = cursor_of_view(payload);
	uint32_t word = 0;
	uint8_t weight;
	bool ack = f->type == HTTP2_SETTINGS && f->flags & HTTP2_END_STREAM;
	/* those make transactions of their own */
	bool own = f->type == HTTP2_GOAWAY || (f->type == HTTP2_SETTINGS && !ack) ||
		   f->type == HTTP2_HEADERS || f->type == HTTP2_PUSH_PROMISE ||
		   f->type == HTTP2_CONTINUATION;
	if (own || f->type >= 16 || !(l->config.wanted & L7_WANT_FRAMES))
		return;
	struct http2_tx *tx = http2_stream(l, lf, f->stream, !f->stream);
	if (!tx)
		return;
	struct http2_half *h = &tx->half[dir];
	h->types |= (uint16_t)(1u << f->type);
	if (f->type == HTTP2_PRIORITY && cursor_skip(&c, 4) && cursor_u8(&c, &weight))
		h->weight = weight;
	if (f->type == HTTP2_WINDOW_UPDATE && cursor_u32(&c, &word))
		h->window = word & 0x7fffffff;
	if (f->type == HTTP2_RST_STREAM && cursor_u32(&c, &word))
		h->error = word;
	tx->quiet = !f->stream;
	if (f->stream)
		l7_item_say(l, lf, tx, later(dir), dir);
	else
		l7_item_done(l, lf, &s->streams, tx, later(dir), dir);
}

static bool
keep_setting(struct l7 *l, struct http2_tx *tx, enum dir dir, uint16_t id, uint32_t value)
{
	struct http2_half *h = &tx->half[dir];
	struct http2_setting *row = bag_room(&l->texts, &tx->item.bag, sizeof(*row));
	if (!row)
		return false;
	*row = (struct http2_setting){ .id = id, .value = value };
	*(h->last_setting ? &h->last_setting->next : &h->settings) = row;
	h->last_setting = row;
	return true;
}

void
http2_settings(struct l7 *l, struct l7_flow *lf, struct view payload, enum dir dir)
{
	struct http2_state *s = lf->state;
	struct cursor c = cursor_of_view(payload);
	struct http2_tx *tx = http2_stream(l, lf, 0, true);
	uint32_t value;
	uint16_t id;
	if (!tx)
		return;
	for (int n = 0; n < SETTINGS_MAX && http2_setting(&c, &id, &value); n++) {
		if (!keep_setting(l, tx, dir, id, value))
			break;
		if (id == 5) /* SETTINGS_MAX_FRAME_SIZE binds the other side */
			s->side[!dir].max_frame = value;
	}
	tx->half[dir].types = 1u << HTTP2_SETTINGS;
	l7_item_done(l, lf, &s->streams, tx, later(dir), dir);
}

void
http2_goaway(struct l7 *l, struct l7_flow *lf, uint32_t code, enum dir dir)
{
	struct http2_state *s = lf->state;
	struct http2_tx *tx = http2_stream(l, lf, 0, true);
	if (!tx)
		return;
	tx->half[dir].error = code;
	tx->half[dir].types = 1u << HTTP2_GOAWAY;
	l7_item_done(l, lf, &s->streams, tx, later(dir), dir);
}

static void
keep_named(struct l7 *l, struct http2_tx *tx, const char *name, struct view value)
{
	const struct hpack_field f = { .name = view_of(name), .value = value, .resized = -1 };
	if (value.len)
		http2_keep(l, tx, DIR_TO_SERVER, &f);
}

/* RFC 7540, 3.2.1: the request is stream 1, and the client's settings were in a header field. */
void
http2_begin_upgraded(struct l7 *l, struct l7_flow *lf, const struct http_upgrade *u)
{
	uint8_t settings[256];
	size_t n = http_base64(u->settings, settings, sizeof(settings));
	http2_settings(l, lf, (struct view){ settings, n }, DIR_TO_SERVER);
	struct http2_tx *tx = http2_stream(l, lf, 1, true);
	if (!tx)
		return;
	keep_named(l, tx, ":method", u->method);
	keep_named(l, tx, ":path", u->uri);
	keep_named(l, tx, ":authority", u->host);
	keep_named(l, tx, "user-agent", u->user_agent);
	tx->asked = true;
	tx->half[DIR_TO_SERVER].ended = true;
	l7_item_say(l, lf, tx, L7_READY_REQUEST, DIR_TO_SERVER);
}
