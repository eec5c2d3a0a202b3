/* SPDX-License-Identifier: Apache-2.0 */
/* What libhtp complains about, under EVE's names of anomalies. It says so in English sentences. */
#include <stdlib.h>

#include "http_head.h"
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

/* The transaction that bytes of this direction belong to; NULL: none has begun. */
static struct http_tx *
current(const struct http_state *s)
{
	const htp_tx_t *htp = s->dir == DIR_TO_SERVER ? htp_connp_get_in_tx(s->connp)
						      : htp_connp_get_out_tx(s->connp);
	struct http_tx *tx = htp ? htp_tx_get_user_data(htp) : NULL;
	return tx ? tx : s->newest;
}

/* Once a transaction. */
static void
say(struct http_state *s, struct http_tx *tx, uint64_t bit, const char *event)
{
	if (tx && tx->odd & bit)
		return;
	if (tx)
		tx->odd |= bit;
	l7_odd(s->l, s->lf, event, tx ? (int64_t)tx->id : -1, s->dir);
}

int
http_on_log(htp_log_t *log)
{
	struct http_state *s = htp_connp_get_user_data(log->connp);
	size_t i = row_of(log->msg);
	if (i == ROWS)
		return HTP_OK;
	const char *event = rows[i].event;
	if (s->holes && event && strcmp(event, UNMATCHED) == 0)
		return HTP_OK; /* the request may have been lost */
	if (!event)
		event = s->dir == DIR_TO_SERVER ? "REQUEST_HEADER_REPETITION"
						: "RESPONSE_HEADER_REPETITION";
	say(s, current(s), UINT64_C(1) << i, event);
	return HTP_OK;
}

/* What libhtp notes of a request without a word. */
static const struct {
	uint64_t flag;
	const char *event;
} flags[] = {
	{ HTP_HOST_MISSING, "MISSING_HOST_HEADER" },
	{ HTP_HOST_AMBIGUOUS, "HOST_HEADER_AMBIGUOUS" },
	{ HTP_HOSTU_INVALID, "REQUEST_URI_HOST_INVALID" },
	{ HTP_HOSTH_INVALID, "REQUEST_HEADER_HOST_INVALID" },
	{ HTP_REQUEST_INVALID_T_E, "INVALID_TRANSFER_ENCODING_VALUE_IN_REQUEST" },
	{ HTP_REQUEST_INVALID_C_L, "INVALID_CONTENT_LENGTH_FIELD_IN_REQUEST" },
};

/* Credentials of a kind that has a name (IANA's registry of authentication schemes). */
static bool
known_scheme(struct view auth)
{
	static const char *const schemes[] = { "basic", "bearer", "concealed", "digest", "dpop",
		"gnap", "hoba", "mutual", "negotiate", "ntlm", "oauth", "privatetoken", "scram-",
		"vapid" };
	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
		if (http_begins(auth, schemes[i]))
			return true;
	}
	return false;
}

void
http_odd_request(struct http_state *s, struct http_tx *tx)
{
	const htp_tx_t *htp = tx->htp;
	int64_t id = (int64_t)tx->id;
	struct view auth = http_header(htp->request_headers, "authorization");
	const htp_uri_t *uri = htp->parsed_uri_raw;
	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		if (htp->flags & flags[i].flag)
			l7_odd(s->l, s->lf, flags[i].event, id, DIR_TO_SERVER);
	}
	if (uri && uri->port && uri->port_number == -1)
		l7_odd(s->l, s->lf, "INVALID_AUTHORITY_PORT", id, DIR_TO_SERVER);
	if (auth.len && !known_scheme(auth))
		l7_odd(s->l, s->lf, "REQUEST_AUTH_UNRECOGNIZED", id, DIR_TO_SERVER);
}

void
http_odd_body(struct http_state *s, struct http_tx *tx, struct body *b, bool zlib)
{
	if (b->told || !(b->bomb || b->damaged || b->plain))
		return;
	b->told = true;
	if (b->bomb || zlib)
		l7_odd(s->l, s->lf, b->bomb ? "COMPRESSION_BOMB" : "GZIP_DECOMPRESSION_FAILED",
		    (int64_t)tx->id, (enum dir)b->dir);
}

void
http_odd_forget(struct http_state *s)
{
	const htp_conn_t *conn = s->connp ? htp_connp_get_connection(s->connp) : NULL;
	size_t n = conn && conn->messages ? htp_list_size(conn->messages) : 0;
	for (size_t i = 0; i < n; i++) { /* libhtp keeps them until the connection ends */
		htp_log_t *log = htp_list_pop(conn->messages);
		free((void *)(uintptr_t)log->msg);
		free(log);
	}
}
