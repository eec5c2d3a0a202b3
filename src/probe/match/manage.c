/* SPDX-License-Identifier: Apache-2.0 */
/* disable, enable, drop and modify: see include/probe/match_manage.h. */
#include "probe/match_manage.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "probe/match_load.h"

#define FILE_MOST (16u << 20)
#define TEXT_MOST (1u << 20)
#define NAME_MOST 256

enum how { BY_SID, BY_RE, BY_GROUP, BY_FILE, BY_META, ALL };

struct range {
	uint32_t gid, low, high;
};

/* One line of a file: which rules, and (modify) what becomes of their text. */
struct line {
	uint8_t file, how;
	uint32_t number;
	struct range *range;
	size_t range_n;
	struct match_edit *re; /* BY_RE */
	char *text;            /* BY_GROUP, BY_FILE, BY_META */
	struct match_edit *edit;
	uint32_t used;
};

struct match_manage {
	struct line *line;
	size_t n, room;
	char *path[MATCH_MANAGE_FILES];
	struct match_manage_counts count;
};

/* A file being read. */
struct reader {
	struct match_manage *m;
	enum match_manage_file file;
	uint32_t number;
	struct view text; /* the line */
	match_manage_problem problem;
	void *context;
};

const char *
match_manage_name(enum match_manage_file f)
{
	static const char *const names[] = { "disable.conf", "enable.conf", "drop.conf",
		"modify.conf" };
	return names[f];
}

static void
line_free(struct line *l)
{
	match_edit_free(l->re);
	match_edit_free(l->edit);
	free(l->range);
	free(l->text);
}

void
match_manage_free(struct match_manage *m)
{
	for (size_t i = 0; m && i < m->n; i++)
		line_free(&m->line[i]);
	for (int i = 0; m && i < MATCH_MANAGE_FILES; i++)
		free(m->path[i]);
	if (m)
		free(m->line);
	free(m);
}

/* ---- reading ---- */

static bool
wrong(const struct reader *r, const uint8_t *at, const char *reason)
{
	if (r->problem)
		r->problem(r->context, r->m->path[r->file], r->number,
		    (uint32_t)(at - r->text.ptr) + 1, reason);
	return false;
}

static struct view
behind(struct view v, size_t n)
{
	return match_text_trim((struct view){ v.ptr + n, v.len - n });
}

static bool
begins(struct view v, const char *word)
{
	size_t n = strlen(word);
	return v.len >= n && strncasecmp((const char *)v.ptr, word, n) == 0;
}

/* "1:2019401", "2019400-2019499". */
static bool
read_range(struct view v, struct range *out)
{
	struct view rest = v, gid = { NULL, 0 }, low;
	int64_t g = 1, a, b;
	if (v.len && memchr(v.ptr, ':', v.len)) {
		(void)match_text_split(&rest, ':', &gid);
		if (!match_text_int(gid, 0, UINT32_MAX, &g))
			return false;
	}
	(void)match_text_split(&rest, '-', &low);
	if (!match_text_int(low, 1, UINT32_MAX, &a))
		return false;
	b = a;
	if (rest.ptr && (!match_text_int(match_text_trim(rest), 1, UINT32_MAX, &b) || b < a))
		return false;
	*out = (struct range){ (uint32_t)g, (uint32_t)a, (uint32_t)b };
	return true;
}

static bool
read_sids(struct reader *r, struct line *l, struct view v)
{
	struct view one;
	while (match_text_split(&v, ',', &one)) {
		struct range *p = realloc(l->range, (l->range_n + 1) * sizeof(*p));
		if (!p)
			return wrong(r, r->text.ptr, "out of memory");
		l->range = p;
		if (!read_range(one, &p[l->range_n]))
			return wrong(r, one.ptr ? one.ptr : r->text.ptr,
			    "this is no sid; write 2019401, 1:2019401, 2019400-2019499, re:, "
			    "group:, filename: or metadata:");
		l->range_n++;
	}
	return true;
}

static bool
read_re(struct reader *r, struct match_edit **out, struct view v, const struct view *with,
    unsigned flags)
{
	struct err e = { "" };
	size_t at;
	*out = match_edit_new(v, with, flags, &at, &e);
	return *out || wrong(r, v.ptr + at, e.text);
}

static bool
read_which(struct reader *r, struct line *l, struct view v)
{
	static const struct {
		const char *word;
		uint8_t how;
	} rows[] = { { "group:", BY_GROUP }, { "filename:", BY_FILE }, { "metadata:", BY_META } };
	if (!v.len)
		return wrong(r, r->text.ptr, "it does not say which rules");
	if (view_is(v, "*")) {
		l->how = ALL;
		return true;
	}
	if (begins(v, "re:")) {
		l->how = BY_RE;
		return read_re(r, &l->re, behind(v, 3), NULL, MATCH_EDIT_NOCASE);
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!begins(v, rows[i].word))
			continue;
		struct view rest = behind(v, strlen(rows[i].word));
		l->how = rows[i].how;
		l->text = rest.len ? view_dup(rest) : NULL;
		return l->text || wrong(r, v.ptr, "a name is missing");
	}
	l->how = BY_SID;
	return read_sids(r, l, v);
}

