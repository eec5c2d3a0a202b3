/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a segment: the reader ends, and the writer makes of it a log that reads without
 * damage at its end. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/seglog.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
put(const char *path, const uint8_t *data, size_t size)
{
	FILE *f = fopen(path, "wb");
	if (!f || fwrite(data, 1, size, f) != size)
		abort();
	fclose(f);
}

static uint64_t
read_through(const char *dir)
{
	struct seglog_reader *r = seglog_reader_open(dir, 0, NULL);
	struct view v;
	uint64_t number, last = 0, sum = 0;
	int rc;
	while (r && (rc = seglog_read(r, &v, &number)) != 0) {
		if (rc == 1 && number <= last)
			abort();
		last = rc == 1 ? number : last;
		for (size_t i = 0; rc == 1 && i < v.len; i++)
			sum += v.ptr[i];
	}
	seglog_reader_close(r);
	return last + (sum & 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char dir[32], path[96];
	if (!dir[0]) {
		snprintf(dir, sizeof(dir), "/dev/shm/fuzzseg.%d", (int)getpid());
		snprintf(path, sizeof(path), "%s/%020d.seg", dir, 1);
		mkdir(dir, 0700);
	}
	put(path, data, size);
	uint64_t last = read_through(dir), number;
	struct seglog *l = seglog_open(dir, 0, NULL);
	if (!l)
		return 0; /* a later version */
	if (seglog_next(l) <= last || seglog_append(l, "x", 1, &number) < 0)
		abort();
	seglog_close(l);
	if (read_through(dir) != number)
		abort();
	return 0;
}
