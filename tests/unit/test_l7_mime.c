/* SPDX-License-Identifier: Apache-2.0 */
/* MIME: what comes out of a message, whole and in one-byte pieces; names, words, encodings, limits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/gbk.h"
#include "probe/l7/mime.h"
#include "probe/l7/sasl.h"

struct seen {
	char text[8192];
	size_t files;
};

static void
add(struct seen *s, const char *before, struct view v, const char *after)
{
	size_t n = strlen(s->text);
	assert_true(n + v.len + 64 < sizeof(s->text));
	snprintf(s->text + n, sizeof(s->text) - n, "%s%.*s%s", before, (int)v.len,
	    v.len ? (const char *)v.ptr : "", after);
}

static void
on_field(void *to, struct view name, struct view value)
{
	char text[512];
	size_t n = mime_text(value, text, sizeof(text));
	add(to, "", name, "=");
	add(to, "", (struct view){ (uint8_t *)text, n }, ";");
}

static void
on_file(void *to, struct view name)
{
	struct seen *s = to;
	s->files++;
	add(s, "[", name, ":");
}

static void
on_bytes(void *to, struct view bytes)
{
	add(to, "", bytes, "");
}

static void
on_file_end(void *to)
{
	add(to, "", (struct view){ 0 }, "]");
}

static void
on_url(void *to, struct view url)
{
	add(to, "<", url, ">");
}

static void
on_odd(void *to, enum mime_odd odd)
{
	add(to, "!", view_of(mime_odd_name(odd)), "!");
}

/* The message in pieces of `step` bytes; what was seen of it. */
static void
read_in(struct seen *s, const char *message, size_t step, bool dots)
{
	const struct mime_sink sink = { s, on_field, on_file, on_bytes, on_file_end, on_url,
		on_odd };
	struct mime m;
	size_t len = strlen(message), used = 0, end = 0;
	memset(s, 0, sizeof(*s));
	mime_begin(&m, dots);
	while (end < len && m.state != MIME_DONE) {
		end = end + step < len ? end + step : len;
		char *copy = malloc(end - used);
		assert_non_null(copy);
		memcpy(copy, message + used, end - used);
		struct view piece = { (uint8_t *)copy, end - used };
		used += mime_feed(&m, piece, end == len && !dots, &sink);
		free(copy);
	}
	mime_end(&m, &sink);
	assert_int_equal(m.state, MIME_DONE);
}

static void
gives(const char *message, bool dots, const char *want)
{
	static const size_t steps[] = { 100000, 1, 2, 7, 33 };
	struct seen s;
	for (size_t i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
		read_in(&s, message, steps[i], dots);
		if (!strstr(s.text, want))
			fail_msg("%zu at once: %s is not in %s", steps[i], want, s.text);
	}
}

static const char nested[] =
    "From: a@b.c\r\nSubject: =?utf-8?B?5pyb?=\r\n =?UTF-8?q?=E6=A5=BC_x?=\r\n"
    "Content-Type: multipart/mixed;\r\n boundary=\"out er\"\r\n\r\npreamble http://no.where/\r\n"
    "--out er\r\nContent-Type: multipart/alternative; boundary=in\r\n\r\n"
    "--in\r\n\r\nsee http://a.example/x?y=1, or <https://b.example:8443/> not http://nodot/ .\r\n"
    "--in\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    "<a href=3D\"http://c.exa=\r\nmple/=7E\">\r\n--in--\r\n"
    "--out er\r\nContent-Type: application/octet-stream; name=\"one.bin\"\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\nSGVs\r\nbG8s\r\nIHdvcmxk\r\nIQ==\r\n"
    "--out er\r\nContent-Disposition: attachment; filename*0*=utf-8''%e6%9c%9b;\r\n"
    " filename*1=\".txt\"\r\n\r\nline\r\n.dot\r\n--out er--\r\nepilogue http://no.where/\r\n";

