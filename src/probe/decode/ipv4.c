/* SPDX-License-Identifier: Apache-2.0 */
/* IPv4 (RFC 791). */
#include "layer.h"

/*
 * Where the datagram ends: Ethernet padding is cut off. A length of zero comes from segmentation
 * offload on the capturing machine. A length beyond the frame is a lie unless the capture cut the
 * frame, and a host would drop it.
 */
static bool
set_length(struct walk *w, size_t total, size_t header)
{
	size_t left = cursor_left(&w->c);

	w->no_sum = total == 0;
	if (total == 0)
		total = left;
	w->cut = total > left;
	if (total < header || (w->cut && !(w->p->flags & PKT_TRUNCATED)))
		return false;
	w->c.end -= w->cut ? 0 : left - total;
	w->p->l3 = (struct view){ w->c.at, cursor_left(&w->c) };
	w->p->l3_len = (uint32_t)w->p->l3.len;
	return true;
}

bool
layer_ipv4(struct walk *w)
{
	struct packet *p = w->p;
	struct cursor c = w->c, h;
	uint8_t first, ttl, proto;
	uint16_t total, id, fragment, sum;

	w->d->count.ipv4++;
	if (!cursor_sub(&c, 20, &h) || !cursor_u8(&h, &first) || !cursor_skip(&h, 1) ||
	    !cursor_u16(&h, &total) || !cursor_u16(&h, &id) || !cursor_u16(&h, &fragment) ||
	    !cursor_u8(&h, &ttl) || !cursor_u8(&h, &proto) || !cursor_u16(&h, &sum))
		return layer_invalid(w, ODD_IPV4_SHORT);
	size_t header = (first & 15u) * 4;
	if (first >> 4 != 4)
		return layer_invalid(w, ODD_IPV4_VERSION);
	if (header < 20 || header > cursor_left(&w->c))
		return layer_invalid(w, ODD_IPV4_HEADER);
	if (!set_length(w, total, header))
		return layer_invalid(w, w->cut ? ODD_IPV4_TRUNCATED : ODD_IPV4_LENGTH);
	p->ip_ver = 4;
	(void)(cursor_copy(&h, p->src.b, 4) && cursor_copy(&h, p->dst.b, 4));
	p->ttl = ttl;
	p->proto = proto;
	if (w->d->check_checksums && !checksum_good((struct view){ w->c.at, header }, 0))
		checksum_wrong(w, sum == 0);
	(void)cursor_skip(&w->c, header);
	if (fragment & 0x3fff)
		return layer_fragment(
		    w, &(struct fragment_at){ id, (fragment & 0x1fffu) * 8, fragment & 0x2000 });
	return layer_transport(w);
}
