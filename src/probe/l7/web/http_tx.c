/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions of HTTP/1 as libhtp tells of them. */
#include <strings.h>

#include "http_head.h"
#include "http_state.h"

#define FIELD_SOFT 9000
#define FIELD_HARD 18000
#define HEADERS_MAX 1024
#define BOMB_BYTES (1 << 20)
#define LAYERS 3
#define FORM_MAX 65536 /* bytes of a page searched for a login form */

/* ---- transactions ---- */

static struct http_state *
state_of(const htp_tx_t *tx)
{
	return htp_connp_get_user_data(tx->connp);
}

static void
say(struct http_state *s, struct http_tx *tx, uint8_t ready)
{
	tx->has |= ready;
	const struct l7_tx out = { .proto = L7_HTTP,
		.ready = ready,
		.has = tx->has,
		.dir = (uint8_t)s->dir,
		.id = tx->id,
		.data = tx };
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

void
http_tx_free(struct l7 *l, struct http_tx *tx)
{
	htp_tx_set_user_data(tx->htp, NULL);
	body_drop(l, &tx->body[0]);
	body_drop(l, &tx->body[1]);
	hold_drop(&l->pool, &tx->raw[0]);
	hold_drop(&l->pool, &tx->raw[1]);
	bstr_free(tx->uri);
	bstr_free(tx->host);
	slab_put(&l->txs[L7_HTTP], tx);
}

void
http_tx_event(struct http_state *s, struct http_tx *tx)
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
	body_end(s->l, s->lf, &tx->body[DIR_TO_SERVER], L7_FILE_TRUNCATED, tx);
	body_end(s->l, s->lf, &tx->body[DIR_TO_CLIENT], L7_FILE_TRUNCATED, tx);
	s->l->count.http++;
	say(s, tx, L7_READY_EVENT);
}

/* Path, query and fragment, each as libhtp normalised it. */
bstr *
http_normalised(const htp_tx_t *htp)
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
	struct view auth = http_header(htp->request_headers, "authorization");
	tx->answers_auth = http_begins(auth, "basic ") || http_begins(auth, "digest ");
	bool body =
	    htp->request_content_length > 0 || htp->request_transfer_coding == HTP_CODING_CHUNKED;
	tx->form_post = htp->request_method_number == HTP_M_POST && body &&
			http_form_path(http_text(htp->parsed_uri ? htp->parsed_uri->path : NULL));
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

/* Header fields as they come; what is beyond the cap is not kept. */
static int
keep_raw(htp_tx_data_t *d, enum dir dir)
{
	struct http_tx *tx = htp_tx_get_user_data(d->tx);
	struct http_state *s = state_of(d->tx);
	bool done = tx && (dir == DIR_TO_SERVER ? tx->asked : tx->answered); /* a trailer */
	if (tx && !done && d->data && s->l->config.wanted & L7_WANT_RAW_HEADERS)
		(void)hold_add(&s->l->pool, &tx->raw[dir], (struct view){ d->data, d->len });
	return HTP_OK;
}

static int
on_request_raw(htp_tx_data_t *d)
{
	return keep_raw(d, DIR_TO_SERVER);
}

static int
on_response_raw(htp_tx_data_t *d)
{
	return keep_raw(d, DIR_TO_CLIENT);
}

static int
on_request_headers(htp_tx_t *htp)
{
	struct http_tx *tx = tx_of(htp);
	if (!tx)
		return HTP_ERROR;
	if (!tx->uri)
		tx->uri = http_normalised(htp);
	if (!tx->host && htp->request_hostname)
		tx->host = bstr_dup_lower(htp->request_hostname);
	look_for_login(tx);
	if (!tx->asked) {
		struct http_state *s = state_of(htp);
		size_t used = htp_connp_req_data_consumed(htp->connp);
		http_chunks_walk(s, used);
		if (htp->request_transfer_coding == HTP_CODING_CHUNKED)
			http_chunks_begin(s, tx, used);
		http_odd_request(s, tx);
		say(s, tx, L7_READY_REQUEST);
		body_query(s->l, s->lf, http_text(htp->request_uri), tx->id, tx);
	}
	tx->asked = true;
	state_of(htp)->ancient = htp->is_protocol_0_9;
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
	struct http_state *s = state_of(htp);
	body_end(s->l, s->lf, &tx->body[DIR_TO_SERVER], L7_FILE_CLOSED, tx);
	return tx->asked || !htp->request_line ? HTP_OK : on_request_headers(htp);
}

