/* SPDX-License-Identifier: Apache-2.0 */
/* identify: what nDPI is told and what is kept of its answer. The packets are our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probe/identify.h"

/* A flow and the packet that goes through it; the datagram is built into bytes. */
struct bench {
	uint64_t sent[2]; /* payload bytes by direction */
	struct identify *d;
	struct flow f;
	struct packet p;
	uint8_t bytes[1500];
};

static struct identify *
make(const char *protocols, struct err *e)
{
	struct identify_config c = { .max_tcp_packets = 10,
		.max_udp_packets = 4,
		.protocols_file = protocols,
		.categories_file = "" };
	return identify_new(&c, e);
}

static void
open_bench(struct bench *b, uint8_t proto)
{
	struct err e;
	memset(b, 0, sizeof(*b));
	b->f.key.proto = proto;
	b->f.key.ip_ver = 4;
	b->f.key.client.b[0] = b->f.key.server.b[0] = 10;
	b->f.key.client.b[3] = 1;
	b->f.key.server.b[3] = 2;
	b->f.key.cport = 40000;
	b->f.seq_isn[0] = b->f.seq_isn[1] = 1000;
	b->p.proto = proto;
	b->d = make("", &e);
	assert_non_null(b->d);
}

static void
close_bench(struct bench *b)
{
	identify_flow_free(b->d, &b->f);
	assert_null(b->f.identify);
	identify_free(b->d);
}

static void
put16(uint8_t *at, size_t v)
{
	at[0] = (uint8_t)(v >> 8);
	at[1] = (uint8_t)v;
}

/* 10.0.0.1:40000 -> 10.0.0.2:port, or back; TCP numbers follow the bytes that the flow has. */
static void
send(struct bench *b, enum dir dir, uint16_t port, uint8_t flags, const void *data, size_t n)
{
	uint8_t *ip = b->bytes, *l4 = ip + 20;
	bool udp = b->f.key.proto == 17;
	size_t header = udp ? 8 : 20;
	memset(ip, 0, 40);
	ip[0] = 0x45;
	put16(ip + 2, 20 + header + n);
	ip[8] = 64;
	ip[9] = b->f.key.proto;
	ip[12] = ip[16] = 10;
	ip[15] = dir == DIR_TO_SERVER ? 1 : 2;
	ip[19] = dir == DIR_TO_SERVER ? 2 : 1;
	put16(l4, dir == DIR_TO_SERVER ? 40000 : port);
	put16(l4 + 2, dir == DIR_TO_SERVER ? port : 40000);
	if (udp)
		put16(l4 + 4, 8 + n);
	else {
		put16(l4 + 6, 1000 + b->sent[dir] + !(flags & 2));
		put16(l4 + 10, 1001 + b->sent[!dir]);
		l4[12] = 0x50;
		l4[13] = flags;
	}
	memcpy(l4 + header, data, n);
	b->p.l3 = (struct view){ ip, 20 + header + n };
	b->p.frame.ts += 1000000;
	b->p.payload = (struct view){ l4 + header, n };
	b->p.tcp_flags = flags;
	b->p.tcp_seq = (uint32_t)(1000 + b->sent[dir] + !(flags & 2));
	b->f.key.sport = port;
	b->f.tcp_flags[dir] |= flags;
	b->f.packets[dir]++;
	b->sent[dir] += n;
	identify_packet(b->d, &b->f, &b->p, dir);
}

static void
tcp_handshake(struct bench *b, uint16_t port)
{
	send(b, DIR_TO_SERVER, port, TCP_SYN, "", 0);
	send(b, DIR_TO_CLIENT, port, TCP_SYN | TCP_ACK, "", 0);
	send(b, DIR_TO_SERVER, port, TCP_ACK, "", 0);
}

static void
http_on_any_port(void **state)
{
	static const char request[] =
	    "GET /index.html HTTP/1.1\r\nHost: www.example.test\r\nUser-Agent: curl/8\r\n\r\n";
	static const char response[] =
	    "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nok";
	struct bench b;
	struct identify_result r;
	(void)state;
	open_bench(&b, 6);
	tcp_handshake(&b, 12345);
	identify_result(b.d, &b.f, &r);
	assert_string_equal(r.proto, "Unknown");
	assert_false(r.final);
	send(&b, DIR_TO_SERVER, 12345, TCP_ACK | TCP_PSH, request, sizeof(request) - 1);
	send(&b, DIR_TO_CLIENT, 12345, TCP_ACK | TCP_PSH, response, sizeof(response) - 1);
	identify_finish(b.d, &b.f);
	identify_result(b.d, &b.f, &r);
	assert_true(r.final);
	assert_string_equal(r.proto, "HTTP");
	assert_string_equal(r.category, "Web");
	assert_string_equal(r.confidence, "DPI");
	assert_string_equal(r.hostname, "www.example.test");
	struct identify_risk risk;
	unsigned nonstandard = 0;
	for (unsigned i = 0; i < 64; i++)
		if (r.risks >> i & 1 && identify_risk(i, &risk))
			nonstandard +=
			    strcmp(risk.name, "Known Protocol on Non Standard Port") == 0;
	assert_int_equal(nonstandard, 1);
	assert_true(r.risk_score > 0);
	close_bench(&b);
}

