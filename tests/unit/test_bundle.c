/* SPDX-License-Identifier: Apache-2.0 */
/* bundle: what was packed comes out, signed; any byte that differs, another key, a name that leaves
 * its folder and a cut end are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "folder.h"
#include "probe/bundle.h"

static struct keys_pair key, other;
static char in[2][128], out[128];

static void
put(const char *path, const void *data, size_t n)
{
	FILE *f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, n, f), n);
	fclose(f);
}

/* Two files as a bundle; the second under this name. */
static int
make(const char *name, struct err *e)
{
	struct bundle b = { .created = "2026-11-22", .name = "test", .version = 9 };
	const char *const path[] = { in[0], in[1] };

	snprintf(in[0], sizeof(in[0]), "%s/a.rules", dir);
	snprintf(in[1], sizeof(in[1]), "%s/list", dir);
	snprintf(out, sizeof(out), "%s/x.bundle", dir);
	put(in[0], "# rules\n", 8);
	put(in[1], "", 0);
	assert_int_equal(keys_make_signer(&key, "office", "2026-11-22", e), 0);
	assert_int_equal(keys_make_signer(&other, "office", "2026-11-22", e), 0);
	b.file = calloc(2, sizeof(*b.file));
	assert_non_null(b.file);
	b.n = 2;
	b.file[0] = (struct bundle_file){ .name = strdup("a.rules"), .kind = BUNDLE_RULES };
	b.file[1] = (struct bundle_file){ .name = strdup(name), .kind = bundle_kind_of(name) };
	int rc = bundle_write(&b, path, &key, out, e);
	bundle_close(&b);
	return rc;
}

static void
there_and_back(void **state)
{
	struct bundle b;
	struct err e;
	(void)state;
	assert_int_equal(make("lists/bad.lst", &e), 0);
	assert_int_equal(bundle_open(&b, out, &key, &e), 0);
	assert_int_equal(b.n, 2);
	assert_int_equal(b.version, 9);
	assert_string_equal(b.signer, "office");
	assert_string_equal(b.file[0].name, "a.rules");
	assert_int_equal(b.file[0].data.len, 8);
	assert_memory_equal(b.file[0].data.ptr, "# rules\n", 8);
	assert_int_equal(b.file[1].kind, BUNDLE_LIST);
	assert_int_equal(b.file[1].data.len, 0);
	bundle_close(&b);
	assert_int_equal(bundle_open(&b, out, &other, &e), -1);
	assert_non_null(strstr(e.text, "signature"));
}

static void
kinds(void **state)
{
	(void)state;
	assert_int_equal(bundle_kind_of("x/classification.config"), BUNDLE_CLASSES);
	assert_int_equal(bundle_kind_of("x.y/rules"), BUNDLE_LIST);
	assert_int_equal(bundle_kind_of("a.rules"), BUNDLE_RULES);
	assert_string_equal(bundle_kind_name(BUNDLE_INDICATORS), "indicators");
	assert_string_equal(bundle_kind_name(BUNDLE_INDICATORS + 1), "?");
}

static void
names_stay_inside(void **state)
{
	static const char *const bad[] = { "../x", "/etc/passwd", "a b", "a/../b", "", "a\nb",
		"a.rules" };
	struct err e;
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(make(bad[i], &e), -1);
}

static void
each_byte_counts(void **state)
{
	uint8_t bytes[4096];
	struct bundle b;
	struct err e;
	(void)state;
	assert_int_equal(make("x.lst", &e), 0);
	FILE *f = fopen(out, "rb");
	assert_non_null(f);
	size_t n = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	for (size_t i = 0; i < n; i++) {
		bytes[i] ^= 0x20; /* upper and lower case of a hex digit are the same digit */
		put(out, bytes, n);
		bool digit = bytes[i] >= 'A' && bytes[i] <= 'F';
		if (bundle_open(&b, out, &key, &e) == 0) {
			assert_true(digit);
			bundle_close(&b);
		}
		bytes[i] ^= 0x20;
	}
	for (size_t cut = 0; cut < n; cut++) {
		put(out, bytes, cut);
		assert_int_equal(bundle_open(&b, out, &key, &e), -1);
	}
	bytes[n] = 0;
	put(out, bytes, n + 1);
	assert_int_equal(bundle_open(&b, out, &key, &e), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(there_and_back, make_dir, remove_dir),
		cmocka_unit_test(kinds),
		cmocka_unit_test_setup_teardown(names_stay_inside, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(each_byte_counts, make_dir, remove_dir),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
