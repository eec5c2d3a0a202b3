/* SPDX-License-Identifier: Apache-2.0 */
/* Lists from files: each indicator once, what is said of it behind it. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/buf.h"
#include "lib/crypt.h"
#include "lib/jread.h"
#include "probe/lists_build.h"

#define FILE_MAX ((size_t)8 << 30)
#define SAID_MAX 20 /* problems said of one file; all are counted */
#define TEXT_MAX 512

static void
say(struct lists_reader *r, unsigned line, const char *reason)
{
	if (r->load->problem)
		r->load->problem(r->load->context, r->file, line, reason);
}

void
lists_refuse(struct lists_reader *r, const char *format, ...)
{
	char text[240];
	va_list args;

	r->summary->refused++;
	if (r->said++ >= SAID_MAX)
		return;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	say(r, r->line, text);
}

/* List, source, reference and description, each ended by a zero; equal ones are one. */
static uint32_t
about(struct lists_reader *r, const struct lists_item *item)
{
	const struct view part[] = { { (const uint8_t *)r->name, strlen(r->name) }, item->source,
		item->reference, item->description };
	uint8_t key[4 * (TEXT_MAX + 1)];
	size_t n = 0;

	for (size_t i = 0; i < 4; i++) {
		size_t len = part[i].len < TEXT_MAX ? part[i].len : TEXT_MAX;
		for (size_t k = 0; k < len; k++)
			key[n++] = part[i].ptr[k] ? part[i].ptr[k] : ' ';
		key[n++] = '\0';
	}
	struct view v = { key, n };
	uint32_t e = keytab_find(&r->lists->about, v);
	return e != KEYTAB_NONE ? e : keytab_put(&r->lists->about, v, 0);
}

static struct lists_entry *
new_entry(struct lists *l)
{
	if (l->n == l->room) {
		size_t room = l->room ? l->room + l->room / 2 : 1024;
		struct lists_entry *wide = realloc(l->entry, room * sizeof(*wide));
		if (!wide)
			return NULL;
		l->entry = wide;
		l->room = room;
	}
	return &l->entry[l->n++];
}

/* Said before with the same words: the later end counts. False: there is no room for more. */
static bool
goes_on(struct lists *l, uint32_t first, const struct lists_entry *fresh, bool *again)
{
	unsigned n = 0;

	for (uint32_t i = first; i; i = l->entry[i - 1].next) {
		struct lists_entry *e = &l->entry[i - 1];
		if (e->about != fresh->about || e->confidence != fresh->confidence) {
			n++;
			continue;
		}
		if (e->expires && (!fresh->expires || fresh->expires > e->expires))
			e->expires = fresh->expires;
		e->exact &= fresh->exact;
		*again = true;
	}
	return n < LISTS_SAME_MAX;
}

static void
note_kind(struct lists *l, enum lists_type type, const uint8_t *key)
{
	if (type == LISTS_FILE)
		l->digests |= 1u << key[0];
	l->cert_sha1 |= type == LISTS_CERT && key[0] == CRYPT_SHA1;
	l->cert_sha256 |= type == LISTS_CERT && key[0] == CRYPT_SHA256;
}

static bool
stopped(const struct lists_load *load)
{
	return load->stop && atomic_load_explicit(load->stop, memory_order_relaxed);
}

void
lists_take(struct lists_reader *r, const struct lists_item *item)
{
	struct lists *l = r->lists;
	struct lists_entry fresh = { .expires = item->expires, .confidence = item->confidence };
	uint8_t key[LISTS_KEY_MAX];
	size_t n;
	bool again = false;

	if (stopped(r->load))
		return;
	enum lists_type type = lists_key(item->type, item->value, key, &n, &fresh.exact);
	if (type == LISTS_TYPES) {
		lists_refuse(r, "\"%.*s\" is not understood as %.*s",
		    (int)(item->value.len < 80 ? item->value.len : 80),
		    (const char *)item->value.ptr, (int)(item->type.len ? item->type.len : 12),
		    item->type.len ? (const char *)item->type.ptr : "an indicator");
		return;
	}
	struct keytab *t = &l->tab[type];
	struct view k = { key, n };
	uint32_t at = keytab_find(t, k);
	fresh.about = about(r, item);
	bool room = at == KEYTAB_NONE || goes_on(l, t->entry[at].value, &fresh, &again);
	if (again)
		return;
	struct lists_entry *e =
	    room && l->n < r->load->max && fresh.about != KEYTAB_NONE ? new_entry(l) : NULL;
	if (!e) {
		r->summary->capped++;
		return;
	}
	fresh.next = at == KEYTAB_NONE ? 0 : t->entry[at].value;
	*e = fresh;
	if (at != KEYTAB_NONE)
		t->entry[at].value = (uint32_t)l->n;
	else if (keytab_put(t, k, (uint32_t)l->n) == KEYTAB_NONE)
		l->n--;
	note_kind(l, type, key);
	r->summary->entries++;
}

/* ---- files ---- */

static struct view
skip_blanks(struct view v)
{
	struct cursor c = cursor_of_view(v);
	uint8_t b;

	if (v.len > 2 && memcmp(v.ptr, "\xef\xbb\xbf", 3) == 0)
		(void)cursor_skip(&c, 3);
	while (cursor_peek(&c, 0, &b) && (b == ' ' || b == '\n' || b == '\r' || b == '\t'))
		(void)cursor_skip(&c, 1);
	return (struct view){ c.at, cursor_left(&c) };
}

