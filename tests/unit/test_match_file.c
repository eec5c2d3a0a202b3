/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures on what is carried: names, sizes, digests, and bytes that come in pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "match_one.h"

static const struct match_config config = { 32, 4, 64, HASH_KEY_FIXED, NULL, NULL };

struct bench {
	struct match_rules *rules;
	struct match *m;
	struct flow flow;
	struct alert_list out;
	struct fake_tx tx;
	struct l7_file file;
	uint8_t has;
	uint64_t id; /* of the transaction */
};

static void
start(struct bench *b, const char *rules)
{
	*b = (struct bench){ 0 };
	b->flow = (struct flow){ .tcp = FLOW_TCP_ESTABLISHED, .packets = { 2, 1 } };
	b->m = match_with(rules, &config, &b->rules);
	fake_proto = L7_HTTP;
}

static void
stop(struct bench *b)
{
	match_without(b->m, b->rules, &b->flow);
}

/* The next piece of a download; returns the alerts. */
static uint16_t
piece(struct bench *b, const char *text, uint64_t at, bool last)
{
	struct packet p = fake_packet(6, NULL, 0);
	struct l7_window w = { .file = &b->file,
		.data = view_of(text),
		.at = at,
		.of = L7_WINDOW_FILE | L7_WINDOW_BODY | L7_WINDOW_HEAD,
		.dir = DIR_TO_CLIENT,
		.last = last };
	b->tx.buffer[L7_BUF_FILE_DATA] = b->tx.buffer[L7_BUF_HTTP_RESPONSE_BODY] = w.data;
	b->tx.buffer[L7_BUF_FILE_NAME] = b->file.about.name;
	b->file.about.size = at + w.data.len;
	b->file.about.over = b->file.about.whole = last;
	b->has |= L7_READY_TO_CLIENT;
	struct l7_tx tx = { .proto = L7_HTTP,
		.id = b->id,
		.ready = L7_READY_TO_CLIENT,
		.has = b->has,
		.dir = DIR_TO_CLIENT,
		.data = &b->tx,
		.window = &w,
		.window_n = 1 };
	b->out.n = 0;
	match_packet(b->m, &p, &b->flow, DIR_TO_CLIENT, NULL, 0, &tx, 1, &b->out);
	return b->out.n;
}

static void
rules_say_what_they_want(void **state)
{
	struct bench b;
	(void)state;
	start(&b, "alert http any any -> any any (http.uri; content:\"x\"; sid:1;)\n");
	assert_int_equal(match_rules_want(b.rules), 0);
	stop(&b);
	start(&b, "alert http any any -> any any (file.data; content:\"x\"; sid:1;)\n"
		  "alert http any any -> any any (http.header.raw; content:\"x\"; sid:2;)\n"
		  "alert http any any -> any any (filesize:>10; sid:3;)\n");
	assert_int_equal(
	    match_rules_want(b.rules), L7_WANT_FILE_DATA | L7_WANT_RAW_HEADERS | L7_WANT_FILES);
	stop(&b);
}

/* Two hundred downloads at once on one connection, as HTTP/2 has them: each is waited for. */
static void
many_transactions_wait(void **state)
{
	struct bench b;
	(void)state;
	start(
	    &b, "alert http any any -> any any (file.data; content:\"ab\"; filesize:>4; sid:1;)\n");
	for (b.id = 0; b.id < 200; b.id++)
		assert_int_equal(piece(&b, "ab", 0, false), 0);
	assert_int_equal(match_count(b.m)->state_evicted, 0);
	for (b.id = 0; b.id < 200; b.id++)
		assert_int_equal(piece(&b, "xyz", 2, true), 1);
	for (; b.id < 3000; b.id++)
		assert_int_equal(piece(&b, "ab", 0, false), 0);
	assert_true(match_count(b.m)->state_evicted > 2000);
	stop(&b);
}

static void
places_are_those_of_the_file(void **state)
{
	struct bench b;
	(void)state;
	start(&b, "alert http any any -> any any (file.data; content:\"abc\"; offset:3; depth:3; "
		  "sid:1;)\n");
	assert_int_equal(piece(&b, "xabc", 0, false), 0);
	assert_int_equal(piece(&b, "abc", 4, false), 0);
	assert_int_equal(piece(&b, "abc", 3, false), 1);
	/* once for each transaction */
	assert_int_equal(piece(&b, "abc", 3, true), 0);
	stop(&b);
}

static void
names_and_sizes(void **state)
{
	struct bench b;
	(void)state;
	start(&b, "alert http any any -> any any (filename:\"Report\"; fileext:\"PDF\"; sid:1;)\n"
		  "alert http any any -> any any (fileext:\"doc\"; sid:2;)\n"
		  "alert http any any -> any any (filesize:6; sid:3;)\n"
		  "alert http any any -> any any (filesize:>4; sid:4;)\n");
	b.file.about.name = view_of("a-report.pdf");
	assert_int_equal(piece(&b, "abc", 0, false), 1);
	assert_int_equal(b.out.item[0].sid, 1);
	assert_int_equal(piece(&b, "abcde", 0, false), 1);
	assert_int_equal(b.out.item[0].sid, 4);
	assert_int_equal(piece(&b, "abcdef", 0, true), 1);
	assert_int_equal(b.out.item[0].sid, 3);
	stop(&b);
}

static void
digests_come_from_a_list(void **state)
{
	char path[] = "/tmp/wanglou-list-XXXXXX", rule[256];
	static const char list[] = "# known\n00112233445566778899aabbccddeeff  a\nshort\n";
	struct bench b;
	(void)state;
	int fd = mkstemp(path);
	assert_int_equal(write(fd, list, sizeof(list) - 1), sizeof(list) - 1);
	close(fd);
	(void)snprintf(rule, sizeof(rule),
	    "alert http any any -> any any (filemd5:%s; sid:1;)\n"
	    "alert http any any -> any any (filemd5:!%s; sid:2;)\n",
	    path, path);
	start(&b, rule);
	for (uint8_t i = 0; i < 16; i++)
		b.file.digest[i] = (uint8_t)(i * 0x11);
	assert_int_equal(match_rules_digests(b.rules), 1);
	assert_int_equal(piece(&b, "abc", 0, false), 0);
	assert_int_equal(piece(&b, "abc", 0, true), 1);
	assert_int_equal(b.out.item[0].sid, 1);
	b.file.digest[0] = 1;
	b.has = 0;
	assert_int_equal(piece(&b, "abc", 0, true), 1);
	assert_int_equal(b.out.item[0].sid, 2);
	stop(&b);
	unlink(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_say_what_they_want),
		cmocka_unit_test(many_transactions_wait),
		cmocka_unit_test(places_are_those_of_the_file),
		cmocka_unit_test(names_and_sizes),
		cmocka_unit_test(digests_come_from_a_list),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
