/* SPDX-License-Identifier: Apache-2.0 */
/* flow: who talks to whom, how connections end, what they are called, and when they are forgotten.
 */
#include "flow_bench.h"
#include "probe/flow_route.h"

/* One TCP segment: "C" or "S" sends flags with these numbers and n bytes. */
static struct flow *
tcp(struct bench *b, char who, uint8_t flags, uint32_t seq, uint32_t ack, size_t n)
{
	static const uint8_t bytes[2048];
	struct packet p = packet(b, 6, who == 'C');
	p.tcp_flags = flags;
	p.tcp_seq = seq;
	p.tcp_ack = ack;
	p.payload = (struct view){ bytes, n };
	return send(b, &p, NULL);
}

static struct flow *
handshake(struct bench *b)
{
	tcp(b, 'C', TCP_SYN, 100, 0, 0);
	tcp(b, 'S', TCP_SYN | TCP_ACK, 500, 101, 0);
	return tcp(b, 'C', TCP_ACK, 101, 501, 0);
}

/* A stranger answers the SYN first, with numbers of its own; the client resets that and waits. */
static void
a_false_answer_is_forgotten(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 100);
	struct flow *f = tcp(&b, 'C', TCP_SYN, 100, 0, 0);
	tcp(&b, 'S', TCP_SYN | TCP_ACK, 9000, 4712, 0);
	tcp(&b, 'C', TCP_RST, 4712, 0, 0);
	tcp(&b, 'S', TCP_SYN | TCP_ACK, 500, 101, 0);
	assert_int_equal(f->tcp, FLOW_TCP_SYN_RECV);
	assert_int_equal(f->seq_isn[0], 100);
	assert_int_equal(f->seq_isn[1], 500);
	assert_ptr_equal(tcp(&b, 'C', TCP_ACK, 101, 501, 0), f);
	assert_int_equal(f->state, FLOW_ESTABLISHED);
	/* but the answer that the client took is not replaced by a later one */
	tcp(&b, 'S', TCP_SYN | TCP_ACK, 9000, 4712, 0);
	assert_int_equal(f->seq_isn[1], 500);
	assert_int_equal(f->tcp, FLOW_TCP_ESTABLISHED);
	close_bench(&b);
}

static void
both_directions_are_one_flow(void **state)
{
	struct bench b;
	enum dir dir;
	(void)state;
	open_bench(&b, 100);
	struct packet p = packet(&b, 17, true), q = packet(&b, 17, false);
	p.ttl = 60;
	struct flow *f = send(&b, &p, &dir);
	assert_int_equal(dir, DIR_TO_SERVER);
	assert_int_equal(f->state, FLOW_NEW);
	assert_ptr_equal(send(&b, &q, &dir), f);
	assert_int_equal(dir, DIR_TO_CLIENT);
	assert_int_equal(f->state, FLOW_ESTABLISHED);
	assert_int_equal(f->packets[0], 1);
	assert_int_equal(f->packets[1], 1);
	assert_int_equal(f->bytes[1], 100);
	assert_int_equal(f->min_ttl[0], 60);
	assert_true(flow_route(&p, true, false) == flow_route(&q, true, false));
	assert_int_equal(flow_due(b.t, f), b.now + 300 * SECOND);
	assert_int_equal(f->key.cport, 1234);
	q.vlan[0] = 7;
	assert_ptr_not_equal(send(&b, &q, &dir), f);
	close_bench(&b);
}

static void
tenants_do_not_mix(void **state)
{
	struct bench b;
	enum dir dir;
	(void)state;
	open_bench(&b, 100);
	struct packet p = packet(&b, 17, true), q = packet(&b, 17, false);
	p.tenant = q.tenant = 0x0a000001;
	struct flow *f = send(&b, &p, &dir);
	assert_ptr_equal(send(&b, &q, &dir), f);
	assert_int_equal(dir, DIR_TO_CLIENT);
	p.tenant = q.tenant = 0x0a000002;
	struct flow *g = send(&b, &p, &dir);
	assert_ptr_not_equal(g, f);
	assert_int_equal(dir, DIR_TO_SERVER);
	assert_ptr_equal(send(&b, &q, &dir), g);
	assert_true(flow_route(&p, true, true) == flow_route(&q, true, true));
	q.tenant = 0x0a000001;
	assert_true(flow_route(&p, true, true) != flow_route(&q, true, true));
	assert_true(flow_route(&p, true, false) == flow_route(&q, true, false));
	close_bench(&b);
}

