/* SPDX-License-Identifier: Apache-2.0 */
/* gzip (RFC 1952) and deflate (RFC 1950; some send RFC 1951 alone) for coding.h. */
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <zlib.h>

#include "coding.h"

#define COST 48000 /* bytes of one stream, about */

struct inflating {
	z_stream z;
	bool gzip, started, ended;
};

static void *
begin(struct coding_budget *b, bool gzip)
{
	struct inflating *s;
	if (b->used + COST > b->most || !(s = calloc(1, sizeof(*s))))
		return NULL;
	s->gzip = gzip;
	if (inflateInit2(&s->z, gzip ? MAX_WBITS + 16 : MAX_WBITS) != Z_OK) {
		free(s);
		return NULL;
	}
	b->used += COST;
	return s;
}

static void *
begin_gzip(struct coding_budget *b)
{
	return begin(b, true);
}

static void *
begin_deflate(struct coding_budget *b)
{
	return begin(b, false);
}

static void
end(void *stream, struct coding_budget *b)
{
	struct inflating *s = stream;
	(void)inflateEnd(&s->z);
	free(s);
	b->used -= COST;
}

/* A zlib header is 15 bits that 31 divides and says method 8; else it is bare deflate. */
static void
look_for_header(struct inflating *s, struct view in)
{
	struct cursor c = cursor_of_view(in);
	uint8_t first;
	if (!s->gzip && !s->started && cursor_u8(&c, &first) && (first & 0x0f) != 8)
		(void)inflateReset2(&s->z, -MAX_WBITS);
	s->started = true;
}

static enum coding_status
step(void *stream, struct view *in, uint8_t *out, size_t room, size_t *made)
{
	struct inflating *s = stream;
	struct cursor c = cursor_of_view(*in);
	*made = 0;
	if (s->ended) { /* what follows the end is nobody's */
		*in = (struct view){ c.end, 0 };
		return CODING_END;
	}
	if (in->len)
		look_for_header(s, *in);
	s->z.next_in = (Bytef *)(uintptr_t)in->ptr;
	s->z.avail_in = in->len < UINT_MAX ? (uInt)in->len : UINT_MAX;
	s->z.next_out = out;
	s->z.avail_out = (uInt)room;
	uInt had = s->z.avail_in;
	int rc = inflate(&s->z, Z_SYNC_FLUSH);
	*made = room - s->z.avail_out;
	(void)cursor_skip(&c, had - s->z.avail_in);
	*in = (struct view){ c.at, cursor_left(&c) };
	if (rc == Z_STREAM_END) {
		s->ended = true;
		return CODING_END;
	}
	return rc == Z_OK || rc == Z_BUF_ERROR ? CODING_MORE : CODING_BAD;
}

const struct coding_format coding_gzip = { "gzip", "x-gzip", begin_gzip, end, step };
const struct coding_format coding_deflate = { "deflate", NULL, begin_deflate, end, step };
