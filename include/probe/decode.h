/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode: which layers does the frame have?
 *
 * Takes a frame, fills a struct packet, counts what it could not read (the wire lied: counters, no
 * log). Pure but for its counters. Sources: IEEE 802.1Q, RFC 791, 8200, 9293, 768, 792, 4443, 826;
 * link types from tcpdump.org/linktypes.html. One owner thread.
 */
#ifndef WANGLOU_PROBE_DECODE_H
#define WANGLOU_PROBE_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/conf.h"
#include "lib/err.h"
#include "probe/packet.h"

/* One row a counter: include/probe/counters.def, group "decoder". */
struct decode_counters {
#define COUNTER_DECODER(name, help) uint64_t name;
#include "probe/counters.def"
	uint64_t event[ODD_EVENTS]; /* packets with each row of odd.def */
};

/* UDP ports behind which one kind of tunnel is looked for. */
#define DECODE_PORTS 16
struct decode_port {
	uint16_t port;
	uint8_t kind; /* enum tunnel */
};

struct defrag;

/* Tunnels in each other: more than any honest sender has. */
#define DECODE_TUNNELS 6

/* The datagrams that carried the one of the latest frame, outermost first. */
struct decode_outside {
	struct packet packet[DECODE_TUNNELS];
	unsigned n;
};

struct decode {
	struct decode_outside *outside; /* borrowed; NULL: they are nobody's business */
	struct defrag *defrag;          /* borrowed; NULL: fragments are not put together */
	bool check_checksums; /* IPv4 header, TCP, UDP, SCTP, ICMP, ICMPv6; a wrong one sets
				 PKT_BAD_CSUM and counts */
	bool check_tcp_only;  /* of those, only TCP's */
	bool lenient; /* what hosts drop is taken: UDP lengths beyond the datagram are cut, and any
			 IP header behind a foreign EtherType counts */
	uint32_t tunnels; /* bits of enum tunnel that are looked into */
	struct decode_port port[DECODE_PORTS];
	uint8_t port_n;
	uint8_t port_hint[256]; /* by the low byte of a port: is it worth looking? */
	struct decode_counters count;
};

/*
 * What is looked into: `tunnels` names of decode.tunnels, `vxlan` and `geneve` their UDP ports;
 * NULL stands for all, and for the ports IANA gave. Sets everything else of *d to zero. Negative
 * with a sentence for a name or port that is none.
 */
int
decode_init(struct decode *d, const struct conf_list *tunnels, const struct conf_list *vxlan,
    const struct conf_list *geneve, struct err *e);

/*
 * Decode one frame. Always fills p->frame and whatever layers were sound. Every frame is counted as
 * exactly one of to_flow (true is returned), no_ip, invalid, fragment_kept and unknown_link. A
 * tunnel that is looked into ends as its innermost datagram; what is not sound, not switched on or
 * too deep stays the datagram that carries it. With d->outside those that carried it stand there,
 * each with what was odd about it alone. Returns true when there is an IP datagram with a
 * usable header (p->ip_ver is 4 or 6) and, where its transport is decoded, a usable transport
 * header too; false otherwise (ARP, damaged, unknown link type). A length that claims more than the
 * frame held is damage, unless the capture cut the frame (PKT_TRUNCATED): then the views end where
 * the bytes end. A fragment that waits for the rest gives false; the frame that completes the
 * datagram gives all of it. Without d->defrag, or when the first one is cut or its checksum
 * wrong, fragments are taken as they stand: all but the first have l4 (their bytes) and an empty
 * payload. A transport that is not decoded has payload == l4. Cost: below 300 instructions for an
 * ordinary TCP packet, and one for every two bytes when checksums are looked at.
 */
bool
decode_frame(struct decode *d, const struct frame *frame, struct packet *p);

/* True when frames of this link type can be decoded. */
bool
decode_linktype_known(uint16_t linktype);

#endif
