/* SPDX-License-Identifier: Apache-2.0 */
/* SCTP (RFC 9260): ports, tag, CRC32c; the payload begins with the first chunk. */
#include "layer.h"
#include "lib/crc32c.h"

/* The sum is made over the header with four zero bytes in its place, and kept least byte first. */
static void
check(struct walk *w, uint32_t stored)
{
	static const uint8_t zero[4];
	struct view l4 = w->p->l4;
	struct cursor c = cursor_of_view(l4);
	struct view head, rest;

	if (!cursor_take(&c, 8, &head) || !cursor_skip(&c, 4) ||
	    !cursor_take(&c, cursor_left(&c), &rest))
		return;
	uint32_t sum = crc32c(crc32c(crc32c(0, head.ptr, 8), zero, 4), rest.ptr, rest.len);
	if (sum != stored)
		checksum_wrong(w, stored == 0); /* or agreed to be none (RFC 9653) */
}

bool
layer_sctp(struct walk *w)
{
	struct packet *p = w->p;
	uint32_t sum;

	w->d->count.sctp++;
	w->d->count.other_ip++;
	p->payload.len = 0;
	if (!cursor_u16(&w->c, &p->sport) || !cursor_u16(&w->c, &p->dport) ||
	    !cursor_skip(&w->c, 4) || !cursor_u32_le(&w->c, &sum))
		return layer_invalid(w, ODD_SCTP_SHORT);
	p->payload = (struct view){ w->c.at, cursor_left(&w->c) };
	if (layer_checks(w))
		check(w, sum);
	return true;
}
