/* SPDX-License-Identifier: Apache-2.0 */
/*
 * show: an event as people read it: its time, its two ends, its name, its records, and whom to ask
 * about it. What a packet said goes through width_copy() before it is printed.
 */
#ifndef WANGLOU_CLI_SHOW_H
#define WANGLOU_CLI_SHOW_H

#include "cli.h"

#define SHOW_END 80
#define SHOW_PAIR 200
#define SHOW_NETWORK 48

/* "2026-09-14T01:13:25.947921+0000" in the zone of this terminal: "09-14 09:13:25". */
void
show_time(const struct cli *c, char out[32], const char *time);
/* "2026-09-14 09:13:25.947921 UTC+8". */
void
show_full_time(char out[64], const char *time);
/* "TIME (UTC+8)". */
const char *
show_time_heading(const struct cli *c, enum text_id id, char out[64]);

/* "192.0.2.1:80", "[2001:db8::1]:80", "192.0.2.1", "*". */
void
show_end(char out[SHOW_END], const char *ip, long long port);

/* "203.0.113.66 → 10.10.1.20:8080": of the ports only the server's, the other says nothing. */
void
show_pair(char out[SHOW_PAIR], const json_t *event);
/* The same with both ports. */
void
show_both(char out[SHOW_PAIR], const json_t *event);

/* "VNI 100", "MPLS 300": which of networks with the same addresses; empty for none. */
void
show_network(char out[SHOW_NETWORK], const json_t *event);

/* In the reader's language, without the vendor's name in front. */
const char *
show_name(const struct cli *c, const json_t *event);

/* A record's own part in words: "GET www.example /index.html 200". */
void
show_detail(const struct cli *c, char *out, size_t room, const json_t *event);

/* "key: value" for what a detector counted; numbers rounded, times with their unit. */
void
show_facts(const struct cli *c, const json_t *facts);

/* ---- who did what to whom ---- */

struct part {
	const char *ip, *side; /* side: "src" or "dest", as the event has it */
	long long port;
	bool ours;
};

struct judged {
	struct part victim, attacker;
	enum text_id victim_role, attacker_role, sure, next, also; /* TEXT_COUNT: none */
	bool answered; /* the alert fired on what the server said */
};

/* Decide it from the alert's kind, verdict and segments; the texts in *j point into the event. */
void
show_judge(const json_t *event, struct judged *j);

/* The event of an alert from the collector; its probe is the one whose key it came with, whatever
 * the event says. Belongs to the alert. */
const json_t *
show_event(const json_t *alert);

#endif
