/* SPDX-License-Identifier: Apache-2.0 */
/*
 * event: one struct and one writer for each object of include/wire/event.def.
 *
 * ev_NAME_write(w, e) writes "{...}"; ev_NAME_fields(w, e) writes the members only, for objects
 * that are part of another. Structs own nothing. Absent values: integers of EV_OPT negative,
 * pointers NULL. Any thread.
 */
#ifndef WANGLOU_WIRE_EVENT_H
#define WANGLOU_WIRE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/cursor.h"
#include "lib/jw.h"

/* The text of a key of this table, for writers that do not go through a struct; unknown ones do not
 * compile. */
#define EV_KEY(object, name) ((void)sizeof(((const struct ev_##object *)NULL)->name), #name)

/* Write that key. */
#define ev_key(w, object, name) ((void)EV_KEY(object, name), jw_key(w, #name))

/* clang-format off */
#define EV_OBJECT(name, doc) struct ev_##name {
#define EV_OBJECT_END(name) };
#define EV_U64(name, doc) uint64_t name;
#define EV_OPT(name, doc) int64_t name;
#define EV_F64(name, digits, doc) double name;
#define EV_BOOL(name, doc) bool name;
#define EV_TRUE(name, doc) bool name;
#define EV_TIME(name, doc) uint64_t name;
#define EV_NAME(name, doc) const char *name;
#define EV_TEXT(name, doc) const char *name;
#define EV_WORD(name, doc) const char *name;
#define EV_WORD_OPT(name, doc) const char *name;
#define EV_STR(name, doc) struct view name;
#define EV_OBJ(name, object, doc) const struct ev_##object *name;
#define EV_LIST(name, schema, doc) struct view name;
#include "wire/event.def"

#define EV_OBJECT(name, doc) \
	void ev_##name##_write(struct jw *w, const struct ev_##name *e); \
	void ev_##name##_fields(struct jw *w, const struct ev_##name *e);
#define EV_OBJECT_END(name)
#define EV_U64(name, doc)
#define EV_OPT(name, doc)
#define EV_F64(name, digits, doc)
#define EV_BOOL(name, doc)
#define EV_TRUE(name, doc)
#define EV_TIME(name, doc)
#define EV_NAME(name, doc)
#define EV_TEXT(name, doc)
#define EV_WORD(name, doc)
#define EV_WORD_OPT(name, doc)
#define EV_STR(name, doc)
#define EV_OBJ(name, object, doc)
#define EV_LIST(name, schema, doc)
#include "wire/event.def"
/* clang-format on */

#endif
