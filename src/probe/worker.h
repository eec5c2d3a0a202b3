/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worker: the pipeline. Takes frames from one or more captures, runs each through every stage once, in order.
 *
 * Owns the flow table, the nDPI module, parsers, matcher, detectors and the output; borrows options, rules, knowledge and
 * the spool. One thread. Run to completion: nothing waits between stages.
 */
#ifndef WANGLOU_PROBE_WORKER_H
#define WANGLOU_PROBE_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "probe/capture.h"
#include "probe/learn.h"
#include "probe/match.h"
#include "probe/options.h"
#include "probe/spool.h"

/* Set by signal handlers or other threads, read between packets. */
struct worker_control {
	atomic_bool stop;                       /* drain and return */
	atomic_bool reopen;                     /* open the event file again */
	_Atomic(struct match_rules *) new_rules; /* swap in, free the old */
	_Atomic(struct learn *) new_learn;
};

struct worker_config {
	const struct options *options;
	const char *event_file; /* "" none */
	bool live;
	bool progress; /* show a progress line on stderr */
	struct match_rules *rules; /* the worker frees them */
	struct learn *learn;       /* the worker frees it */
	struct spool *spool;       /* NULL: none */
	unsigned bad_lists;        /* databases and rule files that could not be read */
	struct match_summary rule_summary;
};

struct worker_result {
	uint64_t packets, alerts, events;
	bool damaged;     /* a capture file was damaged or unreadable */
	bool write_failed; /* events were lost on their way to the file */
};

struct worker;

/* NULL with a sentence. Takes over rules and learn in any case. */
struct worker *
worker_new(const struct worker_config *config, struct err *e);

/* Read the captures until they end or control says stop; then end all flows. */
void
worker_run(struct worker *w, struct capture *const *captures, size_t n, struct worker_control *control,
    struct worker_result *result);

void
worker_free(struct worker *w);

#endif
