/* SPDX-License-Identifier: Apache-2.0 */
/* jw: every value, and text that is no text. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/jw.h"
#include "lib/jw_members.h"

static struct buf out;
static struct jw w;

static void
fresh(void)
{
	buf_fini(&out);
	buf_init(&out, 0);
	jw_init(&w, &out);
}

static void
assert_written(const char *want)
{
	assert_false(out.failed);
	buf_u8(&out, 0);
	assert_string_equal((const char *)out.ptr, want);
	fresh();
}

static void
structure(void **state)
{
	(void)state;
	fresh();
	jw_object(&w);
	jw_key(&w, "a");
	jw_u64(&w, 1);
	jw_key(&w, "b");
	jw_array(&w);
	jw_array_end(&w);
	jw_key(&w, "c");
	jw_array(&w);
	jw_text(&w, "x");
	jw_object(&w);
	jw_object_end(&w);
	jw_null(&w);
	jw_bool(&w, true);
	jw_bool(&w, false);
	jw_raw(&w, "[1]", 3);
	jw_array_end(&w);
	jw_key(&w, "d");
	jw_i64(&w, -5);
	jw_object_end(&w);
	assert_written("{\"a\":1,\"b\":[],\"c\":[\"x\",{},null,true,false,[1]],\"d\":-5}");
}

static void
integers(void **state)
{
	(void)state;
	fresh();
	jw_array(&w);
	jw_u64(&w, 0);
	jw_u64(&w, 9);
	jw_u64(&w, 10);
	jw_u64(&w, 99);
	jw_u64(&w, 100);
	jw_u64(&w, 65535);
	jw_u64(&w, UINT64_MAX);
	jw_i64(&w, INT64_MIN);
	jw_i64(&w, INT64_MAX);
	jw_array_end(&w);
	assert_written("[0,9,10,99,100,65535,18446744073709551615,-9223372036854775808,"
		       "9223372036854775807]");
}

/* Every length of number, from both sides. */
static void
integers_of_all_lengths(void **state)
{
	char want[32];

	(void)state;
	for (uint64_t power = 1;; power *= 10) {
		for (int i = -1; i <= 1; i++) {
			(void)snprintf(
			    want, sizeof(want), "%llu", (unsigned long long)(power + (uint64_t)i));
			fresh();
			jw_u64(&w, power + (uint64_t)i);
			assert_written(want);
		}
		if (power == 10000000000000000000ULL)
			break;
	}
	for (unsigned bit = 0; bit < 64; bit++) {
		uint64_t v = (1ULL << bit) - 1;
		(void)snprintf(want, sizeof(want), "%llu", (unsigned long long)v);
		fresh();
		jw_u64(&w, v);
		assert_written(want);
	}
}

