/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table: include/wire/event.def as data, for the generators. Static, read-only.
 */
#ifndef WANGLOU_GEN_TABLE_H
#define WANGLOU_GEN_TABLE_H

#include <stdbool.h>
#include <stddef.h>

enum field_type { F_INT, F_NUMBER, F_BOOL, F_TIME, F_TEXT, F_OBJECT, F_JSON };

struct field_row {
	const char *object; /* the object it is a member of */
	const char *name;
	enum field_type type;
	bool optional;
	const char *extra; /* F_OBJECT: the object's name; F_JSON: its JSON schema */
	const char *doc;
};

struct object_row {
	const char *name;
	const char *doc;
};

struct event_row {
	const char *name;
	const char *lane;
	const char *doc;
};

/* An object that an event carries under a key. */
struct has_row {
	const char *event;
	const char *key;
	const char *object;
	bool optional;
};

extern const struct object_row table_objects[];
extern const size_t table_objects_n;
extern const struct field_row table_fields[];
extern const size_t table_fields_n;
extern const struct event_row table_events[];
extern const size_t table_events_n;
extern const struct has_row *const table_has;
extern const size_t table_has_n;

#endif
