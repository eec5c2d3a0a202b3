/* SPDX-License-Identifier: Apache-2.0 */
/* decode with a defragmenter: frames of fragments in, whole datagrams out, tunnels in both ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probe/defrag.h"

#define LINKTYPE_RAW 101
#define SECOND 1000000000ull

static struct decode d;
static struct packet p;
static uint64_t frames, to_flow;

struct datagram {
	uint8_t byte[70000];
	size_t n;
};

static void
put16(uint8_t *at, size_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static uint16_t
sum_of(const uint8_t *bytes, size_t n, uint32_t sum)
{
	for (size_t i = 0; i < n; i++)
		sum += i & 1 ? bytes[i] : (uint32_t)bytes[i] << 8;
	while (sum >> 16)
		sum = (sum >> 16) + (sum & 0xffff);
	return (uint16_t)~sum;
}

/* UDP from port 5000 to 53 with n bytes of text, a right checksum over the pseudo header of v4. */
static void
udp4(struct datagram *out, size_t n)
{
	uint8_t *u = out->byte;

	memset(u, 0, 8);
	put16(u, 5000);
	put16(u + 2, 53);
	put16(u + 4, n + 8);
	for (size_t i = 0; i < n; i++)
		u[8 + i] = (uint8_t)('a' + i % 26);
	/* 10.0.0.1 and 10.0.0.2 */
	put16(u + 6, sum_of(u, n + 8, 0x0a00 + 1 + 0x0a00 + 2 + 17 + (uint32_t)n + 8));
	out->n = n + 8;
}

/* Bytes from..to-1 of `in` behind an IPv4 header. */
static void
ip4(struct datagram *out, const struct datagram *in, uint8_t proto, uint16_t id, size_t from,
    size_t to)
{
	uint8_t h[20] = { 0x45, 0, 0, 0, 0, 0, 0, 0, 61, 0, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2 };

	put16(h + 2, 20 + to - from);
	put16(h + 4, id);
	put16(h + 6, from / 8 | (to < in->n ? 0x2000 : 0));
	h[9] = proto;
	put16(h + 10, sum_of(h, 20, 0));
	memcpy(out->byte, h, 20);
	memcpy(out->byte + 20, in->byte + from, to - from);
	out->n = 20 + to - from;
}

/* The same behind an IPv6 header, eight bytes of destination options and a fragment header. */
static void
ip6(struct datagram *out, const struct datagram *in, uint8_t proto, uint32_t id, size_t from,
    size_t to)
{
	uint8_t h[56] = { 0x60, 0, 0, 0, 0, 0, 60, 62, 0x20,
		1, [23] = 1, [24] = 0x20, [39] = 2, [40] = 44, [42] = 1, [43] = 4, [48] = proto };

	put16(h + 4, 16 + to - from);
	put16(h + 50, from | (to < in->n));
	put16(h + 52, id >> 16);
	put16(h + 54, id);
	memcpy(out->byte, h, 56);
	memcpy(out->byte + 56, in->byte + from, to - from);
	out->n = 56 + to - from;
}

/* A frame with these bytes, on the heap. */
static bool
frame(const struct datagram *bytes, uint16_t linktype, uint64_t ts)
{
	static uint8_t *copy; /* views into the last frame are still looked at */
	struct frame f = { .caplen = (uint32_t)bytes->n,
		.wirelen = (uint32_t)bytes->n,
		.number = ++frames,
		.ts = ts,
		.linktype = linktype };

	free(copy);
	f.data = copy = malloc(bytes->n);
	assert_non_null(copy);
	memcpy(copy, bytes->byte, bytes->n);
	bool ip = decode_frame(&d, &f, &p);
	to_flow += ip;
	assert_int_equal(d.count.pkts, frames);
	assert_int_equal(
	    d.count.pkts, to_flow + d.count.fragment_kept + d.count.invalid + d.count.unknown_link);
	return ip;
}

static int
begin(void **state)
{
	static const struct defrag_config config = { .max_datagrams = 64,
		.memory = 1u << 20,
		.timeout = 60 * SECOND,
		.seed = HASH_KEY_FIXED };

	(void)state;
	defrag_free(d.defrag);
	assert_int_equal(decode_init(&d, NULL, NULL, NULL, NULL), 0);
	d.defrag = defrag_new(&config);
	frames = to_flow = 0;
	return d.defrag ? 0 : -1;
}

static int
finish(void **state)
{
	static const struct datagram one = { .n = 1 };

	(void)state;
	d.count.pkts = to_flow = frames = 0;
	memset(&d.count, 0, sizeof(d.count));
	(void)frame(&one, 65535, 0);
	defrag_free(d.defrag);
	d.defrag = NULL;
	return 0;
}

