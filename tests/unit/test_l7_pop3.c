/* SPDX-License-Identifier: Apache-2.0 */
/* POP3: commands and answers, lists, messages, logins, what is another protocol; no password. */
#include "l7_mail.h"

#define MESSAGE                                                                                    \
	"Subject: hi\r\nContent-Disposition: attachment; filename=f\r\n"                           \
	"Content-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n.\r\n"

static void
a_session(void **state)
{
	(void)state;
	for (int drip = 0; drip < 2; drip++) {
		struct talk t;
		talk_start(&t, 1100);
		t.drip = drip;
		S(&t, "+OK ready <1.2@mx>\r\n");
		C(&t, "USER joe\r\n");
		S(&t, "+OK\r\n");
		C(&t, "PASS secret\r\n");
		S(&t, "-ERR no\r\n");
		C(&t, "PASS secret\r\n");
		S(&t, "+OK in\r\n");
		C(&t, "LIST\r\nRETR 1\r\nLIST 1\r\n");
		S(&t, "+OK 1 message\r\n1 120\r\n.\r\n+OK\r\n" MESSAGE "+OK 1 120\r\n");
		C(&t, "QUIT\r\n");
		S(&t, "+OK bye\r\n");
		talk_finish(&t);
		assert_int_equal(t.events, 8);
		assert_int_equal(t.fails, 1);
		assert_int_equal(t.oks, 1);
		talk_said(&t, "{\"pop3\":{\"request\":{\"command\":\"PASS\",\"args\":[]},"
			      "\"response\":{\"success\":false,\"status\":\"ERR\","
			      "\"header\":\"no\"},\"user\":\"joe\"}}");
		talk_said(&t, "\"header\":\"1 message\",\"data\":[\"1 120\"]");
		talk_said(&t, "\"subject\":\"hi\"");
		talk_said(&t, "\"md5\":\"5d41402abc4b2a76b9719d911017c592\"");
		talk_silent(&t, "secret");
		assert_string_equal(t.odd, "");
	}
}

static void
other_logins(void **state)
{
	(void)state;
	struct talk t;
	talk_start(&t, 110);
	S(&t, "+OK ready\r\n");
	C(&t, "AUTH PLAIN\r\n");
	S(&t, "+ \r\n");
	C(&t, "AHVzZXIAc2VjcmV0\r\n");
	S(&t, "-ERR no\r\n");
	C(&t, "APOP joe c4c9334bac560ecc979e58001b3e22fb\r\n");
	S(&t, "+OK in\r\n");
	C(&t, "STLS\r\n");
	S(&t, "+OK go\r\n");
	talk_finish(&t);
	assert_int_equal(t.fails, 1);
	assert_int_equal(t.oks, 1);
	talk_said(&t, "\"args\":[\"PLAIN\"]");
	talk_said(&t, "\"user\":\"user\"");
	talk_said(&t, "\"user\":\"joe\"");
	talk_silent(&t, "c4c9334b");
	talk_silent(&t, "AHVzZXI");
}

static void
not_ours(void **state)
{
	(void)state;
	struct talk t;
	talk_start(&t, 6379);
	C(&t, "*1\r\n$4\r\nPING\r\n");
	S(&t, "+OK\r\n");
	assert_string_not_equal(l7_proto_name(l7_proto(&t.flow)), "pop3");
	talk_finish(&t);
	talk_start(&t, 2121);
	C(&t, "USER joe\r\n");
	S(&t, "331 password\r\n");
	C(&t, "PASS x\r\n");
	const char *name = l7_proto_name(l7_proto(&t.flow));
	assert_true(!name || strcmp(name, "pop3") != 0);
	talk_finish(&t);
}

static void
holes(void **state)
{
	(void)state;
	struct talk t;
	talk_start(&t, 110);
	S(&t, "+OK ready\r\n");
	C(&t, "RETR 1\r\n");
	S(&t, "+OK\r\nSubject: s\r\n\r\ntext\r\n");
	talk_send(&t, DIR_TO_CLIENT, "x\r\n.\r\n", 6, 100);
	C(&t, "NOOP\r\n");
	talk_send(&t, DIR_TO_CLIENT, "\r\n", 2, 10);
	C(&t, "NOOP\r\n");
	S(&t, "+OK\r\n");
	talk_finish(&t);
	talk_said(&t, "\"status\":\"PARSE_ERROR\",\"subject\":\"s\"");
	assert_int_equal(t.events, 4);
}

static void
hostile(void **state)
{
	(void)state;
	static const char *const lines[] = { "S+OK ready\r\n", "CAUTH PLAIN\r\n", "S+ \r\n",
		"CAHVzZXIAc2VjcmV0\r\n", "S+OK\r\n", "CLIST\r\nTOP 1 0\r\n",
		"S+OK\r\n1 2\r\n.\r\n+OK\r\n" MESSAGE, "CQUIT\r\n", "S+OK\r\n" };
	talk_hostile(110, lines, sizeof(lines) / sizeof(*lines));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session),
		cmocka_unit_test(other_logins),
		cmocka_unit_test(not_ours),
		cmocka_unit_test(holes),
		cmocka_unit_test(hostile),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
