/* SPDX-License-Identifier: Apache-2.0 */
/* l7, web and names: headers, forms, codings, HPACK, HTTP/2 and WebSocket, whole and in pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/probe/l7/web/hpack.h"
#include "../../src/probe/l7/web/http_head.h"
#include "../../src/probe/l7/web/multipart.h"
#include "lib/crypt.h"
#include "probe/l7.h"
#include "probe/l7/http2.h"
#include "probe/l7/parse.h"
#include "probe/l7/websocket.h"

struct fixture {
	struct l7 *l;
	struct flow flow;
	char said[32768]; /* every record and file, joined */
	unsigned events, odd;
};

static void
start(struct fixture *f, uint16_t port, uint8_t proto)
{
	static const struct l7_config config = { .max_buffer = 65536,
		.max_state = 16,
		.max_tx_per_flow = 4,
		.body_limit = 4096,
		.max_text = 1 << 20,
		.max_files = 16,
		.digests = 1u << CRYPT_MD5 };
	memset(f, 0, sizeof(*f));
	f->flow.key.proto = proto;
	f->flow.key.sport = port;
	f->l = l7_new(&config);
	assert_non_null(f->l);
}

static void
add_line(struct fixture *f, const struct l7_tx *tx, const struct l7_carried *c)
{
	struct buf out;
	struct jw w;
	buf_init(&out, 0);
	jw_init(&w, &out);
	if (tx)
		l7_tx_write(tx, &w);
	if (c)
		l7_file_write(c, &w);
	size_t have = strlen(f->said);
	if (have + out.len + 1 < sizeof(f->said)) {
		memcpy(f->said + have, out.ptr, out.len);
		f->said[have + out.len] = 0;
	}
	buf_fini(&out);
}

