/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about headers, about flows and about what happened. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "match_one.h"

static const struct match_config config = { 4, 64, 64, HASH_KEY_FIXED, NULL, NULL };

/* A SYN from 10.0.0.1:40000 to 192.0.2.1:80: TTL 64, id 7, DF, window 512, MSS 1400, scale 3. */
static const uint8_t syn[] = { 0x45, 0x10, 0, 48, 0, 7, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 192, 0,
	2, 1, 0x9c, 0x40, 0, 80, 0, 0, 0, 9, 0, 0, 0, 0, 0x70, 0x02, 2, 0, 0, 0, 0, 0, 2, 4, 0x05,
	0x78, 3, 3, 3, 0 };

static struct packet
syn_packet(void)
{
	struct packet p = fake_packet(6, "", 0);
	p.l3 = (struct view){ syn, sizeof(syn) };
	p.l4 = (struct view){ syn + 20, sizeof(syn) - 20 };
	p.payload = (struct view){ syn + sizeof(syn), 0 };
	p.ttl = 64;
	p.tcp_flags = TCP_SYN;
	p.tcp_seq = 9;
	p.tcp_window = 512;
	p.vlan[0] = 200;
	p.vlan[1] = 300;
	p.vlan_n = 2;
	return p;
}

struct bench {
	struct match_rules *rules;
	struct match *m;
	struct alert_list out;
};

static void
start(struct bench *b, const char *rules)
{
	*b = (struct bench){ 0 };
	b->m = match_with(rules, &config, &b->rules);
	fake_proto = L7_UNKNOWN;
}

static uint16_t
look(struct bench *b, const struct packet *p, struct flow *f, enum dir dir)
{
	b->out.n = 0;
	match_packet(b->m, p, f, dir, NULL, 0, NULL, 0, &b->out);
	return b->out.n;
}

static void
stop(struct bench *b)
{
	match_free(b->m);
	match_rules_free(b->rules);
}

/* How many alerts one rule with these options makes of the SYN. */
static uint16_t
asks(const char *head, const char *options)
{
	char rule[256];
	struct packet p = syn_packet();
	struct bench b;
	snprintf(rule, sizeof(rule), "alert %s any any -> any any (%s sid:1;)\n", head, options);
	start(&b, rule);
	uint16_t n = look(&b, &p, NULL, DIR_TO_SERVER);
	stop(&b);
	return n;
}

static void
headers(void **state)
{
	static const struct {
		const char *options;
		uint16_t n;
	} rows[] = {
		{ "flags:S;", 1 },
		{ "flags:SA;", 0 },
		{ "flags:S,12;", 1 },
		{ "tcp.flags:*SF;", 1 },
		{ "flags:+SA;", 0 },
		{ "flags:!A;", 1 },
		{ "flags:!S;", 0 },
		{ "seq:9;", 1 },
		{ "ack:1;", 0 },
		{ "tcp.window:512;", 1 },
		{ "window:!512;", 0 },
		{ "tcp.mss:<1500;", 1 },
		{ "tcp.wscale:3;", 1 },
		{ "ttl:64;", 1 },
		{ "ttl:<64;", 0 },
		{ "tos:x10;", 1 },
		{ "tos:!16;", 0 },
		{ "id:7;", 1 },
		{ "fragbits:D;", 1 },
		{ "fragbits:!D;", 0 },
		{ "fragbits:M;", 0 },
		{ "fragoffset:0;", 1 },
		{ "ip_proto:tcp;", 1 },
		{ "ip_proto:!6;", 0 },
		{ "sameip;", 0 },
		{ "ipopts:any;", 0 },
		{ "vlan.id:200,0;", 1 },
		{ "vlan.id:300,-1;", 1 },
		{ "vlan.id:>250,all;", 0 },
		{ "vlan.layers:2;", 1 },
		{ "ipv4-csum:invalid;", 1 },
		{ "tcpv4-csum:valid;", 0 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (asks("tcp", rows[i].options) != rows[i].n)
			fail_msg("%s", rows[i].options);
	}
	assert_int_equal(asks("ipv4", "ttl:64;"), 1);
	assert_int_equal(asks("ipv6", "ttl:64;"), 0);
}

static void
refused(void **state)
{
	static const char *const rows[] = { "flags:X;", "itype:8;", "ttl:300;", "ipopts:none;",
		"fragbits:X;", "stream-event:never_told;", "decode-event:tcp.never;",
		"stream_size:all,<,3;", "xbits:set,a;", "flowint:a,isset,1;", "vlan.id:1,7;",
		"threshold:type backoff, track by_flow, count 1, seconds 3;" };
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char rule[256];
		struct fake_problems p = { 0 };
		snprintf(rule, sizeof(rule), "alert tcp any any -> any any (%s sid:1;)\n", rows[i]);
		struct match_rules *r = fake_load(rule, strlen(rule), &p, NULL);
		if (p.n != 1)
			fail_msg("%s", rows[i]);
		match_rules_free(r);
	}
}

