/* SPDX-License-Identifier: Apache-2.0 */
/* The rule language: what loads, and what is said about what does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "match_fake.h"

struct wrong {
	const char *rule;
	uint32_t column;
	const char *reason; /* part of it */
	const char *hint;   /* part of it, NULL: not looked at */
};

#define T "alert tcp any any -> any any (msg:\"x\"; "

static const struct wrong wrongs[] = {
	{ "alarm tcp any any -> any any (sid:1;)", 1, "unknown action \"alarm\"", "alert" },
	{ "alert tpc any any -> any any (sid:1;)", 7, "protocol \"tpc\"", NULL },
	{ "alert tcp 10.0.0.300 any -> any any (sid:1;)", 11, "not an address", NULL },
	{ "alert tcp [10.0.0.1,nix] any -> any any (sid:1;)", 21, "\"nix\" is not an address",
	    NULL },
	{ "alert tcp $NOWHERE any -> any any (sid:1;)", 11, "unknown variable $NOWHERE", NULL },
	{ "alert tcp !any any -> any any (sid:1;)", 11, "nothing to match", NULL },
	{ "alert tcp any 90:80 -> any any (sid:1;)", 15, "not a port", NULL },
	{ "alert tcp any any -> any [1:70000] (sid:1;)", 27, "not a port", NULL },
	{ "alert tcp any any <- any any (sid:1;)", 19, "not a direction", "->" },
	{ "alert tcp any any -> any", 25, "before its destination port", NULL },
	{ "alert tcp any any -> any any sid:1;)", 30, "expected \"(\"", NULL },
	{ "alert tcp any any -> any any (sid:1;", 36, "does not end in", NULL },
	{ "alert tcp any any -> any any (sid:1)", 31, "no \";\"", NULL },
	{ "alert tcp any any -> any any (msg:\"x\";)", 1, "no sid", NULL },
	{ T "contnet:\"a\"; sid:1;)", 40, "keyword \"contnet\"", "\"content\"" },
	{ T "flowbit:set,a; sid:1;)", 40, "keyword \"flowbit\"", "\"flowbits\"" },
	{ T "zzzzzzzz; sid:1;)", 40, "keyword \"zzzzzzzz\"", "" },
	{ T "content:\"a;b\"; sid:1;)", 48, "no closing quote", "\\;" },
	{ T "content:abc; sid:1;)", 48, "double quotes", NULL },
	{ T "content:\"\"; sid:1;)", 49, "empty content", NULL },
	{ T "content:\"|41 4|\"; sid:1;)", 54, "odd number of hex digits", NULL },
	{ T "content:\"a|4g|\"; sid:1;)", 52, "not a hex digit", NULL },
	{ T "content:\"a|41\"; sid:1;)", 50, "closing bar", NULL },
	{ T "content:\"a\\xb\"; sid:1;)", 50, "unknown escape", "|5c|" },
	{ T "depth:3; sid:1;)", 40, "needs a content", NULL },
	{ T "content:\"abc\"; depth:2; sid:1;)", 61, "less than the content's 3", NULL },
	{ T "content:\"abc\"; within:2; sid:1;)", 62, "less than the content's 3", NULL },
	{ T "content:\"abc\"; distance:x; sid:1;)", 64, "no variable \"x\"", NULL },
	{ T "byte_test:1,~,1,0; sid:1;)", 52, "is no comparison", NULL },
	{ T "byte_test:9,=,1,0; sid:1;)", 50, "8 are the most", NULL },
	{ T "byte_test:1,=,1; sid:1;)", 55, "ends too early", NULL },
	{ T "byte_test:1,=,n,0; sid:1;)", 54, "no variable \"n\"", NULL },
	{ T "byte_test:1,=,1,0,dce,little; sid:1;)", 50, "dce says", NULL },
	{ T "byte_jump:4,0,align 3; sid:1;)", 60, "no boundary", NULL },
	{ T "byte_jump:4,0,nix; sid:1;)", 54, "unknown word", NULL },
	{ T "byte_extract:4,0,7; sid:1;)", 57, "no name", NULL },
	{ T "byte_math:bytes 4, offset 0, oper +, rvalue 2; sid:1;)", 50, "needs result", NULL },
	{ T "isdataat:70000; sid:1;)", 49, "from 0 to 65535", NULL },
	{ T "bsize:4; sid:1;)", 40, "there is none", NULL },
	{ T "entropy:value 9; sid:1;)", 48, "not understood", NULL },
	{ T "rpc:x; sid:1;)", 44, "no number", NULL },
	{ "alert http any any => any any (http.header; content:\"a\"; sid:1;)", 45,
	    "say which side", NULL },
	{ "alert http any any -> any any (http.header: to_client; content:\"a\"; sid:1;)", 45,
	    "takes no value", NULL },
	{ "alert http any any => any any (content:\"a\"; http.uri; content:\"b\"; sid:1;)", 32,
	    "=> is for rules", NULL },
	{ T "replace:\"x\"; sid:1;)", 40, "replace is not supported", NULL },
	{ T "lua:x.lua; sid:1;)", 40, "lua is not supported", NULL },
	{ "alert http (http_param:\"x\"; service:http; sid:1;)", 13, "http_param", NULL },
	{ "alert http2 any any -> any any (http2.settings:SETTINGS_X=1; sid:1;)", 48,
	    "\"SETTINGS_X\" is no setting of HTTP/2", "SETTINGS_ENABLE_PUSH" },
	{ "alert http2 any any -> any any (http2.frametype:GONE; sid:1;)", 49, "is no comparison",
	    "words" },
	{ "alert dns any any -> any any (dns.query; content:\"abcd\"; bsize:3; sid:1;)", 42,
	    "bsize allows 3 bytes but the contents need 4", NULL },
	{ "alert dns any any -> any any (dns.query; absent; content:\"a\"; sid:1;)", 50,
	    "nothing can be asked", NULL },
	{ T "content:\"abc\"; offset:70000; sid:1;)", 62, "must be a number", NULL },
	{ T "content:\"abc\"; offset:1; distance:1; sid:1;)", 65, "not by both", NULL },
	{ T "content:\"abc\"; startswith; depth:9; sid:1;)", 67, "twice", NULL },
	{ T "content:\"abc\"; nocase; nocase; sid:1;)", 63, "twice", NULL },
	{ T "content:!\"abc\"; offset:3; fast_pattern; sid:1;)", 66, "fast_pattern cannot", NULL },
	{ T "content:\"abc\"; fast_pattern:2,2; sid:1;)", 68, "ends at byte 4", NULL },
	{ T "content:\"a\"; fast_pattern; content:\"b\"; fast_pattern; sid:1;)", 80, "twice",
	    NULL },
	{ T "pcre:\"abc\"; sid:1;)", 46, "between slashes", NULL },
	{ T "pcre:\"/a(b/\"; sid:1;)", 50, "expression:", NULL },
	{ "alert http any any -> any any (app-layer-event:http.mising_host_header; sid:1;)", 48,
	    "unknown event \"http.mising_host_header\"", "did you mean \"missing_host_header\"?" },
	{ T "app-layer-event:applayer_what; sid:1;)", 56, "unknown event", NULL },
	{ T "pcre:\"/x(a+)+$/\"; sid:1;)", 47, "more than 20000 steps on 24 times |61|", NULL },
	{ T "pcre:\"/(*UTF)a/\"; sid:1;)", 53, "expression:", NULL },
	{ T "pcre:\"/abc/q\"; sid:1;)", 51, "letter \"q\"", NULL },
	{ T "pcre:\"/abc/J\"; sid:1;)", 51, "letter \"J\"", NULL },
	{ T "http.method; pcre:\"/abc/U\"; sid:1;)", 64, "another buffer", NULL },
	{ T "http.uri; sid:1;)", 40, "nothing is looked for", NULL },
	{ T "http_uri; sid:1;)", 40, "needs a content", NULL },
	{ T "http.method; content:\"GET\"; http_uri; sid:1;)", 68, "sticky buffer", NULL },
	{ T "http.uri; content:\"a\"; rawbytes; sid:1;)", 63, "rawbytes", NULL },
	{ T "http.uri; content:\"a\"; tls.sni; content:\"b\"; sid:1;)", 63, "another protocol",
	    NULL },
	{ T "http.host; content:\"ABC\"; sid:1;)", 51, "lower case", NULL },
	{ T "flow:to_client; http.uri; content:\"a\"; sid:1;)", 56, "to the server", NULL },
	{ T "flow:to_server,to_client; sid:1;)", 55, "contradicts", NULL },
	{ T "flow:sideways; sid:1;)", 45, "unknown flow word", NULL },
	{ T "flowbits:get,a; sid:1;)", 49, "flowbits command \"get\"", NULL },
	{ T "flowbits:set; sid:1;)", 49, "needs a name", NULL },
	{ T "dsize:20<>10; sid:1;)", 46, "dsize", NULL },
	{ T "dsize:>3; dsize:<9; sid:1;)", 50, "twice", NULL },
	{ T "dsize:2; content:\"abc\"; sid:1;)", 1, "needs 3", NULL },
	{ T "dsize:>2; flow:only_stream; content:\"a\"; sid:1;)", 1, "do not mix", NULL },
	{ T "threshold:limit; sid:1;)", 50, "not understood", NULL },
	{ T "threshold:type; sid:1;)", 50, "not understood", NULL },
	{ T "threshold:type limit, track by_src, count 1; sid:1;)", 50, "lacks its seconds", NULL },
	{ T "threshold:type often, track by_src, count 1, seconds 1; sid:1;)", 50, "not understood",
	    "type limit" },
	{ T "pcre:\"/(a)/, flow:x, flow:y\"; sid:1;)", 61, "has 1 groups", NULL },
	{ T "pcre:\"/(a)/, host:x\"; sid:1;)", 53, "flow:, pkt: or alert:", NULL },
	{ T "pcre:\"/(a)/, flow:\"; sid:1;)", 53, "1 to 31", NULL },
	{ T "tag:sess; sid:1;)", 44, "begins with session or host", NULL },
	{ T "tag:host,5,apples; sid:1;)", 44, "packets, bytes or seconds", NULL },
	{ T "tag:session,packets x; sid:1;)", 44, "\"packets x\"", NULL },
	{ T "tag:session,packets 5,packets 9; sid:1;)", 44, "packets twice", NULL },
	{ T "tag:session,5,packets,9; sid:1;)", 44, "packets, bytes or seconds", NULL },
	{ T "tag:host,5,packets,up; sid:1;)", 44, "\"up\"", NULL },
	{ T "target:both; sid:1;)", 47, "target must be", NULL },
	{ T "rev:0; sid:1;)", 44, "rev must be", NULL },
	{ T "sid:1; sid:2;)", 47, "twice", NULL },
	{ T "reference:url; sid:1;)", 50, "a kind and a text", NULL },
	{ T "nocase:1; sid:1;)", 47, "takes no value", NULL },
	{ T "sid;)", 40, "needs a value", NULL },
};

