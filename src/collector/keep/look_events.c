/* SPDX-License-Identifier: Apache-2.0 */
/* Reading event files: newest file first, rows through their blocks. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "look.h"

#define DAY_MS 86400000ll
#define HOUR_US 3600000000ll

/* One event file open for reading, with the block unpacked last. */
struct shelf_view {
	struct look *look;
	struct sq *db;
	struct sq_stmt *find_block;
	int64_t block; /* 0: none */
	struct buf raw;
};

static bool
open_file(struct shelf_view *v, struct look *l, const char *name)
{
	char path[PATH_MAX];
	enum sq_answer a;

	*v = (struct shelf_view){ .look = l };
	buf_init(&v->raw, 32 << 20);
	(void)snprintf(path, sizeof(path), "%s/%s", l->dir, name);
	v->db = sq_open(path, SQ_READ, l->limit_ms, &a, NULL);
	if (v->db)
		v->find_block = sq_prepare(v->db, "SELECT raw,data FROM block WHERE id=?1");
	return v->find_block;
}

static void
close_file(struct shelf_view *v)
{
	sq_free(v->find_block);
	sq_close(v->db);
	buf_fini(&v->raw);
}

static bool
load_block(struct shelf_view *v, int64_t id)
{
	bool ok = false;

	if (v->block == id)
		return true;
	v->block = 0;
	buf_clear(&v->raw);
	sq_bind(v->find_block, 1, id);
	if (sq_step(v->find_block) == SQ_ROW) {
		int64_t raw = sq_int(v->find_block, 0);
		ok = raw > 0 && raw < (32 << 20) &&
		     compress_unpack(
			 v->look->zip, sq_blob(v->find_block, 1), (size_t)raw, &v->raw) == 0;
	}
	sq_reset(v->find_block);
	if (ok)
		v->block = id;
	return ok;
}

/* Rows of "id,block,at,len". False: the file contradicts itself there. */
static bool
give(struct shelf_view *v, struct sq_stmt *s, look_row_fn row, void *context)
{
	struct cursor c;
	struct look_row r = { .id = sq_int(s, 0) };
	int64_t at = sq_int(s, 2), len = sq_int(s, 3);

	if (!load_block(v, sq_int(s, 1)))
		return false;
	c = cursor_of(v->raw.ptr, v->raw.len);
	if (at < 0 || len < 0 || !cursor_skip(&c, (size_t)at) ||
	    !cursor_take(&c, (size_t)len, &r.json))
		return false;
	row(context, &r);
	return true;
}

#define EVENT_COLUMNS "SELECT id,block,at,len FROM event WHERE "

struct event_mark {
	uint32_t day, number;
	int64_t id;
};

static bool
parse_mark(const char *cursor, enum look_order order, struct event_mark *m)
{
	unsigned oldest;
	int end = 0;

	if (sscanf(cursor, "e%u.%" SCNu32 ".%" SCNu32 ".%" SCNd64 "%n", &oldest, &m->day,
		&m->number, &m->id, &end) != 4)
		return false;
	return cursor[end] == 0 && oldest == (order == LOOK_OLDEST);
}

/* -1: the file lies before the mark in the order asked for, 0: the mark is in it, 1: behind. */
static int
place_of(const char *name, enum look_order order, const struct event_mark *m)
{
	uint32_t day, number;
	int at;

	(void)files_parse(name, &day, &number);
	at = day != m->day ? (day < m->day ? -1 : 1) : number < m->number ? -1 : number > m->number;
	return order == LOOK_OLDEST ? at : -at;
}

struct event_page {
	const struct look_filter *f;
	look_row_fn row;
	void *context;
	char *next;
	unsigned n;
	struct event_mark last;
};

static void
select_events(struct where *w, const struct event_page *p, const struct event_mark *behind)
{
	const struct look_filter *f = p->f;
	bool oldest = f->order == LOOK_OLDEST;

	where_init(w, EVENT_COLUMNS "1");
	where_common(w, f);
	if (f->type)
		where_text(w, " AND type=?", f->type);
	if (f->probe)
		where_text(w, " AND stream IN (SELECT id FROM stream WHERE probe=?)", f->probe);
	if (behind)
		where_int(w, oldest ? " AND id>?" : " AND id<?", behind->id);
	where_sql(w, oldest ? " ORDER BY id" : " ORDER BY id DESC");
	where_int(w, " LIMIT ?", (int64_t)f->limit + 1 - p->n);
}

/* Rows of one file until the page is full; LOOK_NONE means: full, and there is more. */
static enum look_answer
page_file(struct look *l, struct event_page *p, const char *name, const struct event_mark *behind)
{
	enum sq_answer a = SQ_UNABLE;
	struct sq_stmt *s = NULL;
	struct shelf_view v;
	struct where w;
	bool full = false;

	select_events(&w, p, behind);
	if (open_file(&v, l, name))
		s = where_prepare(&w, v.db);
	else
		a = SQ_DONE; /* dropped by age meanwhile */
	while (s && (a = sq_step(s)) == SQ_ROW) {
		full = p->n == p->f->limit;
		if (full)
			break;
		p->n += give(&v, s, p->row, p->context);
		(void)files_parse(name, &p->last.day, &p->last.number);
		p->last.id = sq_int(s, 0);
	}
	sq_free(s);
	close_file(&v);
	where_fini(&w);
	return full ? LOOK_NONE : look_answer_of(a);
}

/* Events are received after they happened; a day's leave for clocks that are wrong. */
static bool
too_old(const char *name, int64_t since)
{
	uint32_t day, number;

	if (since / 1000 <= DAY_MS)
		return false;
	(void)files_parse(name, &day, &number);
	return day < files_day((uint64_t)(since / 1000 - DAY_MS));
}