static void
fractions(void **state)
{
	static const struct {
		double v;
		int digits;
		const char *want;
	} rows[] = {
		{ 0, 3, "0" },
		{ 1.5, 3, "1.5" },
		{ -1.25, 2, "-1.25" },
		{ 0.999999, 3, "1" },
		{ 0.000001, 6, "0.000001" },
		{ 1.0 / 3, 9, "0.333333333" },
		{ -0.0001, 3, "0" },
		{ 2.5, 0, "3" },
		{ 123456789.75, 2, "123456789.75" },
		{ 1e20, 2, "100000000000000000000" },
		{ NAN, 3, "null" },
		{ INFINITY, 3, "null" },
		{ -INFINITY, 3, "null" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fresh();
		jw_f64(&w, rows[i].v, rows[i].digits);
		assert_written(rows[i].want);
	}
}

static void
escapes(void **state)
{
	(void)state;
	fresh();
	jw_text(&w, "plain text of more than eight bytes \"q\" \\ / \b\f\n\r\t\x01\x1f\x7f");
	assert_written("\"plain text of more than eight bytes \\\"q\\\" \\\\ / "
		       "\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
	jw_bytes(&w, "nul\0in", 6);
	assert_written("\"nul\\u0000in\"");
	jw_bytes(&w, NULL, 0);
	assert_written("\"\"");
}

/* A special byte at every place of words of every length: none may slip through the eight-byte
 * step. */
static void
escapes_everywhere(void **state)
{
	static const char special[] = { '"', '\\', 0x1f, (char)0x80, (char)0xff, 0 };

	(void)state;
	for (size_t n = 1; n <= 70; n++) {
		for (size_t at = 0; at < n; at++) {
			char *text = malloc(n); /* exactly: reading past it is seen */
			memset(text, '!', n);
			text[at] = special[(n + at) % sizeof(special)];
			fresh();
			jw_bytes(&w, text, n);
			free(text);
			assert_false(out.failed);
			assert_int_equal(out.ptr[at], at ? '!' : '"');
			assert_int_equal(out.ptr[at + 1], '\\');
			assert_int_equal(out.ptr[out.len - 1], '"');
			for (size_t i = 0; i < n - at - 1; i++)
				assert_int_equal(out.ptr[out.len - 2 - i], '!');
		}
	}
	fresh();
}

/* Text without anything special, and words, of every length. */
static void
plain_of_all_lengths(void **state)
{
	(void)state;
	for (size_t n = 0; n <= 100; n++) {
		char want[128] = "[\"", *text = malloc(n + 1);
		for (size_t i = 0; i < n; i++)
			text[i] = (char)('a' + i % 26);
		text[n] = 0;
		strcat(strcat(want, text), "\"]");
		for (int word = 0; word < 2; word++) {
			fresh();
			jw_array(&w);
			if (word)
				jw_word(&w, text);
			else
				jw_text(&w, text);
			jw_array_end(&w);
			assert_written(want);
		}
		free(text);
	}
}

static void
utf8_torture(void **state)
{
	static const struct {
		const char *bytes, *want;
	} rows[] = {
		{ "望楼 é 😀", "望楼 é 😀" },
		{ "\xc2\x80 \xdf\xbf", "\xc2\x80 \xdf\xbf" }, /* ends of two bytes */
		{ "\xe0\xa0\x80 \xef\xbf\xbf", "\xe0\xa0\x80 \xef\xbf\xbf" }, /* of three */
		{ "\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf",
		    "\xf0\x90\x80\x80 \xf4\x8f\xbf\xbf" }, /* of four */
		{ "\xed\x9f\xbf \xee\x80\x80",
		    "\xed\x9f\xbf \xee\x80\x80" },           /* around surrogates */
		{ "\xed\xa0\x80", "\\\\xed\\\\xa0\\\\x80" }, /* a surrogate */
		{ "\xed\xbf\xbf", "\\\\xed\\\\xbf\\\\xbf" },
		{ "\xc0\xaf", "\\\\xc0\\\\xaf" }, /* overlong */
		{ "\xc1\xbf", "\\\\xc1\\\\xbf" },
		{ "\xe0\x9f\xbf", "\\\\xe0\\\\x9f\\\\xbf" },
		{ "\xf0\x8f\xbf\xbf", "\\\\xf0\\\\x8f\\\\xbf\\\\xbf" },
		{ "\xf4\x90\x80\x80", "\\\\xf4\\\\x90\\\\x80\\\\x80" }, /* > U+10FFFF */
		{ "\xf5\x80\x80\x80", "\\\\xf5\\\\x80\\\\x80\\\\x80" },
		{ "\x80", "\\\\x80" },              /* tail alone */
		{ "a\xe6\x9c", "a\\\\xe6\\\\x9c" }, /* cut short */
		{ "\xe6\x9c"
		  "b",
		    "\\\\xe6\\\\x9c"
		    "b" },
		{ "\xf0\x9f\x98", "\\\\xf0\\\\x9f\\\\x98" },
		{ "\xc3", "\\\\xc3" },
		{ "\xfe\xff", "\\\\xfe\\\\xff" },
		{ "ok\xe6\x9c\x9b\xff\xe6\xa5\xbc", "ok\xe6\x9c\x9b\\\\xff\xe6\xa5\xbc" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char want[128] = "\"";
		strcat(strcat(want, rows[i].want), "\"");
		fresh();
		/* exactly the bytes on the heap: reading past a cut sequence is seen */
		size_t n = strlen(rows[i].bytes);
		char *copy = malloc(n);
		memcpy(copy, rows[i].bytes, n);
		jw_bytes(&w, copy, n);
		free(copy);
		assert_written(want);
	}
}

static void
times(void **state)
{
	(void)state;
	fresh();
	jw_time(&w, 0);
	assert_written("\"1970-01-01T00:00:00.000000+0000\"");
	jw_time(&w, 1795341600000001999ULL);
	assert_written("\"2026-11-22T10:00:00.000001+0000\"");
	jw_time(&w, 951782399999999999ULL);
	assert_written("\"2000-02-28T23:59:59.999999+0000\"");
	jw_time(&w, 951782400000000000ULL);
	assert_written("\"2000-02-29T00:00:00.000000+0000\"");
	jw_time(&w, 4107542400000000000ULL);
	assert_written("\"2100-03-01T00:00:00.000000+0000\"");
	jw_time(&w, UINT64_MAX);
	assert_written("\"2554-07-21T23:34:33.709551+0000\"");
}

static void
hexadecimal(void **state)
{
	(void)state;
	fresh();
	jw_hex(&w, "\x00\xab\xff", 3, ':');
	assert_written("\"00:ab:ff\"");
	jw_hex(&w, "\x00\xab\xff", 3, 0);
	assert_written("\"00abff\"");
	jw_hex(&w, "", 0, ':');
	assert_written("\"\"");
}

#define KEEP 100

/* Members with and without a bound; first in their object and behind others. */
static void
members(void **state)
{
	struct jw_members m, inner;

	(void)state;
	fresh();
	jw_object(&w);
	for (int i = 0; i < 2; i++) {
		char *p = jw_members(&w, KEEP, &m);
		p = jw_member_u64(jw_member_key(p, "n"), 12345);
		p = jw_member_bool(jw_member_key(p, "t"), true);
		p = jw_member_bool(jw_member_key(p, "f"), false);
		p = jw_member_bytes(&w, jw_member_key(p, "s"), view_of("a\"b"), KEEP);
		p = jw_member_word(&w, jw_member_key(p, "w"), "word", KEEP);
		p = jw_member_raw(&w, jw_member_key(p, "r"), view_of("[1]"), KEEP);
		p = jw_member_key(p, "o");
		jw_member_leave(&w, p);
		jw_object(&w);
		jw_members_end(&w, jw_members(&w, KEEP, &inner), &inner); /* none at all */
		jw_object_end(&w);
		p = jw_member_return(&w, KEEP);
		jw_members_end(&w, p, &m);
	}
	jw_object_end(&w);
	assert_written("{\"n\":12345,\"t\":true,\"f\":false,\"s\":\"a\\\"b\",\"w\":\"word\","
		       "\"r\":[1],\"o\":{},\"n\":12345,\"t\":true,\"f\":false,\"s\":\"a\\\"b\","
		       "\"w\":\"word\",\"r\":[1],\"o\":{}}");
}

/* Whatever the cap, the writer stays inside it and says so at the end. */
static void
full_buffer(void **state)
{
	(void)state;
	for (size_t cap = 1; cap < 60; cap++) {
		buf_fini(&out);
		buf_init(&out, cap);
		jw_init(&w, &out);
		jw_object(&w);
		jw_key(&w, "key");
		jw_bytes(&w, "some \xff text \"here\"", 18);
		jw_key(&w, "n");
		jw_u64(&w, 12345);
		jw_object_end(&w);
		assert_true(out.len <= cap);
		assert_true(out.failed || out.len == 44);
	}
	fresh();
	buf_fini(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(structure),
		cmocka_unit_test(integers),
		cmocka_unit_test(integers_of_all_lengths),
		cmocka_unit_test(fractions),
		cmocka_unit_test(escapes),
		cmocka_unit_test(escapes_everywhere),
		cmocka_unit_test(plain_of_all_lengths),
		cmocka_unit_test(utf8_torture),
		cmocka_unit_test(times),
		cmocka_unit_test(hexadecimal),
		cmocka_unit_test(members),
		cmocka_unit_test(full_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
