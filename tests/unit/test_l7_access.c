/* SPDX-License-Identifier: Apache-2.0 */
/* l7: files by FTP and TFTP, calls and their media, remote screens and terminals, BitTorrent's DHT:
 * what comes out for streams in pieces, and that no password does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/crypt.h"
#include "probe/l7.h"

static const struct l7_config config = { .max_buffer = 65536,
	.max_state = 16,
	.max_tx_per_flow = 16,
	.body_limit = 4096,
	.max_text = 1 << 20,
	.max_files = 8,
	.digests = 1u << CRYPT_MD5 };

struct fixture {
	struct l7 *l;
	struct flow flow[2]; /* the second one is announced by the first */
	struct flow *at;
	char said[32768]; /* records and files written, joined */
	unsigned fails, oks, events, odd;
	uint64_t now;
};

static void
start(struct fixture *f, uint16_t cport, uint16_t sport, uint8_t proto)
{
	memset(f, 0, sizeof(*f));
	f->l = l7_new(&config);
	assert_non_null(f->l);
	f->at = &f->flow[0];
	f->at->key =
	    (struct flow_key){ .proto = proto, .cport = cport, .sport = sport, .ip_ver = 4 };
	f->at->key.client.b[0] = 10;
	f->at->key.server.b[0] = 20;
	f->now = 1000000000;
}

/* The second flow, from then on: between the same addresses, the other way round. */
static void
other(struct fixture *f, uint16_t cport, uint16_t sport, uint8_t proto)
{
	f->at = &f->flow[1];
	f->at->key =
	    (struct flow_key){ .proto = proto, .cport = cport, .sport = sport, .ip_ver = 4 };
	f->at->key.client.b[0] = 20;
	f->at->key.server.b[0] = 10;
}

static void
append(struct fixture *f, const struct buf *out)
{
	size_t have = strlen(f->said);
	assert_true(have + out->len < sizeof(f->said));
	memcpy(f->said + have, out->ptr, out->len);
}

static void
collect(struct fixture *f)
{
	struct buf out;
	struct jw w;
	const char *kind;
	size_t n;
	const struct l7_tx *tx = l7_ready(f->l, &n);
	for (size_t i = 0; i < n; i++) {
		f->fails += l7_tx_login(&tx[i], &kind) == L7_LOGIN_FAIL;
		f->oks += l7_tx_login(&tx[i], &kind) == L7_LOGIN_OK;
		if (!l7_tx_record(&tx[i]))
			continue;
		f->events++;
		buf_init(&out, 0);
		jw_init(&w, &out);
		l7_tx_write(&tx[i], &w);
		append(f, &out);
		buf_fini(&out);
	}
	const struct l7_carried *file = l7_files(f->l, &n);
	for (size_t i = 0; i < n; i++) {
		buf_init(&out, 0);
		jw_init(&w, &out);
		l7_file_write(&file[i], &w);
		append(f, &out);
		buf_fini(&out);
	}
	(void)l7_anomalies(f->l, &n);
	f->odd += (unsigned)n;
}

static void
give(struct fixture *f, enum dir dir, const void *data, size_t n, bool end)
{
	struct packet p = { .payload = { data, n }, .frame = { .ts = f->now += 20000000 } };
	struct flow_chunk c = { .data = p.payload, .dir = dir, .end = end };
	l7_begin(f->l);
	if (f->at->key.proto == 17)
		l7_datagram(f->l, f->at, &p, dir);
	else
		l7_chunk(f->l, f->at, &p, &c);
	collect(f);
}

#define C(f, text) give((f), DIR_TO_SERVER, (text), sizeof(text) - 1, false)
#define S(f, text) give((f), DIR_TO_CLIENT, (text), sizeof(text) - 1, false)

/* One byte at a time. */
static void
drip(struct fixture *f, enum dir dir, const char *text)
{
	for (; *text; text++)
		give(f, dir, text, 1, false);
}

static void
finish(struct fixture *f)
{
	for (int i = 1; i >= 0; i--) {
		l7_begin(f->l);
		l7_finish(f->l, &f->flow[i]);
		collect(f);
		l7_flow_free(f->l, &f->flow[i]);
	}
	l7_free(f->l);
}

static void
said(const struct fixture *f, const char *text)
{
	if (!strstr(f->said, text))
		fail_msg("%s is not in %s", text, f->said);
}

static void
silent(const struct fixture *f, const char *text)
{
	if (strstr(f->said, text))
		fail_msg("%s is in %s", text, f->said);
}

