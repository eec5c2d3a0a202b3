/* SPDX-License-Identifier: Apache-2.0 */
/* The record of HTTP/2 as EVE has it: an http object of version 2 with all headers. */
#include <stdio.h>
#include <strings.h>

#include "http2_state.h"
#include "http_head.h"
#include "lib/mask.h"
#include "wire/event.h"

/* Fields whose values prove somebody's identity. */
static bool
secret(struct view name)
{
	static const char *const parts[] = { "cookie", "authorization", "token", "secret",
		"api-key", "apikey", "password", "credential", "session" };
	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		size_t n = strlen(parts[i]);
		for (size_t at = 0; at + n <= name.len; at++) {
			if (strncasecmp((const char *)name.ptr + at, parts[i], n) == 0)
				return true;
		}
	}
	return false;
}

/* A user and a password before the host. */
static bool
login(const struct http2_header *f)
{
	const uint8_t *at = f->value.len ? memchr(f->value.ptr, '@', f->value.len) : NULL;
	return at && (view_is(f->name, ":authority") || view_is(f->name, "host")) &&
	       memchr(f->value.ptr, ':', (size_t)(at - f->value.ptr));
}

static void
put_headers(struct jw *w, const char *key, const struct http2_half *h)
{
	if (!h->first)
		return;
	jw_key_n(w, key, strlen(key));
	jw_array(w);
	for (const struct http2_header *f = h->first; f; f = f->next) {
		jw_object(w);
		if (f->resized >= 0) {
			ev_key(w, http_header, table_size_update);
			jw_i64(w, f->resized);
			jw_object_end(w);
			continue;
		}
		ev_key(w, http_header, name);
		jw_view(w, f->name);
		ev_key(w, http_header, value);
		if (secret(f->name) || login(f))
			mask_secret(w, f->value);
		else
			jw_view(w, f->value);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void
put_number(struct jw *w, const char *key, int64_t v)
{
	jw_key_n(w, key, strlen(key));
	jw_i64(w, v);
}

static void
put_name(struct jw *w, const char *key, const char *name, uint32_t number)
{
	char text[12];
	(void)snprintf(text, sizeof(text), "%u", number);
	jw_key_n(w, key, strlen(key));
	jw_text(w, name ? name : text);
}

static void
put_settings(struct jw *w, const struct http2_half *h)
{
	if (!h->settings)
		return;
	ev_key(w, http2_half, settings);
	jw_array(w);
	for (const struct http2_setting *s = h->settings; s; s = s->next) {
		jw_object(w);
		put_name(w, EV_KEY(http2_setting, settings_id), http2_setting_name(s->id), s->id);
		put_number(w, EV_KEY(http2_setting, settings_value), s->value);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void
put_half(struct jw *w, const char *key, const struct http2_half *h)
{
	jw_key_n(w, key, strlen(key));
	jw_object(w);
	put_settings(w, h);
	if (h->error >= 0)
		put_name(w, EV_KEY(http2_half, error_code), http2_error_name((uint32_t)h->error),
		    (uint32_t)h->error);
	if (h->weight >= 0)
		put_number(w, EV_KEY(http2_half, priority), h->weight);
	jw_object_end(w);
}

/* "user@host:443" (RFC 3986, 3.2): the host alone, and the port. */
static void
put_host(struct jw *w, struct view authority)
{
	const uint8_t *at = authority.len ? memchr(authority.ptr, '@', authority.len) : NULL;
	struct cursor c = cursor_of_view(authority);
	if (at)
		(void)cursor_skip(&c, (size_t)(at - authority.ptr) + 1);
	struct view host = { c.at, cursor_left(&c) };
	int64_t port = 0, unit = 1;
	uint8_t b = 0;
	size_t n = host.len;
	while (n && cursor_peek(&c, n - 1, &b) && b >= '0' && b <= '9' && unit < 1000000) {
		port += (b - '0') * unit;
		unit *= 10;
		n--;
	}
	bool ported = n && b == ':' && unit > 1;
	if (ported)
		host.len = n - 1;
	http_put(w, EV_KEY(http, hostname), host);
	if (ported)
		put_number(w, EV_KEY(http, http_port), port);
}

static void
put_request(struct jw *w, const struct http2_half *ask)
{
	struct view authority = http2_value(ask, ":authority");
	put_host(w, authority.len ? authority : http2_value(ask, "host"));
	http_put(w, EV_KEY(http, url), http2_value(ask, ":path"));
	http_put(w, EV_KEY(http, http_user_agent), http2_value(ask, "user-agent"));
	http_put(w, EV_KEY(http, xff), http2_value(ask, "x-forwarded-for"));
}

static void
put_more(struct jw *w, const struct http2_half *ask)
{
	http_put(w, EV_KEY(http, origin), http2_value(ask, "origin"));
	http_put(w, EV_KEY(http, accept_language), http2_value(ask, "accept-language"));
	http_put(
	    w, EV_KEY(http, request_content_type), http_value(http2_value(ask, "content-type")));
	http_put_user(w, http2_value(ask, "authorization"));
	if (ask->length)
		put_number(w, EV_KEY(http, request_length), (int64_t)ask->length);
	http_put_elastic(w, http2_value(ask, ":path"));
}

static void
put_response(struct jw *w, const struct http2_half *answer)
{
	struct view status = http2_value(answer, ":status");
	struct cursor c = cursor_of_view(status);
	int64_t code = 0;
	uint8_t b;
	while (cursor_u8(&c, &b) && b >= '0' && b <= '9' && code < 1000)
		code = code * 10 + (b - '0');
	if (status.len)
		put_number(w, EV_KEY(http, status), code);
	if (code > 300 && code < 400)
		http_put(w, EV_KEY(http, redirect), http2_value(answer, "location"));
	if (answer->first)
		put_number(w, EV_KEY(http, length), (int64_t)answer->length);
	http_put(w, EV_KEY(http, server), http2_value(answer, "server"));
	http_put(w, EV_KEY(http, content_encoding), http2_value(answer, "content-encoding"));
}

/* /package.Service/Method, and how it ended in the trailers. */
static void
put_grpc(struct jw *w, const struct http2_tx *tx)
{
	const struct http2_half *ask = &tx->half[DIR_TO_SERVER], *answer = &tx->half[DIR_TO_CLIENT];
	struct view path = http2_value(ask, ":path");
	struct cursor c = cursor_of_view(path), method;
	if (!tx->grpc)
		return;
	ev_key(w, http, grpc);
	jw_object(w);
	(void)cursor_skip(&c, 1);
	const uint8_t *slash = cursor_left(&c) ? memchr(c.at, '/', cursor_left(&c)) : NULL;
	if (slash) {
		method = c;
		(void)cursor_skip(&method, (size_t)(slash - c.at) + 1);
		http_put(
		    w, EV_KEY(http_grpc, service), (struct view){ c.at, (size_t)(slash - c.at) });
		http_put(
		    w, EV_KEY(http_grpc, method), (struct view){ method.at, cursor_left(&method) });
	}
	http_put(w, EV_KEY(http_grpc, status), http2_value(answer, "grpc-status"));
	http_put(w, EV_KEY(http_grpc, message), http2_value(answer, "grpc-message"));
	put_number(w, EV_KEY(http_grpc, request_messages), ask->messages);
	put_number(w, EV_KEY(http_grpc, response_messages), answer->messages);
	jw_object_end(w);
}

void
http2_write(const struct http2_tx *tx, struct jw *w)
{
	const struct http2_half *ask = &tx->half[DIR_TO_SERVER], *answer = &tx->half[DIR_TO_CLIENT];
	jw_key(w, "http");
	jw_object(w);
	put_request(w, ask);
	http_put(
	    w, EV_KEY(http, http_content_type), http_value(http2_value(answer, "content-type")));
	http_put_range(w, http2_value(answer, "content-range"));
	http_put(w, EV_KEY(http, http_refer), http2_value(ask, "referer"));
	http_put(w, EV_KEY(http, http_method), http2_value(ask, ":method"));
	put_response(w, answer);
	put_more(w, ask);
	ev_key(w, http, version);
	jw_text(w, "2");
	put_grpc(w, tx);
	put_headers(w, EV_KEY(http, request_headers), ask);
	put_headers(w, EV_KEY(http, response_headers), answer);
	ev_key(w, http, http2);
	jw_object(w);
	ev_key(w, http2, stream_id);
	jw_u64(w, tx->stream);
	put_half(w, EV_KEY(http2, request), ask);
	put_half(w, EV_KEY(http2, response), answer);
	jw_object_end(w);
	jw_object_end(w);
}
