/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker: the pipeline behind decode. Takes decoded packets one by one, runs each through every
 * stage once, in order, and hands on what it finds: finished lines, and the records that notice
 * wants.
 *
 * Owns a flow table, parsers, an nDPI module, a matcher and a maker of lines; shares nothing but
 * what stands behind its gate. One thread. Run to completion: nothing waits between stages.
 */
#ifndef WANGLOU_PROBE_WORKER_H
#define WANGLOU_PROBE_WORKER_H

#include <stdbool.h>
#include <stdint.h>

#include "knowledge.h"
#include "lib/err.h"
#include "lib/hash.h"
#include "probe/flow.h"
#include "probe/gate.h"
#include "probe/identify.h"
#include "probe/l7.h"
#include "probe/links.h"
#include "probe/match.h"
#include "probe/match_trace.h"
#include "probe/notice.h"
#include "probe/options.h"
#include "probe/output.h"
#include "probe/packet.h"
#include "probe/ring.h"

#define WORKERS_MOST 64 /* as probe.workers in options.def has it */

/* Where what a worker finds goes. */
struct worker_out {
	output_line_fn line;
	void (*record)(void *context, const struct notice_record *r, const char *source);
	/* Before a flow that time or the end of the capture ends: what it sorts by among those that
	 * end with it (flow_expire, flow_drain). NULL: nobody sorts. */
	void (*ending)(void *context, uint64_t time, uint64_t number);
	void *context;
};

/* What all workers of one capture have together; NULL members: each has its own. */
struct worker_shared {
	struct match_rates *rates;
	struct identify_memory *memory;
};

/* Those things, made for all workers; and released, after the workers. -1 with a sentence, then
 * nothing is held. A zeroed *s may be released. */
int
worker_shared_new(
    struct worker_shared *s, const struct options *o, struct hash_key seed, struct err *e);
void
worker_shared_free(struct worker_shared *s);
/* The same for the next capture of a replay; what rules counted is taken over from `old` when
 * rules.carry-over says so. */
int
worker_shared_next(struct worker_shared *s, struct worker_shared *old, const struct options *o,
    struct hash_key seed, struct err *e);

struct worker_config {
	const struct options *options;
	const struct knowledge *knowledge; /* borrowed until the next worker_knowledge */
	const char *const *interface;      /* live: names by frame.source; NULL in replay */
	struct links *links;               /* live: hears of connections; NULL: none; borrowed */
	struct worker_out out;
	struct worker_shared shared;
	const struct gate *gate; /* NULL: it is alone */
	struct hash_key seed;
	unsigned index, workers; /* which of how many: all together keep to the caps */
};

struct worker_counters {
	struct flow_counters flow;
	struct identify_counters identify;
	struct l7_counters l7;
	struct match_counters match;
	struct ring_counters ring;
	uint64_t alert_overflow;
	uint64_t evidence, evidence_lost;
	uint64_t verdicts, verdicts_forgotten;
	uint64_t failed;    /* events too large to be made */
	uint64_t masked;    /* secrets replaced in texts */
	uint64_t held_back; /* events that output.profile keeps from being written */
	uint64_t await_full;
};

struct worker;

/* NULL with a sentence. The config's strings outlive it. */
struct worker *
worker_new(const struct worker_config *config, struct err *e);

/* NULL is allowed. Flows that are left are dropped in silence: worker_drain comes first. */
void
worker_free(struct worker *w);

/* Replay: the file that the next packets come from; copied. */
void
worker_source(struct worker *w, const char *name);

/*
 * Another capture begins, all flows have ended: what nDPI and the matcher remember begins anew, so
 * that a folder gives what its files give one by one. -1 with a sentence; the worker can only be
 * freed then.
 */
int
worker_renew(struct worker *w, struct worker_shared shared, struct err *e);

/* One packet; `ip` is what decode_frame said of it. */
void
worker_packet(struct worker *w, const struct packet *p, bool ip);

/* An ICMP message, whose own flow may be another worker's: when it is an error that quotes a flow
 * of this one, mark that. */
void
worker_quoted(struct worker *w, const struct packet *p);

/* End the flows whose time is up at `now` (packet clock, ns). */
void
worker_expire(struct worker *w, uint64_t now);

/* End flows, oldest first, whose last packet has at most this number; UINT64_MAX: all. */
void
worker_drain(struct worker *w, uint64_t number);

/* Rules and databases were loaded anew; the old ones may be freed when it returns. */
void
worker_knowledge(struct worker *w, const struct knowledge *k);

/* Tell of what the matcher does (probe/match_trace.h); NULL: no more. Knowledge stays the same
 * meanwhile. -1 when memory is out. */
int
worker_trace(struct worker *w, struct match_trace *t);

/* What the packet ring has taken is written; no packet may come meanwhile. */
void
worker_flush(struct worker *w);

/* Counters since worker_new, over all captures. */
void
worker_count(const struct worker *w, struct worker_counters *out);

/* Add another worker's: sums, but for the earliest `ring.oldest`. */
void
worker_counters_add(struct worker_counters *sum, const struct worker_counters *one);

#endif
