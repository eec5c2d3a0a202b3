/* SPDX-License-Identifier: Apache-2.0 */
/* l7: what comes out for streams in pieces, on any port, with holes and caps; nothing secret in it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probe/l7.h"

#define RANDOM "01234567890123456789012345678901"

struct fixture {
	struct l7 *l;
	struct flow flow;
	char said[16384]; /* every record written, joined */
	unsigned fails, oks, events;
	uint8_t ready; /* of the last packet, all transactions together */
};

static const struct l7_config config = { .max_buffer = 65536,
	.max_state = 16,
	.max_tx_per_flow = 4,
	.body_limit = 4096,
	.max_text = 65536 };

static void
start(struct fixture *f, uint16_t port, uint8_t proto)
{
	memset(f, 0, sizeof(*f));
	f->flow.key.proto = proto;
	f->flow.key.sport = port;
	f->l = l7_new(&config);
	assert_non_null(f->l);
}

static void
collect(struct fixture *f)
{
	struct buf out;
	struct jw w;
	const char *kind;
	size_t n;
	const struct l7_tx *tx = l7_ready(f->l, &n);
	f->ready = 0;
	for (size_t i = 0; i < n; i++) {
		f->ready |= tx[i].ready;
		f->fails += l7_tx_login(&tx[i], &kind) == L7_LOGIN_FAIL;
		f->oks += l7_tx_login(&tx[i], &kind) == L7_LOGIN_OK;
		if (!l7_tx_record(&tx[i]))
			continue;
		f->events++;
		buf_init(&out, 0);
		jw_init(&w, &out);
		l7_tx_write(&tx[i], &w);
		strncat(f->said, (const char *)out.ptr, out.len);
		buf_fini(&out);
	}
}

static void
send_n(struct fixture *f, enum dir dir, const void *data, size_t n)
{
	struct packet p = { .payload = { data, n } };
	struct flow_chunk c = { .data = p.payload, .dir = dir };
	l7_begin(f->l);
	if (f->flow.key.proto == 17)
		l7_datagram(f->l, &f->flow, &p, dir);
	else
		l7_chunk(f->l, &f->flow, &p, &c);
	collect(f);
}

#define SEND(f, dir, text) send_n((f), (dir), (text), sizeof(text) - 1)
#define C(f, text) SEND((f), DIR_TO_SERVER, (text))
#define S(f, text) SEND((f), DIR_TO_CLIENT, (text))

static void
lose(struct fixture *f, enum dir dir, uint64_t n, const char *then)
{
	struct flow_chunk c = { .data = view_of(then), .dir = dir, .lost = n };
	l7_begin(f->l);
	l7_chunk(f->l, &f->flow, NULL, &c);
	collect(f);
}

static void
finish(struct fixture *f)
{
	l7_begin(f->l);
	l7_finish(f->l, &f->flow);
	collect(f);
	l7_flow_free(f->l, &f->flow);
	l7_free(f->l);
}

static void
said(const struct fixture *f, const char *text)
{
	if (!strstr(f->said, text))
		fail_msg("%s is not in %s", text, f->said);
}

static bool
buffer_is(struct fixture *f, enum l7_buffer b, const char *want)
{
	size_t n;
	struct view v;
	const struct l7_tx *tx = l7_ready(f->l, &n);
	for (size_t i = 0; i < n; i++) {
		const struct l7_ask ask = { .what = (uint8_t)b };
		if (l7_tx_buffer(&tx[i], &ask, &v) && view_is(v, want))
			return true;
	}
	return false;
}

static const char get[] = "GET /a%20b/../c?q=%41 HTTP/1.1\r\nHost: WWW.Example.com:8080\r\n"
			  "User-Agent: lab\r\nCookie: secret=1\r\n\r\n";

