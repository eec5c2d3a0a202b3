/* SPDX-License-Identifier: Apache-2.0 */
/*
 * http: the fence around libmicrohttpd. One function answers whole requests; limits are kept here.
 *
 * A few threads of libmicrohttpd's own; `answer` must be thread-safe. Bodies over the limit get 413
 * and slow or idle connections are closed before `answer` sees anything.
 */
#ifndef WANGLOU_COLLECTOR_SERVE_HTTP_H
#define WANGLOU_COLLECTOR_SERVE_HTTP_H

#include <stdint.h>

#include "lib/buf.h"
#include "lib/cursor.h"
#include "lib/err.h"

#define HTTP_BODY_MAX (64u << 10)
#define HTTP_REPLY_MAX (64u << 20)

struct http;

struct http_request {
	const char *method, *path;
	struct view body;
	const char *content_type; /* "" when none */
	const char *token;        /* of "Authorization: Bearer", "" when none */
	const char *peer;         /* address */
	void *inside;
};

struct http_reply {
	unsigned status;
	const char *type;     /* content type */
	unsigned retry_after; /* seconds; 0: no such header */
	const char *allow;    /* methods, with 405 */
	struct buf body;
};

typedef void (*http_answer_fn)(void *user, const struct http_request *r, struct http_reply *out);

/* Called for each query parameter, decoded; "" when it has no value. False ends the walk. */
typedef bool (*http_query_fn)(void *context, const char *name, const char *value);

void
http_query(const struct http_request *r, http_query_fn fn, void *context);

struct http_config {
	const char *listen; /* "127.0.0.1:7780", "[::1]:7780"; port 0 takes a free one */
	unsigned connections_max;
	unsigned timeout_s; /* a connection that does nothing for so long is closed */
	http_answer_fn answer;
	void *user;
};

/* NULL with a sentence. */
struct http *
http_open(const struct http_config *c, struct err *e);
void
http_close(struct http *h);

#endif
