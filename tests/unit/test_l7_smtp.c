/* SPDX-License-Identifier: Apache-2.0 */
/* SMTP: envelopes, pipelining, chunks, resets, logins, holes; no password in it. */
#include "l7_mail.h"
#include "probe/l7/smtp.h"

#define GREET "220 mx.example ESMTP ready\r\n"
#define EHLO "EHLO host.example\r\n"
#define FEATURES "250-mx.example\r\n250-PIPELINING\r\n250 OK\r\n"
#define MESSAGE                                                                                    \
	"From: A <a@b.c>\r\nTo: x@y.z, \"Q, R\" <q@r.s>\r\nSubject: hi\r\n"                        \
	"Content-Type: multipart/mixed; boundary=BB\r\n\r\n--BB\r\n\r\nhttp://u.example/p\r\n"     \
	"--BB\r\nContent-Disposition: attachment; filename=f.txt\r\n"                              \
	"Content-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n--BB--\r\n"

static void
a_mail(struct talk *t)
{
	S(t, GREET);
	C(t, EHLO);
	S(t, FEATURES);
	C(t, "MAIL FROM:<a@b.c> SIZE=9\r\n");
	S(t, "250 ok\r\n");
	C(t, "RCPT TO:<x@y.z>\r\n");
	S(t, "250 ok\r\n");
	C(t, "RCPT TO:<no@y.z>\r\n");
	S(t, "550 no such user\r\n");
	C(t, "DATA\r\n");
	S(t, "354 go\r\n");
	C(t, MESSAGE ".\r\n");
	assert_int_equal(t->events, 0);
	S(t, "250 queued as 7\r\n");
	assert_int_equal(t->events, 1);
	C(t, "QUIT\r\n");
	S(t, "221 bye\r\n");
}

static void
envelope_and_message(void **state)
{
	(void)state;
	for (int drip = 0; drip < 2; drip++) {
		struct talk t;
		talk_start(&t, 2600);
		t.drip = drip;
		a_mail(&t);
		talk_said(&t, "\"smtp\":{\"helo\":\"host.example\",\"mail_from\":\"<a@b.c>\","
			      "\"rcpt_to\":[\"<x@y.z>\",\"<no@y.z>\"],\"rcpt_refused\":1,"
			      "\"greeting\":\"mx.example ESMTP ready\"");
		talk_said(&t, "\"codes\":[220,250,250,250,550,354,250],\"reply\":\"queued as 7\"");
		talk_said(&t, "\"email\":{\"status\":\"PARSE_DONE\",\"from\":\"A <a@b.c>\","
			      "\"to\":[\"x@y.z\",\"\\\"Q, R\\\" <q@r.s>\"],\"subject\":\"hi\"");
		talk_said(&t, "\"attachment\":[\"f.txt\"],\"url\":[\"u.example/p\"]");
		talk_said(&t, "\"md5\":\"5d41402abc4b2a76b9719d911017c592\"");
		talk_finish(&t);
		assert_int_equal(t.events, 1);
		assert_int_equal(t.files, 1);
		assert_string_equal(t.odd, "");
	}
}

static void
pipelined_and_reset(void **state)
{
	(void)state;
	struct talk t;
	talk_start(&t, 25);
	S(&t, GREET);
	C(&t, EHLO);
	S(&t, FEATURES);
	C(&t, "MAIL FROM:<1@a.b>\r\nRCPT TO:<2@a.b>\r\nDATA\r\n");
	S(&t, "250 ok\r\n250 ok\r\n354 go\r\n");
	C(&t, "Subject: one\r\n\r\nx\r\n.\r\nRSET\r\nMAIL FROM:<3@a.b>\r\nRCPT TO:<4@a.b>\r\n");
	S(&t, "250 queued\r\n250 reset\r\n250 ok\r\n");
	assert_int_equal(t.events, 1);
	S(&t, "250 ok\r\n");
	C(&t, "RSET\r\n");
	S(&t, "250 reset\r\n");
	assert_int_equal(t.events, 2);
	talk_said(&t, "\"mail_from\":\"<3@a.b>\",\"rcpt_to\":[\"<4@a.b>\"],\"commands\"");
	C(&t, "MAIL FROM:<5@a.b>\r\nRCPT TO:<6@a.b>\r\nDATA\r\nSubject: hurry\r\n\r\n.\r\n");
	assert_non_null(strstr(t.odd, "INVALID_PIPELINED_SEQUENCE"));
	S(&t, "250 ok\r\n250 ok\r\n354 go\r\n250 queued\r\n");
	talk_said(&t, "\"subject\":\"hurry\"");
	talk_finish(&t);
	assert_int_equal(t.events, 3);
}

