/* SPDX-License-Identifier: Apache-2.0 */
/* What transforms make of a buffer, and what base64_decode does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "match_one.h"
#include "probe/match_run.h"

/* gzip of "hello packed world" */
static const char gz[] = "H4sIAAAAAAAC/8tIzcnJVyhITM5OTVEozy/KSQEAtp2orRIAAAA=";

static const struct yesno cases[] = {
	{ "example.org", "dotprefix; content:\".example.org\";", true },
	{ "badexample.org", "dotprefix; content:\".example.org\";", false },
	{ "AbC", "to_lowercase; content:\"abc\";", true },
	{ "AbC", "to_uppercase; content:\"ABC\"; bsize:3;", true },
	{ "a b\tc", "strip_whitespace; content:\"abc\"; bsize:3;", true },
	{ "a \t b", "compress_whitespace; content:\"a b\"; bsize:3;", true },
	{ "a%41%zz+%4", "url_decode; content:\"aA%zz %4\"; bsize:8;", true },
	{ "abc", "xor:\"01\"; content:\"`cb\";", true },
	{ "abcd", "xor:\"0102\"; content:\"``bf\";", true },
	{ "abc", "to_md5; content:\"|900150983cd24fb0d6963f7d28e17f72|\"; bsize:16;", true },
	{ "abc", "to_sha1; content:\"|a9993e364706816aba3e25717850c26c9cd0d89d|\";", true },
	{ "abc", "to_sha256; content:\"|ba7816bf8f01cfea|\"; startswith; bsize:32;", true },
	{ "GET /x HTTP", "pcrexform:\"GET (.*) HTTP\"; content:\"/x\"; bsize:2;", true },
	{ "PUT /x HTTP", "pcrexform:\"GET (.*) HTTP\"; content:\"PUT\";", true },
	{ "Host: A\r\nAGE: B\r\n", "header_lowercase; content:\"host: A|0d0a|age: B\";", true },
	{ ":path: x\r\nhost: y\r\n", "strip_pseudo_headers; content:\"host\"; startswith;", true },
	{ "www.example.org", "domain; content:\"example.org\"; bsize:11;", true },
	{ "www.example.co.uk", "domain; content:\"example.co.uk\"; bsize:13;", true },
	{ "www.example.co.uk", "tld; content:\"co.uk\"; bsize:5;", true },
	{ "www.example.org", "tld; content:\"org\"; bsize:3;", true },
	{ "xxdGhpcw==", "from_base64:offset 2; content:\"this\"; bsize:4;", true },
	{ "xxdGhpcw==", "from_base64:offset 2, mode strict; content:\"this\"; bsize:4;", true },
	{ "dGhpc", "from_base64:mode strict; content:\"dGhpc\";", true },
	{ "dG hp cw", "from_base64:mode rfc2045; content:\"this\"; bsize:4;", true },
	{ "dG hp cw", "from_base64; content:\"this\";", false },
	{ "dGhpcw", "from_base64:bytes 4; content:\"thi\"; bsize:3;", true },
	{ gz, "from_base64; gunzip; content:\"hello packed world\"; bsize:18;", true },
	{ gz, "from_base64; gunzip:max-size 5; content:\"hello\"; bsize:5;", true },
	{ gz, "from_base64; zlib_deflate; content:\"hello\";", false },
	{ "abcdef", "subslice:2,3; content:\"cde\"; bsize:3;", true },
	{ "abcdef", "subslice:-2; content:\"ef\"; bsize:2;", true },
	/* contents before it look into what is not transformed */
	{ "ABC", "content:\"ABC\"; to_lowercase; content:\"abc\";", true },
	{ "ABC", "to_lowercase; dotprefix; content:\".abc\";", true },
	{ "a=dGhpcw", "content:\"a=\"; base64_decode:relative; base64_data; content:\"this\";",
	    true },
	{ "a=dGhpcw", "base64_decode:offset 2, bytes 4; base64_data; content:\"thi\"; bsize:3;",
	    true },
	{ "a=dGhpcw", "base64_decode:offset 2; base64_data; content:\"that\";", false },
	/* the first "=" leads nowhere, the second does */
	{ "=!=dGhpcw", "content:\"=\"; base64_decode:relative; base64_data; content:\"this\";",
	    true },
	{ "abc", "bsize:3;", true },
	{ "abc", "bsize:>3;", false },
	{ "abc", "bsize:2<>4;", true },
	{ "abc", "bsize:!3;", false },
	{ "abc", "absent;", false },
	{ NULL, "absent;", true },
	{ NULL, "content:!\"x\";", false },
	{ NULL, "absent:or_else; content:!\"x\";", true },
	{ "abc", "absent:or_else; content:!\"x\";", true },
	{ "abx", "absent:or_else; content:!\"x\";", false },
};

static bool
holds_on_uri(const char *rule, const char *uri, void *context)
{
	struct packet p = fake_packet(6, "", 0);
	struct flow f = { .tcp = FLOW_TCP_ESTABLISHED };
	struct fake_tx data = { 0 };
	struct l7_tx tx = {
		.proto = L7_HTTP, .ready = L7_READY_REQUEST, .dir = DIR_TO_SERVER, .data = &data
	};
	(void)context;
	fake_proto = L7_HTTP;
	data.buffer[L7_BUF_HTTP_URI] = view_of(uri);
	return alerts_of(rule, &p, &f, &tx) == 1;
}

static void
buffers_are_made_over(void **state)
{
	(void)state;
	yesno_check(cases, sizeof(cases) / sizeof(cases[0]),
	    "alert http any any -> any any (msg:\"x\"; http.uri; ", holds_on_uri, NULL);
}

/* What never matches is refused. */
static void
impossible_contents_are_refused(void **state)
{
	static const char *const refused[] = { "to_lowercase; content:\"aB\";",
		"to_uppercase; content:\"aB\";", "strip_whitespace; content:\"a b\";",
		"compress_whitespace; content:\"a  b\";", "to_lowercase; dotprefix; xor:\"0\";",
		"pcrexform:\"a\"; content:\"a\";", "gunzip:max-size 0; content:\"a\";",
		"from_base64:mode nix; content:\"a\";", "subslice:x; content:\"a\";" };
	static const char *const taken[] = { "to_lowercase; to_md5; content:\"AB\";",
		"to_lowercase; content:\"a b\";" };
	(void)state;
	for (size_t i = 0; i < 11; i++) {
		char rule[512];
		struct match_summary sum;
		snprintf(rule, sizeof(rule),
		    "alert http any any -> any any (msg:\"x\"; http.uri; %s sid:1;)",
		    i < 9 ? refused[i] : taken[i - 9]);
		match_rules_free(fake_load(rule, strlen(rule), NULL, &sum));
		if (sum.loaded != (i < 9 ? 0u : 1u))
			fail_msg("%s: %u loaded", rule, sum.loaded);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buffers_are_made_over),
		cmocka_unit_test(impossible_contents_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
