/* SPDX-License-Identifier: Apache-2.0 */
/*
 * receive: the collector's receiving thread on one screen: accept -> dedupe -> hold -> acknowledge.
 *
 * Made and closed by the main thread; receive_run is the thread's body. Nothing is acknowledged
 * before it is on disk; one fdatasync serves all batches that came in together.
 */
#ifndef WANGLOU_COLLECTOR_RECEIVE_H
#define WANGLOU_COLLECTOR_RECEIVE_H

#include <stdint.h>

#include "collector/accept.h"
#include "collector/hold.h"
#include "lib/err.h"

struct receive;

struct receive_config {
	struct accept_config accept;
	const char *hold_dir;        /* DATA/hold */
	uint64_t hold_segment_bytes; /* 0: 64 MiB */
	uint64_t hold_max_bytes;     /* backlog at which nothing more is taken; 0: 8 GiB */
	uint32_t origins_max;        /* 0: 4096 */
};

/* Open hold, dedupe and accept, in that order. NULL with a sentence. */
struct receive *
receive_open(const struct receive_config *c, struct err *e);

/* After receive_run has returned. NULL is allowed. */
void
receive_close(struct receive *r);

/* Run until receive_stop. 0, or -1 when the disk lost what it had taken (said in the log): end the
 * process. */
int
receive_run(struct receive *r);

/* End receive_run soon. Any thread, and signal handlers. */
void
receive_stop(struct receive *r);

/* Load the allowed keys again soon. Any thread, and signal handlers. */
void
receive_reload(struct receive *r);

/* For hold_trim by the loader. */
struct hold *
receive_hold(struct receive *r);

/* Where probes connect, with the port that was chosen when the setting says *. Its own; any thread.
 */
const char *
receive_endpoint(const struct receive *r);

/* As accept_stats. Any thread. Release with accept_stats_clear. */
int
receive_stats(struct receive *r, struct accept_stats *out);

#endif
