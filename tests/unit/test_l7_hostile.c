/* SPDX-License-Identifier: Apache-2.0 */
/* l7 against somebody who knows it: announcements that are forged, answers that grow, bombs, and
 * secrets where none are looked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "probe/l7.h"

#define FLOWS 64

struct fixture {
	struct l7 *l;
	struct flow flow[FLOWS], *at;
	char said[65536]; /* the end of records and files written, joined */
	unsigned events, odd;
	char oddly[64]; /* the last anomaly */
	uint64_t now;
};

static void
start(struct fixture *f)
{
	static const struct l7_config config = { .max_buffer = 65536,
		.max_state = 64,
		.max_tx_per_flow = 256,
		.body_limit = 4096,
		.max_text = 1 << 20,
		.max_held = 256 << 10,
		.max_files = 16 };
	memset(f, 0, sizeof(*f));
	f->l = l7_new(&config);
	assert_non_null(f->l);
	f->now = 1000000000;
}

/* From now on a flow between the same two: 10.0.0.0 is the client, 20.0.0.0 the server. */
static void
on(struct fixture *f, int i, uint16_t cport, uint16_t sport, uint8_t proto)
{
	f->at = &f->flow[i];
	f->at->key =
	    (struct flow_key){ .proto = proto, .cport = cport, .sport = sport, .ip_ver = 4 };
	f->at->key.client.b[0] = 10;
	f->at->key.server.b[0] = 20;
	f->at->tcp_flags[DIR_TO_SERVER] = TCP_SYN;
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
	assert_true(out.len < sizeof(f->said) / 2);
	size_t have = strlen(f->said);
	if (have + out.len + 1 >= sizeof(f->said))
		have = 0;
	memcpy(f->said + have, out.ptr, out.len);
	f->said[have + out.len] = 0;
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
	if (n)
		(void)snprintf(f->oddly, sizeof(f->oddly), "%s", a[n - 1].event);
	f->odd += (unsigned)n;
}

static void
give(struct fixture *f, enum dir dir, const void *data, size_t n)
{
	struct packet p = { .payload = { data, n }, .frame = { .ts = f->now += 20000000 } };
	struct flow_chunk c = { .data = p.payload, .dir = dir };
	l7_begin(f->l);
	if (f->at->key.proto == PROTO_UDP)
		l7_datagram(f->l, f->at, &p, dir);
	else
		l7_chunk(f->l, f->at, &p, &c);
	collect(f);
}

#define C(f, text) give((f), DIR_TO_SERVER, (text), sizeof(text) - 1)
#define S(f, text) give((f), DIR_TO_CLIENT, (text), sizeof(text) - 1)

static void
stop(struct fixture *f)
{
	for (int i = 0; i < FLOWS; i++) {
		l7_begin(f->l);
		l7_finish(f->l, &f->flow[i]);
		collect(f);
		l7_flow_free(f->l, &f->flow[i]);
	}
	l7_free(f->l);
}

static void
said(const struct fixture *f, const char *what)
{
	if (!strstr(f->said, what))
		fail_msg("no %s in %s", what, f->said);
}

static void
unsaid(const struct fixture *f, const char *what)
{
	if (strstr(f->said, what))
		fail_msg("%s is in %s", what, f->said);
}

static void
speaks(const struct fixture *f, const char *name)
{
	const char *is = l7_proto_name(l7_proto(f->at));
	assert_non_null(is);
	assert_string_equal(is, name);
}

static const char query[] = "\x12\x34\x01\0\0\x01\0\0\0\0\0\0"
			    "\4evil\3com\0\0\1\0\1";

/* One forged call, as if the server invited the client, with the server's ports as its media. */
static void
invite(struct fixture *f, const char *media)
{
	char text[512];
	int n = snprintf(text, sizeof(text),
	    "INVITE sip:a@b SIP/2.0\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\n"
	    "Content-Type: application/sdp\r\n\r\n"
	    "v=0\r\nc=IN IP4 20.0.0.0\r\n%s\r\n",
	    media);
	on(f, 0, 5061, 5060, PROTO_UDP);
	give(f, DIR_TO_SERVER, text, (size_t)n);
	speaks(f, "sip");
}

