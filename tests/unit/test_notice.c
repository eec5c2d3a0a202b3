/* SPDX-License-Identifier: Apache-2.0 */
/* notice: scans and guessing are found with their numbers, ordinary hosts are left alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "probe/notice.h"

#define SECOND 1000000000ULL
#define START (1700000000ULL * SECOND)
#define LOG_MAX 256

/* What came out of one run, kept beyond the list. */
struct log {
	struct alert item[LOG_MAX];
	char text[LOG_MAX][ALERT_FACTS][64];
	unsigned n;
};

struct rig {
	struct notice *n;
	struct alert_list list;
	struct log log;
	uint64_t now;
};

static struct notice_config
plain(void)
{
	return (struct notice_config){ .scan_enabled = true,
		.guess_enabled = true,
		.scan_theta0 = 0.8,
		.scan_theta1 = 0.2,
		.scan_alpha = 0.00001,
		.scan_beta = 0.99,
		.scan_min_targets = 12,
		.scan_forget = 1800 * SECOND,
		.guess_tries = 10,
		.guess_window = 300 * SECOND,
		.quiet = 3600 * SECOND,
		.max_sources = 1000,
		.max_targets_per_source = 4096,
		.seed = HASH_KEY_FIXED };
}

static struct rig *
rig_new(const struct notice_config *c)
{
	struct rig *r = calloc(1, sizeof(*r));
	assert_non_null(r);
	r->n = notice_new(c);
	assert_non_null(r->n);
	r->now = START;
	return r;
}

static void
rig_free(struct rig *r)
{
	notice_free(r->n);
	free(r);
}

static void
keep(struct rig *r)
{
	for (unsigned i = 0; i < r->list.n; i++) {
		struct alert *a = &r->log.item[r->log.n];
		assert_true(r->log.n < LOG_MAX);
		*a = r->list.item[i];
		for (unsigned f = 0; f < a->fact_n; f++)
			if (a->fact[f].text) {
				char *text = r->log.text[r->log.n][f];
				snprintf(text, 64, "%s", a->fact[f].text);
				a->fact[f].text = text;
			}
		r->log.n++;
	}
	r->list.n = 0;
}

static struct addr
ip4(unsigned a, unsigned b, unsigned c, unsigned d)
{
	return (struct addr){ .b = { (uint8_t)a, (uint8_t)b, (uint8_t)c, (uint8_t)d } };
}

static void
contact(struct rig *r, uint8_t kind, struct addr from, struct addr to, uint16_t port, uint8_t proto)
{
	struct notice_record rec = { .ts = r->now,
		.client = from,
		.server = to,
		.cport = 40000,
		.sport = port,
		.ip_ver = 4,
		.proto = proto,
		.kind = kind,
		.count = 1 };
	notice_record(r->n, &rec, &r->list);
	keep(r);
}

static void
login(struct rig *r, uint8_t kind, struct addr from, struct addr to, const char *service)
{
	struct notice_record rec = { .ts = r->now,
		.client = from,
		.server = to,
		.cport = 40000,
		.sport = 22,
		.ip_ver = 4,
		.proto = 6,
		.kind = kind,
		.count = 1,
		.service = service };
	notice_record(r->n, &rec, &r->list);
	keep(r);
}

static void
wait_for(struct rig *r, uint64_t seconds)
{
	r->now += seconds * SECOND;
	notice_tick(r->n, r->now, &r->list);
	keep(r);
}

static void
finish(struct rig *r)
{
	do {
		notice_finish(r->n, &r->list);
		bool full = r->list.n == ALERT_MAX;
		keep(r);
		if (!full)
			return;
	} while (true);
}

static double
fact(const struct alert *a, const char *name)
{
	for (unsigned i = 0; i < a->fact_n; i++)
		if (!strcmp(a->fact[i].name, name) && !a->fact[i].text)
			return a->fact[i].value;
	fail_msg("no number %s", name);
	return 0;
}

static const char *
word(const struct alert *a, const char *name)
{
	for (unsigned i = 0; i < a->fact_n; i++)
		if (!strcmp(a->fact[i].name, name) && a->fact[i].text)
			return a->fact[i].text;
	fail_msg("no word %s", name);
	return NULL;
}

