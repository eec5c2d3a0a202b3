/* SPDX-License-Identifier: Apache-2.0 */
/*
 * verdict: did it work? Judges alerts by what both sides do around them and afterwards.
 *
 *     alert      --> a case of its flow: what kind of attack, who is attacked
 *     packets    --> answers of transactions, bytes that prove something, logins
 *     flow ends  --> refused, reset, nobody there
 *
 * A verdict only gets graver: attempt, failed, success, compromised. Each has a reason
 * (verdict_reasons.def). What the attacked host does on other flows is for callback.h, which is
 * told by watches. Owns the cases; at the cap the oldest goes, counted. Reads flow, l7 and alerts.
 * One thread.
 */
#ifndef WANGLOU_PROBE_VERDICT_H
#define WANGLOU_PROBE_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/hash.h"
#include "probe/alert.h"
#include "probe/flow.h"
#include "probe/l7.h"
#include "probe/packet.h"

/* Graver ones later. */
enum verdict {
	VERDICT_NONE,
	VERDICT_ATTEMPT,
	VERDICT_FAILED,
	VERDICT_SUCCESS,
	VERDICT_COMPROMISED
};

enum verdict_why {
	VERDICT_WHY_NONE,
#define VERDICT_REASON(ENUM, verdict, code, text, text_zh) VERDICT_WHY_##ENUM,
#include "probe/verdict_reasons.def"
	VERDICT_WHY_COUNT
};

struct verdict_reason {
	const char *code, *text, *text_zh;
	uint8_t verdict; /* enum verdict */
};

/* "attempt" and so on; NULL for VERDICT_NONE. And back; VERDICT_NONE for any other text or NULL. */
const char *
verdict_name(uint8_t verdict);
uint8_t
verdict_of(const char *name);
/* The row of a reason; NULL for none. */
const struct verdict_reason *
verdict_reason(uint8_t why);

/* A name, whatever the case of its letters, as something that stands in an address's place. */
struct addr
verdict_name_key(struct view name);

#define VERDICT_SEEN 64 /* bytes of the wire that a verdict rests on */

/* What was found out about an alert. */
struct verdict_said {
	uint64_t alert; /* its id */
	uint8_t why;    /* enum verdict_why */
	uint8_t dir;    /* enum dir of what it rests on */
	bool fresh;     /* the alert is of this packet and not written yet: it has it */
	uint8_t seen_n;
	int64_t tx_id;              /* -1: none */
	uint32_t code;              /* number in the answer; 0: none */
	const char *word;           /* its name; NULL: none */
	uint8_t seen[VERDICT_SEEN]; /* bytes of the wire */
};

/* Ask callback.h to look out for connections of an attacked host. */
enum verdict_watch_how {
	VERDICT_TO_ATTACKER,
	VERDICT_TO_NAMED,
	VERDICT_TO_RESOLVED,
	VERDICT_TO_NAME /* callee is verdict_name_key of the name it may ask for, ver 0 */
};
struct verdict_watch {
	uint64_t alert;
	struct addr victim, callee;
	uint8_t ver, how;
};

/* What there is to look at: a packet, or the end of a flow. */
struct verdict_scene {
	const struct packet *packet; /* NULL: no bytes of its own */
	const struct flow *flow;     /* NULL: alerts keep what their rules say */
	enum dir dir;
	const struct flow_chunk *chunk;
	size_t chunk_n;
	const struct l7_tx *tx;
	size_t tx_n;
	const struct l7_carried *file; /* that ended */
	size_t file_n;
	bool ours[2]; /* client and server: hosts of the site; for verdict_alerts */
};

struct verdicts;

/* NULL when memory is out. */
struct verdicts *
verdicts_new(uint64_t max_flows, struct hash_key seed);
/* NULL is allowed. */
void
verdicts_free(struct verdicts *v);

/* A new packet: forget what was said with the one before. */
void
verdict_begin(struct verdicts *v);
/* Alerts of the scene, with their ids: gives each its first verdict and opens cases. */
void
verdict_alerts(struct verdicts *v, const struct verdict_scene *s, struct alert_list *alerts);
/* What the packet brings to the cases of its flow; after verdict_alerts. Cheap when the flow has no
 * FLOW_ALERTED. */
void
verdict_packet(struct verdicts *v, const struct verdict_scene *s, struct alert_list *alerts);
/* A login on the flow that no transaction tells of (SSH). */
void
verdict_login(struct verdicts *v, const struct flow *f, enum l7_login login);
/* The flow ends, and its case with it. */
void
verdict_end(struct verdicts *v, const struct flow *f);

/* What was said and what is to be watched since verdict_begin; *n of them. */
const struct verdict_said *
verdict_said(const struct verdicts *v, size_t *n);
const struct verdict_watch *
verdict_watches(const struct verdicts *v, size_t *n);

struct verdict_counters {
	uint64_t judged;    /* verdicts given */
	uint64_t forgotten; /* cases that went at the cap */
};
struct verdict_counters
verdict_count(const struct verdicts *v);

#endif
