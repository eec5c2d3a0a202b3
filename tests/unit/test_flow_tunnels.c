/* SPDX-License-Identifier: Apache-2.0 */
/* flow: whose flow is it, of packets that have the same addresses and ports? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probe/flow.h"
#include "probe/flow_route.h"

#define SECOND 1000000000ULL

struct bench {
	struct flow_table *t;
	struct flow last; /* that ended */
	uint64_t number;
};

static void
on_end(void *context, struct flow *f)
{
	((struct bench *)context)->last = *f;
}

static void
open_bench(struct bench *b, uint64_t max_flows)
{
	struct flow_config c = { .max_flows = max_flows,
		.max_stream_bytes = 1 << 20,
		.timeout_udp_new = 30 * SECOND,
		.timeout_udp_established = 300 * SECOND,
		.tenant_in_key = true,
		.seed = HASH_KEY_FIXED };

	memset(b, 0, sizeof(*b));
	b->t = flow_new(&c);
	assert_non_null(b->t);
}

static void
close_bench(struct bench *b)
{
	flow_drain(b->t, on_end, b);
	flow_free(b->t);
}

static struct packet
packet(struct bench *b, uint8_t proto, bool from_client)
{
	struct packet p = { .frame = { .wirelen = 100, .ts = SECOND, .number = ++b->number },
		.ip_ver = 4,
		.proto = proto };

	p.src.b[0] = from_client ? 1 : 2;
	p.dst.b[0] = from_client ? 2 : 1;
	p.sport = from_client ? 1234 : 80;
	p.dport = from_client ? 80 : 1234;
	return p;
}

static struct flow *
send(struct bench *b, const struct packet *p, enum dir *dir)
{
	return flow_packet(b->t, p, dir, on_end, b);
}

/* Nobody makes one bucket long by counting through the labels; the oldest goes. */
static void
labels_in_one_place_are_few(void **state)
{
	struct bench b;
	enum dir dir;
	(void)state;
	open_bench(&b, 1000);
	struct packet p = packet(&b, 17, true);
	for (uint32_t i = 1; i <= 500; i++) {
		p.tenant = TENANT_ONE_WAY | i;
		p.frame.number = i;
		struct flow *f = send(&b, &p, &dir);
		assert_int_equal(f->packets[0], 1);
		assert_ptr_equal(send(&b, &p, &dir), f);
		assert_true(flow_count(b.t)->active == (i < 64 ? i : 64));
	}
	assert_int_equal(flow_count(b.t)->evicted, 500 - 64);
	assert_int_equal(b.last.label[0], TENANT_ONE_WAY | (500 - 64));
	close_bench(&b);
}

/* What is in a tunnel is not what is beside it, with labels and without. */
static void
tunnels_have_flows_of_their_own(void **state)
{
	struct bench b;
	enum dir dir;
	(void)state;
	for (uint32_t label = 0; label < 2; label++) {
		open_bench(&b, 100);
		struct packet p = packet(&b, 17, true), q = packet(&b, 17, false);
		p.tenant = label ? TENANT_ONE_WAY | 7 : 0;
		q.tenant = label ? TENANT_ONE_WAY | 8 : 0;
		struct flow *bare = send(&b, &p, &dir);
		p.path = q.path = TUNNEL_GRE;
		struct flow *inside = send(&b, &q, &dir);
		assert_ptr_not_equal(inside, bare);
		assert_ptr_equal(send(&b, &p, &dir), inside);
		assert_true(flow_route(&p, true, true) == flow_route(&q, true, true));
		p.path = q.path = 0;
		assert_ptr_equal(send(&b, &q, &dir), bare);
		assert_int_equal(dir, DIR_TO_CLIENT);
		close_bench(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(labels_in_one_place_are_few),
		cmocka_unit_test(tunnels_have_flows_of_their_own),
	};
	return cmocka_run_group_tests_name("flow_tunnels", tests, NULL, NULL);
}