static void
vertical_scan_says_its_numbers(void **state)
{
	(void)state;
	struct notice_config c = plain();
	struct rig *r = rig_new(&c);
	for (unsigned port = 1; port <= 1000; port++) {
		contact(r, port == 22 ? NOTICE_CONTACT_OK : NOTICE_CONTACT_FAIL, ip4(10, 0, 0, 1),
		    ip4(10, 0, 0, 2), (uint16_t)port, 6);
		r->now += SECOND / 100;
	}
	assert_int_equal(r->log.n, 1);
	const struct alert *a = &r->log.item[0];
	assert_int_equal(a->gid, NOTICE_GID);
	assert_int_equal(a->sid, NOTICE_SID_SCAN_PORTS);
	assert_string_equal(a->detector, "portscan");
	assert_string_equal(a->attack, "T1046");
	assert_string_equal(a->gbt20986, "02001");
	assert_string_equal(a->verdict, "attempt");
	assert_string_equal(word(a, "stage"), "start");
	assert_string_equal(word(a, "first_target"), "10.0.0.2:1");
	assert_string_equal(word(a, "last_target"), "10.0.0.2:12");
	assert_true(fact(a, "contacts") == 12);
	assert_true(fact(a, "failures") == 12);
	assert_true(fact(a, "distinct_hosts") == 1);
	assert_true(fact(a, "distinct_ports") == 12);
	assert_float_equal(fact(a, "likelihood_ratio"), 16777216.0, 1.0); /* 4^12 */
	assert_float_equal(fact(a, "threshold"), 99000.0, 0.01);
	assert_float_equal(fact(a, "window_s"), 0.11, 0.001);
	assert_true(a->ts == START + 11 * SECOND / 100);
	finish(r);
	assert_int_equal(r->log.n, 2);
	a = &r->log.item[1];
	assert_string_equal(word(a, "stage"), "summary");
	assert_true(fact(a, "contacts") == 1000);
	assert_true(fact(a, "failures") == 999);
	rig_free(r);
}

static void
short_scan_has_no_summary(void **state)
{
	(void)state;
	struct notice_config c = plain();
	struct rig *r = rig_new(&c);
	for (unsigned port = 1; port <= 40; port++)
		contact(
		    r, NOTICE_CONTACT_FAIL, ip4(10, 0, 0, 1), ip4(10, 0, 0, 2), (uint16_t)port, 6);
	finish(r);
	assert_int_equal(r->log.n, 1);
	rig_free(r);
}

static void
horizontal_mixed_and_ping(void **state)
{
	(void)state;
	struct notice_config c = plain();
	struct rig *r = rig_new(&c);
	for (unsigned i = 1; i <= 30; i++)
		contact(r, NOTICE_CONTACT_FAIL, ip4(203, 0, 113, 5), ip4(10, 0, 0, i), 22, 6);
	for (unsigned i = 1; i <= 30; i++)
		contact(r, NOTICE_CONTACT_FAIL, ip4(10, 9, 9, 9), ip4(10, 0, 0, i), 0, 1);
	for (unsigned i = 0; i < 100; i++)
		contact(r, NOTICE_CONTACT_FAIL, ip4(10, 9, 9, 7), ip4(10, 0, 0, 1 + i % 4),
		    (uint16_t)(20 + i / 4), 6);
	assert_int_equal(r->log.n, 3);
	assert_int_equal(r->log.item[0].sid, NOTICE_SID_SCAN_HOSTS);
	assert_string_equal(r->log.item[0].attack, "T1595");
	assert_int_equal(r->log.item[0].dport, 22);
	assert_true(fact(&r->log.item[0], "distinct_hosts") == 12);
	assert_true(fact(&r->log.item[0], "distinct_ports") == 1);
	assert_int_equal(r->log.item[1].sid, NOTICE_SID_PING_SWEEP);
	assert_string_equal(word(&r->log.item[1], "last_target"), "10.0.0.12");
	assert_int_equal(r->log.item[2].sid, NOTICE_SID_SCAN_MIXED);
	rig_free(r);
}

