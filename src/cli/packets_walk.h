/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk: the wanted packets of one file of a ring, in the order they stand there.
 *
 *   index block -> talks that match -> offsets, sorted -> records
 *   behind the last whole block: every record, decoded, until the file ends or a record is torn
 */
#ifndef WANGLOU_CLI_PACKETS_WALK_H
#define WANGLOU_CLI_PACKETS_WALK_H

#include "lib/buf.h"
#include "packets.h"
#include "probe/decode.h"

#define PACKETS_PATH 64

struct packets_walk {
	const struct packets_filter *filter;
	int fd; /* -1: closed */
	uint16_t linktype;
	uint64_t size;       /* of the capture when it was opened */
	struct buf idx, win; /* win: bytes of the capture from win_at on */
	uint64_t win_at;
	struct cursor blocks;
	uint64_t covered; /* the index was followed up to here */
	uint64_t *offset; /* of the block being read */
	size_t n, at, room;
	bool failed;   /* memory is out */
	uint64_t last; /* where the record before ended */
	struct decode decode;
};

void
packets_path(char out[PACKETS_PATH], unsigned worker, uint64_t number, const char *suffix);

/* -1 with errno. */
int
packets_walk_open(struct packets_walk *w, int dir, const struct packets_file *file,
    const struct packets_filter *filter);
void
packets_walk_close(struct packets_walk *w);

/* The next wanted packet; its data is valid until the next call. False at the end. */
bool
packets_walk_next(struct packets_walk *w, struct packets_packet *out);

/* Times and number of packets of a file that was not closed, from its index and its records. */
void
packets_walk_survey(struct packets_walk *w, struct packets_file *f);

#endif
