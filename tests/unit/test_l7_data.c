/* SPDX-License-Identifier: Apache-2.0 */
/* Data bases and queues: what is said of logins, statements and results, in pieces, with holes, and
 * never with a password. */
#include "l7_data.h"

#include "../../src/probe/l7/data/sql.h"

static void
masked(const char *statement, const char *want)
{
	uint8_t out[SQL_MAX];
	size_t n = sql_mask(view_of(statement), out, sizeof(out));
	assert_int_equal(n, strlen(want));
	assert_memory_equal(out, want, n);
}

static void
statements_lose_their_passwords(void **state)
{
	(void)state;
	masked("SELECT 'a' FROM t", "SELECT 'a' FROM t");
	masked("CREATE USER 'joe'@'%' IDENTIFIED BY 'hunter''2'",
	    "CREATE USER 'joe'@'%' IDENTIFIED BY '***'");
	masked("ALTER USER joe IDENTIFIED BY hunter2 ACCOUNT UNLOCK",
	    "ALTER USER joe IDENTIFIED BY *** ACCOUNT UNLOCK");
	masked("ALTER ROLE joe PASSWORD $x$hunter2$x$ LOGIN; SELECT 'b'",
	    "ALTER ROLE joe PASSWORD *** LOGIN; SELECT 'b'");
	masked("set password = \"hunter2", "set password = \"***\"");
	masked("UPDATE u SET user_passwd='a\\'b' WHERE id=1",
	    "UPDATE u SET user_passwd='***' WHERE id=1");
}

static const struct line mysql[] = {
	S("I\0\0\0\x0a"
	  "5.7.1\0\x07\0\0\0"
	  "abcdefgh\0\xff\xf7!\x02\0\xff\x81\x15\0\0\0\0\0\0\0\0\0\0ijklmnopqrst\0mysql_native_"
	  "password\0"),
	C("F\0\0\x01\x8d\xa6\x0f\0\0\0\0\x01!"
	  "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0joe\0\x06secretshop\0mysql_native_"
	  "password\0"),
	S("\x07\0\0\x02\0\0\0\x02\0\0\0"),
	C("\x09\0\0\0\x03SELECT 1"),
	S("\x01\0\0\x01\x02\x04\0\0\x02\x03"
	  "def\x04\0\0\x03\x03"
	  "def\x05\0\0\x04\xfe\0\0\x02\0\x04\0\0\x05\x01"
	  "a\x01"
	  "b\x05\0\0\x06\xfe\0\0\x02\0"),
	C("\x05\0\0\0\x03"
	  "DROP"),
	S("\x10\0\0\x01\xff(\x04#42000syntax\x3f"),
	C("\x01\0\0\0\x01"),
};

static void
mysql_login_and_commands(void **state)
{
	(void)state;
	struct talk t;
	talk_play(&t, 33306, LINES(mysql), SIZE_MAX / 2);
	talk_said(&t, "\"server_version\":\"5.7.1\"");
	talk_said(&t, "\"user\":\"joe\"");
	talk_said(&t, "\"login\":\"success\"");
	talk_said(&t, "\"statement\":\"SELECT 1\"");
	talk_said(&t, "\"columns\":2,\"rows\":1");
	talk_said(&t, "\"error_code\":1064");
	talk_said(&t, "\"command\":\"Quit\"");
	talk_silent(&t, "secret");
	assert_int_equal(t.oks, 1);
	assert_int_equal(t.events, 4);
	talk_hard(33306, LINES(mysql));
}