static void
collect(struct fixture *f)
{
	size_t n;
	const struct l7_tx *tx = l7_ready(f->l, &n);
	for (size_t i = 0; i < n; i++) {
		if (!l7_tx_record(&tx[i]))
			continue;
		f->events++;
		add_line(f, &tx[i], NULL);
	}
	const struct l7_carried *c = l7_files(f->l, &n);
	for (size_t i = 0; i < n; i++)
		add_line(f, NULL, &c[i]);
	const struct l7_anomaly *a = l7_anomalies(f->l, &n);
	f->odd += (unsigned)n;
	for (size_t i = 0; i < n; i++) {
		size_t have = strlen(f->said);
		(void)snprintf(f->said + have, sizeof(f->said) - have, "!%s/%lld ", a[i].event,
		    (long long)a[i].tx_id);
		assert_int_equal(
		    l7_event_told(UINT64_C(1) << a[i].proto, view_of(a[i].event)), L7_TOLD_HERE);
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

/* `piece` bytes at a time. */
static void
send_in(struct fixture *f, enum dir dir, const char *data, size_t n, size_t piece)
{
	for (size_t at = 0; at < n; at += piece)
		send_n(f, dir, data + at, n - at < piece ? n - at : piece);
}

#define SEND(f, dir, text, piece) send_in((f), (dir), (text), sizeof(text) - 1, (piece))

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

static void
is(struct view v, const char *want)
{
	if (!view_is(v, want))
		fail_msg("%.*s is not %s", (int)v.len, (const char *)v.ptr, want);
}

static void
header_values(void **state)
{
	(void)state;
	struct http_user u;
	struct http_elastic e;
	struct http_range r = http_range(view_of("bytes 500-999/1234"));
	assert_true(r.first == 500 && r.last == 999 && r.size == 1234);
	r = http_range(view_of("bytes */99"));
	assert_true(r.first == -1 && r.size == 99);
	r = http_range(view_of("bytes 99999999999999999999-1/*"));
	assert_true(r.first == -1 && r.last == 1 && r.size == -1);
	is(http_parameter(view_of("attachment; filename=\"a b.txt\"; x=y"), "filename"), "a b.txt");
	is(http_parameter(view_of("attachment; filename*=UTF-8''%e4.txt"), "filename"), "%e4.txt");
	assert_null(http_parameter(view_of("attachment; name"), "filename").ptr);
	http_user(view_of("Basic eDp5"), &u);
	is(u.scheme, "Basic");
	is(u.user, "x");
	http_user(view_of("Digest realm=\"a,b\", username=\"li\", nonce=1"), &u);
	is(u.user, "li");
	http_user(view_of("Bearer abcdef"), &u);
	assert_null(u.user.ptr);
	assert_true(http_elastic(view_of("/logs-1,x/_search?q=1"), &e));
	is(e.index, "logs-1,x");
	is(e.operation, "_search");
	assert_false(http_elastic(view_of("/a/b/c/_search"), &e));
	is(http_query(view_of("/q?a=1&dns=AAA#x"), "dns"), "AAA");
}

/* A form in pieces of every size: the same parts come out. */
static void
form_in_pieces(void **state)
{
	(void)state;
	static const char body[] =
	    "preamble\r\n--BB\r\nContent-Disposition: form-data; name=a\r\n\r\nsecret\r\n--BB\r\n"
	    "Content-Disposition: form-data; name=f; filename=\"x.bin\"\r\n\r\n"
	    "one\r\r\n--B\r\ntwo\r\n\r\n--BB--\r\nend --BB\r\n";
	for (size_t piece = 1; piece < sizeof(body); piece++) {
		struct multipart m;
		char out[64] = "";
		unsigned parts = 0, ends = 0;
		assert_true(multipart_begin(&m, view_of("BB")));
		for (size_t at = 0; at < sizeof(body) - 1; at += piece) {
			size_t left = sizeof(body) - 1 - at;
			struct cursor c = cursor_of(body + at, left < piece ? left : piece);
			struct view data;
			enum multipart_event ev;
			while ((ev = multipart_next(&m, &c, &data)) != MULTIPART_NOTHING) {
				parts += ev == MULTIPART_PART;
				ends += ev == MULTIPART_END;
				if (ev == MULTIPART_DATA && m.named)
					strncat(out, (const char *)data.ptr, data.len);
			}
		}
		assert_int_equal(parts, 2);
		assert_int_equal(ends, 2);
		assert_string_equal(out, "one\r\r\n--B\r\ntwo\r\n");
	}
}

/* RFC 7541, C.4: three requests with Huffman and a table that fills. */
static void
hpack_of_the_standard(void **state)
{
	(void)state;
	static const uint8_t blocks[3][32] = { { 0x82, 0x86, 0x84, 0x41, 0x8c, 0xf1, 0xe3, 0xc2,
						   0xe5, 0xf2, 0x3a, 0x6b, 0xa0, 0xab, 0x90, 0xf4,
						   0xff },
		{ 0x82, 0x86, 0x84, 0xbe, 0x58, 0x86, 0xa8, 0xeb, 0x10, 0x64, 0x9c, 0xbf },
		{ 0x82, 0x87, 0x85, 0xbf, 0x40, 0x88, 0x25, 0xa8, 0x49, 0xe9, 0x5b, 0xa9, 0x7d,
		    0x7f, 0x89, 0x25, 0xa8, 0x49, 0xe9, 0x5b, 0xb8, 0xe8, 0xb4, 0xbf } };
	static const size_t length[3] = { 17, 12, 24 };
	static const char *const last[3] = { "www.example.com", "no-cache", "custom-value" };
	static const uint32_t size[3] = { 57, 110, 164 };
	struct hold_pool pool;
	struct scratch s = { 0 };
	struct hpack h = { .max = HPACK_TABLE };
	hold_pool_init(&pool, 4, 65536, 0);
	for (int i = 0; i < 3; i++) {
		struct cursor c = cursor_of(blocks[i], length[i]);
		struct hpack_field f, keep = { .resized = 0 };
		while (hpack_next(&h, &pool, &s, &c, &f) == HPACK_FIELD)
			keep = f;
		is(keep.value, last[i]);
		assert_int_equal(h.size, size[i]);
	}
	struct cursor bad = cursor_of("\xff\xff\xff\xff\xff\xff", 6);
	struct hpack_field f;
	assert_int_equal(hpack_next(&h, &pool, &s, &bad, &f), HPACK_BAD);
	uint8_t out[8];
	assert_int_equal(hpack_huffman(view_of("\xff\xff\xff\xff"), out, 8), L7_BAD);
	hold_shift(&pool, &h.table, h.table.len);
	hold_pool_fini(&pool);
	scratch_fini(&s);
}

static const char h2_client[] = HTTP2_PREFACE "\0\0\6\4\0\0\0\0\0\0\3\0\0\0\x64"
					      "\0\0\x11\1\5\0\0\0\1\x82\x86\x84\x41\x8c\xf1\xe3\xc2"
					      "\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff";
static const char h2_server[] = "\0\0\0\4\0\0\0\0\0"
				"\0\0\1\1\4\0\0\0\1\x88"
				"\0\0\7\0\x09\0\0\0\1\1hello\0";

static void
http2_in_pieces(void **state)
{
	(void)state;
	for (size_t piece = 1; piece < 60; piece += 7) {
		struct fixture f;
		start(&f, 8080, 6);
		SEND(&f, DIR_TO_SERVER, h2_client, piece);
		SEND(&f, DIR_TO_CLIENT, h2_server, piece);
		assert_string_equal(l7_proto_name(l7_proto(&f.flow)), "http2");
		said(&f, "\"settings_id\":\"SETTINGSMAXCONCURRENTSTREAMS\",\"settings_value\":100");
		said(&f, "\"hostname\":\"www.example.com\",\"url\":\"/\",\"http_method\":\"GET\","
			 "\"status\":200,\"length\":5");
		said(&f, "\"stream_id\":1");
		said(&f, "\"md5\":\"5d41402abc4b2a76b9719d911017c592\"");
		finish(&f);
		assert_int_equal(f.odd, 0);
		assert_int_equal(f.events, 3);
	}
}

/* The number that the last packet's transactions have; -1: none. */
static int64_t
number(const struct fixture *f, enum l7_number what, uint16_t i, enum dir dir)
{
	struct l7_ask ask = { .what = (uint8_t)what, .dir = (uint8_t)dir, .i = i };
	uint64_t v;
	size_t n;
	const struct l7_tx *tx = l7_ready(f->l, &n);
	for (size_t k = 0; k < n; k++) {
		if (l7_tx_number(&tx[k], &ask, &v))
			return (int64_t)v;
	}
	return -1;
}

#define UP(what, i) number(&f, L7_NUM_HTTP2_##what, (i), DIR_TO_SERVER)

/* What signatures ask of frames; those of stream 0 are transactions then, but no records. */
static void
http2_frames_for_rules(void **state)
{
	struct fixture f;
	(void)state;
	start(&f, 8080, 6);
	l7_want(f.l, L7_WANT_FRAMES);
	SEND(&f, DIR_TO_SERVER, HTTP2_PREFACE "\0\0\6\4\0\0\0\0\0\0\3\0\0\0\x64", 999);
	assert_int_equal(UP(FRAMETYPE, 0), HTTP2_SETTINGS);
	assert_int_equal(UP(SETTINGS, 0), INT64_C(3) << 32 | 100);
	assert_int_equal(UP(SETTINGS, 1), -1);
	SEND(&f, DIR_TO_SERVER, "\0\0\4\x08\0\0\0\0\0\0\0\x87\x4a", 999);
	assert_int_equal(UP(FRAMETYPE, 0), HTTP2_WINDOW_UPDATE);
	assert_int_equal(UP(WINDOW, 0), 34634);
	SEND(&f, DIR_TO_SERVER, "\0\0\x08\x06\0\0\0\0\0........", 999);
	assert_int_equal(UP(FRAMETYPE, 0), HTTP2_PING);
	SEND(&f, DIR_TO_SERVER, "\0\0\3\1\4\0\0\0\1\x82\x86\x84", 999);
	assert_int_equal(UP(FRAMETYPE, 0), HTTP2_HEADERS);
	SEND(&f, DIR_TO_SERVER, "\0\0\5\2\0\0\0\0\1\0\0\0\0\x63", 999);
	assert_int_equal(UP(PRIORITY, 0), 99);
	SEND(&f, DIR_TO_SERVER, "\0\0\4\3\0\0\0\0\1\0\0\0\x8", 999);
	assert_int_equal(UP(ERRORCODE, 0), 8);
	assert_int_equal(UP(FRAMETYPE, 2), HTTP2_RST_STREAM);
	SEND(&f, DIR_TO_SERVER, "\0\0\x9\1\5\0\0\0\3\x82\x86\x84\x41\4u:p@", 999);
	said(&f, "!userinfo_in_uri/4 ");
	assert_null(strstr(f.said, "u:p"));
	finish(&f);
	assert_null(strstr(f.said, "u:p"));
	assert_int_equal(f.events, 3);
}

static void
websocket_frames(void **state)
{
	(void)state;
	struct websocket_frame w;
	struct fixture f;
	assert_int_equal(websocket_header(view_of("\x81\x05"), &w), 2);
	assert_int_equal(
	    websocket_header((struct view){ (const uint8_t *)"\x82\x7e\x00\x10", 4 }, &w), L7_BAD);
	assert_int_equal(websocket_header(view_of("\x82\x7e\x01"), &w), L7_MORE);
	start(&f, 80, 6);
	SEND(&f, DIR_TO_SERVER,
	    "GET /c HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n", 99);
	SEND(&f, DIR_TO_CLIENT,
	    "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n", 99);
	SEND(&f, DIR_TO_SERVER, "\x81\x83\1\2\3\4abc", 1);
	SEND(&f, DIR_TO_CLIENT, "\x89\x80", 9); /* a server must not mask */
	SEND(&f, DIR_TO_CLIENT, "\x88\x02\x03\xe8", 1);
	said(&f, "{\"fin\":true,\"mask\":16909060,\"opcode\":\"text\",\"length\":3}");
	assert_int_equal(l7_proto(&f.flow), L7_WEBSOCKET);
	finish(&f);
}

static void
uploads_by_form(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, 80, 6);
	SEND(&f, DIR_TO_SERVER,
	    "POST /up HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=BB\r\n"
	    "Content-Length: 79\r\n\r\n--BB\r\nContent-Disposition: form-data; name=f; "
	    "filename=h.txt\r\n\r\nhello\r\n--BB--\r\n",
	    5);
	SEND(&f, DIR_TO_CLIENT, "HTTP/1.1 204 No\r\n\r\n", 99);
	said(&f, "\"filename\":\"h.txt\",\"gaps\":false,\"state\":\"CLOSED\","
		 "\"md5\":\"5d41402abc4b2a76b9719d911017c592\"");
	SEND(&f, DIR_TO_SERVER,
	    "POST /x HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
	    "Content-Length: 5\r\n\r\nhello",
	    99);
	SEND(&f, DIR_TO_CLIENT, "HTTP/1.1 204 No\r\n\r\n", 99);
	said(&f, "\"filename\":\"/x\",\"gaps\":false,\"state\":\"CLOSED\",\"stored\"");
	finish(&f);
}

/* Two responses with the halves, the second first: the whole is a file of its own. */
static void
parts_are_joined(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, 80, 6);
	SEND(&f, DIR_TO_SERVER, "GET /f HTTP/1.1\r\nHost: a\r\n\r\n", 99);
	SEND(&f, DIR_TO_CLIENT,
	    "HTTP/1.1 206 P\r\nContent-Range: bytes 2-4/5\r\nContent-Length: 3\r\n\r\nllo", 9);
	SEND(&f, DIR_TO_SERVER, "GET /f HTTP/1.1\r\nHost: a\r\n\r\n", 99);
	SEND(&f, DIR_TO_CLIENT,
	    "HTTP/1.1 206 P\r\nContent-Range: bytes 0-1/5\r\nContent-Length: 2\r\n\r\nhe", 9);
	said(&f, "\"start\":2,\"end\":4");
	said(&f, "\"md5\":\"5d41402abc4b2a76b9719d911017c592\"");
	finish(&f);
}

