/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dedupe: see include/collector/dedupe.h.
 *
 *     DATA/hold/origins, text, replaced whole:
 *       wanglou-origins 1 POSITION
 *       ORIGIN(32 hex) EPOCH(16 hex) SEEN(ns) control alert health record flow (numbers held)
 *       end CRC32C(8 hex)
 */
#include "collector/dedupe.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/crc32c.h"
#include "lib/hex.h"

#define FILE_MAX (64u << 20)

/* One origin in one epoch. */
struct entry {
	uint8_t origin[16];
	uint64_t epoch;
	uint64_t seen; /* ns; 0: only known from the log */
	uint64_t held[LANE_COUNT];
};

struct dedupe {
	struct entry *entry;
	size_t n, room, most;
	uint64_t saved;
};

struct dedupe *
dedupe_new(uint32_t origins)
{
	struct dedupe *d = calloc(1, sizeof(*d));
	if (d)
		d->most = (size_t)(origins ? origins : 1) * DEDUPE_EPOCHS;
	return d;
}

void
dedupe_free(struct dedupe *d)
{
	if (!d)
		return;
	free(d->entry);
	free(d);
}

/* A few hundred probes: a walk through the table costs less than the batch it is for. */
static struct entry *
find(const struct dedupe *d, const uint8_t origin[16], uint64_t epoch)
{
	for (size_t i = 0; i < d->n; i++)
		if (d->entry[i].epoch == epoch && memcmp(d->entry[i].origin, origin, 16) == 0)
			return &d->entry[i];
	return NULL;
}

/* The entry to give up for a new one: the origin's own oldest epoch if it has many, else the oldest
 * of all. */
static struct entry *
oldest(struct dedupe *d, const uint8_t origin[16])
{
	struct entry *own = NULL, *any = NULL;
	size_t epochs = 0;
	for (size_t i = 0; i < d->n; i++) {
		struct entry *x = &d->entry[i];
		if (!any || x->seen < any->seen)
			any = x;
		if (memcmp(x->origin, origin, 16) != 0)
			continue;
		epochs++;
		if (!own || x->seen < own->seen)
			own = x;
	}
	if (epochs >= DEDUPE_EPOCHS)
		return own;
	return d->n >= d->most ? any : NULL;
}

static struct entry *
make(struct dedupe *d, const uint8_t origin[16], uint64_t epoch)
{
	struct entry *x = oldest(d, origin);
	if (!x) {
		if (d->n == d->room) {
			size_t room = d->room ? 2 * d->room : 16;
			struct entry *more = realloc(d->entry, room * sizeof(*more));
			if (!more)
				return NULL;
			d->entry = more;
			d->room = room;
		}
		x = &d->entry[d->n++];
	}
	*x = (struct entry){ .epoch = epoch };
	memcpy(x->origin, origin, 16);
	return x;
}

/* ---- deciding ---- */

bool
dedupe_hello(
    struct dedupe *d, const struct frame_hello *h, uint64_t now, uint64_t acked[LANE_COUNT])
{
	struct entry *x = find(d, h->origin, h->epoch);
	bool fresh = !x;
	if (!x && (x = make(d, h->origin, h->epoch)) != NULL)
		for (uint32_t i = 0; i < LANE_COUNT && i < h->lanes; i++)
			x->held[i] = h->lane[i].acked;
	if (x)
		x->seen = now;
	for (int i = 0; i < LANE_COUNT; i++)
		acked[i] = x ? x->held[i] : 0;
	return fresh;
}

struct dedupe_answer
dedupe_check(const struct dedupe *d, const struct frame_batch *b)
{
	struct dedupe_answer a = { .verdict = DEDUPE_EARLY };
	const struct entry *x = find(d, b->origin, b->epoch);
	if (!x || b->after > x->held[b->lane])
		return a;
	uint64_t held = x->held[b->lane], last = b->first + b->count - 1;
	a.verdict = last <= held ? DEDUPE_OLD : DEDUPE_NEW;
	if (b->first <= held)
		a.skip = last <= held ? b->count : (uint32_t)(held - b->first + 1);
	if (b->first > held + 1) {
		a.gap_first = held + 1;
		a.gap_last = b->first - 1;
	}
	return a;
}

void
dedupe_advance(
    struct dedupe *d, const uint8_t origin[16], uint64_t epoch, uint8_t lane, uint64_t last)
{
	struct entry *x = find(d, origin, epoch);
	if (!x)
		x = make(d, origin, epoch);
	if (x && x->held[lane] < last)
		x->held[lane] = last;
}

uint64_t
dedupe_acked(const struct dedupe *d, const uint8_t origin[16], uint64_t epoch, uint8_t lane)
{
	const struct entry *x = find(d, origin, epoch);
	return x ? x->held[lane] : 0;
}

uint64_t
dedupe_saved(const struct dedupe *d)
{
	return d->saved;
}

/* ---- the file ---- */

