/* SPDX-License-Identifier: Apache-2.0 */
/* receive: see include/collector/receive.h. */
#include "collector/receive.h"

#include <errno.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "collector/dedupe.h"
#include "lib/log.h"
#include "lib/now.h"

#define GROUP 256 /* batches that share one fdatasync at most */
#define WAIT 100  /* ms */
#define SAVE_EVERY 10000000000ull
#define HOLD_MAX (8ull << 30)
#define ORIGINS 4096

struct receive {
	char *dir;
	uint64_t hold_max;
	struct hold *hold;
	struct dedupe *dedupe;
	struct accept *accept;
	int wake;
	_Atomic bool stop, reload, failing;
	_Atomic uint64_t backlog;
	struct log_state disk, full;
	uint64_t saved_at;
};

/* ---- opening ---- */

/* The log must be on disk before the positions that stand for it. */
static int
save(struct receive *r)
{
	struct err e;
	int rc = hold_sync(r->hold);
	if (rc < 0)
		return rc;
	if (dedupe_save(r->dedupe, r->dir, hold_next(r->hold) - 1, &e) == 0)
		return 0;
	log_state_set(&r->disk, true, "%s", e.text);
	return -1;
}

/* An epoch begins: where it begins must be known for good before anything of it is held. */
static void
on_hello(void *user, const struct frame_hello *h, uint64_t now, uint64_t acked[LANE_COUNT])
{
	struct receive *r = user;
	if (dedupe_hello(r->dedupe, h, now, acked))
		(void)save(r);
}

static void
known(void *user, const struct hold_record *h)
{
	struct receive *r = user;
	dedupe_advance(r->dedupe, h->origin, h->epoch, h->lane, h->last);
}

/* The file says how far each lane had come; the log says what came since. */
static int
load_positions(struct receive *r, struct err *e)
{
	if (dedupe_load(r->dedupe, r->dir, e) < 0)
		return -1;
	return hold_replay(r->dir, dedupe_saved(r->dedupe), known, r, e);
}

struct receive *
receive_open(const struct receive_config *c, struct err *e)
{
	struct receive *r = calloc(1, sizeof(*r));
	if (!r) {
		err_set(e, "out of memory");
		return NULL;
	}
	r->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	r->dir = strdup(c->hold_dir);
	r->hold_max = c->hold_max_bytes ? c->hold_max_bytes : HOLD_MAX;
	r->dedupe = dedupe_new(c->origins_max ? c->origins_max : ORIGINS);
	if (r->wake < 0 || !r->dir || !r->dedupe)
		err_set(e, "out of memory or file descriptors");
	else if ((r->hold = hold_open(c->hold_dir, c->hold_segment_bytes, e)) != NULL &&
		 load_positions(r, e) == 0 &&
		 (r->accept = accept_open(&c->accept, on_hello, r, e)) != NULL)
		return r;
	receive_close(r);
	return NULL;
}

void
receive_close(struct receive *r)
{
	if (!r)
		return;
	accept_close(r->accept);
	if (r->accept)
		(void)save(r);
	hold_close(r->hold);
	dedupe_free(r->dedupe);
	if (r->wake >= 0)
		close(r->wake);
	free(r->dir);
	free(r);
}

/* ---- one batch ---- */

static int
append(struct receive *r, const struct accept_batch *b, struct hold_record *h, uint64_t now)
{
	uint64_t position;
	h->received = now;
	h->probe = view_of(b->probe);
	h->epoch = b->batch.epoch;
	h->lane = b->batch.lane;
	h->clock_offset = b->batch.clock_offset;
	memcpy(h->origin, b->batch.origin, sizeof(h->origin));
	if (hold_append(r->hold, h, &position) < 0)
		return -1;
	dedupe_advance(r->dedupe, h->origin, h->epoch, h->lane, h->last);
	return 0;
}

static int
hold_missing(
    struct receive *r, const struct accept_batch *b, const struct dedupe_answer *d, uint64_t now)
{
	bool covered = b->batch.flags & FRAME_HOLE_COVERED;
	struct hold_record h = {
		.kind = covered ? HOLD_HOLE : HOLD_GAP, .first = d->gap_first, .last = d->gap_last
	};
	if (append(r, b, &h, now) < 0)
		return -1;
	accept_gap(r->accept, b, d->gap_last - d->gap_first + 1);
	return 0;
}

