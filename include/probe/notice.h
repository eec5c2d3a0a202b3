/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notice: is it odd? Behaviour of hosts over time.
 *
 * Takes small records, never packets, so that one behaviour thread can serve many workers. Detectors are rows of a table.
 * Owns bounded tables (oldest out, counted). The clock is the records' own. One thread.
 */
#ifndef WANGLOU_PROBE_NOTICE_H
#define WANGLOU_PROBE_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/hash.h"
#include "probe/alert.h"

enum notice_kind {
	NOTICE_CONTACT_OK,   /* the server answered (SYN/ACK, UDP reply) */
	NOTICE_CONTACT_FAIL, /* refused (RST, ICMP unreachable) or unanswered (flow ended without a reply) */
	NOTICE_LOGIN_TRY,    /* a login was tried; outcome unknown */
	NOTICE_LOGIN_FAIL,
	NOTICE_LOGIN_OK,
};

struct notice_record {
	uint64_t ts; /* ns, packet clock */
	struct addr client, server;
	uint16_t cport, sport;
	uint8_t ip_ver, proto;
	uint8_t kind;          /* enum notice_kind */
	uint16_t count;        /* logins: how many tries this record stands for (at least 1) */
	const char *service;   /* logins: "ssh", "ftp", "http"; static text */
};

struct notice_config {
	bool scan_enabled, guess_enabled;
	/* Jung, Paxson, Berger, Balakrishnan: Fast Portscan Detection Using Sequential Hypothesis Testing (2004) */
	double scan_theta0;   /* P(success | benign) 0.8 */
	double scan_theta1;   /* P(success | scanner) 0.2 */
	double scan_alpha;    /* false positives wanted 0.00001 */
	double scan_beta;     /* detection wanted 0.99 */
	uint32_t scan_min_targets; /* distinct (host, port) before it may fire */
	uint64_t scan_forget;  /* ns without a first contact until a source is forgotten */
	uint32_t guess_tries;  /* failures within the window */
	uint64_t guess_window; /* ns */
	uint64_t quiet;        /* ns: the same detector, source and target stay silent after an alert, counting on */
	uint64_t max_sources;
	uint64_t max_targets_per_source;
	struct hash_key seed;
};

struct notice_counters {
#define COUNTER_NOTICE(name, help) uint64_t name;
#include "probe/counters.def"
};

struct notice;

struct notice *
notice_new(const struct notice_config *config);
void
notice_free(struct notice *n);

/* Take one record; behaviour alerts go to *out. */
void
notice_record(struct notice *n, const struct notice_record *r, struct alert_list *out);

/* The clock moved to `now` (ns): forget old things, close episodes. */
void
notice_tick(struct notice *n, uint64_t now, struct alert_list *out);

/* End of the capture: alerts still owed (summaries of episodes under way) are written. */
void
notice_finish(struct notice *n, struct alert_list *out);

const struct notice_counters *
notice_count(const struct notice *n);

#endif
