/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run: what replay.c and live.c have in common: from captures to the scribe.
 *
 *     replay   one thread reads and decodes; one worker in the same thread, or a crew
 *     live     a thread a worker, each with its own handle on every interface
 */
#ifndef WANGLOU_PROBE_RUN_H
#define WANGLOU_PROBE_RUN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "knowledge.h"
#include "lib/hash.h"
#include "probe/capture.h"
#include "probe/decode.h"
#include "probe/options.h"
#include "probe/spool.h"
#include "worker.h"

/* Set by signal handlers or other threads, read between packets. */
struct run_control {
	atomic_bool stop;                  /* drain and return */
	atomic_bool reopen;                /* open the event file again */
	_Atomic(struct knowledge *) fresh; /* swap in, free the old */
};

struct run_config {
	const struct options *options;
	const char *event_file;     /* "" none */
	struct spool *spool;        /* NULL: none */
	struct knowledge knowledge; /* owned: run_* frees what it holds */
	unsigned workers;           /* at least 1 */
	bool progress;              /* show a progress line on stderr */
};

struct run_result {
	uint64_t packets, alerts, events;
	bool damaged;      /* a capture file was damaged or unreadable */
	bool write_failed; /* events were lost on their way to the file or the spool */
};

/* Read the capture to its end, or until control says stop. -1 with a sentence when it could not
 * begin. */
int
run_replay(struct run_config *config, struct capture *capture, struct run_control *control,
    struct run_result *result, struct err *e);

/*
 * Watch link_n interfaces until control says stop and what the kernel holds is read; then end all
 * flows. captures[worker * link_n + link]. -1 with a sentence when it could not begin.
 */
int
run_live(struct run_config *config, struct capture *const *captures, size_t link_n,
    struct run_control *control, struct run_result *result, struct err *e);

/* For hashes that nobody outside shall foresee. */
struct hash_key
run_seed(void);

/* What is looked into, by the options, for one of `workers` that decode; `targets` are borrowed.
 * Give it back with run_decode_end. -1 with a sentence. */
int
run_decode(struct decode *d, const struct options *o, const struct targets *targets,
    struct hash_key seed, unsigned workers, struct err *e);

/* Frees d->defrag and d->outside. */
void
run_decode_end(struct decode *d);

/* One frame through decode and a worker that has all flows of its capture; *p is room for it, `now`
 * the packet clock in ns. */
void
run_frame(
    struct worker *w, struct decode *d, struct packet *p, const struct frame *frame, uint64_t now);

#endif
