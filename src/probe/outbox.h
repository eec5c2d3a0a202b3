/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outbox: what one worker found while it looked at a batch of packets, in the order it was found,
 * until the scribe takes it.
 *
 * Lines and records, each with its place: the packet that brought it, and for flows that time ended
 * what they sort by. Outboxes of several workers are put together by place, which gives the order
 * in which one worker alone would have found everything. One thread at a time.
 */
#ifndef WANGLOU_PROBE_OUTBOX_H
#define WANGLOU_PROBE_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "scribe.h"

struct outbox_place {
	uint64_t packet; /* sequence of the packet */
	uint64_t time;   /* of an ending flow; UINT64_MAX: the packet itself brought it */
	uint64_t number;
};

struct outbox {
	struct outbox_place here;
	bool by_time; /* flows end by time: outbox_ending says where each stands */
	struct buf items;
	uint64_t lost; /* there was no memory for it */
};

void
outbox_init(struct outbox *o);
void
outbox_fini(struct outbox *o);

/* What is found from now on was brought by this packet. */
static inline void
outbox_at(struct outbox *o, uint64_t packet)
{
	o->here = (struct outbox_place){ packet, UINT64_MAX, 0 };
	o->by_time = false;
}

/* Flows end now, before this packet. */
static inline void
outbox_before(struct outbox *o, uint64_t packet)
{
	o->here = (struct outbox_place){ packet, 0, 0 };
	o->by_time = true;
}

/* For struct worker_out, with the outbox as context. */
void
outbox_line(void *outbox, uint8_t type, const void *line, size_t n, uint64_t ts);
void
outbox_record(void *outbox, const struct notice_record *r, const char *source);
void
outbox_ending(void *outbox, uint64_t time, uint64_t number);

/* Hand everything to the scribe as it stands, and empty it. */
void
outbox_give(struct outbox *o, struct scribe *s);

/* Several outboxes, being put together. */
struct outbox_merge {
	struct outbox *box;
	unsigned n;
	size_t at[WORKERS_MOST]; /* n of them are in use */
};

/* Begin with n (at most WORKERS_MOST) outboxes. */
void
outbox_merge_begin(struct outbox_merge *m, struct outbox *box, unsigned n);

/* Hand over everything brought by packets up to and including `packet`. */
void
outbox_merge_to(struct outbox_merge *m, uint64_t packet, struct scribe *s);

/* Hand over the rest and empty them. */
void
outbox_merge_end(struct outbox_merge *m, struct scribe *s);

#endif