/* Two tenants with the same addresses; each direction has a label of its own, one has none. */
static void
labels_of_each_direction(void **state)
{
	static const uint32_t rows[][4] = { { 101, 102, 201, 202 }, { 101, 101, 201, 201 },
		{ 0, 102, 201, 202 }, { 101, 0, 201, 202 } };
	struct bench b;
	enum dir dir;
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct flow *f[2];
		open_bench(&b, 100);
		struct packet p = packet(&b, 17, true), q = packet(&b, 17, false);
		for (int round = 0; round < 2; round++) {
			for (int k = 0; k < 2; k++) {
				uint32_t there = rows[i][2 * k], back = rows[i][2 * k + 1];
				p.tenant = there ? TENANT_ONE_WAY | there : 0;
				q.tenant = back ? TENANT_ONE_WAY | back : 0;
				struct flow *g = send(&b, &p, &dir);
				assert_int_equal(dir, DIR_TO_SERVER);
				assert_true(round == 0 || g == f[k]);
				f[k] = g;
				assert_true(
				    flow_route(&p, true, true) == flow_route(&q, true, true));
				assert_ptr_equal(send(&b, &q, &dir), g);
				assert_int_equal(dir, DIR_TO_CLIENT);
			}
		}
		assert_ptr_not_equal(f[0], f[1]);
		close_bench(&b);
	}
}

static void
the_outer_header_is_the_clients(void **state)
{
	struct bench b;
	enum dir dir;
	(void)state;
	open_bench(&b, 100);
	struct packet p = packet(&b, 6, false);
	p.tcp_flags = TCP_SYN | TCP_ACK;
	p.depth = 2;
	p.outer = (struct packet_outer){ .sport = 1, .dport = 2, .kind = TUNNEL_VXLAN, .id = 7 };
	p.outer.src.b[0] = 9;
	struct flow *f = send(&b, &p, &dir);
	assert_non_null(f->outer);
	assert_int_equal(f->outer->depth, 2);
	assert_int_equal(f->outer->outer.dst.b[0], 9);
	assert_int_equal(f->outer->outer.sport, 2);
	assert_int_equal(f->outer->outer.id, 7);
	p = packet(&b, 17, true);
	assert_null(send(&b, &p, &dir)->outer);
	close_bench(&b);
}

static void
handshake_seen_from_its_answer_is_turned(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 100);
	struct flow *f = tcp(&b, 'S', TCP_SYN | TCP_ACK, 500, 101, 0);
	assert_true(f->flags & FLOW_TURNED);
	assert_int_equal(f->key.cport, 1234);
	assert_int_equal(f->packets[DIR_TO_CLIENT], 1);
	assert_int_equal(f->tcp, FLOW_TCP_SYN_RECV);
	tcp(&b, 'C', TCP_ACK, 101, 501, 0);
	assert_int_equal(f->tcp, FLOW_TCP_ESTABLISHED);
	assert_int_equal(f->state, FLOW_ESTABLISHED);
	close_bench(&b);
}

/* Every way a connection can close: who sends which flags with which numbers, and the state after
 * each. */
struct step {
	char who;
	uint8_t flags;
	uint32_t seq, ack;
	enum flow_tcp after;
};

