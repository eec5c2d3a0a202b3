/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1 by libhtp (RFC 9110, 9112), the only place that includes it. A transaction is a request
 * and its response.
 *
 * libhtp keeps its own memory per connection and transaction; our objects are from slabs.
 * Transactions are given back to it as soon as they were looked at, and so is a connection between
 * two of them: libhtp never forgets how many there were, and idle ones would cost a kilobyte each.
 */
#include <ctype.h>
#include <htp/htp.h>
#include <stdlib.h>
#include <strings.h>

#include "../row.h"
#include "http_form.h"
#include "wire/event.h"

#define FIELD_SOFT 9000
#define FIELD_HARD 18000
#define HEADERS_MAX 1024
#define BOMB_BYTES (1 << 20)
#define LAYERS 2

struct l7_http {
	htp_cfg_t *cfg;
};

struct http_tx {
	struct http_tx *next;
	htp_tx_t *htp;
	bstr *uri;  /* normalised path, query and fragment */
	bstr *host; /* in lower case, without port */
	uint64_t id;
	bool asked, answered;
	bool answers_auth; /* the request carried Basic or Digest credentials */
	bool form_post;    /* a body was posted to an address that looks like a login */
	uint64_t body;     /* bytes of the response's body searched */
	struct http_form form;
};

struct http_state {
	struct l7 *l;
	struct l7_flow *lf;
	htp_connp_t *connp;
	struct http_tx *oldest, *newest; /* not said with EVENT yet */
	uint32_t live;                   /* these and those in the ready list */
	enum dir dir;                    /* of the bytes being parsed */
	bool full, closed, tunnel;
};

static struct view
text(const bstr *b)
{
	return b ? (struct view){ bstr_ptr(b), bstr_len(b) } : (struct view){ 0 };
}

static struct view
header(const htp_table_t *table, const char *name)
{
	const htp_header_t *h = table ? htp_table_get_c(table, name) : NULL;
	return h ? text(h->value) : (struct view){ 0 };
}

static bool
begins(struct view v, const char *word)
{
	size_t n = strlen(word);
	return v.ptr && v.len >= n && strncasecmp((const char *)v.ptr, word, n) == 0;
}

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
	return begins(version, " HTTP/1.") ? L7_YES : L7_NO;
}

static enum l7_guess
probe(const struct l7_first *first)
{
	if (first->dir == DIR_TO_CLIENT)
		return prefix(first->data, "HTTP/1.") == L7_NO ? prefix(first->data, "HTTP/0.9")
							       : prefix(first->data, "HTTP/1.");
	enum l7_guess guess = probe_request(first->data);
	if (guess == L7_YES && prefix(first->data, "OPTIONS sip:") != L7_NO)
		return prefix(first->data, "OPTIONS sip:") == L7_YES ? L7_NO : L7_MAYBE;
	return guess == L7_NO ? probe_line(first->data) : guess;
}

/* ---- transactions ---- */

static struct http_state *
state_of(const htp_tx_t *tx)
{
	return htp_connp_get_user_data(tx->connp);
}

static void
say(struct http_state *s, struct http_tx *tx, uint8_t ready)
{
	const struct l7_tx out = { L7_HTTP, ready, (uint8_t)s->dir, tx->id, tx };
	l7_say(s->l, s->lf, &out);
}

/* Our part of a transaction, made when libhtp first speaks of it. NULL at a cap: stop. */
static struct http_tx *
tx_of(htp_tx_t *htp)
{
	struct http_tx *tx = htp_tx_get_user_data(htp);
	struct http_state *s = state_of(htp);
	if (tx || s->full)
		return tx;
	if (s->live < s->l->config.max_tx_per_flow)
		tx = slab_get(&s->l->txs[L7_HTTP]);
	if (!tx) {
		s->full = true;
		return NULL;
	}
	tx->htp = htp;
	tx->id = s->lf->next_id++;
	*(s->newest ? &s->newest->next : &s->oldest) = tx;
	s->newest = tx;
	s->live++;
	htp_tx_set_user_data(htp, tx);
	return tx;
}

static void
tx_free(struct l7 *l, struct http_tx *tx)
{
	htp_tx_set_user_data(tx->htp, NULL);
	bstr_free(tx->uri);
	bstr_free(tx->host);
	slab_put(&l->txs[L7_HTTP], tx);
}

static void
say_event(struct http_state *s, struct http_tx *tx)
{
	struct http_tx *before = NULL, *at = s->oldest;
	while (at && at != tx) {
		before = at;
		at = at->next;
	}
	if (!at)
		return;
	*(before ? &before->next : &s->oldest) = tx->next;
	if (s->newest == tx)
		s->newest = before;
	tx->next = NULL;
	s->l->count.http++;
	say(s, tx, L7_READY_EVENT);
}

