/* SPDX-License-Identifier: Apache-2.0 */
/*
 * zsock: see include/lib/zsock.h. The only file that knows libzmq.
 *
 *     ctx --- sock     DEALER or ROUTER
 *         |-- zap      REP on inproc, server only: asked for each CURVE handshake
 *         '-- monitor  PAIR on inproc: connections coming and going
 */
#include "lib/zsock.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include "lib/hex.h"

#define BACKLOG 1024
#define HALF_OPEN_MAX 4096
#define MONITOR_EVENTS                                                                             \
	(ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_CLOSED | ZMQ_EVENT_DISCONNECTED |                          \
	    ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL |                 \
	    ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH |                \
	    ZMQ_EVENT_CONNECT_RETRIED)

struct zsock {
	void *ctx, *sock, *zap, *monitor;
	bool server;
	int listener; /* our own handle of the listening socket, to hold new connections off */
	zsock_allow_fn allow;
	void *user;
	unsigned half_open_max;
	uint64_t failed; /* handshakes, for whatever reason */
	uint64_t passed;
	enum zsock_link link;
	struct zsock_counters count;
	zmq_msg_t message;
	char endpoint[256];
};

static int
set_int(struct zsock *z, int option, int value)
{
	return zmq_setsockopt(z->sock, option, &value, sizeof(value));
}

/* ---- ZAP: who may come in (RFC 27) ---- */

enum {
	ZAP_VERSION,
	ZAP_REQUEST,
	ZAP_DOMAIN,
	ZAP_ADDRESS,
	ZAP_IDENTITY,
	ZAP_MECHANISM,
	ZAP_KEY,
	ZAP_PARTS
};

struct zap_request {
	uint8_t id[64];
	size_t id_len;
	bool curve;
	bool has_key;
	uint8_t key[ZSOCK_KEY];
};

static void
zap_take(struct zap_request *r, int part, struct view v)
{
	if (part == ZAP_REQUEST && v.len <= sizeof(r->id)) {
		memcpy(r->id, v.ptr, v.len);
		r->id_len = v.len;
	} else if (part == ZAP_MECHANISM) {
		r->curve = view_is(v, "CURVE");
	} else if (part == ZAP_KEY && v.len == ZSOCK_KEY) {
		memcpy(r->key, v.ptr, ZSOCK_KEY);
		r->has_key = true;
	}
}

/* One whole request; false: none is waiting. */
static bool
zap_receive(struct zsock *z, struct zap_request *r)
{
	int more = 1;
	memset(r, 0, sizeof(*r));
	for (int part = 0; more; part++) {
		zmq_msg_t m;
		zmq_msg_init(&m);
		if (zmq_msg_recv(&m, z->zap, ZMQ_DONTWAIT) < 0) {
			zmq_msg_close(&m);
			return false;
		}
		zap_take(r, part, (struct view){ zmq_msg_data(&m), zmq_msg_size(&m) });
		more = zmq_msg_more(&m);
		zmq_msg_close(&m);
	}
	return true;
}

/* The key goes into the user id, from where each message of the connection shows it. */
static void
zap_answer(struct zsock *z)
{
	struct zap_request r;
	while (zap_receive(z, &r)) {
		bool ok = r.curve && r.has_key && z->allow && z->allow(z->user, r.key);
		char user[2 * ZSOCK_KEY + 1] = "";
		if (ok)
			hex_text(user, r.key, ZSOCK_KEY);
		const char *text = ok ? "OK" : "key not known";
		(void)zmq_send(z->zap, "1.0", 3, ZMQ_SNDMORE);
		(void)zmq_send(z->zap, r.id, r.id_len, ZMQ_SNDMORE);
		(void)zmq_send(z->zap, ok ? "200" : "400", 3, ZMQ_SNDMORE);
		(void)zmq_send(z->zap, text, strlen(text), ZMQ_SNDMORE);
		(void)zmq_send(z->zap, user, strlen(user), ZMQ_SNDMORE);
		(void)zmq_send(z->zap, "", 0, 0);
	}
}

/* ---- the monitor: who comes and goes ---- */

static void
client_event(struct zsock *z, unsigned event)
{
	if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
		z->link = ZSOCK_LINK_UP;
	else if (event != ZMQ_EVENT_ACCEPTED)
		z->link = ZSOCK_LINK_DOWN;
}

