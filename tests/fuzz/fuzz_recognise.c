/* SPDX-License-Identifier: Apache-2.0 */
/* Our own recognisers: one byte says transport, direction and size of the pieces; the rest is the
 * direction's beginning. */
#include <assert.h>

#include "../../src/probe/identify/recognise.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct recognise_row *const rows[] = { &recognise_tlcp, &recognise_opcua,
	&recognise_bacnet, &recognise_fins, &recognise_fox };

static void
each(struct view bytes)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct view name = { NULL, 0 };
		enum recognise_answer said = rows[i]->look(bytes, &name);
		assert(said != RECOGNISE_MORE || bytes.len < rows[i]->enough);
		if (said == RECOGNISE_YES && name.len)
			assert(
			    name.ptr >= bytes.ptr && name.ptr + name.len <= bytes.ptr + bytes.len);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_of(data, size);
	struct recogniser r;
	struct recognise_flow s = { 0 };
	struct flow f = { 0 };
	struct packet p = { 0 };
	struct view name, all;
	uint8_t how = 0;
	(void)cursor_u8(&c, &how);
	(void)cursor_take(&c, cursor_left(&c), &all);
	each(all);
	recognise_init(&r);
	p.proto = how & 1 ? PROTO_UDP : PROTO_TCP;
	enum dir dir = how & 2 ? DIR_TO_CLIENT : DIR_TO_SERVER;
	f.tcp_flags[dir] = how & 4 ? TCP_SYN : 0;
	p.tcp_seq = 1;
	c = cursor_of_view(all);
	while (cursor_left(&c)) {
		size_t n = how >> 3 ? how >> 3 : cursor_left(&c);
		(void)cursor_take(&c, n < cursor_left(&c) ? n : cursor_left(&c), &p.payload);
		if (recognise_packet(&r, &s, &f, &p, dir, &name))
			break;
		p.tcp_seq += (uint32_t)p.payload.len;
	}
	return 0;
}
