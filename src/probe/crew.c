/* SPDX-License-Identifier: Apache-2.0 */
/* crew: see crew.h. */
#include "crew.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "outbox.h"
#include "probe/flow_route.h"
#include "turns.h"

#define BATCH_PACKETS 1024
#define BATCH_BYTES ((size_t)2 << 20)
#define BATCHES 6           /* in the making, being worked on, waiting to be merged */
#define DATAGRAM_MOST 65600 /* bytes of a packet that is not in its frame any more */
#define DRAIN_STEP 16384    /* packets whose flows end in one batch: bounds what waits */
#define NOBODY 0xff
#define OFFER_EVERY 64 /* packets; a worker that waits for its core must not wait for a batch */

_Static_assert(TURNS_MOST >= WORKERS_MOST, "a place each");

enum order { ORDER_PACKETS, ORDER_DRAIN, ORDER_RENEW };

struct batch {
	uint8_t order;     /* enum order */
	uint64_t sequence; /* of the first packet */
	uint64_t expire;   /* first end the flows due at this time; 0: none */
	uint64_t drain_to; /* ORDER_DRAIN */
	unsigned n;
	struct packet packet[BATCH_PACKETS];
	uint8_t owner[BATCH_PACKETS], quoted[BATCH_PACKETS];
	bool ip[BATCH_PACKETS];
	uint8_t *bytes; /* the frames */
	size_t used;
	struct outbox *box; /* one a worker */
	unsigned left;      /* workers that have not done it; under the mutex */
};

struct member {
	struct crew *crew;
	unsigned index;
	struct worker *worker;
	struct gate gate;
	pthread_t thread;
	bool running;
	struct outbox *box; /* of the batch at hand */
	struct err e;       /* why there is no worker */
};

struct crew {
	struct crew_config config;
	unsigned n;
	struct member member[WORKERS_MOST];
	struct turns turns;
	const char *source;
	uint64_t sequence; /* of the next packet */

	struct batch *batch[BATCHES];
	uint64_t filled; /* batches handed to the workers; the next one is being filled */
	uint64_t merged;
	pthread_mutex_t mutex;
	pthread_cond_t work, done;
	unsigned begun; /* members that have made their worker, or cannot */
	bool quit;
};

/* ---- what workers call ---- */

static void
on_line(void *context, uint8_t type, const void *line, size_t n, uint64_t ts)
{
	const struct member *m = context;

	outbox_line(m->box, type, line, n, ts);
}

static void
on_record(void *context, const struct notice_record *r, const char *source)
{
	const struct member *m = context;

	(void)source; /* the worker's own text is written over when another file begins */
	outbox_record(m->box, r, m->crew->source);
}

static void
on_ending(void *context, uint64_t time, uint64_t number)
{
	const struct member *m = context;

	outbox_ending(m->box, time, number);
}

static void
enter_gate(void *context)
{
	const struct member *m = context;

	turns_wait(&m->crew->turns, m->index);
}

static void
leave_gate(void *context)
{
	(void)context; /* whoever is later waits until this worker goes on */
}

/* ---- a worker's thread ---- */

static void
work_packets(struct member *m, struct batch *b)
{
	struct turns *t = &m->crew->turns;

	turns_reach(t, m->index, turns_before(b->sequence));
	if (b->expire) {
		outbox_before(m->box, b->sequence);
		worker_expire(m->worker, b->expire);
	}
	for (unsigned i = 0; i < b->n; i++) {
		uint64_t sequence = b->sequence + i;
		if (b->owner[i] != m->index && b->quoted[i] != m->index)
			continue;
		turns_reach(t, m->index, turns_packet(sequence));
		outbox_at(m->box, sequence);
		if (b->owner[i] == m->index)
			worker_packet(m->worker, &b->packet[i], b->ip[i]);
		if (b->quoted[i] == m->index)
			worker_quoted(m->worker, &b->packet[i]);
	}
	turns_reach(t, m->index, turns_before(b->sequence + b->n));
}

