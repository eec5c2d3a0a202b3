/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jw_members: the members of an object in one go, for writers whose keys are known when they are
 * compiled (src/wire/event.c).
 *
 * jw_members makes room for all that has a bound; the others write behind `p` without asking again
 * and give the new `p`; jw_members_end makes it so. Values without a bound ask for themselves and
 * for `keep` bytes behind them; they give NULL when there is no room, the buffer is failed then.
 * Each member begins with a comma; the first one's lies on the object's bracket where none is due.
 */
#ifndef WANGLOU_LIB_JW_MEMBERS_H
#define WANGLOU_LIB_JW_MEMBERS_H

#include "lib/jw.h"

#define JW_MEMBER_KEY(key) (sizeof(key) + 3) /* ,"key": */
#define JW_MEMBER_VALUE 40                   /* the longest number, boolean or time */

struct jw_members {
	size_t from;  /* where the first comma stands */
	bool bracket; /* that is the bracket's place */
};

/* Begin, with room for `room` bytes. NULL: there is none. */
static inline char *
jw_members(struct jw *w, size_t room, struct jw_members *m)
{
	struct buf *b = w->out;

	if (!buf_room(b, room))
		return NULL;
	m->bracket = !w->comma && b->len;
	m->from = b->len - m->bracket;
	return (char *)b->ptr + m->from;
}

static inline void
jw_members_end(struct jw *w, char *p, const struct jw_members *m)
{
	struct buf *b = w->out;
	char *first = (char *)b->ptr + m->from;

	if (p == first) /* no member was there */
		return;
	if (m->bracket)
		*first = '{';
	w->comma = true;
	b->len = (size_t)(p - (char *)b->ptr);
}

/* A literal key: a copy of a length known at compile time. */
#define jw_member_key(p, key)                                                                      \
	((char *)memcpy((p), ",\"" key "\":", JW_MEMBER_KEY(key)) + JW_MEMBER_KEY(key))

static inline char *
jw_member_bool(char *p, bool v)
{
	memcpy(p, v ? "true" : "false", 5);
	return p + (v ? 4 : 5);
}

char *
jw_member_u64(char *p, uint64_t v);
char *
jw_member_time(struct jw *w, char *p, uint64_t ns);

/* As jw_bytes, jw_word and jw_raw. */
char *
jw_member_bytes(struct jw *w, char *p, struct view bytes, size_t keep);
char *
jw_member_word(struct jw *w, char *p, const char *word, size_t keep);
char *
jw_member_raw(struct jw *w, char *p, struct view json, size_t keep);

/* A value that the functions of jw.h write: from here on they may, and then we go on behind it. */
static inline void
jw_member_leave(struct jw *w, const char *p)
{
	w->out->len = (size_t)(p - (char *)w->out->ptr);
	w->comma = false;
}

static inline char *
jw_member_return(struct jw *w, size_t keep)
{
	return buf_room(w->out, keep) ? (char *)w->out->ptr + w->out->len : NULL;
}

#endif
