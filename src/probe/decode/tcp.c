/* SPDX-License-Identifier: Apache-2.0 */
/* TCP (RFC 9293). */
#include "layer.h"

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
