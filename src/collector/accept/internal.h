/* SPDX-License-Identifier: Apache-2.0 */
/* accept's own: peers and probes (peers.c), what others may see (stats.c), the rest (accept.c). */
#ifndef WANGLOU_COLLECTOR_ACCEPT_INTERNAL_H
#define WANGLOU_COLLECTOR_ACCEPT_INTERNAL_H

#include <pthread.h>

#include "collector/accept.h"
#include "lib/compress.h"
#include "lib/log.h"
#include "lib/zsock.h"

/* One connection that has said something. */
struct accept_peer {
	struct zsock_peer id;
	uint8_t key[KEYS_SIZE];
	uint8_t origin[KEYS_ORIGIN];
	bool used, greeted, ignored;
	bool owes_ack, owes_welcome;
	bool rewinding[LANE_COUNT]; /* told to go back; what was on its way still comes in */
	uint64_t epoch;
	uint64_t seen; /* ns */
	uint64_t echo;
	uint64_t acked[LANE_COUNT];
	uint32_t probe; /* index into probes */
};

struct accept {
	struct accept_config c;
	struct keys_allowed *allowed;
	struct zsock *sock;
	accept_hello_fn hello;
	void *user;
	struct compress *compress;
	struct buf raw, out;
	unsigned pressure;
	struct accept_peer *peer; /* c.peers_max */
	uint32_t peers;           /* slots ever used */
	struct accept_probe_stats *probe;
	uint32_t probes, probes_room;
	struct accept_stats count; /* `probe` unused */
	struct log_state refused_log, holding_log;
	uint64_t refused_at; /* ns */
	uint64_t now;
	pthread_mutex_t lock;
	uint64_t published;         /* ns */
	struct accept_stats public; /* under the lock */
};

/* ---- peers.c ---- */

/* The peer behind a message, made when new; never NULL. The longest silent makes room. */
struct accept_peer *
peer_of(struct accept *a, const struct zsock_message *m);

/* Forget those that have been silent for too long. */
void
peers_expire(struct accept *a);

/* Peers whose key is no longer on the list are ignored from now on. */
void
peers_recheck(struct accept *a);

/* The probe's row, made when new. NULL when memory is out. */
struct accept_probe_stats *
probe_of(struct accept *a, const uint8_t key[KEYS_SIZE], uint32_t *index);

/* ---- stats.c ---- */

/* A key was refused. */
void
stats_refused(struct accept *a, const uint8_t key[KEYS_SIZE]);

/* Let others see the numbers, if it is time. */
void
stats_publish(struct accept *a);

#endif
