/* SPDX-License-Identifier: Apache-2.0 */
/*
 * window: bodies and files that grow, as signatures look at them. Inside src/probe/l7 only.
 *
 *	bytes -> held until there is enough of them or no more come -> said with the transaction
 *	         (struct l7_window) -> the last ones stay for what straddles -> more bytes ...
 *
 * Nothing is held that no rule asks for (l7_want). Within a packet a window grows in place; what it
 * holds stays until the next l7_begin. Owned by one struct l7. One thread.
 */
#ifndef WANGLOU_PROBE_L7_WINDOW_H
#define WANGLOU_PROBE_L7_WINDOW_H

#include "row.h"

/* The transaction that carries it. */
struct window_owner {
	const void *tx; /* NULL: found by its number */
	uint8_t *has;   /* L7_READY_ bits said of it */
	uint64_t id;
	const struct l7_file *file; /* NULL: none */
};

/* Zeroed is one that is not followed. */
struct window {
	struct hold held;
	uint64_t at;     /* offset of the first byte held */
	uint64_t packet; /* it was said with (l->packet); 0: never */
	uint32_t fresh;  /* bytes at its end that were not said */
	uint8_t of;      /* L7_WINDOW_ bits; 0: not followed */
	uint8_t dir;
	bool full; /* the limit was reached: no more is looked at */
};

/* Follow it, when rules ask for one of these kinds (L7_WINDOW_ bits). */
void
window_begin(
    const struct l7 *l, const struct l7_flow *lf, struct window *w, unsigned of, enum dir dir);
void
window_add(struct l7 *l, struct l7_flow *lf, struct window *w, const struct window_owner *by,
    struct view bytes);
/* n bytes are missing here. */
void
window_gap(
    struct l7 *l, struct l7_flow *lf, struct window *w, const struct window_owner *by, uint64_t n);
/* Nothing more comes: it is said for the last time. */
void
window_end(struct l7 *l, struct l7_flow *lf, struct window *w, const struct window_owner *by);
/* Give it back without a word. */
void
window_drop(struct l7 *l, struct window *w);

/* ---- for l7.c and files.c ---- */

/* The file is given back before the packet is over. */
void
windows_forget(struct l7 *l, const struct l7_file *file);
/* A new packet. */
void
windows_begin(struct l7 *l);
void
windows_free(struct l7 *l);
/* Hang them on the ready transactions. */
void
windows_give(struct l7 *l);
/* row->buffer of what grows. */
bool
windows_buffer(const struct l7_tx *tx, const struct l7_ask *ask, struct view *out);

#endif
