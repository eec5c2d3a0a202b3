/* SPDX-License-Identifier: Apache-2.0 */
/*
 * classic: the frames of a regular file in the classic pcap format (version 2.4, this machine's
 * byte order), read without libpcap: a tenth of the instructions. Private to src/probe/capture.
 *
 * It only takes what is in order. The first thing that is not (the end too) is left to libpcap,
 * which goes on from there: what is damaged, and the words for it, stay libpcap's.
 */
#ifndef WANGLOU_SRC_CAPTURE_CLASSIC_H
#define WANGLOU_SRC_CAPTURE_CLASSIC_H

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/cursor.h"

struct classic {
	uint8_t *bytes; /* owned; NULL: not for this file, or no longer */
	struct cursor left;
	int fd;
	uint64_t end;  /* place in the file behind what was read of it */
	uint32_t most; /* bytes of a frame */
	uint32_t unit; /* nanoseconds in a fraction of a second */
};

/*
 * Begin with the file that libpcap has open, its header read, at `at` behind that. Nothing happens
 * when it is of another kind.
 */
void
classic_begin(struct classic *c, pcap_t *pcap, int fd, uint64_t at);

/* The next frame, valid until the next call, its time in nanoseconds. False: go on with libpcap. */
bool
classic_next(struct classic *c, struct pcap_pkthdr *h, const uint8_t **data);

/* The place of the next record in the file. */
uint64_t
classic_at(const struct classic *c);

/* A zeroed one is allowed. */
void
classic_end(struct classic *c);

#endif
