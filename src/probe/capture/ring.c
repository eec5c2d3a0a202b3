/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring: see include/probe/ring.h. The packet side fills blocks, the thread takes them to the files.
 *
 *   idle -> filling (now) -> queue (first ... last) -> the thread -> idle
 */
#include "probe/ring.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "ring_parts.h"

#define BLOCKS 8
#define FLUSH_NS 1000000000
#define FILES_MIN 4 /* the quota holds at least so many, so that the oldest can go */

struct ring {
	struct ring_config config;
	uint32_t block_bytes;
	struct ring_block *now; /* being filled; NULL: none */
	uint64_t cut, lost;     /* the packet side's part of the counters */
	struct log_state slow;

	struct ring_block block[BLOCKS];
	pthread_t thread;
	bool running;
	pthread_mutex_t lock; /* of all below */
	pthread_cond_t work, room;
	struct ring_block *idle, *first, *last;
	unsigned waiting; /* blocks in the queue or in the thread's hands */
	bool quit;
	struct ring_counters stored;

	struct ring_store *store; /* the thread's once it runs */
};

/* ---- the thread ---- */

static struct ring_block *
take_work(struct ring *r)
{
	while (!r->first && !r->quit)
		pthread_cond_wait(&r->work, &r->lock);
	struct ring_block *b = r->first;
	if (b) {
		r->first = b->next;
		if (!r->first)
			r->last = NULL;
	}
	return b;
}

static void *
writer_thread(void *context)
{
	struct ring *r = context;
	struct ring_block *b;

	pthread_mutex_lock(&r->lock);
	while ((b = take_work(r))) {
		pthread_mutex_unlock(&r->lock);
		ring_store_block(r->store, b);
		pthread_mutex_lock(&r->lock);
		r->stored = *ring_store_count(r->store);
		b->next = r->idle;
		r->idle = b;
		r->waiting--;
		pthread_cond_signal(&r->room);
	}
	pthread_mutex_unlock(&r->lock);
	return NULL;
}

/* ---- opening and closing ---- */

static int
make_blocks(struct ring *r)
{
	for (size_t i = 0; i < BLOCKS; i++) {
		struct ring_block *b = &r->block[i];
		b->data = malloc(RING_BLOCK_BYTES);
		b->key = malloc(RING_BLOCK_MARKS * sizeof(*b->key));
		b->offset = malloc(RING_BLOCK_MARKS * sizeof(*b->offset));
		if (!b->data || !b->key || !b->offset)
			return -1;
		b->next = r->idle;
		r->idle = b;
	}
	return 0;
}

struct ring *
ring_open(const struct ring_config *config, struct err *e)
{
	struct ring *r = calloc(1, sizeof(*r));

	if (!r) {
		err_set(e, "out of memory");
		return NULL;
	}
	r->config = *config;
	if (!r->config.snaplen || r->config.snaplen > RINGFILE_FRAME)
		r->config.snaplen = RINGFILE_FRAME;
	uint64_t share = config->quota / (config->workers ? config->workers : 1);
	if (r->config.file_bytes > share / FILES_MIN)
		r->config.file_bytes = share / FILES_MIN;
	r->block_bytes = RING_BLOCK_BYTES;
	if (r->config.file_bytes / 4 < RING_BLOCK_BYTES)
		r->block_bytes = (uint32_t)(r->config.file_bytes / 4);
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->work, NULL);
	pthread_cond_init(&r->room, NULL);
	if (make_blocks(r) < 0)
		err_set(e, "out of memory");
	else if (!(r->store = ring_store_open(&r->config, e)))
		err_prefix(e, "packet ring %s", config->dir);
	else if (pthread_create(&r->thread, NULL, writer_thread, r) != 0)
		err_set(e, "cannot start the thread of the packet ring");
	else {
		r->running = true;
		r->stored = *ring_store_count(r->store);
		return r;
	}
	ring_close(r);
	return NULL;
}

void
ring_close(struct ring *r)
{
	if (!r)
		return;
	if (r->running) {
		ring_flush(r);
		pthread_mutex_lock(&r->lock);
		r->quit = true;
		pthread_cond_signal(&r->work);
		pthread_mutex_unlock(&r->lock);
		pthread_join(r->thread, NULL);
	}
	ring_store_close(r->store);
	for (size_t i = 0; i < BLOCKS; i++) {
		free(r->block[i].data);
		free(r->block[i].key);
		free(r->block[i].offset);
	}
	pthread_cond_destroy(&r->room);
	pthread_cond_destroy(&r->work);
	pthread_mutex_destroy(&r->lock);
	free(r);
}

