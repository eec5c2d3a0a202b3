/* SPDX-License-Identifier: Apache-2.0 */
/*
 * detector: what every behaviour detector has, and what they share.
 *
 * A detector is a row: it takes records and the clock and appends alerts. Its state is its own.
 */
#ifndef WANGLOU_PROBE_NOTICE_DETECTOR_H
#define WANGLOU_PROBE_NOTICE_DETECTOR_H

#include "probe/notice.h"

/* Longest text of a target: "[ipv6]:65535" with its terminator. */
#define DETECTOR_TEXT 56

/* What the detectors share. */
struct detector_env {
	struct notice_config config;
	struct notice_counters count;
	/* texts of facts, two an alert, by the alert's place in the list */
	char text[ALERT_MAX][2][DETECTOR_TEXT];
};

struct detector {
	const char *name;
	const char *help;
	bool (*enabled)(const struct notice_config *config);
	void *(*create)(struct detector_env *env); /* NULL when memory is out */
	void (*destroy)(void *state);              /* NULL is allowed */
	void (*record)(void *state, const struct notice_record *r, struct alert_list *out);
	void (*tick)(void *state, uint64_t now, struct alert_list *out);
	void (*finish)(void *state, struct alert_list *out);
	uint64_t (*watched)(const void *state); /* sources held now */
};

extern const struct detector detector_scan;
extern const struct detector detector_guess;

/* What all alerts of one sid say. */
struct detector_sid {
	uint32_t sid;
	uint8_t severity;
	const char *signature;
	const char *classtype, *category;
	const char *verdict, *attack, *gbt20986, *name_zh;
};

/* An alert at the end of the list with the row's words in it, counted; NULL when the list is full.
 */
struct alert *
detector_alert(
    struct detector_env *env, struct alert_list *out, const struct detector_sid *row, uint64_t ts);

/* Add a number or a word (which must outlive the list). Beyond ALERT_FACTS nothing happens. */
void
detector_fact(struct alert *a, const char *name, double value);
void
detector_word(struct alert *a, const char *name, const char *text);

/* Write "address:port" (the address alone when port is 0) to text slot 0 or 1 of the alert that was
 * added last. */
const char *
detector_target(struct detector_env *env, const struct alert_list *out, int slot,
    const struct addr *host, uint8_t ver, uint16_t port);

/* Is the address one of ours, as the settings say? */
bool
detector_inside(const struct detector_env *env, const struct addr *a, uint8_t ver);

#endif