static const struct step client_first[] = {
	{ 'C', TCP_FIN | TCP_ACK, 101, 501, FLOW_TCP_CLOSE_WAIT },
	{ 'S', TCP_ACK, 501, 102, FLOW_TCP_CLOSE_WAIT },
	{ 'S', TCP_FIN | TCP_ACK, 501, 102, FLOW_TCP_LAST_ACK },
	{ 'C', TCP_ACK, 102, 501, FLOW_TCP_LAST_ACK },
	{ 'C', TCP_ACK, 102, 502, FLOW_TCP_CLOSED },
	{ 0, 0, 0, 0, FLOW_TCP_NONE },
};
static const struct step server_first[] = {
	{ 'S', TCP_FIN | TCP_ACK, 501, 101, FLOW_TCP_FIN_WAIT1 },
	{ 'C', TCP_ACK, 101, 502, FLOW_TCP_FIN_WAIT2 },
	{ 'C', TCP_FIN | TCP_ACK, 101, 502, FLOW_TCP_TIME_WAIT },
	{ 'S', TCP_ACK, 502, 102, FLOW_TCP_CLOSED },
	{ 0, 0, 0, 0, FLOW_TCP_NONE },
};
static const struct step server_first_short[] = {
	{ 'S', TCP_FIN | TCP_ACK, 501, 101, FLOW_TCP_FIN_WAIT1 },
	{ 'C', TCP_FIN | TCP_ACK, 101, 502, FLOW_TCP_TIME_WAIT },
	{ 0, 0, 0, 0, FLOW_TCP_NONE },
};
static const struct step together[] = {
	{ 'S', TCP_FIN | TCP_ACK, 501, 101, FLOW_TCP_FIN_WAIT1 },
	{ 'C', TCP_FIN | TCP_ACK, 101, 501, FLOW_TCP_CLOSING },
	{ 'C', TCP_ACK, 102, 502, FLOW_TCP_TIME_WAIT },
	{ 0, 0, 0, 0, FLOW_TCP_NONE },
};
static const struct step reset[] = {
	{ 'S', TCP_RST, 501, 0, FLOW_TCP_CLOSED },
	{ 'C', TCP_ACK, 101, 501, FLOW_TCP_CLOSED },
	{ 0, 0, 0, 0, FLOW_TCP_NONE },
};
static const struct step strange_reset[] = {
	{ 'S', TCP_RST, 0x70000000, 0, FLOW_TCP_ESTABLISHED },
	{ 0, 0, 0, 0, FLOW_TCP_NONE },
};

static void
every_way_to_close(void **state)
{
	static const struct step *const way[] = { client_first, server_first, server_first_short,
		together, reset, strange_reset };
	(void)state;
	for (size_t i = 0; i < sizeof(way) / sizeof(*way); i++) {
		struct bench b;
		open_bench(&b, 100);
		struct flow *f = handshake(&b);
		assert_int_equal(f->tcp, FLOW_TCP_ESTABLISHED);
		for (const struct step *s = way[i]; s->who; s++) {
			assert_ptr_equal(tcp(&b, s->who, s->flags, s->seq, s->ack, 0), f);
			assert_string_equal(flow_tcp_name(f->tcp), flow_tcp_name(s->after));
		}
		assert_int_equal(
		    f->state, way[i] == strange_reset ? FLOW_ESTABLISHED : FLOW_CLOSED);
		close_bench(&b);
	}
}

static void
refused_connection_is_closed(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 100);
	struct flow *f = tcp(&b, 'C', TCP_SYN, 100, 0, 0);
	assert_int_equal(f->tcp, FLOW_TCP_SYN_SENT);
	tcp(&b, 'S', TCP_RST | TCP_ACK, 0, 77, 0); /* answers something else */
	assert_int_equal(f->tcp, FLOW_TCP_SYN_SENT);
	tcp(&b, 'S', TCP_RST | TCP_ACK, 0, 101, 0);
	assert_int_equal(f->tcp, FLOW_TCP_CLOSED);
	close_bench(&b);
}

static void
new_syn_on_a_closed_flow_begins_another(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 100);
	struct flow *f = handshake(&b);
	uint64_t id = f->id;
	tcp(&b, 'S', TCP_RST, 501, 0, 0);
	assert_int_equal(tcp(&b, 'C', TCP_SYN, 100, 0, 0)->id, id); /* the old SYN, late */
	f = tcp(&b, 'C', TCP_SYN, 9000, 0, 0);
	assert_int_equal(b.ended.n, 1);
	assert_string_equal(flow_end_name(b.ended.last.end), "tcp_reuse");
	assert_int_not_equal(f->id, id);
	assert_int_equal(f->tcp, FLOW_TCP_SYN_SENT);
	assert_int_equal(f->packets[0], 1);
	close_bench(&b);
}

