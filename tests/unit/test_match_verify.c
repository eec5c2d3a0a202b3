/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule's options mean: payload and rule give yes or no. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "match_one.h"
#include "probe/match_run.h"

static const struct match_config config = { 16, 16, 64, HASH_KEY_FIXED, NULL, NULL };

static const struct yesno cases[] = {
	{ "abcdef", "content:\"cd\";", true },
	{ "abcdef", "content:\"CD\";", false },
	{ "abcdef", "content:\"CD\"; nocase;", true },
	{ "aBcDeF", "content:\"bcd\"; nocase;", true },
	{ "abcdef", "content:!\"cd\";", false },
	{ "abcdef", "content:\"a\"; content:!\"x\";", true },
	{ "a|b;c", "content:\"a|7c|b\\;c\";", true },
	{ "abcdef", "content:\"cd\"; offset:2;", true },
	{ "abcdef", "content:\"cd\"; offset:3;", false },
	{ "abcdef", "content:\"cd\"; depth:4;", true },
	{ "abcdef", "content:\"cd\"; depth:3;", false },
	{ "abcdef", "content:\"cd\"; offset:1; depth:3;", true },
	{ "abcdef", "content:\"cd\"; offset:1; depth:2;", false },
	{ "abcdef", "content:\"ab\"; startswith;", true },
	{ "abcdef", "content:\"bc\"; startswith;", false },
	{ "abcdef", "content:\"ef\"; endswith;", true },
	{ "efabef", "content:\"ef\"; endswith;", true },
	{ "abcdef", "content:\"de\"; endswith;", false },
	{ "abcdef", "content:\"ab\"; content:\"ef\"; distance:2; endswith;", true },
	{ "abcdef", "content:\"ab\"; content:\"ef\"; distance:3; endswith;", false },
	{ "abcdef", "content:\"ab\"; content:\"cd\"; distance:0;", true },
	{ "abcdef", "content:\"ab\"; content:\"cd\"; distance:1;", false },
	{ "abcdef", "content:\"ab\"; content:\"ef\"; distance:1;", true },
	{ "abcdef", "content:\"cd\"; content:\"ab\"; distance:-4;", true },
	{ "abcdef", "content:\"cd\"; content:\"ab\"; distance:-3;", false },
	{ "abcdef", "content:\"ab\"; content:\"cd\"; within:2;", true },
	{ "abcdef", "content:\"ab\"; content:\"de\"; within:2;", false },
	{ "abcdef", "content:\"ab\"; content:\"de\"; within:3;", true },
	{ "abcdef", "content:\"ab\"; content:\"de\"; distance:1; within:2;", true },
	{ "abcdef", "content:\"ab\"; content:\"ef\"; distance:1; within:2;", false },
	/* the first "ab" leads nowhere, the second does */
	{ "abxxabcd", "content:\"ab\"; content:\"cd\"; within:2;", true },
	{ "abxabxcd", "content:\"ab\"; content:\"x\"; within:1; content:\"cd\"; within:2;", true },
	{ "aXbXc", "content:\"X\"; content:\"c\"; within:1;", true },
	/* what an independent content found is not tried again */
	{ "ab ab", "content:\"ab\"; content:\"zz\";", false },
	{ "abcdef", "content:\"ab\"; content:!\"cd\"; within:2;", false },
	{ "abcdef", "content:\"ab\"; content:!\"de\"; within:2;", true },
	{ "abcd abxx", "content:\"ab\"; content:!\"cd\"; within:2;", true },
	{ "abcdef", "content:\"a\"; content:!\"x\"; distance:0; content:\"b\"; distance:0;", true },
	{ "abcdef", "content:\"b\"; within:2;", true },
	{ "abcdef", "content:\"abc\"; fast_pattern:only; content:\"def\"; depth:6;", true },
	{ "abcdef", "content:\"xabc\"; fast_pattern:1,3;", false },
	{ "abcdef", "pcre:\"/b.d/\";", true },
	{ "abcdef", "pcre:\"/B.D/\";", false },
	{ "abcdef", "pcre:\"/B.D/i\";", true },
	{ "abcdef", "pcre:!\"/b.d/\";", false },
	{ "abcdef", "pcre:/B.D/i;", true },
	{ "abcdef", "pcre:!/b.d/;", false },
	{ "abcdef", "content:\"ab\"; pcre:\"/^cd/R\";", true },
	{ "abcdef", "content:\"ab\"; pcre:\"/^de/R\";", false },
	{ "ab1ab2", "content:\"ab\"; pcre:\"/^2/R\";", true },
	{ "abcdef", "pcre:\"/b/\"; content:\"c\"; within:1;", true },
	{ "axbxxc", "pcre:\"/x/\"; content:\"c\"; within:1;", true },
	{ "a\nb", "pcre:\"/^b/\";", false },
	{ "a\nb", "pcre:\"/^b/m\";", true },
	{ "a\nb", "pcre:\"/a.b/\";", false },
	{ "a\nb", "pcre:\"/a.b/s\";", true },
	{ "abc", "pcre:\"/b/A\";", false },
	{ "abc", "pcre:\"/a b/x\";", true },
	{ "\x01\x02", "content:\"|01 02|\";", true },
	{ "abcdef", "isdataat:5;", true },
	{ "abcdef", "isdataat:6;", false },
	{ "abcdef", "isdataat:!6;", true },
	{ "abcdef", "isdataat:6,relative;", true },
	{ "abcdef", "isdataat:7,relative;", false },
	{ "abcdef", "content:\"ef\"; isdataat:!1,relative,rawbytes;", true },
	{ "efcdef", "content:\"ef\"; isdataat:!1,relative;", true },
	{ "abcdef", "content:\"cd\"; isdataat:2,relative;", true },
	{ "abcdef", "content:\"cd\"; isdataat:3,relative;", false },
	{ "abcdef", "byte_test:1,=,0x61,0;", true },
	{ "70", "byte_test:0,<,200,0,string,dec;", true },
	{ "length 4772\r\n", "byte_test:0,>,4000,7,string,dec;", true },
	{ "length 4772\r\n", "byte_test:0,>,4772,7,string,dec;", false },
	{ "none", "byte_test:0,=,0,0,string,dec;", false },
	{ "0000000000000000000000001", "byte_test:0,=,0,0,string,dec;", true },
	{ "abcdef", "byte_test:2,=,0x6162,0;", true },
	{ "abcdef", "byte_test:2,=,0x6162,0,little;", false },
	{ "abcdef", "byte_test:2,=,0x6261,0,little;", true },
	{ "abcdef", "byte_test:2,!=,0x6162,0;", false },
	{ "abcdef", "byte_test:1,!,0x62,0;", true },
	{ "abcdef", "byte_test:1,!>,0x60,0;", false },
	{ "abcdef", "byte_test:1,>=,0x66,5;", true },
	{ "abcdef", "byte_test:1,>=,0,6;", false },
	{ "abcdef", "byte_test:1,&,0x02,1;", true },
	{ "abcdef", "byte_test:1,&,0x04,1;", false },
	{ "abcdef", "byte_test:1,^,0x62,1;", false },
	{ "abcdef", "byte_test:1,=,0x0c,0,bitmask 0xf8;", true },
	{ "abcdef", "content:\"cd\"; byte_test:1,=,0x65,0,relative;", true },
	{ "abcdef", "content:\"cd\"; byte_test:1,=,0x62,-3,relative;", true },
	{ "abcdef", "content:\"cd\"; byte_test:1,=,0x62,-5,relative;", false },
	{ "n=0042;", "content:\"n=\"; byte_test:4,=,42,0,relative,string,dec;", true },
	{ "n=0x2a;", "content:\"n=\"; byte_test:4,=,42,0,relative,string,hex;", true },
	{ "n=52;", "content:\"n=\"; byte_test:3,=,42,0,relative,string,oct;", true },
	{ "n=x2;", "content:\"n=\"; byte_test:2,>,0,0,relative,string,dec;", false },
	/* the first "n=" is no number, the second is */
	{ "n=xx n=17", "content:\"n=\"; byte_test:2,=,17,0,relative,string,dec;", true },
	{ "\x02zzab", "byte_jump:1,0; content:\"ab\"; within:2;", true },
	{ "\x01zzab", "byte_jump:1,0; content:\"ab\"; within:2;", false },
	{ "\x01zzab", "byte_jump:1,0,multiplier 2; content:\"ab\"; within:2;", true },
	{ "\x01zzzzab", "byte_jump:1,0,align; content:\"ab\"; within:2;", true },
	{ "\x03zzab", "byte_jump:1,0,from_beginning; content:\"ab\"; within:2;", true },
	{ "\x04zzab", "byte_jump:1,0,post_offset -2; content:\"ab\"; within:2;", true },
	{ "zzzab", "byte_jump:0,0,from_end,post_offset -2; content:\"ab\"; within:2;", true },
	{ "\x09zzab", "byte_jump:1,0;", false },
	{ "\x02zzabcd", "byte_extract:1,0,n; content:\"ab\"; offset:n; content:\"cd\"; within:n;",
	    true },
	{ "\x03zzabcd", "byte_extract:1,0,n; content:\"ab\"; offset:n;", true },
	{ "\x04zzabcd", "byte_extract:1,0,n; content:\"ab\"; offset:n;", false },
	{ "\x04zzabcd", "byte_extract:1,0,n; content:\"ab\"; depth:n;", false },
	{ "\x05zzabcd", "byte_extract:1,0,n; content:\"ab\"; depth:n;", true },
	{ "\x02zzab", "byte_extract:1,0,n,relative; content:\"ab\"; distance:n; within:2;", true },
	{ "\x02zzab", "byte_extract:1,0,n,multiplier 2; isdataat:n;", true },
	{ "\x02zzab", "byte_extract:1,0,n,multiplier 3; isdataat:!n;", true },
	{ "\x02\x02zz", "byte_extract:1,0,n; byte_test:1,=,n,1;", true },
	{ "\x02\x05zz", "byte_math:bytes 1,offset 0,oper +,rvalue 3,result n; byte_test:1,=,n,1;",
	    true },
	{ "\x08\x02zz", "byte_math:bytes 1,offset 0,oper >>,rvalue 2,result n; byte_test:1,=,n,1;",
	    true },
	{ "\x08\x02zz", "byte_math:bytes 1,offset 0,oper /,rvalue 0,result n;", false },
	{ "\x02\x03\x06z",
	    "byte_extract:1,0,a; byte_math:bytes 1,offset 1,oper *,rvalue a,result n; "
	    "byte_test:1,=,n,2;",
	    true },
	{ "ab\x02zz", "content:\"ab\"; byte_extract:1,0,n,relative; byte_test:n,=,0x7a7a,3;",
	    true },
	{ "aaaaaaaa", "entropy:value = 0;", true },
	{ "abababab", "entropy:value 1;", true },
	{ "abcdefgh", "entropy:value >= 3;", true },
	{ "abcdefgh", "entropy:bytes 4, offset 2, value 1-3;", true },
	{ "abcdefgh", "entropy:value !2-4;", false },
	{ "\x30\x03\x02\x7f\x01", "asn1:oversize_length 100;", true },
	{ "\x30\x03\x02\x01\x01", "asn1:oversize_length 100;", false },
	{ "abcdef", "dsize:6;", true },
	{ "abcdef", "dsize:!6;", false },
	{ "abcdef", "dsize:>6;", false },
	{ "abcdef", "dsize:<7;", true },
	{ "abcdef", "dsize:5<>7;", true },
	{ "abcdef", "dsize:6<>9;", false },
	{ "abcdef", "dsize:>5; content:\"f\"; endswith;", true },
	/* what is known before the rule is looked at */
	{ "cdabcd", "content:\"abcd\"; offset:2; depth:4;", true },
	{ "xcdabcd", "content:\"abcd\"; offset:2; depth:4;", false },
	{ "xxabcd", "content:\"yxabcd\"; offset:1; depth:7; fast_pattern:2,4;", false },
	{ "_yxabcd", "content:\"yxabcd\"; offset:1; depth:7; fast_pattern:2,4;", true },
	{ "aBcdef", "content:\"Ab\"; nocase; depth:2; content:\"def\"; distance:1; within:3;",
	    true },
	{ "xaBcdef", "content:\"Ab\"; nocase; depth:2; content:\"def\"; distance:1; within:3;",
	    false },
	{ "ab@@ef", "content:\"AB``\"; nocase; depth:4; content:\"ef\";", false },
	{ "abcdef", "content:!\"x\"; depth:1; content:\"def\"; distance:3;", true },
	{ "ab", "content:\"ab\"; depth:2; content:!\"c\"; within:1;", true },
	{ "abcdef", "dsize:6; content:\"a\";", true },
	{ "abcdef", "dsize:4<>8; content:\"a\"; depth:1;", true },
	{ "abcdef", "dsize:7; content:\"a\";", false },
	/* the rarest byte stands at any place of a content, in any case */
	{ "zqxZZqXzqxyQ", "content:\"Qxy\"; nocase;", true },
	{ "zqxZZqXzqxyQ", "content:\"xyqq\"; nocase;", false },
	{ "eeeeeeeeQ", "content:\"eq\"; nocase; endswith;", true },
	{ "a=b&c=d", "content:\"&C=\"; nocase; content:\"D\"; nocase; within:1;", true },
};

