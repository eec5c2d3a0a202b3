/* SPDX-License-Identifier: Apache-2.0 */
/* mask: what is replaced and what stays. Numbers and names are invented. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/mask.h"

static struct mask m;

static void
becomes(const char *text, const char *want)
{
	size_t n = strlen(text);
	uint8_t *exact = malloc(n ? n : 1); /* one byte too far is seen */
	assert_non_null(exact);
	memcpy(exact, text, n);
	struct view got = mask_text(&m, (struct view){ exact, n });
	if (got.len != strlen(want) || memcmp(got.ptr, want, got.len) != 0)
		fail_msg("%s became %.*s, not %s", text, (int)got.len, (const char *)got.ptr, want);
	free(exact);
}

static void
stays(const char *text)
{
	becomes(text, text);
}

static int
begin(void **state)
{
	(void)state;
	mask_init(&m);
	m.names = m.numbers = true;
	return 0;
}

static int
end(void **state)
{
	(void)state;
	mask_fini(&m);
	return 0;
}

/* Long texts made so that each find would look at all of it again. */
static void
long_texts(void **state)
{
	static char text[60001];
	(void)state;
	for (size_t i = 0; i + 7 <= 60000; i += 7)
		memcpy(text + i, "pwd=***", 7);
	text[59997] = '\0';
	stays(text);
	for (size_t i = 0; i + 12 <= 60000; i += 12)
		memcpy(text + i, "13812345678a", 12);
	text[60000] = '\0';
	stays(text);
	becomes("x13812345678ax", "x***ax");
	stays("0123456789ab13812345678a");
	stays("a13812345678abcdef012345");
}

static void
identity_numbers(void **state)
{
	(void)state;
	becomes("11010519491231002X", "***");
	becomes("id=11010519491231002x&n=1", "id=***&n=1");
	becomes("\xe8\xaf\x81"
		"440524188001010014",
	    "\xe8\xaf\x81***");
	stays("110105194912310021");  /* wrong check digit */
	stays("11010519491331002X");  /* no such month */
	stays("00010519491231002X");  /* no such region */
	stays("911010519491231002X"); /* longer */
	stays("11010519491231002Xy");
}

static void
mobile_numbers(void **state)
{
	(void)state;
	becomes("13800138000", "***");
	becomes("tel:+8613800138000;x", "tel:+***;x");
	becomes("sip:13912345678@city.example", "sip:***@city.example");
	becomes("/u/008615012345678/", "/u/***/");
	becomes("a13800138000,b18612345678", "a***,b***");
	stays("12800138000");
	stays("138001380001");
	stays("1700000000");
}

static void
card_numbers(void **state)
{
	(void)state;
	becomes("card 6222020200112230", "card ***");
	becomes("6222 0202 0011 2230 ok", "*** ok");
	becomes("4111-1111-1111-1111", "***");
	becomes("pay?c=4111+1111+1111+1111&x", "pay?c=***&x");
	becomes("378282246310005", "***");
	stays("6222020200112231"); /* Luhn */
	stays("4111 1111 1111 1112");
	stays("9999999999999999");
	stays("2026-1122-1111-2222");
}

static void
digests_stay(void **state)
{
	(void)state;
	stays("da39a3ee5e6b4b0d3255bfef9513800138000890afd80709");
	stays("0C:00:93:70:D1:72");
	stays("1:UrPl5o88ojY/fzJCHylFSFgLfr0=");
}

static void
values_of_names(void **state)
{
	(void)state;
	becomes(
	    "/login?user=anna&password=s3cr)t,x&next=/", "/login?user=anna&password=***&next=/");
	becomes("{\"user\":\"anna\",\"access_token\": \"a\\\"b\",\"n\":1}",
	    "{\"user\":\"anna\",\"access_token\": \"***\",\"n\":1}");
	becomes("userPwd='x y'", "userPwd='***'");
	becomes("Authorization: Bearer abc.def", "Authorization: Bearer ***");
	becomes("X-Api-Key: k1\r\nHost: a", "X-Api-Key: ***\r\nHost: a");
	becomes("ftp://anna:s3cret@host/x", "ftp://anna:***@host/x");
	becomes("JSESSIONID=0A1B; path=/", "JSESSIONID=***; path=/");
	becomes("password=13800138000", "password=***");
	becomes("sid=7&pass=8", "sid=***&pass=***");
	stays("compass=north");
	stays("monkey=banana");
	stays("password=");
	stays("331 Please specify the password.");
	stays("http://host:8080/a@b");
	stays("password=***&x=1");
	stays("Access denied for user 'a'@'b' (using password: YES)");
	stays("[CAPABILITY IMAP4rev1 AUTH=PLAIN AUTH=SCRAM-SHA-256]");
	stays("{\"token\":null,\"password\":false}");
	becomes("/x?auth=PLAIN&AUTH=plainer", "/x?auth=***&AUTH=***");
	becomes("password=nobody", "password=***");
}

static void
many_in_one_text(void **state)
{
	(void)state;
	static char text[60000], want[60000];
	char *t = text, *w = want;
	for (int i = 0; i < 2000; i++) {
		t += sprintf(t, "13800138000 pwd=x;");
		w += sprintf(w, "*** pwd=***;");
	}
	becomes(text, want);
}

static void
same_secret_same_hash(void **state)
{
	char path[] = "/tmp/wanglou-mask-XXXXXX";
	struct err e;
	(void)state;
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "000102030405060708090a0b0c0d0e0f\n", 33), 33);
	close(fd);
	assert_int_equal(mask_key(&m, path, &e), 0);
	struct view one = mask_text(&m, view_of("a=1 tel 13800138000"));
	char kept[64];
	assert_int_equal(one.len, 8 + 19);
	memcpy(kept, one.ptr + 8, 19);
	assert_memory_equal(kept, "***", 3);
	struct view two = mask_text(&m, view_of("mobile=13800138000"));
	assert_memory_equal(two.ptr + 7, kept, 19);
	struct view three = mask_text(&m, view_of("mobile=13800138001"));
	assert_memory_not_equal(three.ptr + 7, kept, 19);
	unlink(path);
	assert_int_equal(mask_key(&m, path, &e), -1);
	assert_non_null(strstr(e.text, path));
}

static void
secrets_as_a_whole(void **state)
{
	struct buf b;
	struct jw w;
	(void)state;
	buf_init(&b, 0);
	jw_init(&w, &b);
	jw_array(&w);
	mask_secret(&w, view_of("public"));
	mask_secret(&w, view_of(""));
	mask_writer(&m, &w);
	mask_secret(&w, view_of("public"));
	jw_text(&w, "token=abc");
	jw_array_end(&w);
	assert_int_equal(b.len, strlen("[\"***\",\"\",\"***\",\"token=***\"]"));
	assert_memory_equal(b.ptr, "[\"***\",\"\",\"***\",\"token=***\"]", b.len);
	buf_fini(&b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(long_texts),
		TEST(identity_numbers),
		TEST(mobile_numbers),
		TEST(card_numbers),
		TEST(digests_stay),
		TEST(values_of_names),
		TEST(many_in_one_text),
		TEST(same_secret_same_hash),
		TEST(secrets_as_a_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
