/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker: the pipeline. Takes frames from one or more captures, runs each through every stage once,
 * in order.
 *
 * Owns the flow table, the nDPI module, parsers, matcher, detectors and the output; borrows
 * options, rules, knowledge and the spool. One thread. Run to completion: nothing waits between
 * stages.
 */
#ifndef WANGLOU_PROBE_WORKER_H
#define WANGLOU_PROBE_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "knowledge.h"
#include "lib/err.h"
#include "probe/capture.h"
#include "probe/options.h"
#include "probe/spool.h"

/* Set by signal handlers or other threads, read between packets. */
struct worker_control {
	atomic_bool stop;                  /* drain and return */
	atomic_bool reopen;                /* open the event file again */
	_Atomic(struct knowledge *) fresh; /* swap in, free the old */
};

struct worker_config {
	const struct options *options;
	const char *event_file; /* "" none */
	bool live;
	bool progress;              /* show a progress line on stderr */
	struct knowledge knowledge; /* the worker frees what it holds */
	struct spool *spool;        /* NULL: none */
};

struct worker_result {
	uint64_t packets, alerts, events;
	bool damaged;      /* a capture file was damaged or unreadable */
	bool write_failed; /* events were lost on their way to the file or the spool */
};

struct worker;

/* NULL with a sentence. Takes over the knowledge in any case. */
struct worker *
worker_new(const struct worker_config *config, struct err *e);

/* Read the captures until they end, or control says stop and what the kernel holds is read; then
 * end all flows. */
void
worker_run(struct worker *w, struct capture *const *captures, size_t n,
    struct worker_control *control, struct worker_result *result);

void
worker_free(struct worker *w);

#endif
