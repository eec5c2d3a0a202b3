/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of link types (tcpdump.org/linktypes.html) that can carry IP, and those among them that
 * are little more than bytes to step over. What is not here is refused by its name.
 */
#include "layer.h"

static bool
skip_then(struct walk *w, size_t bytes, layer_fn next)
{
	return cursor_skip(&w->c, bytes) ? next(w) : layer_invalid(w, ODD_LINK_SHORT);
}

/* Addresses as Ethernet's, then `tag` bytes of a switch's own, then an EtherType. */
static bool
tagged_ethernet(struct walk *w, size_t tag)
{
	struct view dst, src;
	uint16_t type;

	w->d->count.ethernet++;
	if (!cursor_take(&w->c, 6, &dst) || !cursor_take(&w->c, 6, &src) ||
	    !cursor_skip(&w->c, tag) || !cursor_u16(&w->c, &type))
		return layer_invalid(w, ODD_LINK_SHORT);
	w->p->dst_mac = dst.ptr;
	w->p->src_mac = src.ptr;
	return layer_ethertype(w, type);
}

static bool
dsa(struct walk *w)
{
	return tagged_ethernet(w, 4);
}

static bool
edsa(struct walk *w)
{
	return tagged_ethernet(w, 8);
}

static bool
dsa_prepended(struct walk *w)
{
	return skip_then(w, 4, layer_ethernet);
}

/* NETANALYZER: a header; the transparent kind and EPON have the preamble too. */
static bool
netanalyzer(struct walk *w)
{
	return skip_then(w, 4, layer_ethernet);
}

static bool
netanalyzer_whole(struct walk *w)
{
	return skip_then(w, 12, layer_ethernet);
}

static bool
epon(struct walk *w)
{
	return skip_then(w, 8, layer_ethernet);
}

/* Direction, fifteen bytes of the compressor. */
static bool
slip(struct walk *w)
{
	return skip_then(w, 16, layer_raw);
}

static bool
ppp_direction(struct walk *w)
{
	return skip_then(w, 1, layer_ppp);
}

/* OpenBSD's ENC: family, SPI, flags. Solaris's IPNET: 24 bytes. */
static bool
enc(struct walk *w)
{
	return skip_then(w, 12, layer_raw);
}

static bool
ipnet(struct walk *w)
{
	return skip_then(w, 24, layer_raw);
}

/* PF's log: the first byte is the header's length without its padding. */
static bool
pflog(struct walk *w)
{
	uint8_t len;

	if (!cursor_peek(&w->c, 0, &len))
		return layer_invalid(w, ODD_LINK_SHORT);
	return skip_then(w, (len + 3u) & ~3u, layer_raw);
}

/* Two addresses of eight bytes, then an EtherType. */
static bool
firewire(struct walk *w)
{
	uint16_t type;

	if (!cursor_skip(&w->c, 16) || !cursor_u16(&w->c, &type))
		return layer_invalid(w, ODD_LINK_SHORT);
	return layer_ethertype(w, type);
}

/* RFC 4391: a routing header's room, an EtherType, two bytes of nothing. */
static bool
infiniband(struct walk *w)
{
	uint16_t type;

	if (!cursor_skip(&w->c, 40) || !cursor_u16(&w->c, &type) || !cursor_skip(&w->c, 2))
		return layer_invalid(w, ODD_LINK_SHORT);
	return layer_ethertype(w, type);
}

static bool
fibre_channel(struct walk *w)
{
	return skip_then(w, 16, layer_llc);
}

static bool
fddi(struct walk *w)
{
	return skip_then(w, 13, layer_llc);
}

/* The sender's first bit says that a route of up to 31 bytes follows. */
static bool
token_ring(struct walk *w)
{
	uint8_t first, route = 0;

	if (!cursor_peek(&w->c, 8, &first) || !cursor_skip(&w->c, 14))
		return layer_invalid(w, ODD_LINK_SHORT);
	if (first & 0x80 && !cursor_peek(&w->c, 0, &route))
		return layer_invalid(w, ODD_LINK_SHORT);
	return skip_then(w, route & 0x1f, layer_llc);
}

/* RFC 2684: LLC, or IP alone on its circuit. */
static bool
atm(struct walk *w)
{
	return tunnel_seems_ip(w, w->c) ? layer_raw(w) : layer_llc(w);
}

