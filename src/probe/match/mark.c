/* SPDX-License-Identifier: Apache-2.0 */
/* Where the patterns of a rule held: copies, since streams and buffers are gone when it is said. */
#include <string.h>

#include "probe/match_run.h"

#define BEFORE 64 /* bytes around a match, by which a secret is known as one */
#define BEHIND 32
#define WORD 2048 /* bytes of the word it stands in; in a longer one nothing is shown */

/* The part [from, to) of a view, copied; ptr NULL when there is no room. */
static struct view
copy(struct scratch *s, struct view data, size_t from, size_t to)
{
	struct cursor c = cursor_of_view(data);
	struct view part;
	if (!cursor_skip(&c, from) || !cursor_take(&c, to - from, &part))
		return (struct view){ NULL, 0 };
	void *bytes = scratch_get(s, part.len + 1);
	return bytes ? (struct view){ memcpy(bytes, part.ptr, part.len), part.len }
		     : (struct view){ NULL, 0 };
}

/* Where the word begins that a match stands in: what says that it is a secret stands before that.
 * SIZE_MAX: too far away. */
static size_t
word_start(struct view data, size_t at)
{
	size_t n = 0;
	while (n < at && n < WORD && data.ptr[at - n - 1] > ' ' && data.ptr[at - n - 1] < 0x7f)
		n++;
	return n < WORD ? at - n : SIZE_MAX;
}

/* Called from the last pattern of an area to its first: each goes before those after it. */
void
match_mark(const struct match_sight *s, uint16_t list, size_t start, size_t len)
{
	struct match *m = s->m;
	size_t n = len < ALERT_MATCH_BYTES ? len : ALERT_MATCH_BYTES;
	size_t word = word_start(s->data, start);
	if (word == SIZE_MAX) {
		word = start;
		n = 0;
	}
	size_t from = word > BEFORE ? word - BEFORE : 0;
	size_t left = s->data.len - start - n;
	struct view around =
	    copy(&m->scratch, s->data, from, start + n + (left < BEHIND ? left : BEHIND));
	if (m->mark_from == ALERT_MATCHES || !around.ptr)
		return;
	if (m->mark_n == ALERT_MATCHES)
		m->mark_n--;
	struct alert_match *at = &m->mark[m->mark_from];
	memmove(at + 1, at, (size_t)(m->mark_n - m->mark_from) * sizeof(*at));
	m->mark_n++;
	*at = (struct alert_match){ .buffer = m->rules->list[list].name,
		.offset = s->at + start,
		.len = (uint32_t)len,
		.around = around,
		.at = (uint16_t)(start - from),
		.n = (uint16_t)n };
}

const struct alert_match *
match_marked(struct match *m)
{
	size_t n = m->mark_n * sizeof(m->mark[0]);
	struct alert_match *all = n ? scratch_get(&m->scratch, n) : NULL;
	return all ? memcpy(all, m->mark, n) : NULL;
}