static void
server_event(struct zsock *z, unsigned event)
{
	struct zsock_counters *c = &z->count;
	switch (event) {
	case ZMQ_EVENT_ACCEPTED:
		c->accepted++;
		break;
	case ZMQ_EVENT_DISCONNECTED:
		c->disconnected++;
		break;
	case ZMQ_EVENT_HANDSHAKE_SUCCEEDED:
		z->passed++;
		break;
	case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH:
		z->failed++;
		c->refused_key++;
		break;
	case ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL:
	case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL:
		z->failed++;
		c->refused_handshake++;
		break;
	default:
		break;
	}
}

static uint64_t
minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/*
 * While too many connections are unfinished, the kernel drops what arrives at the listening socket
 * (no new connection is made; peers try again by TCP's own timers). Connections that exist are not
 * touched, neither is libzmq. The handshake timeout clears the unfinished ones away.
 */
static void
hold_off(struct zsock *z, bool on)
{
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = { 1, &nothing };
	int unused = 0;
	if (z->listener < 0 || on == z->count.holding)
		return;
	int rc =
	    on ? setsockopt(z->listener, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program))
	       : setsockopt(z->listener, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused));
	if (rc < 0)
		return;
	z->count.holding = on;
	z->count.paused += on;
}

static void
watch(struct zsock *z)
{
	for (;;) {
		zmq_msg_t m;
		uint16_t event = 0;
		zmq_msg_init(&m);
		if (zmq_msg_recv(&m, z->monitor, ZMQ_DONTWAIT) < 0) {
			zmq_msg_close(&m);
			break;
		}
		/* first part: u16 event, u32 value, native order; second: endpoint */
		if (zmq_msg_more(&m) && zmq_msg_size(&m) == 6)
			memcpy(&event, zmq_msg_data(&m), sizeof(event));
		zmq_msg_close(&m);
		if (event && z->server)
			server_event(z, event);
		else if (event)
			client_event(z, event);
	}
	struct zsock_counters *c = &z->count;
	c->open = minus(c->accepted, c->disconnected);
	c->half_open = minus(c->accepted, z->passed + z->failed);
	if (c->half_open > z->half_open_max)
		hold_off(z, true);
	else if (c->half_open <= z->half_open_max / 2)
		hold_off(z, false);
}

/* ---- making ---- */

static int
set_options(struct zsock *z, const struct zsock_config *c)
{
	int rc = 0;
	rc |= set_int(z, ZMQ_LINGER, 0);
	rc |= set_int(z, ZMQ_IPV6, strchr(c->endpoint, '[') != NULL);
	rc |= set_int(z, ZMQ_SNDHWM, c->queue_max);
	rc |= set_int(z, ZMQ_RCVHWM, c->queue_max);
	rc |= set_int(z, ZMQ_HANDSHAKE_IVL, c->handshake_ms);
	rc |= set_int(z, ZMQ_TCP_KEEPALIVE, 1);
	int64_t most = (int64_t)c->message_max;
	rc |= zmq_setsockopt(z->sock, ZMQ_MAXMSGSIZE, &most, sizeof(most));
	if (c->heartbeat_ms) {
		rc |= set_int(z, ZMQ_HEARTBEAT_IVL, c->heartbeat_ms);
		rc |= set_int(z, ZMQ_HEARTBEAT_TIMEOUT, 3 * c->heartbeat_ms);
		rc |= set_int(z, ZMQ_HEARTBEAT_TTL, 3 * c->heartbeat_ms);
	}
	rc |= zmq_setsockopt(z->sock, ZMQ_CURVE_SECRETKEY, c->secret_key, ZSOCK_KEY);
	if (z->server) {
		rc |= set_int(z, ZMQ_CURVE_SERVER, 1);
		rc |= set_int(z, ZMQ_ROUTER_MANDATORY, 1);
		rc |= set_int(z, ZMQ_BACKLOG, BACKLOG);
		rc |= zmq_setsockopt(z->sock, ZMQ_ZAP_DOMAIN, "wanglou", 7);
	} else {
		rc |= zmq_setsockopt(z->sock, ZMQ_CURVE_PUBLICKEY, c->public_key, ZSOCK_KEY);
		rc |= zmq_setsockopt(z->sock, ZMQ_CURVE_SERVERKEY, c->server_key, ZSOCK_KEY);
		rc |= set_int(z, ZMQ_IMMEDIATE, 1);
		rc |= set_int(z, ZMQ_RECONNECT_IVL, -1);
		rc |= set_int(z, ZMQ_CONNECT_TIMEOUT, c->handshake_ms);
	}
	return rc;
}

