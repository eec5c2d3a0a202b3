/* SPDX-License-Identifier: Apache-2.0 */
/*
 * item: the open transactions of a flow, in order, for rows whose transactions last longer than one
 * packet. A row's transaction struct begins with a struct l7_item; its state has a struct l7_items.
 *
 *	oldest -> ... -> newest     l7_item_new appends, l7_item_done takes out and says the record
 *
 * A row that uses them has .release = l7_item_release, .items_at, .finish = l7_items_end and
 * .close = l7_items_close; one with more to do there calls l7_items_finish and l7_items_drop
 * itself. Transactions that are complete within one packet need none of this:
 * l7_once() and l7_once_say().
 */
#ifndef WANGLOU_PROBE_L7_ITEM_H
#define WANGLOU_PROBE_L7_ITEM_H

#include "row.h"

struct l7_item {
	struct l7_item *next;
	uint64_t id;    /* 0.. within the flow */
	uint8_t has;    /* L7_READY_ bits said so far */
	struct bag bag; /* what l7_text keeps; given back with the transaction */
};

struct l7_items {
	struct l7_item *oldest, *newest;
	uint32_t live;
};

/* A zeroed transaction (row->tx_size bytes) behind the newest; NULL at a cap, which is for the row
 * to report as L7_FULL. */
void *
l7_item_new(struct l7 *l, struct l7_flow *lf, struct l7_items *q);

/* A part of it became ready (L7_READY_REQUEST, L7_READY_RESPONSE). */
void
l7_item_say(struct l7 *l, struct l7_flow *lf, const void *item, uint8_t ready, enum dir dir);

/* It is complete: out of the list, its record is said. `ready` is what became ready with it, or 0.
 */
void
l7_item_done(
    struct l7 *l, struct l7_flow *lf, struct l7_items *q, void *item, uint8_t ready, enum dir dir);

/* All that are open are complete as they are. */
void
l7_items_finish(struct l7 *l, struct l7_flow *lf, struct l7_items *q, enum dir dir);

/* Give all that are open back without a word. */
void
l7_items_drop(struct l7 *l, struct l7_flow *lf, struct l7_items *q);

/* For row->finish and row->close, when these are all there is to do; they need row->items_at. */
void
l7_items_end(struct l7 *l, struct l7_flow *lf);
void
l7_items_close(struct l7 *l, struct l7_flow *lf);

/* For row->release. */
void
l7_item_release(struct l7 *l, struct l7_flow *lf, const void *item);

/* A text of the transaction that outlives the packet: the first `max` bytes, or fewer at a cap. */
struct view
l7_text(struct l7 *l, void *item, struct view from, size_t max);

/* n zeroed bytes that live until the packet's transactions were looked at; NULL at a cap. */
void *
l7_once(struct l7 *l, size_t n);

/* Say a transaction that is complete in this packet; `data` is from l7_once. Returns its id. */
uint64_t
l7_once_say(struct l7 *l, struct l7_flow *lf, const void *data, uint8_t ready, enum dir dir);

#endif
