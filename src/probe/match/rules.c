/* SPDX-License-Identifier: Apache-2.0 */
/* Files of rules into a rule set: read, parse, put in order, group, compile. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "probe/match_keyword.h"
#include "probe/match_run.h"

#define FILE_MAX (256u << 20)
#define LITERAL_MAX 64 /* longer ones are cut: the prefilter need not be exact */

/* A rule that was read, before the set is put in order. */
struct match_slot {
	struct match_rule rule;
	struct match_literal literal; /* len 0: none */
	uint16_t list;                /* of the literal */
	uint8_t bits;                 /* how it uses flowbits, see bits_order */
	uint32_t number;
	bool replaced;
};

struct slots {
	struct match_slot **item;
	size_t n, room;
};

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
	struct slots slots;
	struct line line;
	struct match_literal *literal; /* room for one a rule */
	const char *file;
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
report_draft(struct loader *l)
{
	const struct match_draft *d = l->draft;
	const struct piece *p = &l->line.piece[0];
	for (size_t i = 1; i < l->line.n && l->line.piece[i].at <= d->at; i++)
		p = &l->line.piece[i];
	char *text = strndup((const char *)p->raw.ptr, p->raw.len);
	report(l, (struct match_problem){ .line = p->number,
		      .column = (uint32_t)(d->at - p->at + 1),
		      .sid = sid_ahead(d),
		      .reason = d->reason,
		      .hint = d->hint[0] ? d->hint : NULL,
		      .text = text ? text : "" });
	free(text);
	l->summary->failed++;
}