static void
line_put(struct buf *out, const struct entry *x)
{
	char origin[2 * sizeof(x->origin) + 1];

	hex_text(origin, x->origin, sizeof(x->origin));
	buf_printf(out, "%s %016" PRIx64 " %" PRIu64, origin, x->epoch, x->seen);
	for (int i = 0; i < LANE_COUNT; i++)
		buf_printf(out, " %" PRIu64, x->held[i]);
	buf_text(out, "\n");
}

static int
file_put(const char *hold_dir, const struct buf *text, struct err *e)
{
	char path[4096], new_path[4100];
	(void)snprintf(path, sizeof(path), "%s/origins", hold_dir);
	(void)snprintf(new_path, sizeof(new_path), "%s.new", path);
	int fd = open(new_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool ok =
	    fd >= 0 && write(fd, text->ptr, text->len) == (ssize_t)text->len && fsync(fd) == 0;
	int why = errno;
	if (fd >= 0)
		close(fd);
	if (ok && rename(new_path, path) == 0)
		return 0;
	return err_set(e, "%s: %s", path, strerror(ok ? errno : why));
}

int
dedupe_save(struct dedupe *d, const char *hold_dir, uint64_t position, struct err *e)
{
	struct buf text;
	buf_init(&text, FILE_MAX);
	buf_printf(&text, "wanglou-origins 1 %" PRIu64 "\n", position);
	for (size_t i = 0; i < d->n; i++)
		line_put(&text, &d->entry[i]);
	uint32_t crc = text.failed ? 0 : crc32c(0, text.ptr, text.len);
	buf_printf(&text, "end %08x\n", crc);
	int rc = text.failed ? err_set(e, "out of memory") : file_put(hold_dir, &text, e);
	buf_fini(&text);
	if (rc == 0)
		d->saved = position;
	return rc;
}

static bool
number_take(struct cursor *c, int base, uint64_t *out)
{
	char digits[40];
	size_t n = 0;
	uint8_t byte;
	while (cursor_peek(c, 0, &byte) && byte == ' ')
		(void)cursor_skip(c, 1);
	while (n < sizeof(digits) - 1 && cursor_peek(c, 0, &byte) && byte != ' ') {
		digits[n++] = (char)byte;
		(void)cursor_skip(c, 1);
	}
	digits[n] = '\0';
	char *end;
	errno = 0;
	*out = strtoull(digits, &end, base);
	return n > 0 && *end == '\0' && errno == 0;
}

static bool
origin_take(struct cursor *c, uint8_t origin[16])
{
	for (int i = 0; i < 16; i++) {
		char two[3] = "";
		char *end;
		if (!cursor_copy(c, two, 2))
			return false;
		origin[i] = (uint8_t)strtoul(two, &end, 16);
		if (*end)
			return false;
	}
	return true;
}

static bool
line_take(struct dedupe *d, struct view line)
{
	struct cursor c = cursor_of_view(line);
	struct entry x = { 0 };
	if (!origin_take(&c, x.origin) || !number_take(&c, 16, &x.epoch) ||
	    !number_take(&c, 10, &x.seen))
		return false;
	for (int i = 0; i < LANE_COUNT; i++)
		if (!number_take(&c, 10, &x.held[i]))
			return false;
	struct entry *e = make(d, x.origin, x.epoch);
	if (e)
		*e = x;
	return e != NULL;
}

static bool
text_take(struct dedupe *d, struct view text)
{
	static const char head[] = "wanglou-origins 1 ";
	struct cursor c = cursor_of_view(text);
	struct view line;
	uint64_t position, crc;
	if (!cursor_line(&c, &line) || line.len <= sizeof(head) - 1 ||
	    memcmp(line.ptr, head, sizeof(head) - 1) != 0)
		return false;
	struct cursor h = cursor_of_view(line);
	(void)cursor_skip(&h, sizeof(head) - 1);
	if (!number_take(&h, 10, &position))
		return false;
	for (;;) {
		size_t before = text.len - cursor_left(&c);
		if (!cursor_line(&c, &line))
			return false;
		if (line.len == 12 && memcmp(line.ptr, "end ", 4) == 0) {
			h = cursor_of_view(line);
			(void)cursor_skip(&h, 4);
			d->saved = position;
			return number_take(&h, 16, &crc) && crc == crc32c(0, text.ptr, before);
		}
		if (!line_take(d, line))
			return false;
	}
}

int
dedupe_load(struct dedupe *d, const char *hold_dir, struct err *e)
{
	char path[4096];
	struct stat st;
	struct buf text;
	(void)snprintf(path, sizeof(path), "%s/origins", hold_dir);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : err_set(e, "%s: %s", path, strerror(errno));
	int rc = -1;
	buf_init(&text, FILE_MAX);
	if (fstat(fd, &st) == 0 && buf_room(&text, (size_t)st.st_size + 1)) {
		ssize_t n = read(fd, text.ptr, (size_t)st.st_size);
		rc = n == st.st_size && n > 0 && text_take(d, (struct view){ text.ptr, (size_t)n })
			 ? 0
			 : -1;
	}
	close(fd);
	buf_fini(&text);
	return rc < 0
		   ? err_set(e,
			 "%s is damaged; without it events could be doubled. Put back a copy, or "
			 "delete it if the hold log was never trimmed",
			 path)
		   : 0;
}