static void
errors_have_places(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrongs) / sizeof(wrongs[0]); i++) {
		const struct wrong *w = &wrongs[i];
		struct fake_problems p = { 0 };
		match_rules_free(fake_load(w->rule, strlen(w->rule), &p, NULL));
		if (p.n != 1 || p.item[0].column != w->column ||
		    !strstr(p.item[0].reason, w->reason) ||
		    (w->hint && *w->hint && !strstr(p.item[0].hint, w->hint)) ||
		    (w->hint && !*w->hint && p.item[0].hint[0]))
			fail_msg("%s\n  got %zu: column %u, %s (%s)", w->rule, p.n,
			    p.item[0].column, p.item[0].reason, p.item[0].hint);
	}
}

static const char *const good[] = {
	"alert http any any => any any (http.uri; content:\"a\"; http.header: to_client; "
	"content:\"b\"; http.stat_code; content:\"200\"; sid:1;)",
	"alert http any any -> any any (http.uri; content:\"a\"; http.uri.raw; pcre:\"/b/R\"; "
	"sid:1;)",
	/* Snort 3 */
	"alert tcp any any -> any any (content:\"abc\",depth 9,nocase,fast_pattern; service:http; "
	"sid:1;)",
	"alert http (http_uri; content:\"/x\",fast_pattern,fast_pattern_offset "
	"1,fast_pattern_length 1; "
	"bufferlen:2<=>9; pcre:\"/y/\"; http_header:field user-agent; content:\"z\"; service:http; "
	"sid:1;)",
	"alert tcp any any -> any any (content:!\"abc\",within 9; raw_data; content:\"d\"; sid:1;)",
	"rejectboth tcp any any -> any any (requires:version >= 7.0.1 < 9 | < 6, feature ja3, "
	"keyword "
	"bsize; sid:1; bypass;)",
	"ALERT TCP any any -> any any (MSG:\"upper\"; SID:1;)",
	"alert ip [10.0.0.0/8,![10.1.0.0/16,10.2.0.0/16],2001:db8::/32] any <> 10.0.0.1-10.0.0.9 "
	"any (sid:1;)",
	"alert tcp $HOME_NET [80:90,!85] -> $EXTERNAL_NET $HTTP_PORTS (sid:1;)",
	"alert tcp 10.0.0.0/255.0.0.0 :1024 -> ![10.0.0.1, 10.0.0.2] 1024: (sid:1;)",
	T "content:\"a\\:b\\;c\\\"d\\\\|41 42|\"; sid:1; rev:3; gid:2; priority:1; "
	  "classtype:misc-attack;)",
	T "content:\"abcdef\"; fast_pattern:1,3; content:!\"x\"; within:9; distance:-2; endswith; "
	  "sid:1;)",
	T "content:\"a\"; http_uri; content:\"b\"; http_host; pcre:\"/x\\/y/Ui\"; sid:1;)",
	T "http.uri; content:\"a\"; pkt_data; content:\"b\"; rawbytes; sid:1;)",
	T "dns_query; content:\"a\"; sid:1;)",
	T "tls_sni; content:\"a\"; endswith; sid:1;)",
	T "flow:established, from_client, only_stream; content:\"a\"; sid:1;)",
	T "flow:stateless; flowbits:isset,a|b; flowbits:set,c; flowbits:noalert; sid:1;)",
	T "detection_filter:track by_dst, count 5, seconds 60; sid:1;)",
	T "threshold: seconds 60, count 1, track by_both, type both; sid:1;)",
	/* as Suricata loads them */
	T "threshold: type limit, count 1, seconds 9, track by_src reference:url,a.b/c; sid:1;)",
	T "threshold: type both, track by_src, count 1, seconds 9; threshold: type limit, track "
	  "by_dst, count 1, seconds 9; sid:1;)",
	T "target:src_ip; target:src_ip; sid:1;)",
	T "pcre:\"/(?P<flow_a>x)(y)/i, flow:x, alert:y\"; sid:1;)",
	T "tag:session; tag:host,100,packets,src; tag:host,9,seconds; sid:1;)",
	T "tag:session,packets 5; tag:host_src,seconds 5; tag:host_dst; sid:1;)",
	T "tag:host,0,packets,600,seconds,src; tag:session,packets 5, bytes 9,seconds 1; sid:1;)",
	"alert udp any any -> $SIP_SERVERS $SIP_PORTS (sid:1;)",
	T "metadata:attack T1059, gbt20986 GB020100, verdict attempt; target:dest_ip; sid:1;)",
	"pass tcp-pkt any any -> any any (dsize:!10; sid:1;)",
	"drop tcp-stream any any -> any any (content:\"a\"; sid:1;)",
	"reject ftp any any -> any any (content:\"a\"; noalert; sid:1;)",
};

