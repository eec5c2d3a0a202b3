/* SPDX-License-Identifier: Apache-2.0 */
/*
 * coding: content codings of HTTP (RFC 9110, 8.4.1): gzip, deflate and br, in layers, within caps.
 * Inside src/probe/l7 only.
 *
 * zlib is fenced behind inflate.c, brotli behind brotli.c. The memory of all streams of a worker
 * together is bounded; a stream that would pass it, or grows out of all proportion, is a bomb.
 */
#ifndef WANGLOU_PROBE_L7_CODING_H
#define WANGLOU_PROBE_L7_CODING_H

#include "lib/cursor.h"
#include "lib/slab.h"

#define CODING_LAYERS 3

enum coding_status { CODING_MORE, CODING_END, CODING_BAD, CODING_BOMB };

struct coding_budget {
	size_t used, most; /* bytes of all streams */
};

/* One coding, as a row. */
struct coding_format {
	const char *name, *other; /* "gzip", "x-gzip" */
	/* NULL when there is no memory. */
	void *(*begin)(struct coding_budget *b);
	void (*end)(void *stream, struct coding_budget *b);
	/* Takes from *in, writes to out; *made says how much. */
	enum coding_status (*step)(
	    void *stream, struct view *in, uint8_t *out, size_t room, size_t *made);
};

extern const struct coding_format coding_gzip, coding_deflate, coding_br;

struct coding {
	const struct coding_format *format[CODING_LAYERS]; /* the outermost first */
	void *stream[CODING_LAYERS];
	uint64_t in, out;
	uint8_t layers;
	uint8_t over; /* enum coding_status: END, BAD or BOMB; 0: goes on */
};

typedef void (*coding_fn)(void *to, struct view bytes);

/* Set up for a Content-Encoding. False: none of it is known, or no memory; nothing to free. */
bool
coding_begin(struct coding *c, struct coding_budget *b, struct view encoding);

/* Give the next bytes; what comes out goes to fn in pieces. */
enum coding_status
coding_add(struct coding *c, struct view bytes, coding_fn fn, void *to);

void
coding_end(struct coding *c, struct coding_budget *b);

#endif
