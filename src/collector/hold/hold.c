/* SPDX-License-Identifier: Apache-2.0 */
/* hold, the writer: see include/collector/hold.h. */
#include "collector/hold.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "lib/seglog.h"
#include "record.h"

struct hold {
	struct seglog *log;
	struct buf record;
	_Atomic uint64_t stored; /* what the loader reported */
};

struct hold *
hold_open(const char *dir, uint64_t segment_bytes, struct err *e)
{
	struct hold *h = calloc(1, sizeof(*h));
	if (!h) {
		err_set(e, "out of memory");
		return NULL;
	}
	buf_init(&h->record, SEGLOG_MAX_RECORD);
	h->log = seglog_open(dir, segment_bytes, e);
	if (h->log)
		return h;
	hold_close(h);
	return NULL;
}

void
hold_close(struct hold *h)
{
	if (!h)
		return;
	seglog_close(h->log);
	buf_fini(&h->record);
	free(h);
}

int
hold_append(struct hold *h, const struct hold_record *r, uint64_t *position)
{
	buf_clear(&h->record);
	hold_encode(&h->record, r);
	if (h->record.failed)
		return -1;
	return seglog_append(h->log, h->record.ptr, h->record.len, position);
}

int
hold_sync(struct hold *h)
{
	return seglog_sync(h->log);
}

void
hold_expire(struct hold *h, uint64_t keep)
{
	uint64_t stored = atomic_load(&h->stored) + 1;
	(void)seglog_trim(h->log, stored < keep ? stored : keep);
}

uint64_t
hold_next(const struct hold *h)
{
	return seglog_next(h->log);
}

/* By segments and by share of records in between: good enough to push back by. */
uint64_t
hold_backlog(const struct hold *h)
{
	uint64_t first = seglog_first(h->log), next = seglog_next(h->log);
	uint64_t stored = atomic_load((_Atomic uint64_t *)&h->stored) + 1;
	if (stored < first)
		stored = first;
	if (next <= first || stored >= next)
		return 0;
	return (uint64_t)((double)seglog_bytes(h->log) * (double)(next - stored) /
			  (double)(next - first));
}

void
hold_trim(struct hold *h, uint64_t position)
{
	uint64_t before = atomic_load(&h->stored);
	while (position > before && !atomic_compare_exchange_weak(&h->stored, &before, position))
		;
}
