/* SPDX-License-Identifier: Apache-2.0 */
/* keys, the list of those who may come in: see include/lib/keys.h. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/keys.h"

struct keys_allowed {
	struct keys_pair *key; /* ascending by public key */
	size_t n;
};

static int
by_key(const void *a, const void *b)
{
	const struct keys_pair *x = a, *y = b;
	return memcmp(x->public_key, y->public_key, KEYS_SIZE);
}

static int
add(struct keys_allowed *a, const char *path, struct err *e)
{
	struct keys_pair *more = realloc(a->key, (a->n + 1) * sizeof(*more));
	if (!more)
		return err_set(e, "out of memory");
	a->key = more;
	if (keys_load_public(&a->key[a->n], path, e) < 0)
		return -1;
	for (size_t i = 0; i < a->n; i++) {
		if (by_key(&a->key[i], &a->key[a->n]) == 0)
			return err_set(e, "%s: the same key as %s.pub", path, a->key[i].name);
		if (strcmp(a->key[i].name, a->key[a->n].name) == 0)
			return err_set(
			    e, "%s: the name %s is taken by another key", path, a->key[i].name);
	}
	a->n++;
	return 0;
}

static int
add_folder(struct keys_allowed *a, const char *path, struct err *e)
{
	DIR *d = opendir(path);
	if (!d)
		return err_set(e, "%s: %s", path, strerror(errno));
	int rc = 0;
	struct dirent *entry;
	while (rc == 0 && (entry = readdir(d)) != NULL) {
		char file[4096];
		const char *dot = strrchr(entry->d_name, '.');
		if (!dot || strcmp(dot, ".pub") != 0 || entry->d_name[0] == '.')
			continue;
		(void)snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		rc = add(a, file, e);
	}
	closedir(d);
	return rc;
}

struct keys_allowed *
keys_allowed_load(const char *path, struct err *e)
{
	struct stat st;
	struct keys_allowed *a = calloc(1, sizeof(*a));
	if (!a) {
		err_set(e, "out of memory");
		return NULL;
	}
	int rc;
	if (stat(path, &st) < 0)
		rc = err_set(e, "%s: %s", path, strerror(errno));
	else
		rc = S_ISDIR(st.st_mode) ? add_folder(a, path, e) : add(a, path, e);
	if (rc < 0) {
		keys_allowed_free(a);
		return NULL;
	}
	if (a->n)
		qsort(a->key, a->n, sizeof(*a->key), by_key);
	return a;
}

void
keys_allowed_free(struct keys_allowed *a)
{
	if (!a)
		return;
	free(a->key);
	free(a);
}

size_t
keys_allowed_count(const struct keys_allowed *a)
{
	return a->n;
}

const char *
keys_allowed_find(const struct keys_allowed *a, const uint8_t public_key[KEYS_SIZE])
{
	struct keys_pair want;
	memcpy(want.public_key, public_key, KEYS_SIZE);
	const struct keys_pair *k =
	    a->n ? bsearch(&want, a->key, a->n, sizeof(*a->key), by_key) : NULL;
	return k ? k->name : NULL;
}

const struct keys_pair *
keys_allowed_at(const struct keys_allowed *a, size_t i)
{
	return &a->key[i];
}
