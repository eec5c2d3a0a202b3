/* SPDX-License-Identifier: Apache-2.0 */
/* walk: see packets_walk.h. */
#include "packets_walk.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "probe/ring.h"

#define IDX_MAX (1u << 30)
#define NEAR 65536 /* packets that stand closer are read together */
#define NEAR_READ 131072
#define FAR_READ 4096

void
packets_path(char out[PACKETS_PATH], unsigned worker, uint64_t number, const char *suffix)
{
	char name[RINGFILE_NAME];

	ringfile_name(name, number, suffix);
	(void)snprintf(out, PACKETS_PATH, "%u/%s", worker, name);
}

/* Up to n bytes from `offset`; fewer at the end of the file. */
static bool
fill(int fd, struct buf *b, uint64_t offset, size_t n)
{
	buf_clear(b);
	if (!buf_room(b, n))
		return false;
	while (b->len < n) {
		ssize_t got = pread(fd, b->ptr + b->len, n - b->len, (off_t)(offset + b->len));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		b->len += (size_t)got;
	}
	return true;
}

/* The index as a whole; without one, or with one that is not ours, none is followed. */
static void
load_index(struct packets_walk *w, int dir, const char *path)
{
	struct ringfile_head head;
	struct stat st;
	int fd = openat(dir, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= IDX_MAX &&
	    fill(fd, &w->idx, 0, (size_t)st.st_size) &&
	    ringfile_head_get((struct view){ w->idx.ptr, w->idx.len }, &head) &&
	    head.linktype == w->linktype) {
		w->blocks = cursor_of(w->idx.ptr, w->idx.len);
		(void)cursor_skip(&w->blocks, RINGFILE_HEADER);
	}
	close(fd);
}