static void
assert_whole(uint8_t ver, size_t n)
{
	assert_int_equal(p.ip_ver, ver);
	assert_int_equal(p.proto, 17);
	assert_int_equal(p.sport, 5000);
	assert_int_equal(p.dport, 53);
	assert_int_equal(p.ttl, ver == 4 ? 61 : 62);
	assert_int_equal(p.flags, PKT_REASSEMBLED);
	assert_int_equal(p.payload.len, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(p.payload.ptr[i], 'a' + i % 26);
	assert_int_equal(p.frame.number, frames);
	assert_int_equal(p.l3.len, (ver == 4 ? 20 : 40) + 8 + n);
	assert_int_equal(p.l3_len, p.l3.len);
}

/* What stands in p->l3 decodes as a datagram of its own, to the same ports. */
static void
assert_readable(size_t n)
{
	static struct datagram again;
	struct decode plain = { .check_checksums = true };
	struct packet q;

	again.n = p.l3.len;
	memcpy(again.byte, p.l3.ptr, p.l3.len);
	struct frame f = { .data = again.byte,
		.caplen = (uint32_t)again.n,
		.wirelen = (uint32_t)again.n,
		.linktype = LINKTYPE_RAW };
	assert_true(decode_frame(&plain, &f, &q));
	assert_int_equal(q.flags & ~PKT_BAD_CSUM, 0);
	assert_int_equal(q.proto, p.proto);
	assert_int_equal(q.dport, p.dport);
	assert_int_equal(q.payload.len, n);
	assert_int_equal(
	    plain.count.bad_checksum, p.ip_ver == 6); /* its pseudo header is another */
}

static void
ipv4_in_both_orders(void **state)
{
	static struct datagram whole, part;

	(void)state;
	udp4(&whole, 4000);
	for (int backward = 0; backward < 2; backward++) {
		for (size_t i = 0; i < 3; i++) {
			size_t from = (backward ? 2 - i : i) * 1480;
			size_t to = from + 1480 < whole.n ? from + 1480 : whole.n;
			ip4(&part, &whole, 17, 7, from, to);
			assert_int_equal(frame(&part, LINKTYPE_RAW, SECOND), i == 2);
			if (i < 2)
				assert_int_equal(p.flags, PKT_FRAGMENT | PKT_UNUSABLE);
		}
		assert_whole(4, 4000);
		assert_readable(4000);
		assert_int_equal(p.kept_bytes + p.frame.wirelen, 4008 + 3 * 20);
	}
	assert_int_equal(d.count.bad_checksum, 0);
	assert_int_equal(d.count.udp, 2);
	assert_int_equal(d.count.fragments, 6);
}

static void
ipv6_in_both_orders(void **state)
{
	static struct datagram whole, part;

	(void)state;
	d.check_checksums = false;
	udp4(&whole, 3000);
	for (int backward = 0; backward < 2; backward++) {
		for (size_t i = 0; i < 3; i++) {
			size_t from = (backward ? 2 - i : i) * 1232;
			size_t to = from + 1232 < whole.n ? from + 1232 : whole.n;
			ip6(&part, &whole, 17, 0x12345678, from, to);
			assert_int_equal(frame(&part, LINKTYPE_RAW, SECOND), i == 2);
		}
		assert_whole(6, 3000);
		assert_readable(3000);
	}
}

/* Of a longer datagram than its own checksum says. */
static void
checksum_of_the_whole(void **state)
{
	static struct datagram whole, part;

	(void)state;
	udp4(&whole, 100);
	whole.byte[50] ^= 1;
	ip4(&part, &whole, 17, 7, 0, 64);
	assert_false(frame(&part, LINKTYPE_RAW, SECOND));
	ip4(&part, &whole, 17, 7, 64, whole.n);
	assert_true(frame(&part, LINKTYPE_RAW, SECOND));
	assert_int_equal(p.flags, PKT_REASSEMBLED | PKT_BAD_CSUM);
	assert_int_equal(d.count.bad_checksum, 1);
	/* a fragment whose header is damaged is nobody's; the first is still shown for what it is
	 */
	for (size_t from = 0; from < 128; from += 64) {
		ip4(&part, &whole, 17, 8, from, from ? whole.n : 64);
		part.byte[10] ^= 1;
		assert_int_equal(frame(&part, LINKTYPE_RAW, SECOND), from == 0);
		assert_int_equal(
		    p.flags & (PKT_BAD_CSUM | PKT_FRAGMENT), PKT_BAD_CSUM | PKT_FRAGMENT);
	}
	assert_int_equal(d.count.defrag_waiting, 0);
}

/* Fragments of a tunnel, and a tunnel of fragments, and one in the other. */
static void
tunnels(void **state)
{
	static struct datagram whole, inner, outer, part;

	(void)state;
	udp4(&whole, 1000);
	ip4(&inner, &whole, 17, 1, 0, whole.n);
	for (size_t i = 0; i < 2; i++) {
		ip4(&part, &inner, 4, 2, i * 512, i ? inner.n : 512);
		assert_int_equal(frame(&part, LINKTYPE_RAW, SECOND), i == 1);
	}
	assert_whole(4, 1000);
	for (size_t i = 0; i < 2; i++) {
		ip4(&inner, &whole, 17, 3, i * 512, i ? whole.n : 512);
		ip4(&outer, &inner, 4, 4, 0, inner.n);
		assert_int_equal(frame(&outer, LINKTYPE_RAW, SECOND), i == 1);
	}
	assert_whole(4, 1000);
	for (size_t i = 0; i < 2; i++) {
		ip4(&inner, &whole, 17, 5, i * 512, i ? whole.n : 512);
		for (size_t k = 0; k < 2; k++) {
			ip6(&part, &inner, 4, 6, k * 256, k ? inner.n : 256);
			assert_int_equal(frame(&part, LINKTYPE_RAW, SECOND), i == 1 && k == 1);
		}
	}
	assert_whole(4, 1000);
	assert_int_equal(d.count.defrag_joined, 5);
	assert_int_equal(d.count.bad_checksum, 0);
}

/* Every frame completes one more datagram inside the one before. */
static void
joining_has_an_end(void **state)
{
	static struct datagram inner, part;

	(void)state;
	d.check_checksums = false;
	udp4(&inner, 100);
	for (uint16_t id = 1; id <= DEFRAG_DEPTH + 1; id++) {
		/* its first half waits; the other half is what the next one holds */
		ip6(&part, &inner, id == 1 ? 17 : 44, id, 0, 8);
		assert_false(frame(&part, LINKTYPE_RAW, SECOND));
		ip6(&part, &inner, id == 1 ? 17 : 44, id, 8, inner.n);
		inner.n = part.n - 40 - 8;
		memcpy(inner.byte, part.byte + 48, inner.n);
	}
	ip6(&part, &inner, 44, 99, 0, inner.n); /* atomic */
	assert_false(frame(&part, LINKTYPE_RAW, SECOND));
	assert_int_equal(d.count.defrag_joined, DEFRAG_DEPTH);
}

/* The same addresses in two VLANs are two networks. */
static void
networks_apart(void **state)
{
	static struct datagram whole, part, tagged;

	(void)state;
	udp4(&whole, 100);
	for (size_t i = 0; i < 4; i++) {
		uint8_t link[18] = {
			2, [5] = 1, [6] = 2, [12] = 0x81, [15] = (uint8_t)(i & 1 ? 7 : 9), [16] = 8
		};
		size_t from = i / 2 * 64;
		ip4(&part, &whole, 17, 1, from, i < 2 ? 64 : whole.n);
		memcpy(tagged.byte, link, 18);
		memcpy(tagged.byte + 18, part.byte, part.n);
		tagged.n = 18 + part.n;
		assert_int_equal(frame(&tagged, 1, SECOND), i >= 2);
	}
	assert_whole(4, 100);
	assert_int_equal(d.count.defrag_overlaps, 0);
}

static void
cut_by_the_capture(void **state)
{
	static struct datagram whole, part;

	(void)state;
	udp4(&whole, 200);
	for (int first = 0; first < 2; first++) {
		ip4(&part, &whole, 17, 1, first ? 0 : 128, first ? 128 : whole.n);
		struct frame f = { .data = part.byte,
			.caplen = 60,
			.wirelen = (uint32_t)part.n,
			.linktype = LINKTYPE_RAW };
		assert_int_equal(decode_frame(&d, &f, &p), first);
	}
	assert_int_equal(p.flags, PKT_TRUNCATED | PKT_FRAGMENT | PKT_FIRST_FRAG);
	assert_int_equal(p.dport, 53);
	assert_int_equal(d.count.fragment_kept, 1);
	assert_int_equal(d.count.defrag_waiting, 0);
}

static void
not_put_together(void **state)
{
	static struct datagram whole, part;
	struct defrag *defrag = d.defrag;

	(void)state;
	d.defrag = NULL;
	udp4(&whole, 200);
	ip4(&part, &whole, 17, 1, 0, 128);
	assert_true(frame(&part, LINKTYPE_RAW, SECOND));
	assert_int_equal(p.flags, PKT_FRAGMENT | PKT_FIRST_FRAG);
	ip4(&part, &whole, 17, 1, 128, whole.n);
	assert_true(frame(&part, LINKTYPE_RAW, SECOND));
	assert_int_equal(p.flags, PKT_FRAGMENT);
	d.defrag = defrag;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(ipv4_in_both_orders, begin),
		cmocka_unit_test_setup(ipv6_in_both_orders, begin),
		cmocka_unit_test_setup(checksum_of_the_whole, begin),
		cmocka_unit_test_setup(tunnels, begin),
		cmocka_unit_test_setup(joining_has_an_end, begin),
		cmocka_unit_test_setup(networks_apart, begin),
		cmocka_unit_test_setup(cut_by_the_capture, begin),
		cmocka_unit_test_setup(not_put_together, begin),
	};

	return cmocka_run_group_tests(tests, NULL, finish);
}
