/* SPDX-License-Identifier: Apache-2.0 */
/* ship's own: the lanes (lane.c), the link to a collector (link.c), the loop (ship.c). */
#ifndef WANGLOU_PROBE_SHIP_INTERNAL_H
#define WANGLOU_PROBE_SHIP_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/compress.h"
#include "lib/log.h"
#include "lib/seglog.h"
#include "lib/zsock.h"
#include "probe/ship.h"
#include "probe/spoolpos.h"
#include "wire/frame.h"

#define FLIGHTS 1024 /* batches of a lane that may be unacknowledged */

/* Batches on their way, oldest first: a ring. */
struct flight {
	uint64_t last;
	uint64_t bytes;
};

/*
 *     acked ... after | first .. first + count - 1 (gathered) | held | rest of the log (reader)
 *               sent  |
 */
struct ship_lane {
	enum lane id;
	char path[4096];
	struct seglog_reader *reader;
	uint64_t acked, after;
	uint64_t first;
	uint32_t count;
	struct buf raw;
	uint64_t since;   /* ms: when the first event of the batch was gathered */
	uint64_t look_at; /* ms: nothing there before, look again then */
	bool dry;         /* the last look found the end of the log */
	bool held;        /* one record read that belongs to the next batch, behind a hole */
	uint64_t held_number;
	struct view held_record;
	bool damaged; /* the hole before the next record is damage */
	uint64_t credit, flying;
	struct flight flight[FLIGHTS];
	unsigned flights, flight_at;
};

enum link_state { LINK_DOWN, LINK_TRYING, LINK_HELLO, LINK_READY };

struct ship_link {
	enum link_state state;
	struct zsock *sock;
	unsigned endpoint, tries;
	uint64_t retry_at, deadline, heard, ready_at, status_at; /* ms */
	bool greeted;                                            /* the first success was said */
	struct log_state log;
	char why[280];
};

struct ship {
	struct ship_config c;
	uint8_t origin[KEYS_ORIGIN];
	uint64_t epoch;
	bool finished; /* all is sent, and no more will come */
	bool open;     /* the spool was found, the lanes are set up */
	struct spoolpos *pos;
	struct ship_lane *lane[LANE_COUNT];
	struct compress *compress;
	struct buf packed, frame;
	struct ship_link link;
	int64_t clock_offset;
	uint64_t best_rtt;
	uint64_t batches, events, resent, damaged;
	struct log_state sync_log;
};

/* ---- lane.c ---- */

struct ship_lane *
lane_new(const char *spool_dir, enum lane id);
void
lane_free(struct ship_lane *l);

/* Begin again behind `acked`; what was gathered or is on its way is forgotten. 0 or -1. */
int
lane_rewind(struct ship *s, struct ship_lane *l, uint64_t acked);

/* Everything up to `acked` is safe at the collector. */
void
lane_acked(struct ship *s, struct ship_lane *l, uint64_t acked);

/* Gather what the log has, up to a batch. */
void
lane_gather(struct ship *s, struct ship_lane *l, uint64_t now);

/* Send a batch if there is one, it is due (`hurry`: it always is) and credit allows. True when one
 * went out. */
bool
lane_send(struct ship *s, struct ship_lane *l, uint64_t now, bool hurry);

/* Nothing is left: all that the log has is acknowledged. */
bool
lane_done(const struct ship_lane *l);

/* ---- link.c ---- */

/* Connect, greet, notice breaks. */
void
link_step(struct ship *s, uint64_t now);

/* Take what has come in. */
void
link_receive(struct ship *s, uint64_t now);

void
link_close(struct ship *s, bool bye);

#endif
