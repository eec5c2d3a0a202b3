/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_head: what values of HTTP's header fields mean (RFC 9110, 6266, 2046). Inside src/probe/l7
 * only.
 *
 * Pure: views out, no allocation.
 */
#ifndef WANGLOU_PROBE_L7_HTTP_HEAD_H
#define WANGLOU_PROBE_L7_HTTP_HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/cursor.h"
#include "lib/jw.h"

/* Does it begin with the word, whatever the case? */
bool
http_begins(struct view v, const char *word);

/* The value without its parameters and the blanks around it: "text/html; charset=x" is "text/html".
 */
struct view
http_value(struct view v);

/*
 * The parameter `name` of a value (`filename` of Content-Disposition, `boundary` of Content-Type),
 * quotes taken off; the extended one (filename*=UTF-8''x) when there is no plain one. Empty with
 * ptr NULL when there is none.
 */
struct view
http_parameter(struct view value, const char *name);

/* Content-Range (RFC 9110, 14.4); -1 where a number is missing. */
struct http_range {
	int64_t first, last, size;
};
struct http_range
http_range(struct view raw);

/* Credentials of Authorization: the scheme, and the user where the scheme shows him. */
struct http_user {
	struct view scheme;
	struct view user; /* in `room` for Basic, else in the value */
	uint8_t room[96];
};
void
http_user(struct view authorization, struct http_user *out);

/* Decode base64 or base64url, blanks and what follows '=' left out. Returns bytes written. */
size_t
http_base64(struct view text, uint8_t *out, size_t room);

/* The value of a query's parameter (`dns` of /dns-query?dns=...); ptr NULL when there is none. */
struct view
http_query(struct view uri, const char *name);

/* The address without query and fragment. */
struct view
http_path(struct view uri);

/* Elasticsearch's operation and index in an address such as /logs-1/_search; false when it has
 * none. */
struct http_elastic {
	struct view index, operation;
};
bool
http_elastic(struct view uri, struct http_elastic *out);

/* `"key":"value"`, left out when empty. */
void
http_put(struct jw *w, const char *key, struct view v);

/* The object of a Content-Range. */
void
http_put_range(struct jw *w, struct view raw);

/* Scheme and user of Authorization, never what proves him. */
void
http_put_user(struct jw *w, struct view authorization);

/* Elasticsearch's object when the address is one of its. */
void
http_put_elastic(struct jw *w, struct view uri);

#endif
