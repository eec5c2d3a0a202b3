/* SPDX-License-Identifier: Apache-2.0 */
/*
 * crew: several workers on one capture, and the output of one.
 *
 *     caller: decodes --> batch --> batch --> batch ... --> put together in order --> scribe
 *                           |         |         |
 *               each worker takes its own flows' packets from every batch
 *
 * The caller's thread decodes and spreads packets by flow; what workers find waits in an outbox of
 * the batch until all have done it, and is then merged into the order in which one worker would
 * have found it. What must be known of each other's flows stands behind gates that wait for earlier
 * packets (turns.h). So the output is the same, byte for byte, with any number of workers, as long
 * as no cap is hit: each worker has its part of every table. All calls from one thread.
 */
#ifndef WANGLOU_PROBE_CREW_H
#define WANGLOU_PROBE_CREW_H

#include "probe/decode.h"
#include "scribe.h"
#include "worker.h"

struct crew;

struct crew_config {
	struct worker_config worker; /* out and gate are the crew's own */
	struct scribe *scribe;       /* borrowed */
	struct decode *decode;       /* borrowed */
	const char *source;          /* file; lives until the next crew_renew */
};

/* Threads for config->worker.workers workers. NULL with a sentence. */
struct crew *
crew_new(const struct crew_config *config, struct err *e);

/* NULL is allowed. What was not settled is lost. */
void
crew_free(struct crew *c);

/* One frame; `now` is the packet clock. */
void
crew_packet(struct crew *c, const struct frame *frame, uint64_t now);

/* Flows whose time is up at `now` end before the next packet. */
void
crew_expire(struct crew *c, uint64_t now);

/* All flows end; `number` is that of the last frame. */
void
crew_drain(struct crew *c, uint64_t number);

/* Wait until everything is done and handed to the scribe. */
void
crew_settle(struct crew *c);

/* Settled and drained: another file begins, with these things shared; the workers let go of those
 * before. */
void
crew_renew(struct crew *c, struct worker_shared shared, const char *source);

/* Settles; the workers use k from the next packet on. */
void
crew_knowledge(struct crew *c, const struct knowledge *k);

/* Settles; the sum over all workers. */
void
crew_count(struct crew *c, struct worker_counters *sum);

#endif
