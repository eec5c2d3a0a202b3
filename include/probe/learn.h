/* SPDX-License-Identifier: Apache-2.0 */
/*
 * learn: what do we know of an address? Country and ASN from MaxMind databases, segment from
 * conf/segments.yaml.
 *
 * Read-only after start and swapped whole on reload. libmaxminddb is fenced behind
 * src/probe/learn/geo.c. A database that is missing or broken is said once, counted, and its fields
 * are absent. Any thread may read.
 */
#ifndef WANGLOU_PROBE_LEARN_H
#define WANGLOU_PROBE_LEARN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/addr.h"
#include "lib/err.h"

struct learn_config {
	const char *const
	    *geo_files; /* .mmdb paths: country, ASN, city, in any order and either schema */
	size_t geo_n;
	const char *segments_file; /* "" for none */
};

/*
 * One entry of the segments file, a list of
 *     - { cidr: 10.10.1.0/24, name: 互联网接入区, unit: 信息中心, importance: 4, link: 出口一 }
 * cidr is a prefix or a list of them, each at most once in the file; the longest one that holds an
 * address wins. importance is 1..5 or 低 low (1), 一般 normal (2), 中 medium (3), 重要 high (4),
 * 核心 core (5); 3 when not given.
 */
struct learn_segment {
	const char *name;   /* "dmz" or "政务外网" */
	const char *unit;   /* who is responsible; "" when not given */
	const char *link;   /* link or probe place; "" */
	uint8_t importance; /* 1 (low) .. 5 (core) */
};

struct learn_geo {
	char country[3]; /* ISO 3166-1 alpha-2, "" unknown */
	uint32_t asn;    /* 0 unknown */
	char as_org[64]; /* cut at 63 bytes, on a UTF-8 boundary */
};

struct learn;

/*
 * Load everything. Broken geo files never fail the load: they are counted in *bad and one warning
 * line each. A broken segments file does fail it (file, line, key, reason in *e): NULL.
 */
struct learn *
learn_new(const struct learn_config *config, unsigned *bad, struct err *e);

/* NULL is allowed. */
void
learn_free(struct learn *l);

/* Segment of an address; NULL when in none. */
const struct learn_segment *
learn_segment(const struct learn *l, const struct addr *a, uint8_t ver);

/*
 * Geography of an address; false when nothing is known. Private and special addresses are never
 * looked up. A database whose records turn out to be damaged is said once and then left out.
 */
bool
learn_geo(const struct learn *l, const struct addr *a, uint8_t ver, struct learn_geo *out);

#endif
