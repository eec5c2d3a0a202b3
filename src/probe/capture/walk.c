/* SPDX-License-Identifier: Apache-2.0 */
/* walk: see walk.h. */
#include "walk.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "lib/log.h"
#include "reader.h"

#define DEPTH_MAX 64

static bool
named_capture(const char *path)
{
	static const char *const ending[] = { ".pcap", ".pcapng", ".cap" };
	static const char *const packed[] = { ".gz", ".zst" };
	size_t n = strlen(path);

	for (size_t i = 0; i < sizeof(packed) / sizeof(packed[0]); i++) {
		size_t m = strlen(packed[i]);
		if (n > m && strcasecmp(path + n - m, packed[i]) == 0)
			n -= m;
	}
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++) {
		size_t m = strlen(ending[i]);
		if (n > m && strncasecmp(path + n - m, ending[i], m) == 0)
			return true;
	}
	return false;
}

/* Takes the path over. */
static int
keep(struct walk *w, char *path, uint64_t bytes, struct err *e)
{
	char **wide =
	    w->n & (w->n - 1) ? w->path : realloc(w->path, (w->n ? w->n * 2 : 1) * sizeof(*wide));

	if (!wide) {
		free(path);
		return err_set(e, "out of memory");
	}
	w->path = wide;
	w->path[w->n++] = path;
	w->bytes += bytes;
	return 0;
}

static int
enter(struct walk *w, const char *folder, int depth, struct err *e);

/* Takes the path over. */
static int
look_at(struct walk *w, char *path, int depth, struct err *e)
{
	struct stat link, st;
	int rc = 0;

	if (lstat(path, &link) < 0 || stat(path, &st) < 0)
		goto out; /* gone, or a link to nowhere */
	if (S_ISREG(st.st_mode) && (named_capture(path) || reader_magic(path)))
		return keep(w, path, (uint64_t)st.st_size, e);
	if (S_ISDIR(link.st_mode) && depth < DEPTH_MAX && enter(w, path, depth + 1, e) < 0) {
		log_warn("%s", e->text);
		rc = errno == ENOMEM ? -1 : 0;
	}
out:
	free(path);
	return rc;
}

static int
enter(struct walk *w, const char *folder, int depth, struct err *e)
{
	size_t n = strlen(folder);
	DIR *d = opendir(folder);
	struct dirent *entry;
	int rc = 0;

	if (!d)
		return err_set(e, "%s: cannot be opened: %s", folder, strerror(errno));
	while (rc == 0 && (entry = readdir(d))) {
		char *path;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		const char *slash = n && folder[n - 1] == '/' ? "" : "/";
		rc = asprintf(&path, "%s%s%s", folder, slash, entry->d_name) < 0
			 ? err_set(e, "out of memory")
			 : look_at(w, path, depth, e);
	}
	(void)closedir(d);
	return rc;
}

static int
by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int
walk_folder(struct walk *w, const char *folder, struct err *e)
{
	*w = (struct walk){ 0 };
	if (enter(w, folder, 0, e) < 0) {
		walk_fini(w);
		return -1;
	}
	if (w->n)
		qsort(w->path, w->n, sizeof(*w->path), by_bytes);
	return 0;
}

int
walk_one(struct walk *w, const char *path, struct err *e)
{
	struct stat st;
	char *copy = strdup(path);

	*w = (struct walk){ 0 };
	if (!copy)
		return err_set(e, "out of memory");
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		st.st_size = 0;
	return keep(w, copy, (uint64_t)st.st_size, e);
}

void
walk_fini(struct walk *w)
{
	for (size_t i = 0; i < w->n; i++)
		free(w->path[i]);
	free(w->path);
	*w = (struct walk){ 0 };
}
