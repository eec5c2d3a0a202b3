/* SPDX-License-Identifier: Apache-2.0 */
/* ship, the loop: see include/probe/ship.h. */
#include "probe/ship.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "internal.h"
#include "lib/now.h"

#define LOOK 10           /* ms between looks at the spool */
#define WRITER_EVERY 100  /* ms between looks for the spool's writer */
#define WRITER_GRACE 1000 /* ms a writer may take to appear, in drain */
#define ROUND 64          /* batches sent before the network is looked at again */

static volatile sig_atomic_t ending;

static void
on_signal(int sig)
{
	(void)sig;
	ending = 1;
}

/* ---- the end ---- */

struct finish {
	bool ending; /* on the way out: linger runs */
	bool writer; /* the spool has one, as of the last look */
	bool seen;   /* it had one at some time */
	uint64_t look_at, give_up_at, begun;
};

/* Look for the writer, decide whether the end has begun. Must come before the spool is read in this
 * round. */
static void
finish_step(struct ship *s, struct finish *f, uint64_t now)
{
	if (now >= f->look_at) {
		f->writer = spoolpos_has_writer(s->c.spool_dir);
		f->seen |= f->writer;
		f->look_at = now + (f->ending ? LOOK : WRITER_EVERY);
	}
	bool drained = s->c.drain && !f->writer && (f->seen || now - f->begun > WRITER_GRACE);
	if (f->ending || !(ending || drained))
		return;
	f->ending = true;
	f->give_up_at = now + s->c.linger_ms;
}

static bool
all_done(const struct ship *s)
{
	for (int i = 0; s->open && i < LANE_COUNT; i++)
		if (!lane_done(s->lane[i]))
			return false;
	return true;
}

static void
say_left(const struct ship *s)
{
	struct spoolpos_report r;
	char text[256] = "";
	size_t n = 0;
	if (!s->open)
		return;
	spoolpos_report(s->pos, &r);
	for (int i = 0; i < LANE_COUNT; i++) {
		uint64_t end = r.next[i] ? r.next[i] - 1 : 0, acked = s->lane[i]->acked;
		if (end > acked && n < sizeof(text))
			n += (size_t)snprintf(
			    text + n, sizeof(text) - n, " %s %" PRIu64, lane_name(i), end - acked);
	}
	log_warn("ending with events left in spool %s:%s", s->c.spool_dir, n ? text : " a few");
}

/* ---- the spool ---- */

static void
spool_leave(struct ship *s)
{
	for (int i = 0; i < LANE_COUNT; i++) {
		lane_free(s->lane[i]);
		s->lane[i] = NULL;
	}
	spoolpos_close(s->pos);
	s->pos = NULL;
	s->open = false;
}

/* Find the spool, or find that it became another one. */
static void
spool_find(struct ship *s)
{
	uint64_t epoch;
	if (spoolpos_read_epoch(s->c.spool_dir, &epoch, NULL) < 0)
		return;
	if (s->open && epoch == s->epoch)
		return;
	if (s->open)
		log_info("spool %s has a new epoch", s->c.spool_dir);
	spool_leave(s);
	s->epoch = epoch;
	s->pos = spoolpos_open(s->c.spool_dir, false, NULL);
	s->open = s->pos != NULL;
	for (int i = 0; s->open && i < LANE_COUNT; i++) {
		s->lane[i] = lane_new(s->c.spool_dir, i);
		s->open = s->lane[i] && lane_rewind(s, s->lane[i], spoolpos_acked(s->pos, i)) == 0;
	}
	if (!s->open)
		spool_leave(s);
}

/* Only one ship reads a spool. Waits for another to end; false when told to end meanwhile. */
static bool
lock_take(struct ship *s, int *fd)
{
	char path[4096];
	struct log_state log = { 0 };
	(void)snprintf(path, sizeof(path), "%s/ship.lock", s->c.spool_dir);
	while (!ending) {
		struct flock how = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
		if (*fd < 0)
			*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (*fd >= 0 && fcntl(*fd, F_SETLK, &how) == 0)
			return true;
		if (*fd >= 0)
			log_state_set(&log, true, "spool %s: another process ships it; waiting",
			    s->c.spool_dir);
		else if (s->c.drain)
			return true; /* no spool: nothing to ship */
		(void)poll(NULL, 0, WRITER_EVERY);
	}
	return false;
}

