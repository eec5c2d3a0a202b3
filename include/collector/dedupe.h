/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dedupe: is it new? The highest number held of each (origin, epoch, lane).
 *
 *     origin -> epoch (the last 4) -> lane -> next number wanted
 *
 * Because a sender says which number a batch follows, one number a lane is enough: batches repeat
 * or overlap after a break, but never come early. The table is bounded; the origin longest unheard
 * of goes. Kept in DATA/hold/origins, replaced atomically, with the hold position it stands for;
 * what the hold log has behind that, receive reads again at start. One thread.
 */
#ifndef WANGLOU_COLLECTOR_DEDUPE_H
#define WANGLOU_COLLECTOR_DEDUPE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "wire/frame.h"

#define DEDUPE_EPOCHS 4

struct dedupe;

enum dedupe_verdict {
	DEDUPE_NEW,   /* hold it, without its first `skip` events */
	DEDUPE_OLD,   /* all of it is held: only acknowledge */
	DEDUPE_EARLY, /* something before it never came: tell the sender to go back */
};

struct dedupe_answer {
	enum dedupe_verdict verdict;
	uint32_t skip;
	uint64_t gap_first, gap_last; /* numbers that will never come; 0, 0: none */
};

/* An empty table of up to `origins` origins. NULL when memory is out. */
struct dedupe *
dedupe_new(uint32_t origins);
void
dedupe_free(struct dedupe *d);

/* Read the file. 0 (also when there is none), or -1 with a sentence (damage, I/O). */
int
dedupe_load(struct dedupe *d, const char *hold_dir, struct err *e);

/* Write the file for the state as of hold position `position`. 0, or -1 with a sentence. */
int
dedupe_save(struct dedupe *d, const char *hold_dir, uint64_t position, struct err *e);

/* Hold position of the last file written or read: the log must be kept behind it. */
uint64_t
dedupe_saved(const struct dedupe *d);

/*
 * A probe said HELLO: fill acked[] with what is held of each lane. An epoch not known yet begins
 * behind what the probe says was acknowledged (an earlier collector has that). `now` in ns orders
 * the origins by age. True when the epoch is new: save before anything of it is held.
 */
bool
dedupe_hello(
    struct dedupe *d, const struct frame_hello *h, uint64_t now, uint64_t acked[LANE_COUNT]);

/* What to do with a batch. Changes nothing. An unknown epoch gets DEDUPE_EARLY (say HELLO). */
struct dedupe_answer
dedupe_check(const struct dedupe *d, const struct frame_batch *b);

/* Numbers up to `last` are in the hold log now. */
void
dedupe_advance(
    struct dedupe *d, const uint8_t origin[16], uint64_t epoch, uint8_t lane, uint64_t last);

/* Highest number held; 0 when nothing is known. */
uint64_t
dedupe_acked(const struct dedupe *d, const uint8_t origin[16], uint64_t epoch, uint8_t lane);

#endif