static int
start_zap(struct zsock *z)
{
	z->zap = zmq_socket(z->ctx, ZMQ_REP);
	return z->zap ? zmq_bind(z->zap, "inproc://zeromq.zap.01") : -1;
}

static int
start_monitor(struct zsock *z)
{
	int none = 0; /* no limit: an event lost would make the counts wrong for ever */
	if (zmq_socket_monitor(z->sock, "inproc://monitor", MONITOR_EVENTS) < 0)
		return -1;
	z->monitor = zmq_socket(z->ctx, ZMQ_PAIR);
	if (!z->monitor || zmq_setsockopt(z->monitor, ZMQ_RCVHWM, &none, sizeof(none)) < 0)
		return -1;
	return zmq_connect(z->monitor, "inproc://monitor");
}

static struct zsock *
make(const struct zsock_config *c, bool server, struct err *e)
{
	struct zsock *z = calloc(1, sizeof(*z));
	if (!z) {
		err_set(e, "out of memory");
		return NULL;
	}
	z->server = server;
	z->listener = -1;
	z->allow = c->allow;
	z->user = c->user;
	z->half_open_max = c->half_open_max ? c->half_open_max : HALF_OPEN_MAX;
	zmq_msg_init(&z->message);
	z->ctx = zmq_ctx_new();
	bool ok = z->ctx && (!server || start_zap(z) == 0) &&
		  (z->sock = zmq_socket(z->ctx, server ? ZMQ_ROUTER : ZMQ_DEALER)) != NULL &&
		  set_options(z, c) == 0 && start_monitor(z) == 0;
	if (ok)
		return z;
	err_set(e, "%s: %s", c->endpoint, zmq_strerror(zmq_errno()));
	zsock_close(z);
	return NULL;
}

/* Find the listening socket libzmq made, by its port, and keep a handle of our own. */
static void
find_listener(struct zsock *z)
{
	const char *colon = strrchr(z->endpoint, ':');
	int port = colon ? atoi(colon + 1) : 0;
	for (int fd = 0; fd < 4096 && z->listener < 0; fd++) {
		struct sockaddr_storage a;
		socklen_t n = sizeof(a), on_n = sizeof(int);
		int on = 0;
		if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &on_n) < 0 || !on ||
		    getsockname(fd, (struct sockaddr *)&a, &n) < 0)
			continue;
		int has = a.ss_family == AF_INET    ? ntohs(((struct sockaddr_in *)&a)->sin_port)
			  : a.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&a)->sin6_port)
						    : 0;
		if (has == port)
			z->listener = dup(fd);
	}
}

struct zsock *
zsock_listen(const struct zsock_config *c, struct err *e)
{
	struct zsock *z = make(c, true, e);
	if (!z)
		return NULL;
	size_t n = sizeof(z->endpoint);
	if (zmq_bind(z->sock, c->endpoint) < 0 ||
	    zmq_getsockopt(z->sock, ZMQ_LAST_ENDPOINT, z->endpoint, &n) < 0) {
		err_set(e, "cannot listen at %s: %s", c->endpoint, zmq_strerror(zmq_errno()));
		zsock_close(z);
		return NULL;
	}
	find_listener(z);
	return z;
}

struct zsock *
zsock_connect(const struct zsock_config *c, struct err *e)
{
	struct zsock *z = make(c, false, e);
	if (!z)
		return NULL;
	(void)snprintf(z->endpoint, sizeof(z->endpoint), "%s", c->endpoint);
	if (zmq_connect(z->sock, c->endpoint) < 0) {
		err_set(e, "%s: %s", c->endpoint, zmq_strerror(zmq_errno()));
		zsock_close(z);
		return NULL;
	}
	return z;
}

