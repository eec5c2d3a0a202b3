/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/keep.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/jw.h"
#include "store.h"

void
store_show(struct keep *k)
{
	uint64_t a = k->alerts.position, b = k->events.position;

	k->count.position = a < b ? a : b;
	(void)pthread_mutex_lock(&k->lock);
	k->shown = k->count;
	k->position = k->count.position;
	(void)pthread_mutex_unlock(&k->lock);
}

static bool
fail(struct keep *k, struct shelf *s)
{
	k->why = s->why;
	return false;
}

static void
name_events(struct keep *k)
{
	files_name(k->name, k->day, k->number);
	(void)snprintf(k->events.path, sizeof(k->events.path), "%s/%s", k->dir, k->name);
}

/* Open; when it turns out damaged, set it aside and say false with a closed shelf and SQ_DAMAGED.
 */
static bool
open_or_set_aside(struct keep *k, struct shelf *s)
{
	if (shelf_open(s))
		return true;
	if (s->answer == SQ_DAMAGED) {
		k->count.damaged_files++;
		shelf_set_aside(s);
	}
	return fail(k, s);
}

static bool
open_alerts(struct keep *k)
{
	if (k->alerts.db)
		return true;
	return open_or_set_aside(k, &k->alerts) ||
	       (k->alerts.answer == SQ_DAMAGED && open_or_set_aside(k, &k->alerts));
}

/* The newest file goes on being filled; a damaged one gives way to the one before it. No file is
 * fine. */
static bool
open_events(struct keep *k)
{
	struct files f;
	bool ok = true;

	if (k->events.db)
		return true;
	if (!files_list(k->dir, &f)) {
		(void)err_set(&k->why, "%s cannot be read", k->dir);
		return false;
	}
	for (size_t i = f.n; i-- > 0;) {
		(void)files_parse(f.name[i], &k->day, &k->number);
		name_events(k);
		ok = open_or_set_aside(k, &k->events);
		if (ok || k->events.answer != SQ_DAMAGED)
			break;
		ok = true;
	}
	files_free(&f);
	if (ok && !k->events.db)
		k->events.position = 0;
	return ok;
}

struct keep *
keep_open(const struct keep_config *config, struct err *e)
{
	struct keep *k = calloc(1, sizeof(*k));

	if (!k || !(k->dir = strdup(config->dir))) {
		free(k);
		(void)err_set(e, "no memory");
		return NULL;
	}
	(void)pthread_mutex_init(&k->lock, NULL);
	k->config = *config;
	k->config.dir = k->dir;
	buf_init(&k->scratch, 16 << 20);
	k->alerts.kind = SCHEMA_ALERTS;
	k->events.kind = SCHEMA_EVENTS;
	(void)snprintf(k->alerts.path, sizeof(k->alerts.path), "%s/%s", k->dir, FILES_ALERTS);
	if (!open_alerts(k) || !open_events(k)) {
		(void)err_set(e, "%s", k->why.text);
		keep_close(k);
		return NULL;
	}
	store_show(k);
	k->seal = seal_new(k->dir);
	seal_start(k->seal);
	return k;
}

void
keep_close(struct keep *k)
{
	if (!k)
		return;
	seal_free(k->seal);
	shelf_close(&k->alerts);
	shelf_close(&k->events);
	buf_fini(&k->scratch);
	(void)pthread_mutex_destroy(&k->lock);
	free(k->dir);
	free(k);
}

uint64_t
keep_position(const struct keep *k)
{
	struct keep *open = (struct keep *)k;
	uint64_t position;

	(void)pthread_mutex_lock(&open->lock);
	position = k->position;
	(void)pthread_mutex_unlock(&open->lock);
	return position;
}

/* A file under its final name always knows its position: it is made under another one and renamed.
 */
static bool
make_events(struct keep *k, uint64_t position)
{
	char final[PATH_MAX];
	bool ok;

	files_name(k->name, k->day, k->number);
	(void)snprintf(final, sizeof(final), "%s/%s", k->dir, k->name);
	files_remove(k->dir, FILES_NEW);
	(void)snprintf(k->events.path, sizeof(k->events.path), "%s/%s", k->dir, FILES_NEW);
	ok = shelf_open(&k->events) && shelf_commit(&k->events, position);
	shelf_close(&k->events);
	if (!ok)
		return fail(k, &k->events);
	if (!files_rename(k->dir, FILES_NEW, k->name)) {
		(void)err_set(&k->why, "%s cannot be made: %s", final, strerror(errno));
		return false;
	}
	(void)snprintf(k->events.path, sizeof(k->events.path), "%s", final);
	return shelf_open(&k->events) || fail(k, &k->events);
}

/* Begin a new event file that has reached what the one before it has. */
static bool
cut(struct keep *k, uint32_t day)
{
	uint64_t position = k->events.position;

	shelf_close(&k->events);
	k->number = day == k->day ? k->number + 1 : 0;
	k->day = day;
	if (!make_events(k, position))
		return false;
	seal_start(k->seal);
	return true;
}

static bool
is_due(struct keep *k, uint32_t day)
{
	if (!k->events.db || day > k->day)
		return true;
	return k->config.file_bytes && shelf_bytes(&k->events) >= k->config.file_bytes;
}

