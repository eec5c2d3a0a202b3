/* SPDX-License-Identifier: Apache-2.0 */
/* Words that `wanglou rules` has for what is in rules, and for what is wrong with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/cli/rules.h"

const struct cli_command cli_commands[1];

static const struct cli english = { .chinese = false }, chinese = { .chinese = true };

static void
assert_words(const struct cli *c, const char *name, const char *value, const char *words)
{
	struct match_told_part p = {
		.name = view_of(name), .value = view_of(value), .kind = MATCH_TOLD_STEP
	};
	struct buf out;

	buf_init(&out, 4096);
	rules_phrase(c, &out, &p);
	assert_string_equal(rules_string(&out), words);
	buf_fini(&out);
}

static void
values_have_parts(void **state)
{
	(void)state;
	assert_words(&english, "byte_test", "2,!=,len,6,relative,little",
	    "the 2-byte number 6 bytes behind what was found before (little-endian) is other than "
	    "len");
	assert_words(
	    &chinese, "byte_test", "1,!&,0x40,6", "第 6 字节处的 1 字节数值与 0x40 按位与为零");
	assert_words(&english, "byte_jump", "4,0,relative,post_offset 2",
	    "goes on as many bytes further as the 4-byte number right behind what was found before "
	    "says, and 2 more");
	assert_words(&english, "isdataat", "!1,relative", "nothing follows");
	assert_words(&english, "isdataat", "10", "it has more than 10 bytes");
	assert_words(&english, "flags", "S,12",
	    "the TCP flags are SYN and no other (CWR, ECE left out of account)");
	assert_words(&chinese, "flags", "SA+", "TCP 标志含有 SYN、ACK");
	assert_words(&english, "stream_size", "client,<,500",
	    "the bytes that the client has sent are less than 500");
	assert_words(&english, "xbits", "set,seen,track ip_src,expire 15",
	    "marks the source address seen for 15 seconds, for other rules");
	assert_words(&chinese, "xbits", "isset,seen,track ip_pair", "这对地址带有标记 seen");
	assert_words(&english, "flowint", "n,+,1", "adds 1 to the flow's number n");
	assert_words(&english, "flowint", "n,>,3", "the flow's number n is more than 3");
	assert_words(&english, "dataset", "isnotset,bad,type string", "it is not in the list bad");
	assert_words(&english, "country", "src,!CN", "the country of the source is other than CN");
}

static void
comparisons_are_words(void **state)
{
	(void)state;
	assert_words(&english, "urilen", ">125",
	    "the length of the request's address in bytes is more than 125");
	assert_words(&chinese, "urilen", ">125", "请求 URI 长度大于 125 字节");
	assert_words(&chinese, "urilen", "7", "请求 URI 长度为 7 字节");
	assert_words(&english, "dsize", "10<>20",
	    "the number of bytes that the packet carries is between 10 and 20, both left out");
	assert_words(&english, "itype", "!8", "the ICMP type is other than 8");
	assert_words(
	    &english, "http2.errorcode", "NO_ERROR", "the error code of HTTP/2 is NO_ERROR");
}

/* A place that is new in the tables gets its words with it. */
static void
every_place_has_words(void **state)
{
	static const char *const names[] = {
#define L7_BUFFER(ENUM, name, ...) name,
#include "probe/l7/buffers.def"
#define L7_NUMBER(ENUM, name, ...) name,
#include "probe/l7/numbers.def"
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct buf out;
		if (!names[i])
			continue;
		buf_init(&out, 4096);
		if (!rules_word(&english, &out, view_of(names[i]), (struct view){ NULL, 0 }))
			fail_msg("no words for %s in src/cli/rules_words.def", names[i]);
		buf_fini(&out);
	}
}

static void
assert_reason(const struct cli *c, const char *text, const char *words)
{
	struct buf out;

	buf_init(&out, 4096);
	rules_reason(c, &out, text);
	assert_string_equal(rules_string(&out), words);
	buf_fini(&out);
}

static void
reasons_are_translated(void **state)
{
	(void)state;
	assert_reason(&chinese, "sid 9 is there already, with revision 0 in line 12",
	    "sid 9 已存在：版本 0，在第 12 行");
	assert_reason(&chinese, "unknown or unsupported keyword \"contant\"",
	    "未知或不支持的关键字“contant”");
	assert_reason(&chinese, "write ->, <> or =>", "应写作 ->、<> 或 =>");
	assert_reason(&chinese, "raw and norm are known", "可用：raw、norm");
	assert_reason(&chinese, "something new", "something new");
	assert_reason(&english, "raw and norm are known", "raw and norm are known");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_have_parts),
		cmocka_unit_test(comparisons_are_words),
		cmocka_unit_test(every_place_has_words),
		cmocka_unit_test(reasons_are_translated),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