static void
good_rules_load(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct fake_problems p = { 0 };
		struct match_summary s;
		match_rules_free(fake_load(good[i], strlen(good[i]), &p, &s));
		if (s.loaded != 1)
			fail_msg(
			    "%s\n  column %u: %s", good[i], p.item[0].column, p.item[0].reason);
	}
}

/* What they require is not there: neither loaded nor wrong. */
static void
rules_for_others_are_skipped(void **state)
{
	static const char *const others[] = { "version >= 9", "version < 8", "version > 8.0.7",
		"feature nix", "keyword nix", "foo bar", "version >= 7 < 8 | >= 9" };
	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		char rule[256];
		struct match_summary s;
		snprintf(rule, sizeof(rule),
		    "alert tcp any any -> any any (nix:1; requires: %s; sid:1;)", others[i]);
		match_rules_free(fake_load(rule, strlen(rule), NULL, &s));
		assert_int_equal(s.skipped, 1);
		assert_int_equal(s.loaded + s.failed, 0);
	}
}

static void
files_have_comments_and_long_lines(void **state)
{
	(void)state;
	static const char text[] = "# a comment\n"
				   "\n"
				   "#alert tcp any any -> any any (msg:\"off\"; sid:1;)\n"
				   "# alert us when this is wrong\n"
				   "alert tcp any any -> any any ( \\\r\n"
				   "    msg:\"long\"; \\\n"
				   "    content:\"a\"; nocsae; \\\n"
				   "    sid:2;)\n"
				   "alert tcp any any -> any any (msg:\"good\"; \\\n"
				   "    sid:3;)\n"
				   "alert tcp any any -> any any (msg:\"again\"; sid:3;)\n"
				   "alert tcp any any -> any any (msg:\"newer\"; sid:3; rev:2;)";
	struct fake_problems p = { 0 };
	struct match_summary s;
	match_rules_free(fake_load(text, sizeof(text) - 1, &p, &s));
	assert_int_equal(s.disabled, 1);
	assert_int_equal(s.rules, 4);
	assert_int_equal(s.loaded, 1);
	assert_int_equal(p.n, 2);
	assert_int_equal(p.item[0].line, 7);
	assert_int_equal(p.item[0].column, 18);
	assert_int_equal(p.item[0].sid, 2);
	assert_string_equal(p.item[0].hint, "did you mean \"nocase\"?");
	assert_int_equal(p.item[1].line, 11);
}

static void
missing_files_are_reported(void **state)
{
	(void)state;
	const char *files[] = { "/nonexistent/a.rules" };
	const struct conf_map none = { 0 };
	struct fake_problems p = { 0 };
	struct match_summary s;
	struct err e;
	struct match_load load = { .files = files,
		.file_n = 1,
		.classification_file = "/nonexistent/classes",
		.address_vars = &none,
		.port_vars = &none,
		.problem = fake_note,
		.context = &p };
	struct match_rules *r = match_rules_load(&load, &s, &e);
	assert_non_null(r);
	assert_int_equal(s.unreadable_files, 2);
	assert_int_equal(p.n, 2);
	match_rules_free(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_have_places),
		cmocka_unit_test(good_rules_load),
		cmocka_unit_test(rules_for_others_are_skipped),
		cmocka_unit_test(files_have_comments_and_long_lines),
		cmocka_unit_test(missing_files_are_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
