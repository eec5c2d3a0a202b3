/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/krb5.h"
#include "probe/l7/der.h"

#define APPLICATION 0x60   /* class and form of a message's tag; the number is its type */
#define AT(n) (0xa0 | (n)) /* [n] EXPLICIT */
#define GENERAL_STRING 0x1b
#define VERSION 5
#define PREAUTH_REQUIRED 25

static bool
known(uint8_t type)
{
	return (type >= KRB5_AS_REQ && type <= KRB5_TGS_REP) || type == KRB5_ERROR;
}

long
krb5_looks(struct view bytes, size_t whole)
{
	struct cursor c = cursor_of_view(bytes);
	uint8_t tag;
	int64_t number;
	struct cursor in;
	long size = der_size(bytes);
	if (!cursor_u8(&c, &tag))
		return L7_MORE;
	if ((tag & 0xe0) != APPLICATION || !known(tag & 0x1f))
		return L7_BAD;
	if (size < 0)
		return size;
	if ((size_t)size != whole)
		return L7_BAD;
	if (bytes.len < 24) /* two lengths of up to six bytes, then version and type */
		return bytes.len < whole ? L7_MORE : L7_BAD;
	while (cursor_u8(&c, &tag) && tag != DER_SEQUENCE) {
		if (bytes.len - cursor_left(&c) > 6)
			return L7_BAD;
	}
	if (!cursor_u8(&c, &tag) || (tag & 0x80 && !cursor_skip(&c, tag & 0x7f)))
		return L7_BAD;
	tag = 0;
	if (!cursor_peek(&c, 0, &tag) || (tag != AT(0) && tag != AT(1)))
		return L7_BAD;
	if (!der_open(&c, tag, &in) || !der_int(&in, DER_INTEGER, &number) || number != VERSION)
		return L7_BAD;
	return der_open(&c, (uint8_t)(tag + 1), &in) && der_int(&in, DER_INTEGER, &number) &&
		       known((uint8_t)number)
		   ? (long)whole
		   : L7_BAD;
}

long
krb5_tcp(struct view bytes, struct view *out)
{
	struct cursor c = cursor_of_view(bytes);
	uint32_t n;
	if (!cursor_u32(&c, &n))
		return L7_MORE;
	if (n < 10 || n > KRB5_MESSAGE_MAX)
		return L7_BAD;
	return cursor_take(&c, n, out) ? (long)n + 4 : L7_MORE;
}

/* PrincipalName ::= SEQUENCE { name-type [0] Int32, name-string [1] SEQUENCE OF GeneralString } */
static bool
name_of(struct cursor in, struct krb5_name *out)
{
	struct cursor c, part;
	struct der d;
	if (!der_open(&in, DER_SEQUENCE, &c) || !der_open(&c, AT(0), &part) ||
	    !der_int(&part, DER_INTEGER, &out->type))
		return false;
	if (!der_open(&c, AT(1), &part) || !der_expect(&part, DER_SEQUENCE, &d))
		return false;
	out->parts = d.body;
	return true;
}

static bool
text_of(struct cursor in, uint8_t tag, struct view *out)
{
	struct der d;
	if (!der_expect(&in, tag, &d))
		return false;
	*out = d.body;
	return true;
}

static bool
number_of(struct cursor in, int64_t *out)
{
	return der_int(&in, DER_INTEGER, out);
}

/* EncryptedData ::= SEQUENCE { etype [0] Int32, kvno [1] UInt32 OPTIONAL, cipher [2] } */
static bool
cipher_of(struct cursor in, struct krb5_cipher *out)
{
	struct cursor c, part;
	if (!der_open(&in, DER_SEQUENCE, &c) || !der_open(&c, AT(0), &part) ||
	    !der_int(&part, DER_INTEGER, &out->etype))
		return false;
	return !der_open(&c, AT(1), &part) || der_int(&part, DER_INTEGER, &out->kvno);
}

