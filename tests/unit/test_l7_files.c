/* SPDX-License-Identifier: Apache-2.0 */
/* files: bytes in order, out of order, with holes, over caps; digests; the folder they are kept in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "../../src/probe/l7/files.h"
#include "../../src/probe/l7/magic.h"

static struct l7 *l;
static struct l7_flow lf;
static char said[4096];

static void
begin_with(uint64_t limit, unsigned digests)
{
	const struct l7_config config = { .max_buffer = 4096,
		.max_state = 8,
		.max_tx_per_flow = 4,
		.max_text = 65536,
		.max_files = 4,
		.file_limit = limit,
		.digests = digests };
	l = l7_new(&config);
	assert_non_null(l);
	memset(&lf, 0, sizeof(lf));
	lf.proto = L7_HTTP;
}

static struct l7_file *
open_file(const char *name)
{
	return l7_file_open(l, &lf,
	    &(struct l7_file_head){ .name = view_of(name), .dir = DIR_TO_CLIENT, .tx_id = 7 });
}

/* Close it and read its record. */
static void
close_file(struct l7_file *f, enum l7_file_end how)
{
	struct buf b;
	struct jw w;
	size_t n;
	l7_file_close(l, &lf, f, how, NULL);
	const struct l7_carried *c = l7_files(l, &n);
	assert_true(n > 0);
	buf_init(&b, 0);
	jw_init(&w, &b);
	l7_file_write(&c[n - 1], &w);
	snprintf(said, sizeof(said), "%.*s", (int)b.len, (const char *)b.ptr);
	buf_fini(&b);
}

static void
says(const char *text)
{
	if (!strstr(said, text))
		fail_msg("%s is not in %s", text, said);
}

static void
says_not(const char *text)
{
	if (strstr(said, text))
		fail_msg("%s is in %s", text, said);
}

/* Known answers for "abc": RFC 1321, FIPS 180-4, GB/T 32905-2016 A.1. */
static void
four_digests(void **state)
{
	(void)state;
	begin_with(0, 15);
	struct l7_file *f = open_file("a/b.txt");
	l7_file_add(l, f, view_of("a"));
	l7_file_add(l, f, view_of("bc"));
	close_file(f, L7_FILE_CLOSED);
	says("\"filename\":\"a/b.txt\"");
	says("\"state\":\"CLOSED\"");
	says("\"md5\":\"900150983cd24fb0d6963f7d28e17f72\"");
	says("\"sha1\":\"a9993e364706816aba3e25717850c26c9cd0d89d\"");
	says("\"sha256\":\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\"");
	says("\"sm3\":\"66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0\"");
	says("\"size\":3");
	says("\"tx_id\":7");
	l7_free(l);
}

static void
digests_asked_for_later(void **state)
{
	(void)state;
	begin_with(0, 4);
	close_file(open_file("a"), L7_FILE_CLOSED);
	says("\"sha256\":\"e3b0c442");
	says_not("md5");
	l7_begin(l); /* its state is kept for the next file, but not behind this: */
	struct l7_file *open = open_file("open");
	l7_digests_want(l, 1);
	close_file(open, L7_FILE_CLOSED);
	says_not("md5"); /* it began before */
	l7_begin(l);
	for (int i = 0; i < 3; i++) {
		close_file(open_file("b"), L7_FILE_CLOSED);
		says("\"md5\":\"d41d8cd9");
		says("\"sha256\":\"e3b0c442");
		says_not("sha1");
		l7_begin(l);
	}
	l7_free(l);
}

static void
any_order_gives_the_same(void **state)
{
	static const struct {
		uint64_t at;
		const char *text;
	} parts[] = { { 6, "world" }, { 3, "lo wo" }, { 9, "ld" }, { 0, "hel" }, { 0, "xxxxx" } };
	(void)state;
	begin_with(0, 1);
	struct l7_file *f = open_file("f");
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		l7_file_at(l, f, parts[i].at, view_of(parts[i].text));
	assert_int_equal(l7_file_size(f), 11);
	close_file(f, L7_FILE_CLOSED);
	says("\"md5\":\"5eb63bbbe01eeed093cb22bb8f5acdc3\""); /* "hello world" */
	says("\"gaps\":false");
	l7_free(l);
}

static void
holes_have_no_digest(void **state)
{
	(void)state;
	begin_with(0, 15);
	struct l7_file *f = open_file("f");
	l7_file_add(l, f, view_of("abc"));
	l7_file_gap(l, f, 100);
	l7_file_add(l, f, view_of("def"));
	close_file(f, L7_FILE_CLOSED);
	says("\"gaps\":true");
	says("\"size\":106");
	says_not("md5");
	f = open_file("g");
	l7_file_at(l, f, 10, view_of("end")); /* what is before it never comes */
	close_file(f, L7_FILE_TRUNCATED);
	says("\"gaps\":true,\"state\":\"TRUNCATED\"");
	says("\"size\":13");
	l7_free(l);
}