static void
work_renew(struct member *m)
{
	struct err e;

	worker_source(m->worker, m->crew->source);
	if (worker_renew(m->worker, m->crew->config.worker.shared, &e) == 0)
		return;
	log_error("%s", e.text);
	abort(); /* it could be made before with the same settings */
}

static void
work(struct member *m, struct batch *b)
{
	m->box = &b->box[m->index];
	switch (b->order) {
	case ORDER_PACKETS:
		work_packets(m, b);
		break;
	case ORDER_DRAIN:
		outbox_before(m->box, b->sequence);
		worker_drain(m->worker, b->drain_to);
		break;
	case ORDER_RENEW:
		work_renew(m);
		break;
	}
}

/* The batch after `done` of them; NULL when the crew goes home. */
static struct batch *
take(struct crew *c, uint64_t done)
{
	struct batch *b = NULL;

	pthread_mutex_lock(&c->mutex);
	while (!c->quit && c->filled == done)
		pthread_cond_wait(&c->work, &c->mutex);
	if (!c->quit)
		b = c->batch[done % BATCHES];
	pthread_mutex_unlock(&c->mutex);
	return b;
}

static void
hand_back(struct crew *c, struct batch *b)
{
	pthread_mutex_lock(&c->mutex);
	if (--b->left == 0)
		pthread_cond_signal(&c->done);
	pthread_mutex_unlock(&c->mutex);
}

/* A worker takes a while to make: each makes its own, all at once. */
static bool
member_begin(struct member *m)
{
	struct crew *c = m->crew;
	struct worker_config config = c->config.worker;

	config.gate = &m->gate;
	config.index = m->index;
	config.out = (struct worker_out){ on_line, on_record, on_ending, m };
	m->worker = worker_new(&config, &m->e);
	if (m->worker)
		worker_source(m->worker, c->source);
	pthread_mutex_lock(&c->mutex);
	c->begun++;
	pthread_cond_signal(&c->done);
	pthread_mutex_unlock(&c->mutex);
	return m->worker;
}

static void *
member_run(void *context)
{
	struct member *m = context;
	uint64_t done = 0;
	struct batch *b;

	if (!member_begin(m))
		return NULL;
	while ((b = take(m->crew, done))) {
		work(m, b);
		hand_back(m->crew, b);
		done++;
	}
	return NULL;
}

/* ---- the caller's thread ---- */

/* Is the oldest batch that was not merged done? `wait`: until it is. */
static bool
oldest_done(struct crew *c, bool wait)
{
	const struct batch *b = c->batch[c->merged % BATCHES];

	pthread_mutex_lock(&c->mutex);
	while (wait && b->left)
		pthread_cond_wait(&c->done, &c->mutex);
	bool is = b->left == 0;
	pthread_mutex_unlock(&c->mutex);
	return is;
}

static void
merge_oldest(struct crew *c)
{
	struct batch *b = c->batch[c->merged % BATCHES];
	struct outbox_merge m;

	outbox_merge_begin(&m, b->box, c->n);
	for (unsigned i = 0; i < b->n; i++)
		if (scribe_time_due(c->config.scribe, b->packet[i].now)) {
			outbox_merge_to(&m, b->sequence + i, c->config.scribe);
			scribe_time(c->config.scribe, b->packet[i].now, c->source);
		}
	outbox_merge_end(&m, c->config.scribe);
	c->merged++;
}

/* Merge what is done; then there is room for one more batch. */
static void
make_room(struct crew *c)
{
	while (c->merged < c->filled && oldest_done(c, c->filled - c->merged == BATCHES))
		merge_oldest(c);
	struct batch *b = c->batch[c->filled % BATCHES];
	b->order = ORDER_PACKETS;
	b->sequence = c->sequence;
	b->expire = 0;
	b->n = 0;
	b->used = 0;
}

/* The batch that is being filled goes to the workers. */
static void
hand_out(struct crew *c)
{
	struct batch *b = c->batch[c->filled % BATCHES];

	pthread_mutex_lock(&c->mutex);
	b->left = c->n;
	c->filled++;
	pthread_cond_broadcast(&c->work);
	pthread_mutex_unlock(&c->mutex);
	make_room(c);
}

