/* SPDX-License-Identifier: Apache-2.0 */
/* learn: segments by longest prefix, mistakes with their line; countries and ASNs from both
 * schemas. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/buf.h"
#include "probe/learn.h"

static char folder[] = "/tmp/test_learn.XXXXXX";

static const char *
put_file(const char *name, const void *data, size_t n)
{
	static char path[4][128];
	static unsigned turn;
	char *p = path[turn++ % 4];
	snprintf(p, 128, "%s/%s", folder, name);
	FILE *f = fopen(p, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, n, f), n);
	fclose(f);
	return p;
}

/* ---- a MaxMind database of two halves: 0.0.0.0/1 and 128.0.0.0/1 ---- */

static void
db_text(struct buf *b, const char *text)
{
	size_t n = strlen(text);
	assert_true(n < 29 + 256);
	buf_u8(b, (uint8_t)(2 << 5 | (n < 29 ? n : 29)));
	if (n >= 29)
		buf_u8(b, (uint8_t)(n - 29));
	buf_add(b, text, n);
}

static void
db_number(struct buf *b, unsigned type, uint32_t v)
{
	buf_u8(b, (uint8_t)(type << 5 | 4));
	for (int shift = 24; shift >= 0; shift -= 8)
		buf_u8(b, (uint8_t)(v >> shift));
}

static void
db_small(struct buf *b, const char *key, uint8_t v)
{
	db_text(b, key);
	buf_u8(b, 5 << 5 | 1); /* uint16 in one byte */
	buf_u8(b, v);
}

static void
db_map(struct buf *b, unsigned n)
{
	buf_u8(b, (uint8_t)(7 << 5 | n));
}

/* Frame the two records into a whole file. */
static void
db_build(struct buf *b, const struct buf *left, const struct buf *right)
{
	uint32_t l = 1 + 16, r = 1 + 16 + (uint32_t)left->len;
	buf_init(b, 0);
	buf_u8(b, 0), buf_u8(b, (uint8_t)(l >> 8)), buf_u8(b, (uint8_t)l);
	buf_u8(b, 0), buf_u8(b, (uint8_t)(r >> 8)), buf_u8(b, (uint8_t)r);
	for (int i = 0; i < 16; i++)
		buf_u8(b, 0);
	buf_add(b, left->ptr, left->len);
	buf_add(b, right->ptr, right->len);
	buf_text(b, "\xab\xcd\xefMaxMind.com");
	db_map(b, 9);
	db_small(b, "binary_format_major_version", 2);
	db_small(b, "binary_format_minor_version", 0);
	db_text(b, "build_epoch"), buf_u8(b, 1), buf_u8(b, 2), buf_u8(b, 7);
	db_text(b, "database_type"), db_text(b, "Test");
	db_text(b, "description"), db_map(b, 1), db_text(b, "en"), db_text(b, "test");
	db_small(b, "ip_version", 4);
	db_text(b, "languages"), buf_u8(b, 0), buf_u8(b, 4);
	db_text(b, "node_count"), db_number(b, 6, 1);
	db_small(b, "record_size", 24);
}

static const char *
country_file(void)
{
	struct buf left, right, all;
	buf_init(&left, 0), buf_init(&right, 0);
	db_map(&left, 1), db_text(&left, "country");
	db_map(&left, 1), db_text(&left, "iso_code"), db_text(&left, "CN");
	db_map(&right, 1), db_text(&right, "country_code"), db_text(&right, "JP");
	db_build(&all, &left, &right);
	const char *path = put_file("country.mmdb", all.ptr, all.len);
	buf_fini(&left), buf_fini(&right), buf_fini(&all);
	return path;
}

static const char *
asn_file(void)
{
	struct buf left, right, all;
	buf_init(&left, 0), buf_init(&right, 0);
	db_map(&left, 2), db_text(&left, "autonomous_system_number"), db_number(&left, 6, 4134);
	db_text(&left, "autonomous_system_organization");
	db_text(&left, "x中国电信集团有限公司骨干网络中国电信集团有限公司骨干网络"); /* 79 bytes */
	db_map(&right, 1), db_text(&right, "country"), db_map(&right, 1);
	db_text(&right, "iso_code"), db_text(&right, "j!");
	db_build(&all, &left, &right);
	const char *path = put_file("asn.mmdb", all.ptr, all.len);
	buf_fini(&left), buf_fini(&right), buf_fini(&all);
	return path;
}

static bool
find(const struct learn *l, const char *text, struct learn_geo *g)
{
	struct addr a;
	uint8_t ver = addr_parse(text, &a);
	assert_int_not_equal(ver, 0);
	return learn_geo(l, &a, ver, g);
}