static void
http_in_one_byte_pieces_on_any_port(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, 31337, 6);
	for (size_t i = 0; i < sizeof(get) - 2; i++)
		send_n(&f, DIR_TO_SERVER, get + i, 1);
	assert_int_equal(f.ready, 0);
	send_n(&f, DIR_TO_SERVER, get + sizeof(get) - 2, 1);
	assert_int_equal(f.ready, L7_READY_REQUEST);
	assert_true(buffer_is(&f, L7_BUF_HTTP_URI, "/c?q=A"));
	assert_true(buffer_is(&f, L7_BUF_HTTP_HOST, "www.example.com"));
	assert_true(buffer_is(&f, L7_BUF_HTTP_METHOD, "GET"));
	assert_true(buffer_is(&f, L7_BUF_HTTP_USER_AGENT, "lab"));
	assert_false(buffer_is(&f, L7_BUF_DNS_QUERY, ""));
	S(&f, "HTTP/1.1 302 Found\r\nContent-Type: text/html; charset=x\r\nLocation: /x\r\n"
	      "Content-Length: 5\r\n\r\nhe");
	assert_int_equal(f.ready, L7_READY_RESPONSE);
	S(&f, "llo");
	assert_int_equal(f.ready, L7_READY_EVENT);
	said(&f, "\"http\":{\"hostname\":\"WWW.Example.com\",\"http_port\":8080,"
		 "\"url\":\"/a%20b/../c?q=%41\",\"http_user_agent\":\"lab\","
		 "\"http_content_type\":\"text/html\",\"http_method\":\"GET\","
		 "\"protocol\":\"HTTP/1.1\",\"status\":302,\"redirect\":\"/x\",\"length\":5}");
	assert_null(strstr(f.said, "secret"));
	assert_string_equal(l7_proto_name(l7_proto(&f.flow)), "http");
	finish(&f);
	assert_int_equal(f.events, 1);
}

static void
http_pipelined_requests_pair_up(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, 80, 6);
	C(&f, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
	S(&f, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 404 No\r\nContent-Length: "
	      "0\r\n\r\n");
	assert_int_equal(f.events, 2);
	said(&f, "\"url\":\"/1\",\"http_method\":\"GET\",\"protocol\":\"HTTP/1.1\",\"status\":200");
	said(&f, "\"url\":\"/2\",\"http_method\":\"GET\",\"protocol\":\"HTTP/1.1\",\"status\":404");
	finish(&f);
}

static void
http_without_an_answer_is_said_at_the_end(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, 80, 6);
	C(&f, "GET /lonely HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_int_equal(f.events, 0);
	finish(&f);
	assert_int_equal(f.events, 1);
	said(&f, "/lonely");
}

/* Both ways are over: it need not wait until the flow is forgotten. */
static void
http_without_an_answer_is_said_when_both_end(void **state)
{
	(void)state;
	struct fixture f;
	struct flow_chunk end = { .dir = DIR_TO_SERVER, .end = true };
	start(&f, 80, 6);
	C(&f, "GET /never HTTP/1.1\r\nHost: h\r\n\r\n");
	for (int i = 0; i < 2; i++, end.dir = DIR_TO_CLIENT) {
		assert_int_equal(f.events, 0);
		l7_begin(f.l);
		l7_chunk(f.l, &f.flow, NULL, &end);
		collect(&f);
	}
	assert_int_equal(f.events, 1);
	said(&f, "\"url\":\"/never\"");
	finish(&f);
	assert_int_equal(f.events, 1);
}

/* stats.app_layer has them by transport. */
static void
dns_is_counted_by_transport(void **state)
{
	static const char query[] = "\x12\x34\x01\0\0\1\0\0\0\0\0\0\3www\7example\0\0\1\0\1";
	(void)state;
	struct fixture f;
	start(&f, 53, 17);
	SEND(&f, DIR_TO_SERVER, query);
	const struct l7_proto_counters *of = l7_count(f.l)->of[L7_DNS];
	assert_int_equal(of[0].flows, 1);
	assert_int_equal(of[0].tx, 1);
	assert_int_equal(of[1].flows, 0);
	assert_int_equal(of[1].tx, 0);
	finish(&f);
}

static void
http_hole_in_a_body_is_survived(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, 80, 6);
	C(&f, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
	S(&f, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nab");
	lose(&f, DIR_TO_CLIENT, 97, "z");
	assert_int_equal(f.events, 1);
	assert_int_equal(l7_count(f.l)->gaps, 0);
	finish(&f);
}

static void
http_logins(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, 80, 6);
	C(&f, "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Basic eDp5\r\n\r\n");
	S(&f, "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n");
	assert_int_equal(f.fails, 1);
	C(&f, "POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=b");
	S(&f, "HTTP/1.1 200 OK\r\nContent-Length: 27\r\n\r\n<input name=p type=\"passw");
	S(&f, "ord");
	assert_int_equal(f.fails, 1); /* a byte is missing */
	S(&f, "\"");
	assert_int_equal(f.fails, 1 + (f.events == 2));
	finish(&f);
	assert_int_equal(f.fails, 2);
	start(&f, 80, 6);
	C(&f, "POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=b");
	S(&f, "HTTP/1.1 302 Found\r\nLocation: /home\r\nContent-Length: 0\r\n\r\n");
	assert_int_equal(f.oks, 1);
	assert_null(strstr(f.said, "eDp5"));
	finish(&f);
}

