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

/* Options and the bytes each takes (iana.org "IP Parameters"; RFC 791, 1108, 1385, 2113). */
static const struct {
	uint8_t type, least, most;
} known[] = { { 7, 3, 39 }, { 68, 5, 40 }, { 82, 12, 12 }, { 130, 3, 11 }, { 131, 3, 39 },
	{ 133, 3, 40 }, { 134, 3, 40 }, { 136, 4, 4 }, { 137, 3, 39 }, { 148, 4, 4 },
	{ 25, 8, 8 } };

#define KNOWN (sizeof(known) / sizeof(known[0]))

/* The options behind the first 20 bytes of a header: what is odd in them? */
static void
options(struct walk *w, struct cursor h)
{
	uint32_t seen = 0;
	uint8_t type, len;

	while (cursor_u8(&h, &type) && type != 0) {
		size_t i = 0;
		if (type == 1)
			continue;
		if (!cursor_u8(&h, &len) || len < 2 || !cursor_skip(&h, len - 2u)) {
			layer_hint(w, HINT_IPV4_OPTION_BAD);
			return;
		}
		while (i < KNOWN && known[i].type != type)
			i++;
		if (i == KNOWN) {
			layer_hint(w, HINT_IPV4_OPTION_UNKNOWN);
			continue;
		}
		if (len < known[i].least || len > known[i].most)
			layer_hint(w, HINT_IPV4_OPTION_LENGTH);
		if (seen & 1u << i)
			layer_hint(w, HINT_IPV4_OPTION_TWICE);
		seen |= 1u << i;
	}
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
	if (w->d->check_checksums && !w->d->check_tcp_only &&
	    !checksum_good((struct view){ w->c.at, header }, 0))
		checksum_wrong(w, sum == 0);
	if (header > 20 && cursor_sub(&c, header - 20, &h))
		options(w, h);
	(void)cursor_skip(&w->c, header);
	if (fragment & 0x3fff)
		return layer_fragment(
		    w, &(struct fragment_at){ id, (fragment & 0x1fffu) * 8, fragment & 0x2000 });
	return layer_transport(w);
}
