/* SPDX-License-Identifier: Apache-2.0 */
/* targets: which system is a host taken for, and what is said of settings that make no sense. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probe/targets.h"

static struct err e;

struct text_pair {
	const char *name, *value;
};

static struct targets *
make(const struct text_pair *text, size_t n)
{
	struct conf_pair pair[8];
	struct conf_map map = { pair, n };

	assert_true(n <= 8);
	for (size_t i = 0; i < n; i++)
		pair[i] = (struct conf_pair){ strdup(text[i].name), strdup(text[i].value) };
	e.text[0] = '\0';
	struct targets *t = targets_new(&map, &e);
	for (size_t i = 0; i < n; i++) {
		free(pair[i].name);
		free(pair[i].value);
	}
	return t;
}

static enum target_policy
of(const struct targets *t, const char *host)
{
	struct addr a;
	uint8_t ver = addr_parse(host, &a);

	assert_true(ver != 0);
	return target_of(t, &a, ver);
}

static void
longest_prefix_wins(void **state)
{
	struct text_pair pair[] = { { "windows", "[10.0.0.0/8, 2001:db8::/32]" },
		{ "bsd-right", "[10.1.0.0/16]" }, { "windows2k3", "10.1.2.3" },
		{ "solaris", "[]" } };
	struct targets *t = make(pair, 4);

	(void)state;
	assert_non_null(t);
	assert_int_equal(of(t, "10.2.0.1"), TARGET_WINDOWS);
	assert_int_equal(of(t, "2001:db8::9"), TARGET_WINDOWS);
	assert_int_equal(of(t, "10.1.2.4"), TARGET_BSD_RIGHT);
	assert_int_equal(of(t, "10.1.2.3"), TARGET_WINDOWS2K3);
	assert_int_equal(of(t, "192.0.2.1"), TARGET_LINUX);
	assert_int_equal(of(t, "2001:db9::9"), TARGET_LINUX);
	targets_free(t);
}

static void
hosts_not_named(void **state)
{
	struct text_pair pair[] = { { "vista", "[default]" },
		{ "linux", "[ 192.0.2.0/24 , default6.invalid ]" } };
	struct targets *t = make(pair, 1);

	(void)state;
	assert_int_equal(of(t, "192.0.2.1"), TARGET_VISTA);
	assert_int_equal(of(t, "2001:db8::1"), TARGET_VISTA);
	targets_free(t);
	assert_int_equal(of(NULL, "192.0.2.1"), TARGET_LINUX);
	assert_null(make(pair, 2));
	targets_free(NULL);
}

static void
wrong_settings(void **state)
{
	struct text_pair wrong[][2] = {
		{ { "amiga", "[default]" }, { "first", "" } },
		{ { "linux", "[10.0.0.0/33]" }, { "first", "" } },
		{ { "linux", "[10.0.0.0/8,]" }, { "first", "" } },
		{ { "linux", "[10.0.0.0/8" }, { "first", "" } },
		{ { "linux", "[10.0.0.0/8]" }, { "last", "[10.0.0.0/8]" } },
		{ { "linux", "[default]" }, { "last", "[default]" } },
	};
	static const char *const said[] = {
		"stream.host-os-policy: unknown system amiga, allowed: bsd",
		"stream.host-os-policy.linux: found 10.0.0.0/33, allowed: a list such as",
		"stream.host-os-policy.linux: found nothing between two commas, allowed: a list",
		"stream.host-os-policy.linux: found [10.0.0.0/8, allowed: a ]",
		"stream.host-os-policy.last: found 10.0.0.0/8, which linux has too",
		"stream.host-os-policy.last: found default, which linux has too",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		assert_null(make(wrong[i], 2));
		assert_memory_equal(e.text, said[i], strlen(said[i]));
	}
}

static void
every_policy_has_its_name(void **state)
{
	(void)state;
	for (int i = 0; i < TARGET_COUNT; i++) {
		struct text_pair pair[] = { { target_name((enum target_policy)i), "[default]" } };
		struct targets *t = make(pair, 1);
		assert_non_null(t);
		assert_int_equal(of(t, "192.0.2.1"), i);
		targets_free(t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(longest_prefix_wins),
		cmocka_unit_test(hosts_not_named),
		cmocka_unit_test(wrong_settings),
		cmocka_unit_test(every_policy_has_its_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
