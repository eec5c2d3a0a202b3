/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled databases in a folder: named by what they were made of, checked before use. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/cursor.h"
#include "lib/writeall.h"
#include "probe/match_cache.h"

#define MAGIC "WLRULES1"
#define HEAD (8 + SHA256_SIZE + SHA256_SIZE + 8)
#define CONTENT_MAX (256u << 20)
#define SUFFIX ".db"
#define NAME_LEN (SHA256_SIZE * 2 + sizeof(SUFFIX) - 1)
#define UNUSED_S (3 * 86400) /* another process may have its own rules here */

struct match_cache {
	int dir;
	struct match_cache_sums sums;
};

struct match_cache *
match_cache_open(const char *dir, struct err *e)
{
	struct stat st;
	if (!dir || !*dir)
		return NULL;
	struct match_cache *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->dir = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (c->dir < 0 || fstat(c->dir, &st) != 0)
		err_set(e, "%s: %s", dir, strerror(errno));
	else if (st.st_uid != geteuid() || st.st_mode & (S_IWGRP | S_IWOTH))
		err_set(e, "%s: others may write here", dir);
	else
		return c;
	if (c->dir >= 0)
		close(c->dir);
	free(c);
	return NULL;
}

static void
name_of(const uint8_t key[SHA256_SIZE], char out[NAME_LEN + 1])
{
	for (size_t i = 0; i < SHA256_SIZE; i++)
		snprintf(out + i * 2, 3, "%02x", key[i]);
	memcpy(out + SHA256_SIZE * 2, SUFFIX, sizeof(SUFFIX));
}

/* Exactly so many bytes to the end of *out. */
static bool
read_all(int fd, size_t n, struct buf *out)
{
	size_t end = out->len + n;
	if (!buf_room(out, n))
		return false;
	while (out->len < end) {
		ssize_t got = read(fd, out->ptr + out->len, end - out->len);
		if (got == 0 || (got < 0 && errno != EINTR))
			return false;
		out->len += got > 0 ? (size_t)got : 0;
	}
	return true;
}

/* Is the file this user's alone? Then its size is as the head must say. */
static bool
is_ours(int fd, size_t *content)
{
	struct stat st;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
	    st.st_mode & (S_IRWXG | S_IRWXO) || st.st_size < HEAD ||
	    st.st_size > (off_t)CONTENT_MAX)
		return false;
	*content = (size_t)st.st_size - HEAD;
	return true;
}

/* Does the head speak of this key and of this content? */
static bool
head_holds(struct view head, const uint8_t key[SHA256_SIZE], struct view content)
{
	struct cursor c = cursor_of_view(head);
	uint8_t digest[SHA256_SIZE];
	struct view magic, name, sum;
	uint64_t n;
	if (!cursor_take(&c, sizeof(MAGIC) - 1, &magic) || !view_is(magic, MAGIC) ||
	    !cursor_take(&c, SHA256_SIZE, &name) || !cursor_take(&c, SHA256_SIZE, &sum) ||
	    !cursor_u64(&c, &n))
		return false;
	sha256(content.ptr, content.len, digest);
	return n == content.len && memcmp(name.ptr, key, SHA256_SIZE) == 0 &&
	       memcmp(sum.ptr, digest, SHA256_SIZE) == 0;
}

bool
match_cache_get(struct match_cache *c, const uint8_t key[SHA256_SIZE], struct buf *out)
{
	char name[NAME_LEN + 1];
	struct buf head;
	size_t n, before = out->len;
	if (!c)
		return false;
	name_of(key, name);
	int fd = openat(c->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	buf_init(&head, HEAD);
	bool good = is_ours(fd, &n) && read_all(fd, HEAD, &head) && read_all(fd, n, out) &&
		    head_holds((struct view){ head.ptr, head.len }, key,
			(struct view){ out->ptr + before, n });
	buf_fini(&head);
	if (good)
		(void)futimens(fd, NULL); /* in use: match_cache_close lets it stay */
	else
		out->len = before;
	close(fd);
	c->sums.found += good;
	return good;
}

static bool
write_file(int fd, const uint8_t key[SHA256_SIZE], const void *data, size_t n)
{
	struct buf head;
	uint8_t digest[SHA256_SIZE];
	sha256(data, n, digest);
	buf_init(&head, HEAD);
	buf_text(&head, MAGIC);
	buf_add(&head, key, SHA256_SIZE);
	buf_add(&head, digest, SHA256_SIZE);
	for (int shift = 56; shift >= 0; shift -= 8)
		buf_u8(&head, (uint8_t)((uint64_t)n >> shift));
	bool good = !head.failed && write_all(fd, head.ptr, head.len) && write_all(fd, data, n);
	buf_fini(&head);
	return good;
}

void
match_cache_put(struct match_cache *c, const uint8_t key[SHA256_SIZE], const void *data, size_t n)
{
	char name[NAME_LEN + 1], aside[64];
	if (!c || n > CONTENT_MAX - HEAD)
		return;
	c->sums.made++;
	name_of(key, name);
	snprintf(aside, sizeof(aside), "%.16s.%ld.new", name, (long)getpid());
	(void)unlinkat(c->dir, aside, 0);
	int fd = openat(c->dir, aside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	bool good = fd >= 0 && write_file(fd, key, data, n);
	if (fd >= 0)
		good &= close(fd) == 0;
	good = good && renameat(c->dir, aside, c->dir, name) == 0;
	if (!good && fd >= 0)
		(void)unlinkat(c->dir, aside, 0);
	c->sums.failed += !good;
}

/* A database, or what a process left that died while it wrote one. */
static bool
is_name(const char *name)
{
	size_t n = strlen(name), digits = strspn(name, "0123456789abcdef");
	return (digits == SHA256_SIZE * 2 && n == NAME_LEN && strcmp(name + digits, SUFFIX) == 0) ||
	       (digits == 16 && n > 4 && strcmp(name + n - 4, ".new") == 0);
}

static void
remove_old(int dir)
{
	struct stat st;
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	time_t now = time(NULL);
	if (!d) {
		if (fd >= 0)
			close(fd);
		return;
	}
	for (const struct dirent *f; (f = readdir(d));) {
		if (is_name(f->d_name) && fstatat(dir, f->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    now - st.st_mtime > UNUSED_S)
			(void)unlinkat(dir, f->d_name, 0);
	}
	closedir(d);
}

struct match_cache_sums
match_cache_close(struct match_cache *c)
{
	struct match_cache_sums sums = { 0 };
	if (!c)
		return sums;
	remove_old(c->dir);
	close(c->dir);
	sums = c->sums;
	free(c);
	return sums;
}
