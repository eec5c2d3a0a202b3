/* SPDX-License-Identifier: Apache-2.0 */
/* files: the sources that read captures made earlier: a file, a folder of them, stdin. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "lib/log.h"
#include "lib/now.h"
#include "pace.h"
#include "reader.h"
#include "source.h"
#include "walk.h"

#define WAIT_MAX 100000000u /* ns */

struct files {
	struct walk list;
	size_t at; /* index of the file being read; list.n at the end */
	struct reader reader;
	uint64_t done; /* bytes of the files before */
	struct pace pace;
	struct frame held; /* read, but not due yet */
	bool holding;
	uint64_t due; /* ns, steady: when it is */
};

static void
close_files(struct capture *c)
{
	struct files *f = c->own;

	reader_close(&f->reader);
	walk_fini(&f->list);
	free(f);
}

/* Open the next file that can be read, from f->at on; the others are counted. False when none is
 * left. */
static bool
open_from(struct capture *c, struct err *e)
{
	struct files *f = c->own;

	for (; f->at < f->list.n; f->at++) {
		if (reader_open(&f->reader, f->list.path[f->at], &c->config, e) == 0)
			return true;
		f->done += reader_given(&f->reader);
		f->reader.given = 0;
		c->stats.unreadable_files++;
		if (f->list.n > 1)
			log_warn("capture: %s", e->text);
	}
	return false;
}

/* Common end of the open functions; rc is what filling the list returned. */
static int
open_list(struct capture *c, struct files *f, int rc, struct err *e)
{
	c->own = f;
	f->pace.speed = c->config.speed;
	if (rc == 0 && open_from(c, e)) {
		c->stats.total_bytes = f->list.bytes;
		return 0;
	}
	close_files(c);
	return -1;
}

static int
open_one(struct capture *c, const char *what, struct err *e)
{
	struct files *f = calloc(1, sizeof(*f));

	if (!f)
		return err_set(e, "%s: out of memory", what);
	return open_list(c, f, walk_one(&f->list, what, e), e);
}

static int
open_folder(struct capture *c, const char *what, struct err *e)
{
	struct files *f = calloc(1, sizeof(*f));
	int rc;

	if (!f)
		return err_set(e, "%s: out of memory", what);
	rc = walk_folder(&f->list, what, e);
	if (rc == 0 && f->list.n == 0)
		rc = err_set(e, "%s: no capture file in this folder", what);
	return open_list(c, f, rc, e);
}

static enum capture_status
next_file(struct capture *c, struct err *e)
{
	struct files *f = c->own;

	if (f->at >= f->list.n)
		return CAPTURE_END;
	f->done += reader_given(&f->reader);
	reader_close(&f->reader);
	f->at++;
	f->pace.running = false;
	return open_from(c, e) ? CAPTURE_NEXT : CAPTURE_END;
}

/* Hold the frame until it is due, but never for long. */
static enum capture_status
keep_pace(struct files *f, struct frame *frame)
{
	uint64_t now = now_steady_ns();

	if (!f->holding)
		f->due = pace_due(&f->pace, frame->ts, now);
	if (f->due > now) {
		uint64_t wait = f->due - now < WAIT_MAX ? f->due - now : WAIT_MAX;
		(void)nanosleep(&(struct timespec){ .tv_nsec = (long)wait }, NULL);
		now = now_steady_ns();
	}
	f->holding = f->due > now;
	f->held = *frame;
	return f->holding ? CAPTURE_IDLE : CAPTURE_FRAME;
}

static enum capture_status
next(struct capture *c, struct frame *frame, struct err *e)
{
	struct files *f = c->own;
	enum capture_status status;

	if (f->holding) {
		*frame = f->held;
		return keep_pace(f, frame);
	}
	if (f->at >= f->list.n)
		return CAPTURE_END;
	status = reader_next(&f->reader, frame);
	if (status != CAPTURE_FRAME) {
		status = reader_stopped(&f->reader, f->list.path[f->at], e);
		return status == CAPTURE_END ? next_file(c, e) : status;
	}
	frame->source = (uint16_t)f->at;
	return f->pace.speed ? keep_pace(f, frame) : CAPTURE_FRAME;
}

static const char *
name_now(const struct capture *c)
{
	const struct files *f = c->own;

	return f->list.path[f->at < f->list.n ? f->at : f->list.n - 1];
}

static void
stats(struct capture *c)
{
	const struct files *f = c->own;

	c->stats.done_bytes = f->done + reader_given(&f->reader);
}

static bool
meant_stdin(const char *what, bool live)
{
	return !live && strcmp(what, "-") == 0;
}

static bool
meant_folder(const char *what, bool live)
{
	struct stat st;

	return !live && stat(what, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool
meant_file(const char *what, bool live)
{
	(void)what;
	return !live;
}

const struct source source_stdin = { "stdin", "a capture piped in, \"-\"", meant_stdin, open_one,
	close_files, next, name_now, stats, NULL };
const struct source source_folder = { "folder", "every capture below a folder, sorted by path",
	meant_folder, open_folder, close_files, next, name_now, stats, NULL };
const struct source source_file = { "file", "a pcap or pcapng file", meant_file, open_one,
	close_files, next, name_now, stats, NULL };
