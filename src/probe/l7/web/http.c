/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1 by libhtp (RFC 9110, 9112) in the table of protocols. A transaction is a request and its
 * response.
 */
#include <stdlib.h>

#include "http_head.h"
#include "http_state.h"

/* ---- probing ---- */

static enum l7_guess
prefix(struct view data, const char *word)
{
	size_t n = strlen(word), have = data.len < n ? data.len : n;
	if (memcmp(data.ptr, word, have) != 0)
		return L7_NO;
	return have < n ? L7_MAYBE : L7_YES;
}

static enum l7_guess
probe_request(struct view data)
{
	static const char *const methods[] = { "GET ", "POST ", "HEAD ", "PUT ", "DELETE ",
		"OPTIONS ", "CONNECT ", "TRACE ", "PATCH ", "PROPFIND ", "PROPPATCH ", "MKCOL ",
		"COPY ", "MOVE ", "LOCK ", "UNLOCK ", "REPORT ", "SEARCH ", "MKACTIVITY ",
		"CHECKOUT ", "MERGE ", "BPROPFIND ", "RPC_IN_DATA ", "RPC_OUT_DATA ", "DEBUG ",
		"TRACK ", "PURGE ", "CCM_POST " };
	bool maybe = false;
	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
		if (data.len && *data.ptr != (uint8_t)*methods[i])
			continue;
		enum l7_guess guess = prefix(data, methods[i]);
		if (guess == L7_YES)
			return L7_YES;
		maybe = maybe || guess == L7_MAYBE;
	}
	return maybe ? L7_MAYBE : L7_NO;
}

/* Any other method, or what stands in its place: a printable line that ends in the version. */
static enum l7_guess
probe_line(struct view data)
{
	struct cursor c = cursor_of_view(data), tail;
	struct view line = data, version;
	uint8_t b;
	bool whole = cursor_line(&c, &line);
	for (tail = cursor_of_view(line); cursor_u8(&tail, &b);) {
		if (b < ' ' && b != '\t' && b != '\r')
			return L7_NO;
	}
	if (!whole)
		return data.len < 512 ? L7_MAYBE : L7_NO;
	tail = cursor_of_view(line);
	if (line.len < 12 || !cursor_skip(&tail, line.len - 9) || !cursor_take(&tail, 9, &version))
		return L7_NO;
	return http_begins(version, " HTTP/1.") ? L7_YES : L7_NO;
}

/* SIP and RTSP have that method, too: their name stands at the end of the line. */
static enum l7_guess
probe_options(struct view data)
{
	static const char *const others[] = { "sip:", "sips:", "rtsp:" };
	struct cursor c = cursor_of_view(data), rest = c;
	struct view line = data;
	(void)cursor_skip(&rest, strlen("OPTIONS "));
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		if (prefix((struct view){ rest.at, cursor_left(&rest) }, others[i]) == L7_YES)
			return L7_NO;
	}
	if (!cursor_line(&c, &line))
		return data.len < 512 ? L7_MAYBE : L7_YES;
	return memmem(line.ptr, line.len, " RTSP/", 6) || memmem(line.ptr, line.len, " SIP/", 5)
		   ? L7_NO
		   : L7_YES;
}

static enum l7_guess
probe(const struct l7_first *first)
{
	if (first->dir == DIR_TO_CLIENT)
		return prefix(first->data, "HTTP/1.") == L7_NO ? prefix(first->data, "HTTP/0.9")
							       : prefix(first->data, "HTTP/1.");
	enum l7_guess guess = probe_request(first->data);
	if (guess == L7_YES && prefix(first->data, "OPTIONS ") == L7_YES)
		return probe_options(first->data);
	return guess == L7_NO ? probe_line(first->data) : guess;
}

bool
http_begins_message(struct view bytes, enum dir dir)
{
	struct cursor c = cursor_of_view(bytes);
	uint8_t digit = 0;
	if (dir == DIR_TO_CLIENT)
		return prefix(bytes, "HTTP/1.") == L7_YES && cursor_peek(&c, 9, &digit) &&
		       digit >= '1' && digit <= '9';
	if (probe_line(bytes) == L7_YES)
		return true;
	return !memchr(bytes.ptr, '\n', bytes.len) && probe_request(bytes) == L7_YES;
}

struct l7_http *
l7_http_new(void)
{
	struct l7_http *h = calloc(1, sizeof(*h));
	if (!h)
		return NULL;
	h->cfg = htp_config_create();
	if (!h->cfg) {
		free(h);
		return NULL;
	}
	http_configure(h->cfg);
	return h;
}

