/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spoolpos: see include/probe/spoolpos.h.
 *
 *     page 0: magic, which notes are valid, sent, acked, dropped     page 1: two slots of notes
 *
 * Every value is one aligned word, stored whole. Notes are written to the slot not in use, then the
 * slots are swapped by one store. The file is filled when it is made, so that a store never needs
 * room on the disk.
 */
#include "probe/spoolpos.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define LANES 16

struct page {
	char magic[8];
	uint64_t slot; /* 0: no notes; else 1 or 2 */
	uint64_t sent[LANES];
	uint64_t acked[LANES];
	uint64_t dropped[LANES];
	uint64_t dropped_from[LANES];
	uint64_t next[LANES];
	uint64_t lost[2]; /* dropped, unwritten */
	uint64_t unused[512 - 4 - 5 * LANES];
	uint8_t notes[2][SPOOLPOS_NOTES];
};

_Static_assert(sizeof(struct page) == 8192, "two pages");

struct spoolpos {
	int fd;
	struct page *page;
};

static const char magic[8] = "WLSPOOL1";

static int
fill_file(int fd)
{
	static const struct page empty;
	struct page first = empty;
	memcpy(first.magic, magic, sizeof(magic));
	if (ftruncate(fd, 0) < 0)
		return -1;
	ssize_t n = pwrite(fd, &first, sizeof(first), 0);
	if (n >= 0 && n < (ssize_t)sizeof(first))
		errno = ENOSPC;
	return n == (ssize_t)sizeof(first) ? 0 : -1;
}

static int
map_file(struct spoolpos *p, bool make)
{
	struct stat st;
	char found[8];
	if (fstat(p->fd, &st) < 0)
		return -1;
	bool sound = st.st_size == sizeof(struct page) && pread(p->fd, found, 8, 0) == 8 &&
		     memcmp(found, magic, 8) == 0;
	if (!sound && !make) {
		errno = EAGAIN;
		return -1;
	}
	if (!sound && fill_file(p->fd) < 0)
		return -1;
	p->page = mmap(NULL, sizeof(struct page), PROT_READ | PROT_WRITE, MAP_SHARED, p->fd, 0);
	if (p->page == MAP_FAILED) {
		p->page = NULL;
		return -1;
	}
	return 0;
}

struct spoolpos *
spoolpos_open(const char *dir, bool make, struct err *e)
{
	char path[4096];
	struct spoolpos *p = calloc(1, sizeof(*p));
	if (!p) {
		err_set(e, "out of memory");
		return NULL;
	}
	(void)snprintf(path, sizeof(path), "%s/positions", dir);
	p->fd = open(path, O_RDWR | O_CLOEXEC | (make ? O_CREAT : 0), 0600);
	if (p->fd >= 0 && map_file(p, make) == 0)
		return p;
	err_set(e, "%s: %s", path, strerror(errno));
	spoolpos_close(p);
	return NULL;
}

void
spoolpos_close(struct spoolpos *p)
{
	if (!p)
		return;
	if (p->page)
		munmap(p->page, sizeof(*p->page));
	if (p->fd >= 0)
		close(p->fd);
	free(p);
}

static int
lock_set(struct spoolpos *p, short type)
{
	struct flock how = { .l_type = type, .l_whence = SEEK_SET };
	int rc;
	do
		rc = fcntl(p->fd, F_SETLKW, &how);
	while (rc < 0 && errno == EINTR);
	return rc;
}

int
spoolpos_lock(struct spoolpos *p)
{
	return lock_set(p, F_WRLCK);
}

void
spoolpos_unlock(struct spoolpos *p)
{
	(void)lock_set(p, F_UNLCK);
}

static uint64_t
get(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

static void
set(uint64_t *word, uint64_t value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

uint64_t
spoolpos_sent(const struct spoolpos *p, enum lane lane)
{
	return get(&p->page->sent[lane]);
}

uint64_t
spoolpos_acked(const struct spoolpos *p, enum lane lane)
{
	return get(&p->page->acked[lane]);
}

void
spoolpos_dropped(const struct spoolpos *p, enum lane lane, uint64_t *first, uint64_t *last)
{
	*first = get(&p->page->dropped_from[lane]);
	*last = get(&p->page->dropped[lane]);
}

void
spoolpos_set_sent(struct spoolpos *p, enum lane lane, uint64_t number)
{
	set(&p->page->sent[lane], number);
}

void
spoolpos_set_acked(struct spoolpos *p, enum lane lane, uint64_t number)
{
	set(&p->page->acked[lane], number);
}

void
spoolpos_add_dropped(struct spoolpos *p, enum lane lane, uint64_t first, uint64_t last)
{
	if (get(&p->page->dropped[lane]) + 1 != first)
		set(&p->page->dropped_from[lane], first);
	set(&p->page->dropped[lane], last);
}

void
spoolpos_set_report(struct spoolpos *p, const struct spoolpos_report *r)
{
	for (int i = 0; i < LANE_COUNT; i++)
		set(&p->page->next[i], r->next[i]);
	set(&p->page->lost[0], r->dropped);
	set(&p->page->lost[1], r->unwritten);
}

void
spoolpos_report(const struct spoolpos *p, struct spoolpos_report *r)
{
	for (int i = 0; i < LANE_COUNT; i++)
		r->next[i] = get(&p->page->next[i]);
	r->dropped = get(&p->page->lost[0]);
	r->unwritten = get(&p->page->lost[1]);
}

void
spoolpos_save_notes(struct spoolpos *p, const void *notes, size_t n)
{
	uint64_t next = get(&p->page->slot) == 1 ? 2 : 1;
	memcpy(p->page->notes[next - 1], notes, n);
	set(&p->page->slot, next);
}

bool
spoolpos_load_notes(const struct spoolpos *p, void *notes, size_t n)
{
	uint64_t slot = get(&p->page->slot);
	if (slot < 1 || slot > 2)
		return false;
	memcpy(notes, p->page->notes[slot - 1], n);
	return true;
}

int
spoolpos_read_epoch(const char *dir, uint64_t *epoch, struct err *e)
{
	char path[4096], text[64] = "";
	unsigned long long value;
	(void)snprintf(path, sizeof(path), "%s/epoch", dir);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, "%s: %s", path, strerror(errno));
	ssize_t n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n < 17 || sscanf(text, "%16llx", &value) != 1 || text[16] != '\n' || value == 0)
		return err_set(e, "%s: not an epoch", path);
	*epoch = value;
	return 0;
}

bool
spoolpos_has_writer(const char *dir)
{
	char path[4096];
	struct flock how = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	(void)snprintf(path, sizeof(path), "%s/lock", dir);
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return false;
	int rc = fcntl(fd, F_GETLK, &how);
	close(fd);
	return rc == 0 && how.l_type != F_UNLCK;
}
