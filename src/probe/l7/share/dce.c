/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "dce.h"
#include "wire/event.h"

#define OFFERS 24 /* interfaces of one BIND in its record */
#define TOKEN_NTLM 10
#define EPT_MAP 3

bool
dce_from_client(uint8_t type)
{
	return type == DCERPC_REQUEST || type == DCERPC_BIND || type == DCERPC_ALTER_CONTEXT ||
	       type == DCERPC_AUTH3 || type == DCERPC_CANCEL || type == DCERPC_ORPHANED ||
	       type == DCERPC_PING;
}

bool
dce_is_answered(uint8_t type)
{
	return type == DCERPC_REQUEST || type == DCERPC_BIND || type == DCERPC_ALTER_CONTEXT;
}

static void
remember(struct dce_contexts *all, const struct dce_interface *one)
{
	for (uint8_t i = 0; i < all->n; i++) {
		if (all->one[i].context == one->context) {
			all->one[i] = *one;
			return;
		}
	}
	if (all->n < DCE_CONTEXTS)
		all->one[all->n++] = *one;
}

static void
offers(const struct dce_place *at, struct dce_call *call, const struct dcerpc_header *h,
    struct view body)
{
	struct cursor c;
	struct dcerpc_offer offer;
	uint8_t n;
	if (!at->contexts || !dcerpc_offers(h, body, &c, &n))
		return;
	call->offers = bag_room(&at->l->texts, at->bag, OFFERS * sizeof(*call->offers));
	for (uint8_t i = 0; i < n && dcerpc_offer(h, &c, &offer); i++) {
		struct dce_interface one = { offer.uuid, offer.context, offer.major, offer.minor, 0,
			0, false };
		remember(at->contexts, &one);
		if (call->offers && call->offer_n < OFFERS)
			call->offers[call->offer_n++] = one;
	}
}

static void
token(const struct dce_place *at, struct dce_call *call, const struct dcerpc_header *h,
    struct view fragment)
{
	struct view t = dcerpc_token(h, fragment, &call->token);
	struct gss gss;
	struct ntlm ntlm;
	if (!t.ptr || !gss_open(t, &gss) || !ntlm_parse(gss.ntlm, &ntlm) ||
	    ntlm.type == NTLM_NEGOTIATE)
		return;
	const size_t room = 500;
	struct ntlm_text *text = bag_room(&at->l->texts, at->bag, sizeof(*text) + room);
	if (!text)
		return;
	struct ntlm_room left = { (char *)(text + 1), room };
	ntlm_texts(&ntlm, &left, text);
	if (call->ntlm && ntlm.type == NTLM_AUTHENTICATE) { /* the server's names stay */
		text->nb_computer = call->ntlm->nb_computer;
		text->nb_domain = call->ntlm->nb_domain;
		text->dns_computer = call->ntlm->dns_computer;
		text->dns_domain = call->ntlm->dns_domain;
	}
	call->ntlm = text;
}

static void
begin(struct dce_call *call, const struct dcerpc_header *h)
{
	*call = (struct dce_call){
		.used = true, .minor = h->minor, .request = h->type, .call = h->call, .nak = -1
	};
}

static void
look_up(const struct dce_contexts *all, struct dce_call *call)
{
	for (uint8_t i = 0; all && i < all->n; i++) {
		if (all->one[i].context == call->context) {
			call->bound = all->one[i];
			call->known = true;
			return;
		}
	}
}

void
dce_ask(const struct dce_place *at, struct dce_call *call, const struct dcerpc_header *h,
    struct view fragment)
{
	struct cursor c = cursor_of_view(fragment);
	struct dcerpc_call part;
	if (!call->asked)
		begin(call, h);
	call->asked = true;
	(void)cursor_skip(&c, DCERPC_HEADER);
	struct view body = { c.at, cursor_left(&c) };
	if (h->type == DCERPC_BIND || h->type == DCERPC_ALTER_CONTEXT)
		offers(at, call, h, body);
	if (h->type != DCERPC_REQUEST)
		token(at, call, h, fragment);
	if (h->type != DCERPC_REQUEST || !dcerpc_call(h, body, &part))
		return;
	call->req_frags++;
	call->req_size += part.args_size;
	dce_keep(at, &call->kept[DIR_TO_SERVER], part.args);
	if (h->flags & DCERPC_FIRST) {
		call->context = part.context;
		call->opnum = part.opnum;
		look_up(at->contexts, call);
	}
}

