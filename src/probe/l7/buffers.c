/* SPDX-License-Identifier: Apache-2.0 */
#include "row.h"

static const struct l7_buffer_row buffers[L7_BUF_COUNT] = {
	[L7_BUF_HTTP_URI] = { "http.uri", "http_uri", L7_HTTP, L7_READY_REQUEST },
	[L7_BUF_HTTP_METHOD] = { "http.method", "http_method", L7_HTTP, L7_READY_REQUEST },
	[L7_BUF_HTTP_HOST] = { "http.host", "http_host", L7_HTTP, L7_READY_REQUEST },
	[L7_BUF_HTTP_USER_AGENT] = { "http.user_agent", "http_user_agent", L7_HTTP,
	    L7_READY_REQUEST },
	[L7_BUF_DNS_QUERY] = { "dns.query", "dns_query", L7_DNS, L7_READY_REQUEST },
	[L7_BUF_TLS_SNI] = { "tls.sni", "tls_sni", L7_TLS, L7_READY_REQUEST },
};

const struct l7_buffer_row *
l7_buffer_row(enum l7_buffer b)
{
	return b < L7_BUF_COUNT ? &buffers[b] : NULL;
}

bool
l7_tx_buffer(const struct l7_tx *tx, enum l7_buffer b, struct view *out)
{
	const struct l7_row *row = l7_row(tx->proto);
	if (b >= L7_BUF_COUNT || buffers[b].proto != tx->proto || !row || !row->buffer || !tx->data)
		return false;
	return row->buffer(tx->data, b, out);
}
