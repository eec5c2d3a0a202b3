/* SPDX-License-Identifier: Apache-2.0 */
/* compress: see include/lib/compress.h. The only file that knows zstd. */
#include "lib/compress.h"

#include <stdlib.h>
#include <zstd.h>

#define WINDOW_LOG_MAX 23 /* 8 MiB */

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
