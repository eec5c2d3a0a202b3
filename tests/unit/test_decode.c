/* SPDX-License-Identifier: Apache-2.0 */
/* decode: hand-made frames of every kind, whole and cut at every byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/probe/decode/layer.h"

#include "decode_samples.h"
#include "decode_wrapped.h"
#include "probe/decode.h"

#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

static struct decode d;
static struct packet p;

static size_t
unhex(const char *hex, uint8_t out[512])
{
	size_t n = strlen(hex) / 2;

	assert_true(n <= 512);
	for (size_t i = 0; i < n; i++) {
		unsigned byte;
		assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
		out[i] = (uint8_t)byte;
	}
	return n;
}

/* The bytes of a sample in `out`; returns how many. */
static size_t
bytes_of(const struct sample *s, uint8_t out[512])
{
	return unhex(s->hex, out);
}

static const struct sample *
named(const char *name)
{
	for (size_t i = 0; i < SAMPLES; i++) {
		if (strcmp(samples[i].name, name) == 0)
			return &samples[i];
	}
	fail_msg("no sample %s", name);
	return NULL;
}

/* Everything switched on. */
static void
fresh(bool check)
{
	assert_int_equal(decode_init(&d, NULL, NULL, NULL, NULL), 0);
	d.check_checksums = check;
}

/* Exactly one outcome for each frame. */
static void
assert_adds_up(void)
{
	const struct decode_counters *c = &d.count;

	assert_int_equal(
	    c->pkts, c->to_flow + c->no_ip + c->invalid + c->fragment_kept + c->unknown_link);
}

static bool
decode(uint16_t linktype, const uint8_t *bytes, size_t n, size_t wirelen)
{
	struct frame frame = { .data = bytes,
		.caplen = (uint32_t)n,
		.wirelen = (uint32_t)wirelen,
		.linktype = linktype };

	memset(&p, 0xa5, sizeof(p));
	uint64_t before = d.count.to_flow;
	bool ip = decode_frame(&d, &frame, &p);
	assert_adds_up();
	assert_int_equal(d.count.to_flow, before + ip);
	return ip;
}

/* Decode a sample with one byte changed by xor. */
static bool
decode_with(const char *name, size_t at, uint8_t flip)
{
	static uint8_t bytes[512];
	const struct sample *s = named(name);
	size_t n = bytes_of(s, bytes);

	assert_true(at < n);
	bytes[at] ^= flip;
	fresh(true);
	return decode(s->linktype, bytes, n, n);
}

static const char *
describe(void)
{
	static char text[256];
	char src[ADDR_TEXT], dst[ADDR_TEXT];

	(void)addr_text(src, &p.src, p.ip_ver);
	(void)addr_text(dst, &p.dst, p.ip_ver);
	(void)snprintf(text, sizeof(text),
	    "type %04x, ip %u/%u/%u, %s:%u>%s:%u, vlan %u %u %u, f %02x, l3 %zu l4 %zu payload %zu",
	    p.ethertype, p.ip_ver, p.proto, p.ttl, src, p.sport, dst, p.dport, p.vlan_n, p.vlan[0],
	    p.vlan[1], p.flags, p.l3.len, p.l4.len, p.payload.len);
	return text;
}

static void
whole_frames(void **state)
{
	uint8_t bytes[512];

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		const struct sample *s = &samples[i];
		size_t n = bytes_of(s, bytes);
		fresh(true);
		bool good = decode(s->linktype, bytes, n, n);
		assert_int_equal(good, s->found != NULL);
		if (good)
			assert_string_equal(describe(), s->found);
		assert_int_equal(p.frame.caplen, n);
		assert_int_equal(p.l3_len, p.l3.len);
		assert_int_equal(d.count.pkts, 1);
		assert_int_equal(d.count.bytes, n);
		assert_int_equal(d.count.invalid, 0);
		assert_int_equal(d.count.bad_checksum, 0);
	}
}