void
l7_http_free(struct l7_http *h)
{
	if (!h)
		return;
	htp_config_destroy(h->cfg);
	free(h);
}

/* ---- the row ---- */

static bool
begin(struct http_state *s)
{
	s->connp = htp_connp_create(s->l->http->cfg);
	if (!s->connp)
		return false;
	htp_connp_set_user_data(s->connp, s);
	htp_connp_open(s->connp, NULL, 0, NULL, 0, NULL);
	return true;
}

static bool
row_open(struct l7 *l, struct l7_flow *lf)
{
	struct http_state *s = lf->state;
	s->l = l;
	s->lf = lf;
	s->seek[0] = s->seek[1] = l->flow->flags & FLOW_MIDSTREAM;
	return begin(s);
}

/* What libhtp said of `n` bytes, as l7 wants it. */
static long
verdict(struct http_state *s, int rc, size_t n, size_t consumed)
{
	if (s->full)
		return L7_FULL;
	switch (rc) {
	case HTP_STREAM_ERROR: /* behind HTTP/0.9 may come anything */
		return s->ancient ? L7_STOP : L7_BAD;
	case HTP_STREAM_DATA_OTHER:
		s->lf->again = s->tunnel;
		return (long)consumed;
	case HTP_STREAM_TUNNEL:
		s->lf->again = true;
		return (long)(s->tunnel ? consumed : 0);
	case HTP_STREAM_CLOSED:
	case HTP_STREAM_STOP:
		return L7_STOP;
	default:
		s->lf->again = s->tunnel;
		return (long)n;
	}
}

#define NOISE_MAX 64

/*
 * Browsers pass by blanks, and a line of something else, before a status line; libhtp takes them
 * for a body. Returns bytes before it, or 0.
 */
static size_t
noise(const struct http_state *s, struct view bytes)
{
	const htp_tx_t *tx = htp_connp_get_out_tx(s->connp);
	struct cursor c = cursor_of_view(bytes);
	if ((tx && tx->response_progress > HTP_RESPONSE_LINE) || prefix(bytes, "HTTP/") != L7_NO)
		return 0;
	for (size_t n = 1; n < NOISE_MAX && cursor_skip(&c, 1); n++) {
		uint8_t before = c.at[-1];
		struct view rest = { c.at, cursor_left(&c) };
		if (rest.len >= 7 && (before == '\n' || before == '\r' || before == ' ') &&
		    prefix(rest, "HTTP/1.") == L7_YES)
			return n;
	}
	return 0;
}

static long
parse(struct http_state *s, struct view bytes, enum dir dir)
{
	if (dir == DIR_TO_SERVER) {
		s->bytes = bytes;
		s->chunks.from = 0;
		int rc = htp_connp_req_data(s->connp, NULL, bytes.ptr, bytes.len);
		long used = verdict(s, rc, bytes.len, htp_connp_req_data_consumed(s->connp));
		if (used > 0)
			http_chunks_walk(s, (size_t)used);
		s->bytes = (struct view){ 0 };
		return used;
	}
	size_t skip = noise(s, bytes);
	struct cursor c = cursor_of_view(bytes);
	(void)cursor_skip(&c, skip);
	int rc = htp_connp_res_data(s->connp, NULL, c.at, cursor_left(&c));
	long used = verdict(s, rc, cursor_left(&c), htp_connp_res_data_consumed(s->connp));
	return used < 0 ? used : (long)skip + used;
}

/* HTTP/2's preface between two requests: the answer that agreed to it was not seen. */
static bool
begins_http2(const struct http_state *s, struct view bytes)
{
	return prefix(bytes, "PRI * HTTP/2.0\r\n") == L7_YES &&
	       (!s->connp || !htp_connp_get_in_tx(s->connp));
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct http_state *s = lf->state;
	(void)l;
	if (s->closed || (!s->connp && !begin(s)))
		return L7_STOP;
	s->dir = dir;
	if (dir == DIR_TO_SERVER && begins_http2(s, bytes)) {
		lf->again = true;
		lf->follow = L7_HTTP2;
		return 0;
	}
	if (s->seek[dir] && !http_found(s, bytes, dir))
		return (long)bytes.len;
	long used = parse(s, bytes, dir);
	http_odd_forget(s);
	return used;
}

static bool
lost(struct l7 *l, struct l7_flow *lf, uint64_t n, enum dir dir)
{
	struct http_state *s = lf->state;
	(void)l;
	s->dir = dir;
	return !s->closed && http_lost(s, n, dir);
}