static void
results(const struct dce_place *at, struct dce_call *call, const struct dcerpc_header *h,
    struct view body)
{
	struct cursor c;
	uint8_t n;
	uint16_t result, reason;
	(void)at;
	if (!dcerpc_results(h, body, &c, &n))
		return;
	for (uint8_t i = 0; i < n && dcerpc_result(h, &c, &result, &reason); i++) {
		if (i >= call->offer_n)
			continue;
		call->offers[i].result = result;
		call->offers[i].reason = reason;
		call->offers[i].answered = true;
	}
}

/* Microsoft's calls return a status behind all else (C706 14.2: the value stands last). */
static void
note_returned(struct dce_call *call, const struct dcerpc_header *h, const struct dcerpc_call *part)
{
	struct cursor c = cursor_of_view(part->args);
	uint32_t value = 0;

	if (h->type != DCERPC_RESPONSE || !(h->flags & DCERPC_LAST) || h->auth ||
	    part->args.len != part->args_size || part->args.len < 4 ||
	    !cursor_skip(&c, part->args.len - 4))
		return;
	call->returns = h->little ? cursor_u32_le(&c, &value) : cursor_u32(&c, &value);
	call->returned = value;
}

bool
dce_answer(const struct dce_place *at, struct dce_call *call, const struct dcerpc_header *h,
    struct view fragment)
{
	struct cursor c = cursor_of_view(fragment);
	struct dcerpc_call part;
	if (!call->used) {
		begin(call, h);
		call->request = UINT8_MAX;
	}
	call->replied = true;
	call->response = h->type;
	(void)cursor_skip(&c, DCERPC_HEADER);
	struct view body = { c.at, cursor_left(&c) };
	if (h->type == DCERPC_BINDNAK)
		call->nak = dcerpc_nak(h, body);
	if (h->type == DCERPC_BINDACK || h->type == DCERPC_ALTER_CONTEXT_RESP) {
		results(at, call, h, body);
		token(at, call, h, fragment);
	}
	if ((h->type != DCERPC_RESPONSE && h->type != DCERPC_FAULT) || !dcerpc_call(h, body, &part))
		return true;
	call->fault = part.status;
	call->res_frags++;
	call->res_size += part.args_size;
	dce_keep(at, &call->kept[DIR_TO_CLIENT], part.args);
	note_returned(call, h, &part);
	const char *name = call->known ? dcerpc_interface(&call->bound.uuid) : NULL;
	if (name && call->opnum == EPT_MAP && call->res_frags == 1 &&
	    strcmp(name, "epmapper") == 0) {
		struct dcerpc_uuid for_what;
		call->endpoint = dcerpc_endpoint(h->little, part.args, &for_what);
	}
	return h->flags & DCERPC_LAST || h->type == DCERPC_FAULT;
}

static void
write_interface(const struct dce_interface *one, struct jw *w)
{
	char text[40];
	const char *name = dcerpc_interface(&one->uuid);
	jw_object(w);
	ev_key(w, dcerpc_interface, uuid);
	dcerpc_uuid_text(&one->uuid, text);
	jw_word(w, text);
	ev_key(w, dcerpc_interface, version);
	(void)snprintf(text, sizeof(text), "%u.%u", one->major, one->minor);
	jw_word(w, text);
	if (name) {
		ev_key(w, dcerpc_interface, service);
		jw_word(w, name);
	}
	if (one->answered) {
		ev_key(w, dcerpc_interface, ack_result);
		jw_u64(w, one->result);
		ev_key(w, dcerpc_interface, ack_reason);
		jw_u64(w, one->reason);
	}
	jw_object_end(w);
}

