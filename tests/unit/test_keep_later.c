/* SPDX-License-Identifier: Apache-2.0 */
/* keep: what is said of an alert after it joins it, in any order, and only from its own probe. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "keep_store.h"

#define ALERT_OF(id, verdict)                                                                      \
	"{\"timestamp\":\"2026-11-22T11:00:00Z\",\"event_type\":\"alert\",\"alert_id\":\"" id      \
	"\",\"alert\":{\"severity\":1},\"verdict\":\"" verdict "\"}"
#define UPDATE_OF(id, verdict)                                                                     \
	"{\"timestamp\":\"2026-11-22T11:00:01Z\",\"event_type\":\"alert_update\",\"alert_id\":"    \
	"\"" id "\",\"verdict\":\"" verdict "\"}"

static void
tally_row(void *context, const struct look_row *row)
{
	(void)row;
	++*(unsigned *)context;
}

/* The verdict that an alert has after these words, in this order. */
static void
verdicts_join_their_alert_in_any_order(void **state)
{
	static const struct {
		const char *words[3], *verdict;
	} cases[] = {
		{ { "A attempt", "U failed" }, "failed" },
		{ { "U failed", "A attempt" }, "failed" },
		{ { "A attempt", "U failed", "U compromised" }, "compromised" },
		{ { "A attempt", "U compromised", "U failed" }, "compromised" },
		{ { "U compromised", "U success", "A attempt" }, "compromised" },
		{ { "A compromised", "U failed" }, "failed" },
		{ { "A compromised", "U success" }, "compromised" },
		{ { "U success", "A compromised" }, "compromised" },
		{ { "A compromised", "U compromised", "U failed" }, "compromised" },
		{ { "A success" }, "success" },
	};
	struct keep *k = open_keep(NULL);
	uint64_t position = 1;
	char json[512];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (size_t w = 0; w < 3 && cases[i].words[w]; w++) {
			const char *word = cases[i].words[w];
			(void)snprintf(json, sizeof(json),
			    "{\"timestamp\":\"2026-11-22T11:00:00Z\",\"event_type\":\"%s\",%s"
			    "\"alert_id\":\"%016zx\",\"verdict\":\"%s\"}",
			    *word == 'A' ? "alert" : "alert_update",
			    *word == 'A' ? "\"alert\":{\"severity\":1}," : "", i, word + 2);
			put_one(k, position++, 1, json);
		}
		struct look *l = open_look();
		struct look_filter f = { .verdict = cases[i].verdict, .limit = 100 };
		unsigned n = 0, before = 0;
		for (size_t b = 0; b <= i; b++)
			before += strcmp(cases[b].verdict, cases[i].verdict) == 0;
		assert_int_equal(look_count(l, &f, 100, &n), LOOK_OK);
		assert_int_equal(n, before);
		look_close(l);
	}
	keep_close(k);
}

static void
what_is_said_later_is_found_with_its_alert(void **state)
{
	struct keep *k = open_keep(NULL);
	unsigned updates = 0, evidence = 0, none = 0;

	(void)state;
	put_one(k, 1, 4,
	    "{\"timestamp\":\"2026-11-22T11:00:02Z\",\"event_type\":\"evidence\",\"evidence\":{"
	    "\"alert_ids\":[\"00000000000000aa\",\"00000000000000bb\"],\"file\":\"x.pcap\"}}");
	put_one(k, 2, 1, ALERT_OF("00000000000000aa", "attempt"));
	put_one(k, 3, 1, UPDATE_OF("00000000000000aa", "failed"));
	put_one(k, 4, 1, UPDATE_OF("00000000000000cc", "success"));
	struct look *l = open_look();
	assert_int_equal(look_later(l, 1, "alert_update", tally_row, &updates), LOOK_OK);
	assert_int_equal(look_later(l, 1, "evidence", tally_row, &evidence), LOOK_OK);
	assert_int_equal(look_later(l, 2, "evidence", tally_row, &none), LOOK_OK);
	assert_int_equal(updates, 1);
	assert_int_equal(evidence, 1);
	assert_int_equal(none, 0);
	look_close(l);
	keep_close(k);
}

/* An event has room for tens of thousands of names; each would be a copy of it. */
static void
an_event_speaks_of_few_alerts(void **state)
{
	struct keep *k = open_keep(NULL);
	unsigned first = 0, last = 0;
	char json[4096];
	size_t n = (size_t)snprintf(json, sizeof(json),
	    "{\"timestamp\":\"2026-11-22T11:00:02Z\",\"event_type\":\"evidence\",\"evidence\":{"
	    "\"alert_ids\":[\"00000000000000aa\"");

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		n += (size_t)snprintf(json + n, sizeof(json) - n, ",\"%016x\"", 0x1000 + i);
	(void)snprintf(json + n, sizeof(json) - n, "]}}");
	put_one(k, 1, 4, json);
	put_one(k, 2, 1, ALERT_OF("00000000000000aa", "attempt"));
	put_one(k, 3, 1, ALERT_OF("0000000000001063", "attempt"));
	struct look *l = open_look();
	assert_int_equal(look_later(l, 1, "evidence", tally_row, &first), LOOK_OK);
	assert_int_equal(look_later(l, 2, "evidence", tally_row, &last), LOOK_OK);
	assert_int_equal(first, 1);
	assert_int_equal(last, 0);
	look_close(l);
	keep_close(k);
}

/* Another probe's word changes nothing. */
static void
nobody_speaks_of_another_probes_alerts(void **state)
{
	static const uint8_t other[16] = { 9 };
	struct keep *k = open_keep(NULL);
	struct keep_batch b = { .position = 2,
		.origin = other,
		.probe = "other",
		.epoch = 1,
		.lane = 1,
		.first_seq = 2,
		.recv_ms = NOON };
	struct look_filter f = { .verdict = "failed", .limit = 10 };
	unsigned n = 1;

	(void)state;
	put_one(k, 1, 1, ALERT_OF("00000000000000aa", "attempt"));
	assert_int_equal(keep_begin(k, &b), 1);
	assert_int_equal(keep_event(k, 0, view_of(UPDATE_OF("00000000000000aa", "failed"))), 0);
	keep_end(k);
	assert_int_equal(keep_commit(k), 0);
	struct look *l = open_look();
	assert_int_equal(look_count(l, &f, 10, &n), LOOK_OK);
	assert_int_equal(n, 0);
	look_close(l);
	keep_close(k);
}

int
main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)
	const struct CMUnitTest tests[] = {
		TEST(verdicts_join_their_alert_in_any_order),
		TEST(what_is_said_later_is_found_with_its_alert),
		TEST(an_event_speaks_of_few_alerts),
		TEST(nobody_speaks_of_another_probes_alerts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
