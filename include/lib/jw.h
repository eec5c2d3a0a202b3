/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jw: writes JSON (RFC 8259) straight into a buf; no tree, no allocation of its own.
 *
 * Bytes that are not UTF-8 (RFC 3629) are never written raw, so that every line parses; see
 * jw_bytes for the rule. Keys are literals of ours and are not escaped. One owner thread.
 */
#ifndef WANGLOU_LIB_JW_H
#define WANGLOU_LIB_JW_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/buf.h"
#include "lib/cursor.h"

struct jw {
	struct buf *out;
	bool comma;    /* a value stands before us in this object or array */
	uint32_t day;  /* since 1970, of `date`; times of one line are mostly of one day */
	char date[10]; /* "2026-11-22" */
	struct view (*filter)(
	    void *of, struct view text); /* each string as it shall be written; NULL: as it is */
	void *filter_of;
};

/* Write into `out`, which outlives it; whether it had room is asked of `out`. */
static inline void
jw_init(struct jw *w, struct buf *out)
{
	w->out = out;
	w->comma = false;
	w->day = UINT32_MAX;
	w->filter = NULL;
	w->filter_of = NULL;
}

/* Write `"key":` with a comma where one is due. n is the key's length. */
void
jw_key_n(struct jw *w, const char *key, size_t n);

/* The same for a literal: a copy of a length known at compile time. */
#define jw_key(w, literal) jw_key_ready((w), ",\"" literal "\":", sizeof(literal) + 3)

/*
 * `text` is a comma, the quoted key and a colon, n bytes. It is copied whole, so that the length is
 * a constant; where no comma is due, it lies on the bracket before the key, which is put back.
 */
static inline void
jw_key_ready(struct jw *w, const char *text, size_t n)
{
	struct buf *b = w->out;
	size_t on = !w->comma && b->len;

	w->comma = false;
	if (!buf_room(b, n))
		return;
	uint8_t *at = b->ptr + b->len - on, bracket = *at;
	memcpy(at, text, n);
	if (on)
		*at = bracket;
	b->len += n - on;
}

/* Each opens or closes where it stands; commas come by themselves. */
void
jw_object(struct jw *w); /* { */
void
jw_object_end(struct jw *w); /* } */
void
jw_array(struct jw *w); /* [ */
void
jw_array_end(struct jw *w); /* ] */

/* Values: each writes a comma first where one is due (inside arrays), and leaves one due. */
void
jw_u64(struct jw *w, uint64_t v);
void
jw_i64(struct jw *w, int64_t v);
/* Fixed notation with at most `digits` (0..9) places and no trailing zeros; NaN and infinities
 * become null. */
void
jw_f64(struct jw *w, double v, int digits);
void
jw_bool(struct jw *w, bool v);
void
jw_null(struct jw *w);

/*
 * A string from bytes: quote, backslash and controls are escaped; each byte that is not part of
 * valid UTF-8 becomes the four characters \xhh (lower-case hex) written as text ("\\xhh" in JSON),
 * as Suricata prints such bytes.
 */
void
jw_bytes(struct jw *w, const void *data, size_t n);

/* As jw_bytes. */
static inline void
jw_view(struct jw *w, struct view v)
{
	jw_bytes(w, v.ptr, v.len);
}

/* As jw_bytes, a C string. */
static inline void
jw_text(struct jw *w, const char *text)
{
	jw_bytes(w, text, strlen(text));
}

/* A key that is not a literal, and its value: bytes as jw_bytes has them, or a number. */
static inline void
jw_put_bytes(struct jw *w, const char *key, const void *data, size_t n)
{
	jw_key_n(w, key, strlen(key));
	jw_bytes(w, data, n);
}

static inline void
jw_put_u64(struct jw *w, const char *key, uint64_t v)
{
	jw_key_n(w, key, strlen(key));
	jw_u64(w, v);
}

/* A string of ours that is plain ASCII without quote and backslash: copied as it is. */
void
jw_word(struct jw *w, const char *word);

/* Bytes as lower-case hex in a string, with `sep` between them unless it is 0. */
void
jw_hex(struct jw *w, const void *data, size_t n, char sep);

/* Time as "2026-11-22T10:00:00.000001+0000" from nanoseconds since 1970 UTC (microseconds are
 * shown). */
void
jw_time(struct jw *w, uint64_t ns);

/* JSON that somebody wrote already. */
void
jw_raw(struct jw *w, const void *json, size_t n);

#endif
