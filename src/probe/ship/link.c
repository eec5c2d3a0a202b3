/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ship, the link: one collector at a time.
 *
 *     DOWN -(pause with jitter)-> TRYING -(handshake)-> HELLO -(WELCOME)-> READY
 *       ^---- refused, lost, silent, ERROR -----------------------------------'
 */
#include <stdio.h>
#include <string.h>

#include "internal.h"
#include "lib/now.h"

#define PATIENCE 10000 /* ms for a connection, and for WELCOME */
#define PAUSE_FIRST 200
#define HEARTBEAT 5000
#define QUEUE 2000
#define STEADY 5000 /* ms of good service after which the pauses begin small again */

static const char *
endpoint_of(const struct ship *s)
{
	return s->c.endpoint[s->link.endpoint];
}

static uint64_t
pause_next(struct ship *s)
{
	uint32_t dice;
	unsigned shift = s->link.tries < 16 ? s->link.tries : 16;
	uint64_t pause = (uint64_t)PAUSE_FIRST << shift;
	if (pause > s->c.retry_max_ms)
		pause = s->c.retry_max_ms;
	keys_random(&dice, sizeof(dice));
	return pause / 2 + dice % (pause / 2 + 1);
}

/* The connection failed: close, say so once, come again later. */
static void
link_fail(struct ship *s, uint64_t now, const char *why)
{
	struct ship_link *k = &s->link;
	log_state_set(&k->log, true, "collector %s: %s; trying again, events wait in the spool",
	    endpoint_of(s), why);
	if (k->state == LINK_READY && now - k->ready_at > STEADY)
		k->tries = 0;
	link_close(s, false);
	k->retry_at = now + pause_next(s);
	k->tries++;
	k->endpoint++;
	if (k->endpoint >= SHIP_ENDPOINTS || !endpoint_of(s))
		k->endpoint = 0;
}

static void
begin(struct ship *s, uint64_t now)
{
	struct err e;
	struct zsock_config c = { .endpoint = endpoint_of(s),
		.message_max = FRAME_MAX,
		.queue_max = QUEUE,
		.handshake_ms = PATIENCE,
		.heartbeat_ms = HEARTBEAT };
	memcpy(c.public_key, s->c.key.public_key, KEYS_SIZE);
	memcpy(c.secret_key, s->c.key.secret_key, KEYS_SIZE);
	memcpy(c.server_key, s->c.collector_key, KEYS_SIZE);
	s->link.sock = zsock_connect(&c, &e);
	explicit_bzero(c.secret_key, sizeof(c.secret_key));
	if (!s->link.sock) {
		link_fail(s, now, e.text);
		return;
	}
	s->link.state = LINK_TRYING;
	s->link.deadline = now + PATIENCE;
}

static uint64_t
lane_next(const struct ship *s, int i, const struct spoolpos_report *r)
{
	uint64_t next = r->next[i], read = s->lane[i]->after + 1,
		 sent = spoolpos_sent(s->pos, i) + 1;
	next = next > read ? next : read;
	return next > sent ? next : sent;
}

static void
say_hello(struct ship *s, uint64_t now)
{
	struct spoolpos_report r;
	struct frame_hello h = { .version_min = FRAME_VERSION_MIN,
		.version_max = FRAME_VERSION_MAX,
		.epoch = s->epoch,
		.clock = now_real_ns(),
		.lanes = LANE_COUNT,
		.name = view_of(s->c.probe) };
	if (h.name.len > FRAME_NAME)
		h.name.len = FRAME_NAME;
	memcpy(h.origin, s->origin, sizeof(h.origin));
	spoolpos_report(s->pos, &r);
	for (int i = 0; i < LANE_COUNT; i++) {
		h.lane[i].acked = spoolpos_acked(s->pos, i);
		h.lane[i].first = h.lane[i].acked + 1;
		h.lane[i].next = lane_next(s, i, &r);
		if (h.lane[i].next <= h.lane[i].acked)
			h.lane[i].next = h.lane[i].acked + 1;
	}
	buf_clear(&s->frame);
	frame_hello(&s->frame, &h);
	if (zsock_send(s->link.sock, NULL, (struct view){ s->frame.ptr, s->frame.len }) < 0) {
		link_fail(s, now, "cannot send");
		return;
	}
	s->link.state = LINK_HELLO;
	s->link.deadline = now + PATIENCE;
}

static void
say_status(struct ship *s, uint64_t now)
{
	char json[256];
	struct spoolpos_report r;
	struct frame_status t = { .clock = now_real_ns(), .lanes = LANE_COUNT };
	s->link.status_at = now + s->c.status_ms;
	spoolpos_report(s->pos, &r);
	(void)snprintf(json, sizeof(json),
	    "{\"dropped\":%llu,\"unwritten\":%llu,\"damaged\":%llu,\"batches\":%llu,\"resent\":%"
	    "llu}",
	    (unsigned long long)r.dropped, (unsigned long long)r.unwritten,
	    (unsigned long long)s->damaged, (unsigned long long)s->batches,
	    (unsigned long long)s->resent);
	t.json = view_of(json);
	for (int i = 0; i < LANE_COUNT; i++) {
		t.lane[i].next = lane_next(s, i, &r);
		t.lane[i].acked = s->lane[i]->acked;
		t.lane[i].bytes = seglog_reader_left(s->lane[i]->reader) + s->lane[i]->flying;
	}
	buf_clear(&s->frame);
	frame_status(&s->frame, &t);
	(void)zsock_send(s->link.sock, NULL, (struct view){ s->frame.ptr, s->frame.len });
}

