/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seglog, the writer: see include/lib/seglog.h.
 *
 *     segs[0] segs[1] ... segs[n-1]          closed ones are never written again
 *                           | offset: handed to the kernel
 *                           '-- wait: records not handed over yet
 *
 * A write the kernel takes only in part leaves a torn record that the next write completes; nothing
 * is ever taken back from a file that a reader may have seen.
 */
#include "lib/seglog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "seglog_file.h"

#define WAIT_BYTES (256u << 10) /* hand over at this many */
#define SEGMENT_DEFAULT (64ull << 20)

struct seg {
	uint64_t first;
	uint64_t bytes;
};

struct seglog {
	int dir, lock, fd; /* fd: the segment being written, -1: made by the next flush */
	int behind;        /* the segment before it while it is not synced, else -1 */
	bool dirty, dir_dirty;
	bool lost; /* an fdatasync failed on the way */
	uint64_t segment_bytes;
	struct seg *segs;
	size_t n, room;
	uint64_t sealed_bytes; /* of all but the last */
	uint64_t offset;
	uint64_t next;
	uint64_t wait_first; /* number of the first record in wait */
	struct buf wait;
	size_t done; /* bytes of wait that the kernel has taken already; the rest follows before
			anything else */
};

static int
segs_add(struct seglog *l, uint64_t first, uint64_t bytes)
{
	if (l->n == l->room) {
		size_t room = l->room ? 2 * l->room : 8;
		struct seg *more = realloc(l->segs, room * sizeof(*more));
		if (!more)
			return -1;
		l->segs = more;
		l->room = room;
	}
	l->segs[l->n++] = (struct seg){ first, bytes };
	return 0;
}

static void
segs_remove(struct seglog *l, size_t i)
{
	char name[SEG_NAME];
	seg_name(name, l->segs[i].first);
	(void)unlinkat(l->dir, name, 0);
	l->sealed_bytes -= l->segs[i].bytes;
	memmove(l->segs + i, l->segs + i + 1, (l->n - i - 1) * sizeof(*l->segs));
	l->n--;
}

/* All of `n` bytes at `offset`; returns how many the kernel took. */
static size_t
write_at(int fd, const uint8_t *data, size_t n, uint64_t offset)
{
	size_t done = 0;
	while (done < n) {
		ssize_t put = pwrite(fd, data + done, n - done, (off_t)(offset + done));
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0)
			break;
		done += (size_t)put;
	}
	return done;
}

