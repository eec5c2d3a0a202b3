/* SPDX-License-Identifier: Apache-2.0 */
#include "body.h"

#include <stdlib.h>

#include "dns_row.h"
#include "http_head.h"
#include "multipart.h"

#define CODED_BYTES (48u << 20) /* memory of all decoders of a worker */
#define DNS_MAX 65535

struct l7_web {
	struct slab forms, codings;
	struct coding_budget budget;
	struct joins joins;
};

struct l7_web *
l7_web_new(const struct l7 *l)
{
	struct l7_web *web = calloc(1, sizeof(*web));
	if (!web)
		return NULL;
	size_t most = (size_t)l->config.max_files;
	slab_init(&web->forms, sizeof(struct multipart), most);
	slab_init(&web->codings, sizeof(struct coding), most);
	web->budget.most = CODED_BYTES;
	return web;
}

void
l7_web_free(struct l7 *l, struct l7_web *web)
{
	if (!web)
		return;
	joins_drop(l, &web->joins);
	slab_fini(&web->forms);
	slab_fini(&web->codings);
	free(web);
}

/* ---- where decoded bytes go ---- */

struct way {
	struct l7 *l;
	struct l7_flow *lf;
	struct body *b;
	struct body_sink sink;
};

static void
open_part(struct l7 *l, struct l7_flow *lf, struct body *b)
{
	const struct multipart *m = b->form;
	if (!m->named)
		return;
	const struct l7_file_head head = { .name = { m->file_name, m->name_n },
		.dir = (enum dir)b->dir,
		.tx_id = b->tx_id,
		.by = { .tx = b->tx, .has = b->tx_has } };
	b->file = l7_file_open(l, lf, &head);
}

/* An upload field left empty has no name and no bytes. */
static void
close_part(struct l7 *l, struct l7_flow *lf, struct body *b, enum l7_file_end end, const void *tx)
{
	if (b->file && !l7_file_size(b->file) && !b->form->name_n)
		l7_file_drop(l, lf, b->file);
	else
		l7_file_close(l, lf, b->file, end, tx);
	b->file = NULL;
}

static void
add_form(struct way *way, struct view bytes)
{
	struct body *b = way->b;
	struct cursor c = cursor_of_view(bytes);
	struct view data;
	for (;;) {
		switch (multipart_next(b->form, &c, &data)) {
		case MULTIPART_PART:
			open_part(way->l, way->lf, b);
			break;
		case MULTIPART_DATA:
			l7_file_add(way->l, b->file, data);
			break;
		case MULTIPART_END:
			close_part(way->l, way->lf, b, L7_FILE_CLOSED, NULL);
			break;
		default:
			return;
		}
	}
}

static struct window_owner
owner(const struct body *b)
{
	return (struct window_owner){ b->tx, b->tx_has, b->tx_id, b->form ? NULL : b->file };
}

static void
add_plain(void *to, struct view bytes)
{
	struct way *way = to;
	struct body *b = way->b;
	struct l7 *l = way->l;
	if (!bytes.len)
		return;
	if (way->sink.fn)
		way->sink.fn(way->sink.to, bytes);
	if (b->window.of) {
		struct window_owner by = owner(b);
		window_add(l, way->lf, &b->window, &by, bytes);
	}
	if (b->dns &&
	    (b->message.len + bytes.len > DNS_MAX || !hold_add(&l->pool, &b->message, bytes))) {
		b->dns = false;
		if (way->lf->proto == L7_HTTP2)
			l7_odd(l, way->lf,
			    b->dir == DIR_TO_SERVER ? "dns_request_too_long"
						    : "dns_response_too_long",
			    (int64_t)b->tx_id, (enum dir)b->dir);
	}
	if (b->form)
		add_form(way, bytes);
	else
		l7_file_add(l, b->file, bytes);
	if (b->join.row)
		joins_add(l, &l->web->joins, b->join, b->first + b->taken, bytes);
	b->taken += bytes.len;
}

/* ---- from the headers ---- */

static bool
typed(const struct body_head *h, const char *type)
{
	struct view v = http_value(h->type);
	return v.len == strlen(type) && http_begins(v, type);
}

/* The name EVE gives: what the sender says, else the path. */
static struct view
file_name(const struct body_head *h)
{
	struct view name = http_parameter(h->disposition, "filename");
	return name.len ? name : http_path(h->uri);
}

static void
begin_file(struct l7 *l, struct l7_flow *lf, struct body *b, const struct body_head *h)
{
	struct http_range r = { -1, -1, -1 };
	if (h->range.len)
		r = http_range(h->range);
	bool part = r.first >= 0 && r.last >= r.first;
	struct l7_file_head head = {
		.name = file_name(h), .dir = h->dir, .tx_id = h->tx_id, .body = true
	};
	head.secret =
	    h->dir == DIR_TO_SERVER && (h->secret || typed(h, "application/x-www-form-urlencoded"));
	if (part) {
		head.part = true;
		head.first = (uint64_t)r.first;
		head.last = (uint64_t)r.last;
		b->first = head.first;
	}
	b->file = l7_file_open(l, lf, &head);
	if (part && r.size > 0 && (r.first > 0 || r.last + 1 < r.size)) {
		const struct join_key key = { h->host, http_path(h->uri), (uint64_t)r.size };
		b->join = joins_find(l, lf, &l->web->joins, &key, &head);
	}
}