void
link_close(struct ship *s, bool bye)
{
	struct ship_link *k = &s->link;
	if (bye && k->state == LINK_READY) {
		say_status(s, now_steady_ms());
		buf_clear(&s->frame);
		frame_bye(
		    &s->frame, s->finished ? FRAME_BYE_FINISHED : FRAME_BYE_ENDS, "the probe ends");
		(void)zsock_send(k->sock, NULL, (struct view){ s->frame.ptr, s->frame.len });
		(void)zsock_wait(k->sock, -1, 50); /* give it a moment to leave */
	}
	zsock_close(k->sock);
	k->sock = NULL;
	k->state = LINK_DOWN;
}

/* ---- what comes in ---- */

static void
take_clock(struct ship *s, const struct frame_grant *g)
{
	uint64_t wall = now_real_ns();
	if (g->echo == 0 || g->echo > wall)
		return;
	uint64_t rtt = wall - g->echo;
	if (s->best_rtt && rtt > 2 * s->best_rtt)
		return;
	s->best_rtt = rtt;
	s->clock_offset = (int64_t)(g->clock - (g->echo + rtt / 2));
}

static void
take_welcome(struct ship *s, const struct frame_grant *g, uint64_t now)
{
	struct ship_link *k = &s->link;
	for (uint32_t i = 0; i < LANE_COUNT; i++) {
		uint64_t acked = i < g->lanes ? g->lane[i].acked : 0;
		if (lane_rewind(s, s->lane[i], acked) < 0) {
			link_fail(s, now, "out of memory");
			return;
		}
		s->lane[i]->credit = i < g->lanes ? g->lane[i].credit : 0;
	}
	if (k->state != LINK_READY) {
		k->ready_at = now;
		k->status_at = now;
		if (!k->greeted && !k->log.failing)
			log_info("shipping to %s", endpoint_of(s));
		k->greeted = true;
		log_state_set(&k->log, false, "shipping to %s again", endpoint_of(s));
	}
	k->state = LINK_READY;
}

static void
take_ack(struct ship *s, const struct frame_grant *g)
{
	for (uint32_t i = 0; i < g->lanes && i < LANE_COUNT; i++) {
		lane_acked(s, s->lane[i], g->lane[i].acked);
		s->lane[i]->credit = g->lane[i].credit;
	}
}

static void
take_error(struct ship *s, const struct frame_error *e, uint64_t now)
{
	char why[300];
	if (e->code == FRAME_ERROR_NO_HELLO) {
		say_hello(s, now);
		return;
	}
	(void)snprintf(why, sizeof(why), "refuses (%u: %.*s)", e->code, (int)e->text.len,
	    (const char *)e->text.ptr);
	link_fail(s, now, why);
}

static void
take(struct ship *s, const struct frame *f, uint64_t now)
{
	switch (f->type) {
	case FRAME_WELCOME:
		take_clock(s, &f->grant);
		take_welcome(s, &f->grant, now);
		break;
	case FRAME_ACK:
		take_clock(s, &f->grant);
		if (s->link.state == LINK_READY)
			take_ack(s, &f->grant);
		break;
	case FRAME_ERROR:
		take_error(s, &f->error, now);
		break;
	case FRAME_BYE:
		link_fail(s, now, "says goodbye");
		break;
	default:
		break;
	}
}

void
link_receive(struct ship *s, uint64_t now)
{
	struct zsock_message m;
	struct frame f;
	while (s->link.sock && zsock_recv(s->link.sock, &m)) {
		s->link.heard = now;
		if (frame_decode(m.bytes, &f) == 0)
			take(s, &f, now);
	}
}

void
link_step(struct ship *s, uint64_t now)
{
	struct ship_link *k = &s->link;
	if (k->state == LINK_DOWN) {
		if (now >= k->retry_at)
			begin(s, now);
		return;
	}
	enum zsock_link up = zsock_link(k->sock);
	if (up == ZSOCK_LINK_DOWN)
		link_fail(s, now,
		    k->state == LINK_READY ? "the connection was lost"
					   : "cannot be reached, or refuses our key");
	else if (k->state == LINK_TRYING && up == ZSOCK_LINK_UP)
		say_hello(s, now);
	else if (k->state != LINK_READY && now >= k->deadline)
		link_fail(s, now, k->state == LINK_HELLO ? "does not answer" : "cannot be reached");
	else if (k->state == LINK_READY && now - k->heard > s->c.silence_ms)
		link_fail(s, now, "has gone silent");
	else if (k->state == LINK_READY && now >= k->status_at)
		say_status(s, now);
}
