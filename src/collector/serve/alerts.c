/* SPDX-License-Identifier: Apache-2.0 */
/* The handlers of what people do all day: log in, look at alerts, settle them. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "api.h"

/* The body as a JSON object; NULL after having answered. A content type is asked for so that no web
 * page elsewhere can post. */
static json_t *
parse_body(struct call *c)
{
	json_error_t why;
	json_t *body;

	if (strncmp(c->request->content_type, "application/json", 16)) {
		api_error(c, 415, "Content-Type must be application/json");
		return NULL;
	}
	body = json_loadb(
	    (const char *)c->request->body.ptr, c->request->body.len, JSON_REJECT_DUPLICATES, &why);
	if (!json_is_object(body)) {
		api_error(c, 400, "the body is not a JSON object: %s",
		    body ? "something else" : why.text);
		json_decref(body);
		return NULL;
	}
	return body;
}

static const char *
member(const json_t *body, const char *key)
{
	const char *text = json_string_value(json_object_get(body, key));

	return text ? text : "";
}

static void
write_login(struct call *c, const char *name, const char *token, uint64_t until)
{
	jw_object(&c->w);
	jw_key(&c->w, "token");
	jw_text(&c->w, token);
	jw_key(&c->w, "user");
	jw_text(&c->w, name);
	jw_key(&c->w, "expires");
	api_time(&c->w, until);
	jw_object_end(&c->w);
}

void
api_login(struct call *c)
{
	json_t *body = parse_body(c);
	struct auth_try t = { .peer = c->request->peer, .now = c->now };
	char token[AUTH_TOKEN] = "";
	struct err e = { "" };
	uint64_t until = 0;

	if (!body)
		return;
	t.name = member(body, "user");
	t.password = member(body, "password");
	if (!users_name_ok(t.name) || strlen(t.password) > USERS_PASSWORD_MAX) {
		api_error(c, 401, "user or password is wrong");
		json_decref(body);
		return;
	}
	switch (auth_login(c->serve->auth, &t, token, &until, &e)) {
	case AUTH_OK:
		write_login(c, t.name, token, until);
		break;
	case AUTH_WRONG:
		api_error(c, 401, "user or password is wrong");
		break;
	case AUTH_LATER:
		api_error(c, 429, "too many wrong passwords; try again later");
		c->reply->retry_after = (unsigned)((until - c->now) / 1000 + 1);
		break;
	case AUTH_FAILED:
		api_error(c, 503, "the list of users cannot be read; see the collector's log");
	}
	users_wipe(token, sizeof(token));
	json_decref(body);
}

void
api_logout(struct call *c)
{
	auth_logout(c->serve->auth, c->request->token);
	jw_object(&c->w);
	jw_object_end(&c->w);
}

void
api_me(struct call *c)
{
	jw_object(&c->w);
	jw_key(&c->w, "user");
	jw_text(&c->w, c->user);
	jw_object_end(&c->w);
}

static void
write_alert_members(struct jw *w, const struct look_row *row)
{
	jw_key(w, "id");
	jw_i64(w, row->id);
	jw_key(w, "status");
	jw_text(w, look_status_name(row->status));
	jw_key(w, "received");
	api_time(w, (uint64_t)row->received);
	jw_key(w, "probe");
	jw_view(w, row->probe);
	if (row->verdict.len) {
		jw_key(w, "verdict");
		jw_view(w, row->verdict);
	}
	jw_key(w, "event");
	jw_raw(w, row->json.ptr, row->json.len);
}

static void
write_alert(void *context, const struct look_row *row)
{
	struct jw *w = context;

	jw_object(w);
	write_alert_members(w, row);
	jw_object_end(w);
}

static void
write_event(void *context, const struct look_row *row)
{
	jw_raw(context, row->json.ptr, row->json.len);
}

static void
write_next(struct jw *w, const char *next)
{
	jw_key(w, "next");
	if (next[0])
		jw_text(w, next);
	else
		jw_null(w);
}

typedef enum look_answer (*page_fn)(struct look *l, const struct look_filter *f, look_row_fn row,
    void *context, char next[LOOK_CURSOR]);

struct list {
	enum filter_for kind;
	const char *key;
	page_fn page;
	look_row_fn row;
};

static void
answer_list(struct call *c, const struct list *list)
{
	char next[LOOK_CURSOR];
	struct look_filter f;
	enum look_answer a;
	struct look *l;
	struct err e;

	if (filter_parse(c->request, list->kind, c->now, &f, &e)) {
		api_error(c, 400, "%s", e.text);
		return;
	}
	l = api_look(c);
	if (!l)
		return;
	jw_object(&c->w);
	jw_key_n(&c->w, list->key, strlen(list->key));
	jw_array(&c->w);
	a = list->page(l, &f, list->row, &c->w, next);
	jw_array_end(&c->w);
	look_close(l);
	if (!api_well(c, a))
		return;
	write_next(&c->w, next);
	jw_object_end(&c->w);
}