/* A row of 16 MiB is not held, and may have a hole. */
static void
mysql_rows_are_skipped(void **state)
{
	(void)state;
	static uint8_t row[60000];
	static const char big[] = "\x01\0\0\x01\x01\x04\0\0\x02\x03"
				  "def\x05\0\0\x03\xfe\0\0\x02\0\0\0\x80\x04";
	struct talk t;
	talk_start(&t, 3306, 6);
	for (int i = 0; i < 5; i++) {
		if (i < 4)
			talk_send(&t, mysql[i].dir, mysql[i].bytes, mysql[i].n, 0);
		else
			talk_send(&t, DIR_TO_CLIENT, big, sizeof(big) - 1, 0);
	}
	for (size_t left = 0x800000; left;) {
		size_t n = left < sizeof(row) ? left : sizeof(row);
		bool hole = left < 0x400000 && left > 0x300000;
		if (!hole)
			talk_send(&t, DIR_TO_CLIENT, row, n, left == 0x800000 ? 0 : 0);
		else
			talk_send(&t, DIR_TO_CLIENT, row, 0, n);
		left -= n;
	}
	talk_send(&t, DIR_TO_CLIENT, "\5\0\0\5\xfe\0\0\2\0", 9, 0);
	talk_send(&t, DIR_TO_SERVER, "\2\0\0\0\2x", 6, 0);
	talk_end(&t);
	talk_said(&t, "\"rows\":1");
	talk_said(&t, "\"command\":\"InitDB\"");
	assert_int_equal(t.proto, L7_MYSQL);
}

static const struct line pgsql[] = {
	C("\0\0\0\x08\x04\xd2\x16/"),
	S("N"),
	C("\0\0\0 \0\x03\0\0user\0joe\0"
	  "database\0shop\0\0"),
	S("R\0\0\0\x0c\0\0\0\x05salt"),
	C("p\0\0\0\x0bhunter\0"),
	S("R\0\0\0\x08\0\0\0\0S\0\0\0\x0bTZ\0PRC\0K\0\0\0\x0c\0\0\0\x07key!Z\0\0\0\x05I"),
	C("Q\0\0\0\x0dselect 1\0"),
	S("T\0\0\0\x06\0\x01"
	  "D\0\0\0\x0b\0\x01\0\0\0\x01"
	  "1C\0\0\0\x0dSELECT 1\0Z\0\0\0\x05I"),
	C("P\0\0\0\x10\0select 2\0\0\0"
	  "B\0\0\0\x0c\0\0\0\0\0\0\0\0"
	  "E\0\0\0\x09\0\0\0\0\0S\0\0\0\x04"),
	S("1\0\0\0\x04"
	  "2\0\0\0\x04"
	  "E\0\0\0\x13SERROR\0"
	  "C42601\0\0Z\0\0\0\x05I"),
	C("X\0\0\0\x04"),
};

static void
pgsql_as_eve_has_it(void **state)
{
	(void)state;
	struct talk t;
	talk_play(&t, 54320, LINES(pgsql), SIZE_MAX / 2);
	talk_said(&t, "{\"tx_id\":0,\"request\":{\"message\":\"SSL Request\"},"
		      "\"response\":{\"ssl_accepted\":false}}");
	talk_said(&t, "\"startup_parameters\":{\"user\":\"joe\","
		      "\"optional_parameters\":[{\"database\":\"shop\"}]}");
	talk_said(&t, "\"request\":{\"password_redacted\":true}");
	talk_said(&t, "\"parameter_status\":[{\"TZ\":\"PRC\"}],\"process_id\":7");
	talk_said(&t, "\"simple_query\":\"select 1\"");
	talk_said(&t, "\"field_count\":1,\"data_rows\":1,\"data_size\":7,"
		      "\"command_completed\":\"SELECT 1\"");
	talk_said(&t, "\"extended_query\":[\"select 2\"]");
	talk_said(&t, "\"code\":\"42601\"");
	talk_said(&t, "\"message\":\"terminate\"");
	talk_silent(&t, "hunter");
	talk_silent(&t, "key!");
	assert_int_equal(t.oks, 1);
	talk_hard(54320, LINES(pgsql));
}

static const struct line redis[] = {
	C("*2\x0d\x0a$4\x0d\x0a"
	  "AUTH\x0d\x0a$7\x0d\x0ahunter2\x0d\x0a*3\x0d\x0a$3\x0d\x0aSET\x0d\x0a$1\x0d\x0ak\x0d\x0a$"
	  "5\x0d\x0avalue\x0d\x0a"),
	S("-WRONGPASS invalid\x0d\x0a+OK\x0d\x0a"),
	C("*2\x0d\x0a$5\x0d\x0aHELLO\x0d\x0a$1\x0d\x0a"
	  "3\x0d\x0a"),
	S("%1\x0d\x0a+server\x0d\x0a+redis\x0d\x0a"),
	C("*4\x0d\x0a$6\x0d\x0a"
	  "CONFIG\x0d\x0a$3\x0d\x0aSET\x0d\x0a$11\x0d\x0arequirepass\x0d\x0a$"
	  "7\x0d\x0ahunter3\x0d\x0a"),
	S("|1\x0d\x0a+a\x0d\x0a+b\x0d\x0a+OK\x0d\x0a>2\x0d\x0a+x\x0d\x0a:1\x0d\x0a"),
	C("*2\x0d\x0a$4\x0d\x0aMGET\x0d\x0a$1\x0d\x0ak\x0d\x0a"),
	S("*2\x0d\x0a$5\x0d\x0avalue\x0d\x0a$-1\x0d\x0a"),
};