int
packets_walk_open(struct packets_walk *w, int dir, const struct packets_file *file,
    const struct packets_filter *filter)
{
	char path[PACKETS_PATH];
	struct stat st;

	*w = (struct packets_walk){ .filter = filter, .linktype = file->linktype };
	buf_init(&w->idx, IDX_MAX);
	buf_init(&w->win, 0);
	packets_path(path, file->worker, file->number, ".pcap");
	w->fd = openat(dir, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (w->fd < 0)
		return -1;
	if (fstat(w->fd, &st) < 0) {
		packets_walk_close(w);
		return -1;
	}
	w->size = (uint64_t)st.st_size;
	w->covered = RINGFILE_PCAP;
	(void)decode_init(&w->decode, NULL, NULL, NULL, NULL);
	packets_path(path, file->worker, file->number, ".idx");
	load_index(w, dir, path);
	return 0;
}

void
packets_walk_close(struct packets_walk *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
	buf_fini(&w->idx);
	buf_fini(&w->win);
	free(w->offset);
	w->offset = NULL;
}

/* ---- records ---- */

/* n bytes at `offset`; false when they are not there. */
static bool
bytes_at(struct packets_walk *w, uint64_t offset, size_t n, struct cursor *out)
{
	bool near = offset >= w->last && offset - w->last < NEAR;
	size_t ahead = near ? NEAR_READ : FAR_READ;

	if (offset > w->size || n > w->size - offset)
		return false;
	if (offset < w->win_at || offset - w->win_at > w->win.len ||
	    w->win.len - (offset - w->win_at) < n) {
		w->win_at = offset;
		if (!fill(w->fd, &w->win, offset, n > ahead ? n : ahead) || w->win.len < n)
			return false;
	}
	struct cursor c = cursor_of(w->win.ptr, w->win.len);
	return cursor_skip(&c, (size_t)(offset - w->win_at)) && cursor_sub(&c, n, out);
}

static bool
record_at(struct packets_walk *w, uint64_t offset, struct packets_packet *out)
{
	struct cursor c;

	if (!bytes_at(w, offset, RINGFILE_RECORD, &c) || !ringfile_record_get(&c, &out->record) ||
	    !bytes_at(w, offset, RINGFILE_RECORD + out->record.caplen, &c) ||
	    !cursor_skip(&c, RINGFILE_RECORD) || !cursor_take(&c, out->record.caplen, &out->data))
		return false;
	out->linktype = w->linktype;
	w->last = offset + RINGFILE_RECORD + out->record.caplen;
	return true;
}

static bool
in_time(const struct packets_filter *f, uint64_t ts)
{
	return ts >= f->from && ts <= f->to;
}

/* ---- the index ---- */

static void
add_offset(struct packets_walk *w, uint64_t offset)
{
	if (w->n == w->room) {
		size_t room = w->room ? 2 * w->room : 1024;
		uint64_t *more = realloc(w->offset, room * sizeof(*more));
		if (!more) {
			w->failed = true;
			return;
		}
		w->offset = more;
		w->room = room;
	}
	w->offset[w->n++] = offset;
}

static int
ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void
take_block(struct packets_walk *w, struct ringfile_block *b)
{
	struct ringfile_talk t;
	uint64_t offset;

	/* no more than there can be, whatever the index says; tunnelled packets are there twice */
	uint64_t here = w->size - b->from < b->bytes ? w->size - b->from : b->bytes;
	uint64_t most = 2 * (here / RINGFILE_RECORD);
	w->n = w->at = 0;
	if (b->max_ts < w->filter->from || b->min_ts > w->filter->to)
		return;
	while (ringfile_talk_get(&b->body, &t)) {
		if (!packets_wanted(w->filter, &t.key))
			continue;
		while (ringfile_offset_get(&t, &offset) && w->n < most)
			if (offset < here)
				add_offset(w, b->from + offset);
	}
	if (w->n)
		qsort(w->offset, w->n, sizeof(*w->offset), ascending);
}

/* Blocks follow each other without a gap, so one that does not is no block of this file. */
static bool
next_block(struct packets_walk *w, struct ringfile_block *b)
{
	struct cursor at = w->blocks;

	if (!ringfile_block_get(&at, b) || b->from != w->covered || b->from >= w->size) {
		w->blocks = cursor_of(NULL, 0);
		return false;
	}
	w->blocks = at;
	w->covered += b->bytes;
	return true;
}

/* ---- walking ---- */

static bool
next_indexed(struct packets_walk *w, struct packets_packet *out)
{
	while (w->at < w->n) {
		uint64_t offset = w->offset[w->at++];
		if (w->at > 1 && offset == w->offset[w->at - 2])
			continue;
		if (record_at(w, offset, out) && in_time(w->filter, out->record.ts))
			return true;
	}
	return false;
}

/* Behind the index: a record that is torn or wrong ends the file. */
static bool
next_scanned(struct packets_walk *w, struct packets_packet *out)
{
	struct ringfile_key key[2];
	struct packet p;

	while (record_at(w, w->covered, out)) {
		struct frame frame = { .data = out->data.ptr,
			.caplen = out->record.caplen,
			.wirelen = out->record.wirelen,
			.ts = out->record.ts,
			.linktype = w->linktype };
		w->covered += RINGFILE_RECORD + out->record.caplen;
		if (!in_time(w->filter, out->record.ts))
			continue;
		(void)decode_frame(&w->decode, &frame, &p);
		for (unsigned i = 0, n = ring_keys(&p, key); i < n; i++)
			if (packets_wanted(w->filter, &key[i]))
				return true;
	}
	w->covered = w->size;
	return false;
}

bool
packets_walk_next(struct packets_walk *w, struct packets_packet *out)
{
	struct ringfile_block b;

	for (;;) {
		if (next_indexed(w, out))
			return true;
		if (!next_block(w, &b))
			return next_scanned(w, out);
		take_block(w, &b);
	}
}

static void
widen(struct packets_file *f, uint64_t packets, uint64_t min_ts, uint64_t max_ts)
{
	f->min_ts = !f->packets || min_ts < f->min_ts ? min_ts : f->min_ts;
	f->max_ts = max_ts > f->max_ts ? max_ts : f->max_ts;
	f->packets += packets;
}

void
packets_walk_survey(struct packets_walk *w, struct packets_file *f)
{
	struct packets_packet p;
	struct ringfile_block b;

	while (next_block(w, &b))
		widen(f, b.packets, b.min_ts, b.max_ts);
	while (record_at(w, w->covered, &p)) {
		w->covered += RINGFILE_RECORD + p.record.caplen;
		widen(f, 1, p.record.ts, p.record.ts);
	}
}
