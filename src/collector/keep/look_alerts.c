/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "look.h"

static const char *const statuses[LOOK_STATUS_COUNT] = {
#define ROW(id, word) [LOOK_STATUS_##id] = word,
	LOOK_STATUSES(ROW)
#undef ROW
};

const char *
look_status_name(int64_t status)
{
	return status >= 0 && status < LOOK_STATUS_COUNT ? statuses[status] : "?";
}

int
look_status_find(const char *word)
{
	for (int i = 0; i < LOOK_STATUS_COUNT; i++)
		if (strcmp(word, statuses[i]) == 0)
			return i;
	return -1;
}

enum look_answer
look_answer_of(enum sq_answer a)
{
	return a >= 0 ? LOOK_OK : a == SQ_STOPPED ? LOOK_SLOW : LOOK_FAILED;
}

struct look *
look_open(const char *dir, unsigned limit_ms, struct err *e)
{
	struct look *l = calloc(1, sizeof(*l));
	char path[PATH_MAX];
	enum sq_answer a;

	if (!l || !(l->dir = strdup(dir)) || !(l->zip = compress_new(1))) {
		look_close(l);
		(void)err_set(e, "no memory");
		return NULL;
	}
	l->limit_ms = limit_ms;
	(void)snprintf(path, sizeof(path), "%s/%s", dir, FILES_ALERTS);
	l->alerts = sq_open(path, SQ_READ, limit_ms, &a, e);
	if (l->alerts)
		return l;
	look_close(l);
	return NULL;
}

void
look_close(struct look *l)
{
	if (!l)
		return;
	sq_close(l->alerts);
	compress_free(l->zip);
	free(l->dir);
	free(l);
}

static const char *const order_by[] = {
	[LOOK_NEWEST] = " ORDER BY ts DESC,id DESC",
	[LOOK_OLDEST] = " ORDER BY ts,id",
	[LOOK_SEVERITY] = " ORDER BY severity,ts DESC,id DESC",
};

/* The last row of a page: the next one begins behind it. */
struct mark {
	int64_t severity, ts, id;
};

static bool
parse_mark(const char *cursor, enum look_order order, struct mark *m)
{
	unsigned was;
	int end = 0;

	if (sscanf(cursor, "%u.%" SCNd64 ".%" SCNd64 ".%" SCNd64 "%n", &was, &m->severity, &m->ts,
		&m->id, &end) != 4)
		return false;
	return cursor[end] == 0 && was == order;
}

static void
add_behind(struct where *w, enum look_order order, const struct mark *m)
{
	switch (order) {
	case LOOK_NEWEST:
		where_int(w, " AND (ts,id)<(?", m->ts);
		where_int(w, ",?)", m->id);
		break;
	case LOOK_OLDEST:
		where_int(w, " AND (ts,id)>(?", m->ts);
		where_int(w, ",?)", m->id);
		break;
	case LOOK_SEVERITY:
		where_int(w, " AND severity>=?", m->severity);
		where_int(w, " AND (severity>?", m->severity);
		where_int(w, " OR (ts,id)<(?", m->ts);
		where_int(w, ",?))", m->id);
	}
}

/* Rows of ALERT_COLUMNS. */
static void
give(struct sq_stmt *s, look_row_fn row, void *context, struct mark *m)
{
	struct look_row r = { sq_int(s, 0), sq_int(s, 1), sq_int(s, 2), sq_text(s, 3),
		sq_text(s, 6), sq_text(s, 7) };

	*m = (struct mark){ sq_int(s, 4), sq_int(s, 5), r.id };
	row(context, &r);
}

#define ALERT_COLUMNS "SELECT id,recv,status,json,severity,ts,probe,verdict FROM alert WHERE "

static enum look_answer
page(struct look *l, struct where *w, const struct look_filter *f, look_row_fn row, void *context,
    char next[LOOK_CURSOR])
{
	struct sq_stmt *s = where_prepare(w, l->alerts);
	struct mark m = { 0 };
	enum sq_answer a;
	unsigned n = 0;

	if (!s)
		return LOOK_FAILED;
	while ((a = sq_step(s)) == SQ_ROW && n < f->limit) {
		give(s, row, context, &m);
		n++;
	}
	if (a == SQ_ROW)
		(void)snprintf(next, LOOK_CURSOR, "%u.%" PRId64 ".%" PRId64 ".%" PRId64,
		    (unsigned)f->order, m.severity, m.ts, m.id);
	sq_free(s);
	return look_answer_of(a);
}

