/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring: the frames themselves, kept on disk until the quota is reached.
 *
 * Takes every frame right after its flow is known; gives it, whole or cut at the snaplen, to a
 * thread that writes blocks to files below DIR/WORKER/, each with its index (docs/packet-ring.md).
 * The packet path copies into memory and never waits for a disk when live: what cannot be kept is
 * counted. Owns its thread, its buffers (about 15 MB) and the files of its worker. One owner
 * thread.
 */
#ifndef WANGLOU_PROBE_RING_H
#define WANGLOU_PROBE_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/hash.h"
#include "lib/ringfile.h"
#include "probe/packet.h"

struct ring;

struct ring_config {
	const char *dir;
	unsigned worker, workers; /* this one, of so many; each has its share of the quota */
	uint64_t quota;           /* bytes of all workers' files */
	uint64_t file_bytes;      /* begin another file at this size */
	uint64_t flow_limit;      /* bytes kept of each flow, 0: all */
	uint32_t snaplen;         /* bytes kept of each frame, 0: all */
	struct hash_key seed;     /* of tables only; has no say in the files */
	bool live; /* never wait for the disk, hand over once a second; else wait, and full
		      blocks only */
};

struct ring_counters {
#define COUNTER_RING(name, help) uint64_t name;
#include "probe/counters.def"
};

/* Opens the worker's folder, making it if need be, and starts the thread. NULL with a sentence. The
 * config is copied, its dir must outlive the ring. */
struct ring *
ring_open(const struct ring_config *config, struct err *e);

/* Write what waits, end the thread. NULL is allowed. */
void
ring_close(struct ring *r);

/* Keep the packet's frame. `flow_bytes`: what its flow has carried so far, this frame included; 0
 * without a flow. */
void
ring_packet(struct ring *r, const struct packet *p, uint64_t flow_bytes);

/* Hand over what has waited for a second of the packet clock. For live captures that are idle. */
void
ring_tick(struct ring *r, uint64_t now);

/* Wait until everything taken so far is in the files, or known to be lost. */
void
ring_flush(struct ring *r);

/* Its counters as of now. */
void
ring_count(struct ring *r, struct ring_counters *out);

/* What a packet is found by: its innermost addresses and ports, then, of a tunnelled one, the
 * outermost. Returns how many. */
unsigned
ring_keys(const struct packet *p, struct ringfile_key out[2]);

#endif
