/* SPDX-License-Identifier: Apache-2.0 */
/* packets: the files of a ring, and what each of them holds. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "packets.h"
#include "packets_walk.h"

static struct packets_file *
add_file(struct packets_ring *r)
{
	if (r->n == r->room) {
		size_t room = r->room ? 2 * r->room : 64;
		struct packets_file *more = realloc(r->file, room * sizeof(*more));
		if (!more)
			return NULL;
		r->file = more;
		r->room = room;
	}
	r->file[r->n] = (struct packets_file){ 0 };
	return &r->file[r->n++];
}

/* What the headers and the index say; of a file without them, what its records say. */
static void
survey(const struct packets_ring *r, struct packets_file *f)
{
	struct packets_walk w;
	struct packets_filter all;

	if (f->closed)
		return;
	packets_filter_init(&all);
	if (packets_walk_open(&w, r->dir, f, &all) < 0)
		return;
	packets_walk_survey(&w, f);
	packets_walk_close(&w);
}

/* False: no capture of a ring, or it went just now. */
static bool
look_at(const struct packets_ring *r, struct packets_file *f)
{
	uint8_t bytes[RINGFILE_HEADER];
	struct ringfile_head head = { 0 };
	char path[PACKETS_PATH];
	struct stat st;

	packets_path(path, f->worker, f->number, ".pcap");
	int fd = openat(r->dir, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t n = pread(fd, bytes, RINGFILE_PCAP, 0);
	bool well = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && n > 0 &&
		    ringfile_pcap_get((struct view){ bytes, (size_t)n }, &f->linktype);
	close(fd);
	if (!well)
		return false;
	f->bytes = (uint64_t)st.st_size;
	packets_path(path, f->worker, f->number, ".idx");
	fd = openat(r->dir, path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return true;
	n = pread(fd, bytes, sizeof(bytes), 0);
	f->indexed = n > 0 && ringfile_head_get((struct view){ bytes, (size_t)n }, &head) &&
		     head.linktype == f->linktype;
	f->closed = f->indexed && head.closed && head.bytes == f->bytes;
	if (f->closed) {
		f->packets = head.packets;
		f->min_ts = head.min_ts;
		f->max_ts = head.max_ts;
	}
	f->bytes += fstat(fd, &st) == 0 ? (uint64_t)st.st_size : 0;
	close(fd);
	return true;
}

static int
look_into(struct packets_ring *r, const char *name, struct err *e)
{
	int fd = openat(r->dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (!d) {
		if (fd >= 0)
			close(fd);
		return err_set(e, "%s: %s", name, strerror(errno));
	}
	for (struct dirent *entry; (entry = readdir(d));) {
		struct packets_file *f;
		uint64_t number = ringfile_number(entry->d_name, ".pcap");
		if (!number)
			continue;
		if (!(f = add_file(r))) {
			closedir(d);
			return err_set(e, "out of memory");
		}
		f->worker = (unsigned)strtoul(name, NULL, 10);
		f->number = number;
		if (look_at(r, f))
			survey(r, f);
		else
			r->n--;
	}
	closedir(d);
	return 0;
}

static int
by_place(const void *a, const void *b)
{
	const struct packets_file *x = a, *y = b;

	if (x->worker != y->worker)
		return x->worker < y->worker ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

int
packets_ring_open(struct packets_ring *r, const char *dir, struct err *e)
{
	int rc = 0, folders = 0;
	DIR *d;

	*r = (struct packets_ring){ .dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	if (r->dir < 0)
		return err_set(e, "%s: %s", dir, strerror(errno));
	if (!(d = opendir(dir))) {
		rc = err_set(e, "%s: %s", dir, strerror(errno));
	} else {
		for (struct dirent *entry; rc == 0 && (entry = readdir(d));) {
			size_t digits = strspn(entry->d_name, "0123456789");
			if (!digits || digits > 6 || entry->d_name[digits])
				continue;
			folders++;
			rc = look_into(r, entry->d_name, e);
		}
		closedir(d);
	}
	if (rc == 0 && !folders)
		rc =
		    err_set(e, "%s: no packet ring: it has no folder of a worker (0, 1, ...)", dir);
	if (rc < 0)
		packets_ring_close(r);
	else if (r->n)
		qsort(r->file, r->n, sizeof(*r->file), by_place);
	return rc;
}

void
packets_ring_close(struct packets_ring *r)
{
	if (r->dir >= 0)
		close(r->dir);
	free(r->file);
	*r = (struct packets_ring){ .dir = -1 };
}