static void
both_schemas(void **state)
{
	(void)state;
	const char *files[] = { asn_file(), country_file() };
	struct learn_config c = { files, 2, "" };
	struct learn_geo g;
	struct err e;
	unsigned bad = 9;
	struct learn *l = learn_new(&c, &bad, &e);
	assert_non_null(l);
	assert_int_equal(bad, 0);
	assert_true(find(l, "114.114.114.114", &g));
	assert_string_equal(g.country, "CN");
	assert_int_equal(g.asn, 4134);
	assert_string_equal(
	    g.as_org, "x中国电信集团有限公司骨干网络中国电信集团"); /* 61 bytes: whole characters */
	assert_true(find(l, "202.12.27.33", &g));
	assert_string_equal(g.country, "JP");
	assert_int_equal(g.asn, 0);
	assert_false(find(l, "2400:3200::1", &g)); /* the databases know IPv4 only */
	learn_free(l);
	learn_free(NULL);
}

static void
special_addresses_are_not_looked_up(void **state)
{
	(void)state;
	static const char *const special[] = { "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.9.9",
		"172.31.255.255", "192.168.1.1", "198.19.255.255", "203.0.113.66", "224.0.0.1",
		"255.255.255.255", "0.1.2.3", "::1", "fe80::1", "fd00::1", "ff02::fb",
		"2001:db8::1" };
	static const char *const plain[] = { "9.255.255.255", "11.0.0.0", "100.128.0.0",
		"172.32.0.0", "198.20.0.0", "223.255.255.255" };
	const char *files[] = { country_file() };
	struct learn_config c = { files, 1, "" };
	struct learn_geo g;
	struct err e;
	unsigned bad;
	struct learn *l = learn_new(&c, &bad, &e);
	assert_non_null(l);
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		assert_false(find(l, special[i], &g));
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		assert_true(find(l, plain[i], &g));
	learn_free(l);
}

static void
broken_databases_are_counted(void **state)
{
	(void)state;
	struct buf left, right, all;
	buf_init(&left, 0), buf_init(&right, 0);
	db_map(&left, 1), db_text(&left, "country"); /* and the value is missing */
	db_build(&all, &left, &right);
	const char *files[] = { put_file("damaged.mmdb", all.ptr, all.len),
		put_file("short.mmdb", all.ptr, 20), "/no/such/file.mmdb", country_file() };
	buf_fini(&left), buf_fini(&right), buf_fini(&all);
	struct learn_config c = { files, 4, "" };
	struct learn_geo g;
	struct err e;
	unsigned bad = 0;
	struct learn *l = learn_new(&c, &bad, &e);
	assert_non_null(l);
	assert_true(
	    bad == 2 || bad == 3); /* what the damaged one says first is the library's affair */
	assert_true(find(l, "114.114.114.114", &g));
	assert_string_equal(g.country, "CN");
	learn_free(l);
}

/* MaxMind's own broken and sound databases, when they are at hand. */
static void
corpus_never_crashes(void **state)
{
	(void)state;
	const char *corpus = getenv("WANGLOU_CORPUS");
	char command[512], path[512];
	snprintf(command, sizeof(command), "find '%s/mmdb' -name '*.mmdb' 2>/dev/null | sort",
	    corpus ? corpus : "../shared");
	FILE *list = popen(command, "r");
	assert_non_null(list);
	unsigned seen = 0, broken = 0;
	while (fgets(path, sizeof(path), list)) {
		path[strcspn(path, "\n")] = 0;
		const char *files[] = { path };
		struct learn_config c = { files, 1, "" };
		struct learn_geo g;
		struct err e;
		unsigned bad = 0;
		struct learn *l = learn_new(&c, &bad, &e);
		assert_non_null(l);
		for (unsigned i = 0; i < 224; i++) {
			struct addr a = { .b = { (uint8_t)i, (uint8_t)(i * 7), 1, 1 } };
			struct addr b = { .b = { 0x20, 1, (uint8_t)i, (uint8_t)(i * 7) } };
			learn_geo(l, &a, 4, &g);
			learn_geo(l, &b, 6, &g);
		}
		broken += bad;
		seen++;
		learn_free(l);
	}
	pclose(list);
	if (!seen)
		skip();
	assert_true(broken > 0 && broken < seen);
}

static struct learn *
segments(const char *text, struct err *e)
{
	unsigned bad;
	struct learn_config c = { NULL, 0, put_file("s.yaml", text, strlen(text)) };
	return learn_new(&c, &bad, e);
}

