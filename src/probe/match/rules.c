/* SPDX-License-Identifier: Apache-2.0 */
/* Files of rules into a rule set: lines put together, read one by one, then compiled (compile.c).
 */
#include <ctype.h>
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "probe/match_compile.h"
#include "probe/match_datasets.h"
#include "probe/match_keyword.h"
#include "probe/match_limit.h"
#include "probe/match_manage.h"
#include "probe/match_reputation.h"
#include "probe/match_run.h"

#define FILE_MAX (256u << 20)
#define LINE_MOST (1u << 20) /* of a rule, put together */
#define PIECES_MOST 65536    /* lines that a rule goes on over */
#define NAMED_MOST 100       /* wrong lines of one list that are named */
#define LITERAL_MAX 64       /* longer ones are cut: the prefilter need not be exact */

/* A rule's line, put together from lines that end in a backslash. */
struct line {
	struct buf text;
	struct piece {
		size_t at; /* in text */
		uint32_t number;
		struct view raw; /* the line in the file */
	} * piece;
	size_t n, room;
};

struct loader {
	const struct match_load *load;
	struct match_summary *summary;
	struct match_set set;
	struct match_draft *draft;
	struct match_slots slots;
	struct line line;
	struct match_limit_place limits;
	const char *file;
	uint32_t wrong; /* lines of the list being read */
	struct err *e;
};

static void
report(struct loader *l, struct match_problem p)
{
	p.file = l->file;
	if (l->load->problem)
		l->load->problem(l->load->context, &p);
}

/* The number behind "sid:" even when reading stopped before it; 0 when there is none. */
static uint32_t
sid_ahead(const struct match_draft *d)
{
	static const char key[] = "sid:";
	const uint8_t *at =
	    d->text.len ? memmem(d->text.ptr, d->text.len, key, sizeof(key) - 1) : NULL;
	uint32_t n = d->info.sid;
	if (n || !at)
		return n;
	struct cursor c = cursor_of(at, (size_t)(d->text.ptr + d->text.len - at));
	uint8_t digit;
	(void)cursor_skip(&c, sizeof(key) - 1);
	while (cursor_u8(&c, &digit) && isdigit(digit) && n < UINT32_MAX / 10)
		n = n * 10 + (uint32_t)(digit - '0');
	return n;
}

/* The draft's reason, at its place in the file. */
static void
report_draft(struct loader *l, uint32_t sid)
{
	const struct match_draft *d = l->draft;
	const struct piece *p = &l->line.piece[0];
	for (size_t i = 1; i < l->line.n && l->line.piece[i].at <= d->at; i++)
		p = &l->line.piece[i];
	char *text = view_dup(p->raw);
	report(l, (struct match_problem){ .line = p->number,
		      .column = (uint32_t)(d->at - p->at + 1),
		      .sid = sid,
		      .reason = d->reason,
		      .hint = d->hint[0] ? d->hint : NULL,
		      .text = text ? text : "" });
	free(text);
}

/* Writers come before readers: set only, set and asked, asked only, none. */
static uint8_t
bits_order(const struct match_rule *r)
{
	return r->after_n ? (r->asks_bits ? 1 : 0) : r->asks_bits ? 2 : 3;
}

/* Where the literal may end. */
static void
literal_place(struct match_literal *l, const struct match_draft *d)
{
	uint64_t low = d->fast_low + (uint64_t)l->len, high = d->fast_high + (uint64_t)l->len;
	l->low = low < UINT16_MAX ? (uint16_t)low : UINT16_MAX - 1;
	l->high = high < UINT16_MAX ? (uint16_t)high : UINT16_MAX;
}

static struct match_slot *
slot_of(struct loader *l)
{
	const struct match_draft *d = l->draft;
	struct match_slot *s = match_arena_get(d->arena, sizeof(*s));
	if (!s)
		return NULL;
	s->rule = d->rule;
	s->number = (uint32_t)l->slots.n;
	s->bits = bits_order(&d->rule);
	s->list = d->fast_list;
	s->literal = (struct match_literal){ .bytes = d->fast.ptr,
		.len = (uint16_t)(d->fast.len < LITERAL_MAX ? d->fast.len : LITERAL_MAX),
		.nocase = d->fast_nocase };
	literal_place(&s->literal, d);
	return s;
}