#define UDP "alert udp any any -> any any (msg:\"x\"; "

static bool
holds_on_payload(const char *rule, const char *payload, void *context)
{
	struct packet p = fake_packet(17, payload, strlen(payload));
	(void)context;
	return alerts_of(rule, &p, NULL, NULL) == 1;
}

static bool
holds_on_packet(const char *rule, const char *text, void *packet)
{
	(void)text;
	return alerts_of(rule, packet, NULL, NULL) == 1;
}

static void
options_mean_what_they_say(void **state)
{
	(void)state;
	yesno_check(cases, sizeof(cases) / sizeof(cases[0]), UDP, holds_on_payload, NULL);
}

/* Expressions are tried in slices of places; what begins in one may end anywhere. */
static void
expressions_see_all(void **state)
{
	(void)state;
	static uint8_t payload[3000];
	struct packet p = fake_packet(17, payload, sizeof(payload));
	static const struct yesno c[] = {
		{ NULL, "pcre:\"/b[^c]+c/\";", true },
		{ NULL, "pcre:\"/b[^c]+d/\";", false },
		{ NULL, "pcre:\"/b.*?c/\";", true },
		{ NULL, "pcre:\"/d.*b/\";", false },
		{ NULL, "pcre:\"/^x.{254}y/\";", true },
		{ NULL, "pcre:\"/y(?<=x.{254}y)z/\";", true },
		{ NULL, "pcre:\"/xyz$/\";", true },
		{ NULL, "pcre:\"/yz\\Kx/\";", false },
		{ NULL, "pcre:\"/y\\Kz/\"; content:!\"z\"; distance:0;", true },
		{ NULL, "pcre:\"/a$/\";", false },
		{ NULL, "pcre:\"/^a/\";", false },
		{ NULL, "pcre:\"/^q/m\";", true },
		{ NULL, "pcre:\"/a(*COMMIT)b/\";", false },
		{ NULL, "pcre:\"/ba(*SKIP)a/\";", true },
		{ NULL, "pcre:\"/xy/\"; pcre:\"/^z$/R\"; isdataat:!1,relative;", true },
		{ NULL, "content:\"b\"; pcre:\"/^a+c/R\";", true },
		{ NULL, "content:\"b\"; pcre:\"/^a+d/R\";", false },
		{ NULL, "pcre:\"/(?=.*[0-9])b/\";", false },
	};
	memset(payload, 'a', sizeof(payload));
	payload[0] = 'x';
	payload[255] = 'y';
	payload[256] = 'z';
	payload[400] = 'b';
	payload[1900] = 'c';
	memcpy(payload + 2100, "\nq", 2);
	memcpy(payload + sizeof(payload) - 3, "xyz", 3);
	yesno_check(c, sizeof(c) / sizeof(c[0]), UDP, holds_on_packet, &p);
}