void
api_alerts(struct call *c)
{
	static const struct list alerts = { FILTER_ALERTS, "alerts", look_alerts, write_alert };

	answer_list(c, &alerts);
}

void
api_events(struct call *c)
{
	static const struct list events = { FILTER_EVENTS, "events", look_events, write_event };

	answer_list(c, &events);
}

static void
write_detail(void *context, const struct look_row *row)
{
	write_alert_members(context, row);
}

static void
write_settlement(void *context, const struct look_settlement *s)
{
	struct jw *w = context;

	jw_object(w);
	jw_key(w, "status");
	jw_text(w, look_status_name(s->status));
	jw_key(w, "who");
	jw_view(w, s->who);
	jw_key(w, "reason");
	jw_view(w, s->reason);
	jw_key(w, "at");
	api_time(w, (uint64_t)s->at);
	jw_object_end(w);
}

/* "updates" and "evidence": what the probe said of the alert later. */
static enum look_answer
write_later(struct call *c, struct look *l)
{
	jw_key(&c->w, "updates");
	jw_array(&c->w);
	enum look_answer a = look_later(l, c->id, "alert_update", write_event, &c->w);
	jw_array_end(&c->w);
	if (a != LOOK_OK)
		return a;
	jw_key(&c->w, "evidence");
	jw_array(&c->w);
	a = look_later(l, c->id, "evidence", write_event, &c->w);
	jw_array_end(&c->w);
	return a;
}

void
api_alert(struct call *c)
{
	struct look *l = api_look(c);
	enum look_answer a;

	if (!l)
		return;
	jw_object(&c->w);
	a = look_alert(l, c->id, write_detail, &c->w);
	if (a == LOOK_OK) {
		jw_key(&c->w, "history");
		jw_array(&c->w);
		a = look_history(l, c->id, write_settlement, &c->w);
		jw_array_end(&c->w);
		if (a == LOOK_OK)
			a = write_later(c, l);
	}
	jw_object_end(&c->w);
	look_close(l);
	(void)api_well(c, a);
}

#define RELATED 200
#define RELATED_MAX 1000

struct related {
	struct jw *w;
	unsigned most, n;
	bool bad;
};

/* The query of api_related: limit=N. */
static bool
take_limit(void *context, const char *name, const char *value)
{
	struct related *r = context;
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	r->bad = strcmp(name, "limit") || value[0] < '0' || value[0] > '9' || *end || n < 1 ||
		 n > RELATED_MAX;
	r->most = (unsigned)n;
	return !r->bad;
}

static void
write_related(void *context, const struct look_row *row)
{
	struct related *r = context;

	if (r->n++ < r->most)
		jw_raw(r->w, row->json.ptr, row->json.len);
}

void
api_related(struct call *c)
{
	struct related r = { .w = &c->w, .most = RELATED };
	enum look_answer a;
	struct look *l;

	http_query(c->request, take_limit, &r);
	if (r.bad) {
		api_error(
		    c, 400, "limit: allowed is 1 to %d, and there is no other filter", RELATED_MAX);
		return;
	}
	l = api_look(c);
	if (!l)
		return;
	jw_object(&c->w);
	jw_key(&c->w, "records");
	jw_array(&c->w);
	a = look_related(l, c->id, r.most + 1, write_related, &r);
	jw_array_end(&c->w);
	jw_key(&c->w, "cut");
	jw_bool(&c->w, r.n > r.most);
	jw_object_end(&c->w);
	look_close(l);
	(void)api_well(c, a);
}

#define REASON_MAX 2000

static bool
read_settlement(struct call *c, const json_t *body, struct look_settlement *s)
{
	int status = look_status_find(member(body, "status"));

	s->status = status;
	s->reason = view_of(member(body, "reason"));
	if (status < 0)
		api_error(
		    c, 400, "status: allowed is open, acknowledged, false_positive, escalated");
	else if (s->reason.len > REASON_MAX)
		api_error(c, 400, "reason: at most %d bytes", REASON_MAX);
	else if (status == LOOK_STATUS_FALSE_POSITIVE && s->reason.len == 0)
		api_error(c, 400, "reason: a false positive needs one, for whoever meets it next");
	else
		return true;
	return false;
}

void
api_settle(struct call *c)
{
	json_t *body = parse_body(c);
	struct look_settlement s = { .at = (int64_t)c->now, .who = view_of(c->user) };
	struct err e = { "" };

	if (!body)
		return;
	if (read_settlement(c, body, &s) &&
	    api_well(c, look_settle(c->serve->store_dir, c->id, &s, &e))) {
		jw_object(&c->w);
		jw_key(&c->w, "id");
		jw_i64(&c->w, c->id);
		jw_key(&c->w, "status");
		jw_text(&c->w, look_status_name(s.status));
		jw_object_end(&c->w);
	}
	json_decref(body);
}