/* Path, query and fragment, each as libhtp normalised it. */
static bstr *
normalised(const htp_tx_t *htp)
{
	const htp_uri_t *u = htp->parsed_uri;
	if (!u || htp->request_method_number == HTP_M_CONNECT || !u->path)
		return htp->request_uri ? bstr_dup(htp->request_uri) : NULL;
	size_t n = bstr_len(u->path) + (u->query ? bstr_len(u->query) : 0) +
		   (u->fragment ? bstr_len(u->fragment) : 0) + 2;
	bstr *out = bstr_alloc(n);
	if (!out)
		return NULL;
	bstr_add_noex(out, u->path);
	if (u->query) {
		bstr_add_c_noex(out, "?");
		bstr_add_noex(out, u->query);
	}
	if (u->fragment) {
		bstr_add_c_noex(out, "#");
		bstr_add_noex(out, u->fragment);
	}
	return out;
}

static void
look_for_login(struct http_tx *tx)
{
	const htp_tx_t *htp = tx->htp;
	struct view auth = header(htp->request_headers, "authorization");
	tx->answers_auth = begins(auth, "basic ") || begins(auth, "digest ");
	bool body =
	    htp->request_content_length > 0 || htp->request_transfer_coding == HTP_CODING_CHUNKED;
	tx->form_post = htp->request_method_number == HTP_M_POST && body &&
			http_form_path(text(htp->parsed_uri ? htp->parsed_uri->path : NULL));
}

/* ---- libhtp's callbacks ---- */

/* libhtp 0.5.42 does not look at what this returns and makes transactions for ever after an error:
 * stop later. */
static int
on_request_start(htp_tx_t *htp)
{
	(void)tx_of(htp);
	return HTP_OK;
}

static int
on_normalise(htp_tx_t *htp)
{
	uint64_t flags = 0;
	if (htp->parsed_uri && htp->parsed_uri->query)
		(void)htp_urldecode_inplace(
		    htp->cfg, HTP_DECODER_URLENCODED, htp->parsed_uri->query, &flags);
	return HTP_OK;
}

static int
on_request_headers(htp_tx_t *htp)
{
	struct http_tx *tx = tx_of(htp);
	if (!tx)
		return HTP_ERROR;
	if (!tx->uri)
		tx->uri = normalised(htp);
	if (!tx->host && htp->request_hostname)
		tx->host = bstr_dup_lower(htp->request_hostname);
	look_for_login(tx);
	if (!tx->asked)
		say(state_of(htp), tx, L7_READY_REQUEST);
	tx->asked = true;
	return HTP_OK;
}

/*
 * A request without headers (HTTP/0.9) is complete without having them. One that was never seen
 * (the response came first) is libhtp's invention and not for matching.
 */
static int
on_request_complete(htp_tx_t *htp)
{
	struct http_tx *tx = tx_of(htp);
	if (!tx)
		return HTP_ERROR;
	return tx->asked || !htp->request_line ? HTP_OK : on_request_headers(htp);
}

static int
on_response_headers(htp_tx_t *htp)
{
	struct http_tx *tx = tx_of(htp);
	struct http_state *s = state_of(htp);
	int status = htp->response_status_number;
	if (!tx)
		return HTP_ERROR;
	tx->form.wanted = tx->form_post && status == 200;
	if (!tx->form.wanted) /* nobody looks at the body: do not decompress it */
		htp->response_content_encoding_processing = HTP_COMPRESSION_NONE;
	s->tunnel = s->tunnel || status == 101 ||
		    (htp->request_method_number == HTP_M_CONNECT && status >= 200 && status < 300);
	if (!tx->answered)
		say(s, tx, L7_READY_RESPONSE);
	tx->answered = true;
	return HTP_OK;
}

static int
on_response_body(htp_tx_data_t *d)
{
	struct http_tx *tx = htp_tx_get_user_data(d->tx);
	const struct http_state *s = state_of(d->tx);
	if (!tx || !tx->form.wanted || !d->data || tx->body >= s->l->config.body_limit)
		return HTP_OK;
	size_t left = (size_t)(s->l->config.body_limit - tx->body);
	size_t n = d->len < left ? d->len : left;
	http_form_search(&tx->form, (struct view){ d->data, n });
	tx->body += n;
	return HTP_OK;
}

static int
on_complete(htp_tx_t *htp)
{
	struct http_tx *tx = htp_tx_get_user_data(htp);
	if (tx)
		say_event(state_of(htp), tx);
	return HTP_OK;
}