/* What lies far behind is found, though each of many places before it leads nowhere. */
static void
many_places(void **state)
{
	(void)state;
	static char payload[9000];
	struct packet p = fake_packet(17, payload, sizeof(payload));
	memset(payload, 'a', sizeof(payload));
	memcpy(payload + 8000, "axyb", 4);
	static const struct yesno c[] = {
		{ NULL, "content:\"a\"; content:\"x\"; within:1; content:\"b\"; distance:1;",
		    true },
		{ NULL, "content:\"a\"; content:\"x\"; within:1; content:\"b\"; distance:2;",
		    false },
		{ NULL, "content:\"a\"; content:!\"a\"; within:1; content:\"b\"; distance:0;",
		    true },
		{ NULL, "content:\"a\"; pcre:\"/^x/R\"; content:\"b\"; distance:1;", true },
		{ NULL, "pcre:\"/a./\"; content:\"y\"; within:1;", true },
	};
	yesno_check(c, sizeof(c) / sizeof(c[0]), UDP, holds_on_packet, &p);
}

/* A byte that is rare elsewhere is everywhere here. */
static void
rare_bytes_may_be_many(void **state)
{
	(void)state;
	static char payload[9000];
	struct packet p = fake_packet(17, payload, sizeof(payload));
	memset(payload, 'q', sizeof(payload));
	memcpy(payload + 8990, "aqbb", 4);
	assert_int_equal(alerts_of("alert udp any any -> any any (content:\"qqq\"; "
				   "content:\"aqb\"; distance:0; sid:1;)",
			     &p, NULL, NULL),
	    1);
	assert_int_equal(alerts_of("alert udp any any -> any any (content:\"qqq\"; "
				   "content:\"bqa\"; distance:0; sid:1;)",
			     &p, NULL, NULL),
	    0);
}

