/* SPDX-License-Identifier: Apache-2.0 */
/* accept: see include/collector/accept.h. */
#include "collector/accept.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "internal.h"

#define QUEUE 64 /* messages per peer in libzmq, either way */
#define HEARTBEAT 10000
#define CREDIT (4ull << 20)
#define HALF_OPEN_MOST 4096

/* ---- opening ---- */

static bool
allow(void *user, const uint8_t key[KEYS_SIZE])
{
	struct accept *a = user;
	if (keys_allowed_find(a->allowed, key))
		return true;
	stats_refused(a, key);
	return false;
}

/* libzmq takes a file descriptor for each TCP connection, finished or not. Returns how many there
 * may be. */
static unsigned
raise_files(void)
{
	struct rlimit r;
	if (getrlimit(RLIMIT_NOFILE, &r) < 0)
		return 1024;
	r.rlim_cur = r.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &r);
	(void)getrlimit(RLIMIT_NOFILE, &r);
	return r.rlim_cur > 1u << 20 ? 1u << 20 : (unsigned)r.rlim_cur;
}

static void
defaults(struct accept_config *c)
{
	unsigned files = raise_files();
	c->peers_max = c->peers_max ? c->peers_max : 4096;
	c->half_open_max = c->half_open_max ? c->half_open_max : HALF_OPEN_MOST;
	if (c->half_open_max > files / 4)
		c->half_open_max = files / 4;
	c->handshake_ms = c->handshake_ms ? c->handshake_ms : 5000;
	c->silence_ms = c->silence_ms ? c->silence_ms : 60000;
	c->credit_bytes = c->credit_bytes ? c->credit_bytes : CREDIT;
}

static struct zsock *
listen_at(struct accept *a, struct err *e)
{
	struct zsock_config z = { .endpoint = a->c.endpoint,
		.allow = allow,
		.user = a,
		.message_max = FRAME_MAX,
		.queue_max = QUEUE,
		.handshake_ms = (int)a->c.handshake_ms,
		.heartbeat_ms = HEARTBEAT,
		.half_open_max = a->c.half_open_max };
	memcpy(z.public_key, a->c.key.public_key, KEYS_SIZE);
	memcpy(z.secret_key, a->c.key.secret_key, KEYS_SIZE);
	struct zsock *sock = zsock_listen(&z, e);
	explicit_bzero(z.secret_key, sizeof(z.secret_key));
	return sock;
}

struct accept *
accept_open(const struct accept_config *c, accept_hello_fn hello, void *user, struct err *e)
{
	struct accept *a = calloc(1, sizeof(*a));
	if (!a) {
		err_set(e, "out of memory");
		return NULL;
	}
	a->c = *c;
	a->hello = hello;
	a->user = user;
	defaults(&a->c);
	pthread_mutex_init(&a->lock, NULL);
	buf_init(&a->raw, FRAME_RAW_MAX + 1);
	buf_init(&a->out, FRAME_MAX);
	a->peer = calloc(a->c.peers_max, sizeof(*a->peer));
	a->compress = compress_new(1);
	if (!a->peer || !a->compress)
		err_set(e, "out of memory");
	else if ((a->allowed = keys_allowed_load(c->allowed, e)) != NULL &&
		 (a->sock = listen_at(a, e)) != NULL) {
		stats_publish(a);
		a->published = 0;
		return a;
	}
	accept_close(a);
	return NULL;
}

void
accept_close(struct accept *a)
{
	if (!a)
		return;
	zsock_close(a->sock);
	keys_allowed_free(a->allowed);
	compress_free(a->compress);
	buf_fini(&a->raw);
	buf_fini(&a->out);
	free(a->peer);
	free(a->probe);
	free(a->public.probe);
	pthread_mutex_destroy(&a->lock);
	keys_wipe(&a->c.key);
	free(a);
}

const char *
accept_endpoint(const struct accept *a)
{
	return zsock_endpoint(a->sock);
}

int
accept_reload(struct accept *a, struct err *e)
{
	struct keys_allowed *list = keys_allowed_load(a->c.allowed, e);
	if (!list)
		return -1;
	keys_allowed_free(a->allowed);
	a->allowed = list;
	peers_recheck(a);
	return 0;
}

/* ---- what comes in ---- */

