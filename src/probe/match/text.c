/* SPDX-License-Identifier: Apache-2.0 */
/* Small pieces of rule text. */
#include <ctype.h>
#include <strings.h>

#include "probe/match_keyword.h"

struct view
match_text_trim(struct view v)
{
	while (v.len && isspace(v.ptr[0])) {
		v.ptr++;
		v.len--;
	}
	while (v.len && isspace(v.ptr[v.len - 1]))
		v.len--;
	return v;
}

bool
match_text_split(struct view *rest, char sep, struct view *part)
{
	if (!rest->ptr) {
		*part = (struct view){ NULL, 0 }; /* who does not ask whether there is one */
		return false;
	}
	const uint8_t *at = rest->len ? memchr(rest->ptr, sep, rest->len) : NULL;
	size_t n = at ? (size_t)(at - rest->ptr) : rest->len;
	*part = match_text_trim((struct view){ rest->ptr, n });
	*rest = at ? (struct view){ at + 1, rest->len - n - 1 } : (struct view){ NULL, 0 };
	return true;
}

bool
match_text_same(struct view v, const char *word)
{
	return v.len == strlen(word) && strncasecmp((const char *)v.ptr, word, v.len) == 0;
}

bool
match_text_int(struct view v, int64_t min, int64_t max, int64_t *out)
{
	bool minus = v.len && v.ptr[0] == '-';
	size_t i = minus || (v.len && v.ptr[0] == '+');
	int64_t n = 0;
	if (i == v.len || v.len - i > 12)
		return false;
	for (; i < v.len; i++) {
		if (!isdigit(v.ptr[i]))
			return false;
		n = n * 10 + (v.ptr[i] - '0');
	}
	*out = minus ? -n : n;
	return *out >= min && *out <= max;
}

bool
match_word_find(const struct match_word *rows, struct view v, uint8_t *out)
{
	for (; rows->name; rows++) {
		if (match_text_same(v, rows->name)) {
			*out = rows->value;
			return true;
		}
	}
	return false;
}

static unsigned
least(unsigned a, unsigned b, unsigned c)
{
	unsigned m = a < b ? a : b;
	return m < c ? m : c;
}

unsigned
match_text_distance(struct view a, const char *b)
{
	enum { MOST = 64 };
	unsigned row[MOST + 1];
	size_t bn = strlen(b);
	if (a.len > MOST || bn > MOST)
		return 9;
	for (unsigned j = 0; j <= bn; j++)
		row[j] = j;
	for (unsigned i = 1; i <= a.len; i++) {
		unsigned corner = row[0];
		row[0] = i;
		for (unsigned j = 1; j <= bn; j++) {
			unsigned cost = tolower(a.ptr[i - 1]) != tolower((uint8_t)b[j - 1]);
			unsigned next = least(row[j] + 1, row[j - 1] + 1, corner + cost);
			corner = row[j];
			row[j] = next;
		}
	}
	return row[bn] < 9 ? row[bn] : 9;
}
