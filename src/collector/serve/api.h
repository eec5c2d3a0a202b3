/* SPDX-License-Identifier: Apache-2.0 */
/* api: what the handlers share. A handler is a row of routes in serve.c. */
#ifndef WANGLOU_COLLECTOR_SERVE_API_H
#define WANGLOU_COLLECTOR_SERVE_API_H

#include "collector/auth.h"
#include "collector/look.h"
#include "collector/serve.h"
#include "filter.h"
#include "http.h"
#include "lib/jw.h"

struct serve {
	struct serve_config config;
	char *data_dir, *store_dir;
	struct auth *auth;
	struct http *http;
};

struct call {
	struct serve *serve;
	const struct http_request *request;
	struct http_reply *reply;
	struct jw w;           /* into the reply's body */
	uint64_t now;          /* ms */
	int64_t id;            /* the number in the path */
	char user[USERS_NAME]; /* whose token it is */
};

/* Answer with a status and {"error": ...}; what was written before is thrown away. */
void
api_error(struct call *c, unsigned status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Open the store; NULL after having answered 503. */
struct look *
api_look(struct call *c);

/* True when a look went well; otherwise the error is answered. */
bool
api_well(struct call *c, enum look_answer a);

/* "key": time, from ms. */
void
api_time(struct jw *w, uint64_t ms);

void
api_login(struct call *c);
void
api_logout(struct call *c);
void
api_me(struct call *c);
void
api_alerts(struct call *c);
void
api_alert(struct call *c);
void
api_related(struct call *c);
void
api_settle(struct call *c);
void
api_events(struct call *c);
void
api_probes(struct call *c);
void
api_stats(struct call *c);
void
api_metrics(struct call *c);
void
api_health(struct call *c);

#endif