void
zsock_close(struct zsock *z)
{
	if (!z)
		return;
	zmq_msg_close(&z->message);
	if (z->sock)
		(void)zmq_socket_monitor(z->sock, NULL, 0);
	if (z->sock)
		zmq_close(z->sock);
	if (z->monitor)
		zmq_close(z->monitor);
	if (z->zap)
		zmq_close(z->zap);
	if (z->ctx)
		zmq_ctx_term(z->ctx);
	if (z->listener >= 0)
		close(z->listener);
	free(z);
}

const char *
zsock_endpoint(const struct zsock *z)
{
	return z->endpoint;
}

/* ---- running ---- */

int
zsock_wait(struct zsock *z, int fd, int ms)
{
	zmq_pollitem_t items[4] = { { z->sock, 0, ZMQ_POLLIN, 0 },
		{ z->monitor, 0, ZMQ_POLLIN, 0 } };
	int n = 2;
	if (z->zap)
		items[n++] = (zmq_pollitem_t){ z->zap, 0, ZMQ_POLLIN, 0 };
	if (fd >= 0)
		items[n++] = (zmq_pollitem_t){ NULL, fd, ZMQ_POLLIN, 0 };
	if (zmq_poll(items, n, ms) < 0)
		return 0;
	if (z->zap && items[2].revents)
		zap_answer(z);
	if (items[1].revents || z->count.holding)
		watch(z);
	return items[0].revents ? 1 : 0;
}

/* The whole of a message of several parts; true when it had exactly one. */
static bool
receive_one(struct zsock *z)
{
	bool single = !zmq_msg_more(&z->message);
	while (zmq_msg_more(&z->message)) {
		zmq_msg_close(&z->message);
		zmq_msg_init(&z->message);
		if (zmq_msg_recv(&z->message, z->sock, ZMQ_DONTWAIT) < 0)
			break;
	}
	return single;
}

static bool
user_key(zmq_msg_t *m, uint8_t key[ZSOCK_KEY])
{
	const char *user = zmq_msg_gets(m, "User-Id");
	if (!user || strlen(user) != 2 * ZSOCK_KEY)
		return false;
	for (int i = 0; i < ZSOCK_KEY; i++) {
		unsigned byte;
		if (sscanf(user + 2 * i, "%2x", &byte) != 1)
			return false;
		key[i] = (uint8_t)byte;
	}
	return true;
}

static bool
next_part(struct zsock *z)
{
	zmq_msg_close(&z->message);
	zmq_msg_init(&z->message);
	return zmq_msg_recv(&z->message, z->sock, ZMQ_DONTWAIT) >= 0;
}

int
zsock_recv(struct zsock *z, struct zsock_message *m)
{
	for (;;) {
		memset(&m->from, 0, sizeof(m->from));
		if (!next_part(z))
			return 0;
		if (z->server) {
			size_t n = zmq_msg_size(&z->message);
			bool fits = n <= ZSOCK_PEER && zmq_msg_more(&z->message);
			if (fits)
				memcpy(m->from.id, zmq_msg_data(&z->message), n);
			m->from.len = (uint8_t)n;
			if (!fits || !next_part(z)) {
				(void)receive_one(z);
				continue;
			}
		}
		if (!receive_one(z) || (z->server && !user_key(&z->message, m->key)))
			continue;
		m->bytes = (struct view){ zmq_msg_data(&z->message), zmq_msg_size(&z->message) };
		return 1;
	}
}

int
zsock_send(struct zsock *z, const struct zsock_peer *to, struct view bytes)
{
	if (to && zmq_send(z->sock, to->id, to->len, ZMQ_DONTWAIT | ZMQ_SNDMORE) < 0)
		return zmq_errno() == EHOSTUNREACH ? -EHOSTUNREACH : -EAGAIN;
	if (zmq_send(z->sock, bytes.ptr, bytes.len, ZMQ_DONTWAIT) < 0)
		return zmq_errno() == EHOSTUNREACH ? -EHOSTUNREACH : -EAGAIN;
	return 0;
}

enum zsock_link
zsock_link(const struct zsock *z)
{
	return z->link;
}

const struct zsock_counters *
zsock_count(const struct zsock *z)
{
	return &z->count;
}
