/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring: the files of one worker.
 *
 *   DIR/0/lock  000000000001.pcap .idx  000000000002.pcap .idx ...   (folder 1: the next worker's)
 *         old[0] old[1] ... old[n-1]     closed, the oldest goes when room is needed
 *         out[]                          being written, one for each link type
 *
 * The index of a block is written before the block: a kill between the two leaves an index that
 * names packets behind the file's end, never a packet that no index names. With fewer workers than
 * before, the folders that are left over belong to worker (folder % workers), so that they go too.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"
#include "ring_parts.h"

#define OUTS 4
#define SHARE_LEAST (2u << 20) /* eight frames of the largest kind, each in a file of its own */
/* Bytes that a block's index and two new headers take at most. */
#define INDEX_MOST(marks)                                                                          \
	(RINGFILE_PCAP + RINGFILE_HEADER + RINGFILE_BLOCK +                                        \
	    (uint64_t)(marks) * (RINGFILE_TALK + 15))
#define PATH_ROOM 64
#define FOLDERS_MAX 4096

struct old {
	unsigned folder;
	uint64_t number;
	uint64_t bytes; /* of both files */
	uint64_t min_ts;
	int64_t changed; /* ns */
};

struct out {
	int pcap, idx; /* -1: none */
	uint64_t number;
	uint64_t pcap_bytes, idx_bytes;
	uint64_t used; /* order of use, for the one that gives way */
	struct ringfile_head head;
};

struct ring_store {
	struct ring_config config;
	int root, lock;
	struct ring_index *index;
	struct out out[OUTS];
	struct old *old;
	size_t old_n, old_room;
	uint64_t share; /* of the quota */
	uint64_t next;  /* number of the next file */
	uint64_t uses;
	struct log_state disk;
	struct ring_counters count;
};

static void
path_of(char path[PATH_ROOM], unsigned folder, uint64_t number, const char *suffix)
{
	char name[RINGFILE_NAME];

	ringfile_name(name, number, suffix);
	(void)snprintf(path, PATH_ROOM, "%u/%s", folder, name);
}

/* All of it, or -1 with errno. */
static int
write_at(int fd, struct view v, uint64_t offset)
{
	struct cursor c = cursor_of_view(v);

	while (cursor_left(&c)) {
		ssize_t put = pwrite(fd, c.at, cursor_left(&c), (off_t)offset);
		if (put < 0 && errno == EINTR)
			continue;
		if (put <= 0) {
			errno = put < 0 ? errno : ENOSPC;
			return -1;
		}
		(void)cursor_skip(&c, (size_t)put);
		offset += (uint64_t)put;
	}
	return 0;
}

/* ---- closed files ---- */

static int
old_add(struct ring_store *s, const struct old *o)
{
	if (s->old_n == s->old_room) {
		size_t room = s->old_room ? 2 * s->old_room : 64;
		struct old *more = realloc(s->old, room * sizeof(*more));
		if (!more)
			return -1;
		s->old = more;
		s->old_room = room;
	}
	s->old[s->old_n++] = *o;
	return 0;
}

static void
find_oldest(struct ring_store *s)
{
	uint64_t oldest = s->old_n ? s->old[0].min_ts : 0;

	for (int i = 0; i < OUTS; i++) {
		const struct out *o = &s->out[i];
		if (o->pcap >= 0 && o->head.packets && (!oldest || o->head.min_ts < oldest))
			oldest = o->head.min_ts;
	}
	s->count.oldest = oldest / 1000000000u;
}

/* The index goes first: what is left behind by a kill between the two is then still a capture. */
static bool
drop_oldest(struct ring_store *s)
{
	char path[PATH_ROOM];

	if (!s->old_n)
		return false;
	const struct old *o = &s->old[0];
	path_of(path, o->folder, o->number, ".idx");
	(void)unlinkat(s->root, path, 0);
	path_of(path, o->folder, o->number, ".pcap");
	(void)unlinkat(s->root, path, 0);
	s->count.disk -= o->bytes;
	s->count.files--;
	memmove(s->old, s->old + 1, --s->old_n * sizeof(*s->old));
	return true;
}

/* ---- the file being written ---- */

static void
out_close(struct ring_store *s, struct out *o)
{
	uint8_t head[RINGFILE_HEADER];
	struct old old = { s->config.worker, o->number, o->pcap_bytes + o->idx_bytes,
		o->head.min_ts, 0 };

	if (o->pcap < 0)
		return;
	o->head.closed = true;
	o->head.bytes = o->pcap_bytes;
	ringfile_head_put(head, &o->head);
	(void)write_at(o->idx, (struct view){ head, sizeof(head) }, 0);
	close(o->pcap);
	close(o->idx);
	o->pcap = o->idx = -1;
	if (old_add(s, &old) < 0) { /* it stays on disk and is found at the next start */
		s->count.disk -= old.bytes;
		s->count.files--;
	}
}

static int
make_file(const struct ring_store *s, uint64_t number, const char *suffix, struct view head)
{
	char path[PATH_ROOM];

	path_of(path, s->config.worker, number, suffix);
	int fd = openat(s->root, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0 && write_at(fd, head, 0) < 0) {
		int error = errno;
		(void)unlinkat(s->root, path, 0);
		close(fd);
		errno = error;
		fd = -1;
	}
	return fd;
}

static int
out_open(struct ring_store *s, struct out *o, uint16_t linktype)
{
	uint8_t pcap[RINGFILE_PCAP], idx[RINGFILE_HEADER];
	char path[PATH_ROOM];

	*o = (struct out){ .pcap = -1, .idx = -1, .number = s->next, .head.linktype = linktype };
	ringfile_pcap_put(pcap, linktype);
	ringfile_head_put(idx, &o->head);
	o->pcap = make_file(s, s->next, ".pcap", (struct view){ pcap, sizeof(pcap) });
	if (o->pcap < 0)
		return -1;
	o->idx = make_file(s, s->next, ".idx", (struct view){ idx, sizeof(idx) });
	if (o->idx < 0) {
		int error = errno;
		path_of(path, s->config.worker, s->next, ".pcap");
		(void)unlinkat(s->root, path, 0);
		close(o->pcap);
		o->pcap = -1;
		errno = error;
		return -1;
	}
	s->next++;
	o->pcap_bytes = sizeof(pcap);
	o->idx_bytes = sizeof(idx);
	s->count.disk += sizeof(pcap) + sizeof(idx);
	s->count.files++;
	return 0;
}

/* The file for blocks of this link type; NULL with errno. */
static struct out *
out_for(struct ring_store *s, const struct ring_block *b)
{
	struct out *found = NULL, *spare = &s->out[0];

	for (int i = 0; i < OUTS; i++) {
		struct out *o = &s->out[i];
		if (o->pcap >= 0 && o->head.linktype == b->linktype)
			found = o;
		if (spare->pcap >= 0 && (o->pcap < 0 || o->used < spare->used))
			spare = o;
	}
	if (found && found->pcap_bytes + b->bytes > s->config.file_bytes && found->head.packets)
		out_close(s, spare = found);
	else if (found)
		spare = found;
	else
		out_close(s, spare);
	spare->used = ++s->uses;
	return spare->pcap >= 0 || out_open(s, spare, b->linktype) == 0 ? spare : NULL;
}

static void
make_room(struct ring_store *s, uint64_t bytes)
{
	while (s->count.disk + bytes > s->share) {
		if (drop_oldest(s))
			continue;
		for (int i = 0; i < OUTS; i++)
			out_close(s, &s->out[i]);
		if (!s->old_n)
			return;
	}
}

/* -1 with errno: nothing of the block is there then. */
static int
write_block(struct ring_store *s, const struct ring_block *b)
{
	struct out *o = out_for(s, b);

	if (!o)
		return -1;
	struct view index = ring_index_make(s->index, b, o->pcap_bytes);
	if (!index.ptr) {
		errno = ENOMEM;
		return -1;
	}
	if (write_at(o->idx, index, o->idx_bytes) < 0 ||
	    write_at(o->pcap, (struct view){ b->data, b->bytes }, o->pcap_bytes) < 0) {
		int error = errno;
		(void)!ftruncate(o->idx, (off_t)o->idx_bytes);
		(void)!ftruncate(o->pcap, (off_t)o->pcap_bytes);
		errno = error;
		return -1;
	}
	o->idx_bytes += index.len;
	o->pcap_bytes += b->bytes;
	s->count.disk += index.len + b->bytes;
	o->head.min_ts =
	    !o->head.packets || b->min_ts < o->head.min_ts ? b->min_ts : o->head.min_ts;
	o->head.max_ts = b->max_ts > o->head.max_ts ? b->max_ts : o->head.max_ts;
	o->head.packets += b->packets;
	return 0;
}

void
ring_store_block(struct ring_store *s, const struct ring_block *b)
{
	make_room(s, b->bytes + INDEX_MOST(b->marks));
	int failed = write_block(s, b);

	log_state_set(&s->disk, failed < 0,
	    failed < 0 ? "packet ring %s: %s; recording pauses"
		       : "packet ring %s: recording goes on%s",
	    s->config.dir, failed < 0 ? strerror(errno) : "");
	if (failed < 0) {
		s->count.lost += b->packets;
	} else {
		s->count.packets += b->packets;
		s->count.bytes += b->bytes - (uint64_t)b->packets * RINGFILE_RECORD;
	}
	find_oldest(s);
}

/* ---- opening ---- */

static uint64_t
first_time(int root, const char *path)
{
	uint8_t bytes[RINGFILE_PCAP + RINGFILE_RECORD];
	struct cursor c = cursor_of(bytes, sizeof(bytes));
	struct ringfile_record r = { 0 };
	int fd = openat(root, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return 0;
	bool well = pread(fd, bytes, sizeof(bytes), 0) == sizeof(bytes) &&
		    cursor_skip(&c, RINGFILE_PCAP) && ringfile_record_get(&c, &r);
	close(fd);
	return well ? r.ts : 0;
}

static int
add_found(struct ring_store *s, unsigned folder, uint64_t number)
{
	struct old o = { .folder = folder, .number = number };
	char path[PATH_ROOM];
	struct stat st;

	path_of(path, folder, number, ".idx");
	if (fstatat(s->root, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		o.bytes = (uint64_t)st.st_size;
	path_of(path, folder, number, ".pcap");
	if (fstatat(s->root, path, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return 0;
	o.bytes += (uint64_t)st.st_size;
	o.changed = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
	o.min_ts = first_time(s->root, path);
	s->count.disk += o.bytes;
	s->count.files++;
	return old_add(s, &o);
}

static int
find_files(struct ring_store *s, unsigned folder, struct err *e)
{
	char name[PATH_ROOM];
	int rc = 0;

	(void)snprintf(name, sizeof(name), "%u", folder);
	int fd = openat(s->root, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		if (fd >= 0)
			close(fd);
		return err_set(e, "%s: %s", name, strerror(errno));
	}
	for (struct dirent *entry; rc == 0 && (entry = readdir(d));) {
		uint64_t number = ringfile_number(entry->d_name, ".pcap");
		if (number && folder == s->config.worker && number >= s->next)
			s->next = number + 1;
		if (number && add_found(s, folder, number) < 0)
			rc = err_set(e, "out of memory");
	}
	closedir(d);
	return rc;
}

static int
by_age(const void *a, const void *b)
{
	const struct old *x = a, *y = b;

	if (x->changed != y->changed)
		return x->changed < y->changed ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

/* Our own folder, and those of workers that are no more. */
static int
find_all(struct ring_store *s, struct err *e)
{
	unsigned workers = s->config.workers ? s->config.workers : 1;
	struct stat st;
	char name[16];

	for (unsigned i = s->config.worker; i < FOLDERS_MAX; i += workers) {
		(void)snprintf(name, sizeof(name), "%u", i);
		if (fstatat(s->root, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISDIR(st.st_mode))
			continue;
		if (find_files(s, i, e) < 0)
			return -1;
	}
	if (s->old_n)
		qsort(s->old, s->old_n, sizeof(*s->old), by_age);
	return 0;
}

static int
take_folder(struct ring_store *s, struct err *e)
{
	struct flock how = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char path[PATH_ROOM];

	if (mkdir(s->config.dir, 0700) < 0 && errno != EEXIST)
		return err_set(e, "%s", strerror(errno));
	s->root = open(s->config.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	(void)snprintf(path, sizeof(path), "%u", s->config.worker);
	if (s->root < 0 || (mkdirat(s->root, path, 0700) < 0 && errno != EEXIST))
		return err_set(e, "%s", strerror(errno));
	(void)snprintf(path, sizeof(path), "%u/lock", s->config.worker);
	s->lock = openat(s->root, path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (s->lock < 0)
		return err_set(e, "%s: %s", path, strerror(errno));
	if (fcntl(s->lock, F_SETLK, &how) < 0)
		return err_set(e, "another probe is recording here");
	return 0;
}

struct ring_store *
ring_store_open(const struct ring_config *config, struct err *e)
{
	uint64_t share = config->quota / (config->workers ? config->workers : 1);
	struct ring_store *s = NULL;

	if (share < SHARE_LEAST) {
		err_set(e, "ring.quota: %llu bytes for each of %u workers, needed are %u",
		    (unsigned long long)share, config->workers, SHARE_LEAST);
		return NULL;
	}
	s = calloc(1, sizeof(*s));
	if (!s || !(s->index = ring_index_new(config->seed))) {
		free(s);
		err_set(e, "out of memory");
		return NULL;
	}
	s->config = *config;
	s->share = share;
	s->next = 1;
	s->root = s->lock = -1;
	for (int i = 0; i < OUTS; i++)
		s->out[i].pcap = s->out[i].idx = -1;
	if (take_folder(s, e) < 0 || find_all(s, e) < 0) {
		ring_store_close(s);
		return NULL;
	}
	make_room(s, 0);
	find_oldest(s);
	return s;
}

void
ring_store_close(struct ring_store *s)
{
	if (!s)
		return;
	for (int i = 0; i < OUTS; i++)
		out_close(s, &s->out[i]);
	if (s->lock >= 0)
		close(s->lock);
	if (s->root >= 0)
		close(s->root);
	ring_index_free(s->index);
	free(s->old);
	free(s);
}

const struct ring_counters *
ring_store_count(const struct ring_store *s)
{
	return &s->count;
}
