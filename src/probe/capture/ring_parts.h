/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the ring share: ring.c (packet side and thread), ring_store.c (files),
 * ring_index.c. Private to src/probe/capture.
 *
 *   packet side                     |  thread
 *   ring_packet -> block -> queue  --> index of the block -> NUMBER.idx
 *                                   |  the block's bytes  -> NUMBER.pcap
 */
#ifndef WANGLOU_SRC_CAPTURE_RING_PARTS_H
#define WANGLOU_SRC_CAPTURE_RING_PARTS_H

#include "lib/buf.h"
#include "probe/ring.h"

#define RING_BLOCK_BYTES (1u << 20)
#define RING_BLOCK_MARKS 16384u

/* Records of one link type as they will stand in the file. A mark is what a packet is found by, and
 * where its record begins; a tunnelled packet has two. */
struct ring_block {
	struct ring_block *next;
	uint8_t *data;
	struct ringfile_key *key; /* of each mark */
	uint32_t *offset;         /* of each mark */
	uint32_t bytes, packets, marks;
	uint16_t linktype;
	uint64_t first_ts; /* of the packet that came first */
	uint64_t min_ts, max_ts;
};

/* ---- index ---- */

struct ring_index;

/* NULL when memory is out. NULL may be freed. */
struct ring_index *
ring_index_new(struct hash_key seed);
void
ring_index_free(struct ring_index *x);

/* The index block of a block that will stand at `from` in its file; valid until the next call. ptr
 * NULL when memory is out. */
struct view
ring_index_make(struct ring_index *x, const struct ring_block *b, uint64_t from);

/* ---- files ---- */

struct ring_store;

struct ring_store *
ring_store_open(const struct ring_config *config, struct err *e);
/* NULL is allowed. */
void
ring_store_close(struct ring_store *s);

/* Write a block, making room below the quota first. What cannot be written is counted as lost. */
void
ring_store_block(struct ring_store *s, const struct ring_block *b);

/* packets, bytes, lost, files, disk, oldest. */
const struct ring_counters *
ring_store_count(const struct ring_store *s);

#endif