static void
ftp_carries_files_both_ways(void **state)
{
	struct fixture f;
	(void)state;
	start(&f, 40000, 2121, 6);
	S(&f, "220 FTP\r\n");
	drip(&f, DIR_TO_SERVER, "PORT 10,0,0,0,4,1\r\n");
	S(&f, "200 ok\r\n");
	C(&f, "REST 5\r\nRETR /pub/a.txt\r\n");
	S(&f, "350 ok\r\n150 here it comes\r\n");
	other(&f, 20, 1025, 6);
	C(&f, "hello ");
	give(&f, DIR_TO_SERVER, "world", 5, true);
	f.at = &f.flow[0];
	S(&f, "226 done\r\n");
	said(&f, "\"ftp_data\":{\"filename\":\"/pub/"
		 "a.txt\",\"command\":\"RETR\",\"offset\":5,\"bytes\":11");
	said(&f, "\"state\":\"CLOSED\",\"md5\":\"5eb63bbbe01eeed093cb22bb8f5acdc3\"");
	said(&f, "\"dynamic_port\":1025,\"mode\":\"active\"");
	finish(&f);
}

static void
ftp_lines_too_long_are_cut(void **state)
{
	struct fixture f;
	char line[6000];
	(void)state;
	start(&f, 40000, 21, 6);
	memset(line, 'a', sizeof(line));
	memcpy(line, "RETR ", 5);
	S(&f, "220 FTP\r\n");
	give(&f, DIR_TO_SERVER, line, sizeof(line), false);
	C(&f, "\r\nNOOP\r\n");
	S(&f, "550 no\r\n200 ok\r\n");
	said(&f, "\"command_truncated\":true");
	said(&f, "\"command\":\"NOOP\",\"completion_code\":[\"200\"]");
	assert_int_equal(f.odd, 2); /* too long, and a file before its port */
	finish(&f);
}

static void
ftp_anonymous_is_no_secret(void **state)
{
	struct fixture f;
	(void)state;
	start(&f, 40000, 21, 6);
	C(&f, "USER anonymous\r\nPASS guest\r\nUSER root\r\nPASS guest\r\nPASS\r\n");
	said(&f, ""); /* nothing yet */
	finish(&f);
	said(&f, "\"command\":\"PASS\",\"command_data\":\"guest\"");
	said(&f, "\"command\":\"PASS\",\"command_data\":\"***");
}

static void
tftp_puts_blocks_together(void **state)
{
	struct fixture f;
	uint8_t block[516] = { 0, 3, 0, 1 };
	(void)state;
	start(&f, 3000, 69, 17);
	C(&f, "\0\1boot.cfg\0OCTET\0blksize\0"
	      "512\0");
	said(&f, "\"tftp\":{\"packet\":\"read\",\"file\":\"boot.cfg\",\"mode\":\"octet\","
		 "\"blksize\":512}");
	other(&f, 4000, 3000, 17);
	memset(block + 4, 'x', 512);
	give(&f, DIR_TO_SERVER, block, 516, false);
	give(&f, DIR_TO_SERVER, block, 516, false); /* again */
	C(&f, "\0\3\0\3z");                         /* before the second */
	block[3] = 2;
	give(&f, DIR_TO_SERVER, block, 516, false);
	said(&f, "\"filename\":\"boot.cfg\",\"gaps\":false,\"state\":\"CLOSED\"");
	said(&f, "\"size\":1025");
	finish(&f);
	assert_int_equal(f.events, 1);
}

static void
tftp_refuses(void **state)
{
	struct fixture f;
	(void)state;
	start(&f, 3000, 69, 17);
	C(&f, "\0\2x\0netascii\0");
	S(&f, "\0\5\0\2Access violation\0");
	said(&f, "\"packet\":\"error\",\"file\":\"x\",\"mode\":\"netascii\",\"error_code\":2,"
		 "\"error_message\":\"Access violation\"");
	finish(&f);
}

#define SDP                                                                                        \
	"v=0\r\no=- 1 1 IN IP4 10.0.0.0\r\ns=-\r\nc=IN IP4 10.0.0.0\r\nt=0 0\r\nm=audio 5000 "     \
	"RTP/AVP 0\r\n"                                                                            \
	"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:SECRETKEY\r\n"

static void
sip_announces_media(void **state)
{
	struct fixture f;
	uint8_t rtp[32] = { 0x80, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4, 9 };
	(void)state;
	start(&f, 5060, 5060, 17);
	C(&f, "INVITE sip:34020000001320000001@b SIP/2.0\r\nFrom: "
	      "<sip:34020000002000000001@b>;tag=1\r\n"
	      "To: <sip:34020000001320000001@b>\r\nCall-ID: c1\r\nCSeq: 1 INVITE\r\n"
	      "Subject: 34020000001320000001:1,34020000002000000001:1\r\n"
	      "c: application/sdp\r\n\r\n" SDP);
	said(&f,
	    "\"gb28181\":{\"from_id\":\"34020000002000000001\",\"to_id\":\"34020000001320000001\","
	    "\"sender_id\":\"34020000001320000001\",\"receiver_id\":\"34020000002000000001\"}");
	said(&f, "inline:***");
	silent(&f, "SECRETKEY");
	other(&f, 7000, 5000, 17);
	give(&f, DIR_TO_SERVER, rtp, sizeof(rtp), false); /* one packet is enough */
	rtp[3] = 3;
	give(&f, DIR_TO_SERVER, rtp, sizeof(rtp), false);
	assert_int_equal(l7_proto(f.at), L7_RTP);
	finish(&f);
	said(&f, "\"rtp\":{\"session\":\"c1\",\"streams\":[{\"direction\":\"toserver\",\"ssrc\":"
		 "16909060,"
		 "\"payload_type\":0,\"codec\":\"PCMU\",\"packets\":2,\"bytes\":40,\"lost\":1,");
}