static void
assert_inside(struct view v, const uint8_t *bytes, size_t n)
{
	if (!v.ptr) {
		assert_int_equal(v.len, 0);
		return;
	}
	assert_true(v.ptr >= bytes);
	assert_true(v.len <= n);
	assert_true(v.ptr + v.len <= bytes + n);
}

/* Every prefix, on the heap so that one byte too far is seen; honestly cut, then as if the wire had
 * lied. */
static void
cut(uint16_t linktype, const uint8_t *bytes, size_t whole)
{
	for (size_t n = 0; n < whole; n++) {
		uint8_t *copy = malloc(n ? n : 1);
		assert_non_null(copy);
		memcpy(copy, bytes, n);
		for (int lie = 0; lie < 2; lie++) {
			fresh(true);
			bool good = decode(linktype, copy, n, lie ? n : whole);
			assert_inside(p.l3, copy, n);
			assert_inside(p.l4, copy, n);
			assert_inside(p.payload, copy, n);
			assert_true(!good || p.ip_ver == 4 || p.ip_ver == 6);
			assert_int_equal(d.count.truncated, !lie);
			assert_int_equal(d.count.bad_checksum, 0);
		}
		free(copy);
	}
}

static void
cut_at_every_byte(void **state)
{
	uint8_t bytes[512];

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++)
		cut(samples[i].linktype, bytes, bytes_of(&samples[i], bytes));
	for (size_t i = 0; i < wrapped_n; i++)
		cut(wrapped[i].linktype, bytes, unhex(wrapped[i].hex, bytes));
}

/* The same datagram comes out of every encapsulation. */
static void
every_encapsulation(void **state)
{
	uint8_t bytes[512];

	(void)state;
	for (size_t i = 0; i < wrapped_n; i++) {
		const struct wrapped *r = &wrapped[i];
		size_t n = unhex(r->hex, bytes);
		fresh(true);
		if (!decode(r->linktype, bytes, n, n))
			fail_msg("%s: no datagram", r->name);
		if (p.sport != 5353 || p.dport != 53 || p.payload.len != 5 || p.ttl != 64)
			fail_msg("%s: %s", r->name, describe());
		assert_memory_equal(p.payload.ptr, "hello", 5);
		if (p.depth != r->depth || (p.depth && p.outer.kind != r->kind))
			fail_msg(
			    "%s: depth %u, %s", r->name, p.depth, packet_tunnel_name(p.outer.kind));
		assert_int_equal(d.count.tunnels, p.depth);
		assert_int_equal(d.count.bad_checksum + d.count.offloaded, 0);
	}
}

static const struct wrapped *
wrapped_named(const char *name)
{
	for (size_t i = 0; i < wrapped_n; i++) {
		if (strcmp(wrapped[i].name, name) == 0)
			return &wrapped[i];
	}
	fail_msg("no encapsulation %s", name);
	return NULL;
}

/* Decode one with a byte changed; `tunnels` switched on, NULL for all. */
static bool
decode_wrapped(const char *name, const char *tunnels, size_t at, uint8_t flip)
{
	static uint8_t bytes[512];
	const struct wrapped *r = wrapped_named(name);
	char word[16], *item = word;
	const struct conf_list list = { &item, 1 };
	size_t n = unhex(r->hex, bytes);

	assert_true(at < n);
	bytes[at] ^= flip;
	(void)snprintf(word, sizeof(word), "%s", tunnels ? tunnels : "all");
	assert_int_equal(decode_init(&d, tunnels ? &list : NULL, NULL, NULL, NULL), 0);
	d.check_checksums = false;
	return decode(r->linktype, bytes, n, n);
}