static void
dns_over_http(void **state)
{
	(void)state;
	struct fixture f;
	start(&f, 80, 6);
	SEND(&f, DIR_TO_SERVER,
	    "GET /dns-query?dns=AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB HTTP/1.1\r\nHost: "
	    "a\r\n\r\n",
	    99);
	said(&f, "\"queries\":[{\"rrname\":\"www.example.com\",\"rrtype\":\"A\"}]");
	finish(&f);
}

/* A message with a hole is left out, the next one is read. */
static void
dns_behind_a_hole(void **state)
{
	(void)state;
	static const char message[] = "\0\x1a\0\1\1\0\0\1\0\0\0\0\0\0\3www\4test\0\0\1\0\1";
	struct fixture f;
	start(&f, 53, 6);
	SEND(&f, DIR_TO_SERVER, message, 99);
	assert_int_equal(f.events, 1);
	send_n(&f, DIR_TO_SERVER, message, 10);
	struct flow_chunk c = { .data = { (const uint8_t *)message + 20, 8 }, .lost = 10 };
	l7_begin(f.l);
	l7_chunk(f.l, &f.flow, NULL, &c);
	collect(&f);
	SEND(&f, DIR_TO_SERVER, message, 3);
	assert_int_equal(f.events, 2);
	finish(&f);
}