static void
only_the_answer_to_a_syn_turns_a_flow(void **state)
{
	static const struct {
		uint8_t flags;
		bool turned;
	} rows[] = { { TCP_SYN | TCP_ACK, true }, { 0xc0 | TCP_SYN | TCP_ACK, true },
		{ 0xff, false }, { TCP_SYN | TCP_ACK | TCP_RST, false },
		{ TCP_SYN | TCP_ACK | TCP_FIN, false }, { TCP_SYN | TCP_ACK | TCP_URG, false } };
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct bench b;
		open_bench(&b, 100);
		struct flow *f = tcp(&b, 'S', rows[i].flags, 4000, 1, 0);
		assert_int_equal(f->key.sport, rows[i].turned ? 80 : 1234);
		close_bench(&b);
	}
}

static void
midstream_is_picked_up_only_when_asked(void **state)
{
	struct bench b;
	struct flow_config c = { .max_flows = 10, .timeout_tcp_new = SECOND };
	(void)state;
	open_bench(&b, 100);
	struct flow *f = tcp(&b, 'C', TCP_ACK | TCP_PSH, 4000, 1, 10);
	assert_true(f->flags & FLOW_MIDSTREAM);
	assert_int_equal(f->tcp, FLOW_TCP_ESTABLISHED);
	assert_int_equal(f->state, FLOW_NEW);
	tcp(&b, 'S', TCP_ACK, 1, 4010, 0);
	assert_int_equal(f->state, FLOW_ESTABLISHED);
	close_bench(&b);
	memset(&b, 0, sizeof(b));
	b.t = flow_new(&c);
	f = tcp(&b, 'C', TCP_ACK | TCP_PSH, 4000, 1, 10);
	assert_int_equal(
	    f->flags & (FLOW_MIDSTREAM | FLOW_UNFOLLOWED), FLOW_MIDSTREAM | FLOW_UNFOLLOWED);
	assert_int_equal(f->tcp, FLOW_TCP_NONE);
	assert_int_equal(f->policy, FLOW_POLICY_IGNORE);
	assert_int_equal(flow_count(b.t)->midstream, 1);
	f = tcp(&b, 'C', TCP_SYN, 4000, 1, 0); /* what begins now is followed */
	assert_int_equal(f->flags & FLOW_UNFOLLOWED, 0);
	assert_int_equal(f->tcp, FLOW_TCP_SYN_SENT);
	close_bench(&b);
	for (uint16_t port = 1234; port < 40000; port += 38000) { /* by a server? */
		open_bench(&b, 100);
		struct packet p = packet(&b, 6, false);
		p.sport = 20000;
		p.dport = port;
		p.payload.len = 1;
		assert_int_equal(send(&b, &p, NULL)->key.sport, port < 32768 ? port : 20000);
		close_bench(&b);
	}
}

static void
bad_checksum_changes_no_state(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 100);
	struct flow *f = handshake(&b);
	struct packet p = packet(&b, 6, false);
	p.tcp_flags = TCP_RST;
	p.tcp_seq = 501;
	p.flags = PKT_BAD_CSUM;
	assert_ptr_equal(send(&b, &p, NULL), f);
	assert_int_equal(f->tcp, FLOW_TCP_ESTABLISHED);
	close_bench(&b);
}

static void
timeouts_follow_the_state(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 100);
	tcp(&b, 'C', TCP_SYN, 100, 0, 0);
	b.now += 60 * SECOND - 1;
	flow_expire(b.t, b.now, on_end, &b.ended);
	assert_int_equal(b.ended.n, 0);
	tcp(&b, 'S', TCP_SYN | TCP_ACK, 500, 101, 0);
	tcp(&b, 'C', TCP_ACK, 101, 501, 0);
	b.now += 600 * SECOND - 1;
	flow_expire(b.t, b.now, on_end, &b.ended);
	assert_int_equal(b.ended.n, 0);
	tcp(&b, 'S', TCP_RST, 501, 0, 0);
	b.now += 10 * SECOND - 1;
	flow_expire(b.t, b.now, on_end, &b.ended);
	assert_int_equal(b.ended.n, 0);
	flow_expire(b.t, b.now + 1, on_end, &b.ended);
	assert_int_equal(b.ended.n, 1);
	assert_string_equal(flow_end_name(b.ended.last.end), "timeout");
	close_bench(&b);
}