/* Places without end for all but the last content, which is nowhere behind them: once around. */
static void
what_is_nowhere_costs_little(void **state)
{
	(void)state;
	static const char rule[] = "alert udp any any -> any any (content:\"a\"; content:\"a\"; "
				   "distance:0; content:\"zz\"; distance:0; sid:1;)";
	static char payload[9000];
	struct packet p = fake_packet(17, payload, sizeof(payload));
	struct fake_problems problems = { 0 };
	struct alert_list out = { 0 };
	memset(payload, 'a', sizeof(payload));
	memcpy(payload, "zz", 2);
	struct match_rules *r = fake_load(rule, strlen(rule), &problems, NULL);
	struct match *m = match_new(&config, r);
	assert_non_null(m);
	m->steps = 0;
	match_packet(m, &p, NULL, DIR_TO_SERVER, NULL, 0, NULL, 0, &out);
	assert_int_equal(out.n, 0);
	assert_true(m->steps > 9900); /* of 10000 */
	match_free(m);
	match_rules_free(r);
}

static void
zero_bytes_are_bytes(void **state)
{
	(void)state;
	static const char payload[] = "ab\0\0\x01"
				      "cd\0\0";
	struct packet p = fake_packet(17, payload, sizeof(payload));
	assert_int_equal(alerts_of("alert udp any any -> any any (content:\"|00 00 01|\"; sid:1;)",
			     &p, NULL, NULL),
	    1);
	assert_int_equal(alerts_of("alert udp any any -> any any (content:\"|00 00 02|\"; sid:1;)",
			     &p, NULL, NULL),
	    0);
	assert_int_equal(alerts_of("alert udp any any -> any any (content:\"|00 00 00|\"; sid:1;)",
			     &p, NULL, NULL),
	    1);
	assert_int_equal(
	    alerts_of(
		"alert udp any any -> any any (content:\"b|00 00 01|c\"; sid:1;)", &p, NULL, NULL),
	    1);
}