static void
sip_over_tcp_in_pieces(void **state)
{
	struct fixture f;
	(void)state;
	start(&f, 5060, 15060, 6);
	drip(&f, DIR_TO_SERVER,
	    "\r\n\r\nREGISTER sip:b SIP/2.0\r\nCall-ID: x\r\nCSeq: 2 REGISTER\r\nAuthorization: "
	    "Digest "
	    "username=\"1001\", realm=\"b\", response=\"d41d8cd98f\"\r\nContent-Length: "
	    "3\r\n\r\nabc");
	assert_int_equal(f.events, 0);
	finish(&f);
	start(&f, 5060, 15060, 6);
	drip(&f, DIR_TO_SERVER,
	    "REGISTER sip:b SIP/2.0\r\nCall-ID: x\r\nCSeq: 2 REGISTER\r\nAuthorization: Digest "
	    "username=\"1001\", realm=\"b\", response=\"d41d8cd98f\"\r\nContent-Length: "
	    "3\r\n\r\nabc");
	drip(&f, DIR_TO_CLIENT,
	    "SIP/2.0 403 Wrong\r\nCall-ID: x\r\nCSeq: 2 REGISTER\r\nContent-Length: 0\r\n\r\n");
	assert_int_equal(f.fails, 1);
	said(&f, "\"auth\":{\"scheme\":\"Digest\",\"username\":\"1001\",\"realm\":\"b\"}");
	silent(&f, "d41d8cd98f");
	finish(&f);
	assert_int_equal(f.events, 2);
}

static void
manscdp_is_read(void **state)
{
	struct fixture f;
	(void)state;
	start(&f, 5060, 5060, 17);
	C(&f,
	    "MESSAGE sip:a SIP/2.0\r\nCall-ID: x\r\nCSeq: 1 MESSAGE\r\nContent-Type: "
	    "Application/MANSCDP+xml\r\n\r\n"
	    "<?xml "
	    "version=\"1.0\"?>\r\n<Control>\r\n<CmdType>DeviceControl</CmdType>\r\n<SN>11</SN>\r\n"
	    "<DeviceID>34020000001320000001</DeviceID>\r\n</Control>");
	said(&f, "\"gb28181\":{\"message\":\"Control\",\"command\":\"DeviceControl\","
		 "\"device_id\":\"34020000001320000001\",\"sn\":11}");
	finish(&f);
}

static void
rtsp_pairs_and_skips_media(void **state)
{
	struct fixture f;
	(void)state;
	start(&f, 4000, 8554, 6);
	drip(&f, DIR_TO_SERVER, "OPTIONS rtsp://admin:hunter2@cam/1 RTSP/1.0\r\nCSeq: 1\r\n\r\n");
	C(&f, "PLAY rtsp://cam/1 RTSP/1.0\r\nCSeq: 2\r\n\r\n");
	S(&f, "$\0\0\4RTSPRTSP/1.0 401 No\r\nCSeq: 2\r\n\r\n$\0\0\3ab");
	S(&f, "cRTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n");
	said(&f, "\"rtsp\":{\"method\":\"PLAY\",\"url\":\"rtsp://cam/1\",\"version\":\"RTSP/"
		 "1.0\",\"status\":401");
	said(&f, "\"url\":\"rtsp://admin:***@cam/1\",\"version\":\"RTSP/1.0\",\"status\":200");
	silent(&f, "hunter2");
	finish(&f);
	assert_int_equal(f.events, 2);
}

static void
rfb_says_who_came_in(void **state)
{
	struct fixture f;
	(void)state;
	start(&f, 4000, 5901, 6);
	drip(&f, DIR_TO_CLIENT, "RFB 003.008\n");
	drip(&f, DIR_TO_SERVER, "RFB 003.008\n\2");
	S(&f, "\2\1\2");
	S(&f, "0123456789abcdef");
	C(&f, "fedcba9876543210\1");
	S(&f, "\0\0\0\1\0\0\0\4nope");
	said(&f, "\"security_types\":[1,2],\"security_type\":2");
	said(&f, "\"vnc\":{\"challenge\":\"30313233343536373839616263646566\",\"response\":\"***");
	silent(&f, "fedcba");
	silent(&f, "666564636261");
	said(&f, "\"security_result\":\"FAIL\",\"security_failure_reason\":\"nope\"");
	assert_int_equal(f.fails, 1);
	finish(&f);
	assert_int_equal(f.events, 1);
}

