/* SPDX-License-Identifier: Apache-2.0 */
/* decode: the table of link types, and the way in. See include/probe/decode.h. */
#include "probe/decode.h"

#include "layer.h"

struct link {
	uint16_t linktype;
	bool (*layer)(struct walk *w);
};

/* tcpdump.org/linktypes.html; the most common first. 12 and 14 are what some systems write for RAW.
 */
static const struct link links[] = {
	{ 1, layer_ethernet }, /* EN10MB */
	{ 113, layer_sll },    /* LINUX_SLL */
	{ 276, layer_sll2 },   /* LINUX_SLL2 */
	{ 101, layer_raw },    /* RAW */
	{ 0, layer_null },     /* NULL */
	{ 108, layer_null },   /* LOOP */
	{ 228, layer_raw },    /* IPV4 */
	{ 229, layer_raw },    /* IPV6 */
	{ 12, layer_raw },     /* RAW */
	{ 14, layer_raw },     /* RAW */
	{ 9, layer_ppp },      /* PPP */
	{ 50, layer_ppp },     /* PPP_HDLC */
	{ 51, layer_pppoe },   /* PPP_ETHER */
	{ 104, layer_chdlc },  /* C_HDLC */
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
	if (link)
		return link->layer(&w);
	d->count.unknown_link++;
	return false;
}

bool
decode_linktype_known(uint16_t linktype)
{
	return find_link(linktype) != NULL;
}
