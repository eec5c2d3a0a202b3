/* SPDX-License-Identifier: Apache-2.0 */
/* Kerberos in the table of protocols: a transaction is a message. */
#include <stdio.h>

#include "../item.h"
#include "../look.h"
#include "lib/hex.h"
#include "probe/l7/krb5.h"
#include "wire/event.h"

#define LIST_MAX 32  /* entries of a list written */
#define NAME_PARTS 8 /* parts of a name written */

struct krb5_state {
	uint8_t asked; /* the last request's type, 0 none */
	bool preauth;  /* it proved that it knows the key */
};

struct krb5_tx {
	struct krb5 msg;
	uint8_t asked; /* errors and replies: the request they answer, 0 not seen */
	bool preauth;
};

static bool
proves(const struct krb5 *m)
{
	struct cursor c = cursor_of_view(m->padata);
	int64_t type;
	while (krb5_padata_next(&c, &type)) {
		if (type == KRB5_PA_ENC_TIMESTAMP || type == KRB5_PA_ENCRYPTED_CHALLENGE ||
		    type == KRB5_PA_PK_AS_REQ || type == KRB5_PA_PK_AS_REQ_OLD)
			return true;
	}
	return false;
}

static enum l7_guess
probe(const struct l7_first *first)
{
	struct cursor c = cursor_of_view(first->data);
	struct view bytes = first->data;
	uint32_t whole = (uint32_t)first->data.len;
	if (first->key->proto == PROTO_TCP) {
		if (!cursor_u32(&c, &whole)) {
			uint8_t high;
			return cursor_peek(&c, 0, &high) && high ? L7_NO : L7_MAYBE;
		}
		if (whole < 10 || whole > KRB5_MESSAGE_MAX)
			return L7_NO;
		size_t have = cursor_left(&c);
		(void)cursor_take(&c, have < whole ? have : whole, &bytes);
	}
	long used = krb5_looks(bytes, whole);
	if (used == L7_MORE && first->key->proto == PROTO_TCP)
		return L7_MAYBE;
	return used >= 0 ? L7_YES : L7_NO;
}

static void
message(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	struct krb5_state *s = lf->state;
	struct krb5_tx *tx = l7_once(l, sizeof(*tx));
	if (!tx)
		return;
	if (krb5_parse(bytes, &tx->msg) < 0) {
		l7_odd(l, lf, "malformed_data", -1, dir);
		return;
	}
	bool ask = tx->msg.type == KRB5_AS_REQ || tx->msg.type == KRB5_TGS_REQ;
	if (ask) {
		s->asked = tx->msg.type;
		s->preauth = proves(&tx->msg);
	}
	tx->asked = s->asked;
	tx->preauth = s->preauth;
	l7_once_say(l, lf, tx, ask ? L7_READY_REQUEST : L7_READY_RESPONSE, dir);
	if (!ask)
		s->asked = 0;
}

static long
stream(struct l7 *l, struct l7_flow *lf, struct view data, enum dir dir)
{
	struct cursor c = cursor_of_view(data);
	struct view bytes;
	long used;
	while ((used = krb5_tcp((struct view){ c.at, cursor_left(&c) }, &bytes)) > 0) {
		uint8_t *copy = l7_once(l, bytes.len);
		if (!copy)
			return L7_FULL;
		memcpy(copy, bytes.ptr, bytes.len);
		message(l, lf, (struct view){ copy, bytes.len }, dir);
		(void)cursor_skip(&c, (size_t)used);
	}
	return used == L7_BAD ? L7_BAD : (long)(data.len - cursor_left(&c));
}

static long
data(struct l7 *l, struct l7_flow *lf, struct view bytes, enum dir dir)
{
	if (lf->tcp)
		return stream(l, lf, bytes, dir);
	message(l, lf, bytes, dir);
	return (long)bytes.len;
}

static const char *
type_name(uint8_t type)
{
	switch (type) {
	case KRB5_AS_REQ:
		return "KRB_AS_REQ";
	case KRB5_AS_REP:
		return "KRB_AS_REP";
	case KRB5_TGS_REQ:
		return "KRB_TGS_REQ";
	case KRB5_TGS_REP:
		return "KRB_TGS_REP";
	case KRB5_ERROR:
		return "KRB_ERROR";
	default:
		return "UNKNOWN";
	}
}

/* Parts with slashes between them, as people write principals. */
static void
write_name(struct jw *w, const struct krb5_name *name)
{
	uint8_t text[256];
	size_t len = 0;
	struct cursor c = cursor_of_view(name->parts);
	struct view part;
	for (int i = 0; i < NAME_PARTS && krb5_name_part(&c, &part); i++) {
		if (i && len < sizeof(text))
			text[len++] = '/';
		len += l7_keep(text + len, sizeof(text) - len, part);
	}
	if (name->parts.ptr)
		jw_bytes(w, text, len);
	else
		jw_text(w, "<empty>");
}

static void
write_realm(struct jw *w, struct view realm)
{
	jw_view(w, realm.ptr ? realm : view_of("<empty>"));
}