static void
parts_in_parts(void **state)
{
	(void)state;
	gives(nested, false,
	    "Subject=\xe6\x9c\x9b\xe6\xa5\xbc x;Content-Type=multipart/mixed; boundary=\"out er\";"
	    "<a.example/x?y=1><https://b.example:8443/><c.example/~>"
	    "[one.bin:Hello, world!][\xe6\x9c\x9b.txt:line\r\n.dot]");
}

static void
dots_end_it(void **state)
{
	(void)state;
	gives("A: b\r\n\r\n..x http://d.example\r\n.\r\nMAIL FROM", true, "A=b;<d.example>");
	gives(".\r\n", true, "");
	gives("A: b\r\n.\r\nhttp://no.where/\r\n.\r\n", true, "A=b;");
}

static void
a_message_that_is_a_file(void **state)
{
	(void)state;
	gives("Content-Type: image/png\r\n\r\nabc\r\ndef\r\n.\r\n", true,
	    "Content-Type=image/png;[:abc\r\ndef]");
	gives("Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	      "Subject: in\r\nContent-Disposition: attachment; filename=x.exe\r\n\r\nMZ\r\n",
	    false, "[x.exe:MZ]");
}

static void
uuencoded(void **state)
{
	(void)state;
	gives("A: b\r\n\r\nhello\r\nbegin 644 u.txt\r\n#0V%T\r\n`\r\nend\r\nhttp://e.example/\r\n",
	    false, "[u.txt:Cat]<e.example/>");
}

static void
odd_ones(void **state)
{
	(void)state;
	char text[4096], name[400];
	struct seen s;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = 0;
	snprintf(
	    text, sizeof(text), "Content-Disposition: attachment; filename=\"%s\"\r\n\r\nx", name);
	read_in(&s, text, 100000, false);
	assert_non_null(strstr(s.text, "!MIME_LONG_FILENAME!"));
	name[255] = 0;
	assert_non_null(strstr(s.text, name));
	gives("Content-Transfer-Encoding: base64\r\n\r\nQUJ#D\r\n", false, "!MIME_INVALID_BASE64!");
	gives("Content-Transfer-Encoding: quoted-printable\r\n\r\na=zz\r\n", false,
	    "!MIME_INVALID_QP!");
	gives("A: b\r\nno field\r\n", false, "!MIME_MALFORMED_MSG!");
	gives("Content-Type: multipart/mixed\r\n\r\n", false, "!MIME_MALFORMED_MSG!");
	memset(text, 'x', 1500);
	memcpy(text, "A: b\r\n\r\n", 8);
	memcpy(text + 1500, "\r\n", 3);
	gives(text, false, "!MIME_LONG_LINE!");
}

static void
deep_ones_end(void **state)
{
	(void)state;
	static char text[32768];
	struct seen *s = malloc(sizeof(*s));
	size_t n = 0;
	assert_non_null(s);
	for (int i = 0; i < 40; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i);
	read_in(s, text, 100000, false);
	assert_non_null(strstr(s->text, "!MIME_PARSE_FAILED!"));
	free(s);
}

static void
overlong_field(void **state)
{
	(void)state;
	static char text[20000];
	struct seen *s = malloc(sizeof(*s));
	assert_non_null(s);
	memset(text, 'v', sizeof(text) - 1);
	memcpy(text, "X: ", 3);
	memcpy(text + 19000, "\r\nSubject: after\r\n\r\n", 21);
	read_in(s, text, 100, false);
	assert_non_null(strstr(s->text, "!MIME_LONG_HEADER_VALUE!"));
	assert_non_null(strstr(s->text, "Subject=after;"));
	free(s);
}