static void
redis_pipelined(void **state)
{
	(void)state;
	struct talk t;
	talk_play(&t, 7000, LINES(redis), SIZE_MAX / 2);
	talk_said(&t, "\"command\":\"AUTH\",\"password\":\"***");
	talk_said(&t, "\"reply_type\":\"error\",\"error\":\"WRONGPASS invalid\"");
	talk_said(&t, "\"command\":\"SET\",\"key\":\"k\"");
	talk_said(&t, "\"arguments\":[\"SET\",\"requirepass\"]");
	talk_said(&t, "\"command\":\"MGET\",\"key\":\"k\",\"args\":2,\"request_bytes\":9,"
		      "\"reply_type\":\"array\",\"reply_length\":2");
	talk_said(&t, "\"reply_type\":\"map\"");
	talk_silent(&t, "hunter");
	talk_silent(&t, "value");
	assert_int_equal(t.fails, 1);
	talk_hard(7000, LINES(redis));
}

static const struct line mongodb[] = {
	C("8\0\0\0\x01\0\0\0\0\0\0\0\xdd\x07\0\0\0\0\0\0\0#\0\0\0\x02"
	  "find\0\x06\0\0\0users\0\x02$db\0\x05\0\0\0shop\0\0"),
	S("\x3f\0\0\0\x02\0\0\0\x01\0\0\0\xdd\x07\0\0\0\0\0\0\0*\0\0\0\x01ok\0\0\0\0\0\0\0\0\0\x02"
	  "errmsg\0\x03\0\0\0no\0\x10"
	  "code\0\x0d\0\0\0\0"),
};

static void
mongodb_command(void **state)
{
	(void)state;
	struct talk t;
	talk_play(&t, 27000, LINES(mongodb), SIZE_MAX / 2);
	talk_said(&t, "\"command\":\"find\",\"database\":\"shop\",\"collection\":\"users\"");
	talk_said(&t, "\"message\":\"no\",\"ok\":false,\"code\":13");
	talk_hard(27000, LINES(mongodb));
}

static const struct line mqtt[] = {
	C("\x10 \0\x04MQTT\x05\xc2\0<\x05\x11\0\0\0\x01\0\x02id\0\x03joe\0\x05secre"),
	S(" \x03\0\x86\0"),
	C("0\x08\0\x03top\0HI2\x0a\0\x03top\0\x07\0HI"),
	S("@\x02\0\x07"),
	C("\x82\x09\0\x01\0\0\x03"
	  "a/b\x01"),
	S("\x90\x04\0\x01\0\x01"),
	C("\xe0\0"),
};

static void
mqtt_as_eve_has_it(void **state)
{
	(void)state;
	struct talk t;
	talk_play(&t, 18830, LINES(mqtt), SIZE_MAX / 2);
	talk_said(&t, "\"client_id\":\"id\",\"username\":\"joe\",\"password\":\"***");
	talk_said(&t, "\"return_code\":134");
	talk_said(&t, "\"topic\":\"top\",\"message\":\"HI\"");
	talk_said(&t, "\"puback\":{\"qos\":0,\"retain\":false,\"dup\":false,\"message_id\":7,"
		      "\"reason_code\":0}");
	talk_said(&t, "\"topics\":[{\"topic\":\"a/b\",\"qos\":1}]");
	talk_said(&t, "\"qos_granted\":[1]");
	talk_silent(&t, "secre\"");
	assert_int_equal(t.fails, 1);
	assert_string_equal(t.odd, "unintroduced_message unintroduced_message "
				   "unintroduced_message unintroduced_message ");
	talk_hard(18830, LINES(mqtt));
}

