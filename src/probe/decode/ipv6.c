/* SPDX-License-Identifier: Apache-2.0 */
/* IPv6 (RFC 8200) and its extension headers (iana.org, "IPv6 Extension Header Types"). */
#include "layer.h"

#define EXT_HOP_BY_HOP 0
#define EXT_ROUTING 43
#define EXT_FRAGMENT 44
#define EXT_AUTH 51
#define EXT_NONE 59
#define EXT_DESTINATION 60
#define EXT_MOBILITY 135
#define EXT_HIP 139
#define EXT_SHIM6 140

/* iana.org, "Destination Options and Hop-by-Hop Options" */
#define OPTION_PAD1 0
#define OPTION_PADN 1
#define OPTION_ALERT 0x05
#define OPTION_JUMBO 0xc2
#define OPTION_HOME 0xc9

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

static bool
option_known(uint8_t type)
{
	static const uint8_t known[] = { OPTION_PADN, OPTION_ALERT, OPTION_JUMBO, OPTION_HOME, 0x04,
		0x07, 0x08, 0x0f, 0x10, 0x11, 0x23, 0x26, 0x30, 0x31, 0x63, 0x6d, 0x8b, 0x8c,
		0xee };

	return memchr(known, type, sizeof(known)) != NULL;
}

/*
 * Options of hop-by-hop and destination headers (RFC 8200 section 4.2), of which this one is
 * `size` bytes: do they fill it, and are there any but padding?
 */
static void
options(struct walk *w, bool hops, size_t size)
{
	struct cursor c = w->c, inside;
	uint8_t type, len;
	bool only_padding = true;

	if (!cursor_sub(&c, size - 2, &inside))
		return;
	while (cursor_u8(&inside, &type)) {
		if (type == OPTION_PAD1)
			continue;
		if (!cursor_u8(&inside, &len) || !cursor_skip(&inside, len)) {
			layer_hint(w, HINT_IPV6_OPTION_LENGTH);
			return;
		}
		if (type == OPTION_PADN && len == 0)
			layer_hint(w, HINT_IPV6_PADDING_EMPTY);
		only_padding &= type == OPTION_PADN;
		if ((type == OPTION_ALERT && len != 2) || (type == OPTION_JUMBO && len != 4) ||
		    (type == OPTION_HOME && len != 16))
			layer_hint(w, HINT_IPV6_OPTION_LENGTH);
		if (!option_known(type))
			layer_hint(
			    w, hops ? HINT_IPV6_HOPS_UNKNOWN : HINT_IPV6_DESTINATION_UNKNOWN);
	}
	if (only_padding)
		layer_hint(w, hops ? HINT_IPV6_HOPS_PADDING : HINT_IPV6_DESTINATION_PADDING);
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

/* Two bytes are reserved (RFC 4302). */
static enum step
auth(struct walk *w, size_t size)
{
	struct cursor c = w->c;
	uint16_t reserved;

	if (cursor_u16(&c, &reserved) && reserved != 0)
		layer_hint(w, HINT_IPV6_AUTH_RESERVED);
	return skip_rest(w, size);
}

/* The least that the header of that number takes. */
static size_t
least(uint8_t proto)
{
	switch (proto) {
	case PROTO_TCP:
		return 20;
	case EXT_NONE:
		return 0;
	case PROTO_ICMPV6:
		return 4;
	default:
		return 8;
	}
}

/* A "fragment" that is the whole datagram (RFC 6946) is none; its chain of headers must be whole,
 * as a first fragment's must (RFC 7112). */
static enum step
fragment(struct walk *w, uint8_t reserved, struct fragment_at *at)
{
	uint16_t field;

	if (!cursor_u16(&w->c, &field) || !cursor_u32(&w->c, &at->id))
		return STEP_BAD;
	at->offset = field & 0xfff8u;
	at->more = field & 1;
	if (field & 6 || reserved)
		layer_hint(w, HINT_IPV6_FRAGMENT_RESERVED);
	if (!(field & 0xfff9)) {
		odd(w, ODD_IPV6_USELESS_FRAGMENT);
		if (!w->cut && cursor_left(&w->c) < least(w->p->proto))
			odd(w, ODD_IPV6_EXTENSION);
	}
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

	if (!known) { /* ESP too */
		if (type == EXT_NONE && cursor_left(&w->c) != 0)
			layer_hint(w, HINT_IPV6_AFTER_NONE);
		return STEP_DONE;
	}
	if (!cursor_u8(&w->c, &p->proto) || !cursor_u8(&w->c, &units))
		return STEP_BAD;
	if (type == EXT_FRAGMENT)
		return fragment(w, units, at);
	if (type == EXT_ROUTING)
		return routing(w, (units + 1u) * 8);
	if (type == EXT_AUTH)
		return auth(w, (units + 2u) * 4);
	if (type == EXT_HOP_BY_HOP || type == EXT_DESTINATION)
		options(w, type == EXT_HOP_BY_HOP, (units + 1u) * 8);
	return skip_rest(w, (units + 1u) * 8);
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
