/* SPDX-License-Identifier: Apache-2.0 */
/* The writers of include/wire/event.def, made by the preprocessor. */
#include "wire/event.h"

/* clang-format off */
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
		(void)w; \
		(void)e;
#define EV_OBJECT_END(name) }
#define EV_U64(name, doc) jw_key(w, #name); jw_u64(w, e->name);
#define EV_OPT(name, doc) if (e->name >= 0) { jw_key(w, #name); jw_u64(w, (uint64_t)e->name); }
#define EV_F64(name, digits, doc) jw_key(w, #name); jw_f64(w, e->name, digits);
#define EV_BOOL(name, doc) jw_key(w, #name); jw_bool(w, e->name);
#define EV_TRUE(name, doc) if (e->name) { jw_key(w, #name); jw_bool(w, true); }
#define EV_TIME(name, doc) jw_key(w, #name); jw_time(w, e->name);
#define EV_NAME(name, doc) jw_key(w, #name); jw_text(w, e->name);
#define EV_TEXT(name, doc) if (e->name) { jw_key(w, #name); jw_text(w, e->name); }
#define EV_WORD(name, doc) jw_key(w, #name); jw_word(w, e->name);
#define EV_WORD_OPT(name, doc) if (e->name) { jw_key(w, #name); jw_word(w, e->name); }
#define EV_STR(name, doc) if (e->name.ptr) { jw_key(w, #name); jw_view(w, e->name); }
#define EV_OBJ(name, object, doc) if (e->name) { jw_key(w, #name); ev_##object##_write(w, e->name); }
#define EV_LIST(name, schema, doc) if (e->name.ptr) { jw_key(w, #name); jw_raw(w, e->name.ptr, e->name.len); }
#include "wire/event.def"
/* clang-format on */