static const struct {
	const char *head;
	bool yes;
} heads[] = {
	{ "udp any any -> any any", true },
	{ "ip any any -> any any", true },
	{ "tcp any any -> any any", false },
	{ "icmp any any -> any any", false },
	{ "udp 10.0.0.1 40000 -> 192.0.2.1 80", true },
	{ "udp 192.0.2.1 any -> 10.0.0.1 any", false },
	{ "udp 192.0.2.1 80 <> 10.0.0.1 any", true },
	{ "udp $HOME_NET any -> $EXTERNAL_NET $HTTP_PORTS", true },
	{ "udp $EXTERNAL_NET any -> any any", false },
	{ "udp !10.0.0.0/24 any -> any any", false },
	{ "udp [10.0.0.0/8,!10.0.0.1] any -> any any", false },
	{ "udp [10.0.0.0/8,!10.0.0.2] any -> any any", true },
	{ "udp 2001:db8::/32 any -> any any", false },
	{ "udp any any -> any !80", false },
	{ "udp any any -> any [79:81,!80]", false },
	{ "udp any any -> any 79:", true },
	{ "udp any 1024: -> any :79", false },
};

static void
heads_choose_packets(void **state)
{
	(void)state;
	struct packet p = fake_packet(17, "abc", 3);
	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
		char rule[512];
		snprintf(rule, sizeof(rule), "alert %s (msg:\"x\"; content:\"b\"; sid:1;)",
		    heads[i].head);
		bool with = alerts_of(rule, &p, NULL, NULL) == 1;
		snprintf(rule, sizeof(rule), "alert %s (msg:\"x\"; sid:1;)", heads[i].head);
		bool without = alerts_of(rule, &p, NULL, NULL) == 1;
		if (with != heads[i].yes || without != heads[i].yes)
			fail_msg("%s should be %d, is %d with a content and %d without",
			    heads[i].head, heads[i].yes, with, without);
	}
}