static int
segment_make(struct seglog *l, uint64_t first)
{
	char name[SEG_NAME];
	uint8_t header[SEG_HEADER];
	seg_name(name, first);
	int fd = openat(l->dir, name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	seg_header_put(header, first);
	if (write_at(fd, header, sizeof(header), 0) != sizeof(header) ||
	    segs_add(l, first, 0) < 0) {
		(void)unlinkat(l->dir, name, 0);
		close(fd);
		return -1;
	}
	l->fd = fd;
	l->offset = SEG_HEADER;
	l->dir_dirty = l->dirty = true;
	return 0;
}

/* The segment is full: it is closed, and synced at the latest when the next one is. */
static void
segment_seal(struct seglog *l)
{
	if (l->behind >= 0) {
		l->lost |= fdatasync(l->behind) < 0;
		close(l->behind);
		l->behind = -1;
	}
	if (l->dirty)
		l->behind = l->fd;
	else
		close(l->fd);
	l->segs[l->n - 1].bytes = l->offset;
	l->sealed_bytes += l->offset;
	l->fd = -1;
	l->offset = 0;
	l->dirty = false;
}

/* ---- opening ---- */

struct scan {
	uint64_t end;  /* behind the last record worth keeping */
	uint64_t next; /* number after it */
};

/*
 * Walk a segment. A record that is all there but wrong keeps its number (it may have been read
 * before it went bad); one that is cut is the torn tail.
 */
static struct scan
segment_scan(struct view bytes, uint64_t first)
{
	struct scan s = { SEG_HEADER, first };
	struct cursor c = cursor_of_view(bytes);
	(void)cursor_skip(&c, SEG_HEADER);
	while (cursor_left(&c)) {
		struct view rest = { c.at, cursor_left(&c) }, data;
		uint64_t number = s.next;
		enum seg_verdict v = seg_record_get(rest, number, &data);
		if (v != SEG_GOOD) {
			size_t jump = seg_resync(rest, s.next, &number);
			bool whole = data.len && data.len + SEG_RECORD <= rest.len;
			if (jump == rest.len && !(v == SEG_BAD && whole))
				break;
			if (jump < rest.len) {
				(void)cursor_skip(&c, jump);
				(void)seg_record_get(
				    (struct view){ c.at, cursor_left(&c) }, number, &data);
			}
		}
		(void)cursor_skip(&c, SEG_RECORD + data.len);
		s.next = number + 1;
		s.end = bytes.len - cursor_left(&c);
	}
	return s;
}

static int
segment_recover(struct seglog *l, uint64_t first, struct err *e)
{
	char name[SEG_NAME];
	struct buf bytes;
	int rc = -1;
	seg_name(name, first);
	buf_init(&bytes, 0);
	int fd = openat(l->dir, name, O_RDWR | O_CLOEXEC);
	if (fd < 0 || seg_load(fd, 0, SIZE_MAX >> 1, &bytes) < 0) {
		err_set(e, "%s: %s", name, strerror(errno));
		goto out;
	}
	struct view all = { bytes.ptr, bytes.len };
	int header = seg_header_check(all, first);
	if (header == -2) {
		err_set(e, "%s was written by a newer version", name);
		goto out;
	}
	struct scan s = { SEG_HEADER, first };
	if (bytes.len > SEG_HEADER)
		s = segment_scan(all, first);
	uint8_t head[SEG_HEADER];
	seg_header_put(head, first);
	if (header != 0 && write_at(fd, head, sizeof(head), 0) != sizeof(head)) {
		err_set(e, "%s: %s", name, strerror(errno));
		goto out;
	}
	if (bytes.len != s.end && ftruncate(fd, (off_t)s.end) < 0) {
		err_set(e, "%s: cannot cut off the torn end: %s", name, strerror(errno));
		goto out;
	}
	l->fd = fd;
	fd = -1;
	l->offset = s.end;
	l->next = s.next;
	l->dirty = true; /* what was there may never have been synced */
	rc = 0;
out:
	if (fd >= 0)
		close(fd);
	buf_fini(&bytes);
	return rc;
}

static int
segments_find(struct seglog *l, struct err *e)
{
	struct seg_list list;
	if (seg_list_read(l->dir, &list) < 0)
		return err_set(e, "cannot list: %s", strerror(errno));
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < list.n; i++) {
		char name[SEG_NAME];
		struct stat st;
		seg_name(name, list.first[i]);
		bool last = i + 1 == list.n;
		uint64_t bytes = 0;
		if (!last && fstatat(l->dir, name, &st, 0) == 0)
			bytes = (uint64_t)st.st_size;
		l->sealed_bytes += bytes;
		if (segs_add(l, list.first[i], bytes) < 0)
			rc = err_set(e, "out of memory");
		else if (last)
			rc = segment_recover(l, list.first[i], e);
	}
	seg_list_fini(&list);
	return rc;
}