/* The newest revision of a sid stays; the same or an older one is an error. */
static int
claim_sid(struct loader *l, struct match_slot *s)
{
	struct match_draft *d = l->draft;
	char key[32];
	int n = snprintf(key, sizeof(key), "%u:%u", d->info.gid, d->info.sid);
	const uint8_t *name = match_arena_copy(d->arena, key, (size_t)n);
	if (!name)
		return match_fail(d, 0, NULL, "out of memory");
	struct view v = { name, (size_t)n };
	struct match_slot *old = match_names_find(&l->set.sids, v);
	if (old && old->rule.info->rev >= d->info.rev)
		return match_fail(d, 0, NULL,
		    "sid %u is there already, with revision %u in line %u", d->info.sid,
		    old->rule.info->rev, old->rule.info->line);
	if (old)
		old->replaced = true;
	return match_names_put(&l->set.sids, v, s) == 0 ? 0
							: match_fail(d, 0, NULL, "out of memory");
}

static int
keep(struct loader *l)
{
	struct match_slots *t = &l->slots;
	struct match_slot *s = slot_of(l);
	if (s && t->n == t->room) {
		size_t room = t->room ? t->room * 2 : 1024;
		struct match_slot **item = realloc(t->item, room * sizeof(*item));
		if (!item)
			return match_fail(l->draft, 0, NULL, "out of memory");
		t->item = item;
		t->room = room;
	}
	if (!s || claim_sid(l, s) != 0)
		return match_fail(l->draft, 0, NULL, "out of memory");
	t->item[t->n++] = s;
	return 0;
}

/* The draft of a rule that is not read yet. */
static void
draft_begin(struct loader *l, struct view text)
{
	struct match_draft *d = l->draft;
	d->text = text;
	d->rule = (struct match_rule){ .size = { 0, UINT16_MAX } };
	d->info = (struct match_info){
		.gid = 1, .severity = 3, .line = l->line.n ? l->line.piece[0].number : 0
	};
	d->pattern_n = 0;
	d->side = 0;
	d->doh = d->pkt_only = d->stream_only = d->has_dsize = d->has_class = d->has_priority =
	    false;
	d->has_rev = d->has_gid = d->sticky = d->bad = false;
	d->tx = d->framed = d->decodes = d->skipped = d->snort = false;
	d->head_tests = d->proto_tests = 0;
	d->place = MATCH_PAYLOAD;
	d->list = 0;
	d->list_known = true;
	d->transform_n = d->when = d->var_n = 0;
	d->sides = 1u << DIR_TO_SERVER | 1u << DIR_TO_CLIENT;
	d->dsize = UINT32_MAX;
	d->option_n = 0;
	d->part_n = 0;
	memset(d->head, 0, sizeof(d->head));
	d->hint[0] = 0;
}

/* Who wants to know hears of the rule. */
static void
tell(struct loader *l, bool disabled, bool failed)
{
	if (l->load->told)
		match_told_say(l->draft, (struct match_told){ .file = l->file,
					     .line = l->line.piece[0].number,
					     .disabled = disabled,
					     .failed = failed });
}

static void
read_rule(struct loader *l)
{
	struct match_draft *d = l->draft;
	struct view text = match_text_trim((struct view){ l->line.text.ptr, l->line.text.len });
	/* what the trim took off the front belongs to the first piece */
	size_t cut = (size_t)(text.ptr - l->line.text.ptr);
	draft_begin(l, text);
	l->summary->rules++;
	bool good = match_parse(d) == 0 && (d->skipped || keep(l) == 0);
	tell(l, false, !good);
	if (good) {
		*(d->skipped ? &l->summary->skipped : &l->summary->loaded) += 1;
		return;
	}
	d->at += cut;
	report_draft(l, sid_ahead(d));
	l->summary->failed++;
}

/* A comment that would be a rule without its "#", which is taken off. */
static bool
is_disabled(struct view *text)
{
	static const char *const starts[] = { "alert ", "pass ", "drop ", "reject " };
	struct view v = *text;
	while (v.len && (v.ptr[0] == '#' || isspace(v.ptr[0]))) {
		v.ptr++;
		v.len--;
	}
	*text = v;
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		size_t n = strlen(starts[i]);
		if (v.len > n && memcmp(v.ptr, starts[i], n) == 0)
			return memmem(v.ptr, v.len, "sid:", 4) != NULL;
	}
	return false;
}