static void
addresses(void **state)
{
	(void)state;
	struct view one;
	struct cursor c =
	    cursor_of_view(view_of(" \"Doe, J\" <j@d.e>,a@b.c (x, y),, <@r,@s:q@w> , "));
	assert_true(mime_address(&c, &one) && view_is(one, "\"Doe, J\" <j@d.e>"));
	assert_true(mime_address(&c, &one) && view_is(one, "a@b.c (x, y)"));
	assert_true(mime_address(&c, &one) && view_is(one, "<@r,@s:q@w>"));
	assert_false(mime_address(&c, &one));
}

static void
names_of_users(void **state)
{
	(void)state;
	static const struct {
		const char *mechanism, *text, *want;
		unsigned step;
	} cases[] = {
		{ "PLAIN", "AHVzZXIAc2VjcmV0", "user", 0 },
		{ "plain", "YXV0aG9yAHVzZXIAc2VjcmV0", "user", 0 },
		{ "LOGIN", "dXNlcg==", "user", 0 },
		{ "LOGIN", "c2VjcmV0", "", 1 },
		{ "CRAM-MD5", "dXNlciBkaWdlc3Q=", "user", 0 },
		{ "XOAUTH2", "dXNlcj1hQGIuYwFhdXRoPUJlYXJlciB0b2tlbgEB", "a@b.c", 0 },
		{ "SCRAM-SHA-256", "biwsbj11c2VyLHI9YWJj", "user", 0 },
		{ "DIGEST-MD5", "dXNlcm5hbWU9InVzZXIiLHJlYWxtPSJ4Ig==", "user", 0 },
		{ "NTLM", "TlRMTVNTUAAB", "", 0 },
		{ "PLAIN", "not base64 !", "", 0 },
	};
	char name[64];
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		size_t n = sasl_user(view_of(cases[i].mechanism), cases[i].step,
		    view_of(cases[i].text), name, sizeof(name));
		assert_int_equal(n, strlen(cases[i].want));
		assert_memory_equal(name, cases[i].want, n);
	}
}

/* Chinese as programs of the country write it: words that name the charset, a character cut in
 * two between words, bytes with no word around them, parameters. What is neither stays. */
static void
chinese(void **state)
{
	static const struct {
		const char *value, *want;
	} cases[] = {
		{ "=?gb18030?B?xvPStbXHvMc=?= 7", "企业登记 7" },
		{ "=?GB2312?Q?=B5=C7=BC?=\r\n =?gb2312?Q?=C7=B2=C4?=", "登记材" },
		{ "\xb5\xc7\xbc\xc7"
		  " a",
		    "登记 a" },
		{ "=?gbk?Q?=B5?= a", "\xb5 a" },
		{ "=?gbk?Q?=B5=30?=", "\xb5\x30" },
		{ "caf\xe9 \xe9", "caf\xe9 \xe9" },
		{ "登记", "登记" },
	};
	char text[64];
	(void)state;
	assert_true(gbk_init());
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		size_t n = mime_text(view_of(cases[i].value), text, sizeof(text));
		assert_int_equal(n, strlen(cases[i].want));
		assert_memory_equal(text, cases[i].want, n);
	}
	size_t n = mime_param(
	    view_of("attachment; filename*=GBK''%B5%C7%BC%C7.csv"), "filename", text, sizeof(text));
	assert_int_equal(n, strlen("登记.csv"));
	assert_memory_equal(text, "登记.csv", n);
	n = mime_param(view_of("attachment; filename=\"\xb5\xc7\xbc\xc7"
			       ".csv\""),
	    "filename", text, sizeof(text));
	assert_memory_equal(text, "登记.csv", n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_in_parts),
		cmocka_unit_test(dots_end_it),
		cmocka_unit_test(a_message_that_is_a_file),
		cmocka_unit_test(uuencoded),
		cmocka_unit_test(odd_ones),
		cmocka_unit_test(deep_ones_end),
		cmocka_unit_test(overlong_field),
		cmocka_unit_test(addresses),
		cmocka_unit_test(names_of_users),
		cmocka_unit_test(chinese),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
