/* SPDX-License-Identifier: Apache-2.0 */
/* flow_bench: a flow table with a clock of its own, and packets between two hosts. */
#ifndef WANGLOU_TESTS_FLOW_BENCH_H
#define WANGLOU_TESTS_FLOW_BENCH_H

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

static inline void
on_end(void *context, struct flow *f)
{
	struct ended *e = context;
	e->ports[e->n++ % 64] = f->key.cport;
	e->last = *f;
}

static inline void
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

static inline void
close_bench(struct bench *b)
{
	flow_drain(b->t, on_end, &b->ended);
	assert_int_equal(flow_count(b->t)->active, 0);
	flow_free(b->t);
}

static inline struct addr
v4(uint32_t ip)
{
	struct addr a = { .b = { (uint8_t)(ip >> 24), (uint8_t)(ip >> 16), (uint8_t)(ip >> 8),
			      (uint8_t)ip } };
	return a;
}

static inline struct packet
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

static inline struct flow *
send(struct bench *b, const struct packet *p, enum dir *dir)
{
	enum dir d;
	return flow_packet(b->t, p, dir ? dir : &d, on_end, &b->ended);
}

#endif