/* The last text in quotes off the end of *v. */
static bool
last_quoted(struct view *v, struct view *out)
{
	*v = match_text_trim(*v);
	if (v->len < 2 || v->ptr[v->len - 1] != '"')
		return false;
	for (size_t i = v->len - 1; i-- > 0;) {
		bool escaped = i && v->ptr[i - 1] == '\\';
		bool alone = i == 0 || isspace(v->ptr[i - 1]);
		if (v->ptr[i] != '"' || escaped || !alone)
			continue;
		*out = (struct view){ v->ptr + i + 1, v->len - i - 2 };
		*v = match_text_trim((struct view){ v->ptr, i });
		return true;
	}
	return false;
}

static bool
read_modify(struct reader *r, struct line *l, struct view v)
{
	struct view from, to;
	if (begins(v, "modifysid "))
		v = behind(v, strlen("modifysid "));
	if (!last_quoted(&v, &to))
		return wrong(r, r->text.ptr + r->text.len, "write SID \"from\" \"to\"");
	const uint8_t *bar = v.len ? memrchr(v.ptr, '|', v.len) : NULL;
	if (bar && (size_t)(bar - v.ptr) == v.len - 1)
		v = match_text_trim((struct view){ v.ptr, v.len - 1 });
	if (!last_quoted(&v, &from))
		return wrong(r, r->text.ptr, "write SID \"from\" \"to\"");
	return read_re(r, &l->edit, from, &to, 0) && read_which(r, l, v);
}

static void
read_line(struct reader *r)
{
	struct match_manage *m = r->m;
	struct view v = match_text_trim(r->text);
	struct line l = { .file = (uint8_t)r->file, .number = r->number };
	if (!v.len || v.ptr[0] == '#')
		return;
	const uint8_t *comment =
	    r->file == MATCH_MANAGE_MODIFY || begins(v, "re:") ? NULL : memchr(v.ptr, '#', v.len);
	if (comment)
		v = match_text_trim((struct view){ v.ptr, (size_t)(comment - v.ptr) });
	bool good = r->file == MATCH_MANAGE_MODIFY ? read_modify(r, &l, v) : read_which(r, &l, v);
	if (good && m->n == m->room) {
		size_t room = m->room ? m->room * 2 : 64;
		struct line *p = realloc(m->line, room * sizeof(*p));
		good = p != NULL;
		m->line = p ? p : m->line;
		m->room = p ? room : m->room;
	}
	if (good)
		m->line[m->n++] = l;
	else
		line_free(&l);
}

static void
read_file(struct reader *r)
{
	FILE *f = fopen(r->m->path[r->file], "re");
	char *line = NULL;
	size_t room = 0, all = 0;
	ssize_t n;
	if (!f) {
		char reason[160];
		(void)snprintf(reason, sizeof(reason), "cannot be read: %s", strerror(errno));
		if (r->problem)
			r->problem(r->context, r->m->path[r->file], 0, 0, reason);
		return;
	}
	while ((n = getline(&line, &room, f)) > 0 && all < FILE_MOST) {
		all += (size_t)n;
		while (n && (line[n - 1] == '\n' || line[n - 1] == '\r'))
			n--;
		r->number++;
		r->text = (struct view){ (const uint8_t *)line, (size_t)n };
		read_line(r);
	}
	free(line);
	(void)fclose(f);
}

struct match_manage *
match_manage_new(
    const char *const path[MATCH_MANAGE_FILES], match_manage_problem problem, void *context)
{
	struct match_manage *m = NULL;
	for (int i = 0; i < MATCH_MANAGE_FILES; i++) {
		if (!path[i] || !*path[i])
			continue;
		if (!m && !(m = calloc(1, sizeof(*m))))
			return NULL;
		m->path[i] = strdup(path[i]);
		if (!m->path[i]) {
			match_manage_free(m);
			return NULL;
		}
		struct reader r = { .m = m,
			.file = (enum match_manage_file)i,
			.problem = problem,
			.context = context };
		read_file(&r);
	}
	return m;
}

/* ---- applying ---- */

struct rule {
	const char *file;
	struct view text;
	uint32_t gid, sid;
};

