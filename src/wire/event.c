/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writers of include/wire/event.def, made by the preprocessor: one check of room for all
 * members that have a bound, and one more behind each that has none.
 */
#include "wire/event.h"

#include "lib/jw_members.h"

/* clang-format off */
#define EV_OBJECT(name, doc) enum { ROOM_##name = 1
#define EV_OBJECT_END(name) };
#define EV_U64(name, doc) + JW_MEMBER_KEY(#name) + JW_MEMBER_VALUE
#define EV_OPT EV_U64
#define EV_F64(name, digits, doc) EV_U64(name, doc)
#define EV_BOOL EV_U64
#define EV_TRUE EV_U64
#define EV_TIME EV_U64
#define EV_NAME(name, doc) + JW_MEMBER_KEY(#name)
#define EV_TEXT EV_NAME
#define EV_WORD EV_NAME
#define EV_WORD_OPT EV_NAME
#define EV_STR EV_NAME
#define EV_OBJ(name, object, doc) EV_NAME(name, doc)
#define EV_LIST(name, schema, doc) EV_NAME(name, doc)
#include "wire/event.def"

#define EV_OBJECT(name, doc) \
	void \
	ev_##name##_write(struct jw *w, const struct ev_##name *e) \
	{ \
		jw_object(w); \
		ev_##name##_fields(w, e); \
		jw_object_end(w); \
	} \
	void \
	ev_##name##_fields(struct jw *w, const struct ev_##name *e) \
	{ \
		enum { ROOM = ROOM_##name }; \
		struct jw_members m; \
		char *p = jw_members(w, ROOM, &m); \
		(void)e; \
		if (!p) \
			return;
#define EV_OBJECT_END(name) jw_members_end(w, p, &m); }
#define KEY(name) p = jw_member_key(p, #name);
#define UNBOUND(value) p = value; if (!p) return;
#define OTHER(write) jw_member_leave(w, p); write; UNBOUND(jw_member_return(w, ROOM))
#define EV_U64(name, doc) KEY(name) p = jw_member_u64(p, e->name);
#define EV_OPT(name, doc) if (e->name >= 0) { KEY(name) p = jw_member_u64(p, (uint64_t)e->name); }
#define EV_F64(name, digits, doc) KEY(name) OTHER(jw_f64(w, e->name, digits))
#define EV_BOOL(name, doc) KEY(name) p = jw_member_bool(p, e->name);
#define EV_TRUE(name, doc) if (e->name) { KEY(name) p = jw_member_bool(p, true); }
#define EV_TIME(name, doc) KEY(name) p = jw_member_time(w, p, e->name);
#define EV_NAME(name, doc) KEY(name) UNBOUND(jw_member_bytes(w, p, view_of(e->name), ROOM))
#define EV_TEXT(name, doc) if (e->name) { EV_NAME(name, doc) }
#define EV_WORD(name, doc) KEY(name) UNBOUND(jw_member_word(w, p, e->name, ROOM))
#define EV_WORD_OPT(name, doc) if (e->name) { EV_WORD(name, doc) }
#define EV_STR(name, doc) if (e->name.ptr) { KEY(name) UNBOUND(jw_member_bytes(w, p, e->name, ROOM)) }
#define EV_OBJ(name, object, doc) if (e->name) { KEY(name) OTHER(ev_##object##_write(w, e->name)) }
#define EV_LIST(name, schema, doc) if (e->name.ptr) { KEY(name) UNBOUND(jw_member_raw(w, p, e->name, ROOM)) }
#include "wire/event.def"
/* clang-format on */
