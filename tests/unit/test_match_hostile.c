/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules that somebody wrote to hurt: each is refused with its reason when it is read, or what it
 * may do to a packet is bounded and the counter says so when it was stopped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "match_fake.h"

#define T "alert tcp any any -> any any ("
#define U "alert udp any any -> any any ("
#define H "alert http any any -> any any (http.uri; "

static const struct match_config config = { 16, 16, 64, HASH_KEY_FIXED, NULL, NULL };

/* ---- refused ---- */

static const struct {
	const char *rule, *reason;
} refused[] = {
	{ T "content:\"a\"; within:2147483648; sid:1;)", "must be a number from" },
	{ T "content:\"a\"; distance:-2147483649; sid:1;)", "must be a number from" },
	{ T "content:\"a\"; offset:4294967296; sid:1;)", "must be a number from" },
	{ T "content:\"a\"; depth:18446744073709551616; sid:1;)", "must be a number from" },
	{ T "content:\"a\"; offset:65535; depth:65536; sid:1;)", "must be a number from" },
	{ T "content:\"a\"; sid:4294967296;)", "sid" },
	{ T "dsize:>99999999999999999999; sid:1;)", "" },
	{ T "content:\"a\"; byte_jump:9999999999,0; sid:1;)", "" },
	{ T "content:\"a\"; byte_jump:4,99999999999,relative; sid:1;)", "" },
	{ T "content:\"a\"; byte_jump:4,0,multiplier 4294967296; sid:1;)", "" },
	{ T "content:\"a\"; byte_test:4,>,99999999999999999999,0; sid:1;)", "" },
	{ T "content:\"a\"; base64_decode:bytes 10000000; base64_data; content:\"b\"; sid:1;)",
	    "not understood" },
	{ T "flowint:x,+,4294967296; sid:1;)", "" },
	{ T "threshold:type both,track by_src,count 0,seconds 1; sid:1;)", "" },
	{ T "threshold:type both,track by_src,count 4294967296,seconds 1; sid:1;)", "" },
	{ H "dataset:isset,x,type string,load /dev/zero; sid:1;)", "this is no file" },
	{ H "dataset:isset,x,type string,load ../../../../dev/zero; sid:1;)", "" },
	{ H "dataset:set,x,type string,save /etc/cron.d/x; sid:1;)", "must not write" },
	{ H "dataset:set,x,type string,save ../x; sid:1;)", "must not write" },
	{ H "dataset:set,x,type string,memcap 900gb; sid:1;)", "more than 1 GiB" },
	{ H "xor:\"0\"; content:\"a\"; sid:1;)", "hex digits" },
	{ H "gunzip:max-size 4294967296; content:\"a\"; sid:1;)", "not understood" },
	{ H "pcrexform:\"((a+)+)$\"; content:\"a\"; sid:1;)", "" },
	{ H "pcrexform:\"x((?:a+)+)$\"; content:\"a\"; sid:1;)", "more than 20000 steps" },
	{ T "pcre:\"/(a+)+$/\"; sid:1;)", "more than 20000 steps" },
	{ T "pcre:\"/(?:(?:a*)*)*b/\"; sid:1;)", "more than 20000 steps" },
	{ T "pcre:\"/^(([a-z])+.)+[A-Z]([a-z])+$/\"; sid:1;)", "more than 20000 steps" },
	{ T "pcre:\"/(a|aa)+$/\"; sid:1;)", "more than 20000 steps" },
	{ T "pcre:\"/(?:a?){24}a{24}b/\"; sid:1;)", "more than 20000 steps" },
	{ T "pcre:\"/a{65536}/\"; sid:1;)", "expression:" },
	{ T "pcre:\"/((((a{500}){500}){500}){500}){500}/\"; sid:1;)", "expression:" },
	{ T "pcre:\"/(?<=a+)b/\"; sid:1;)", "expression:" },
	{ T "pcre:\"/(*UTF)./\"; sid:1;)", "expression:" },
	{ "alert tcp [!any] any -> any any (sid:1;)", "leaves nothing" },
	{ "alert tcp [1.1.1.1,[2.2.2.2] any -> any any (sid:1;)", "" },
	{ "alert tcp any 99999 -> any any (sid:1;)", "not a port" },
};