static void
flows_end_in_the_order_of_their_due_times(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 100);
	for (uint16_t i = 0; i < 4; i++) {
		struct packet p = packet(&b, i == 1 ? 132 : 17, true);
		p.sport = (uint16_t)(1000 + i);
		p.frame.ts += i * SECOND;
		send(&b, &p, NULL);
	}
	struct packet again = packet(&b, 17, true);
	again.sport = 1000;
	again.frame.ts += 5 * SECOND;
	send(&b, &again, NULL);
	flow_expire(b.t, b.now + 100 * SECOND, on_end, &b.ended);
	const uint16_t order[] = { 1001, 1002, 1003, 1000 };
	assert_int_equal(b.ended.n, 4);
	assert_memory_equal(b.ended.ports, order, sizeof(order));
	close_bench(&b);
}

/* Flows that are due together end by the number of their last packets, whatever list they wait in.
 */
static void
ties_are_ordered_by_frame_number(void **state)
{
	(void)state;
	for (int drain = 0; drain < 2; drain++) {
		struct bench b;
		open_bench(&b, 100);
		for (uint16_t i = 0; i < 4; i++) {
			struct packet p = packet(&b, i < 2 ? 132 : 6, true);
			p.sport = (uint16_t)(1000 + i);
			p.tcp_flags = TCP_RST; /* ten seconds to live; SCTP twenty */
			p.frame.ts += drain || i < 2 ? 0 : 10 * SECOND;
			assert_int_equal(send(&b, &p, NULL)->last_number, p.frame.number);
		}
		if (drain)
			flow_drain(b.t, on_end, &b.ended);
		else
			flow_expire(b.t, b.now + 20 * SECOND, on_end, &b.ended);
		assert_int_equal(b.ended.n, 4);
		for (uint16_t i = 0; i < 4; i++)
			assert_int_equal(b.ended.ports[i], 1000 + i);
		close_bench(&b);
	}
}

static void
packet_after_the_timeout_begins_another(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 100);
	struct packet p = packet(&b, 17, true);
	send(&b, &p, NULL);
	p.frame.ts += 30 * SECOND;
	p.frame.number++;
	struct flow *f = send(&b, &p, NULL);
	assert_int_equal(b.ended.n, 1);
	assert_int_equal(f->packets[0], 1);
	close_bench(&b);
}

/* Captures put together step back in time: a flow is not over because others were later. */
static void
clock_that_steps_back_ends_nothing(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 100);
	flow_expire(b.t, b.now + 100000 * SECOND, on_end, &b.ended);
	struct packet p = packet(&b, 17, true);
	struct flow *f = send(&b, &p, NULL);
	flow_expire(b.t, b.now + 100000 * SECOND, on_end, &b.ended);
	assert_int_equal(b.ended.n, 0);
	assert_ptr_equal(send(&b, &p, NULL), f);
	assert_int_equal(f->last, b.now);
	close_bench(&b);
}

static void
at_the_cap_the_quietest_goes(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 3);
	for (uint16_t i = 0; i < 3; i++) {
		struct packet p = packet(&b, 17, true);
		p.sport = (uint16_t)(1000 + i);
		p.frame.ts += i;
		send(&b, &p, NULL);
	}
	struct packet p = packet(&b, 17, true);
	p.sport = 1000;
	p.frame.ts += 10;
	send(&b, &p, NULL);
	p.sport = 2000;
	assert_non_null(send(&b, &p, NULL));
	assert_int_equal(b.ended.n, 1);
	assert_int_equal(b.ended.ports[0], 1001);
	assert_string_equal(flow_end_name(b.ended.last.end), "forced");
	assert_int_equal(flow_count(b.t)->evicted, 1);
	assert_int_equal(flow_count(b.t)->active, 3);
	close_bench(&b);
}

static void
order_does_not_depend_on_the_seed(void **state)
{
	uint16_t seen[2][64];
	uint64_t id[2];
	(void)state;
	for (int run = 0; run < 2; run++) {
		struct bench b;
		struct flow_config c = { .max_flows = 40,
			.timeout_udp_new = SECOND,
			.seed = { (uint64_t)run * 77, 5 } };
		memset(&b, 0, sizeof(b));
		b.t = flow_new(&c);
		for (uint16_t i = 0; i < 60; i++) {
			struct packet p = packet(&b, 17, true);
			p.sport = (uint16_t)(1000 + i * 37 % 60);
			p.frame.ts += i;
			id[run] = send(&b, &p, NULL)->id;
		}
		flow_drain(b.t, on_end, &b.ended);
		assert_int_equal(b.ended.n, 60);
		memcpy(seen[run], b.ended.ports, sizeof(seen[run]));
		flow_free(b.t);
	}
	assert_memory_equal(seen[0], seen[1], sizeof(seen[0]));
	assert_int_equal(id[0], id[1]);
	assert_true(id[0] < 1ULL << 53);
}