static void
caps_hold(void **state)
{
	struct l7_file *f[5];
	(void)state;
	begin_with(4, 15);
	for (int i = 0; i < 5; i++)
		f[i] = open_file("f");
	assert_null(f[4]);
	l7_file_add(l, f[4], view_of("NULL is allowed"));
	l7_file_close(l, &lf, f[4], L7_FILE_CLOSED, NULL);
	assert_int_equal(l7_count(l)->files_cut, 1);
	l7_file_add(l, f[0], view_of("abcdef"));
	close_file(f[0], L7_FILE_CLOSED);
	says("\"state\":\"TRUNCATED\"");
	says("\"size\":4");
	says_not("md5");
	l7_begin(l);
	struct l7_file *blocks = open_file("blocks");
	assert_non_null(blocks);
	for (uint64_t i = 0; i < 4; i++) /* what is behind the cap makes no hole */
		l7_file_at(l, blocks, i * 3, view_of("abc"));
	l7_file_gap(l, blocks, 9);
	close_file(blocks, L7_FILE_CLOSED);
	says("\"gaps\":false,\"state\":\"TRUNCATED\"");
	says("\"size\":4");
	for (uint64_t i = 0; i < 100; i++) /* runs that never meet */
		l7_file_at(l, f[1], 1000 + i * 10, view_of("x"));
	close_file(f[1], L7_FILE_CLOSED);
	says("\"state\":\"TRUNCATED\"");
	l7_file_drop(l, &lf, f[2]);
	files_finish(l, &lf); /* the last one is cut */
	size_t n;
	(void)l7_files(l, &n);
	assert_int_equal(n, 3);
	l7_begin(l);
	(void)l7_files(l, &n);
	assert_int_equal(n, 0);
	l7_free(l);
}

static void
kept_under_its_content(void **state)
{
	char dir[] = "/tmp/wanglou-store-XXXXXX", path[256], bytes[8] = "";
	struct err e;
	struct stat st;
	(void)state;
	assert_non_null(mkdtemp(dir));
	begin_with(0, 0); /* what names a stored file is made all the same */
	const struct l7_store config = { .dir = dir, .quota = 10, .max = 5 };
	assert_int_equal(l7_store_open(l, &config, &e), 0);
	for (int i = 0; i < 2; i++) { /* twice the same is kept once */
		struct l7_file *f = open_file("f");
		l7_file_add(l, f, view_of("abc"));
		close_file(f, L7_FILE_CLOSED);
		says("\"stored\":true");
	}
	struct l7_file *f = open_file("long");
	l7_file_add(l, f, view_of("abcdef"));
	close_file(f, L7_FILE_CLOSED);
	says("\"stored\":false");
	f = open_file("cut");
	l7_file_add(l, f, view_of("abcd"));
	close_file(f, L7_FILE_TRUNCATED);
	says("\"stored\":false");
	l7_begin(l);
	assert_int_equal(l7_count(l)->files_unstored, 1);
	snprintf(path, sizeof(path),
	    "%s/ba/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", dir);
	FILE *file = fopen(path, "rb");
	assert_non_null(file);
	assert_int_equal(fread(bytes, 1, sizeof(bytes), file), 3);
	assert_string_equal(bytes, "abc");
	fclose(file);
	assert_int_equal(unlink(path), 0);
	*strrchr(path, '/') = '\0';
	assert_int_equal(rmdir(path), 0);
	l7_free(l);
	assert_int_equal(rmdir(dir), 0); /* no temporary file is left */
	assert_int_not_equal(stat(dir, &st), 0);
	begin_with(0, 15);
	assert_int_equal(l7_store_open(l, &config, &e), -1);
	assert_non_null(strstr(e.text, dir));
	l7_free(l);
}

/* What libmagic said is kept, as many answers as there is room for; a beginning never gets that of
 * another one. */
static void
types_are_remembered(void **state)
{
	struct magic *m = magic_new();
	char head[] = "%PDF-0.0\n", want[] = "version 0.0";

	(void)state;
	if (!m)
		skip();
	for (int i = 0; i < 400; i++) { /* each beginning twice in a row, and all of them twice */
		head[5] = want[8] = (char)('0' + i / 20 % 10);
		head[7] = want[10] = (char)('0' + i / 2 % 10);
		const char *type = magic_of(m, view_of(head), L7_TYPES_NOTABLE);
		assert_non_null(type);
		assert_non_null(strstr(type, want));
	}
	magic_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(four_digests),
		cmocka_unit_test(digests_asked_for_later),
		cmocka_unit_test(any_order_gives_the_same),
		cmocka_unit_test(holes_have_no_digest),
		cmocka_unit_test(caps_hold),
		cmocka_unit_test(kept_under_its_content),
		cmocka_unit_test(types_are_remembered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
