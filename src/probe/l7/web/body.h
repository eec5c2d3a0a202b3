/* SPDX-License-Identifier: Apache-2.0 */
/*
 * body: what HTTP's messages carry, of either version: decoded, followed as files, parts of one
 * file joined, DNS messages read. Inside src/probe/l7/web only.
 *
 *	bytes -> coding (br; HTTP/2: all) -> form's parts | the file | part of a file | DNS message
 *
 * Everything is opened with the first byte: most requests have no body.
 */
#ifndef WANGLOU_PROBE_L7_BODY_H
#define WANGLOU_PROBE_L7_BODY_H

#include "../files.h"
#include "../hold.h"
#include "../row.h"
#include "coding.h"
#include "joins.h"

struct body_head {
	struct view host, uri; /* of the request */
	struct view type, disposition, range;
	struct view encoding; /* to be decoded here; empty: nothing, or it was done */
	enum dir dir;
	uint64_t tx_id;
	const void *tx; /* the row's, and the L7_READY_ bits said of it */
	uint8_t *tx_has;
	bool secret; /* what people type in: no file */
};

struct body {
	struct l7_file *file;   /* the one that goes on */
	struct multipart *form; /* parts of a form, each a file */
	struct coding *coding;
	struct hold message; /* DNS */
	struct window window;
	const void *tx;
	uint8_t *tx_has;
	uint64_t tx_id;
	uint64_t taken; /* bytes, decoded */
	uint64_t first; /* of the whole file, when this is a part */
	struct join_ref join;
	uint8_t dir;
	uint8_t end; /* enum l7_file_end */
	bool begun, ended, dns, gaps;
	bool bomb, damaged; /* what the coding said */
	bool plain;         /* it was not coded, whatever its headers say */
	bool told;          /* to those who look for anomalies */
};

/* Where decoded bytes go beside files, for those who search in them; may be NULL. */
struct body_sink {
	void (*fn)(void *to, struct view bytes);
	void *to;
};

/* One a worker; NULL when memory is out. */
struct l7_web *
l7_web_new(const struct l7 *l);
void
l7_web_free(struct l7 *l, struct l7_web *web);

/* The headers are known and the first bytes are here. */
void
body_begin(struct l7 *l, struct l7_flow *lf, struct body *b, const struct body_head *head);

/* The next bytes as they are after chunking. */
void
body_add(
    struct l7 *l, struct l7_flow *lf, struct body *b, struct view bytes, struct body_sink sink);

/* n bytes are missing. */
void
body_gap(struct l7 *l, struct l7_flow *lf, struct body *b, uint64_t n);

/* It is over; `tx` as l7_file_close has it. Does nothing the second time. */
void
body_end(struct l7 *l, struct l7_flow *lf, struct body *b, enum l7_file_end end, const void *tx);

/* A DNS query in the address of a GET (RFC 8484, 4.1). */
void
body_query(struct l7 *l, struct l7_flow *lf, struct view uri, uint64_t tx_id, const void *tx);

/* Give back what it has, without a word; its files went with the flow. */
void
body_drop(struct l7 *l, struct body *b);

#endif