static void
refused_data(void **state)
{
	(void)state;
	struct talk t;
	talk_start(&t, 25);
	S(&t, GREET);
	C(&t, "HELO h\r\n");
	S(&t, "250 ok\r\n");
	C(&t, "DATA\r\n");
	S(&t, "503 need RCPT\r\n");
	assert_string_equal(t.odd, "DATA_COMMAND_REJECTED ");
	C(&t, "HELO h2\r\n");
	S(&t, "250 ok\r\n");
	assert_int_equal(t.events, 1);
	C(&t, "MAIL FROM:<a@b.c>\r\n");
	S(&t, "250 ok\r\n");
	talk_finish(&t);
	talk_said(&t, "{\"smtp\":{\"helo\":\"h2\",\"mail_from\":\"<a@b.c>\"");
	assert_int_equal(t.events, 2);
}

static void
chunks(void **state)
{
	(void)state;
	for (int drip = 0; drip < 2; drip++) {
		struct talk t;
		talk_start(&t, 25);
		t.drip = drip;
		S(&t, GREET);
		C(&t, EHLO);
		S(&t, FEATURES);
		C(&t, "MAIL FROM:<a@b.c>\r\n");
		S(&t, "250 ok\r\n");
		C(&t, "BDAT 14\r\nSubject: two\r\nBDAT 4 LAST\r\n\r\nxxMAIL FROM:<d@e.f>\r\n");
		S(&t, "250 ok\r\n250 ok\r\n250 ok\r\n");
		talk_said(&t, "\"email\":{\"status\":\"PARSE_DONE\",\"subject\":\"two\"}");
		C(&t, "BDAT 0 LAST\r\n");
		S(&t, "250 ok\r\n");
		talk_said(&t, "\"mail_from\":\"<d@e.f>\"");
		talk_finish(&t);
		assert_int_equal(t.events, 2);
		assert_string_equal(t.odd, "");
	}
}

static void
logins(void **state)
{
	(void)state;
	struct talk t;
	talk_start(&t, 587);
	S(&t, GREET);
	C(&t, EHLO);
	S(&t, "250 AUTH PLAIN LOGIN\r\n");
	C(&t, "AUTH PLAIN AHVzZXIAc2VjcmV0\r\n");
	S(&t, "535 no\r\n");
	assert_int_equal(t.fails, 1);
	C(&t, "AUTH LOGIN\r\n");
	S(&t, "334 VXNlcm5hbWU6\r\n");
	C(&t, "dXNlcg==\r\n");
	S(&t, "334 UGFzc3dvcmQ6\r\n");
	C(&t, "c2VjcmV0\r\n");
	S(&t, "235 in\r\n");
	C(&t, "QUIT\r\n");
	S(&t, "221 bye\r\n");
	talk_finish(&t);
	assert_int_equal(t.oks, 1);
	talk_said(&t, "\"auth\":{\"mechanism\":\"PLAIN\",\"user\":\"user\"}");
	talk_said(&t, "\"auth\":{\"mechanism\":\"LOGIN\",\"user\":\"user\",\"success\":true}");
	talk_silent(&t, "secret");
	talk_silent(&t, "c2VjcmV0");
}

static void
tls_follows(void **state)
{
	(void)state;
	struct talk t;
	talk_start(&t, 25);
	S(&t, GREET);
	C(&t, EHLO);
	S(&t, FEATURES);
	C(&t, "STARTTLS\r\n");
	S(&t, "454 not now\r\n");
	assert_string_equal(t.odd, "TLS_REJECTED ");
	C(&t, "STARTTLS\r\n");
	S(&t, "220 go\r\n");
	assert_int_equal(t.events, 1);
	talk_said(&t, "\"starttls\":true");
	talk_finish(&t);
}

/* Bytes are missing in the message, its end too; the answer ends it. */
static void
holes(void **state)
{
	(void)state;
	struct talk t;
	talk_start(&t, 25);
	S(&t, GREET);
	C(&t, EHLO);
	S(&t, FEATURES);
	C(&t, "MAIL FROM:<a@b.c>\r\nRCPT TO:<x@y.z>\r\nDATA\r\n");
	S(&t, "250 ok\r\n250 ok\r\n354 go\r\n");
	C(&t, "Subject: s\r\nContent-Type: image/png\r\n\r\nabc\r\n");
	talk_send(&t, DIR_TO_SERVER, "def", 3, 500);
	S(&t, "250 queued\r\n");
	assert_int_equal(t.events, 1);
	talk_said(&t, "\"status\":\"BODY_STARTED\"");
	talk_said(&t, "\"gaps\":true,\"state\":\"TRUNCATED\"");
	C(&t, "MAIL FROM:<d@e.f>\r\n");
	S(&t, "250 ok\r\n");
	talk_finish(&t);
	assert_int_equal(t.events, 2);
}

