/* SPDX-License-Identifier: Apache-2.0 */
/* run: captures made earlier. The clock is the packets' own; nothing else tells time. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "crew.h"
#include "lib/log.h"
#include "lib/now.h"
#include "lib/progress.h"
#include "pktclock.h"
#include "probe/defrag.h"
#include "run.h"

#define EXPIRE_EVERY 1024u /* packets: where flows end does not depend on who reads */
#define BATCH 256          /* packets between two looks at signals and clocks */

struct replay {
	struct run_config *config;
	struct capture *capture;
	struct run_control *control;
	struct scribe *scribe;
	struct decode decode;

	/* one of the two */
	struct worker *alone;
	struct crew *crew;
	struct worker_shared shared;
	struct packet packet; /* the worker's */

	char source[4096]; /* file being read */
	struct pktclock clock;
	uint64_t first;  /* time of its first packet, 0 before */
	uint64_t span;   /* packet time of what was before */
	uint64_t number; /* of its last frame */
	struct progress progress;
	bool damaged;
};

/* ---- the worker or the crew ---- */

static void
take_packet(struct replay *r, const struct frame *frame)
{
	if (r->crew) {
		crew_packet(r->crew, frame, r->clock.now);
		return;
	}
	run_frame(r->alone, &r->decode, &r->packet, frame, r->clock.now);
	scribe_time(r->scribe, r->clock.now, r->source);
}

static void
expire(struct replay *r)
{
	if (r->crew)
		crew_expire(r->crew, r->clock.now);
	else
		worker_expire(r->alone, r->clock.now);
}

static void
drain(struct replay *r)
{
	if (r->crew)
		crew_drain(r->crew, r->number);
	else
		worker_drain(r->alone, UINT64_MAX);
}

static int
renew(struct replay *r, struct err *e)
{
	struct worker_shared old = r->shared;
	int rc = 0;

	if (worker_shared_next(&r->shared, &old, r->config->options, HASH_KEY_FIXED, e) != 0) {
		r->shared = old;
		return -1;
	}
	if (r->crew) {
		crew_renew(r->crew, r->shared, r->source);
	} else {
		worker_source(r->alone, r->source);
		rc = worker_renew(r->alone, r->shared, e);
	}
	worker_shared_free(&old);
	return rc;
}

static void
count(struct replay *r, struct worker_counters *sum)
{
	if (r->crew)
		crew_count(r->crew, sum);
	else {
		worker_flush(r->alone);
		worker_count(r->alone, sum);
	}
}

static int
open_workers(struct replay *r, struct err *e)
{
	if (worker_shared_new(&r->shared, r->config->options, HASH_KEY_FIXED, e) != 0)
		return -1;
	struct worker_config worker = { .options = r->config->options,
		.knowledge = &r->config->knowledge,
		.out = { .line = scribe_line, .record = scribe_record, .context = r->scribe },
		.shared = r->shared,
		.seed = HASH_KEY_FIXED,
		.workers = r->config->workers };

	if (worker.workers > 1) {
		struct crew_config crew = { .worker = worker,
			.scribe = r->scribe,
			.decode = &r->decode,
			.source = r->source };
		r->crew = crew_new(&crew, e);
		return r->crew ? 0 : -1;
	}
	r->alone = worker_new(&worker, e);
	if (r->alone)
		worker_source(r->alone, r->source);
	return r->alone ? 0 : -1;
}

/* ---- packets ---- */

/* Time goes on to ts. When the clock was set back, flows of the time before end: nothing says how
 * long they were quiet. */
static void
pass_time(struct replay *r, uint64_t ts)
{
	uint64_t before = r->clock.now;

	if (!r->first) {
		pktclock_start(&r->clock, ts);
		r->first = ts;
	} else if (pktclock_take(&r->clock, ts)) {
		drain(r);
		r->span += before - r->first;
		r->first = r->clock.now;
	}
}

static void
take_frame(struct replay *r, const struct frame *frame)
{
	pass_time(r, frame->ts);
	if (frame->number % EXPIRE_EVERY == 0)
		expire(r);
	r->number = frame->number;
	take_packet(r, frame);
}

static void
end_capture(struct replay *r)
{
	if (r->first)
		expire(r);
	defrag_forget(r->decode.defrag, &r->decode.count);
	drain(r);
	if (r->crew)
		crew_settle(r->crew);
	r->span += r->clock.now - r->first;
}

/* The next file of a folder. */
static void
next_capture(struct replay *r)
{
	struct err e;

	end_capture(r);
	int rc = scribe_capture_end(r->scribe, r->source, &e);
	snprintf(r->source, sizeof(r->source), "%s", capture_name(r->capture));
	r->clock = (struct pktclock){ 0 };
	r->first = r->number = 0;
	if (rc == 0 && renew(r, &e) == 0)
		return;
	log_error("%s", e.text);
	abort(); /* it could be made before with the same settings */
}

