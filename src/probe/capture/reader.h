/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader: one capture file or pipe, pcap or pcapng. Private to src/probe/capture.
 */
#ifndef WANGLOU_SRC_CAPTURE_READER_H
#define WANGLOU_SRC_CAPTURE_READER_H

#include <pcap/pcap.h>
#include <stdio.h>

#include "probe/capture.h"

/*
 *   fd -> read() -> FILE (of a pipe: fopencookie, counts what it gave) -> libpcap
 * libpcap does not say where it stopped; the FILE does, for pipes as well.
 */
struct reader {
	pcap_t *pcap;
	FILE *file; /* owned by pcap while that is open */
	int fd;
	bool plain;     /* a regular file, read by the C library itself */
	uint64_t given; /* bytes read from fd, when not plain */
	uint64_t number;
	uint16_t linktype;
	bool ended;
	const atomic_bool *stop; /* NULL: never */
};

/* Open a file, or stdin for "-". 0, or -1 with a sentence that names the file. */
int
reader_open(struct reader *r, const char *path, const struct capture_config *config, struct err *e);

/* Does the file begin with the magic of pcap (in any variant) or pcapng? False when it cannot be
 * read. */
bool
reader_magic(const char *path);

/* CAPTURE_FRAME, CAPTURE_END, or once CAPTURE_DAMAGED with the sentence. */
enum capture_status
reader_next(struct reader *r, const char *path, struct frame *frame, struct err *e);

/* Bytes read from the file so far; 0 when closed. */
uint64_t
reader_given(const struct reader *r);

/* A zeroed or closed reader is allowed. */
void
reader_close(struct reader *r);

#endif
