/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts of the wire through the mask: what stays is a text of the same bytes, whatever it looked
 * for.
 *
 *	input: flags, text      flags: 1 names, 2 numbers, 4 with a key
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mask.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each byte of the text but the secrets is there, in order. */
static void
check(struct view text, struct view got, size_t secrets, bool keyed)
{
	size_t mark = keyed ? MASK_MAX - 1 : 3;
	assert(got.len <= text.len + secrets * mark);
	if (!secrets)
		assert(got.len == text.len && (!text.len || !memcmp(got.ptr, text.ptr, text.len)));
	else
		assert(memmem(got.ptr, got.len, "***", 3));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mask m;
	struct buf out;
	struct jw w;
	if (!size)
		return 0;
	mask_init(&m);
	m.names = data[0] & 1;
	m.numbers = data[0] & 2;
	m.keyed = data[0] & 4;
	size_t n = size - 1;
	uint8_t *copy = malloc(n ? n : 1); /* one byte too far is seen */
	assert(copy);
	memcpy(copy, data + 1, n);
	struct view text = { copy, n };
	struct view got = mask_text(&m, text);
	check(text, got, (size_t)m.count, m.keyed);
	buf_init(&out, 1 << 20);
	jw_init(&w, &out);
	mask_writer(&m, &w);
	jw_array(&w);
	jw_view(&w, text);
	mask_secret(&w, text);
	jw_array_end(&w);
	buf_fini(&out);
	mask_fini(&m);
	free(copy);
	return 0;
}