int
accept_wait(struct accept *a, int fd, int ms)
{
	return zsock_wait(a->sock, fd, ms);
}

static int
send_out(struct accept *a, struct accept_peer *p)
{
	int rc = zsock_send(a->sock, &p->id, (struct view){ a->out.ptr, a->out.len });
	if (rc == -EHOSTUNREACH)
		p->used = false;
	return rc;
}

static void
refuse(struct accept *a, struct accept_peer *p, enum frame_error_code code, const char *text)
{
	buf_clear(&a->out);
	frame_error(&a->out, code, text);
	(void)send_out(a, p);
	if (code == FRAME_ERROR_NO_HELLO)
		return;
	p->ignored = true;
	a->count.bad_frames++;
	a->probe[p->probe].bad_frames++;
}

static void
take_hello(struct accept *a, struct accept_peer *p, const struct frame_hello *h)
{
	struct accept_probe_stats *s = &a->probe[p->probe];
	if (memcmp(h->origin, p->origin, KEYS_ORIGIN) != 0) {
		refuse(a, p, FRAME_ERROR_ORIGIN, "this origin does not belong to your key");
		return;
	}
	if (h->version_min > FRAME_VERSION_MAX || h->version_max < FRAME_VERSION_MIN) {
		refuse(a, p, FRAME_ERROR_VERSION, "no version in common");
		return;
	}
	a->hello(a->user, h, a->now, p->acked);
	p->epoch = h->epoch;
	p->echo = h->clock;
	p->greeted = p->owes_welcome = true;
	s->finished = false;
	s->hellos++;
	s->epoch = h->epoch;
	for (int i = 0; i < LANE_COUNT; i++) {
		s->lane[i].acked = p->acked[i];
		s->lane[i].next = (uint32_t)i < h->lanes ? h->lane[i].next : 0;
	}
}

static void
take_status(struct accept *a, struct accept_peer *p, const struct frame_status *t)
{
	struct accept_probe_stats *s = &a->probe[p->probe];
	for (uint32_t i = 0; i < LANE_COUNT && i < t->lanes; i++) {
		s->lane[i].next = t->lane[i].next;
		s->lane[i].bytes = t->lane[i].bytes;
	}
	size_t n = t->json.len < sizeof(s->status) ? t->json.len : 0;
	memcpy(s->status, t->json.ptr, n);
	s->status[n] = '\0';
	p->echo = t->clock;
	p->owes_ack = true;
}

/* Is what it says inside: that many events, packed as it says? What is acknowledged must be
 * readable later. */
static bool
body_sound(struct accept *a, const struct frame_batch *b)
{
	struct frame_event ev;
	uint32_t count = 0;
	int rc;
	if (b->count == 0)
		return true;
	buf_clear(&a->raw);
	if (b->codec == FRAME_CODEC_NONE)
		buf_add(&a->raw, b->body.ptr, b->body.len);
	else if (compress_unpack(a->compress, b->body, b->raw_len, &a->raw) < 0)
		return false;
	if (a->raw.failed || a->raw.len == 0)
		return false;
	struct cursor c = cursor_of(a->raw.ptr, a->raw.len);
	while ((rc = frame_event_next(&c, &ev)) == 1)
		count++;
	return rc == 0 && count == b->count;
}

static bool
take_batch(struct accept *a, struct accept_peer *p, const struct frame_batch *b)
{
	if (!p->greeted)
		refuse(a, p, FRAME_ERROR_NO_HELLO, "say HELLO first");
	else if (memcmp(b->origin, p->origin, KEYS_ORIGIN) != 0 || b->epoch != p->epoch)
		refuse(a, p, FRAME_ERROR_ORIGIN, "origin or epoch is not what HELLO said");
	else if (!body_sound(a, b))
		refuse(a, p, FRAME_ERROR_BAD_FRAME, "the batch does not hold what it says");
	else
		return true;
	return false;
}

/* True when *f is a batch for the caller. */
static bool
take(struct accept *a, struct accept_peer *p, const struct frame *f)
{
	switch (f->type) {
	case FRAME_HELLO:
		take_hello(a, p, &f->hello);
		return false;
	case FRAME_BATCH:
		return take_batch(a, p, &f->batch);
	case FRAME_STATUS:
		if (p->greeted)
			take_status(a, p, &f->status);
		return false;
	case FRAME_BYE:
		a->probe[p->probe].finished = p->greeted && f->error.code == FRAME_BYE_FINISHED;
		p->used = false;
		return false;
	default:
		refuse(a, p, FRAME_ERROR_BAD_FRAME, "a probe does not say this");
		return false;
	}
}

