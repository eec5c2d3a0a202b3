/* SPDX-License-Identifier: Apache-2.0 */
/*
 * capture: where packets come from.
 *
 * Variants are rows of a table (file, folder, stdin, live). Gives frames one at a time and the
 * count of what the kernel lost; owns the libpcap handle; the only place that includes libpcap. May
 * touch: the capture file or socket. Opened with privileges, then used without. One thread at a
 * time; it need not be the one that opened.
 *
 * Several workers on one interface: capture_open once for each, before privileges go. Together
 * they see each frame once; one connection always reaches the same worker. Between the first and
 * the last open the shares still move.
 */
#ifndef WANGLOU_PROBE_CAPTURE_H
#define WANGLOU_PROBE_CAPTURE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "probe/packet.h"

struct capture;

/* How the kernel shares an interface's frames out. */
enum capture_balance {
	/* By both addresses, ports and protocol, symmetric. The kernel first puts IPv4 datagrams
	 * together again, so that fragments go where their connection goes: a worker sees one large
	 * frame, cut at snaplen, and never the fragments. */
	CAPTURE_BALANCE_FLOW,
	/* By the pair of the outermost addresses. For tunnels (VXLAN, GRE, GTP-U), whose outer
	 * ports differ in the two directions of what is inside; fragments stay as they came. Uneven
	 * when few hosts speak. */
	CAPTURE_BALANCE_ADDRESS,
};

struct capture_config {
	uint32_t snaplen;      /* bytes, live only */
	uint64_t buffer_bytes; /* kernel ring, live only */
	bool promiscuous;      /* live only */
	const char *filter;    /* BPF expression, "" for none */
	uint32_t wait_ms; /* live: CAPTURE_IDLE comes at once, the ones after it so long later; 0:
			     at once too */
	bool (*decodes)(
	    uint16_t linktype);  /* other link types are refused by name; NULL: none is */
	const atomic_bool *stop; /* files: reading a pipe gives up when it is set; NULL: never */
	unsigned speed; /* files: 1 as they were captured, 10 ten times as fast; 0: at once */
	/* live, several workers on one interface: */
	unsigned workers;            /* how many; 0 and 1: one, with every frame */
	unsigned worker;             /* which of them, from 0 */
	const struct capture *first; /* worker 0's capture of this interface, for the others; must
					outlive theirs */
	enum capture_balance balance;
};

enum capture_status {
	CAPTURE_FRAME, /* *frame is valid until the next call */
	CAPTURE_IDLE,  /* live: nothing within wait_ms; a file with a speed: nothing is due yet */
	CAPTURE_NEXT,  /* a folder moved to its next file: capture_name() changed, the clock starts
			  anew */
	CAPTURE_END,   /* nothing more will come */
	CAPTURE_DAMAGED, /* this file ends here: *err says why and at which byte; ask again
			    (CAPTURE_NEXT or END) */
	CAPTURE_DOWN,    /* live: the interface is down or gone (said once); ask again, it is looked
			    at once a second and taken up when it is back */
};

/* What the source says of itself, cumulative. */
struct capture_stats {
	uint64_t frames;       /* handed out */
	uint64_t bytes;        /* of them, as on the wire */
	uint64_t kernel_drops; /* the kernel's ring was full (ps_drop) */
	uint64_t if_drops;     /* the interface lost them; several workers: told by worker 0 */
	uint64_t down;         /* live: 1 while the interface is down or gone */
	uint64_t damaged_files;
	uint64_t unreadable_files;
	uint64_t total_bytes; /* size of all files, 0 when unknown (stdin, live) */
	uint64_t done_bytes;  /* read so far */
};

/*
 * Open a source: an interface with live=true; else a file, a folder (recursively, sorted by path;
 * every file that is a capture), or "-" for stdin. NULL with a sentence in *e when it cannot be
 * opened; an interface must be up.
 */
struct capture *
capture_open(const char *what, bool live, const struct capture_config *config, struct err *e);

/* NULL is allowed. */
void
capture_close(struct capture *c);

/* The next frame. *e is filled for CAPTURE_DAMAGED only. */
enum capture_status
capture_next(struct capture *c, struct frame *frame, struct err *e);

/* The file (path as opened) or interface being read. Valid until the next capture_next. */
const char *
capture_name(const struct capture *c);

/*
 * Live, before the last frames are read: the kernel takes no further ones. What it holds still
 * comes out of capture_next, and frames and kernel_drops then are all there ever was. Else does
 * nothing.
 */
void
capture_no_more(struct capture *c);

/* Counters since it was opened, the kernel's as of now. */
void
capture_stats(struct capture *c, struct capture_stats *out);

#endif