static void
icmp_replies_join_their_requests(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 100);
	struct packet p = packet(&b, 1, true), q = packet(&b, 1, false);
	p.sport = p.dport = q.sport = q.dport = 0;
	p.icmp_type = 8;
	struct flow *f = send(&b, &p, NULL);
	assert_ptr_equal(send(&b, &q, NULL), f); /* type 0 answers type 8 */
	q.icmp_type = 8;
	assert_ptr_not_equal(send(&b, &q, NULL), f); /* the other end asks */
	assert_ptr_equal(send(&b, &p, NULL), f);
	q.icmp_type = 13;
	assert_ptr_not_equal(send(&b, &q, NULL), f);
	p.icmp_type = q.icmp_type = 5;
	f = send(&b, &p, NULL);
	assert_ptr_not_equal(send(&b, &q, NULL), f); /* nothing answers a redirect */
	close_bench(&b);
}

static void
icmp_error_marks_the_flow_it_quotes(void **state)
{
	/* port unreachable, quoting 10.0.0.1:1234 -> 10.0.0.2:80 over UDP */
	static const uint8_t error[] = { 3, 3, 0, 0, 0, 0, 0, 0, 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17,
		0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0x04, 0xd2, 0, 80, 0, 8, 0, 0 };
	struct bench b;
	(void)state;
	open_bench(&b, 100);
	struct packet p = packet(&b, 17, true), e = packet(&b, 1, false);
	struct flow *f = send(&b, &p, NULL);
	e.sport = e.dport = 0;
	e.icmp_type = e.icmp_code = 3;
	for (size_t n = 0; n < sizeof(error); n++) {
		e.l4 = (struct view){ error, n };
		send(&b, &e, NULL);
		flow_quote(b.t, &e);
		uint64_t route = 0;
		assert_int_equal(flow_route_quoted(&e, true, false, &route), n >= 32);
		assert_true(n < 32 || route == flow_route(&p, true, false));
		assert_int_equal(!!(f->flags & FLOW_REFUSED), n >= 32);
	}
	close_bench(&b);
}

/* Only its server can refuse it: a router that has no route is silence, and so is a hop counter
 * that ran out. */
static void
only_the_server_refuses(void **state)
{
	static const uint8_t error[] = { 3, 1, 0, 0, 0, 0, 0, 0, 0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17,
		0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0x04, 0xd2, 0, 80, 0, 8, 0, 0 };
	struct bench b;
	(void)state;
	open_bench(&b, 100);
	struct packet p = packet(&b, 17, true), e = packet(&b, 1, false);
	struct flow *f = send(&b, &p, NULL);
	e.sport = e.dport = 0;
	e.icmp_type = 3;
	e.icmp_code = 1;
	e.l4 = (struct view){ error, sizeof(error) };
	e.src = v4(SERVER + 1);
	flow_quote(b.t, &e);
	assert_int_equal(f->icmp_errors, 1);
	assert_false(f->flags & FLOW_REFUSED);
	e.src = v4(SERVER);
	e.icmp_type = 11;
	flow_quote(b.t, &e);
	assert_int_equal(f->icmp_errors, 2);
	assert_false(f->flags & FLOW_REFUSED);
	e.icmp_type = 3;
	flow_quote(b.t, &e);
	assert_true(f->flags & FLOW_REFUSED);
	close_bench(&b);
}

