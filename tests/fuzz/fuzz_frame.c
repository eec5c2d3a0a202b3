/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a frame; the CRC is made right first, or nothing behind it would ever be reached. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/compress.h"
#include "lib/crc32c.h"
#include "wire/frame.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
seal(uint8_t *frame, size_t size)
{
	memcpy(frame, "WLFR\1", 5);
	uint32_t n = (uint32_t)(size - FRAME_HEADER);
	for (int i = 0; i < 4; i++)
		frame[8 + i] = (uint8_t)(n >> 8 * i);
	uint32_t crc = crc32c(crc32c(0, frame + 4, 8), frame + FRAME_HEADER, n);
	for (int i = 0; i < 4; i++)
		frame[12 + i] = (uint8_t)(crc >> 8 * i);
}

static void
open_batch(const struct frame_batch *b)
{
	static struct compress *c;
	struct buf raw;
	struct frame_event ev;
	if (!c)
		c = compress_new(1);
	buf_init(&raw, FRAME_RAW_MAX + 1);
	if (b->codec == FRAME_CODEC_NONE)
		buf_add(&raw, b->body.ptr, b->body.len);
	else if (compress_unpack(c, b->body, b->raw_len, &raw) < 0)
		goto out;
	if (raw.len != b->raw_len)
		abort();
	if (raw.len) {
		struct cursor at = cursor_of(raw.ptr, raw.len);
		while (frame_event_next(&at, &ev) == 1)
			;
	}
out:
	buf_fini(&raw);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct frame f;
	(void)frame_decode((struct view){ data, size }, &f);
	if (size < FRAME_HEADER)
		return 0;
	uint8_t *copy = malloc(size);
	memcpy(copy, data, size);
	seal(copy, size);
	if (frame_decode((struct view){ copy, size }, &f) == 0 && f.type == FRAME_BATCH)
		open_batch(&f.batch);
	free(copy);
	return 0;
}
