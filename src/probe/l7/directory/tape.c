/* SPDX-License-Identifier: Apache-2.0 */
#include "tape.h"
#include "lib/mask.h"

enum kind { OBJECT, ARRAY, CLOSE, TEXT, SECRET, NUMBER, BOOL };

struct tape_mark {
	struct tape_mark *next;
	const char *key;
	struct view text;
	int64_t number;
	uint8_t kind;
};

static struct tape_mark *
mark(const struct tape_head *h, uint8_t kind, const char *key)
{
	struct tape *t = h->tape;
	if (t->full || t->used + sizeof(struct tape_mark) > t->most) {
		t->full = true;
		return NULL;
	}
	struct tape_mark *m = bag_room(&h->l->texts, &h->item->bag, sizeof(*m));
	if (!m) {
		t->full = true;
		return NULL;
	}
	*m = (struct tape_mark){ .key = key, .kind = kind };
	*(t->last ? &t->last->next : &t->first) = m;
	t->last = m;
	t->used += sizeof(*m);
	return m;
}

void
tape_open(const struct tape_head *h, const char *key, bool array)
{
	(void)mark(h, array ? ARRAY : OBJECT, key);
}

void
tape_close(const struct tape_head *h)
{
	(void)mark(h, CLOSE, NULL);
}

static void
keep(const struct tape_head *h, uint8_t kind, const char *key, struct view text)
{
	struct tape_mark *m = mark(h, kind, key);
	if (!m)
		return;
	m->text = l7_text(h->l, h->item, text, TAPE_TEXT_MAX);
	h->tape->used += (uint32_t)m->text.len;
}

void
tape_text(const struct tape_head *h, const char *key, struct view text)
{
	keep(h, TEXT, key, text);
}

void
tape_secret(const struct tape_head *h, const char *key, struct view secret)
{
	keep(h, SECRET, key, secret);
}

void
tape_number(const struct tape_head *h, const char *key, int64_t number)
{
	struct tape_mark *m = mark(h, NUMBER, key);
	if (m)
		m->number = number;
}

void
tape_bool(const struct tape_head *h, const char *key, bool set)
{
	struct tape_mark *m = mark(h, BOOL, key);
	if (m)
		m->number = set;
}

void
tape_word(const struct tape_head *h, const char *key, const char *word)
{
	struct tape_mark *m = mark(h, TEXT, key);
	if (m)
		m->text = view_of(word);
}

static void
write_end(struct jw *w, bool array)
{
	if (array)
		jw_array_end(w);
	else
		jw_object_end(w);
}

static void
write_value(struct jw *w, const struct tape_mark *m)
{
	if (m->kind == TEXT)
		jw_view(w, m->text);
	else if (m->kind == SECRET)
		mask_secret(w, m->text);
	else if (m->kind == NUMBER)
		jw_i64(w, m->number);
	else
		jw_bool(w, m->number);
}

void
tape_write(const struct tape *t, struct jw *w)
{
	bool array[TAPE_DEPTH];
	int depth = 0;
	for (const struct tape_mark *m = t->first; m; m = m->next) {
		if (m->kind == CLOSE) {
			if (depth)
				write_end(w, array[--depth]);
			continue;
		}
		if (m->kind <= ARRAY && depth == TAPE_DEPTH)
			break;
		if (m->key)
			jw_key_n(w, m->key, strlen(m->key));
		if (m->kind > ARRAY) {
			write_value(w, m);
			continue;
		}
		array[depth++] = m->kind == ARRAY;
		if (m->kind == ARRAY)
			jw_array(w);
		else
			jw_object(w);
	}
	while (depth)
		write_end(w, array[--depth]);
}