static void
lose(struct fixture *f, enum dir dir, uint64_t n, const char *then)
{
	struct flow_chunk c = { .data = view_of(then), .dir = dir, .lost = n };
	l7_begin(f->l);
	l7_chunk(f->l, &f->flow, NULL, &c);
	collect(f);
}

#define REQUEST(path) "GET " path " HTTP/1.1\r\nHost: a\r\n\r\n"
#define ASK(f, path) SEND((f), DIR_TO_SERVER, REQUEST(path), 999)
#define ANSWER(status) "HTTP/1.1 " status " X\r\nContent-Length: 0\r\n\r\n"
#define OF(path) "\"url\":\"" path "\",\"http_method\":\"GET\",\"protocol\":\"HTTP/1.1\","

/* The answers to the first two were lost: what follows is to the third. */
static void
http_answers_lost(void **state)
{
	struct fixture f;
	(void)state;
	start(&f, 80, 6);
	ASK(&f, "/0");
	SEND(&f, DIR_TO_CLIENT, ANSWER("200"), 999);
	ASK(&f, "/1");
	ASK(&f, "/2");
	ASK(&f, "/3");
	lose(&f, DIR_TO_CLIENT, 900, "of a body");
	assert_int_equal(f.events, 1);
	SEND(&f, DIR_TO_CLIENT, "HTTP/1.", 7); /* no whole beginning of one */
	SEND(&f, DIR_TO_CLIENT, ANSWER("404"), 999);
	said(&f, OF("/1") "\"length\":0");
	said(&f, OF("/2") "\"length\":0");
	said(&f, OF("/3") "\"status\":404");
	ASK(&f, "/4");
	SEND(&f, DIR_TO_CLIENT, ANSWER("500"), 5);
	said(&f, OF("/4") "\"status\":500");
	assert_int_equal(f.odd, 0);
	assert_int_equal(l7_count(f.l)->gaps, 0);
	finish(&f);
	assert_int_equal(f.events, 5);
}