static void
outer_header_and_tenant(void **state)
{
	char text[ADDR_TEXT];

	(void)state;
	assert_true(decode_wrapped("vxlan", NULL, 0, 0));
	(void)addr_text(text, &p.outer.src, p.outer.ip_ver);
	assert_string_equal(text, "192.0.2.101");
	assert_int_equal(p.outer.dport, 4789);
	assert_int_equal(p.outer.proto, 17);
	assert_int_equal(p.outer.ttl, 61);
	assert_int_equal(p.outer.id, 5000);
	uint32_t tenant = p.tenant;
	assert_int_not_equal(tenant, 0);
	assert_true(decode_wrapped("vxlan", NULL, 48, 0x01)); /* another VNI */
	assert_int_not_equal(p.tenant, tenant);
	assert_true(decode_wrapped("vlan-in-vxlan-in-qinq", NULL, 0, 0));
	assert_int_equal(p.vlan_n, 1); /* the inner one; the outer ones are the tenant's */
	assert_int_equal(p.vlan[0], 100);
	assert_int_not_equal(p.tenant, tenant);
	assert_true(decode_wrapped("mpls", NULL, 0, 0));
	assert_int_equal(p.tenant, TENANT_ONE_WAY | 1000);
	assert_int_equal(p.outer.ip_ver, 0);
	assert_true(decode_wrapped("mpls-entropy", NULL, 0, 0));
	assert_int_equal(p.tenant, TENANT_ONE_WAY | 1000);
	assert_true(decode_wrapped("gtp", NULL, 0, 0));
	assert_int_equal(p.tenant, 0);
	assert_int_equal(p.outer.id, 0x1000);
	assert_true(decode_wrapped("gtp-in-mpls-in-vlan", NULL, 0, 0));
	assert_int_equal(p.outer.proto, 17); /* the label stack outside has no IP header */
	assert_int_equal(p.outer.dport, 2152);
}