/* Add one line of the file; true when the rule's line goes on. */
static bool
line_add(struct line *l, struct view raw, uint32_t number)
{
	bool more = raw.len && raw.ptr[raw.len - 1] == '\\';
	if (l->n == PIECES_MOST) { /* too long, as one of too many bytes is */
		l->text.failed = true;
		return more;
	}
	if (l->n == l->room) {
		size_t room = l->room ? l->room * 2 : 16;
		struct piece *p = realloc(l->piece, room * sizeof(*p));
		if (!p)
			return false;
		l->piece = p;
		l->room = room;
	}
	l->piece[l->n++] = (struct piece){ l->text.len, number, raw };
	buf_add(&l->text, raw.ptr, raw.len - more);
	return more;
}

static void
line_clear(struct line *l)
{
	buf_clear(&l->text);
	l->n = 0;
}

/* A rule that is a comment is read only for who wants to be told of it. */
static void
read_disabled(struct loader *l, struct view text)
{
	l->summary->disabled++;
	if (!l->load->told)
		return;
	draft_begin(l, text);
	bool failed = match_parse(l->draft) != 0;
	tell(l, true, failed);
}

/* What the site makes of a rule: it takes the place of the line when it is another text, or no
 * comment any more. */
static void
manage(struct loader *l, struct view *v, bool *disabled)
{
	bool was = *disabled;
	struct buf text;
	buf_init(&text, LINE_MOST);
	bool other = match_manage_apply(l->load->manage, l->file, *v, disabled, &text);
	if (!other && was && !*disabled)
		buf_add(&text, v->ptr, v->len);
	if (!text.failed && text.len) {
		buf_clear(&l->line.text);
		buf_add(&l->line.text, text.ptr, text.len);
		*v = (struct view){ l->line.text.ptr, l->line.text.len };
		l->line.n = 1;
		l->line.piece[0].at = 0;
		l->line.piece[0].raw = *v;
	}
	buf_fini(&text);
}

/* A rule that there is no room for is none: half of one would mean something else. */
static bool
too_long(struct loader *l)
{
	const struct piece *first = &l->line.piece[0];
	if (!l->line.text.failed)
		return false;
	if (first->raw.len && first->raw.ptr[0] == '#')
		return true;
	l->summary->rules++;
	l->summary->failed++;
	report(l, (struct match_problem){ .line = first->number,
		      .column = 1,
		      .reason = "a rule of more than 1 MiB or 65536 lines",
		      .text = "" });
	return true;
}

static void
line_done(struct loader *l)
{
	if (l->line.n && too_long(l))
		return;
	struct view v = match_text_trim((struct view){ l->line.text.ptr, l->line.text.len });
	bool rule = l->line.n && v.len && v.ptr[0] != '#';
	bool disabled = !rule && v.len && is_disabled(&v);
	if ((rule || disabled) && l->load->manage) {
		manage(l, &v, &disabled);
		rule = true;
	}
	if (disabled)
		read_disabled(l, v);
	else if (rule)
		read_rule(l);
}

/* Each line of the text, with those it is continued by, to a function. */
static void
each_line(struct loader *l, struct view text, void (*take)(struct loader *l))
{
	struct cursor c = cursor_of_view(text);
	uint32_t number = 0;
	struct view raw;
	while (cursor_left(&c) && !match_stopped(l->load)) {
		if (!cursor_line(&c, &raw))
			(void)cursor_take(&c, cursor_left(&c), &raw);
		if (line_add(&l->line, raw, ++number))
			continue;
		take(l);
		line_clear(&l->line);
	}
	if (l->line.n)
		take(l);
	line_clear(&l->line);
}

/* The whole file; false with errno when it cannot be read. */
static bool
read_whole(const char *path, struct buf *out)
{
	FILE *f = fopen(path, "rb");
	size_t n = 0;
	if (!f)
		return false;
	do {
		if (!buf_room(out, 65536))
			break;
		n = fread(out->ptr + out->len, 1, 65536, f);
		out->len += n;
	} while (n);
	bool good = !ferror(f) && !out->failed;
	int saved = good ? 0 : out->failed ? EFBIG : errno;
	fclose(f);
	errno = saved;
	return good;
}

static void
read_file(struct loader *l, const char *path, void (*take)(struct loader *l))
{
	struct buf text;
	buf_init(&text, FILE_MAX);
	l->file = l->set.file = path;
	if (read_whole(path, &text)) {
		l->summary->files += take == line_done;
		each_line(l, (struct view){ text.ptr, text.len }, take);
	} else {
		char reason[128];
		snprintf(reason, sizeof(reason), "cannot be read: %s", strerror(errno));
		l->summary->unreadable_files++;
		report(l, (struct match_problem){ .reason = reason, .text = "" });
	}
	buf_fini(&text);
}

