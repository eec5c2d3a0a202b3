/* SPDX-License-Identifier: Apache-2.0 */
/* What signatures remember: streams, flowbits, transactions, thresholds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "match_one.h"

static const struct match_config config = { 4, 4, 64, HASH_KEY_FIXED, NULL, NULL };

struct bench {
	struct match_rules *rules;
	struct match *m;
	struct flow flow;
	struct alert_list out;
	uint64_t offset[2];
	uint64_t ts; /* seconds */
};

static void
start(struct bench *b, const char *rules)
{
	*b = (struct bench){ .ts = 1000 };
	/* the handshake is over */
	b->flow = (struct flow){
		.tcp = FLOW_TCP_ESTABLISHED, .packets = { 2, 1 }, .tcp_flags = { TCP_SYN, TCP_SYN }
	};
	b->m = match_with(rules, &config, &b->rules);
	fake_proto = L7_UNKNOWN;
}

static void
stop(struct bench *b)
{
	match_without(b->m, b->rules, &b->flow);
}

/* A TCP packet whose payload is the next run of its stream; returns the alerts. */
static uint16_t
send_tcp(struct bench *b, const char *text, enum dir dir)
{
	struct packet p = fake_packet(6, text, strlen(text));
	struct flow_chunk c = { .data = p.payload, .offset = b->offset[dir], .dir = dir };
	b->offset[dir] += p.payload.len;
	b->flow.packets[dir]++;
	p.frame.ts = b->ts * 1000000000ull;
	b->out.n = 0;
	match_packet(b->m, &p, &b->flow, dir, &c, p.payload.len ? 1 : 0, NULL, 0, &b->out);
	return b->out.n;
}

static uint16_t
push(struct bench *b, const char *text)
{
	return send_tcp(b, text, DIR_TO_SERVER);
}

#define TCP(options) "alert tcp any any -> any any (msg:\"x\"; " options ")\n"

static void
patterns_straddle_packets(void **state)
{
	(void)state;
	struct bench b;
	start(&b, TCP("content:\"needle\"; sid:1;")
		      TCP("content:\"straw\"; content:\"needle\"; distance:0; sid:2;"));
	assert_int_equal(push(&b, "straw nee"), 0);
	assert_int_equal(push(&b, "d"), 0);
	assert_int_equal(push(&b, "le and more"), 2);
	stop(&b);
}

static void
bytes_count_once(void **state)
{
	(void)state;
	struct bench b;
	start(&b, TCP("content:\"needle\"; sid:1;"));
	assert_int_equal(push(&b, "needle"), 1);
	assert_int_equal(push(&b, "nothing"), 0);
	assert_int_equal(push(&b, "needle"), 1);
	stop(&b);
	/* without a literal the same bytes are looked at again and again, but fire once */
	start(&b, TCP("pcre:\"/ne+dle/\"; sid:1;"));
	assert_int_equal(push(&b, "needle"), 1);
	assert_int_equal(push(&b, "nothing"), 0);
	assert_int_equal(push(&b, "neeedle"), 1);
	stop(&b);
}

static void
a_half_seen_rule_waits(void **state)
{
	(void)state;
	struct bench b;
	/* the longer content wakes the rule; the other comes a packet later */
	start(&b, TCP("content:\"needle\"; content:\"hay\"; distance:0; sid:1;"));
	assert_int_equal(push(&b, "needle"), 0);
	assert_int_equal(push(&b, "....."), 0);
	assert_int_equal(push(&b, "hay"), 1);
	assert_int_equal(push(&b, "hay"), 0);
	stop(&b);
}

/* More rules half seen than a stream remembers: the first of them still fires, once, and so does
 * one that fired. */