enum look_answer
look_alerts(struct look *l, const struct look_filter *f, look_row_fn row, void *context,
    char next[LOOK_CURSOR])
{
	enum look_answer answer;
	struct where w;
	struct mark m;

	next[0] = 0;
	if (f->cursor && !parse_mark(f->cursor, f->order, &m))
		return LOOK_BAD;
	where_init(&w, ALERT_COLUMNS "1");
	where_common(&w, f);
	where_alerts(&w, f);
	if (f->cursor)
		add_behind(&w, f->order, &m);
	where_sql(&w, order_by[f->order]);
	where_int(&w, " LIMIT ?", (int64_t)f->limit + 1);
	answer = page(l, &w, f, row, context, next);
	where_fini(&w);
	return answer;
}

enum look_answer
look_count(struct look *l, const struct look_filter *f, unsigned cap, unsigned *count)
{
	enum sq_answer a = SQ_UNABLE;
	struct sq_stmt *s;
	struct where w;

	*count = 0;
	where_init(&w, "SELECT count(*) FROM (SELECT 1 FROM alert WHERE 1");
	where_common(&w, f);
	where_alerts(&w, f);
	where_int(&w, " LIMIT ?)", cap);
	s = where_prepare(&w, l->alerts);
	if (s && (a = sq_step(s)) == SQ_ROW)
		*count = (unsigned)sq_int(s, 0);
	sq_free(s);
	where_fini(&w);
	return look_answer_of(a);
}

enum look_answer
look_alert(struct look *l, int64_t id, look_row_fn row, void *context)
{
	enum sq_answer a = SQ_UNABLE;
	struct sq_stmt *s;
	struct mark m;

	s = sq_prepare(l->alerts, ALERT_COLUMNS "id=?1");
	if (s) {
		sq_bind(s, 1, id);
		a = sq_step(s);
		if (a == SQ_ROW)
			give(s, row, context, &m);
		sq_free(s);
	}
	return a == SQ_DONE ? LOOK_NONE : look_answer_of(a);
}

#define LATER_MOST 100 /* of one alert; a probe says a few */

enum look_answer
look_later(struct look *l, int64_t id, const char *kind, look_row_fn row, void *context)
{
	struct sq_stmt *s = sq_prepare(l->alerts,
	    "SELECT later.json FROM alert JOIN stream ON stream.id=alert.stream JOIN later"
	    " ON later.alert_id=alert.alert_id AND later.origin=stream.origin"
	    " WHERE alert.id=?1 AND later.kind=?2 ORDER BY later.id LIMIT ?3");
	enum sq_answer a;

	if (!s)
		return LOOK_FAILED;
	sq_bind(s, 1, id);
	sq_bind_text(s, 2, view_of(kind));
	sq_bind(s, 3, LATER_MOST);
	while ((a = sq_step(s)) == SQ_ROW)
		row(context, &(struct look_row){ .json = sq_text(s, 0) });
	sq_free(s);
	return look_answer_of(a);
}

enum look_answer
look_history(struct look *l, int64_t id, look_settlement_fn settlement, void *context)
{
	struct sq_stmt *s = sq_prepare(
	    l->alerts, "SELECT status,at,reason,who FROM settlement WHERE alert=?1 ORDER BY id");
	enum sq_answer a;

	if (!s)
		return LOOK_FAILED;
	sq_bind(s, 1, id);
	while ((a = sq_step(s)) == SQ_ROW) {
		struct look_settlement one = { sq_int(s, 0), sq_int(s, 1), sq_text(s, 2),
			sq_text(s, 3) };
		settlement(context, &one);
	}
	sq_free(s);
	return look_answer_of(a);
}

struct part {
	const char *name, *sql;
};

static const struct part parts[] = {
	{ "severity", "SELECT severity,count(*) FROM alert WHERE ts>=?1 GROUP BY 1 ORDER BY 1" },
	{ "status", "SELECT status,count(*) FROM alert WHERE ts>=?1 GROUP BY 1 ORDER BY 1" },
	{ "verdict", "SELECT coalesce(verdict,'none'),count(*) FROM alert WHERE ts>=?1 GROUP BY 1 "
		     "ORDER BY 2 DESC" },
	{ "signature", "SELECT signature,count(*) FROM alert WHERE ts>=?1 GROUP BY 1 ORDER BY 2 "
		       "DESC,1 LIMIT 10" },
	{ "probe",
	    "SELECT probe,count(*) FROM alert WHERE ts>=?1 GROUP BY 1 ORDER BY 2 DESC,1 LIMIT 50" },
	{ "segment",
	    "SELECT coalesce(segment_dst,segment_src,'none'),count(*) FROM alert WHERE ts>=?1"
	    " GROUP BY 1 ORDER BY 2 DESC,1 LIMIT 50" },
	{ "source",
	    "SELECT src,count(*) FROM alert WHERE ts>=?1 GROUP BY 1 ORDER BY 2 DESC,1 LIMIT 10" },
	{ "target",
	    "SELECT dst,count(*) FROM alert WHERE ts>=?1 GROUP BY 1 ORDER BY 2 DESC,1 LIMIT 10" },
	{ "hour", "SELECT ts/3600000000*3600,count(*) FROM alert WHERE ts>=?1 GROUP BY 1 ORDER BY "
		  "1 DESC LIMIT 168" },
};

