/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packets: frames out of a packet ring (docs/packet-ring.md). What is in the files is not trusted:
 * whoever may write there can make the answer wrong, never this program fail.
 */
#ifndef WANGLOU_CLI_PACKETS_H
#define WANGLOU_CLI_PACKETS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/ringfile.h"

/* ---- what is looked for; every condition that is set must hold ---- */

struct packets_filter {
	uint64_t from, to; /* ns, both included */
	bool host_set, pair_set, tuple_set;
	struct prefix host, pair[2];
	struct ringfile_key tuple; /* ports 0: not asked for */
	int port, proto;           /* -1: not asked for */
	const char *community;     /* NULL: not asked for */
};

/* Everything. */
void
packets_filter_init(struct packets_filter *f);

/* "2026-11-22 10:00" in this terminal's zone, with Z or +0800 behind it in that one; seconds since
 * 1970; "30m", "24h", "7d" before `now`. Nanoseconds. */
int
packets_time(const char *text, uint64_t now, uint64_t *out, struct err *e);
/* "10.0.0.1,10.0.0.0/8". */
int
packets_pair(struct packets_filter *f, const char *text, struct err *e);
/* "tcp", "17". */
int
packets_proto(struct packets_filter *f, const char *text, struct err *e);
/* A community id ("1:..."), kept as a pointer, or "tcp 10.0.0.1:1234 [2001:db8::1]:80". */
int
packets_flow(struct packets_filter *f, const char *text, struct err *e);
/* An event, or an alert with its event in it: its two ends, and its time if none is set. */
int
packets_event(struct packets_filter *f, const json_t *json, struct err *e);

bool
packets_wanted(const struct packets_filter *f, const struct ringfile_key *k);

/* ---- what is there ---- */

struct packets_file {
	unsigned worker;
	uint64_t number;
	uint16_t linktype;
	bool closed;             /* else being written, or left by a kill */
	bool indexed;            /* else it has to be read through */
	uint64_t packets, bytes; /* bytes of both files */
	uint64_t min_ts, max_ts;
};

struct packets_ring {
	int dir;
	struct packets_file *file; /* by worker and number */
	size_t n, room;
};

/* -1 with a sentence. */
int
packets_ring_open(struct packets_ring *r, const char *dir, struct err *e);
void
packets_ring_close(struct packets_ring *r);

/* ---- reading ---- */

struct packets_packet {
	struct ringfile_record record;
	uint16_t linktype;
	struct view data; /* valid until the next one */
};

struct packets_reader;

/* All packets of the ring that are wanted, workers merged by time. The ring and the filter must
 * outlive it. NULL when memory is out. */
struct packets_reader *
packets_reader_new(const struct packets_ring *r, const struct packets_filter *f);
void
packets_reader_free(struct packets_reader *r);
bool
packets_next(struct packets_reader *r, struct packets_packet *out);
/* Link types of the packets that will come; asked before the first. Returns how many, at most
 * `room` are written. */
size_t
packets_links(const struct packets_reader *r, uint16_t *out, size_t room);

/* ---- writing ---- */

struct packets_out;

/* pcap in nanoseconds, or pcapng for several link types; "-" is standard output. NULL with a
 * sentence. */
struct packets_out *
packets_out_open(const char *path, const uint16_t *links, size_t n, struct err *e);
void
packets_out_put(struct packets_out *o, const struct packets_packet *p);
/* -1 with a sentence when something could not be written. */
int
packets_out_close(struct packets_out *o, struct err *e);

#endif