/*
 * A server that has finished may still be sent requests (and a false end may be there to hide one:
 * CVE-2018-6794). So its end is told to libhtp only when a response's body lasts until then. Fields
 * that no blank line ended are whole then.
 */
static void
end(struct l7 *l, struct l7_flow *lf, enum dir dir)
{
	struct http_state *s = lf->state;
	(void)l;
	if (s->closed || !s->connp)
		return;
	s->dir = dir;
	const htp_tx_t *out = htp_connp_get_out_tx(s->connp);
	if (dir == DIR_TO_SERVER)
		htp_connp_req_close(s->connp, NULL);
	else if (out && out->response_progress == HTP_RESPONSE_HEADERS)
		http_cut(s, dir);
	else if (out && out->response_progress == HTP_RESPONSE_BODY)
		htp_connp_close(s->connp, NULL);
}

static void
finish(struct l7 *l, struct l7_flow *lf)
{
	struct http_state *s = lf->state;
	s->dir = DIR_TO_CLIENT;
	if (!s->closed && !lf->bad && s->connp)
		htp_connp_close(s->connp, NULL);
	s->closed = true;
	while (s->oldest) {
		struct http_tx *tx = s->oldest;
		if (!tx->uri)
			tx->uri = http_normalised(tx->htp);
		if (tx->htp->request_line || tx->asked || tx->answered) {
			http_tx_event(s, tx);
			continue;
		}
		s->oldest = tx->next; /* nothing was read of it */
		s->newest = s->oldest ? s->newest : NULL;
		s->live--;
		http_tx_free(l, tx);
	}
}

static void
release(struct l7 *l, struct l7_flow *lf, const void *data_of)
{
	struct http_tx *tx = (void *)(uintptr_t)data_of;
	struct http_state *s = lf->state;
	htp_tx_t *htp = tx->htp;
	http_tx_free(l, tx);
	s->live--;
	(void)htp_tx_destroy(htp); /* those that are incomplete go with the connection */
	bool idle = !htp_connp_get_in_tx(s->connp) && !htp_connp_get_out_tx(s->connp);
	if (idle && s->live == 0 && !s->closed && !s->tunnel && !lf->again) {
		htp_connp_destroy_all(s->connp);
		s->connp = NULL;
	}
}

static void
row_close(struct l7 *l, struct l7_flow *lf)
{
	struct http_state *s = lf->state;
	while (s->oldest) {
		struct http_tx *next = s->oldest->next;
		http_tx_free(l, s->oldest);
		s->oldest = next;
	}
	if (s->connp)
		htp_connp_destroy_all(s->connp);
	bag_empty(&l->texts, &s->upgrade.bag);
}

const struct http_upgrade *
http_upgraded(const struct l7_flow *before)
{
	if (!before || before->proto != L7_HTTP || !before->state)
		return NULL;
	const struct http_state *s = before->state;
	return s->upgrade.uri.ptr ? &s->upgrade : NULL;
}

static void
row_write(const void *data_of, struct jw *w)
{
	http_write(data_of, w);
}

/*
 * Conservative: credentials answered by 401 failed, by a success or redirection were taken. A
 * posted login form failed when it is refused, sent back to a login, or shown again; it succeeded
 * when it leads elsewhere.
 */
static enum l7_login
login(const void *data_of)
{
	const struct http_tx *tx = data_of;
	int status = tx->htp->response_status_number;
	if (tx->answers_auth && (status == 401 || (status >= 200 && status < 400)))
		return status == 401 ? L7_LOGIN_FAIL : L7_LOGIN_OK;
	if (!tx->form_post)
		return L7_LOGIN_NONE;
	if (status == 401 || status == 403)
		return L7_LOGIN_FAIL;
	if (status > 300 && status < 400) {
		struct view to = http_header(tx->htp->response_headers, "location");
		return to.len && !http_form_refused(to) ? L7_LOGIN_OK : L7_LOGIN_FAIL;
	}
	return status == 200 && tx->form.found ? L7_LOGIN_FAIL : L7_LOGIN_TRY;
}

const struct l7_row l7_http_row = {
	.name = "http",
	.proto = L7_HTTP,
	.tcp = true,
	.waits = true,
	.answers = true,
	.state_size = sizeof(struct http_state),
	.tx_size = sizeof(struct http_tx),
	.probe = probe,
	.open = row_open,
	.data = data,
	.lost = lost,
	.end = end,
	.finish = finish,
	.release = release,
	.close = row_close,
	.buffer = http_buffer,
	.write = row_write,
	.login = login,
};