static void
rdp_begins_and_tls_follows(void **state)
{
	static const char ask[] =
	    "\3\0\0\x2a\x25\xe0\0\0\0\0\0Cookie: mstshash=anna\r\n\1\0\x08\0\3\0\0\0";
	struct fixture f;
	(void)state;
	start(&f, 4000, 13389, 6);
	for (size_t i = 0; i < sizeof(ask) - 1; i++)
		give(&f, DIR_TO_SERVER, ask + i, 1, false);
	S(&f, "\3\0\0\x13\x0e\xd0\0\0\0\0\0\2\x0f\x08\0\2\0\0\0");
	said(&f, "\"event_type\":\"initial_request\",\"cookie\":\"anna\",\"requested_protocols\":["
		 "\"ssl\",\"hybrid\"]");
	said(&f, "\"protocol\":\"hybrid\"");
	finish(&f);
	assert_int_equal(f.events, 2);
}

static void
telnet_names_but_never_passwords(void **state)
{
	struct fixture f;
	(void)state;
	start(&f, 4000, 2323, 6);
	S(&f, "\xff\xfd\x18\xff\xfd\x1f");
	C(&f, "\xff\xfb\x18\xff\xfa\x18\0vt100\xff\xf0");
	S(&f, "Router\r\nlogin: ");
	drip(&f, DIR_TO_SERVER, "adn\177min\r");
	S(&f, "\r\nPassword: ");
	drip(&f, DIR_TO_SERVER, "hunter2\r");
	S(&f, "\r\nLogin incorrect\r\nlogin: ");
	assert_int_equal(f.fails, 1);
	C(&f, "root\r\n");
	S(&f, "Password: ");
	C(&f, "toor99\r\n");
	S(&f, "\r\nLast login: today\r\nroot# ");
	assert_int_equal(f.oks, 1);
	said(&f, "\"telnet\":{\"username\":\"admin\",\"login\":\"failure\",\"banner\":\"Router\","
		 "\"terminal_type\":\"vt100\"");
	said(&f, "\"username\":\"root\",\"login\":\"success\"");
	silent(&f, "hunter2");
	silent(&f, "toor99");
	finish(&f);
	assert_int_equal(f.events, 2);
}

static void
dht_messages(void **state)
{
	struct fixture f;
	(void)state;
	start(&f, 4000, 6881, 17);
	C(&f, "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aa1:y1:qe");
	S(&f, "d1:rd2:id20:abcdefghij01234567896:valuesl6:axje.uee1:t2:aa1:y1:re");
	C(&f, "d1:ad2:id99:abc");
	said(&f, "\"request_type\":\"ping\"");
	said(&f, "\"values\":[{\"ip\":\"97.120.106.101\",\"port\":11893}]");
	assert_int_equal(f.odd, 1);
	finish(&f);
	assert_int_equal(f.events, 2);
}

static void
two_packets_of_a_source_are_rtp(void **state)
{
	struct fixture f;
	uint8_t rtp[32] = { 0x80, 96, 0xff, 0xff, 0, 0, 0, 0, 1, 2, 3, 4, 9 };
	(void)state;
	start(&f, 7000, 8000, 17);
	give(&f, DIR_TO_SERVER, rtp, sizeof(rtp), false);
	assert_int_equal(l7_proto(f.at), L7_UNKNOWN);
	rtp[2] = rtp[3] = 0;
	give(&f, DIR_TO_SERVER, rtp, sizeof(rtp), false);
	assert_int_equal(l7_proto(f.at), L7_RTP);
	finish(&f);
	said(&f, "\"packets\":2,\"bytes\":20,\"lost\":0");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ftp_carries_files_both_ways),
		cmocka_unit_test(ftp_lines_too_long_are_cut),
		cmocka_unit_test(ftp_anonymous_is_no_secret),
		cmocka_unit_test(tftp_puts_blocks_together),
		cmocka_unit_test(tftp_refuses),
		cmocka_unit_test(sip_announces_media),
		cmocka_unit_test(sip_over_tcp_in_pieces),
		cmocka_unit_test(manscdp_is_read),
		cmocka_unit_test(rtsp_pairs_and_skips_media),
		cmocka_unit_test(rfb_says_who_came_in),
		cmocka_unit_test(rdp_begins_and_tls_follows),
		cmocka_unit_test(telnet_names_but_never_passwords),
		cmocka_unit_test(dht_messages),
		cmocka_unit_test(two_packets_of_a_source_are_rtp),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