/* Behind extension headers too; not inside a quoted tunnel, and not in a later fragment. */
static void
icmp6_error_quotes_behind_extensions(void **state)
{
	static const uint8_t hop[] = { 44, 0, 5, 2, 0, 0, 1, 0 };
	static const uint8_t fragment[] = { 17, 0, 0, 1, 0, 0, 0, 7 };
	static const uint8_t ports[] = { 0x04, 0xd2, 0, 80, 0, 8, 0, 0 };
	uint8_t error[8 + 40 + sizeof(hop) + sizeof(fragment) + sizeof(ports)] = { 1, 4 };
	struct bench b;
	(void)state;
	open_bench(&b, 100);
	struct packet p = packet(&b, 17, true), e = packet(&b, 58, false);
	p.ip_ver = e.ip_ver = 6;
	struct flow *f = send(&b, &p, NULL);
	error[8] = 0x60;
	memcpy(error + 16, p.src.b, 16);
	memcpy(error + 32, p.dst.b, 16);
	memcpy(error + 48, hop, 8);
	memcpy(error + 56, fragment, 8);
	memcpy(error + 64, ports, 8);
	e.sport = e.dport = 0;
	e.icmp_type = 1;
	e.icmp_code = 4;
	for (size_t n = 0; n < sizeof(error); n++) {
		e.l4 = (struct view){ error, n };
		flow_quote(b.t, &e);
		assert_int_equal(f->icmp_errors, n < 68 ? 0 : n - 67);
	}
	e.l4 = (struct view){ error, sizeof(error) };
	error[59] = 9; /* not at its beginning */
	flow_quote(b.t, &e);
	error[59] = 1;
	error[14] = 41; /* a tunnel */
	flow_quote(b.t, &e);
	assert_int_equal(f->icmp_errors, 4);
	assert_int_equal(flow_count(b.t)->icmp_errors, 4);
	close_bench(&b);
}

/* Every packet is in a flow, or has none, or there was no memory: the three add up. */
static void
every_packet_is_counted_once(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 100);
	struct packet p = packet(&b, 17, true);
	send(&b, &p, NULL);
	send(&b, &p, NULL);
	p.flags = PKT_FRAGMENT;
	send(&b, &p, NULL);
	handshake(&b);
	const struct flow_counters *c = flow_count(b.t);
	assert_int_equal(c->packets, 5);
	assert_int_equal(c->no_flow, 1);
	assert_int_equal(c->memory_failed, 0);
	close_bench(&b);
}

static void
later_fragments_have_no_flow(void **state)
{
	struct bench b;
	(void)state;
	open_bench(&b, 100);
	struct packet p = packet(&b, 17, true);
	p.flags = PKT_FRAGMENT;
	assert_null(send(&b, &p, NULL));
	assert_int_equal(flow_count(b.t)->no_flow, 1);
	p.flags = PKT_FRAGMENT | PKT_FIRST_FRAG;
	assert_non_null(send(&b, &p, NULL));
	p.ip_ver = 0;
	p.flags = 0;
	assert_null(send(&b, &p, NULL));
	assert_int_equal(flow_count(b.t)->no_flow, 1);
	close_bench(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_directions_are_one_flow),
		cmocka_unit_test(tenants_do_not_mix),
		cmocka_unit_test(labels_of_each_direction),
		cmocka_unit_test(the_outer_header_is_the_clients),
		cmocka_unit_test(handshake_seen_from_its_answer_is_turned),
		cmocka_unit_test(every_way_to_close),
		cmocka_unit_test(refused_connection_is_closed),
		cmocka_unit_test(new_syn_on_a_closed_flow_begins_another),
		cmocka_unit_test(only_the_answer_to_a_syn_turns_a_flow),
		cmocka_unit_test(midstream_is_picked_up_only_when_asked),
		cmocka_unit_test(bad_checksum_changes_no_state),
		cmocka_unit_test(timeouts_follow_the_state),
		cmocka_unit_test(flows_end_in_the_order_of_their_due_times),
		cmocka_unit_test(ties_are_ordered_by_frame_number),
		cmocka_unit_test(packet_after_the_timeout_begins_another),
		cmocka_unit_test(clock_that_steps_back_ends_nothing),
		cmocka_unit_test(at_the_cap_the_quietest_goes),
		cmocka_unit_test(order_does_not_depend_on_the_seed),
		cmocka_unit_test(icmp_replies_join_their_requests),
		cmocka_unit_test(icmp_error_marks_the_flow_it_quotes),
		cmocka_unit_test(only_the_server_refuses),
		cmocka_unit_test(icmp6_error_quotes_behind_extensions),
		cmocka_unit_test(a_false_answer_is_forgotten),
		cmocka_unit_test(every_packet_is_counted_once),
		cmocka_unit_test(later_fragments_have_no_flow),
	};
	return cmocka_run_group_tests_name("flow", tests, NULL, NULL);
}
