/* SPDX-License-Identifier: Apache-2.0 */
#include "where.h"

#include <assert.h>
#include <string.h>

void
where_init(struct where *w, const char *select)
{
	buf_init(&w->sql, 64 << 10);
	buf_init(&w->pattern, 64 << 10);
	w->n = 0;
	where_sql(w, select);
}

void
where_fini(struct where *w)
{
	buf_fini(&w->sql);
	buf_fini(&w->pattern);
}

void
where_sql(struct where *w, const char *sql)
{
	buf_add(&w->sql, sql, strlen(sql));
}

static struct where_arg *
add(struct where *w, const char *sql)
{
	assert(w->n < WHERE_ARGS);
	where_sql(w, sql);
	return &w->arg[w->n++];
}

void
where_int(struct where *w, const char *sql, int64_t v)
{
	struct where_arg *a = add(w, sql);

	a->kind = WHERE_INT;
	a->number = v;
}

void
where_text(struct where *w, const char *sql, const char *v)
{
	struct where_arg *a = add(w, sql);

	a->kind = WHERE_TEXT;
	a->bytes = view_of(v);
}

void
where_blob(struct where *w, const char *sql, const void *bytes, size_t n)
{
	struct where_arg *a = add(w, sql);

	a->kind = WHERE_BLOB;
	memcpy(a->own, bytes, n);
	a->bytes = (struct view){ a->own, n };
}

/* A prefix is a range of byte strings of one length. */
static void
add_prefix(struct where *w, const char *equal, const char *from_to[2], const struct prefix *p)
{
	size_t n = p->ver == 4 ? 4 : 16;
	struct addr last = p->addr;

	if (p->len == n * 8) {
		where_blob(w, equal, p->addr.b, n);
		return;
	}
	for (size_t bit = p->len; bit < n * 8; bit++)
		last.b[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	where_blob(w, from_to[0], p->addr.b, n);
	where_blob(w, from_to[1], last.b, n);
	where_sql(w, p->ver == 4 ? "=4)" : "=16)");
}

static void
add_src(struct where *w, const struct prefix *p)
{
	add_prefix(w, "src=?", (const char *[]){ "(src>=?", " AND src<=? AND length(src)" }, p);
}

static void
add_dst(struct where *w, const struct prefix *p)
{
	add_prefix(w, "dst=?", (const char *[]){ "(dst>=?", " AND dst<=? AND length(dst)" }, p);
}

static void
add_ends(struct where *w, const struct look_filter *f)
{
	if (f->src.ver) {
		where_sql(w, " AND ");
		add_src(w, &f->src);
	}
	if (f->dst.ver) {
		where_sql(w, " AND ");
		add_dst(w, &f->dst);
	}
	if (f->ip.ver) {
		where_sql(w, " AND (");
		add_src(w, &f->ip);
		where_sql(w, " OR ");
		add_dst(w, &f->ip);
		where_sql(w, ")");
	}
}

void
where_common(struct where *w, const struct look_filter *f)
{
	if (f->since)
		where_int(w, " AND ts>=?", f->since);
	if (f->until)
		where_int(w, " AND ts<?", f->until);
	if (f->has_flow)
		where_int(w, " AND flow=?", (int64_t)f->flow);
	if (f->proto)
		where_text(w, " AND proto=?", f->proto);
	if (f->app)
		where_text(w, " AND app=?", f->app);
	add_ends(w, f);
}

/* "IN (1,3)" from bits: numbers only, none of it is a user's text. */
static void
add_bits(struct where *w, const char *column, uint32_t bits)
{
	if (!bits)
		return;
	buf_printf(&w->sql, " AND %s IN (-1", column);
	for (unsigned i = 0; i < 32; i++)
		if (bits & 1u << i)
			buf_printf(&w->sql, ",%u", i);
	where_sql(w, ")");
}

/* The user's text as a LIKE pattern that means only itself. */
static const char *
like_pattern(struct where *w, const char *text)
{
	buf_clear(&w->pattern);
	buf_u8(&w->pattern, '%');
	for (; *text; text++) {
		if (strchr("%_\\", *text))
			buf_u8(&w->pattern, '\\');
		buf_u8(&w->pattern, (uint8_t)*text);
	}
	buf_add(&w->pattern, "%", 2);
	return w->pattern.failed ? "" : (const char *)w->pattern.ptr;
}

void
where_alerts(struct where *w, const struct look_filter *f)
{
	add_bits(w, "severity", f->severities);
	add_bits(w, "status", f->statuses);
	if (f->has_sid)
		where_int(w, " AND sid=?", (int64_t)f->sid);
	if (f->probe)
		where_text(w, " AND probe=?", f->probe);
	if (f->verdict)
		where_text(w, " AND verdict=?", f->verdict);
	if (f->detector)
		where_text(w, " AND detector=?", f->detector);
	if (f->segment) {
		where_text(w, " AND (segment_src=?", f->segment);
		where_text(w, " OR segment_dst=?)", f->segment);
	}
	if (f->text) {
		const char *pattern = like_pattern(w, f->text);
		where_text(w, " AND (signature LIKE ? ESCAPE '\\'", pattern);
		where_text(w, " OR name_zh LIKE ? ESCAPE '\\')", pattern);
	}
}

struct sq_stmt *
where_prepare(struct where *w, struct sq *db)
{
	struct sq_stmt *s;

	buf_u8(&w->sql, 0);
	if (w->sql.failed)
		return NULL;
	s = sq_prepare(db, (const char *)w->sql.ptr);
	for (int i = 0; s && i < w->n; i++) {
		const struct where_arg *a = &w->arg[i];
		if (a->kind == WHERE_INT)
			sq_bind(s, i + 1, a->number);
		else if (a->kind == WHERE_TEXT)
			sq_bind_text(s, i + 1, a->bytes);
		else
			sq_bind_blob(s, i + 1, a->bytes);
	}
	w->sql.len--;
	return s;
}
