/* SPDX-License-Identifier: Apache-2.0 */
/* conf: values, and the sentences people read when a setting is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/conf.h"

struct settings {
	bool on;
	uint64_t max, ring, idle;
	char *name;
	int mode;
	char *key;
	struct conf_list files, databases;
	struct conf_map vars;
};

#define AT(field) offsetof(struct settings, field)

static const struct conf_row rows[] = {
	{ "flow.max", CONF_INT, AT(max), "1000", 16, 5000, NULL, "flows", "Flows held at once" },
	{ "flow.timeout.idle", CONF_TIME, AT(idle), "60s", 1000, 86400000, NULL, NULL,
	    "Quiet time" },
	{ "probe.name", CONF_STR, AT(name), "probe", 0, 0, NULL, NULL, "Name of this probe" },
	{ "probe.on", CONF_BOOL, AT(on), "yes", 0, 0, NULL, NULL, "Whether to run" },
	{ "flow.ring", CONF_BYTES, AT(ring), "64mb", 0, 1ULL << 32, NULL, NULL, "Kernel ring" },
	{ "output.mode", CONF_ENUM, AT(mode), "short", 0, 0, "short|full|both", NULL, "Form" },
	{ "probe.key", CONF_PATH, AT(key), "keys/own", 0, 0, NULL, NULL, "Key file" },
	{ "learn.databases", CONF_PATHS, AT(databases), "", 0, 0, NULL, NULL, "Databases" },
	{ "rules.files", CONF_LIST, AT(files), "a.rules,b.rules", 0, 0, NULL, NULL, "Rule files" },
	{ "vars.address-groups", CONF_MAP, AT(vars), "", 0, 0, NULL, NULL, "Address variables" },
};

static const struct conf_table table = { rows, sizeof(rows) / sizeof(rows[0]),
	sizeof(struct settings) };

static struct settings s;
static struct err e;
static char path[] = "/tmp/wanglou-conf-XXXXXX";

static int
make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int
drop_file(void **state)
{
	(void)state;
	return unlink(path);
}

/* Load the text over fresh defaults. */
static int
load_n(const char *yaml, size_t n)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(yaml, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
	conf_clear(&table, &s);
	conf_defaults(&table, &s);
	e.text[0] = 0;
	return conf_load(&table, &s, path, &e);
}

static int
load(const char *yaml)
{
	return load_n(yaml, strlen(yaml));
}

static void
defaults(void **state)
{
	(void)state;
	conf_defaults(&table, &s);
	assert_true(s.on);
	assert_int_equal(s.max, 1000);
	assert_int_equal(s.idle, 60000);
	assert_int_equal(s.ring, 64 << 20);
	assert_int_equal(s.mode, 0);
	assert_string_equal(s.name, "probe");
	assert_int_equal(s.files.n, 2);
	assert_string_equal(s.files.item[1], "b.rules");
	assert_int_equal(s.vars.n, 0);
	conf_clear(&table, &s);
	assert_null(s.name);
}

static void
a_whole_file(void **state)
{
	(void)state;
	assert_int_equal(load("%YAML 1.1\n---\n"
			      "# comment\n"
			      "flow:\n  max: 4000\n  timeout: {idle: 2h}\n  ring: 1 gb\n"
			      "probe.name: \"城门 1\"\n"
			      "probe: {on: off}\n"
			      "output:\n  mode: both\n"
			      "rules:\n  files: [x.rules, \"y, z.rules\"]\n"
			      "vars:\n  address-groups:\n    HOME_NET: \"[10.0.0.0/8]\"\n    OUT: "
			      "'!$HOME_NET'\n"),
	    0);
	assert_int_equal(s.max, 4000);
	assert_int_equal(s.idle, 7200000);
	assert_int_equal(s.ring, 1 << 30);
	assert_string_equal(s.name, "城门 1");
	assert_false(s.on);
	assert_int_equal(s.mode, 2);
	assert_int_equal(s.files.n, 2);
	assert_string_equal(s.files.item[1], "y, z.rules");
	assert_string_equal(conf_map_find(&s.vars, "HOME_NET"), "[10.0.0.0/8]");
	assert_string_equal(conf_map_find(&s.vars, "OUT"), "!$HOME_NET");
	assert_null(conf_map_find(&s.vars, "home_net"));
}

