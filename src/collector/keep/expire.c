/* SPDX-License-Identifier: Apache-2.0 */
/*
 * expire: what is too old or too much goes. Age counts from receipt: a replay of last year's
 * capture is as new as any.
 */
#include <stdio.h>
#include <string.h>

#include "collector/keep.h"
#include "store.h"

#define ALERTS_AT_ONCE 2000 /* a settlement waits no longer than one such piece */

struct rule {
	const char *what;
	const char *sql;
};

static const struct rule rules[] = {
	{ "alerts nobody settled",
	    "DELETE FROM alert WHERE id IN"
	    " (SELECT id FROM alert WHERE status=0 AND recv<?1 ORDER BY recv LIMIT ?2)" },
	{ "settled alerts",
	    "DELETE FROM alert WHERE id IN"
	    " (SELECT id FROM alert WHERE status<>0 AND recv<?1 ORDER BY recv LIMIT ?2)" },
};

/* Delete in pieces, each a transaction. Returns alerts deleted, or -1. */
static int64_t
delete_alerts(struct keep *k, const struct rule *r, uint64_t before)
{
	struct sq_stmt *s = sq_prepare(k->alerts.db, r->sql);
	enum sq_answer a = SQ_DONE;
	int64_t sum = 0;
	int n = 1;

	if (!s)
		return -1;
	while (n > 0 && a == SQ_DONE) {
		sq_bind(s, 1, (int64_t)before);
		sq_bind(s, 2, ALERTS_AT_ONCE);
		a = sq_run(s);
		n = a == SQ_DONE ? sq_changes(k->alerts.db) : 0;
		sum += n;
	}
	sq_free(s);
	if (sum)
		log_info("retention: %lld %s dropped because of age", (long long)sum, r->what);
	k->count.expired_alerts += (uint64_t)sum;
	if (a == SQ_DONE)
		return sum;
	k->alerts.answer = a;
	(void)err_set(&k->why, "%s: %s", k->alerts.path, sq_why(k->alerts.db));
	return -1;
}

/* Words about alerts that never came. */
static int
expire_later(struct keep *k, uint64_t before)
{
	struct sq_stmt *s = sq_prepare(k->alerts.db,
	    "DELETE FROM later WHERE id IN (SELECT id FROM later WHERE recv<?1 AND NOT EXISTS"
	    " (SELECT 1 FROM alert WHERE alert.alert_id=later.alert_id) LIMIT ?2)");
	enum sq_answer a = SQ_UNABLE;

	if (s) {
		sq_bind(s, 1, (int64_t)before);
		sq_bind(s, 2, ALERTS_AT_ONCE);
		a = sq_run(s);
		sq_free(s);
	}
	if (a == SQ_DONE)
		return 0;
	return err_set(&k->why, "%s: %s", k->alerts.path, sq_why(k->alerts.db));
}

static int
expire_alerts(struct keep *k, uint64_t now)
{
	uint64_t age[] = { k->config.alert_age, k->config.settled_age };

	for (size_t i = 0; i < 2; i++)
		if (age[i] && now > age[i] && delete_alerts(k, &rules[i], now - age[i]) < 0)
			return -1;
	return age[0] && now > age[0] ? expire_later(k, now - age[0]) : 0;
}

static uint64_t
events_in(struct keep *k, const char *name)
{
	char path[PATH_MAX];
	enum sq_answer a;
	struct err e;
	int64_t n = 0;
	struct sq *db;

	(void)snprintf(path, sizeof(path), "%s/%s", k->dir, name);
	db = sq_open(path, SQ_READ, 1000, &a, &e);
	if (db)
		(void)sq_value(db, "SELECT max(id) FROM event", 0, &n);
	sq_close(db);
	return (uint64_t)n;
}

static void
drop_file(struct keep *k, const char *name, uint64_t bytes, const char *why)
{
	uint64_t n = events_in(k, name);

	files_remove(k->dir, name);
	k->count.expired_files++;
	k->count.expired_events += n;
	log_info("retention: %s with %llu events, %llu MB dropped because of %s", name,
	    (unsigned long long)n, (unsigned long long)(bytes >> 20), why);
}

/* The file being filled is never dropped: it holds the position. */
static void
expire_files(struct keep *k, const struct files *f, uint64_t now)
{
	uint64_t total = files_bytes(k->dir, FILES_ALERTS), bytes, age = k->config.event_age;
	uint32_t day, number, oldest = age && now > age ? files_day(now - age) : 0;
	size_t left = f->n;

	for (size_t i = 0; i < f->n; i++)
		total += files_bytes(k->dir, f->name[i]);
	for (size_t i = 0; i < f->n; i++) {
		bool too_much = k->config.max_bytes && total > k->config.max_bytes;
		(void)files_parse(f->name[i], &day, &number);
		if ((!too_much && day >= oldest) || strcmp(f->name[i], k->name) == 0)
			break;
		bytes = files_bytes(k->dir, f->name[i]);
		drop_file(k, f->name[i], bytes, day < oldest ? "age" : "size");
		total -= bytes;
		left--;
	}
	k->count.bytes = total;
	k->count.files = left;
	(void)log_state_set(&k->too_much, k->config.max_bytes && total > k->config.max_bytes,
	    "store: alerts and the newest events alone take %llu MB, more than keep.max-bytes",
	    (unsigned long long)(total >> 20));
}

int
keep_expire(struct keep *k, uint64_t now)
{
	struct files f;
	int got;

	if (k->pending || !k->alerts.db)
		return 0;
	if (!files_list(k->dir, &f))
		return err_set(&k->why, "%s cannot be read", k->dir);
	expire_files(k, &f, now);
	files_free(&f);
	got = expire_alerts(k, now);
	store_show(k);
	return got;
}
