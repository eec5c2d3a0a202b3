/* SPDX-License-Identifier: Apache-2.0 */
/*
 * links: the interfaces of a live probe by what people call them, and whether they are well.
 *
 * Takes the setting capture.links, each worker's counts, and the time; says when a link goes quiet
 * or shows one direction of its connections only. No clock, no log of its own. Each worker writes
 * its own counts; one thread at a time sums and judges. The rows are const after links_new.
 */
#ifndef WANGLOU_PROBE_LINKS_H
#define WANGLOU_PROBE_LINKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/conf.h"
#include "lib/err.h"
#include "probe/capture.h"

/* One interface. What was not given is NULL. */
struct links_row {
	const char *interface;
	const char *name;      /* what people call it */
	const char *direction; /* "in", "out" or "both": which way its frames go */
	const char *segment;   /* the segment it is tapped in */
};

/* LINKS_DOWN: the interface is down or gone. */
enum links_state { LINKS_OK, LINKS_IDLE, LINKS_ONE_WAY, LINKS_DOWN };

/* One interface over all workers, cumulative. */
struct links_report {
	const struct links_row *row;
	enum links_state state, before; /* before: in links_judge(), what it was until now */
	uint64_t since; /* ns: when the state began; of LINKS_IDLE, the last frame */
	uint64_t quiet; /* ns without a frame */
	uint64_t packets, bytes, kernel_drops, if_drops;
	uint64_t connections, one_way; /* TCP connections judged, and how many showed one side */
};

struct links_config {
	const struct conf_map *rows;  /* capture.links */
	const char *const *interface; /* captured, in the order of frame.source; must outlive it */
	size_t n;
	unsigned workers;
	uint64_t idle;    /* ns without a frame; 0: never judged */
	uint64_t one_way; /* connections that must have been seen; 0: never judged */
};

struct links;

/* 0 when every row of capture.links can be read and, when there are any, is of one of the n
 * interfaces or at least of one that exists; else -1 with a sentence. Opens a socket. */
int
links_check(const struct conf_map *rows, const char *const *interface, size_t n, struct err *e);

/* NULL with a sentence: a row cannot be read, or memory is out. */
struct links *
links_new(const struct links_config *config, struct err *e);

/* NULL is allowed. */
void
links_free(struct links *l);

/* What is known of an interface; NULL when capture.links does not have it, or either is NULL. */
const struct links_row *
links_find(const struct links *l, const char *interface);

/* A connection is judged when it has so many packets, or at its end. */
#define LINKS_JUDGED_AT 8

enum links_sides {
	LINKS_NEITHER, /* says nothing: only attempts, or answers to nothing */
	LINKS_ONE,     /* went on although its other side was never seen */
	LINKS_BOTH,
};

/* What a TCP connection shows, from packets and all flags of each direction. Pure. */
enum links_sides
links_sides(const uint64_t packets[2], const uint8_t tcp_flags[2]);

/* ---- by each worker, of its own part ---- */

/* A connection was judged on interface i. */
void
links_connection(struct links *l, unsigned worker, size_t i, enum links_sides sides);

/* Where the worker's capture of interface i stands; several times a second. */
void
links_captured(struct links *l, unsigned worker, size_t i, const struct capture_stats *s);

/* ---- by one thread ---- */

/* Interface i, summed; false when there are fewer. now: ns. */
bool
links_report(const struct links *l, size_t i, uint64_t now, struct links_report *out);

/* Judge every link, about once a second; `changed` is told of each whose state is another now.
 * now: ns, real time; a clock that is set back delays an alarm by as much. */
void
links_judge(struct links *l, uint64_t now,
    void (*changed)(void *context, const struct links_report *r), void *context);

#define LINKS_TEXT 256

/* A sentence for the operator about a state that changed. */
void
links_text(char out[LINKS_TEXT], const struct links_report *r);

/* "ok", "idle", "one-way", "down". */
const char *
links_state_name(enum links_state state);

#endif
