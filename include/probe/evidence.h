/* SPDX-License-Identifier: Apache-2.0 */
/*
 * evidence: the packets of a flow around an alert, as a file of their own with its digests.
 *
 *     every packet --> recent ones in memory, chained by flow
 *     alert        --> a case: those of its flow before it, then those that follow
 *     case ends    --> ALERTID.pcap, SHA-256 and SM3, told to `done`
 *
 * A case ends at a number of packets, of bytes, when its time is up on the packet clock, or with
 * its flow; further alerts of the flow meanwhile share it. Bounded: memory, open cases, bytes of a
 * file and of all files, the oldest of which go. Owns its memory and the worker's files. One
 * thread; files are written by it.
 */
#ifndef WANGLOU_PROBE_EVIDENCE_H
#define WANGLOU_PROBE_EVIDENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "probe/packet.h"

#define EVIDENCE_ALERTS 16 /* of one case that are named */
#define EVIDENCE_NAME 32   /* "0123456789abcdef.pcap" and its terminator */

struct evidence;

/* A case that ended. Valid during the call. */
struct evidence_case {
	const void *owner; /* as given with the alert */
	char file[EVIDENCE_NAME];
	uint64_t alert[EVIDENCE_ALERTS];
	unsigned alert_n;
	uint32_t packets, before; /* before: with the one that fired first */
	uint64_t bytes;           /* of the file */
	uint64_t first, last;     /* ns */
	uint64_t due, number;     /* what it sorts by when time ended it */
	bool cut;                 /* it reached the bytes of a file */
	uint8_t sha256[32], sm3[32];
};

struct evidence_config {
	const char *dir;
	uint64_t quota;           /* bytes of this worker's files */
	uint64_t memory;          /* bytes of recent packets */
	uint32_t before, after;   /* packets */
	uint64_t after_time;      /* ns */
	uint64_t file_bytes;      /* of one file */
	uint32_t open;            /* cases at once */
	unsigned worker, workers; /* which of how many */
	void (*done)(void *context, const struct evidence_case *c);
	void *context;
};

struct evidence_counters {
	uint64_t files; /* written */
	uint64_t lost;  /* cases that could not be opened or written */
};

/* Takes the folder's files of earlier runs over. NULL with a sentence. The config is copied, its
 * dir outlives it. Once, before the sandbox. */
struct evidence *
evidence_open(const struct evidence_config *config, struct err *e);
/* Open cases are dropped: end their flows first. NULL is allowed. */
void
evidence_close(struct evidence *v);

/* A packet of a flow; `watched`: the flow may have a case. */
void
evidence_packet(struct evidence *v, const struct packet *p, uint64_t flow, bool watched);
/* An alert on a flow, after its packet was given. */
void
evidence_alert(
    struct evidence *v, uint64_t flow, const void *owner, uint64_t alert, const struct packet *p);
/* The flow ends: so does its case. */
void
evidence_flow_end(struct evidence *v, uint64_t flow);
/* End the cases that sort before (now, number), in that order. */
void
evidence_due(struct evidence *v, uint64_t now, uint64_t number);

struct evidence_counters
evidence_count(const struct evidence *v);

#endif