static void
is_refused(const char *rule, size_t n, const char *reason)
{
	struct fake_problems p = { .n = 0 };
	struct match_summary summary;
	struct match_rules *r = fake_load(rule, n, &p, &summary);
	assert_non_null(r);
	if (summary.loaded || p.n != 1 || !strstr(p.item[0].reason, reason))
		fail_msg("%.80s: %s", rule, p.n ? p.item[0].reason : "loads");
	match_rules_free(r);
}

static void
refused_with_a_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		is_refused(refused[i].rule, strlen(refused[i].rule), refused[i].reason);
}

/* before + n times `more` + behind, n bytes in *len; the caller frees it. */
static char *
repeated(const char *before, const char *more, size_t n, const char *behind, size_t *len)
{
	size_t k = strlen(more);
	char *s = malloc(strlen(before) + n * k + strlen(behind) + 1);
	assert_non_null(s);
	char *at = stpcpy(s, before);
	for (size_t i = 0; i < n; i++, at += k)
		memcpy(at, more, k);
	*len = (size_t)(stpcpy(at, behind) - s);
	return s;
}

static void
huge_ones(void **state)
{
	(void)state;
	static const struct {
		const char *before, *more, *behind, *reason;
		size_t n;
	} all[] = {
		{ T "content:\"", "a", "\"; sid:1;)", "more than 1 MiB", 1 << 20 },
		{ T, "\\\n", "sid:1;)", "65536 lines", 1 << 20 },
		{ T "content:\"", "a", "\"; sid:1;)", "content too long", 100000 },
		{ T, "content:\"ab\"; ", "sid:1;)", "more than 128 patterns", 10000 },
		{ T, "dsize:!5; ", "sid:1;)", "", 1000 },
		{ T, "flowbits:set,a; ", "sid:1;)", "", 1000 },
		{ H, "to_lowercase; ", "content:\"a\"; sid:1;)", "more than 8 transforms", 100 },
		{ "alert tcp ", "[", "1.1.1.1 any -> any any (sid:1;)", "", 1000 },
		{ "alert tcp ", "!", "1.1.1.1 any -> any any (sid:1;)", "", 1000 },
		{ "alert tcp ![![![![![![![![![![![![![![![![![![", "!1.1.1.1,",
		    "1.1.1.1]]]]]]]]]]]]]]]]]] any -> any any (sid:1;)", "nested too deeply", 10 },
		{ T "pcre:\"/", "(", "/\"; sid:1;)", "expression:", 100000 },
		{ T "pcre:\"/", "(?:", "/\"; sid:1;)", "expression:", 10000 },
		{ T "pcre:\"/", "a?", "/\"; sid:1;)", "", 200000 },
	};
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		size_t n;
		char *rule = repeated(all[i].before, all[i].more, all[i].n, all[i].behind, &n);
		is_refused(rule, n, all[i].reason);
		free(rule);
	}
}

/* ---- loaded, and what they may do is bounded ---- */

struct bench {
	struct match_rules *rules;
	struct match *m;
	struct flow flow;
	struct alert_list out;
};

static void
start(struct bench *b, const char *rules, size_t n, uint32_t want)
{
	struct match_summary summary;
	*b = (struct bench){ .flow = { .packets = { 2, 1 } } };
	b->rules = fake_load(rules, n, NULL, &summary);
	b->m = match_new(&config, b->rules);
	assert_non_null(b->m);
	assert_int_equal(summary.loaded, want);
}

static void
stop(struct bench *b)
{
	match_flow_free(b->m, &b->flow);
	match_free(b->m);
	match_rules_free(b->rules);
}

static const struct match_counters *
look(struct bench *b, const char *payload, size_t n)
{
	struct packet p = fake_packet(17, payload, n);
	b->out.n = 0;
	match_packet(b->m, &p, &b->flow, DIR_TO_SERVER, NULL, 0, NULL, 0, &b->out);
	return match_count(b->m);
}

