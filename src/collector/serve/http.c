/* SPDX-License-Identifier: Apache-2.0 */
#include "http.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/log.h"

#define THREADS 4

struct http {
	struct MHD_Daemon *daemon;
	struct http_config config;
};

/* What a request has brought so far. */
struct pending {
	struct buf body;
	bool too_long;
};

struct walk {
	http_query_fn fn;
	void *context;
};

static enum MHD_Result
walk_one(void *context, enum MHD_ValueKind kind, const char *name, const char *value)
{
	const struct walk *w = context;

	(void)kind;
	return w->fn(w->context, name, value ? value : "") ? MHD_YES : MHD_NO;
}

void
http_query(const struct http_request *r, http_query_fn fn, void *context)
{
	struct walk w = { fn, context };

	(void)MHD_get_connection_values(r->inside, MHD_GET_ARGUMENT_KIND, walk_one, &w);
}

static void
peer_text(struct MHD_Connection *c, char out[64])
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	out[0] = 0;
	if (info && info->client_addr)
		(void)getnameinfo(info->client_addr,
		    info->client_addr->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
							     : sizeof(struct sockaddr_in),
		    out, 64, NULL, 0, NI_NUMERICHOST);
}

static const char *
header(struct MHD_Connection *c, const char *name)
{
	const char *v = MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);

	return v ? v : "";
}

/* Nothing of ours is a page: no caching, no sniffing, no frames, no scripts. */
static void
add_headers(struct MHD_Response *r, const struct http_reply *reply)
{
	char seconds[16];

	(void)MHD_add_response_header(r, "Content-Type", reply->type);
	(void)MHD_add_response_header(r, "Cache-Control", "no-store");
	(void)MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
	(void)MHD_add_response_header(
	    r, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
	if (reply->status == 401)
		(void)MHD_add_response_header(r, "WWW-Authenticate", "Bearer");
	if (reply->allow)
		(void)MHD_add_response_header(r, "Allow", reply->allow);
	if (reply->retry_after) {
		(void)snprintf(seconds, sizeof(seconds), "%u", reply->retry_after);
		(void)MHD_add_response_header(r, "Retry-After", seconds);
	}
}

static enum MHD_Result
send_reply(struct MHD_Connection *c, struct http_reply *reply)
{
	static char out_of_memory[] = "{\"error\":\"the answer is too large\"}";
	struct MHD_Response *r;
	enum MHD_Result done;

	if (reply->body.failed || !reply->body.ptr) {
		reply->status = reply->body.failed ? 507 : reply->status;
		r = MHD_create_response_from_buffer(
		    reply->body.failed ? sizeof(out_of_memory) - 1 : 0, out_of_memory,
		    MHD_RESPMEM_PERSISTENT);
	} else {
		r = MHD_create_response_from_buffer(
		    reply->body.len, reply->body.ptr, MHD_RESPMEM_MUST_COPY);
	}
	if (!r)
		return MHD_NO;
	add_headers(r, reply);
	done = MHD_queue_response(c, reply->status, r);
	MHD_destroy_response(r);
	return done;
}

static enum MHD_Result
answer_whole(struct http *h, struct MHD_Connection *c, const char *method, const char *path,
    const struct pending *p)
{
	const char *token = header(c, "Authorization");
	char peer[64];
	struct http_request request = { method, path, { p->body.ptr, p->body.len },
		header(c, "Content-Type"), strncasecmp(token, "Bearer ", 7) == 0 ? token + 7 : "",
		peer, c };
	struct http_reply reply = { .status = 500, .type = "application/json" };
	enum MHD_Result done;

	peer_text(c, peer);
	buf_init(&reply.body, HTTP_REPLY_MAX);
	if (p->too_long || p->body.failed) {
		reply.status = 413;
		buf_text(&reply.body, "{\"error\":\"the body is larger than 64 KiB\"}");
	} else {
		h->config.answer(h->config.user, &request, &reply);
	}
	done = send_reply(c, &reply);
	buf_fini(&reply.body);
	return done;
}

/* libmicrohttpd calls once for the headers, then for each piece of the body, then once more. */
static enum MHD_Result
on_request(void *user, struct MHD_Connection *c, const char *path, const char *method,
    const char *version, const char *data, size_t *n, void **state)
{
	struct pending *p = *state;

	(void)version;
	if (!p) {
		p = calloc(1, sizeof(*p));
		if (!p)
			return MHD_NO;
		buf_init(&p->body, HTTP_BODY_MAX);
		*state = p;
		return MHD_YES;
	}
	if (*n) {
		if (p->body.len + *n > HTTP_BODY_MAX)
			p->too_long = true;
		else
			buf_add(&p->body, data, *n);
		*n = 0;
		return MHD_YES;
	}
	return answer_whole(user, c, method, path, p);
}

static void
on_done(void *user, struct MHD_Connection *c, void **state, enum MHD_RequestTerminationCode code)
{
	struct pending *p = *state;

	(void)user;
	(void)c;
	(void)code;
	if (p)
		buf_fini(&p->body);
	free(p);
	*state = NULL;
}

/* "host:port" or "[v6]:port", numbers only: a name could mean any address tomorrow. */
static int
parse_listen(const char *text, struct sockaddr_storage *out, struct err *e)
{
	char host[64];
	const char *colon = strrchr(text, ':');
	struct addrinfo want = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE }, *found;
	size_t n = colon ? (size_t)(colon - text) : 0;

	if (!colon || n == 0 || n >= sizeof(host))
		return err_set(e, "http.listen: \"%s\" is not ADDRESS:PORT", text);
	memcpy(host, text, n);
	host[n] = 0;
	if (host[0] == '[' && host[n - 1] == ']') {
		host[n - 1] = 0;
		memmove(host, host + 1, n - 1);
	}
	if (getaddrinfo(host, colon + 1, &want, &found))
		return err_set(e, "http.listen: \"%s\" is not ADDRESS:PORT", text);
	memcpy(out, found->ai_addr, found->ai_addrlen);
	freeaddrinfo(found);
	return 0;
}

struct http *
http_open(const struct http_config *c, struct err *e)
{
	struct http *h = calloc(1, sizeof(*h));
	struct sockaddr_storage address = { .ss_family = 0 };
	unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_EPOLL;

	if (!h || parse_listen(c->listen, &address, e)) {
		if (!h)
			(void)err_set(e, "no memory");
		free(h);
		return NULL;
	}
	h->config = *c;
	if (address.ss_family == AF_INET6)
		flags |= MHD_USE_IPv6;
	h->daemon = MHD_start_daemon(flags, 0, NULL, NULL, on_request, h, MHD_OPTION_SOCK_ADDR,
	    (struct sockaddr *)&address, MHD_OPTION_THREAD_POOL_SIZE, THREADS,
	    MHD_OPTION_CONNECTION_LIMIT, c->connections_max, MHD_OPTION_CONNECTION_TIMEOUT,
	    c->timeout_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)32768,
	    MHD_OPTION_NOTIFY_COMPLETED, on_done, NULL, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1,
	    MHD_OPTION_END);
	if (h->daemon)
		return h;
	(void)err_set(e,
	    "http.listen: cannot listen on %s (in use, or not an address of this machine)",
	    c->listen);
	free(h);
	return NULL;
}

void
http_close(struct http *h)
{
	if (!h)
		return;
	MHD_stop_daemon(h->daemon);
	free(h);
}
