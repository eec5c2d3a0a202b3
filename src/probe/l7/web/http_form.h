/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http_form: does this look like logging in by a form? Inside src/probe/l7 only.
 *
 * Pure. Words in addresses and a password field in a page; no standard says so, every web
 * application does.
 */
#ifndef WANGLOU_PROBE_L7_HTTP_FORM_H
#define WANGLOU_PROBE_L7_HTTP_FORM_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/cursor.h"

/* Looks for a password field in a page that comes in pieces. */
struct http_form {
	bool wanted, found;
	uint8_t at; /* letters of `type=password` matched so far */
};

/* True when a path has a word such as "login" or "signin". */
bool
http_form_path(struct view path);

/* True when the place a browser is sent to after posting says that it did not work: a login again,
 * or an error. */
bool
http_form_refused(struct view location);

/* Search the next piece of the page. */
void
http_form_search(struct http_form *f, struct view piece);

#endif
