/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zsock: a ZeroMQ DEALER (client) or ROUTER (server), always under CURVE, that never blocks and
 * never drops in silence. libzmq is fenced behind this module.
 *
 *     client                                 server
 *       DEALER --- CURVE (ZeroMQ RFC 26) --- ROUTER, mandatory
 *                                              | ZAP (RFC 27): `allow` sees each key first
 *                                              | monitor: refused, half-open are counted
 *
 * Traps measured on libzmq 4.3.4 that this module keeps its users from: a CURVE server without a
 * ZAP handler takes any client key (one is always there); ROUTER drops to unknown peers in silence
 * (mandatory is set); a routing id set by hand black-holes its second user (never set); a DEALER
 * queues for a peer that is not there (only complete connections get a queue); libzmq accepts every
 * TCP connection (see `half_open_max`).
 *
 * One owner thread per socket: the ZAP handler and the monitor run inside zsock_wait, so `allow` is
 * called in the owner's thread. libzmq's own I/O thread is not ours. Touches the network.
 */
#ifndef WANGLOU_LIB_ZSOCK_H
#define WANGLOU_LIB_ZSOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"
#include "lib/err.h"

#define ZSOCK_KEY 32
#define ZSOCK_PEER 8

struct zsock;

/* May the holder of this public key come in? */
typedef bool (*zsock_allow_fn)(void *user, const uint8_t public_key[ZSOCK_KEY]);

struct zsock_config {
	const char *endpoint; /* "tcp://10.0.0.1:7411"; to listen, 0.0.0.0 is all and port 0 any */
	uint8_t public_key[ZSOCK_KEY];
	uint8_t secret_key[ZSOCK_KEY];
	uint8_t server_key[ZSOCK_KEY]; /* client only: who must be there */
	zsock_allow_fn allow;          /* server only; NULL refuses everybody */
	void *user;
	size_t message_max; /* bytes; a peer that sends a longer message is disconnected */
	int queue_max;      /* messages per peer and direction; behind it TCP pushes back */
	int handshake_ms;   /* a connection that is not through by then is closed */
	int heartbeat_ms;   /* 0: none; a peer silent for three of them is disconnected */
	unsigned
	    half_open_max; /* server: stop taking connections while more are unfinished; 0: 4096 */
};

/* A peer of a server, good for one connection. Zero for a client's only peer. */
struct zsock_peer {
	uint8_t id[ZSOCK_PEER];
	uint8_t len;
};

struct zsock_message {
	struct zsock_peer from;
	uint8_t key[ZSOCK_KEY]; /* server: as the ZAP handler let it in */
	struct view bytes;      /* until the next zsock_recv */
};

struct zsock_counters {
	uint64_t accepted;          /* TCP connections */
	uint64_t refused_key;       /* the key is not on the list */
	uint64_t refused_handshake; /* another mechanism, wrong server key, not ZMTP, or too slow */
	uint64_t disconnected;
	uint64_t open;      /* TCP connections now */
	uint64_t half_open; /* those still in their handshake */
	uint64_t paused; /* times new connections were held off because half_open_max was reached */
	bool holding;    /* they are held off now */
};

enum zsock_link {
	ZSOCK_LINK_TRYING,
	ZSOCK_LINK_UP,
	ZSOCK_LINK_DOWN, /* it failed or was lost; this client will not come back: close it and make
			    another */
};

/* Make a server's ROUTER and bind it. NULL with a sentence. */
struct zsock *
zsock_listen(const struct zsock_config *c, struct err *e);

/* Make a client's DEALER and begin to connect, once: there is no reconnecting behind the owner's
 * back. */
struct zsock *
zsock_connect(const struct zsock_config *c, struct err *e);

/* Give up what is queued and close. NULL is allowed. */
void
zsock_close(struct zsock *z);

/* The endpoint really bound ("tcp://0.0.0.0:40123"). Valid until close. */
const char *
zsock_endpoint(const struct zsock *z);

/*
 * Wait up to `ms` for a message or for `fd` (-1: none) to become readable; answers ZAP requests and
 * takes monitor events meanwhile. Returns 1 when a message can be received, 0 otherwise (also on a
 * signal).
 */
int
zsock_wait(struct zsock *z, int fd, int ms);

/* The next message without waiting: 1, or 0 when there is none. Messages of several parts are
 * dropped. */
int
zsock_recv(struct zsock *z, struct zsock_message *m);

/* Send without waiting; `to` is NULL for a client. 0, -EAGAIN (queue full), -EHOSTUNREACH (peer is
 * gone). */
int
zsock_send(struct zsock *z, const struct zsock_peer *to, struct view bytes);

/* Client: how the connection is, as known since the last zsock_wait. */
enum zsock_link
zsock_link(const struct zsock *z);

/* Counters since it was opened; valid as long as it is. Its thread. */
const struct zsock_counters *
zsock_count(const struct zsock *z);

#endif
