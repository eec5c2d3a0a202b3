/* SPDX-License-Identifier: Apache-2.0 */
/* threshold.config: what it says of rules, and what is wrong in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "match_fake.h"

static const struct match_config config = { 4, 64, 64, HASH_KEY_FIXED, NULL, NULL };

#define RULES                                                                                      \
	"alert udp any any -> any any (msg:\"a\"; content:\"x\"; sid:1;)\n"                        \
	"alert udp any any -> any any (msg:\"b\"; content:\"x\"; threshold:type limit, track "     \
	"by_src, count 1, seconds 5; sid:2;)\n"                                                    \
	"alert udp any any -> any any (msg:\"c\"; content:\"x\"; gid:3; sid:3;)\n"

struct limit_case {
	const char *lines;
	const char *src;   /* of each event, the last number of its address: "1", "2" */
	const char *times; /* seconds of events, one letter each */
	const char *out;   /* alerts of rules 1, 2 and 3 that each brings: bits 1, 2, 4 */
};

static const struct limit_case cases[] = {
	{ "# nothing\n\n", "111", "abc", "755" },
	{ "suppress gen_id 1, sig_id 1\n", "11", "ab", "64" },
	{ "suppress gen_id 1, sig_id 0\n", "11", "ab", "44" },
	{ "suppress gen_id 0, sig_id 0\n", "11", "ab", "00" },
	{ "suppress gen_id 1, sig_id 1, track by_src, ip 10.0.0.2\n", "121", "abc", "765" },
	{ "suppress gen_id 1, sig_id 1, track by_src, \\\n ip [$HOME_NET,!10.0.0.2]\n", "12", "ab",
	    "67" },
	{ "suppress gen_id 1, sig_id 1, track by_either, ip 192.0.2.1\n", "1", "a", "6" },
	{ "suppress gen_id 1, sig_id 1, track by_dst, ip 10.0.0.1\n", "1", "a", "7" },
	{ "suppress gen_id 1, sig_id 1, track by_src, ip 2001:db8::/32\n", "1", "a", "7" },
	{ "suppress gen_id 1, sig_id 1, track by_src, ip 10.0.0.1\n"
	  "suppress gen_id 1, sig_id 1, track by_src, ip 10.0.0.2\n",
	    "123", "abc", "667" },
	/* in place of the rule's own */
	{ "threshold gen_id 1, sig_id 2, type limit, track by_src, count 2, seconds 5\n", "111",
	    "abc", "775" },
	/* for those without one */
	{ "event_filter gen_id 1, sig_id 0, type limit, track by_rule, count 1, seconds 5\n", "12",
	    "ab", "76" },
	/* what rules share, and what one of them has beside */
	{ "suppress gen_id 1, sig_id 2, track by_src, ip 10.0.0.1\n"
	  "suppress gen_id 0, sig_id 0, track by_src, ip 10.0.0.2\n"
	  "suppress gen_id 0, sig_id 0, track by_src, ip 10.0.0.3\n"
	  "suppress gen_id 1, sig_id 1, track by_src, ip 10.0.0.4\n",
	    "12345", "abcde", "50067" },
	{ "rate_filter gen_id 1, sig_id 1, track by_src, count 2, seconds 9, new_action pass, "
	  "timeout 4\n",
	    "1111111", "abcdefh", "7544447" },
	{ "rate_filter gen_id 1, sig_id 1, track by_rule, count 1, seconds 9, new_action alert, "
	  "timeout 0\n",
	    "111", "abc", "755" },
	/* it ends with an event that does not count; the span's count goes on */
	{ "rate_filter gen_id 1, sig_id 1, track by_src, count 2, seconds 9, new_action pass, "
	  "timeout 4\n",
	    "1111111111", "abcdghijkn", "7544654447" },
	{ "rate_filter gen_id 1, sig_id 1, track by_src, count 1, seconds 2, new_action pass, "
	  "timeout 0\n",
	    "111111", "abbcde", "744554" },
};

static uint16_t
event(struct match *m, char src, char when)
{
	struct packet p = fake_packet(17, "x", 1);
	struct alert_list out = { .n = 0 };
	char text[] = "10.0.0.0";
	uint16_t bits = 0;
	text[7] = src;
	(void)addr_parse(text, &p.src);
	p.frame.ts = (1000 + (uint64_t)(when - 'a')) * 1000000000ull;
	match_packet(m, &p, NULL, DIR_TO_SERVER, NULL, 0, NULL, 0, &out);
	for (uint16_t i = 0; i < out.n; i++)
		bits |= (uint16_t)(1u << (out.item[i].sid - 1));
	return bits;
}

