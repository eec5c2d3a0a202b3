/* SPDX-License-Identifier: Apache-2.0 */
/* Datasets: what files say, what rules ask and learn, what is kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/stat.h>

#include "match_fake.h"
#include "probe/match_datasets.h"

static char dir[64];

static const char *
path_of(const char *name)
{
	static char path[256];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void
put(const char *name, const char *text)
{
	FILE *f = fopen(path_of(name), "w");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	fclose(f);
}

static const char *
get(const char *name)
{
	static char text[4096];
	FILE *f = fopen(path_of(name), "r");
	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	return text;
}

static int
set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/wanglou-sets-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int
tear_down(void **state)
{
	char command[128];
	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command);
}

static struct match_rules *
load(const char *rules, struct match_datasets *all, struct fake_problems *p)
{
	struct conf_pair pairs[] = { { (char[]){ "known" },
					 (char[]){ "type string, load known.lst" } },
		{ (char[]){ "one.type" }, (char[]){ "ip" } },
		{ (char[]){ "one.load" }, (char[]){ "one.lst" } } };
	const struct conf_map none = { 0 }, sets = { pairs, 3 };
	char file[128];
	const char *files[] = { file };
	struct match_summary s;
	struct err e;
	put("test.rules", rules);
	snprintf(file, sizeof(file), "%s", path_of("test.rules"));
	*p = (struct fake_problems){ 0 };
	struct match_load l = { .files = files,
		.file_n = 1,
		.classification_file = "",
		.address_vars = &none,
		.port_vars = &none,
		.datasets = all,
		.dataset_sets = &sets,
		.dataset_dir = dir,
		.problem = fake_note,
		.context = p };
	return match_rules_load(&l, &s, &e);
}

static struct match *
new_match(const struct match_rules *r)
{
	struct match_config config = { .max_flow_state = 64,
		.max_thresholds = 64,
		.stream_tail = 64,
		.seed = HASH_KEY_FIXED };
	return match_new(&config, r);
}

/* Alerts of one DNS query. */
static unsigned
ask(struct match *m, const char *name, struct alert_list *out)
{
	struct fake_tx data = { 0 };
	struct packet p = fake_packet(17, "", 0);
	struct flow f = { .packets = { 1, 0 } };
	data.buffer[L7_BUF_DNS_QUERY] = (struct view){ (const uint8_t *)name, strlen(name) };
	struct l7_tx tx = {
		.proto = L7_DNS, .ready = L7_READY_REQUEST, .has = L7_READY_REQUEST, .data = &data
	};
	fake_proto = L7_DNS;
	out->n = 0;
	match_packet(m, &p, &f, DIR_TO_SERVER, NULL, 0, &tx, 1, out);
	match_flow_free(m, &f);
	return out->n;
}

#define DNS(options) "alert dns any any -> any any (dns.query; " options " sid:1;)\n"

static void
loaded_sets_are_asked(void **state)
{
	(void)state;
	struct fake_problems p;
	static struct alert_list out;
	put("names.lst", "Z29vZ2xlLmNvbQ==\n\r\nYQ\n");
	struct match_rules *r =
	    load(DNS("dataset:isset,names,type string,load names.lst;") "alert dns any any -> any "
									"any (dns.query; "
									"dataset:isnotset,names; "
									"sid:2;)\n",
		NULL, &p);
	assert_int_equal(p.n, 0);
	struct match *m = new_match(r);
	assert_int_equal(ask(m, "google.com", &out), 1);
	assert_int_equal(out.item[0].sid, 1);
	assert_int_equal(ask(m, "google.co", &out), 1);
	assert_int_equal(out.item[0].sid, 2);
	assert_int_equal(ask(m, "a", &out), 1);
	assert_int_equal(out.item[0].sid, 1);
	match_free(m);
	match_rules_free(r);
}

static void
the_settings_declare_sets(void **state)
{
	(void)state;
	struct fake_problems p;
	static struct alert_list out;
	put("known.lst", "YQ==\n");
	put("one.lst", "10.0.0.1\n2001:db8::1\n");
	struct match_rules *r =
	    load(DNS("dataset:isset,known; ip.src; dataset:isset,one;"), NULL, &p);
	assert_int_equal(p.n, 0);
	struct match *m = new_match(r);
	assert_int_equal(ask(m, "a", &out), 1);
	assert_int_equal(ask(m, "b", &out), 0);
	match_free(m);
	match_rules_free(r);
}

static void
what_is_learned_outlives_rules_and_is_saved(void **state)
{
	(void)state;
	struct fake_problems p;
	static struct alert_list out;
	const char rule[] = DNS("dataset:set,seen,type string,state seen.lst;");
	struct match_datasets *all = match_datasets_new(HASH_KEY_FIXED);
	put("seen.lst", "Yg==\n");
	struct match_rules *r = load(rule, all, &p), *again;
	assert_int_equal(p.n, 0);
	struct match *m = new_match(r);
	assert_int_equal(ask(m, "b", &out), 0);
	assert_int_equal(ask(m, "c", &out), 1);
	assert_int_equal(ask(m, "c", &out), 0);
	assert_int_equal(ask(m, "a", &out), 1);
	again = load(rule, all, &p);
	match_swap(m, again);
	match_rules_free(r);
	assert_int_equal(ask(m, "a", &out), 0);
	match_datasets_save(all);
	assert_string_equal(get("seen.lst"), "YQ==\nYg==\nYw==\n");
	assert_int_not_equal(access(path_of("seen.lst.new"), F_OK), 0);
	match_free(m);
	match_rules_free(again);
	match_datasets_free(all);
}