/* What is not sound, or switched off, stays the datagram that carries it. */
static void
tunnels_left_alone(void **state)
{
	static const struct {
		const char *name;
		const char *tunnels;
		size_t at;
		uint8_t flip;
		uint8_t proto;
	} rows[] = {
		{ "vxlan", "gre", 0, 0, 17 },
		{ "vxlan", NULL, 42, 0x08, 17 }, /* without its VNI bit */
		{ "vxlan", NULL, 49, 0x01, 17 }, /* a reserved byte */
		{ "vxlan", NULL, 64, 0x10, 17 }, /* IP version 5 inside */
		{ "geneve", "vxlan", 0, 0, 17 },
		{ "geneve", NULL, 42, 0x40, 17 }, /* version 1 */
		{ "geneve", NULL, 43, 0x80, 17 }, /* control */
		{ "gtp", "ip", 0, 0, 17 },
		{ "gtp", NULL, 36, 0x40, 17 },   /* from its port, to another */
		{ "gtp", NULL, 43, 0xfe, 17 },   /* echo request */
		{ "gtp", NULL, 44, 0x10, 17 },   /* longer than the datagram */
		{ "l2tp2", NULL, 42, 0x80, 17 }, /* control */
		{ "gre", "ip", 0, 0, 47 },
		{ "gre", NULL, 35, 0x02, 47 }, /* version 2 */
		{ "gre", NULL, 36, 0x20, 47 }, /* another protocol */
		{ "erspan2", "gre", 0, 0, 47 },
		{ "pptp", NULL, 39, 0x01, 47 }, /* what follows is shorter */
		{ "nvgre", "none", 0, 0, 47 },
		{ "ip4", "none", 0, 0, 4 },
		{ "ip6", "gre", 0, 0, 4 },
		{ "mpls-udp", "ip", 0, 0, 17 },
		{ "mpls-ip", "ip", 0, 0, 137 },
		{ "l2tp3", "none", 0, 0, 115 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool ip = decode_wrapped(rows[i].name, rows[i].tunnels, rows[i].at, rows[i].flip);
		if (!ip || p.proto != rows[i].proto || p.depth != 0 || d.count.tunnels != 0)
			fail_msg("%s, row %zu: %s", rows[i].name, i, describe());
	}
	assert_false(decode_wrapped("mpls", "ip", 0, 0));
	assert_int_equal(d.count.no_ip, 1);
	assert_false(decode_wrapped("wifi", NULL, 1, 0x40)); /* encrypted */
	assert_int_equal(d.count.wifi_encrypted, 1);
	assert_int_equal(d.count.no_ip, 1);
}

/* Teredo with an authentication header and an origin, and without; a name query that begins alike.
 */
static void
teredo(void **state)
{
	uint8_t outer[42], bytes[512], inner[512];
	size_t n = bytes_of(named("udp6"), inner) - 14;
	static const uint8_t headers[21] = "\0\1\0\0authauth\0\0\0\x11\x22\1\2\3\4";

	(void)state;
	(void)unhex(wrapped_named("gtp")->hex, bytes);
	memcpy(outer, bytes, sizeof(outer));
	memcpy(inner + 14 + 8, "\x20\x01\0\0", 4);
	for (size_t more = 0; more <= sizeof(headers); more += sizeof(headers)) {
		size_t total = 28 + more + n;
		memcpy(bytes, outer, sizeof(outer));
		bytes[16] = (uint8_t)(total >> 8);
		bytes[17] = (uint8_t)total;
		memcpy(bytes + 34, "\x0d\xd8\x0d\xd8", 4);
		bytes[38] = (uint8_t)((total - 20) >> 8);
		bytes[39] = (uint8_t)(total - 20);
		memcpy(bytes + 42, headers, more);
		memcpy(bytes + 42 + more, inner + 14, n);
		fresh(false);
		assert_true(decode(1, bytes, 14 + total, 14 + total));
		assert_int_equal(p.ip_ver, 6);
		assert_int_equal(p.outer.kind, TUNNEL_TEREDO);
		assert_int_equal(p.sport, 5353);
		bytes[42 + more + 8] = 0x24; /* neither end is a Teredo address */
		assert_true(decode(1, bytes, 14 + total, 14 + total));
		assert_int_equal(p.depth, 0);
		assert_int_equal(p.sport, 3544);
	}
}

static uint32_t
next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Noise, and every sample with bytes changed, on every link type: one outcome each, nothing
 * outside. */
static void
every_frame_has_one_outcome(void **state)
{
	uint32_t r = 1;
	uint8_t bytes[512];

	(void)state;
	for (int i = 0; i < 60000; i++) {
		size_t n = next_random(&r) % 160;
		uint16_t linktype = (uint16_t)(next_random(&r) % 300);
		for (size_t k = 0; k < n; k++)
			bytes[k] = (uint8_t)next_random(&r);
		if (i % 3) {
			const struct wrapped *w = &wrapped[(size_t)i % wrapped_n];
			n = unhex(w->hex, bytes);
			linktype = w->linktype;
			for (int k = 0; k < i % 4 + 1; k++)
				bytes[next_random(&r) % n] ^= (uint8_t)(1u << next_random(&r) % 8);
		}
		fresh(i & 1);
		bool ip = decode(linktype, bytes, n, n + (i & 2 ? 100 : 0));
		assert_inside(p.l3, bytes, n);
		assert_inside(p.l4, bytes, n);
		assert_inside(p.payload, bytes, n);
		assert_true(!ip || p.ip_ver);
	}
}

/* Against the sum of the words one by one (RFC 1071), for every length and every start in a word.
 */
static void
checksums_of_all_lengths(void **state)
{
	uint8_t bytes[300];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 151 + (i >> 3));
	for (size_t n = 0; n < 280; n++) {
		for (size_t from = 0; from < 8; from++) {
			uint32_t sum = 0;
			for (size_t i = 0; i < n; i += 2) {
				uint16_t word = 0;
				memcpy(&word, bytes + from + i, n - i < 2 ? 1 : 2);
				sum += word;
			}
			while (sum >> 16)
				sum = (sum >> 16) + (sum & 0xffff);
			struct view v = { bytes + from, n };
			assert_true(checksum_good(v, ~sum & 0xffff));
			assert_true(checksum_good(v, 0xffffffffffff0000ULL | (~sum & 0xffff)));
			assert_false(checksum_good(v, (~sum & 0xffff) ^ 1));
		}
	}
}

