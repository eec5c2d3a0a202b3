/* SPDX-License-Identifier: Apache-2.0 */
/* TCP (RFC 9293). */
#include "layer.h"

#define OPTION_END 0
#define OPTION_NOP 1
#define TIMES_ONLY 0x0101080au /* how nearly every segment with options begins: NOP, NOP, times */

/* Those of one length (RFC 9293, 7323, 2018), which stand there once. */
static const uint8_t fixed[] = { [2] = 4, [3] = 3, [4] = 2, [8] = 10 };

static void
options(struct walk *w, size_t size)
{
	struct cursor c = w->c, h;
	uint32_t first = 0, seen = 0;
	uint8_t type, len;

	if (!cursor_sub(&c, size, &h))
		return;
	c = h;
	if (size == 12 && cursor_u32(&c, &first) && first == TIMES_ONLY)
		return;
	while (cursor_u8(&h, &type) && type != OPTION_END) {
		if (type == OPTION_NOP)
			continue;
		if (!cursor_u8(&h, &len) || len < 2 || !cursor_skip(&h, len - 2u)) {
			layer_hint(w, HINT_TCP_OPTION_LENGTH);
			return;
		}
		if (type >= sizeof(fixed) || !fixed[type])
			continue;
		if (len != fixed[type])
			layer_hint(w, HINT_TCP_OPTION_LENGTH);
		if (seen & 1u << type)
			layer_hint(w, HINT_TCP_OPTION_TWICE);
		seen |= 1u << type;
	}
}

bool
layer_tcp(struct walk *w)
{
	struct packet *p = w->p;
	struct cursor h;
	uint8_t offset;
	uint16_t sum;

	w->d->count.tcp++;
	p->payload.len = 0;
	if (!cursor_sub(&w->c, 20, &h) || !cursor_u16(&h, &p->sport) ||
	    !cursor_u16(&h, &p->dport) || !cursor_u32(&h, &p->tcp_seq) ||
	    !cursor_u32(&h, &p->tcp_ack) || !cursor_u8(&h, &offset) ||
	    !cursor_u8(&h, &p->tcp_flags) || !cursor_u16(&h, &p->tcp_window) ||
	    !cursor_u16(&h, &sum))
		return layer_invalid(w, ODD_TCP_SHORT);
	size_t header = (offset >> 4) * 4u;
	if (header < 20)
		return layer_invalid(w, ODD_TCP_HEADER);
	if (header > 20)
		options(w, header - 20);
	if (!cursor_skip(&w->c, header - 20)) {
		if (!w->cut)
			return layer_invalid(w, ODD_TCP_OPTIONS);
		w->c.at = w->c.end; /* the capture ends inside the options */
	}
	p->payload = (struct view){ w->c.at, cursor_left(&w->c) };
	if (layer_checks(w))
		checksum_l4(w, sum);
	if (w->no_sum) /* nor may its receiver take it: it is another's, or of no length */
		p->flags |= PKT_OFFLOADED;
	return true;
}