/* The number behind "name:", where an option begins. */
static uint32_t
number_behind(struct view text, const char *name, uint32_t otherwise)
{
	size_t n = strlen(name);
	for (size_t i = 1; i + n < text.len; i++) {
		uint8_t before = text.ptr[i - 1];
		if (memcmp(text.ptr + i, name, n) != 0 ||
		    (before != ';' && before != '(' && !isspace(before)))
			continue;
		uint64_t v = 0;
		for (i += n; i < text.len && isspace(text.ptr[i]); i++)
			;
		for (; i < text.len && isdigit(text.ptr[i]) && v < UINT32_MAX; i++)
			v = v * 10 + (uint64_t)(text.ptr[i] - '0');
		return v <= UINT32_MAX ? (uint32_t)v : otherwise;
	}
	return otherwise;
}

static bool
by_sid(const struct line *l, const struct rule *r)
{
	for (size_t i = 0; i < l->range_n; i++) {
		if (l->range[i].gid == r->gid && r->sid >= l->range[i].low &&
		    r->sid <= l->range[i].high)
			return true;
	}
	return false;
}

/* The file's name, with or without ".rules". */
static bool
by_group(const char *pattern, const char *file)
{
	char name[NAME_MOST], bare[NAME_MOST];
	const char *slash = strrchr(file, '/');
	(void)snprintf(name, sizeof(name), "%s", slash ? slash + 1 : file);
	(void)snprintf(bare, sizeof(bare), "%s", name);
	char *end = strrchr(bare, '.');
	if (end && strcmp(end, ".rules") == 0)
		*end = 0;
	return fnmatch(pattern, name, 0) == 0 || fnmatch(pattern, bare, 0) == 0;
}

/* "deployment perimeter" somewhere in metadata. */
static bool
by_meta(const char *text, struct view rule)
{
	static const char key[] = "metadata:";
	const uint8_t *at = memmem(rule.ptr, rule.len, key, sizeof(key) - 1);
	size_t n = strlen(text);
	if (!at)
		return false;
	const uint8_t *end = memchr(at, ';', (size_t)(rule.ptr + rule.len - at));
	end = end ? end : rule.ptr + rule.len;
	for (; at + n <= end; at++) {
		if (strncasecmp((const char *)at, text, n) == 0)
			return true;
	}
	return false;
}

static bool
matches(const struct line *l, const struct rule *r)
{
	switch ((enum how)l->how) {
	case BY_SID:
		return by_sid(l, r);
	case BY_RE:
		return match_edit_finds(l->re, r->text);
	case BY_GROUP:
		return by_group(l->text, r->file);
	case BY_FILE:
		return fnmatch(l->text, r->file, 0) == 0;
	case BY_META:
		return by_meta(l->text, r->text);
	case ALL:
		return true;
	}
	return false;
}

/* Rules that raise no alert are not made to drop: they take notes for others. */
static bool
make_drop(struct view text, struct buf *out)
{
	static const char word[] = "alert ";
	size_t n = sizeof(word) - 1;
	if (text.len < n || memcmp(text.ptr, word, n) != 0 ||
	    memmem(text.ptr, text.len, "noalert;", 8))
		return false;
	buf_text(out, "drop ");
	buf_add(out, text.ptr + n, text.len - n);
	return true;
}

/* One line on one rule; *text moves into *out when it changes. */
static bool
apply(const struct line *l, struct view *text, bool *disabled, struct buf *out)
{
	struct buf next;
	bool before = *disabled, changed;
	if (l->file == MATCH_MANAGE_DISABLE || l->file == MATCH_MANAGE_ENABLE) {
		*disabled = l->file == MATCH_MANAGE_DISABLE;
		return *disabled != before;
	}
	buf_init(&next, TEXT_MOST);
	changed = l->file == MATCH_MANAGE_DROP ? make_drop(*text, &next)
					       : match_edit_apply(l->edit, *text, &next);
	if (changed && !next.failed) {
		buf_fini(out);
		*out = next;
		*text = (struct view){ out->ptr, out->len };
		return true;
	}
	buf_fini(&next);
	return false;
}

bool
match_manage_apply(
    struct match_manage *m, const char *file, struct view text, bool *disabled, struct buf *out)
{
	struct rule r = { file, text, number_behind(text, "gid:", 1),
		number_behind(text, "sid:", 0) };
	unsigned done = 0;
	for (size_t i = 0; i < m->n; i++) {
		struct line *l = &m->line[i];
		if (!matches(l, &r))
			continue;
		if (!apply(l, &r.text, disabled, out))
			continue;
		l->used++;
		done |= 1u << l->file;
	}
	for (int i = 0; i < MATCH_MANAGE_FILES; i++)
		m->count.rules[i] += (done >> i) & 1u;
	return r.text.ptr != text.ptr;
}

struct match_manage_counts
match_manage_count(const struct match_manage *m)
{
	return m ? m->count : (struct match_manage_counts){ { 0 } };
}

bool
match_manage_idle(const struct match_manage *m, size_t *at, const char **file, uint32_t *line)
{
	while (m && *at < m->n) {
		const struct line *l = &m->line[(*at)++];
		if (l->used)
			continue;
		*file = m->path[l->file];
		*line = l->number;
		return true;
	}
	return false;
}