/* Ticket ::= [APPLICATION 1] SEQUENCE { tkt-vno [0], realm [1], sname [2], enc-part [3] } */
static bool
ticket_of(struct cursor in, struct krb5 *out)
{
	struct cursor app, c, part;
	if (!der_open(&in, APPLICATION | 1, &app) || !der_open(&app, DER_SEQUENCE, &c) ||
	    !der_open(&c, AT(0), &part))
		return false;
	return der_open(&c, AT(1), &part) && text_of(part, GENERAL_STRING, &out->realm) &&
	       der_open(&c, AT(2), &part) && name_of(part, &out->sname) &&
	       der_open(&c, AT(3), &part) && cipher_of(part, &out->ticket);
}

static bool
options_of(struct cursor in, struct view *out)
{
	struct der d;
	uint8_t unused;
	if (!der_expect(&in, DER_BIT_STRING, &d))
		return false;
	struct cursor c = cursor_of_view(d.body);
	return cursor_u8(&c, &unused) && cursor_take(&c, cursor_left(&c), out);
}

static bool
body_field(struct krb5 *m, uint8_t tag, struct cursor in)
{
	switch (tag) {
	case AT(0):
		return options_of(in, &m->options);
	case AT(1):
		return name_of(in, &m->cname);
	case AT(2):
		return text_of(in, GENERAL_STRING, &m->realm);
	case AT(3):
		return name_of(in, &m->sname);
	case AT(4):
		return text_of(in, DER_GENERALIZED_TIME, &m->from);
	case AT(5):
		return text_of(in, DER_GENERALIZED_TIME, &m->till);
	case AT(6):
		return text_of(in, DER_GENERALIZED_TIME, &m->rtime);
	case AT(7):
		return number_of(in, &m->nonce);
	case AT(8):
		return text_of(in, DER_SEQUENCE, &m->etypes);
	case AT(9):
		return text_of(in, DER_SEQUENCE, &m->addresses);
	default:
		return true;
	}
}

/* KDC-REQ-BODY */
static bool
body_of(struct cursor in, struct krb5 *m)
{
	struct cursor c;
	struct der d;
	if (!der_open(&in, DER_SEQUENCE, &c))
		return false;
	while (der_next(&c, &d)) {
		if (!body_field(m, d.tag, cursor_of_view(d.body)))
			return false;
	}
	return cursor_left(&c) == 0;
}

/* KDC-REQ: pvno [1], msg-type [2], padata [3], req-body [4] */
static bool
request_field(struct krb5 *m, uint8_t tag, struct cursor in)
{
	if (tag == AT(3))
		return text_of(in, DER_SEQUENCE, &m->padata);
	return tag != AT(4) || body_of(in, m);
}

/* KDC-REP: pvno [0], msg-type [1], padata [2], crealm [3], cname [4], ticket [5], enc-part [6] */
static bool
reply_field(struct krb5 *m, uint8_t tag, struct cursor in)
{
	switch (tag) {
	case AT(2):
		return text_of(in, DER_SEQUENCE, &m->padata);
	case AT(3):
		return text_of(in, GENERAL_STRING, &m->crealm);
	case AT(4):
		return name_of(in, &m->cname);
	case AT(5):
		return ticket_of(in, m);
	case AT(6):
		return cipher_of(in, &m->sealed);
	default:
		return true;
	}
}

/* METHOD-DATA ::= SEQUENCE OF PA-DATA: what the server takes instead (RFC 4120, 5.2.7.4) */
static void
method_data(struct cursor in, struct krb5 *m)
{
	struct der d;
	if (!der_expect(&in, DER_OCTET_STRING, &d))
		return;
	struct cursor c = cursor_of_view(d.body);
	if (der_expect(&c, DER_SEQUENCE, &d))
		m->padata = d.body;
}

