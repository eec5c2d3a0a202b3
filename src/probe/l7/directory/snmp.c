/* SPDX-License-Identifier: Apache-2.0 */
#include "probe/l7/snmp.h"
#include "probe/l7/der.h"

#define USM 3 /* user-based security model (RFC 3414) */
#define ENCRYPTED 2
#define PDU 0xa0 /* context-specific, constructed */

/* Trap-PDU (RFC 1157, 4.1.6) */
static bool
trap_of(struct cursor c, struct snmp *out)
{
	struct snmp_trap *t = &out->trap;
	struct der d;
	if (!der_expect(&c, DER_OID, &d))
		return false;
	t->enterprise = d.body;
	if (!der_expect(&c, SNMP_ADDRESS, &d) || d.body.len != 4)
		return false;
	t->agent = d.body;
	if (!der_int(&c, DER_INTEGER, &t->generic) || !der_int(&c, DER_INTEGER, &t->specific) ||
	    !der_int(&c, SNMP_TICKS, &t->uptime) || !der_expect(&c, DER_SEQUENCE, &d))
		return false;
	out->vars = d.body;
	return true;
}

static bool
pdu_of(struct cursor *c, struct snmp *out)
{
	struct der d;
	if (!der_next(c, &d) || d.tag < PDU || d.tag > (PDU | SNMP_REPORT))
		return false;
	struct cursor in = cursor_of_view(d.body);
	out->pdu = d.tag & 0x1f;
	if (out->pdu == SNMP_TRAP_V1)
		return trap_of(in, out);
	if (!der_int(&in, DER_INTEGER, &out->request_id) ||
	    !der_int(&in, DER_INTEGER, &out->error) || !der_int(&in, DER_INTEGER, &out->index))
		return false;
	uint8_t tag = 0;
	out->cut = !der_expect(&in, DER_SEQUENCE, &d);
	if (!out->cut)
		out->vars = d.body;
	return !out->cut || (cursor_peek(&in, 0, &tag) && tag == DER_SEQUENCE);
}

/* UsmSecurityParameters (RFC 3414, 2.4), in an OCTET STRING */
static bool
usm_of(struct view bytes, struct snmp_v3 *out)
{
	struct cursor c = cursor_of_view(bytes), in;
	struct der d;
	if (!der_open(&c, DER_SEQUENCE, &in) || !der_expect(&in, DER_OCTET_STRING, &d))
		return false;
	out->engine = d.body;
	if (!der_int(&in, DER_INTEGER, &out->boots) || !der_int(&in, DER_INTEGER, &out->time) ||
	    !der_expect(&in, DER_OCTET_STRING, &d))
		return false;
	out->user = d.body;
	return true;
}

/* ScopedPDU ::= SEQUENCE { contextEngineID, contextName, data } */
static bool
scoped_of(struct cursor *c, struct snmp *out)
{
	struct cursor in;
	struct der d;
	if (!der_open(c, DER_SEQUENCE, &in) || !der_expect(&in, DER_OCTET_STRING, &d) ||
	    !der_expect(&in, DER_OCTET_STRING, &d))
		return false;
	out->v3.context = d.body;
	return pdu_of(&in, out);
}

/* SNMPv3Message (RFC 3412, 6) behind its version */
static bool
v3_of(struct cursor *c, struct snmp *out)
{
	struct snmp_v3 *v = &out->v3;
	struct cursor head;
	struct der d;
	if (!der_open(c, DER_SEQUENCE, &head) || !der_int(&head, DER_INTEGER, &v->id) ||
	    !der_int(&head, DER_INTEGER, &v->max_size) ||
	    !der_expect(&head, DER_OCTET_STRING, &d) || d.body.len != 1)
		return false;
	v->flags = *d.body.ptr;
	if (!der_int(&head, DER_INTEGER, &v->model) || !der_expect(c, DER_OCTET_STRING, &d))
		return false;
	if (v->model == USM && !usm_of(d.body, v))
		return false;
	if (!(v->flags & ENCRYPTED))
		return scoped_of(c, out);
	out->pdu = SNMP_ENCRYPTED;
	return der_expect(c, DER_OCTET_STRING, &d);
}

long
snmp_parse(struct view bytes, struct snmp *out)
{
	struct cursor c = cursor_of_view(bytes), in;
	struct der d;
	int64_t version;
	*out = (struct snmp){ 0 };
	if (!der_open(&c, DER_SEQUENCE, &in) || !der_int(&in, DER_INTEGER, &version))
		return L7_BAD;
	long used = (long)(bytes.len - cursor_left(&c));
	if (version == 3) {
		out->version = 3;
		return v3_of(&in, out) ? used : L7_BAD;
	}
	if (version != 0 && version != 1)
		return L7_BAD;
	out->version = (uint8_t)(version + 1);
	if (!der_expect(&in, DER_OCTET_STRING, &d))
		return L7_BAD;
	out->community = d.body;
	return pdu_of(&in, out) ? used : L7_BAD;
}

bool
snmp_var(struct cursor *c, struct view *oid, uint8_t *tag, struct view *value)
{
	struct cursor one;
	struct der name, d;
	if (!der_open(c, DER_SEQUENCE, &one) || !der_expect(&one, DER_OID, &name) ||
	    !der_next(&one, &d))
		return false;
	*oid = name.body;
	*tag = d.tag;
	*value = d.body;
	return true;
}

bool
snmp_unsigned(struct view value, uint64_t *out)
{
	struct cursor c = cursor_of_view(value);
	uint8_t byte;
	*out = 0;
	if (!value.len || value.len > 9 || (value.len == 9 && *value.ptr))
		return false;
	while (cursor_u8(&c, &byte))
		*out = *out << 8 | byte;
	return true;
}