/* Type, VPI, VCI; then LAN emulation or LLC. */
static bool
sun_atm(struct walk *w)
{
	uint8_t type;

	if (!cursor_u8(&w->c, &type) || !cursor_skip(&w->c, 3))
		return layer_invalid(w, ODD_LINK_SHORT);
	if ((type & 0x0f) == 1)
		return skip_then(w, 2, layer_ethernet);
	return (type & 0x0f) == 2 ? layer_llc(w) : false;
}

/* RFC 2427: an address of two to four bytes, control, padding, NLPID. Cisco: an EtherType. */
static bool
frame_relay(struct walk *w)
{
	uint8_t byte = 0;
	uint16_t type;

	for (int i = 0; i < 4 && !(byte & 1); i++) {
		if (!cursor_u8(&w->c, &byte))
			return layer_invalid(w, ODD_LINK_SHORT);
	}
	if (!cursor_u8(&w->c, &byte))
		return layer_invalid(w, ODD_LINK_SHORT);
	if (byte != 0x03) {
		struct cursor c = w->c;
		uint8_t low;
		if (!cursor_u8(&c, &low))
			return layer_invalid(w, ODD_LINK_SHORT);
		w->c = c;
		type = (uint16_t)(byte << 8 | low);
		return type >= ETHERTYPE_MIN ? layer_ethertype(w, type) : false;
	}
	do {
		if (!cursor_u8(&w->c, &byte))
			return layer_invalid(w, ODD_LINK_SHORT);
	} while (byte == 0);
	switch (byte) {
	case 0xcc:
		return layer_ethertype(w, ETHERTYPE_IPV4);
	case 0x8e:
		return layer_ethertype(w, ETHERTYPE_IPV6);
	case 0xcf:
		return layer_ppp(w);
	case 0x80: {
		uint32_t owner;
		if (!cursor_u24(&w->c, &owner) || !cursor_u16(&w->c, &type))
			return layer_invalid(w, ODD_LINK_SHORT);
		if (owner == 0 && type >= ETHERTYPE_MIN)
			return layer_ethertype(w, type);
		return owner == 0x0080c2 && (type == 1 || type == 7) ? layer_ethernet(w) : false;
	}
	default:
		return false;
	}
}

/* RFC 1201 has four more bytes than RFC 1051, whose protocol numbers are above 239. */
static bool
arcnet(struct walk *w, size_t before)
{
	uint8_t type;

	if (!cursor_skip(&w->c, before) || !cursor_u8(&w->c, &type))
		return layer_invalid(w, ODD_LINK_SHORT);
	if (type < 240 && !cursor_skip(&w->c, 3))
		return layer_invalid(w, ODD_LINK_SHORT);
	switch (type) {
	case 212:
	case 240:
		return layer_ethertype(w, ETHERTYPE_IPV4);
	case 196:
		return layer_ethertype(w, ETHERTYPE_IPV6);
	case 213:
	case 241:
		return layer_ethertype(w, ETHERTYPE_ARP);
	default:
		return false;
	}
}

static bool
arcnet_bsd(struct walk *w)
{
	return arcnet(w, 2);
}

static bool
arcnet_linux(struct walk *w)
{
	return arcnet(w, 4);
}

/*
 * What the kernel's packet filter logged: family, version, resource; then values with length and
 * type in the byte order of the machine, padded to four. Type 9 is the packet.
 */
static bool
nflog(struct walk *w)
{
	uint16_t len, type;

	if (!cursor_skip(&w->c, 4))
		return layer_invalid(w, ODD_LINK_SHORT);
	while (cursor_u16_le(&w->c, &len) && cursor_u16_le(&w->c, &type)) {
		if (type >> 8 && !(type & 0xff)) {
			len = (uint16_t)(len >> 8 | len << 8);
			type >>= 8;
		}
		if (len < 4)
			return layer_invalid(w, ODD_LINK_SHORT);
		if (type == 9) {
			struct cursor c;
			if (!cursor_sub(&w->c, len - 4u, &c))
				c = w->c;
			w->c = c;
			return layer_raw(w);
		}
		if (!cursor_skip(&w->c, ((len + 3u) & ~3u) - 4u))
			return layer_invalid(w, ODD_LINK_SHORT);
	}
	return false;
}

/* A header of `len` bytes before a frame of a link type of its own, but never of one that does the
 * same. */
