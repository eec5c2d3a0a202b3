/* SPDX-License-Identifier: Apache-2.0 */
/* seglog_file: see seglog_file.h. */
#include "seglog_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/crc32c.h"
#include "lib/seglog.h"

#define VERSION 1
#define NAME_DIGITS 20
#define NUMBERS_AHEAD (1ull << 32) /* a sound record is not further on than this */

static const char magic[8] = "WLSEGLOG";

static void
put_u32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static void
put_u64(uint8_t *p, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static bool
name_parse(const char *name, uint64_t *first)
{
	uint64_t v = 0;
	if (strlen(name) != NAME_DIGITS + 4 || strcmp(name + NAME_DIGITS, ".seg") != 0)
		return false;
	for (int i = 0; i < NAME_DIGITS; i++) {
		if (name[i] < '0' || name[i] > '9')
			return false;
		if (__builtin_mul_overflow(v, 10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(name[i] - '0'), &v))
			return false;
	}
	*first = v;
	return v > 0;
}

static int
ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

static int
list_add(struct seg_list *l, uint64_t first)
{
	if ((l->n & (l->n - 1)) == 0) {
		uint64_t *more = realloc(l->first, (l->n ? 2 * l->n : 1) * sizeof(*more));
		if (!more)
			return -1;
		l->first = more;
	}
	l->first[l->n++] = first;
	return 0;
}

int
seg_list_read(int dir, struct seg_list *out)
{
	*out = (struct seg_list){ 0 };
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	int rc = 0;
	struct dirent *entry;
	uint64_t first;
	while (rc == 0 && (errno = 0, entry = readdir(d)) != NULL)
		if (name_parse(entry->d_name, &first))
			rc = list_add(out, first);
	if (errno)
		rc = -1;
	closedir(d);
	if (rc < 0)
		seg_list_fini(out);
	else if (out->n)
		qsort(out->first, out->n, sizeof(*out->first), ascending);
	return rc;
}

void
seg_list_fini(struct seg_list *l)
{
	free(l->first);
	*l = (struct seg_list){ 0 };
}

void
seg_name(char out[SEG_NAME], uint64_t first)
{
	(void)snprintf(out, SEG_NAME, "%0*llu.seg", NAME_DIGITS, (unsigned long long)first);
}

static uint32_t
header_crc(uint64_t first)
{
	uint8_t bytes[12];
	put_u32(bytes, VERSION);
	put_u64(bytes + 4, first);
	return crc32c(0, bytes, sizeof(bytes));
}

void
seg_header_put(uint8_t out[SEG_HEADER], uint64_t first)
{
	memcpy(out, magic, sizeof(magic));
	put_u32(out + 8, VERSION);
	put_u32(out + 12, header_crc(first));
	put_u64(out + 16, first);
}

int
seg_header_check(struct view bytes, uint64_t first)
{
	if (bytes.len < SEG_HEADER)
		return -1;
	struct cursor c = cursor_of_view(bytes);
	struct view m;
	uint32_t version, crc;
	uint64_t number;
	if (!cursor_take(&c, sizeof(magic), &m) || memcmp(m.ptr, magic, sizeof(magic)) != 0)
		return -1;
	if (!cursor_u32_le(&c, &version) || !cursor_u32_le(&c, &crc) || !cursor_u64_le(&c, &number))
		return -1;
	if (version > VERSION && version < 256)
		return -2;
	return version == VERSION && number == first && crc == header_crc(first) ? 0 : -1;
}

static uint32_t
record_crc(uint64_t number, const void *data, size_t n)
{
	uint8_t head[12];
	put_u64(head, number);
	put_u32(head + 8, (uint32_t)n);
	return crc32c(crc32c(0, head, sizeof(head)), data, n);
}

void
seg_record_put(uint8_t out[SEG_RECORD], uint64_t number, const void *data, size_t n)
{
	put_u32(out, (uint32_t)n);
	put_u32(out + 4, record_crc(number, data, n));
	put_u64(out + 8, number);
}

enum seg_verdict
seg_record_get(struct view bytes, uint64_t number, struct view *data)
{
	*data = (struct view){ 0 };
	if (bytes.len < SEG_RECORD)
		return SEG_SHORT;
	struct cursor c = cursor_of_view(bytes);
	uint32_t length, crc;
	uint64_t found;
	if (!cursor_u32_le(&c, &length) || !cursor_u32_le(&c, &crc) || !cursor_u64_le(&c, &found))
		return SEG_SHORT;
	if (length > SEGLOG_MAX_RECORD || found != number)
		return SEG_BAD;
	data->len = length;
	struct view body;
	if (!cursor_take(&c, length, &body))
		return SEG_SHORT;
	if (record_crc(number, body.ptr, body.len) != crc)
		return SEG_BAD;
	*data = body;
	return SEG_GOOD;
}

size_t
seg_resync(struct view bytes, uint64_t above, uint64_t *number)
{
	if (bytes.len < SEG_RECORD)
		return bytes.len;
	struct cursor at = cursor_of_view(bytes);
	while (cursor_left(&at) >= SEG_RECORD) {
		struct cursor c = at;
		struct view data;
		uint64_t found = 0;
		(void)cursor_skip(&c, 8);
		(void)cursor_u64_le(&c, &found);
		if (found - above < NUMBERS_AHEAD &&
		    seg_record_get((struct view){ at.at, cursor_left(&at) }, found, &data) ==
			SEG_GOOD) {
			*number = found;
			return bytes.len - cursor_left(&at);
		}
		(void)cursor_skip(&at, 1);
	}
	return bytes.len;
}

int
seg_load(int fd, uint64_t offset, size_t max, struct buf *out)
{
	while (max) {
		size_t want = max < 1u << 20 ? max : 1u << 20;
		if (!buf_room(out, want)) {
			errno = ENOMEM;
			return -1;
		}
		ssize_t got = pread(fd, out->ptr + out->len, want, (off_t)offset);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -1 : 0;
		out->len += (size_t)got;
		offset += (uint64_t)got;
		max -= (size_t)got;
	}
	return 0;
}