/* The batch being filled, empty. */
static struct batch *
empty_batch(struct crew *c)
{
	struct batch *b = c->batch[c->filled % BATCHES];

	if (b->n == 0 && b->expire == 0)
		return b;
	hand_out(c);
	return c->batch[c->filled % BATCHES];
}

/* A datagram that was put together lies where the next one will: take it along. */
static void
bring_home(struct batch *b, struct packet *p)
{
	const uint8_t *l3 = p->l3.ptr, *frame = p->frame.data;

	if (!l3 || (l3 >= frame && l3 < frame + p->frame.caplen) || p->l3.len > DATAGRAM_MOST)
		return;
	uint8_t *to = b->bytes + b->used;
	memcpy(to, l3, p->l3.len);
	b->used += p->l3.len;
	p->l3.ptr = to;
	p->l4.ptr = p->l4.ptr ? to + (p->l4.ptr - l3) : NULL;
	p->payload.ptr = p->payload.ptr ? to + (p->payload.ptr - l3) : NULL;
}

/* Which worker has the packet's flow, and which the one it quotes. */
static void
spread(const struct crew *c, struct batch *b, unsigned i)
{
	const struct options *o = c->config.worker.options;
	const struct packet *p = &b->packet[i];
	uint64_t quoted;

	b->owner[i] = 0;
	b->quoted[i] = NOBODY;
	if (!b->ip[i])
		return;
	b->owner[i] = (uint8_t)(flow_route(p, o->flow_vlan, o->flow_tenant) % c->n);
	if (flow_route_quoted(p, o->flow_vlan, o->flow_tenant, &quoted))
		b->quoted[i] = (uint8_t)(quoted % c->n);
}

/* A packet of the latest frame gets its place among those of the batch. */
static void
place(struct crew *c, struct batch *b, uint64_t now, bool ip)
{
	unsigned i = b->n++;

	b->ip[i] = ip;
	b->packet[i].now = now;
	bring_home(b, &b->packet[i]);
	spread(c, b, i);
	if (c->sequence++ % OFFER_EVERY == 0)
		sched_yield();
}

void
crew_packet(struct crew *c, const struct frame *frame, uint64_t now)
{
	struct batch *b = c->batch[c->filled % BATCHES];
	const struct decode_outside *o = c->config.decode->outside;

	if (b->n + (o ? DECODE_TUNNELS : 0) >= BATCH_PACKETS ||
	    b->used + frame->caplen > BATCH_BYTES)
		b = empty_batch(c);
	struct packet *p = &b->packet[b->n];
	struct frame own = *frame;
	assert(frame->caplen <= BATCH_BYTES); /* libpcap keeps to 256 KiB for what is decoded */
	own.data = b->bytes + b->used;
	memcpy(b->bytes + b->used, frame->data, frame->caplen);
	b->used += frame->caplen;
	bool ip = decode_frame(c->config.decode, &own, p);
	if (o && o->n) {
		p[o->n] = *p;
		memcpy(p, o->packet, o->n * sizeof(*p));
		for (unsigned i = 0; i < o->n; i++)
			place(c, b, now, true);
	}
	place(c, b, now, ip);
}

void
crew_expire(struct crew *c, uint64_t now)
{
	empty_batch(c)->expire = now;
}

void
crew_drain(struct crew *c, uint64_t number)
{
	for (uint64_t to = DRAIN_STEP;; to += DRAIN_STEP) {
		struct batch *b = empty_batch(c);
		b->order = ORDER_DRAIN;
		b->drain_to = to < number ? to : UINT64_MAX;
		hand_out(c);
		if (to >= number)
			return;
	}
}

void
crew_settle(struct crew *c)
{
	(void)empty_batch(c);
	while (c->merged < c->filled) {
		(void)oldest_done(c, true);
		merge_oldest(c);
	}
}

void
crew_renew(struct crew *c, struct worker_shared shared, const char *source)
{
	c->config.worker.shared = shared;
	c->source = source;
	empty_batch(c)->order = ORDER_RENEW;
	hand_out(c);
	crew_settle(c);
}