/* Everything is dropped by a firewall: the alarm comes seconds later, not when flows time out. */
static void
silence_is_found_soon(void **state)
{
	(void)state;
	struct notice_config c = plain();
	struct rig *r = rig_new(&c);
	for (unsigned port = 1; port <= 50; port++)
		contact(
		    r, NOTICE_CONTACT_NEW, ip4(10, 0, 0, 1), ip4(10, 0, 0, 2), (uint16_t)port, 6);
	wait_for(r, 2);
	assert_int_equal(r->log.n, 0);
	wait_for(r, 2);
	assert_int_equal(r->log.n, 1);
	assert_true(r->log.item[0].ts == START + 3 * SECOND);
	/* the same flows' ends, a minute later, are no news */
	wait_for(r, 60);
	for (unsigned port = 1; port <= 50; port++)
		contact(
		    r, NOTICE_CONTACT_FAIL, ip4(10, 0, 0, 1), ip4(10, 0, 0, 2), (uint16_t)port, 6);
	finish(r);
	assert_int_equal(r->log.n, 2);
	assert_true(fact(&r->log.item[1], "contacts") == 50);
	rig_free(r);
}

static void
a_late_answer_is_an_answer(void **state)
{
	(void)state;
	struct notice_config c = plain();
	struct rig *r = rig_new(&c);
	for (unsigned round = 0; round < 10; round++) {
		for (unsigned i = 1; i <= 8; i++)
			contact(
			    r, NOTICE_CONTACT_NEW, ip4(10, 0, 0, 1), ip4(10, 1, round, i), 443, 6);
		wait_for(r, 4);
		for (unsigned i = 1; i <= 8; i++)
			contact(
			    r, NOTICE_CONTACT_OK, ip4(10, 0, 0, 1), ip4(10, 1, round, i), 443, 6);
	}
	finish(r);
	assert_int_equal(r->log.n, 0);
	rig_free(r);
}

static void
slow_scan_is_found(void **state)
{
	(void)state;
	struct notice_config c = plain();
	struct rig *r = rig_new(&c);
	for (unsigned i = 1; i <= 12; i++) {
		contact(r, NOTICE_CONTACT_FAIL, ip4(10, 0, 0, 1), ip4(10, 0, 0, 2), (uint16_t)i, 6);
		wait_for(r, 1200); /* one port in 20 minutes */
	}
	assert_int_equal(r->log.n, 1);
	/* two hours of rest end the episode; a new one is reported anew */
	wait_for(r, 7200);
	for (unsigned i = 1; i <= 12; i++)
		contact(r, NOTICE_CONTACT_FAIL, ip4(10, 0, 0, 1), ip4(10, 0, 0, 2), (uint16_t)i, 6);
	assert_int_equal(r->log.n, 2);
	rig_free(r);
}

static uint32_t
draw(uint32_t *x)
{
	*x = *x * 1664525u + 1013904223u;
	return *x >> 8;
}

static void
busy_web_client(void **state)
{
	(void)state;
	struct notice_config c = plain();
	struct rig *r = rig_new(&c);
	uint32_t x = 7;
	for (unsigned i = 0; i < 20000; i++) {
		bool fails = draw(&x) % 100 < 15;
		contact(r, fails ? NOTICE_CONTACT_FAIL : NOTICE_CONTACT_OK, ip4(10, 0, 0, 1),
		    ip4(100 + draw(&x) % 50, draw(&x) % 250, draw(&x) % 250, 1),
		    draw(&x) % 5 ? 443 : 80, 6);
		r->now += SECOND / 5;
	}
	finish(r);
	assert_int_equal(r->log.n, 0);
	rig_free(r);
}

/* A monitoring host asks the same 60 servers every minute for a day; 8 of them are dead. */
static void
monitoring_host(void **state)
{
	(void)state;
	struct notice_config c = plain();
	struct rig *r = rig_new(&c);
	for (unsigned minute = 0; minute < 1440; minute++) {
		for (unsigned i = 0; i < 60; i++)
			contact(r, i < 8 ? NOTICE_CONTACT_FAIL : NOTICE_CONTACT_OK,
			    ip4(10, 0, 0, 9), ip4(10, 0, 1, i + 1), 9100, 6);
		wait_for(r, 60);
	}
	finish(r);
	assert_int_equal(r->log.n, 0);
	rig_free(r);
}

/* A resolver that asks name servers all over the world, a fifth of them silent; NTP; a syslog
 * sender. */