static bool
nested_link(struct walk *w, uint32_t len, uint32_t linktype)
{
	layer_fn next = linktype > UINT16_MAX ? NULL : layer_of_link((uint16_t)linktype);

	if (!layer_more(w) || !cursor_skip(&w->c, len))
		return layer_invalid(w, ODD_LINK_SHORT);
	if (next)
		return next(w);
	w->why = WHY_UNKNOWN_LINK;
	return false;
}

/* Per-Packet Information: version, flags, length, link type. */
static bool
ppi(struct walk *w)
{
	struct cursor c = w->c;
	uint16_t len;
	uint32_t linktype;

	if (!cursor_skip(&c, 2) || !cursor_u16_le(&c, &len) || !cursor_u32_le(&c, &linktype) ||
	    len < 8)
		return layer_invalid(w, ODD_LINK_SHORT);
	return nested_link(w, len, linktype);
}

/* Apple's: length, record type, link type. */
static bool
pktap(struct walk *w)
{
	struct cursor c = w->c;
	uint32_t len, record, linktype;

	if (!cursor_u32_le(&c, &len) || !cursor_u32_le(&c, &record) ||
	    !cursor_u32_le(&c, &linktype) || len < 12)
		return layer_invalid(w, ODD_LINK_SHORT);
	return record == 1 ? nested_link(w, len, linktype) : false;
}

/* 12 and 14 are what some systems write for RAW. */
static const struct {
	uint16_t linktype;
	layer_fn layer;
} links[] = {
	{ 1, layer_ethernet },      /* EN10MB */
	{ 113, layer_sll },         /* LINUX_SLL */
	{ 276, layer_sll2 },        /* LINUX_SLL2 */
	{ 101, layer_raw },         /* RAW */
	{ 127, layer_radiotap },    /* IEEE802_11_RADIOTAP */
	{ 105, layer_wifi },        /* IEEE802_11 */
	{ 119, layer_prism },       /* IEEE802_11_PRISM */
	{ 163, layer_avs },         /* IEEE802_11_AVS */
	{ 192, ppi },               /* PPI */
	{ 0, layer_null },          /* NULL */
	{ 108, layer_null },        /* LOOP */
	{ 228, layer_raw },         /* IPV4 */
	{ 229, layer_raw },         /* IPV6 */
	{ 12, layer_raw },          /* RAW */
	{ 14, layer_raw },          /* RAW */
	{ 9, layer_ppp },           /* PPP */
	{ 50, layer_ppp },          /* PPP_HDLC */
	{ 51, layer_pppoe },        /* PPP_ETHER */
	{ 166, ppp_direction },     /* PPP_PPPD */
	{ 204, ppp_direction },     /* PPP_WITH_DIR */
	{ 104, layer_chdlc },       /* C_HDLC */
	{ 107, frame_relay },       /* FRELAY */
	{ 219, layer_mpls },        /* MPLS */
	{ 8, slip },                /* SLIP */
	{ 6, token_ring },          /* IEEE802_5 */
	{ 7, arcnet_bsd },          /* ARCNET_BSD */
	{ 129, arcnet_linux },      /* ARCNET_LINUX */
	{ 10, fddi },               /* FDDI */
	{ 100, atm },               /* ATM_RFC1483 */
	{ 106, atm },               /* Linux classical IP over ATM */
	{ 123, sun_atm },           /* SUNATM */
	{ 122, fibre_channel },     /* IP_OVER_FC */
	{ 138, firewire },          /* APPLE_IP_OVER_IEEE1394 */
	{ 242, infiniband },        /* IPOIB */
	{ 109, enc },               /* ENC */
	{ 117, pflog },             /* PFLOG */
	{ 226, ipnet },             /* IPNET */
	{ 239, nflog },             /* NFLOG */
	{ 258, pktap },             /* PKTAP */
	{ 240, netanalyzer },       /* NETANALYZER */
	{ 241, netanalyzer_whole }, /* NETANALYZER_TRANSPARENT */
	{ 259, epon },              /* EPON */
	{ 281, dsa },               /* DSA_TAG_BRCM */
	{ 282, dsa_prepended },     /* DSA_TAG_BRCM_PREPEND */
	{ 284, dsa },               /* DSA_TAG_DSA */
	{ 285, edsa },              /* DSA_TAG_EDSA */
};

layer_fn
layer_of_link(uint16_t linktype)
{
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		if (links[i].linktype == linktype)
			return links[i].layer;
	}
	return NULL;
}