static void
lines_hold_alerts_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct limit_case *c = &cases[i];
		struct fake_problems p = { 0 };
		fake_limits = view_of(c->lines);
		struct match_rules *r = fake_load(RULES, strlen(RULES), &p, NULL);
		struct match *m = match_new(&config, r);
		if (p.n)
			fail_msg("%s%s", c->lines, p.item[0].reason);
		for (size_t k = 0; c->src[k]; k++) {
			uint16_t bits = event(m, c->src[k], c->times[k]);
			if (bits != (uint16_t)(c->out[k] - '0'))
				fail_msg("%sevent %zu: %u", c->lines, k, bits);
		}
		match_free(m);
		match_rules_free(r);
	}
}

struct wrong_case {
	const char *lines;
	uint32_t line, column;
	const char *reason;
};

static const struct wrong_case wrongs[] = {
	{ "supress gen_id 1, sig_id 1\n", 1, 1, "begins no line" },
	{ "\nsuppress gen_id 1, sig_id 9\n", 2, 1, "no rule 1:9" },
	{ "suppress gen_id 1\n", 1, 1, "lacks its sig_id" },
	{ "suppress gen_id 1, sig_id x\n", 1, 20, "not understood" },
	{ "suppress gen_id 0, sig_id 1\n", 1, 1, "gen_id 0 is any" },
	{ "suppress gen_id 1, sig_id 1, \\\n  track by_us, ip 10.0.0.1\n", 2, 3, "not understood" },
	{ "suppress gen_id 1, sig_id 1, track by_src\n", 1, 1, "belong together" },
	{ "suppress gen_id 1, sig_id 1, track by_src, ip 10.0.0.300\n", 1, 47, "" },
	{ "suppress gen_id 1, sig_id 1, track by_src, ip $NONE\n", 1, 47, "" },
	{ "suppress gen_id 1, gen_id 1, sig_id 1\n", 1, 20, "given twice" },
	{ "threshold gen_id 1, sig_id 1, type limit, track by_src, count 5\n", 1, 1,
	    "lacks its seconds" },
	{ "threshold gen_id 1, sig_id 1, type limit, track by_src, count 0, seconds 1\n", 1, 57,
	    "not understood" },
	{ "rate_filter gen_id 1, sig_id 1, track by_src, count 5, seconds 1, new_action run, "
	  "timeout 3\n",
	    1, 67, "not understood" },
};

static void
what_is_wrong_is_said_where(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		const struct wrong_case *c = &wrongs[i];
		struct fake_problems p = { 0 };
		struct match_summary sum;
		fake_limits = view_of(c->lines);
		struct match_rules *r = fake_load(RULES, strlen(RULES), &p, &sum);
		if (p.n != 1 || p.item[0].line != c->line || p.item[0].column != c->column ||
		    !strstr(p.item[0].reason, c->reason))
			fail_msg("%s%zu: %u:%u: %s", c->lines, p.n, p.item[0].line,
			    p.item[0].column, p.item[0].reason);
		assert_int_equal(sum.loaded, 3);
		assert_int_equal(sum.failed, 0);
		assert_int_equal(sum.limits_failed, 1);
		match_rules_free(r);
	}
}

/* Lines of a file that is meant to fill memory. */
static void
lines_are_bounded(void **state)
{
	static const struct {
		const char *line;
		uint32_t n, taken;
	} all[] = {
		{ "suppress gen_id 0, sig_id 0, track by_src, ip 10.9.9.9\n", 1100, 1024 },
		{ "rate_filter gen_id 1, sig_id 0, track by_src, count 2, seconds 9, new_action "
		  "pass, timeout 4\n",
		    20, 16 },
		{ "threshold gen_id 1, sig_id 1, type limit, track by_src, count 2, seconds 5\n",
		    2000, 2000 },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct fake_problems p = { 0 };
		struct match_summary sum;
		size_t len = strlen(all[i].line);
		char *text = malloc(all[i].n * len + 1);
		assert_non_null(text);
		for (uint32_t k = 0; k < all[i].n; k++)
			memcpy(text + k * len, all[i].line, len);
		text[all[i].n * len] = 0;
		fake_limits = view_of(text);
		match_rules_free(fake_load(RULES, strlen(RULES), &p, &sum));
		assert_int_equal(sum.limits, all[i].taken);
		assert_int_equal(sum.limits_failed, all[i].n - all[i].taken);
		free(text);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_hold_alerts_back),
		cmocka_unit_test(what_is_wrong_is_said_where),
		cmocka_unit_test(lines_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
