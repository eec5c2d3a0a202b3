/* SPDX-License-Identifier: Apache-2.0 */
#include "seal.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "lib/log.h"
#include "schema.h"

struct seal {
	char *dir;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool asked, started, all_done; /* asked: under the lock */
	atomic_bool stop;
};

/* True when the file was sealed already. */
static bool
seal_file(const char *dir, const char *name)
{
	char path[PATH_MAX];
	int64_t sealed = 0;
	enum sq_answer a;
	struct err e;
	struct sq *db;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	db = sq_open(path, SQ_CHANGE, 1000, &a, &e);
	if (!db)
		return false;
	(void)sq_value(db, "SELECT value FROM meta WHERE key='sealed'", 0, &sealed);
	if (!sealed && schema_seal(db) != SQ_DONE)
		log_warn("%s: indexes could not be made (%s); reading it will be slower", path,
		    sq_why(db));
	sq_close(db);
	return sealed;
}

/* The newest file still grows. After the first round, which looks at all, a sealed one ends a
 * round. */
static void
seal_round(struct seal *s)
{
	struct files f;

	if (!files_list(s->dir, &f))
		return;
	for (size_t i = f.n ? f.n - 1 : 0; i-- > 0 && !atomic_load(&s->stop);)
		if (seal_file(s->dir, f.name[i]) && s->all_done)
			break;
	s->all_done = true;
	files_free(&f);
}

static void *
seal_run(void *context)
{
	struct seal *s = context;

	for (;;) {
		(void)pthread_mutex_lock(&s->lock);
		while (!s->asked && !atomic_load(&s->stop))
			(void)pthread_cond_wait(&s->wake, &s->lock);
		s->asked = false;
		(void)pthread_mutex_unlock(&s->lock);
		if (atomic_load(&s->stop))
			return NULL;
		seal_round(s);
	}
}

struct seal *
seal_new(const char *dir)
{
	struct seal *s = calloc(1, sizeof(*s));

	if (!s || !(s->dir = strdup(dir))) {
		free(s);
		return NULL;
	}
	(void)pthread_mutex_init(&s->lock, NULL);
	(void)pthread_cond_init(&s->wake, NULL);
	return s;
}

void
seal_free(struct seal *s)
{
	if (!s)
		return;
	(void)pthread_mutex_lock(&s->lock);
	atomic_store(&s->stop, true);
	(void)pthread_cond_signal(&s->wake);
	(void)pthread_mutex_unlock(&s->lock);
	if (s->started)
		(void)pthread_join(s->thread, NULL);
	(void)pthread_cond_destroy(&s->wake);
	(void)pthread_mutex_destroy(&s->lock);
	free(s->dir);
	free(s);
}

void
seal_start(struct seal *s)
{
	if (!s)
		return;
	(void)pthread_mutex_lock(&s->lock);
	s->asked = true;
	(void)pthread_cond_signal(&s->wake);
	(void)pthread_mutex_unlock(&s->lock);
	if (!s->started)
		s->started = pthread_create(&s->thread, NULL, seal_run, s) == 0;
}