/* Writers come before readers: set only, set and asked, asked only, none. */
static uint8_t
bits_order(const struct match_rule *r)
{
	return r->after_n ? (r->asks_bits ? 1 : 0) : r->asks_bits ? 2 : 3;
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
	struct slots *t = &l->slots;
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
	d->rule = (struct match_rule){ 0 };
	d->info = (struct match_info){ .gid = 1, .severity = 3, .line = l->line.piece[0].number };
	d->pattern_n = 0;
	d->pkt_only = d->stream_only = d->has_dsize = d->has_class = d->has_priority = false;
	d->has_rev = d->has_gid = d->has_target = d->sticky = d->bad = false;
	d->tx = d->decodes = false;
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
	bool good = match_parse(d) == 0 && keep(l) == 0;
	tell(l, false, !good);
	if (good) {
		l->summary->loaded++;
		return;
	}
	d->at += cut;
	report_draft(l);
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
	if (l->n == l->room) {
		size_t room = l->room ? l->room * 2 : 16;
		struct piece *p = realloc(l->piece, room * sizeof(*p));
		if (!p)
			return false;
		l->piece = p;
		l->room = room;
	}
	bool more = raw.len && raw.ptr[raw.len - 1] == '\\';
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

static void
line_done(struct loader *l)
{
	struct view v = match_text_trim((struct view){ l->line.text.ptr, l->line.text.len });
	if (l->line.n && v.len && v.ptr[0] != '#')
		read_rule(l);
	else if (v.len && is_disabled(&v))
		read_disabled(l, v);
	line_clear(&l->line);
}

static void
read_text(struct loader *l, struct view text)
{
	struct cursor c = cursor_of_view(text);
	uint32_t number = 0;
	struct view raw;
	while (cursor_left(&c)) {
		if (!cursor_line(&c, &raw))
			(void)cursor_take(&c, cursor_left(&c), &raw);
		if (!line_add(&l->line, raw, ++number))
			line_done(l);
	}
	line_done(l);
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
read_file(struct loader *l, const char *path)
{
	struct buf text;
	buf_init(&text, FILE_MAX);
	l->file = path;
	if (read_whole(path, &text)) {
		l->summary->files++;
		read_text(l, (struct view){ text.ptr, text.len });
	} else {
		char reason[128];
		snprintf(reason, sizeof(reason), "cannot be read: %s", strerror(errno));
		l->summary->unreadable_files++;
		report(l, (struct match_problem){ .reason = reason, .text = "" });
	}
	buf_fini(&text);
}

static int
slot_order(const void *a, const void *b)
{
	const struct match_slot *x = *(struct match_slot *const *)a,
				*y = *(struct match_slot *const *)b;
	if (x->rule.action != y->rule.action)
		return x->rule.action < y->rule.action ? -1 : 1;
	if (x->bits != y->bits)
		return x->bits < y->bits ? -1 : 1;
	if (x->rule.info->severity != y->rule.info->severity)
		return x->rule.info->severity < y->rule.info->severity ? -1 : 1;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* Replaced rules out, the rest in order into the set. */
static int
place_rules(struct loader *l, struct match_rules *r)
{
	struct slots *t = &l->slots;
	size_t n = 0;
	for (size_t i = 0; i < t->n; i++) {
		if (!t->item[i]->replaced)
			t->item[n++] = t->item[i];
	}
	t->n = n;
	l->summary->loaded = (uint32_t)n;
	if (n)
		qsort(t->item, n, sizeof(struct match_slot *), slot_order);
	r->rule = match_arena_get(&r->arena, (n + 1) * sizeof(*r->rule));
	if (!r->rule)
		return -1;
	r->rule_n = (uint32_t)n;
	for (size_t i = 0; i < n; i++) {
		r->rule[i] = t->item[i]->rule;
		t->item[i]->literal.rule = (uint32_t)i;
	}
	return 0;
}

/* Is the rule for this direction? */
static bool
looks(const struct match_rule *r, unsigned dir)
{
	return !(r->flow & (dir == DIR_TO_SERVER ? MATCH_FLOW_TO_CLIENT : MATCH_FLOW_TO_SERVER));
}

typedef bool (*scanned)(const struct loader *l, const struct match_slot *s, unsigned which);

static bool
scanned_packet(const struct loader *l, const struct match_slot *s, unsigned transport)
{
	(void)l;
	return s->list == 0 && s->rule.in != MATCH_IN_TX && s->rule.transports & 1u << transport &&
	       (transport != MATCH_TCP || s->rule.in & MATCH_IN_PACKET);
}

static bool
scanned_stream(const struct loader *l, const struct match_slot *s, unsigned none)
{
	(void)l;
	(void)none;
	return s->list == 0 && s->rule.in != MATCH_IN_TX && s->rule.transports & 1u << MATCH_TCP &&
	       s->rule.in & MATCH_IN_STREAM;
}

static bool
scanned_list(const struct loader *l, const struct match_slot *s, unsigned list)
{
	(void)l;
	return s->list == list;
}

/* One database of the literals that belong into it; *out stays NULL when there are none. */
static int
compile_one(struct loader *l, scanned belongs, unsigned which, unsigned dir, struct match_mpm **out)
{
	size_t n = 0;
	for (size_t i = 0; i < l->slots.n; i++) {
		const struct match_slot *s = l->slots.item[i];
		if (s->literal.len && looks(&s->rule, dir) && belongs(l, s, which))
			l->literal[n++] = s->literal;
	}
	if (!n)
		return 0;
	*out = match_mpm_new(l->literal, n, l->e);
	return *out ? 0 : -1;
}

static int
compile_lists(struct loader *l, struct match_rules *r)
{
	r->scan.list = match_arena_get(&r->arena, r->list_n * sizeof(*r->scan.list));
	if (!r->scan.list)
		return err_set(l->e, "out of memory");
	for (unsigned list = 1; list < r->list_n; list++) {
		for (unsigned dir = 0; dir < 2; dir++) {
			if (compile_one(l, scanned_list, list, dir, &r->scan.list[list][dir]) != 0)
				return -1;
		}
	}
	return 0;
}

static int
compile(struct loader *l, struct match_rules *r)
{
	l->literal = calloc(l->slots.n + 1, sizeof(*l->literal));
	if (!l->literal)
		return err_set(l->e, "out of memory");
	for (unsigned dir = 0; dir < 2; dir++) {
		for (unsigned t = 0; t < MATCH_TRANSPORTS; t++) {
			if (compile_one(l, scanned_packet, t, dir, &r->scan.packet[t][dir]) != 0)
				return -1;
		}
		if (compile_one(l, scanned_stream, 0, dir, &r->scan.stream[dir]) != 0)
			return -1;
	}
	for (size_t i = 0; i < l->slots.n; i++) {
		const struct match_slot *s = l->slots.item[i];
		if (scanned_stream(l, s, 0) && r->overlap + 1u < s->literal.len)
			r->overlap = s->literal.len - 1u;
	}
	return compile_lists(l, r);
}

/* Which lists with literals each protocol's transactions, and packets, are scanned for. */
static int
assign_lists(struct match_rules *r)
{
	uint16_t *packet = match_arena_get(&r->arena, r->list_n * sizeof(*packet));
	if (!packet)
		return -1;
	r->packet_list = packet;
	for (uint16_t i = 1; i < r->list_n; i++) {
		if (r->list[i].place < MATCH_L7 && (r->scan.list[i][0] || r->scan.list[i][1]))
			packet[r->packet_list_n++] = i;
	}
	for (unsigned proto = 0; proto < L7_COUNT * 2; proto++) {
		struct match_tx_work *w = &r->tx[proto / 2][proto % 2];
		uint16_t *list = match_arena_get(&r->arena, r->list_n * sizeof(*list));
		if (!list)
			return -1;
		w->list = list;
		for (uint16_t i = 1; i < r->list_n; i++) {
			uint16_t place = r->list[i].place;
			if (place >= MATCH_L7 && r->scan.list[i][proto % 2] &&
			    l7_buffer_row((enum l7_buffer)(place - MATCH_L7))->protos &
				(uint64_t)1 << proto / 2)
				list[w->list_n++] = i;
		}
	}
	return 0;
}

static uint32_t
loose_of(const struct match_slot *s, uint32_t rule, struct match_loose *out)
{
	uint32_t n = 0;
	const struct match_rule *r = &s->rule;
	if (s->literal.len)
		return 0;
	if (r->in & MATCH_IN_TX)
		out[n++] = (struct match_loose){ rule, MATCH_WHENS };
	if (r->in & MATCH_IN_STREAM && r->transports & 1u << MATCH_TCP)
		out[n++] = (struct match_loose){ rule, MATCH_EACH_CHUNK };
	/* the verifier sends TCP packets away again where only the stream counts */
	if (r->in != MATCH_IN_TX && (r->in & MATCH_IN_PACKET || r->transports & ~(1u << MATCH_TCP)))
		out[n++] = (struct match_loose){ rule, r->once       ? MATCH_FIRST_PACKET
						       : r->on_event ? MATCH_ON_EVENT
								     : MATCH_EACH_PACKET };
	return n;
}

static int
group_rules(struct loader *l, struct match_rules *r)
{
	struct match_loose *loose = calloc(l->slots.n * 2 + 1, sizeof(*loose));
	size_t n = 0;
	if (!loose)
		return -1;
	for (uint32_t i = 0; i < l->slots.n; i++) {
		n += loose_of(l->slots.item[i], i, loose + n);
		r->events |= r->rule[i].on_event;
		r->takes |= r->rule[i].takes;
		r->streams |=
		    r->rule[i].in & MATCH_IN_STREAM && r->rule[i].transports & 1u << MATCH_TCP;
		for (uint8_t k = 0; k < r->rule[i].area_n && r->rule[i].in == MATCH_IN_TX; k++)
			r->streams |= r->rule[i].area[k].list == 0;
	}
	int rc = match_group_build(r, loose, n);
	free(loose);
	return rc;
}

static int
build(struct loader *l, struct match_rules *r)
{
	struct match_list *list =
	    match_arena_copy(&r->arena, l->set.list, l->set.list_n * sizeof(*l->set.list));
	r->list = list;
	r->list_n = l->set.list_n;
	if (!list || place_rules(l, r) != 0 || group_rules(l, r) != 0)
		return err_set(l->e, "out of memory");
	if (l->load->read_only)
		return 0;
	if (compile(l, r) != 0)
		return -1;
	return assign_lists(r) == 0 ? 0 : err_set(l->e, "out of memory");
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
	free(l->set.list);
	free(l->literal);
	free(l->slots.item);
	free(l->line.piece);
	buf_fini(&l->line.text);
	if (l->draft)
		free(l->draft->part);
	free(l->draft);
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
	for (size_t i = 0; i < load->file_n; i++)
		read_file(l, load->files[i]);
}

/* Room and tables that reading needs. List 0 is the payload. */
static int
loader_init(struct loader *l, struct match_rules *r)
{
	buf_init(&l->line.text, 1u << 20);
	l->draft = calloc(1, sizeof(*l->draft));
	l->set.list = calloc(MATCH_LISTS_MAX, sizeof(*l->set.list));
	l->set.load = l->load;
	l->set.rules = r;
	if (!l->draft || !l->set.list)
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
		good = build(&l, r) == 0;
	}
	loader_fini(&l);
	if (!good) {
		match_rules_free(r);
		return NULL;
	}
	return r;
}

unsigned
match_rules_want(const struct match_rules *r)
{
	unsigned wants = r ? r->wants : 0;
	for (uint16_t i = 0; r && i < r->list_n; i++) {
		uint16_t place = r->list[i].place;
		if (place >= MATCH_L7)
			wants |= l7_buffer_wants((enum l7_buffer)(place - MATCH_L7));
	}
	return wants;
}

unsigned
match_rules_digests(const struct match_rules *r)
{
	return r ? r->digests : 0;
}

/* One database after another; NULL behind the last. */
struct match_mpm *
match_scan_each(const struct match_rules *r, size_t *at)
{
	const struct match_scan *s = &r->scan;
	size_t lists = s->list ? r->list_n : 0;
	while (*at < (MATCH_TRANSPORTS + 1 + lists) * 2) {
		size_t i = *at / 2, dir = *at % 2;
		(*at)++;
		struct match_mpm *m = i < MATCH_TRANSPORTS ? s->packet[i][dir]
				      : i == MATCH_TRANSPORTS
					  ? s->stream[dir]
					  : s->list[i - MATCH_TRANSPORTS - 1][dir];
		if (m)
			return m;
	}
	return NULL;
}

void
match_rules_free(struct match_rules *r)
{
	struct match_mpm *m;
	if (!r)
		return;
	for (size_t at = 0; (m = match_scan_each(r, &at));)
		match_mpm_free(m);
	match_pcre_free_all(r->pcre);
	match_arena_free(&r->arena);
	free(r);
}
