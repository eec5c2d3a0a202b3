/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seglog, the reader: see include/lib/seglog.h.
 *
 * Reads with pread through one buffer and keeps no lock. The writer may be in the middle of
 * anything: a record that is not all there is simply not there yet, unless a later segment shows
 * that nothing more will come.
 */
#include "lib/seglog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "seglog_file.h"

#define CHUNK (256u << 10)

struct seglog_reader {
	char *path;
	int dir, fd;
	uint64_t first;  /* number the open segment is named after */
	uint64_t at;     /* number of the record at `offset` */
	uint64_t next;   /* number wanted; records before it are passed over */
	uint64_t offset; /* of what has not been given yet */
	uint64_t synced; /* offset up to which the open segment is known to be on disk */
	bool syncs;      /* the owner wants what it passes on to be durable */
	bool closed;     /* a later segment exists and we have looked again since */
	struct buf bytes;
	size_t used; /* of bytes */
};

static void
segment_leave(struct seglog_reader *r)
{
	if (r->fd >= 0)
		close(r->fd);
	r->fd = -1;
	buf_clear(&r->bytes);
	r->used = 0;
}

static int
segment_enter(struct seglog_reader *r, uint64_t first)
{
	char name[SEG_NAME];
	uint8_t header[SEG_HEADER];
	seg_name(name, first);
	int fd = openat(r->dir, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ssize_t n = pread(fd, header, sizeof(header), 0);
	if (n < SEG_HEADER || seg_header_check((struct view){ header, (size_t)n }, first) == -2) {
		close(fd);
		return -1; /* not written yet, or not for us */
	}
	segment_leave(r);
	r->fd = fd;
	r->first = r->at = first;
	if (r->next < first)
		r->next = first;
	r->offset = SEG_HEADER;
	r->synced = 0;
	r->closed = false;
	return 0;
}

/* The segment that has record r->next, else the first behind it. False: nothing to read yet. */
static bool
segment_find(struct seglog_reader *r)
{
	struct seg_list list;
	if (r->dir < 0)
		r->dir = open(r->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r->dir < 0 || seg_list_read(r->dir, &list) < 0)
		return false;
	size_t i = 0;
	while (i + 1 < list.n && list.first[i + 1] <= r->next)
		i++;
	bool found = list.n && segment_enter(r, list.first[i]) == 0;
	seg_list_fini(&list);
	return found;
}

/* Number of the segment that follows the open one; 0 when it is the last. */
static uint64_t
segment_after(struct seglog_reader *r)
{
	struct seg_list list;
	uint64_t after = 0;
	if (seg_list_read(r->dir, &list) < 0)
		return 0;
	for (size_t i = list.n; i-- > 0 && list.first[i] > r->first;)
		after = list.first[i];
	seg_list_fini(&list);
	return after;
}

static struct view
unread(const struct seglog_reader *r)
{
	if (!r->bytes.ptr)
		return (struct view){ 0 };
	struct cursor c = cursor_of(r->bytes.ptr, r->bytes.len);
	(void)cursor_skip(&c, r->used);
	return (struct view){ c.at, cursor_left(&c) };
}

/* Read again from r->offset, at least `want` bytes if the file has them. True when there is more
 * than before. */
static bool
fill(struct seglog_reader *r, size_t want)
{
	size_t had = r->bytes.len - r->used;
	buf_clear(&r->bytes);
	r->used = 0;
	if (seg_load(r->fd, r->offset, want > CHUNK ? want : CHUNK, &r->bytes) < 0)
		return false;
	return r->bytes.len > had;
}

static void
step(struct seglog_reader *r, size_t n)
{
	r->used += n;
	r->offset += n;
}

/*
 * The record here is bad. Find the next sound one in the rest of the segment. True when found:
 * r->at and the place are there.
 */
static bool
damage_pass(struct seglog_reader *r)
{
	struct stat st;
	uint64_t number;
	if (fstat(r->fd, &st) < 0 || (uint64_t)st.st_size <= r->offset)
		return false;
	if (!fill(r, (size_t)((uint64_t)st.st_size - r->offset)) && r->bytes.len == 0)
		return false;
	struct view rest = unread(r);
	size_t jump = seg_resync(rest, r->at, &number);
	if (jump == rest.len)
		return false;
	step(r, jump);
	r->at = number;
	return true;
}

/* Numbers before r->at are gone. True when the caller wanted any of them. */
static bool
missing(struct seglog_reader *r, uint64_t *number)
{
	if (r->at <= r->next)
		return false;
	*number = r->next;
	r->next = r->at;
	return true;
}

enum step { STEP_AGAIN, STEP_WAIT, STEP_DAMAGE };

/* Nothing more to be had in the open segment as it is now: wait for its writer, or go on to the
 * next. */
static enum step
segment_end(struct seglog_reader *r, uint64_t *number)
{
	if (unread(r).len && damage_pass(r)) /* something sound follows what is cut or wrong here */
		return missing(r, number) ? STEP_DAMAGE : STEP_AGAIN;
	uint64_t after = segment_after(r);
	if (after == 0)
		return STEP_WAIT;
	if (!r->closed) {
		r->closed = true;
		(void)fill(r, CHUNK);
		return STEP_AGAIN;
	}
	bool torn = unread(r).len > 0;
	if (r->syncs)
		(void)seglog_reader_sync(r);
	uint64_t lost = r->next;
	if (segment_enter(r, after) < 0)
		return STEP_WAIT;
	if (!torn || lost >= after)
		return STEP_AGAIN;
	*number = lost;
	return STEP_DAMAGE;
}

int
seglog_read(struct seglog_reader *r, struct view *out, uint64_t *number)
{
	if (r->fd < 0 && !segment_find(r))
		return 0;
	for (;;) {
		struct view data;
		enum seg_verdict v = seg_record_get(unread(r), r->at, &data);
		if (v == SEG_GOOD) {
			step(r, SEG_RECORD + data.len);
			if (r->at++ < r->next)
				continue;
			*out = data;
			*number = r->at - 1;
			r->next = r->at;
			return 1;
		}
		if (v == SEG_SHORT && fill(r, SEG_RECORD + data.len))
			continue;
		enum step next = segment_end(r, number);
		if (next != STEP_AGAIN)
			return next == STEP_WAIT ? 0 : -1;
	}
}

struct seglog_reader *
seglog_reader_open(const char *dir, uint64_t number, struct err *e)
{
	struct seglog_reader *r = calloc(1, sizeof(*r));
	char *path = strdup(dir);
	if (!r || !path) {
		err_set(e, "out of memory");
		free(r);
		free(path);
		return NULL;
	}
	r->path = path;
	r->dir = r->fd = -1;
	r->next = number ? number : 1;
	buf_init(&r->bytes, 0);
	return r;
}

void
seglog_reader_close(struct seglog_reader *r)
{
	if (!r)
		return;
	segment_leave(r);
	buf_fini(&r->bytes);
	if (r->dir >= 0)
		close(r->dir);
	free(r->path);
	free(r);
}

uint64_t
seglog_reader_next(const struct seglog_reader *r)
{
	return r->next;
}

int
seglog_reader_sync(struct seglog_reader *r)
{
	struct stat st;
	r->syncs = true;
	if (r->fd < 0 || r->offset <= r->synced)
		return 0;
	if (fstat(r->fd, &st) < 0 || fdatasync(r->fd) < 0)
		return -1;
	if (r->synced == 0 && fsync(r->dir) < 0)
		return -1;
	r->synced = (uint64_t)st.st_size;
	return 0;
}

uint64_t
seglog_reader_left(const struct seglog_reader *r)
{
	struct seg_list list;
	struct stat st;
	uint64_t bytes = 0;
	if (r->dir < 0 || seg_list_read(r->dir, &list) < 0)
		return 0;
	for (size_t i = 0; i < list.n; i++) {
		char name[SEG_NAME];
		seg_name(name, list.first[i]);
		bool here = r->fd >= 0 && list.first[i] == r->first;
		if (r->fd >= 0 && list.first[i] < r->first)
			continue;
		if (fstatat(r->dir, name, &st, 0) < 0)
			continue;
		uint64_t past = here ? r->offset : SEG_HEADER;
		if ((uint64_t)st.st_size > past)
			bytes += (uint64_t)st.st_size - past;
	}
	seg_list_fini(&list);
	return bytes;
}