int
accept_next(struct accept *a, uint64_t now, struct accept_batch *out)
{
	struct zsock_message m;
	struct frame f;
	a->now = now;
	while (zsock_recv(a->sock, &m)) {
		struct accept_peer *p = peer_of(a, &m);
		p->seen = now;
		if (p->ignored)
			continue;
		a->probe[p->probe].last_seen = now;
		if (frame_decode(m.bytes, &f) < 0) {
			refuse(a, p, FRAME_ERROR_BAD_FRAME, "this is not a frame");
			continue;
		}
		if (!take(a, p, &f))
			continue;
		*out = (struct accept_batch){ p, a->probe[p->probe].name, f.batch, m.bytes };
		return 1;
	}
	return 0;
}

/* ---- what became of it ---- */

void
accept_held(
    struct accept *a, const struct accept_batch *b, uint64_t acked, uint32_t events, uint32_t old)
{
	struct accept_peer *p = b->peer;
	struct accept_probe_stats *s = &a->probe[p->probe];
	p->acked[b->batch.lane] = acked;
	p->rewinding[b->batch.lane] = false;
	p->owes_ack = true;
	s->lane[b->batch.lane].acked = acked;
	s->clock_offset = b->batch.clock_offset;
	s->batches++;
	s->events += events;
	s->bytes += b->frame.len;
	s->duplicates += old;
}

void
accept_gap(struct accept *a, const struct accept_batch *b, uint64_t count)
{
	a->probe[b->peer->probe].lane[b->batch.lane].gaps += count;
}

void
accept_rewind(struct accept *a, const struct accept_batch *b)
{
	(void)a;
	if (b->peer->rewinding[b->batch.lane])
		return;
	b->peer->rewinding[b->batch.lane] = true;
	b->peer->owes_welcome = true;
}

/* ---- what goes out ---- */

/* Under pressure the lowest lanes stop first. */
static uint64_t
credit_of(const struct accept *a, int lane)
{
	static const unsigned stop[LANE_COUNT] = { 100, 98, 90, 80, 70 };
	if (a->pressure >= stop[lane])
		return 0;
	return a->pressure + 20 >= stop[lane] ? a->c.credit_bytes / 4 : a->c.credit_bytes;
}

void
accept_pressure(struct accept *a, unsigned percent)
{
	uint64_t before[LANE_COUNT];
	bool changed = false;
	for (int i = 0; i < LANE_COUNT; i++)
		before[i] = credit_of(a, i);
	a->pressure = percent;
	for (int i = 0; i < LANE_COUNT; i++)
		changed |= credit_of(a, i) != before[i];
	for (uint32_t i = 0; changed && i < a->peers; i++)
		a->peer[i].owes_ack |= a->peer[i].greeted;
}

static void
pay(struct accept *a, struct accept_peer *p)
{
	struct accept_probe_stats *s = &a->probe[p->probe];
	struct frame_grant g = {
		.version = FRAME_VERSION_MAX, .clock = a->now, .echo = p->echo, .lanes = LANE_COUNT
	};
	for (int i = 0; i < LANE_COUNT; i++) {
		g.lane[i].acked = p->acked[i];
		g.lane[i].credit = s->lane[i].credit = credit_of(a, i);
	}
	buf_clear(&a->out);
	if (p->owes_welcome)
		frame_welcome(&a->out, &g);
	else
		frame_ack(&a->out, &g);
	if (send_out(a, p) == 0) {
		p->owes_welcome = p->owes_ack = false;
		p->echo = 0;
	}
}

void
accept_flush(struct accept *a, uint64_t now)
{
	a->now = now;
	for (uint32_t i = 0; i < a->peers; i++) {
		struct accept_peer *p = &a->peer[i];
		if (p->used && !p->ignored && p->greeted && (p->owes_ack || p->owes_welcome))
			pay(a, p);
	}
	peers_expire(a);
	stats_publish(a);
}