static void
write_etype(struct jw *w, int64_t etype)
{
	char number[24];
	const char *name = krb5_etype_name(etype);
	(void)snprintf(number, sizeof(number), "%lld", (long long)etype);
	jw_text(w, name ? name : number);
}

/* GeneralizedTime is always "YYYYMMDDHHMMSSZ" here (RFC 4120, 5.2.3). */
static void
write_time(struct jw *w, struct view t)
{
	const uint8_t *d = t.ptr;
	char text[24];
	if (t.len != 15 || d[14] != 'Z') {
		jw_view(w, t);
		return;
	}
	(void)snprintf(text, sizeof(text), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", (const char *)d,
	    (const char *)d + 4, (const char *)d + 6, (const char *)d + 8, (const char *)d + 10,
	    (const char *)d + 12);
	jw_text(w, text);
}

static void
write_padata(struct jw *w, const struct krb5 *m)
{
	struct cursor c = cursor_of_view(m->padata);
	int64_t type;
	if (!m->padata.ptr)
		return;
	ev_key(w, krb5, padata);
	jw_array(w);
	for (int i = 0; i < LIST_MAX && krb5_padata_next(&c, &type); i++)
		jw_i64(w, type);
	jw_array_end(w);
}

static void
write_options(struct jw *w, struct view bits)
{
	static const char *const names[32] = { [1] = "forwardable",
		[2] = "forwarded",
		[3] = "proxiable",
		[4] = "proxy",
		[5] = "allow_postdate",
		[6] = "postdated",
		[8] = "renewable",
		[11] = "opt_hardware_auth",
		[14] = "constrained_delegation",
		[15] = "canonicalize",
		[16] = "request_anonymous",
		[26] = "disable_transited_check",
		[27] = "renewable_ok",
		[28] = "enc_tkt_in_skey",
		[30] = "renew",
		[31] = "validate" };
	struct cursor c = cursor_of_view(bits);
	uint32_t all;
	if (!cursor_u32(&c, &all))
		return;
	ev_key(w, krb5, kdc_options);
	jw_hex(w, bits.ptr, 4, 0);
	ev_key(w, krb5, options);
	jw_array(w);
	for (int i = 0; i < 32; i++) {
		if (names[i] && all >> (31 - i) & 1)
			jw_text(w, names[i]);
	}
	jw_array_end(w);
}

static void
write_addresses(struct jw *w, struct view list)
{
	struct cursor c = cursor_of_view(list);
	char text[ADDR_TEXT];
	int64_t type;
	struct view octets;
	ev_key(w, krb5, addresses);
	jw_array(w);
	for (int i = 0; i < LIST_MAX && krb5_address(&c, &type, &octets); i++) {
		struct addr a = { 0 };
		(void)l7_keep(a.b, sizeof(a.b), octets);
		if ((type == 2 && octets.len == 4) || (type == 24 && octets.len == 16)) {
			(void)addr_text(text, &a, type == 2 ? 4 : 6);
			jw_text(w, text);
			continue;
		}
		while (octets.len && octets.ptr[octets.len - 1] == ' ') /* NetBIOS pads names */
			octets.len--;
		jw_view(w, octets);
	}
	jw_array_end(w);
}

static void
write_offered(struct jw *w, const struct krb5 *m)
{
	struct cursor c = cursor_of_view(m->padata), inside = { NULL, NULL };
	int64_t etype;
	ev_key(w, krb5, offered_etypes);
	jw_array(w);
	for (int i = 0; i < LIST_MAX && krb5_offered(&c, &inside, &etype); i++)
		write_etype(w, etype);
	jw_array_end(w);
}

static void
write_request(struct jw *w, const struct krb5 *m)
{
	struct cursor c = cursor_of_view(m->etypes);
	int64_t etype;
	if (m->type == KRB5_ERROR && m->padata.ptr)
		write_offered(w, m);
	if (m->etypes.ptr) {
		ev_key(w, krb5, etypes);
		jw_array(w);
		for (int i = 0; i < LIST_MAX && krb5_etype(&c, &etype); i++)
			write_etype(w, etype);
		jw_array_end(w);
	}
	write_options(w, m->options);
	if (m->from.ptr) {
		ev_key(w, krb5, from);
		write_time(w, m->from);
	}
	if (m->till.ptr) {
		ev_key(w, krb5, till);
		write_time(w, m->till);
	}
	if (m->rtime.ptr) {
		ev_key(w, krb5, rtime);
		write_time(w, m->rtime);
	}
	if (m->nonce != -1) {
		ev_key(w, krb5, nonce);
		jw_u64(w, (uint32_t)m->nonce); /* some send it as a negative number */
	}
	if (m->addresses.ptr)
		write_addresses(w, m->addresses);
}