static void
literals_of_others_hide_none(void **state)
{
	(void)state;
	struct bench b;
	char rules[8192], bytes[1024];
	size_t n = (size_t)snprintf(rules, sizeof(rules),
		   TCP("content:\"needle\"; fast_pattern; content:\"hay\"; distance:0; sid:1;")
		       TCP("content:\"straw\"; sid:2;")),
	       k = (size_t)snprintf(bytes, sizeof(bytes), "straw");
	for (unsigned i = 0; i < 40; i++) {
		n += (size_t)snprintf(rules + n, sizeof(rules) - n,
		    TCP("content:\"<%02u>\"; fast_pattern; content:\"never\"; distance:0; sid:%u;"),
		    i, 100 + i);
		k += (size_t)snprintf(bytes + k, sizeof(bytes) - k, "<%02u>", i);
	}
	start(&b, rules);
	/* the window of the test has 64 bytes */
	assert_int_equal(push(&b, bytes), 1);
	assert_int_equal(push(&b, "needle"), 0);
	bytes[5 + 11 * 4] = 0; /* ten literals */
	assert_int_equal(push(&b, bytes + 5), 0);
	assert_int_equal(push(&b, "hay"), 1);
	assert_int_equal(push(&b, "hay"), 0);
	stop(&b);
	start(&b, rules);
	assert_int_equal(push(&b, "needle<00><01><02><03><04><05><06><07>"), 0);
	assert_int_equal(push(&b, "<08><09><10><11>"), 0);
	assert_int_equal(push(&b, "<12><13>"), 0);
	assert_true(match_count(b.m)->state_evicted == 0);
	stop(&b);
	start(&b, rules);
	assert_int_equal(push(&b, "needle<00><01><02><03><04><05><06><07><08>"), 0);
	assert_int_equal(push(&b, "<09><10><11><12><13><14><15><16>"), 0);
	assert_true(match_count(b.m)->state_evicted > 0);
	stop(&b);
	/* more in one packet */
	struct match_config wide = config;
	wide.stream_tail = 4096;
	start(&b, rules);
	match_free(b.m);
	b.m = match_new(&wide, b.rules);
	k = (size_t)snprintf(bytes, sizeof(bytes), "straw needle");
	for (unsigned i = 0; i < 40; i++)
		k += (size_t)snprintf(bytes + k, sizeof(bytes) - k, "<%02u>", i);
	assert_int_equal(push(&b, bytes), 1);
	assert_int_equal(push(&b, "..."), 0);
	assert_int_equal(push(&b, "hay"), 1);
	assert_int_equal(b.out.item[0].sid, 1);
	assert_int_equal(push(&b, "hay"), 0);
	stop(&b);
}

static void
absence_is_judged_by_the_new_bytes_too(void **state)
{
	(void)state;
	struct bench b;
	start(&b, TCP("content:\"GET\"; content:!\"Accept\"; sid:1;"));
	assert_int_equal(push(&b, "GET Accept"), 0);
	assert_int_equal(push(&b, "GET"), 1);
	stop(&b);
}

static void
holes_break_patterns(void **state)
{
	(void)state;
	struct bench b;
	start(&b, TCP("content:\"needle\"; sid:1;"));
	assert_int_equal(push(&b, "nee"), 0);
	b.offset[0] += 10;
	assert_int_equal(push(&b, "dle"), 0);
	stop(&b);
}

static void
directions_are_two_streams(void **state)
{
	(void)state;
	struct bench b;
	start(&b, TCP("flow:to_client; content:\"needle\"; sid:1;"));
	assert_int_equal(send_tcp(&b, "needle", DIR_TO_SERVER), 0);
	assert_int_equal(send_tcp(&b, "nee", DIR_TO_CLIENT), 0);
	assert_int_equal(send_tcp(&b, "dle", DIR_TO_SERVER), 0);
	assert_int_equal(send_tcp(&b, "dle", DIR_TO_CLIENT), 1);
	stop(&b);
}

static void
packet_keywords_look_at_packets(void **state)
{
	(void)state;
	struct bench b;
	start(&b, TCP("dsize:6; content:\"needle\"; sid:1;")
		      TCP("flow:no_stream; content:\"needle\"; sid:2;")
			  TCP("content:\"needle\"; depth:6; sid:3;")
			      TCP("flow:only_stream; content:\"needle\"; depth:6; sid:4;")
				  TCP("content:\"dle\"; startswith; sid:5;"));
	assert_int_equal(push(&b, "nee"), 0);
	/* stream: 3 and 4 at its start; packet: 5 */
	assert_int_equal(push(&b, "dle"), 3);
	/* packet only, the stream's start is past */
	assert_int_equal(push(&b, "needle"), 3);
	assert_int_equal(b.out.item[2].sid, 3);
	stop(&b);
}

/* One scan serves stream and packet: each has its own borders and places. */
static void
one_scan_knows_both_borders(void **state)
{
	(void)state;
	struct bench b;
	start(&b, TCP("dsize:>0; content:\"needle\"; sid:1;") TCP("content:\"needle\"; sid:2;")
		      TCP("content:\"le\"; depth:2; content:\"and\"; sid:3;"));
	assert_int_equal(push(&b, "need"), 0);
	assert_int_equal(push(&b, "le"), 1); /* in the stream only */
	assert_int_equal(b.out.item[0].sid, 2);
	assert_int_equal(push(&b, "needle"), 2);
	assert_int_equal(push(&b, "le and"), 1); /* at the packet's start, not the stream's */
	assert_int_equal(b.out.item[0].sid, 3);
	assert_int_equal(push(&b, "x le and"), 0);
	stop(&b);
}