enum look_answer
look_events(struct look *l, const struct look_filter *f, look_row_fn row, void *context,
    char next[LOOK_CURSOR])
{
	struct event_page p = { .f = f, .row = row, .context = context };
	enum look_answer answer = LOOK_OK;
	struct event_mark m;
	struct files files;

	next[0] = 0;
	if (f->cursor && !parse_mark(f->cursor, f->order, &m))
		return LOOK_BAD;
	if (!files_list(l->dir, &files))
		return LOOK_FAILED;
	for (size_t i = 0; i < files.n && answer == LOOK_OK; i++) {
		const char *name = files.name[f->order == LOOK_OLDEST ? i : files.n - 1 - i];
		int place = f->cursor ? place_of(name, f->order, &m) : 1;
		if (place >= 0 && !too_old(name, f->since))
			answer = page_file(l, &p, name, place == 0 ? &m : NULL);
	}
	files_free(&files);
	if (answer != LOOK_NONE)
		return answer;
	(void)snprintf(next, LOOK_CURSOR, "e%u.%" PRIu32 ".%" PRIu32 ".%" PRId64,
	    f->order == LOOK_OLDEST, p.last.day, p.last.number, p.last.id);
	return LOOK_OK;
}

/* ---- what belongs to an alert ---- */

struct subject {
	int64_t ts, recv, flow; /* flow 0: about hosts */
	uint8_t src[16], dst[16];
	size_t src_len, dst_len;
	int64_t sport, dport;
};

static void
copy_addr(uint8_t to[16], size_t *len, struct view v)
{
	*len = v.len == 4 || v.len == 16 ? v.len : 0;
	memcpy(to, v.ptr ? v.ptr : to, *len);
}

static enum look_answer
find_subject(struct look *l, int64_t id, struct subject *out)
{
	struct sq_stmt *s = sq_prepare(l->alerts,
	    "SELECT ts,recv,coalesce(flow,0),src,dst,sport,dport FROM alert WHERE id=?1");
	enum sq_answer a = SQ_UNABLE;

	memset(out, 0, sizeof(*out));
	if (s) {
		sq_bind(s, 1, id);
		a = sq_step(s);
	}
	if (a == SQ_ROW) {
		out->ts = sq_int(s, 0);
		out->recv = sq_int(s, 1);
		out->flow = sq_int(s, 2);
		copy_addr(out->src, &out->src_len, sq_blob(s, 3));
		copy_addr(out->dst, &out->dst_len, sq_blob(s, 4));
		out->sport = sq_int(s, 5);
		out->dport = sq_int(s, 6);
	}
	sq_free(s);
	return a == SQ_DONE ? LOOK_NONE : look_answer_of(a);
}

static void
add_pair(struct where *w, const struct subject *s, bool turned)
{
	const char *a = turned ? "(dst=?" : "(src=?", *b = turned ? " AND src=?" : " AND dst=?";

	where_blob(w, a, s->src, s->src_len);
	if (s->dst_len)
		where_blob(w, b, s->dst, s->dst_len);
	if (s->flow) {
		where_int(w, turned ? " AND dport=?" : " AND sport=?", s->sport);
		where_int(w, turned ? " AND sport=?" : " AND dport=?", s->dport);
	}
	where_sql(w, ")");
}

static void
select_related(struct where *w, const struct subject *s, unsigned limit)
{
	int64_t around = s->flow ? HOUR_US : HOUR_US / 6;

	where_init(w, EVENT_COLUMNS "(");
	if (s->flow)
		where_int(w, "flow=?", s->flow);
	if (s->src_len) {
		where_int(w, s->flow ? " OR (ts>=?" : "(ts>=?", s->ts - around);
		where_int(w, " AND ts<=? AND (", s->ts + around);
		add_pair(w, s, false);
		if (s->flow) {
			where_sql(w, " OR ");
			add_pair(w, s, true);
		}
		where_sql(w, "))");
	}
	where_sql(w, s->flow || s->src_len ? ") ORDER BY ts,id" : "0) ORDER BY ts,id");
	where_int(w, " LIMIT ?", limit);
}

static enum look_answer
related_in(struct look *l, const char *name, const struct subject *subject, struct event_page *p)
{
	enum sq_answer a = SQ_UNABLE;
	struct sq_stmt *s = NULL;
	struct shelf_view v;
	struct where w;

	select_related(&w, subject, p->f->limit - p->n);
	if (open_file(&v, l, name))
		s = where_prepare(&w, v.db);
	else
		a = SQ_DONE;
	while (s && (a = sq_step(s)) == SQ_ROW)
		p->n += give(&v, s, p->row, p->context);
	sq_free(s);
	close_file(&v);
	where_fini(&w);
	return look_answer_of(a);
}

/* Flow records come when the flow ends, so later than the alert; the files of the days around its
 * receipt are asked. */
enum look_answer
look_related(struct look *l, int64_t id, unsigned limit, look_row_fn row, void *context)
{
	struct look_filter f = { .limit = limit };
	struct event_page p = { .f = &f, .row = row, .context = context };
	struct subject s;
	enum look_answer answer = find_subject(l, id, &s);
	uint32_t day, number;
	struct files files;

	if (answer != LOOK_OK)
		return answer;
	if (!files_list(l->dir, &files))
		return LOOK_FAILED;
	for (size_t i = 0; i < files.n && answer == LOOK_OK && p.n < limit; i++) {
		(void)files_parse(files.name[i], &day, &number);
		if (day >= files_day((uint64_t)(s.recv > DAY_MS ? s.recv - DAY_MS : 0)) &&
		    day <= files_day((uint64_t)(s.recv + 2 * DAY_MS)))
			answer = related_in(l, files.name[i], &s, &p);
	}
	files_free(&files);
	return answer;
}
