/* SPDX-License-Identifier: Apache-2.0 */
/* UDP (RFC 768), UDP-Lite (RFC 3828). */
#include "layer.h"

/* Where the payload ends. Zero comes from offload and jumbograms; more than there is only with a
 * cut or a fragment. */
static bool
set_length(struct walk *w, size_t length)
{
	struct packet *p = w->p;
	size_t left = cursor_left(&w->c);
	bool part = w->cut || (p->flags & PKT_FRAGMENT);

	w->no_sum |= length == 0;
	if (length == 0)
		length = left + 8;
	if (length < 8 || (length - 8 > left && !part && !w->d->lenient))
		return false;
	p->payload = (struct view){ w->c.at, length - 8 < left ? length - 8 : left };
	p->l4.len = p->payload.len + 8;
	return true;
}

bool
layer_udp(struct walk *w)
{
	struct packet *p = w->p;
	struct cursor h;
	uint16_t length, sum;

	w->d->count.udp++;
	p->payload.len = 0;
	if (!cursor_sub(&w->c, 8, &h) || !cursor_u16(&h, &p->sport) || !cursor_u16(&h, &p->dport) ||
	    !cursor_u16(&h, &length) || !cursor_u16(&h, &sum))
		return layer_invalid(w, ODD_UDP_SHORT);
	if (!set_length(w, length))
		return layer_invalid(w, length < 8 ? ODD_UDP_LENGTH : ODD_UDP_TRUNCATED);
	/* zero: the sender made none (RFC 768; for IPv6 tunnels RFC 6935) */
	if (sum != 0 && layer_checks(w))
		checksum_l4(w, sum);
	const uint8_t *hint = w->d->port_hint;
	if (!(hint[p->sport & 0xff] | hint[p->dport & 0xff]))
		return true;
	bool open = false, ip = layer_tunnel_udp(w, &open);
	return open ? ip : true;
}

/* The length's place says how much the checksum covers, which we leave unchecked. */
bool
layer_udplite(struct walk *w)
{
	struct packet *p = w->p;

	w->d->count.other_ip++;
	p->payload.len = 0;
	if (!cursor_u16(&w->c, &p->sport) || !cursor_u16(&w->c, &p->dport) ||
	    !cursor_skip(&w->c, 4))
		return layer_invalid(w, ODD_UDP_SHORT);
	p->payload = (struct view){ w->c.at, cursor_left(&w->c) };
	return true;
}
