/* SPDX-License-Identifier: Apache-2.0 */
#include "ldap_note.h"

#include "../look.h"
#include "probe/l7/der.h"

#define NOTES_MAX 128 /* of one side of a transaction */
#define TEXT_MAX 256

/* An operation begins with one of kind NOTE_OP. */
enum kind { NOTE_OP, NOTE_DN, NOTE_MESSAGE, NOTE_TYPE, NOTE_VALUE };

struct ldap_note {
	struct ldap_note *next;
	uint8_t kind; /* enum kind */
	uint8_t op;
	int64_t code; /* -1: none */
	struct view text;
};

struct head {
	struct l7 *l;
	struct l7_item *item;
	struct ldap_notes *notes;
};

static struct ldap_note *
add(const struct head *h, enum kind kind, struct view text)
{
	struct ldap_notes *all = h->notes;
	struct ldap_note *n =
	    all->n < NOTES_MAX ? bag_room(&h->l->texts, &h->item->bag, sizeof(*n)) : NULL;
	if (!n)
		return NULL;
	*n = (struct ldap_note){
		.kind = (uint8_t)kind, .code = -1, .text = l7_text(h->l, h->item, text, TEXT_MAX)
	};
	*(all->last ? &all->last->next : &all->first) = n;
	all->last = n;
	all->n++;
	return n;
}

/* "type=value" */
static void
add_value(const struct head *h, struct view type, struct view value)
{
	uint8_t text[TEXT_MAX];
	size_t n = l7_keep(text, sizeof(text) - 1, type);
	text[n++] = '=';
	n += l7_keep(text + n, sizeof(text) - n, value);
	if (!ldap_secret(type))
		(void)add(h, NOTE_VALUE, (struct view){ text, n });
}

/* PartialAttribute ::= SEQUENCE { type, vals SET OF }, its contents */
static void
attribute(const struct head *h, struct cursor c)
{
	struct der type, value;
	struct cursor values;
	if (!der_expect(&c, DER_OCTET_STRING, &type))
		return;
	(void)add(h, NOTE_TYPE, type.body);
	if (!der_open(&c, DER_SET, &values))
		return;
	while (h->notes->n < NOTES_MAX && der_next(&values, &value))
		add_value(h, type.body, value.body);
}

static void
attributes(const struct head *h, struct cursor *c)
{
	struct cursor list, one;
	if (!der_open(c, DER_SEQUENCE, &list))
		return;
	while (h->notes->n < NOTES_MAX && der_open(&list, DER_SEQUENCE, &one))
		attribute(h, one);
}

static void
changes(const struct head *h, struct cursor *c)
{
	struct cursor list, one, in;
	struct der what;
	if (!der_open(c, DER_SEQUENCE, &list))
		return;
	while (h->notes->n < NOTES_MAX && der_open(&list, DER_SEQUENCE, &one)) {
		if (der_next(&one, &what) && der_open(&one, DER_SEQUENCE, &in))
			attribute(h, in);
	}
}

/* Behind the base object: scope, dereferencing, two limits, types only, the filter. */
static void
wanted(const struct head *h, struct cursor *c)
{
	struct cursor list;
	struct der d;
	for (int i = 0; i < 6; i++) {
		if (!der_next(c, &d))
			return;
	}
	if (!der_open(c, DER_SEQUENCE, &list))
		return;
	while (h->notes->n < NOTES_MAX && der_next(&list, &d))
		(void)add(h, NOTE_TYPE, d.body);
}

static void
compared(const struct head *h, struct cursor *c)
{
	struct cursor in;
	struct der type, value;
	if (!der_open(c, DER_SEQUENCE, &in) || !der_next(&in, &type))
		return;
	(void)add(h, NOTE_TYPE, type.body);
	if (der_next(&in, &value))
		add_value(h, type.body, value.body);
}

static void
result(const struct head *h, struct cursor c, struct ldap_note *op)
{
	struct ldap_result r;
	if (!op || !ldap_result(&c, &r))
		return;
	op->code = r.code;
	(void)add(h, NOTE_DN, r.matched_dn);
	(void)add(h, NOTE_MESSAGE, r.message);
}

void
ldap_note(struct l7 *l, struct l7_item *item, struct ldap_notes *notes, const struct ldap *m)
{
	const struct head h = { l, item, notes };
	struct cursor c = cursor_of_view(m->body);
	struct der first = { 0 };
	struct ldap_note *op = add(&h, NOTE_OP, (struct view){ (const uint8_t *)"", 0 });
	if (op)
		op->op = m->op;
	if (m->op == LDAP_DEL_REQUEST) {
		(void)add(&h, NOTE_DN, m->body);
		return;
	}
	if (m->op == LDAP_BIND_REQUEST)
		(void)der_next(&c, &first); /* the version */
	switch (m->op) {
	case LDAP_BIND_REQUEST:
	case LDAP_SEARCH_REQUEST:
	case LDAP_MODIFY_REQUEST:
	case LDAP_ADD_REQUEST:
	case LDAP_MOD_DN_REQUEST:
	case LDAP_COMPARE_REQUEST:
	case LDAP_SEARCH_RESULT_ENTRY:
		if (!der_expect(&c, DER_OCTET_STRING, &first))
			return;
		(void)add(&h, NOTE_DN, first.body);
		break;
	default:
		if (!ldap_asks(m->op))
			result(&h, c, op);
		return;
	}
	if (m->op == LDAP_SEARCH_REQUEST)
		wanted(&h, &c);
	else if (m->op == LDAP_MODIFY_REQUEST)
		changes(&h, &c);
	else if (m->op == LDAP_COMPARE_REQUEST)
		compared(&h, &c);
	else if (m->op == LDAP_ADD_REQUEST || m->op == LDAP_SEARCH_RESULT_ENTRY)
		attributes(&h, &c);
}

static const struct ldap_note *
nth(const struct ldap_notes *notes, enum kind kind, uint16_t i)
{
	for (const struct ldap_note *n = notes->first; n; n = n->next) {
		if (n->kind == kind && i-- == 0)
			return n;
	}
	return NULL;
}

bool
ldap_note_buffer(const struct ldap_notes *notes, const struct l7_ask *ask, struct view *out)
{
	enum kind kind = NOTE_VALUE;
	if (ask->what == L7_BUF_LDAP_REQUEST_DN || ask->what == L7_BUF_LDAP_RESPONSES_DN)
		kind = NOTE_DN;
	else if (ask->what == L7_BUF_LDAP_RESPONSES_MESSAGE)
		kind = NOTE_MESSAGE;
	else if (ask->what == L7_BUF_LDAP_REQUEST_ATTRIBUTE_TYPE ||
		 ask->what == L7_BUF_LDAP_RESPONSES_ATTRIBUTE_TYPE)
		kind = NOTE_TYPE;
	const struct ldap_note *n = nth(notes, kind, ask->i);
	*out = n ? n->text : (struct view){ 0 };
	return n && n->text.ptr;
}

bool
ldap_note_number(const struct ldap_notes *notes, const struct l7_ask *ask, uint64_t *out)
{
	const struct ldap_note *n = nth(notes, NOTE_OP, ask->i);
	if (!n)
		return false;
	*out = ask->what == L7_NUM_LDAP_RESPONSES_RESULT_CODE
		   ? (n->code >= 0 ? (uint64_t)n->code : UINT64_MAX)
		   : n->op;
	return true;
}