static void
coap_datagrams_and_stream(void **state)
{
	(void)state;
	struct talk t;
	talk_start(&t, 5683, 17);
	talk_send(&t, DIR_TO_SERVER, "\x42\1\0\7ab\xb1x\1y\x42q=\x61\1", 14, 0);
	talk_send(&t, DIR_TO_CLIENT, "\x62\x45\0\7ab\xc0\xb1\x0e\xffhello", 15, 0);
	talk_send(&t, DIR_TO_CLIENT, "\x40", 1, 0);
	talk_end(&t);
	talk_said(&t, "{\"type\":\"CON\",\"message_id\":7,\"code\":\"0.01\",\"method\":\"GET\","
		      "\"token\":\"6162\",\"uri_path\":\"/x/y\"");
	talk_said(&t, "\"content_format\":0");
	talk_said(&t, "\"block2\":{\"number\":0,\"more\":true,\"size\":1024},\"payload_length\":5");
	assert_string_equal(t.odd, "MALFORMED_DATA ");
	static const struct line stream[] = {
		C("\x20\xe1\x21\x01"),
		S("\x20\xe1\x21\x01"),
		C("\x31\1t\xb2hi"),
		S("\x31\x45t\xffhi"),
	};
	talk_play(&t, 5683, LINES(stream), SIZE_MAX / 2);
	talk_said(&t, "\"code\":\"7.01\",\"code_name\":\"CSM\"");
	talk_said(&t, "\"method\":\"GET\",\"token\":\"74\",\"uri_path\":\"/hi\"");
	talk_said(&t, "\"payload_length\":2");
	talk_hard(5683, LINES(stream));
}

static const struct line tds[] = {
	C("\x12\x01\0\x1a\0\0\x01\0\0\0\x0b\0\x06\x01\0\x11\0\x01\xff\x0b\0\x0c"
	  "8\0\0\x02"),
	S("\x04\x01\0\x1a\0\0\x01\0\0\0\x0b\0\x06\x01\0\x11\0\x01\xff\x0f\0\x10'\0\0\x02"),
	C("\x10\x01\0\x98\0\0\x01\0\x90\0\0\0\x04\0\0t\0\x10\0\0\x07\0\0\0\0\0\0\0\0\0\0\0\xe0\x03"
	  "\0\0\0\0\0\0\0\0\0\0^\0\x02\0"
	  "b\0\x03\0h\0\x07\0v\0\x03\0|"
	  "\0\x03\0\x82\0\0\0\x82\0\x03\0\x88\0\0\0\x88\0\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	  "\0\0\0\0p\0"
	  "c\0j\0o\0"
	  "e\0h\0u\0n\0t\0"
	  "e\0r\0"
	  "2\0"
	  "a\0p\0p\0s\0r\0v\0l\0i\0"
	  "b\0s\0h\0o\0p\0"),
	S("\x04\x01\0(\0\0\x01\0\xad\x10\0\x01t\0\0\x04\x03S\0Q\0L\0\x0f\0\x10'"
	  "\xfd\0\0\0\0\0\0\0\0\0\0\0\0"),
	C("\x01\x01\0.\0\0\x01\0\x16\0\0\0\x12\0\0\0\x02\0\0\0\0\0\0\0\0\0\x01\0\0\0S\0"
	  "E\0L\0"
	  "E\0"
	  "C\0T\0 \0"
	  "1\0"),
	S("\x04\x01\0("
	  "\0\0\x01\0\xaa\x10\0\x18H\0\0\x01\x0e\x01\0n\0\0\0\x01\0\0\0\xfd\x02\0\0\0\0\0\0\0\0\0\0"
	  "\0"),
	C("\x03\x01\0@"
	  "\0\0\x01\0\x16\0\0\0\x12\0\0\0\x02\0\0\0\0\0\0\0\0\0\x01\0\0\0\xff\xff\x0a\0\0\0\0\0\xe7"
	  "@\x1f\0\0\0\0\0\x10\0S\0"
	  "E\0L\0"
	  "E\0"
	  "C\0T\0 \0"
	  "2\0"),
	S("\x04\x01\0\x1a\0\0\x01\0\x81\x02\0xx\xfd\x10\0\xc1\0\x03\0\0\0\0\0\0\0"),
};

