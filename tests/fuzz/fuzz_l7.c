/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole stage: a script of chunks for one flow, every transaction written.
 *
 *	input: { flags, length (2 bytes, LE), bytes }...   flags: 1 to client, 2 hole before, 4 end,
 *8 UDP, 16 next packet
 */
#include <assert.h>
#include <stdlib.h>

#include "probe/l7.h"
#include "probe/l7_frame.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int
LLVMFuzzerInitialize(int *argc, char ***argv);

static uint64_t off; /* protocols that are not asked */

/* As fuzz_row_NAME this is the target of one protocol. */
int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *row = strstr((*argv)[0], "fuzz_row_");
	(void)argc;
	if (row) {
		uint8_t proto = l7_proto_number(row + strlen("fuzz_row_"));
		assert(proto != L7_UNKNOWN);
		off = ~(UINT64_C(1) << proto);
	}
	return 0;
}

#define INSTANCES 4096

/* Every buffer and number that signatures may ask for, both sides: readable, and they end. */
static void
ask_all(const struct l7_tx *tx)
{
	static struct scratch scratch;
	struct view v;
	uint64_t n;
	for (unsigned what = 0; what < 2u * L7_BUF_COUNT; what++) {
		struct l7_ask a = { (uint8_t)(what / 2), what % 2, 0, &scratch };
		for (; a.i < INSTANCES && l7_tx_buffer(tx, &a, &v); a.i++)
			assert(!v.len || v.ptr[0] + v.ptr[v.len - 1] >= 0);
		assert(a.i < INSTANCES);
	}
	for (unsigned what = 0; what < 2u * L7_NUM_COUNT; what++) {
		struct l7_ask a = { (uint8_t)(what / 2), what % 2, 0, &scratch };
		while (a.i < INSTANCES && l7_tx_number(tx, &a, &n))
			a.i++;
		assert(a.i < INSTANCES);
	}
	scratch_clear(&scratch);
}

static void
look(struct l7 *l, const struct flow *f)
{
	struct buf out;
	struct jw w;
	const char *kind;
	size_t n;
	const struct l7_frame *frame = l7_frames(l, &n);
	for (size_t i = 0; i < n; i++) {
		struct view v = frame[i].data;
		assert(v.len <= frame[i].length && frame[i].old <= v.len);
		assert(!v.len || !memchr(v.ptr, 0, v.len) || v.len); /* its bytes are there */
	}
	const struct l7_tx *tx = l7_ready(l, &n);
	for (size_t i = 0; i < n; i++) {
		buf_init(&out, 1 << 20);
		jw_init(&w, &out);
		jw_object(&w);
		l7_tx_write(&tx[i], &w);
		l7_flow_write(f, &w);
		jw_object_end(&w);
		ask_all(&tx[i]);
		(void)l7_tx_login(&tx[i], &kind);
		(void)l7_tx_record(&tx[i]);
		buf_fini(&out);
	}
	const struct l7_carried *file = l7_files(l, &n);
	for (size_t i = 0; i < n; i++) {
		buf_init(&out, 1 << 20);
		jw_init(&w, &out);
		jw_object(&w);
		if (file[i].tx.data)
			l7_tx_write(&file[i].tx, &w);
		l7_file_write(&file[i], &w);
		jw_object_end(&w);
		buf_fini(&out);
	}
}

/* Exactly these bytes on the heap, so that one byte too far is seen. */
static void
give(struct l7 *l, struct flow *f, uint8_t flags, struct view bytes)
{
	struct packet p = { 0 };
	uint8_t *copy = malloc(bytes.len ? bytes.len : 1);
	assert(copy);
	if (bytes.len)
		memcpy(copy, bytes.ptr, bytes.len);
	p.payload = (struct view){ copy, bytes.len };
	struct flow_chunk c = { .data = p.payload,
		.lost = flags & 2 ? 1 + bytes.len * 7 : 0,
		.dir = flags & 1 ? DIR_TO_CLIENT : DIR_TO_SERVER,
		.end = flags & 4 };
	if (flags & 16)
		l7_begin(l);
	if (f->key.proto == 17)
		l7_datagram(l, f, &p, c.dir);
	else
		l7_chunk(l, f, &p, &c);
	look(l, f);
	if (f->key.proto == 17)
		l7_begin(l);
	free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct l7_config config = { .max_buffer = 20000,
		.max_state = 16,
		.max_tx_per_flow = 8,
		.body_limit = 4096,
		.max_text = 65536,
		.max_files = 8,
		.file_limit = 100000,
		.off = off };
	struct cursor c = cursor_of(data, size);
	struct flow f = { .key = { .proto = 6, .sport = 53 } };
	struct view bytes;
	uint8_t flags;
	uint16_t n;
	unsigned tries;
	struct l7 *l = l7_new(&config);
	assert(l);
	l7_want_frames(l, L7_FRAMES_ALL);
	if (size && data[0] & 8)
		f.key.proto = 17;
	while (cursor_u8(&c, &flags) && cursor_u16_le(&c, &n)) {
		if (n > cursor_left(&c))
			n = (uint16_t)cursor_left(&c);
		(void)cursor_take(&c, n, &bytes);
		give(l, &f, flags, bytes);
	}
	l7_begin(l);
	l7_finish(l, &f);
	(void)l7_ssh_outcome(&f, &tries);
	look(l, &f);
	l7_flow_free(l, &f);
	l7_free(l);
	return 0;
}
