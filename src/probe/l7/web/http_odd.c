/* SPDX-License-Identifier: Apache-2.0 */
/* What libhtp complains about, under EVE's names of anomalies. It says so in English sentences. */
#include <stdlib.h>

#include "http_state.h"

#define UNMATCHED "UNABLE_TO_MATCH_RESPONSE_TO_REQUEST"

static const struct {
	const char *says; /* how its sentence begins */
	const char *event;
} rows[] = {
	{ "GZip decompressor", "GZIP_DECOMPRESSION_FAILED" },
	{ "Request field invalid: colon missing", "REQUEST_FIELD_MISSING_COLON" },
	{ "Response field invalid: missing colon", "RESPONSE_FIELD_MISSING_COLON" },
	{ "Request chunk encoding: Invalid", "INVALID_REQUEST_CHUNK_LEN" },
	{ "Response chunk encoding: Invalid", "INVALID_RESPONSE_CHUNK_LEN" },
	{ "Ambiguous request C-L", "DUPLICATE_CONTENT_LENGTH_FIELD_IN_REQUEST" },
	{ "Ambiguous response C-L", "DUPLICATE_CONTENT_LENGTH_FIELD_IN_RESPONSE" },
	{ "Invalid C-L field in response", "INVALID_CONTENT_LENGTH_FIELD_IN_RESPONSE" },
	{ "Already seen 100-Continue", "100_CONTINUE_ALREADY_SEEN" },
	{ "Unable to match response", UNMATCHED },
	{ "Invalid request field folding", "INVALID_REQUEST_FIELD_FOLDING" },
	{ "Invalid response field folding", "INVALID_RESPONSE_FIELD_FOLDING" },
	{ "Request buffer over", "REQUEST_FIELD_TOO_LONG" },
	{ "Request field length exceeds", "REQUEST_FIELD_TOO_LONG" },
	{ "Response the buffer limit", "RESPONSE_FIELD_TOO_LONG" },
	{ "Response field length exceeds", "RESPONSE_FIELD_TOO_LONG" },
	{ "Request line: missing protocol", "REQUEST_LINE_MISSING_PROTOCOL" },
	{ "Request line: leading whitespace", "REQUEST_LINE_LEADING_WHITESPACE" },
	{ "Request line: URI contains non-compliant", "URI_DELIM_NON_COMPLIANT" },
	{ "Request line: non-compliant delimiter", "METHOD_DELIM_NON_COMPLIANT" },
	{ "Request line incomplete", "REQUEST_LINE_INCOMPLETE" },
	{ "Request header name is not", "REQUEST_HEADER_INVALID" },
	{ "Request field invalid", "REQUEST_HEADER_INVALID" },
	{ "Response header name is not", "RESPONSE_HEADER_INVALID" },
	{ "Response field invalid", "RESPONSE_HEADER_INVALID" },
	{ "Response header value contains null", "RESPONSE_HEADER_INVALID" },
	{ "Unexpected request body", "REQUEST_BODY_UNEXPECTED" },
	{ "Unexpected Response body", "RESPONSE_BODY_UNEXPECTED" },
	{ "Unexpected response body", "RESPONSE_BODY_UNEXPECTED" },
	{ "Too many request headers", "REQUEST_TOO_MANY_HEADERS" },
	{ "Too many response headers", "RESPONSE_TOO_MANY_HEADERS" },
	{ "Switching Protocol with", "SWITCHING_PROTOCOL_WITH_CONTENT_LENGTH" },
	{ "Transfer-encoding has abnormal", "RESPONSE_ABNORMAL_TRANSFER_ENCODING" },
	{ "Chunked transfer-encoding on HTTP/0.9", "RESPONSE_CHUNKED_OLD_PROTO" },
	{ "C-T multipart/byteranges", "RESPONSE_MULTIPART_BYTERANGES" },
	{ "Invalid response line: invalid protocol", "RESPONSE_INVALID_PROTOCOL" },
	{ "Invalid response line: invalid response", "RESPONSE_INVALID_STATUS" },
	{ "Compression bomb: multiple", "LZMA_DECOMPRESSION_FAILED" },
	{ "Compression bomb", "COMPRESSION_BOMB" },
	{ "Too many response content encoding", "TOO_MANY_ENCODING_LAYERS" },
	{ "C-E deflate has abnormal", "ABNORMAL_CE_HEADER" },
	{ "C-E gzip has abnormal", "ABNORMAL_CE_HEADER" },
	{ "C-L value with extra data in the b", "CONTENT_LENGTH_EXTRA_DATA_START" },
	{ "C-L value with extra data in the e", "CONTENT_LENGTH_EXTRA_DATA_END" },
	{ "Repetition for header", NULL },
};

#define ROWS (sizeof(rows) / sizeof(*rows))
_Static_assert(ROWS < 64, "an anomaly said is a bit");

static size_t
row_of(const char *message)
{
	size_t i = 0;
	while (i < ROWS && strncmp(message, rows[i].says, strlen(rows[i].says)) != 0)
		i++;
	return i;
}

static void
say(struct http_state *s, const htp_log_t *log)
{
	struct http_tx *tx = log->tx ? htp_tx_get_user_data(log->tx) : NULL;
	size_t i = row_of(log->msg);
	if (i == ROWS || (tx && tx->odd & UINT64_C(1) << i))
		return;
	if (tx)
		tx->odd |= UINT64_C(1) << i;
	const char *event = rows[i].event;
	if (s->holes && event && strcmp(event, UNMATCHED) == 0)
		return; /* the request may have been lost */
	if (!event)
		event = s->dir == DIR_TO_SERVER ? "REQUEST_HEADER_REPETITION"
						: "RESPONSE_HEADER_REPETITION";
	l7_odd(s->l, s->lf, event, tx ? (int64_t)tx->id : -1, s->dir);
}

void
http_odd(struct http_state *s)
{
	const htp_conn_t *conn = s->connp ? htp_connp_get_connection(s->connp) : NULL;
	if (!conn || !conn->messages)
		return;
	size_t n = htp_list_size(conn->messages);
	for (size_t i = 0; i < n; i++)
		say(s, htp_list_get(conn->messages, i));
	for (size_t i = 0; i < n; i++) { /* libhtp keeps them until the connection ends */
		htp_log_t *log = htp_list_pop(conn->messages);
		free((void *)(uintptr_t)log->msg);
		free(log);
	}
}