/* Rules on events are asked when there is one, also about what is no datagram. */
static void
events(void **state)
{
	struct bench b;
	struct packet p = syn_packet();
	struct flow f = { .packets = { 1, 0 }, .key = { .proto = 6 } };
	(void)state;
	start(&b, "alert pkthdr any any -> any any (decode-event:tcp.hlen_too_small; sid:1;)\n"
		  "alert tcp any any -> any any (stream-event:pkt_invalid_timestamp; sid:2;)\n"
		  "alert http any any -> any any (app-layer-event:http.missing_host_header; "
		  "sid:3;)\n");
	assert_int_equal(look(&b, &p, &f, DIR_TO_SERVER), 0);
	p.odd = UINT64_C(1) << ODD_TCP_HEADER;
	p.flags = PKT_UNUSABLE;
	assert_int_equal(look(&b, &p, NULL, DIR_TO_SERVER), 1);
	p = syn_packet();
	match_saw(b.m, &(struct match_seen){ .stream_odd = 1u << ODD_STREAM_TIMESTAMP });
	assert_int_equal(look(&b, &p, &f, DIR_TO_SERVER), 1);
	assert_int_equal(b.out.item[0].sid, 2);
	const struct l7_anomaly odd = { "missing_host_header", L7_HTTP, DIR_TO_SERVER, 5 };
	fake_proto = L7_HTTP;
	match_saw(b.m, &(struct match_seen){ .odd = &odd, .odd_n = 1 });
	assert_int_equal(look(&b, &p, &f, DIR_TO_CLIENT), 1);
	assert_int_equal(b.out.item[0].sid, 3);
	assert_int_equal(b.out.item[0].tx_id, 5);
	assert_int_equal(look(&b, &p, &f, DIR_TO_SERVER), 0); /* said for one packet */
	match_flow_free(b.m, &f);
	stop(&b);
}

/* Marks outlive the flow and not their time; variables count within it. */
static void
memory(void **state)
{
	struct bench b;
	struct packet p = syn_packet();
	struct flow one = { .packets = { 1, 0 }, .key = { .proto = 6 } }, two = one;
	(void)state;
	start(&b, "alert tcp any any -> any any (ttl:64; xbits:set,a,track ip_src,expire 10; "
		  "noalert; sid:1;)\n"
		  "alert tcp any any -> any any (ttl:>0; xbits:isset,a,track ip_src; sid:2;)\n"
		  "alert tcp any any -> any any (ttl:>0; flowint:n,notset; flowint:n,=,1; noalert; "
		  "sid:3;)\n"
		  "alert tcp any any -> any any (ttl:>0; flowint:n,isset; flowint:n,+,1; noalert; "
		  "sid:4;)\n"
		  "alert tcp any any -> any any (ttl:>0; flowint:n,>,3; sid:5;)\n");
	assert_int_equal(look(&b, &p, &one, DIR_TO_SERVER), 1);
	p.ttl = 63;
	p.frame.ts += 9000000000ull;
	assert_int_equal(look(&b, &p, &two, DIR_TO_SERVER), 1);
	assert_int_equal(b.out.item[0].sid, 2);
	p.frame.ts += 9000000000ull;
	assert_int_equal(look(&b, &p, &two, DIR_TO_SERVER), 0);
	assert_int_equal(look(&b, &p, &one, DIR_TO_SERVER), 0);
	assert_int_equal(look(&b, &p, &one, DIR_TO_SERVER), 1);
	assert_int_equal(b.out.item[0].sid, 5);
	match_flow_free(b.m, &one);
	match_flow_free(b.m, &two);
	stop(&b);
}