static void
alerts_carry_the_rules_words(void **state)
{
	(void)state;
	static const char text[] =
	    "alert udp any any -> any any (msg:\"two\\; words\"; content:\"b\"; "
	    "classtype:web-application-attack; "
	    "metadata:attack T1190, gbt20986 GB020300, verdict attempt, name_zh \xe6\x94\xbb, "
	    "other a b; gid:7; sid:9; rev:3;)\n"
	    "alert udp any any -> any any (msg:\"later\"; content:\"a\"; priority:4; sid:1;)\n"
	    "alert udp any any -> any any (msg:\"first by sid\"; content:\"a\"; priority:1; "
	    "sid:8;)\n";
	struct match_rules *r = fake_load(text, sizeof(text) - 1, NULL, NULL);
	struct match *m = match_new(&config, r);
	struct packet p = fake_packet(17, "abc", 3);
	struct alert_list out = { 0 };
	match_packet(m, &p, NULL, DIR_TO_SERVER, NULL, 0, NULL, 0, &out);
	assert_int_equal(out.n, 3);
	assert_int_equal(out.item[0].sid, 8);
	assert_int_equal(out.item[2].sid, 1);
	const struct alert *a = &out.item[1];
	assert_int_equal(a->gid, 7);
	assert_int_equal(a->rev, 3);
	assert_int_equal(a->severity, 1);
	assert_string_equal(a->signature, "two; words");
	assert_string_equal(a->category, "Web Application Attack");
	assert_string_equal(a->classtype, "web-application-attack");
	assert_string_equal(a->attack, "T1190");
	assert_string_equal(a->gbt20986, "GB020300");
	assert_string_equal(a->verdict, "attempt");
	assert_int_equal(a->meta_n, 5);
	assert_string_equal(a->meta[4].value, "a b");
	match_free(m);
	match_rules_free(r);
}

static void
a_wild_expression_is_stopped(void **state)
{
	(void)state;
	static const char text[] =
	    "alert udp any any -> any any (msg:\"x\"; pcre:\"/^(?:.[a-z0-9-]{2,}){2,}[01]/\"; "
	    "sid:1;)";
	char payload[64];
	memset(payload, 'a', sizeof(payload));
	payload[63] = 'b';
	struct match_rules *r = fake_load(text, sizeof(text) - 1, NULL, NULL);
	struct match *m = match_new(&config, r);
	struct packet p = fake_packet(17, payload, sizeof(payload));
	struct alert_list out = { 0 };
	match_packet(m, &p, NULL, DIR_TO_SERVER, NULL, 0, NULL, 0, &out);
	assert_int_equal(out.n, 0);
	assert_int_equal(match_count(m)->pcre_limit, 1);
	match_free(m);
	match_rules_free(r);
}