/* ---- threshold.config ---- */

static void
read_limit(struct loader *l)
{
	struct match_draft *d = l->draft;
	struct view text = match_text_trim((struct view){ l->line.text.ptr, l->line.text.len });
	struct match_limit limit;
	int n = 0;
	if (!text.len || text.ptr[0] == '#')
		return;
	draft_begin(l, text);
	/* half a line would hold back more than the whole one */
	bool good = l->line.text.failed
			? match_fail(d, 0, NULL, "a line of more than 1 MiB or 65536 lines") == 0
			: match_limit_read(d, &limit) == 0;
	if (good)
		n = match_limit_apply(&limit, &l->limits);
	if (good && n > 0) {
		l->summary->limits++;
		return;
	}
	if (n == MATCH_LIMITS_FULL)
		(void)match_fail(d, 0, "a list of addresses may stand in one line",
		    "there are too many: %u lines of suppress or %u of rate_filter speak of one "
		    "rule, or %u of all",
		    MATCH_SUPPRESS_MOST, MATCH_FILTERS_MOST, MATCH_LIMITS_MOST);
	else if (n < 0)
		(void)match_fail(d, 0, NULL, "out of memory");
	else if (good)
		(void)match_fail(d, 0, NULL, "no rule %u:%u is loaded, the line says nothing",
		    limit.gid, limit.sid);
	d->at += (size_t)(text.ptr - l->line.text.ptr);
	l->summary->limits_failed++;
	report_draft(l, 0);
}

/* ---- reputation ---- */

static void
report_wrong(struct loader *l)
{
	l->summary->reputations_failed++;
	if (l->wrong++ < NAMED_MOST)
		report_draft(l, 0);
	else if (l->wrong == NAMED_MOST + 1)
		report(l, (struct match_problem){ .line = l->line.piece[0].number,
			      .column = 1,
			      .reason = "wrong too; from here on wrong lines are only counted",
			      .text = "" });
}

/* 0, or what a reader says of a line that is no comment. */
static int
read_said(struct loader *l, int (*read)(struct match_draft *d, struct match_reputation *r))
{
	struct match_draft *d = l->draft;
	struct view text = match_text_trim((struct view){ l->line.text.ptr, l->line.text.len });
	if (!text.len || text.ptr[0] == '#')
		return 2;
	draft_begin(l, text);
	int rc = l->line.text.failed ? match_fail(d, 0, NULL, "a line of more than 1 MiB")
				     : read(d, l->set.rules->reputation);
	d->at += (size_t)(text.ptr - l->line.text.ptr);
	if (rc < 0)
		report_wrong(l);
	return rc;
}

static void
read_category(struct loader *l)
{
	(void)read_said(l, match_reputation_category);
}

static void
read_entry(struct loader *l)
{
	int rc = read_said(l, match_reputation_entry);
	l->summary->reputations += rc == 0;
	l->summary->reputations_capped += rc == 1;
}

/* The files of a name with wildcards, sorted; one without stays as it is, there or not. */
static void
read_entries(struct loader *l, const char *pattern)
{
	glob_t found;
	if (glob(pattern, GLOB_NOCHECK, NULL, &found) != 0) {
		read_file(l, pattern, read_entry);
		return;
	}
	for (size_t i = 0; i < found.gl_pathc; i++) {
		l->wrong = 0;
		read_file(l, found.gl_pathv[i], read_entry);
	}
	l->file = l->set.file = NULL; /* they go with the names */
	globfree(&found);
}

/* Before the rules, which name categories. */
static void
read_reputation(struct loader *l)
{
	const struct match_reputation_files *f = &l->load->reputation;
	char path[PATH_MAX];
	if (f->categories && *f->categories)
		read_file(l, f->categories, read_category);
	for (size_t i = 0; i < f->n; i++) {
		bool plain = f->file[i][0] == '/' || !f->dir || !*f->dir;
		(void)snprintf(path, sizeof(path), "%s%s%s", plain ? "" : f->dir, plain ? "" : "/",
		    f->file[i]);
		read_entries(l, path);
	}
	l->file = l->set.file = NULL; /* it was this function's */
}

