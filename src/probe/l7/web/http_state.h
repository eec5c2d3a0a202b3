/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_state: what the files of HTTP/1 share; inside src/probe/l7/web/http*.c only, which are the
 * fence around libhtp.
 *
 * libhtp keeps its own memory per connection and transaction; our objects are from slabs.
 * Transactions are given back to it as soon as they were looked at, and so is a connection between
 * two of them: libhtp never forgets how many there were, and idle ones would cost a kilobyte each.
 */
#ifndef WANGLOU_PROBE_L7_HTTP_STATE_H
#define WANGLOU_PROBE_L7_HTTP_STATE_H

#include <htp/htp.h>

#include "../row.h"
#include "body.h"
#include "http_form.h"
#include "http_upgrade.h"

struct l7_http {
	htp_cfg_t *cfg;
};

struct http_tx {
	struct http_tx *next;
	htp_tx_t *htp;
	bstr *uri;  /* normalised path, query and fragment */
	bstr *host; /* in lower case, without port */
	uint64_t id;
	uint64_t odd; /* anomalies said, a bit each */
	uint8_t has;  /* L7_READY_ bits said */
	bool asked, answered;
	bool answers_auth; /* the request carried Basic or Digest credentials */
	bool versionless;  /* blanks behind a request of HTTP/0.9: said */
	bool form_post;    /* a body was posted to an address that looks like a login */
	uint64_t searched; /* bytes of the response's body searched */
	struct http_form form;
	struct body body[2]; /* of the request, of the response */
	struct hold raw[2];  /* header fields as they came, when a rule wants them */
};

/* Where the body of a chunked request stands, beside libhtp: it passes by what extensions say. */
struct http_chunks {
	uint64_t left; /* of the chunk, its line's end included */
	size_t from;   /* in the bytes being parsed: not walked yet */
	uint64_t tx_id;
	uint8_t digits;
	bool on, line, said;
};

struct http_state {
	struct l7 *l;
	struct l7_flow *lf;
	htp_connp_t *connp;
	struct http_tx *oldest, *newest; /* not said with EVENT yet */
	uint32_t live;                   /* these and those in the ready list */
	enum dir dir;                    /* of the bytes being parsed */
	bool full, closed, tunnel;
	bool ancient;      /* the last request was of HTTP/0.9, which has but one */
	bool pipelined;    /* requests do not wait for the answer to the one before */
	bool holes;        /* bytes were lost */
	bool seek[2];      /* bytes are passed by until a message begins */
	struct view bytes; /* being parsed */
	struct http_chunks chunks;
	struct http_upgrade upgrade;
};

static inline struct view
http_text(const bstr *b)
{
	return b ? (struct view){ bstr_ptr(b), bstr_len(b) } : (struct view){ 0 };
}

static inline struct view
http_header(const htp_table_t *table, const char *name)
{
	const htp_header_t *h = table ? htp_table_get_c(table, name) : NULL;
	return h ? http_text(h->value) : (struct view){ 0 };
}

/* ---- http.c ---- */

/* Does a chunk begin with a request or status line? */
bool
http_begins_message(struct view bytes, enum dir dir);

/* ---- http_gap.c ---- */

/* n bytes are missing before the next ones. False: cannot go on. */
bool
http_lost(struct http_state *s, uint64_t n, enum dir dir);

/* The message of this direction ends here, in the middle of its fields. */
void
http_cut(struct http_state *s, enum dir dir);

/* Behind a hole (s->seek): does this chunk begin a message? Then all is ready for it. */
bool
http_found(struct http_state *s, struct view bytes, enum dir dir);

/* ---- http_tx.c ---- */

void
http_configure(htp_cfg_t *cfg);

/* Path, query and fragment, each as libhtp normalised it. */
bstr *
http_normalised(const htp_tx_t *htp);

void
http_tx_free(struct l7 *l, struct http_tx *tx);

/* Its bodies end and its record is said. */
void
http_tx_event(struct http_state *s, struct http_tx *tx);

/* ---- http_odd.c ---- */

/* libhtp complains; its callback. */
int
http_on_log(htp_log_t *log);
/* What is wrong with the fields of a request that is whole, or with the coding of a body. */
void
http_odd_request(struct http_state *s, struct http_tx *tx);
void
http_odd_body(struct http_state *s, struct http_tx *tx, struct body *b, bool zlib);
/* Free what libhtp has said so far. */
void
http_odd_forget(struct http_state *s);

/* ---- http_chunk.c ---- */

/* A chunked body begins in the bytes being parsed. */
void
http_chunks_begin(struct http_state *s, const struct http_tx *tx, size_t from);
/* The bytes being parsed are used to there. */
void
http_chunks_walk(struct http_state *s, size_t to);

/* ---- http_buffer.c: row->buffer ---- */

bool
http_buffer(const void *tx, const struct l7_ask *ask, struct view *out);

/* ---- http_write.c ---- */

void
http_write(const struct http_tx *tx, struct jw *w);

#endif