/* A segment that came before brings nothing to the stream; as a packet it is looked at. */
static void
what_came_before_is_a_packet_still(void **state)
{
	(void)state;
	struct bench b;
	start(&b, TCP("dsize:6; content:\"needle\"; sid:1;") TCP("content:\"needle\"; sid:2;"));
	assert_int_equal(push(&b, "needle"), 2);
	struct packet p = fake_packet(6, "needle", 6);
	b.flow.packets[DIR_TO_SERVER]++;
	b.out.n = 0;
	match_packet(b.m, &p, &b.flow, DIR_TO_SERVER, NULL, 0, NULL, 0, &b.out);
	assert_int_equal(b.out.n, 1);
	assert_int_equal(b.out.item[0].sid, 1);
	stop(&b);
}

static void
flow_states(void **state)
{
	(void)state;
	struct bench b;
	start(&b, TCP("flow:established; content:\"a\"; sid:1;")
		      TCP("flow:not_established; content:\"a\"; sid:2;")
			  TCP("flow:established,to_client; content:\"a\"; sid:3;"));
	assert_int_equal(push(&b, "a"), 1);
	assert_int_equal(b.out.item[0].sid, 1);
	assert_int_equal(send_tcp(&b, "a", DIR_TO_CLIENT), 2);
	b.flow.tcp = FLOW_TCP_SYN_SENT;
	assert_int_equal(push(&b, "a"), 1);
	assert_int_equal(b.out.item[0].sid, 2);
	stop(&b);
}

/* More than a flow has room for itself: none of them is forgotten, and all are unset. */
static void
many_flowbits_hide_none(void **state)
{
	(void)state;
	struct bench b;
	char rules[16384];
	size_t n = (size_t)snprintf(rules, sizeof(rules),
	    TCP("content:\"first\"; flowbits:set,a; flowbits:noalert; sid:1;")
		TCP("content:\"last\"; flowbits:isset,a; sid:2;")
		    TCP("content:\"away\"; flowbits:unset,x39; flowbits:noalert; sid:3;")
			TCP("content:\"still\"; flowbits:isset,x39; sid:4;"));
	for (unsigned i = 0; i < 40; i++)
		n += (size_t)snprintf(rules + n, sizeof(rules) - n,
		    TCP("content:\"many\"; flowbits:set,x%u; flowbits:noalert; sid:%u;"), i,
		    100 + i);
	start(&b, rules);
	assert_int_equal(push(&b, "first"), 0);
	assert_int_equal(push(&b, "many"), 0);
	assert_int_equal(push(&b, "last still"), 2);
	assert_int_equal(push(&b, "away"), 0);
	assert_int_equal(push(&b, "last still"), 1);
	stop(&b);
}

static void
flowbits_order_rules(void **state)
{
	(void)state;
	struct bench b;
	/* the reader is written first but the writer runs first, even in one packet */
	start(&b, TCP("content:\"b\"; flowbits:isset,seen; sid:1;")
		      TCP("content:\"a\"; flowbits:set,seen; flowbits:noalert; sid:2;")
			  TCP("content:\"c\"; flowbits:isnotset,seen; sid:3;")
			      TCP("content:\"d\"; flowbits:isset,other|seen; sid:4;")
				  TCP("content:\"e\"; flowbits:unset,seen; sid:5;")
				      TCP("content:\"t\"; flowbits:toggle,seen; noalert; sid:6;"));
	assert_int_equal(push(&b, "b"), 0);
	assert_int_equal(push(&b, "c"), 1);
	assert_int_equal(push(&b, "ab"), 1);
	assert_int_equal(b.out.item[0].sid, 1);
	assert_int_equal(push(&b, "c"), 0);
	assert_int_equal(push(&b, "d"), 1);
	assert_int_equal(push(&b, "e"), 1);
	assert_int_equal(push(&b, "d"), 0);
	assert_int_equal(push(&b, "t"), 0);
	assert_int_equal(push(&b, "d"), 1);
	/* a new rule set knows the bits by name */
	struct match_rules *other = b.rules;
	static const char text[] =
	    TCP("content:\"zz\"; sid:7;") TCP("content:\"b\"; flowbits:isset,seen; sid:1;");
	b.rules = fake_load(text, sizeof(text) - 1, NULL, NULL);
	match_swap(b.m, b.rules);
	match_rules_free(other);
	assert_int_equal(push(&b, "b"), 1);
	stop(&b);
}

