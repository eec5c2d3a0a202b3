/* SPDX-License-Identifier: Apache-2.0 */
/* ICMP (RFC 792) and ICMPv6 (RFC 4443): type, code, checksum, four bytes that depend on the type.
 */
#include "layer.h"

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
	if (!layer_checks(w))
		return true;
	if (p->ip_ver == 6)
		checksum_l4(w, sum);
	else if (!checksum_good(p->l4, 0))
		checksum_wrong(w, false);
	return true;
}
