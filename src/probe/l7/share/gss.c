/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GSS-API tokens (RFC 2743), SPNEGO inside them (RFC 4178), and the ticket of an AP-REQ (RFC
 * 4120, 5.5.1).
 */
#include "probe/l7/der.h"
#include "probe/l7/ntlm.h"

#define APPLICATION_0 0x60
#define APPLICATION_1 0x61  /* Ticket */
#define APPLICATION_14 0x6e /* AP-REQ */
#define CONTEXT(n) (0xa0 | (n))

#define DEPTH 4 /* tokens in tokens */

static const uint8_t spnego_oid[] = { 0x2b, 6, 1, 5, 5, 2 };

static bool
is_ntlm(struct view v)
{
	return v.len >= 8 && memcmp(v.ptr, "NTLMSSP", 8) == 0;
}

/* The element with this tag among those of a constructed one. */
static bool
find(struct view body, uint8_t tag, struct view *out)
{
	struct cursor c = cursor_of_view(body);
	struct der d;
	while (der_next(&c, &d)) {
		if (d.tag == tag) {
			*out = d.body;
			return true;
		}
	}
	return false;
}

/* [n] { SEQUENCE or string { ... } }: the inner contents. */
static bool
find_in(struct view body, uint8_t n, uint8_t tag, struct view *out)
{
	struct view outer;
	return find(body, CONTEXT(n), &outer) && find(outer, tag, out);
}

static bool
ap_req(struct view body, struct gss *out)
{
	struct view seq, ticket, inner, name;
	if (!find(body, DER_SEQUENCE, &seq) || !find_in(seq, 3, APPLICATION_1, &ticket))
		return false;
	out->kerberos = true;
	if (!find(ticket, DER_SEQUENCE, &inner))
		return true;
	if (find(inner, CONTEXT(1), &name)) {
		struct cursor c = cursor_of_view(name);
		struct der realm;
		if (der_next(&c, &realm))
			out->realm = realm.body;
	}
	if (find_in(inner, 2, DER_SEQUENCE, &name))
		(void)find_in(name, 1, DER_SEQUENCE, &out->sname);
	return true;
}

static void
state_of(struct view seq, struct gss *out)
{
	struct view value;
	if (find_in(seq, 0, 0x0a, &value) && value.len == 1) {
		out->has_state = true;
		out->state = value.ptr[0];
	}
}

static bool
open_token(struct view token, struct gss *out, int depth)
{
	struct cursor c = cursor_of_view(token);
	struct der d, inner;
	struct view seq, value;
	if (is_ntlm(token)) {
		out->ntlm = token;
		return true;
	}
	if (depth == DEPTH || !der_next(&c, &d))
		return false;
	if (d.tag == APPLICATION_14)
		return ap_req(d.body, out);
	if (d.tag == APPLICATION_0) {
		struct cursor body = cursor_of_view(d.body);
		if (!der_next(&body, &inner) || inner.tag != DER_OID)
			return false;
		struct view rest = { body.at, cursor_left(&body) };
		if (inner.body.len == sizeof(spnego_oid) &&
		    memcmp(inner.body.ptr, spnego_oid, sizeof(spnego_oid)) == 0)
			return open_token(rest, out, depth + 1);
		if (rest.len > 2 && rest.ptr[0] == 1 && rest.ptr[1] == 0 && cursor_skip(&body, 2))
			rest = (struct view){ body.at, cursor_left(&body) }; /* KRB_AP_REQ */
		return open_token(rest, out, depth + 1);
	}
	if ((d.tag != CONTEXT(0) && d.tag != CONTEXT(1)) || !find(d.body, DER_SEQUENCE, &seq))
		return false;
	out->spnego = true;
	if (d.tag == CONTEXT(1))
		state_of(seq, out);
	if (find_in(seq, 2, DER_OCTET_STRING, &value))
		(void)open_token(value, out, depth + 1);
	return true;
}

bool
gss_open(struct view token, struct gss *out)
{
	*out = (struct gss){ 0 };
	return open_token(token, out, 0);
}

bool
gss_sname(struct cursor *c, struct view *part)
{
	struct der d;
	if (!der_next(c, &d))
		return false;
	*part = d.body;
	return true;
}
