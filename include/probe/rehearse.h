/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rehearse: a capture through the probe's own pipeline with one worker, in this process, with a
 * trace of what its matcher did. For who tests rules.
 *
 * Records go to the caller only: nothing is written, kept or sent. One thread.
 */
#ifndef WANGLOU_PROBE_REHEARSE_H
#define WANGLOU_PROBE_REHEARSE_H

#include "lib/err.h"
#include "probe/match.h"
#include "probe/match_trace.h"
#include "probe/options.h"

struct rehearse {
	const struct match_load *load; /* the rules, compiled */
	struct match_trace trace;
	void (*line)(void *context, const char *json, size_t n); /* each record; may be NULL */
	void *context;
	uint64_t packets; /* out */
	bool damaged;     /* out: the capture ends within a packet */
	struct match_summary summary;
};

/* -1 with a sentence when it could not begin. *o stays as it is. */
int
rehearse(struct rehearse *r, const struct options *o, const char *capture, struct err *e);

#endif
