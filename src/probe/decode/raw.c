/* SPDX-License-Identifier: Apache-2.0 */
/* Links with no addresses: raw IP, and BSD loopback (LINKTYPE_NULL, LINKTYPE_LOOP). */
#include "layer.h"

bool
layer_raw(struct walk *w)
{
	uint8_t first;

	w->d->count.raw++;
	if (!cursor_peek(&w->c, 0, &first))
		return layer_invalid(w, ODD_RAW_VERSION);
	if (first >> 4 == 4) {
		w->p->ethertype = ETHERTYPE_IPV4;
		return layer_ipv4(w);
	}
	w->p->ethertype = ETHERTYPE_IPV6;
	return layer_ipv6(w); /* refuses every other version */
}

/* The family is in the byte order of the machine that wrote it; families are small numbers. */
bool
layer_null(struct walk *w)
{
	uint32_t family;

	w->d->count.null++;
	if (!cursor_u32(&w->c, &family))
		return layer_invalid(w, ODD_NULL_SHORT);
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	switch (family) {
	case 2:
		return layer_ethertype(w, ETHERTYPE_IPV4);
	case 10: /* Linux */
	case 24: /* NetBSD, OpenBSD */
	case 28: /* FreeBSD */
	case 30: /* Darwin */
		return layer_ethertype(w, ETHERTYPE_IPV6);
	default:
		layer_hint(w, HINT_NULL_TYPE);
		w->d->count.unknown_ethertype++;
		return false;
	}
}
