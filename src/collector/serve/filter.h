/* SPDX-License-Identifier: Apache-2.0 */
/* filter: query parameters into a look_filter; each parameter is a row. Unknown ones and bad values
 * are refused. */
#ifndef WANGLOU_COLLECTOR_SERVE_FILTER_H
#define WANGLOU_COLLECTOR_SERVE_FILTER_H

#include "collector/look.h"
#include "http.h"

#define FILTER_LIMIT 100
#define FILTER_LIMIT_MAX 1000

enum filter_for { FILTER_ALERTS = 1, FILTER_EVENTS = 2, FILTER_SUMMARY = 4 };

/* `now` in ms, for "since=24h". Texts stay the request's. -1 with a sentence. */
int
filter_parse(const struct http_request *r, enum filter_for kind, uint64_t now,
    struct look_filter *out, struct err *e);

#endif
