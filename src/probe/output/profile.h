/* SPDX-License-Identifier: Apache-2.0 */
/*
 * profile: how much of each type of event is written (output.profile), so that a flood of records
 * can be turned down. What is held back is counted.
 */
#ifndef WANGLOU_PROBE_OUTPUT_PROFILE_H
#define WANGLOU_PROBE_OUTPUT_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/conf.h"
#include "lib/cursor.h"
#include "lib/err.h"

#define PROFILE_NAMES 24

struct profile {
	bool set;        /* the rest is not all zero */
	bool off;        /* none */
	bool only;       /* the names are those that stay; else those that go */
	uint32_t rate;   /* events a second of the packet clock; 0: all */
	uint32_t flow;   /* first ones of each flow; 0: all */
	uint32_t sample; /* one flow of so many; 0: all */
	uint8_t name_n;
	struct view name[PROFILE_NAMES]; /* members of its objects */
	uint64_t second;                 /* that is counted now */
	uint32_t said;                   /* in it */
};

/*
 * Read one entry: words "off", "rate=N", "flow=N", "sample=N", "only=a+b", "without=a+b" apart by
 * blanks. Views into `text`, which outlives it. -1 with a sentence; `type` is named in it.
 */
int
profile_read(struct profile *p, const char *type, const char *text, struct err *e);

/* Is this event written? `number`: which of its flow's it is, from 0; flow_id 0: of no flow; ts in
 * ns. */
bool
profile_wants(struct profile *p, uint64_t flow_id, uint64_t number, uint64_t ts);

/* Take members that are not wanted out of the objects that stand in `line` from offset `at` on, as
 * `,"key":{...}`. */
void
profile_trim(const struct profile *p, struct buf *line, size_t at);

#endif