static void
begin_coding(struct l7 *l, struct body *b, const struct body_head *h)
{
	if (!h->encoding.len || !(b->coding = slab_get(&l->web->codings)))
		return;
	if (coding_begin(b->coding, &l->web->budget, h->encoding))
		return;
	slab_put(&l->web->codings, b->coding);
	b->coding = NULL;
}

static void
end_coding(struct l7 *l, struct body *b)
{
	if (b->coding) {
		coding_end(b->coding, &l->web->budget);
		slab_put(&l->web->codings, b->coding);
	}
	b->coding = NULL;
}

void
body_begin(struct l7 *l, struct l7_flow *lf, struct body *b, const struct body_head *h)
{
	b->begun = true;
	b->dir = (uint8_t)h->dir;
	b->tx_id = h->tx_id;
	b->tx = h->tx;
	b->tx_has = h->tx_has;
	b->end = L7_FILE_CLOSED;
	begin_coding(l, b, h);
	b->dns = typed(h, "application/dns-message");
	if (h->dir == DIR_TO_SERVER && http_begins(h->type, "multipart/form-data") &&
	    (b->form = slab_get(&l->web->forms))) {
		if (multipart_begin(b->form, http_parameter(h->type, "boundary"))) {
			window_begin(l, lf, &b->window, L7_WINDOW_BODY, h->dir);
			return;
		}
		slab_put(&l->web->forms, b->form);
		b->form = NULL;
	}
	window_begin(l, lf, &b->window, L7_WINDOW_BODY | L7_WINDOW_FILE, h->dir);
	begin_file(l, lf, b, h);
}

void
body_add(struct l7 *l, struct l7_flow *lf, struct body *b, struct view bytes, struct body_sink sink)
{
	struct way way = { l, lf, b, sink };
	if (!b->begun || b->ended || !bytes.len)
		return;
	if (!b->coding) {
		add_plain(&way, bytes);
		return;
	}
	enum coding_status s = coding_add(b->coding, bytes, add_plain, &way);
	if (s == CODING_BAD && !b->coding->out && b->coding->in == bytes.len) {
		end_coding(l, b);
		b->plain = true;
		add_plain(&way, bytes);
		return;
	}
	b->bomb = b->bomb || s == CODING_BOMB;
	b->damaged = b->damaged || s == CODING_BAD;
}

void
body_gap(struct l7 *l, struct l7_flow *lf, struct body *b, uint64_t n)
{
	if (!b->begun || b->ended)
		return;
	b->gaps = true;
	b->dns = false;
	l7_file_gap(l, b->file, n);
	if (b->window.of) {
		struct window_owner by = owner(b);
		window_gap(l, lf, &b->window, &by, n);
	}
	b->taken += n;
}

/* A DNS message that travelled in HTTP is one of DNS (RFC 8484), with the transaction's number. */
static void
say_message(
    struct l7 *l, struct l7_flow *lf, struct view bytes, const struct l7_tx *in, enum dir dir)
{
	uint64_t next = lf->next_id;
	struct l7_tx *copy = scratch_get(&l->scratch, sizeof(*copy));
	if (copy)
		*copy = *in;
	lf->next_id = in->id;
	l->around = copy;
	(void)dns_say(l, lf, bytes, L7_DNS, dir);
	l->around = NULL;
	lf->next_id = next;
}

static void
end_message(struct l7 *l, struct l7_flow *lf, struct body *b)
{
	uint8_t *copy = b->dns && b->message.len ? scratch_get(&l->scratch, b->message.len) : NULL;
	if (copy) {
		memcpy(copy, b->message.ptr, b->message.len);
		const struct l7_tx in = { .proto = lf->proto, .id = b->tx_id, .data = b->tx };
		say_message(l, lf, (struct view){ copy, b->message.len }, &in, (enum dir)b->dir);
	}
	hold_drop(&l->pool, &b->message);
}

void
body_query(struct l7 *l, struct l7_flow *lf, struct view uri, uint64_t tx_id, const void *tx)
{
	const struct l7_tx in = { .proto = lf->proto, .id = tx_id, .data = tx };
	struct view query = http_query(uri, "dns");
	if (query.len < 16 || query.len > 2048)
		return;
	uint8_t *bytes = scratch_get(&l->scratch, query.len);
	if (!bytes)
		return;
	struct view message = { bytes, http_base64(query, bytes, query.len) };
	if (dns_looks(message, true))
		say_message(l, lf, message, &in, DIR_TO_SERVER);
}

void
body_end(struct l7 *l, struct l7_flow *lf, struct body *b, enum l7_file_end end, const void *tx)
{
	if (!b->begun || b->ended)
		return;
	b->ended = true;
	if (b->gaps || b->bomb)
		end = L7_FILE_TRUNCATED;
	if (b->damaged)
		end = L7_FILE_ERROR;
	struct window_owner by = owner(b);
	if (b->form)
		close_part(l, lf, b, L7_FILE_TRUNCATED, tx);
	else if (b->file && !l7_file_close(l, lf, b->file, end, tx))
		by.file = NULL;
	window_end(l, lf, &b->window, &by);
	b->file = NULL;
	if (b->join.row)
		joins_close(l, lf, &l->web->joins, b->join, b->tx_id, tx);
	end_message(l, lf, b);
	body_drop(l, b);
}

void
body_drop(struct l7 *l, struct body *b)
{
	if (b->form)
		slab_put(&l->web->forms, b->form);
	b->form = NULL;
	end_coding(l, b);
	hold_drop(&l->pool, &b->message);
	window_drop(l, &b->window);
	b->file = NULL;
}