/* Forty alerts of one packet, the gravest last in the rules: it is among those that are said. */
static void
many_small_alerts_hide_no_large_one(void **state)
{
	(void)state;
	static char rules[8192];
	size_t n = 0;
	struct fake_problems problems = { 0 };
	struct packet p = fake_packet(17, "abc", 3);
	struct alert_list out = { 0 };
	for (int i = 1; i <= 40; i++)
		n += (size_t)snprintf(rules + n, sizeof(rules) - n,
		    "alert udp any any -> any any (content:\"abc\"; priority:%d; sid:%d;)\n",
		    i == 40 ? 1 : 3, i);
	struct match_rules *r = fake_load(rules, n, &problems, NULL);
	struct match *m = match_new(&config, r);
	assert_non_null(m);
	match_packet(m, &p, NULL, DIR_TO_SERVER, NULL, 0, NULL, 0, &out);
	assert_int_equal(out.n, ALERT_MAX);
	assert_int_equal(out.overflow, 40 - ALERT_MAX);
	assert_int_equal(out.item[0].sid, 40);
	for (uint16_t i = 1; i < out.n; i++)
		assert_int_equal(out.item[i].sid, i);
	match_free(m);
	match_rules_free(r);
}

/* Where the patterns of the rule held is in the alert, in the order in which they are written. */
static void
alerts_say_where(void **state)
{
	(void)state;
	static const char rule[] = "alert udp any any -> any any (content:\"ab\"; content:\"cd\"; "
				   "within:2; pcre:\"/e+/\"; content:!\"zz\"; sid:1;)";
	struct fake_problems problems = { 0 };
	struct packet p = fake_packet(17, "abxxabcdeee", 11);
	struct alert_list out = { 0 };
	static const struct {
		uint64_t offset;
		uint32_t len;
	} want[] = { { 4, 2 }, { 6, 2 }, { 8, 3 } };
	struct match_rules *r = fake_load(rule, strlen(rule), &problems, NULL);
	struct match *m = match_new(&config, r);
	assert_non_null(m);
	match_packet(m, &p, NULL, DIR_TO_SERVER, NULL, 0, NULL, 0, &out);
	assert_int_equal(out.n, 1);
	const struct alert_match *k = out.item[0].match;
	assert_int_equal(out.item[0].match_n, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_string_equal(k[i].buffer, "pkt_data");
		assert_int_equal(k[i].offset, want[i].offset);
		assert_int_equal(k[i].len, want[i].len);
		assert_memory_equal(k[i].around.ptr + k[i].at, p.payload.ptr + k[i].offset, k[i].n);
	}
	match_free(m);
	match_rules_free(r);
}

/* A match deep in a word: what says that the word is a secret goes with it, or nothing is shown. */
static void
long_words_are_no_secret_holes(void **state)
{
	(void)state;
	static const char rule[] = "alert udp any any -> any any (content:\"abab\"; sid:1;)";
	static const struct {
		size_t at;
		bool shown;
	} want[] = { { 300, true }, { 2900, false } };
	static char payload[3000];
	struct packet p = fake_packet(17, payload, sizeof(payload));
	struct match_rules *r = fake_load(rule, strlen(rule), NULL, NULL);
	struct match *m = match_new(&config, r);
	assert_non_null(m);
	for (size_t i = 0; i < 2; i++) {
		struct alert_list out = { 0 };
		memset(payload, 'x', sizeof(payload));
		memcpy(payload, "key password=", 13);
		memcpy(payload + want[i].at, "abab", 4);
		match_packet(m, &p, NULL, DIR_TO_SERVER, NULL, 0, NULL, 0, &out);
		assert_int_equal(out.n, 1);
		const struct alert_match *k = out.item[0].match;
		assert_int_equal(k->offset, want[i].at);
		assert_int_equal(k->len, 4);
		assert_int_equal(k->n, want[i].shown ? 4 : 0);
		assert_true(!want[i].shown || memcmp(k->around.ptr, "key password=", 13) == 0);
	}
	match_free(m);
	match_rules_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_words_are_no_secret_holes),
		cmocka_unit_test(options_mean_what_they_say),
		cmocka_unit_test(expressions_see_all),
		cmocka_unit_test(many_places),
		cmocka_unit_test(rare_bytes_may_be_many),
		cmocka_unit_test(what_is_nowhere_costs_little),
		cmocka_unit_test(zero_bytes_are_bytes),
		cmocka_unit_test(heads_choose_packets),
		cmocka_unit_test(alerts_carry_the_rules_words),
		cmocka_unit_test(alerts_say_where),
		cmocka_unit_test(many_small_alerts_hide_no_large_one),
		cmocka_unit_test(a_wild_expression_is_stopped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