static void
configure(htp_cfg_t *cfg)
{
	(void)htp_config_set_server_personality(cfg, HTP_SERVER_IDS);
	htp_config_set_field_limits(cfg, FIELD_SOFT, FIELD_HARD);
	htp_config_set_number_headers_limit(cfg, HEADERS_MAX);
	htp_config_set_parse_request_cookies(cfg, 0);
	htp_config_set_parse_request_auth(cfg, 0);
	htp_config_set_plusspace_decode(cfg, HTP_DECODER_URLENCODED, 0);
	htp_config_set_convert_lowercase(cfg, HTP_DECODER_DEFAULTS, 0);
	htp_config_set_response_decompression(cfg, 1);
	htp_config_set_response_decompression_layer_limit(cfg, LAYERS);
	htp_config_set_lzma_layers(cfg, 0);
	htp_config_set_compression_bomb_limit(cfg, BOMB_BYTES);
	htp_config_set_log_level(cfg, HTP_LOG_NONE);
	htp_config_register_request_start(cfg, on_request_start);
	htp_config_register_request_uri_normalize(cfg, on_normalise);
	htp_config_register_request_headers(cfg, on_request_headers);
	htp_config_register_request_complete(cfg, on_request_complete);
	htp_config_register_response_headers(cfg, on_response_headers);
	htp_config_register_response_body_data(cfg, on_response_body);
	htp_config_register_transaction_complete(cfg, on_complete);
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
	configure(h->cfg);
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
	return begin(s);
}

/* What libhtp said of `n` bytes, as l7 wants it. */
static long
verdict(struct http_state *s, int rc, size_t n, size_t consumed)
{
	if (s->full)
		return L7_FULL;
	switch (rc) {
	case HTP_STREAM_ERROR:
		return L7_BAD;
	case HTP_STREAM_DATA_OTHER:
		s->lf->again = s->tunnel;
		return (long)consumed;
	case HTP_STREAM_TUNNEL:
		s->lf->again = true;
		return (long)(s->tunnel ? n : 0);
	case HTP_STREAM_CLOSED:
	case HTP_STREAM_STOP:
		return L7_STOP;
	default:
		s->lf->again = s->tunnel;
		return (long)n;
	}
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct http_state *s = lf->state;
	(void)l;
	if (s->closed || (!s->connp && !begin(s)))
		return L7_STOP;
	s->dir = dir;
	if (dir == DIR_TO_SERVER) {
		int rc = htp_connp_req_data(s->connp, NULL, bytes.ptr, bytes.len);
		return verdict(s, rc, bytes.len, htp_connp_req_data_consumed(s->connp));
	}
	int rc = htp_connp_res_data(s->connp, NULL, bytes.ptr, bytes.len);
	return verdict(s, rc, bytes.len, htp_connp_res_data_consumed(s->connp));
}

/*
 * libhtp takes a hole inside a body; one that ends where the body does leaves it between two
 * transactions. Elsewhere there is no telling what was lost.
 */
static bool
lost(struct l7 *l, struct l7_flow *lf, uint64_t n, enum dir dir)
{
	struct http_state *s = lf->state;
	(void)l;
	s->dir = dir;
	if (s->closed || !s->connp)
		return false;
	const htp_tx_t *tx =
	    dir == DIR_TO_SERVER ? htp_connp_get_in_tx(s->connp) : htp_connp_get_out_tx(s->connp);
	if (!tx)
		return false;
	if (dir == DIR_TO_SERVER) {
		if (tx->request_progress != HTP_REQUEST_BODY)
			return false;
		int rc = htp_connp_req_data(s->connp, NULL, NULL, (size_t)n);
		return rc == HTP_STREAM_DATA ||
		       (rc == HTP_STREAM_CLOSED && !htp_connp_get_in_tx(s->connp));
	}
	if (tx->response_progress != HTP_RESPONSE_BODY)
		return false;
	int rc = htp_connp_res_data(s->connp, NULL, NULL, (size_t)n);
	return rc == HTP_STREAM_DATA ||
	       (rc == HTP_STREAM_CLOSED && !htp_connp_get_out_tx(s->connp));
}

/*
 * A server that has finished may still be sent requests (and a false end may be there to hide one:
 * CVE-2018-6794). So its end is told to libhtp only when a response's body lasts until then.
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
			tx->uri = normalised(tx->htp);
		if (tx->htp->request_line || tx->asked || tx->answered) {
			say_event(s, tx);
			continue;
		}
		s->oldest = tx->next; /* nothing was read of it */
		s->newest = s->oldest ? s->newest : NULL;
		s->live--;
		tx_free(l, tx);
	}
}

static void
release(struct l7 *l, struct l7_flow *lf, const void *data_of)
{
	struct http_tx *tx = (void *)(uintptr_t)data_of;
	struct http_state *s = lf->state;
	htp_tx_t *htp = tx->htp;
	tx_free(l, tx);
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
		tx_free(l, s->oldest);
		s->oldest = next;
	}
	if (s->connp)
		htp_connp_destroy_all(s->connp);
}