/* KRB-ERROR (RFC 4120, 5.9.1) */
static bool
error_field(struct krb5 *m, uint8_t tag, struct cursor in)
{
	switch (tag) {
	case AT(4):
		return text_of(in, DER_GENERALIZED_TIME, &m->stime);
	case AT(6):
		return number_of(in, &m->error);
	case AT(7):
		return text_of(in, GENERAL_STRING, &m->crealm);
	case AT(8):
		return name_of(in, &m->cname);
	case AT(9):
		return text_of(in, GENERAL_STRING, &m->realm);
	case AT(10):
		return name_of(in, &m->sname);
	case AT(11):
		return text_of(in, GENERAL_STRING, &m->text);
	case AT(12):
		if (m->error == PREAUTH_REQUIRED)
			method_data(in, m);
		return true;
	default:
		return true;
	}
}

long
krb5_parse(struct view bytes, struct krb5 *out)
{
	struct cursor c = cursor_of_view(bytes), in;
	struct der d;
	*out = (struct krb5){
		.nonce = -1, .error = -1, .sealed = { INT64_MIN, -1 }, .ticket = { INT64_MIN, -1 }
	};
	if (!der_next(&c, &d) || (d.tag & 0xe0) != APPLICATION || !known(d.tag & 0x1f))
		return L7_BAD;
	out->type = d.tag & 0x1f;
	c = cursor_of_view(d.body);
	if (!der_open(&c, DER_SEQUENCE, &in))
		return L7_BAD;
	while (der_next(&in, &d)) {
		struct cursor part = cursor_of_view(d.body);
		bool sound = out->type == KRB5_ERROR ? error_field(out, d.tag, part)
			     : out->type & 1         ? reply_field(out, d.tag, part)
						     : request_field(out, d.tag, part);
		if (!sound)
			return L7_BAD;
	}
	return cursor_left(&in) ? L7_BAD : (long)bytes.len;
}

bool
krb5_name_part(struct cursor *c, struct view *part)
{
	struct der d;
	if (!der_expect(c, GENERAL_STRING, &d))
		return false;
	*part = d.body;
	return true;
}

/* PA-DATA ::= SEQUENCE { padata-type [1] Int32, padata-value [2] OCTET STRING } */
bool
krb5_padata_next(struct cursor *c, int64_t *type)
{
	struct cursor one, part;
	return der_open(c, DER_SEQUENCE, &one) && der_open(&one, AT(1), &part) &&
	       der_int(&part, DER_INTEGER, type);
}

/* ETYPE-INFO2 ::= SEQUENCE OF SEQUENCE { etype [0] Int32, ... } (RFC 4120, 5.2.7.5) */
bool
krb5_offered(struct cursor *c, struct cursor *inside, int64_t *etype)
{
	struct cursor one, part, value;
	int64_t type;
	while (!cursor_left(inside)) {
		if (!der_open(c, DER_SEQUENCE, &one))
			return false;
		if (!der_open(&one, AT(1), &part) || !der_int(&part, DER_INTEGER, &type) ||
		    (type != KRB5_PA_ETYPE_INFO && type != KRB5_PA_ETYPE_INFO2))
			continue;
		if (!der_open(&one, AT(2), &part) || !der_open(&part, DER_OCTET_STRING, &value) ||
		    !der_open(&value, DER_SEQUENCE, inside))
			return false;
	}
	return der_open(inside, DER_SEQUENCE, &one) && der_open(&one, AT(0), &part) &&
	       der_int(&part, DER_INTEGER, etype);
}

bool
krb5_etype(struct cursor *c, int64_t *etype)
{
	return der_int(c, DER_INTEGER, etype);
}

/* HostAddress ::= SEQUENCE { addr-type [0] Int32, address [1] OCTET STRING } */
bool
krb5_address(struct cursor *c, int64_t *type, struct view *octets)
{
	struct cursor one, part;
	return der_open(c, DER_SEQUENCE, &one) && der_open(&one, AT(0), &part) &&
	       der_int(&part, DER_INTEGER, type) && der_open(&one, AT(1), &part) &&
	       text_of(part, DER_OCTET_STRING, octets);
}
