/* SPDX-License-Identifier: Apache-2.0 */
/* An open-addressed table from text to pointer, for load time. */
#include <stdlib.h>

#include "probe/match_load.h"

struct match_name {
	struct view name; /* ptr NULL: free */
	void *value;
};

static struct match_name *
slot_of(struct match_name *slot, size_t room, struct hash_key seed, struct view name)
{
	size_t i = hash_fast(seed, name.ptr, name.len) & (room - 1);
	while (slot[i].name.ptr) {
		if (slot[i].name.len == name.len &&
		    memcmp(slot[i].name.ptr, name.ptr, name.len) == 0)
			break;
		i = (i + 1) & (room - 1);
	}
	return &slot[i];
}

static int
grow(struct match_names *t)
{
	size_t room = t->room ? t->room * 2 : 64;
	struct match_name *slot = calloc(room, sizeof(*slot));
	if (!slot)
		return -1;
	for (size_t i = 0; i < t->room; i++) {
		if (t->slot[i].name.ptr)
			*slot_of(slot, room, t->seed, t->slot[i].name) = t->slot[i];
	}
	free(t->slot);
	t->slot = slot;
	t->room = room;
	return 0;
}

void *
match_names_find(const struct match_names *t, struct view name)
{
	return t->room ? slot_of(t->slot, t->room, t->seed, name)->value : NULL;
}

int
match_names_put(struct match_names *t, struct view name, void *value)
{
	if (t->n * 2 >= t->room && grow(t) != 0)
		return -1;
	struct match_name *s = slot_of(t->slot, t->room, t->seed, name);
	if (!s->name.ptr) {
		s->name = name;
		t->n++;
	}
	s->value = value;
	return 0;
}

bool
match_names_each(const struct match_names *t, size_t *at, void **value)
{
	while (*at < t->room) {
		const struct match_name *s = &t->slot[(*at)++];
		if (s->name.ptr) {
			*value = s->value;
			return true;
		}
	}
	return false;
}

void
match_names_free(struct match_names *t)
{
	free(t->slot);
	*t = (struct match_names){ 0 };
}
