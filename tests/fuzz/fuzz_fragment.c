/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode with a defragmenter: frames one after the other. First byte: bit 0 check sums, bit 1
 * Ethernet (else raw IP), bit 2 little room. A frame: its length (two bytes, little endian), its
 * bytes; each comes a second after the one before.
 */
#include <stdlib.h>

#include "probe/defrag.h"

#define WHOLE_MAX (65535 + 40)

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool good)
{
	if (!good)
		abort();
}

static void
must_be_inside(struct view v, struct view whole)
{
	if (!v.ptr && !v.len)
		return;
	must(v.ptr >= whole.ptr && v.len <= whole.len && v.ptr + v.len <= whole.ptr + whole.len);
}

static void
look(struct decode *d, const struct frame *f)
{
	struct decode_counters *n = &d->count;
	struct view frame = { f->data, f->caplen };
	struct packet p;

	bool ip = decode_frame(d, f, &p);
	must(n->to_flow + n->no_ip + n->invalid + n->fragment_kept + n->unknown_link == n->pkts);
	must(!ip || p.ip_ver == 4 || p.ip_ver == 6);
	if (!(p.flags & PKT_REASSEMBLED)) {
		must_be_inside(p.l3, frame);
		return;
	}
	must(n->defrag_joined > 0 && p.l3.len <= WHOLE_MAX);
	must_be_inside(p.l4, p.l3);
	must_be_inside(p.payload, p.l3);
	volatile uint8_t sum = 0;
	for (size_t i = 0; i < p.l3.len; i++)
		sum = (uint8_t)(sum + p.l3.ptr[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size);
	struct frame f = { .ts = 1000000000ull };
	struct decode d;
	struct view bytes;
	uint8_t mode;
	uint16_t len;

	if (!cursor_u8(&c, &mode))
		return 0;
	must(decode_init(&d, NULL, NULL, NULL, NULL) == 0);
	struct defrag_config config = { .max_datagrams = mode & 4 ? 2 : 64,
		.memory = DEFRAG_MEMORY_MIN,
		.timeout = 60 * 1000000000ull,
		.seed = HASH_KEY_FIXED };
	d.check_checksums = mode & 1;
	d.defrag = defrag_new(&config);
	must(d.defrag != NULL);
	f.linktype = mode & 2 ? 1 : 101;
	while (cursor_u16_le(&c, &len) && cursor_take(&c, len, &bytes)) {
		f.data = bytes.ptr;
		f.caplen = f.wirelen = len;
		f.number++;
		f.ts += 1000000000ull;
		look(&d, &f);
	}
	defrag_forget(d.defrag, &d.count);
	must(d.count.defrag_waiting == 0);
	defrag_free(d.defrag);
	return 0;
}
