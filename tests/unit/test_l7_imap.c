/* SPDX-License-Identifier: Apache-2.0 */
/* IMAP: commands and responses, literals both ways, messages, logins; no password. */
#include "l7_mail.h"

#define HEAD "Subject: hi\r\nContent-Disposition: attachment; filename=f\r\n"
#define MESSAGE HEAD "Content-Transfer-Encoding: base64\r\n\r\naGVsbG8=\r\n"

static void
a_session(void **state)
{
	(void)state;
	for (int drip = 0; drip < 2; drip++) {
		struct talk t;
		char text[512];
		talk_start(&t, 1430);
		t.drip = drip;
		S(&t, "* OK ready\r\n");
		C(&t, "a1 LOGIN joe secret\r\n");
		S(&t, "a1 NO wrong\r\n");
		C(&t, "a2 LOGIN {3}\r\n");
		S(&t, "+ go\r\n");
		C(&t, "joe {6+}\r\nsecret\r\n");
		S(&t, "a2 OK in\r\n");
		C(&t, "a3 SELECT \"My box\"\r\n");
		S(&t, "* 7 EXISTS\r\n* FLAGS (\\Seen)\r\na3 OK [READ-WRITE] done\r\n");
		C(&t, "a4 UID FETCH 1:* (FLAGS BODY.PEEK[])\r\na5 NOOP\r\n");
		snprintf(text, sizeof(text),
		    "* 1 FETCH (UID 9 BODY[] {%zu}\r\n%s FLAGS (\\Seen))\r\n", strlen(MESSAGE),
		    MESSAGE);
		S(&t, text);
		S(&t, "* 2 FETCH (UID 10 BODY[TEXT] {4}\r\nabcd)\r\na5 OK x\r\na4 OK done\r\n");
		snprintf(text, sizeof(text), "a6 APPEND Sent (\\Seen) {%zu+}\r\n%s\r\n",
		    strlen(MESSAGE), MESSAGE);
		C(&t, text);
		S(&t, "a6 OK done\r\n");
		C(&t, "a7 LOGOUT\r\n");
		S(&t, "* BYE bye\r\na7 OK done\r\n");
		talk_finish(&t);
		assert_int_equal(t.events, 9);
		assert_int_equal(t.files, 2);
		assert_int_equal(t.fails, 1);
		assert_int_equal(t.oks, 1);
		talk_said(&t, "{\"imap\":{\"tag\":\"a2\",\"command\":\"LOGIN\",\"user\":\"joe\","
			      "\"status\":\"OK\",\"text\":\"in\"}}");
		talk_said(&t, "\"folder\":\"My box\",\"exists\":7,\"status\":\"OK\"");
		talk_said(&t, "\"folder\":\"My box\",\"message\":1},\"email\":{\"status\":"
			      "\"PARSE_DONE\",\"subject\":\"hi\"");
		talk_said(&t, "\"fetched\":1,\"status\":\"OK\"");
		talk_said(&t, "\"md5\":\"5d41402abc4b2a76b9719d911017c592\"");
		talk_said(&t, "\"folder\":\"Sent\",\"status\":\"OK\"");
		talk_silent(&t, "secret");
		assert_string_equal(t.odd, "");
	}
}

static void
other_logins(void **state)
{
	(void)state;
	struct talk t;
	talk_start(&t, 143);
	S(&t, "* OK ready\r\n");
	C(&t, "x AUTHENTICATE PLAIN\r\n");
	S(&t, "+ \r\n");
	C(&t, "AHVzZXIAc2VjcmV0\r\n");
	S(&t, "x NO wrong\r\n");
	C(&t, "y AUTHENTICATE PLAIN AHVzZXIAc2VjcmV0\r\n");
	S(&t, "y OK in\r\n");
	C(&t, "z STARTTLS\r\n");
	S(&t, "z OK go\r\n");
	talk_finish(&t);
	assert_int_equal(t.fails, 1);
	assert_int_equal(t.oks, 1);
	assert_int_equal(t.events, 4);
	talk_said(&t, "\"user\":\"user\",\"mechanism\":\"PLAIN\"");
	talk_silent(&t, "AHVz");
}

static void
holes(void **state)
{
	(void)state;
	struct talk t;
	talk_start(&t, 143);
	S(&t, "* OK ready\r\n");
	C(&t, "a FETCH 1 RFC822\r\n");
	S(&t, "* 1 FETCH (RFC822 {300}\r\nSubject: s\r\n\r\ntext");
	talk_send(&t, DIR_TO_CLIENT, "more\r\n)\r\na OK done\r\n", 20, 300 - 18 - 6);
	talk_said(&t, "\"status\":\"PARSE_ERROR\",\"subject\":\"s\"");
	talk_said(&t, "\"fetched\":1,\"status\":\"OK\"");
	talk_finish(&t);
	assert_int_equal(t.events, 3);
}

static void
not_ours(void **state)
{
	(void)state;
	struct talk t;
	talk_start(&t, 8080);
	C(&t, "GET /login HTTP/1.1\r\n\r\n");
	assert_string_equal(l7_proto_name(l7_proto(&t.flow)), "http");
	talk_finish(&t);
	talk_start(&t, 2121);
	C(&t, "USER login\r\n");
	S(&t, "331 password\r\n");
	const char *name = l7_proto_name(l7_proto(&t.flow));
	assert_true(!name || strcmp(name, "imap") != 0);
	talk_finish(&t);
}

static void
hostile(void **state)
{
	(void)state;
	static const char *const lines[] = { "S* OK ready\r\n", "Ca1 LOGIN {3}\r\n", "S+ go\r\n",
		"Cjoe {6+}\r\nsecret\r\n", "Sa1 OK in\r\n", "Ca2 SELECT x\r\n",
		"S* 7 EXISTS\r\na2 OK done\r\n", "Ca3 FETCH 1 BODY[]\r\n",
		"S* 1 FETCH (BODY[] {20}\r\nSubject: s\r\n\r\ntext)\r\na3 OK x\r\n",
		"Ca4 APPEND x {5+}\r\n12345\r\n", "Sa4 OK x\r\n" };
	talk_hostile(143, lines, sizeof(lines) / sizeof(*lines));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session),
		cmocka_unit_test(other_logins),
		cmocka_unit_test(holes),
		cmocka_unit_test(not_ours),
		cmocka_unit_test(hostile),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