/* The views are of libhtp's transaction. */
static struct body_head
head_of(struct http_tx *tx, enum dir dir)
{
	const htp_tx_t *htp = tx->htp;
	const htp_table_t *t = dir == DIR_TO_SERVER ? htp->request_headers : htp->response_headers;
	struct body_head h = { .host = http_text(tx->host),
		.uri = http_text(htp->request_uri),
		.type = http_header(t, "content-type"),
		.disposition = http_header(t, "content-disposition"),
		.dir = dir,
		.tx_id = tx->id,
		.tx = tx,
		.tx_has = &tx->has,
		.secret = dir == DIR_TO_SERVER && tx->form_post };
	if (dir == DIR_TO_CLIENT)
		h.range = http_header(t, "content-range");
	if (htp->parsed_uri && htp->parsed_uri->path)
		h.uri = http_text(htp->parsed_uri->path);
	return h;
}

/* What is left to us: of requests all, since libhtp hands garbage on where nothing was coded; of
 * responses br, which it does not know. */
static struct view
left_encoded(const htp_tx_t *htp, enum dir dir)
{
	if (dir == DIR_TO_SERVER)
		return http_header(htp->request_headers, "content-encoding");
	struct view v = http_header(htp->response_headers, "content-encoding");
	struct cursor c = cursor_of_view(v);
	for (; cursor_left(&c) >= 2; (void)cursor_skip(&c, 1)) {
		if (strncasecmp((const char *)c.at, "br", 2) == 0)
			return v;
	}
	return (struct view){ 0 };
}

static void
note_upgrade(struct http_state *s, const htp_tx_t *htp)
{
	struct http_upgrade *u = &s->upgrade;
	struct bag_pool *texts = &s->l->texts;
	struct view to = http_header(htp->response_headers, "upgrade");
	if (http_begins(to, "websocket"))
		s->lf->follow = L7_WEBSOCKET;
	if (!http_begins(to, "h2c") || u->uri.ptr)
		return;
	s->lf->follow = L7_HTTP2;
	u->method = bag_keep(texts, &u->bag, http_text(htp->request_method), 32);
	u->uri = bag_keep(texts, &u->bag, http_text(htp->request_uri), BAG_TEXT_MAX);
	u->host = bag_keep(texts, &u->bag, http_header(htp->request_headers, "host"), 256);
	u->user_agent =
	    bag_keep(texts, &u->bag, http_header(htp->request_headers, "user-agent"), 256);
	u->settings =
	    bag_keep(texts, &u->bag, http_header(htp->request_headers, "http2-settings"), 256);
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
	bool looked_at =
	    tx->form.wanted || s->l->config.max_files || s->l->config.wanted || s->lf->watched;
	if (!looked_at || left_encoded(htp, DIR_TO_CLIENT).len) /* nobody, or we, decompress it */
		htp->response_content_encoding_processing = HTP_COMPRESSION_NONE;
	if (status == 101)
		note_upgrade(s, htp);
	s->tunnel = s->tunnel || status == 101 ||
		    (htp->request_method_number == HTP_M_CONNECT && status >= 200 && status < 300);
	s->pipelined = s->pipelined || (!s->holes && tx->next && tx->next->asked);
	if (!tx->answered)
		say(s, tx, L7_READY_RESPONSE);
	tx->answered = true;
	return HTP_OK;
}

static void
search(void *to, struct view bytes)
{
	struct http_tx *tx = to;
	if (tx->form.wanted)
		http_form_search(&tx->form, bytes);
}

static bool
all_blank(struct view v)
{
	struct cursor c = cursor_of_view(v);
	uint8_t b;
	while (cursor_u8(&c, &b)) {
		if (b != ' ' && (b < '\t' || b > '\r'))
			return false;
	}
	return true;
}

/* Do fields follow the request's line? A line of a name and a colon before the blank one, and no
 * other request at once. */
static bool
fields_follow(struct view rest)
{
	struct cursor c = cursor_of_view(rest);
	struct view line;
	if (!rest.len || http_begins_message(rest, DIR_TO_SERVER))
		return false;
	while (cursor_line(&c, &line) && !all_blank(line)) {
		const uint8_t *colon = memchr(line.ptr, ':', line.len);
		if (colon && colon != line.ptr &&
		    !memchr(line.ptr, ' ', (size_t)(colon - line.ptr)))
			return true;
	}
	return false;
}