/* A client that does not wait: the answers keep their order. */
static void
http_answers_lost_in_a_pipeline(void **state)
{
	struct fixture f;
	(void)state;
	start(&f, 80, 6);
	ASK(&f, "/0");
	ASK(&f, "/1");
	SEND(&f, DIR_TO_CLIENT, ANSWER("200"), 999);
	ASK(&f, "/2");
	SEND(&f, DIR_TO_CLIENT, "HTTP/1.1 201 X\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n", 999);
	lose(&f, DIR_TO_CLIENT, 12, ANSWER("202"));
	said(&f, OF("/1") "\"status\":201");
	said(&f, OF("/2") "\"status\":202");
	finish(&f);
	assert_int_equal(f.events, 3);
}

/* The hole takes the end of a body and of the fields of the next answer. */
static void
http_hole_over_the_end_of_a_body(void **state)
{
	struct fixture f;
	(void)state;
	start(&f, 80, 6);
	ASK(&f, "/1");
	SEND(&f, DIR_TO_CLIENT, "HTTP/1.1 200 X\r\nContent-Length: 10\r\n\r\nab", 999);
	ASK(&f, "/2");
	lose(&f, DIR_TO_CLIENT, 100, "Server: b\r\n\r\n");
	said(&f, OF("/1") "\"status\":200,\"length\":10");
	said(&f, "\"gaps\":true,\"state\":\"TRUNCATED\"");
	ASK(&f, "/3");
	SEND(&f, DIR_TO_CLIENT, ANSWER("204"), 999);
	said(&f, OF("/3") "\"status\":204");
	finish(&f);
	assert_int_equal(f.events, 3);
}