/* The sum a card is asked to finish, and none at all, are no wrong sums. */
static void
offloaded_checksums(void **state)
{
	uint8_t bytes[512];
	size_t n = bytes_of(named("tcp4"), bytes);
	uint32_t sum = 6 + (uint32_t)(n - 14 - 3 - 20); /* three bytes of padding */

	(void)state;
	for (size_t i = 26; i < 34; i += 2)
		sum += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	bytes[50] = (uint8_t)(sum >> 8);
	bytes[51] = (uint8_t)sum;
	fresh(true);
	assert_true(decode(1, bytes, n, n));
	assert_int_equal(d.count.offloaded, 1);
	assert_int_equal(d.count.bad_checksum, 0);
	assert_int_equal(p.flags, PKT_OFFLOADED);
	bytes[50] = bytes[51] = 0;
	assert_true(decode(1, bytes, n, n));
	assert_int_equal(d.count.offloaded, 2);
	bytes[51] = 1;
	assert_true(decode(1, bytes, n, n));
	assert_int_equal(p.flags, PKT_BAD_CSUM);
	assert_int_equal(d.count.bad_checksum, 1);
	bytes[24] = bytes[25] = 0; /* the IP header's own */
	assert_true(decode(1, bytes, n, n));
	assert_int_equal(p.flags, PKT_BAD_CSUM | PKT_OFFLOADED);
}

static void
settings(void **state)
{
	static char bad_text[] = "vxlam", port_text[] = "70000", good_text[] = "5000";
	char *bad = bad_text, *port = port_text, *ports[20];
	struct err e;

	(void)state;
	assert_int_equal(decode_init(&d, &(struct conf_list){ &bad, 1 }, NULL, NULL, &e), -1);
	assert_non_null(strstr(e.text, "vxlam"));
	assert_int_equal(decode_init(&d, NULL, &(struct conf_list){ &port, 1 }, NULL, &e), -1);
	assert_int_equal(decode_init(&d, NULL, NULL, &(struct conf_list){ &port, 1 }, &e), -1);
	for (size_t i = 0; i < 20; i++)
		ports[i] = good_text;
	assert_int_equal(decode_init(&d, NULL, &(struct conf_list){ ports, 20 }, NULL, &e), -1);
	assert_non_null(strstr(e.text, "too many"));
}

static void
tcp_fields(void **state)
{
	(void)state;
	assert_true(decode_with("tcp4", 0, 0));
	assert_int_equal(p.tcp_seq, 0x01020304);
	assert_int_equal(p.tcp_ack, 0x05060708);
	assert_int_equal(p.tcp_flags, TCP_PSH | TCP_ACK);
	assert_int_equal(p.tcp_window, 0x2000);
	assert_memory_equal(p.payload.ptr, "GET", 3);
	assert_memory_equal(p.dst_mac, "\x02\xaa\xbb\xcc\xdd\x02", 6);
	assert_memory_equal(p.src_mac, "\x02\xaa\xbb\xcc\xdd\x01", 6);
	assert_int_equal(d.count.tcp, 1);
	assert_true(decode_with("icmp4", 0, 0));
	assert_int_equal(p.icmp_type, 8);
	assert_memory_equal(p.payload.ptr, "ping", 4);
	assert_true(decode_with("sll", 0, 0));
	assert_memory_equal(p.src_mac, "\x02\xaa\xbb\xcc\xdd\x01", 6);
	assert_null(p.dst_mac);
}

