/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ship: moves the spool to the collector. Runs in a child process that never sees a packet.
 *
 *     spool (disk) -> batch (256 KiB or 200 ms; alerts 20 ms) -> zstd -> DEALER, CURVE -> collector
 *     positions (disk) <-------------------------- ACK <------------------------------------'
 *
 * Reads the spool and two key files, writes DIR/positions; touches the network. Sends within the
 * credit of each lane, most important lane first; nothing leaves before it is on disk (a power cut
 * cannot make a number mean two events). After a break it goes on behind what the collector has.
 * One line for each change of state.
 */
#ifndef WANGLOU_PROBE_SHIP_H
#define WANGLOU_PROBE_SHIP_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/keys.h"

#define SHIP_ENDPOINTS 4

struct ship_config {
	const char *spool_dir;
	const char *probe;                    /* name said in HELLO; NULL: the key's name */
	const char *endpoint[SHIP_ENDPOINTS]; /* tried in turn; NULL ends the list */
	struct keys_pair key; /* our own, loaded by the caller (before privileges drop) */
	uint8_t collector_key[KEYS_SIZE];
	bool drain;         /* replay: end when the spool has no writer and all is acknowledged */
	bool follow_parent; /* SIGTERM ourselves when the parent dies */
	uint32_t linger_ms; /* after SIGTERM, or in drain once the writer is gone: give up then; 0:
			       30 s */
	uint32_t batch_bytes;  /* 0: 256 KiB */
	uint32_t batch_ms;     /* 0: 200 */
	uint32_t alert_ms;     /* control and alert lanes; 0: 20 */
	uint32_t status_ms;    /* 0: 5000 */
	uint32_t silence_ms;   /* hear nothing for so long: connect anew; 0: 20000 */
	uint32_t retry_max_ms; /* longest pause between attempts; 0: 30000 */
	int level;             /* zstd; 0: 1 */
};

enum ship_result {
	SHIP_DONE = 0, /* everything in the spool is acknowledged */
	SHIP_LEFT =
	    3, /* told to end, or linger is over, with events left; they stay in the spool */
	SHIP_FAILED = 1, /* could not begin; *e says why */
};

/*
 * Run until SIGTERM or SIGINT (or, with drain, until done). Installs handlers for both; returns
 * what the process should exit with. Waits for the spool to come into being. The key in *c is
 * wiped.
 */
int
ship_run(struct ship_config *c, struct err *e);

#endif
