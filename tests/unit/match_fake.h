/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of match share: rules from a string, packets by hand, and an l7 that only knows what
 * it is told. */
#ifndef WANGLOU_TESTS_MATCH_FAKE_H
#define WANGLOU_TESTS_MATCH_FAKE_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "probe/identify.h"
#include "probe/l7_file.h"
#include "probe/learn.h"
#include "probe/match.h"

/* ---- l7 ---- */

struct fake_tx {
	struct view buffer[L7_BUF_COUNT];
	uint64_t number[L7_NUM_COUNT];
};

static uint8_t fake_proto;

uint8_t
l7_proto(const struct flow *f)
{
	(void)f;
	return fake_proto;
}

/* ---- learn and identify: 10.0.0.1 is in CN and in the office, the flow is TLS.Google ---- */

bool
learn_geo(const struct learn *l, const struct addr *a, uint8_t ver, struct learn_geo *out)
{
	(void)l;
	*out = (struct learn_geo){ "CN", 4134, "" };
	return ver == 4 && a->b[0] == 10;
}

const struct learn_segment *
learn_segment(const struct learn *l, const struct addr *a, uint8_t ver)
{
	static const struct learn_segment office = { "office", "", "", 4 };
	(void)l;
	return ver == 4 && a->b[0] == 10 ? &office : NULL;
}

void
identify_result(const struct identify *d, const struct flow *f, struct identify_result *out)
{
	(void)d;
	(void)f;
	*out = (struct identify_result){
		.proto = "TLS.Google", .master_id = 91, .app_id = 126, .category = "Web", .risks = 2
	};
}

bool
identify_risk(unsigned i, struct identify_risk *out)
{
	*out = (struct identify_risk){ i == 1 ? "Known Risk" : "Other Risk", "Low", 10 };
	return i < 3;
}

void
l7_proto_more(
    const struct flow *f, const char **orig, const char **to_server, const char **to_client)
{
	(void)f;
	*orig = *to_server = *to_client = NULL;
}

bool
l7_tx_buffer(const struct l7_tx *tx, const struct l7_ask *ask, struct view *out)
{
	*out = ((const struct fake_tx *)tx->data)->buffer[ask->what];
	return out->ptr != NULL && ask->i == 0;
}

bool
l7_tx_number(const struct l7_tx *tx, const struct l7_ask *ask, uint64_t *out)
{
	*out = ((const struct fake_tx *)tx->data)->number[ask->what];
	return ask->i == 0;
}

bool
l7_tx_answer(const struct l7_tx *tx, struct l7_answered *out)
{
	(void)tx;
	(void)out;
	return false;
}

enum l7_login
l7_tx_login(const struct l7_tx *tx, const char **kind)
{
	(void)tx;
	*kind = "http";
	return L7_LOGIN_NONE;
}

struct l7_file {
	struct l7_file_about about;
	uint8_t digest[16];
};

struct l7_file_about
l7_file_about(const struct l7_file *f)
{
	return f->about;
}

size_t
l7_file_digest(const struct l7_file *f, int kind, uint8_t *out)
{
	memcpy(out, f->digest, sizeof(f->digest));
	return kind == 0 && f->about.whole ? sizeof(f->digest) : 0;
}

uint64_t
l7_over(uint64_t protos, bool tcp)
{
	return tcp ? protos : protos & L7_SET(DNS);
}

/* ---- rules ---- */

struct fake_problem {
	uint32_t line, column, sid;
	char reason[256], hint[256];
};

struct fake_problems {
	struct fake_problem item[64];
	size_t n;
};

static inline void
fake_note(void *context, const struct match_problem *p)
{
	struct fake_problems *all = context;
	if (all->n == sizeof(all->item) / sizeof(all->item[0]))
		return;
	struct fake_problem *q = &all->item[all->n++];
	*q = (struct fake_problem){ .line = p->line, .column = p->column, .sid = p->sid };
	snprintf(q->reason, sizeof(q->reason), "%s", p->reason);
	snprintf(q->hint, sizeof(q->hint), "%s", p->hint ? p->hint : "");
}

static struct conf_pair fake_nets[] = {
	{ (char[]){ "HOME_NET" }, (char[]){ "[10.0.0.0/8,!10.9.0.0/16]" } },
	{ (char[]){ "EXTERNAL_NET" }, (char[]){ "!$HOME_NET" } },
};
static struct conf_pair fake_ports[] = { { (char[]){ "HTTP_PORTS" },
    (char[]){ "[80,8000:8080,!8001]" } } };

/* A threshold.config to load with; ptr NULL: none. */
static struct view fake_limits;

static inline void
fake_file(char *path, const void *text, size_t n)
{
	int fd = mkstemp(path);
	if (fd < 0 || write(fd, text, n) != (ssize_t)n)
		abort();
	close(fd);
}

static inline struct match_rules *
fake_load(const void *text, size_t n, struct fake_problems *problems, struct match_summary *summary)
{
	char path[] = "/tmp/wanglou-match-XXXXXX", limits[] = "/tmp/wanglou-match-XXXXXX";
	const char *files[] = { path };
	const struct conf_map nets = { fake_nets, 2 }, ports = { fake_ports, 1 };
	struct match_summary own;
	struct err e;
	fake_file(path, text, n);
	if (fake_limits.ptr)
		fake_file(limits, fake_limits.ptr, fake_limits.len);
	struct match_load load = { .files = files,
		.file_n = 1,
		.classification_file = "",
		.address_vars = &nets,
		.port_vars = &ports,
		.threshold_file = fake_limits.ptr ? limits : NULL,
		.problem = problems ? fake_note : NULL,
		.context = problems };
	struct match_rules *r = match_rules_load(&load, summary ? summary : &own, &e);
	unlink(path);
	if (fake_limits.ptr)
		unlink(limits);
	return r;
}

/* ---- packets ---- */

static inline struct packet
fake_packet(uint8_t proto, const void *payload, size_t n)
{
	struct packet p = { .ip_ver = 4, .proto = proto, .sport = 40000, .dport = 80 };
	p.frame.ts = 1700000000ull * 1000000000ull;
	(void)addr_parse("10.0.0.1", &p.src);
	(void)addr_parse("192.0.2.1", &p.dst);
	p.payload = (struct view){ payload, n };
	return p;
}

#endif
