/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of indicators: each format, hostile input, names, expiry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "match_fake.h"
#include "probe/lists_build.h"

static unsigned problems;
static char last[256];

static void
note(void *context, const char *file, unsigned line, const char *reason)
{
	(void)context;
	(void)file;
	(void)line;
	problems++;
	snprintf(last, sizeof(last), "%s", reason);
}

static struct lists *
load(const char *text, size_t n, struct lists_summary *s)
{
	char path[] = "/tmp/wanglou-lists-XXXXXX";
	const char *files[] = { path };
	struct err e;
	int fd = mkstemp(path);
	if (fd < 0 || write(fd, text, n) != (ssize_t)n)
		abort();
	close(fd);
	problems = 0;
	struct lists_load l = {
		.files = files, .file_n = 1, .max = 1000, .seed = HASH_KEY_FIXED, .problem = note
	};
	struct lists *lists = lists_load(&l, s, &e);
	unlink(path);
	return lists;
}

static struct alert_list out;

/* Alerts of a DNS query, or of a packet alone. */
static unsigned
ask(const struct lists *l, const char *name, const char *server)
{
	static struct lists_watch *w;
	struct fake_tx data = { 0 };
	struct packet p = fake_packet(17, "", 0);
	struct flow f = { .packets = { 1, 0 } };
	lists_watch_free(w);
	w = lists_watch_new(l);
	if (server)
		p.ip_ver = addr_parse(server, &p.dst);
	if (name)
		data.buffer[L7_BUF_DNS_QUERY] =
		    (struct view){ (const uint8_t *)name, strlen(name) };
	struct l7_tx tx = { .proto = L7_DNS, .ready = L7_READY_REQUEST, .data = &data };
	out.n = 0;
	lists_packet(w, &(struct lists_scene){ &p, &f, DIR_TO_SERVER, &tx, name != NULL }, &out);
	return out.n;
}

/* Those in memory stand behind those of files, under their own name. */
static void
memory_counts_as_a_file(void **state)
{
	(void)state;
	static const char csv[] = "type,value\ndomain,evil.example\nip,999.1.1.1\n",
			  json[] = "{\"spec_version\":\"2.1\",\"type\":\"bundle\",\"objects\":[]}";
	const struct lists_bytes memory[] = { { "x/a.csv",
						  { (const uint8_t *)csv, sizeof(csv) - 1 } },
		{ "b.json", { (const uint8_t *)json, sizeof(json) - 1 } }, { "c", { NULL, 0 } } };
	struct lists_load l = { .memory = memory,
		.memory_n = 3,
		.max = 1000,
		.seed = HASH_KEY_FIXED,
		.problem = note };
	struct lists_summary s;
	struct err e;
	problems = 0;
	struct lists *lists = lists_load(&l, &s, &e);
	assert_non_null(lists);
	assert_int_equal(s.entries, 1);
	assert_int_equal(s.refused, 1);
	assert_int_equal(problems, 1);
	assert_int_equal(ask(lists, "www.evil.example", NULL), 1);
	assert_string_equal(out.item[0].indicator->list, "a.csv");
	lists_free(lists);
}

static void
csv_names_its_columns(void **state)
{
	(void)state;
	struct lists_summary s;
	const char text[] = "# kept by hand\ntype,value,confidence,expires,source,comment\n"
			    "domain,Evil.Example.,90,,us,\"a, b\"\nhostname,one.test,,,,\n"
			    "ip,192.0.2.7,20,,,\nip,198.51.100.0/24,60,,,\n"
			    "ip,198.51.100.128/25,60,2001-01-01,,\ndomain,com,,,,\nmd5,zz,,,,\n";
	struct lists *l = load(text, sizeof(text) - 1, &s);
	assert_int_equal(s.entries, 5);
	assert_int_equal(s.refused, 2);
	assert_int_equal(ask(l, "www.EVIL.example", NULL), 1);
	assert_string_equal(out.item[0].indicator->value, "evil.example");
	assert_string_equal(out.item[0].indicator->seen, "www.EVIL.example");
	assert_string_equal(out.item[0].indicator->source, "us");
	assert_string_equal(out.item[0].indicator->description, "a, b");
	assert_int_equal(out.item[0].severity, 1);
	assert_int_equal(ask(l, "notevil.example", NULL), 0);
	assert_int_equal(ask(l, "one.test", NULL), 1);
	assert_int_equal(ask(l, "x.one.test", NULL), 0);
	assert_int_equal(ask(l, NULL, "192.0.2.7"), 1);
	assert_int_equal(out.item[0].severity, 3);
	/* the longer network has expired, the one around it has not */
	assert_int_equal(ask(l, NULL, "198.51.100.200"), 1);
	assert_string_equal(out.item[0].indicator->value, "198.51.100.0/24");
	lists_free(l);
}

