/* SPDX-License-Identifier: Apache-2.0 */
#include "files.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *const tails[] = { "", "-wal", "-shm" };

bool
files_parse(const char *name, uint32_t *day, uint32_t *number)
{
	char again[FILES_NAME];

	if (sscanf(name, "events-%8u-%u.db", day, number) != 2 || *day > 99991231 ||
	    *number > 999999)
		return false;
	files_name(again, *day, *number);
	return strcmp(name, again) == 0;
}

void
files_name(char out[FILES_NAME], uint32_t day, uint32_t number)
{
	(void)snprintf(out, FILES_NAME, "events-%08u-%02u.db", day % 100000000, number % 1000000);
}

uint32_t
files_day(uint64_t ms)
{
	time_t at = (time_t)(ms / 1000);
	struct tm t;

	if (!gmtime_r(&at, &t) || t.tm_year > 8000)
		return 0;
	return (uint32_t)(t.tm_year + 1900) * 10000 + (uint32_t)(t.tm_mon + 1) * 100 +
	       (uint32_t)t.tm_mday;
}

/* By day, then number: -100 comes after -99, which it would not as text. */
static int
by_age(const void *a, const void *b)
{
	uint32_t day[2] = { 0 }, number[2] = { 0 };

	(void)files_parse(a, &day[0], &number[0]);
	(void)files_parse(b, &day[1], &number[1]);
	if (day[0] != day[1])
		return day[0] < day[1] ? -1 : 1;
	return number[0] < number[1] ? -1 : number[0] > number[1];
}

static bool
add_name(struct files *f, const char *name)
{
	void *more = reallocarray(f->name, f->n + 1, FILES_NAME);

	if (!more)
		return false;
	f->name = more;
	(void)snprintf(f->name[f->n++], FILES_NAME, "%.*s", FILES_NAME - 1, name);
	return true;
}

bool
files_list(const char *dir, struct files *out)
{
	DIR *d = opendir(dir);
	struct dirent *entry;
	uint32_t day, number;
	bool ok = true;

	*out = (struct files){ NULL, 0 };
	if (!d)
		return false;
	while (ok && (entry = readdir(d)))
		if (files_parse(entry->d_name, &day, &number))
			ok = add_name(out, entry->d_name);
	(void)closedir(d);
	if (!ok)
		files_free(out);
	else if (out->n)
		qsort(out->name, out->n, FILES_NAME, by_age);
	return ok;
}

void
files_free(struct files *f)
{
	free(f->name);
	*f = (struct files){ NULL, 0 };
}

uint64_t
files_bytes(const char *dir, const char *name)
{
	char path[PATH_MAX];
	uint64_t sum = 0;
	struct stat st;

	for (size_t i = 0; i < 2; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s%s", dir, name, tails[i]);
		if (stat(path, &st) == 0)
			sum += (uint64_t)st.st_size;
	}
	return sum;
}

bool
files_rename(const char *dir, const char *from, const char *to)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok;

	if (fd < 0)
		return false;
	ok = renameat(fd, from, fd, to) == 0 && fsync(fd) == 0;
	(void)close(fd);
	return ok;
}

void
files_remove(const char *dir, const char *name)
{
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(tails) / sizeof(*tails); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s%s", dir, name, tails[i]);
		(void)unlink(path);
	}
}