static void
http_flood_of_requests_meets_the_cap(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, 80, 6);
	for (int i = 0; i < 20; i++)
		C(&f, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_int_equal(l7_count(f.l)->over_cap, 1);
	finish(&f);
	assert_true(f.events <= config.max_tx_per_flow);
}

static const char client_hello[] =
    "\x16\3\1\0\x45\1\0\0\x41\3\3" RANDOM "\0\0\2\xc0\x2b\1\0\0\x16\0\0\0\x0b\0\x09\0\0\6"
    "a.test\0\x0b\0\2\1\0\xff";
static const char server_hello[] = "\x16\3\3\0\x2a\2\0\0\x26\3\3" RANDOM "\0\xc0\x2b\0";

static void
tls_resumed_over_fragments(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, 9, 6);
	send_n(&f, DIR_TO_SERVER, client_hello, 20);
	send_n(&f, DIR_TO_SERVER, client_hello + 20, sizeof(client_hello) - 21);
	assert_int_equal(f.ready, L7_READY_REQUEST);
	assert_true(buffer_is(&f, L7_BUF_TLS_SNI, "a.test"));
	/* the ServerHello in two records, cut inside its random */
	S(&f, "\x16\3\3\0\x06\2\0\0\x26\3\3\x16\3\3\0\x24" RANDOM "\0\xc0\x2b\0");
	assert_int_equal(f.ready, L7_READY_RESPONSE);
	S(&f, "\x14\3\3\0\1\1");
	said(&f, "\"session_resumed\":true,\"sni\":\"a.test\",\"version\":\"TLS 1.2\"");
	said(&f, "\"string\":\"771,49195,0-11,,0\"");
	said(&f, "\"ja3s\":{\"hash\":");
	C(&f, "whatever follows is not looked at");
	finish(&f);
	assert_int_equal(f.events, 1);
}

static void
http_connect_then_tls(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, 3128, 6);
	C(&f, "CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n");
	S(&f, "HTTP/1.1 200 OK\r\n\r\n");
	send_n(&f, DIR_TO_SERVER, client_hello, sizeof(client_hello) - 1);
	send_n(&f, DIR_TO_CLIENT, server_hello, sizeof(server_hello) - 1);
	S(&f, "\x14\3\3\0\1\1");
	said(&f, "\"http_method\":\"CONNECT\"");
	said(&f, "\"sni\":\"a.test\"");
	finish(&f);
	assert_int_equal(f.events, 2);
}

static void
http_request_behind_a_false_end_is_seen(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, 80, 6);
	struct flow_chunk end = { .dir = DIR_TO_CLIENT, .end = true };
	S(&f, "HTTP/1.1 200 OK\r\n\r\nuntil the end");
	l7_begin(f.l);
	l7_chunk(f.l, &f.flow, NULL, &end);
	collect(&f);
	assert_int_equal(f.events, 1);
	C(&f, "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_true(buffer_is(&f, L7_BUF_HTTP_URI, "/hidden"));
	finish(&f);
	assert_int_equal(f.events, 2);
}

static void
http_that_becomes_something_unknown_stays_http(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, 80, 6);
	C(&f, "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: strange\r\n\r\n");
	S(&f, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: strange\r\n\r\n");
	assert_int_equal(f.events, 1);
	C(&f, "\x82\x05hello");
	S(&f, "\x82\x05hello");
	assert_int_equal(l7_proto(&f.flow), L7_HTTP);
	finish(&f);
	assert_int_equal(f.events, 1);
}

static void
ftp_keeps_no_password(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, 2121, 6);
	S(&f, "220-Welcome\r\n to FTP\r\n220 ready\r\n");
	C(&f, "USER root\r\nPASS hunter2\r\n");
	S(&f, "331 password\r\n530 no\r\n");
	assert_int_equal(f.fails, 1);
	C(&f, "PASS hunter3\r\n");
	S(&f, "230 in\r\n");
	assert_int_equal(f.oks, 1);
	said(&f,
	    "{\"completion_code\":[\"220\",\"220\"],\"reply\":[\"Welcome\",\" to FTP\",\"ready\"],"
	    "\"reply_received\":\"yes\",\"reply_truncated\":false}");
	said(&f, "\"command\":\"USER\",\"command_data\":\"root\"");
	assert_null(strstr(f.said, "hunter"));
	finish(&f);
	assert_int_equal(f.events, 4);
}

