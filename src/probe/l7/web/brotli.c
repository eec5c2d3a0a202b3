/* SPDX-License-Identifier: Apache-2.0 */
/* br (RFC 7932) for coding.h. Its window may be 16 MiB: every byte it asks for is counted. */
#include <brotli/decode.h>
#include <stdlib.h>

#include "coding.h"

struct block {
	size_t n;
	max_align_t bytes[];
};

static void *
get(void *budget, size_t n)
{
	struct coding_budget *b = budget;
	struct block *block;
	if (n > b->most || b->used + n > b->most || !(block = malloc(sizeof(*block) + n)))
		return NULL;
	block->n = n;
	b->used += n;
	return block->bytes;
}

static void
put(void *budget, void *at)
{
	struct coding_budget *b = budget;
	if (!at)
		return;
	struct block *block = (struct block *)((char *)at - offsetof(struct block, bytes));
	b->used -= block->n;
	free(block);
}

static void *
begin(struct coding_budget *b)
{
	return BrotliDecoderCreateInstance(get, put, b);
}

static void
end(void *stream, struct coding_budget *b)
{
	(void)b;
	BrotliDecoderDestroyInstance(stream);
}

static enum coding_status
step(void *stream, struct view *in, uint8_t *out, size_t room, size_t *made)
{
	size_t left = room;
	BrotliDecoderResult rc =
	    BrotliDecoderDecompressStream(stream, &in->len, &in->ptr, &left, &out, NULL);
	*made = room - left;
	if (rc == BROTLI_DECODER_RESULT_SUCCESS)
		return CODING_END;
	return rc == BROTLI_DECODER_RESULT_ERROR ? CODING_BAD : CODING_MORE;
}

const struct coding_format coding_br = { "br", NULL, begin, end, step };