static void
datagram_clients(void **state)
{
	(void)state;
	struct notice_config c = plain();
	struct rig *r = rig_new(&c);
	uint32_t x = 3;
	for (unsigned i = 0; i < 5000; i++) {
		struct addr server = ip4(1 + draw(&x) % 200, draw(&x) % 250, draw(&x) % 250, 53);
		contact(r, NOTICE_CONTACT_NEW, ip4(10, 0, 0, 53), server, 53, 17);
		if (draw(&x) % 5)
			contact(r, NOTICE_CONTACT_OK, ip4(10, 0, 0, 53), server, 53, 17);
		contact(
		    r, NOTICE_CONTACT_FAIL, ip4(10, 0, 0, 60 + i % 20), ip4(10, 0, 0, 3), 514, 17);
		contact(
		    r, NOTICE_CONTACT_OK, ip4(10, 0, 0, 60 + i % 20), ip4(10, 0, 0, 4), 123, 17);
		contact(r, NOTICE_CONTACT_FAIL, ip4(10, 0, 0, 60), ip4(239, 255, i % 250, 250),
		    1900, 17);
		r->now += SECOND / 3;
	}
	finish(r);
	assert_int_equal(r->log.n, 0);
	rig_free(r);
}

/* A peer-to-peer client: half of its peers are gone, each at a port of its own. */
static void
peer_to_peer(void **state)
{
	(void)state;
	struct notice_config c = plain();
	struct rig *r = rig_new(&c);
	uint32_t x = 11;
	for (unsigned i = 0; i < 3000; i++) {
		struct addr peer = ip4(60 + draw(&x) % 100, draw(&x) % 250, draw(&x) % 250, 7);
		contact(r, draw(&x) % 2 ? NOTICE_CONTACT_OK : NOTICE_CONTACT_FAIL, ip4(10, 0, 0, 1),
		    peer, (uint16_t)(1024 + draw(&x) % 60000), 6);
	}
	finish(r);
	assert_int_equal(r->log.n, 0);
	rig_free(r);
}

/* A client without a way to IPv6 hosts tries one web server after the other; a real scan goes on.
 */
static void
broken_path(void **state)
{
	(void)state;
	struct notice_config c = plain();
	struct rig *r = rig_new(&c);
	for (unsigned i = 1; i <= 40; i++) {
		contact(r, NOTICE_CONTACT_NEW, ip4(10, 0, 0, 1), ip4(60, 0, 0, i), 443, 6);
		wait_for(r, 5);
	}
	assert_int_equal(r->log.n, 0);
	for (unsigned i = 41; i <= 60; i++) {
		contact(r, NOTICE_CONTACT_NEW, ip4(10, 0, 0, 1), ip4(60, 0, 0, i), 443, 6);
		wait_for(r, 5);
	}
	assert_int_equal(r->log.n, 1);
	assert_true(fact(&r->log.item[0], "contacts") == 48);
	rig_free(r);
}

static void
tables_stay_bounded(void **state)
{
	(void)state;
	struct notice_config c = plain();
	c.max_sources = 16;
	c.max_targets_per_source = 32;
	struct rig *r = rig_new(&c);
	for (unsigned i = 0; i < 20000; i++) {
		contact(r, NOTICE_CONTACT_NEW, ip4(11, i >> 16 & 255, i >> 8 & 255, i & 255),
		    ip4(10, 0, 0, 2), (uint16_t)i, 6);
		login(r, NOTICE_LOGIN_FAIL, ip4(11, i >> 16 & 255, i >> 8 & 255, i & 255),
		    ip4(10, 0, 0, 2), "ssh");
		assert_true(notice_count(r->n)->sources <= 32);
	}
	assert_true(notice_count(r->n)->evicted > 19000);
	/* a scanner in the middle of it is still found, its own targets being bounded too */
	unsigned before = r->log.n;
	for (unsigned i = 0; i < 5000; i++)
		contact(r, NOTICE_CONTACT_FAIL, ip4(10, 0, 0, 1), ip4(10, 0, 0, 3),
		    (uint16_t)(i + 1), 6);
	assert_int_equal(r->log.n, before + 1);
	rig_free(r);
}

/* The same records with another seed give the same alerts in the same order. */
static void
order_does_not_depend_on_the_seed(void **state)
{
	(void)state;
	struct rig *r[2];
	for (unsigned k = 0; k < 2; k++) {
		struct notice_config c = plain();
		c.seed.k0 += k;
		r[k] = rig_new(&c);
		for (unsigned i = 0; i < 60; i++)
			for (unsigned host = 0; host < 50; host++)
				contact(r[k], NOTICE_CONTACT_FAIL, ip4(10, 0, 1, host),
				    ip4(10, 0, 0, i), 22, 6);
		finish(r[k]);
	}
	assert_int_equal(r[0]->log.n, 100); /* 50 sources: a start and a summary each */
	assert_int_equal(r[1]->log.n, 100);
	for (unsigned i = 0; i < 100; i++) {
		assert_int_equal(r[0]->log.item[i].sid, r[1]->log.item[i].sid);
		assert_true(addr_same(&r[0]->log.item[i].src, &r[1]->log.item[i].src));
		assert_true(r[0]->log.item[i].ts == r[1]->log.item[i].ts);
	}
	rig_free(r[0]);
	rig_free(r[1]);
}

