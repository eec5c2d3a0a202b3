/* SPDX-License-Identifier: Apache-2.0 */
/* ICMP (RFC 792) and ICMPv6 (RFC 4443): type, code, checksum, four bytes that depend on the type.
 */
#include "layer.h"

/* The highest code of a type (iana.org, "ICMP Parameters", "ICMPv6 Parameters"); types between
 * that are not here are unknown. */
struct codes {
	uint8_t type, most;
};

static const struct codes codes4[] = { { 0, 0 }, { 3, 15 }, { 4, 0 }, { 5, 3 }, { 8, 0 }, { 9, 16 },
	{ 10, 0 }, { 11, 1 }, { 12, 2 }, { 13, 0 }, { 14, 0 }, { 15, 0 }, { 16, 0 }, { 17, 0 },
	{ 18, 0 }, { 42, 0 }, { 43, 4 } };
static const struct codes codes6[] = { { 1, 8 }, { 2, 0 }, { 3, 1 }, { 4, 10 }, { 128, 0 },
	{ 129, 0 }, { 130, 0 }, { 131, 0 }, { 132, 0 }, { 133, 0 }, { 134, 0 }, { 135, 0 },
	{ 136, 0 }, { 137, 0 }, { 138, 255 }, { 139, 2 }, { 140, 2 }, { 141, 0 }, { 142, 0 },
	{ 143, 0 }, { 144, 0 }, { 145, 0 }, { 146, 0 }, { 147, 0 }, { 148, 0 }, { 149, 0 },
	{ 150, 255 }, { 151, 0 }, { 152, 0 }, { 153, 0 }, { 154, 255 }, { 155, 255 }, { 157, 4 },
	{ 158, 4 }, { 159, 0 }, { 160, 0 }, { 161, 4 } };

static enum odd_hint
unknown6(uint8_t type)
{
	if (type == 100 || type == 101 || type == 200 || type == 201)
		return HINT_ICMP6_EXPERIMENT;
	return type >= 5 && type < 127 ? HINT_ICMP6_UNASSIGNED : HINT_ICMP6_TYPE;
}

static void
judge_type(struct walk *w)
{
	const struct packet *p = w->p;
	bool four = p->ip_ver == 4;
	const struct codes *row = four ? codes4 : codes6;
	size_t n = four ? sizeof(codes4) / sizeof(*codes4) : sizeof(codes6) / sizeof(*codes6);
	size_t i = 0;

	while (i < n && row[i].type != p->icmp_type)
		i++;
	if (i == n)
		layer_hint(w, four ? HINT_ICMP4_TYPE : unknown6(p->icmp_type));
	else if (p->icmp_code > row[i].most)
		layer_hint(w, four ? HINT_ICMP4_CODE : HINT_ICMP6_CODE);
	/* multicast listeners are asked on the link only (RFC 2710, 3810) */
	bool listeners = (p->icmp_type >= 130 && p->icmp_type <= 132) || p->icmp_type == 143;
	if (!four && listeners && p->ttl != 1)
		layer_hint(w, HINT_ICMP6_HOPS);
}

/* An error quotes the datagram it is about. */
static void
judge_quote(struct walk *w)
{
	const struct packet *p = w->p;
	bool four = p->ip_ver == 4;
	uint8_t first, type = p->icmp_type;

	if (four ? type != 3 && type != 4 && type != 5 && type != 11 && type != 12
		 : type < 1 || type > 4)
		return;
	if (!cursor_peek(&w->c, 0, &first) || cursor_left(&w->c) < (four ? 20 : 40)) {
		if (!w->cut)
			layer_hint(w, four ? HINT_ICMP4_QUOTE_SHORT : HINT_ICMP6_QUOTE_SHORT);
	} else if (first >> 4 != (four ? 4 : 6)) {
		layer_hint(w, four ? HINT_ICMP4_QUOTE_VERSION : HINT_ICMP6_QUOTE_VERSION);
	}
}

bool
layer_icmp(struct walk *w)
{
	struct packet *p = w->p;
	uint16_t sum;

	w->d->count.icmpv4 += p->ip_ver == 4;
	w->d->count.icmpv6 += p->ip_ver == 6;
	p->payload.len = 0;
	if (!cursor_u8(&w->c, &p->icmp_type) || !cursor_u8(&w->c, &p->icmp_code) ||
	    !cursor_u16(&w->c, &sum) || !cursor_skip(&w->c, 4))
		return layer_invalid(w, p->ip_ver == 4 ? ODD_ICMP4_SHORT : ODD_ICMP6_SHORT);
	p->payload = (struct view){ w->c.at, cursor_left(&w->c) };
	judge_type(w);
	judge_quote(w);
	if (!layer_checks(w))
		return true;
	if (p->ip_ver == 6)
		checksum_l4(w, sum);
	else if (!checksum_good(p->l4, 0))
		checksum_wrong(w, false);
	return true;
}
