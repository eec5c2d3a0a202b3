/* SPDX-License-Identifier: Apache-2.0 */
/* decode: the table of link types, and the way in. See include/probe/decode.h. */
#include "probe/decode.h"

#include "layer.h"

struct link {
	uint16_t linktype;
	const char *name;
	bool (*layer)(struct walk *w); /* NULL: known by name only */
};

/* tcpdump.org/linktypes.html; the most common first. 12 and 14 are what some systems write for RAW.
 */
static const struct link links[] = {
	{ 1, "EN10MB", layer_ethernet },
	{ 113, "LINUX_SLL", layer_sll },
	{ 276, "LINUX_SLL2", layer_sll2 },
	{ 101, "RAW", layer_raw },
	{ 0, "NULL", layer_null },
	{ 108, "LOOP", layer_null },
	{ 228, "IPV4", layer_raw },
	{ 229, "IPV6", layer_raw },
	{ 12, "RAW", layer_raw },
	{ 14, "RAW", layer_raw },
	{ 9, "PPP", layer_ppp },
	{ 50, "PPP_HDLC", layer_ppp },
	{ 51, "PPP_ETHER", layer_pppoe },
	{ 104, "C_HDLC", layer_chdlc },
	{ 105, "IEEE802_11", NULL },
	{ 107, "FRELAY", NULL },
	{ 127, "IEEE802_11_RADIOTAP", NULL },
	{ 187, "BLUETOOTH_HCI_H4", NULL },
	{ 189, "USB_LINUX", NULL },
	{ 195, "IEEE802_15_4_WITHFCS", NULL },
	{ 220, "USB_LINUX_MMAPPED", NULL },
	{ 227, "CAN_SOCKETCAN", NULL },
	{ 253, "NETLINK", NULL },
};

static const struct link *
find_link(uint16_t linktype)
{
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		if (links[i].linktype == linktype)
			return &links[i];
	}
	return NULL;
}

bool
decode_frame(struct decode *d, const struct frame *frame, struct packet *p)
{
	struct walk w = { .c = cursor_of(frame->data, frame->caplen), .d = d, .p = p };
	const struct link *link = find_link(frame->linktype);

	memset(p, 0, sizeof(*p));
	p->frame = *frame;
	d->count.pkts++;
	d->count.bytes += frame->caplen;
	if (frame->caplen < frame->wirelen) {
		d->count.truncated++;
		p->flags |= PKT_TRUNCATED;
	}
	if (link && link->layer)
		return link->layer(&w);
	d->count.unknown_link++;
	return false;
}

const char *
decode_linktype_name(uint16_t linktype)
{
	const struct link *link = find_link(linktype);

	return link ? link->name : "?";
}

bool
decode_linktype_known(uint16_t linktype)
{
	const struct link *link = find_link(linktype);

	return link && link->layer;
}