static int
lock_take(struct seglog *l, struct err *e)
{
	l->lock = openat(l->dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (l->lock < 0)
		return err_set(e, "lock: %s", strerror(errno));
	struct flock how = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	if (fcntl(l->lock, F_SETLK, &how) < 0)
		return err_set(e, "another process is writing here");
	return 0;
}

struct seglog *
seglog_open(const char *dir, uint64_t segment_bytes, struct err *e)
{
	struct seglog *l = calloc(1, sizeof(*l));
	if (!l) {
		err_set(e, "out of memory");
		return NULL;
	}
	l->dir = l->lock = l->fd = l->behind = -1;
	l->segment_bytes = segment_bytes ? segment_bytes : SEGMENT_DEFAULT;
	l->next = 1;
	buf_init(&l->wait, WAIT_BYTES + SEGLOG_MAX_RECORD + SEG_RECORD);
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		err_set(e, "%s", strerror(errno));
	else if ((l->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		err_set(e, "%s", strerror(errno));
	else if (lock_take(l, e) == 0 && segments_find(l, e) == 0) {
		l->wait_first = l->next;
		return l;
	}
	err_prefix(e, "segment log %s", dir);
	seglog_close(l);
	return NULL;
}

void
seglog_close(struct seglog *l)
{
	if (!l)
		return;
	(void)seglog_flush(l);
	if (l->behind >= 0)
		close(l->behind);
	if (l->fd >= 0)
		close(l->fd);
	if (l->lock >= 0)
		close(l->lock);
	if (l->dir >= 0)
		close(l->dir);
	buf_fini(&l->wait);
	free(l->segs);
	free(l);
}

/* ---- writing ---- */

int
seglog_append(struct seglog *l, const void *data, size_t n, uint64_t *number)
{
	uint8_t head[SEG_RECORD];
	if (n > SEGLOG_MAX_RECORD)
		return -1;
	if (l->wait.len && l->wait.len + n + SEG_RECORD > WAIT_BYTES && seglog_flush(l) < 0)
		return -1;
	if (!buf_room(&l->wait, SEG_RECORD + n)) {
		l->wait.failed = false;
		return -1;
	}
	seg_record_put(head, l->next, data, n);
	buf_add(&l->wait, head, sizeof(head));
	buf_add(&l->wait, data, n);
	*number = l->next++;
	return 0;
}

int
seglog_flush(struct seglog *l)
{
	if (l->wait.len == 0)
		return 0;
	if (l->fd >= 0 && l->offset >= l->segment_bytes && l->offset > SEG_HEADER && !l->done)
		segment_seal(l);
	if (l->fd < 0 && segment_make(l, l->wait_first) < 0)
		return -1;
	size_t left = l->wait.len - l->done;
	size_t put = write_at(l->fd, l->wait.ptr + l->done, left, l->offset);
	l->offset += put;
	l->done += put;
	l->dirty |= put > 0;
	if (put < left)
		return -1;
	buf_clear(&l->wait);
	l->done = 0;
	l->wait_first = l->next;
	return 0;
}

int
seglog_sync(struct seglog *l)
{
	if (seglog_flush(l) < 0)
		return -1;
	bool lost = l->lost;
	if (l->behind >= 0) {
		lost |= fdatasync(l->behind) < 0;
		close(l->behind);
		l->behind = -1;
	}
	if (l->dirty && l->fd >= 0)
		lost |= fdatasync(l->fd) < 0;
	if (l->dir_dirty)
		lost |= fsync(l->dir) < 0;
	l->dirty = l->dir_dirty = l->lost = false;
	return lost ? -2 : 0;
}

int
seglog_rotate(struct seglog *l)
{
	if (seglog_flush(l) < 0)
		return -1;
	if (l->fd >= 0) {
		if (l->offset <= SEG_HEADER)
			return 0;
		segment_seal(l);
	}
	return segment_make(l, l->next);
}

/* ---- what is there ---- */

uint64_t
seglog_first(const struct seglog *l)
{
	return l->n ? l->segs[0].first : l->next;
}

uint64_t
seglog_next(const struct seglog *l)
{
	return l->next;
}

uint64_t
seglog_bytes(const struct seglog *l)
{
	return l->sealed_bytes + l->offset + l->wait.len - l->done;
}

uint64_t
seglog_waiting(const struct seglog *l)
{
	uint64_t count = 0;
	if (l->wait.len == 0)
		return 0;
	struct cursor c = cursor_of(l->wait.ptr, l->wait.len);
	uint32_t n;
	while (cursor_u32_le(&c, &n) && cursor_skip(&c, SEG_RECORD - sizeof(n) + n))
		count += l->wait.len - cursor_left(&c) > l->done;
	return count;
}

/* ---- letting go ---- */

/* The last one always stays: its name is what remembers the next number. */
uint64_t
seglog_trim(struct seglog *l, uint64_t number)
{
	uint64_t count = 0;
	while (l->n > 1 && l->segs[1].first <= number) {
		count += l->segs[1].first - l->segs[0].first;
		segs_remove(l, 0);
	}
	return count;
}

/* Index of the oldest closed segment behind `keep`; l->n when there is none. */
static size_t
droppable(const struct seglog *l, uint64_t keep, uint64_t *first, uint64_t *last)
{
	size_t i = 0;
	while (i + 1 < l->n && l->segs[i].first <= keep)
		i++;
	if (i + 1 >= l->n)
		return l->n;
	*first = l->segs[i].first;
	*last = l->segs[i + 1].first - 1;
	return i;
}

uint64_t
seglog_droppable(const struct seglog *l, uint64_t keep, uint64_t *first, uint64_t *last)
{
	return droppable(l, keep, first, last) < l->n ? *last - *first + 1 : 0;
}

uint64_t
seglog_drop(struct seglog *l, uint64_t keep, uint64_t *first, uint64_t *last)
{
	size_t i = droppable(l, keep, first, last);
	if (i >= l->n)
		return 0;
	segs_remove(l, i);
	return *last - *first + 1;
}
