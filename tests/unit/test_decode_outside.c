/* SPDX-License-Identifier: Apache-2.0 */
/* decode: the datagrams that carry each other, where they are asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "decode_wrapped.h"
#include "probe/decode.h"

static struct decode d;
static struct decode_outside outside;
static struct packet p;
static uint8_t bytes[512];

static size_t
take(const char *name, uint32_t beyond)
{
	const struct wrapped *r = wrapped;

	while (strcmp(r->name, name) != 0)
		assert_true(++r < wrapped + wrapped_n);
	size_t n = strlen(r->hex) / 2;
	for (size_t i = 0; i < n; i++) {
		char two[3] = { r->hex[2 * i], r->hex[2 * i + 1], 0 };
		bytes[i] = (uint8_t)strtoul(two, NULL, 16);
	}
	assert_int_equal(decode_init(&d, NULL, NULL, NULL, NULL), 0);
	d.outside = &outside;
	const struct frame frame = { .data = bytes,
		.caplen = (uint32_t)n,
		.wirelen = (uint32_t)n + beyond,
		.linktype = r->linktype };
	memset(&p, 0xa5, sizeof(p));
	assert_true(decode_frame(&d, &frame, &p));
	assert_int_equal(d.count.pkts, 1);
	assert_int_equal(d.count.to_flow, 1);
	return n;
}

static void
carriers_are_packets(void **state)
{
	(void)state;
	size_t n = take("vxlan", 0);
	const struct packet *o = &outside.packet[0];
	assert_int_equal(outside.n, 1);
	assert_int_equal(d.count.carriers, 1);
	assert_true(o->carrier && !p.carrier);
	assert_int_equal(o->dport, 4789);
	assert_int_equal(o->depth, 0);
	assert_int_equal(o->tenant, 0);
	assert_int_equal(o->payload.len, n - 42);
	assert_int_equal(packet_bytes(o), n);
	assert_int_equal(p.dport, 53);
	assert_int_equal(packet_bytes(&p), n - 50); /* the Ethernet frame inside */
	(void)take("vxlan", 100);
	assert_int_equal(packet_bytes(o), n + 100);
	assert_int_equal(packet_bytes(&p), n + 50);
}

/* A label stack has no addresses: whose bytes would they be? */
static void
labels_carry_nothing(void **state)
{
	(void)state;
	size_t n = take("mpls", 0);
	assert_int_equal(outside.n, 0);
	assert_int_equal(packet_bytes(&p), n);
	n = take("gtp-in-mpls-in-vlan", 0);
	assert_int_equal(outside.n, 1);
	assert_int_equal(outside.packet[0].dport, 2152);
	assert_int_equal(packet_bytes(&outside.packet[0]), n);
	assert_true(packet_bytes(&p) < n);
}

/* The header of ERSPAN says what tag the frame had, and counts as part of it. */
static void
mirrored(void **state)
{
	(void)state;
	size_t n = take("erspan2", 0);
	assert_int_equal(outside.packet[0].proto, PROTO_GRE);
	assert_int_equal(outside.packet[0].vlan_n, 0);
	assert_int_equal(packet_bytes(&p), n - 42);
	assert_int_equal(p.vlan_n, 1);
	assert_int_equal(p.vlan[0], 100);
	(void)take("erspan1", 0);
	assert_int_equal(p.vlan_n, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(carriers_are_packets),
		cmocka_unit_test(labels_carry_nothing),
		cmocka_unit_test(mirrored),
	};
	return cmocka_run_group_tests_name("decode_outside", tests, NULL, NULL);
}
