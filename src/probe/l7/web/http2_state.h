/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http2_state: what the files of HTTP/2 share. Inside src/probe/l7/web only.
 */
#ifndef WANGLOU_PROBE_L7_HTTP2_STATE_H
#define WANGLOU_PROBE_L7_HTTP2_STATE_H

#include "../item.h"
#include "body.h"
#include "hpack.h"
#include "http_upgrade.h"
#include "probe/l7/http2.h"

/* A header field, or a change of the table's size. */
struct http2_header {
	struct http2_header *next;
	struct view name, value;
	int64_t resized; /* -1: a field */
};

struct http2_setting {
	struct http2_setting *next;
	uint16_t id;
	uint32_t value;
};

/* One direction of a stream. */
struct http2_half {
	struct http2_header *first, *last;
	struct http2_setting *settings, *last_setting; /* of stream 0 */
	struct body body;
	uint64_t length;      /* of the body on the wire */
	uint32_t bytes;       /* of headers kept */
	uint32_t grpc_left;   /* of the message that goes on */
	uint32_t messages;    /* of gRPC */
	int64_t error;        /* RST_STREAM or GOAWAY; -1: none */
	int64_t window;       /* the last WINDOW_UPDATE; -1: none */
	int16_t weight;       /* -1: no priority */
	uint16_t types;       /* of frames, a bit each */
	uint8_t grpc_head[5]; /* compressed, length */
	uint8_t grpc_head_n;
	bool ended;
};

/* A stream, or one frame of stream 0. */
struct http2_tx {
	struct l7_item item;
	uint32_t stream;
	bool asked, answered, grpc;
	bool quiet; /* there for signatures only: no record */
	struct http2_half half[2];
};

struct http2_side {
	struct hpack hpack;
	struct hold block;        /* a header block in several frames */
	struct http2_frame frame; /* whose payload goes on */
	struct http2_frame first; /* the one that began the block */
	uint64_t coded, decoded;  /* bytes of header blocks, and what they became */
	uint32_t left;            /* bytes of the payload not seen */
	uint32_t pad;             /* of them, at its end */
	uint32_t max_frame;       /* what the other side said it takes */
	bool inside, started, broken;
};

struct http2_state {
	struct l7_items streams;
	struct http2_side side[2];
};

/* The value of a field; ptr NULL when there is none. */
struct view
http2_value(const struct http2_half *h, const char *name);

void
http2_write(const struct http2_tx *tx, struct jw *w);

/* http2_buffer.c: row->number, row->buffer */
bool
http2_number(const void *tx, const struct l7_ask *ask, uint64_t *out);
bool
http2_buffer(const void *tx, const struct l7_ask *ask, struct view *out);

/* http2_stream.c: the stream, made when it is new; NULL at a cap. */
struct http2_tx *
http2_stream(struct l7 *l, struct l7_flow *lf, uint32_t stream, bool make);
/* A header block, whole. False: it cannot be read. */
bool
http2_headers(struct l7 *l, struct l7_flow *lf, const struct http2_frame *f, struct view payload,
    enum dir dir);
void
http2_data(struct l7 *l, struct l7_flow *lf, struct http2_tx *tx, struct view bytes, enum dir dir);
/* This way nothing more comes. */
void
http2_ended(struct l7 *l, struct l7_flow *lf, struct http2_tx *tx, enum dir dir);
/* It is over both ways. */
void
http2_done(struct l7 *l, struct l7_flow *lf, struct http2_tx *tx, enum dir dir);
/* Keep a field of a stream; secret values are masked when written. */
void
http2_keep(struct l7 *l, struct http2_tx *tx, enum dir dir, const struct hpack_field *f);
/* For signatures: a frame that is whole, DATA but for its bytes, before it is acted upon. */
void
http2_seen(struct l7 *l, struct l7_flow *lf, const struct http2_frame *f, struct view payload,
    enum dir dir);
/* SETTINGS, GOAWAY and the stream that an upgrade began. */
void
http2_settings(struct l7 *l, struct l7_flow *lf, struct view payload, enum dir dir);
void
http2_goaway(struct l7 *l, struct l7_flow *lf, uint32_t code, enum dir dir);
void
http2_begin_upgraded(struct l7 *l, struct l7_flow *lf, const struct http_upgrade *u);

#endif
