/* SPDX-License-Identifier: Apache-2.0 */
/* What signatures look at in HTTP/1. */
#include "fields.h"
#include "http_state.h"

static bool
next_field(const void *of, size_t *at, struct field *out)
{
	const htp_table_t *t = of;
	if (!t || *at >= htp_table_size(t))
		return false;
	const htp_header_t *h = htp_table_get_index(t, (*at)++, NULL);
	*out = (struct field){ http_text(h->name), http_text(h->value) };
	return true;
}

static bool
nth_field(const void *of, size_t i, struct field *out)
{
	return next_field(of, &i, out);
}

static struct view
value(const struct http_tx *tx, const struct l7_ask *ask)
{
	const char *name = fields_name(ask->what, ask->dir);
	if (!name)
		return (struct view){ 0 };
	return http_header(
	    ask->dir == DIR_TO_SERVER ? tx->htp->request_headers : tx->htp->response_headers, name);
}

/* As it was sent: of the address when that names one. */
static struct view
raw_host(const htp_tx_t *htp)
{
	if (htp->parsed_uri && htp->parsed_uri->hostname)
		return http_text(htp->parsed_uri->hostname);
	return http_header(htp->request_headers, "host");
}

static struct view
text(const struct http_tx *tx, const struct l7_ask *ask)
{
	const htp_tx_t *htp = tx->htp;
	bool asked = ask->dir == DIR_TO_SERVER;
	switch (ask->what) {
	case L7_BUF_HTTP_URI:
		return http_text(tx->uri);
	case L7_BUF_HTTP_URI_RAW:
		return http_text(htp->request_uri);
	case L7_BUF_HTTP_METHOD:
		return http_text(htp->request_method);
	case L7_BUF_HTTP_HOST:
		return http_text(tx->host);
	case L7_BUF_HTTP_HOST_RAW:
		return raw_host(htp);
	case L7_BUF_HTTP_REQUEST_LINE:
		return http_text(htp->request_line);
	case L7_BUF_HTTP_RESPONSE_LINE:
		return http_text(htp->response_line);
	case L7_BUF_HTTP_PROTOCOL:
		return http_text(asked ? htp->request_protocol : htp->response_protocol);
	case L7_BUF_HTTP_STAT_CODE:
		return http_text(htp->response_status);
	case L7_BUF_HTTP_STAT_MSG:
		return http_text(htp->response_message);
	case L7_BUF_HTTP_HEADER_RAW:
		return hold_view(&tx->raw[ask->dir]);
	default:
		return value(tx, ask);
	}
}

bool
http_buffer(const void *data, const struct l7_ask *ask, struct view *out)
{
	const struct http_tx *tx = data;
	const htp_tx_t *htp = tx->htp;
	bool asked = ask->dir == DIR_TO_SERVER;
	const struct fields f = { asked ? htp->request_headers : htp->response_headers, next_field,
		nth_field, http_text(asked ? htp->request_line : htp->response_line) };
	switch (ask->what) {
	case L7_BUF_HTTP_HEADER:
		return fields_all(&f, ask, out);
	case L7_BUF_HTTP_HEADER_NAMES:
		return fields_names(&f, ask, out);
	case L7_BUF_HTTP_START:
		return fields_start(&f, ask, out);
	case L7_BUF_HTTP_REQUEST_HEADER:
	case L7_BUF_HTTP_RESPONSE_HEADER:
		return fields_one(&f, ask, out);
	default:
		if (ask->i)
			return false;
		*out = text(tx, ask);
		return out->ptr != NULL;
	}
}
