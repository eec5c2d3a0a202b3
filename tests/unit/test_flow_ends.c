/* SPDX-License-Identifier: Apache-2.0 */
/* flow: who is the client of a connection that was picked up in its middle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "probe/flow.h"

#define SECOND 1000000000ULL
#define CLIENT 0x0a000001
#define SERVER 0x0a000002

struct ended {
	unsigned n;
	struct flow last;
	uint16_t ports[64];
};

struct bench {
	struct flow_table *t;
	struct ended ended;
	uint64_t now, number;
};

static void
on_end(void *context, struct flow *f)
{
	struct ended *e = context;
	e->ports[e->n++ % 64] = f->key.cport;
	e->last = *f;
}

static void
open_bench(struct bench *b, uint64_t max_flows)
{
	struct flow_config c = { .max_flows = max_flows,
		.max_stream_bytes = 1 << 20,
		.timeout_tcp_new = 60 * SECOND,
		.timeout_tcp_established = 600 * SECOND,
		.timeout_tcp_closed = 10 * SECOND,
		.timeout_udp_new = 30 * SECOND,
		.timeout_udp_established = 300 * SECOND,
		.timeout_icmp = 30 * SECOND,
		.timeout_other = 20 * SECOND,
		.midstream = true,
		.vlan_in_key = true,
		.tenant_in_key = true,
		.seed = HASH_KEY_FIXED };
	memset(b, 0, sizeof(*b));
	b->now = 1000 * SECOND;
	b->t = flow_new(&c);
	assert_non_null(b->t);
}

static void
close_bench(struct bench *b)
{
	flow_drain(b->t, on_end, &b->ended);
	assert_int_equal(flow_count(b->t)->active, 0);
	flow_free(b->t);
}

static struct addr
v4(uint32_t ip)
{
	struct addr a = { .b = { (uint8_t)(ip >> 24), (uint8_t)(ip >> 16), (uint8_t)(ip >> 8),
			      (uint8_t)ip } };
	return a;
}

static struct packet
packet(struct bench *b, uint8_t proto, bool from_client)
{
	struct packet p = { .frame = { .wirelen = 100, .ts = b->now, .number = ++b->number },
		.ip_ver = 4,
		.ttl = 64,
		.proto = proto };
	p.src = v4(from_client ? CLIENT : SERVER);
	p.dst = v4(from_client ? SERVER : CLIENT);
	p.sport = from_client ? 1234 : 80;
	p.dport = from_client ? 80 : 1234;
	return p;
}

static struct flow *
send(struct bench *b, const struct packet *p, enum dir *dir)
{
	enum dir d;
	return flow_packet(b->t, p, dir ? dir : &d, on_end, &b->ended);
}

static struct packet
midway(
    struct bench *b, bool from_client, uint16_t cport, uint16_t sport, const char *bytes, size_t n)
{
	struct packet p = packet(b, 6, from_client);
	p.tcp_flags = TCP_ACK;
	p.sport = from_client ? cport : sport;
	p.dport = from_client ? sport : cport;
	p.payload = (struct view){ (const uint8_t *)bytes, n };
	return p;
}

/* Who is the client of a connection picked up midway is in its first bytes, whatever the ports. */
static void
first_bytes_tell_the_ends(void **state)
{
	static const struct {
		const char *bytes;
		size_t n;
		bool client;
	} cases[] = {
		{ "GET /a HTTP/1.1\r\n", 17, true },
		{ "HTTP/1.1 200 OK\r\n", 17, false },
		{ "\x16\x03\x01\x00\x50\x01", 6, true },
		{ "\x16\x03\x03\x00\x50\x02", 6, false },
		{ "\x80\0\0\x28"
		  "abcd"
		  "\0\0\0\0"
		  "\0\0\0\2",
		    16, true },
		{ "\x80\0\0\x28"
		  "abcd"
		  "\0\0\0\1"
		  "\0\0\0\0",
		    16, false },
		{ "\0\0\0\x23\xffSMBr\0\0\0\0\x98"
		  "1234567890",
		    24, false },
		{ "\0\0\0\x23\xffSMBr\0\0\0\0\x18"
		  "1234567890",
		    24, true },
	};
	struct bench b;
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum dir dir;
		open_bench(&b, 100);
		/* by the ports it would be the other way round */
		bool client = cases[i].client;
		struct packet p = midway(&b, client, client ? 700 : 2049, client ? 40000 : 40001,
		    cases[i].bytes, cases[i].n);
		struct flow *f = send(&b, &p, &dir);
		assert_int_equal(dir, client ? DIR_TO_SERVER : DIR_TO_CLIENT);
		assert_int_equal(f->key.cport, client ? 700 : 2049);
		close_bench(&b);
	}
}

/* A server's bare acknowledgement came first. */
static void
ends_are_turned_at_the_first_bytes(void **state)
{
	struct bench b;
	enum dir dir;
	(void)state;
	open_bench(&b, 100);
	struct packet p = midway(&b, false, 1234, 80, "", 0);
	struct flow *f = send(&b, &p, &dir);
	assert_int_equal(dir, DIR_TO_SERVER); /* as far as is known */
	p = midway(&b, false, 1234, 80, "HTTP/1.1 200 OK\r\n", 17);
	assert_ptr_equal(send(&b, &p, &dir), f);
	assert_int_equal(dir, DIR_TO_CLIENT);
	assert_int_equal(f->key.cport, 1234);
	assert_int_equal(f->key.server.b[3], 2);
	assert_int_equal(f->packets[DIR_TO_CLIENT], 2);
	assert_int_equal(f->packets[DIR_TO_SERVER], 0);
	p = midway(&b, true, 1234, 80, "GET / HTTP/1.1\r\n", 16);
	assert_ptr_equal(send(&b, &p, &dir), f);
	assert_int_equal(dir, DIR_TO_SERVER);
	assert_int_equal(flow_count(b.t)->active, 1);
	close_bench(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_bytes_tell_the_ends),
		cmocka_unit_test(ends_are_turned_at_the_first_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
