/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/loader.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/log.h"
#include "lib/now.h"

#define COMMIT_EVENTS 50000 /* a transaction of a full probe: about a third of a second */
#define COMMIT_MS 200       /* how late an alert may be seen */
#define IDLE_MS 20
#define RETRY_MS 1000
#define RETRY_MAX_MS 10000
#define EXPIRE_MS 60000

struct loader {
	struct keep *keep;
	struct hold *hold;
	char *hold_dir;
	struct hold_reader *reader;
	pthread_t thread;
	atomic_bool stop;
	atomic_uint stop_wait; /* ms */
	struct log_state store, log;
	uint64_t commit_at; /* steady ms; 0: nothing pending */
	uint64_t expire_at;
	bool idle;
};

static void
sleep_ms(unsigned ms)
{
	struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000 };

	(void)nanosleep(&t, NULL);
}

static bool
open_reader(struct loader *l, struct err *e)
{
	hold_reader_close(l->reader);
	l->reader = hold_reader_open(l->hold_dir, keep_position(l->keep), e);
	return l->reader;
}

static int
store_batch(struct loader *l, const struct hold_batch *b)
{
	struct keep_batch batch = {
		.position = b->position,
		.origin = b->origin,
		.probe = b->probe,
		.epoch = b->epoch,
		.lane = b->lane,
		.first_seq = b->first_seq,
		.recv_ms = b->received / 1000000,
	};
	struct hold_event event;
	int wanted = keep_begin(l->keep, &batch);

	for (uint32_t i = 0; wanted == 1 && hold_next_event(l->reader, &event) == 1; i++)
		if (keep_event(l->keep, (uint32_t)(event.seq - b->first_seq), event.json))
			return -1;
	if (wanted == 1)
		keep_end(l->keep);
	return wanted < 0 ? -1 : 0;
}

/* One step: a batch, or nothing to do. 0, or -1 when the store is not able. */
static int
load_some(struct loader *l)
{
	struct hold_batch b;
	int got = hold_read(l->reader, &b);
	uint64_t now = now_steady_ms();

	l->idle = got == 0;
	if (got < 0) {
		(void)log_state_set(&l->log, true,
		    "hold log: %llu batches up to %llu are lost (damaged or trimmed); going on "
		    "behind",
		    (unsigned long long)b.first_seq, (unsigned long long)b.position);
		keep_hole(l->keep, b.first_seq);
	} else if (got > 0) {
		l->log.failing = false;
		if (store_batch(l, &b))
			return -1;
		if (!l->commit_at)
			l->commit_at = now + COMMIT_MS;
	}
	if (!l->commit_at || (keep_pending(l->keep) < COMMIT_EVENTS && now < l->commit_at))
		return 0;
	l->commit_at = 0;
	if (keep_commit(l->keep))
		return -1;
	(void)log_state_set(&l->store, false, "store: takes events again");
	if (l->hold)
		hold_trim(l->hold, keep_position(l->keep));
	return 0;
}

/* Wait in small pieces so that a stop is seen. False: waited long enough for a store that does not
 * come back. */
static bool
wait_for_store(struct loader *l, unsigned ms)
{
	for (unsigned waited = 0; waited < ms; waited += IDLE_MS) {
		if (atomic_load(&l->stop) && waited >= atomic_load(&l->stop_wait))
			return false;
		sleep_ms(IDLE_MS);
	}
	return true;
}

/* Come back from a store that is not able: begin again behind what it has. False: stop was asked
 * for. */
static bool
recover(struct loader *l)
{
	unsigned wait = RETRY_MS;
	struct err e;

	(void)log_state_set(&l->store, true,
	    "store: cannot take events (%s); they wait in the hold log", keep_why(l->keep));
	l->commit_at = 0;
	while (keep_abort(l->keep) || !open_reader(l, &e)) {
		if (!wait_for_store(l, wait))
			return false;
		wait = wait * 2 < RETRY_MAX_MS ? wait * 2 : RETRY_MAX_MS;
	}
	return wait_for_store(l, RETRY_MS);
}

static int
expire_if_due(struct loader *l)
{
	uint64_t now = now_steady_ms();

	if (now < l->expire_at || keep_pending(l->keep))
		return 0;
	l->expire_at = now + EXPIRE_MS;
	return keep_expire(l->keep, now_real_ms());
}

static void *
loader_run(void *context)
{
	struct loader *l = context;

	for (;;) {
		if ((load_some(l) || expire_if_due(l)) && !recover(l))
			return NULL;
		if (!l->idle)
			continue;
		if (atomic_load(&l->stop) && !keep_pending(l->keep))
			return NULL;
		if (atomic_load(&l->stop))
			l->commit_at = 1;
		else
			sleep_ms(IDLE_MS);
	}
}

static int
agree_on_position(struct keep *keep, struct hold *hold, struct err *e)
{
	uint64_t last = hold ? hold_next(hold) - 1 : UINT64_MAX, stored = keep_position(keep);

	if (last >= stored)
		return 0;
	log_warn("store: the hold log ends at %llu, but %llu is stored; it lost its end or is new",
	    (unsigned long long)last, (unsigned long long)stored);
	return keep_rewind(keep, last) ? err_set(e, "%s", keep_why(keep)) : 0;
}

struct loader *
loader_start(struct keep *keep, const char *hold_dir, struct hold *hold, struct err *e)
{
	struct loader *l = calloc(1, sizeof(*l));

	if (!l || !(l->hold_dir = strdup(hold_dir))) {
		free(l);
		(void)err_set(e, "no memory");
		return NULL;
	}
	l->keep = keep;
	l->hold = hold;
	if (agree_on_position(keep, hold, e) == 0 && open_reader(l, e)) {
		if (pthread_create(&l->thread, NULL, loader_run, l) == 0)
			return l;
		(void)err_set(e, "no thread for the loader");
	}
	hold_reader_close(l->reader);
	free(l->hold_dir);
	free(l);
	return NULL;
}

void
loader_stop(struct loader *l, unsigned wait_ms)
{
	if (!l)
		return;
	atomic_store(&l->stop_wait, wait_ms);
	atomic_store(&l->stop, true);
	(void)pthread_join(l->thread, NULL);
	if (l->hold)
		hold_trim(l->hold, keep_position(l->keep));
	hold_reader_close(l->reader);
	free(l->hold_dir);
	free(l);
}