/* Bytes 14..: IPv4; 34..: its transport. 14..: IPv6; 54..: its transport. */
static void
wrong_checksums(void **state)
{
	static const struct {
		const char *name;
		size_t at;
	} rows[] = { { "tcp4", 22 }, { "tcp4", 56 }, { "udp4", 44 }, { "icmp4", 44 },
		{ "tcp6", 30 }, { "udp6", 63 }, { "icmp6", 63 }, { "tcp4_options", 60 },
		{ "tcp6_extensions", 155 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(decode_with(rows[i].name, rows[i].at, 0x01));
		assert_int_equal(p.flags & PKT_BAD_CSUM, PKT_BAD_CSUM);
		assert_int_equal(d.count.bad_checksum, 1);
	}
	assert_true(decode_with("tso4", 56, 0x01)); /* offloaded: the sum is not made yet */
	assert_int_equal(p.flags & PKT_BAD_CSUM, 0);
}

static void
unchecked_checksums(void **state)
{
	uint8_t bytes[512];
	size_t n = bytes_of(named("tcp4"), bytes);

	(void)state;
	bytes[56] ^= 1;
	fresh(false);
	assert_true(decode(1, bytes, n, n));
	assert_int_equal(p.flags, 0);
}

/* Headers that lie about themselves. */
static void
damaged_headers(void **state)
{
	static const struct {
		const char *name;
		size_t at;
		uint8_t flip;
		enum odd_decode odd;
	} rows[] = {
		{ "tcp4", 14, 0x10, ODD_IPV4_VERSION },   /* version 5 */
		{ "tcp4", 14, 0x01, ODD_IPV4_HEADER },    /* header of 16 bytes */
		{ "tcp4", 14, 0x0a, ODD_IPV4_HEADER },    /* header beyond the datagram */
		{ "tcp4", 16, 0x40, ODD_IPV4_TRUNCATED }, /* total length beyond the frame */
		{ "tcp4", 17, 0x3b, ODD_IPV4_LENGTH },    /* total length below the header */
		{ "tcp4", 46, 0x10, ODD_TCP_HEADER },     /* TCP header of 16 bytes */
		{ "tcp4", 46, 0xa0, ODD_TCP_OPTIONS },    /* TCP header beyond the segment */
		{ "udp4", 39, 0x0a, ODD_UDP_LENGTH },     /* UDP length 7 */
		{ "udp4", 39, 0x20, ODD_UDP_TRUNCATED },  /* UDP length beyond the datagram */
		{ "tcp6", 14, 0x10, ODD_IPV6_VERSION },   /* version 7 */
		{ "tcp6", 18, 0x10, ODD_IPV6_TRUNCATED }, /* payload beyond the frame */
		{ "esp6", 55, 0x40, ODD_IPV6_EXTENSION }, /* an option header beyond the datagram */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_false(decode_with(rows[i].name, rows[i].at, rows[i].flip));
		assert_int_equal(d.count.invalid, 1);
		assert_true(p.odd == UINT64_C(1) << rows[i].odd);
	}
}

/* Option headers without end must not keep us. */
static void
endless_extensions(void **state)
{
	uint8_t bytes[512] = { 0x60, 0, 0, 0, 0, 0, 60, 64 };

	(void)state;
	for (size_t at = 40; at < sizeof(bytes); at += 8)
		bytes[at] = 60;
	bytes[4] = (sizeof(bytes) - 40) >> 8;
	bytes[5] = (uint8_t)(sizeof(bytes) - 40);
	fresh(false);
	assert_false(decode(229, bytes, sizeof(bytes), sizeof(bytes)));
	assert_int_equal(d.count.invalid, 1);
}

/* Five kinds of option headers in all their orders, before TCP; a length of zero is a jumbogram's.
 */
static void
extension_orders(void **state)
{
	static const uint8_t kinds[5] = { 0, 60, 43, 51, 135 };
	uint8_t whole[512], bytes[512];
	size_t n = bytes_of(named("tcp6"), whole) - 14;

	(void)state;
	for (unsigned order = 0; order < 5 * 5 * 5 * 5 * 5; order++) {
		unsigned used = 0, rest = order;
		size_t at = 40;
		memcpy(bytes, whole + 14, 40);
		uint8_t *next = &bytes[6];
		for (int i = 0; i < 5; i++, rest /= 5) {
			used |= 1u << rest % 5;
			*next = kinds[rest % 5];
			next = &bytes[at];
			memset(next, 0, 16);
			/* AH counts words of four bytes less two, the others of eight less one */
			next[1] = kinds[rest % 5] == 51 ? 2 : 1;
			at += 16;
		}
		if (used != 31)
			continue;
		*next = 6;
		memcpy(bytes + at, whole + 54, n - 40);
		size_t size = at + n - 40;
		for (int jumbo = 0; jumbo < 2; jumbo++) {
			bytes[4] = 0;
			bytes[5] = jumbo ? 0 : (uint8_t)(size - 40);
			fresh(true);
			assert_true(decode(229, bytes, size, size));
			assert_int_equal(p.proto, 6);
			assert_int_equal(p.dport, 80);
			assert_int_equal(p.payload.len, 3);
			assert_int_equal(p.flags, jumbo ? PKT_OFFLOADED : 0);
			assert_int_equal(d.count.bad_checksum, 0);
		}
	}
}

static void
counts(void **state)
{
	(void)state;
	assert_false(decode_with("arp", 0, 0));
	assert_int_equal(d.count.arp, 1);
	assert_true(decode_with("vlan3", 0, 0));
	assert_int_equal(d.count.vlan_deep, 1);
	assert_int_equal(p.vlan_n, 3);
	assert_int_not_equal(p.tenant, 0);
	assert_true(decode_with("qinq", 0, 0));
	assert_int_equal(d.count.vlan_qinq, 1);
	assert_true(decode_with("gre4", 0, 0));
	assert_int_equal(d.count.other_ip, 1);
	assert_true(decode_with("frag6_later", 0, 0));
	assert_int_equal(d.count.fragments, 1);
	assert_int_equal(d.count.udp, 0);
	assert_false(decode(231, (const uint8_t *)"\x08\x01", 2, 2));
	assert_int_equal(d.count.unknown_link, 1);
}

/* A sample with a type nobody knows; byte `at` changed as well. */
static bool
decode_foreign(const char *name, size_t at, uint8_t flip, bool lenient)
{
	uint8_t bytes[512];
	size_t n = bytes_of(named(name), bytes);

	bytes[12] ^= 0x61;
	bytes[at] ^= flip;
	fresh(true);
	d.lenient = lenient;
	return decode(1, bytes, n, n);
}

/* Only what is sure to be a datagram is one behind a foreign type. */
static void
foreign_types(void **state)
{
	(void)state;
	assert_true(decode_foreign("tcp4", 0, 0, false));
	assert_int_equal(p.proto, PROTO_TCP);
	assert_int_equal(d.count.foreign_ip, 1);
	assert_int_equal(d.count.unknown_ethertype, 1);
	assert_false(decode_foreign("tcp4", 14 + 12, 1, false)); /* the header's sum is wrong */
	assert_false(decode_foreign("tcp4", 14 + 2, 1, false));  /* longer than the frame */
	assert_false(decode_foreign("tcp4", 14, 0x10, false));   /* IPv5 */
	assert_int_equal(d.count.foreign_ip, 0);
	assert_true(decode_foreign("tcp6", 0, 0, false));
	assert_false(decode_foreign("tcp6", 14 + 4, 1, false));
	assert_false(decode_foreign("tcp6", 14 + 6, 0x80, false));
	assert_true(decode_foreign("tcp4", 14 + 12, 1, true));
	assert_true(p.flags & PKT_BAD_CSUM);
}

/* A UDP length beyond the datagram: what hosts drop is taken when that is asked for. */
static void
lenient_length(void **state)
{
	uint8_t bytes[512];
	size_t n = bytes_of(named("udp4"), bytes);

	(void)state;
	bytes[34 + 4] ^= 0x40;
	fresh(false);
	assert_false(decode(1, bytes, n, n));
	assert_int_equal(d.count.invalid, 1);
	d.lenient = true;
	assert_true(decode(1, bytes, n, n));
	assert_int_equal(p.proto, PROTO_UDP);
	assert_ptr_equal(p.payload.ptr + p.payload.len, bytes + n);
}

/* The datagram of a sample behind other bytes, as one frame. */
static bool
behind(uint16_t linktype, const void *before, size_t n, const char *name)
{
	uint8_t frame[1024], bytes[512];
	size_t m = bytes_of(named(name), bytes);

	memcpy(frame, before, n);
	memcpy(frame + n, bytes + 14, m - 14);
	fresh(false);
	return decode(linktype, frame, n + m - 14, n + m - 14);
}

/* n IPv4 headers that each hold the rest; the innermost holds `proto` and `room` bytes. */
static size_t
nest(uint8_t *out, size_t n, uint8_t proto, size_t room)
{
	for (size_t i = 0; i < n; i++) {
		size_t total = (n - i) * 20 + room;
		uint8_t h[20] = { 0x45, 0, (uint8_t)(total >> 8), (uint8_t)total, 0, 0, 0, 0, 64,
			i + 1 == n ? proto : 4, 0, 0, 198, 51, 100, 1, 198, 51, 100, 2 };
		memcpy(out + 20 * i, h, 20);
	}
	return 20 * n;
}

static void
tunnels(void **state)
{
	static const uint8_t pppoe[] = "\x11\x00\x00\x01\x00\x50\x00\x21";
	uint8_t headers[200], bytes[512];
	size_t inner = bytes_of(named("tcp4"), bytes) - 14;

	(void)state;
	assert_true(decode_with("tcp4", 0, 0));
	struct addr src = p.src;
	assert_true(behind(9, "\xff\x03\x00\x21", 4, "tcp4"));
	assert_true(behind(9, "\x21", 1, "tcp4"));
	assert_true(behind(104, "\x0f\x00\x08\x00", 4, "tcp4"));
	assert_true(behind(50, "\x0f\x00\x08\x00", 4, "tcp4"));
	assert_true(behind(51, pppoe, 8, "tcp4"));
	assert_int_equal(p.proto, 6);
	assert_true(addr_same(&p.src, &src));
	for (size_t n = 1; n <= 6; n++) {
		size_t h = nest(headers, n, 4, inner);
		assert_true(behind(101, headers, h, "tcp4"));
		assert_true(addr_same(&p.src, &src));
		assert_int_equal(p.proto, 6);
		assert_int_equal(d.count.tunnels, n);
		assert_int_equal(p.depth, n);
		assert_int_equal(p.outer.kind, TUNNEL_IPIP);
	}
	/* the seventh stays a datagram of protocol 4 */
	assert_true(behind(101, headers, nest(headers, 7, 4, inner), "tcp4"));
	assert_int_equal(p.proto, 4);
	assert_int_equal(p.depth, 6);
	assert_int_equal(d.count.too_deep, 1);
	assert_false(behind(101, headers, nest(headers, 1, 41, inner), "tcp4"));
	assert_int_equal(d.count.invalid, 1);
}

static void
link_types(void **state)
{
	(void)state;
	assert_true(decode_linktype_known(1));
	assert_true(decode_linktype_known(9));
	assert_true(decode_linktype_known(105));
	assert_false(decode_linktype_known(231));
	assert_false(decode_linktype_known(65535));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_frames),
		cmocka_unit_test(cut_at_every_byte),
		cmocka_unit_test(every_encapsulation),
		cmocka_unit_test(outer_header_and_tenant),
		cmocka_unit_test(tunnels_left_alone),
		cmocka_unit_test(teredo),
		cmocka_unit_test(every_frame_has_one_outcome),
		cmocka_unit_test(checksums_of_all_lengths),
		cmocka_unit_test(offloaded_checksums),
		cmocka_unit_test(settings),
		cmocka_unit_test(tcp_fields),
		cmocka_unit_test(wrong_checksums),
		cmocka_unit_test(unchecked_checksums),
		cmocka_unit_test(damaged_headers),
		cmocka_unit_test(endless_extensions),
		cmocka_unit_test(extension_orders),
		cmocka_unit_test(counts),
		cmocka_unit_test(foreign_types),
		cmocka_unit_test(lenient_length),
		cmocka_unit_test(tunnels),
		cmocka_unit_test(link_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
