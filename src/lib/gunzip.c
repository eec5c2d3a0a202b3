/* SPDX-License-Identifier: Apache-2.0 */
/* gunzip: see include/lib/unpack.h. The only file that knows zlib. */
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <zlib.h>

#include "lib/unpack.h"

#define GZIP_ONLY 16 /* added to the window's bits, see inflateInit2 */

struct gunzip {
	z_stream z;
	bool between; /* a member has ended */
};

static void *
begin(void)
{
	struct gunzip *g = calloc(1, sizeof(*g));

	if (g && inflateInit2(&g->z, MAX_WBITS + GZIP_ONLY) == Z_OK)
		return g;
	free(g);
	return NULL;
}

static void
end(void *stream)
{
	struct gunzip *g = stream;

	if (g)
		(void)inflateEnd(&g->z);
	free(g);
}

static unsigned
at_most(size_t n)
{
	return n < UINT_MAX ? (unsigned)n : UINT_MAX;
}

/* Tapes and disks pad with zeros; gzip itself passes them. */
static void
pass_zeros(struct view *in)
{
	while (in->len && *in->ptr == 0) {
		in->ptr++;
		in->len--;
	}
}

static enum unpack_status
step(void *stream, struct view *in, uint8_t *out, size_t room, size_t *made, const char **why)
{
	struct gunzip *g = stream;
	int rc;

	*made = 0;
	if (g->between) {
		pass_zeros(in);
		if (!in->len)
			return UNPACK_END;
		(void)inflateReset(&g->z);
		g->between = false;
	}
	g->z.next_in = (Bytef *)(uintptr_t)in->ptr;
	g->z.avail_in = at_most(in->len);
	g->z.next_out = out;
	g->z.avail_out = at_most(room);
	rc = inflate(&g->z, Z_NO_FLUSH);
	*made = at_most(room) - g->z.avail_out;
	in->len -= (size_t)(g->z.next_in - in->ptr);
	in->ptr = g->z.next_in;
	g->between = rc == Z_STREAM_END;
	if (g->between)
		return UNPACK_END;
	if (rc == Z_OK || rc == Z_BUF_ERROR)
		return UNPACK_MORE;
	*why = rc == Z_MEM_ERROR ? "out of memory" : g->z.msg ? g->z.msg : "damaged";
	return UNPACK_BAD;
}

const struct unpack_format unpack_gzip = { "gzip", { 0x1f, 0x8b, 0x08 }, 3, begin, end, step };

struct memory {
	void *(*get)(void *context, size_t n);
	void *context;
};

static voidpf
memory_get(voidpf opaque, uInt n, uInt size)
{
	const struct memory *m = opaque;
	return m->get(m->context, (size_t)n * size);
}

static void
memory_put(voidpf opaque, voidpf p)
{
	(void)opaque;
	(void)p;
}

size_t
unpack_once(struct view in, bool zlib, struct unpack_room room,
    void *(*get)(void *context, size_t n), void *context)
{
	struct memory m = { get, context };
	z_stream z = { .zalloc = memory_get, .zfree = memory_put, .opaque = &m };
	if (inflateInit2(&z, MAX_WBITS + (zlib ? 0 : GZIP_ONLY)) != Z_OK)
		return 0;
	z.next_in = (Bytef *)(uintptr_t)in.ptr;
	z.avail_in = at_most(in.len);
	z.next_out = room.out;
	z.avail_out = at_most(room.n);
	(void)inflate(&z, Z_SYNC_FLUSH);
	size_t made = at_most(room.n) - z.avail_out;
	(void)inflateEnd(&z);
	return made;
}
