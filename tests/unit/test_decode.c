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

#include "decode_samples.h"
#include "probe/decode.h"

#define SAMPLES (sizeof(samples) / sizeof(samples[0]))

static struct decode d;
static struct packet p;

/* The bytes of a sample in `out`; returns how many. */
static size_t
bytes_of(const struct sample *s, uint8_t out[512])
{
	size_t n = strlen(s->hex) / 2;

	for (size_t i = 0; i < n; i++) {
		unsigned byte;
		assert_int_equal(sscanf(s->hex + 2 * i, "%2x", &byte), 1);
		out[i] = (uint8_t)byte;
	}
	return n;
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
cut_at_every_byte(void **state)
{
	uint8_t bytes[512];

	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		size_t whole = bytes_of(&samples[i], bytes);
		for (size_t n = 0; n < whole; n++) {
			uint8_t *copy = malloc(n ? n : 1);
			assert_non_null(copy);
			memcpy(copy, bytes, n);
			for (int lie = 0; lie < 2; lie++) {
				fresh(true);
				bool good = decode(samples[i].linktype, copy, n, lie ? n : whole);
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
	} rows[] = {
		{ "tcp4", 14, 0x10 }, /* version 5 */
		{ "tcp4", 14, 0x01 }, /* header of 16 bytes */
		{ "tcp4", 14, 0x0a }, /* header beyond the datagram */
		{ "tcp4", 16, 0x40 }, /* total length beyond the frame */
		{ "tcp4", 17, 0x3b }, /* total length below the header */
		{ "tcp4", 46, 0x10 }, /* TCP header of 16 bytes */
		{ "tcp4", 46, 0xa0 }, /* TCP header beyond the segment */
		{ "udp4", 39, 0x0a }, /* UDP length 7 */
		{ "udp4", 39, 0x20 }, /* UDP length beyond the datagram */
		{ "tcp6", 14, 0x10 }, /* version 7 */
		{ "tcp6", 18, 0x10 }, /* payload beyond the frame */
		{ "esp6", 55, 0x40 }, /* an option header beyond the datagram */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_false(decode_with(rows[i].name, rows[i].at, rows[i].flip));
		assert_int_equal(d.count.invalid, 1);
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

static void
counts(void **state)
{
	(void)state;
	assert_false(decode_with("arp", 0, 0));
	assert_int_equal(d.count.arp, 1);
	assert_true(decode_with("vlan3", 0, 0));
	assert_int_equal(d.count.vlan_deep, 1);
	assert_int_equal(p.vlan_n, 2);
	assert_int_not_equal(p.tenant, 0);
	assert_true(decode_with("qinq", 0, 0));
	assert_int_equal(d.count.vlan_qinq, 1);
	assert_false(decode_with("tcp4", 13, 0x01)); /* X.75 */
	assert_int_equal(d.count.unknown_ethertype, 1);
	assert_true(decode_with("gre4", 0, 0));
	assert_int_equal(d.count.other_ip, 1);
	assert_true(decode_with("frag6_later", 0, 0));
	assert_int_equal(d.count.fragments, 1);
	assert_int_equal(d.count.udp, 0);
	assert_false(decode(231, (const uint8_t *)"\x08\x01", 2, 2));
	assert_int_equal(d.count.unknown_link, 1);
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
		cmocka_unit_test(tcp_fields),
		cmocka_unit_test(wrong_checksums),
		cmocka_unit_test(unchecked_checksums),
		cmocka_unit_test(damaged_headers),
		cmocka_unit_test(endless_extensions),
		cmocka_unit_test(counts),
		cmocka_unit_test(tunnels),
		cmocka_unit_test(link_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
