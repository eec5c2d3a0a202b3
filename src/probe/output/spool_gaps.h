/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spool_gaps: losses that have no gap record yet, merged, safe from a kill in DIR/positions.
 *
 *     loss -> pending[lane][reason] -> (due) -> gap record in the control lane -> pending cleared
 *
 * While records are being written, `writing` holds the control lane's number of the first: after a
 * kill it shows which of them are in the lane already.
 */
#ifndef WANGLOU_PROBE_SPOOL_GAPS_H
#define WANGLOU_PROBE_SPOOL_GAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/seglog.h"
#include "probe/spoolpos.h"
#include "wire/lane.h"

enum gap_reason { GAP_QUOTA, GAP_DISK, GAP_REASONS };

struct gap_pending {
	uint64_t first, last;  /* numbers; 0, 0 for events that never got one */
	uint64_t count;        /* 0: nothing pending */
	uint64_t since, until; /* ns */
};

struct spool_gaps {
	uint64_t writing;
	struct gap_pending pending[LANE_COUNT][GAP_REASONS];
	uint64_t at_risk[LANE_COUNT]; /* events the disk refuses, that are lost if the process ends
					 now */
	uint64_t risk_at;             /* ns */
	/* not saved */
	struct spoolpos *pos;
	const char *probe;
	uint64_t last_write;
	uint64_t written;
};

/* Load what a former life left; `control` tells what of it is written already. */
void
spool_gaps_load(struct spool_gaps *g, struct spoolpos *pos, const struct seglog *control);

/* Save to DIR/positions. */
void
spool_gaps_save(struct spool_gaps *g);

/* One event that got no number. Saved with the next tick. */
void
spool_gaps_unwritten(struct spool_gaps *g, enum lane lane, uint64_t ts);

/* Would first .. last merge with what is pending for the lane? If not, spool_gaps_write must come
 * first. */
bool
spool_gaps_merges(const struct spool_gaps *g, enum lane lane, uint64_t first);

/* Numbers first .. last are about to be given up at `now`; saved before this returns. */
void
spool_gaps_dropped(
    struct spool_gaps *g, enum lane lane, uint64_t first, uint64_t last, uint64_t now);

/*
 * Write what is due at `now` (all of it with `force`) to the control lane. The more gap records
 * wait there, the longer losses are merged before they are written. 0, or -1 when the disk does not
 * take them.
 */
int
spool_gaps_write(struct spool_gaps *g, struct seglog *control, uint64_t now, bool force);

#endif
