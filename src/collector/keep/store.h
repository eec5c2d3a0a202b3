/* SPDX-License-Identifier: Apache-2.0 */
/* store: what keep.c and expire.c share. The loader's thread owns all but `shown`, which the lock
 * protects. */
#ifndef WANGLOU_COLLECTOR_KEEP_STORE_H
#define WANGLOU_COLLECTOR_KEEP_STORE_H

#include <pthread.h>

#include "collector/keep.h"
#include "files.h"
#include "lib/buf.h"
#include "lib/log.h"
#include "seal.h"
#include "shelf.h"

struct keep {
	struct keep_config config;
	char *dir;
	struct shelf alerts, events; /* events.db is NULL: no file yet, the first batch makes it */
	uint32_t day, number;        /* of the event file */
	char name[FILES_NAME];
	struct keep_batch batch;
	bool want_alerts, want_events;
	uint64_t reached; /* last complete batch, not yet committed */
	uint64_t pending;
	struct keep_counters count;  /* committed */
	struct keep_counters coming; /* since the last commit */
	struct seal *seal;
	struct buf scratch;
	struct err why;
	struct log_state too_much;
	pthread_mutex_t lock;
	struct keep_counters shown;
	uint64_t position;
};

/* Let other threads see the counters. */
void
store_show(struct keep *k);

#endif
