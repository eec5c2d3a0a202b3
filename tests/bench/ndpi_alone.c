/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The library alone: ndpi_alone CAPTURE. Reads Ethernet frames with libpcap, makes flows of
 * addresses and ports in the simplest sound way and gives each packet to nDPI until the flow's
 * answer is final or the usual caps (80 packets of TCP, 24 of UDP); a last guess at the end.
 * Nothing else: what any probe around the library has to add to.
 */
#include <net/ethernet.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/probe/identify/ndpi_compat.h"

#define TABLE 65536
#define MAX_TCP 80
#define MAX_UDP 24

/* Both directions of a flow have the same key: the smaller end first. */
struct end {
	uint8_t addr[16];
	uint16_t port;
};

struct key {
	struct end low, high;
	uint8_t proto;
};

struct flow {
	struct flow *next;
	struct key key;
	uint32_t packets;
	bool final;
	struct ndpi_flow_struct *ndpi;
};

static struct flow *table[TABLE];
static uint64_t packets, given, flows;

static struct flow *
flow_of(const struct key *key)
{
	const uint8_t *bytes = (const uint8_t *)key;
	uint32_t hash = 2166136261u;

	for (size_t i = 0; i < sizeof(*key); i++)
		hash = (hash ^ bytes[i]) * 16777619u;
	struct flow **at = &table[hash % TABLE];
	for (struct flow *f = *at; f; f = f->next) {
		if (memcmp(&f->key, key, sizeof(*key)) == 0)
			return f;
	}
	struct flow *f = calloc(1, sizeof(*f));
	if (!f || !(f->ndpi = ndpi_flow_malloc(SIZEOF_FLOW_STRUCT)))
		exit(1);
	memset(f->ndpi, 0, SIZEOF_FLOW_STRUCT);
	f->key = *key;
	f->next = *at;
	*at = f;
	flows++;
	return f;
}

/* Addresses, protocol and ports; false when there is no sound IP here. */
static bool
key_of(const uint8_t *ip, size_t n, struct key *key)
{
	struct end a = { 0 }, b = { 0 };
	size_t head;
	bool first = true;

	memset(key, 0, sizeof(*key));
	if (n >= sizeof(struct ip) && ip[0] >> 4 == 4) {
		struct ip h;
		memcpy(&h, ip, sizeof(h));
		head = (size_t)h.ip_hl * 4;
		first = !(ntohs(h.ip_off) & IP_OFFMASK);
		key->proto = h.ip_p;
		memcpy(a.addr, &h.ip_src, 4);
		memcpy(b.addr, &h.ip_dst, 4);
	} else if (n >= sizeof(struct ip6_hdr) && ip[0] >> 4 == 6) {
		head = sizeof(struct ip6_hdr);
		key->proto = ip[6];
		memcpy(a.addr, ip + 8, 16);
		memcpy(b.addr, ip + 24, 16);
	} else {
		return false;
	}
	if (first && (key->proto == IPPROTO_TCP || key->proto == IPPROTO_UDP) && n >= head + 4) {
		memcpy(&a.port, ip + head, 2);
		memcpy(&b.port, ip + head + 2, 2);
	}
	bool swap = memcmp(&a, &b, sizeof(a)) > 0;
	key->low = swap ? b : a;
	key->high = swap ? a : b;
	return true;
}

static void
give_up(struct ndpi_detection_module_struct *m, struct flow *f)
{
	uint8_t guessed;

	if (!f->final)
		(void)compat_giveup(m, f->ndpi, &guessed);
	f->final = true;
	ndpi_free_flow(f->ndpi);
	f->ndpi = NULL;
}

static void
give(struct ndpi_detection_module_struct *m, struct flow *f, const uint8_t *ip, size_t n,
    uint64_t ms)
{
	uint32_t cap = f->key.proto == IPPROTO_TCP   ? MAX_TCP
		       : f->key.proto == IPPROTO_UDP ? MAX_UDP
						     : UINT32_MAX;

	f->packets++;
	if (f->final)
		return;
	given++;
	ndpi_protocol p =
	    compat_process(m, f->ndpi, ip, (uint16_t)(n < UINT16_MAX ? n : UINT16_MAX), ms);
	if (compat_app(p) != NDPI_PROTOCOL_UNKNOWN && !compat_wants_more(m, f->ndpi, p)) {
		f->final = true;
		give_up(m, f);
	} else if (f->packets > cap) {
		give_up(m, f);
	}
}

static void
frame(struct ndpi_detection_module_struct *m, const struct pcap_pkthdr *h, const uint8_t *at)
{
	size_t skip = sizeof(struct ether_header), left = h->caplen;
	struct key key;

	packets++;
	if (left < skip)
		return;
	while (left >= skip + 4 && at[skip - 2] == 0x81 && at[skip - 1] == 0)
		skip += 4; /* 802.1Q */
	if (key_of(at + skip, left - skip, &key))
		give(m, flow_of(&key), at + skip, left - skip,
		    (uint64_t)h->ts.tv_sec * 1000 + (uint64_t)h->ts.tv_usec / 1000);
}

int
main(int argc, char **argv)
{
	char error[PCAP_ERRBUF_SIZE];
	struct pcap_pkthdr *h;
	const uint8_t *bytes;
	pcap_t *in = argc == 2 ? pcap_open_offline(argv[1], error) : NULL;
	struct ndpi_detection_module_struct *m = compat_init();

	if (!in || !m || pcap_datalink(in) != DLT_EN10MB)
		return 1;
	(void)compat_finalize(m);
	while (pcap_next_ex(in, &h, &bytes) == 1)
		frame(m, h, bytes);
	for (size_t i = 0; i < TABLE; i++) {
		while (table[i]) {
			struct flow *f = table[i];
			table[i] = f->next;
			if (f->ndpi)
				give_up(m, f);
			free(f);
		}
	}
	printf("%llu packets, %llu flows, %llu packets given to nDPI %s\n",
	    (unsigned long long)packets, (unsigned long long)flows, (unsigned long long)given,
	    ndpi_revision());
	ndpi_exit_detection_module(m);
	pcap_close(in);
	return 0;
}