/* A hole in the fields of an answer, in one whose body comes in chunks, and behind 100. */
static void
http_answers_cut_by_a_hole(void **state)
{
	struct fixture f;
	(void)state;
	start(&f, 80, 6);
	ASK(&f, "/1");
	SEND(&f, DIR_TO_CLIENT, "HTTP/1.1 200 X\r\nServer: b\r\nX-Y: ", 999);
	lose(&f, DIR_TO_CLIENT, 20, "zz\r\n\r\n");
	said(&f, OF("/1") "\"status\":200,\"length\":0,\"server\":\"b\"");
	ASK(&f, "/2");
	SEND(&f, DIR_TO_CLIENT,
	    "HTTP/1.1 201 X\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n8\r\nq", 999);
	lose(&f, DIR_TO_CLIENT, 20, "\r\n0\r\n\r\n");
	said(&f, OF("/2") "\"status\":201,\"length\":");
	said(&f, "\"filename\":\"/2\",\"gaps\":true,\"state\":\"TRUNCATED\"");
	ASK(&f, "/3");
	SEND(&f, DIR_TO_CLIENT, "HTTP/1.1 100 Go\r\n\r\n", 999);
	lose(&f, DIR_TO_CLIENT, 20, ANSWER("404"));
	said(&f, OF("/3") "\"status\":404");
	finish(&f);
	assert_int_equal(f.events, 3);
}

/* Requests cut in their line, their fields and their body; the next one is read. */
static void
http_requests_cut_by_a_hole(void **state)
{
	struct fixture f;
	(void)state;
	start(&f, 80, 6);
	SEND(&f, DIR_TO_SERVER, "GET /1?q=", 999);
	lose(&f, DIR_TO_SERVER, 50, "Host: a\r\n\r\n");
	SEND(&f, DIR_TO_CLIENT, ANSWER("201"), 999);
	said(&f, "\"url\":\"/1?q=\",\"http_method\":\"GET\",\"status\":201");
	SEND(&f, DIR_TO_SERVER, "GET /2 HTTP/1.1\r\nHost: a\r\nUser-A", 999);
	lose(&f, DIR_TO_SERVER, 50, "x\r\n\r\n");
	SEND(&f, DIR_TO_CLIENT, ANSWER("202"), 999);
	said(&f, OF("/2") "\"status\":202");
	SEND(
	    &f, DIR_TO_SERVER, "POST /3 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\na", 999);
	lose(&f, DIR_TO_SERVER, 50, "GET what is in a page\r\n");
	SEND(&f, DIR_TO_CLIENT, ANSWER("203"), 999);
	said(&f, "\"filename\":\"/3\",\"gaps\":true,\"state\":\"TRUNCATED\"");
	lose(&f, DIR_TO_SERVER, 50, REQUEST("/4"));
	SEND(&f, DIR_TO_CLIENT, ANSWER("204"), 999);
	said(&f, OF("/4") "\"status\":204");
	finish(&f);
	assert_int_equal(f.events, 4);
}

/* Picked up in its middle: an answer's body comes first. */
static void
http_from_the_middle(void **state)
{
	struct fixture f;
	(void)state;
	start(&f, 80, 6);
	f.flow.flags = FLOW_MIDSTREAM;
	ASK(&f, "/1");
	SEND(&f, DIR_TO_CLIENT, "the rest\r\nof a page", 999);
	ASK(&f, "/2");
	SEND(&f, DIR_TO_CLIENT, ANSWER("404"), 999);
	said(&f, OF("/2") "\"status\":404");
	finish(&f);
	assert_int_equal(f.events, 2);
}

/* HTTP/2 after all; that it was agreed to was lost. */
static void
http_goes_over_to_http2(void **state)
{
	static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0";
	struct fixture f;
	(void)state;
	start(&f, 80, 6);
	ASK(&f, "/1");
	SEND(&f, DIR_TO_SERVER, preface, 999);
	assert_string_equal(l7_proto_name(l7_proto(&f.flow)), "http2");
	finish(&f);
	said(&f, OF("/1") "\"length\":0");
	assert_null(strstr(f.said, "PRI"));
}