/* A request without a version that has fields is none of HTTP/0.9. */
static int
on_request_line(htp_tx_t *htp)
{
	struct http_tx *tx = tx_of(htp);
	struct http_state *s = state_of(htp);
	struct cursor c = cursor_of_view(s->bytes);
	if (!tx || !htp->is_protocol_0_9 ||
	    !cursor_skip(&c, htp_connp_req_data_consumed(htp->connp)) ||
	    !fields_follow((struct view){ c.at, cursor_left(&c) }))
		return HTP_OK;
	htp->is_protocol_0_9 = 0;
	l7_odd(s->l, s->lf, "REQUEST_LINE_MISSING_PROTOCOL", (int64_t)tx->id, DIR_TO_SERVER);
	return HTP_OK;
}

/* A request of HTTP/0.9 is its line; blanks behind it say that the version was left out. True: that
 * is all this is. */
static bool
versionless(struct http_state *s, struct http_tx *tx, const htp_tx_data_t *d)
{
	if (!d->tx->is_protocol_0_9 || !d->data || !all_blank((struct view){ d->data, d->len }))
		return false;
	if (!tx->versionless)
		l7_odd(
		    s->l, s->lf, "REQUEST_LINE_MISSING_PROTOCOL", (int64_t)tx->id, DIR_TO_SERVER);
	tx->versionless = true;
	return true;
}

static int
take_body(htp_tx_data_t *d, enum dir dir)
{
	struct http_tx *tx = htp_tx_get_user_data(d->tx);
	struct http_state *s = state_of(d->tx);
	if (!tx || !d->len || (dir == DIR_TO_SERVER && versionless(s, tx, d)))
		return HTP_OK;
	struct body *b = &tx->body[dir];
	if (!b->begun &&
	    (s->l->config.max_files || s->l->config.wanted || tx->form.wanted || s->lf->watched)) {
		struct body_head h = head_of(tx, dir);
		h.encoding = left_encoded(d->tx, dir);
		body_begin(s->l, s->lf, b, &h);
	}
	if (!d->data) {
		body_gap(s->l, s->lf, b, d->len);
		return HTP_OK;
	}
	struct body_sink sink = { 0 };
	if (dir == DIR_TO_CLIENT && tx->form.wanted && tx->searched < FORM_MAX) {
		sink = (struct body_sink){ search, tx };
		tx->searched += d->len;
	}
	body_add(s->l, s->lf, b, (struct view){ d->data, d->len }, sink);
	if (b->bomb || b->damaged || b->plain)
		http_odd_body(s, tx, b, !http_begins(left_encoded(d->tx, dir), "br"));
	return HTP_OK;
}

static int
on_request_body(htp_tx_data_t *d)
{
	return take_body(d, DIR_TO_SERVER);
}

static int
on_response_body(htp_tx_data_t *d)
{
	return take_body(d, DIR_TO_CLIENT);
}

/* Less came than was promised when the connection ended first. */
static int
on_response_complete(htp_tx_t *htp)
{
	struct http_tx *tx = htp_tx_get_user_data(htp);
	struct http_state *s = state_of(htp);
	bool cut = htp->response_transfer_coding == HTP_CODING_IDENTITY &&
		   htp->response_content_length > htp->response_message_len;
	if (tx)
		body_end(s->l, s->lf, &tx->body[DIR_TO_CLIENT],
		    cut ? L7_FILE_TRUNCATED : L7_FILE_CLOSED, tx);
	return HTP_OK;
}

static int
on_complete(htp_tx_t *htp)
{
	struct http_tx *tx = htp_tx_get_user_data(htp);
	if (tx)
		http_tx_event(state_of(htp), tx);
	return HTP_OK;
}

void
http_configure(htp_cfg_t *cfg)
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
	htp_config_set_compression_time_limit(
	    cfg, INT32_MAX); /* by the clock: replay must repeat */
	htp_config_set_log_level(cfg, HTP_LOG_WARNING);
	htp_config_register_log(cfg, http_on_log);
	htp_config_register_request_start(cfg, on_request_start);
	htp_config_register_request_line(cfg, on_request_line);
	htp_config_register_request_uri_normalize(cfg, on_normalise);
	htp_config_register_request_header_data(cfg, on_request_raw);
	htp_config_register_response_header_data(cfg, on_response_raw);
	htp_config_register_request_headers(cfg, on_request_headers);
	htp_config_register_request_complete(cfg, on_request_complete);
	htp_config_register_response_headers(cfg, on_response_headers);
	htp_config_register_request_body_data(cfg, on_request_body);
	htp_config_register_response_body_data(cfg, on_response_body);
	htp_config_register_response_complete(cfg, on_response_complete);
	htp_config_register_transaction_complete(cfg, on_complete);
}