/* Up to BATCH packets; false at the end. */
static bool
read_batch(struct replay *r)
{
	struct frame frame;
	struct err e;

	for (int taken = 0; taken < BATCH; taken++) {
		switch (capture_next(r->capture, &frame, &e)) {
		case CAPTURE_FRAME:
			take_frame(r, &frame);
			break;
		case CAPTURE_NEXT:
			next_capture(r);
			break;
		case CAPTURE_DAMAGED:
			log_error("%s", e.text);
			r->damaged = true;
			break;
		case CAPTURE_END:
			return false;
		case CAPTURE_IDLE: /* not due yet: meanwhile what came is finished */
			if (r->crew)
				crew_settle(r->crew);
			return true;
		case CAPTURE_DOWN:
			break; /* live only */
		}
	}
	return true;
}

/* ---- between packets ---- */

static void
take_knowledge(struct replay *r, struct knowledge *fresh)
{
	struct knowledge old = r->config->knowledge;

	if (r->crew)
		crew_settle(r->crew);
	r->config->knowledge = *fresh;
	defrag_set_targets(r->decode.defrag, fresh->targets);
	if (r->crew)
		crew_knowledge(r->crew, &r->config->knowledge);
	else
		worker_knowledge(r->alone, &r->config->knowledge);
	scribe_knowledge(r->scribe, &r->config->knowledge);
	log_info(
	    "reload: %u rules in force, %u refused", fresh->summary.loaded, fresh->summary.failed);
	knowledge_clear(&old);
	free(fresh);
}

static void
housekeeping(struct replay *r, bool force)
{
	struct knowledge *fresh = atomic_exchange(&r->control->fresh, NULL);

	if (fresh)
		take_knowledge(r, fresh);
	if (atomic_exchange(&r->control->reopen, false))
		scribe_reopen(r->scribe);
	scribe_flush(r->scribe, force);
	if (r->progress.on) {
		struct capture_stats c;
		capture_stats(r->capture, &c);
		progress_show(&r->progress, now_steady_ns(), c.frames, c.done_bytes, c.total_bytes);
	}
}

static void
finish(struct replay *r, struct run_result *result)
{
	struct scribe_sums sums = { 0 };
	struct err e;

	end_capture(r);
	if (scribe_capture_end(r->scribe, r->source, &e) != 0)
		log_error("%s", e.text);
	capture_stats(r->capture, &sums.capture);
	sums.uptime = r->span / 1000000000u;
	sums.decode = r->decode.count;
	count(r, &sums.workers);
	scribe_stats(r->scribe, r->clock.now, &sums);
	housekeeping(r, true);
	progress_clear(&r->progress);
	const struct output_counters *o = scribe_count(r->scribe);
	*result = (struct run_result){ .packets = sums.capture.frames,
		.alerts = o->alerts,
		.events = o->events,
		.damaged =
		    r->damaged || sums.capture.damaged_files || sums.capture.unreadable_files,
		.write_failed = o->write_failed || sums.workers.failed };
}

int
run_replay(struct run_config *config, struct capture *capture, struct run_control *control,
    struct run_result *result, struct err *e)
{
	struct replay *r = calloc(1, sizeof(*r));
	struct scribe_config scribe = { .options = config->options,
		.knowledge = &config->knowledge,
		.event_file = config->event_file,
		.spool = config->spool,
		.seed = HASH_KEY_FIXED };
	int rc = -1;

	if (!r)
		return err_set(e, "out of memory");
	r->config = config;
	r->capture = capture;
	r->control = control;
	snprintf(r->source, sizeof(r->source), "%s", capture_name(capture));
	if (run_decode(&r->decode, config->options, config->knowledge.targets, HASH_KEY_FIXED, 1,
		e) != 0 ||
	    !(r->scribe = scribe_new(&scribe, e)) || open_workers(r, e) != 0)
		goto out;
	progress_init(&r->progress, STDERR_FILENO, now_steady_ns());
	r->progress.on &= config->progress;
	while (!atomic_load(&control->stop) && read_batch(r))
		housekeeping(r, false);
	finish(r, result);
	rc = 0;
out:
	run_decode_end(&r->decode);
	crew_free(r->crew);
	worker_free(r->alone);
	worker_shared_free(&r->shared);
	if (scribe_close(r->scribe) != 0 && rc == 0)
		result->write_failed = true;
	knowledge_clear(&config->knowledge);
	free(r);
	return rc;
}
