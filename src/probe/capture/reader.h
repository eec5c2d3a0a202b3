/* SPDX-License-Identifier: Apache-2.0 */
/*
 * reader: one capture file or pipe, pcap or pcapng, also packed by gzip or zstd. Private to
 * src/probe/capture.
 */
#ifndef WANGLOU_SRC_CAPTURE_READER_H
#define WANGLOU_SRC_CAPTURE_READER_H

#include <pcap/pcap.h>
#include <stdio.h>

#include "classic.h"
#include "lib/unpack.h"
#include "probe/capture.h"

#define READER_MAGIC 4

/*
 *   regular file:   fd -> classic; fd -> FILE -> libpcap for what that does not take
 *   pipe:           fd -> fopencookie -> FILE -> libpcap
 *   packed:         fd -> packed bytes -> unpack -> fopencookie -> FILE -> libpcap
 * libpcap does not say where it stopped; the FILE does, for pipes as well.
 */
struct reader {
	pcap_t *pcap;
	FILE *file; /* owned by pcap while that is open */
	int fd;
	bool plain;                  /* a regular file, read by the C library itself */
	uint64_t given;              /* bytes read from fd, when not plain */
	uint64_t handed;             /* bytes given to the FILE, when not plain */
	uint8_t first[READER_MAGIC]; /* read from a pipe to see what it is, not yet handed on */
	size_t first_n;

	const struct unpack_format *format; /* NULL: not packed */
	void *unpack;
	uint8_t *packed;  /* owned: room for bytes read from fd */
	struct view rest; /* of them, not yet unpacked */
	enum unpack_status packed_status;
	const char *why; /* the packed bytes are damaged; NULL: they are not */

	struct classic classic;
	uint64_t number;
	uint16_t linktype;
	int rc;                  /* of pcap_next_ex, when it gave no frame */
	bool ended;              /* and that was asked for */
	const atomic_bool *stop; /* NULL: never */
};

/* Open a file, or stdin for "-". 0, or -1 with a sentence that names the file. */
int
reader_open(struct reader *r, const char *path, const struct capture_config *config, struct err *e);

/* Does the file, unpacked, begin with the magic of pcap (in any variant) or pcapng? False when it
 * cannot be read. */
bool
reader_magic(const char *path);

/* CAPTURE_FRAME, or CAPTURE_END: then reader_stopped says why. All but .source is filled. */
enum capture_status
reader_next(struct reader *r, struct frame *frame);

/* After reader_next gave no frame: CAPTURE_END, or once CAPTURE_DAMAGED with the sentence. */
enum capture_status
reader_stopped(struct reader *r, const char *path, struct err *e);

/* Bytes read from the file so far; 0 when closed. */
uint64_t
reader_given(const struct reader *r);

/* A zeroed or closed reader is allowed. */
void
reader_close(struct reader *r);

#endif
