/* SPDX-License-Identifier: Apache-2.0 */
/* include/wire/event.def read three times: objects, fields, events. */
#include "table.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* clang-format off */
const struct object_row table_objects[] = {
#define EV_OBJECT(name, doc) { #name, doc },
#define EV_OBJECT_END(name)
#include "wire/event.def"
};

/* The object of a field is the one whose start stands before it; filled by position. */
const struct field_row table_fields[] = {
#define EV_OBJECT(name, doc) { #name, NULL, F_INT, false, NULL, NULL },
#define EV_OBJECT_END(name)
#define EV_U64(name, doc) { NULL, #name, F_INT, false, NULL, doc },
#define EV_OPT(name, doc) { NULL, #name, F_INT, true, NULL, doc },
#define EV_F64(name, digits, doc) { NULL, #name, F_NUMBER, false, NULL, doc },
#define EV_BOOL(name, doc) { NULL, #name, F_BOOL, false, NULL, doc },
#define EV_TRUE(name, doc) { NULL, #name, F_BOOL, true, NULL, doc },
#define EV_TIME(name, doc) { NULL, #name, F_TIME, false, NULL, doc },
#define EV_NAME(name, doc) { NULL, #name, F_TEXT, false, NULL, doc },
#define EV_TEXT(name, doc) { NULL, #name, F_TEXT, true, NULL, doc },
#define EV_WORD(name, doc) { NULL, #name, F_TEXT, false, NULL, doc },
#define EV_WORD_OPT(name, doc) { NULL, #name, F_TEXT, true, NULL, doc },
#define EV_STR(name, doc) { NULL, #name, F_TEXT, true, NULL, doc },
#define EV_OBJ(name, object, doc) { NULL, #name, F_OBJECT, true, #object, doc },
#define EV_LIST(name, schema, doc) { NULL, #name, F_JSON, true, schema, doc },
#include "wire/event.def"
};

const struct event_row table_events[] = {
#define EV_EVENT(name, lane, doc) { #name, #lane, doc },
#define EV_HAS(key, object, need)
#define EV_EVENT_END(name)
#include "wire/event.def"
};

/* A row with an event's name and no key stands before the rows of that event. */
static const struct has_row has[] = {
#define REQUIRED false
#define OPTIONAL true
#define EV_EVENT(name, lane, doc) { #name, NULL, NULL, false },
#define EV_HAS(key, object, need) { NULL, #key, #object, need },
#define EV_EVENT_END(name)
#include "wire/event.def"
};
/* clang-format on */

const size_t table_objects_n = COUNT(table_objects);
const size_t table_fields_n = COUNT(table_fields);
const size_t table_events_n = COUNT(table_events);
const struct has_row *const table_has = has;
const size_t table_has_n = COUNT(has);