static void
values_are_unset(void **state)
{
	(void)state;
	struct fake_problems p;
	static struct alert_list out;
	put("bad.lst", "YQ==\n");
	struct match_rules *r = load(DNS("dataset:unset,gone,type string,load bad.lst;"), NULL, &p);
	assert_int_equal(p.n, 0);
	struct match *m = new_match(r);
	assert_int_equal(ask(m, "a", &out), 1);
	assert_int_equal(ask(m, "a", &out), 0);
	match_free(m);
	match_rules_free(r);
}

static void
a_full_set_learns_no_more(void **state)
{
	(void)state;
	struct fake_problems p;
	static struct alert_list out;
	struct match_rules *r = load(DNS("dataset:set,few,type string,memcap 1kb;"), NULL, &p);
	assert_int_equal(p.n, 0);
	struct match *m = new_match(r);
	unsigned fired = 0;
	for (unsigned i = 0; i < 2000; i++) {
		char name[32];
		snprintf(name, sizeof(name), "host-%u.example", i);
		fired += ask(m, name, &out);
	}
	assert_in_range(fired, 1, 200);
	assert_int_equal(match_count(m)->dataset_full, 2000 - fired);
	match_free(m);
	match_rules_free(r);
}

static void
reputation_is_compared(void **state)
{
	(void)state;
	struct fake_problems p;
	static struct alert_list out;
	put("rep.lst", "YQ==,255\nYg==,100\n");
	struct match_rules *r = load(DNS("datarep:rep,>,200,load rep.lst,type string;"), NULL, &p);
	assert_int_equal(p.n, 0);
	struct match *m = new_match(r);
	assert_int_equal(ask(m, "a", &out), 1);
	assert_int_equal(ask(m, "b", &out), 0);
	assert_int_equal(ask(m, "c", &out), 0);
	match_free(m);
	match_rules_free(r);
}

static void
json_is_said_with_the_alert(void **state)
{
	(void)state;
	struct fake_problems p;
	static struct alert_list out;
	put("names.json",
	    "{\"data\": [\n {\"i\": {\"name\": \"a\", \"x\": [1, \"\\u00e9 }\"]}, \"w\": 1},"
	    "\n {\"i\": {\"name\": \"a\"}, \"w\": 2}, {\"i\": {\"name\": \"b\"}} ]}");
	struct match_rules *r =
	    load(DNS("dataset:isset,names,type string,load names.json,format json,array_key data,"
		     "value_key i.name,remove_key,context_key who;"),
		NULL, &p);
	assert_int_equal(p.n, 0);
	struct match *m = new_match(r);
	assert_int_equal(ask(m, "a", &out), 1);
	assert_int_equal(out.item[0].context_n, 1);
	assert_string_equal(out.item[0].context[0].key, "who");
	struct view json = out.item[0].context[0].json;
	const char want[] = "{\"i\":{\"x\":[1,\"\\u00e9 }\"]},\"w\":1}";
	assert_int_equal(json.len, sizeof(want) - 1);
	assert_memory_equal(json.ptr, want, json.len);
	match_free(m);
	match_rules_free(r);
}

static void
mistakes_are_named(void **state)
{
	(void)state;
	struct fake_problems p;
	static const struct {
		const char *rule, *reason;
	} cases[] = {
		{ DNS("dataset:isset,a;"), "the type of dataset a is not known" },
		{ DNS("dataset:isset,a,type word;"), "unknown type \"word\" of a dataset" },
		{ DNS("dataset:has,a,type md5;"), "unknown dataset command \"has\"" },
		{ DNS("dataset:set,a,type md5,save ../../etc/passwd;"),
		    "a rule must not write to ../../etc/passwd" },
		{ DNS("dataset:set,a,type md5,state /etc/passwd;"),
		    "a rule must not write to /etc/passwd" },
		{ DNS("dataset:isset,a,type md5,load bad.lst;"),
		    "bad.lst: line 2: not an MD5 of 32 hex digits" },
		{ DNS("dataset:isset,a,type string,load bad.json,format ndjson,value_key v;"),
		    "bad.json: line 2: a string without its end" },
		{ DNS("dataset:isset,a,type string,load none.lst;"), "No such file or directory" },
		{ DNS("dataset:isset,a,type string,value_key v;"),
		    "keys of JSON need such a format" },
		{ DNS("datarep:a,~,5,type string;"), "unknown comparison \"~\"" },
		{ "alert dns any any -> any any (dataset:isset,a,type md5; sid:1;)\n",
		    "dataset looks at a sticky buffer, and there is none before it" },
	};
	put("bad.lst", "5ababd603b22780302dd8d83498e5172\nxyz\n");
	put("bad.json", "{\"v\":\"a\"}\n{\"v\":\"a\n");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct match_rules *r = load(cases[i].rule, NULL, &p);
		assert_int_equal(p.n, 1);
		if (!strstr(p.item[0].reason, cases[i].reason))
			fail_msg("%s: %s", cases[i].reason, p.item[0].reason);
		match_rules_free(r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loaded_sets_are_asked),
		cmocka_unit_test(the_settings_declare_sets),
		cmocka_unit_test(what_is_learned_outlives_rules_and_is_saved),
		cmocka_unit_test(values_are_unset),
		cmocka_unit_test(a_full_set_learns_no_more),
		cmocka_unit_test(reputation_is_compared),
		cmocka_unit_test(json_is_said_with_the_alert),
		cmocka_unit_test(mistakes_are_named),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