static void
write_names(const struct dce_call *call, struct jw *w)
{
	const struct dce_interface *one = call->known ? &call->bound : call->offers;
	const char *name = call->known || call->offer_n ? dcerpc_interface(&one->uuid) : NULL;
	const char *operation =
	    call->known ? dcerpc_operation(&call->bound.uuid, call->opnum) : NULL;
	if (name) {
		ev_key(w, dcerpc, interface);
		jw_word(w, name);
	}
	if (operation) {
		ev_key(w, dcerpc, operation);
		jw_word(w, operation);
	}
	if (!call->known && !call->offer_n)
		return;
	ev_key(w, dcerpc, interfaces);
	jw_array(w);
	if (call->known)
		write_interface(&call->bound, w);
	for (uint8_t i = 0; i < call->offer_n; i++)
		write_interface(&call->offers[i], w);
	jw_array_end(w);
}

static void
write_args(const struct dce_call *call, struct jw *w)
{
	if (call->request == DCERPC_REQUEST) {
		ev_key(w, dcerpc, req);
		jw_object(w);
		ev_key(w, dcerpc_req, opnum);
		jw_u64(w, call->opnum);
		ev_key(w, dcerpc_req, frag_cnt);
		jw_u64(w, call->req_frags);
		ev_key(w, dcerpc_req, stub_data_size);
		jw_u64(w, call->req_size);
		jw_object_end(w);
	}
	if (call->replied && call->response == DCERPC_RESPONSE) {
		ev_key(w, dcerpc, res);
		jw_object(w);
		ev_key(w, dcerpc_res, frag_cnt);
		jw_u64(w, call->res_frags);
		ev_key(w, dcerpc_res, stub_data_size);
		jw_u64(w, call->res_size);
		jw_object_end(w);
	}
	if (call->replied && call->response == DCERPC_FAULT) {
		char text[16];
		(void)snprintf(text, sizeof(text), "0x%08x", call->fault);
		ev_key(w, dcerpc, fault);
		jw_word(w, text);
	}
}

static void
write_end(const struct dce_call *call, struct jw *w)
{
	char text[40];
	if (call->nak >= 0) {
		ev_key(w, dcerpc, reject_reason);
		jw_u64(w, (uint64_t)call->nak);
	}
	if (call->endpoint) {
		ev_key(w, dcerpc, endpoint_port);
		jw_u64(w, call->endpoint);
	}
	if (call->token) {
		ev_key(w, dcerpc, auth_type);
		jw_u64(w, call->token);
	}
	if (call->ntlm) {
		ev_key(w, dcerpc, ntlmssp);
		ntlm_write(call->ntlm, w);
	}
	if (call->datagram) {
		ev_key(w, dcerpc, activityuuid);
		dcerpc_uuid_text(&call->activity, text);
		jw_word(w, text);
		ev_key(w, dcerpc, seqnum);
		jw_u64(w, call->call);
	} else {
		ev_key(w, dcerpc, call_id);
		jw_u64(w, call->call);
	}
	ev_key(w, dcerpc, rpc_version);
	(void)snprintf(text, sizeof(text), "%d.%d", call->datagram ? 4 : 5, call->minor);
	jw_word(w, text);
}

void
dce_write(const struct dce_call *call, struct jw *w)
{
	const char *request =
	    call->request == UINT8_MAX ? "REQUEST_LOST" : dcerpc_type_name(call->request);
	const char *response = call->replied ? dcerpc_type_name(call->response) : NULL;
	jw_object(w);
	if (request) {
		ev_key(w, dcerpc, request);
		jw_word(w, request);
	}
	ev_key(w, dcerpc, response);
	jw_word(w, response ? response : "UNREPLIED");
	write_names(call, w);
	write_args(call, w);
	write_end(call, w);
	jw_object_end(w);
}
