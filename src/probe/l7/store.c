/* SPDX-License-Identifier: Apache-2.0 */
#include "store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/log.h"

struct part {
	int fd; /* -1: free */
	uint64_t bytes;
};

struct store {
	struct l7_store config;
	int dir;
	uint64_t used, lost;
	struct log_state disk;
	struct part part[STORE_OPEN_MAX];
};

static void
temporary(const struct store *s, int n, char out[64])
{
	(void)snprintf(out, 64, "tmp-%u-%d", s->config.worker, n);
}

/* Bytes of the files in one folder. */
static uint64_t
folder_bytes(int dir, const char *name)
{
	uint64_t sum = 0;
	struct stat st;
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		if (fd >= 0)
			close(fd);
		return 0;
	}
	for (const struct dirent *e = readdir(d); e; e = readdir(d)) {
		if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode))
			sum += (uint64_t)st.st_size;
	}
	closedir(d);
	return sum;
}

struct store *
store_open(const struct l7_store *config, struct err *e)
{
	struct store *s = calloc(1, sizeof(*s));
	char name[64];
	if (!s) {
		err_set(e, "out of memory");
		return NULL;
	}
	s->config = *config;
	s->dir = open(config->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir < 0) {
		err_set(e, "files.store-dir %s: %s", config->dir, strerror(errno));
		free(s);
		return NULL;
	}
	for (int i = 0; i < STORE_OPEN_MAX; i++) {
		s->part[i].fd = -1;
		temporary(s, i, name);
		(void)unlinkat(s->dir, name, 0);
	}
	for (unsigned i = 0; i < 256; i++) {
		(void)snprintf(name, sizeof(name), "%02x", i);
		s->used += folder_bytes(s->dir, name);
	}
	return s;
}

void
store_close(struct store *s)
{
	if (!s)
		return;
	for (int i = 0; i < STORE_OPEN_MAX; i++)
		store_drop(s, s->part[i].fd < 0 ? -1 : i);
	close(s->dir);
	free(s);
}

static void
disk_failed(struct store *s, const char *what)
{
	log_state_set(
	    &s->disk, true, "files.store-dir %s: %s: %s", s->config.dir, what, strerror(errno));
}

int
store_begin(struct store *s)
{
	char name[64];
	int n = 0;
	if (!s)
		return -1;
	while (n < STORE_OPEN_MAX && s->part[n].fd >= 0)
		n++;
	if (n == STORE_OPEN_MAX || s->used >= s->config.quota) {
		s->lost++;
		return -1;
	}
	temporary(s, n, name);
	int fd = openat(s->dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0) {
		disk_failed(s, name);
		s->lost++;
		return -1;
	}
	s->part[n] = (struct part){ fd, 0 };
	return n;
}

/* Close and remove; its bytes are free again. */
static void
end(struct store *s, int n)
{
	char name[64];
	temporary(s, n, name);
	close(s->part[n].fd);
	(void)unlinkat(s->dir, name, 0);
	s->used -= s->part[n].bytes;
	s->part[n].fd = -1;
}

bool
store_add(struct store *s, int n, struct view bytes)
{
	struct part *p = &s->part[n];
	struct cursor c = cursor_of_view(bytes);
	bool room = p->bytes + bytes.len <= s->config.max && s->used + bytes.len <= s->config.quota;
	while (room && cursor_left(&c)) {
		ssize_t k = write(p->fd, c.at, cursor_left(&c));
		if (k < 0 && errno == EINTR)
			continue;
		if (k <= 0) {
			disk_failed(s, "write");
			room = false;
			break;
		}
		(void)cursor_skip(&c, (size_t)k);
		p->bytes += (size_t)k;
		s->used += (size_t)k;
	}
	if (!room) {
		s->lost++;
		end(s, n);
	}
	return room;
}

bool
store_keep(struct store *s, int n, const char *name)
{
	char from[64], to[80];
	struct stat st;
	temporary(s, n, from);
	(void)snprintf(to, sizeof(to), "%.2s/%.64s", name, name);
	if (fstatat(s->dir, to, &st, AT_SYMLINK_NOFOLLOW) == 0) { /* the same content came before */
		end(s, n);
		return true;
	}
	to[2] = '\0';
	bool there = mkdirat(s->dir, to, 0700) == 0 || errno == EEXIST;
	to[2] = '/';
	if (!there || renameat(s->dir, from, s->dir, to) != 0) {
		disk_failed(s, to);
		s->lost++;
		end(s, n);
		return false;
	}
	close(s->part[n].fd);
	s->part[n].fd = -1;
	log_state_set(&s->disk, false, "files.store-dir %s: well again", s->config.dir);
	return true;
}

void
store_drop(struct store *s, int n)
{
	if (n >= 0)
		end(s, n);
}

uint64_t
store_lost(const struct store *s)
{
	return s ? s->lost : 0;
}