/* One direction only, from its middle. */
static void
one_side(void **state)
{
	(void)state;
	struct talk t;
	talk_start(&t, 4444);
	C(&t, "MAIL FROM:<a@b.c>\r\nRCPT TO:<x@y.z>\r\nDATA\r\n");
	C(&t, MESSAGE ".\r\n");
	for (int i = 0; i < 100; i++)
		C(&t, "MAIL FROM:<a@b.c>\r\nRCPT TO:<x@y.z>\r\nDATA\r\nSubject: n\r\n\r\n.\r\n");
	talk_finish(&t);
	assert_int_equal(t.events, 101);
}

static void
wrong_ones(void **state)
{
	(void)state;
	struct talk t;
	talk_start(&t, 25);
	S(&t, GREET);
	C(&t, EHLO);
	S(&t, "nonsense\r\n");
	assert_string_equal(t.odd, "INVALID_REPLY ");
	talk_finish(&t);
	assert_int_equal(t.events, 1);
	talk_start(&t, 31337);
	S(&t, "220 ProFTPD ready\r\n");
	C(&t, "USER joe\r\n");
	S(&t, "331 password\r\n");
	assert_string_equal(l7_proto_name(l7_proto(&t.flow)), "ftp");
	talk_finish(&t);
	talk_start(&t, 31337);
	S(&t, "220 welcome\r\n");
	C(&t, "EHLO joe\r\n");
	assert_string_equal(l7_proto_name(l7_proto(&t.flow)), "smtp");
	talk_finish(&t);
}

/* The same in pieces and at once. */
static void
long_lines(void **state)
{
	static char line[SMTP_LINE_MAX + 2];
	(void)state;
	for (int more = 0; more < 2; more++) {
		size_t n = SMTP_LINE_MAX + (size_t)more;
		memset(line, 'x', n);
		memcpy(line, "EHLO ", 5);
		line[n - 1] = '\n';
		line[n] = '\0';
		for (int drip = 0; drip < 2; drip++) {
			struct talk t;
			talk_start(&t, 25);
			t.drip = drip;
			S(&t, GREET);
			C(&t, line);
			S(&t, FEATURES);
			assert_string_equal(t.odd, more ? "TRUNCATED_LINE " : "");
			C(&t, "QUIT\r\n");
			S(&t, "221 bye\r\n");
			const char *helo = strstr(t.said, "\"helo\":\"x");
			assert_non_null(helo);
			assert_int_equal(strspn(strchr(helo, 'x'), "x"), 4090 + more);
			talk_finish(&t);
		}
	}
}

/* A session that both sides left is over without waiting for the flow's end. */
static void
both_ended(void **state)
{
	(void)state;
	struct talk t;
	talk_start(&t, 25);
	S(&t, GREET);
	C(&t, EHLO "MAIL FROM:<a@b.c>\r\n");
	for (int dir = 0; dir < 2; dir++) {
		struct packet p = { 0 };
		struct flow_chunk c = { .dir = (enum dir)dir, .end = true };
		assert_int_equal(t.events, 0);
		l7_begin(t.l);
		l7_chunk(t.l, &t.flow, &p, &c);
		talk_collect(&t);
	}
	assert_int_equal(t.events, 1);
	talk_said(&t, "\"mail_from\":\"<a@b.c>\"");
	talk_finish(&t);
	assert_int_equal(t.events, 1);
}

static void
hostile(void **state)
{
	(void)state;
	static const char *const lines[] = { "S" GREET, "C" EHLO, "S" FEATURES, "CAUTH LOGIN\r\n",
		"S334 x\r\n", "CdXNlcg==\r\n", "S235 ok\r\n", "CMAIL FROM:<a@b.c>\r\n",
		"S250 ok\r\n", "CBDAT 4\r\n12\r\n", "S250 ok\r\n", "CRSET\r\n", "S250 ok\r\n",
		"CMAIL FROM:<a@b.c>\r\nDATA\r\n", "S250 ok\r\n354 go\r\n", "C" MESSAGE ".\r\n",
		"S250 ok\r\n" };
	talk_hostile(25, lines, sizeof(lines) / sizeof(*lines));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(envelope_and_message),
		cmocka_unit_test(pipelined_and_reset),
		cmocka_unit_test(refused_data),
		cmocka_unit_test(chunks),
		cmocka_unit_test(logins),
		cmocka_unit_test(tls_follows),
		cmocka_unit_test(holes),
		cmocka_unit_test(one_side),
		cmocka_unit_test(wrong_ones),
		cmocka_unit_test(long_lines),
		cmocka_unit_test(both_ended),
		cmocka_unit_test(hostile),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