/* A bundle says what it is near its beginning or its end. */
static bool
is_stix(struct view v)
{
	size_t n = v.len < 4096 ? v.len : 4096;

	return memmem(v.ptr, n, "\"bundle", 7) || memmem(v.ptr, n, "\"spec_version\"", 14);
}

static void
read_bytes(struct lists_reader *r, struct view all)
{
	struct view v = skip_blanks(all);

	if (!v.len || (v.ptr[0] != '{' && v.ptr[0] != '['))
		lists_read_csv(r, v);
	else
		(is_stix(v) ? lists_read_stix : lists_read_misp)(r, v);
}

static void
read_file(struct lists_reader *r)
{
	FILE *f = fopen(r->file, "re");
	struct buf b;
	size_t n;

	if (!f) {
		r->summary->unreadable++;
		say(r, 0, strerror(errno));
		return;
	}
	buf_init(&b, FILE_MAX);
	while (buf_room(&b, 1u << 16) && (n = fread(b.ptr + b.len, 1, b.room - b.len, f)) > 0)
		b.len += n;
	bool bad = b.failed || ferror(f);
	(void)fclose(f);
	if (bad) {
		r->summary->unreadable++;
		say(r, 0, "cannot be read whole");
	} else {
		read_bytes(r, (struct view){ b.ptr, b.len });
	}
	buf_fini(&b);
}

/* ---- networks ---- */

static struct prefix
prefix_of(const struct lists *l, uint32_t place)
{
	struct view k = keytab_key(&l->tab[LISTS_NET], place);
	struct prefix p = { .ver = k.len == 5 ? 4 : 6, .len = k.ptr[0] };
	struct cursor c = cursor_of_view(k);

	(void)cursor_skip(&c, 1);
	memcpy(p.addr.b, c.at, k.len - 1);
	return p;
}

/* Shorter prefixes first, so that what is found is the one around it. */
static int
build_nets(struct lists *l, struct hash_key seed)
{
	const struct keytab *t = &l->tab[LISTS_NET];

	l->net = lpm_new(seed);
	l->parent = malloc((t->entry_n + 1) * sizeof(*l->parent));
	if (!l->net || !l->parent)
		return -1;
	for (unsigned len = 1; len < 128 && t->n; len++) {
		for (uint32_t i = 0; i < t->entry_n; i++) {
			if (keytab_key(t, i).ptr[0] != len)
				continue;
			struct prefix p = prefix_of(l, i);
			if (!lpm_find(l->net, &p.addr, p.ver, &l->parent[i]))
				l->parent[i] = KEYTAB_NONE;
			if (lpm_add(l->net, &p, i) != 0)
				return -1;
		}
	}
	return 0;
}

static uint64_t
bytes_of(const struct lists *l)
{
	uint64_t n = l->room * sizeof(*l->entry) + keytab_bytes(&l->about);

	for (unsigned i = 0; i < LISTS_TYPES; i++)
		n += keytab_bytes(&l->tab[i]);
	return n + l->tab[LISTS_NET].entry_n * (sizeof(*l->parent) + 48);
}

static void
fit(struct lists *l)
{
	struct lists_entry *e = l->n ? realloc(l->entry, l->n * sizeof(*e)) : NULL;

	if (e) {
		l->entry = e;
		l->room = l->n;
	}
	for (unsigned i = 0; i < LISTS_TYPES; i++)
		keytab_fit(&l->tab[i]);
	keytab_fit(&l->about);
}

static void
begin_file(struct lists_reader *r, const char *file)
{
	const char *slash = strrchr(file, '/');

	r->file = file;
	r->name = slash ? slash + 1 : file;
	r->line = r->said = 0;
}

struct lists *
lists_load(const struct lists_load *load, struct lists_summary *summary, struct err *e)
{
	struct lists *l = calloc(1, sizeof(*l));
	struct lists_reader r = { .lists = l, .load = load, .summary = summary };

	*summary = (struct lists_summary){ 0 };
	if (!l) {
		err_set(e, "out of memory");
		return NULL;
	}
	for (unsigned i = 0; i < LISTS_TYPES; i++)
		keytab_init(&l->tab[i], load->seed);
	keytab_init(&l->about, load->seed);
	for (size_t i = 0; i < load->file_n; i++) {
		begin_file(&r, load->files[i]);
		read_file(&r);
	}
	for (size_t i = 0; i < load->memory_n; i++) {
		begin_file(&r, load->memory[i].name);
		read_bytes(&r, load->memory[i].bytes);
	}
	fit(l);
	if (stopped(load) || build_nets(l, load->seed) != 0) {
		lists_free(l);
		err_set(e, stopped(load) ? "told to stop" : "out of memory");
		return NULL;
	}
	summary->bytes = bytes_of(l);
	return l;
}

void
lists_free(struct lists *l)
{
	if (!l)
		return;
	for (unsigned i = 0; i < LISTS_TYPES; i++)
		keytab_fini(&l->tab[i]);
	keytab_fini(&l->about);
	lpm_free(l->net);
	free(l->parent);
	free(l->entry);
	free(l);
}

unsigned
lists_want(const struct lists *l)
{
	return l && l->digests ? L7_WANT_FILES : 0;
}

unsigned
lists_digests(const struct lists *l)
{
	return l ? l->digests : 0;
}

void
lists_text_keep(struct jread *j, struct lists_text *to, size_t most)
{
	struct view v;

	to->n = 0;
	if (!jread_text(j, &v) || !v.len)
		return;
	to->n = v.len < most ? v.len : most;
	memcpy(to->b, v.ptr, to->n);
}