static void
write_addr(struct jw *w, struct view blob)
{
	char text[ADDR_TEXT] = "";
	struct addr a = { { { 0 } } };

	if (blob.len == 4 || blob.len == 16) {
		memcpy(a.b, blob.ptr, blob.len);
		(void)addr_text(text, &a, blob.len == 4 ? 4 : 6);
	}
	jw_text(w, text);
}

static void
write_name(struct jw *w, const struct part *p, struct sq_stmt *s)
{
	if (strcmp(p->name, "status") == 0)
		jw_text(w, look_status_name(sq_int(s, 0)));
	else if (strcmp(p->name, "severity") == 0 || strcmp(p->name, "hour") == 0)
		jw_i64(w, sq_int(s, 0));
	else if (strcmp(p->name, "source") == 0 || strcmp(p->name, "target") == 0)
		write_addr(w, sq_blob(s, 0));
	else
		jw_bytes(w, sq_text(s, 0).ptr, sq_text(s, 0).len);
}

static enum sq_answer
write_part(struct look *l, const struct part *p, int64_t since, struct jw *w)
{
	struct sq_stmt *s = sq_prepare(l->alerts, p->sql);
	enum sq_answer a;

	if (!s)
		return SQ_UNABLE;
	sq_bind(s, 1, since);
	jw_key_n(w, p->name, strlen(p->name));
	jw_array(w);
	while ((a = sq_step(s)) == SQ_ROW) {
		jw_object(w);
		jw_key(w, "name");
		write_name(w, p, s);
		jw_key(w, "count");
		jw_i64(w, sq_int(s, 1));
		jw_object_end(w);
	}
	jw_array_end(w);
	sq_free(s);
	return a;
}

enum look_answer
look_summary(struct look *l, int64_t since, struct jw *w)
{
	enum sq_answer a = SQ_DONE;

	jw_object(w);
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts) && a == SQ_DONE; i++)
		a = write_part(l, &parts[i], since, w);
	jw_object_end(w);
	return look_answer_of(a);
}

static enum sq_answer
change_status(struct sq *db, int64_t id, const struct look_settlement *s)
{
	struct sq_stmt *update = sq_prepare(db, "UPDATE alert SET status=?1 WHERE id=?2");
	struct sq_stmt *insert = sq_prepare(
	    db, "INSERT INTO settlement(alert,status,reason,who,at) VALUES(?1,?2,?3,?4,?5)");
	enum sq_answer a = SQ_UNABLE;

	if (update && insert) {
		sq_bind(update, 1, s->status);
		sq_bind(update, 2, id);
		a = sq_run(update);
		if (a == SQ_DONE && sq_changes(db) == 0)
			a = SQ_ROW;
		sq_bind(insert, 1, id);
		sq_bind(insert, 2, s->status);
		sq_bind_text(insert, 3, s->reason);
		sq_bind_text(insert, 4, s->who);
		sq_bind(insert, 5, s->at);
		if (a == SQ_DONE)
			a = sq_run(insert);
	}
	sq_free(update);
	sq_free(insert);
	return a;
}

enum look_answer
look_settle(const char *dir, int64_t id, const struct look_settlement *s, struct err *e)
{
	char path[PATH_MAX];
	enum sq_answer a;
	struct sq *db;

	(void)snprintf(path, sizeof(path), "%s/%s", dir, FILES_ALERTS);
	db = sq_open(path, SQ_CHANGE, 5000, &a, e);
	if (!db)
		return LOOK_FAILED;
	a = sq_exec(db, "BEGIN IMMEDIATE");
	if (a == SQ_DONE)
		a = change_status(db, id, s);
	if (a == SQ_DONE)
		a = sq_exec(db, "COMMIT");
	if (a < 0)
		(void)err_set(e, "%s: %s", path, sq_why(db));
	sq_close(db);
	return a == SQ_ROW ? LOOK_NONE : look_answer_of(a);
}