void
crew_knowledge(struct crew *c, const struct knowledge *k)
{
	crew_settle(c);
	for (unsigned i = 0; i < c->n; i++)
		worker_knowledge(c->member[i].worker, k);
}

void
crew_count(struct crew *c, struct worker_counters *sum)
{
	struct worker_counters one;

	crew_settle(c);
	*sum = (struct worker_counters){ .failed = 0 };
	for (unsigned i = 0; i < c->n; i++) {
		worker_flush(c->member[i].worker);
		worker_count(c->member[i].worker, &one);
		worker_counters_add(sum, &one);
	}
	for (unsigned k = 0; k < BATCHES; k++)
		for (unsigned i = 0; i < c->n; i++)
			sum->failed += c->batch[k]->box[i].lost;
}

/* ---- making and ending ---- */

static void
batch_free(struct batch *b, unsigned n)
{
	if (!b)
		return;
	for (unsigned i = 0; b->box && i < n; i++)
		outbox_fini(&b->box[i]);
	free(b->box);
	free(b->bytes);
	free(b);
}

static struct batch *
batch_new(unsigned n, size_t levels)
{
	struct batch *b = calloc(1, sizeof(*b));

	if (!b)
		return NULL;
	b->bytes = malloc(BATCH_BYTES + DATAGRAM_MOST * (levels + 1));
	b->box = calloc(n, sizeof(*b->box));
	if (!b->bytes || !b->box) {
		batch_free(b, 0);
		return NULL;
	}
	for (unsigned i = 0; i < n; i++)
		outbox_init(&b->box[i]);
	return b;
}

static int
start_members(struct crew *c, struct err *e)
{
	for (unsigned i = 0; i < c->n; i++) {
		struct member *m = &c->member[i];
		m->crew = c;
		m->index = i;
		m->gate = (struct gate){ enter_gate, leave_gate, m };
		m->running = pthread_create(&m->thread, NULL, member_run, m) == 0;
		if (!m->running)
			return err_set(e, "cannot start a worker's thread");
	}
	pthread_mutex_lock(&c->mutex);
	while (c->begun < c->n)
		pthread_cond_wait(&c->done, &c->mutex);
	pthread_mutex_unlock(&c->mutex);
	for (unsigned i = 0; i < c->n; i++)
		if (!c->member[i].worker) {
			*e = c->member[i].e;
			return -1;
		}
	return 0;
}

struct crew *
crew_new(const struct crew_config *config, struct err *e)
{
	struct crew *c = calloc(1, sizeof(*c));

	if (!c) {
		err_set(e, "out of memory");
		return NULL;
	}
	assert(config->worker.workers <= WORKERS_MOST);
	c->config = *config;
	c->n = c->turns.n = config->worker.workers;
	c->source = config->source;
	c->sequence = 1;
	pthread_mutex_init(&c->mutex, NULL);
	pthread_cond_init(&c->work, NULL);
	pthread_cond_init(&c->done, NULL);
	size_t levels = config->decode->outside ? DECODE_TUNNELS : 0;
	for (unsigned i = 0; i < BATCHES; i++)
		if (!(c->batch[i] = batch_new(c->n, levels))) {
			err_set(e, "out of memory");
			goto fail;
		}
	if (start_members(c, e) != 0)
		goto fail;
	make_room(c);
	return c;
fail:
	crew_free(c);
	return NULL;
}

void
crew_free(struct crew *c)
{
	if (!c)
		return;
	pthread_mutex_lock(&c->mutex);
	c->quit = true;
	pthread_cond_broadcast(&c->work);
	pthread_mutex_unlock(&c->mutex);
	for (unsigned i = 0; i < c->n; i++) {
		if (c->member[i].running)
			pthread_join(c->member[i].thread, NULL);
		worker_free(c->member[i].worker);
	}
	for (unsigned i = 0; i < BATCHES; i++)
		batch_free(c->batch[i], c->n);
	pthread_cond_destroy(&c->done);
	pthread_cond_destroy(&c->work);
	pthread_mutex_destroy(&c->mutex);
	free(c);
}
