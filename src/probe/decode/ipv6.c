/* SPDX-License-Identifier: Apache-2.0 */
/* IPv6 (RFC 8200) and its extension headers (iana.org, "IPv6 Extension Header Types"). */
#include "layer.h"

#define EXT_HOP_BY_HOP 0
#define EXT_ROUTING 43
#define EXT_FRAGMENT 44
#define EXT_AUTH 51
#define EXT_DESTINATION 60
#define EXT_MOBILITY 135
#define EXT_HIP 139
#define EXT_SHIM6 140

/* More headers than any honest sender has; bounds the work of one packet. */
#define EXT_MAX 16

enum step { STEP_ON, STEP_DONE, STEP_FRAGMENT, STEP_BAD };

static void
odd(struct walk *w, enum odd_decode odd)
{
	w->p->odd |= UINT64_C(1) << odd;
}

/* Header of `size` bytes in all, the next header's number and the length byte read already. */
static enum step
skip_rest(struct walk *w, size_t size)
{
	return cursor_skip(&w->c, size - 2) ? STEP_ON : STEP_BAD;
}

/* Type and segments left follow. While segments are left, the checksum is made with another
 * destination. */
static enum step
routing(struct walk *w, size_t size)
{
	uint8_t type, left;

	if (!cursor_peek(&w->c, 0, &type) || !cursor_peek(&w->c, 1, &left))
		return STEP_BAD;
	if (type == 0)
		odd(w, ODD_IPV6_ROUTING_0); /* RFC 5095: not used any more */
	w->no_sum |= left != 0;
	return skip_rest(w, size);
}

/* A "fragment" that is the whole datagram (RFC 6946) is none. */
static enum step
fragment(struct walk *w, struct fragment_at *at)
{
	uint16_t field;

	if (!cursor_u16(&w->c, &field) || !cursor_u32(&w->c, &at->id))
		return STEP_BAD;
	at->offset = field & 0xfff8u;
	at->more = field & 1;
	if (!(field & 0xfff9))
		odd(w, ODD_IPV6_USELESS_FRAGMENT);
	return field & 0xfff9 ? STEP_FRAGMENT : STEP_ON;
}

/* Of most headers there is to be one; the destination's options may stand before a routing header
 * too (RFC 8200 section 4.1). */
static void
count_header(struct walk *w, uint8_t type, uint8_t *seen)
{
	static const struct {
		uint8_t type, most;
		enum odd_decode odd;
	} rows[] = {
		{ EXT_FRAGMENT, 1, ODD_IPV6_TWO_FRAGMENT },
		{ EXT_ROUTING, 1, ODD_IPV6_TWO_ROUTING },
		{ EXT_HOP_BY_HOP, 1, ODD_IPV6_TWO_HOPS },
		{ EXT_AUTH, 1, ODD_IPV6_TWO_AUTH },
		{ EXT_DESTINATION, 2, ODD_IPV6_MANY_DESTINATION },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].type == type && ++seen[i] > rows[i].most)
			odd(w, rows[i].odd);
}

/* Step over one extension header and learn the next; STEP_DONE when p->proto is none. */
static enum step
extension(struct walk *w, struct fragment_at *at)
{
	struct packet *p = w->p;
	uint8_t type = p->proto, units;
	bool known = type == EXT_HOP_BY_HOP || type == EXT_ROUTING || type == EXT_FRAGMENT ||
		     type == EXT_AUTH || type == EXT_DESTINATION || type == EXT_MOBILITY ||
		     type == EXT_HIP || type == EXT_SHIM6;

	if (!known)
		return STEP_DONE; /* ESP and "no next header" too */
	if (!cursor_u8(&w->c, &p->proto) || !cursor_u8(&w->c, &units))
		return STEP_BAD;
	if (type == EXT_FRAGMENT)
		return fragment(w, at);
	if (type == EXT_ROUTING)
		return routing(w, (units + 1u) * 8);
	return skip_rest(w, type == EXT_AUTH ? (units + 2u) * 4 : (units + 1u) * 8);
}

bool
layer_extensions(struct walk *w)
{
	struct fragment_at at;
	uint8_t seen[8] = { 0 };

	for (int i = 0; i <= EXT_MAX; i++) {
		count_header(w, w->p->proto, seen);
		switch (extension(w, &at)) {
		case STEP_ON:
			break;
		case STEP_DONE:
			return layer_transport(w);
		case STEP_FRAGMENT:
			return layer_fragment(w, &at);
		case STEP_BAD:
			return layer_invalid(w, ODD_IPV6_EXTENSION);
		}
	}
	return layer_invalid(w, ODD_LAYERS);
}

/* As for IPv4. A payload length of zero is also how a jumbogram (RFC 2675) begins. */
static bool
set_length(struct walk *w, size_t payload, size_t left)
{
	w->no_sum = payload == 0;
	if (payload == 0)
		payload = left;
	w->cut = payload > left;
	if (w->cut && !(w->p->flags & PKT_TRUNCATED))
		return false;
	w->c.end -= w->cut ? 0 : left - payload;
	return true;
}

bool
layer_ipv6(struct walk *w)
{
	struct packet *p = w->p;
	struct cursor c = w->c, h;
	uint8_t first, next, hops;
	uint16_t payload;

	w->d->count.ipv6++;
	if (!cursor_sub(&c, 40, &h) || !cursor_u8(&h, &first) || !cursor_skip(&h, 3) ||
	    !cursor_u16(&h, &payload) || !cursor_u8(&h, &next) || !cursor_u8(&h, &hops))
		return layer_invalid(w, ODD_IPV6_SHORT);
	if (first >> 4 != 6)
		return layer_invalid(w, ODD_IPV6_VERSION);
	if (!set_length(w, payload, cursor_left(&c)))
		return layer_invalid(w, ODD_IPV6_TRUNCATED);
	p->ip_ver = 6;
	(void)(cursor_copy(&h, p->src.b, 16) && cursor_copy(&h, p->dst.b, 16));
	p->ttl = hops;
	p->proto = next;
	p->l3 = (struct view){ w->c.at, cursor_left(&w->c) };
	p->l3_len = (uint32_t)p->l3.len;
	w->c.at = c.at;
	if (next == PROTO_TCP || next == PROTO_UDP)
		return layer_transport(w);
	return layer_extensions(w);
}