static void
misp_events_are_read(void **state)
{
	(void)state;
	struct lists_summary s;
	const char text[] =
	    "{\"response\":[{\"Event\":{\"info\":\"A campaign\",\"Attribute\":["
	    "{\"type\":\"domain\",\"value\":\"b\\u00fccher.example\",\"to_ids\":true},"
	    "{\"type\":\"ip-dst|port\",\"value\":\"192.0.2.9|443\",\"to_ids\":true},"
	    "{\"type\":\"domain\",\"value\":\"good.example\",\"to_ids\":false}],"
	    "\"Object\":[{\"Attribute\":[{\"type\":\"sha256\",\"to_ids\":true,\"value\":"
	    "\"d4c9d9027326271a89ce51fcaf328ed673f17be33469ff979e8ab8dd501e664f\"}]}]}}]}";
	struct lists *l = load(text, sizeof(text) - 1, &s);
	assert_int_equal(s.entries, 3);
	assert_int_equal(problems, 0);
	assert_int_equal(ask(l, "xn--bcher-kva.example", NULL), 1);
	assert_string_equal(out.item[0].indicator->source, "A campaign");
	assert_int_equal(ask(l, NULL, "192.0.2.9"), 1);
	assert_int_equal(ask(l, "good.example", NULL), 0);
	assert_int_equal(lists_digests(l), 1u << 2);
	lists_free(l);
}

static void
stix_patterns_are_read(void **state)
{
	(void)state;
	struct lists_summary s;
	const char text[] =
	    "{\"type\":\"bundle\",\"objects\":[{\"type\":\"indicator\",\"id\":\"indicator--1\","
	    "\"name\":\"n\",\"confidence\":85,\"pattern_type\":\"stix\",\"pattern\":"
	    "\"[domain-name:value = 'a.example' OR ipv4-addr:value = '192.0.2.5'] OR "
	    "[url:value IN ('http://h.example/x', 'http://h.example/y')]\"},"
	    "{\"type\":\"indicator\",\"id\":\"indicator--2\",\"pattern_type\":\"stix\","
	    "\"pattern\":\"[domain-name:value = 'c.example' AND ipv4-addr:value = '192.0.2.6']\"},"
	    "{\"type\":\"malware\",\"name\":\"m\"}]}";
	struct lists *l = load(text, sizeof(text) - 1, &s);
	assert_int_equal(s.entries, 4);
	assert_int_equal(s.refused, 1);
	assert_non_null(strstr(last, "indicator--2"));
	assert_int_equal(ask(l, "a.example", NULL), 1);
	assert_int_equal(out.item[0].indicator->confidence, 85);
	assert_int_equal(ask(l, "c.example", NULL), 0);
	assert_int_equal(ask(l, NULL, "192.0.2.5"), 1);
	lists_free(l);
}

static void
entries_expire_by_the_packets_clock(void **state)
{
	(void)state;
	struct lists_summary s;
	/* the fake packet is of 1700000000 */
	const char text[] =
	    "value,expires\na.example,1699999999\nb.example,1700000001\nc.example,2023-11-15\n";
	struct lists *l = load(text, sizeof(text) - 1, &s);
	assert_int_equal(ask(l, "a.example", NULL), 0);
	assert_int_equal(ask(l, "b.example", NULL), 1);
	assert_int_equal(ask(l, "c.example", NULL), 1);
	lists_free(l);
}

static void
hostile_files_do_no_harm(void **state)
{
	(void)state;
	static const char open_pattern[] =
	    "{\"type\":\"bundle\",\"objects\":[{\"type\":\"indicator\",\"pattern\":\"[a:b='\"}]}";
	static const char *const texts[] = { "", "{", "[[[[[[[[[[[[[[[[[[[[[[[[[[",
		"{\"Event\":", "{\"Event\":{\"Attribute\":[{\"type\":\"md5\",\"value\":\"",
		"{\"type\":\"bundle\"", open_pattern, "\xff\xfe\n\xc3(.example\n",
		",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\n", "\"", "..\n.\na..b\n",
		"0.0.0.0/0\n::/0\n" };
	struct lists_summary s;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct lists *l = load(texts[i], strlen(texts[i]), &s);
		assert_non_null(l);
		assert_int_equal(s.entries, 0);
		lists_free(l);
	}
}

static void
urls_have_one_form(void **state)
{
	(void)state;
	static const char *const pairs[][2] = { { "HTTP://Evil.Example:80/A?b#c",
						    "evil.example/A?b" },
		{ "https://u:p@e.test:443", "e.test/" }, { "e.test:8080/x", "e.test:8080/x" },
		{ "http://e.test?q", "e.test/?q" } };
	uint8_t key[LISTS_KEY_MAX];
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const char *url = pairs[i][0];
		size_t n =
		    lists_url((struct view){ (const uint8_t *)url, strlen(url) }, key, sizeof(key));
		assert_int_equal(n, strlen(pairs[i][1]));
		assert_memory_equal(key, pairs[i][1], n);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_counts_as_a_file),
		cmocka_unit_test(csv_names_its_columns),
		cmocka_unit_test(misp_events_are_read),
		cmocka_unit_test(stix_patterns_are_read),
		cmocka_unit_test(entries_expire_by_the_packets_clock),
		cmocka_unit_test(hostile_files_do_no_harm),
		cmocka_unit_test(urls_have_one_form),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
