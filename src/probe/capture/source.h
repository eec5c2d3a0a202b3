/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source: the rows behind include/probe/capture.h, and what they share. Private to
 * src/probe/capture.
 */
#ifndef WANGLOU_SRC_CAPTURE_SOURCE_H
#define WANGLOU_SRC_CAPTURE_SOURCE_H

#include <pcap/pcap.h>

#include "probe/capture.h"

/* One kind of source. */
struct source {
	const char *name;
	const char *help;
	/* Is this kind meant? Rows are asked in order. */
	bool (*meant)(const char *what, bool live);
	/* Fill c->own. 0, or -1 with a sentence and nothing held. */
	int (*open)(struct capture *c, const char *what, struct err *e);
	void (*close)(struct capture *c);
	/* As capture_next; counting frames and bytes is the caller's. */
	enum capture_status (*next)(struct capture *c, struct frame *frame, struct err *e);
	const char *(*name_now)(const struct capture *c);
	/* Refresh the numbers in c->stats that are not counted as they happen. */
	void (*stats)(struct capture *c);
	/* As capture_no_more; NULL: nothing comes by itself. */
	void (*no_more)(struct capture *c);
};

struct capture {
	const struct source *source;
	struct capture_config config;
	char *filter; /* owned copy behind config.filter */
	struct capture_stats stats;
	void *own; /* of the row */
};

extern const struct source source_live;
extern const struct source source_stdin;
extern const struct source source_folder;
extern const struct source source_file;

/* Compile the BPF expression and set it; "" does nothing. 0, or -1 with a sentence. */
int
source_filter(pcap_t *pcap, const char *filter, struct err *e);

/* The LINKTYPE_ of an open handle; libpcap tells its DLT_, which differs for a few. */
uint16_t
source_linktype(pcap_t *pcap);

/* 0, or -1 with a sentence that begins with `what` when config says that frames of this handle's
 * link type cannot be decoded. */
int
source_decodes(pcap_t *pcap, const char *what, const struct capture_config *config, struct err *e);

#define SOURCE_SECONDS (UINT64_MAX / 1000000000 - 1) /* later times are shown as this */

/* For source_time: what no clock says. */
uint64_t
source_odd_time(const struct pcap_pkthdr *h, unsigned unit);

/* Nanoseconds since 1970 from a header whose fraction is in units of `unit` nanoseconds. */
static inline uint64_t
source_time(const struct pcap_pkthdr *h, unsigned unit)
{
	uint64_t seconds = (uint64_t)h->ts.tv_sec, part = (uint64_t)h->ts.tv_usec * unit;

	if (seconds < SOURCE_SECONDS && (uint64_t)h->ts.tv_usec < 1000000000 && part < 1000000000)
		return seconds * 1000000000 + part;
	return source_odd_time(h, unit);
}

#endif