static void
states_are_capped(void **state)
{
	(void)state;
	struct bench b;
	struct flow flows[8] = { 0 };
	start(&b, TCP("content:\"a\"; flowbits:set,seen; sid:1;"));
	for (size_t i = 0; i < 8; i++) {
		struct packet p = fake_packet(6, "a", 1);
		struct flow_chunk c = { .data = p.payload };
		match_packet(b.m, &p, &flows[i], DIR_TO_SERVER, &c, 1, NULL, 0, &b.out);
	}
	assert_int_equal(match_count(b.m)->state_evicted, 4);
	assert_null(flows[0].match);
	assert_non_null(flows[7].match);
	for (size_t i = 0; i < 8; i++)
		match_flow_free(b.m, &flows[i]);
	stop(&b);
}

static void
pass_rules_silence(void **state)
{
	(void)state;
	struct bench b;
	start(&b, TCP("content:\"a\"; sid:1;") "pass tcp any any -> any any (msg:\"x\"; dsize:3; "
					       "content:\"b\"; sid:2;)\n"
					       "pass tcp any any -> any any (msg:\"x\"; "
					       "content:\"quiet\"; sid:3;)\n");
	assert_int_equal(push(&b, "a"), 1);
	assert_int_equal(push(&b, "a b"), 0);
	assert_int_equal(push(&b, "a"), 1);
	assert_int_equal(push(&b, "a quiet"), 0);
	assert_int_equal(push(&b, "a"), 0);
	stop(&b);
}

#define HTTP(options) "alert http any any -> any any (msg:\"x\"; " options ")\n"

static void
transactions_are_looked_at_once(void **state)
{
	(void)state;
	struct bench b;
	struct fake_tx data[2] = { 0 };
	data[0].buffer[L7_BUF_HTTP_URI] = view_of("/a/evil.jsp");
	data[0].buffer[L7_BUF_HTTP_METHOD] = view_of("POST");
	data[1].buffer[L7_BUF_HTTP_URI] = view_of("/b/evil.jsp");
	data[1].buffer[L7_BUF_HTTP_METHOD] = view_of("GET");
	const struct l7_tx tx[2] = { { .proto = L7_HTTP,
					 .ready = L7_READY_REQUEST,
					 .has = L7_READY_REQUEST,
					 .id = 5,
					 .data = &data[0] },
		{ .proto = L7_HTTP,
		    .ready = L7_READY_REQUEST,
		    .has = L7_READY_REQUEST,
		    .id = 6,
		    .data = &data[1] } };
	start(&b, HTTP("http.uri; content:\".jsp\"; endswith; sid:1;")
		      HTTP("http.method; content:\"POST\"; http.uri; content:\"evil\"; sid:2;")
			  HTTP("content:\"evil\"; http_uri; pcre:\"/^\\/b/U\"; sid:3;") HTTP(
			      "http.host; content:\"evil\"; sid:4;")
			      HTTP("http.method; content:!\"POST\"; sid:5;") HTTP(
				  "http.uri; content:\"evil\"; pkt_data; content:\"raw\"; sid:6;")
				  TCP("content:\"/a/evil\"; sid:7;"));
	fake_proto = L7_HTTP;
	struct packet p = fake_packet(6, "raw", 3);
	struct flow_chunk c = { .data = p.payload };
	match_packet(b.m, &p, &b.flow, DIR_TO_SERVER, &c, 1, tx, 2, &b.out);
	static const struct {
		uint32_t sid;
		int64_t tx;
	} want[] = { { 1, 5 }, { 1, 6 }, { 2, 5 }, { 3, 6 }, { 5, 6 }, { 6, 5 }, { 6, 6 } };
	assert_int_equal(b.out.n, sizeof(want) / sizeof(want[0]));
	for (size_t i = 0; i < b.out.n; i++) {
		assert_int_equal(b.out.item[i].sid, want[i].sid);
		assert_int_equal(b.out.item[i].tx_id, want[i].tx);
	}
	stop(&b);
}

struct rate_case {
	const char *option;
	const char *times; /* seconds of events, one letter each: a=0, b=1 ... */
	const char *out;   /* 1: an alert */
};

static const struct rate_case rates[] = {
	{ "threshold:type limit, track by_src, count 2, seconds 5;", "abcdhi", "110011" },
	{ "threshold:type threshold, track by_src, count 3, seconds 10;", "abcdefg", "0010010" },
	{ "threshold:type both, track by_src, count 2, seconds 5;", "abcdefghij", "0100000100" },
	{ "detection_filter:track by_src, count 2, seconds 5;", "abcdmn", "001100" },
	{ "threshold:type limit, track by_rule, count 1, seconds 5;", "abc", "100" },
};

