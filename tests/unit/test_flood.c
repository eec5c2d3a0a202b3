/* SPDX-License-Identifier: Apache-2.0 */
/* flow: a flood of packets that nobody answers costs it neither memory nor the flows that have two
 * sides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "probe/flow.h"

#define SECOND 1000000000ULL
#define CAP 200000
#define FLOOD 2000000
#define FRIENDS 1000
#define EVERY (FLOOD / FRIENDS / 4) /* so each friend speaks four times while it lasts */

struct friend
{
	uint64_t id;
	uint32_t sent;
	uint64_t got;
};

struct bench {
	struct flow_table *t;
	struct friend friend[FRIENDS];
	uint64_t now, number, friends_ended;
};

static void
on_end(void *context, struct flow *f)
{
	struct bench *b = context;

	if (f->key.sport == 443)
		b->friends_ended++;
}

static struct flow *
send(struct bench *b, struct packet *p, enum dir *dir)
{
	b->now += 1000; /* a million packets a second */
	p->frame.ts = b->now;
	p->frame.number = ++b->number;
	flow_expire(b->t, b->now, on_end, b);
	return flow_packet(b->t, p, dir, on_end, b);
}

static struct flow *
say(struct bench *b, uint32_t who, bool client, uint8_t flags, struct view payload)
{
	static uint8_t header[20];
	struct packet p = { .ip_ver = 4, .proto = PROTO_TCP, .ttl = 64, .tcp_flags = flags };
	struct friend *friend = &b->friend[who];
	struct flow_chunk c;
	enum dir dir;

	p.src.b[0] = client ? 10 : 11;
	p.dst.b[0] = client ? 11 : 10;
	p.sport = client ? (uint16_t)(1024 + who) : 443;
	p.dport = client ? 443 : (uint16_t)(1024 + who);
	p.tcp_seq = client ? friend->sent : 5000;
	p.tcp_ack = client ? 5000 : friend->sent;
	p.tcp_window = UINT16_MAX;
	p.payload = payload;
	p.l4 = (struct view){ header, sizeof(header) + payload.len };
	struct flow *f = send(b, &p, &dir);
	assert_non_null(f);
	flow_segment(b->t, f, &p, dir);
	while (flow_chunk(b->t, f, &c)) {
		assert_int_equal(c.lost, 0);
		friend->got += c.data.len;
	}
	friend->sent += (uint32_t)payload.len + (client && flags & TCP_SYN);
	return f;
}

static void
strangers_come(struct bench *b)
{
	static const uint8_t bytes[100];

	for (uint32_t i = 0; i < FLOOD; i++) {
		struct packet p = { .ip_ver = 4, .proto = i % 3 ? PROTO_TCP : PROTO_UDP };
		enum dir dir;
		p.src.q[0] = 0xc0000000u + i;
		p.dst.b[0] = 11;
		p.sport = (uint16_t)i;
		p.dport = 80;
		p.tcp_flags = TCP_SYN;
		assert_non_null(send(b, &p, &dir));
		assert_true(flow_count(b->t)->active <= CAP);
		if (i % EVERY == 0)
			(void)say(b, i / EVERY % FRIENDS, true, TCP_ACK,
			    (struct view){ bytes, sizeof(bytes) });
	}
}

static void
friends_outlive_a_flood(void **state)
{
	static struct bench b;
	struct flow_config c = { .max_flows = CAP,
		.max_stream_bytes = 1 << 20,
		.timeout_tcp_new = 60 * SECOND,
		.timeout_tcp_established = 600 * SECOND,
		.timeout_tcp_closed = 60 * SECOND,
		.timeout_udp_new = 60 * SECOND,
		.timeout_udp_established = 300 * SECOND,
		.timeout_icmp = 30 * SECOND,
		.timeout_other = 30 * SECOND,
		.timeout_emergency = 5 * SECOND,
		.midstream = true,
		.seed = HASH_KEY_FIXED };
	struct view none = { NULL, 0 };

	(void)state;
	b.t = flow_new(&c);
	b.now = 1000 * SECOND;
	assert_non_null(b.t);
	for (uint32_t i = 0; i < FRIENDS; i++) {
		(void)say(&b, i, true, TCP_SYN, none);
		(void)say(&b, i, false, TCP_SYN | TCP_ACK, none);
		b.friend[i].id = say(&b, i, true, TCP_ACK, none)->id;
	}
	strangers_come(&b);
	const struct flow_counters *count = flow_count(b.t);
	assert_int_equal(b.friends_ended, 0);
	assert_int_equal(count->emergency, 1);
	assert_int_equal(count->emergency_entered, 1);
	assert_int_equal(count->total, FLOOD + FRIENDS);
	assert_int_equal(count->memory_failed, 0);
	for (uint32_t i = 0; i < FRIENDS; i++) {
		struct flow *f = say(&b, i, false, TCP_ACK, none);
		assert_true(f->id == b.friend[i].id);
		assert_int_equal(f->state, FLOW_ESTABLISHED);
		assert_int_equal(b.friend[i].got, 400);
	}
	b.now += 5 * SECOND;
	flow_expire(b.t, b.now, on_end, &b);
	assert_int_equal(count->emergency, 0);
	assert_true(count->active <= CAP / 10 * 3);
	b.now += 60 * SECOND;
	flow_expire(b.t, b.now, on_end, &b);
	assert_int_equal(count->active, FRIENDS);
	flow_drain(b.t, on_end, &b);
	flow_free(b.t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(friends_outlive_a_flood) };
	return cmocka_run_group_tests_name("flood", tests, NULL, NULL);
}