static void
guessing_then_success(void **state)
{
	(void)state;
	struct notice_config c = plain();
	struct rig *r = rig_new(&c);
	struct addr from = ip4(10, 0, 0, 1), to = ip4(10, 0, 0, 2);
	for (unsigned i = 0; i < 36; i++) {
		login(r, NOTICE_LOGIN_FAIL, from, to, "ssh");
		r->now += SECOND;
	}
	assert_int_equal(r->log.n, 1);
	const struct alert *a = &r->log.item[0];
	assert_int_equal(a->sid, NOTICE_SID_GUESS);
	assert_string_equal(a->verdict, "attempt");
	assert_string_equal(a->gbt20986, "02006");
	assert_string_equal(word(a, "service"), "ssh");
	assert_true(fact(a, "failures") == 10);
	assert_true(fact(a, "threshold") == 10);
	assert_true(fact(a, "window_s") == 300);
	assert_true(fact(a, "elapsed_s") == 9);
	assert_int_equal(a->dport, 22);
	login(r, NOTICE_LOGIN_OK, from, to, "ssh");
	login(r, NOTICE_LOGIN_OK, from, to, "ssh");
	assert_int_equal(r->log.n, 2);
	a = &r->log.item[1];
	assert_int_equal(a->sid, NOTICE_SID_GUESS_SUCCESS);
	assert_int_equal(a->severity, 1);
	assert_string_equal(a->verdict, "compromised");
	assert_true(fact(a, "failures") == 36);
	finish(r);
	assert_int_equal(r->log.n, 2); /* 36 is less than four times 10 */
	rig_free(r);
}

static void
people_who_mistype(void **state)
{
	(void)state;
	struct notice_config c = plain();
	struct rig *r = rig_new(&c);
	for (unsigned i = 0; i < 500; i++) {
		struct addr from = ip4(10, 0, 2, i % 40), to = ip4(10, 0, 0, 2);
		for (unsigned k = 0; k < 2; k++)
			login(r, NOTICE_LOGIN_FAIL, from, to, "ssh");
		login(r, NOTICE_LOGIN_OK, from, to, "ssh");
		wait_for(r, 5);
	}
	/* nine failures in five minutes, again and again, hours apart */
	for (unsigned i = 0; i < 50; i++) {
		login(r, NOTICE_LOGIN_FAIL, ip4(10, 0, 3, 1), ip4(10, 0, 0, 2), "ssh");
		wait_for(r, 40);
	}
	finish(r);
	assert_int_equal(r->log.n, 0);
	rig_free(r);
}

static void
spraying_and_distributed(void **state)
{
	(void)state;
	struct notice_config c = plain();
	struct rig *r = rig_new(&c);
	for (unsigned i = 0; i < 24; i++)
		login(r, NOTICE_LOGIN_FAIL, ip4(10, 0, 0, 1), ip4(10, 0, 4, i % 12), "ssh");
	assert_int_equal(r->log.n, 1);
	assert_int_equal(r->log.item[0].sid, NOTICE_SID_SPRAY);
	assert_true(fact(&r->log.item[0], "distinct_servers") == 10);
	login(r, NOTICE_LOGIN_OK, ip4(10, 0, 0, 1), ip4(10, 0, 4, 3), "ssh");
	assert_int_equal(r->log.n, 2);
	assert_int_equal(r->log.item[1].sid, NOTICE_SID_GUESS_SUCCESS);
	for (unsigned i = 0; i < 60; i++)
		login(r, NOTICE_LOGIN_FAIL, ip4(11, 0, 0, i % 20), ip4(10, 0, 0, 2), "ftp");
	assert_int_equal(r->log.n, 3);
	assert_int_equal(r->log.item[2].sid, NOTICE_SID_GUESS_MANY);
	assert_true(fact(&r->log.item[2], "distinct_clients") == 20);
	assert_true(fact(&r->log.item[2], "failures") == 30);
	rig_free(r);
}