static void
smtp_is_not_ftp(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, 25, 6);
	S(&f, "220 mail.lab ESMTP\r\n");
	C(&f, "EHLO a\r\n");
	assert_string_equal(l7_proto_name(l7_proto(&f.flow)), "smtp");
	finish(&f);
}

/* The answer to a name of 255 odd bytes, whose records are twelve bytes and two pointers to it. */
static size_t
odd_answer(uint8_t *message, size_t room)
{
	static const char head[] = "\0\1\x81\x80\0\1\0\0\0\0\0\0", type[] = "\0\2\0\1",
			  record[] = "\xc0\x0c\0\2\0\1\0\0\0\0\0\2\xc0\x0c";
	size_t n = sizeof(head) - 1;
	memcpy(message, head, n);
	for (int i = 0; i < 4; i++) {
		size_t label = i < 3 ? 63 : 60;
		message[n++] = (uint8_t)label;
		memset(message + n, 0xff, label);
		n += label;
	}
	message[n++] = 0;
	memcpy(message + n, type, 4);
	for (n += 4; n + sizeof(record) - 1 <= room; n += sizeof(record) - 1, message[7]++)
		memcpy(message + n, record, sizeof(record) - 1);
	return n;
}

static void
a_small_answer_makes_no_huge_event(void **state)
{
	struct fixture f;
	struct buf out;
	struct jw w;
	uint8_t message[1472];
	size_t n = odd_answer(message, sizeof(message)), txs;
	struct packet p = { .payload = { message, n } };
	(void)state;
	start(&f, 53, 17);
	l7_datagram(f.l, &f.flow, &p, DIR_TO_CLIENT);
	const struct l7_tx *tx = l7_ready(f.l, &txs);
	assert_int_equal(txs, 1);
	buf_init(&out, 0);
	jw_init(&w, &out);
	l7_tx_write(tx, &w);
	assert_true(out.len > 16 * n && out.len < 24 * n + 4096);
	assert_non_null(memmem(out.ptr, out.len, "\"left_out\":", 11));
	buf_fini(&out);
	finish(&f);
}

static void
dns_query_and_answer(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, 53, 17);
	C(&f, "\0\1\1\0\0\1\0\0\0\0\0\0\3www\4test\0\0\1\0\1");
	assert_int_equal(f.ready, L7_READY_REQUEST | L7_READY_EVENT);
	assert_true(buffer_is(&f, L7_BUF_DNS_QUERY, "www.test"));
	S(&f,
	    "\0\1\x81\x80\0\1\0\2\0\0\0\0\3www\4test\0\0\1\0\1"
	    "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\xc0\0\2\1\xc0\x0c\0\x10\0\1\0\0\0\1\0\6\2hi\2\x22\xff");
	said(&f,
	    "\"type\":\"request\",\"tx_id\":0,\"id\":1,\"flags\":\"100\",\"rd\":true,\"opcode\":0,"
	    "\"rcode\":\"NOERROR\",\"queries\":[{\"rrname\":\"www.test\",\"rrtype\":\"A\"}]}");
	said(&f, "\"flags\":\"8180\",\"qr\":true,\"rd\":true,\"ra\":true");
	said(&f, "\"answers\":[{\"rrname\":\"www.test\",\"rrtype\":\"A\",\"ttl\":60,"
		 "\"rdata\":\"192.0.2.1\"},");
	said(&f, "\"grouped\":{\"A\":[\"192.0.2.1\"],\"TXT\":[\"hi\",\"\\\"");
	C(&f, "\0\1");
	assert_int_equal(f.events, 2);
	finish(&f);
}