static void
sessions(void **state)
{
	struct bench b;
	struct packet p = syn_packet();
	struct flow f = { .packets = { 3, 2 },
		.bytes = { 300, 2000 },
		.key = { .proto = 6 },
		.seq_isn = { 100, 200 },
		.seq_end = { 111, 1201 },
		.first = 1900000000ull,
		.last = 3100000000ull };
	(void)state;
	start(&b, "alert tcp any any -> any any (stream_size:client,=,11; sid:1;)\n"
		  "alert tcp any any -> any any (stream_size:both,>,500; sid:2;)\n"
		  "alert tcp any any -> any any (stream_size:either,>,500; sid:3;)\n"
		  "alert tcp any any -> any any (flow.pkts:toclient,2; sid:4;)\n"
		  "alert tcp any any -> any any (flow.bytes_toserver:>300; sid:5;)\n"
		  "alert tcp any any -> any any (flow.age:2; sid:6;)\n");
	assert_int_equal(look(&b, &p, &f, DIR_TO_SERVER), 4);
	match_flow_free(b.m, &f);
	stop(&b);
}

/* The second, then the sixth, then the eighteenth. */
static void
backoff(void **state)
{
	struct bench b;
	struct packet p = syn_packet();
	struct flow f = { .id = 4, .packets = { 1, 0 }, .key = { .proto = 6 } };
	unsigned said = 0;
	(void)state;
	start(&b, "alert tcp any any -> any any (ttl:64; threshold:type backoff, track by_flow, "
		  "count 2, multiplier 3; sid:1;)\n");
	for (unsigned i = 1; i <= 18; i++) {
		bool speaks = i == 2 || i == 6 || i == 18;
		assert_int_equal(look(&b, &p, &f, DIR_TO_SERVER), speaks);
		said += speaks;
	}
	assert_int_equal(said, 3);
	match_flow_free(b.m, &f);
	stop(&b);
}

/* What is known of 10.0.0.1 and of the flow, see match_fake.h; of 192.0.2.1 nothing is. */
static void
known(void **state)
{
	static const struct {
		const char *options;
		uint16_t n;
	} rows[] = {
		{ "country:src,CN,RU;", 1 },
		{ "country:dst,CN;", 0 },
		{ "country:dst,!CN;", 0 },
		{ "country:!US;", 1 },
		{ "geoip:any,CN;", 1 },
		{ "geoip:both,CN;", 0 },
		{ "asn:4134;", 1 },
		{ "asn:src,>5000;", 0 },
		{ "segment:src,office;", 1 },
		{ "segment:dmz;", 0 },
		{ "asset.importance:>=4;", 1 },
		{ "ndpi.protocol:TLS;", 1 },
		{ "ndpi.protocol:google;", 1 },
		{ "ndpi.protocol:!TLS;", 0 },
		{ "ndpi.category:Web;", 1 },
		{ "ndpi.risk:Known Risk;", 1 },
		{ "ndpi.risk:Other Risk;", 0 },
		{ "gbt20986:01.02;", 1 },
	};
	struct flow f = { .packets = { 1, 0 }, .key = { .proto = 6 } };
	struct packet p = syn_packet();
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char rule[256];
		struct bench b;
		snprintf(rule, sizeof(rule), "alert tcp any any -> any any (%s ttl:64; sid:1;)\n",
		    rows[i].options);
		start(&b, rule);
		match_know(b.m, &(struct match_known){ (void *)&b, (void *)&b });
		if (look(&b, &p, &f, DIR_TO_SERVER) != rows[i].n)
			fail_msg("%s", rows[i].options);
		match_flow_free(b.m, &f);
		stop(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers),
		cmocka_unit_test(refused),
		cmocka_unit_test(events),
		cmocka_unit_test(memory),
		cmocka_unit_test(sessions),
		cmocka_unit_test(backoff),
		cmocka_unit_test(known),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