/* What stands behind a request without a version is no matter, and no file. */
static void
ancient_requests(void **state)
{
	struct fixture f;
	(void)state;
	start(&f, 80, 6);
	SEND(&f, DIR_TO_SERVER, "GET /\n \n \n\n", 64);
	assert_int_equal(f.odd, 1);
	SEND(&f, DIR_TO_CLIENT, "<p>hello</p>", 64);
	finish(&f);
	assert_int_equal(f.events, 1);
	said(&f, "\"size\":12");
	assert_null(strstr(f.said, "\"size\":5"));
	start(&f, 80, 6);
	SEND(&f, DIR_TO_SERVER, "POST abcd\n", 64);
	SEND(&f, DIR_TO_CLIENT, "HTTP/1.1 400 Bad Request\n\n", 64);
	SEND(&f, DIR_TO_SERVER, "USER x\n", 64);
	assert_int_equal(l7_count(f.l)->failed, 0);
	finish(&f);
	assert_int_equal(f.events, 1);
}

/* A datagram nobody knows: the flow says so at its end. */
/* What is wrong with requests, each by its name and of its transaction. */
static void
http_wrong_requests(void **state)
{
	struct fixture f;
	(void)state;
	start(&f, 80, 6);
	SEND(&f, DIR_TO_SERVER,
	    "GET /0 HTTP/1.1\r\nHost: a\r\nAuthorization: Turbo x\r\n\r\n"
	    "POST /1 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
	    "4\r\n1;2\n\r\n2 ; q=\"x\"\r\n;;\r\n0;z\r\n\r\n"
	    "POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
	    "chunked\r\n\r\n3\r\n;;;\r\n0\r\n\r\n",
	    7);
	said(&f, "!REQUEST_AUTH_UNRECOGNIZED/0 !MISSING_HOST_HEADER/1 !REQUEST_CHUNK_EXTENSION/1 ");
	finish(&f);
	assert_int_equal(f.odd, 3);
	start(&f, 80, 6);
	SEND(&f, DIR_TO_SERVER, "GET /\nFake\nHost: a\nUser-Agent: b\n\n", 999);
	said(&f, "!REQUEST_LINE_MISSING_PROTOCOL/0 !REQUEST_FIELD_MISSING_COLON/0 ");
	SEND(&f, DIR_TO_CLIENT, "HTTP/1.0 200 X\r\nServer: c\r\n", 999);
	lose(&f, DIR_TO_CLIENT, 1, "");
	finish(&f);
	said(&f, "\"http_user_agent\":\"b\"");
	said(&f, "\"server\":\"c\"");
}

/* It says gzip and is none: looked at as it is. */
static void
http_coded_in_name_only(void **state)
{
	struct fixture f;
	(void)state;
	start(&f, 80, 6);
	SEND(&f, DIR_TO_SERVER,
	    "POST /a HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\nContent-Length: "
	    "3\r\n\r\nabc",
	    999);
	said(&f, "\"md5\":\"900150983cd24fb0d6963f7d28e17f72\"");
	said(&f, "!GZIP_DECOMPRESSION_FAILED/0 ");
	finish(&f);
}

static void
nobody_knows(void **state)
{
	struct fixture f;
	(void)state;
	start(&f, 4, 17);
	SEND(&f, DIR_TO_SERVER, "\xffzz", 64);
	assert_null(l7_proto_name(l7_proto(&f.flow)));
	l7_begin(f.l);
	l7_finish(f.l, &f.flow);
	assert_string_equal(l7_proto_name(l7_proto(&f.flow)), "failed");
	l7_flow_free(f.l, &f.flow);
	l7_free(f.l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ancient_requests),
		cmocka_unit_test(http_wrong_requests),
		cmocka_unit_test(http_coded_in_name_only),
		cmocka_unit_test(nobody_knows),
		cmocka_unit_test(header_values),
		cmocka_unit_test(form_in_pieces),
		cmocka_unit_test(hpack_of_the_standard),
		cmocka_unit_test(http2_in_pieces),
		cmocka_unit_test(http2_frames_for_rules),
		cmocka_unit_test(websocket_frames),
		cmocka_unit_test(uploads_by_form),
		cmocka_unit_test(parts_are_joined),
		cmocka_unit_test(dns_over_http),
		cmocka_unit_test(dns_behind_a_hole),
		cmocka_unit_test(http_answers_lost),
		cmocka_unit_test(http_answers_lost_in_a_pipeline),
		cmocka_unit_test(http_hole_over_the_end_of_a_body),
		cmocka_unit_test(http_answers_cut_by_a_hole),
		cmocka_unit_test(http_requests_cut_by_a_hole),
		cmocka_unit_test(http_from_the_middle),
		cmocka_unit_test(http_goes_over_to_http2),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
