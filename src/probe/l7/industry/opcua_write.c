/* SPDX-License-Identifier: Apache-2.0 */
#include "opcua_write.h"

#include "ics.h"
#include "lib/mask.h"

#define OPEN_CHANNEL 446

static void
number(struct jw *w, const char *key, int64_t v)
{
	if (v >= 0)
		jw_put_u64(w, key, (uint64_t)v);
}

const char *
opcua_mode(uint32_t mode)
{
	return mode == 1 ? "none" : mode == 2 ? "sign" : mode == 3 ? "sign_and_encrypt" : NULL;
}

static void
write_hello(struct jw *w, const struct opcua_chunk *c)
{
	number(w, EV_KEY(opcua, version), c->version);
	number(w, EV_KEY(opcua, receive_buffer), c->receive_buffer);
	number(w, EV_KEY(opcua, send_buffer), c->send_buffer);
	number(w, EV_KEY(opcua, max_message), c->max_message);
	number(w, EV_KEY(opcua, max_chunks), c->max_chunks);
}

static void
write_status(struct jw *w, uint32_t code)
{
	ev_key(w, opcua, status);
	ics_write_name(w, opcua_status(code), code);
	ev_key(w, opcua, status_code);
	jw_u64(w, code);
}

static void
write_open(struct jw *w, const struct opcua_chunk *c, const struct opcua_message *asked)
{
	struct cursor at = asked->rest;
	struct view nonce;
	uint32_t version, kind, mode, lifetime;

	if (c->policy.ptr) {
		ev_key(w, opcua, policy);
		jw_view(w, c->policy);
	}
	if (c->certificate) {
		ev_key(w, opcua, certificate);
		jw_bool(w, true);
	}
	if (asked->service != OPEN_CHANNEL || !cursor_u32_le(&at, &version) ||
	    !cursor_u32_le(&at, &kind) || !cursor_u32_le(&at, &mode))
		return;
	if (opcua_mode(mode)) {
		ev_key(w, opcua, mode);
		jw_word(w, opcua_mode(mode));
	}
	ev_key(w, opcua, channel_request);
	jw_word(w, kind == 0 ? "issue" : "renew");
	if (opcua_text(&at, &nonce) && cursor_u32_le(&at, &lifetime))
		number(w, EV_KEY(opcua, lifetime), lifetime);
}

static void
write_channel(struct jw *w, const struct opcua_chunk *c, const struct opcua_tx *tx)
{
	number(w, EV_KEY(opcua, channel), c->channel);
	if (c->type != OPCUA_OPN)
		number(w, EV_KEY(opcua, token), c->token);
	number(w, EV_KEY(opcua, sequence), c->sequence);
	number(w, EV_KEY(opcua, request_id), c->request);
	number(w, EV_KEY(opcua, chunks), tx->chunks);
}

static void
write_message(struct jw *w, const struct opcua_chunk *ask, const struct opcua_chunk *told)
{
	struct opcua_message request = { 0 }, response = { 0 };
	bool asked = ask && opcua_message(ask->body, &request);
	bool got = told && opcua_message(told->body, &response), is_request;

	if (ask && ask->type == OPCUA_OPN)
		write_open(w, ask, &request);
	if ((ask || told) && !asked && !got) {
		ev_key(w, opcua, encrypted);
		jw_bool(w, true);
		return;
	}
	ev_key(w, opcua, service);
	jw_word(w, opcua_service(asked ? request.service : response.service, &is_request));
	number(w, EV_KEY(opcua, handle), asked ? request.handle : response.handle);
	if (request.token.len > 2) {
		ev_key(w, opcua, session_token);
		mask_secret(w, request.token);
	}
	opcua_write_service(w, asked ? &request : NULL, got ? &response : NULL);
	if (got)
		write_status(w, response.result);
}

static void
write_told(struct jw *w, const struct opcua_chunk *told)
{
	if (told->type == OPCUA_ACK) {
		write_hello(w, told);
	} else if (told->type == OPCUA_ERR) {
		write_status(w, told->error);
		if (told->reason.ptr) {
			ev_key(w, opcua, reason);
			jw_view(w, told->reason);
		}
	}
}

static bool
controls(const struct opcua_chunk *ask)
{
	struct opcua_message m;

	return opcua_message(ask->body, &m) && m.request && opcua_control(m.service);
}

void
opcua_write(const void *data, struct jw *w)
{
	static const char *const types[] = { "HEL", "ACK", "ERR", "RHE", "OPN", "MSG", "CLO" };
	const struct opcua_tx *tx = data;
	struct opcua_chunk ask, told;
	bool asked = tx->request.ptr && opcua_chunk(tx->request, &ask);
	bool got = tx->response.ptr && opcua_chunk(tx->response, &told);
	const struct opcua_chunk *first = asked ? &ask : got ? &told : NULL;

	jw_key(w, "opcua");
	jw_object(w);
	ev_key(w, opcua, message_type);
	jw_word(w, types[first ? first->type : tx->type]);
	if (asked && controls(&ask)) {
		ev_key(w, opcua, control);
		jw_bool(w, true);
	}
	if (asked && ask.endpoint.ptr) {
		ev_key(w, opcua, endpoint);
		jw_view(w, ask.endpoint);
	}
	if (got)
		write_told(w, &told);
	if (asked && ask.type == OPCUA_HEL && (!got || told.type != OPCUA_ACK))
		write_hello(w, &ask);
	if (first && first->type >= OPCUA_OPN) {
		write_channel(w, first, tx);
		write_message(w, asked ? &ask : NULL, got ? &told : NULL);
	}
	ev_key(w, opcua, answered);
	jw_bool(w, got);
	jw_object_end(w);
}
