/* SPDX-License-Identifier: Apache-2.0 */
/* keys: pairs come back from their files, secrets that others can read are refused, lists are
 * strict. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "folder.h"
#include "lib/keys.h"

static char *
path(const char *name)
{
	static char out[2][160];
	static int turn;
	turn ^= 1;
	snprintf(out[turn], sizeof(out[turn]), "%s/%s", dir, name);
	return out[turn];
}

/* the test vector of ZeroMQ RFC 32, its 8 bytes four times over */
static void
z85(void **state)
{
	static const uint8_t eight[8] = { 0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b };
	uint8_t key[32], back[32];
	char text[KEYS_Z85 + 1];
	(void)state;
	for (int i = 0; i < 4; i++)
		memcpy(key + 8 * i, eight, 8);
	keys_to_z85(key, text);
	assert_string_equal(text, "HelloWorldHelloWorldHelloWorldHelloWorld");
	assert_int_equal(keys_from_z85(text, back), 0);
	assert_memory_equal(key, back, 32);
	assert_int_equal(keys_from_z85("HelloWorld", back), -1);
	assert_int_equal(keys_from_z85("HelloWorldHelloWorldHelloWorldHelloWor~~", back), -1);
	assert_int_equal(keys_from_z85("#####HelloHelloHelloHelloHelloHelloHello", back), -1);
}

static void
saved_and_loaded(void **state)
{
	struct keys_pair a, b;
	struct err e;
	uint8_t origin[16], other[16];
	(void)state;
	assert_int_equal(keys_make(&a, "probe-1", "2026-11-22", &e), 0);
	assert_int_equal(keys_save(&a, dir, &e), 0);
	assert_int_equal(keys_save(&a, dir, &e), -1); /* never overwritten */
	assert_int_equal(keys_load_secret(&b, path("probe-1.key"), &e), 0);
	assert_memory_equal(&a, &b, sizeof(a));
	assert_int_equal(keys_load_public(&b, path("probe-1.pub"), &e), 0);
	assert_memory_equal(a.public_key, b.public_key, 32);
	assert_string_equal(b.created, "2026-11-22");
	keys_origin(a.public_key, origin);
	assert_int_equal(keys_make(&b, "probe-2", "2026-11-22", &e), 0);
	keys_origin(b.public_key, other);
	assert_memory_not_equal(origin, other, 16);
	assert_int_equal(keys_make(&b, "../up", "2026-11-22", &e), -1);
	assert_int_equal(keys_make(&b, "", "2026-11-22", &e), -1);
}

static void
open_secrets_are_refused(void **state)
{
	struct keys_pair a;
	struct err e;
	(void)state;
	assert_int_equal(keys_make(&a, "p", "2026-11-22", &e), 0);
	assert_int_equal(keys_save(&a, dir, &e), 0);
	chmod(path("p.key"), 0640);
	assert_int_equal(keys_load_secret(&a, path("p.key"), &e), -1);
	assert_non_null(strstr(e.text, "chmod 600"));
	chmod(path("p.key"), 0604);
	assert_int_equal(keys_load_secret(&a, path("p.key"), &e), -1);
	chmod(path("p.key"), 0600);
	assert_int_equal(keys_load_secret(&a, path("p.key"), &e), 0);
	assert_int_equal(keys_load_secret(&a, path("absent.key"), &e), -1);
	assert_int_equal(keys_load_secret(&a, path("p.pub"), &e), -1);
}

static void
write_file(const char *name, const char *text)
{
	FILE *f = fopen(path(name), "w");
	fputs(text, f);
	fclose(f);
	chmod(path(name), 0600);
}

static void
wrong_lines_are_named(void **state)
{
	struct keys_pair a;
	struct err e;
	(void)state;
	write_file("a.pub", "name: a\ncreated: 2026-11-22\npublic: short\n");
	assert_int_equal(keys_load_public(&a, path("a.pub"), &e), -1);
	assert_non_null(strstr(e.text, "a.pub:3"));
	write_file("b.pub", "name: b\n");
	assert_int_equal(keys_load_public(&a, path("b.pub"), &e), -1);
	write_file("c.pub", "name: c\nname: d\n");
	assert_int_equal(keys_load_public(&a, path("c.pub"), &e), -1);
	write_file("d.pub", " # hand-written\r\n\n name :\td \r\npublic: "
			    "HelloWorldHelloWorldHelloWorldHelloWorld");
	assert_int_equal(keys_load_public(&a, path("d.pub"), &e), 0);
	assert_string_equal(a.name, "d");
	write_file("e.key", "name: e\npublic: HelloWorldHelloWorldHelloWorldHelloWorld\n"
			    "secret: HelloWorldHelloWorldHelloWorldHelloWorld\n");
	assert_int_equal(keys_load_secret(&a, path("e.key"), &e), -1);
	assert_non_null(strstr(e.text, "belong together"));
}

static void
lists_are_strict(void **state)
{
	struct keys_pair k[3];
	struct err e;
	char name[16];
	(void)state;
	struct keys_allowed *a = keys_allowed_load(dir, &e);
	assert_non_null(a);
	assert_int_equal(keys_allowed_count(a), 0);
	assert_null(keys_allowed_find(a, k[0].public_key));
	keys_allowed_free(a);
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		assert_int_equal(keys_make(&k[i], name, "2026-11-22", &e), 0);
		if (i < 2)
			assert_int_equal(keys_save(&k[i], dir, &e), 0);
	}
	a = keys_allowed_load(dir, &e);
	assert_int_equal(keys_allowed_count(a), 2);
	assert_string_equal(keys_allowed_find(a, k[1].public_key), "p1");
	assert_null(keys_allowed_find(a, k[2].public_key));
	keys_allowed_free(a);
	a = keys_allowed_load(path("p0.pub"), &e);
	assert_int_equal(keys_allowed_count(a), 1);
	keys_allowed_free(a);
	snprintf(name, sizeof(name), "p9");
	strcpy(k[0].name, name);
	assert_int_equal(keys_save(&k[0], dir, &e), 0);
	assert_null(keys_allowed_load(dir, &e)); /* one key under two names */
	assert_null(keys_allowed_load("/nonexistent", &e));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(z85),
		cmocka_unit_test_setup_teardown(saved_and_loaded, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(open_secrets_are_refused, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(wrong_lines_are_named, make_dir, remove_dir),
		cmocka_unit_test_setup_teardown(lists_are_strict, make_dir, remove_dir),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
