/* SPDX-License-Identifier: Apache-2.0 */
/* compress: see include/lib/compress.h; unpack: see include/lib/unpack.h. The only file that knows
 * zstd. */
#include "lib/compress.h"

#include <stdlib.h>
#include <zstd.h>

#include "lib/unpack.h"

#define WINDOW_LOG_MAX 23 /* 8 MiB */
#define STREAM_LOG_MAX 27 /* 128 MiB: what the zstd program takes unasked */

struct compress {
	ZSTD_CCtx *pack;
	ZSTD_DCtx *unpack;
};

struct compress *
compress_new(int level)
{
	struct compress *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->pack = ZSTD_createCCtx();
	c->unpack = ZSTD_createDCtx();
	if (!c->pack || !c->unpack) {
		compress_free(c);
		return NULL;
	}
	(void)ZSTD_CCtx_setParameter(c->pack, ZSTD_c_compressionLevel, level);
	(void)ZSTD_DCtx_setParameter(c->unpack, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
	return c;
}

void
compress_free(struct compress *c)
{
	if (!c)
		return;
	(void)ZSTD_freeCCtx(c->pack);
	(void)ZSTD_freeDCtx(c->unpack);
	free(c);
}

int
compress_pack(struct compress *c, struct view raw, struct buf *out)
{
	size_t room = ZSTD_compressBound(raw.len);
	if (!buf_room(out, room))
		return -1;
	size_t n = ZSTD_compress2(c->pack, out->ptr + out->len, room, raw.ptr, raw.len);
	if (ZSTD_isError(n))
		return -1;
	out->len += n;
	return 0;
}

int
compress_unpack(struct compress *c, struct view packed, size_t raw_len, struct buf *out)
{
	/* exactly one frame: what follows it would be somebody's mistake or trick */
	size_t frame = ZSTD_findFrameCompressedSize(packed.ptr, packed.len);
	if (ZSTD_isError(frame) || frame != packed.len)
		return -1;
	unsigned long long says = ZSTD_getFrameContentSize(packed.ptr, packed.len);
	if (says != raw_len || !buf_room(out, raw_len + 1))
		return -1;
	size_t n =
	    ZSTD_decompressDCtx(c->unpack, out->ptr + out->len, raw_len, packed.ptr, packed.len);
	if (ZSTD_isError(n) || n != raw_len)
		return -1;
	out->len += n;
	return 0;
}

static void *
begin(void)
{
	ZSTD_DCtx *d = ZSTD_createDCtx();

	if (d)
		(void)ZSTD_DCtx_setParameter(d, ZSTD_d_windowLogMax, STREAM_LOG_MAX);
	return d;
}

static void
end(void *stream)
{
	(void)ZSTD_freeDCtx(stream);
}

static enum unpack_status
step(void *stream, struct view *in, uint8_t *out, size_t room, size_t *made, const char **why)
{
	ZSTD_inBuffer from = { in->ptr, in->len, 0 };
	ZSTD_outBuffer to = { out, room, 0 };
	size_t left = ZSTD_decompressStream(stream, &to, &from);

	*made = to.pos;
	in->ptr += from.pos;
	in->len -= from.pos;
	if (!ZSTD_isError(left))
		return left == 0 ? UNPACK_END : UNPACK_MORE;
	*why = ZSTD_getErrorName(left);
	return UNPACK_BAD;
}

const struct unpack_format unpack_zstd = { "zstd", { 0x28, 0xb5, 0x2f, 0xfd }, 4, begin, end,
	step };
