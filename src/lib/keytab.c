/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/keytab.h"

#include <stdlib.h>

#define LONG_KEY 0xff /* its length stands in two more bytes */
#define SLOTS_LEAST 16
#define TEXT_LEAST 256

/* A slot whose entry was removed: passed over, and taken up again. */
#define GONE ((uint64_t)UINT32_MAX)

void
keytab_init(struct keytab *t, struct hash_key seed)
{
	*t = (struct keytab){ .seed = seed };
}

void
keytab_fini(struct keytab *t)
{
	free(t->slot);
	free(t->entry);
	free(t->text);
	*t = (struct keytab){ .seed = t->seed };
}

static uint32_t
half(const struct keytab *t, struct view key)
{
	return (uint32_t)(hash_fast(t->seed, key.ptr, key.len) >> 32);
}

/* Where the search for a hash begins: the room need not be a power of two. */
static size_t
first(const struct keytab *t, uint32_t hash)
{
	return (size_t)((uint64_t)hash * t->room >> 32);
}

static size_t
after(const struct keytab *t, size_t i)
{
	return i + 1 == t->room ? 0 : i + 1;
}

struct view
keytab_key(const struct keytab *t, uint32_t entry)
{
	struct cursor c = cursor_of(t->text, t->text_n);
	struct view key = { NULL, 0 };
	uint16_t n = 0;
	uint8_t b;

	if (cursor_skip(&c, t->entry[entry].at) && cursor_u8(&c, &b)) {
		n = b;
		if (b != LONG_KEY || cursor_u16(&c, &n))
			(void)cursor_take(&c, n, &key);
	}
	return key;
}

/* Slot of the key; SIZE_MAX when there is none. */
static size_t
seek(const struct keytab *t, struct view key)
{
	uint32_t hash = half(t, key);

	if (!t->room)
		return SIZE_MAX;
	for (size_t i = first(t, hash); t->slot[i]; i = after(t, i)) {
		if ((uint32_t)(t->slot[i] >> 32) != hash || (t->slot[i] & UINT32_MAX) == GONE)
			continue;
		struct view k = keytab_key(t, (uint32_t)(t->slot[i] & UINT32_MAX) - 1);
		if (k.len == key.len && memcmp(k.ptr, key.ptr, k.len) == 0)
			return i;
	}
	return SIZE_MAX;
}

uint32_t
keytab_find(const struct keytab *t, struct view key)
{
	size_t i = key.len ? seek(t, key) : SIZE_MAX;

	return i == SIZE_MAX ? KEYTAB_NONE : (uint32_t)(t->slot[i] & UINT32_MAX) - 1;
}

static void
place(struct keytab *t, uint64_t slot)
{
	size_t i = first(t, (uint32_t)(slot >> 32));

	while (t->slot[i])
		i = after(t, i);
	t->slot[i] = slot;
}

/* Another number of slots; those of removed entries are dropped. */
static bool
slots(struct keytab *t, size_t room)
{
	uint64_t *old = t->slot;
	size_t old_room = t->room;

	t->slot = calloc(room, sizeof(*t->slot));
	if (!t->slot) {
		t->slot = old;
		return false;
	}
	t->room = room;
	for (size_t i = 0; i < old_room; i++) {
		if (old[i] && (old[i] & UINT32_MAX) != GONE)
			place(t, old[i]);
	}
	free(old);
	t->gone = 0;
	return true;
}

static bool
widen(void **array, size_t *room, size_t need, size_t size)
{
	size_t n = *room ? *room : TEXT_LEAST;

	if (need <= *room)
		return true;
	while (n < need)
		n += n / 2;
	void *wide = realloc(*array, n * size);
	if (!wide)
		return false;
	*array = wide;
	*room = n;
	return true;
}

static bool
room_for(struct keytab *t, size_t len)
{
	if (len > KEYTAB_KEY_MAX || t->text_n + len + 3 >= UINT32_MAX ||
	    t->entry_n >= UINT32_MAX - 2)
		return false;
	if ((t->n + t->gone + 1) * 8 > t->room * 7 &&
	    !slots(t, t->n * 2 > SLOTS_LEAST ? t->n * 2 : SLOTS_LEAST))
		return false;
	return widen((void **)&t->entry, &t->entry_room, t->entry_n + 1, sizeof(*t->entry)) &&
	       widen((void **)&t->text, &t->text_room, t->text_n + len + 3, 1);
}

static void
add_byte(struct keytab *t, uint8_t b)
{
	t->text[t->text_n++] = b;
}

uint32_t
keytab_put(struct keytab *t, struct view key, uint32_t value)
{
	if (!key.len || !room_for(t, key.len))
		return KEYTAB_NONE;
	uint32_t e = (uint32_t)t->entry_n++;
	t->entry[e] = (struct keytab_entry){ (uint32_t)t->text_n, value };
	add_byte(t, key.len < LONG_KEY ? (uint8_t)key.len : LONG_KEY);
	if (key.len >= LONG_KEY) {
		add_byte(t, (uint8_t)(key.len >> 8));
		add_byte(t, (uint8_t)key.len);
	}
	memcpy(t->text + t->text_n, key.ptr, key.len);
	t->text_n += key.len;
	t->n++;
	place(t, (uint64_t)half(t, key) << 32 | (e + 1));
	return e;
}

/* Without those removed. */
static void
pack(struct keytab *t)
{
	struct keytab fresh;

	keytab_init(&fresh, t->seed);
	for (uint32_t i = 0; i < t->entry_n; i++) {
		if (t->entry[i].at != KEYTAB_NONE &&
		    keytab_put(&fresh, keytab_key(t, i), t->entry[i].value) == KEYTAB_NONE) {
			keytab_fini(&fresh); /* what is there is good as well */
			return;
		}
	}
	keytab_fini(t);
	*t = fresh;
}

bool
keytab_remove(struct keytab *t, struct view key)
{
	size_t i = key.len ? seek(t, key) : SIZE_MAX;

	if (i == SIZE_MAX)
		return false;
	t->entry[(t->slot[i] & UINT32_MAX) - 1].at = KEYTAB_NONE;
	t->slot[i] |= GONE;
	t->n--;
	t->dead++;
	t->gone++;
	if (t->dead > 1024 && t->dead > t->n)
		pack(t);
	return true;
}

size_t
keytab_bytes(const struct keytab *t)
{
	return t->room * sizeof(*t->slot) + t->entry_room * sizeof(*t->entry) + t->text_room;
}

void
keytab_fit(struct keytab *t)
{
	struct keytab_entry *entry;
	uint8_t *text;

	if (!t->n)
		return;
	(void)slots(t, t->n + t->n / 4 + 1);
	if ((entry = realloc(t->entry, t->entry_n * sizeof(*entry)))) {
		t->entry = entry;
		t->entry_room = t->entry_n;
	}
	if ((text = realloc(t->text, t->text_n))) {
		t->text = text;
		t->text_room = t->text_n;
	}
}
