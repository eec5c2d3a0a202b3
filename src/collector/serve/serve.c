/* SPDX-License-Identifier: Apache-2.0 */
#include "collector/serve.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"
#include "lib/now.h"

struct route {
	const char *method, *path; /* "{id}" stands for a number */
	bool open;                 /* needs no token */
	void (*answer)(struct call *c);
};

static const struct route routes[] = {
	{ "GET", "/healthz", true, api_health },
	{ "GET", "/metrics", false, api_metrics },
	{ "POST", "/api/v1/login", true, api_login },
	{ "POST", "/api/v1/logout", false, api_logout },
	{ "GET", "/api/v1/me", false, api_me },
	{ "GET", "/api/v1/alerts", false, api_alerts },
	{ "GET", "/api/v1/alerts/{id}", false, api_alert },
	{ "GET", "/api/v1/alerts/{id}/flows", false, api_related },
	{ "POST", "/api/v1/alerts/{id}/settle", false, api_settle },
	{ "GET", "/api/v1/events", false, api_events },
	{ "GET", "/api/v1/probes", false, api_probes },
	{ "GET", "/api/v1/stats", false, api_stats },
};

void
api_error(struct call *c, unsigned status, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	buf_clear(&c->reply->body);
	jw_init(&c->w, &c->reply->body);
	c->reply->status = status;
	c->reply->type = "application/json";
	jw_object(&c->w);
	jw_key(&c->w, "error");
	jw_text(&c->w, text);
	jw_object_end(&c->w);
}

struct look *
api_look(struct call *c)
{
	struct err e = { "" };
	struct look *l = look_open(c->serve->store_dir, c->serve->config.query_ms, &e);

	if (!l)
		api_error(c, 503, "the store cannot be read now");
	return l;
}

bool
api_well(struct call *c, enum look_answer a)
{
	switch (a) {
	case LOOK_OK:
		return true;
	case LOOK_NONE:
		api_error(c, 404, "there is no alert %lld", (long long)c->id);
		return false;
	case LOOK_BAD:
		api_error(c, 400, "cursor: not one of this list and order");
		return false;
	case LOOK_SLOW:
		api_error(c, 503, "this takes too long; narrow the time or the filters");
		return false;
	default:
		api_error(c, 503, "the store cannot be read now");
		return false;
	}
}

void
api_time(struct jw *w, uint64_t ms)
{
	jw_time(w, ms * 1000000);
}

/* Does the path fit, and which number stands in it? */
static bool
fits(const char *pattern, const char *path, int64_t *id)
{
	const char *brace = strstr(pattern, "{id}");
	size_t before = brace ? (size_t)(brace - pattern) : 0;
	char *end;

	if (!brace)
		return strcmp(pattern, path) == 0;
	if (strncmp(pattern, path, before) || path[before] < '1' || path[before] > '9')
		return false;
	*id = strtoll(path + before, &end, 10);
	return strcmp(brace + 4, end) == 0;
}

static bool
has_token(struct call *c)
{
	return c->request->token[0] &&
	       auth_token(c->serve->auth, c->request->token, c->now, c->user);
}

static void
run(struct call *c, const struct route *r)
{
	if (!r->open && !has_token(c)) {
		api_error(c, 401,
		    "a token is needed: POST /api/v1/login, then Authorization: Bearer TOKEN");
		return;
	}
	c->reply->status = 200;
	r->answer(c);
}

/* A path nobody knows looks like any other to those without a token. */
static void
refuse(struct call *c, const struct route *other)
{
	if (!has_token(c)) {
		api_error(c, 401,
		    "a token is needed: POST /api/v1/login, then Authorization: Bearer TOKEN");
	} else if (other) {
		api_error(c, 405, "%s is not for this path", c->request->method);
		c->reply->allow = other->method;
	} else {
		api_error(c, 404, "there is no such path");
	}
}

static void
answer(void *user, const struct http_request *request, struct http_reply *reply)
{
	struct call c = { .serve = user, .request = request, .reply = reply };
	const struct route *other = NULL;

	c.now = now_real_ms();
	jw_init(&c.w, &reply->body);
	for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++) {
		if (!fits(routes[i].path, request->path, &c.id))
			continue;
		if (strcmp(routes[i].method, request->method) == 0) {
			run(&c, &routes[i]);
			return;
		}
		other = &routes[i];
	}
	refuse(&c, other);
}

struct serve *
serve_open(const struct serve_config *config, struct err *e)
{
	struct serve *s = calloc(1, sizeof(*s));
	struct http_config http = { config->listen, config->connections_max, 20, answer, s };

	if (!s || !(s->data_dir = strdup(config->data_dir)) ||
	    !(s->store_dir = strdup(config->store_dir))) {
		serve_close(s);
		(void)err_set(e, "no memory");
		return NULL;
	}
	s->config = *config;
	s->auth = auth_open(s->data_dir, config->token_ms, e);
	if (s->auth)
		s->http = http_open(&http, e);
	if (s->http)
		return s;
	serve_close(s);
	return NULL;
}

void
serve_close(struct serve *s)
{
	if (!s)
		return;
	http_close(s->http);
	auth_close(s->auth);
	free(s->data_dir);
	free(s->store_dir);
	free(s);
}