/* One connection with many tries, the last of which works. */
/* Who is let in by an access server's question is another user than those refused. */
static void
radius_asks_for_many(void **state)
{
	(void)state;
	struct notice_config c = plain();
	struct rig *r = rig_new(&c);
	struct addr from = ip4(10, 0, 0, 1), to = ip4(10, 0, 0, 2);
	for (unsigned i = 0; i < 12; i++)
		login(r, NOTICE_LOGIN_FAIL, from, to, "radius");
	assert_int_equal(r->log.n, 1);
	assert_string_equal(word(&r->log.item[0], "service"), "radius");
	login(r, NOTICE_LOGIN_OK, from, to, "radius");
	assert_int_equal(r->log.n, 1);
	rig_free(r);
}

static void
success_within_one_connection(void **state)
{
	(void)state;
	struct notice_config c = plain();
	struct rig *r = rig_new(&c);
	struct notice_record rec = { .ts = r->now,
		.client = ip4(10, 0, 0, 1),
		.sport = 22,
		.server = ip4(10, 0, 0, 2),
		.ip_ver = 4,
		.proto = 6,
		.kind = NOTICE_LOGIN_OK,
		.count = 6,
		.service = "ssh" };
	notice_record(r->n, &rec, &r->list);
	keep(r);
	assert_int_equal(r->log.n, 0);
	rec.count = 11;
	notice_record(r->n, &rec, &r->list);
	keep(r);
	assert_int_equal(r->log.n, 2);
	assert_int_equal(r->log.item[0].sid, NOTICE_SID_GUESS);
	assert_int_equal(r->log.item[1].sid, NOTICE_SID_GUESS_SUCCESS);
	rig_free(r);
}

/* Tries whose outcome cannot be seen weigh a third. */
static void
unknown_outcomes(void **state)
{
	(void)state;
	struct notice_config c = plain();
	struct rig *r = rig_new(&c);
	for (unsigned i = 0; i < 29; i++)
		login(r, NOTICE_LOGIN_TRY, ip4(10, 0, 0, 1), ip4(10, 0, 0, 2), "http");
	assert_int_equal(r->log.n, 0);
	login(r, NOTICE_LOGIN_TRY, ip4(10, 0, 0, 1), ip4(10, 0, 0, 2), "http");
	assert_int_equal(r->log.n, 1);
	rig_free(r);
}

static void
switches_and_bad_settings(void **state)
{
	(void)state;
	struct notice_config c = plain();
	c.scan_enabled = c.guess_enabled = false;
	struct rig *r = rig_new(&c);
	for (unsigned i = 1; i <= 50; i++) {
		contact(r, NOTICE_CONTACT_FAIL, ip4(10, 0, 0, 1), ip4(10, 0, 0, 2), (uint16_t)i, 6);
		login(r, NOTICE_LOGIN_FAIL, ip4(10, 0, 0, 1), ip4(10, 0, 0, 2), "ssh");
	}
	finish(r);
	assert_int_equal(r->log.n, 0);
	assert_int_equal(notice_count(r->n)->records, 100);
	rig_free(r);
	c = plain();
	c.scan_theta1 = 0.9;
	assert_null(notice_new(&c));
	notice_free(NULL);
	const char *name, *help;
	assert_true(notice_detector(0, &name, &help));
	assert_string_equal(name, "portscan");
	assert_false(notice_detector(99, &name, &help));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vertical_scan_says_its_numbers),
		cmocka_unit_test(short_scan_has_no_summary),
		cmocka_unit_test(horizontal_mixed_and_ping),
		cmocka_unit_test(silence_is_found_soon),
		cmocka_unit_test(a_late_answer_is_an_answer),
		cmocka_unit_test(slow_scan_is_found),
		cmocka_unit_test(busy_web_client),
		cmocka_unit_test(monitoring_host),
		cmocka_unit_test(datagram_clients),
		cmocka_unit_test(peer_to_peer),
		cmocka_unit_test(broken_path),
		cmocka_unit_test(tables_stay_bounded),
		cmocka_unit_test(order_does_not_depend_on_the_seed),
		cmocka_unit_test(guessing_then_success),
		cmocka_unit_test(radius_asks_for_many),
		cmocka_unit_test(people_who_mistype),
		cmocka_unit_test(spraying_and_distributed),
		cmocka_unit_test(success_within_one_connection),
		cmocka_unit_test(unknown_outcomes),
		cmocka_unit_test(switches_and_bad_settings),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
