/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lists: is it an indicator that somebody published? Part of the match stage.
 *
 * Addresses, networks, domains with what is below them, URLs, JA3, JA4, certificates, files and
 * mail addresses, by the million. Lists are read-only and shared; a watch belongs to one worker.
 * Only appends alerts. Sources: MISP core format, STIX 2.1 (OASIS), CSV.
 */
#ifndef WANGLOU_PROBE_LISTS_H
#define WANGLOU_PROBE_LISTS_H

#include <stdatomic.h>

#include "lib/err.h"
#include "probe/alert.h"
#include "probe/flow.h"
#include "probe/l7.h"
#include "probe/packet.h"

enum lists_type {
	LISTS_ADDRESS,
	LISTS_NET,
	LISTS_DOMAIN,
	LISTS_URL,
	LISTS_JA3,
	LISTS_JA4,
	LISTS_CERT,
	LISTS_FILE,
	LISTS_EMAIL,
	LISTS_TYPES
};

/* Something of a file that is not used. line 0: the file as a whole. */
typedef void (*lists_problem)(void *context, const char *file, unsigned line, const char *reason);

/* A file in memory. */
struct lists_bytes {
	const char *name;
	struct view bytes;
};

struct lists_load {
	const char *const *files;
	size_t file_n;
	const struct lists_bytes *memory; /* read behind the files */
	size_t memory_n;
	uint64_t max; /* entries */
	struct hash_key seed;
	lists_problem problem; /* may be NULL */
	void *context;
	const atomic_bool *stop; /* true: give up; NULL: never */
};

struct lists_summary {
	uint64_t entries; /* taken */
	uint64_t refused; /* not understood, or of a kind that is not looked for */
	uint64_t capped;  /* beyond max */
	uint64_t bytes;   /* of memory */
	unsigned unreadable;
};

struct lists;

/* What cannot be read is said and counted. NULL when memory is out, or told to stop. */
struct lists *
lists_load(const struct lists_load *load, struct lists_summary *summary, struct err *e);
/* NULL is allowed, here and below. */
void
lists_free(struct lists *l);
/* What l7 must be asked for: L7_WANT_ bits, and kinds of digests (1 << enum crypt_kind). */
unsigned
lists_want(const struct lists *l);
unsigned
lists_digests(const struct lists *l);

struct lists_counters {
	uint64_t hits, expired;
};

struct lists_watch;
struct lists_watch *
lists_watch_new(const struct lists *l);
void
lists_watch_free(struct lists_watch *w);
/* Other lists from the next packet on. */
void
lists_watch_swap(struct lists_watch *w, const struct lists *l);
/* A packet, or what stands for it when its flow ends. */
struct lists_scene {
	const struct packet *p;
	const struct flow *f; /* NULL: none */
	enum dir dir;
	const struct l7_tx *tx; /* those that it made ready */
	size_t tx_n;
};

/* Look at the ends of a flow with its first packet, and at what transactions made ready. What
 * alerts refer to lives until the next call. */
void
lists_packet(struct lists_watch *w, const struct lists_scene *s, struct alert_list *out);

/* Counters since lists_watch_new; valid as long as w. */
const struct lists_counters *
lists_count(const struct lists_watch *w);

#endif