static void
thresholds_hold_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		struct bench b;
		char rule[256];
		snprintf(rule, sizeof(rule),
		    "alert tcp any any -> any any (msg:\"x\"; content:\"a\"; %s sid:1;)",
		    rates[i].option);
		start(&b, rule);
		for (size_t k = 0; rates[i].times[k]; k++) {
			b.ts = 1000 + (uint64_t)(rates[i].times[k] - 'a');
			if (push(&b, "a") != (uint16_t)(rates[i].out[k] - '0'))
				fail_msg("%s: event %zu", rates[i].option, k);
		}
		stop(&b);
	}
}

static void
thresholds_tell_hosts_apart(void **state)
{
	(void)state;
	static const char *const tracks[] = { "by_src", "by_dst", "by_both", "by_rule" };
	static const uint16_t second[] = { 1, 0, 1, 0 }; /* another source, same destination */
	for (size_t i = 0; i < 4; i++) {
		struct bench b;
		char rule[256];
		snprintf(rule, sizeof(rule),
		    "alert udp any any -> any any (msg:\"x\"; content:\"a\"; threshold:type limit, "
		    "track %s, count 1, seconds 9; sid:1;)",
		    tracks[i]);
		start(&b, rule);
		struct packet p = fake_packet(17, "a", 1);
		match_packet(b.m, &p, NULL, DIR_TO_SERVER, NULL, 0, NULL, 0, &b.out);
		(void)addr_parse("10.0.0.2", &p.src);
		match_packet(b.m, &p, NULL, DIR_TO_SERVER, NULL, 0, NULL, 0, &b.out);
		assert_int_equal(b.out.n, 1 + second[i]);
		assert_int_equal(match_count(b.m)->suppressed, 1 - second[i]);
		stop(&b);
	}
}

#define MANY 400

/* Requests by the hundred in one packet do not hide the last. */
static void
many_transactions_hide_none(void **state)
{
	(void)state;
	static char rules[4096];
	static struct fake_tx data[MANY];
	static struct l7_tx tx[MANY];
	struct bench b;
	size_t n = 0;
	for (unsigned i = 1; i < 20; i++)
		n += (size_t)snprintf(rules + n, sizeof(rules) - n,
		    HTTP("http.uri; content:\"%c\"; content:\"never\"; sid:%u;"), 'a' + (int)i, i);
	snprintf(rules + n, sizeof(rules) - n, HTTP("http.uri; content:\"evil\"; sid:99;"));
	for (size_t i = 0; i < MANY; i++) {
		data[i].buffer[L7_BUF_HTTP_URI] =
		    view_of(i + 1 < MANY ? "/bcdefghijklmnopqrst" : "/evil");
		tx[i] = (struct l7_tx){ .proto = L7_HTTP,
			.ready = L7_READY_REQUEST,
			.has = L7_READY_REQUEST,
			.id = i,
			.data = &data[i] };
	}
	start(&b, rules);
	fake_proto = L7_HTTP;
	struct packet p = fake_packet(6, "raw", 3);
	match_packet(b.m, &p, &b.flow, DIR_TO_SERVER, NULL, 0, tx, MANY, &b.out);
	assert_int_equal(b.out.n, 1);
	assert_int_equal(b.out.item[0].sid, 99);
	assert_int_equal(b.out.item[0].tx_id, MANY - 1);
	assert_int_equal(match_count(b.m)->candidates_left_out, 0);
	stop(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_straddle_packets),
		cmocka_unit_test(bytes_count_once),
		cmocka_unit_test(a_half_seen_rule_waits),
		cmocka_unit_test(literals_of_others_hide_none),
		cmocka_unit_test(absence_is_judged_by_the_new_bytes_too),
		cmocka_unit_test(holes_break_patterns),
		cmocka_unit_test(directions_are_two_streams),
		cmocka_unit_test(packet_keywords_look_at_packets),
		cmocka_unit_test(one_scan_knows_both_borders),
		cmocka_unit_test(what_came_before_is_a_packet_still),
		cmocka_unit_test(flow_states),
		cmocka_unit_test(flowbits_order_rules),
		cmocka_unit_test(many_flowbits_hide_none),
		cmocka_unit_test(states_are_capped),
		cmocka_unit_test(pass_rules_silence),
		cmocka_unit_test(transactions_are_looked_at_once),
		cmocka_unit_test(many_transactions_hide_none),
		cmocka_unit_test(thresholds_hold_back),
		cmocka_unit_test(thresholds_tell_hosts_apart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