static bool
buffer(const void *data_of, enum l7_buffer b, struct view *out)
{
	const struct http_tx *tx = data_of;
	switch (b) {
	case L7_BUF_HTTP_URI:
		*out = text(tx->uri);
		break;
	case L7_BUF_HTTP_METHOD:
		*out = text(tx->htp->request_method);
		break;
	case L7_BUF_HTTP_HOST:
		*out = text(tx->host);
		break;
	case L7_BUF_HTTP_USER_AGENT:
		*out = header(tx->htp->request_headers, "user-agent");
		break;
	default:
		return false;
	}
	return out->ptr != NULL;
}

/* ---- the record ---- */

static void
put(struct jw *w, const char *key, struct view v)
{
	if (v.len)
		jw_put_bytes(w, key, v.ptr, v.len);
}

/* "bytes 0-499/1234" (RFC 9110, 14.4); parts that are no numbers are left out. */
static void
put_range(struct jw *w, struct view raw)
{
	const char *const keys[] = { EV_KEY(http_range, start), EV_KEY(http_range, end),
		EV_KEY(http_range, size) };
	struct cursor c = cursor_of_view(raw);
	uint8_t b = 0;
	if (!raw.ptr)
		return;
	ev_key(w, http, content_range);
	jw_object(w);
	put(w, EV_KEY(http_range, raw), raw);
	while (cursor_peek(&c, 0, &b) && !isdigit(b) && b != '*')
		(void)cursor_skip(&c, 1);
	for (int i = 0; i < 3 && cursor_left(&c); i++) {
		uint64_t v = 0;
		size_t digits = 0;
		for (; cursor_peek(&c, 0, &b) && isdigit(b); digits++, (void)cursor_skip(&c, 1))
			v = v * 10 + (uint64_t)(b - '0');
		if (digits && digits < 19) {
			jw_key_n(w, keys[i], strlen(keys[i]));
			jw_u64(w, v);
		}
		if (b == '*')
			i = 1; /* no range, or no size */
		(void)cursor_skip(&c, b == '*' ? 2 : 1);
	}
	jw_object_end(w);
}

static void
put_request(struct jw *w, const htp_tx_t *htp)
{
	put(w, EV_KEY(http, hostname), text(htp->request_hostname));
	if (htp->request_port_number >= 0) {
		ev_key(w, http, http_port);
		jw_i64(w, htp->request_port_number);
	}
	put(w, EV_KEY(http, url), text(htp->request_uri));
	put(w, EV_KEY(http, http_user_agent), header(htp->request_headers, "user-agent"));
	put(w, EV_KEY(http, xff), header(htp->request_headers, "x-forwarded-for"));
}

static void
put_response(struct jw *w, const htp_tx_t *htp)
{
	int64_t status = htp->response_status
			     ? bstr_util_mem_to_pint(bstr_ptr(htp->response_status),
				   bstr_len(htp->response_status), 10, &(size_t){ 0 })
			     : -1;
	if (htp->response_status) {
		ev_key(w, http, status);
		jw_i64(w, status < 0 ? 0 : status);
	}
	if (status > 300 && status < 400)
		put(w, EV_KEY(http, redirect), header(htp->response_headers, "location"));
	ev_key(w, http, length);
	jw_i64(w, htp->response_message_len < 0 ? 0 : htp->response_message_len);
}

static void
row_write(const void *data_of, struct jw *w)
{
	const struct http_tx *tx = data_of;
	const htp_tx_t *htp = tx->htp;
	struct view type = header(htp->response_headers, "content-type");
	const uint8_t *semicolon = type.len ? memchr(type.ptr, ';', type.len) : NULL;
	if (semicolon)
		type.len = (size_t)(semicolon - type.ptr);
	jw_key(w, "http");
	jw_object(w);
	put_request(w, htp);
	put(w, EV_KEY(http, http_content_type), type);
	put_range(w, header(htp->response_headers, "content-range"));
	put(w, EV_KEY(http, http_refer), header(htp->request_headers, "referer"));
	put(w, EV_KEY(http, http_method), text(htp->request_method));
	put(w, EV_KEY(http, protocol), text(htp->request_protocol));
	put_response(w, htp);
	jw_object_end(w);
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
		struct view to = header(tx->htp->response_headers, "location");
		return to.len && !http_form_refused(to) ? L7_LOGIN_OK : L7_LOGIN_FAIL;
	}
	return status == 200 && tx->form.found ? L7_LOGIN_FAIL : L7_LOGIN_TRY;
}

const struct l7_row l7_http_row = {
	.name = "http",
	.proto = L7_HTTP,
	.tcp = true,
	.waits = true,
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
	.buffer = buffer,
	.write = row_write,
	.login = login,
};
