/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Holes in HTTP/1: what is lost of a body whose length is known leaves the message as it is;
 * elsewhere the message ends there, and that direction goes on with the next chunk that begins like
 * one. libhtp is led past what did not come with the functions it has for other parsers.
 */
#include "http_state.h"

static htp_tx_t *
current(const struct http_state *s, enum dir dir)
{
	return dir == DIR_TO_SERVER ? htp_connp_get_in_tx(s->connp)
				    : htp_connp_get_out_tx(s->connp);
}

/* Bytes of ours to libhtp; without text, n missing ones. */
static int
give(struct http_state *s, const char *text, size_t n, enum dir dir)
{
	n = text ? strlen(text) : n;
	return dir == DIR_TO_SERVER ? htp_connp_req_data(s->connp, NULL, text, n)
				    : htp_connp_res_data(s->connp, NULL, text, n);
}

static void
gap(struct http_state *s, const htp_tx_t *htp, uint64_t n, enum dir dir)
{
	struct http_tx *tx = htp_tx_get_user_data(htp);
	if (tx)
		body_gap(s->l, s->lf, &tx->body[dir], n);
}

/* The request ends here, with the lines and fields that came. */
static void
cut_request(struct http_state *s, htp_tx_t *htp, uint64_t n)
{
	if (htp->request_progress == HTP_REQUEST_LINE) {
		(void)give(s, " HTTP/1.1\r\n\r\n", 0, DIR_TO_SERVER);
		bstr_free(htp->request_protocol); /* nobody saw it */
		htp->request_protocol = NULL;
	} else if (htp->request_progress != HTP_REQUEST_BODY) {
		(void)give(s, "\r\n\r\n", 0, DIR_TO_SERVER);
	}
	if (current(s, DIR_TO_SERVER) != htp || htp->request_method_number == HTP_M_CONNECT)
		return;
	gap(s, htp, n, DIR_TO_SERVER);
	(void)htp_tx_state_request_complete(htp);
}

/* The response ends here; one of which nothing came is still waited for. */
static void
cut_response(struct http_state *s, htp_tx_t *htp, uint64_t n)
{
	for (int i = 0; i < 2 && htp->response_progress < HTP_RESPONSE_BODY; i++) {
		(void)give(s, "\n", 0, DIR_TO_CLIENT);
		if (current(s, DIR_TO_CLIENT) != htp || htp->response_progress == HTP_RESPONSE_LINE)
			return;
	}
	gap(s, htp, n, DIR_TO_CLIENT);
	(void)htp_tx_state_response_complete(htp);
}

void
http_cut(struct http_state *s, enum dir dir)
{
	htp_tx_t *htp = current(s, dir);
	if (htp && dir == DIR_TO_SERVER)
		cut_request(s, htp, 0);
	else if (htp)
		cut_response(s, htp, 0);
}

bool
http_lost(struct http_state *s, uint64_t n, enum dir dir)
{
	s->seek[dir] = s->holes = true;
	htp_tx_t *htp = s->connp ? current(s, dir) : NULL;
	if (!htp)
		return true;
	bool body = dir == DIR_TO_SERVER ? htp->request_progress == HTP_REQUEST_BODY
					 : htp->response_progress == HTP_RESPONSE_BODY;
	if (body && give(s, NULL, (size_t)n, dir) == HTP_STREAM_DATA) {
		s->seek[dir] = false;
		return true;
	}
	if (current(s, dir) != htp) /* the body ended within the hole */
		return !s->full;
	if (dir == DIR_TO_SERVER)
		cut_request(s, htp, n);
	else
		cut_response(s, htp, n);
	return !s->full;
}

/*
 * Which request is the response to that follows a hole? Clients that wait for each answer have sent
 * the newest; the answers to those before were lost. Others are taken at their order.
 */
static void
realign(struct http_state *s)
{
	unsigned open = 0;
	for (const struct http_tx *tx = s->oldest; tx; tx = tx->next)
		open += tx->asked && tx->htp->response_progress != HTP_RESPONSE_COMPLETE;
	for (; open > 1; open--) {
		htp_tx_t *htp = current(s, DIR_TO_CLIENT);
		if (!htp) {
			(void)give(s, "\n", 0, DIR_TO_CLIENT); /* passed by before a status line */
			htp = current(s, DIR_TO_CLIENT);
		}
		if (!htp || htp_tx_state_response_complete(htp) != HTP_OK)
			return;
	}
}

bool
http_found(struct http_state *s, struct view bytes, enum dir dir)
{
	if (!http_begins_message(bytes, dir))
		return false;
	s->seek[dir] = false;
	if (dir == DIR_TO_CLIENT && s->connp && !s->pipelined)
		realign(s);
	return true;
}