int
keep_begin(struct keep *k, const struct keep_batch *b)
{
	uint32_t day = files_day(b->recv_ms);

	k->want_alerts = b->position > k->alerts.position;
	k->want_events = b->position > k->events.position;
	if (!k->want_alerts && !k->want_events)
		return 0;
	if (k->want_events && is_due(k, day)) {
		if (keep_commit(k))
			return -1;
		if (!cut(k, day > k->day ? day : k->day))
			return -1;
	}
	k->batch = *b;
	return 1;
}

/* Text that is no JSON is kept all the same, as an event of its own kind. */
static struct view
wrap_invalid(struct keep *k, struct view text)
{
	struct jw w;

	buf_clear(&k->scratch);
	jw_init(&w, &k->scratch);
	jw_object(&w);
	jw_key(&w, "event_type");
	jw_text(&w, "invalid");
	jw_key(&w, "raw");
	jw_bytes(&w, text.ptr, text.len);
	jw_object_end(&w);
	return (struct view){ k->scratch.ptr, k->scratch.failed ? 0 : k->scratch.len };
}

int
keep_event(struct keep *k, uint32_t index, struct view json)
{
	struct pick pick;
	struct shelf_row row = { &k->batch, k->batch.first_seq + index, &pick, json, { 0 } };
	struct shelf *s = &k->events;
	int added;

	if (!pick_event(json, &pick)) {
		memset(&pick, 0, sizeof(pick));
		row.json = wrap_invalid(k, json);
		row.type = view_of("invalid");
		k->coming.invalid++;
	} else {
		row.type = pick.at[PICK_TYPE].string ? pick.at[PICK_TYPE].text : view_of("unknown");
		if (view_is(row.type, "alert"))
			s = &k->alerts;
	}
	/* also where the alert is; what comes again is known by its sequence */
	if (k->want_alerts &&
	    (view_is(row.type, "alert_update") || view_is(row.type, "evidence")) &&
	    shelf_later(&k->alerts, &row) < 0)
		return fail(k, &k->alerts) ? 0 : -1;
	if (s == &k->alerts ? !k->want_alerts : !k->want_events)
		return 0;
	added = shelf_add(s, &row);
	if (added < 0)
		return fail(k, s) ? 0 : -1;
	k->pending++;
	k->coming.events += added == 1;
	k->coming.alerts += added == 1 && s == &k->alerts;
	k->coming.duplicates += added == 0;
	return 0;
}

void
keep_end(struct keep *k)
{
	k->reached = k->batch.position;
}

uint64_t
keep_pending(const struct keep *k)
{
	return k->pending;
}

static void
count_commit(struct keep *k)
{
	k->count.events += k->coming.events;
	k->count.alerts += k->coming.alerts;
	k->count.duplicates += k->coming.duplicates;
	k->count.invalid += k->coming.invalid;
	k->count.commits++;
	k->count.failing = 0;
	memset(&k->coming, 0, sizeof(k->coming));
	k->pending = 0;
	store_show(k);
}

/* Between the two commits a kill leaves the alerts ahead: what follows is then wanted by the events
 * only. */
int
keep_commit(struct keep *k)
{
	if (k->reached <= k->alerts.position && k->reached <= k->events.position)
		return 0;
	if (k->reached > k->alerts.position && !shelf_commit(&k->alerts, k->reached))
		return fail(k, &k->alerts) ? 0 : -1;
	if (k->events.db && k->reached > k->events.position &&
	    !shelf_commit(&k->events, k->reached))
		return fail(k, &k->events) ? 0 : -1;
	count_commit(k);
	return 0;
}

static bool
reopen(struct keep *k, struct shelf *s, bool (*open)(struct keep *))
{
	bool damaged = s->db && s->answer == SQ_DAMAGED;

	shelf_close(s);
	if (damaged) {
		k->count.damaged_files++;
		shelf_set_aside(s);
	}
	s->answer = SQ_DONE;
	return open(k);
}

int
keep_abort(struct keep *k)
{
	bool ok;

	k->pending = 0;
	k->reached = 0;
	memset(&k->coming, 0, sizeof(k->coming));
	k->count.retries++;
	k->count.failing = 1;
	ok = reopen(k, &k->alerts, open_alerts);
	ok = reopen(k, &k->events, open_events) && ok;
	store_show(k);
	return ok ? 0 : -1;
}

const char *
keep_why(const struct keep *k)
{
	return k->why.text;
}

int
keep_rewind(struct keep *k, uint64_t position)
{
	if (position < k->alerts.position && !shelf_commit(&k->alerts, position))
		return fail(k, &k->alerts) ? 0 : -1;
	if (k->events.db && position < k->events.position && !shelf_commit(&k->events, position))
		return fail(k, &k->events) ? 0 : -1;
	store_show(k);
	return 0;
}

void
keep_hole(struct keep *k, uint64_t batches)
{
	k->count.holes += batches;
	store_show(k);
}

void
keep_counters(const struct keep *k, struct keep_counters *out)
{
	struct keep *open = (struct keep *)k;

	(void)pthread_mutex_lock(&open->lock);
	*out = k->shown;
	(void)pthread_mutex_unlock(&open->lock);
}
