/* SPDX-License-Identifier: Apache-2.0 */
/* decode: link type (two bytes, little endian), one byte (bit 0: check sums, bit 1: cut short), the
 * frame. */
#include <stdlib.h>

#include "probe/decode.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must_be_inside(struct view v, struct view whole)
{
	if (!v.ptr && !v.len)
		return;
	if (v.ptr < whole.ptr || v.len > whole.len || v.ptr + v.len > whole.ptr + whole.len)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size);
	struct decode d;
	struct frame frame = { .number = 1 };
	struct packet p;
	struct view bytes;
	uint8_t bits;

	if (!cursor_u16_le(&c, &frame.linktype) || !cursor_u8(&c, &bits) ||
	    !cursor_take(&c, cursor_left(&c), &bytes))
		return 0;
	if (decode_init(&d, NULL, NULL, NULL, NULL) != 0)
		abort();
	d.check_checksums = bits & 1;
	frame.data = bytes.ptr;
	frame.caplen = (uint32_t)bytes.len;
	frame.wirelen = (uint32_t)bytes.len + (bits & 2 ? 100 : 0);
	const struct decode_counters *n = &d.count;
	if (decode_frame(&d, &frame, &p) != (p.ip_ver != 0) && n->invalid == 0)
		abort();
	if (n->to_flow + n->no_ip + n->invalid + n->fragment_kept + n->unknown_link != 1)
		abort();
	must_be_inside(p.l3, bytes);
	must_be_inside(p.l4, bytes);
	must_be_inside(p.payload, bytes);
	return 0;
}