static void
empty_files(void **state)
{
	(void)state;
	assert_int_equal(load(""), 0);
	assert_int_equal(load("# nothing\n"), 0);
	assert_int_equal(load("---\nflow:\nvars:\n  address-groups:\n"), 0);
	assert_int_equal(load("rules:\n  files:\n"), 0);
	assert_int_equal(s.files.n, 0);
}

static void
sentences(void **state)
{
	static const struct {
		const char *yaml, *want;
	} bad[] = {
		{ "flow:\n  max: 3\n", ":2: flow.max: found \"3\", allowed 16 to 5000 flows" },
		{ "flow:\n  max: 1e3\n", ":2: flow.max: found \"1e3\", allowed 16 to 5000 flows" },
		{ "flow:\n  max: 99999999999999999999\n",
		    ":2: flow.max: found \"99999999999999999999\", allowed 16 to 5000 flows" },
		{ "flow:\n  max:\n", ":2: flow.max: found nothing, allowed 16 to 5000 flows" },
		{ "\n\nflow.timeout.idle: 2y\n",
		    ":3: flow.timeout.idle: found \"2y\", allowed 1s to 1d (with ms, s, m, h, d)" },
		{ "flow.ring: 8gb\n",
		    ":1: flow.ring: found \"8gb\", allowed 0 to 4gb (with kb, mb, gb)" },
		{ "output.mode: long\n",
		    ":1: output.mode: found \"long\", allowed short, full or both" },
		{ "probe: {on: maybe}\n", ":1: probe.on: found \"maybe\", allowed yes or no" },
		{ "flow:\n  maxx: 3\n",
		    ":2: flow.maxx: found an unknown key, the nearest known one is flow.max" },
		{ "flwo:\n  max: 100\n",
		    ":1: flwo: found an unknown key, the nearest known one is flow" },
		{ "flow:\n  max: 100\n  max: 200\n",
		    ":3: flow.max: found the key twice, allowed once" },
		{ "flow:\n  max: 100\nflow:\n  ring: 0\n",
		    ":3: flow: found the key twice, allowed once" },
		{ "flow.max: 100\nflow: {max: 100}\n",
		    ":2: flow.max: found the key twice, allowed once" },
		{ "vars:\n  address-groups:\n    A: x\n    A: y\n",
		    ":4: vars.address-groups.A: found the key twice, allowed once" },
		{ "flow:\n  max: [1]\n", ":2: flow.max: found a list, allowed 16 to 5000 flows" },
		{ "rules.files: [[a]]\n",
		    ":1: rules.files: found no text, allowed a list of texts" },
		{ "vars.address-groups: {A: [10.0.0.0/8]}\n",
		    ":1: vars.address-groups.A: found a list, allowed text: put it in quotes" },
		{ "flow: 5\n", ":1: flow: found \"5\", allowed a section with keys below it" },
		{ "- a\n", ":1: found no mapping, allowed lines of KEY: VALUE" },
		{ "probe.name: &a x\nflow: *a\n", ":2: flow: found an alias, allowed a value" },
		{ "probe.name: x\n---\nprobe.name: y\n",
		    ":2: found a second document, allowed one" },
		{ "probe.name: \"a\\0b\"\n",
		    ":1: probe.name: found a NUL character, allowed text" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char want[256];
		(void)snprintf(want, sizeof(want), "%s%s", path, bad[i].want);
		assert_int_equal(load(bad[i].yaml), -1);
		assert_string_equal(e.text, want);
	}
}

static void
broken_yaml(void **state)
{
	char want[64];

	(void)state;
	(void)snprintf(want, sizeof(want), "%s:3: found ", path);
	assert_int_equal(load("flow:\n  max: 100\n bad: [1\n"), -1);
	assert_memory_equal(e.text, want, strlen(want));
	assert_int_equal(load_n("probe.name: \xff\xfe\n", 15), -1);
	assert_non_null(strstr(e.text, ": found "));
	assert_int_equal(conf_load(&table, &s, "/nonexistent/x.yaml", &e), -1);
	assert_string_equal(
	    e.text, "/nonexistent/x.yaml: cannot be opened: No such file or directory");
}

static void
assignments(void **state)
{
	(void)state;
	conf_clear(&table, &s);
	conf_defaults(&table, &s);
	assert_int_equal(conf_set(&table, &s, "flow.timeout.idle=1500ms", &e), 0);
	assert_int_equal(s.idle, 1500);
	assert_int_equal(conf_set(&table, &s, "flow.timeout.idle=90", &e), 0);
	assert_int_equal(s.idle, 90000);
	assert_int_equal(conf_set(&table, &s, "flow.ring=4KiB", &e), 0);
	assert_int_equal(s.ring, 4096);
	assert_int_equal(conf_set(&table, &s, "probe.name=a=b", &e), 0);
	assert_string_equal(s.name, "a=b");
	assert_int_equal(conf_set(&table, &s, "rules.files=x, y ,,z", &e), 0);
	assert_int_equal(s.files.n, 3);
	assert_string_equal(s.files.item[1], "y");
	assert_int_equal(conf_set(&table, &s, "vars.address-groups.HOME_NET=any", &e), 0);
	assert_int_equal(conf_set(&table, &s, "vars.address-groups.HOME_NET=[1.2.3.4]", &e), 0);
	assert_int_equal(s.vars.n, 1);
	assert_string_equal(conf_map_find(&s.vars, "HOME_NET"), "[1.2.3.4]");
	assert_int_equal(conf_set(&table, &s, "flow.max", &e), -1);
	assert_string_equal(e.text, "found \"flow.max\", allowed KEY=VALUE");
	assert_int_equal(conf_set(&table, &s, "vars.address-groups=x", &e), -1);
	assert_string_equal(e.text,
	    "vars.address-groups: found \"x\", allowed vars.address-groups.NAME with a value");
}

/* What is printed loads again and prints the same. */
static void
print_loads_again(void **state)
{
	char first[4096], again[4096];
	FILE *f;

	(void)state;
	assert_int_equal(
	    load("probe.name: \"a \\\"b\\\" \\\\ \\x01 yes\"\nflow: {ring: 0, timeout: {idle: "
		 "1001ms}}\n"
		 "rules.files: [\"no\", 5, c.rules]\nvars.address-groups: {A: \"[x]\", B: any}\n"),
	    0);
	f = fmemopen(first, sizeof(first), "w");
	conf_print(&table, &s, f);
	(void)fclose(f);
	assert_non_null(strstr(first, "  # Flows held at once; 16 to 5000 flows\n  max: 1000\n"));
	assert_non_null(strstr(first, "    idle: 1001ms\n"));
	assert_non_null(strstr(first, "  files:\n    - \"no\"\n    - \"5\"\n    - c.rules\n"));
	assert_int_equal(load(first), 0);
	f = fmemopen(again, sizeof(again), "w");
	conf_print(&table, &s, f);
	(void)fclose(f);
	assert_string_equal(first, again);
	conf_clear(&table, &s);
}

static void
paths_are_from_the_files_folder(void **state)
{
	(void)state;
	assert_int_equal(load("learn:\n  databases: [a.mmdb, /b.mmdb]\n"), 0);
	assert_string_equal(s.key, "/tmp/keys/own");
	assert_string_equal(s.databases.item[0], "/tmp/a.mmdb");
	assert_string_equal(s.databases.item[1], "/b.mmdb");
	assert_string_equal(s.files.item[0], "a.rules");
	assert_int_equal(load("probe:\n  key: ''\n"), 0);
	assert_string_equal(s.key, "");
	assert_int_equal(conf_set(&table, &s, "probe.key=here", &e), 0);
	assert_string_equal(s.key, "here");
}

static void
one_file_over_another(void **state)
{
	FILE *f;

	(void)state;
	assert_int_equal(load("flow:\n  max: 100\n  ring: 1mb\n"), 0);
	assert_int_equal(conf_set(&table, &s, "probe.key=keys/mine", &e), 0);
	f = fopen(path, "wb");
	assert_non_null(f);
	(void)fputs("flow:\n  max: 200\nlearn:\n  databases: [c.mmdb]\n", f);
	(void)fclose(f);
	assert_int_equal(conf_load_over(&table, &s, path, &e), 0);
	assert_int_equal(s.max, 200);
	assert_int_equal(s.ring, 1 << 20);
	assert_string_equal(s.key, "keys/mine"); /* which the second file does not name */
	assert_string_equal(s.databases.item[0], "/tmp/c.mmdb");
	conf_clear(&table, &s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(a_whole_file),
		cmocka_unit_test(empty_files),
		cmocka_unit_test(sentences),
		cmocka_unit_test(broken_yaml),
		cmocka_unit_test(assignments),
		cmocka_unit_test(print_loads_again),
		cmocka_unit_test(paths_are_from_the_files_folder),
		cmocka_unit_test(one_file_over_another),
	};

	return cmocka_run_group_tests(tests, make_file, drop_file);
}