static void
loader_fini(struct loader *l)
{
	match_names_free(&l->set.addresses);
	match_names_free(&l->set.ports);
	match_names_free(&l->set.sids);
	match_names_free(&l->set.classes.by_name);
	match_names_free(&l->set.keywords);
	match_names_free(&l->set.lists);
	match_names_free(&l->set.datasets);
	free(l->set.list);
	free(l->slots.item);
	free(l->line.piece);
	buf_fini(&l->line.text);
	if (l->draft)
		free(l->draft->part);
	free(l->draft);
}

bool
match_carried(const struct match_set *set, struct view name, struct view *bytes)
{
	const struct match_load *load = set->load;
	for (size_t i = 0; set->carried && i < load->data_n; i++) {
		if (!view_is(name, load->data[i].name))
			continue;
		*bytes = load->data[i].text;
		return true;
	}
	return false;
}

/* What the site's own hosts are, whether or not a rule asks. Not being there is no fault. */
static void
read_home(struct loader *l)
{
	static const char name[] = "$HOME_NET";
	struct view text = { (const uint8_t *)name, sizeof(name) - 1 };
	struct match_draft *d = l->draft;
	draft_begin(l, text);
	if (match_parse_addresses(d, text, 0, &l->set.rules->home) != 0)
		l->set.rules->home = NULL;
}

static void
read_all(struct loader *l)
{
	const struct match_load *load = l->load;
	if (match_classes_load(&l->set.classes, &l->set.rules->arena, load->classification_file) !=
	    0) {
		l->file = load->classification_file;
		l->summary->unreadable_files++;
		report(l, (struct match_problem){
			      .reason = "cannot be read; only the built-in classes are known",
			      .text = "" });
	}
	if (load->classes.ptr)
		match_classes_text(&l->set.classes, &l->set.rules->arena, load->classes);
	read_reputation(l);
	read_home(l);
	for (size_t i = 0; i < load->file_n; i++)
		read_file(l, load->files[i], line_done);
	l->set.carried = true;
	for (size_t i = 0; i < load->text_n; i++) {
		l->file = l->set.file = load->text[i].name;
		l->summary->files++;
		each_line(l, load->text[i].text, line_done);
	}
	l->set.carried = false;
	l->limits = (struct match_limit_place){ &l->slots, &l->set.sids, &l->set.rules->arena, 0 };
	if (load->threshold_file && *load->threshold_file)
		read_file(l, load->threshold_file, read_limit);
}

/* Room and tables that reading needs. List 0 is the payload. */
static int
loader_init(struct loader *l, struct match_rules *r)
{
	buf_init(&l->line.text, LINE_MOST);
	l->draft = calloc(1, sizeof(*l->draft));
	l->set.list = calloc(MATCH_LISTS_MAX, sizeof(*l->set.list));
	l->set.load = l->load;
	l->set.rules = r;
	r->pcre.share = l->load->share;
	/* names and numbers of rules, and addresses, are another's */
	struct hash_key seed = match_datasets_seed(l->load->datasets);
	l->set.sids.seed = l->set.datasets.seed = l->set.classes.by_name.seed = seed;
	l->set.addresses.seed = l->set.ports.seed = l->set.lists.seed = seed;
	r->reputation = match_reputation_new(l->load->reputation.most, seed);
	if (!l->draft || !l->set.list || !r->reputation)
		return -1;
	l->draft->set = &l->set;
	l->draft->arena = &r->arena;
	uint16_t payload;
	return match_keywords_index(&l->set, &r->arena) == 0 &&
		       match_list_of(l->draft, MATCH_PAYLOAD, 0, &payload) == 0
		   ? 0
		   : -1;
}

struct match_rules *
match_rules_load(const struct match_load *load, struct match_summary *summary, struct err *e)
{
	struct match_rules *r = calloc(1, sizeof(*r));
	struct loader l = { .load = load, .summary = summary, .e = e };
	bool good = false;
	*summary = (struct match_summary){ 0 };
	if (!r || loader_init(&l, r) != 0) {
		err_set(e, "out of memory");
	} else {
		read_all(&l);
		r->failed = summary->failed;
		r->skipped = summary->skipped;
		good =
		    match_bit_names(r) == 0 && match_compile(r, &l.set, &l.slots, summary, e) == 0;
		if (good && match_stopped(load)) {
			err_set(e, "told to stop");
			good = false;
		}
		if (good && match_datasets_settle(load->datasets, r->datasets) != 0) {
			err_set(e, "out of memory");
			good = false;
		}
	}
	loader_fini(&l);
	if (!good) {
		match_rules_free(r);
		return NULL;
	}
	return r;
}