static void
ssh_outcome_by_sizes(void **state)
{
	(void)state;
	static const char kex[] =
	    "\0\0\0\x68\4\x14"
	    "0123456789012345\0\0\0\1k\0\0\0\1h\0\0\0\x0a"
	    "aes128-ctr\0\0\0\x0a"
	    "aes128-ctr\0\0\0\x08hmac-md5\0\0\0\x08hmac-md5\0\0\0\4none\0\0\0\4none\0\0";
	static const char newkeys[] = "\0\0\0\x0c\x0a\x15\0\0\0\0\0\0\0\0\0\0";
	struct fixture f;
	char sealed[256] = { 0 };
	char kexinit[4 + 0x68] = { 0 };
	unsigned tries;
	memcpy(kexinit, kex, sizeof(kex) - 1);
	start(&f, 2222, 6);
	S(&f, "SSH-2.0-Server_1\r\n");
	C(&f, "SSH-2.0-Client_1\r\n");
	send_n(&f, DIR_TO_SERVER, kexinit, sizeof(kexinit));
	send_n(&f, DIR_TO_CLIENT, kexinit, sizeof(kexinit));
	said(
	    &f, "\"ssh\":{\"client\":{\"proto_version\":\"2.0\",\"software_version\":\"Client_1\"");
	said(&f, "\"string\":\"k;aes128-ctr;hmac-md5;none\"");
	send_n(&f, DIR_TO_CLIENT, newkeys, sizeof(newkeys) - 1);
	send_n(&f, DIR_TO_SERVER, newkeys, sizeof(newkeys) - 1);
	static const struct {
		uint8_t client, server;
	} steps[] = { { 48, 48 }, { 64, 80 }, { 96, 80 }, { 96, 80 } };
	for (size_t i = 0; i < 4; i++) {
		send_n(&f, DIR_TO_SERVER, sealed, steps[i].client);
		send_n(&f, DIR_TO_CLIENT, sealed, steps[i].server);
	}
	assert_int_equal(l7_ssh_outcome(&f.flow, &tries), L7_LOGIN_FAIL);
	assert_int_equal(tries, 2);
	send_n(&f, DIR_TO_SERVER, sealed, 96);
	send_n(&f, DIR_TO_CLIENT, sealed, 32);
	assert_int_equal(l7_ssh_outcome(&f.flow, &tries), L7_LOGIN_OK);
	assert_int_equal(tries, 3);
	finish(&f);
}

static void
garbage_is_given_up_soon(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, 443, 6);
	C(&f, "\x01\x02\x03 not a protocol");
	assert_string_equal(l7_proto_name(l7_proto(&f.flow)), "failed");
	finish(&f);
	start(&f, 999, 17);
	for (int i = 0; i < 10; i++)
		C(&f, "no dns here");
	assert_int_equal(l7_proto(&f.flow), L7_FAILED);
	finish(&f);
}

static void
flows_beyond_the_cap_are_counted(void **state)
{
	(void)state;
	struct fixture f;
	struct flow more[32] = { 0 };
	struct flow_chunk c = { .data = view_of("GET / HTTP/1.1\r\n"), .dir = DIR_TO_SERVER };
	start(&f, 80, 6);
	for (int i = 0; i < 32; i++) {
		more[i].key.proto = 6;
		l7_chunk(f.l, &more[i], NULL, &c);
	}
	assert_int_equal(l7_count(f.l)->over_cap, 16);
	for (int i = 0; i < 32; i++)
		l7_flow_free(f.l, &more[i]);
	finish(&f);
}

static void
names_of_buffers(void **state)
{
	(void)state;
	for (int b = 0; b < L7_BUF_COUNT; b++) {
		/* one is named by a keyword of its own */
		if (b != L7_BUF_DCERPC_IFACE)
			assert_non_null(l7_buffer_row((enum l7_buffer)b)->name);
		assert_true(l7_buffer_row((enum l7_buffer)b)->protos != 0);
	}
	assert_string_equal(l7_buffer_row(L7_BUF_TLS_SNI)->name, "tls.sni");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(http_in_one_byte_pieces_on_any_port),
		cmocka_unit_test(http_pipelined_requests_pair_up),
		cmocka_unit_test(http_without_an_answer_is_said_at_the_end),
		cmocka_unit_test(http_without_an_answer_is_said_when_both_end),
		cmocka_unit_test(dns_is_counted_by_transport),
		cmocka_unit_test(http_hole_in_a_body_is_survived),
		cmocka_unit_test(http_logins),
		cmocka_unit_test(http_flood_of_requests_meets_the_cap),
		cmocka_unit_test(tls_resumed_over_fragments),
		cmocka_unit_test(http_connect_then_tls),
		cmocka_unit_test(http_request_behind_a_false_end_is_seen),
		cmocka_unit_test(http_that_becomes_something_unknown_stays_http),
		cmocka_unit_test(ftp_keeps_no_password),
		cmocka_unit_test(smtp_is_not_ftp),
		cmocka_unit_test(dns_query_and_answer),
		cmocka_unit_test(a_small_answer_makes_no_huge_event),
		cmocka_unit_test(ssh_outcome_by_sizes),
		cmocka_unit_test(garbage_is_given_up_soon),
		cmocka_unit_test(flows_beyond_the_cap_are_counted),
		cmocka_unit_test(names_of_buffers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
