/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scan: the bounded memory of the scan detector: sources, and what each has contacted.
 *
 *     source ──> item ──> item ──> item        oldest first; the oldest go at the cap
 *                TARGET   HOST     PORT        HOST and PORT make the distinct counts
 *
 *     waiting: TARGETs without an outcome, by time
 */
#ifndef WANGLOU_PROBE_NOTICE_SCAN_H
#define WANGLOU_PROBE_NOTICE_SCAN_H

#include "detector.h"
#include "lib/slab.h"
#include "table.h"

enum item_kind { ITEM_TARGET, ITEM_HOST, ITEM_PORT };

enum outcome { WAITING, ANSWERED, REFUSED, SILENT };

struct source;

struct item {
	struct table_node node;
	struct age_node age; /* in scan.waiting while outcome is WAITING */
	struct item *next;   /* of the same source */
	struct source *source;
	uint64_t ts;
	struct addr host;
	uint32_t episode; /* in which it was counted */
	uint16_t port;
	uint8_t proto, kind, outcome;
};

struct item_key {
	uint64_t serial;
	struct addr host;
	uint16_t port;
	uint8_t proto, kind;
	uint32_t zero;
};

struct source {
	struct table_node node;
	struct age_node age; /* in scan.quiet or scan.reported, by last first contact */
	uint64_t serial;
	struct addr addr;
	uint8_t ver;
	bool reported;
	uint32_t episode;
	struct item *first, *last;
	uint64_t targets; /* held now */
	uint64_t touched; /* last first contact, ns */

	/* the episode so far */
	uint64_t contacts, failures, refused, hosts, ports, icmp;
	uint64_t begin, latest;
	uint64_t contacts_said; /* by the first alert */
	double walk;            /* natural logarithm of the likelihood ratio */
	struct addr first_host, last_host;
	uint16_t first_port, last_port;
	uint8_t last_proto;
};

struct scan {
	struct detector_env *env;
	struct table sources, items;
	struct slab source_slab, item_slab;
	struct age_list quiet, reported, waiting;
	uint64_t serial, patience;
	double up, up_udp, down; /* steps of the walk */
	double upper, lower;
};

/* Tables and slabs for the caps of s->env->config, which must be at least 1. False when memory is
 * out. */
bool
scan_table_init(struct scan *s);
void
scan_table_fini(struct scan *s);

/* Drop a source and all it contacted. */
void
scan_source_forget(struct scan *s, struct source *src);

/* First contact of the record's client with this server and port; NULL when there was none yet. */
struct item *
scan_target_find(struct scan *s, const struct notice_record *r);

/* Note a first contact, waiting for its outcome. The oldest make room. NULL when memory is out. */
struct item *
scan_target_new(struct scan *s, const struct notice_record *r);

/* True when this host (or port) is new in the source's episode. May drop the source's oldest items.
 */
bool
scan_first_seen(struct scan *s, struct source *src, const struct item_key *key);

#endif