static void
write_reply(struct jw *w, const struct krb5 *m)
{
	ev_key(w, krb5, ticket_encryption);
	write_etype(w, m->ticket.etype);
	ev_key(w, krb5, ticket_weak_encryption);
	jw_bool(w, krb5_etype_weak(m->ticket.etype));
	ev_key(w, krb5, service_realm);
	write_realm(w, m->realm);
	if (m->sealed.kvno >= 0) {
		ev_key(w, krb5, kvno);
		jw_i64(w, m->sealed.kvno);
	}
	if (m->ticket.kvno >= 0) {
		ev_key(w, krb5, ticket_kvno);
		jw_i64(w, m->ticket.kvno);
	}
}

static void
write_error(struct jw *w, const struct krb5_tx *tx)
{
	const struct krb5 *m = &tx->msg;
	const char *name = krb5_error_name(m->error);
	char number[24];
	(void)snprintf(number, sizeof(number), "%lld", (long long)m->error);
	ev_key(w, krb5, failed_request);
	jw_text(w, type_name(tx->asked));
	ev_key(w, krb5, error_code);
	jw_text(w, name ? name : number);
}

static void
write_names(struct jw *w, const struct krb5 *m, bool reply)
{
	ev_key(w, krb5, cname);
	write_name(w, &m->cname);
	ev_key(w, krb5, realm);
	write_realm(w, reply ? m->crealm : m->realm);
	ev_key(w, krb5, sname);
	write_name(w, &m->sname);
	ev_key(w, krb5, encryption);
	if (reply)
		write_etype(w, m->sealed.etype);
	else
		jw_text(w, "<none>");
	ev_key(w, krb5, weak_encryption);
	jw_bool(w, reply && krb5_etype_weak(m->sealed.etype));
}

static void
row_write(const void *data_of, struct jw *w)
{
	const struct krb5_tx *tx = data_of;
	const struct krb5 *m = &tx->msg;
	bool reply = m->type == KRB5_AS_REP || m->type == KRB5_TGS_REP;
	jw_key(w, "krb5");
	jw_object(w);
	ev_key(w, krb5, msg_type);
	jw_text(w, type_name(m->type));
	if (m->type == KRB5_ERROR)
		write_error(w, tx);
	write_names(w, m, reply);
	if (reply)
		write_reply(w, m);
	if (m->cname.parts.ptr) {
		ev_key(w, krb5, cname_type);
		jw_i64(w, m->cname.type);
	}
	if (m->sname.parts.ptr) {
		ev_key(w, krb5, sname_type);
		jw_i64(w, m->sname.type);
	}
	write_padata(w, m);
	if (m->type == KRB5_AS_REQ || (m->type == KRB5_AS_REP && tx->asked)) {
		ev_key(w, krb5, preauth);
		jw_bool(w, tx->preauth);
	}
	write_request(w, m);
	if (m->stime.ptr) {
		ev_key(w, krb5, server_time);
		write_time(w, m->stime);
	}
	if (m->text.ptr) {
		ev_key(w, krb5, error_text);
		jw_view(w, m->text);
	}
	jw_object_end(w);
}

/* A ticket for whoever asks proves nothing; one for a client that proved its key does. */
static enum l7_login
login(const void *data_of)
{
	const struct krb5_tx *tx = data_of;
	if (tx->msg.type == KRB5_AS_REP)
		return tx->asked && tx->preauth ? L7_LOGIN_OK : L7_LOGIN_NONE;
	if (tx->msg.type != KRB5_ERROR || tx->asked == KRB5_TGS_REQ)
		return L7_LOGIN_NONE;
	bool refused = tx->msg.error == 24 || tx->msg.error == 18 || tx->msg.error == 6;
	return refused ? L7_LOGIN_FAIL : L7_LOGIN_NONE;
}

static bool
buffer(const void *data_of, const struct l7_ask *ask, struct view *out)
{
	const struct krb5_tx *tx = data_of;
	const struct krb5_name *n =
	    ask->what == L7_BUF_KRB5_CNAME ? &tx->msg.cname : &tx->msg.sname;
	struct cursor c = cursor_of_view(n->parts);
	for (uint16_t i = 0; i <= ask->i; i++) {
		if (i == NAME_PARTS || !krb5_name_part(&c, out))
			return false;
	}
	return true;
}

static bool
number(const void *data_of, const struct l7_ask *ask, uint64_t *out)
{
	const struct krb5_tx *tx = data_of;
	int64_t etype = tx->msg.ticket.etype;
	bool sealed = etype != INT64_MIN;
	switch (ask->what) {
	case L7_NUM_KRB5_MSG_TYPE:
		return look_number(ask, true, tx->msg.type, out);
	case L7_NUM_KRB5_ERR_CODE:
		return look_number(ask, tx->msg.error >= 0, (uint64_t)tx->msg.error, out);
	case L7_NUM_KRB5_TICKET_WEAK:
		return look_number(ask, sealed, sealed && krb5_etype_weak(etype), out);
	default:
		return look_number(ask, sealed, (uint64_t)etype, out);
	}
}

const struct l7_row l7_krb5_row = {
	.name = "krb5",
	.proto = L7_KRB5,
	.tcp = true,
	.udp = true,
	.state_size = sizeof(struct krb5_state),
	.probe = probe,
	.data = data,
	.buffer = buffer,
	.number = number,
	.write = row_write,
	.login = login,
};