/* A query for www.google.com and its answer: a sub-protocol by name. */
static void
dns_names_what_it_is_about(void **state)
{
	static const uint8_t query[] = "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
				       "\x03www\x06google\x03"
				       "com\x00\x00\x01\x00\x01";
	static const uint8_t answer[] =
	    "\x12\x34\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00"
	    "\x03www\x06google\x03"
	    "com\x00\x00\x01\x00\x01"
	    "\xc0\x0c\x00\x01\x00\x01\x00\x00\x01\x2c\x00\x04\x08\x08\x08\x08";
	struct bench b;
	struct identify_result r;
	uint16_t master, app;
	(void)state;
	open_bench(&b, 17);
	send(&b, DIR_TO_SERVER, 53, 0, query, sizeof(query) - 1);
	send(&b, DIR_TO_CLIENT, 53, 0, answer, sizeof(answer) - 1);
	identify_result(b.d, &b.f, &r);
	assert_string_equal(r.proto, "DNS.Google");
	assert_string_equal(r.hostname, "www.google.com");
	identify_ids(&b.f, &master, &app);
	assert_true(master && app && master != app);
	close_bench(&b);
}

static void
nothing_is_fed_once_the_answer_is_final(void **state)
{
	static const uint8_t noise[] = "\x51\x9b\x77\xe3\x0f\x2a\xc4\x60";
	struct bench b;
	struct identify_result r;
	(void)state;
	open_bench(&b, 17);
	for (int i = 0; i < 5; i++)
		send(&b, DIR_TO_SERVER, 33333, 0, noise, sizeof(noise) - 1);
	uint64_t fed = identify_count(b.d)->packets;
	assert_in_range(fed, 1, 5); /* the library may give up before the limit */
	identify_result(b.d, &b.f, &r);
	assert_true(r.final);
	assert_string_equal(r.proto, "Unknown");
	assert_int_equal(identify_count(b.d)->unknown, 1);
	send(&b, DIR_TO_SERVER, 33333, 0, noise, sizeof(noise) - 1);
	assert_int_equal(identify_count(b.d)->packets, fed);
	assert_int_equal(identify_count(b.d)->settled, 6 - fed);
	close_bench(&b);
}

static void
port_is_guessed_at_the_end(void **state)
{
	struct bench b;
	struct identify_result r;
	(void)state;
	open_bench(&b, 6);
	tcp_handshake(&b, 3306);
	assert_null(b.f.identify); /* a flow without a word costs nothing */
	assert_int_equal(identify_count(b.d)->left_out, 3);
	identify_finish(b.d, &b.f);
	identify_result(b.d, &b.f, &r);
	assert_string_equal(r.proto, "MySQL");
	assert_string_equal(r.confidence, "Match by port");
	assert_int_equal(identify_count(b.d)->guessed, 1);
	close_bench(&b);
}

static void
flow_that_was_never_fed_is_unknown(void **state)
{
	struct bench b;
	struct identify_result r;
	(void)state;
	open_bench(&b, 6);
	identify_finish(b.d, &b.f);
	identify_result(b.d, &b.f, &r);
	assert_string_equal(r.proto, "Unknown");
	assert_null(r.hostname);
	assert_false(r.final);
	close_bench(&b);
}

static void
custom_protocols_come_from_a_file(void **state)
{
	char path[] = "/tmp/wanglou-identify-XXXXXX";
	struct bench b;
	struct identify_result r;
	struct err e;
	(void)state;
	open_bench(&b, 6);
	identify_free(b.d);
	assert_null(make("/nonexistent/protocols", &e));
	assert_non_null(strstr(e.text, "/nonexistent/protocols"));
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	FILE *f = fdopen(fd, "w");
	assert_non_null(f);
	fputs("tcp:44123@Wangzhan\n", f);
	fclose(f);
	b.d = make(path, &e);
	assert_non_null(b.d);
	remove(path);
	tcp_handshake(&b, 44123);
	identify_finish(b.d, &b.f);
	identify_result(b.d, &b.f, &r);
	assert_string_equal(r.proto, "Wangzhan");
	close_bench(&b);
}

static void
refused(const char *text, const char *where)
{
	char path[] = "/tmp/wanglou-identify-XXXXXX";
	struct err e;
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	FILE *f = fdopen(fd, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_null(make(path, &e));
	remove(path);
	assert_non_null(strstr(e.text, path));
	assert_non_null(strstr(e.text, where));
}

static void
damaged_protocols_are_named_by_line(void **state)
{
	(void)state;
	refused("# ours\ntcp:99999@A\n", ":2: a port");
	refused("tcp:80\n", ":1: expected @");
	refused("@A\n", ":1: nothing");
	refused("ip:10.0.0.300@A\n", ":1: not an IPv4");
	refused("host:\"\"@A\n", ":1: the host name");
	refused("\n\nsctp:80@A\n", ":3: expected tcp");
	refused("tcp:80@A", ":1: the line has no end");
}

static void
every_risk_has_a_name_and_a_severity(void **state)
{
	struct identify_risk risk;
	unsigned n = 0;
	(void)state;
	for (unsigned i = 0; i < 64; i++) {
		if (!identify_risk(i, &risk))
			continue;
		assert_true(strlen(risk.name) > 3 && strlen(risk.severity) > 2 && risk.score > 0);
		n++;
	}
	assert_true(n >= 41);
	assert_false(identify_risk(0, &risk));
	assert_true(identify_version()[0] >= '4');
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(http_on_any_port),
		cmocka_unit_test(dns_names_what_it_is_about),
		cmocka_unit_test(nothing_is_fed_once_the_answer_is_final),
		cmocka_unit_test(port_is_guessed_at_the_end),
		cmocka_unit_test(flow_that_was_never_fed_is_unknown),
		cmocka_unit_test(custom_protocols_come_from_a_file),
		cmocka_unit_test(damaged_protocols_are_named_by_line),
		cmocka_unit_test(every_risk_has_a_name_and_a_severity),
	};
	return cmocka_run_group_tests_name("identify", tests, NULL, NULL);
}
