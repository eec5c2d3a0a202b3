/* SPDX-License-Identifier: Apache-2.0 */
/*
 * alert: what match and notice append and output reads. Plain data.
 *
 * Texts belong to the rule set or to the detector's constant rows and outlive the list.
 */
#ifndef WANGLOU_PROBE_ALERT_H
#define WANGLOU_PROBE_ALERT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/cursor.h"

#define ALERT_MAX 32 /* per packet; more are counted as output.alert_overflow */
#define ALERT_FACTS 10

/* A number (or word) that made a detector fire. */
struct alert_fact {
	const char *name; /* JSON key, snake_case, unit in the name: "window_s" */
	double value;
	const char *text; /* non-NULL: a word instead of the number */
};

struct alert_meta {
	const char *key, *value;
};

#define ALERT_MATCHES 16      /* of one alert */
#define ALERT_MATCH_BYTES 128 /* kept of each */

/* What a pattern of the rule was found at. */
struct alert_match {
	const char *buffer; /* the buffer, and its transforms as the rule has them */
	uint64_t offset;    /* in the buffer, or in the stream */
	uint32_t len;
	/* a copy of its first bytes, with some before and behind, by which a secret is known */
	struct view around;
	uint16_t at, n; /* in `around`; n 0 though len is not: it is not to be shown */
};

/* Which end of the packet is attacked, where the rule says so. */
enum alert_target { ALERT_TARGET_NONE, ALERT_TARGET_SRC, ALERT_TARGET_DST };

/* What a dataset says of a value that the rule met, or what its patterns took out. */
struct alert_context {
	const char *key;
	struct view json;        /* ptr NULL: the text that a pattern took out */
	struct alert_match text; /* buffer, around, at, n */
};

/* What a list of indicators says of what was met; texts are never NULL. */
struct alert_indicator {
	const char *type, *value; /* "domain", as the list has it */
	const char *seen;         /* what was met, where that is another text; else "" */
	const char *list, *source, *reference, *description;
	const char *expires; /* NULL: never */
	uint8_t confidence;
};

struct verdict_said;
struct alert_parts;
struct l7_frame;

struct alert {
	uint64_t id; /* replay repeats it; 0: none yet */
	uint32_t gid, sid, rev;
	uint8_t severity;      /* 1 (worst) .. 4, EVE's alert.severity */
	const char *signature; /* msg */
	const char *category;  /* classtype's description */
	const char *classtype; /* short name, NULL */
	const char *action;    /* "allowed" */
	const char *verdict;   /* attempt, success, compromised, failed; NULL: not judged */
	const struct verdict_said *judged; /* why, until the next packet; NULL: the rule's word */
	const char *attack;                /* ATT&CK technique, NULL */
	const char *gbt20986;              /* incident class code, NULL */
	const char *name_zh;               /* NULL */
	const struct alert_meta *meta;     /* metadata pairs */
	const struct alert_meta *ref;      /* references: kind and text */
	uint16_t meta_n, ref_n;
	uint8_t target;               /* enum alert_target */
	int64_t tx_id;                /* -1: none */
	const void *tx;               /* struct l7_tx of this packet, NULL */
	const struct l7_frame *frame; /* a rule looked into it; NULL: into none */
	bool tx_guessed; /* what its packet brought on; the rule did not look at transactions */
	uint8_t dir;     /* enum dir of the packet that fired it */
	bool stream;     /* a stream was looked at, not a packet */
	const struct alert_match *match; /* valid until the next packet */
	uint8_t match_n;
	const struct alert_context *context;
	uint8_t context_n;
	const struct alert_indicator *indicator; /* of a list; NULL: none */
	const struct alert_parts *parts; /* stand for matches, context, tx and files; NULL: none */

	/* behaviour alerts */
	const char *detector; /* "portscan"; NULL for signatures */
	struct alert_fact fact[ALERT_FACTS];
	uint8_t fact_n;
	/* When the alert is about two hosts rather than a flow: ver != 0. Port 0 is not shown. */
	struct addr src, dst;
	uint16_t sport, dport;
	uint8_t ver, proto;
	uint64_t ts; /* ns, behaviour alerts only */
};

struct alert_list {
	struct alert item[ALERT_MAX];
	uint16_t n;
	uint64_t overflow; /* cumulative */
};

/* A zeroed alert at the end of the list, or NULL when full (counted). */
static inline struct alert *
alert_add(struct alert_list *l)
{
	if (l->n == ALERT_MAX) {
		l->overflow++;
		return NULL;
	}
	struct alert *a = &l->item[l->n++];
	*a = (struct alert){ .gid = 1, .action = "allowed", .tx_id = -1 };
	return a;
}

#endif
