/* SPDX-License-Identifier: Apache-2.0 */
/* The record of HTTP/1, as EVE has it and a little more. Cookies are never in it. */
#include "http_head.h"
#include "http_state.h"
#include "wire/event.h"

static void
put_number(struct jw *w, const char *key, int64_t v)
{
	jw_key_n(w, key, strlen(key));
	jw_i64(w, v);
}

static void
put_request(struct jw *w, const htp_tx_t *htp)
{
	const htp_table_t *t = htp->request_headers;
	http_put(w, EV_KEY(http, hostname), http_text(htp->request_hostname));
	if (htp->request_port_number >= 0)
		put_number(w, EV_KEY(http, http_port), htp->request_port_number);
	http_put(w, EV_KEY(http, url), http_text(htp->request_uri));
	http_put(w, EV_KEY(http, http_user_agent), http_header(t, "user-agent"));
	http_put(w, EV_KEY(http, xff), http_header(t, "x-forwarded-for"));
}

/* The rest of the request: what EVE has only when it is asked for. */
static void
put_more(struct jw *w, const htp_tx_t *htp)
{
	const htp_table_t *t = htp->request_headers;
	http_put(w, EV_KEY(http, origin), http_header(t, "origin"));
	http_put(w, EV_KEY(http, accept_language), http_header(t, "accept-language"));
	http_put(w, EV_KEY(http, request_content_type), http_value(http_header(t, "content-type")));
	http_put_user(w, http_header(t, "authorization"));
	if (htp->request_message_len > 0)
		put_number(w, EV_KEY(http, request_length), htp->request_message_len);
	http_put_elastic(w, http_text(htp->request_uri));
}

static int64_t
status_of(const htp_tx_t *htp)
{
	size_t at;
	if (!htp->response_status)
		return -1;
	int64_t v = bstr_util_mem_to_pint(
	    bstr_ptr(htp->response_status), bstr_len(htp->response_status), 10, &at);
	return v < 0 ? 0 : v;
}

static void
put_response(struct jw *w, const htp_tx_t *htp)
{
	const htp_table_t *t = htp->response_headers;
	int64_t status = status_of(htp);
	if (status >= 0)
		put_number(w, EV_KEY(http, status), status);
	if (status > 300 && status < 400)
		http_put(w, EV_KEY(http, redirect), http_header(t, "location"));
	put_number(
	    w, EV_KEY(http, length), htp->response_message_len < 0 ? 0 : htp->response_message_len);
	http_put(w, EV_KEY(http, server), http_header(t, "server"));
	http_put(w, EV_KEY(http, content_encoding), http_header(t, "content-encoding"));
}

void
http_write(const struct http_tx *tx, struct jw *w)
{
	const htp_tx_t *htp = tx->htp;
	jw_key(w, "http");
	jw_object(w);
	put_request(w, htp);
	http_put(w, EV_KEY(http, http_content_type),
	    http_value(http_header(htp->response_headers, "content-type")));
	http_put_range(w, http_header(htp->response_headers, "content-range"));
	http_put(w, EV_KEY(http, http_refer), http_header(htp->request_headers, "referer"));
	http_put(w, EV_KEY(http, http_method), http_text(htp->request_method));
	http_put(w, EV_KEY(http, protocol), http_text(htp->request_protocol));
	put_response(w, htp);
	put_more(w, htp);
	jw_object_end(w);
}
