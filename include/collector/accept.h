/* SPDX-License-Identifier: Apache-2.0 */
/*
 * accept: who is there, and is it a frame? ROUTER, CURVE, list of allowed keys, peers, credit.
 *
 * Takes frames from the network and gives those that are sound and come from their owner; tells
 * senders what is acknowledged and how much they may send. Unknown keys and bad frames are counted;
 * a peer that sends a bad frame is told so and then ignored. Owns the socket and the peer table
 * (bounded, longest silent out). One thread; accept_stats from any.
 */
#ifndef WANGLOU_COLLECTOR_ACCEPT_H
#define WANGLOU_COLLECTOR_ACCEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/keys.h"
#include "wire/frame.h"

#define ACCEPT_PREFIXES 16

struct accept;
struct accept_peer;

struct accept_config {
	const char *endpoint; /* "tcp://0.0.0.0:7411" */
	struct keys_pair key; /* the collector's own, loaded by the caller */
	const char *allowed;  /* folder or file of public keys: who may come in, under which name */
	uint32_t peers_max;   /* connections that have said something; 0: 4096 */
	uint32_t half_open_max; /* connections that have not; 0: a quarter of RLIMIT_NOFILE, at most
				   4096 */
	uint32_t handshake_ms;  /* 0: 5000 */
	uint32_t silence_ms;    /* forget a peer silent for so long; 0: 60000 */
	uint64_t credit_bytes;  /* window a lane and peer while there is no backlog; 0: 4 MiB */
};

struct accept_lane_stats {
	uint64_t acked;  /* held here */
	uint64_t next;   /* as the probe says */
	uint64_t bytes;  /* waiting in the probe's spool, as it says */
	uint64_t credit; /* granted last */
	uint64_t gaps;   /* numbers missing, found here */
};

/* One allowed key. */
struct accept_probe_stats {
	char name[KEYS_NAME];
	uint8_t origin[KEYS_ORIGIN];
	bool connected;
	bool finished;      /* it said that it sent all it will ever have */
	uint64_t last_seen; /* ns since 1970; 0: never since start */
	uint64_t epoch;
	int64_t clock_offset;            /* ns */
	uint64_t batches, events, bytes; /* held since start */
	uint64_t duplicates;             /* events that came again */
	uint64_t bad_frames;
	uint64_t hellos; /* connections that got through */
	struct accept_lane_stats lane[LANE_COUNT];
	char status[512]; /* loss counters as the probe said them last: JSON, or "" */
};

struct accept_stats {
	uint64_t refused_keys;       /* connections with a key that is not on the list */
	uint64_t refused_handshakes; /* no key, wrong mechanism, wrong collector key, not ZMTP, too
					slow */
	struct {
		char prefix[9]; /* first characters of the key, Z85 */
		uint64_t count;
	} refused[ACCEPT_PREFIXES]; /* most recent; "" ends */
	uint64_t accepted, open, half_open, held_off;
	bool holding_off; /* new connections wait, because too many are unfinished */
	uint64_t peers;   /* connections that have said HELLO */
	uint64_t bad_frames;
	uint64_t backlog; /* bytes the loader has not stored */
	bool disk_failing;
	uint32_t probes;
	struct accept_probe_stats *probe; /* `probes` of them */
};

/* What accept_next gives: views are valid until the next call. */
struct accept_batch {
	struct accept_peer *peer;
	const char *probe; /* name */
	struct frame_batch batch;
	struct view frame; /* as received */
};

/* Asked on HELLO: fill what is held of each lane. */
typedef void (*accept_hello_fn)(
    void *user, const struct frame_hello *h, uint64_t now, uint64_t acked[LANE_COUNT]);

/* Bind and begin to listen; raises RLIMIT_NOFILE to its hard limit. NULL with a sentence. */
struct accept *
accept_open(const struct accept_config *c, accept_hello_fn hello, void *user, struct err *e);

/* NULL is allowed. */
void
accept_close(struct accept *a);

/* The endpoint really bound. */
const char *
accept_endpoint(const struct accept *a);

/* Wait up to `ms` for a frame, or for `fd` to be readable. 1: ask accept_next. */
int
accept_wait(struct accept *a, int fd, int ms);

/* Next batch from a peer in good standing; answers everything else itself. 1, or 0 when there is
 * none. */
int
accept_next(struct accept *a, uint64_t now, struct accept_batch *out);

/* What became of a batch: `acked` is what the lane has now; goes out with accept_flush. */
void
accept_held(
    struct accept *a, const struct accept_batch *b, uint64_t acked, uint32_t events, uint32_t old);
/* Numbers were found missing. */
void
accept_gap(struct accept *a, const struct accept_batch *b, uint64_t count);
/* The sender must go back: WELCOME goes out with the next accept_flush. */
void
accept_rewind(struct accept *a, const struct accept_batch *b);

/* Send what is owed: acknowledgements, new credit. Call when the log is on disk. */
void
accept_flush(struct accept *a, uint64_t now);

/* How full the hold log is decides the credit: 0 (empty) .. 100 (nothing more, please). */
void
accept_pressure(struct accept *a, unsigned percent);

/* Load the list of allowed keys again; keeps the old one and -1 when it cannot be read. */
int
accept_reload(struct accept *a, struct err *e);

/* A snapshot, at most a second old. 0, or -1 when memory is out. Any thread. Release with the next.
 */
int
accept_stats(struct accept *a, struct accept_stats *out);
void
accept_stats_clear(struct accept_stats *s);

#endif
