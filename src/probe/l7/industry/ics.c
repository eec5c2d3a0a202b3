/* SPDX-License-Identifier: Apache-2.0 */
#include "ics.h"

#include <stdio.h>

long
ics_stream(struct l7 *l, struct l7_flow *lf, struct ics_sync *sync, const struct ics_way *way,
    struct view bytes, enum dir dir)
{
	struct cursor c = cursor_of_view(bytes);
	struct view one;

	while (cursor_left(&c)) {
		long n = way->length(ics_rest(&c));
		if (n == L7_BAD) {
			if (!sync->lost[dir])
				l7_odd(l, lf, "MALFORMED_DATA", -1, dir);
			sync->lost[dir] = true;
			return (long)bytes.len;
		}
		if (n <= 0 || !cursor_take(&c, (size_t)n, &one))
			break;
		sync->lost[dir] = false;
		if (!way->message(l, lf, one, dir))
			return L7_FULL;
	}
	return (long)(bytes.len - cursor_left(&c));
}

bool
ics_lost(struct l7 *l, struct l7_flow *lf, uint64_t n, enum dir dir)
{
	struct ics_sync *sync = lf->state;
	(void)l;
	(void)n;
	sync->lost[dir] = true;
	return true;
}

struct view
ics_copy(struct l7 *l, struct view bytes)
{
	uint8_t *to = l7_once(l, bytes.len ? bytes.len : 1);

	if (!to)
		return (struct view){ 0 };
	if (bytes.len)
		memcpy(to, bytes.ptr, bytes.len);
	return (struct view){ to, bytes.len };
}

const char *
ics_find(const struct ics_word *table, size_t n, uint32_t number)
{
	size_t low = 0;

	while (low < n) {
		size_t middle = low + (n - low) / 2;
		if (table[middle].number == number)
			return table[middle].name;
		if (table[middle].number < number)
			low = middle + 1;
		else
			n = middle;
	}
	return NULL;
}

void
ics_write_name(struct jw *w, const char *name, uint32_t number)
{
	char text[12];

	if (!name) {
		(void)snprintf(text, sizeof(text), "%u", number);
		name = text;
	}
	jw_word(w, name);
}