/* ---- the packet side ---- */

static void
hand_over(struct ring *r)
{
	struct ring_block *b = r->now;

	if (!b || !b->packets)
		return;
	r->now = NULL;
	b->next = NULL;
	pthread_mutex_lock(&r->lock);
	if (r->last)
		r->last->next = b;
	else
		r->first = b;
	r->last = b;
	r->waiting++;
	pthread_cond_signal(&r->work);
	pthread_mutex_unlock(&r->lock);
}

/* It keeps up again when nothing waits: else a disk on the edge would be said again and again. */
static void
say_speed(struct ring *r, bool behind, bool quiet)
{
	if (behind || (r->slow.failing && quiet))
		log_state_set(&r->slow, behind,
		    behind ? "packet ring %s: the disk does not keep up, packets are not kept"
			   : "packet ring %s: the disk keeps up again",
		    r->config.dir);
}

/* An empty block to fill; NULL: live, and the disk is behind. */
static struct ring_block *
take_block(struct ring *r)
{
	pthread_mutex_lock(&r->lock);
	while (!r->idle && !r->config.live)
		pthread_cond_wait(&r->room, &r->lock);
	struct ring_block *b = r->idle;
	if (b)
		r->idle = b->next;
	bool quiet = r->waiting == 0;
	pthread_mutex_unlock(&r->lock);
	say_speed(r, !b, quiet);
	return b;
}

static struct ring_block *
begin_block(struct ring *r, const struct packet *p)
{
	hand_over(r);
	struct ring_block *b = r->now = take_block(r);
	if (b) {
		b->bytes = b->packets = b->marks = 0;
		b->linktype = p->frame.linktype;
		b->first_ts = b->min_ts = b->max_ts = p->frame.ts;
	}
	return b;
}

static inline bool
is_due(const struct ring *r, const struct ring_block *b, uint64_t now)
{
	return r->config.live && (int64_t)(now - b->first_ts) >= FLUSH_NS;
}

static inline bool
has_room(const struct ring *r, const struct ring_block *b, const struct packet *p, uint32_t caplen)
{
	return b->marks + 1 < RING_BLOCK_MARKS && b->linktype == p->frame.linktype &&
	       (b->bytes + RINGFILE_RECORD + caplen <= r->block_bytes || !b->packets) &&
	       !is_due(r, b, p->frame.ts);
}

void
ring_packet(struct ring *r, const struct packet *p, uint64_t flow_bytes)
{
	const struct frame *f = &p->frame;
	struct ring_block *b = r->now;

	if (r->config.flow_limit && flow_bytes > r->config.flow_limit) {
		r->cut++;
		return;
	}
	uint32_t caplen = f->caplen < r->config.snaplen ? f->caplen : r->config.snaplen;
	if ((!b || !has_room(r, b, p, caplen)) && !(b = begin_block(r, p))) {
		r->lost++;
		return;
	}
	struct ringfile_record record = { f->ts, caplen, f->wirelen };
	uint8_t *to = b->data + b->bytes;

	for (unsigned n = ring_keys(p, &b->key[b->marks]); n; n--)
		b->offset[b->marks++] = b->bytes;
	b->packets++;
	ringfile_record_put(to, &record);
	memcpy(to + RINGFILE_RECORD, f->data, caplen);
	b->bytes += RINGFILE_RECORD + caplen;
	b->min_ts = f->ts < b->min_ts ? f->ts : b->min_ts;
	b->max_ts = f->ts > b->max_ts ? f->ts : b->max_ts;
}

void
ring_tick(struct ring *r, uint64_t now)
{
	if (r->now && is_due(r, r->now, now))
		hand_over(r);
}

void
ring_flush(struct ring *r)
{
	hand_over(r);
	pthread_mutex_lock(&r->lock);
	while (r->waiting)
		pthread_cond_wait(&r->room, &r->lock);
	pthread_mutex_unlock(&r->lock);
}

void
ring_count(struct ring *r, struct ring_counters *out)
{
	pthread_mutex_lock(&r->lock);
	*out = r->stored;
	pthread_mutex_unlock(&r->lock);
	out->cut += r->cut;
	out->lost += r->lost;
}