static void
tds_batch(void **state)
{
	(void)state;
	struct talk t;
	talk_play(&t, 1433, LINES(tds), SIZE_MAX / 2);
	talk_said(&t, "\"type\":\"prelogin\",\"client_version\":\"11.0.3128\","
		      "\"server_version\":\"15.0.4135\",\"client_encryption\":\"not_supported\"");
	talk_said(&t, "\"type\":\"sql_batch\",\"statement\":\"SELECT 1\"");
	talk_said(&t, "\"login\":\"success\",\"server_version\":\"15.0.4135\",\"user\":\"joe\","
		      "\"host\":\"pc\",\"application\":\"app\",\"server\":\"srv\"");
	talk_said(&t, "\"statement\":\"SELECT 2\",\"procedure\":\"sp_executesql\",\"columns\":2,"
		      "\"rows\":3");
	talk_silent(&t, "hunter");
	talk_said(&t, "\"message\":\"n\"");
	talk_said(&t, "\"error_number\":18456");
	talk_hard(1433, LINES(tds));
}

static const struct line tns[] = {
	C("\0\x88\0\0\x01\0\0\0\x01;\x01,\0\0 \0\xff\xff\x7f\x08\0\0\0\x01\0"
	  "B\0"
	  "F\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0("
	  "DESCRIPTION=(CONNECT_DATA=(SID=shop)(CID=(PROGRAM=p)(USER=joe))))"),
	S("\0\x08\0\0\x0b\0\0\0"),
	C("\0\x88\0\0\x01\0\0\0\x01;\x01,\0\0 \0\xff\xff\x7f\x08\0\0\0\x01\0"
	  "B\0"
	  "F\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0("
	  "DESCRIPTION=(CONNECT_DATA=(SID=shop)(CID=(PROGRAM=p)(USER=joe))))"),
	S("\0\x1a\0\0\x02\0\0\0\x01:\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
	C("\0\x0c\0\0\x06\0\0\0\0\0\x03v"),
	S("\0"
	  "0\0\0\x06\0\0\0\0\0\x04ORA-01017: invalid username/password\x0a"),
};

static const struct line tns_refused[] = {
	C("\0\x88\0\0\x01\0\0\0\x01;\x01,\0\0 \0\xff\xff\x7f\x08\0\0\0\x01\0"
	  "B\0"
	  "F\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0("
	  "DESCRIPTION=(CONNECT_DATA=(SID=shop)(CID=(PROGRAM=p)(USER=joe))))"),
	S("\0%\0\0\x04\0\0\0\x22\0\0\x19(DESCRIPTION=(ERR=12505))"),
};

static void
tns_answers(void **state)
{
	(void)state;
	struct talk t;
	talk_play(&t, 1522, LINES(tns_refused), SIZE_MAX / 2);
	talk_said(&t, "\"type\":\"connect\",\"version\":315,\"compatible_version\":300,"
		      "\"answer\":\"refuse\",\"sid\":\"shop\",\"program\":\"p\",\"user\":\"joe\"");
	talk_said(&t, "\"error_code\":12505");
	talk_play(&t, 1522, LINES(tns), SIZE_MAX / 2);
	talk_said(&t, "\"answer\":\"accept\",\"accepted_version\":314,\"resent\":true");
	talk_said(&t, "\"message\":\"ORA-01017: invalid username/password\",\"error_code\":1017");
	assert_int_equal(t.fails, 1);
	talk_hard(1522, LINES(tns));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statements_lose_their_passwords),
		cmocka_unit_test(mysql_login_and_commands),
		cmocka_unit_test(mysql_rows_are_skipped),
		cmocka_unit_test(pgsql_as_eve_has_it),
		cmocka_unit_test(redis_pipelined),
		cmocka_unit_test(mongodb_command),
		cmocka_unit_test(mqtt_as_eve_has_it),
		cmocka_unit_test(coap_datagrams_and_stream),
		cmocka_unit_test(tds_batch),
		cmocka_unit_test(tns_answers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
