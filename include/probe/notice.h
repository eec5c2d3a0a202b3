/* SPDX-License-Identifier: Apache-2.0 */
/*
 * notice: is it odd? Behaviour of hosts over time.
 *
 * Takes small records, never packets, so that one behaviour thread can serve many workers.
 * Detectors are rows of a table (src/probe/notice/notice.c). Owns bounded tables (oldest out,
 * counted). The clock is the records' own. One thread.
 *
 * Alerts carry gid NOTICE_GID; their sids are enum notice_sid. A detector speaks once when an
 * episode is sure and once more at its end (fact "stage": "start", "summary"), the latter only when
 * the episode grew to NOTICE_GROWTH times what the first alert said. The texts of facts stay valid
 * until the list that holds the alert is emptied and used again.
 */
#ifndef WANGLOU_PROBE_NOTICE_H
#define WANGLOU_PROBE_NOTICE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/hash.h"
#include "probe/alert.h"

#define NOTICE_GID 200
#define NOTICE_GROWTH 4

/* Never renumber: people write thresholds against these. */
enum notice_sid {
	NOTICE_SID_SCAN_PORTS = 1,    /* vertical: many ports of few hosts */
	NOTICE_SID_SCAN_HOSTS = 2,    /* horizontal: few ports on many hosts */
	NOTICE_SID_SCAN_MIXED = 3,    /* many ports on many hosts */
	NOTICE_SID_PING_SWEEP = 4,    /* horizontal, by ICMP echo only */
	NOTICE_SID_GUESS = 5,         /* one client guesses passwords of one server */
	NOTICE_SID_SPRAY = 6,         /* one client tries many servers */
	NOTICE_SID_GUESS_MANY = 7,    /* many clients guess passwords of one server */
	NOTICE_SID_GUESS_SUCCESS = 8, /* a login worked after guessing */
};

/*
 * What a flow says about its server. A TCP flow whose first packet carries ACK was picked up
 * midstream and says nothing; ICMP counts for echo requests only. One CONTACT_NEW when the flow
 * begins (optional: without it silence is only noticed when the flow ends), then one CONTACT_OK,
 * _FAIL or _SILENT.
 */
enum notice_kind {
	NOTICE_CONTACT_OK, /* the server answered (SYN/ACK, UDP reply, echo reply) */
	/* refused (RST, ICMP port unreachable), or unanswered when nobody can tell */
	NOTICE_CONTACT_FAIL,
	NOTICE_LOGIN_TRY, /* a login was tried; outcome unknown */
	NOTICE_LOGIN_FAIL,
	NOTICE_LOGIN_OK,
	/* first packet of the client; no answer within scan_patience is a failure */
	NOTICE_CONTACT_NEW,
	/* the flow ended and the server itself never said anything */
	NOTICE_CONTACT_SILENT,
	/* no contact: the server was attacked and may now call the client; see callback.h */
	NOTICE_WATCH,
	/* no contact: the client asked for a name, whose verdict_name_key stands for the server */
	NOTICE_NAME,
};

struct notice_record {
	uint64_t ts; /* ns, packet clock */
	struct addr client, server;
	uint16_t cport, sport;
	uint8_t ip_ver, proto;
	uint8_t kind;      /* enum notice_kind */
	uint16_t count;    /* logins: tries it stands for (at least 1); of LOGIN_OK all but the last
			      failed */
	struct addr asked; /* NAME: the resolver */
	uint8_t ver;       /* NAME: of client and resolver; ip_ver is 0 then */
	uint64_t alert;    /* WATCH: its alert_id */
	uint8_t how;       /* WATCH: enum verdict_watch_how */
	const char *service; /* logins: name of the protocol, "ssh", "smb"; static text */
};

struct notice_config {
	bool scan_enabled, guess_enabled;
	/* Jung, Paxson, Berger, Balakrishnan: Fast Portscan Detection Using Sequential Hypothesis
	 * Testing (2004) */
	double scan_theta0;        /* P(success | benign) 0.8 */
	double scan_theta1;        /* P(success | scanner) 0.2 */
	double scan_alpha;         /* false positives wanted 0.00001 */
	double scan_beta;          /* detection wanted 0.99 */
	uint32_t scan_min_targets; /* distinct (host, port) before it may fire */
	uint64_t scan_forget;      /* ns without a first contact until a source is forgotten */
	uint64_t scan_patience;    /* ns to wait for an answer after NOTICE_CONTACT_NEW; 0 = 3 s */
	uint32_t guess_tries;      /* failures within the window */
	uint64_t guess_window;     /* ns */
	uint64_t quiet; /* ns: the same detector, source and target stay silent after an alert,
			   counting on */
	uint64_t max_sources;            /* scanning sources, and as many login relations */
	uint64_t max_targets_per_source; /* all sources together hold at most 8 x max_sources
					    targets, or this */
	/* Is the address one of ours? NULL: private ranges (RFC 1918, 4193, 6598) and link-local
	 * are. */
	bool (*inside)(void *context, const struct addr *a, uint8_t ver);
	void *inside_context;
	struct hash_key seed; /* of the tables; the order of alerts never depends on it */
};

struct notice_counters {
#define COUNTER_NOTICE(name, help) uint64_t name;
#include "probe/counters.def"
};

struct notice;

/* Tables for these settings (copied); NULL when memory is out or a probability is not between 0
 * and 1. */
struct notice *
notice_new(const struct notice_config *config);

/* NULL is allowed. */
void
notice_free(struct notice *n);

/* Take one record; behaviour alerts go to *out. Also moves the clock to r->ts. */
void
notice_record(struct notice *n, const struct notice_record *r, struct alert_list *out);

/*
 * The clock moved to `now` (ns): judge contacts that waited too long, forget old things, close
 * episodes. What does not fit into *out stays for the next call: ask again with an emptied list
 * while it came back full.
 */
void
notice_tick(struct notice *n, uint64_t now, struct alert_list *out);

/*
 * End of the capture: contacts still waiting are failures, and alerts still owed (summaries of
 * episodes under way) are written. Call again with an emptied list while it came back full.
 */
void
notice_finish(struct notice *n, struct alert_list *out);

/* Counters since notice_new; valid as long as n. */
const struct notice_counters *
notice_count(const struct notice *n);

/* Detector i of the table, its name and one sentence of help; false behind the last. */
bool
notice_detector(unsigned i, const char **name, const char **help);

#endif