static void
a_forged_call_hides_nothing(void **state)
{
	struct fixture f;
	(void)state;
	start(&f);
	invite(&f, "m=audio 53 RTP/AVP 0");
	on(&f, 1, 4000, 53, PROTO_UDP);
	give(&f, DIR_TO_SERVER, query, sizeof(query) - 1);
	speaks(&f, "dns");
	stop(&f);

	start(&f);
	invite(&f, "m=audio 445 TCP/RTP/AVP 0\r\nm=audio 8080 TCP/RTP/AVP 0");
	on(&f, 1, 4000, 8080, PROTO_TCP);
	C(&f, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	speaks(&f, "http");
	on(&f, 2, 4001, 445, PROTO_TCP);
	C(&f, "x");
	assert_int_equal(l7_proto(f.at), L7_UNKNOWN);
	stop(&f);
}

static void
media_of_a_call_are_found(void **state)
{
	struct fixture f;
	(void)state;
	start(&f);
	invite(&f, "m=audio 9000 RTP/AVP 0");
	on(&f, 1, 4000, 9000, PROTO_UDP);
	C(&f, "\x80\0\0\1\0\0\0\1\0\0\0\7voice");
	speaks(&f, "rtp");
	stop(&f);
}

/* Its own port is not where the data come to: it opens the connection from there. */
static void
a_client_hides_no_connection_of_its_own(void **state)
{
	struct fixture f;
	(void)state;
	start(&f);
	on(&f, 0, 4000, 21, PROTO_TCP);
	S(&f, "220 FTP server\r\n");
	C(&f, "USER a\r\n");
	C(&f, "PORT 10,0,0,0,31,144\r\n");
	speaks(&f, "ftp");
	on(&f, 1, 31 * 256 + 144, 8080, PROTO_TCP);
	C(&f, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
	speaks(&f, "http");
	stop(&f);
}

static void
one_connection_does_not_take_all_texts(void **state)
{
	static char text[240];
	struct fixture f;
	(void)state;
	start(&f);
	on(&f, 0, 4000, 25, PROTO_TCP);
	S(&f, "220 mail ESMTP\r\n");
	C(&f, "EHLO a\r\n");
	memset(text, 'x', sizeof(text));
	memcpy(text, "250 ", 4);
	memcpy(text + sizeof(text) - 2, "\r\n", 2);
	for (int i = 0; i < 8000; i++) {
		give(&f, DIR_TO_CLIENT, text, sizeof(text));
		C(&f, "HELP\r\n");
	}
	on(&f, 1, 4001, 25, PROTO_TCP);
	S(&f, "220 mail ESMTP\r\n");
	C(&f, "EHLO somebody.example\r\n");
	stop(&f);
	said(&f, "somebody.example");
}

/* ---- bombs ---- */

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

static size_t
frame(uint8_t *out, uint8_t type, uint8_t flags, uint32_t stream, const void *body, size_t n)
{
	const uint8_t head[9] = { (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n, type, flags, 0,
		0, (uint8_t)(stream >> 8), (uint8_t)stream };
	memcpy(out, head, 9);
	memcpy(out + 9, body, n);
	return n + 9;
}

/* A large table of small entries, and fields that all point to the oldest of them. */
static void
a_table_to_walk_is_a_bomb(void **state)
{
	static uint8_t block[8000], out[9000];
	struct fixture f;
	size_t n = 0;
	(void)state;
	start(&f);
	on(&f, 0, 4000, 80, PROTO_TCP);
	C(&f, preface);
	memcpy(block, "\x3f\xe1\xff\x03", 4); /* 65536 bytes */
	for (n = 4; n < 3 * 1900 + 4; n += 3)
		memcpy(block + n, "\x40\0\0", 3);
	give(&f, DIR_TO_SERVER, out, frame(out, 1, 4, 1, block, n));
	assert_int_equal(f.odd, 0);
	for (n = 0; n + 3 < 3000; n += 3)
		memcpy(block + n, "\xff\x80\x0e", 3); /* entry 1919 */
	for (uint32_t i = 3; i < 40 && !f.odd; i += 2)
		give(&f, DIR_TO_SERVER, out, frame(out, 1, 4, i, block, n));
	assert_string_equal(f.oddly, "header_bomb");
	stop(&f);
}

static size_t
zip(const void *data, size_t n, size_t zeros, uint8_t *out, size_t room)
{
	static uint8_t block[65536];
	z_stream z = { 0 };
	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 31, 9, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_out = out;
	z.avail_out = (uInt)room;
	z.next_in = (Bytef *)(uintptr_t)data;
	z.avail_in = (uInt)n;
	assert_int_equal(deflate(&z, Z_NO_FLUSH), Z_OK);
	for (; zeros; zeros -= sizeof(block)) {
		z.next_in = block;
		z.avail_in = sizeof(block);
		assert_int_equal(deflate(&z, Z_NO_FLUSH), Z_OK);
	}
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	size_t made = room - z.avail_out;
	deflateEnd(&z);
	return made;
}

/* The inner layer ended, so nothing comes out; the outer one still blows up. */
static void
a_bomb_between_layers_is_one(void **state)
{
	static uint8_t inner[200], outer[40000], out[42000];
	static const char ask[] = "\x82\x84\x86", answer[] = "\x88\x0f\x0b\x0agzip, gzip";
	struct fixture f;
	(void)state;
	start(&f);
	on(&f, 0, 4000, 80, PROTO_TCP);
	C(&f, preface);
	give(&f, DIR_TO_SERVER, out, frame(out, 1, 5, 1, ask, sizeof(ask) - 1));
	give(&f, DIR_TO_CLIENT, out, frame(out, 1, 4, 1, answer, sizeof(answer) - 1));
	size_t n = zip("hello", 5, 0, inner, sizeof(inner));
	n = zip(inner, n, 16u << 20, outer, sizeof(outer));
	give(&f, DIR_TO_CLIENT, out, frame(out, 0, 1, 1, outer, n));
	assert_string_equal(f.oddly, "COMPRESSION_BOMB");
	stop(&f);
}

/* A fragment far ahead of a handshake's beginning: nothing is held for what may never come. */
static void
a_fragment_holds_no_more_than_it_is(void **state)
{
	static const char fragment[] =
	    "\x16\xfe\xfd\0\0\0\0\0\0\0\0\0\x0e\1\0\xff\xf0\0\0\0\xf0\0\0\0\2xx";
	struct fixture f;
	(void)state;
	start(&f);
	for (int i = 0; i < FLOWS - 1; i++) {
		on(&f, i, (uint16_t)(4000 + i), 443, PROTO_UDP);
		C(&f, fragment);
	}
	on(&f, FLOWS - 1, 3999, 25, PROTO_TCP); /* there is room for another one's half line */
	S(&f, "220 mail ESMTP\r\n");
	C(&f, "EHLO some");
	C(&f, "body.example\r\n");
	stop(&f);
	said(&f, "somebody.example");
}

/* All flows together hold what they may, and no more. */
static void
holding_has_an_end(void **state)
{
	static char part[3000];
	struct fixture f;
	(void)state;
	memset(part, 'a', sizeof(part));
	start(&f);
	for (int i = 0; i < FLOWS; i++) {
		on(&f, i, (uint16_t)(4000 + i), 5060, PROTO_TCP);
		C(&f, "INVITE sip:a@b SIP/2.0\r\n");
		for (int n = 0; n < 4; n++)
			give(&f, DIR_TO_SERVER, part, sizeof(part));
	}
	assert_true(l7_count(f.l)->over_cap > 0);
	stop(&f);
}

/* ---- secrets ---- */

static void
secrets_stay_out(void **state)
{
	static uint8_t out[600];
	static const char ask[] = "\x82\x84\x86\0\x0dPrivate-Token\7hunter2";
	struct fixture f;
	(void)state;
	start(&f);
	on(&f, 0, 4000, 6379, PROTO_TCP);
	C(&f, "*2\r\n$4\r\nATUH\r\n$7\r\nhunter2\r\n");
	S(&f, "-ERR unknown command 'ATUH', with args beginning with: 'hunter2'\r\n");
	said(&f, "ATUH");
	on(&f, 1, 4000, 80, PROTO_TCP);
	C(&f, preface);
	give(&f, DIR_TO_SERVER, out, frame(out, 1, 5, 1, ask, sizeof(ask) - 1));
	on(&f, 2, 4000, 5060, PROTO_UDP);
	C(&f, "INVITE sip:a@b SIP/2.0\r\nFrom: <sip:a@b>, <sip:c:hunter2@d>\r\n"
	      "To: <sip:e:hunter2@f>\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\n\r\n");
	stop(&f);
	said(&f, "Private-Token");
	said(&f, "sip:c:***@d");
	unsaid(&f, "hunter2");
}

/* An empty literal does not hold up what follows it. */
static void
nothing_hides_behind_an_empty_literal(void **state)
{
	struct fixture f;
	(void)state;
	start(&f);
	on(&f, 0, 4000, 143, PROTO_TCP);
	S(&f, "* OK IMAP4rev1\r\n");
	C(&f, "a1 APPEND x {0+}\r\n\r\na2 LIST \"\" hidden\r\n");
	stop(&f);
	said(&f, "hidden");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_forged_call_hides_nothing),
		cmocka_unit_test(media_of_a_call_are_found),
		cmocka_unit_test(a_client_hides_no_connection_of_its_own),
		cmocka_unit_test(one_connection_does_not_take_all_texts),
		cmocka_unit_test(a_table_to_walk_is_a_bomb),
		cmocka_unit_test(a_bomb_between_layers_is_one),
		cmocka_unit_test(a_fragment_holds_no_more_than_it_is),
		cmocka_unit_test(holding_has_an_end),
		cmocka_unit_test(secrets_stay_out),
		cmocka_unit_test(nothing_hides_behind_an_empty_literal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
