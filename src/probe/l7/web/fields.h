/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fields: header fields of HTTP, of either version, put together as signatures look at them. Inside
 * src/probe/l7/web only.
 */
#ifndef WANGLOU_PROBE_L7_FIELDS_H
#define WANGLOU_PROBE_L7_FIELDS_H

#include "probe/l7_tx.h"

struct field {
	struct view name, value;
};

/* One field after another; *at is zero at first, then the row's own. False behind the last. */
typedef bool (*field_next)(const void *of, size_t *at, struct field *out);

/* The i-th, from zero. */
typedef bool (*field_nth)(const void *of, size_t i, struct field *out);

struct fields {
	const void *of;
	field_next next;
	field_nth nth;
	struct view line; /* request or status line; ptr NULL: none */
};

/* "Name: value" and an end of line for each; cookies have a buffer of their own. */
bool
fields_all(const struct fields *f, const struct l7_ask *ask, struct view *out);
/* An end of line, then each name and one, then one more. */
bool
fields_names(const struct fields *f, const struct l7_ask *ask, struct view *out);
/* "Name: value" of the ask's i-th. */
bool
fields_one(const struct fields *f, const struct l7_ask *ask, struct view *out);
/* The line and all fields as they would begin a message. */
bool
fields_start(const struct fields *f, const struct l7_ask *ask, struct view *out);
/* The field whose value this buffer is on that side, in lower case; NULL: it is none. */
const char *
fields_name(enum l7_buffer what, enum dir dir);
/* Two texts in a row. */
bool
fields_join(const struct l7_ask *ask, struct view a, struct view b, struct view *out);

#endif