/* Each of these would take seconds or for ever on 64 KiB of one letter. */
static void
wild_expressions(void **state)
{
	(void)state;
	static const char *const all[] = { "a.{0,1000}a.{0,1000}x", "a.{0,200}a.{0,200}a.{0,200}x",
		"(?=(a+))\\1[0-9]", "(?:(?=a*+[0-9])|a)*x", "(?:a(?=a*[0-9])|aa(?=a*[0-9])){3}",
		"a*a*a*a*a*b", "(?:a\\w*){2}=", "(a?(?1)?)x", "[^x]+x", "a.*a.*a.*a.*z" };
	static char payload[65000];
	memset(payload, 'a', sizeof(payload));
	memcpy(payload + sizeof(payload) - 8, "\n=zxb09z", 8);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct bench b;
		char rule[256];
		int n = snprintf(rule, sizeof(rule), U "pcre:\"/%s/\"; sid:1;)", all[i]);
		start(&b, rule, (size_t)n, 1);
		const struct match_counters *c = look(&b, payload, sizeof(payload));
		if (!c->pcre_limit && !c->alerts)
			fail_msg("%s: not stopped", all[i]);
		stop(&b);
	}
}

/* A thousand of them share what one packet may cost: those behind the end are stopped at once. */
static void
a_packet_has_a_budget(void **state)
{
	(void)state;
	static char payload[65000];
	struct bench b;
	char *all = malloc(1000 * 100), *at = all;
	assert_non_null(all);
	memset(payload, 'a', sizeof(payload));
	for (int i = 0; i < 1000; i++)
		at += sprintf(at, U "pcre:\"/a.{0,%d}a.{0,99}[bx]/\"; sid:%d;)\n", 100 + i, i + 1);
	start(&b, all, (size_t)(at - all), 1000);
	assert_int_equal(look(&b, payload, sizeof(payload))->pcre_limit, 1000);
	stop(&b);
	free(all);
}

static void
contents_without_end(void **state)
{
	(void)state;
	struct bench b;
	size_t n;
	static char payload[9000];
	char *rule = repeated(U "content:\"a\"; ", "content:\"a\"; within:200; ", 100,
	    "content:\"zz\"; within:9; sid:1;)", &n);
	memset(payload, 'a', sizeof(payload));
	memcpy(payload, "zz", 2);
	start(&b, rule, n, 1);
	assert_int_equal(look(&b, payload, sizeof(payload))->step_limit, 1);
	stop(&b);
	free(rule);
}

static void
jumps_go_nowhere(void **state)
{
	(void)state;
	static const char rule[] =
	    U "content:\"|ff|\"; byte_jump:4,0,relative,multiplier 65535,post_offset -65535; "
	      "byte_jump:4,-4,relative,from_end; isdataat:65535,relative; sid:1;)\n" U
	      "byte_extract:4,0,a; byte_math:bytes 4,offset 0,oper *,rvalue 4294967295,result b; "
	      "content:\"x\"; offset:a; content:\"y\"; distance:b; within:b; sid:2;)\n" U
	      "flowint:n,+,4294967295; flowint:n,+,4294967295; flowint:n,<,5; sid:3;)";
	static char payload[400];
	struct bench b;
	memset(payload, 0xff, sizeof(payload));
	start(&b, rule, sizeof(rule) - 1, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(look(&b, payload, sizeof(payload))->alerts, 0);
	stop(&b);
}

/* Five thousand ports, ten thousand rules that each set a bit of its own: the flow keeps a few. */
static void
many_of_everything(void **state)
{
	(void)state;
	struct bench b;
	size_t room = 10000 * 90 + 5000 * 8;
	char *all = malloc(room), *at = all;
	assert_non_null(all);
	at = stpcpy(at, "alert udp any any -> any [");
	for (int i = 0; i < 5000; i++)
		at += sprintf(at, "%d,", 1 + 2 * i);
	at = stpcpy(at, "![0:9,5000:6000,!80]] (sid:20000;)\n");
	for (int i = 0; i < 10000; i++)
		at += sprintf(
		    at, U "content:\"a\"; flowbits:set,bit%d; noalert; sid:%d;)\n", i, i + 1);
	start(&b, all, (size_t)(at - all), 10001);
	assert_true(look(&b, "a", 1)->state_evicted > 9000);
	stop(&b);
	free(all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused_with_a_reason),
		cmocka_unit_test(huge_ones),
		cmocka_unit_test(wild_expressions),
		cmocka_unit_test(a_packet_has_a_budget),
		cmocka_unit_test(contents_without_end),
		cmocka_unit_test(jumps_go_nowhere),
		cmocka_unit_test(many_of_everything),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
