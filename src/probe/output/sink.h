/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sink: a file of whole lines that survives a full disk.
 *
 * Lines wait in a bounded buffer and go out in one write; a line that a full disk cut is taken
 * out of the file again and waits with the rest for the next flush, so the file holds whole lines
 * at any time. When the buffer is full, lines are counted in `loss`, for the gap record once
 * writing works again. Owns the descriptor. One thread.
 */
#ifndef WANGLOU_PROBE_OUTPUT_SINK_H
#define WANGLOU_PROBE_OUTPUT_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/log.h"

struct sink_loss {
	uint64_t count;
	uint64_t since, until; /* ns, packet clock */
};

struct sink {
	int fd; /* -1: none */
	char path[4096];
	struct buf wait;
	struct sink_loss loss;
	struct log_state state;   /* writing */
	struct log_state opening; /* by name, after a rotation; tried again with each flush */
};

/* Open PATH ("-" is stdout). 0, or -1 with a sentence. */
int
sink_open(struct sink *s, const char *path, bool append, struct err *e);

/* Add a line of n bytes and its newline. False when it had to be dropped (counted in s->loss). */
bool
sink_line(struct sink *s, const void *line, size_t n, uint64_t ts);

/* Write what waits. 0 when nothing is left. */
int
sink_flush(struct sink *s);

/* Open the file again by name, appending. While that fails the old one is written. */
void
sink_reopen(struct sink *s);

/* Flush and close; returns the number of bytes that could not be written plus lines lost. */
uint64_t
sink_close(struct sink *s);

#endif