static const struct learn_segment *
segment(const struct learn *l, const char *text)
{
	struct addr a;
	uint8_t ver = addr_parse(text, &a);
	return learn_segment(l, &a, ver);
}

static void
longest_segment_wins(void **state)
{
	(void)state;
	struct err e;
	struct learn *l =
	    segments("- { cidr: 10.0.0.0/8, name: 外网 }\n"
		     "- { cidr: [10.1.0.0/16, 2001:db8::/32], name: dmz, unit: 信息中心,\n"
		     "    importance: 核心, link: 出口一 }\n",
		&e);
	assert_non_null(l);
	assert_string_equal(segment(l, "10.2.0.1")->name, "外网");
	assert_int_equal(segment(l, "10.2.0.1")->importance, 3);
	assert_string_equal(segment(l, "10.2.0.1")->unit, "");
	assert_string_equal(segment(l, "10.1.0.1")->name, "dmz");
	assert_string_equal(segment(l, "10.1.0.1")->unit, "信息中心");
	assert_string_equal(segment(l, "10.1.0.1")->link, "出口一");
	assert_int_equal(segment(l, "2001:db8::9")->importance, 5);
	assert_null(segment(l, "11.0.0.1"));
	learn_free(l);
	l = segments("# none yet\n", &e);
	assert_non_null(l);
	assert_null(segment(l, "10.2.0.1"));
	learn_free(l);
}

static void
mistakes_name_their_line(void **state)
{
	(void)state;
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "- cidr: 10.0.0.0/8\n  name: a\n  colour: red\n",
		    "s.yaml:3: unknown key colour, allowed: cidr, name, unit" },
		{ "- cidr: 10.0.0.0/33\n  name: a\n",
		    "s.yaml:1: cidr: found 10.0.0.0/33, allowed: a prefix such as" },
		{ "- cidr: []\n  name: a\n",
		    "s.yaml:1: cidr: found a list, allowed: at least one prefix" },
		{ "- cidr: 10.0.0.0/8\n  name: a\n  importance: 6\n",
		    "s.yaml:3: importance: found 6, allowed: 1 to 5, or 低" },
		{ "- cidr: 10.0.0.0/8\n", "s.yaml:1: name is missing" },
		{ "- name: a\n", "s.yaml:1: cidr is missing" },
		{ "- cidr: 10.0.0.0/8\n  name: [a]\n",
		    "s.yaml:2: name: found a list, allowed: a text" },
		{ "- 10.0.0.0/8\n", "s.yaml:1: found 10.0.0.0/8, allowed: a segment" },
		{ "segments: 1\n", "s.yaml:1: found a map, allowed: a list of segments" },
		{ "- {cidr: 10.0.0.0/8, name: a}\n- {cidr: 10.1.0.0/8, name: b}\n",
		    "s.yaml:2: cidr: found 10.0.0.0/8, which line 1 has too, allowed: each once" },
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = { "" };
		assert_null(segments(rows[i].text, &e));
		if (!strstr(e.text, rows[i].want))
			fail_msg("want \"%s\", got \"%s\"", rows[i].want, e.text);
	}
	struct err e;
	unsigned bad;
	struct learn_config c = { NULL, 0, "/no/such.yaml" };
	assert_null(learn_new(&c, &bad, &e));
	assert_string_equal(e.text, "/no/such.yaml: No such file or directory");
}

/* The file we ship is sound and knows the networks of the demonstration. */
static void
shipped_example(void **state)
{
	(void)state;
	struct err e;
	unsigned bad;
	struct learn_config c = { NULL, 0, "conf/segments.yaml" };
	if (access(c.segments_file, R_OK) != 0)
		skip();
	struct learn *l = learn_new(&c, &bad, &e);
	if (!l)
		fail_msg("%s", e.text);
	assert_string_equal(segment(l, "10.10.1.20")->name, "电子政务外网-DMZ");
	assert_int_equal(segment(l, "10.30.2.40")->importance, 5);
	assert_string_equal(segment(l, "fd00:50::1")->name, "工业互联网");
	learn_free(l);
}

static int
make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int
remove_folder(void **state)
{
	static const char *const names[] = { "country.mmdb", "asn.mmdb", "damaged.mmdb",
		"short.mmdb", "s.yaml" };
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[128];
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	return rmdir(folder);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_schemas),
		cmocka_unit_test(special_addresses_are_not_looked_up),
		cmocka_unit_test(broken_databases_are_counted),
		cmocka_unit_test(corpus_never_crashes),
		cmocka_unit_test(longest_segment_wins),
		cmocka_unit_test(mistakes_name_their_line),
		cmocka_unit_test(shipped_example),
	};
	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
