/* SPDX-License-Identifier: Apache-2.0 */
/*
 * 802.11 (IEEE 802.11), plain and behind what drivers put before it: radiotap (radiotap.org),
 * Prism, AVS. Encrypted frames, frames without data and parts of frames end here.
 */
#include "layer.h"

#define FC_TYPE 0x000c
#define FC_DATA 0x0008
#define FC_NO_DATA 0x0040
#define FC_QOS 0x0080
#define FC_TO_DS 0x0100
#define FC_FROM_DS 0x0200
#define FC_MORE 0x0400
#define FC_PROTECTED 0x4000
#define FC_ORDER 0x8000

#define RADIOTAP_TSFT 0x01
#define RADIOTAP_FLAGS 0x02
#define FLAG_FCS 0x10 /* a checksum of four bytes at the end */
#define FLAG_PADDED 0x20
#define FLAG_BAD 0x40

/* Which of the addresses are the frame's two ends. */
static void
ends(struct packet *p, uint16_t fc, const struct view a[4])
{
	switch (fc & (FC_TO_DS | FC_FROM_DS)) {
	case 0:
		p->dst_mac = a[0].ptr;
		p->src_mac = a[1].ptr;
		break;
	case FC_FROM_DS:
		p->dst_mac = a[0].ptr;
		p->src_mac = a[2].ptr;
		break;
	case FC_TO_DS:
		p->dst_mac = a[2].ptr;
		p->src_mac = a[1].ptr;
		break;
	default:
		p->dst_mac = a[2].ptr;
		p->src_mac = a[3].ptr;
	}
}

/* Control, duration, three addresses, sequence, and what the control field says follows. */
static bool
header(struct cursor *c, uint16_t *fc, uint16_t *sequence, uint16_t *qos, struct view a[4])
{
	*qos = 0;
	if (!cursor_u16_le(c, fc) || !cursor_skip(c, 2) || !cursor_take(c, 6, &a[0]) ||
	    !cursor_take(c, 6, &a[1]) || !cursor_take(c, 6, &a[2]) || !cursor_u16_le(c, sequence))
		return false;
	if ((*fc & (FC_TO_DS | FC_FROM_DS)) == (FC_TO_DS | FC_FROM_DS) && !cursor_take(c, 6, &a[3]))
		return false;
	if (*fc & FC_QOS && (!cursor_u16_le(c, qos) || (*fc & FC_ORDER && !cursor_skip(c, 4))))
		return false;
	return true;
}

/* Several frames in one: destination, source, length, LLC. The first is looked at. */
static bool
aggregate(struct walk *w)
{
	struct view dst, src;
	struct cursor first;
	uint16_t len;

	if (!cursor_take(&w->c, 6, &dst) || !cursor_take(&w->c, 6, &src) ||
	    !cursor_u16(&w->c, &len))
		return layer_invalid(w, ODD_WIFI_SHORT);
	if (cursor_sub(&w->c, len, &first))
		w->c = first;
	w->p->dst_mac = dst.ptr;
	w->p->src_mac = src.ptr;
	return layer_llc(w);
}

static bool
wifi(struct walk *w, bool padded)
{
	struct view a[4] = { 0 };
	uint16_t fc = 0, sequence, qos;
	uint8_t first;
	const size_t whole = cursor_left(&w->c);

	w->d->count.wifi++;
	if (!cursor_peek(&w->c, 0, &first) || first & 3)
		return layer_invalid(w, ODD_WIFI_SHORT);
	if ((first & FC_TYPE) != FC_DATA)
		return false;
	if (!header(&w->c, &fc, &sequence, &qos, a))
		return layer_invalid(w, ODD_WIFI_SHORT);
	ends(w->p, fc, a);
	if (fc & FC_PROTECTED)
		w->d->count.wifi_encrypted++;
	if (fc & (FC_PROTECTED | FC_NO_DATA | FC_MORE) || sequence & 0x000f)
		return false;
	if (padded && !cursor_skip(&w->c, (4 - (whole - cursor_left(&w->c)) % 4) % 4))
		return layer_invalid(w, ODD_WIFI_SHORT);
	return qos & 0x80 ? aggregate(w) : layer_llc(w);
}

bool
layer_wifi(struct walk *w)
{
	return wifi(w, false);
}

/* The flags of this frame. Fields are aligned from the header's begin; only two can stand before.
 */
static bool
radiotap_flags(struct cursor h, uint8_t *flags)
{
	const size_t whole = cursor_left(&h);
	uint32_t present, more;

	*flags = 0;
	if (!cursor_skip(&h, 4) || !cursor_u32_le(&h, &present))
		return false;
	for (more = present; more & 0x80000000u;) {
		if (!cursor_u32_le(&h, &more))
			return false;
	}
	if (!(present & RADIOTAP_FLAGS))
		return true;
	size_t at = whole - cursor_left(&h);
	if (present & RADIOTAP_TSFT && !cursor_skip(&h, (8 - at % 8) % 8 + 8))
		return false;
	return cursor_u8(&h, flags);
}

bool
layer_radiotap(struct walk *w)
{
	struct cursor h = w->c;
	uint16_t len;
	uint8_t version, flags;

	if (!cursor_u8(&h, &version) || !cursor_skip(&h, 1) || !cursor_u16_le(&h, &len) ||
	    version != 0 || !cursor_sub(&w->c, len, &h) || !radiotap_flags(h, &flags) ||
	    flags & FLAG_BAD)
		return layer_invalid(w, ODD_WIFI_SHORT);
	if (flags & FLAG_FCS && !(w->p->flags & PKT_TRUNCATED)) {
		if (cursor_left(&w->c) < 4)
			return layer_invalid(w, ODD_WIFI_SHORT);
		w->c.end -= 4;
	}
	return wifi(w, flags & FLAG_PADDED);
}

/* Version and length, big first. */
bool
layer_avs(struct walk *w)
{
	struct cursor h = w->c;
	uint32_t version, len;

	if (!cursor_u32(&h, &version) || !cursor_u32(&h, &len) || version >> 12 != 0x80211 ||
	    !cursor_skip(&w->c, len))
		return layer_invalid(w, ODD_WIFI_SHORT);
	return wifi(w, false);
}

/* A message of 144 bytes in most drivers, its length in the machine's byte order; some put AVS in
 * its place. */
bool
layer_prism(struct walk *w)
{
	struct cursor h = w->c;
	uint32_t code, len;

	if (!cursor_u32(&h, &code) || !cursor_u32(&h, &len))
		return layer_invalid(w, ODD_WIFI_SHORT);
	if (code >> 12 == 0x80211)
		return layer_avs(w);
	if (len > 0xffff)
		len = __builtin_bswap32(len);
	if (!cursor_skip(&w->c, len))
		return layer_invalid(w, ODD_WIFI_SHORT);
	return wifi(w, false);
}