/* ---- the loop ---- */

/* Send in strict order of importance: after each batch the most important lane is asked again. */
static bool
send_round(struct ship *s, uint64_t now, bool hurry)
{
	int sent = 0;
	for (int i = 0; i < LANE_COUNT && sent < ROUND; i++) {
		lane_gather(s, s->lane[i], now);
		if (s->link.state == LINK_READY && lane_send(s, s->lane[i], now, hurry)) {
			sent++;
			i = -1;
		}
	}
	return sent > 0;
}

static int
loop(struct ship *s)
{
	struct finish f = { .begun = now_steady_ms() };
	bool busy = false;
	for (;;) {
		uint64_t now = now_steady_ms();
		finish_step(s, &f, now);
		if (s->link.state == LINK_DOWN)
			spool_find(s);
		if (s->open)
			link_step(s, now);
		if (s->link.sock && zsock_wait(s->link.sock, -1, busy ? 0 : LOOK))
			link_receive(s, now);
		else if (!s->link.sock)
			(void)poll(NULL, 0, LOOK);
		if (s->open)
			busy = send_round(s, now_steady_ms(), f.ending);
		if (f.ending && !f.writer && all_done(s))
			return SHIP_DONE;
		if (f.ending && now_steady_ms() >= f.give_up_at)
			break;
	}
	if (all_done(s))
		return SHIP_DONE;
	say_left(s);
	return SHIP_LEFT;
}

/* HELLO takes visible ASCII only. */
static bool
sayable(const char *name)
{
	for (const char *p = name; p && *p; p++)
		if (*p < 0x21 || *p > 0x7e)
			return false;
	return name && *name;
}

static void
defaults(struct ship_config *c)
{
	c->linger_ms = c->linger_ms ? c->linger_ms : 30000;
	c->batch_bytes = c->batch_bytes ? c->batch_bytes : 256u << 10;
	if (c->batch_bytes > FRAME_RAW_MAX - FRAME_EVENT_MAX - 4096)
		c->batch_bytes = FRAME_RAW_MAX - FRAME_EVENT_MAX - 4096;
	c->batch_ms = c->batch_ms ? c->batch_ms : 200;
	c->alert_ms = c->alert_ms ? c->alert_ms : 20;
	c->status_ms = c->status_ms ? c->status_ms : 5000;
	c->silence_ms = c->silence_ms ? c->silence_ms : 20000;
	c->retry_max_ms = c->retry_max_ms ? c->retry_max_ms : 30000;
	c->level = c->level ? c->level : 1;
	c->probe = sayable(c->probe) ? c->probe : c->key.name;
}

static void
take_signals(const struct ship_config *c)
{
	struct sigaction action = { .sa_handler = on_signal };
	ending = 0;
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (c->follow_parent) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() == 1)
			ending = 1;
	}
}

int
ship_run(struct ship_config *c, struct err *e)
{
	int rc = SHIP_FAILED, lock = -1;
	struct ship *s = calloc(1, sizeof(*s));
	if (!s) {
		err_set(e, "out of memory");
		goto out;
	}
	s->c = *c;
	defaults(&s->c);
	keys_origin(s->c.key.public_key, s->origin);
	buf_init(&s->packed, 0);
	buf_init(&s->frame, FRAME_MAX + 4096);
	if (!s->c.endpoint[0] || !(s->compress = compress_new(s->c.level))) {
		err_set(e, s->compress ? "out of memory" : "no collector to ship to");
		goto out;
	}
	take_signals(&s->c);
	rc = lock_take(s, &lock) ? loop(s) : SHIP_LEFT;
	s->finished = s->c.drain && rc == SHIP_DONE;
	link_close(s, true);
out:
	if (s) {
		spool_leave(s);
		compress_free(s->compress);
		buf_fini(&s->packed);
		buf_fini(&s->frame);
		keys_wipe(&s->c.key);
		free(s);
	}
	if (lock >= 0)
		close(lock);
	keys_wipe(&c->key);
	return rc;
}