static int
hold_events(
    struct receive *r, const struct accept_batch *b, const struct dedupe_answer *d, uint64_t now)
{
	struct hold_record h = { .kind = HOLD_BATCH,
		.first = b->batch.first + d->skip,
		.last = b->batch.first + b->batch.count - 1,
		.skip = d->skip,
		.frame = b->frame };
	return append(r, b, &h, now);
}

/* dedupe -> hold -> acknowledge later. -1: the disk does not take it. */
static int
one(struct receive *r, const struct accept_batch *b, uint64_t now)
{
	const struct frame_batch *f = &b->batch;
	struct dedupe_answer d = dedupe_check(r->dedupe, f);
	bool fresh = d.verdict == DEDUPE_NEW && f->count > 0;
	if (d.verdict == DEDUPE_EARLY) {
		accept_rewind(r->accept, b);
		return 0;
	}
	if ((d.gap_first && hold_missing(r, b, &d, now) < 0) ||
	    (fresh && hold_events(r, b, &d, now) < 0)) {
		accept_rewind(r->accept, b);
		return -1;
	}
	accept_held(r->accept, b, dedupe_acked(r->dedupe, f->origin, f->epoch, f->lane),
	    f->count - d.skip, d.skip);
	return 0;
}

/* ---- the loop ---- */

static void
pressure(struct receive *r)
{
	r->backlog = hold_backlog(r->hold);
	uint64_t percent = r->backlog * 100 / r->hold_max;
	if (r->failing)
		percent = 100;
	accept_pressure(r->accept, percent > 100 ? 100 : (unsigned)percent);
	log_state_set(&r->full, percent >= 100 && !r->failing, "%s",
	    percent >= 100 ? "the store is far behind: probes must wait"
			   : "the store has caught up: probes may send");
}

static int
commit(struct receive *r, bool refused, uint64_t now)
{
	int rc = hold_sync(r->hold);
	if (rc == -2) {
		log_error(
		    "hold log %s: the disk lost what it had taken; ending, so that nothing wrong "
		    "is acknowledged",
		    r->dir);
		return -1;
	}
	r->failing = rc < 0 || refused;
	log_state_set(&r->disk, r->failing, "hold log %s: %s", r->dir,
	    r->failing ? "the disk does not take events; probes must wait"
		       : "the disk takes events again");
	pressure(r);
	if (rc == 0)
		accept_flush(r->accept, now);
	return 0;
}

static void
keep_house(struct receive *r, uint64_t now)
{
	struct err e;
	uint64_t drain;
	(void)!read(r->wake, &drain, sizeof(drain));
	if (atomic_exchange(&r->reload, false) && accept_reload(r->accept, &e) < 0)
		log_error("the list of allowed keys stays as it was: %s", e.text);
	if (now < r->saved_at + SAVE_EVERY)
		return;
	r->saved_at = now;
	if (!r->failing && dedupe_saved(r->dedupe) + 1 != hold_next(r->hold))
		(void)save(r);
	hold_expire(r->hold, dedupe_saved(r->dedupe) + 1);
}

int
receive_run(struct receive *r)
{
	while (!r->stop) {
		struct accept_batch b;
		bool refused = false;
		(void)accept_wait(r->accept, r->wake, WAIT);
		uint64_t now = now_real_ns();
		for (int i = 0; i < GROUP && accept_next(r->accept, now, &b); i++)
			refused |= one(r, &b, now) < 0;
		if (commit(r, refused, now) < 0)
			return -1;
		keep_house(r, now);
	}
	return 0;
}

static void
wake(struct receive *r)
{
	uint64_t one_more = 1;
	(void)!write(r->wake, &one_more, sizeof(one_more));
}

void
receive_stop(struct receive *r)
{
	r->stop = true;
	wake(r);
}

void
receive_reload(struct receive *r)
{
	r->reload = true;
	wake(r);
}

struct hold *
receive_hold(struct receive *r)
{
	return r->hold;
}

const char *
receive_endpoint(const struct receive *r)
{
	return accept_endpoint(r->accept);
}

int
receive_stats(struct receive *r, struct accept_stats *out)
{
	int rc = accept_stats(r->accept, out);
	out->backlog = r->backlog;
	out->disk_failing = r->failing;
	return rc;
}
